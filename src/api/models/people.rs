//! People: those with an account, and those who write.

use serde_json::{Value, json};

use super::reference::COMPANY;
use crate::api::ApiCall;
use crate::api::arguments::{CallArguments, Signature, text};
use crate::api::fault::ObjectError;
use crate::api::methods::{self, in_transaction, write_each};
use crate::api::model::FieldKind::*;
use crate::api::model::{self, ApiField, Description, Model, ModelBuilder, Values};
use crate::domain::id::{PartnerId, UserId};
use crate::domain::person::{Role, User};
use crate::domain::rights::Object;
use crate::operations::client::expressions::{partners as partner_sql, users as sql};
use crate::operations::client::{Db, Direction};
use crate::operations::partners::{self, TypedPartner};
use crate::operations::users::{self, NewPassword, PreparedUser, UserForm};

/// Odoo's codes of the pages' languages.
const LANGUAGES: [(&str, &str); 3] =
    [("en_US", "English (US)"), ("fr_FR", "French / Français"), ("ar_001", "Arabic / الْعَرَبيّة")];

/// `res.users`: accounts. Everybody may look at their own.
#[derive(Debug)]
pub(super) struct Users;

impl Model for Users {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("t.name").dates().authors(sql::MADE_BY, sql::CHANGED_BY);
        f.settings::<User>();
        f.add("lang", "Language", Selection, sql::LANGUAGE).choices(LANGUAGES);
        f.add("tz", "Timezone", Char, "t.time_zone");
        f.add("active", "Active", Boolean, "t.active");
        f.add("partner_id", "Related Partner", Many2one, sql::CONTACT).readonly().to("res.partner");
        f.add("email", "Email", Char, sql::EMAIL).readonly();
        f.computed("company_id", "Company", Many2one).to("res.company");
        Description {
            order: vec![("name", Direction::Ascending), ("id", Direction::Ascending)],
            names: &["display_name", "login"],
            ..f.of_table(("res.users", "User"), Object::Users, "users", "r.name")
        }
    }

    /// A new account starts as an officer's.
    fn defaults(&self, _: &Description) -> Values {
        let texts = [("role", "officer"), ("lang", "en_US"), ("tz", "UTC")];
        let texts = texts.map(|(name, value)| (name.to_owned(), Value::from(value)));
        texts.into_iter().chain([("active".to_owned(), Value::Bool(true))]).collect()
    }

    /// Hashing a password takes long: before the transaction.
    fn create_all(&self, call: &ApiCall<'_>, list: &[Values]) -> Result<Vec<i32>, ObjectError> {
        let new = list.iter().map(|values| prepare(call, values)).collect::<Result<Vec<_>, _>>()?;
        in_transaction(call, |db| new.iter().map(|new| create(call, db, new)).collect())
    }

    fn write_all(&self, call: &ApiCall<'_>, ids: &[i32], values: &Values) -> Result<(), ObjectError> {
        let password = new_password(call, values)?;
        write_each(call, ids, |db, id| write(call, db, UserId(id), values, password.as_ref()))
    }

    fn fill(&self, _: &ApiCall<'_>, field: &ApiField, rows: &mut [Values]) -> Result<(), ObjectError> {
        for row in rows.iter_mut().filter(|_| field.name == "company_id") {
            row.insert(field.name.clone(), json!(COMPANY));
        }
        Ok(())
    }

    fn signatures(&self) -> &'static [Signature] {
        const { &[Signature::of_model("context_get", ""), Signature::of_caller("has_group", "group_ext_id")] }
    }

    fn method(&self, call: &ApiCall<'_>, name: &str, arguments: CallArguments) -> Result<Value, ObjectError> {
        match name {
            "context_get" => context(call, arguments),
            "has_group" => has_group(call, arguments),
            _ => methods::of_every_model(call, name, arguments),
        }
    }
}

/// An account to be made, its password hashed.
struct NewAccount {
    account: PreparedUser,
    active: bool,
}

fn prepare(call: &ApiCall<'_>, values: &Values) -> Result<NewAccount, ObjectError> {
    let mut form = UserForm::fresh();
    let active = fill(call, &mut form, values)?;
    Ok(NewAccount { account: users::to_add(call.caller, &form)?, active: active != Some(false) })
}

fn create(call: &ApiCall<'_>, db: &mut Db, new: &NewAccount) -> Result<i32, ObjectError> {
    let id = users::insert(db, call.caller, &new.account)?.id;
    if !new.active {
        users::set_active_in(db, call.caller, id, false)?;
    }
    Ok(id.0)
}

