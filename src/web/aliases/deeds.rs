//! The buttons beside the form: archive, unarchive, delete.

use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;

use super::{BASE, page_of};
use crate::domain::id::AliasId;
use crate::operations::aliases;
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::guards::Visitor;
use crate::web::render::{Answer, Reply};
use crate::web::words;

pub fn routes() -> Vec<Route> {
    routes![archive, unarchive, ask_delete, delete]
}

#[post("/settings/technical/email/aliases/<id>/archive", data = "<_posted>")]
async fn archive(visitor: Visitor<'_>, id: i32, _posted: Posted) -> Answer {
    visitor.run(move |app, caller| aliases::archive(app, caller, AliasId(id))).await?;
    Ok(go(&visitor, id, "aliases-archived-done"))
}

#[post("/settings/technical/email/aliases/<id>/unarchive", data = "<_posted>")]
async fn unarchive(visitor: Visitor<'_>, id: i32, _posted: Posted) -> Answer {
    visitor.run(move |app, caller| aliases::unarchive(app, caller, AliasId(id))).await?;
    Ok(go(&visitor, id, "aliases-unarchived"))
}

fn go(visitor: &Visitor<'_>, id: i32, key: &str) -> Reply {
    Reply::go(page_of(id)).flash(Tone::Good, words::text(visitor.language(), key))
}

/// Names what goes and what stays, before anything goes.
#[get("/settings/technical/email/aliases/<id>/delete")]
async fn ask_delete(visitor: Visitor<'_>, id: i32) -> Answer {
    let view = visitor.run(move |app, caller| aliases::get(app, caller, AliasId(id))).await?;
    let address = view.alias.address.to_string();
    Ok(Reply::page("aliases/delete.html", context! { base: BASE, id, address }))
}

#[post("/settings/technical/email/aliases/<id>/delete", data = "<_posted>")]
async fn delete(visitor: Visitor<'_>, id: i32, _posted: Posted) -> Answer {
    let address = visitor
        .run(move |app, caller| {
            let address = aliases::get(app, caller, AliasId(id))?.alias.address.to_string();
            aliases::delete(app, caller, AliasId(id))?;
            Ok(address)
        })
        .await?;
    let words = words::with(visitor.language(), "aliases-deleted", &[("address", address.into())]);
    Ok(Reply::go(BASE).flash(Tone::Good, words))
}
