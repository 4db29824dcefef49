//! Records as people work with them: lists, pages, changes, attachments.

mod attachments;
mod change;
pub mod conversation;
mod dates;
mod desk;
mod files;
pub mod list;
mod many;
mod mechanism;
mod person;
mod renamed;
mod roles;
mod search;
mod secret;
mod typed;
