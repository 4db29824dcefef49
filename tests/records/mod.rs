//! Records as people work with them: lists, pages, changes, attachments.

mod attachments;
mod change;
mod conversation;
mod list;
mod roles;
