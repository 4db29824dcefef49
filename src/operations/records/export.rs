//! What a list shows, taken out of here: which columns there are, and their cells row by row. Whoever takes a list out is in
//! the audit, and finds the same columns ticked the next time.

use std::collections::HashMap;

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use serde_json::Value;

use super::list::AskedFilter;
use super::{PRIORITIES, RecordQuery, field, module};
use crate::domain::Moment;
use crate::domain::audit::AuditAction;
use crate::domain::id::{CategoryId, RecordId, TagId};
use crate::domain::module::{FieldKind, Module, ModuleField};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::domain::sheet_cell::{SheetCell, SheetFormat, clock};
use crate::domain::words::Sentence;
use crate::operations::categories::{self, OfferedClasses};
use crate::operations::{App, OperationError, indexing, preferences, require};
use crate::say;
use crate::store::at_one_moment;
use crate::store::audit::{self, NewAuditEntry};
use crate::store::categories as stored_categories;
use crate::store::list_columns;
use crate::store::records::list::{self as stored, ExportRow};
use crate::store::sight::RecordSight;

/// Rows of one file.
pub const EXPORTED: usize = 100_000;
/// Rows that are read at once.
const AT_ONCE: usize = 500;

/// What a column of a file tells of a record.
#[derive(Debug, Clone, PartialEq)]
enum ExportColumn {
    Number,
    Title,
    Contact,
    SenderName,
    SenderEmail,
    Stage,
    Closed,
    Assigned,
    Priority,
    Category,
    Tags,
    NewMail,
    Date,
    LastMail,
    Due,
    ClosedAt,
    Made,
    /// A field that the type adds.
    Own(ModuleField),
}

impl ExportColumn {
    /// What it is called in forms and in the database.
    fn code(&self) -> &str {
        match self {
            Self::Number => "number",
            Self::Title => "name",
            Self::Contact => "partner_id",
            Self::SenderName => "partner_name",
            Self::SenderEmail => "partner_email",
            Self::Stage => "stage_id",
            Self::Closed => "closed",
            Self::Assigned => "user_id",
            Self::Priority => "priority",
            Self::Category => "category_id",
            Self::Tags => "tag_ids",
            Self::NewMail => "new_mail",
            Self::Date => "date",
            Self::LastMail => "last_mail_at",
            Self::Due => "due",
            Self::ClosedAt => "closed_at",
            Self::Made => "create_date",
            Self::Own(field) => &field.name,
        }
    }

    fn label(&self, module: &Module) -> Sentence {
        let named = |usual: Sentence| field::label(module, self.code(), usual);
        match self {
            Self::Number => named(say!("records-number")),
            Self::Title => named(say!("records-title")),
            Self::Contact => named(say!("records-contact")),
            Self::SenderName => say!("records-from"),
            Self::SenderEmail => say!("records-contact-email"),
            Self::Stage => say!("records-stage"),
            Self::Closed => say!("records-show-closed"),
            Self::Assigned => say!("records-assigned"),
            Self::Priority => say!("records-priority"),
            Self::Category => module.category().map_or_else(Sentence::default, |field| field.label.clone()),
            Self::Tags => module.tags().map_or_else(Sentence::default, |field| field.label.clone()),
            Self::NewMail => say!("records-new-mail"),
            Self::Date => say!("records-date"),
            Self::LastMail => say!("records-last-mail"),
            Self::Due => say!("records-due"),
            Self::ClosedAt => say!("records-closed-at"),
            Self::Made => say!("records-made"),
            Self::Own(field) => field.label.clone(),
        }
    }
}

fn all(module: &Module) -> Vec<ExportColumn> {
    use ExportColumn::{
        Assigned, Category, Closed, ClosedAt, Contact, Date, Due, LastMail, Made, NewMail, Number, Own, Priority,
        SenderEmail, SenderName, Stage, Tags, Title,
    };
    let of_all = [Number, Title, Contact, SenderName, SenderEmail, Stage, Closed, Assigned, Priority];
    let times = [NewMail, Date, LastMail, Made, ClosedAt];
    let classes = [module.category().map(|_| Category), module.tags().map(|_| Tags)];
    let due = module.due.as_ref().map(|_| Due);
    let own = field::editable(module).cloned().map(Own);
    of_all.into_iter().chain(classes.into_iter().flatten()).chain(times).chain(due).chain(own).collect()
}

