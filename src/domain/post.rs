//! What an entry of a record's conversation is.

crate::coded! {
    /// Odoo's `message_type`.
    pub enum PostKind {
        /// A mail: it has its row in the ledger.
        Email = "email",
        /// A note, or what a client posted.
        Comment = "comment",
        /// What was changed, or what Mailgate itself says.
        Notification = "notification",
    }
}
