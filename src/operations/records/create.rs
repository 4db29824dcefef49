//! A record that a person or a client makes: what is not an e-mail, or not yet.

use std::collections::BTreeMap;

use serde_json::json;

use super::change::write_audit_of;
use super::{Edit, WRITERS, change, existing, field, module};
use crate::domain::audit::Action;
use crate::domain::id::RecordId;
use crate::domain::person::Caller;
use crate::domain::text::{fold, shorten, to_html};
use crate::domain::{Invalid, now};
use crate::operations::{App, OperationError, require};
use crate::store::records::{self, NewRecord};
use crate::store::{sequences, stages};

const MAX_TITLE: usize = 500;
const MAX_DESCRIPTION: usize = 100_000;

/// Makes a record of this type in its first stage. `values` as in [`Edit`], and `description` (plain text),
/// `partner_name` and `partner_email` besides.
pub fn create(
    app: &App,
    caller: &Caller,
    model: &str,
    values: &BTreeMap<String, String>,
) -> Result<RecordId, OperationError> {
    require(caller, &WRITERS, "make records")?;
    let module = module(app, model)?;
    let value = |name: &str| values.get(name).map_or("", |value| value.trim());
    let name = value("name");
    let title = field::label(module, "name", "Title");
    if name.is_empty() {
        return Err(Invalid::new("name", format!("{title} is required.")).into());
    }
    if name.chars().count() > MAX_TITLE || value("description").chars().count() > MAX_DESCRIPTION {
        let words = format!("{title} takes at most {MAX_TITLE} characters, the description {MAX_DESCRIPTION}.");
        return Err(Invalid::new("name", words).into());
    }
    let description = to_html(value("description"));
    let id = app.store.write(|db| {
        let first = stages::first(db, std::slice::from_ref(module))?;
        let stage = first.get(model).ok_or_else(|| {
            OperationError::NotFound(format!("The record type {model} has no stage; look at its module."))
        })?;
        let at = now();
        let number = sequences::number(db, module, at)?;
        let given = |name: &str| Some(value(name)).filter(|text| !text.is_empty());
        let (partner_name, partner_email) = (given("partner_name"), given("partner_email"));
        let who = [partner_name.unwrap_or_default(), partner_email.unwrap_or_default()].join(" ");
        let extra: serde_json::Map<_, _> = module
            .fields
            .iter()
            .filter_map(|field| Some((field.name.clone(), json!(field.default.as_ref()?))))
            .collect();
        let id = records::insert(
            db,
            &NewRecord {
                model,
                number: &number,
                name,
                description: &description,
                stage_id: stage.0,
                priority: "1",
                partner_id: None,
                partner_name,
                partner_email,
                extra: &serde_json::Value::Object(extra).to_string(),
                new_mail: false,
                last_mail_at: at,
                search: &fold(&[number.as_str(), name, &who, &shorten(value("description"), 4000)].join(" ")),
                create_date: at,
                write_date: at,
            },
        )?;
        let record = existing(db, module, id)?;
        write_audit_of(db, caller, Action::Create, &record, None, json!({"number": number, "name": name}))?;
        Ok::<_, OperationError>((id, record.version))
    })?;
    // The rest is what a person would set on the new record's page.
    let rest: BTreeMap<String, String> = values
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "name" | "description" | "partner_name" | "partner_email"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !rest.is_empty() {
        change(app, caller, model, id.0, &Edit { version: id.1, values: rest })?;
    }
    Ok(id.0)
}
