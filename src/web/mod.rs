//! The pages: a face over `operations`. Plain forms first; htmx only makes them pleasant.
//!
//! # How to add a page
//!
//! 1. A file here with its handlers, one small function each, and its routes in `routes`:
//!    ```text
//!    #[get("/settings/things/<id>")]
//!    async fn show(visitor: Visitor<'_>, id: i32) -> Answer {
//!        let thing = visitor.run(move |app, caller| operations::things::get(app, caller, id)).await?;
//!        Ok(Reply::page("things/form.html", context! { thing }))
//!    }
//!
//!    #[post("/settings/things/<id>", data = "<form>")]
//!    async fn save(visitor: Visitor<'_>, id: i32, form: Posted) -> Answer {
//!        match visitor.submit(move |app, caller| operations::things::save(app, caller, id, …)).await? {
//!            Ok(()) => Ok(Reply::done(&visitor, "/settings/things", "saved")),
//!            // The same form with what was typed, answered 422.
//!            Err(errors) => Ok(Reply::page("things/form.html", context! {
//!                thing: typed, errors: field_errors(&errors) }).unprocessable_if(true)),
//!        }
//!    }
//!    ```
//!    [`Visitor`](guards::Visitor) is somebody signed in (others are sent to `/login`); `run` calls a blocking
//!    operation; `?` turns an [`OperationError`](crate::operations::OperationError) into its page (403, 404,
//!    409, 422, 503). [`Posted`](forms::Posted) refuses a form without its CSRF token.
//! 2. A template below `templates/` (compiled in; `things/form.html.tera` is known as
//!    `things/form.html`). It extends `base.html` and fills the blocks `title`, `heading`, `crumbs`,
//!    `actions`, `bar_end`, `content`;
//!    `templates/users/form.html.tera` is an example. Macros stand in `templates/common/`.
//!    Everywhere, macros included, there are `t(key="…", …)` for words, `url(path="/…")` for links within
//!    Mailgate, `asset(path="…")`, `csrf()` for the hidden field of a form, and the filters `ago`, `moment`,
//!    `bytes`. `page` holds the layout (`page.user`, `page.developer_mode`, `page.htmx`, …).
//! 3. Words in `templates/locales/en/*.ftl`, one file per page group; keys begin with the group's name.
//!    From Rust: [`words::text`](crate::domain::words::text), [`say!`](crate::say). A
//!    [`Sentence`](crate::domain::words::Sentence) in a context is said in the reader's language where it is shown.

mod accounts;
mod aliases;
mod assets;
mod audit;
mod categories;
mod confidential;
mod connections;
mod contacts;
mod download;
pub mod errors;
pub mod forms;
pub mod guards;
mod health;
mod messages;
mod outgoing;
mod overview;
mod posts;
mod providers;
mod records;
pub mod render;
mod servers;
mod settings;
mod sheet;
mod sign_in;

use std::sync::Arc;

use rocket::{Build, Rocket, Route};

use crate::operations::App;

/// All pages, the one list to look at.
fn routes() -> Vec<Route> {
    [
        assets::routes(),
        health::routes(),
        sign_in::routes(),
        overview::routes(),
        records::routes(),
        contacts::routes(),
        messages::routes(),
        settings::routes(),
        categories::routes(),
        servers::routes(),
        aliases::routes(),
        connections::routes(),
        providers::routes(),
        accounts::routes(),
        confidential::routes(),
        accounts::own_routes(),
        audit::routes(),
        forms::routes(),
    ]
    .concat()
}

/// Mounts the pages at the root and at `PUBLIC_URL`'s path, so that a proxy may strip the path or keep it.
pub fn mount(rocket: Rocket<Build>, app: &Arc<App>) -> Rocket<Build> {
    let mut rocket = outgoing::attach(rocket)
        .manage(crate::operations::overview::BannerCache::default())
        .attach(guards::UnknownProxy(app.clone()))
        .attach(render::engine())
        .attach(outgoing::PackedPages)
        .mount("/", routes())
        .mount("/", forms::everywhere())
        .register("/", errors::catchers());
    if !app.config.base_path().is_empty() {
        rocket = rocket.mount(app.config.base_path().to_owned(), routes());
    }
    rocket
}
