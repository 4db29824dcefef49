//! The *Settings* page, with the developer mode at its foot.

use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;

use super::csrf::Posted;
use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use crate::operations::{proxy, sessions, users};

pub(super) fn routes() -> Vec<Route> {
    routes![show, developer_mode]
}

#[get("/settings")]
async fn show(visitor: Visitor<'_>) -> PageAnswer {
    let users = visitor.run(users::list).await?;
    let active = users.iter().filter(|user| user.active).count();
    let proxy = visitor.run(proxy::noticed).await?;
    let version = env!("CARGO_PKG_VERSION");
    Ok(Reply::page("settings/settings.html", context! { active_users: active, version, proxy }))
}

#[post("/settings/developer-mode", data = "<form>")]
async fn developer_mode(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let (session, on) = (visitor.session.clone(), form.get("active") == "1");
    visitor.run(move |app, caller| sessions::set_developer_mode(app, caller, &session, on)).await?;
    Ok(Reply::go("/settings"))
}
