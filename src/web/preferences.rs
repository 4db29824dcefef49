//! What everybody sets for themselves.

use rocket::http::Status;
use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;

use super::cookies::Tone;
use super::csrf::Posted;
use super::forms::{FieldError, field_errors};
use super::guards::Visitor;
use super::render::{Answer, Reply};
use super::{users, words};
use crate::domain::secret::Secret;
use crate::operations::users::LANGUAGES;
use crate::operations::{OperationError, preferences};

pub fn routes() -> Vec<Route> {
    routes![show, save, change_password]
}

fn page(language: &str, time_zone: &str, errors: &[FieldError]) -> Reply {
    let (languages, time_zones) = (LANGUAGES, users::time_zones(time_zone));
    Reply::page("preferences/preferences.html", context! { language, time_zone, errors, languages, time_zones })
}

#[get("/preferences")]
async fn show(visitor: Visitor<'_>) -> Answer {
    let user = &visitor.session.user;
    Ok(page(&user.language, &user.time_zone, &[]))
}

#[post("/preferences", data = "<form>")]
async fn save(visitor: Visitor<'_>, form: Posted) -> Answer {
    let (language, zone) = (form.get("language").to_owned(), form.get("time_zone").to_owned());
    let session = visitor.session.clone();
    let result = visitor.run(move |app, caller| preferences::set(app, caller, &session, &language, &zone)).await;
    match result {
        Ok(()) => Ok(Reply::go("/preferences").flash(Tone::Good, words::text(form.get("language"), "saved"))),
        Err(OperationError::Invalid(errors)) => {
            let page = page(form.get("language"), form.get("time_zone"), &field_errors(&errors));
            Ok(page.status(Status::UnprocessableEntity))
        }
        Err(error) => Err(error.into()),
    }
}

#[post("/preferences/password", data = "<form>")]
async fn change_password(visitor: Visitor<'_>, form: Posted) -> Answer {
    let (current, new) = (Secret::new(form.get("current_password")), Secret::new(form.get("new_password")));
    let session = visitor.session.clone();
    let result =
        visitor.run(move |app, caller| preferences::change_password(app, caller, &session, &current, &new)).await;
    match result {
        Ok(()) => {
            let text = words::text(visitor.language(), "preferences-password-changed");
            Ok(Reply::go("/preferences").flash(Tone::Good, text))
        }
        Err(OperationError::Invalid(errors)) => {
            let user = &visitor.session.user;
            let page = page(&user.language, &user.time_zone, &field_errors(&errors));
            Ok(page.status(Status::UnprocessableEntity))
        }
        Err(error) => Err(error.into()),
    }
}
