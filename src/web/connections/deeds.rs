//! The buttons beside the form: archive, take back into use, delete.

use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;

use super::{BASE, page_of};
use crate::domain::id::ConnectionId;
use crate::operations::{OperationError, connections};
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::guards::Visitor;
use crate::web::render::{Answer, Reply};
use crate::web::words;

pub fn routes() -> Vec<Route> {
    routes![archive, unarchive, ask_delete, delete]
}

#[post("/settings/technical/email/connections/<id>/archive", data = "<_posted>")]
async fn archive(visitor: Visitor<'_>, id: i32, _posted: Posted) -> Answer {
    visitor.run(move |app, caller| connections::archive(app, caller, ConnectionId(id))).await?;
    Ok(go(&visitor, id, "connections-archived-done"))
}

#[post("/settings/technical/email/connections/<id>/unarchive", data = "<_posted>")]
async fn unarchive(visitor: Visitor<'_>, id: i32, _posted: Posted) -> Answer {
    visitor.run(move |app, caller| connections::unarchive(app, caller, ConnectionId(id))).await?;
    Ok(go(&visitor, id, "connections-unarchived"))
}

/// Names what goes and what stays, before anything goes.
#[get("/settings/technical/email/connections/<id>/delete")]
async fn ask_delete(visitor: Visitor<'_>, id: i32) -> Answer {
    let view = visitor.run(move |app, caller| connections::get(app, caller, ConnectionId(id))).await?;
    Ok(Reply::page("connections/delete.html", context! { base: BASE, id, name: view.connection.name }))
}

#[post("/settings/technical/email/connections/<id>/delete", data = "<_posted>")]
async fn delete(visitor: Visitor<'_>, id: i32, _posted: Posted) -> Answer {
    let deleted = visitor.run(move |app, caller| {
        let name = connections::get(app, caller, ConnectionId(id))?.connection.name;
        connections::delete(app, caller, ConnectionId(id))?;
        Ok(name)
    });
    match deleted.await {
        Ok(name) => {
            let words = words::with(visitor.language(), "connections-deleted", &[("name", name.into())]);
            Ok(Reply::go(BASE).flash(Tone::Good, words))
        }
        Err(OperationError::Refused(words)) => Ok(Reply::go(page_of(id)).flash(Tone::Bad, words)),
        Err(error) => Err(error.into()),
    }
}

fn go(visitor: &Visitor<'_>, id: i32, key: &str) -> Reply {
    Reply::go(page_of(id)).flash(Tone::Good, words::text(visitor.language(), key))
}
