//! `message_process`: mail that is handed over is kept, routed and answered for as Odoo does.

use mailgate::domain::ledger::{MailState, Reason};
use mailgate::pipeline::retention;
use mailgate::store::messages;
use mailgate::store::messages::list::{LedgerFilter, LedgerLine, LedgerPart};
use mailgate::xmlrpc::{FaultCode, Value};
use serde_json::json;

use super::client::{Api, Refused, first, leaf, list, member, members, s};
use crate::support::app::PASSWORD;
use crate::support::database::on_both;
use crate::web::site::Site;

pub const GRIEVANCE: &str = "spp.grm.ticket";
pub const FALSE: Value = Value::Boolean(false);

pub fn mail_to(to: &str, number: u32) -> String {
    format!(
        "From: Amina Diallo <amina@people.example>\r\nTo: {to}\r\nSubject: Well {number}\r\n\
         Message-ID: <m{number}@people.example>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\nThe well is dry since {number} days.\r\n"
    )
}

pub fn mail(number: u32) -> String {
    mail_to("grm@agency.example", number)
}

pub fn binary(mail: &str) -> Value {
    Value::Base64(mail.as_bytes().to_vec())
}

pub fn process<const N: usize>(api: &Api, args: [Value; N]) -> Result<Value, Refused> {
    api.call("mail.thread", "message_process", args)
}

pub fn ledger(api: &Api) -> Vec<LedgerLine> {
    let mut lines = api
        .site
        .app
        .store
        .read(|db| messages::list::page(db, &LedgerFilter::default(), LedgerPart::First, 1000))
        .unwrap()
        .0;
    lines.reverse();
    lines
}

/// State and reason of the newest message.
pub fn newest(api: &Api) -> (MailState, Option<Reason>) {
    let line = ledger(api).pop().expect("something is kept");
    (line.state, line.reason)
}

fn record(api: &Api, id: &Value, fields: &[&str]) -> Value {
    let fields = Value::Array(fields.iter().map(|field| s(field)).collect());
    let read = api.call(GRIEVANCE, "read", [list([id.clone()]), fields]).unwrap();
    first(&read).clone()
}

/// How many posts are on a record.
fn posts(api: &Api, id: &Value) -> usize {
    let Value::Array(posts) = member(&record(api, id, &["message_ids"]), "message_ids").clone() else { panic!() };
    posts.len()
}

