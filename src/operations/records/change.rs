//! Changes to a record's fields: what a change comes to, checked against the version that the person saw, told in the
//! record's conversation and written to the audit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::TimeDelta;
use serde_json::{Map, Value, json};

use super::join::{self, still_open};
use super::view::tell;
use super::{existing, field, module, title};
use crate::domain::conversation::{People, PostKind};
use crate::domain::due::DueClock;
use crate::domain::id::{CategoryId, PartnerId, RecordId, TagId, UserId};
use crate::domain::module::{Module, ModuleField};
use crate::domain::person::Caller;
use crate::domain::rights::{AuditAction, Object, Right};
use crate::domain::text::{self, shorten};
use crate::domain::words::{Sentence, SentenceMaker};
use crate::domain::{Invalid, Moment, now};
use crate::operations::categories::{Category, KeptTag, OfferedClasses, on_offer};
use crate::operations::{App, OperationError, require};
use crate::pipeline::{self, Making};
use crate::store::audit::{self, NewAuditEntry};
use crate::store::records::view::{Changes, Record, ShownUpTo};
use crate::store::records::{self, RecordStage, due};
use crate::store::{Db, StoreError, categories, partners, records as stored, teams, users};
use crate::{complain, message, say};

/// Odoo's stars.
pub const PRIORITIES: [(&str, SentenceMaker); 4] = [
    ("0", || say!("records-priority-0")),
    ("1", || say!("records-priority-1")),
    ("2", || say!("records-priority-2")),
    ("3", || say!("records-priority-3")),
];

/// What a person typed.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    /// The record's version as the person saw it.
    pub version: i32,
    /// What the form showed before anything was typed, by field name. With it, only what two people changed to
    /// different values is a conflict; without it, every difference to another version is.
    pub seen: BTreeMap<String, String>,
    /// Which mail the person saw.
    pub shown: ShownUpTo,
    /// When it was settled, where its old stage is given back to it; without it, a record that is closed is settled now.
    pub settled: Option<Moment>,
    /// By field name; fields that aren't named stay as they are. `stage_id` takes the stage's code, `user_id`,
    /// `partner_id` and the category an id or nothing, tags their ids with commas between, `description` text or HTML.
    pub values: BTreeMap<String, String>,
}

/// Whoever changes a record has acted on the mail that the page showed: the mark *New mail* goes with it.
pub fn change(app: &App, caller: &Caller, model: &str, id: RecordId, edit: &Edit) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-change-records"))?;
    let module = module(app, model)?;
    app.store.write(|db| {
        let record = existing(db, caller, module, id)?;
        change_in(db, caller, module, &record, edit)
    })
}

/// As [`change`], of a record just read within the caller's transaction.
pub(super) fn change_in(
    db: &mut Db,
    caller: &Caller,
    module: &Module,
    record: &Record,
    edit: &Edit,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-change-records"))?;
    still_open(record)?;
    let values = match edit.version == record.version {
        true => edit.values.clone(),
        false => merged(module, record, edit)?,
    };
    let mut plan = RecordPlan::default();
    plan.columns(db, module, record, &values)?;
    plan.settled(edit.settled);
    plan.sender(record, &values);
    plan.extra(module, record, &values);
    plan.classes(db, module, record, &values)?;
    plan.due(db, module, record)?;
    plan.sight(module, record);
    if !plan.invalid.is_empty() {
        return Err(OperationError::Invalid(plan.invalid));
    }
    if plan.told.is_empty() {
        return Ok(());
    }
    if !records::view::change(db, record.id, record.version, &plan.changes)? {
        return Err(conflict(record));
    }
    name_who_works(db, caller, record, &plan.changes)?;
    if let Some(tags) = &plan.tags {
        categories::set_tags(db, record.id, tags)?;
    }
    if let Some(clock) = &plan.clock {
        records::due::set_wait(db, record.id, clock)?;
    }
    records::view::mark_read(db, record, edit.shown)?;
    tell(db, caller, record, PostKind::Notification, &plan.words())?;
    let side = |pick: fn(&FieldChange) -> &Sentence| {
        Value::Object(plan.told.iter().map(|one| (one.name.clone(), Value::from(pick(one).as_str()))).collect())
    };
    write_audit(db, caller, record, side(|one| &one.before), side(|one| &one.after))
}