/// The columns that there are: code, label, and whether the person took it out last. Nothing taken out yet: all of them.
pub fn export_columns(
    app: &App,
    caller: &Caller,
    model: &str,
) -> Result<Vec<(String, Sentence, bool)>, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?;
    let chosen = match caller.user {
        Some(user) => app.store.read(|db| Ok::<_, OperationError>(list_columns::get(db, user, model)?))?,
        None => None,
    };
    let is_chosen = |code: &str| chosen.as_ref().is_none_or(|chosen| chosen.iter().any(|one| one == code));
    let told = |one: &ExportColumn| (one.code().to_owned(), one.label(module), is_chosen(one.code()));
    Ok(all(module).iter().map(told).collect())
}

/// A list that is taken out.
pub struct ListExport {
    pub module: Module,
    columns: Vec<ExportColumn>,
    query: RecordQuery,
    zone: Tz,
    categories: HashMap<CategoryId, String>,
    tags: HashMap<TagId, String>,
}

impl ListExport {
    /// The labels of its columns.
    pub fn head(&self) -> Vec<Sentence> {
        self.columns.iter().map(|column| column.label(&self.module)).collect()
    }
}

/// Whether somebody may take a list out: the audit has it from here on. `asked` is the list's address, `format` that of
/// the file; `columns` are codes, none of them stands for all.
pub fn begin_export(
    app: &App,
    caller: &Caller,
    model: &str,
    query: RecordQuery,
    (asked, format): (&str, SheetFormat),
    columns: &[String],
) -> Result<ListExport, OperationError> {
    require(caller, Right::Read, Object::Records, || say!("deed-read-records"))?;
    let module = module(app, model)?.clone();
    // The file has what the list shows, which waits for the index, too.
    if !query.search.is_empty() {
        indexing::wait(app)?;
    }
    let mut chosen: Vec<ExportColumn> = all(&module);
    if chosen.iter().any(|one| columns.iter().any(|code| code == one.code())) {
        chosen.retain(|one| columns.iter().any(|code| code == one.code()));
    }
    app.store.write(|db| {
        let codes: Vec<String> = chosen.iter().map(|one| one.code().to_owned()).collect();
        if let Some(user) = caller.user {
            list_columns::put(db, user, model, &codes)?;
        }
        let entry = NewAuditEntry {
            caller,
            action: AuditAction::Export,
            object_model: model,
            object_id: None,
            object_name: &module.label_plural,
            before: None,
            after: Some(serde_json::json!({ "list": asked, "file": format.code(), "columns": codes })),
        };
        audit::write(db, &entry)?;
        let OfferedClasses { categories, tags } = categories::on_offer(db, caller, &module)?;
        Ok(ListExport {
            zone: preferences::zone_in(db, caller)?,
            categories: categories.into_iter().map(|(one, _)| (one.id, one.path)).collect(),
            tags: tags.into_iter().map(|one| (one.id, one.name)).collect(),
            columns: chosen,
            query,
            module,
        })
    })
}

