//! One set of rules: for each model, method and role the API does what the role may, and refuses what it may not,
//! and what a page refuses the API refuses too.

use mailgate::xmlrpc::{FaultCode, Value};
use rocket::http::Status;

use super::client::{Api, leaf, list, member, members, s};
use super::roles::RIGHTS;
use crate::support::database::Place;
use crate::web::site::Site;

const ROLES: [&str; 3] = ["admin", "officer", "auditor"];

/// A method, the right that it needs (`rwcd` as in [`RIGHTS`]; none: everybody may ask), and its arguments.
fn methods() -> Vec<(&'static str, &'static str, Vec<Value>)> {
    let (none, empty, ids) = (Value::Boolean(false), list([]), list([Value::Integer(1)]));
    vec![
        ("search", "r", vec![empty.clone()]),
        ("search_count", "r", vec![empty.clone()]),
        ("search_read", "r", vec![empty.clone()]),
        ("read", "r", vec![ids.clone()]),
        ("name_search", "r", vec![s("x")]),
        ("name_get", "r", vec![ids.clone()]),
        ("read_group", "r", vec![empty.clone(), empty.clone(), empty.clone()]),
        ("formatted_read_group", "r", vec![empty.clone()]),
        ("export_data", "r", vec![ids.clone(), list([s("id")])]),
        ("load", "c", vec![empty.clone(), empty.clone()]),
        ("has_access", "", vec![ids.clone(), s("read")]),
        ("exists", "r", vec![ids.clone()]),
        ("default_get", "c", vec![empty]),
        ("create", "c", vec![members([])]),
        ("name_create", "c", vec![s("x")]),
        ("write", "w", vec![ids.clone(), members([])]),
        ("action_archive", "w", vec![ids.clone()]),
        ("action_unarchive", "w", vec![ids.clone()]),
        ("message_post", "w", vec![ids.clone()]),
        ("unlink", "d", vec![ids]),
        ("fields_get", "", vec![]),
        ("check_access_rights", "", vec![s("read"), none]),
    ]
}

/// Methods of one model alone.
const OWN: [(&str, &str, &str, [bool; 3]); 16] = [
    ("fetchmail.server", "button_confirm_login", "", [true, false, false]),
    ("fetchmail.server", "set_draft", "", [true, false, false]),
    ("fetchmail.server", "fetch_mail", "", [true, false, false]),
    ("fetchmail.server", "find_settings", "", [true, false, false]),
    ("mailgate.connection", "renew_key", "a password", [true, false, false]),
    ("mailgate.message", "action_retry", "", [true, true, false]),
    ("mailgate.message", "action_dismiss", "a reason", [true, true, false]),
    ("mailgate.message", "action_deliver", "", [true, true, false]),
    ("mailgate.message", "action_link", "7", [true, true, false]),
    ("mailgate.message", "action_create_contact", "", [true, true, false]),
    ("mailgate.message", "action_correct", "", [true, true, false]),
    ("mailgate.message", "get_source", "", [true, true, true]),
    ("spp.grm.ticket", "action_merge", "2", [true, true, false]),
    ("spp.grm.ticket", "action_split", "2", [true, true, false]),
    ("res.users", "context_get", "", [true, true, true]),
    ("res.users", "has_group", "base.group_user", [true, true, true]),
];

const MODELS_OF_RECORDS: [&str; 2] = ["spp.grm.ticket", "helpdesk.ticket"];

fn audited(api: &Api) -> i64 {
    let filter = mailgate::store::audit::AuditFilter::default();
    api.site.app.store.read(|db| mailgate::store::audit::list(db, &filter, 0, 1)).unwrap().1
}

fn every_role(check: impl Fn(usize, &Api)) {
    let place = Place::sqlite();
    let app = Site::new(&place).app;
    for (at, login) in ROLES.into_iter().enumerate() {
        check(at, &Api::of(Site { app: app.clone() }, login));
    }
}

#[test]
fn every_method_of_every_model_asks_for_its_right() {
    every_role(|at, api| {
        for (model, roles) in RIGHTS {
            for (method, right, arguments) in methods() {
                if method == "message_post" && !MODELS_OF_RECORDS.contains(model) {
                    continue;
                }
                let before = audited(api);
                let outcome = api.call_all(model, method, arguments);
                let denied = outcome.as_ref().is_err_and(|(code, _)| *code == FaultCode::Number(4));
                let may = right.is_empty() || roles[at].1.contains(right);
                assert_eq!(!denied, may, "{} {model}.{method}: {outcome:?}", ROLES[at]);
                if denied {
                    assert_eq!(audited(api), before, "what is refused is not done: {model}.{method}");
                }
            }
            let (code, words) = api.call(model, "frobnicate", []).unwrap_err();
            assert_eq!(code, FaultCode::Number(1));
            assert!(words.contains("'frobnicate'") && words.contains(model), "{words}");
        }
        for (model, method, reason, may) in OWN {
            let further = (!reason.is_empty()).then(|| s(reason));
            let arguments = [vec![list([Value::Integer(1)])], further.into_iter().collect()].concat();
            let outcome = api.call_all(model, method, arguments);
            let denied = outcome.as_ref().is_err_and(|(code, _)| *code == FaultCode::Number(4));
            assert_eq!(!denied, may[at], "{} {model}.{method}: {outcome:?}", ROLES[at]);
        }
    });
}

