//! Attachments of records.

use rocket::get;
use rocket::http::Status;

use crate::domain::id::{AttachmentId, RecordId};
use crate::operations::{OperationError, attachments, records::AttachmentFile};
use crate::web::download::FileDownload;
use crate::web::errors::PageFailure;
use crate::web::guards::Visitor;

#[get("/records/<model>/<id>/attachments/<attachment>")]
pub(super) async fn download(
    visitor: Visitor<'_>,
    model: &str,
    id: i32,
    attachment: i32,
) -> Result<FileDownload, PageFailure> {
    Ok(FileDownload::of_file(&visitor, find(&visitor, model, id, attachment).await?))
}

#[get("/records/<model>/<id>/attachments/<attachment>/inline")]
pub(super) async fn inline(
    visitor: Visitor<'_>,
    model: &str,
    id: i32,
    attachment: i32,
) -> Result<Result<FileDownload, Status>, PageFailure> {
    Ok(FileDownload::of_picture(&visitor, find(&visitor, model, id, attachment).await?))
}

/// A PDF, in a tab of its own.
#[get("/records/<model>/<id>/attachments/<attachment>/open")]
pub(super) async fn open(
    visitor: Visitor<'_>,
    model: &str,
    id: i32,
    attachment: i32,
) -> Result<FileDownload, PageFailure> {
    let file = find(&visitor, model, id, attachment).await?;
    let looked_at = file.clone();
    let is_pdf = visitor.run(move |app, _| attachments::is_pdf(app, &looked_at)).await?;
    Ok(FileDownload::of_document(&visitor, file, is_pdf))
}

async fn find(visitor: &Visitor<'_>, model: &str, id: i32, attachment: i32) -> Result<AttachmentFile, OperationError> {
    let model = model.to_owned();
    visitor.run(move |app, caller| attachments::find(app, caller, &model, RecordId(id), AttachmentId(attachment))).await
}
