//! Signing in and out; in an empty installation, its first administrator begins here.

use rocket::http::{CookieJar, Status};
use rocket::{Route, get, post, routes};
use rocket_dyn_templates::context;

use super::forms::{self, Posted, TypedFields, field_errors};
use super::guards::{self, Tone, Visitor, WebVisit, blocking};
use super::render::{PageAnswer, Reply};
use crate::domain::secret::Secret;
use crate::domain::{Invalid, words};
use crate::operations::sign_in::{Cookies, SignInError};
use crate::operations::users::{self, UserForm};
use crate::operations::{self, OperationError, sessions};

pub(super) fn routes() -> Vec<Route> {
    routes![show_login, sign_in, sign_out, show_setup, finish_setup]
}

#[get("/login?<next>")]
async fn show_login(visit: &WebVisit, next: Option<&str>) -> PageAnswer {
    if visit.session.is_some() {
        return Ok(Reply::go(local(next.unwrap_or_default())));
    }
    let app = visit.app.clone();
    if blocking(move || users::is_setup_needed(&app)).await? {
        return Ok(Reply::go("/setup"));
    }
    Ok(login_page(visit, "", next.unwrap_or_default()))
}

/// `next` is where to go afterwards: to a form that waits, where somebody was signed out while he wrote.
pub(super) fn login_page(visit: &WebVisit, login: &str, next: &str) -> Reply {
    let page = Reply::page("login/login.html", context! { login, next });
    match next.starts_with(forms::KEPT_PATH) {
        true => page.saying(Tone::Warning, words::text(visit.language(), "kept-sign-in")),
        false => page,
    }
}

#[post("/login", data = "<form>")]
async fn sign_in(visit: &WebVisit, jar: &CookieJar<'_>, form: Posted) -> PageAnswer {
    let (app, address) = (visit.app.clone(), visit.address);
    let (login, password) = (form.get("login").to_owned(), Secret::new(form.get("password")));
    let config = &visit.app.config;
    let sent = Cookies { session: guards::session(jar, config), device: guards::device(jar, config) };
    let result = blocking(move || operations::sign_in::sign_in(&app, &login, &password, address, &sent)).await;
    let next = form.get("next");
    let again = |message: String| {
        login_page(visit, form.get("login"), next).saying(Tone::Bad, message).status(Status::UnprocessableEntity)
    };
    match result {
        Ok(session) => {
            guards::set_session(jar, &visit.app.config, &session);
            Ok(Reply::go(local(next)))
        }
        Err(SignInError::Wrong) => Ok(again(words::text(visit.language(), "login-wrong"))),
        Err(SignInError::TooMany { retry_after }) => {
            let message = words::with(visit.language(), "login-too-many", &[("seconds", retry_after.into())]);
            Ok(again(message).status(Status::TooManyRequests).retry_after(retry_after))
        }
        Err(SignInError::Other(OperationError::Refused(why))) => {
            Ok(again(why.in_language(visit.language())).status(Status::ServiceUnavailable).retry_after(5))
        }
        Err(SignInError::Other(error)) => Err(error.into()),
    }
}

#[post("/logout", data = "<_form>")]
async fn sign_out(visitor: Visitor<'_>, jar: &CookieJar<'_>, _form: Posted) -> PageAnswer {
    let session = visitor.session.clone();
    visitor.run(move |app, caller| sessions::sign_out(app, caller, &session)).await?;
    guards::remove_session(jar, &visitor.visit.app.config);
    Ok(Reply::go("/login"))
}

/// Only a path of ours: neither another host (`//host`, `/\host`) nor anything a browser would read as one.
fn local(next: &str) -> &str {
    let path = next.starts_with('/') && !next.starts_with("//");
    let plain = !next.contains('\\') && !next.chars().any(char::is_control);
    if path && plain { next } else { "/" }
}

/// The token is typed: in an address it would stand in histories and in a proxy's log.
#[get("/setup")]
async fn show_setup(visit: &WebVisit) -> PageAnswer {
    let app = visit.app.clone();
    if !blocking(move || users::is_setup_needed(&app)).await? {
        return Ok(Reply::go("/login"));
    }
    Ok(Reply::page("setup/setup.html", context! { token: "", name: "", login: "" }))
}

#[post("/setup", data = "<form>")]
async fn finish_setup(visit: &WebVisit, jar: &CookieJar<'_>, form: Posted) -> PageAnswer {
    let (app, address) = (visit.app.clone(), visit.address);
    let token = form.get("token").to_owned();
    let user = UserForm::with(["login", "name", "password"].map(|field| (field, form.get(field))));
    match blocking(move || users::finish_setup(&app, &token, &user, address)).await {
        Ok(session) => {
            guards::set_session(jar, &visit.app.config, &session);
            Ok(Reply::go("/"))
        }
        Err(OperationError::Invalid(errors)) => Ok(setup_page(&form, &errors).status(Status::UnprocessableEntity)),
        Err(error) => Err(error.into()),
    }
}

/// The form with what was typed.
pub(super) fn setup_page(form: &TypedFields, errors: &[Invalid]) -> Reply {
    let (token, name, login) = (form.get("token"), form.get("name"), form.get("login"));
    Reply::page("setup/setup.html", context! { token, name, login, errors: field_errors(errors) })
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_a_local_path_is_gone_to() {
        assert_eq!(local("/settings/users?page=2"), "/settings/users?page=2");
        for other in ["", "x", "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example"] {
            assert_eq!(local(other), "/", "{other:?}");
        }
    }
}
