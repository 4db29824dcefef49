//! Who sees what is confidential: the teams under Settings, the list of confidential records for administrators, and
//! the page of one record that says who is named for it.

use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::forms::{Posted, TypedFields, field_errors};
use super::guards::Visitor;
use super::records::path;
use super::render::{PageAnswer, Reply};
use crate::domain::Invalid;
use crate::domain::id::{RecordId, ServerId, TeamId, UserId};
use crate::domain::words::Sentence;
use crate::operations::confidential::{self, Team, TeamReach};

pub(super) fn routes() -> Vec<Route> {
    routes![all_teams, team, save_team, delete_team, secret, readers, save_readers, name_me, conceal]
}

const PATH: &str = "/settings/teams";

#[get("/settings/teams")]
async fn all_teams(visitor: Visitor<'_>) -> PageAnswer {
    let all = visitor.run(confidential::all_teams).await?;
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
async fn team(visitor: Visitor<'_>, id: &str) -> PageAnswer {
    team_page(&visitor, id, None, Vec::new()).await
}

#[post("/settings/teams/<id>", data = "<form>")]
async fn save_team(visitor: Visitor<'_>, id: &str, form: Posted) -> PageAnswer {
    let (team, name, reach) = (id.parse().ok().map(TeamId), form.get("name").to_owned(), typed_team(&form));
    match visitor.submit(move |app, caller| confidential::save_team(app, caller, team, &name, &reach)).await? {
        Ok(_) => Ok(Reply::done(&visitor, PATH, "saved")),
        Err(errors) => team_page(&visitor, id, Some(&form), errors).await,
    }
}

#[post("/settings/teams/<id>/delete", data = "<_form>")]
async fn delete_team(visitor: Visitor<'_>, id: i32, _form: Posted) -> PageAnswer {
    visitor.run(move |app, caller| confidential::delete_team(app, caller, TeamId(id))).await?;
    Ok(Reply::done(&visitor, PATH, "teams-deleted"))
}

fn typed_team(form: &TypedFields) -> TeamReach {
    let ids = |name: &'static str| form.all(name).filter_map(|id| id.parse::<i32>().ok()).collect::<Vec<_>>();
    TeamReach {
        members: ids("members").into_iter().map(UserId).collect(),
        servers: ids("servers").into_iter().map(ServerId).collect(),
        models: form.all("types").map(str::to_owned).collect(),
    }
}

async fn team_page(visitor: &Visitor<'_>, id: &str, form: Option<&TypedFields>, errors: Vec<Invalid>) -> PageAnswer {
    let number = id.parse().ok().map(TeamId);
    let (all, offer) = visitor
        .run(|app, caller| Ok((confidential::all_teams(app, caller)?, confidential::team_offer(app, caller)?)))
        .await?;
    let known = all.into_iter().find(|(team, _)| Some(team.id) == number);
    if id != "new" && known.is_none() {
        return Ok(Reply::go(PATH));
    }
    let (name, reach) = match (form, &known) {
        (Some(form), _) => (form.get("name").to_owned(), typed_team(form)),
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
    Ok(Reply::page("teams/form.html", context).unprocessable_if(!errors.is_empty()))
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

/// The page of a form with what was typed: see [`super::forms::keep_for`].
pub(super) async fn again(visitor: &Visitor<'_>, rest: &[&str], form: &TypedFields) -> Option<PageAnswer> {
    match rest {
        [id] => Some(team_page(visitor, id, Some(form), Vec::new()).await),
        _ => None,
    }
}

// Who sees a record: named by those who see it themselves; a system admin who does not may name themselves.

/// Below a record's own.
pub(super) fn readers_path(model: &str, id: RecordId) -> String {
    format!("{}/readers", path(model, id))
}

#[get("/records/<model>/<id>/readers")]
pub(crate) async fn readers(visitor: Visitor<'_>, model: &str, id: i32) -> PageAnswer {
    let (of_type, id) = (model.to_owned(), RecordId(id));
    let readers = visitor.run(move |app, caller| confidential::readers(app, caller, &of_type, id)).await?;
    let named_so = |user: UserId| readers.named.people.iter().any(|(one, _)| *one == user);
    let one = |(user, name): &(UserId, String)| json!({"value": user.0, "label": name, "on": named_so(*user)});
    // Whoever is named and may not work on records any more stands there all the same.
    let gone = readers.named.people.iter().filter(|(user, _)| readers.people.iter().all(|(one, _)| one != user));
    let people: Vec<Value> = readers.people.iter().chain(gone).map(one).collect();
    let given = |team: TeamId| readers.named.teams.iter().any(|(one, _)| *one == team);
    let teams: Vec<Value> = readers
        .teams
        .iter()
        .map(|team| json!({"value": team.id.0, "label": team.name, "on": given(team.id)}))
        .collect();
    let context = context! {
        path: readers_path(model, id),
        record_path: path(model, id),
        number: &readers.number,
        label: &readers.module.label,
        stage: &readers.stage,
        confidential: readers.confidential,
        raised: readers.raised,
        sees: readers.sees,
        named: &readers.named,
        nobody: readers.named.is_empty(),
        people,
        teams,
    };
    Ok(Reply::page("records/readers.html", context))
}

#[post("/records/<model>/<id>/readers", data = "<form>")]
async fn save_readers(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let (of_type, id) = (model.to_owned(), RecordId(id));
    let ids = |name: &'static str| form.all(name).filter_map(|id| id.parse::<i32>().ok()).collect::<Vec<_>>();
    let people: Vec<UserId> = ids("people").into_iter().map(UserId).collect();
    let teams: Vec<TeamId> = ids("teams").into_iter().map(TeamId).collect();
    visitor.run(move |app, caller| confidential::name(app, caller, &of_type, id, (&people, &teams))).await?;
    Ok(readers_saved(&visitor, model, id))
}

#[post("/records/<model>/<id>/readers/me", data = "<_form>")]
pub(crate) async fn name_me(visitor: Visitor<'_>, model: &str, id: i32, _form: Posted) -> PageAnswer {
    let (of_type, id) = (model.to_owned(), RecordId(id));
    visitor.run(move |app, caller| confidential::name_me(app, caller, &of_type, id)).await?;
    Ok(readers_saved(&visitor, model, id))
}

#[post("/records/<model>/<id>/conceal", data = "<form>")]
pub(crate) async fn conceal(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let (of_type, id, on) = (model.to_owned(), RecordId(id), form.get("on") == "1");
    visitor.run(move |app, caller| confidential::conceal(app, caller, &of_type, id, on)).await?;
    Ok(readers_saved(&visitor, model, id))
}

fn readers_saved(visitor: &Visitor<'_>, model: &str, id: RecordId) -> Reply {
    Reply::done(visitor, readers_path(model, id), "saved")
}
