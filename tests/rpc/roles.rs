//! Whatever a role may not do in a page it may not do here.

use mailgate::xmlrpc::{FaultCode, Value};

use super::client::{Api, leaf, list, members, s};
use crate::support::database::{Place, execute, on_both};
use crate::web::site::Site;

/// Model, and for each role what it may: read, write, create, delete (`rwcd`).
pub const RIGHTS: &[(&str, [(&str, &str); 3])] = &[
    ("fetchmail.server", [("admin", "rwcd"), ("officer", ""), ("auditor", "")]),
    ("mail.alias", [("admin", "rwcd"), ("officer", ""), ("auditor", "")]),
    ("mail.thread", [("admin", "c"), ("officer", "c"), ("auditor", "")]),
    ("mailgate.connection", [("admin", "rwcd"), ("officer", ""), ("auditor", "")]),
    ("mailgate.oauth_provider", [("admin", "rwcd"), ("officer", ""), ("auditor", "")]),
    ("res.users", [("admin", "rwc"), ("officer", "r"), ("auditor", "r")]),
    ("res.partner", [("admin", "rwc"), ("officer", "rwc"), ("auditor", "r")]),
    ("spp.grm.ticket", [("admin", "rwc"), ("officer", "rwc"), ("auditor", "r")]),
    ("helpdesk.ticket", [("admin", "rwc"), ("officer", "rwc"), ("auditor", "r")]),
    ("spp.grm.ticket.stage", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("helpdesk.ticket.stage", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("spp.grm.ticket.category", [("admin", "rwc"), ("officer", "r"), ("auditor", "r")]),
    ("spp.grm.ticket.tag", [("admin", "rwc"), ("officer", "r"), ("auditor", "r")]),
    ("mail.message", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("ir.attachment", [("admin", "rc"), ("officer", "rc"), ("auditor", "r")]),
    ("mailgate.message", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("ir.model", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("ir.model.fields", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("ir.model.access", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("ir.model.data", [("admin", "rwcd"), ("officer", "rwcd"), ("auditor", "r")]),
    ("res.groups", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("res.company", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("res.country", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("res.country.state", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
];

#[test]
fn each_role_has_its_rights_on_each_model() {
    let place = Place::sqlite();
    let admin = Api::new(&place, "admin");
    for (at, login) in ["admin", "officer", "auditor"].into_iter().enumerate() {
        let api = Api::of(crate::web::site::Site { app: admin.site.app.clone() }, login);
        for (model, roles) in RIGHTS {
            assert_eq!(roles[at].0, login);
            for (letter, operation) in [('r', "read"), ('w', "write"), ('c', "create"), ('d', "unlink")] {
                let asked = [s(operation), Value::Boolean(false)];
                let may = api.call(model, "check_access_rights", asked).unwrap();
                assert_eq!(may, Value::Boolean(roles[at].1.contains(letter)), "{login} {operation} {model}");
                if roles[at].1.contains(letter) {
                    continue;
                }
                // What is said is also done: the call itself is refused.
                let refused = match operation {
                    "read" => api.call(model, "search_read", [list([])]),
                    "write" => api.call(model, "write", [list([]), super::client::members([])]),
                    "create" => api.call(model, "create", [super::client::members([])]),
                    _ => api.call(model, "unlink", [list([])]),
                };
                assert_eq!(refused.unwrap_err().0, FaultCode::Number(4), "{login} {operation} {model}");
            }
        }
    }
}

/// A model that is added is tested, or this fails: it asks the installation itself what models there are.
#[test]
fn every_model_of_the_installation_stands_in_the_table_of_rights() {
    let place = Place::sqlite();
    let api = Api::new(&place, "admin");
    let offered = mailgate::api::Api::new(api.site.app.clone());
    let mut models: Vec<&str> = offered.models().collect();
    let mut tested: Vec<&str> = RIGHTS.iter().map(|(model, _)| *model).collect();
    models.sort_unstable();
    tested.sort_unstable();
    assert_eq!(models, tested);
    let told = api.call("ir.model", "search_count", [list([])]).unwrap();
    assert_eq!(told, Value::Integer(i32::try_from(models.len()).unwrap()), "no model is left out of ir.model");
}

#[test]
fn an_officer_sees_only_his_own_account() {
    let place = Place::sqlite();
    let api = Api::new(&place, "officer");
    let Ok(Value::Array(found)) = api.call("res.users", "search", [list([])]) else { panic!() };
    assert_eq!(found, [Value::Integer(2)]);
    let others = list([Value::Integer(1), Value::Integer(3)]);
    assert_eq!(api.call("res.users", "read", [others, list([s("login")])]).unwrap(), list([]));
}

on_both! {
    /// Names are shown where a row points to an account, a server or a connection; whatever else stands in them is not, and
    /// can't be guessed letter by letter.
    fn no_path_tells_what_its_caller_may_not_read(place: &Place) {
        let admin = Api::new(place, "admin");
        let store = &admin.site.app.store;
        let sql = "UPDATE users SET name = 'Amina Diallo', login = 'secret.login@example.org' WHERE login = 'admin'; \
                   UPDATE users SET name = 'Zoë' WHERE login = 'officer'";
        execute(store, sql);
        let admin = Site { app: admin.site.app.clone() };
        let [officer, auditor] = ["officer", "auditor"].map(|login| Api::of(Site { app: admin.app.clone() }, login));
        for title in ["his", "hers"] {
            let owner = Value::Integer(if title == "his" { 1 } else { 2 });
            let values = members([("name", s(title)), ("user_id", owner)]);
            let made = officer.call("spp.grm.ticket", "create", [values]).unwrap();
            let body = [("body", s("A note"))];
            officer.call_with("spp.grm.ticket", "message_post", [list([made])], body).unwrap();
        }
        let count = |api: &Api, model: &str, leaf: Value| api.call(model, "search_count", [list([leaf])]);
        for api in [&officer, &auditor] {
            for (operator, text) in [("ilike", "secret"), ("=like", "s%"), ("=", "secret.login@example.org")] {
                for field in ["user_id", "user_id.login", "user_id.email", "message_ids.create_uid.login"] {
                    let found = count(api, "spp.grm.ticket", leaf(field, operator, s(text)));
                    assert_eq!(found, Ok(Value::Integer(0)), "{field} {operator} {text}");
                }
            }
            for (field, value) in [("user_id.role", "system_admin"), ("user_id.tz", "UTC"), ("user_id.lang", "en_US")] {
                let mine = i32::from(field != "user_id.role" && api.call("res.users", "search", [list([])]).unwrap() == list([Value::Integer(2)]));
                assert_eq!(count(api, "spp.grm.ticket", leaf(field, "=", s(value))), Ok(Value::Integer(mine)), "{field}");
            }
            assert_eq!(count(api, "spp.grm.ticket", leaf("user_id", "ilike", s("diallo"))), Ok(Value::Integer(1)));
            assert_eq!(count(api, "mail.message", leaf("create_uid", "ilike", s("officer"))), Ok(Value::Integer(0)));
            assert_eq!(count(api, "mail.message", leaf("create_uid", "ilike", s("zoë"))), Ok(Value::Integer(4)));
            for field in ["server_id.user", "server_id.server", "server_id.connection_id.login"] {
                let (code, _) = count(api, "mailgate.message", leaf(field, "ilike", s("a"))).unwrap_err();
                assert_eq!(code, FaultCode::Number(4), "{field}");
            }
            for order in ["create_uid.login", "user_id.login", "server_id.user"] {
                let refused = api.call_with("spp.grm.ticket", "search", [list([])], [("order", s(order))]);
                assert!(refused.is_err(), "{order}");
                let refused = api.call("spp.grm.ticket", "search_read", [list([]), list([s(order)])]);
                assert!(refused.is_err(), "{order}");
            }
            let found = api.call_with("res.users", "name_search", [s("secret")], []).unwrap();
            assert_eq!(found, list([]));
        }
        // Who may read accounts finds them by either.
        let all = Api::of(Site { app: admin.app.clone() }, "secret.login@example.org");
        assert_eq!(count(&all, "spp.grm.ticket", leaf("user_id", "ilike", s("secret"))), Ok(Value::Integer(1)));
    }

    /// Which of two servers has the higher priority is the administrator's affair.
    fn an_order_goes_by_what_is_shown(place: &Place) {
        let admin = Api::new(place, "admin");
        let server = |name: &str, priority: i32| {
            let values = [("name", s(name)), ("server_type", s("local")), ("priority", Value::Integer(priority))];
            admin.call("fetchmail.server", "create", [members(values)]).unwrap()
        };
        let (zebra, apple) = (server("Zebra", 1), server("Apple", 9));
        for (at, id) in [&zebra, &apple].into_iter().enumerate() {
            let Value::Integer(id) = id else { panic!() };
            let sql = format!(
                "INSERT INTO mailboxes (id, server_id, host, username, folder, create_date) \
                 VALUES (7{at}, {id}, '', '', '', '2026-11-01 10:00:00'); \
                 INSERT INTO messages (mailbox_id, server_name, source_key, size, create_date) \
                 VALUES (7{at}, 'x', 'k', 1, '2026-11-01 10:00:00'); \
                 INSERT INTO fates (id, server_id, state, attempts, write_date) \
                 SELECT id, {id}, 'received', 0, create_date FROM messages WHERE mailbox_id = 7{at}"
            );
            execute(&admin.site.app.store, &sql);
        }
        let sorted = |login: &str| {
            let api = Api::of(Site { app: admin.site.app.clone() }, login);
            api.call_with("mailgate.message", "search", [list([])], [("order", s("server_id"))]).unwrap()
        };
        assert_eq!(sorted("admin"), list([Value::Integer(1), Value::Integer(2)]));
        assert_eq!(sorted("auditor"), list([Value::Integer(2), Value::Integer(1)]));
    }
}

#[test]
fn the_built_in_server_can_not_be_changed_by_any_method() {
    let place = Place::sqlite();
    let api = Api::new(&place, "admin");
    let app = &api.site.app;
    let built_in = app.store.write(mailgate::store::servers::api).unwrap();
    let id = Value::Integer(built_in.id.0);
    let value = |field: &'static str, value: Value| super::client::members([(field, value)]);
    let said = |method: &str, arguments: Vec<Value>| {
        let refused = api.call_all("fetchmail.server", method, arguments);
        let (code, words) = refused.expect_err(method);
        assert!(words.contains("The mail gateway is built in"), "{method}: {code:?} {words}");
    };
    let ids = || list([id.clone()]);
    for values in [
        value("active", Value::Boolean(false)),
        value("name", s("nonsense")),
        value("server_type", s("imap")),
        value("state", s("draft")),
        value("connection_id", Value::Integer(1)),
    ] {
        let refused = api.call_all("fetchmail.server", "write", vec![ids(), values]);
        assert!(refused.is_err(), "{refused:?}");
    }
    said("write", vec![ids(), value("active", Value::Boolean(false))]);
    said("write", vec![list([id.clone(), Value::Integer(9_999)]), value("name", s("nonsense"))]);
    for method in ["unlink", "action_archive", "action_unarchive", "set_draft", "button_confirm_login", "fetch_mail"] {
        said(method, vec![ids()]);
    }
    // With others it is refused as a whole.
    let other = api.call(
        "fetchmail.server",
        "create",
        [super::client::members([("name", s("other")), ("server_type", s("local"))])],
    );
    let other = other.unwrap();
    said("unlink", vec![list([other.clone(), id.clone()])]);
    assert_eq!(api.call("fetchmail.server", "search_count", [list([])]), Ok(Value::Integer(1)));
    assert!(api.call("fetchmail.server", "toggle_active", [ids()]).is_err());
    assert_eq!(api.call("fetchmail.server", "search", [list([super::client::leaf("id", "=", id)])]), Ok(list([])));
    assert_eq!(app.store.write(mailgate::store::servers::api).unwrap(), built_in);
}