/// Whoever makes a record confidential may go on seeing it, and so may the person who is responsible for it, now or later.
fn name_who_works(db: &mut Db, caller: &Caller, record: &Record, changes: &Changes) -> Result<(), StoreError> {
    if !changes.confidential.unwrap_or(record.confidential) {
        return Ok(());
    }
    let is_new = changes.confidential == Some(true);
    let now = changes.user_id.unwrap_or(record.user.as_ref().map(|(user, _)| *user));
    let worker = now.filter(|_| is_new || changes.user_id.is_some());
    let concealer = caller.user.filter(|_| is_new);
    let named = worker.into_iter().chain(concealer);
    named.into_iter().try_for_each(|user| teams::name_person(db, record.id, user))
}

/// What an edit writes that was begun on an older version of the record: the fields that were really changed. Where somebody
/// else gave one of these another value meanwhile, it is a conflict, so that neither value is lost.
fn merged(module: &Module, record: &Record, edit: &Edit) -> Result<BTreeMap<String, String>, OperationError> {
    let mut values = edit.values.clone();
    values.retain(|name, typed| edit.seen.get(name).is_none_or(|seen| !same(module, name, seen, typed)));
    for (name, typed) in &values {
        let Some(now) = value(module, record, name) else { continue };
        let untouched = edit.seen.get(name).is_some_and(|seen| same(module, name, seen, &now));
        if !untouched && !same(module, name, &now, typed) {
            return Err(conflict(record));
        }
    }
    Ok(values)
}

/// A record's field as a form shows it; None where there is no such field.
pub fn value(module: &Module, record: &Record, name: &str) -> Option<String> {
    let id = |id: i32| id.to_string();
    Some(match name {
        "name" => record.name.clone(),
        "description" => record.description.clone(),
        "stage_id" => record.stage.code.clone(),
        "priority" => record.priority.clone(),
        "user_id" => record.user.as_ref().map(|(user, _)| id(user.0)).unwrap_or_default(),
        "partner_id" => record.partner.as_ref().map(|(partner, _)| id(partner.0)).unwrap_or_default(),
        "partner_name" => record.partner_name.clone().unwrap_or_default(),
        "partner_email" => record.partner_email.clone().unwrap_or_default(),
        _ if is(module.category(), name) => record.category.map(|category| id(category.0)).unwrap_or_default(),
        _ if is(module.tags(), name) => record.tags.iter().map(|tag| id(tag.0)).collect::<Vec<_>>().join(","),
        _ => field::typed(&record.extra, field::editable(module).find(|field| field.name == name)?),
    })
}

fn is(field: Option<&ModuleField>, name: &str) -> bool {
    field.is_some_and(|field| field.name == name)
}

