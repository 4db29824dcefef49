//! Whatever a role may not do in a page it may not do here.

use mailgate::xmlrpc::{FaultCode, Value};

use super::client::{Api, list, s};
use crate::support::database::Place;

/// Model, and for each role what it may: read, write, create, delete (`rwcd`).
pub const RIGHTS: &[(&str, [(&str, &str); 3])] = &[
    ("fetchmail.server", [("admin", "rwcd"), ("officer", ""), ("auditor", "")]),
    ("mail.alias", [("admin", "rwcd"), ("officer", ""), ("auditor", "")]),
    ("mail.thread", [("admin", "c"), ("officer", "c"), ("auditor", "")]),
    ("mailgate.connection", [("admin", "rwcd"), ("officer", ""), ("auditor", "")]),
    ("res.users", [("admin", "rwc"), ("officer", "r"), ("auditor", "r")]),
    ("res.partner", [("admin", "rwc"), ("officer", "rwc"), ("auditor", "r")]),
    ("spp.grm.ticket", [("admin", "rwc"), ("officer", "rwc"), ("auditor", "r")]),
    ("helpdesk.ticket", [("admin", "rwc"), ("officer", "rwc"), ("auditor", "r")]),
    ("spp.grm.ticket.stage", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("helpdesk.ticket.stage", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("mail.message", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("ir.attachment", [("admin", "rc"), ("officer", "rc"), ("auditor", "r")]),
    ("mailgate.message", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("ir.model", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
    ("ir.model.fields", [("admin", "r"), ("officer", "r"), ("auditor", "r")]),
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
    let api = Api::new(&Place::sqlite(), "admin");
    let mut models: Vec<&str> = api.site.app.objects.all().iter().map(|model| model.name.as_str()).collect();
    let mut tested: Vec<&str> = RIGHTS.iter().map(|(model, _)| *model).collect();
    models.sort_unstable();
    tested.sort_unstable();
    assert_eq!(models, tested);
    let told = api.call("ir.model", "search_count", [list([])]).unwrap();
    assert_eq!(told, Value::Integer(i32::try_from(models.len()).unwrap()), "no model is left out of ir.model");
}

#[test]
fn an_officer_sees_only_his_own_account() {
    let api = Api::new(&Place::sqlite(), "officer");
    let Ok(Value::Array(found)) = api.call("res.users", "search", [list([])]) else { panic!() };
    assert_eq!(found, [Value::Integer(2)]);
    let others = list([Value::Integer(1), Value::Integer(3)]);
    assert_eq!(api.call("res.users", "read", [others, list([s("login")])]).unwrap(), list([]));
}
