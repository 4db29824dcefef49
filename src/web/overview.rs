//! The first page: what needs attention.

use rocket::{Route, get, routes};
use rocket_dyn_templates::context;
use serde_json::json;

use super::expiries::ExpiryShown;
use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use crate::domain::now;
use crate::operations::overview::RecordCounts;
use crate::operations::{expiries, kept, overview, proxy};
use crate::web::records::list;

pub fn routes() -> Vec<Route> {
    routes![show]
}

#[get("/")]
async fn show(visitor: Visitor<'_>) -> PageAnswer {
    let overview = visitor.run(overview::overview).await?;
    let kept = visitor.run(kept::waiting).await?;
    let proxy = visitor.run(proxy::noticed).await?;
    let line = visitor.run(expiries::line).await?;
    let ends = line.as_ref().map(|line| {
        let next = line.next.as_ref().map(|next| ExpiryShown::of(next, now()));
        context! { soon: line.soon, unknown: line.unknown, next }
    });
    // Their numbers as people read them, and the person's own work as lists show it.
    let work = |one: &RecordCounts| {
        let number = |count: i64| list::counted(&visitor, count);
        json!({
            "model": &one.model,
            "label": &one.label,
            "none": one.none,
            "new_mail": number(one.new_mail),
            "mine": number(one.mine),
            "unassigned": number(one.unassigned),
            "open": number(one.open),
            "has_new_mail": one.new_mail > 0,
            "lines": list::lines(&one.work, &one.gists),
            "heads": list::plain_heads(&visitor),
        })
    };
    let records: Vec<_> = overview.records.iter().map(work).collect();
    let kept: Vec<_> = kept.into_iter().map(|(id, at)| (id.0, at)).collect();
    Ok(Reply::page("overview/overview.html", context! { records, overview: &overview, kept, proxy, ends }))
}