/// Whether two texts mean the same value of a field: `1` and `true` of a box, a time with `T` or a blank.
pub fn same(module: &Module, name: &str, one: &str, other: &str) -> bool {
    let plain = |text: &str| text.trim().replace("\r\n", "\n");
    if plain(one) == plain(other) {
        return true;
    }
    if is(module.tags(), name) {
        let set = |text: &str| text.split(',').map(|id| id.trim().to_owned()).collect::<BTreeSet<_>>();
        return set(one) == set(other);
    }
    let own = field::editable(module).find(|field| field.name == name);
    own.is_some_and(|own| match (field::parse(own, one), field::parse(own, other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    })
}

/// Ends the mark *New mail*; a page that is only looked at changes nothing.
pub fn mark_read(
    app: &App,
    caller: &Caller,
    model: &str,
    id: RecordId,
    shown: ShownUpTo,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-change-records"))?;
    let module = module(app, model)?;
    app.store.write(|db| {
        let record = existing(db, caller, module, id)?;
        mark_read_in(db, caller, &record, shown)
    })
}

/// As [`mark_read`], of a record just read within the caller's transaction.
fn mark_read_in(db: &mut Db, caller: &Caller, record: &Record, shown: ShownUpTo) -> Result<(), OperationError> {
    if !record.new_mail {
        return Ok(());
    }
    if records::view::mark_read(db, record, shown)? {
        write_audit(db, caller, record, json!({"new_mail": true}), json!({"new_mail": false}))?;
    }
    Ok(())
}

pub(super) fn conflict(record: &Record) -> OperationError {
    OperationError::Conflict(complain!("record-changed", number = record.number))
}

pub(super) fn write_audit(
    db: &mut Db,
    caller: &Caller,
    record: &Record,
    before: Value,
    after: Value,
) -> Result<(), OperationError> {
    write_audit_of(db, caller, AuditAction::Write, record, Some(before), after)
}

pub(super) fn write_audit_of(
    db: &mut Db,
    caller: &Caller,
    action: AuditAction,
    record: &Record,
    before: Option<Value>,
    after: Value,
) -> Result<(), OperationError> {
    audit::write(
        db,
        &NewAuditEntry::new(caller, action, &record.model, Some(record.id.0), &title(record))
            .changed(before, Some(after)),
    )?;
    Ok(())
}

// What a change of a record's fields comes to: the new values, what the conversation is told, what was not right.

/// Characters.
pub(super) const MAX_TITLE: usize = 500;
pub(super) const MAX_DESCRIPTION: usize = 100_000;
const MAX_SENDER: usize = 254;
/// Characters of a description that the conversation is told.
const TOLD: usize = 200;

/// One field's change, in words.
pub(super) struct FieldChange {
    pub name: String,
    pub label: Sentence,
    pub before: Sentence,
    pub after: Sentence,
}

/// What is to be written, to be told, and what was not right.
#[derive(Default)]
pub(super) struct RecordPlan {
    pub changes: Changes,
    pub told: Vec<FieldChange>,
    /// Its tags from now on.
    pub tags: Option<Vec<TagId>>,
    /// How long it has waited, where that changes.
    pub clock: Option<DueClock>,
    /// The stage that it comes to.
    stage: Option<RecordStage>,
    /// The fields that the module adds, as they are from now on.
    extra: Option<Map<String, Value>>,
    pub invalid: Vec<Invalid>,
}

impl RecordPlan {
    fn tell(&mut self, name: &str, label: Sentence, before: Sentence, after: Sentence) {
        let word = |words: Sentence| if words.is_empty() { Sentence::verbatim("—") } else { words };
        self.told.push(FieldChange { name: name.to_owned(), label, before: word(before), after: word(after) });
    }

    /// What the conversation is told, a line a field.
    pub(super) fn words(&self) -> Sentence {
        let line = |one: &FieldChange| say!("records-told", label = one.label, before = one.before, after = one.after);
        Sentence::listed("\n", self.told.iter().map(line))
    }

    pub(super) fn columns(
        &mut self,
        db: &mut Db,
        module: &Module,
        record: &Record,
        values: &BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        let value = |name: &str| values.get(name).map(|typed| typed.trim());
        if let Some(name) = value("name").filter(|name| *name != record.name) {
            self.name(module, record, name);
        }
        if let Some(typed) = value("description") {
            self.description(module, record, typed);
        }
        if let Some(code) = value("stage_id").filter(|code| *code != record.stage.code) {
            self.stage(db, record, code)?;
        }
        if let Some(code) = value("priority").filter(|code| *code != record.priority) {
            self.priority(module, record, code);
        }
        if let Some(typed) = value("date") {
            self.date(module, record, typed);
        }
        if let Some(id) = value("user_id") {
            self.user(db, module, record, id)?;
        }
        if let Some(id) = value("partner_id") {
            self.partner(db, module, record, id)?;
        }
        Ok(())
    }

    fn name(&mut self, module: &Module, record: &Record, name: &str) {
        let label = field::label(module, "name", say!("records-title"));
        if name.is_empty() {
            self.invalid.push(Invalid::new("name", say!("field-required", label)));
        } else if name.chars().count() > MAX_TITLE {
            self.invalid.push(Invalid::new("name", say!("field-long", label, max = MAX_TITLE)));
        } else {
            self.changes.name = Some(name.to_owned());
            self.tell("name", label, Sentence::verbatim(&*record.name), Sentence::verbatim(name));
        }
    }

    /// The text is told as a length: the record's page shows it.
    fn description(&mut self, module: &Module, record: &Record, typed: &str) {
        let label = field::label(module, "description", say!("records-description"));
        if typed.chars().count() > MAX_DESCRIPTION {
            let words = say!("field-long", label, max = MAX_DESCRIPTION);
            return self.invalid.push(Invalid::new("description", words));
        }
        let (html, words) = description(typed);
        if html != record.description {
            let before = message::text_of_html(&record.description);
            let told = |text: &str| Sentence::verbatim(shorten(text, TOLD));
            self.tell("description", label, told(&before), told(&words));
            self.changes.description = Some(html);
        }
    }

    /// Raising a record's sensitivity makes it confidential, so that only those see it who are named for it; lowering it ends
    /// that.
    pub(super) fn sight(&mut self, module: &Module, record: &Record) {
        let Some(extra) = &self.extra else { return };
        let raised =
            |extra: &Map<String, Value>| module.is_raised(&|field| Some(extra.get(field)?.as_str()?.to_owned()));
        let (before, after) = (raised(&record.extra), raised(extra));
        // A record of high sensitivity that is older than confidential records becomes one with its next change.
        if before != after || (after && !record.confidential) {
            let confidential = record.marked || after;
            self.changes.confidential = (confidential != record.confidential).then_some(confidential);
        }
    }

    /// The sender as the mail named him, corrected by a client.
    pub(super) fn sender(&mut self, record: &Record, values: &BTreeMap<String, String>) {
        let given = |name: &str| values.get(name).map(|typed| typed.trim().to_owned());
        let mut one = |name: &'static str, label: Sentence, before: &Option<String>| {
            let typed = given(name).filter(|typed| typed != before.as_deref().unwrap_or_default())?;
            if typed.chars().count() > MAX_SENDER || typed.chars().any(char::is_control) {
                let words = say!("field-line", label, max = MAX_SENDER);
                self.invalid.push(Invalid::new(name, words));
                return None;
            }
            let was = Sentence::verbatim(before.as_deref().unwrap_or_default());
            self.tell(name, label, was, Sentence::verbatim(typed.as_str()));
            Some(Some(typed).filter(|typed| !typed.is_empty()))
        };
        let name = one("partner_name", say!("records-sender-name"), &record.partner_name);
        let email = one("partner_email", say!("records-sender-email"), &record.partner_email);
        self.changes.partner_name = name;
        self.changes.partner_email = email;
    }

    fn stage(&mut self, db: &mut Db, record: &Record, code: &str) -> Result<(), StoreError> {
        match stored::stages(db, &record.model)?.into_iter().find(|stage| stage.code == code) {
            Some(stage) => {
                self.changes.stage_id = Some(stage.id);
                if stage.closed != record.stage.closed {
                    self.changes.closed_at = Some(stage.closed.then(now));
                }
                self.tell("stage_id", say!("records-stage"), record.stage.words(), stage.words());
                self.stage = Some(stage);
            }
            None => self.invalid.push(Invalid::new("stage_id", say!("record-stage"))),
        }
        Ok(())
    }

    /// It is closed again: it was settled then.
    pub(super) fn settled(&mut self, at: Option<Moment>) {
        if let (Some(Some(closed)), Some(at)) = (&mut self.changes.closed_at, at) {
            *closed = at;
        }
    }

    fn priority(&mut self, module: &Module, record: &Record, code: &str) {
        let word = |code: &str| PRIORITIES.iter().find(|(known, _)| *known == code).map(|(_, words)| words());
        match word(code) {
            Some(after) => {
                self.changes.priority = Some(code.to_owned());
                let label = field::label(module, "priority", say!("records-priority"));
                self.tell("priority", label, word(&record.priority).unwrap_or_default(), after);
            }
            None => self.invalid.push(Invalid::new("priority", say!("record-priority"))),
        }
    }

    fn date(&mut self, module: &Module, record: &Record, typed: &str) {
        match date(module, typed) {
            Ok(date) if date == record.date => {}
            Ok(date) => {
                let words = |date: Moment| Sentence::verbatim(date.format("%Y-%m-%d %H:%M").to_string());
                let label = field::label(module, "date", say!("records-date"));
                self.tell("date", label, words(record.date), words(date));
                self.changes.date = Some(date);
                // Whoever corrects it says since when its time runs.
                self.changes.due_from = Some(None);
                // The list goes by the newest mail, which is the one that was dated here.
                self.changes.last_mail_at = Some(date).filter(|_| record.last_mail_at == record.date);
            }
            Err(invalid) => self.invalid.push(invalid),
        }
    }

    fn user(&mut self, db: &mut Db, module: &Module, record: &Record, typed: &str) -> Result<(), StoreError> {
        let chosen = typed.parse().ok().map(UserId);
        if chosen == record.user.as_ref().map(|(id, _)| *id) && (chosen.is_some() || typed.is_empty()) {
            return Ok(());
        }
        let known = users::assignees(db)?.into_iter().find(|(id, _)| Some(*id) == chosen);
        if known.is_none() && !typed.is_empty() {
            self.invalid.push(Invalid::new("user_id", say!("record-assignee")));
            return Ok(());
        }
        self.changes.user_id = Some(known.as_ref().map(|(id, _)| *id));
        let before = record.user.as_ref().map_or("", |(_, name)| name);
        let label = field::label(module, "user_id", say!("records-assigned"));
        let after = known.map_or(String::new(), |(_, name)| name);
        self.tell("user_id", label, Sentence::verbatim(before), Sentence::verbatim(after));
        Ok(())
    }

    fn partner(&mut self, db: &mut Db, module: &Module, record: &Record, typed: &str) -> Result<(), StoreError> {
        let chosen = typed.parse().ok().map(PartnerId);
        if chosen == record.partner.as_ref().map(|(id, _)| *id) && (chosen.is_some() || typed.is_empty()) {
            return Ok(());
        }
        let known = match chosen {
            Some(id) => partners::find(db, id)?,
            None => None,
        };
        if known.is_none() && !typed.is_empty() {
            self.invalid.push(Invalid::new("partner_id", say!("record-contact")));
            return Ok(());
        }
        self.changes.partner_id = Some(known.as_ref().map(|partner| partner.id));
        let before = record.partner.as_ref().map_or("", |(_, name)| name);
        let after = known.map_or(String::new(), |partner| partner.name);
        let label = field::label(module, "partner_id", say!("records-contact"));
        self.tell("partner_id", label, Sentence::verbatim(before), Sentence::verbatim(after));
        Ok(())
    }

    /// Its category and its tags: ids, those of tags with commas between them.
    pub(super) fn classes(
        &mut self,
        db: &mut Db,
        module: &Module,
        record: &Record,
        values: &BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        if let Some(field) = module.category()
            && let Some(typed) = values.get(&field.name).map(|typed| typed.trim())
        {
            let all = categories::all(db, &module.model)?;
            let path = |id: Option<CategoryId>| {
                let known = all.iter().find(|one| Some(one.id) == id);
                Sentence::verbatim(known.map_or("", |one| &one.path))
            };
            let chosen = typed.parse().ok().map(CategoryId);
            let known = all.iter().any(|one| Some(one.id) == chosen && (one.active || record.category == chosen));
            if !typed.is_empty() && !known {
                self.invalid.push(Invalid::new(field.name.clone(), say!("field-choice", label = field.label, typed)));
            } else if chosen != record.category {
                self.changes.category_id = Some(chosen);
                self.tell(&field.name, field.label.clone(), path(record.category), path(chosen));
            }
        }
        if let Some(field) = module.tags()
            && let Some(typed) = values.get(&field.name)
        {
            let all = categories::tags(db, &module.model)?;
            let mut wanted: Vec<TagId> = Vec::new();
            for one in typed.split(',').map(str::trim).filter(|one| !one.is_empty()) {
                let chosen = one.parse().ok().map(TagId);
                let found = all.iter().find(|tag| Some(tag.id) == chosen);
                match found.filter(|tag| tag.active || record.tags.contains(&tag.id)) {
                    Some(tag) if wanted.contains(&tag.id) => {}
                    Some(tag) => wanted.push(tag.id),
                    None => {
                        let words = say!("field-choice", label = field.label, typed = one);
                        self.invalid.push(Invalid::new(field.name.clone(), words));
                    }
                }
            }
            let mut now = record.tags.clone();
            now.sort_unstable();
            wanted.sort_unstable();
            if wanted != now {
                let names = |ids: &[TagId]| {
                    let named = all.iter().filter(|tag| ids.contains(&tag.id)).map(|tag| tag.name.as_str());
                    Sentence::verbatim(named.collect::<Vec<_>>().join(", "))
                };
                self.tell(&field.name, field.label.clone(), names(&record.tags), names(&wanted));
                self.tags = Some(wanted);
            }
        }
        Ok(())
    }

    /// When it is due from now on, once everything else is planned.
    pub(super) fn due(&mut self, db: &mut Db, module: &Module, record: &Record) -> Result<(), StoreError> {
        let Some(field) = module.due() else { return Ok(()) };
        let severity = |extra: &Map<String, Value>| due::severity(module, extra).map(str::to_owned);
        let after = self.extra.as_ref().map_or_else(|| severity(&record.extra), severity);
        let stays = self.stage.is_none() && self.changes.date.is_none() && after == severity(&record.extra);
        if stays {
            return Ok(());
        }
        let terms = due::terms(db, [module])?;
        let clock = due::wait(db, record.id)?.clock(self.changes.date.unwrap_or(record.due_from));
        let waits = self.stage.as_ref().unwrap_or(&record.stage).waiting;
        let turned = clock.turned(waits, now(), &terms.time);
        self.clock = Some(turned).filter(|turned| *turned != clock);
        let due = terms.due(&module.model, after.as_deref(), &turned);
        if due != record.due {
            let day = |due: Option<Moment>| {
                Sentence::verbatim(due.map_or(String::new(), |due| terms.time.day_of(due).to_string()))
            };
            self.changes.due = Some(due);
            self.tell(&field.name, field.label.clone(), day(record.due), day(due));
        }
        Ok(())
    }

    pub(super) fn extra(&mut self, module: &Module, record: &Record, values: &BTreeMap<String, String>) {
        let mut extra: Map<String, Value> = record.extra.clone();
        for field in field::editable(module) {
            let Some(typed) = values.get(&field.name) else { continue };
            match field::parse(field, typed) {
                Ok(value) if field::typed(&extra, field) == value_typed(&value) => {}
                Ok(value) => {
                    let before = field::words(&extra, field);
                    extra.insert(field.name.clone(), value);
                    self.tell(&field.name, field.label.clone(), before, field::words(&extra, field));
                }
                Err(invalid) => self.invalid.push(invalid),
            }
        }
        if extra != record.extra {
            self.changes.extra = Some(Value::Object(extra.clone()).to_string());
            self.extra = Some(extra);
        }
    }
}

