//! *Fields there*: what each new record of the connected system gets beside what the mail says, chosen from what is there.

use std::collections::HashMap;

use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::{BASE, page_of};
use crate::domain::id::ServerId;
use crate::domain::words;
use crate::operations::OperationError;
use crate::operations::servers::{self, FarField, FarFields};
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

pub(super) fn routes() -> Vec<Route> {
    routes![show, save]
}

#[get("/settings/technical/email/incoming/<id>/fields")]
async fn show(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let id = ServerId(id);
    match visitor.run(move |app, caller| servers::far_fields(app, caller, id)).await {
        Ok(found) => Ok(page(&found)),
        Err(OperationError::Refused(why)) => {
            Ok(Reply::go(page_of(id)).flash(Tone::Bad, why.in_language(visitor.language())))
        }
        Err(error) => Err(error.into()),
    }
}

fn page(found: &FarFields) -> Reply {
    let server = &found.server;
    let field = |one: &FarField| -> Value {
        let set = server.far_values.get(&one.name).unwrap_or_default();
        let set: Vec<&str> = set.split(',').map(str::trim).filter(|value| !value.is_empty()).collect();
        // What is not among the choices any more stays chosen until somebody chooses otherwise.
        let gone = set.iter().filter(|value| !one.choices.iter().any(|(known, _)| known == *value));
        let gone: Vec<(String, String)> = gone.map(|value| ((*value).to_owned(), (*value).to_owned())).collect();
        let choices: Vec<Value> = one
            .choices
            .iter()
            .chain(&gone)
            .map(|(value, label)| json!({"value": value, "label": label, "chosen": set.contains(&value.as_str())}))
            .collect();
        json!({"name": one.name, "label": one.label, "several": one.several, "choices": choices})
    };
    let context = context! {
        base: BASE,
        path: page_of(server.id),
        name: &server.name,
        connection: &found.connection,
        model: &server.object_model,
        version: found.version,
        fields: found.fields.iter().map(field).collect::<Vec<_>>(),
    };
    Reply::page("servers/far_fields.html", context)
}

#[post("/settings/technical/email/incoming/<id>/fields", data = "<form>")]
async fn save(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = ServerId(id);
    let here = format!("{}/fields", page_of(id));
    let version = form.get("version").parse().unwrap_or_default();
    let chosen: HashMap<String, Vec<String>> = form
        .all("shown")
        .map(|name| {
            let values = form.all(name).filter(|value| !value.is_empty());
            (name.to_owned(), values.map(str::to_owned).collect())
        })
        .collect();
    let done = visitor.run(move |app, caller| servers::set_far_fields(app, caller, id, version, &chosen)).await;
    let language = visitor.language();
    match done {
        Ok(()) => Ok(Reply::go(page_of(id)).flash(Tone::Good, words::text(language, "servers-far-saved"))),
        Err(error @ (OperationError::Refused(_) | OperationError::Conflict(_) | OperationError::Invalid(_))) => {
            Ok(Reply::go(here).flash(Tone::Bad, error.complaint().in_language(language)))
        }
        Err(error) => Err(error.into()),
    }
}
