//! Stages of record types: made from the installed modules, so that records can point to them.

use std::collections::HashMap;

use diesel::prelude::*;

use super::prepared::{columns, prepared};
use super::schema::stages;
use super::{Db, StoreError};
use crate::domain::id::StageId;
use crate::domain::module::Module;

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, Queryable, Selectable)]
#[diesel(table_name = stages)]
pub struct Stage {
    pub id: StageId,
    pub code: String,
    pub name: String,
    pub closed: bool,
}

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

/// The stages of a record type in their order.
pub fn of_model(db: &mut Db, model: &str) -> Result<Vec<Stage>, StoreError> {
    let ordered = stages::table.filter(stages::model.eq(model)).order((stages::sequence, stages::id));
    Ok(ordered.select(Stage::as_select()).load(db)?)
}

/// The stage that new records of each record type start in.
pub fn first(db: &mut Db, modules: &[Module]) -> Result<HashMap<String, StageId>, StoreError> {
    let all: Vec<(String, Stage)> = prepared(stages::table.select((stages::model, columns::<Stage>()))).load(db)?;
    let is_first = |model: &str, code: &str| {
        modules.iter().any(|module| module.model == model && module.stages.first().is_some_and(|s| s.code == code))
    };
    let firsts = all.into_iter().filter(|(model, stage)| is_first(model, &stage.code));
    Ok(firsts.map(|(model, stage)| (model, stage.id)).collect())
}
