//! One search for all records and contacts, at the top of every page.

use rocket::{Route, get, routes};
use rocket_dyn_templates::context;
use serde_json::json;

use super::guards::Visitor;
use super::records::list;
use super::render::{PageAnswer, Reply};
use crate::domain::words;
use crate::operations::records::{self, FoundAnywhere};
use crate::operations::{indexing, partners};
use crate::web::forms::query_string;

pub(super) fn routes() -> Vec<Route> {
    routes![show]
}

#[get("/search?<q>")]
async fn show(visitor: Visitor<'_>, q: Option<&str>) -> PageAnswer {
    let words = q.unwrap_or_default().to_owned();
    if words.trim().is_empty() {
        return Ok(Reply::page("search/search.html", context! { q: "" }));
    }
    let asked = words.clone();
    let (found, contacts, behind) = visitor
        .run(move |app, caller| {
            let found = records::find(app, caller, &asked)?;
            Ok((found, partners::search(app, caller, &asked)?, indexing::behind(app)?))
        })
        .await?;
    let found = match found {
        FoundAnywhere::All(found) => found,
        // Whoever types a number wants the record.
        FoundAnywhere::One(model, id) => return Ok(Reply::go(format!("/records/{model}/{id}"))),
    };
    let kept = query_string([("show", "all"), ("q", &words)]);
    let groups = found.iter().filter(|group| !group.lines.is_empty()).map(|group| {
        json!({
            "path": format!("/records/{}", group.module.model),
            "label": group.module.label_plural,
            "lines": list::with_matches(list::lines(&group.lines, &group.gists), &group.matched),
            "more": group.more,
        })
    });
    let context = context! {
        groups: groups.collect::<Vec<_>>(),
        heads: list::plain_heads(&visitor),
        behind: list::behind(&kept),
        kept: &kept,
        contacts,
        indexed: behind.percent(),
        pending: (behind.changes > indexing::MANY).then(|| words::number(visitor.language(), behind.changes as f64)),
        q: &words,
    };
    Ok(Reply::page("search/search.html", context))
}