on_both! {
    fn values_of_a_mail_link_tags_and_make_none(place: &Place) {
        let api = Api::new(place, "admin");
        let tag = api.call("spp.grm.ticket.tag", "create", [members([("name", s("urgent"))])]).unwrap();
        let with = |number: u32, command: Value| {
            let values = members([("tag_ids", list([command]))]);
            process(&api, [s(GRIEVANCE), binary(&mail(number)), values])
        };
        let (zero, four) = (Value::Integer(0), Value::Integer(4));
        let made = with(1, list([four, tag.clone()])).unwrap();
        assert_eq!(member(&record(&api, &made, &["tag_ids"]), "tag_ids"), &list([tag.clone()]));
        for command in [
            list([zero.clone(), zero.clone(), members([("name", s("new"))])]),
            list([Value::Integer(1), tag.clone(), members([("name", s("other"))])]),
            list([Value::Integer(2), tag.clone()]),
        ] {
            let (_, words) = with(2, command).unwrap_err();
            assert!(words.contains("link what is there already"), "{words}");
        }
        let all = api.call("spp.grm.ticket.tag", "search_read", [list([]), list([s("name")])]).unwrap();
        assert_eq!((&all, member(first(&all), "name")), (&list([first(&all).clone()]), &s("urgent")));
        assert_eq!(ledger(&api).len(), 1, "the mail can be handed over again");
    }

    fn a_mail_makes_a_record_once_and_its_source_and_way_are_in_the_ledger(place: &Place) {
        let api = Api::new(place, "officer");
        let id = process(&api, [s(GRIEVANCE), binary(&mail(1))]).unwrap();
        assert_eq!(member(&record(&api, &id, &["name", "partner_email"]), "name"), &s("Well 1"));
        assert_eq!(process(&api, [s(GRIEVANCE), binary(&mail(1))]), Ok(FALSE), "the same bytes again");
        let elsewhere = format!("Received: by another relay\r\n{}", mail(1));
        assert_eq!(process(&api, [s(GRIEVANCE), binary(&elsewhere)]), Ok(FALSE), "the same mail by another way");
        assert_eq!(newest(&api), (MailState::Ignored, Some(Reason::Duplicate)));
        // A text instead of a Binary, and over JSON-RPC.
        let undated = mail(2).replace("Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n", "");
        let second = process(&api, [s(GRIEVANCE), s(&undated)]).unwrap();
        assert_ne!(second, id);
        let who = json!(["mailgate", 2, PASSWORD, "mail.thread", "message_process", [GRIEVANCE, mail(3)], {}]);
        let params = json!({"service": "object", "method": "execute_kw", "args": who});
        let answer = api.json("/jsonrpc", &json!({"jsonrpc": "2.0", "id": 1, "method": "call", "params": params}));
        assert!(answer["result"].as_i64().is_some(), "{answer}");

        let lines = ledger(&api);
        assert_eq!(lines.iter().filter(|line| line.state == MailState::Delivered).count(), 3);
        let fields = list([s("trace"), s("notes"), s("res_id"), s("server_id")]);
        let kept = api.call("mailgate.message", "read", [list([Value::Integer(lines[0].id.0)]), fields]).unwrap();
        assert_eq!(member(first(&kept), "res_id"), &id);
        assert!(format!("{:?}", member(first(&kept), "trace")).contains("It is written to no alias."), "{kept:?}");
        assert_eq!(member(first(&kept), "notes"), &FALSE, "nothing was assumed");
        let of_second = [list([leaf("res_id", "=", second)]), list([s("notes")])];
        let kept = api.call("mailgate.message", "search_read", of_second).unwrap();
        assert_eq!(member(first(&kept), "notes"), &s("The mail has no date; the time of receipt stands in for it."));
        let source = api.call("mailgate.message", "get_source", [list([Value::Integer(lines[0].id.0)])]).unwrap();
        use base64::Engine;
        assert_eq!(source, s(&base64::engine::general_purpose::STANDARD.encode(mail(1))));
    }

    fn custom_values_fill_the_new_record_and_are_checked(place: &Place) {
        let api = Api::new(place, "officer");
        let amina = api.call("res.partner", "create", [members([("name", s("Amina"))])]).unwrap();
        let stages = api.call("spp.grm.ticket.stage", "search", [list([leaf("code", "=", s("done"))])]);
        let done = first(&stages.unwrap()).clone();
        let values = members([
            ("partner_id", amina.clone()),
            ("priority", s("3")),
            ("channel", s("web")),
            ("stage_id", done.clone()),
            ("user_id", Value::Integer(1)),
            ("description", s("a < b")),
        ]);
        let id = process(&api, [s(GRIEVANCE), binary(&mail(1)), values]).unwrap();
        let fields = ["partner_id", "priority", "channel", "stage_id", "user_id", "description", "name"];
        let made = record(&api, &id, &fields);
        assert_eq!(member(&made, "partner_id"), &list([amina, s("Amina")]));
        assert_eq!((member(&made, "priority"), member(&made, "channel")), (&s("3"), &s("web")));
        assert_eq!(member(&made, "stage_id"), &list([done, s("Done")]));
        assert_eq!(member(&made, "user_id"), &list([Value::Integer(1), s("The admin")]));
        assert_eq!((member(&made, "description"), member(&made, "name")), (&s("<p>a &lt; b</p>"), &s("Well 1")));
        let wrong = [
            (members([("nope", s("x"))]), 1, "ValueError: Invalid field 'nope' on model 'spp.grm.ticket'\n"),
            (members([("priority", s("9"))]), 1, "ValueError: Wrong value for spp.grm.ticket.priority: '9'\n"),
            (members([("partner_id", Value::Integer(99))]), 2, "There is no contact with the id “99”."),
        ];
        for (values, code, words) in wrong {
            let refused = process(&api, [s(GRIEVANCE), binary(&mail(2)), values]);
            assert_eq!(refused, Err((FaultCode::Number(code), words.to_owned())));
        }
        assert_eq!(ledger(&api).len(), 1, "nothing of a refused call is kept");
    }

    fn a_named_record_a_reply_and_a_missing_record(place: &Place) {
        let api = Api::new(place, "officer");
        let id = process(&api, [s(GRIEVANCE), binary(&mail(1))]).unwrap();
        let joined = process(&api, [s(GRIEVANCE), binary(&mail(2)), FALSE, FALSE, FALSE, id.clone()]);
        assert_eq!(joined, Ok(id.clone()));
        let reply = mail(3).replacen("Subject", "In-Reply-To: <m2@people.example>\r\nSubject", 1);
        assert_eq!(process(&api, [FALSE, binary(&reply)]), Ok(id.clone()), "a reply needs no model");
        assert_eq!(posts(&api, &id), 3);
        let named = [("thread_id", Value::Integer(999_999))];
        let other = api.call_with("mail.thread", "message_process", [s(GRIEVANCE), binary(&mail(4))], named).unwrap();
        assert!(matches!(other, Value::Integer(_)) && other != id, "{other:?}");
        // Over a record type's own model, as an Odoo model inherits it.
        let by_model = api.call(GRIEVANCE, "message_process", [s(GRIEVANCE), binary(&mail(5))]).unwrap();
        assert!(matches!(by_model, Value::Integer(_)), "{by_model:?}");
    }

    fn attachments_are_stripped_and_originals_kept_where_it_is_asked_for(place: &Place) {
        let api = Api::new(place, "officer");
        let with_file = |number: u32| {
            mail(number).replacen("Content-Type: text/plain; charset=utf-8\r\n\r\n", "MIME-Version: 1.0\r\n\
                Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSee file.\r\n\
                --b\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\
                Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--b--\r\n", 1)
        };
        let files = |id: &Value| {
            let domain = list([leaf("res_id", "=", id.clone())]);
            api.call("ir.attachment", "search_count", [domain]).unwrap()
        };
        let whole = process(&api, [s(GRIEVANCE), binary(&with_file(1))]).unwrap();
        let yes = Value::Boolean(true);
        let stripped = process(&api, [s(GRIEVANCE), binary(&with_file(2)), FALSE, FALSE, yes.clone()]).unwrap();
        assert_eq!((files(&whole), files(&stripped)), (Value::Integer(1), Value::Integer(0)));
        process(&api, [s(GRIEVANCE), binary(&with_file(3)), FALSE, yes]).unwrap();
        let later = mailgate::domain::now() + chrono::TimeDelta::days(1);
        retention::sweep_settled_before(api.site.app.pipeline(), later, &|| false).unwrap();
        let kept: Vec<bool> = ledger(&api).iter().map(|line| line.source.is_some()).collect();
        assert_eq!(kept, [false, false, true], "only what was asked for is kept for ever");
        assert_eq!(files(&whole), Value::Integer(1), "attachments outlive their source");
    }

    fn mail_that_makes_no_record_is_kept_and_answered_false(place: &Place) {
        let api = Api::new(place, "officer");
        let spam = format!("X-Spam-Flag: YES\r\n{}", mail(1));
        assert_eq!(process(&api, [s(GRIEVANCE), binary(&spam)]), Ok(FALSE));
        assert_eq!(newest(&api), (MailState::Held, Some(Reason::Spam)));
        let bounce = mail(2).replacen("Amina Diallo <amina@people.example>", "MAILER-DAEMON@mta.example", 1)
            .replacen("Content-Type: text/plain; charset=utf-8\r\n\r\n", "MIME-Version: 1.0\r\n\
                Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\
                Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mta.example\r\n\r\n\
                Final-Recipient: rfc822; x@y.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n", 1);
        assert_eq!(process(&api, [FALSE, binary(&bounce)]), Ok(FALSE), "also without a route");
        assert_eq!(newest(&api), (MailState::Ignored, Some(Reason::Bounce)));
        assert_eq!(process(&api, [s(GRIEVANCE), binary("")]), Ok(FALSE));
        assert_eq!(newest(&api), (MailState::Held, Some(Reason::Unreadable)));
        // A person repairs what is held: what the client asked for still counts.
        let spam = ledger(&api)[0].id;
        let force = mailgate::pipeline::Correction { force: true, ..Default::default() };
        let settled = mailgate::pipeline::redeliver(api.site.app.pipeline(), spam, &force, "officer").unwrap();
        assert_eq!(settled.fate.state(), Some(MailState::Delivered));
        assert_eq!(ledger(&api)[0].res_model.as_deref(), Some(GRIEVANCE));
    }

    fn what_odoo_refuses_is_a_fault_in_its_words_and_nothing_is_kept(place: &Place) {
        let api = Api::new(place, "officer");
        let nobody = mail_to("nobody@nowhere.example", 1);
        let no_route = "ValueError: No possible route found for incoming message from Amina Diallo \
            <amina@people.example> to nobody@nowhere.example (Message-Id <m1@people.example>:). Create an appropriate \
            mail.alias or force the destination model.\n";
        let cases = [
            (process(&api, [FALSE, binary(&nobody)]), no_route),
            (
                process(&api, [s("res.partner"), binary(&nobody)]),
                "ValueError: Mailbox unavailable - model res.partner does not accept document creation\n",
            ),
            (
                process(&api, [s("no.such"), binary(&nobody)]),
                "ValueError: Mailbox unavailable - unknown target model no.such\n",
            ),
            (
                process(&api, [s(GRIEVANCE)]),
                "TypeError: BaseModel.message_process() missing 1 required positional argument: 'message'\n",
            ),
            (
                process(&api, [s(GRIEVANCE), Value::Integer(1)]),
                "TypeError: message_process(): 'message' is a mail's source, as text or Binary\n",
            ),
            (
                process(&api, [s(GRIEVANCE), binary(&nobody), s("x")]),
                "TypeError: message_process(): 'custom_values' is a struct of values\n",
            ),
        ];
        for (outcome, words) in cases {
            assert_eq!(outcome, Err((FaultCode::Number(1), words.to_owned())));
        }
        assert_eq!(ledger(&api).len(), 0);
        let auditor = Api::of(Site { app: api.site.app.clone() }, "auditor");
        let (code, words) = process(&auditor, [s(GRIEVANCE), binary(&nobody)]).unwrap_err();
        assert_eq!(code, FaultCode::Number(4), "{words}");
        assert_eq!(ledger(&api).len(), 0);
    }
}