/// The date of a record as a client gives it.
pub(super) fn date(module: &Module, typed: &str) -> Result<Moment, Invalid> {
    let label = field::label(module, "date", say!("records-date"));
    let wrong = |words: Sentence| Invalid::new("date", words);
    let date = field::moment(typed).ok_or_else(|| wrong(say!("field-moment", label)))?;
    // Clocks differ by moments.
    match date - now() <= TimeDelta::minutes(1) {
        true => Ok(date.min(now())),
        false => Err(wrong(say!("record-date-to-come", label))),
    }
}

/// A description as it is kept, and its words. A client sends text or HTML, as Odoo's fields of this kind take both.
pub(super) fn description(typed: &str) -> (String, String) {
    let tagged = typed.split('<').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/'));
    match tagged {
        true => (message::clean_html(typed), message::text_of_html(typed)),
        false => (text::to_html(typed), typed.to_owned()),
    }
}

fn value_typed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What a new record is made with; its other values are set then.
const MADE_WITH: [&str; 5] = ["name", "description", "partner_name", "partner_email", "date"];

/// Makes a record of this type in its first stage, within the caller's transaction, for a client that brings what is no e-mail.
/// `values` as in [`Edit`], and `active`.
pub fn create_in(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    model: &str,
    values: &BTreeMap<String, String>,
) -> Result<RecordId, OperationError> {
    require(caller, Right::Create, Object::Records, || say!("deed-make-records"))?;
    let module = module(app, model)?;
    let id = make(app, db, module, values)?;
    let record = existing(db, caller, module, id)?;
    let made = json!({"number": record.number, "name": record.name});
    write_audit_of(db, caller, AuditAction::Create, &record, None, made)?;
    // The rest is what a person would set on the new record's page.
    let mut rest = values.clone();
    rest.retain(|name, _| !MADE_WITH.contains(&name.as_str()));
    if !rest.is_empty() {
        write_in(app, db, caller, model, id, &rest)?;
    }
    Ok(id)
}

