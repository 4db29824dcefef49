//! What the audit remembers: who did what to which object.

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
    }
}

impl AuditAction {
    pub fn label(self) -> &'static str {
        match self {
            AuditAction::SignIn => "Signed in",
            AuditAction::SignInFailed => "Sign-in failed",
            AuditAction::SignOut => "Signed out",
            AuditAction::Create => "Created",
            AuditAction::Write => "Changed",
            AuditAction::Archive => "Archived",
            AuditAction::Unarchive => "Unarchived",
            AuditAction::Delete => "Deleted",
            AuditAction::SetPassword => "Password set",
            AuditAction::Confirm => "Confirmed",
            AuditAction::ResetConfirmation => "Confirmation reset",
            AuditAction::TrustCertificate => "Certificate trusted",
            AuditAction::Fetch => "Fetched by hand",
            AuditAction::OpenSource => "Source opened",
            AuditAction::Deliver => "Delivered by hand",
            AuditAction::Retry => "Retried",
            AuditAction::Dismiss => "Dismissed",
            AuditAction::Restore => "Restored",
            AuditAction::Join => "Joined",
            AuditAction::RotateKey => "Secret key rotated",
            AuditAction::NewKey => "Secret key made anew",
            AuditAction::ForgetPassword => "Password forgotten",
            AuditAction::BeginSignIn => "Mailbox sign-in begun",
            AuditAction::EndSignIn => "Mailbox sign-in came back",
            AuditAction::StopImport => "Import stopped",
            AuditAction::ContinueImport => "Import continued",
            AuditAction::UndoImport => "Import undone",
            AuditAction::RestoreImport => "Undone import taken up again",
            AuditAction::Export => "Taken out as a file",
        }
    }
}
