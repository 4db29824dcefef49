//! The raw source of a message, as text in a page and as a file.

use rocket::get;
use rocket_dyn_templates::context;

use super::path;
use crate::domain::id::MessageId;
use crate::operations::messages::{self, HEAD};
use crate::web::download::{FileDownload, SendAs};
use crate::web::errors::PageFailure;
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

#[get("/settings/technical/email/messages/<id>/source")]
pub(super) async fn show(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let opened = visitor.run(move |app, caller| messages::open_source(app, caller, MessageId(id), false)).await?;
    let context = context! {
        path: path(MessageId(id)),
        subject: &opened.message.subject,
        head: opened.head,
        size: opened.size,
        cut: opened.size > HEAD,
    };
    Ok(Reply::page("messages/source.html", context))
}

#[get("/settings/technical/email/messages/<id>/source.eml")]
pub(super) async fn download(visitor: Visitor<'_>, id: i32) -> Result<FileDownload, PageFailure> {
    let opened = visitor.run(move |app, caller| messages::open_source(app, caller, MessageId(id), true)).await?;
    let app = visitor.visit.app.clone();
    Ok(FileDownload::new(format!("message-{id}.eml"), "message/rfc822".into(), SendAs::Attachment, move |to| {
        messages::copy_source(&app, &opened, to).map(drop).map_err(std::io::Error::other)
    }))
}
