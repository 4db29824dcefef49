//! `res.partner`.

use serde_json::{Map, Value};

use crate::domain::id::PartnerId;
use crate::operations::objects::error::ObjectError;
use crate::operations::objects::methods::Call;
use crate::operations::objects::values::text;
use crate::operations::partners::{self, Typed};
use crate::store::Db;

pub fn create(call: &Call<'_>, db: &mut Db, values: &Map<String, Value>) -> Result<i32, ObjectError> {
    let mut typed = Typed::default();
    fill(call, &mut typed, values)?;
    Ok(partners::create_in(db, call.caller, &typed)?.0)
}

pub fn write(call: &Call<'_>, db: &mut Db, id: i32, values: &Map<String, Value>) -> Result<(), ObjectError> {
    let id = PartnerId(id);
    let mut typed = Typed::of(&partners::find(db, id)?);
    fill(call, &mut typed, values)?;
    Ok(partners::change_in(db, call.caller, id, &typed)?)
}

fn fill(call: &Call<'_>, typed: &mut Typed, values: &Map<String, Value>) -> Result<(), ObjectError> {
    for (name, value) in values {
        let given = text(call.model, call.settable(name)?, value)?;
        match name.as_str() {
            "name" => typed.name = given,
            "email" => typed.email = given,
            "phone" => typed.phone = given,
            "is_registrant" => typed.is_registrant = !given.is_empty(),
            "is_group" => typed.is_group = !given.is_empty(),
            "is_company" => typed.is_company = !given.is_empty(),
            "company_type" => typed.is_company = given == "company",
            "active" => typed.archived = given.is_empty(),
            _ => {}
        }
    }
    Ok(())
}
