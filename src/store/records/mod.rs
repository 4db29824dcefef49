//! Records as mail makes and moves them: their numbers and stages, what leads to them. What people read and change is in
//! [`list`] and [`view`].

pub mod counts;
pub mod due;
pub mod list;
pub mod report;
pub mod view;

use std::collections::{HashMap, VecDeque};

use chrono::Datelike;
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::Timestamp;

use super::connection::{insert_missing, next_ids};
use super::prepared::{columns, prepared, prepared_for_one};
use super::schema::{partners, records, sequences, stages, threads, users};
use super::{Db, StoreError, posts};
use crate::domain::conversation::{Involvement, People, SoughtSender};
use crate::domain::id::{CategoryId, ImportId, PartnerId, RecordId, ServerId, StageId, UserId};
use crate::domain::message::Address;
use crate::domain::module::{Module, NumberFormat, stage_words};
use crate::domain::thread::Sign;
use crate::domain::words::Sentence;
use crate::domain::{Moment, now};

/// Whether a stage is an end, as a value within a statement: [`crate::store::schema::records`] keeps it beside the stage, so
/// that lists of open work never look at what was settled.
macro_rules! ends {
    ($stage:expr) => {
        stages::table.find($stage).select(stages::closed).single_value().assume_not_null()
    };
}
use ends;

/// A record as a mail makes it.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = records, treat_none_as_default_value = false)]
pub struct NewRecord<'a> {
    pub model: &'a str,
    pub number: String,
    pub name: String,
    pub description: String,
    pub stage_id: StageId,
    pub priority: String,
    pub partner_id: Option<PartnerId>,
    pub partner_name: Option<String>,
    pub partner_email: Option<String>,
    pub user_id: Option<UserId>,
    /// JSON object.
    pub extra: String,
    pub new_mail: bool,
    pub last_mail_at: Moment,
    /// When what it is about was written: never later than it came.
    pub date: Moment,
    /// [`model_code`](crate::domain::id::model_code) of its type.
    pub model_code: &'a str,
    pub create_date: Moment,
    pub write_date: Moment,
    pub people: People,
    /// The record that its first mail answers.
    pub answers_id: Option<RecordId>,
    pub category_id: Option<CategoryId>,
    /// The last moment at which it is in time.
    pub due: Option<Moment>,
    /// Since when its time runs, where that is not its date.
    pub due_from: Option<Moment>,
    /// Only those see it who are named for it; `marked`, whatever its sensitivity.
    pub confidential: bool,
    pub marked: bool,
    /// The incoming server that its first mail came by.
    pub server_id: Option<ServerId>,
}

/// Whether its first stage is an end, and since when: as values of its row.
macro_rules! ending {
    ($new:expr) => {{
        let ended = case_when(ends!($new.stage_id), $new.create_date.into_sql::<Timestamp>());
        (records::closed.eq(ends!($new.stage_id)), records::closed_at.eq(ended))
    }};
}

pub fn insert(db: &mut Db, new: &NewRecord<'_>) -> Result<RecordId, StoreError> {
    Ok(crate::on_backend!(db, conn => diesel::insert_into(records::table)
        .values((new, ending!(new))).returning(records::id).get_result(conn))?)
}

/// Records of a batch of mails. With PostgreSQL their ids and numbers are asked for at once, and they are written in one
/// statement at the end of the batch; with SQLite each is written at once.
#[derive(Debug, Default)]
pub struct RecordRows<'m> {
    ids: VecDeque<RecordId>,
    /// By record type, the numbers that are its next ones.
    numbers: HashMap<String, VecDeque<String>>,
    rows: Vec<(RecordId, NewRecord<'m>)>,
}

impl<'m> RecordRows<'m> {
    /// For so many records of each of these types, if all are made.
    pub fn expected(db: &mut Db, of: &[(&Module, usize)], at: Moment) -> Result<Self, StoreError> {
        let mut expected = Self::default();
        let count = of.iter().map(|(_, count)| count).sum();
        if let Db::Postgres(conn) = db
            && count > 1
        {
            expected.ids = next_ids(conn, "records", count)?.into_iter().map(RecordId).collect();
            for (module, count) in of {
                expected.numbers.insert(module.model.clone(), next_numbers(db, module, at, *count)?.into());
            }
        }
        Ok(expected)
    }

