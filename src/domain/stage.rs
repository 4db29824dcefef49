//! How far a staged test went: of a mailbox, or of a connection.

crate::coded! {
    pub enum StageState {
        Passed = "passed",
        Failed = "failed",
        /// An earlier stage failed.
        Skipped = "skipped",
        /// There is no such stage here (TLS without encryption), or it may be missing.
        NotApplicable = "not_applicable",
    }
}
