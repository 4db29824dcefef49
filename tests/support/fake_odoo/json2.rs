//! JSON-2, as a real Odoo 19 answers: values as they are, errors by status and by the exception's name.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::Request;
use super::world::{Fault, World};

const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

/// Status, type and body.
pub(super) fn answer(world: &mut World, request: &Request) -> (&'static str, &'static str, String) {
    let missing = ("404 Not Found", HTML, "<!DOCTYPE html><title>404 Not Found</title>".to_owned());
    let major: u32 = world.version.split('.').next().unwrap().parse().unwrap();
    if major < 19 {
        return missing;
    }
    if request.path == "/web/version" {
        let version = json!({"version_info": [major, 0, 0, "final", 0, ""], "version": world.version});
        return ("200 OK", JSON, version.to_string());
    }
    let Some((model, method)) = request.path.strip_prefix("/json/2/").and_then(|rest| rest.split_once('/')) else {
        return missing;
    };
    world.calls.push(format!("json2.{model}.{method}"));
    if request.headers.get("x-odoo-database").is_none_or(|name| name != "openspp") {
        let words = "<!DOCTYPE html><title>404 Not Found</title><p>No database is selected and the requested URL was not found</p>";
        return ("404 NOT FOUND", HTML, words.to_owned());
    }
    if request.headers.get("authorization").is_none_or(|key| *key != format!("bearer {}", world.key)) {
        return error("401 UNAUTHORIZED", "werkzeug.exceptions.Unauthorized", "Invalid apikey");
    }
    let Ok(Json::Object(mut named)) = serde_json::from_slice(&request.body) else {
        return error("400 BAD REQUEST", "werkzeug.exceptions.BadRequest", "could not parse the body as json");
    };
    if (model, method) == ("res.users", "context_get") {
        return ("200 OK", JSON, json!({"lang": "en_US", "tz": false, "uid": world.user_id()}).to_string());
    }
    if let Some(Json::String(mail)) = named.get("message").filter(|_| method == "message_process") {
        named.insert("message".into(), json!({"base64": STANDARD.encode(mail)}));
    }
    let mut args: Vec<Json> = Vec::new();
    for name in arguments(method) {
        args.push(named.remove(*name).unwrap_or(Json::Null));
    }
    match world.execute(model, method, &args, &Json::Object(named)) {
        Ok(id) if matches!(method, "create" | "message_post") => ("200 OK", JSON, json!([id]).to_string()),
        Ok(value) => ("200 OK", JSON, value.to_string()),
        Err(Fault(_, words)) if words.contains("cannot marshal None") => ("200 OK", JSON, "null".to_owned()),
        Err(Fault(2, words)) if words.starts_with("Object ") => {
            error("404 NOT FOUND", "werkzeug.exceptions.NotFound", &format!("the model '{model}' does not exist"))
        }
        Err(Fault(2, words)) => error("422 UNPROCESSABLE ENTITY", "odoo.exceptions.ValidationError", &words),
        Err(Fault(4, words)) => error("403 FORBIDDEN", "odoo.exceptions.AccessError", &words),
        Err(Fault(_, words)) => {
            let last = words.trim().lines().last().unwrap();
            let (name, message) = last.split_once(": ").unwrap();
            error("500 INTERNAL SERVER ERROR", &format!("builtins.{name}"), message)
        }
    }
}

/// By position, as the methods here have them.
fn arguments(method: &str) -> &'static [&'static str] {
    match method {
        "check_object_reference" => &["module", "xml_id"],
        "create" => &["vals_list"],
        "default_get" => &["fields"],
        "fields_get" => &["allfields"],
        "has_access" => &["ids", "operation"],
        "load" => &["fields", "data"],
        "make_key" | "message_post" | "message_subscribe" | "run_check" => &["ids"],
        "message_process" => &["model", "message", "custom_values", "save_original", "strip_attachments", "thread_id"],
        "read" => &["ids", "fields"],
        "search" | "search_read" => &["domain"],
        "write" => &["ids", "vals"],
        _ => panic!("{method} is not called"),
    }
}

fn error(status: &'static str, name: &str, message: &str) -> (&'static str, &'static str, String) {
    let debug = "Traceback (most recent call last):";
    let body = json!({"name": name, "message": message, "arguments": [message], "context": {}, "debug": debug});
    (status, JSON, body.to_string())
}
