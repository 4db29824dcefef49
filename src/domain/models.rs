//! The models that clients know by name and by id.

use sha2::{Digest, Sha256};

/// Those that are there whatever modules are installed, and their ids in `ir.model`. Clients keep these ids: what was given
/// out stays, and a new model takes the next number below a thousand.
pub const BUILT_IN: [(&str, i32); 18] = [
    ("fetchmail.server", 1),
    ("mail.alias", 2),
    ("mail.thread", 3),
    ("mailgate.message", 4),
    ("mail.message", 5),
    ("ir.attachment", 6),
    ("res.users", 7),
    ("res.partner", 8),
    ("mailgate.connection", 9),
    ("ir.model", 14),
    ("ir.model.fields", 15),
    ("mailgate.oauth_provider", 16),
    ("res.company", 17),
    ("res.country", 18),
    ("res.country.state", 19),
    ("ir.model.access", 20),
    ("ir.model.data", 21),
    ("res.groups", 22),
];

/// The models of the record types that are shipped.
const SHIPPED: [(&str, i32); 6] = [
    ("spp.grm.ticket", 10),
    ("spp.grm.ticket.stage", 11),
    ("helpdesk.ticket", 12),
    ("helpdesk.ticket.stage", 13),
    ("spp.grm.ticket.category", 23),
    ("spp.grm.ticket.tag", 24),
];

/// Whether the name is one of [`BUILT_IN`].
pub fn is_built_in(name: &str) -> bool {
    BUILT_IN.iter().any(|(known, _)| *known == name)
}

/// The id of a model in `ir.model`: it follows from the name alone, so that it is the same whatever else is installed, and
/// on every node. Two record types whose names give the same number are refused when their modules are read.
pub fn id_of(name: &str) -> i32 {
    if let Some((_, id)) = BUILT_IN.iter().chain(&SHIPPED).find(|(known, _)| *known == name) {
        return *id;
    }
    let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(name).into();
    const FIRST: i32 = 1000;
    FIRST + (i32::from_be_bytes([a, b, c, d]) & i32::MAX) % (i32::MAX - FIRST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_that_is_given_out_is_its_models_own() {
        let mut ids: Vec<i32> = BUILT_IN.iter().chain(&SHIPPED).map(|(name, _)| id_of(name)).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), BUILT_IN.len() + SHIPPED.len());
        assert!(ids.iter().all(|id| *id < 1000) && id_of("x.case") >= 1000 && id_of("x.case") != id_of("x.case.stage"));
    }
}
