//! Contacts (`res.partner`): registrants, groups and everybody else who writes.

use std::collections::HashMap;

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::prepared_for_one;
use super::schema::partners;
use super::search;
use crate::domain::address::normalize;
use crate::domain::id::PartnerId;
use crate::domain::sought::Sought;
use crate::domain::text::fold;
use crate::domain::{Moment, now};

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable)]
#[diesel(table_name = partners)]
pub struct Partner {
    pub id: PartnerId,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub is_registrant: bool,
    pub is_group: bool,
    pub is_company: bool,
    pub active: bool,
}

/// What is known when a contact is made.
#[derive(Debug, Clone, Default)]
pub struct NewPartner<'a> {
    pub name: &'a str,
    pub email: Option<&'a str>,
    pub phone: Option<&'a str>,
    pub is_registrant: bool,
    pub is_group: bool,
    pub is_company: bool,
    pub archived: bool,
}

/// The columns that [`NewPartner`] fills.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = partners, treat_none_as_null = true)]
struct PartnerColumns<'a> {
    name: &'a str,
    email: Option<&'a str>,
    email_normalized: Option<String>,
    phone: Option<&'a str>,
    is_registrant: bool,
    is_group: bool,
    is_company: bool,
    active: bool,
    search: String,
    write_date: Moment,
}

impl<'a> NewPartner<'a> {
    fn columns(&self) -> PartnerColumns<'a> {
        PartnerColumns {
            name: self.name,
            email: self.email,
            email_normalized: self.email.and_then(normalize),
            phone: self.phone,
            is_registrant: self.is_registrant,
            is_group: self.is_group,
            is_company: self.is_company,
            active: !self.archived,
            search: search_text(self.name, self.email, self.phone),
            write_date: now(),
        }
    }
}

pub fn insert(db: &mut Db, new: &NewPartner<'_>) -> Result<PartnerId, StoreError> {
    let values = (new.columns(), partners::create_date.eq(now()));
    Ok(crate::on_backend!(db, conn => diesel::insert_into(partners::table)
        .values(values).returning(partners::id).get_result(conn))?)
}

/// Writes all of a contact.
pub fn update(db: &mut Db, id: PartnerId, new: &NewPartner<'_>) -> Result<(), StoreError> {
    diesel::update(partners::table.find(id)).set(new.columns()).execute(db)?;
    Ok(())
}

fn search_text(name: &str, email: Option<&str>, phone: Option<&str>) -> String {
    fold(&[name, email.unwrap_or_default(), phone.unwrap_or_default()].join(" "))
}

pub fn find(db: &mut Db, id: PartnerId) -> Result<Option<Partner>, StoreError> {
    Ok(partners::table.find(id).select(Partner::as_select()).first(db).optional()?)
}

/// The active contact that an address belongs to; the oldest registrant where several share it.
pub fn by_email(db: &mut Db, email: &str) -> Result<Option<Partner>, StoreError> {
    let Some(normalized) = normalize(email) else { return Ok(None) };
    Ok(partners::table
        .filter(partners::email_normalized.eq(normalized))
        .filter(partners::active.eq(true))
        .order((partners::is_registrant.desc(), partners::id.asc()))
        .select(Partner::as_select())
        .first(db)
        .optional()?)
}

/// Active contacts with all the words, registrants first, and best first among each; all, where nothing is searched for.
pub fn search(db: &mut Db, sought: &Sought, limit: usize) -> Result<Vec<Partner>, StoreError> {
    let active = || partners::table.filter(partners::active.eq(true)).select(Partner::as_select());
    if sought.is_empty() {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        return Ok(active().order(partners::id.desc()).limit(limit).load(db)?);
    }
    let ids = search::partners(db, sought)?;
    let mut found: Vec<Partner> = active().filter(partners::id.eq_any(&ids)).load(db)?;
    let place: HashMap<PartnerId, usize> = ids.into_iter().zip(0..).collect();
    found.sort_by_key(|one| (!one.is_registrant, place.get(&one.id).copied()));
    found.truncate(limit);
    Ok(found)
}

/// Gives a contact its address; false where it has one already.
pub fn set_missing_email(db: &mut Db, partner: &Partner, email: &str) -> Result<bool, StoreError> {
    let changed = diesel::update(partners::table.find(partner.id).filter(partners::email.is_null()))
        .set((
            partners::email.eq(email),
            partners::email_normalized.eq(normalize(email)),
            partners::search.eq(search_text(&partner.name, Some(email), partner.phone.as_deref())),
            partners::write_date.eq(now()),
        ))
        .execute(db)?;
    Ok(changed == 1)
}

/// The active contacts that these normalised addresses belong to, each as [`by_email`] finds it.
pub fn by_emails(db: &mut Db, normalized: &[String]) -> Result<HashMap<String, PartnerId>, StoreError> {
    let query = partners::table
        .filter(partners::email_normalized.eq_any(normalized))
        .filter(partners::active.eq(true))
        .order((partners::is_registrant.asc(), partners::id.desc()))
        .select((partners::email_normalized.assume_not_null(), partners::id));
    Ok(prepared_for_one(normalized, query).load::<(String, PartnerId)>(db)?.into_iter().collect())
}
