//! `res.partner`: contacts, with OpenSPP's `is_registrant` and `is_group`.

use crate::api::ApiCall;
use crate::api::arguments::text;
use crate::api::fault::ObjectError;
use crate::api::model::FieldKind::*;
use crate::api::model::{Description, Model, ModelBuilder, Values};
use crate::domain::id::PartnerId;
use crate::domain::rights::Object;
use crate::operations::client::expressions::partners as sql;
use crate::operations::client::{Db, Direction};
use crate::operations::partners::{self, TypedPartner};

#[derive(Debug)]
pub(super) struct Contacts;

impl Model for Contacts {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("t.name").dates().authors(sql::MADE_BY, sql::CHANGED_BY);
        f.add("name", "Name", Char, "t.name").required();
        f.add("email", "Email", Char, "t.email");
        f.add("email_normalized", "Normalized Email", Char, "t.email_normalized").readonly();
        f.add("phone", "Phone", Char, "t.phone");
        f.add("is_registrant", "Registrant", Boolean, "t.is_registrant");
        f.add("is_group", "Group", Boolean, "t.is_group");
        f.add("is_company", "Is a Company", Boolean, "t.is_company");
        f.add("company_type", "Company Type", Selection, sql::COMPANY_TYPE)
            .choices([("person", "Individual"), ("company", "Company")]);
        f.add("active", "Active", Boolean, "t.active");
        Description {
            order: vec![("name", Direction::Ascending), ("id", Direction::Ascending)],
            names: &["display_name", "email"],
            ..f.of_table(("res.partner", "Contact"), Object::Contacts, "partners", "r.name")
        }
    }

    fn create(&self, call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
        let mut typed = TypedPartner::default();
        fill(call, &mut typed, values)?;
        Ok(partners::create_in(db, call.caller, &typed)?.0)
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        let id = PartnerId(id);
        let mut typed = TypedPartner::of(&partners::get_in(db, call.caller, id)?);
        fill(call, &mut typed, values)?;
        Ok(partners::change_in(db, call.caller, id, &typed)?)
    }
}

fn fill(call: &ApiCall<'_>, typed: &mut TypedPartner, values: &Values) -> Result<(), ObjectError> {
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