/// The password that is to be set, where one is.
fn new_password(call: &ApiCall<'_>, values: &Values) -> Result<Option<NewPassword>, ObjectError> {
    let mut form = UserForm::default();
    fill(call, &mut form, values)?;
    Ok(form.secret("password").map(|password| users::to_set(call.caller, password)).transpose()?)
}

fn write(
    call: &ApiCall<'_>,
    db: &mut Db,
    id: UserId,
    values: &Values,
    new_password: Option<&NewPassword>,
) -> Result<(), ObjectError> {
    let user = users::get_in(db, call.caller, id)?;
    let mut form = UserForm::of(&user);
    let active = fill(call, &mut form, values)?;
    users::change_in(db, call.caller, id, &form)?;
    if let Some(new) = new_password {
        users::set_password_in(db, call.caller, id, new)?;
    }
    if let Some(active) = active.filter(|active| *active != user.active) {
        users::set_active_in(db, call.caller, id, active)?;
    }
    Ok(())
}

/// Whether it shall be in use is no field of the form.
fn fill(call: &ApiCall<'_>, form: &mut UserForm, values: &Values) -> Result<Option<bool>, ObjectError> {
    let mut active = None;
    for (name, value) in values {
        let given = text(call.model, call.settable(name)?, value)?;
        match name.as_str() {
            // Odoo's codes name the country too: fr_FR.
            "lang" => drop(form.set("language", given.split('_').next().unwrap_or_default())),
            "tz" => drop(form.set("time_zone", &given)),
            "active" => active = Some(!given.is_empty()),
            name => model::put(form, name, &given),
        }
    }
    Ok(active)
}

/// Of Odoo's groups those that say here what they say there; nobody is in any other.
fn has_group(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    let mut group = arguments.required("group_ext_id")?;
    // From Odoo 19 on it is asked of an account, which is here the caller's.
    if group.is_array() {
        group = arguments.required("group_ext_id")?;
    }
    arguments.end()?;
    Ok(Value::Bool(match group.as_str() {
        Some("base.group_user") => true,
        Some("base.group_system" | "base.group_erp_manager") => call.caller.role == Role::SystemAdmin,
        _ => false,
    }))
}

fn context(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    // Odoo's clients send an empty list, or nothing.
    arguments.optional("ids");
    arguments.end()?;
    let (lang, tz) = users::language_and_zone(call.app, call.caller)?;
    let is_of = |code: &&str| code.split('_').next() == Some(&lang);
    let lang = LANGUAGES.iter().map(|(code, _)| *code).find(is_of).unwrap_or("en_US");
    Ok(json!({"lang": lang, "tz": tz, "uid": call.caller.user.map(|user| user.0)}))
}

/// `res.partner`: contacts, with OpenSPP's `is_registrant` and `is_group`.
#[derive(Debug)]
pub(super) struct Contacts;

impl Model for Contacts {
    fn describe(&self) -> Description {
        let mut f = ModelBuilder::new("t.name").dates().authors(partner_sql::MADE_BY, partner_sql::CHANGED_BY);
        f.add("name", "Name", Char, "t.name").required();
        f.add("email", "Email", Char, "t.email");
        f.add("email_normalized", "Normalized Email", Char, "t.email_normalized").readonly();
        f.add("phone", "Phone", Char, "t.phone");
        f.add("is_registrant", "Registrant", Boolean, "t.is_registrant");
        f.add("is_group", "Group", Boolean, "t.is_group");
        f.add("is_company", "Is a Company", Boolean, "t.is_company");
        f.add("company_type", "Company Type", Selection, partner_sql::COMPANY_TYPE)
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
        fill_contact(call, &mut typed, values)?;
        Ok(partners::create_in(db, call.caller, &typed)?.0)
    }

    fn write(&self, call: &ApiCall<'_>, db: &mut Db, id: i32, values: &Values) -> Result<(), ObjectError> {
        let id = PartnerId(id);
        let mut typed = TypedPartner::of(&partners::get_in(db, call.caller, id)?);
        fill_contact(call, &mut typed, values)?;
        Ok(partners::change_in(db, call.caller, id, &typed)?)
    }
}

fn fill_contact(call: &ApiCall<'_>, typed: &mut TypedPartner, values: &Values) -> Result<(), ObjectError> {
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
