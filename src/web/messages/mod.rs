//! The ledger: every message seen, its list, and one decision for all that a filter shows. One message has its page in
//! `page`.

mod page;

use rocket::http::Status;
use rocket::{FromForm, Route, get, post, routes};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::forms::{Posted, TypedFields, field_errors, query_string};
use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use crate::domain::id::{ConnectionId, MessageId, ServerId};
use crate::domain::ledger::Reason;
use crate::domain::rights::{Object, Right};
use crate::domain::{Invalid, words};
use crate::operations::OperationError;
use crate::operations::messages::{
    self, BATCH, Batch, Deed, LedgerLine, LedgerList, LedgerPart, LedgerRequest, PAGE, Tab,
};
use crate::operations::records::ShownCount;
use crate::web::cookies::Tone;
use crate::web::records;

/// Where the ledger stands, below Mailgate's own path.
const PATH: &str = "/settings/technical/email/messages";

pub(super) fn routes() -> Vec<Route> {
    routes![
        list,
        choose,
        page::show,
        page::decide,
        page::correct,
        confirm_all,
        run_all,
        page::show_sender,
        page::link_sender,
        page::create_sender,
        page::forget_sender,
        page::show_source,
        page::download_source,
        page::download_attachment,
        page::inline_attachment,
        page::open_attachment,
    ]
}

/// The page of a form with what was typed: see [`super::kept`].
pub(super) async fn again(visitor: &Visitor<'_>, rest: &[&str], form: &TypedFields) -> Option<PageAnswer> {
    match rest {
        ["all"] => all_again(visitor, form).await,
        [id, "sender", ..] => Some(page::sender_again(visitor, MessageId(id.parse().ok()?), form).await),
        [id, _] => Some(page::answer(visitor, MessageId(id.parse().ok()?), page::typed_decision(form)).await),
        _ => None,
    }
}

fn path(id: MessageId) -> String {
    format!("{PATH}/{id}")
}

/// The filters of the list, as they stand in its address; what can't be read filters nothing.
#[derive(Debug, Clone, Default, FromForm)]
struct LedgerQuery {
    state: Option<String>,
    reason: Option<String>,
    server: Option<i32>,
    connection: Option<i32>,
    q: Option<String>,
    /// The page of those that came before this message, or behind it.
    older: Option<i32>,
    newer: Option<i32>,
    /// Which line of the whole list the page begins with, from 1: only told, never searched by.
    line: Option<i64>,
}

impl LedgerQuery {
    fn query(&self) -> LedgerRequest {
        LedgerRequest {
            tab: self.state.as_deref().and_then(Tab::from_code).unwrap_or(Tab::Seen),
            reason: self.reason.as_deref().and_then(Reason::from_code),
            server: self.server.map(ServerId),
            connection: self.connection.map(ConnectionId),
            search: self.q.clone().unwrap_or_default(),
            part: match (self.older, self.newer) {
                (Some(id), _) => LedgerPart::Older(MessageId(id)),
                (None, Some(id)) => LedgerPart::Newer(MessageId(id)),
                (None, None) => LedgerPart::First,
            },
        }
    }
}

/// The filters that a form carries.
fn carried(form: &TypedFields) -> LedgerRequest {
    let asked = LedgerQuery {
        state: Some(form.get("state").to_owned()),
        reason: Some(form.get("reason").to_owned()),
        server: form.get("server").parse().ok(),
        connection: form.get("connection").parse().ok(),
        q: Some(form.get("q").to_owned()),
        ..LedgerQuery::default()
    };
    asked.query()
}

