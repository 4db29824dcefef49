//! The ledger: every message seen, its list, one decision for all that a filter shows, and the page of one message.

use rocket::http::Status;
use rocket::{FromForm, Route, get, post, routes};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::forms::{Posted, TypedFields, field_errors, query_string};
use super::guards::Visitor;
use super::render::{PageAnswer, Reply};
use crate::domain::Invalid;
use crate::domain::id::{AttachmentId, ConnectionId, MessageId, ServerId};
use crate::domain::ledger::{AckState, Fate, MailState, Reason};
use crate::domain::rights::{Object, Right};
use crate::domain::words::{self, Sentence};
use crate::operations::messages::{
    self, BATCH, Batch, Deed, HEAD, LedgerLine, LedgerList, LedgerPart, LedgerRequest, Linked, Linking, MailCorrection,
    MessageContent, MessageView, PAGE, Tab,
};
use crate::operations::{OperationError, attachments, partners};
use crate::web::download::{FileDownload, SendAs};
use crate::web::errors::PageFailure;
use crate::web::guards::Tone;
use crate::web::posts::{self, Unfolding};
use crate::web::{contacts, records};

/// Where the ledger stands, below Mailgate's own path.
const PATH: &str = "/settings/technical/email/messages";

pub(super) fn routes() -> Vec<Route> {
    routes![
        list,
        choose,
        show,
        decide,
        correct,
        confirm_all,
        run_all,
        show_sender,
        link_sender,
        create_sender,
        forget_sender,
        show_source,
        download_source,
        download_attachment,
        inline_attachment,
        open_attachment,
    ]
}

/// The page of a form with what was typed: see [`super::forms::keep_for`].
pub(super) async fn again(visitor: &Visitor<'_>, rest: &[&str], form: &TypedFields) -> Option<PageAnswer> {
    match rest {
        ["all"] => all_again(visitor, form).await,
        [id, "sender", ..] => Some(sender_again(visitor, MessageId(id.parse().ok()?), form).await),
        [id, _] => Some(answer(visitor, MessageId(id.parse().ok()?), typed_decision(form)).await),
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
                "count": records::list::counted(&visitor, *count),
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
            seen: list.tabs.iter().any(|(tab, count)| *tab == Tab::Seen && count.is_any()),
            lines,
            kept: &kept,
            bulk: if may_act && list.total.is_above(1) { bulk(query.tab) } else { Vec::new() },
            // Their own confirmation counts them.
            senders: may_act && query.tab == Tab::Held && list.total.is_above(1),
            unknown_sender: Reason::UnknownSender.code(),
            total: records::list::counted(&visitor, list.total),
            may_act,
            pager: pager(&visitor, &asked, &query, &list),
        },
    ))
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
        "total": records::list::counted(visitor, list.total),
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
        Ok(fate) => Reply::go(back).flash(Tone::Good, said_of(&visitor, deed, &fate)),
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
    let context = context! {
        list_path: list_path(&query),
        deed: deed.code(),
        total: records::list::counted(visitor, list.total),
        several_batches: list.total.is_above(BATCH),
        batch: BATCH,
        kept: pairs(&query),
        needs_reason: deed == Deed::Dismiss,
        reason,
        errors: field_errors(&errors),
    };
    Ok(Reply::page("messages/confirm.html", context).unprocessable_if(!errors.is_empty()))
}

