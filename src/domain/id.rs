//! What rows are known by: their number, of a type for each kind of row; the models that clients know by name and by
//! id; and the names that programs give.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::domain::Invalid;
use crate::say;

// Row identifiers, one type each so that they can't be mixed up. 32 bits: XML-RPC knows no more.

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i32);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }

        impl super::words::ToArgument for $name {
            fn to_argument(&self) -> super::words::Argument { self.0.to_argument() }
        }

        impl From<$name> for i32 {
            fn from(id: $name) -> i32 { id.0 }
        }
    )+};
}

ids! {
    /// An incoming server (`fetchmail.server`).
    ServerId,
    /// A mailbox: host, user and folder of an incoming server.
    MailboxId,
    /// A row of the ledger: one message as received.
    MessageId,
    /// What stood in a mailbox when it was fetched for the first time.
    ImportId,
    /// Stored raw bytes.
    SourceId,
    /// A record of any record type.
    RecordId,
    /// What a person did to many records at once.
    ListDeedId,
    /// What a list is narrowed to, under a name.
    SavedFilterId,
    /// A stage of a record type.
    StageId,
    /// What a record is about: a category of its type's tree.
    CategoryId,
    /// A word that records are found by.
    TagId,
    /// People who see records together.
    TeamId,
    /// An entry of a record's conversation (`mail.message`).
    PostId,
    AttachmentId,
    /// A contact (`res.partner`).
    PartnerId,
    /// Two contacts that were made one.
    PartnerMergeId,
    UserId,
    /// A connected OpenSPP/Odoo.
    ConnectionId,
    /// An application that signs several mailboxes in (`mailgate.oauth_provider`).
    ProviderId,
    /// A sign-in that was begun.
    FlowId,
    /// An address and what its mail becomes (`mail.alias`).
    AliasId,
    /// A form that came when its sender was signed out.
    KeptFormId,
    /// What a client of the API signs in with instead of a password.
    ApiKeyId,
}

// The models that clients know by name and by id.

/// Those that are there whatever modules are installed, and their ids in `ir.model`. Clients keep these ids: what was given
/// out stays, and a new model takes the next number below a thousand.
pub const BUILT_IN_MODELS: [(&str, i32); 18] = [
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
const SHIPPED_MODELS: [(&str, i32); 6] = [
    ("spp.grm.ticket", 10),
    ("spp.grm.ticket.stage", 11),
    ("helpdesk.ticket", 12),
    ("helpdesk.ticket.stage", 13),
    ("spp.grm.ticket.category", 23),
    ("spp.grm.ticket.tag", 24),
];

/// Whether the name is one of [`BUILT_IN_MODELS`].
pub fn is_built_in_model(name: &str) -> bool {
    BUILT_IN_MODELS.iter().any(|(known, _)| *known == name)
}

/// The id of a model in `ir.model`: it follows from the name alone, so that it is the same whatever else is installed, and
/// on every node. Two record types whose names give the same number are refused when their modules are read.
pub fn model_id(name: &str) -> i32 {
    if let Some((_, id)) = BUILT_IN_MODELS.iter().chain(&SHIPPED_MODELS).find(|(known, _)| *known == name) {
        return *id;
    }
    let [a, b, c, d, ..]: [u8; 32] = Sha256::digest(name).into();
    const FIRST: i32 = 1000;
    FIRST + (i32::from_be_bytes([a, b, c, d]) & i32::MAX) % (i32::MAX - FIRST)
}

/// What indexes of records know a model by, as many of them begin with it: those that are shipped have a short one, of what is nearly
/// all there is none at all. Migrations and scripts say the same.
pub fn model_code(name: &str) -> &str {
    match name {
        "spp.grm.ticket" => "",
        "helpdesk.ticket" => "h",
        name => name,
    }
}

// What a program calls a row, so that it finds it again: Odoo's external id, a name within a module.

/// Characters of either part.
const MOST: usize = 200;
/// The module of ids that no row has: an export gives a row that nobody has named this one.
const EXPORTED: &str = "__export__";

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ExternalId {
    pub module: String,
    pub name: String,
}

impl ExternalId {
    /// The module may be empty; neither part has blanks, which Odoo refuses too.
    pub fn new(module: &str, name: &str) -> Result<Self, Invalid> {
        let is_wrong =
            |text: &str| text.chars().count() > MOST || text.chars().any(|c| c.is_whitespace() || c.is_control());
        match name.is_empty() || is_wrong(name) || is_wrong(module) {
            true => Err(Invalid::new("name", say!("external-id-wrong", most = MOST))),
            false => Ok(Self { module: module.to_owned(), name: name.to_owned() }),
        }
    }

    /// `module.name`; a name alone is within `module`.
    pub fn parse(text: &str, module: &str) -> Result<Self, Invalid> {
        let (module, name) = text.split_once('.').unwrap_or((module, text));
        Self::new(module, name)
    }

    /// Of a row that has no other.
    pub fn exported(model: &str, id: i32) -> Self {
        Self { module: EXPORTED.to_owned(), name: format!("{}_{id}", model.replace('.', "_")) }
    }

    /// The row that [`exported`](Self::exported) named so, if it is one of this model.
    pub fn row_of(&self, model: &str) -> Option<i32> {
        let id = self.name.strip_prefix(&model.replace('.', "_"))?.strip_prefix('_')?.parse().ok()?;
        (self.module == EXPORTED).then_some(id)
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.module.is_empty() {
            true => f.write_str(&self.name),
            false => write!(f, "{}.{}", self.module, self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_that_is_given_out_is_its_models_own() {
        let mut ids: Vec<i32> = BUILT_IN_MODELS.iter().chain(&SHIPPED_MODELS).map(|(name, _)| model_id(name)).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), BUILT_IN_MODELS.len() + SHIPPED_MODELS.len());
        assert!(
            ids.iter().all(|id| *id < 1000)
                && model_id("x.case") >= 1000
                && model_id("x.case") != model_id("x.case.stage")
        );
    }

    #[test]
    fn a_name_is_read_with_its_module_or_within_another() {
        let id = ExternalId::parse("crm.amina", "__import__").unwrap();
        assert_eq!((id.module.as_str(), id.name.as_str(), id.to_string().as_str()), ("crm", "amina", "crm.amina"));
        assert_eq!(ExternalId::parse("amina", "__import__").unwrap().to_string(), "__import__.amina");
        for wrong in ["", "crm.", "a b", "crm.a\n", &"x".repeat(201)] {
            assert!(ExternalId::parse(wrong, "m").is_err(), "{wrong:?}");
        }
        let exported = ExternalId::exported("res.partner", 7);
        assert_eq!(exported.to_string(), "__export__.res_partner_7");
        assert_eq!((exported.row_of("res.partner"), exported.row_of("res.users")), (Some(7), None));
    }
}
