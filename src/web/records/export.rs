//! All that a list shows, as a file of comma-separated values (RFC 4180), written while the browser reads it.

use std::io::{self, Write};

use rocket::get;
use rocket::http::uri::Origin;

use super::asked::ListAsked;
use crate::domain::module::Module;
use crate::domain::words::{self, Sentence};
use crate::operations::records::{self, ExportRow, PRIORITIES, field};
use crate::say;
use crate::web::download::{FileDownload, SendAs};
use crate::web::errors::PageFailure;
use crate::web::guards::Visitor;

#[get("/records/<model>/export")]
pub(super) async fn csv(visitor: Visitor<'_>, model: &str, uri: &Origin<'_>) -> Result<FileDownload, PageFailure> {
    let asked = ListAsked::of_query(uri.query().map_or("", |query| query.as_str()));
    let (of, list) = (model.to_owned(), asked.kept());
    let module = visitor.run(move |app, caller| records::begin_export(app, caller, &of, &list)).await?;
    let (app, caller, language) = (visitor.visit.app.clone(), visitor.caller.clone(), visitor.language().to_owned());
    let query = asked.with(|_| {}).query;
    let name = format!("{}.csv", module.label_plural.in_language(&language));
    Ok(FileDownload::new(name, "text/csv; charset=utf-8".into(), SendAs::Attachment, move |to| {
        // Spreadsheets take a file for their own old code page unless it begins so.
        to.write_all("\u{feff}".as_bytes())?;
        write_line(to, head(&module, &language).iter().map(String::as_str))?;
        let written = records::export(&app, &caller, &module.model, &query, |rows| {
            rows.iter().try_for_each(|row| write_line(to, cells(&module, row, &language).iter().map(String::as_str)))
        });
        written.map_err(io::Error::other)
    }))
}

fn head(module: &Module, language: &str) -> Vec<String> {
    let word = |key: &str| words::text(language, key);
    let label = |column: &str, usual: Sentence| field::label(module, column, usual).in_language(language);
    let columns = [
        label("number", say!("records-number")),
        label("name", say!("records-title")),
        label("partner_id", say!("records-contact")),
        word("records-from"),
        word("records-contact-email"),
        word("records-stage"),
        word("records-show-closed"),
        word("records-assigned"),
        word("records-priority"),
        word("records-new-mail"),
        word("records-date"),
        word("records-last-mail"),
        word("records-made"),
    ];
    columns.into_iter().chain(field::editable(module).map(|field| field.label.in_language(language))).collect()
}

fn cells(module: &Module, row: &ExportRow, language: &str) -> Vec<String> {
    let line = &row.line;
    // In UTC, in the one form that every spreadsheet reads.
    let moment = |at: crate::domain::Moment| at.format("%Y-%m-%d %H:%M:%S").to_string();
    let yes = |is: bool| if is { "1" } else { "0" }.to_owned();
    let priority =
        PRIORITIES.iter().find(|(code, _)| *code == line.priority).map(|(_, words)| words().in_language(language));
    let columns = [
        line.number.clone(),
        line.name.clone(),
        line.contact.clone().unwrap_or_default(),
        line.partner_name.clone().unwrap_or_default(),
        line.partner_email.clone().unwrap_or_default(),
        line.stage.words().in_language(language),
        yes(line.stage.closed),
        line.assignee.as_ref().map(|assignee| assignee.name.clone()).unwrap_or_default(),
        priority.unwrap_or_default(),
        yes(line.new_mail),
        moment(line.date),
        moment(line.last_mail_at),
        moment(row.create_date),
    ];
    columns
        .into_iter()
        .chain(field::editable(module).map(|field| field::words(&row.line.extra, field).in_language(language)))
        .collect()
}

/// By hand, since it is two rules: quotes are doubled, and what a spreadsheet would take for a formula, in a title that
/// anybody may have written, begins with an apostrophe instead (OWASP, *CSV Injection*).
fn write_line<'a>(to: &mut dyn Write, cells: impl Iterator<Item = &'a str>) -> io::Result<()> {
    for (place, cell) in cells.enumerate() {
        if place > 0 {
            to.write_all(b",")?;
        }
        let guard = if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        write!(to, "\"{guard}{}\"", cell.replace('"', "\"\""))?;
    }
    to.write_all(b"\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_more_than_text() {
        let mut line = Vec::new();
        write_line(&mut line, ["a \"b\",\nc", "=HYPERLINK(\"x\")", "", "الدفع"].into_iter()).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert_eq!(line, "\"a \"\"b\"\",\nc\",\"'=HYPERLINK(\"\"x\"\")\",\"\",\"الدفع\"\r\n");
    }
}
