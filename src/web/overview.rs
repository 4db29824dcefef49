//! The first page: what needs attention, whose work it is, and what came of late.

use rocket::{Route, get, routes};
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use super::forms::query_string;
use super::guards::Visitor;
use super::records::list;
use super::render::{self, PageAnswer, Reply};
use super::settings::ExpiryShown;
use crate::domain::now;
use crate::operations::overview::{self, DAYS, MailboxLine, Overview, RecordCounts};
use crate::operations::records::ShownCount;
use crate::operations::{confidential, sessions, throttle};

pub(super) fn routes() -> Vec<Route> {
    routes![show]
}

#[get("/")]
async fn show(visitor: Visitor<'_>) -> PageAnswer {
    let overview = visitor.run(overview::overview).await?;
    let kept = visitor.run(sessions::kept_forms).await?;
    let proxy = visitor.run(throttle::proxy_noticed).await?;
    let unnamed = visitor.run(confidential::unnamed).await?;
    let line = visitor.run(overview::ends_line).await?;
    let ends = line.as_ref().map(|line| {
        let next = line.next.as_ref().map(|next| ExpiryShown::of(next, now()));
        context! { soon: line.soon, unknown: line.unknown, next }
    });
    let records: Vec<_> = overview.records.iter().map(|one| records_shown(&visitor, one)).collect();
    let mailboxes: Vec<_> = overview.mailboxes.iter().map(mailbox_shown).collect();
    let lately = lately(&overview);
    let held = overview.ledger.iter().find(|(code, _)| *code == "held").map_or(0, |(_, count)| *count);
    let kept: Vec<_> = kept.into_iter().map(|(id, at)| (id.0, at)).collect();
    Ok(Reply::page(
        "overview/overview.html",
        context! { records, mailboxes, lately, held, overview: &overview, kept, proxy, ends, unnamed },
    ))
}

/// The records of one type: their numbers as people read them, and the person's own work as lists show it.
fn records_shown(visitor: &Visitor<'_>, one: &RecordCounts) -> Value {
    let number = |count: ShownCount| list::counted(visitor, count);
    json!({
        "model": &one.model,
        "label": &one.label,
        "none": one.none,
        "new_mail": number(one.new_mail),
        "mine": number(one.mine),
        "unassigned": number(one.unassigned),
        "open": number(one.open),
        "has_new_mail": one.new_mail.count > 0,
        "new_mails": one.new_mail.count,
        "nobodys": one.unassigned.count,
        "late": one.overdue.count,
        "overdue": number(one.overdue),
        "overdue_query": query_string([
            ("show", "overdue"),
            ("colleague", one.overdue_of.map(|user| user.to_string()).unwrap_or_default().as_str()),
        ]),
        "stages": one.stages.iter().map(|(code, name, count)| json!({"code": code, "name": name, "count": number(*count)})).collect::<Vec<_>>(),
        "ages": one.ages.iter().map(|age| json!({
            "code": age.code,
            "count": number(age.count),
            "query": query_string([
                ("since", age.since.map(|day| day.to_string()).unwrap_or_default().as_str()),
                ("until", age.until.map(|day| day.to_string()).unwrap_or_default().as_str()),
            ]),
        })).collect::<Vec<_>>(),
        "lines": list::lines(&one.work, &one.gists),
        "heads": list::plain_heads(visitor),
    })
}

fn mailbox_shown(one: &MailboxLine) -> Value {
    json!({
        "id": one.id,
        "name": one.name,
        "confirmed": one.confirmed,
        "failing_since": one.failing_since,
        "last_mail": one.last_mail,
        "bars": render::bars(&[&one.days], 84, 20),
        "mails": one.days.iter().sum::<i64>(),
        "days": one.days.iter().map(i64::to_string).collect::<Vec<_>>().join(", "),
    })
}

/// What came in the last days: mails beside the records of all types, a pair a day.
fn lately(overview: &Overview) -> Value {
    let made: Vec<i64> =
        (0..DAYS).map(|day| overview.records.iter().filter_map(|one| one.days.get(day)).sum()).collect();
    let days = overview.first_day.iter_days().zip(overview.mails.iter().zip(&made));
    let days: Vec<_> = days
        .map(|(day, (mails, records))| json!({"day": day.to_string(), "mails": mails, "records": records}))
        .collect();
    json!({
        "bars": render::bars(&[&overview.mails, &made], 560, 120),
        "most": overview.mails.iter().chain(&made).max(),
        "days": days,
        "mails": overview.mails.iter().sum::<i64>(),
        "records": made.iter().sum::<i64>(),
    })
}