    /// The number of the next record of this type.
    pub fn number(&mut self, db: &mut Db, module: &Module, at: Moment) -> Result<String, StoreError> {
        match self.numbers.get_mut(&module.model).and_then(VecDeque::pop_front) {
            Some(number) => Ok(number),
            None => number(db, module, at),
        }
    }

    /// The record is written now, or with its batch where nothing refers to its row before (`is_awaited`).
    pub fn insert(&mut self, db: &mut Db, new: NewRecord<'m>, is_awaited: bool) -> Result<RecordId, StoreError> {
        match self.ids.pop_front() {
            Some(id) => {
                self.rows.push((id, new));
                if is_awaited {
                    self.write(db)?;
                }
                Ok(id)
            }
            None => insert(db, &new),
        }
    }

    pub fn write(&mut self, db: &mut Db) -> Result<(), StoreError> {
        let Db::Postgres(conn) = db else { return Ok(()) };
        for some in self.rows.chunks(500) {
            let rows: Vec<_> = some.iter().map(|(id, new)| (records::id.eq(*id), new, ending!(new))).collect();
            diesel::insert_into(records::table).values(rows).execute(conn)?;
        }
        self.rows.clear();
        Ok(())
    }
}

/// A record as mail finds it that may belong to it.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = records)]
pub struct FoundRecord {
    pub id: RecordId,
    pub model: String,
    /// False: a person said *Not a grievance*.
    pub active: bool,
    /// The record that its mails went to; then nothing joins this one.
    #[diesel(column_name = joined_id)]
    pub joined: Option<RecordId>,
    /// Who wrote and received its mails.
    pub people: People,
    /// False for a record that is older than the list of its people: this one is put together from its mails.
    #[diesel(select_expression = records::people.is_not_null())]
    has_list: bool,
    partner_id: Option<PartnerId>,
    partner_email: Option<String>,
    #[diesel(select_expression = partners::email.nullable())]
    contact_email: Option<String>,
    #[diesel(select_expression = partners::name.nullable())]
    contact_name: Option<String>,
    #[diesel(select_expression = users::login.nullable())]
    officer_login: Option<String>,
    #[diesel(select_expression = users::name.nullable())]
    officer_name: Option<String>,
}

impl FoundRecord {
    pub fn standing(&self, who: &SoughtSender) -> Involvement {
        if who.has_address(self.officer_login.as_deref()) {
            return Involvement::Works;
        }
        let is_contact = self.partner_id.is_some() && self.partner_id == who.contact;
        let addresses = [&self.partner_email, &self.contact_email];
        if is_contact || addresses.iter().any(|address| who.has_address(address.as_deref())) {
            return Involvement::Wrote;
        }
        let named = |name: &Option<String>| who.has_name(name.as_deref());
        match self.people.standing(who) {
            Involvement::Stranger if named(&self.contact_name) || named(&self.officer_name) => Involvement::Namesake,
            standing => standing,
        }
    }
}

/// The records with these ids, of whatever type.
pub fn found(db: &mut Db, ids: &[RecordId]) -> Result<Vec<FoundRecord>, StoreError> {
    let mut all: Vec<FoundRecord> = Vec::new();
    for some in ids.chunks(500) {
        let query = records::table
            .left_join(partners::table)
            .left_join(users::table)
            .filter(records::id.eq_any(some))
            .select(columns::<FoundRecord>());
        all.extend(prepared_for_one(some, query).load::<FoundRecord>(db)?);
    }
    let old: Vec<RecordId> = all.iter().filter(|found| !found.has_list).map(|found| found.id).collect();
    if !old.is_empty() {
        for (id, from) in posts::writers(db, &old)? {
            let from = Address::from_display(&from);
            all.iter_mut().filter(|found| found.id == id).for_each(|found| found.people.wrote(&from));
        }
    }
    Ok(all)
}