/// Model, the page that shows it, the page that changes it.
const PAGES: [(&str, &str, &str); 10] = [
    ("fetchmail.server", "/settings/technical/email/incoming", "/settings/technical/email/incoming/new"),
    ("mail.alias", "/settings/technical/email/aliases", "/settings/technical/email/aliases/new"),
    ("mailgate.connection", "/settings/technical/email/connections", "/settings/technical/email/connections/new"),
    ("mailgate.oauth_provider", "/settings/technical/email/providers", "/settings/technical/email/providers/new"),
    ("res.users", "/settings/users", "/settings/users/new"),
    ("spp.grm.ticket", "/records/spp.grm.ticket", ""),
    ("helpdesk.ticket", "/records/helpdesk.ticket", ""),
    ("spp.grm.ticket.category", "/records/spp.grm.ticket", "/settings/records/spp.grm.ticket/categories/new"),
    ("spp.grm.ticket.tag", "/records/spp.grm.ticket", "/settings/records/spp.grm.ticket/tags/new"),
    ("mailgate.message", "/settings/technical/email/messages", ""),
];

/// Shown on the pages of others: on records, or as a choice in their forms; or of use to programs alone.
const WITHOUT_A_PAGE: [&str; 14] = [
    "mail.thread",
    "mail.message",
    "ir.attachment",
    "res.partner",
    "spp.grm.ticket.stage",
    "helpdesk.ticket.stage",
    "ir.model",
    "ir.model.fields",
    "ir.model.access",
    "ir.model.data",
    "res.groups",
    "res.company",
    "res.country",
    "res.country.state",
];

#[test]
fn pages_and_api_agree_on_who_may_see_and_who_may_change() {
    every_role(|at, api| {
        let browser = Site { app: api.site.app.clone() }.signed_in(ROLES[at]);
        for model in mailgate::api::Api::new(api.site.app.clone()).models() {
            let Some((name, shows, changes)) = PAGES.iter().find(|(name, ..)| *name == model) else {
                assert!(WITHOUT_A_PAGE.contains(&model), "{model} has neither");
                continue;
            };
            let forbidden = browser.get(shows).status == Status::Forbidden;
            match api.call(name, "search_read", [list([])]) {
                Err((code, _)) => {
                    assert_eq!(code, FaultCode::Number(4), "{name}");
                    assert!(forbidden, "{}: {shows} shows what the API refuses", ROLES[at]);
                }
                // One's own account is on the page of preferences.
                Ok(Value::Array(rows)) if forbidden => {
                    let logins: Vec<_> = rows.iter().map(|row| member(row, "login").clone()).collect();
                    assert_eq!(logins, [s(ROLES[at])], "{name}");
                }
                Ok(_) => {}
            }
            if !changes.is_empty() {
                let forbidden = browser.get(changes).status == Status::Forbidden;
                let may = api.call(name, "check_access_rights", [s("create"), Value::Boolean(false)]);
                assert_eq!(may, Ok(Value::Boolean(!forbidden)), "{} {changes}", ROLES[at]);
            }
        }
    });
}

#[test]
fn a_path_leads_to_no_more_than_may_be_read() {
    every_role(|at, api| {
        let admin = at == 0;
        let through = list([leaf("server_id.user", "ilike", s("a"))]);
        let outcome = api.call("mailgate.message", "search", [through]);
        assert_eq!(outcome.is_ok(), admin, "an incoming server's settings: {outcome:?}");
        // Each sees himself alone among the accounts, on whatever way.
        let grievance = [("name", s("x")), ("user_id", Value::Integer(1))];
        if admin {
            api.call("spp.grm.ticket", "create", [members(grievance)]).unwrap();
        }
        let through = list([leaf("user_id.login", "=", s("admin"))]);
        let found = api.call("spp.grm.ticket", "search_count", [through]).unwrap();
        assert_eq!(found, Value::Integer(admin.into()), "somebody else's login");
        let by_name = list([leaf("user_id", "ilike", s("admin"))]);
        assert_eq!(api.call("spp.grm.ticket", "search_count", [by_name]).unwrap(), Value::Integer(1), "shown to all");
    });
}
