//! Teams under Settings, and the list of confidential records for administrators.

use rocket::http::Status;
use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::cookies::Tone;
use super::csrf::Posted;
use super::forms::{TypedFields, field_errors};
use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use crate::domain::Invalid;
use crate::domain::id::{ServerId, TeamId, UserId};
use crate::domain::words::{self, Sentence};
use crate::operations::teams::{self, Team, TeamReach};
use crate::operations::{OperationError, confidential};

pub(super) fn routes() -> Vec<Route> {
    routes![list, form, save, delete, secret]
}

const PATH: &str = "/settings/teams";

#[get("/settings/teams")]
async fn list(visitor: Visitor<'_>) -> PageAnswer {
    let all = visitor.run(teams::list).await?;
    let unnamed = visitor.run(confidential::unnamed).await?;
    let one = |(team, reach): &(Team, TeamReach)| {
        json!({
            "path": format!("{PATH}/{}", team.id),
            "name": team.name,
            "members": reach.members.len(),
            "servers": reach.servers.len(),
            "types": reach.models.len(),
        })
    };
    let rows: Vec<Value> = all.iter().map(one).collect();
    Ok(Reply::page("teams/list.html", context! { rows, path: PATH, unnamed }))
}

/// `id` is a number, or `new`.
#[get("/settings/teams/<id>")]
async fn form(visitor: Visitor<'_>, id: &str) -> PageAnswer {
    shown(&visitor, id, None, Vec::new()).await
}

#[post("/settings/teams/<id>", data = "<form>")]
async fn save(visitor: Visitor<'_>, id: &str, form: Posted) -> PageAnswer {
    let (team, name, reach) = (id.parse().ok().map(TeamId), form.get("name").to_owned(), typed(&form));
    match visitor.run(move |app, caller| teams::save(app, caller, team, &name, &reach)).await {
        Ok(_) => Ok(Reply::go(PATH).flash(Tone::Good, words::text(visitor.language(), "saved"))),
        Err(OperationError::Invalid(errors)) => shown(&visitor, id, Some(&form), errors).await,
        Err(error) => Err(error.into()),
    }
}

#[post("/settings/teams/<id>/delete", data = "<_form>")]
async fn delete(visitor: Visitor<'_>, id: i32, _form: Posted) -> PageAnswer {
    visitor.run(move |app, caller| teams::delete(app, caller, TeamId(id))).await?;
    Ok(Reply::go(PATH).flash(Tone::Good, words::text(visitor.language(), "teams-deleted")))
}

fn typed(form: &TypedFields) -> TeamReach {
    let ids = |name: &'static str| form.all(name).filter_map(|id| id.parse::<i32>().ok()).collect::<Vec<_>>();
    TeamReach {
        members: ids("members").into_iter().map(UserId).collect(),
        servers: ids("servers").into_iter().map(ServerId).collect(),
        models: form.all("types").map(str::to_owned).collect(),
    }
}

async fn shown(visitor: &Visitor<'_>, id: &str, form: Option<&TypedFields>, errors: Vec<Invalid>) -> PageAnswer {
    let number = id.parse().ok().map(TeamId);
    let (all, offer) = visitor.run(|app, caller| Ok((teams::list(app, caller)?, teams::offer(app, caller)?))).await?;
    let known = all.into_iter().find(|(team, _)| Some(team.id) == number);
    if id != "new" && known.is_none() {
        return Ok(Reply::go(PATH));
    }
    let (name, reach) = match (form, &known) {
        (Some(form), _) => (form.get("name").to_owned(), typed(form)),
        (None, Some((team, reach))) => (team.name.clone(), reach.clone()),
        (None, None) => (String::new(), TeamReach::default()),
    };
    let box_of = |value: String, label: Sentence, on: bool| json!({"value": value, "label": label, "on": on});
    let people = offer.people.iter();
    let people =
        people.map(|(user, name)| box_of(user.to_string(), Sentence::verbatim(&**name), reach.members.contains(user)));
    let servers = offer.servers.iter();
    let servers = servers
        .map(|(server, name)| box_of(server.to_string(), Sentence::verbatim(&**name), reach.servers.contains(server)));
    let types = offer.types.iter();
    let types = types.map(|(model, label)| box_of(model.clone(), label.clone(), reach.models.contains(model)));
    let context = context! {
        list_path: PATH,
        path: format!("{PATH}/{id}"),
        known: known.as_ref().map(|(team, _)| &team.name),
        name,
        people: people.collect::<Vec<_>>(),
        servers: servers.collect::<Vec<_>>(),
        types: types.collect::<Vec<_>>(),
        errors: field_errors(&errors),
    };
    let status = if errors.is_empty() { Status::Ok } else { Status::UnprocessableEntity };
    Ok(Reply::page("teams/form.html", context).status(status))
}

#[get("/settings/confidential")]
async fn secret(visitor: Visitor<'_>) -> PageAnswer {
    let all = visitor.run(confidential::list).await?;
    let row = |(line, named): &(confidential::ConfidentialLine, confidential::NamedReaders)| {
        json!({
            "path": format!("/records/{}/{}/readers", line.model, line.id),
            "number": line.number,
            "stage": line.stage.words(),
            "closed": line.stage.closed,
            "made": line.create_date,
            "named": named,
            "nobody": named.is_empty(),
        })
    };
    let rows: Vec<Value> = all.iter().map(row).collect();
    Ok(Reply::page("teams/confidential.html", context! { rows, list_path: PATH }))
}

/// The page of a form with what was typed: see [`super::again`].
pub(super) async fn again(visitor: &Visitor<'_>, rest: &[&str], form: &TypedFields) -> Option<PageAnswer> {
    match rest {
        [id] => Some(shown(visitor, id, Some(form), Vec::new()).await),
        _ => None,
    }
}
