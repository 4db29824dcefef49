//! The first administrator.

use mailgate::operations::users;
use rocket::http::Status;

use super::site::Site;
use crate::support::app::PASSWORD;
use crate::support::database::on_both;

on_both! {
    fn the_token_of_the_terminal_makes_one_administrator_once(place: &Place) {
        let site = Site::empty(place);
        let token = users::begin_setup(&site.app).unwrap().expect("nobody can sign in yet");
        let browser = site.browser();
        assert_eq!(browser.get("/login").location, "/setup");

        let fields = |token: &'static str, password: &'static str| {
            [("token", token), ("name", "Amina"), ("login", "amina@example.org"), ("password", password)]
        };
        let token: &'static str = Box::leak(token.reveal().to_owned().into_boxed_str());
        let wrong = browser.submit("/setup", "/setup", &fields("guess", PASSWORD));
        assert_eq!(wrong.status, Status::UnprocessableEntity);
        wrong.says("This is not the token");
        let short = browser.submit("/setup", "/setup", &fields(token, "short"));
        assert_eq!(short.status, Status::UnprocessableEntity);
        short.says("at least 10 characters");
        short.says(r#"value="amina@example.org""#);

        for weak in ["1234567890", "password2026", "amina@example.org", "Amina's gate"] {
            let weak = browser.submit("/setup", "/setup", &fields(token, weak));
            assert_eq!(weak.status, Status::UnprocessableEntity);
            weak.says("tried first");
        }

        let done = browser.submit("/setup", "/setup", &fields(token, PASSWORD));
        assert_eq!((done.status, done.location.as_str()), (Status::SeeOther, "/"));
        browser.get("/").says("Amina");

        let second = site.browser();
        assert_eq!(second.get("/setup").location, "/login");
        let page = second.submit("/login", "/setup", &fields(token, PASSWORD));
        assert!(page.status.code >= 400, "{}", page.status);
        assert!(users::begin_setup(&site.app).unwrap().is_none());
    }
}
