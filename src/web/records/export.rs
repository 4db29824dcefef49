//! All that a list shows, as a file: which columns it has is ticked on a page of its own, and it is written while the
//! browser reads it.

use std::io;

use rocket::http::uri::Origin;
use rocket::{get, post};
use rocket_dyn_templates::context;
use serde_json::json;

use super::asked::ListAsked;
use crate::domain::sheet_cell::{SheetCell, SheetFormat};
use crate::domain::words;
use crate::operations::records::{self, EXPORTED};
use crate::web::csrf::Posted;
use crate::web::download::{FileDownload, SendAs};
use crate::web::errors::PageFailure;
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};
use crate::web::sheet_file::SheetWriter;

#[get("/records/<model>/export")]
pub(super) async fn columns(visitor: Visitor<'_>, model: &str, uri: &Origin<'_>) -> PageAnswer {
    let asked = ListAsked::of_query(uri.query().map_or("", |query| query.as_str()));
    let of = model.to_owned();
    let columns = visitor.run(move |app, caller| records::export_columns(app, caller, &of)).await?;
    let module = visitor.visit.app.modules.get(model);
    let columns: Vec<_> = columns
        .into_iter()
        .map(|(code, label, chosen)| json!({"code": code, "label": label, "chosen": chosen}))
        .collect();
    let path = format!("/records/{model}");
    Ok(Reply::page(
        "records/export.html",
        context! {
            list_path: asked.with(|_| {}).address(&path),
            list_label: module.map(|module| &module.label_plural),
            path: format!("{path}/export"),
            kept: asked.kept(),
            columns,
            zone: &visitor.session.user.time_zone,
            most: EXPORTED,
        },
    ))
}

#[post("/records/<model>/export", data = "<form>")]
pub(super) async fn file(visitor: Visitor<'_>, model: &str, form: Posted) -> Result<FileDownload, PageFailure> {
    let asked = ListAsked::of_query(form.get("list"));
    let format = SheetFormat::from_code(form.get("file")).unwrap_or(SheetFormat::Csv);
    let columns: Vec<String> = form.all("column").map(str::to_owned).collect();
    let (of, list, query) = (model.to_owned(), asked.kept(), asked.with(|_| {}).query);
    let plan = visitor
        .run(move |app, caller| records::begin_export(app, caller, &of, query, (&list, format), &columns))
        .await?;
    let (app, caller, language) = (visitor.visit.app.clone(), visitor.caller.clone(), visitor.language().to_owned());
    let title = plan.module.label_plural.in_language(&language);
    let name = format!("{title}.{}", format.code());
    Ok(FileDownload::new(name, format.media_type().into(), SendAs::Attachment, move |to| {
        let head: Vec<String> = plan.head().iter().map(|label| label.in_language(&language)).collect();
        let mut file = SheetWriter::begin(format, to, (&title, &language), &head)?;
        let more =
            records::export(&app, &caller, &plan, &language, |rows| rows.iter().try_for_each(|row| file.row(row)));
        if more.map_err(io::Error::other)? {
            let count = [("count", EXPORTED.into())];
            file.row(&[SheetCell::Text(words::with(&language, "export-more", &count))])?;
        }
        file.end()
    }))
}