/// What the form of a new record is made of.
pub struct HandEntry {
    pub module: Module,
    /// Those in use, in the order of their tree, each with how deep it stands.
    pub categories: Vec<(Category, usize)>,
    pub tags: Vec<KeptTag>,
}

/// The record type that a caller may enter a record of.
pub fn entry(app: &App, caller: &Caller, model: &str) -> Result<HandEntry, OperationError> {
    require(caller, Right::Create, Object::Records, || say!("deed-make-records"))?;
    let module = module(app, model)?.clone();
    let OfferedClasses { mut categories, mut tags } = app.store.read(|db| on_offer(db, caller, &module))?;
    categories.retain(|(one, _)| one.active);
    tags.retain(|tag| tag.active);
    Ok(HandEntry { module, categories, tags })
}

/// As [`create_in`], of what a person enters by hand: a call, a visit.
pub fn create(
    app: &App,
    caller: &Caller,
    model: &str,
    values: &BTreeMap<String, String>,
) -> Result<RecordId, OperationError> {
    app.store.write(|db| create_in(app, db, caller, model, values))
}

/// Changes a record within the caller's transaction. `active` is the verdict *Not a grievance*, and back; an empty
/// `new_mail` says that its mail was read, which no other change of a client does.
pub fn write_in(
    app: &App,
    db: &mut Db,
    caller: &Caller,
    model: &str,
    id: RecordId,
    values: &BTreeMap<String, String>,
) -> Result<(), OperationError> {
    require(caller, Right::Write, Object::Records, || say!("deed-change-records"))?;
    let module = module(app, model)?;
    let record = existing(db, caller, module, id)?;
    let mut values = values.clone();
    let active = values.remove("active");
    let new_mail = values.remove("new_mail");
    let edit = Edit { version: record.version, values, shown: ShownUpTo::Nothing, ..Edit::default() };
    change_in(db, caller, module, &record, &edit)?;
    if new_mail.is_some_and(|mark| mark.is_empty()) {
        mark_read_in(db, caller, &record, ShownUpTo::Everything)?;
    }
    if let Some(active) = active {
        let record = existing(db, caller, module, id)?;
        join::turn_in(db, caller, module, &record, (record.version, ShownUpTo::Nothing), !active.is_empty())?;
    }
    Ok(())
}

