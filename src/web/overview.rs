//! The first page: what needs attention.

use rocket::{Route, get, routes};
use rocket_dyn_templates::context;

use super::expiries::ExpiryShown;
use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use crate::domain::now;
use crate::operations::{expiries, kept, overview, proxy};

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
    let kept: Vec<_> = kept.into_iter().map(|(id, at)| (id.0, at)).collect();
    Ok(Reply::page("overview/overview.html", context! { overview, kept, proxy, ends }))
}
