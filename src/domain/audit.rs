//! What the audit remembers: who did what to which object.

crate::coded! {
    /// One kind of deed. The object's model and name stand beside it.
    pub enum Action {
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
    }
}

impl Action {
    pub fn label(self) -> &'static str {
        match self {
            Action::SignIn => "Signed in",
            Action::SignInFailed => "Sign-in failed",
            Action::SignOut => "Signed out",
            Action::Create => "Created",
            Action::Write => "Changed",
            Action::Archive => "Archived",
            Action::Unarchive => "Unarchived",
            Action::Delete => "Deleted",
            Action::SetPassword => "Password set",
            Action::Confirm => "Confirmed",
            Action::ResetConfirmation => "Confirmation reset",
            Action::TrustCertificate => "Certificate trusted",
            Action::Fetch => "Fetched by hand",
            Action::OpenSource => "Source opened",
            Action::Deliver => "Delivered by hand",
            Action::Retry => "Retried",
            Action::Dismiss => "Dismissed",
            Action::Restore => "Restored",
            Action::Join => "Joined",
            Action::RotateKey => "Secret key rotated",
            Action::NewKey => "Secret key made anew",
            Action::ForgetPassword => "Password forgotten",
            Action::BeginSignIn => "Mailbox sign-in begun",
            Action::EndSignIn => "Mailbox sign-in came back",
        }
    }
}