fn make(app: &App, db: &mut Db, module: &Module, typed: &BTreeMap<String, String>) -> Result<RecordId, OperationError> {
    let value = |name: &str| typed.get(name).map_or("", |value| value.trim());
    check(module, &value)?;
    let defaults = module.fields.iter().filter_map(|field| Some((field.name.clone(), json!(field.default.as_ref()?))));
    let mut values: HashMap<String, Value> = defaults.collect();
    let (html, _) = description(value("description"));
    values.insert("description".to_owned(), html.into());
    for sender in ["partner_name", "partner_email"].into_iter().filter(|sender| !value(sender).is_empty()) {
        values.insert(sender.to_owned(), value(sender).into());
    }
    let (name, people) = (value("name"), People::default());
    let date = match value("date") {
        "" => now(),
        given => date(module, given)?,
    };
    let terms = due::terms(db, [module])?;
    let making = Making {
        model: &module.model,
        name: name.to_owned(),
        values,
        people,
        answers: None,
        date,
        due_from: date,
        last_mail_at: date,
        terms: &terms,
        server: None,
        marked: false,
    };
    Ok(pipeline::make(db, app.pipeline(), making)?)
}

fn check<'a>(module: &Module, value: &impl Fn(&str) -> &'a str) -> Result<(), OperationError> {
    let title = field::label(module, "name", say!("records-title"));
    let long = |name: &str, max: usize| value(name).chars().count() > max;
    let wrong = if value("name").is_empty() {
        Some(("name", say!("record-required", title)))
    } else if long("name", MAX_TITLE) || long("description", MAX_DESCRIPTION) {
        Some(("name", say!("record-too-long", title, max_title = MAX_TITLE, max_description = MAX_DESCRIPTION)))
    } else if long("partner_name", MAX_SENDER) || long("partner_email", MAX_SENDER) {
        Some(("partner_email", say!("record-sender-too-long", max_sender = MAX_SENDER)))
    } else {
        None
    };
    wrong.map_or(Ok(()), |(field, words)| Err(Invalid::new(field, words).into()))
}
