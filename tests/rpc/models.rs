//! `ir.model`: what clients know models by.

use mailgate::xmlrpc::Value;

use super::client::{Api, list, member, s};
use crate::support::database::Place;

/// Given out since the first version.
const GIVEN_OUT: [(&str, i32); 24] = [
    ("fetchmail.server", 1),
    ("mail.alias", 2),
    ("mail.thread", 3),
    ("mailgate.message", 4),
    ("mail.message", 5),
    ("ir.attachment", 6),
    ("res.users", 7),
    ("res.partner", 8),
    ("mailgate.connection", 9),
    ("spp.grm.ticket", 10),
    ("spp.grm.ticket.stage", 11),
    ("helpdesk.ticket", 12),
    ("helpdesk.ticket.stage", 13),
    ("ir.model", 14),
    ("ir.model.fields", 15),
    ("mailgate.oauth_provider", 16),
    ("res.company", 17),
    ("res.country", 18),
    ("res.country.state", 19),
    ("ir.model.access", 20),
    ("ir.model.data", 21),
    ("res.groups", 22),
    ("spp.grm.ticket.category", 23),
    ("spp.grm.ticket.tag", 24),
];

/// A module's file of this record type.
fn case(model: &str) -> String {
    let shipped = std::fs::read_to_string(crate::support::app::repository("src/modules/helpdesk.toml")).unwrap();
    shipped.replace("helpdesk.ticket", model)
}

/// Name and id of each, of an installation with these modules.
fn ids(modules: &[(&str, String)]) -> Vec<(String, i32)> {
    let place = Place::sqlite();
    let folder = place.config.data_dir.join("modules");
    std::fs::create_dir_all(&folder).unwrap();
    for (file, text) in modules {
        std::fs::write(folder.join(file), text).unwrap();
    }
    let api = Api::new(&place, "admin");
    let Value::Array(rows) = api.call("ir.model", "search_read", [list([]), list([s("model")])]).unwrap() else {
        panic!()
    };
    let id = |row: &Value| match (member(row, "model"), member(row, "id")) {
        (Value::String(model), Value::Integer(id)) => (model.clone(), *id),
        other => panic!("{other:?}"),
    };
    let mut ids: Vec<_> = rows.iter().map(id).collect();
    ids.sort_by_key(|(_, id)| *id);
    ids
}

#[test]
fn a_models_id_stays_whatever_modules_come_before_it() {
    let given_out: Vec<_> = GIVEN_OUT.iter().map(|(model, id)| ((*model).to_owned(), *id)).collect();
    assert_eq!(ids(&[]), given_out);
    let alone = ids(&[("case.toml", case("x.case"))]);
    assert_eq!(alone[..GIVEN_OUT.len()], given_out, "a new one has a number of its own");
    assert_eq!(alone.len(), GIVEN_OUT.len() + 2);
    // One that stands before all others, and one that takes a shipped one's place in the order.
    let replaced = std::fs::read_to_string(crate::support::app::repository("src/modules/spp_grm.toml")).unwrap();
    let modules = [("a.toml", case("a.first")), ("case.toml", case("x.case")), ("grm.toml", replaced)];
    let many = ids(&modules);
    let without: Vec<_> = many.iter().filter(|(model, _)| !model.starts_with("a.first")).cloned().collect();
    assert_eq!(without, alone);
    assert_eq!(many.len(), GIVEN_OUT.len() + 4);
}
