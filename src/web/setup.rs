//! The first administrator.

use rocket::http::{CookieJar, Status};
use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;

use super::cookies;
use super::csrf::Posted;
use super::forms::{TypedFields, field_errors};
use super::guards::{WebVisit, blocking};
use super::render::{PageAnswer, Reply};
use crate::domain::Invalid;
use crate::operations::users::UserForm;
use crate::operations::{OperationError, setup};

pub(super) fn routes() -> Vec<Route> {
    routes![show, finish]
}

/// The token is typed: in an address it would stand in histories and in a proxy's log.
#[get("/setup")]
async fn show(visit: &WebVisit) -> PageAnswer {
    let app = visit.app.clone();
    if !blocking(move || setup::is_needed(&app)).await? {
        return Ok(Reply::go("/login"));
    }
    Ok(Reply::page("setup/setup.html", context! { token: "", name: "", login: "" }))
}

#[post("/setup", data = "<form>")]
async fn finish(visit: &WebVisit, jar: &CookieJar<'_>, form: Posted) -> PageAnswer {
    let (app, address) = (visit.app.clone(), visit.address);
    let token = form.get("token").to_owned();
    let user = UserForm::with(["login", "name", "password"].map(|field| (field, form.get(field))));
    match blocking(move || setup::finish(&app, &token, &user, address)).await {
        Ok(session) => {
            cookies::set_session(jar, &visit.app.config, &session);
            Ok(Reply::go("/"))
        }
        Err(OperationError::Invalid(errors)) => Ok(page(&form, &errors).status(Status::UnprocessableEntity)),
        Err(error) => Err(error.into()),
    }
}

/// The form with what was typed.
pub(super) fn page(form: &TypedFields, errors: &[Invalid]) -> Reply {
    let (token, name, login) = (form.get("token"), form.get("name"), form.get("login"));
    Reply::page("setup/setup.html", context! { token, name, login, errors: field_errors(errors) })
}