/// The numbers of these records.
pub fn numbers(db: &mut Db, ids: &[RecordId]) -> Result<HashMap<RecordId, String>, StoreError> {
    let mut all = HashMap::new();
    for some in ids.chunks(500) {
        let found = records::table.filter(records::id.eq_any(some)).select((records::id, records::number));
        all.extend(found.load::<(RecordId, String)>(db)?);
    }
    Ok(all)
}

/// The records of these types with these numbers.
pub fn numbered(db: &mut Db, models: &[&str], numbers: &[&str]) -> Result<Vec<(String, RecordId)>, StoreError> {
    Ok(records::table
        .filter(records::model.eq_any(models))
        .filter(records::number.eq_any(numbers))
        .order(records::id)
        .select((records::number, records::id))
        .load(db)?)
}

/// A mail of these people came, of this moment as lists go: the record is marked, moves up whatever its stage, and is in the lists. Its
/// version stays: a reply refuses nobody's save. False where it is joined to another meanwhile.
pub fn mail_came(db: &mut Db, record: &FoundRecord, people: &People, date: Moment) -> Result<bool, StoreError> {
    let mut all = record.people.clone();
    let added = all.welcome(people);
    let seen = (
        records::active.eq(true),
        records::undone_id.eq(None::<ImportId>),
        records::new_mail.eq(true),
        // Mail of old days may come after newer mail.
        records::last_mail_at
            .eq(case_when(records::last_mail_at.lt(date), date.into_sql::<Timestamp>())
                .otherwise(records::last_mail_at)),
        records::write_date.eq(now()),
    );
    // Judged or taken back meanwhile, it is looked at once more.
    let row =
        records::table.find(record.id).filter(records::joined_id.is_null()).filter(records::active.eq(record.active));
    let changed = match record.has_list {
        true if added.is_empty() => diesel::update(row).set(seen).execute(db)?,
        // Another mail may have added to it meanwhile.
        true => diesel::update(row).set((seen, records::people.eq(records::people.concat(added)))).execute(db)?,
        false => diesel::update(row).set((seen, records::people.eq(&all))).execute(db)?,
    };
    Ok(changed == 1)
}

/// Mail that came later turned out to be what these records answer; those that name one already go on naming it.
pub fn name_answered(db: &mut Db, of: &[RecordId], answered: RecordId) -> Result<(), StoreError> {
    diesel::update(records::table)
        .filter(records::id.eq_any(of))
        .filter(records::answers_id.is_null().and(records::id.ne(answered)))
        .set(records::answers_id.eq(answered))
        .execute(db)?;
    Ok(())
}

pub fn exists(db: &mut Db, model: &str, id: RecordId) -> Result<bool, StoreError> {
    let found = records::table.find(id).filter(records::model.eq(model)).select(records::id);
    Ok(found.first::<RecordId>(db).optional()?.is_some())
}

/// The number of the next record of this type, in its module's form: `2026-000001`, or `000001`.
fn number(db: &mut Db, module: &Module, at: Moment) -> Result<String, StoreError> {
    Ok(next_numbers(db, module, at, 1)?.pop().ok_or(diesel::result::Error::NotFound)?)
}

/// The same of so many.
fn next_numbers(db: &mut Db, module: &Module, at: Moment, count: usize) -> Result<Vec<String>, StoreError> {
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    Ok(match module.number {
        NumberFormat::Year => {
            let year = at.year().to_string();
            next(db, &module.model, &year, count)?.map(|next| format!("{year}-{next:06}")).collect()
        }
        NumberFormat::Plain => next(db, &module.model, "", count)?.map(|next| format!("{next:06}")).collect(),
    })
}