/// The same filters as pairs of an address or a form, without the page.
fn pairs(query: &LedgerRequest) -> [(&'static str, String); 5] {
    [
        ("state", if query.tab == Tab::Seen { String::new() } else { query.tab.code().to_owned() }),
        ("reason", query.reason.map_or(String::new(), |reason| reason.code().to_owned())),
        ("server", query.server.map_or(String::new(), |server| server.to_string())),
        ("connection", query.connection.map_or(String::new(), |connection| connection.to_string())),
        ("q", query.search.clone()),
    ]
}

/// The list's address with these filters.
fn list_path(query: &LedgerRequest) -> String {
    let pairs = pairs(query);
    match query_string(pairs.iter().map(|(name, value)| (*name, value.as_str()))) {
        kept if kept.is_empty() => PATH.to_owned(),
        kept => format!("{PATH}?{kept}"),
    }
}

// The ledger's list. Its tabs are the balance: seen = delivered + held + ignored + retrying + waiting.

#[get("/settings/technical/email/messages?<asked..>")]
async fn list(visitor: Visitor<'_>, asked: LedgerQuery) -> PageAnswer {
    let query = asked.query();
    let wanted = query.clone();
    let list = visitor.run(move |app, caller| messages::list(app, caller, &wanted)).await?;
    let tabs: Vec<Value> = list
        .tabs
        .iter()
        .map(|(tab, count)| {
            json!({
                "code": tab.code(),
                "label": words::text(visitor.language(), &format!("messages-tab-{}", tab.code())),
                "count": counted(&visitor, &list, *count),
                "path": list_path(&LedgerRequest { tab: *tab, reason: None, part: LedgerPart::First, ..query.clone() }),
                "current": *tab == query.tab,
            })
        })
        .collect();
    let pairs = pairs(&query);
    let kept: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let may_act = visitor.caller.may(Right::Write, Object::HeldMail);
    let lines: Vec<Value> = list.lines.iter().map(|line| line_context(line, query.tab, may_act)).collect();
    let reasons: Vec<(&str, String)> =
        Reason::ALL.iter().map(|one| (one.code(), reason_words(&visitor, *one))).collect();
    Ok(Reply::page(
        "messages/list.html",
        context! {
            path: PATH,
            tab: query.tab.code(),
            tabs,
            reason: query.reason.map(Reason::code),
            reasons,
            server: query.server.map(|server| server.0),
            servers: list.servers.iter().map(|(id, name)| (id.0, name)).collect::<Vec<_>>(),
            q: &query.search,
            connection: query.connection.map(|connection| connection.0),
            connections: list.connections.iter().map(|(id, name)| (id.0, name)).collect::<Vec<_>>(),
            filtered: query.reason.is_some()
                || query.server.is_some()
                || query.connection.is_some()
                || !query.search.is_empty(),
            seen: list.tabs.iter().find(|(tab, _)| *tab == Tab::Seen).map(|(_, count)| count),
            lines,
            kept: &kept,
            bulk: if may_act && list.total > 1 { bulk(query.tab) } else { Vec::new() },
            // Their own confirmation counts them.
            senders: may_act && query.tab == Tab::Held && list.total > 1,
            unknown_sender: Reason::UnknownSender.code(),
            total: counted(&visitor, &list, list.total),
            may_act,
            pager: pager(&visitor, &asked, &query, &list),
        },
    ))
}

/// A number; where it may go on, it ends at `1,000+`.
fn counted(visitor: &Visitor<'_>, list: &LedgerList, count: i64) -> String {
    match list.is_counted {
        true => words::number(visitor.language(), count as f64),
        false if list.or_more && count > 0 => records::list::counted(visitor, ShownCount::at_least(count)),
        false => records::list::counted(visitor, ShownCount::up_to(count)),
    }
}

/// `81-160 / 1,000+`, and the ways back and on.
fn pager(visitor: &Visitor<'_>, asked: &LedgerQuery, query: &LedgerRequest, list: &LedgerList) -> Option<Value> {
    let (first, last) = (list.lines.first()?.id, list.lines.last()?.id);
    let count = i64::try_from(list.lines.len()).unwrap_or_default();
    let is_back = matches!(query.part, LedgerPart::Newer(_));
    // Whoever goes back may come to the beginning on the way.
    let line =
        if query.part == LedgerPart::First || is_back && !list.more { 1 } else { asked.line.unwrap_or(1).max(1) };
    let link = |name: &str, id: MessageId, line: i64| {
        let (id, line) = (id.to_string(), line.to_string());
        let pairs = pairs(query);
        let kept = pairs.iter().map(|(name, value)| (*name, value.as_str()));
        format!("{PATH}?{}", query_string(kept.chain([(name, id.as_str()), ("line", line.as_str())])))
    };
    let (back, on) = match query.part {
        LedgerPart::First => (false, list.more),
        LedgerPart::Older(_) => (true, list.more),
        LedgerPart::Newer(_) => (list.more, true),
    };
    Some(json!({
        "first": line,
        "last": line + count - 1,
        "total": counted(visitor, list, list.total),
        "previous": back.then(|| link("newer", first, (line - PAGE).max(1))),
        "next": on.then(|| link("older", last, line + count)),
    }))
}

/// A reason in two or three words, for the filter.
fn reason_words(visitor: &Visitor<'_>, reason: Reason) -> String {
    words::text(visitor.language(), &format!("messages-reason-{}", reason.code().replace('_', "-")))
}

/// What can be done with all of a tab.
fn bulk(tab: Tab) -> Vec<&'static str> {
    let deeds: &[Deed] = match tab {
        Tab::Held => &[Deed::Retry, Deed::Deliver, Deed::Dismiss],
        Tab::Retrying => &[Deed::Retry, Deed::Dismiss],
        Tab::Ignored => &[Deed::Deliver],
        Tab::Seen | Tab::Waiting | Tab::Delivered => &[],
    };
    deeds.iter().map(|deed| deed.code()).collect()
}

