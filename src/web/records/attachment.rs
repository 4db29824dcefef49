//! Attachments leave as downloads that no browser opens by itself; only pictures of four harmless types are shown.

use rocket::get;
use rocket::http::Status;

use crate::domain::id::{AttachmentId, RecordId};
use crate::operations::attachments::{self, is_picture};
use crate::operations::{OperationError, records::File};
use crate::web::download::{Disposition, Download};
use crate::web::errors::Failure;
use crate::web::guards::Visitor;

#[get("/records/<model>/<id>/attachments/<attachment>")]
pub async fn download(visitor: Visitor<'_>, model: &str, id: i32, attachment: i32) -> Result<Download, Failure> {
    let file = find(&visitor, model, id, attachment).await?;
    Ok(send(&visitor, file, Disposition::Attachment))
}

#[get("/records/<model>/<id>/attachments/<attachment>/inline")]
pub async fn inline(
    visitor: Visitor<'_>,
    model: &str,
    id: i32,
    attachment: i32,
) -> Result<Result<Download, Status>, Failure> {
    let file = find(&visitor, model, id, attachment).await?;
    if !is_picture(&file.mimetype) {
        return Ok(Err(Status::NotFound));
    }
    Ok(Ok(send(&visitor, file, Disposition::Inline)))
}

async fn find(visitor: &Visitor<'_>, model: &str, id: i32, attachment: i32) -> Result<File, OperationError> {
    let model = model.to_owned();
    visitor.run(move |app, caller| attachments::find(app, caller, &model, RecordId(id), AttachmentId(attachment))).await
}

fn send(visitor: &Visitor<'_>, file: File, disposition: Disposition) -> Download {
    let app = visitor.visit.app.clone();
    let (name, mimetype) = (file.name.clone(), file.mimetype.clone());
    Download::new(name, mimetype, disposition, move |to| {
        attachments::copy(&app, &file, to).map(drop).map_err(std::io::Error::other)
    })
}