#[post("/settings/technical/email/messages/all", data = "<form>")]
async fn run_all(visitor: Visitor<'_>, form: Posted) -> PageAnswer {
    let query = carried(&form);
    let Some(deed) = Deed::from_code(form.get("deed")) else { return Ok(Reply::go(list_path(&query))) };
    let (wanted, words, after) =
        (query.clone(), form.get("because").to_owned(), form.get("after").parse().unwrap_or(0));
    match visitor
        .submit(move |app, caller| messages::bulk(app, caller, &wanted, deed, &words, MessageId(after)))
        .await?
    {
        Ok(batch) => Ok(batch_done(&query, deed, form.get("because"), &batch)),
        Err(errors) => {
            let errors = errors.into_iter().map(|error| Invalid::new("because", error.message)).collect();
            ask_all(&visitor, deed, query, form.get("because"), errors).await
        }
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

/// `open` unfolds one of its files.
#[get("/settings/technical/email/messages/<id>?<open>")]
async fn show(visitor: Visitor<'_>, id: i32, open: Option<i32>) -> PageAnswer {
    let said = MessagePageState { open: open.map(AttachmentId), ..MessagePageState::default() };
    answer(&visitor, MessageId(id), said).await
}

/// What a form that was not done leaves on the page.
#[derive(Default)]
struct MessagePageState {
    pub errors: Vec<Invalid>,
    pub typed: MailCorrection,
    pub reason: String,
    /// The file that is unfolded.
    pub open: Option<AttachmentId>,
}

/// One message: where it is and why, how it came there, what it holds, and what people do about it.
async fn answer(visitor: &Visitor<'_>, id: MessageId, said: MessagePageState) -> PageAnswer {
    let open = said.open;
    let (view, content, open) = visitor
        .run(move |app, caller| {
            let view = messages::view(app, caller, id)?;
            let content = messages::content(app, caller, &view.message)?;
            let file = match &content {
                Some(MessageContent::Mail(post)) => post.attachments.iter().find(|file| Some(file.id) == open),
                _ => None,
            };
            let open = file.map(|file| Ok::<_, OperationError>((file.id, attachments::content(app, caller, file)?)));
            let open = open.transpose()?;
            Ok((view, content, open))
        })
        .await?;
    let message = &view.message;
    let unfolding = Unfolding { page: path(id), open, whole: false };
    let (mail, unreadable) = match &content {
        Some(MessageContent::Mail(post)) => {
            (Some(posts::context(visitor, &path(id), post, &title(&view), &unfolding)), None)
        }
        Some(MessageContent::Unreadable { why, header }) => (None, Some(json!({"why": why, "header": header}))),
        None => (None, None),
    };
    let may_correct = view.may_correct;
    let context = context! {
        list_path: PATH,
        path: path(id),
        id: id.0,
        subject: &message.subject,
        mail,
        unreadable,
        state: message.state.code(),
        held: message.state == MailState::Held,
        reason: message.reason.map(Reason::sentence),
        detail: &message.reason_detail,
        from: &message.email_from,
        date: message.date,
        seen: message.create_date,
        size: message.size,
        message_id: &message.message_id,
        source_key: &message.source_key,
        sha256: &message.sha256,
        server: &message.server_name,
        // The mail gateway is built in, and has no page.
        server_path: message
            .server
            .filter(|_| visitor.caller.may(Right::Read, Object::Servers) && !message.source_key.starts_with("api:"))
            .map(|server| format!("/settings/technical/email/incoming/{server}")),
        record: view.record.as_ref().map(|(model, id, title)| json!({"path": format!("/records/{model}/{id}"), "title": title})),
        remote_url: &message.remote_url,
        connection: &view.connection,
        becomes: becomes(&view),
        attempts: message.attempts,
        next_attempt: message.next_attempt,
        acknowledgement: acknowledgement(visitor, &view),
        has_source: message.source.is_some(),
        notes: &message.notes,
        trace: message.trace.iter().map(|step| json!({"rule": words::text(visitor.language(), &format!("rule-{}", step.rule)), "applied": step.applied, "why": step.why})).collect::<Vec<_>>(),
        history: history(&view),
        deeds: view.deeds.iter().map(|deed| deed.code()).collect::<Vec<_>>(),
        may_correct,
        unknown_sender: message.reason == Some(Reason::UnknownSender),
        record_types: &view.record_types,
        sender: &said.typed.sender,
        model: &said.typed.model,
        join: &said.typed.record,
        dismissal: &said.reason,
        errors: field_errors(&said.errors),
    };
    Ok(Reply::page("messages/page.html", context).unprocessable_if(!said.errors.is_empty()))
}

/// What the heading says.
fn title(view: &MessageView) -> String {
    view.message.subject.clone().unwrap_or_default()
}

/// The record type that it is to become, as a person calls it.
fn becomes(view: &MessageView) -> Option<Sentence> {
    let model = view.message.object_model.as_ref()?;
    let known = view.record_types.iter().find(|(known, _)| known == model);
    Some(known.map_or_else(|| Sentence::verbatim(&**model), |(_, label)| label.clone()))
}

fn acknowledgement(visitor: &Visitor<'_>, view: &MessageView) -> Value {
    let state = view.acknowledgement.as_ref().map_or(AckState::None, |known| known.state);
    let told = words::text(visitor.language(), &format!("messages-ack-{}", state.code()));
    let pending = view.acknowledgement.as_ref().filter(|_| state == AckState::Pending);
    json!({
        "words": told,
        "due": pending.map(|known| known.due),
        "error": pending.and_then(|known| known.last_error.clone()),
    })
}

fn history(view: &MessageView) -> Vec<Value> {
    let shown = |event: &messages::Event| {
        json!({
            "at": event.at,
            "state": event.state.code(),
            "reason": event.reason.map(Reason::sentence),
            "detail": event.detail,
            "login": event.login,
        })
    };
    view.history.iter().map(shown).collect()
}

// The forms of a message's page.

/// Retry, deliver by hand, download anyway, dismiss.
#[post("/settings/technical/email/messages/<id>/decide", data = "<form>")]
async fn decide(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = MessageId(id);
    let Some(deed) = Deed::from_code(form.get("deed")) else { return Ok(Reply::go(path(id))) };
    let reason = form.get("reason").to_owned();
    let done = visitor.run(move |app, caller| messages::act(app, caller, id, deed, &reason)).await;
    let said = typed_decision(&form);
    decided(&visitor, id, deed, done, said).await
}

/// Sender, record type, record: corrected, then delivered.
#[post("/settings/technical/email/messages/<id>/correct", data = "<form>")]
async fn correct(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = MessageId(id);
    let said = typed_decision(&form);
    let correction = said.typed.clone();
    let done = visitor.run(move |app, caller| messages::correct(app, caller, id, &correction)).await;
    decided(&visitor, id, Deed::Deliver, done, said).await
}

/// What was typed in either form.
fn typed_decision(form: &TypedFields) -> MessagePageState {
    let text = |name: &str| form.get(name).to_owned();
    let typed =
        MailCorrection { sender: text("sender"), model: text("model"), record: text("record"), record_id: None };
    MessagePageState { typed, reason: text("reason"), ..MessagePageState::default() }
}

async fn decided(
    visitor: &Visitor<'_>,
    id: MessageId,
    deed: Deed,
    done: Result<Fate, OperationError>,
    said: MessagePageState,
) -> PageAnswer {
    match done {
        Ok(fate) => {
            let tone = if matches!(fate, Fate::Held(_)) { Tone::Warning } else { Tone::Good };
            Ok(Reply::go(path(id)).flash(tone, said_of(visitor, deed, &fate)))
        }
        Err(OperationError::Invalid(errors)) => answer(visitor, id, MessagePageState { errors, ..said }).await,
        // It is somewhere else by now: its page says where.
        Err(error @ (OperationError::Refused(_) | OperationError::Conflict(_))) => {
            Ok(Reply::go(path(id)).flash(Tone::Bad, error.complaint().in_language(visitor.language())))
        }
        Err(error) => Err(error.into()),
    }
}

/// What came of it, in words.
fn said_of(visitor: &Visitor<'_>, deed: Deed, fate: &Fate) -> String {
    let key = match (deed, fate) {
        (Deed::Download, _) => "messages-done-download",
        (Deed::Dismiss, _) => "messages-done-dismissed",
        (_, Fate::NewRecord { .. } | Fate::Reply { .. } | Fate::Arrived { .. }) => "messages-done-delivered",
        (_, Fate::Held(_)) => "messages-done-held",
        (_, Fate::Ignored(_)) => "messages-done-ignored",
        _ => "messages-done-waiting",
    };
    words::text(visitor.language(), key)
}

// Who wrote a held message: a contact that is known already, or a new one. Then it is delivered.

#[get("/settings/technical/email/messages/<id>/sender?<q>")]
async fn show_sender(visitor: Visitor<'_>, id: i32, q: Option<&str>) -> PageAnswer {
    sender_page(&visitor, MessageId(id), q.unwrap_or_default(), None, Vec::new()).await
}

#[post("/settings/technical/email/messages/<id>/sender", data = "<form>")]
async fn link_sender(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = MessageId(id);
    let Ok(contact) = form.get("partner_id").parse() else { return Ok(Reply::go(path(id))) };
    let linking = linking(&form);
    let done = visitor.run(move |app, caller| messages::link_sender(app, caller, id, contact, linking)).await;
    sender_said(&visitor, id, done).await
}

#[post("/settings/technical/email/messages/<id>/sender/new", data = "<form>")]
async fn create_sender(visitor: Visitor<'_>, id: i32, form: Posted) -> PageAnswer {
    let id = MessageId(id);
    let typed = contacts::typed(&form);
    let (new, linking) = (typed.clone(), linking(&form));
    let done = visitor.run(move |app, caller| messages::create_sender(app, caller, id, &new, linking)).await;
    match done {
        Err(OperationError::Invalid(errors)) => sender_page(&visitor, id, "", Some(typed), errors).await,
        done => sender_said(&visitor, id, done).await,
    }
}

/// What is remembered of the address counts no more.
#[post("/settings/technical/email/messages/<id>/sender/forget", data = "<_form>")]
async fn forget_sender(visitor: Visitor<'_>, id: i32, _form: Posted) -> PageAnswer {
    let id = MessageId(id);
    visitor.run(move |app, caller| messages::forget_sender(app, caller, id)).await?;
    Ok(Reply::done(&visitor, format!("{}/sender", path(id)), "messages-forgotten"))
}

fn linking(form: &TypedFields) -> Linking {
    Linking { others: form.has("others"), once: form.has("once") }
}

async fn sender_again(visitor: &Visitor<'_>, id: MessageId, form: &TypedFields) -> PageAnswer {
    sender_page(visitor, id, "", form.has("name").then(|| contacts::typed(form)), Vec::new()).await
}

async fn sender_said(visitor: &Visitor<'_>, id: MessageId, done: Result<Linked, OperationError>) -> PageAnswer {
    let others = done.as_ref().map_or(0, |linked| linked.others);
    let reply =
        decided(visitor, id, Deed::Deliver, done.map(|linked| linked.fate), MessagePageState::default()).await?;
    Ok(match others {
        0 => reply,
        count => {
            let words = words::with(visitor.language(), "messages-done-others", &[("count", count.into())]);
            reply.flash(Tone::Good, words)
        }
    })
}

async fn sender_page(
    visitor: &Visitor<'_>,
    id: MessageId,
    q: &str,
    typed: Option<partners::TypedPartner>,
    errors: Vec<Invalid>,
) -> PageAnswer {
    let view = visitor.run(move |app, caller| messages::view(app, caller, id)).await?;
    let search = q.to_owned();
    let candidates = visitor.run(move |app, caller| messages::candidates(app, caller, id, &search)).await?;
    let from = view.message.email_from.clone().unwrap_or_default();
    let (name, email) = partners::name_and_address(&from);
    let typed = typed.unwrap_or(partners::TypedPartner {
        name,
        email,
        is_registrant: true,
        ..partners::TypedPartner::default()
    });
    let context = context! {
        path: path(id),
        subject: &view.message.subject,
        from,
        q,
        connection: candidates.connection,
        likely: candidates.likely.iter().map(|(one, likeness)| json!({"id": one.id, "name": one.name, "email": one.email, "is_registrant": one.is_registrant, "like": likeness.code()})).collect::<Vec<_>>(),
        found: candidates.found,
        problem: candidates.problem,
        others: candidates.others,
        name: typed.name,
        email: typed.email,
        phone: typed.phone,
        is_registrant: typed.is_registrant,
        remembered: candidates.remembered.map(|link| json!({"name": link.name, "login": link.login, "at": link.create_date})),
        may_act: view.may_correct,
        errors: field_errors(&errors),
    };
    Ok(Reply::page("messages/sender.html", context).unprocessable_if(!errors.is_empty()))
}

// Attachments of a mail that stands on no record, cut from its source when somebody asks; as safe as those of records.

#[get("/settings/technical/email/messages/<id>/attachments/<number>")]
async fn download_attachment(visitor: Visitor<'_>, id: i32, number: i32) -> Result<FileDownload, PageFailure> {
    let file = visitor.run(move |app, caller| messages::attachment(app, caller, MessageId(id), number)).await?;
    Ok(FileDownload::of_file(&visitor, file))
}

/// A PDF, in a tab of its own.
#[get("/settings/technical/email/messages/<id>/attachments/<number>/open")]
async fn open_attachment(visitor: Visitor<'_>, id: i32, number: i32) -> Result<FileDownload, PageFailure> {
    let found = visitor.run(move |app, caller| {
        let file = messages::attachment(app, caller, MessageId(id), number)?;
        let is_pdf = attachments::is_pdf(app, &file)?;
        Ok((file, is_pdf))
    });
    let (file, is_pdf) = found.await?;
    Ok(FileDownload::of_document(&visitor, file, is_pdf))
}

#[get("/settings/technical/email/messages/<id>/attachments/<number>/inline")]
async fn inline_attachment(
    visitor: Visitor<'_>,
    id: i32,
    number: i32,
) -> Result<Result<FileDownload, Status>, PageFailure> {
    let file = visitor.run(move |app, caller| messages::attachment(app, caller, MessageId(id), number)).await?;
    Ok(FileDownload::of_picture(&visitor, file))
}

// The raw source of a message, as text in a page and as a file.

#[get("/settings/technical/email/messages/<id>/source")]
async fn show_source(visitor: Visitor<'_>, id: i32) -> PageAnswer {
    let opened = visitor.run(move |app, caller| messages::open_source(app, caller, MessageId(id), false)).await?;
    let context = context! {
        path: path(MessageId(id)),
        subject: &opened.message.subject,
        head: opened.head,
        size: opened.size,
        cut: opened.size > HEAD,
    };
    Ok(Reply::page("messages/source.html", context))
}

#[get("/settings/technical/email/messages/<id>/source.eml")]
async fn download_source(visitor: Visitor<'_>, id: i32) -> Result<FileDownload, PageFailure> {
    let opened = visitor.run(move |app, caller| messages::open_source(app, caller, MessageId(id), true)).await?;
    let app = visitor.visit.app.clone();
    Ok(FileDownload::new(format!("message-{id}.eml"), "message/rfc822".into(), SendAs::Attachment, move |to| {
        messages::copy_source(&app, &opened, to).map(drop).map_err(std::io::Error::other)
    }))
}
