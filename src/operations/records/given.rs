//! Values that a client or an alias gives for records that mail will make: checked before there is any record, as on
//! its page.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{PRIORITIES, field};
use crate::domain::Invalid;
use crate::domain::id::PartnerId;
use crate::domain::module::Module;
use crate::domain::words::Sentence;
use crate::say;
use crate::store::{Db, StoreError, categories, partners, records as stored, users};

const MAX_TITLE: usize = 500;
const MAX_DESCRIPTION: usize = 100_000;

/// The values as `routing` puts them into a record, or what is wrong with them. Fields as in `super::create`;
/// `stage_id` takes a stage's code or id. What is empty is left to the mail.
pub fn given(
    db: &mut Db,
    module: &Module,
    typed: &BTreeMap<String, String>,
) -> Result<Result<Map<String, Value>, Vec<Invalid>>, StoreError> {
    let (mut values, mut invalid) = (Map::new(), Vec::new());
    for (name, text) in typed {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        match one(db, module, name, text)? {
            Ok(value) => {
                values.insert(name.clone(), value);
            }
            Err(wrong) => invalid.push(wrong),
        }
    }
    Ok(if invalid.is_empty() { Ok(values) } else { Err(invalid) })
}

fn one(db: &mut Db, module: &Module, name: &str, text: &str) -> Result<Result<Value, Invalid>, StoreError> {
    let wrong = |words: Sentence| Ok(Err(Invalid::new(name.to_owned(), words)));
    let at_most = |most: usize| match text.chars().count() <= most {
        true => Ok(Ok(Value::from(text))),
        false => wrong(say!("given-long", name, most)),
    };
    let id = text.parse::<i32>().ok();
    match name {
        "name" | "partner_name" | "partner_email" => at_most(MAX_TITLE),
        "description" => at_most(MAX_DESCRIPTION),
        "priority" if PRIORITIES.iter().any(|(code, _)| *code == text) => Ok(Ok(Value::from(text))),
        "priority" => wrong(say!("given-priority", text)),
        "stage_id" => {
            let stages = stored::stages(db, &module.model)?;
            match stages.iter().find(|stage| stage.code == text || Some(stage.id.0) == id) {
                Some(stage) => Ok(Ok(Value::from(stage.id.0))),
                None => wrong(say!("given-stage", label = module.label, text)),
            }
        }
        "user_id" => match users::assignees(db)?.iter().find(|(user, _)| Some(user.0) == id) {
            Some((user, _)) => Ok(Ok(Value::from(user.0))),
            None => wrong(say!("given-user", text)),
        },
        "partner_id" => match id.map(|id| partners::find(db, PartnerId(id))).transpose()?.flatten() {
            Some(partner) => Ok(Ok(Value::from(partner.id.0))),
            None => wrong(say!("given-contact", text)),
        },
        _ if module.category().is_some_and(|field| field.name == name) => {
            let all = categories::all(db, &module.model)?;
            match all.iter().find(|category| Some(category.id.0) == id && category.active) {
                Some(category) => Ok(Ok(Value::from(category.id.0))),
                None => wrong(say!("given-category", label = module.label, text)),
            }
        }
        _ if module.tags().is_some_and(|field| field.name == name) => {
            let all = categories::tags(db, &module.model)?;
            let known = |text: &str| all.iter().find(|tag| tag.active && text.trim().parse() == Ok(tag.id.0));
            let given: Vec<&str> = text.split(',').filter(|one| !one.trim().is_empty()).collect();
            match given.iter().find(|one| known(one).is_none()) {
                Some(other) => wrong(say!("given-tag", label = module.label, text = other.trim())),
                None => Ok(Ok(given.iter().filter_map(|one| Some(known(one)?.id.0)).collect())),
            }
        }
        _ => match field::editable(module).find(|field| field.name == name) {
            Some(field) => Ok(field::parse(field, text)),
            None => wrong(say!("given-field", label = module.label, name)),
        },
    }
}
