//! What a client puts on a record: messages, files, relational commands, the verdict.

use mailgate::domain::id::RecordId;
use mailgate::xmlrpc::{FaultCode, Value};

use super::client::{Api, first, leaf, list, member, members, s};
use crate::support::database::on_both;
use crate::support::desk::Desk;

const GRIEVANCE: &str = "spp.grm.ticket";

fn int(value: i32) -> Value {
    Value::Integer(value)
}

fn ids(api: &Api, record: &Value, field: &str) -> Vec<Value> {
    let read = api.call(GRIEVANCE, "read", [record.clone(), list([s(field)])]).unwrap();
    match member(first(&read), field) {
        Value::Array(ids) => ids.clone(),
        other => panic!("{field}: {other:?}"),
    }
}

fn create(api: &Api, name: &str) -> Value {
    api.call(GRIEVANCE, "create", [members([("name", s(name))])]).unwrap()
}

fn write(api: &Api, record: &Value, field: &str, value: Value) -> Result<Value, (FaultCode, String)> {
    api.call(GRIEVANCE, "write", [record.clone(), members([(field, value)])])
}

on_both! {
    fn records_are_merged_and_mails_split_off_by_their_ids(place: &Place) {
        let desk = Desk::new(place);
        let answer = |id: &str| {
            format!(
                "From: a@people.example\nTo: s@mail.example\nSubject: Re: Card lost\nMessage-ID: <{id}@x>\n\
                 In-Reply-To: <first@x>\n\nAlso the well {id}\n"
            )
        };
        desk.mail("From: a@people.example\nTo: s@mail.example\nSubject: Card lost\nMessage-ID: <first@x>\n\nHelp\n");
        for id in ["second", "third"] {
            desk.mail(&answer(id));
        }
        let api = Api::of(crate::web::site::Site { app: desk.site.app.clone() }, "officer");
        let one = list([int(1)]);
        let mails = ids(&api, &one, "message_ids");
        assert_eq!(mails.len(), 3);
        let (others, own) = (Value::Array(mails[..2].to_vec()), mails[2].clone());
        // Newest first: the two answers get records of their own.
        let split = api.call(GRIEVANCE, "action_split", [one.clone(), others]).unwrap();
        assert_eq!(split, list([int(2), int(3)]));
        let left: Vec<_> = ids(&api, &one, "message_ids").into_iter().filter(|id| mails.contains(id)).collect();
        assert_eq!(left, std::slice::from_ref(&own));
        let only = api.call_with(GRIEVANCE, "action_split", [one.clone()], [("message_ids", list([own]))]);
        assert!(only.unwrap_err().1.contains("nothing to split it off from"));
        let gone = api.call(GRIEVANCE, "action_split", [list([int(2)]), list([mails[2].clone()])]);
        assert!(gone.unwrap_err().1.contains("stands on this record no more"));
        assert!(api.call(GRIEVANCE, "action_split", [split.clone(), int(1)]).unwrap_err().1.contains("Expected singleton"));

        // All of them or none.
        let with_one_gone = list([int(2), int(4711)]);
        assert!(api.call(GRIEVANCE, "action_merge", [with_one_gone, int(1)]).is_err());
        assert_eq!(api.call(GRIEVANCE, "search_count", [list([])]), Ok(int(3)));
        assert_eq!(api.call(GRIEVANCE, "action_merge", [split.clone(), int(1)]), Ok(int(1)));
        assert_eq!(api.call(GRIEVANCE, "search", [list([])]), Ok(one.clone()));
        assert!(mails.iter().all(|mail| ids(&api, &one, "message_ids").contains(mail)));
        assert_eq!(api.call_with(GRIEVANCE, "action_merge", [split], [("into", int(1))]), Ok(int(1)), "twice is once");
        let itself = api.call(GRIEVANCE, "action_merge", [one, int(1)]).unwrap_err().1;
        assert!(itself.contains("is what was joined already"), "{itself}");
    }

    fn files_come_to_a_record_by_relational_commands_and_stay(place: &Place) {
        let api = Api::new(place, "officer");
        let file = |name: &str| members([("name", s(name)), ("datas", s("aGVsbG8="))]);
        let made = members([
            ("name", s("with a file")),
            ("attachment_ids", list([list([int(0), int(0), file("a.txt")])])),
        ]);
        let record = api.call(GRIEVANCE, "create", [made]).unwrap();
        let own = ids(&api, &record, "attachment_ids");
        assert_eq!(own.len(), 1);
        let free = api.call("ir.attachment", "create", [file("b.pdf")]).unwrap();
        write(&api, &record, "attachment_ids", list([list([int(4), free.clone()])])).unwrap();
        let third = api.call("ir.attachment", "create", [file("c.txt")]).unwrap();
        let set = list([own[0].clone(), free.clone(), third.clone()]);
        write(&api, &record, "attachment_ids", list([list([int(6), int(0), set])])).unwrap();
        assert_eq!(ids(&api, &record, "attachment_ids"), [own[0].clone(), free.clone(), third.clone()]);
        let read = api.call("ir.attachment", "read", [free.clone(), list([s("mimetype"), s("res_id")])]).unwrap();
        assert_eq!(member(first(&read), "mimetype"), &s("application/pdf"));
        assert_eq!(member(first(&read), "res_id"), &record);

        // What would take something out is refused, and with it all that came along.
        for command in [
            list([int(2), free.clone()]),
            list([int(3), free.clone()]),
            list([int(5)]),
            list([int(6), int(0), list([free.clone()])]),
            list([int(1), free.clone(), members([("name", s("x"))])]),
        ] {
            let commands = list([list([int(0), int(0), file("d.txt")]), command]);
            let (code, words) = write(&api, &record, "attachment_ids", commands).unwrap_err();
            assert_eq!(code, FaultCode::Number(2));
            assert!(words.contains("attachment_ids"), "{words}");
        }
        let other = create(&api, "another");
        let (code, _) = write(&api, &other, "attachment_ids", list([list([int(4), free])])).unwrap_err();
        assert_eq!(code, FaultCode::Number(2), "a file stays on its record");
        let (code, words) = write(&api, &record, "attachment_ids", list([list([int(9), int(0)])])).unwrap_err();
        assert_eq!(code, FaultCode::Number(1));
        assert_eq!(words, "ValueError: Wrong value for spp.grm.ticket.attachment_ids: [[9, 0]]\n");
        assert_eq!(ids(&api, &record, "attachment_ids").len(), 3);

        let by_name = list([leaf("attachment_ids.name", "=", s("c.txt"))]);
        assert_eq!(api.call(GRIEVANCE, "search", [by_name]).unwrap(), list([record.clone()]));
        let none = list([leaf("attachment_ids", "=", Value::Boolean(false))]);
        assert_eq!(api.call(GRIEVANCE, "search", [none]).unwrap(), list([other]));
        let this = list([leaf("attachment_ids", "in", list([third]))]);
        assert_eq!(api.call(GRIEVANCE, "search", [this]).unwrap(), list([record]));
    }

    fn a_message_is_posted_with_its_files_or_not_at_all(place: &Place) {
        let api = Api::new(place, "officer");
        let record = create(&api, "x");
        let before = ids(&api, &record, "message_ids").len();
        let post = |named: Vec<(&str, Value)>| {
            let named = Value::Struct(named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect());
            api.call_named(GRIEVANCE, "message_post", vec![list([record.clone()])], named)
        };
        for (named, words) in [
            (vec![("attachment_ids", list([int(9_999)]))], "attachment"),
            (vec![("attachments", list([s("a.txt")]))], "pairs"),
            (vec![("partner_ids", list([int(1)]))], "mails nobody"),
            (vec![("message_type", s("sms"))], "message_type"),
            (vec![("author_id", int(9_999))], "res.partner(9999,)"),
            (vec![("nope", int(1))], "nope"),
        ] {
            let all = [vec![("body", s("kept back"))], named].concat();
            let (_, said) = post(all).unwrap_err();
            assert!(said.contains(words), "{said}");
        }
        let two = api.call_with(GRIEVANCE, "message_post", [list([int(1), int(2)])], [("body", s("x"))]);
        assert!(two.unwrap_err().1.contains("Expected singleton: spp.grm.ticket(1, 2)"));
        assert_eq!(ids(&api, &record, "message_ids").len(), before, "nothing of all that was kept");

        let files = list([
            list([s("a.txt"), s("as text")]),
            list([s("b.png"), Value::Base64(vec![0, 159, 146, 150])]),
        ]);
        let html = Value::Boolean(true);
        let body = s("<p>Hello <b>her</b><script>alert(1)</script></p>");
        let made = post(vec![("body", body), ("body_is_html", html), ("attachments", files)]).unwrap();
        let read = api.call("mail.message", "read", [made, list([s("body"), s("attachment_ids")])]).unwrap();
        assert_eq!(member(first(&read), "body"), &s("<p>Hello <b>her</b></p>"));
        let files = member(first(&read), "attachment_ids").clone();
        let read = api.call("ir.attachment", "read", [files, list([s("datas"), s("mimetype")])]).unwrap();
        let Value::Array(read) = read else { panic!() };
        let datas: Vec<_> = read.iter().map(|file| member(file, "datas").clone()).collect();
        assert_eq!(datas, [s("YXMgdGV4dA=="), s("AJ+Slg==")]);
        assert_eq!(member(&read[1], "mimetype"), &s("image/png"));
    }

    fn only_what_came_by_mail_is_mail(place: &Place) {
        let api = Api::new(place, "officer");
        let contact = api.call("res.partner", "create", [members([("name", s("Amina Diallo"))])]).unwrap();
        let record = create(&api, "x");
        let mail = ("message_type", s("email"));
        let from = ("email_from", s("Minister <minister@government.example>"));
        let posted = api
            .call_with(GRIEVANCE, "message_post", [record.clone()], [("body", s("I agree.")), mail.clone(), from.clone()])
            .unwrap();
        let named = api
            .call_with(GRIEVANCE, "message_post", [record.clone()], [
                ("body", s("I agree too.")),
                mail.clone(),
                ("author_id", contact.clone()),
            ])
            .unwrap();
        let commanded = members([("body", s("And I.")), mail.clone(), from]);
        write(&api, &record, "message_ids", list([list([int(0), int(0), commanded])])).unwrap();
        let newest = ids(&api, &record, "message_ids")[0].clone();
        for post in [posted.clone(), named.clone(), newest] {
            let fields = list([s("message_type"), s("create_uid")]);
            let read = api.call("mail.message", "read", [post, fields]).unwrap();
            assert_eq!(member(first(&read), "message_type"), &s("comment"));
            assert_eq!(member(first(&read), "create_uid"), &list([int(2), s("The officer")]), "it is the caller's");
        }
        let fields = list([s("author_id"), s("email_from")]);
        let read = api.call("mail.message", "read", [list([posted, named]), fields]).unwrap();
        let Value::Array(read) = read else { panic!() };
        assert_eq!(member(&read[0], "email_from"), &s("Minister <minister@government.example>"), "it is what was said");
        assert_eq!(member(&read[1], "author_id"), &list([contact, s("Amina Diallo")]));
        let direct = members([("body", s("x")), mail, ("model", s(GRIEVANCE)), ("res_id", record.clone())]);
        assert_eq!(api.call("mail.message", "create", [direct]).unwrap_err().0, FaultCode::Number(4));

        let Value::Integer(id) = record else { panic!() };
        let page = api.site.signed_in("officer").get(&format!("/records/{GRIEVANCE}/{id}"));
        let shown: String = page.body.chars().filter(|c| !"\u{2068}\u{2069}".contains(*c)).collect();
        assert_eq!(shown.matches("<strong><bdi>The officer</bdi></strong>").count(), 3, "{shown}");
        assert!(shown.contains("said to be from Minister &lt;minister@government.example&gt;"), "{shown}");
        assert!(shown.contains("said to be from Amina Diallo"), "{shown}");
        assert!(!shown.contains("<strong><bdi>Minister") && !shown.contains("aria-label=\"Mail\""), "{shown}");

        // An answer that names such a message, or comes from the address that it names, finds nothing by it.
        let known = api.site.app.store.read(|db| mailgate::store::posts::writers(db, &[RecordId(id)])).unwrap();
        assert!(known.is_empty(), "{known:?}");
    }

    fn a_client_says_that_it_is_no_grievance_and_takes_it_back(place: &Place) {
        let api = Api::new(place, "officer");
        let record = create(&api, "an advertisement");
        let count = || api.call(GRIEVANCE, "search_count", [list([])]).unwrap();
        assert_eq!(api.call(GRIEVANCE, "action_archive", [list([record.clone()])]), Ok(Value::Boolean(true)));
        assert_eq!(count(), int(0));
        write(&api, &record, "active", Value::Boolean(true)).unwrap();
        assert_eq!(count(), int(1));
        let audit = mailgate::store::audit::AuditFilter { object_model: Some(GRIEVANCE.into()), ..Default::default() };
        let read = |db: &mut mailgate::store::Db| mailgate::store::audit::list(db, &audit, 0, 10);
        let (rows, _) = api.site.app.store.read(read).unwrap();
        let actions: Vec<_> = rows.iter().map(|row| row.action.as_str()).collect();
        assert_eq!(actions, ["unarchive", "archive", "create"], "as the page's two buttons have it");
    }

    fn what_a_client_writes_into_a_description_is_sanitised_and_found(place: &Place) {
        let api = Api::new(place, "officer");
        let record = create(&api, "x");
        let html = s("<p onclick=\"x()\">The <b>paiement</b></p><script>alert(1)</script>");
        write(&api, &record, "description", html).unwrap();
        write(&api, &record, "partner_email", s("amina@people.example")).unwrap();
        let fields = list([s("description"), s("partner_email")]);
        let read = api.call(GRIEVANCE, "read", [record, fields]).unwrap();
        assert_eq!(member(first(&read), "description"), &s("<p>The <b>paiement</b></p>"));
        assert_eq!(member(first(&read), "partner_email"), &s("amina@people.example"));
        let found = list([leaf("description", "ilike", s("PAIEMENT"))]);
        assert_eq!(api.call(GRIEVANCE, "search_count", [found]).unwrap(), int(1));
    }

    fn a_client_ends_the_mark_new_mail_and_no_other_change_does(place: &Place) {
        let desk = Desk::new(place);
        let sent = |id: &str, answers: &str| {
            desk.mail(&format!(
                "From: Amina <amina@people.example>\nTo: support@mail.example\nSubject: Payment\n{answers}\
                 Message-ID: <{id}@people.example>\nDate: Sun, 22 Nov 2026 10:00:00 +0000\n\nIt is missing: {id}.\n"
            ))
        };
        let mail = sent("first", "");
        sent("second", "In-Reply-To: <first@people.example>\n");
        let record: i32 = desk.record(mail).rsplit('/').next().unwrap().parse().unwrap();
        let record = list([int(record)]);
        let mark = |api: &Api| {
            let read = api.call(GRIEVANCE, "read", [record.clone(), list([s("new_mail")])]).unwrap();
            member(first(&read), "new_mail").clone()
        };
        let auditor = Api::of(desk.site.twin(), "auditor");
        let api = Api::of(desk.site.twin(), "officer");
        assert_eq!(mark(&api), Value::Boolean(true));
        write(&api, &record, "priority", s("2")).unwrap();
        write(&api, &record, "new_mail", Value::Boolean(true)).unwrap();
        assert_eq!(mark(&api), Value::Boolean(true), "a change says nothing of its mail");
        assert_eq!(write(&auditor, &record, "new_mail", Value::Boolean(false)).unwrap_err().0, FaultCode::Number(4));
        let before = desk.audit(GRIEVANCE).len();
        for _ in 0..2 {
            write(&api, &record, "new_mail", Value::Boolean(false)).unwrap();
            assert_eq!(mark(&api), Value::Boolean(false));
        }
        let audit = desk.audit(GRIEVANCE);
        assert_eq!(audit.len() - before, 1, "once is enough: {audit:?}");
        assert!(audit[0].1.contains("new_mail"), "{audit:?}");
        // Nobody makes mail that has not come.
        write(&api, &record, "new_mail", Value::Boolean(true)).unwrap();
        assert_eq!(mark(&api), Value::Boolean(false));
    }
}
