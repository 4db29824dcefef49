//! Records as mail makes and moves them. What people read and change is in `record_list` and `record_view`.

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::posts;
use super::prepared::prepared_for_one;
use super::schema::{partners, records, users};
use crate::domain::Moment;
use crate::domain::address::Address;
use crate::domain::id::{PartnerId, RecordId};
use crate::domain::people::{People, Standing, Who};

/// A record as a mail makes it.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = records, treat_none_as_default_value = false)]
pub struct NewRecord<'a> {
    pub model: &'a str,
    pub number: &'a str,
    pub name: &'a str,
    pub description: &'a str,
    pub stage_id: i32,
    pub priority: &'a str,
    pub partner_id: Option<i32>,
    pub partner_name: Option<&'a str>,
    pub partner_email: Option<&'a str>,
    pub user_id: Option<i32>,
    /// JSON object.
    pub extra: &'a str,
    pub new_mail: bool,
    pub last_mail_at: Moment,
    /// Folded: see [`crate::domain::text::fold`].
    pub search: &'a str,
    pub create_date: Moment,
    pub write_date: Moment,
    /// [`People`] on it.
    pub people: &'a str,
    /// The record that its first mail answers.
    pub answers_id: Option<i32>,
}

pub fn insert(db: &mut Db, new: &NewRecord<'_>) -> Result<RecordId, StoreError> {
    let id: i32 = crate::on_backend!(db, conn => diesel::insert_into(records::table)
        .values(new).returning(records::id).get_result(conn))?;
    Ok(RecordId(id))
}

/// A record as mail finds it that may belong to it.
#[derive(Debug, Clone)]
pub struct Found {
    pub id: RecordId,
    pub model: String,
    pub number: String,
    /// False: a person said *Not a grievance*.
    pub active: bool,
    /// The record that its mails went to; then nothing joins this one.
    pub joined: Option<RecordId>,
    /// Who wrote and received its mails.
    pub people: People,
    /// False for a record that is older than the list of its people: this one is put together from its mails.
    has_list: bool,
    contact: Option<PartnerId>,
    /// Addresses of its sender and its contact, and the contact's name.
    addresses: [Option<String>; 2],
    contact_name: Option<String>,
    /// Login and name of whoever is responsible.
    officer: [Option<String>; 2],
}

impl Found {
    pub fn standing(&self, who: &Who) -> Standing {
        if who.has_address(self.officer[0].as_deref()) {
            return Standing::Works;
        }
        let is_contact = self.contact.is_some() && self.contact == who.contact;
        if is_contact || self.addresses.iter().any(|address| who.has_address(address.as_deref())) {
            return Standing::Wrote;
        }
        let named = |name: &Option<String>| who.has_name(name.as_deref());
        match self.people.standing(who) {
            Standing::Stranger if named(&self.contact_name) || named(&self.officer[1]) => Standing::Namesake,
            standing => standing,
        }
    }
}

type FoundRow = (
    (i32, String, String, bool, Option<i32>, Option<String>),
    (Option<i32>, Option<String>, Option<String>, Option<String>),
    (Option<String>, Option<String>),
);

/// The records with these ids, of whatever type.
pub fn found(db: &mut Db, ids: &[RecordId]) -> Result<Vec<Found>, StoreError> {
    let mut all = Vec::new();
    for some in ids.chunks(500) {
        let query = records::table
            .left_join(partners::table)
            .left_join(users::table)
            .filter(records::id.eq_any(some.iter().map(|id| id.0)))
            .select((
                (records::id, records::model, records::number, records::active, records::joined_id, records::people),
                (records::partner_id, records::partner_email, partners::email.nullable(), partners::name.nullable()),
                (users::login.nullable(), users::name.nullable()),
            ));
        let rows: Vec<FoundRow> = prepared_for_one(some, query).load(db)?;
        all.extend(rows.into_iter().map(Found::from));
    }
    let old: Vec<RecordId> = all.iter().filter(|found: &&Found| !found.has_list).map(|found| found.id).collect();
    if !old.is_empty() {
        for (id, from) in posts::writers(db, &old)? {
            let from = Address::from_display(&from);
            all.iter_mut().filter(|found| found.id == id).for_each(|found| found.people.wrote(&from));
        }
    }
    Ok(all)
}

impl From<FoundRow> for Found {
    fn from((record, (contact, email, contact_email, contact_name), (login, name)): FoundRow) -> Self {
        let (id, model, number, active, joined, people) = record;
        Self {
            id: RecordId(id),
            model,
            number,
            active,
            joined: joined.map(RecordId),
            has_list: people.is_some(),
            people: People::stored(people.unwrap_or_default()),
            contact: contact.map(PartnerId),
            addresses: [email, contact_email],
            contact_name,
            officer: [login, name],
        }
    }
}

/// The records of these types with these numbers.
pub fn numbered(db: &mut Db, models: &[&str], numbers: &[&str]) -> Result<Vec<(String, RecordId)>, StoreError> {
    let rows: Vec<(String, i32)> = records::table
        .filter(records::model.eq_any(models))
        .filter(records::number.eq_any(numbers))
        .order(records::id)
        .select((records::number, records::id))
        .load(db)?;
    Ok(rows.into_iter().map(|(number, id)| (number, RecordId(id))).collect())
}

/// A mail of these people came: the record is marked, moves up whatever its stage, and is in the lists. Its version
/// stays: a reply refuses nobody's save. False where it is joined to another meanwhile.
pub fn mail_came(db: &mut Db, record: &Found, people: &People, at: Moment) -> Result<bool, StoreError> {
    let mut all = record.people.clone();
    let added = all.welcome(people);
    let seen = (
        records::active.eq(true),
        records::new_mail.eq(true),
        records::last_mail_at.eq(at),
        records::write_date.eq(at),
    );
    let row = records::table.find(record.id.0).filter(records::joined_id.is_null());
    let changed = match record.has_list {
        true if added.is_empty() => diesel::update(row).set(seen).execute(db)?,
        // Another mail may have added to it meanwhile.
        true => diesel::update(row).set((seen, records::people.eq(records::people.concat(added)))).execute(db)?,
        false => diesel::update(row).set((seen, records::people.eq(all.as_str()))).execute(db)?,
    };
    Ok(changed == 1)
}

/// Mail that came later turned out to be what these records answer; those that name one already go on naming it.
pub fn name_answered(db: &mut Db, records: &[RecordId], answered: RecordId) -> Result<(), StoreError> {
    diesel::update(records::table)
        .filter(records::id.eq_any(records.iter().map(|record| record.0)))
        .filter(records::answers_id.is_null().and(records::id.ne(answered.0)))
        .set(records::answers_id.eq(answered.0))
        .execute(db)?;
    Ok(())
}

pub fn exists(db: &mut Db, model: &str, id: RecordId) -> Result<bool, StoreError> {
    let found: Option<i32> =
        records::table.find(id.0).filter(records::model.eq(model)).select(records::id).first(db).optional()?;
    Ok(found.is_some())
}
