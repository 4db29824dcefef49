//! Odoo's methods on Odoo's models.

use mailgate::domain::fetching::ImportState;
use mailgate::domain::id::ServerId;
use mailgate::domain::message::SourceKey;
use mailgate::store::{imports, mailboxes, servers};
use mailgate::xmlrpc::{FaultCode, Value};
use serde_json::json;

use super::client::{Api, first, leaf, list, member, members, s};
use crate::support::database::on_both;

fn int(value: i32) -> Value {
    Value::Integer(value)
}

on_both! {
    fn contacts_and_grievances_are_made_found_read_and_changed(place: &Place) {
        let api = Api::new(place, "officer");
        let amina = members([("name", s("Amina Diallo")), ("email", s("Amina@people.example"))]);
        let amina = api.call("res.partner", "create", [amina]).unwrap();
        let values = members([("name", s("Payment missing")), ("partner_id", amina.clone()), ("priority", s("2"))]);
        let id = api.call("spp.grm.ticket", "create", [values]).unwrap();
        let two = list([members([("name", s("Second"))]), members([("name", s("Third")), ("channel", s("phone"))])]);
        let Ok(Value::Array(ids)) = api.call("spp.grm.ticket", "create", [two]) else { panic!("a list makes a list") };
        assert_eq!(ids.len(), 2);

        let domain = list([leaf("partner_id.email", "=ilike", s("amina@%"))]);
        let fields = list([s("number"), s("name"), s("partner_id"), s("stage_id"), s("user_id"), s("create_date")]);
        let found = api.call_with("spp.grm.ticket", "search_read", [domain], [("fields", fields)]).unwrap();
        let found = first(&found);
        assert_eq!(member(found, "name"), &s("Payment missing"));
        assert_eq!(member(found, "partner_id"), &list([amina, s("Amina Diallo")]));
        assert_eq!(member(found, "user_id"), &Value::Boolean(false), "what is empty is false");
        let Value::String(number) = member(found, "number") else { panic!("{found:?}") };
        assert!(number.ends_with("-000001"), "{number}");
        let Value::String(made) = member(found, "create_date") else { panic!("{found:?}") };
        assert_eq!(made.len(), "2026-11-22 10:00:34".len(), "{made}");

        let by_name = list([leaf("partner_id", "ilike", s("AMINA"))]);
        assert_eq!(api.call("spp.grm.ticket", "search_count", [by_name]).unwrap(), int(1));
        let either = list([s("|"), leaf("channel", "=", s("phone")), leaf("priority", "=", s("2"))]);
        let order = [("order", s("name desc")), ("limit", int(5))];
        let Ok(Value::Array(found)) = api.call_with("spp.grm.ticket", "search", [either], order) else { panic!() };
        assert_eq!(found, [ids[1].clone(), id.clone()]);

        let stages = api.call("spp.grm.ticket.stage", "search", [list([leaf("code", "=", s("done"))])]).unwrap();
        let write = [list([id.clone()]), members([("stage_id", first(&stages).clone())])];
        assert_eq!(api.call("spp.grm.ticket", "write", write).unwrap(), Value::Boolean(true));
        let read = api.call("spp.grm.ticket", "read", [id.clone(), list([s("stage_id"), s("message_ids")])]).unwrap();
        assert_eq!(member(first(&read), "stage_id"), &list([first(&stages).clone(), s("Done")]));

        let post = api.call_with("spp.grm.ticket", "message_post", [id.clone()], [("body", s("Called <her>"))]).unwrap();
        let post = api.call("mail.message", "read", [post, list([s("body"), s("message_type"), s("res_id")])]).unwrap();
        assert_eq!(member(first(&post), "body"), &s("<p>Called &lt;her&gt;</p>"));
        assert_eq!(member(first(&post), "res_id"), &id);
    }

    fn an_attachment_comes_back_as_base64_text(place: &Place) {
        let api = Api::new(place, "officer");
        let id = api.call("spp.grm.ticket", "create", [members([("name", s("x"))])]).unwrap();
        let file = [("name", s("a.txt")), ("datas", s("aGVsbG8=")), ("res_model", s("spp.grm.ticket")), ("res_id", id)];
        let file = api.call("ir.attachment", "create", [members(file)]).unwrap();
        let read = api.call("ir.attachment", "read", [file, list([s("datas"), s("file_size")])]).unwrap();
        assert_eq!(member(first(&read), "datas"), &s("aGVsbG8="));
        assert_eq!(member(first(&read), "file_size"), &int(5));
    }

    fn a_mailbox_is_configured_over_the_api_and_its_password_never_comes_back(place: &Place) {
        let api = Api::new(place, "admin");
        let grievance = list([leaf("model", "=", s("spp.grm.ticket"))]);
        let grievance = api.call("ir.model", "search", [grievance]).unwrap();
        let values = members([
            ("name", s("Grievance Mailbox")),
            ("server_type", s("imap")),
            ("server", s("imap.example.org")),
            ("port", int(993)),
            ("is_ssl", Value::Boolean(true)),
            ("user", s("grm@example.org")),
            ("password", s("hunter2 hunter2")),
            ("object_id", first(&grievance).clone()),
        ]);
        let id = api.call("fetchmail.server", "create", [values]).unwrap();
        let read = api.call("fetchmail.server", "read", [list([id.clone()])]).unwrap();
        assert!(!format!("{read:?}").contains("hunter2"));
        let server = first(&read);
        assert_eq!(member(server, "state"), &s("draft"));
        assert_eq!(member(server, "security"), &s("tls"));
        assert_eq!(member(server, "object_model"), &s("spp.grm.ticket"));
        assert_eq!(member(server, "object_id"), &list([first(&grievance).clone(), s("Grievance")]));
        api.call("fetchmail.server", "write", [id.clone(), members([("active", Value::Boolean(false))])]).unwrap();
        assert_eq!(api.call("fetchmail.server", "search_count", [list([])]).unwrap(), int(0), "archived rows are hidden");
        let all = [("context", members([("active_test", Value::Boolean(false))]))];
        assert_eq!(api.call_with("fetchmail.server", "search_count", [list([])], all).unwrap(), int(1));
        assert_eq!(api.call("fetchmail.server", "unlink", [list([id])]).unwrap(), Value::Boolean(true));
    }

    fn an_import_is_stopped_continued_undone_and_taken_up_again(place: &Place) {
        let api = Api::new(place, "admin");
        let values = [
            ("name", s("Letters")),
            ("server", s("imap.example.org")),
            ("user", s("grm@example.org")),
            ("password", s("hunter2 hunter2")),
        ];
        let id = api.call("fetchmail.server", "create", [members(values)]).unwrap();
        let Value::Integer(number) = id else { panic!("{id:?}") };
        let call = |method: &str| api.call("fetchmail.server", method, [list([id.clone()])]);
        let (code, said) = call("stop_import").unwrap_err();
        assert_eq!((code, said.contains("import")), (FaultCode::Number(2), true), "{said}");
        // As its first fetch begins it.
        let store = &api.site.app.store;
        let import = store.write(|db| {
            let server = servers::get(db, ServerId(number))?.expect("it was made above").settings;
            let mailbox = mailboxes::of(db, &server, "INBOX")?.id;
            let key: SourceKey = "imap:7:1".parse().expect("a key as the ledger has it");
            imports::begin(db, mailbox, server.id, (Some(7), Some(9)), &[&key])?;
            imports::of(db, mailbox)
        });
        let import = import.unwrap().unwrap().id;
        let state = || store.write(|db| imports::lock(db, import)).unwrap().unwrap().state;
        let deeds = [
            ("stop_import", ImportState::Stopped),
            ("continue_import", ImportState::Running),
            ("undo_import", ImportState::Undoing),
            ("restore_import", ImportState::Restoring),
        ];
        for (method, then) in deeds {
            assert_eq!(call(method).unwrap(), Value::Boolean(true), "{method}");
            assert_eq!(state(), then, "{method}");
            call(method).unwrap_err();
        }
        let officer = Api::of(api.site, "officer");
        let (code, _) = officer.call("fetchmail.server", "stop_import", [list([id])]).unwrap_err();
        assert_eq!(code, FaultCode::Number(4));
    }
}

#[test]
fn json_rpc_answers_alike() {
    let api = Api::new(&crate::support::database::Place::sqlite(), "admin");
    let call = |service: &str, method: &str, args: serde_json::Value| {
        let params = json!({"service": service, "method": method, "args": args});
        api.json("/jsonrpc", &json!({"jsonrpc": "2.0", "id": 7, "method": "call", "params": params}))
    };
    let uid = call("common", "authenticate", json!(["mailgate", "admin", crate::support::app::PASSWORD, {}]));
    let uid = uid["result"].as_i64().unwrap();
    let read = |model: &str| {
        let who =
            json!(["mailgate", uid, crate::support::app::PASSWORD, model, "search_read", [[]], {"fields": ["login"]}]);
        call("object", "execute_kw", who)
    };
    assert_eq!(read("res.users")["result"].as_array().map(Vec::len), Some(3));
    assert_eq!(read("no.such")["error"]["data"]["name"], "odoo.exceptions.UserError");
    assert_eq!(call("db", "list", json!([]))["result"], json!(["mailgate"]));
}