fn line_context(line: &LedgerLine, tab: Tab, may_act: bool) -> Value {
    // Buttons stand where a person works, not in the long list of everything.
    let deeds: Vec<&str> = if may_act && tab == Tab::Held && !line.hidden {
        let all = line.standing().deeds();
        all.into_iter().filter(|deed| *deed != Deed::Dismiss).map(Deed::code).collect()
    } else {
        Vec::new()
    };
    json!({
        "id": line.id,
        "state": line.state.code(),
        "reason": line.reason.map(Reason::sentence),
        "unknown_sender": line.reason == Some(Reason::UnknownSender) && !line.hidden,
        "detail": line.reason_detail,
        "hidden": line.hidden,
        "subject": line.subject,
        "from": line.email_from,
        "server": line.server_name,
        "at": line.create_date,
        "next": line.next_attempt,
        "size": line.size,
        "record": line.res_model.as_ref().zip(line.res_id).map(|(model, id)| format!("/records/{model}/{id}")),
        "remote": line.remote_url,
        "deeds": deeds,
    })
}

/// The buttons of the lines: one form for all of them, each named after its deed with the message as its value.
#[post("/settings/technical/email/messages", data = "<form>")]
async fn choose(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let back = list_path(&carried(&form));
    let pressed = Deed::ALL.iter().find_map(|deed| Some((*deed, form.get(deed.code()).parse().ok()?)));
    let Some((deed, id)) = pressed else { return Ok(Reply::go(back)) };
    let done = visitor.run(move |app, caller| messages::act(app, caller, MessageId(id), deed, "")).await;
    Ok(match done {
        Ok(fate) => Reply::go(back).flash(Tone::Good, page::said_of(&visitor, deed, &fate)),
        Err(error @ (OperationError::Refused(_) | OperationError::Conflict(_))) => {
            Reply::go(back).flash(Tone::Bad, error.complaint().in_language(visitor.language()))
        }
        Err(error) => return Err(error.into()),
    })
}

// One decision for all that the filter shows: first a page that names how many, then batch by batch.

#[get("/settings/technical/email/messages/all?<deed>&<asked..>")]
async fn confirm_all(visitor: Visitor<'_>, deed: &str, asked: LedgerQuery) -> PageAnswer {
    let query = asked.query();
    let Some(deed) = Deed::from_code(deed) else { return Ok(Reply::go(list_path(&query))) };
    ask_all(&visitor, deed, query, "", Vec::new()).await
}

async fn ask_all(
    visitor: &Visitor<'_>,
    deed: Deed,
    query: LedgerRequest,
    reason: &str,
    errors: Vec<Invalid>,
) -> PageAnswer {
    let wanted = query.clone();
    let list = visitor.run(move |app, caller| messages::list(app, caller, &wanted)).await?;
    let status = if errors.is_empty() { Status::Ok } else { Status::UnprocessableEntity };
    let context = context! {
        list_path: list_path(&query),
        deed: deed.code(),
        total: counted(visitor, &list, list.total),
        several_batches: list.or_more || list.total > BATCH,
        batch: BATCH,
        kept: pairs(&query),
        needs_reason: deed == Deed::Dismiss,
        reason,
        errors: field_errors(&errors),
    };
    Ok(Reply::page("messages/confirm.html", context).status(status))
}

#[post("/settings/technical/email/messages/all", data = "<form>")]
async fn run_all(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let query = carried(&form);
    let Some(deed) = Deed::from_code(form.get("deed")) else { return Ok(Reply::go(list_path(&query))) };
    let (wanted, words, after) =
        (query.clone(), form.get("because").to_owned(), form.get("after").parse().unwrap_or(0));
    let done =
        visitor.run(move |app, caller| messages::bulk(app, caller, &wanted, deed, &words, MessageId(after))).await;
    match done {
        Ok(batch) => Ok(batch_done(&query, deed, form.get("because"), &batch)),
        Err(OperationError::Invalid(errors)) => {
            let errors = errors.into_iter().map(|error| Invalid::new("because", error.message)).collect();
            ask_all(&visitor, deed, query, form.get("because"), errors).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn all_again(visitor: &Visitor<'_>, form: &TypedFields) -> Option<PageAnswer> {
    let deed = Deed::from_code(form.get("deed"))?;
    Some(ask_all(visitor, deed, carried(form), form.get("because"), Vec::new()).await)
}

fn batch_done(query: &LedgerRequest, deed: Deed, reason: &str, batch: &Batch) -> Reply {
    let counts = [
        ("delivered", batch.delivered),
        ("held", batch.held),
        ("ignored", batch.ignored),
        ("waiting", batch.waiting),
        ("left", batch.left),
    ];
    let context = context! {
        list_path: list_path(query),
        deed: deed.code(),
        counts: counts.iter().filter(|(_, count)| *count > 0).collect::<Vec<_>>(),
        words: &batch.words,
        next: batch.next.map(|id| id.0),
        kept: pairs(query),
        reason,
    };
    Reply::page("messages/done.html", context)
}
