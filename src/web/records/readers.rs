//! Who sees a record: named by those who see it themselves; a system admin who does not may name themselves.

use rocket::{get, post};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::path;
use crate::domain::id::{RecordId, TeamId, UserId};
use crate::domain::words;
use crate::operations::confidential;
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

/// Below a record's own.
pub(super) fn of(model: &str, id: RecordId) -> String {
    format!("{}/readers", path(model, id))
}

#[get("/records/<model>/<id>/readers")]
pub(super) async fn show(visitor: Visitor<'_>, model: &str, id: i32) -> PageAnswer {
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
        path: of(model, id),
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
pub(super) async fn save(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let (of_type, id) = (model.to_owned(), RecordId(id));
    let ids = |name: &'static str| form.all(name).filter_map(|id| id.parse::<i32>().ok()).collect::<Vec<_>>();
    let people: Vec<UserId> = ids("people").into_iter().map(UserId).collect();
    let teams: Vec<TeamId> = ids("teams").into_iter().map(TeamId).collect();
    visitor.run(move |app, caller| confidential::name(app, caller, &of_type, id, (&people, &teams))).await?;
    Ok(done(&visitor, model, id))
}

#[post("/records/<model>/<id>/readers/me", data = "<_form>")]
pub(super) async fn me(visitor: Visitor<'_>, model: &str, id: i32, _form: Posted) -> PageAnswer {
    let (of_type, id) = (model.to_owned(), RecordId(id));
    visitor.run(move |app, caller| confidential::name_me(app, caller, &of_type, id)).await?;
    Ok(done(&visitor, model, id))
}

#[post("/records/<model>/<id>/conceal", data = "<form>")]
pub(super) async fn conceal(visitor: Visitor<'_>, model: &str, id: i32, form: Posted) -> PageAnswer {
    let (of_type, id, on) = (model.to_owned(), RecordId(id), form.get("on") == "1");
    visitor.run(move |app, caller| confidential::conceal(app, caller, &of_type, id, on)).await?;
    Ok(done(&visitor, model, id))
}

fn done(visitor: &Visitor<'_>, model: &str, id: RecordId) -> Reply {
    Reply::go(of(model, id)).flash(Tone::Good, words::text(visitor.language(), "saved"))
}
