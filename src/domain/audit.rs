//! What the audit remembers: who did what to which object.

use super::words::Sentence;
use crate::say;

crate::coded! {
    /// One kind of deed. The object's model and name stand beside it.
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
        /// A confidential record, once an hour.
        Open = "open",
        /// Who sees a confidential record.
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
