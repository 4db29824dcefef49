//! From the mailbox to the record, on both databases.

mod stages;
