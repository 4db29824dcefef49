//! The ledger's list. Its tabs are the balance: seen = delivered + held + ignored + retrying + waiting.

use rocket::{get, post};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::{LedgerQuery, PATH, carried, list_path, pairs};
use crate::domain::id::MessageId;
use crate::domain::ledger::Reason;
use crate::domain::rights::{Object, Right};
use crate::domain::words;
use crate::operations::OperationError;
use crate::operations::messages::{self, Deed, LedgerLine, LedgerList, LedgerPart, LedgerRequest, PAGE, Tab};
use crate::web::cookies::Tone;
use crate::web::csrf::Posted;
use crate::web::forms::query_string;
use crate::web::guards::Visitor;
use crate::web::records;
use crate::web::render::{PageAnswer, Reply};

#[get("/settings/technical/email/messages?<asked..>")]
pub(super) async fn show(visitor: Visitor<'_>, asked: LedgerQuery) -> PageAnswer {
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
                "count": counted(&visitor, *count, list.is_counted),
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
            total: counted(&visitor, list.total, list.is_counted),
            may_act,
            pager: pager(&visitor, &asked, &query, &list),
        },
    ))
}

/// A number; where it may go on, it ends at `1,000+`.
pub(super) fn counted(visitor: &Visitor<'_>, count: i64, is_counted: bool) -> String {
    match is_counted {
        true => words::number(visitor.language(), count as f64),
        false => records::list::counted(visitor, count),
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
        "total": counted(visitor, list.total, list.is_counted),
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
pub(super) async fn act(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let back = list_path(&carried(&form));
    let pressed = Deed::ALL.iter().find_map(|deed| Some((*deed, form.get(deed.code()).parse().ok()?)));
    let Some((deed, id)) = pressed else { return Ok(Reply::go(back)) };
    let done = visitor.run(move |app, caller| messages::act(app, caller, MessageId(id), deed, "")).await;
    Ok(match done {
        Ok(fate) => Reply::go(back).flash(Tone::Good, super::act::said(&visitor, deed, &fate)),
        Err(error @ (OperationError::Refused(_) | OperationError::Conflict(_))) => {
            Reply::go(back).flash(Tone::Bad, error.complaint().in_language(visitor.language()))
        }
        Err(error) => return Err(error.into()),
    })
}
