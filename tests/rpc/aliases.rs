//! Aliases over the API, and mail that they route.

use mailgate::domain::ledger::{MailState, Reason};
use mailgate::xmlrpc::{FaultCode, Value};

use super::client::{Api, first, leaf, list, member, members, s};
use super::gateway::{FALSE, GRIEVANCE, binary, ledger, mail, mail_to, newest, process};
use crate::support::database::on_both;

const HELPDESK: &str = "helpdesk.ticket";

fn model(api: &Api, name: &str) -> Value {
    let found = api.call("ir.model", "search", [list([leaf("model", "=", s(name))])]).unwrap();
    first(&found).clone()
}

fn alias<const N: usize>(api: &Api, name: &str, becomes: &str, more: [(&str, Value); N]) -> Value {
    let mut values = members([("alias_name", s(name)), ("alias_model_id", model(api, becomes))]);
    if let (Value::Struct(values), Value::Struct(more)) = (&mut values, members(more)) {
        values.extend(more);
    }
    api.call("mail.alias", "create", [values]).unwrap()
}

/// What the newest message became.
fn became(api: &Api) -> Option<String> {
    ledger(api).pop().and_then(|line| line.res_model)
}

on_both! {
    fn an_alias_is_made_read_changed_and_deleted_under_odoos_names(place: &Place) {
        let api = Api::new(place, "admin");
        let more = [("alias_defaults", s("{'priority': '2', 'partner_id': False}")), ("alias_domain", s("Agency.example"))];
        let id = alias(&api, "Support", GRIEVANCE, more);
        let read = api.call("mail.alias", "read", [list([id.clone()])]).unwrap();
        let read = first(&read);
        assert_eq!(member(read, "alias_name"), &s("support"));
        assert_eq!(member(read, "alias_full_name"), &s("support@agency.example"));
        assert_eq!(member(read, "display_name"), &s("support@agency.example"));
        assert_eq!(member(read, "alias_model_id"), &list([model(&api, GRIEVANCE), s("Grievance")]));
        assert_eq!(member(read, "alias_defaults"), &s("{'priority': '2'}"));
        assert_eq!((member(read, "alias_contact"), member(read, "alias_force_thread_id")), (&s("everyone"), &Value::Integer(0)));
        let by_model = list([leaf("alias_model_id", "=", model(&api, GRIEVANCE)), leaf("alias_name", "ilike", s("SUPP"))]);
        assert_eq!(api.call("mail.alias", "search", [by_model]).unwrap(), list([id.clone()]));
        let write = members([("alias_contact", s("partners")), ("alias_defaults", s("{}"))]);
        assert_eq!(api.call("mail.alias", "write", [list([id.clone()]), write]), Ok(Value::Boolean(true)));
        let read = api.call("mail.alias", "read", [list([id.clone()]), list([s("alias_defaults"), s("alias_contact")])]);
        assert_eq!(member(first(&read.unwrap()), "alias_defaults"), &s("{}"));
        let refused = [
            ("alias_contact", s("followers"), 1, "Wrong value for mail.alias.alias_contact: 'followers'"),
            ("alias_defaults", s("{'priority': open('/etc/passwd')}"), 2, "no default values"),
            ("alias_defaults", s("{'nope': 1}"), 2, "no field “nope”"),
            ("alias_force_thread_id", Value::Integer(99), 2, "no Grievance “99”"),
            ("alias_name", s("a b"), 2, "before the @"),
        ];
        for (field, value, code, words) in refused {
            let (found, said) = api.call("mail.alias", "write", [list([id.clone()]), members([(field, value)])]).unwrap_err();
            assert_eq!(found, FaultCode::Number(code), "{said}");
            assert!(said.contains(words), "{said}");
        }
        let twice = members([("alias_name", s("support@agency.example")), ("alias_model_id", model(&api, HELPDESK))]);
        assert!(api.call("mail.alias", "create", [twice]).unwrap_err().1.contains("already"));
        assert_eq!(api.call("mail.alias", "unlink", [list([id])]), Ok(Value::Boolean(true)));
        assert_eq!(api.call("mail.alias", "search_count", [list([])]), Ok(Value::Integer(0)));
    }

    fn mail_becomes_what_its_recipient_says_and_the_model_given_is_only_the_fallback(place: &Place) {
        let api = Api::new(place, "admin");
        alias(&api, "support", HELPDESK, [("alias_defaults", s("{'kind': 'problem', 'priority': '3'}"))]);
        alias(&api, "support", GRIEVANCE, [("alias_domain", s("agency.example"))]);
        let id = process(&api, [FALSE, binary(&mail_to("Help <SUPPORT+x@other.example>", 1))]).unwrap();
        assert_eq!(became(&api).as_deref(), Some(HELPDESK));
        let made = api.call(HELPDESK, "read", [list([id]), list([s("kind"), s("priority")])]).unwrap();
        assert_eq!((member(first(&made), "kind"), member(first(&made), "priority")), (&s("problem"), &s("3")));
        process(&api, [s(HELPDESK), binary(&mail_to("support@agency.example", 2))]).unwrap();
        assert_eq!(became(&api).as_deref(), Some(GRIEVANCE), "an alias of one domain comes first, and before the model");
        let delivered = format!("X-Original-To: support@agency.example\r\n{}", mail_to("support@other.example", 3));
        process(&api, [FALSE, binary(&delivered)]).unwrap();
        assert_eq!(became(&api).as_deref(), Some(GRIEVANCE), "whom the mail server names comes first");
        process(&api, [s(GRIEVANCE), binary(&mail_to("someone@other.example", 4))]).unwrap();
        assert_eq!(became(&api).as_deref(), Some(GRIEVANCE));
    }

    fn a_reply_to_an_alias_of_its_own_type_joins_and_to_another_type_is_forwarded(place: &Place) {
        let api = Api::new(place, "admin");
        alias(&api, "grm", GRIEVANCE, []);
        alias(&api, "help", HELPDESK, []);
        let id = process(&api, [FALSE, binary(&mail_to("grm@agency.example", 1))]).unwrap();
        let reply = |to: &str, cc: &str, number: u32| {
            let headers = format!("In-Reply-To: <m1@people.example>\r\nCc: {cc}\r\nSubject");
            mail_to(to, number).replacen("Subject", &headers, 1)
        };
        assert_eq!(process(&api, [FALSE, binary(&reply("grm@agency.example", "x@y.example", 2))]), Ok(id.clone()));
        assert_eq!(process(&api, [FALSE, binary(&reply("x@y.example", "help@agency.example", 3))]), Ok(id.clone()), "To beats Cc");
        process(&api, [FALSE, binary(&reply("x@y.example, help@agency.example", "x@y.example", 4))]).unwrap();
        assert_eq!(became(&api).as_deref(), Some(HELPDESK));
    }

    fn an_alias_may_take_known_senders_alone_or_feed_one_record_and_an_archived_one_routes_nothing(place: &Place) {
        let api = Api::new(place, "admin");
        let id = process(&api, [s(GRIEVANCE), binary(&mail(1))]).unwrap();
        alias(&api, "known", GRIEVANCE, [("alias_contact", s("partners"))]);
        let feeding = alias(&api, "board", GRIEVANCE, [("alias_force_thread_id", id.clone())]);
        assert_eq!(process(&api, [FALSE, binary(&mail_to("known@agency.example", 2))]), Ok(FALSE));
        assert_eq!(newest(&api), (MailState::Held, Some(Reason::UnknownSender)), "held, and nobody is sent anything");
        let amina = members([("name", s("Amina")), ("email", s("amina@people.example"))]);
        api.call("res.partner", "create", [amina]).unwrap();
        let known = process(&api, [FALSE, binary(&mail_to("known@agency.example", 3))]).unwrap();
        assert!(matches!(known, Value::Integer(_)), "{known:?}");
        assert_eq!(process(&api, [FALSE, binary(&mail_to("board@agency.example", 4))]), Ok(id));
        api.call("mail.alias", "write", [list([feeding]), members([("active", FALSE)])]).unwrap();
        let (code, words) = process(&api, [FALSE, binary(&mail_to("board@agency.example", 5))]).unwrap_err();
        assert_eq!(code, FaultCode::Number(1));
        assert!(words.starts_with("ValueError: No possible route found"), "{words}");
    }
}
