//! Attachments of a mail that stands on no record, cut from its source when somebody asks; as safe as those of records.

use rocket::get;
use rocket::http::Status;

use crate::domain::id::MessageId;
use crate::operations::{attachments, messages};
use crate::web::download::FileDownload;
use crate::web::errors::PageFailure;
use crate::web::guards::Visitor;

#[get("/settings/technical/email/messages/<id>/attachments/<number>")]
pub(super) async fn download(visitor: Visitor<'_>, id: i32, number: i32) -> Result<FileDownload, PageFailure> {
    let file = visitor.run(move |app, caller| messages::attachment(app, caller, MessageId(id), number)).await?;
    Ok(FileDownload::of_file(&visitor, file))
}

/// A PDF, in a tab of its own.
#[get("/settings/technical/email/messages/<id>/attachments/<number>/open")]
pub(super) async fn open(visitor: Visitor<'_>, id: i32, number: i32) -> Result<FileDownload, PageFailure> {
    let found = visitor.run(move |app, caller| {
        let file = messages::attachment(app, caller, MessageId(id), number)?;
        let is_pdf = attachments::is_pdf(app, &file)?;
        Ok((file, is_pdf))
    });
    let (file, is_pdf) = found.await?;
    Ok(FileDownload::of_document(&visitor, file, is_pdf))
}

#[get("/settings/technical/email/messages/<id>/attachments/<number>/inline")]
pub(super) async fn inline(
    visitor: Visitor<'_>,
    id: i32,
    number: i32,
) -> Result<Result<FileDownload, Status>, PageFailure> {
    let file = visitor.run(move |app, caller| messages::attachment(app, caller, MessageId(id), number)).await?;
    Ok(FileDownload::of_picture(&visitor, file))
}
