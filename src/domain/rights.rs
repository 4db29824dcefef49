//! Who may do what: one table of object, access and role; and the deeds that the audit records. From the table follow what
//! operations refuse, what the API says about access to its models, and which buttons and links a page shows.

use super::person::{Caller, Role};
use super::words::Sentence;
use crate::say;

/// What is done to an object; as in Odoo, these four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    Read,
    Create,
    /// Changing it, and everything else that its buttons do.
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
    /// Accounts. Each person may see their own account and change its preferences.
    Users,
    Contacts,
    /// Records and what is written into their conversations.
    Records,
    Stages,
    /// Categories and tags of records.
    Categories,
    /// Filters of lists that everybody sees. Each person may keep filters of their own.
    SharedFilters,
    /// Messages in conversations, as objects of their own beside the records.
    Posts,
    Attachments,
    /// What became of each message.
    Ledger,
    /// Deciding about mail that is held.
    HeldMail,
    /// The API by which programs hand over mail (`message_process`).
    MailGateway,
    /// The API's models and their fields, and everything else that all callers see alike.
    Models,
    /// External ids: the names that programs give to rows.
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
    /// The table. Its columns: read, create, write, delete.
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

    /// The roles that have this right, the most powerful first.
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

/// All roles, the most powerful first.
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

crate::coded! {
    /// One kind of deed. The audit stores the model and the name of the object beside it.
    pub enum AuditAction {
        SignIn = "sign_in",
        SignInFailed = "sign_in_failed",
        SignOut = "sign_out",
        Create = "create",
        Write = "write",
        Archive = "archive",
        Unarchive = "unarchive",
        Delete = "delete",
        SetPassword = "set_password",
        Confirm = "confirm",
        ResetConfirmation = "reset_confirmation",
        TrustCertificate = "trust_certificate",
        Fetch = "fetch",
        OpenSource = "open_source",
        Deliver = "deliver",
        Retry = "retry",
        Dismiss = "dismiss",
        Restore = "restore",
        Join = "join",
        Split = "split",
        RotateKey = "rotate_key",
        NewKey = "new_key",
        ForgetPassword = "forget_password",
        BeginSignIn = "begin_sign_in",
        EndSignIn = "end_sign_in",
        StopImport = "stop_import",
        ContinueImport = "continue_import",
        UndoImport = "undo_import",
        RestoreImport = "restore_import",
        Export = "export",
        /// A person read a confidential record; recorded once an hour.
        Open = "open",
        /// A person changed who may see a confidential record.
        NameReaders = "name_readers",
    }
}

impl AuditAction {
    pub fn label(self) -> Sentence {
        match self {
            AuditAction::SignIn => say!("audit-action-sign_in"),
            AuditAction::SignInFailed => say!("audit-action-sign_in_failed"),
            AuditAction::SignOut => say!("audit-action-sign_out"),
            AuditAction::Create => say!("audit-action-create"),
            AuditAction::Write => say!("audit-action-write"),
            AuditAction::Archive => say!("audit-action-archive"),
            AuditAction::Unarchive => say!("audit-action-unarchive"),
            AuditAction::Delete => say!("audit-action-delete"),
            AuditAction::SetPassword => say!("audit-action-set_password"),
            AuditAction::Confirm => say!("audit-action-confirm"),
            AuditAction::ResetConfirmation => say!("audit-action-reset_confirmation"),
            AuditAction::TrustCertificate => say!("audit-action-trust_certificate"),
            AuditAction::Fetch => say!("audit-action-fetch"),
            AuditAction::OpenSource => say!("audit-action-open_source"),
            AuditAction::Deliver => say!("audit-action-deliver"),
            AuditAction::Retry => say!("audit-action-retry"),
            AuditAction::Dismiss => say!("audit-action-dismiss"),
            AuditAction::Restore => say!("audit-action-restore"),
            AuditAction::Join => say!("audit-action-join"),
            AuditAction::Split => say!("audit-action-split"),
            AuditAction::RotateKey => say!("audit-action-rotate_key"),
            AuditAction::NewKey => say!("audit-action-new_key"),
            AuditAction::ForgetPassword => say!("audit-action-forget_password"),
            AuditAction::BeginSignIn => say!("audit-action-begin_sign_in"),
            AuditAction::EndSignIn => say!("audit-action-end_sign_in"),
            AuditAction::StopImport => say!("audit-action-stop_import"),
            AuditAction::ContinueImport => say!("audit-action-continue_import"),
            AuditAction::UndoImport => say!("audit-action-undo_import"),
            AuditAction::RestoreImport => say!("audit-action-restore_import"),
            AuditAction::Export => say!("audit-action-export"),
            AuditAction::Open => say!("audit-action-open"),
            AuditAction::NameReaders => say!("audit-action-name_readers"),
        }
    }
}
