//! Row identifiers, one type each so that they can't be mixed up. 32 bits: XML-RPC knows no more.

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