/// The next so many numbers of this record type and period (a year, or empty), from 1.
fn next(db: &mut Db, model: &str, period: &str, count: i32) -> Result<std::ops::Range<i32>, StoreError> {
    let row = (sequences::model.eq(model), sequences::period.eq(period), sequences::next.eq(1 + count));
    let query = diesel::insert_into(sequences::table)
        .values(row)
        .on_conflict((sequences::model, sequences::period))
        .do_update()
        .set(sequences::next.eq(sequences::next + count))
        .returning(sequences::next);
    let following: i32 = prepared(query).one(db)?.ok_or(diesel::result::Error::NotFound)?;
    Ok(following - count..following)
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable)]
#[diesel(table_name = stages)]
pub struct RecordStage {
    pub id: StageId,
    /// The record type that has it.
    pub model: String,
    pub code: String,
    /// As its row has it; people read [`RecordStage::words`].
    pub name: String,
    pub closed: bool,
    /// A record in it waits for somebody else.
    pub waiting: bool,
}

impl RecordStage {
    /// Its name in its reader's language.
    pub fn words(&self) -> Sentence {
        stage_words(&self.model, &self.code, &self.name)
    }
}

/// Brings the rows of this record type to what its module says. A stage that the module dropped stays, for the
/// records in it.
pub fn ensure_stages(db: &mut Db, module: &Module) -> Result<(), StoreError> {
    let before = stages(db, &module.model)?;
    for (place, stage) in (0i32..).zip(&module.stages) {
        let same = (
            stages::name.eq(stage.name.as_str()),
            stages::place.eq(place),
            stages::closed.eq(stage.closed),
            stages::waiting.eq(stage.waiting),
        );
        let row = (stages::model.eq(&module.model), stages::code.eq(&stage.code), same);
        crate::on_backend!(db, conn => diesel::insert_into(stages::table)
            .values(&row).on_conflict((stages::model, stages::code)).do_update().set(same).execute(conn))?;
        if let Some(turned) = before.iter().find(|one| one.code == stage.code && one.closed != stage.closed) {
            let theirs = records::table.filter(records::stage_id.eq(turned.id));
            let since = stage.closed.then(now);
            diesel::update(theirs).set((records::closed.eq(stage.closed), records::closed_at.eq(since))).execute(db)?;
        }
    }
    Ok(())
}

/// The stages of a record type in their order.
pub fn stages(db: &mut Db, model: &str) -> Result<Vec<RecordStage>, StoreError> {
    let ordered = stages::table.filter(stages::model.eq(model)).order((stages::place, stages::id));
    Ok(ordered.select(RecordStage::as_select()).load(db)?)
}

/// The stage that new records of each record type start in.
pub fn first_stages(db: &mut Db, modules: &[Module]) -> Result<HashMap<String, StageId>, StoreError> {
    let all: Vec<RecordStage> = prepared(stages::table.select(columns::<RecordStage>())).load(db)?;
    let is_first = |stage: &RecordStage| {
        let of = modules.iter().find(|module| module.model == stage.model);
        of.and_then(|module| module.stages.first()).is_some_and(|first| first.code == stage.code)
    };
    Ok(all.into_iter().filter(is_first).map(|stage| (stage.model, stage.id)).collect())
}

/// Which of these signs lead to which records, as they are stored: a record may have been joined to another.
pub fn leading(db: &mut Db, signs: &[String]) -> Result<Vec<(String, RecordId)>, StoreError> {
    let mut found = Vec::new();
    for some in signs.chunks(500) {
        let query = threads::table
            .filter(threads::sign.eq_any(some))
            .order((threads::sign, threads::record_id))
            .select((threads::sign, threads::record_id));
        found.extend(prepared_for_one(some, query).load::<(String, RecordId)>(db)?);
    }
    Ok(found)
}

/// From now on these signs lead to these records; those that did already still do.
pub fn lead(db: &mut Db, signs: &[(Sign, RecordId)]) -> Result<(), StoreError> {
    let rows: Vec<_> =
        signs.iter().map(|(sign, record)| (threads::sign.eq(sign.kept()), threads::record_id.eq(record))).collect();
    insert_missing!(db, threads::table, rows);
    Ok(())
}
