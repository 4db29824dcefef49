//! Aliases: the row and [`Alias`], one to one.

use diesel::prelude::*;
use serde_json::Value;

use super::connection::{Db, StoreError};
use super::prepared::{columns, prepared_for_one};
use super::schema::aliases;
use super::sealed::{self, same_columns};
use crate::domain::alias::{Alias, AliasAddress, AliasContact};
use crate::domain::filter::python;
use crate::domain::id::{AliasId, RecordId};
use crate::domain::setting::SettingsObject as _;
use crate::domain::{Moment, literal, now};

/// An alias with what the row knows beside its settings.
pub type StoredAlias = sealed::Stored<Alias>;

/// All, archived ones included, by address.
pub fn list(db: &mut Db) -> Result<Vec<StoredAlias>, StoreError> {
    let rows = aliases::table.order((aliases::name, aliases::domain)).select(AliasRow::as_select()).load(db)?;
    rows.into_iter().map(AliasRow::into_stored).collect()
}

/// Those in use with one of these local parts (in lower case).
pub fn named(db: &mut Db, names: &[String]) -> Result<Vec<Alias>, StoreError> {
    let query = aliases::table
        .filter(aliases::active.eq(true))
        .filter(aliases::name.eq_any(names))
        .order(aliases::id)
        .select(columns::<AliasRow>());
    let rows: Vec<AliasRow> = prepared_for_one(names, query).load(db)?;
    rows.into_iter().map(|row| Ok(row.into_stored()?.settings)).collect()
}

pub fn get(db: &mut Db, id: AliasId) -> Result<Option<StoredAlias>, StoreError> {
    aliases::table.find(id).select(AliasRow::as_select()).first(db).optional()?.map(AliasRow::into_stored).transpose()
}

/// The one with exactly this address, archived or not.
pub fn by_address(db: &mut Db, address: &AliasAddress) -> Result<Option<StoredAlias>, StoreError> {
    let row = aliases::table.filter(aliases::name.eq(address.name())).filter(aliases::domain.eq(address.domain()));
    row.select(AliasRow::as_select()).first(db).optional()?.map(AliasRow::into_stored).transpose()
}

/// Inserts the settings (`alias.id` is ignored). Fails with a unique violation where the address is taken: ask
/// [`by_address`] in the same transaction first.
pub fn insert(db: &mut Db, alias: &Alias) -> Result<AliasId, StoreError> {
    let at = now();
    let values = (columns_of(alias), aliases::create_date.eq(at), aliases::write_date.eq(at));
    Ok(crate::on_backend!(db, conn => diesel::insert_into(aliases::table)
        .values(values).returning(aliases::id).get_result(conn))?)
}

/// Writes the settings where the row still has `version`, and counts it up. False: somebody else saved meanwhile,
/// or the row is gone.
pub fn update(db: &mut Db, alias: &Alias, version: i32) -> Result<bool, StoreError> {
    let row = aliases::table.find(alias.id).filter(aliases::version.eq(version));
    let values = (columns_of(alias), aliases::version.eq(version + 1), aliases::write_date.eq(now()));
    Ok(diesel::update(row).set(values).execute(db)? == 1)
}

/// False where there is none.
pub fn delete(db: &mut Db, id: AliasId) -> Result<bool, StoreError> {
    Ok(diesel::delete(aliases::table.find(id)).execute(db)? == 1)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = aliases)]
struct AliasRow {
    id: AliasId,
    #[diesel(embed)]
    settings: AliasColumns,
    #[diesel(embed)]
    texts: Texts,
    version: i32,
    create_date: Moment,
    write_date: Moment,
}

same_columns! {
    #[diesel(table_name = aliases, treat_none_as_null = true)]
    struct AliasColumns of Alias {
        #[diesel(column_name = object_model)]
        model: String,
        #[diesel(column_name = record_id)]
        record: Option<RecordId>,
        contact: AliasContact,
        active: bool,
    }
}

/// The columns that hold an address and values as text.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = aliases)]
struct Texts {
    name: String,
    domain: String,
    defaults: String,
}

/// What is written of an alias.
fn columns_of(alias: &Alias) -> (AliasColumns, Texts) {
    let (name, domain) = (alias.address.name().to_owned(), alias.address.domain().to_owned());
    let defaults = python(&Value::Object(alias.defaults.clone()));
    (AliasColumns::of(alias), Texts { name, domain, defaults })
}

impl AliasRow {
    fn into_stored(self) -> Result<StoredAlias, StoreError> {
        let (id, texts) = (self.id, self.texts);
        let corrupt = |column: &str| StoreError::Corrupt(format!("alias {id}, column {column}"));
        let address = AliasAddress::parse(&texts.name, &texts.domain).map_err(|_| corrupt("name"))?;
        let defaults = literal::dict(&texts.defaults).map_err(|_| corrupt("defaults"))?;
        let mut settings = Alias { id, address, defaults, ..Alias::blank() };
        self.settings.set(&mut settings).map_err(corrupt)?;
        Ok(StoredAlias {
            settings,
            secrets: Vec::new(),
            version: self.version,
            create_date: self.create_date,
            write_date: self.write_date,
        })
    }
}
