//! Stages of record types: made from the installed modules, so that records can point to them.

use std::collections::HashMap;

use diesel::prelude::*;

use super::connection::{Db, StoreError};
use super::prepared::prepared;
use super::schema::stages;
use crate::domain::id::StageId;
use crate::domain::module::Module;

/// Brings the rows of this record type to what its module says. A stage that the module dropped stays, for the
/// records in it.
pub fn ensure(db: &mut Db, module: &Module) -> Result<(), StoreError> {
    for (sequence, stage) in (0i32..).zip(&module.stages) {
        let same = (stages::name.eq(&stage.name), stages::sequence.eq(sequence), stages::closed.eq(stage.closed));
        let row = (stages::model.eq(&module.model), stages::code.eq(&stage.code), same);
        crate::on_backend!(db, conn => diesel::insert_into(stages::table)
            .values(&row).on_conflict((stages::model, stages::code)).do_update().set(same).execute(conn))?;
    }
    Ok(())
}

/// The stage that new records of each record type start in.
pub fn first(db: &mut Db, modules: &[Module]) -> Result<HashMap<String, StageId>, StoreError> {
    let query = stages::table.select((stages::id, stages::model, stages::code));
    let rows: Vec<(i32, String, String)> = prepared(query).load(db)?;
    let is_first = |model: &str, code: &str| {
        modules.iter().any(|module| module.model == model && module.stages.first().is_some_and(|s| s.code == code))
    };
    Ok(rows
        .into_iter()
        .filter(|(_, model, code)| is_first(model, code))
        .map(|(id, model, _)| (model, StageId(id)))
        .collect())
}
