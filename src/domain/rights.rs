//! Who may do what: one table of object, access and role. What operations refuse, what the API says of the rights on its
//! models, and which ways on a page shows, all follow from it.

use super::person::{Caller, Role};

/// What is done to an object; as in Odoo, these four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    Read,
    Create,
    /// Changing it, and whatever else its buttons do.
    Write,
    /// Deleting it for good.
    Unlink,
}

/// What it is done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object {
    Servers,
    Connections,
    Aliases,
    /// Applications that mailboxes sign in with.
    Providers,
    /// Accounts. One's own is everybody's to see, and its preferences to change.
    Users,
    Contacts,
    /// Records and what is written into their conversations.
    Records,
    Stages,
    /// Categories and tags of records.
    Categories,
    /// What lists are narrowed to, under a name that all see. One's own are everybody's to keep.
    SharedFilters,
    /// What stands in conversations, apart from the records.
    Posts,
    Attachments,
    /// What became of each message.
    Ledger,
    /// What is to become of a message that waits for a person.
    HeldMail,
    /// The door for mail that a program hands over.
    MailGateway,
    /// The models of the API and their fields, and what else is the same for everybody.
    Models,
    /// What programs call rows.
    ExternalIds,
    Audit,
    /// Settings, key and check of the whole installation.
    Installation,
}

const NOBODY: &[Role] = &[];
const ADMINS: &[Role] = &[Role::SystemAdmin];
const OFFICERS: &[Role] = &[Role::SystemAdmin, Role::Officer];
const AUDITORS: &[Role] = &[Role::SystemAdmin, Role::Auditor];
const EVERYBODY: &[Role] = &[Role::SystemAdmin, Role::Officer, Role::Auditor];

impl Object {
    /// The table: who may read, create, write and delete.
    #[rustfmt::skip]
    const fn row(self) -> [&'static [Role]; 4] {
        match self {
            Object::Servers      => [ADMINS,    ADMINS,   ADMINS,   ADMINS],
            Object::Connections  => [ADMINS,    ADMINS,   ADMINS,   ADMINS],
            Object::Aliases      => [ADMINS,    ADMINS,   ADMINS,   ADMINS],
            Object::Providers    => [ADMINS,    ADMINS,   ADMINS,   ADMINS],
            Object::Users        => [ADMINS,    ADMINS,   ADMINS,   NOBODY],
            Object::Contacts     => [EVERYBODY, OFFICERS, OFFICERS, NOBODY],
            Object::Records      => [EVERYBODY, OFFICERS, OFFICERS, NOBODY],
            Object::Stages       => [EVERYBODY, NOBODY,   NOBODY,   NOBODY],
            Object::Categories   => [EVERYBODY, ADMINS,   ADMINS,   NOBODY],
            Object::SharedFilters => [EVERYBODY, OFFICERS, ADMINS,  ADMINS],
            Object::Posts        => [EVERYBODY, NOBODY,   NOBODY,   NOBODY],
            Object::Attachments  => [EVERYBODY, OFFICERS, NOBODY,   NOBODY],
            Object::Ledger       => [EVERYBODY, NOBODY,   NOBODY,   NOBODY],
            Object::HeldMail     => [EVERYBODY, NOBODY,   OFFICERS, NOBODY],
            Object::MailGateway  => [NOBODY,    OFFICERS, NOBODY,   NOBODY],
            Object::Models       => [EVERYBODY, NOBODY,   NOBODY,   NOBODY],
            Object::ExternalIds  => [EVERYBODY, OFFICERS, OFFICERS, OFFICERS],
            Object::Audit        => [AUDITORS,  NOBODY,   NOBODY,   NOBODY],
            Object::Installation => [ADMINS,    NOBODY,   ADMINS,   NOBODY],
        }
    }

    /// The roles that may, the mightiest first.
    pub const fn roles(self, right: Right) -> &'static [Role] {
        let [read, create, write, unlink] = self.row();
        match right {
            Right::Read => read,
            Right::Create => create,
            Right::Write => write,
            Right::Unlink => unlink,
        }
    }
}

/// All roles, the mightiest first.
pub const fn roles() -> &'static [Role] {
    EVERYBODY
}

impl Role {
    pub fn may(self, right: Right, object: Object) -> bool {
        object.roles(right).contains(&self)
    }
}

impl Caller {
    pub fn may(&self, right: Right, object: Object) -> bool {
        self.role.may(right, object)
    }
}