/// Hands all that the list shows to `take`, so many rows at a time, [`EXPORTED`] at most, in the list's order. Which they are
/// is found before the first is read: whatever moves in the list after that, no row is missed, and none comes twice. True: there
/// are more.
pub fn export(
    app: &App,
    caller: &Caller,
    list: &ListExport,
    language: &str,
    mut take: impl FnMut(&[Vec<SheetCell>]) -> std::io::Result<()>,
) -> Result<bool, OperationError> {
    let most = i64::try_from(EXPORTED).unwrap_or(i64::MAX);
    // A list by stage or person is found group by group: nothing moves between two of them meanwhile.
    let mut ids: Vec<RecordId> = app.search(caller, |db| {
        at_one_moment(db, |db| {
            let asked = AskedFilter::of(db, caller, &list.module, &list.query)?;
            Ok(stored::ids(db, &asked.filter, (list.query.order, list.query.direction), most + 1)?)
        })
    })?;
    let more = ids.len() > EXPORTED;
    ids.truncate(EXPORTED);
    for some in ids.chunks(AT_ONCE) {
        let (rows, tags) = app.search(caller, |db| {
            // A slow download goes on while others conceal records.
            let hidden = RecordSight::of(db, caller)?.hidden_of(db, some)?;
            let mut rows = stored::rows(db, some)?;
            rows.retain(|row| !hidden.contains(&row.line.id));
            let tags = if list.tags.is_empty() { Vec::new() } else { stored_categories::tags_of(db, some)? };
            Ok((rows, tags))
        })?;
        let mut of: HashMap<RecordId, Vec<&str>> = HashMap::new();
        for one in &tags {
            of.entry(one.record_id).or_default().extend(list.tags.get(&one.tag_id).map(String::as_str));
        }
        let cells = |row: &ExportRow| {
            let tags = of.get(&row.line.id).map(|tags| tags.join(", ")).unwrap_or_default();
            list.columns.iter().map(|column| list.cell(column, row, &tags, language)).collect()
        };
        // Nobody reads it any more.
        if take(&rows.iter().map(cells).collect::<Vec<_>>()).is_err() {
            return Ok(false);
        }
    }
    Ok(more)
}

impl ListExport {
    fn cell(&self, column: &ExportColumn, row: &ExportRow, tags: &str, language: &str) -> SheetCell {
        let line = &row.line;
        let maybe = |text: Option<&String>| text.map_or(SheetCell::Nothing, SheetCell::text);
        let clock = |at: Moment| clock(self.zone, at);
        match column {
            ExportColumn::Number => SheetCell::text(&line.number),
            ExportColumn::Title => SheetCell::text(&line.name),
            ExportColumn::Contact => maybe(line.contact.as_ref()),
            ExportColumn::SenderName => maybe(line.partner_name.as_ref()),
            ExportColumn::SenderEmail => maybe(line.partner_email.as_ref()),
            ExportColumn::Stage => SheetCell::text(line.stage.words().in_language(language)),
            ExportColumn::Closed => SheetCell::Flag(line.stage.closed),
            ExportColumn::Assigned => maybe(line.assignee.as_ref().map(|assignee| &assignee.name)),
            ExportColumn::Priority => {
                let known = PRIORITIES.iter().find(|(code, _)| *code == line.priority);
                known.map_or(SheetCell::Nothing, |(_, words)| SheetCell::text(words().in_language(language)))
            }
            ExportColumn::Category => maybe(line.category_id.and_then(|id| self.categories.get(&id))),
            ExportColumn::Tags => SheetCell::text(tags),
            ExportColumn::NewMail => SheetCell::Flag(line.new_mail),
            ExportColumn::Date => clock(line.date),
            ExportColumn::LastMail => clock(line.last_mail_at),
            ExportColumn::Due => line.due.map_or(SheetCell::Nothing, clock),
            ExportColumn::ClosedAt => line.closed_at.map_or(SheetCell::Nothing, clock),
            ExportColumn::Made => clock(row.create_date),
            ExportColumn::Own(field) => self.own(field, line.extra.get(&field.name), row, language),
        }
    }

    /// A field that the type adds, as what it is.
    fn own(&self, field: &ModuleField, value: Option<&Value>, row: &ExportRow, language: &str) -> SheetCell {
        let text = value.and_then(Value::as_str);
        let kept = match field.kind {
            FieldKind::Integer | FieldKind::Float => value.and_then(Value::as_f64).map(SheetCell::Number),
            FieldKind::Boolean => Some(SheetCell::Flag(value == Some(&Value::Bool(true)))),
            FieldKind::Date => text.and_then(|text| text.parse::<NaiveDate>().ok()).map(SheetCell::Day),
            FieldKind::Datetime => {
                let at = text.and_then(|text| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok());
                at.map(|at| clock(self.zone, at))
            }
            _ => None,
        };
        kept.unwrap_or_else(|| SheetCell::text(field::words(&row.line.extra, field).in_language(language)))
    }
}
