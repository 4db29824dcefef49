//! The list of a record type: a plain form with GET; htmx only sends it while one types.

use rocket::get;
use rocket_dyn_templates::context;
use serde_json::{Value, json};

use crate::domain::rights::{Object, Right};
use crate::domain::words;
use crate::operations::records::{self, PAGE, RecordLine, RecordOrder, RecordQuery, Show};
use crate::web::forms::{Pager, query_string};
use crate::web::guards::Visitor;
use crate::web::render::{PageAnswer, Reply};

/// `order` of a list whose latest dates stand first.
const BY_DATE: &str = "date";

#[get("/records/<model>?<q>&<stage>&<show>&<order>&<page>")]
pub async fn show(
    visitor: Visitor<'_>,
    model: &str,
    q: Option<&str>,
    stage: Option<&str>,
    show: Option<&str>,
    order: Option<&str>,
    page: Option<i64>,
) -> PageAnswer {
    let query = RecordQuery {
        search: q.unwrap_or_default().to_owned(),
        stage: stage.filter(|code| !code.is_empty()).map(str::to_owned),
        show: show.and_then(Show::from_code).unwrap_or(Show::All),
        order: if order == Some(BY_DATE) { RecordOrder::Date } else { RecordOrder::LastMail },
        page: Pager::page(page),
    };
    let (asked, of) = (query.clone(), model.to_owned());
    let list = visitor.run(move |app, caller| records::list(app, caller, &of, &asked)).await?;

    let path = format!("/records/{model}");
    let stage = list.stage.as_ref().map_or("", |stage| &stage.code);
    let show = if query.show == Show::All { "" } else { query.show.code() };
    let order = if query.order == RecordOrder::Date { BY_DATE } else { "" };
    let link = |show: &str, order: &str| match query_string([
        ("q", query.search.as_str()),
        ("stage", stage),
        ("show", show),
        ("order", order),
    ]) {
        kept if kept.is_empty() => path.clone(),
        kept => format!("{path}?{kept}"),
    };
    let shows: Vec<_> = list
        .shows
        .iter()
        .map(|(one, count)| {
            let label = words::text(visitor.language(), &format!("records-show-{}", one.code().replace('_', "-")));
            let code = if *one == Show::All { "" } else { one.code() };
            context! { label, count, path: link(code, order), current: *one == query.show }
        })
        .collect();
    let stages: Vec<_> =
        list.stages.iter().map(|(one, count)| context! { code: &one.code, name: &one.name, count }).collect();
    let stages_total: i64 = list.stages.iter().map(|(_, count)| count).sum();
    let filtered = !query.search.is_empty() || !stage.is_empty() || query.show != Show::All;
    let kept = [("q", query.search.as_str()), ("stage", stage), ("show", show), ("order", order)];
    let pager = Pager::new(&path, &kept, list.page, PAGE, list.total);
    let sees_servers = visitor.caller.may(Right::Read, Object::Servers);
    Ok(Reply::page(
        "records/list.html",
        context! {
            path: &path,
            title: &list.module.label_plural,
            label: &list.module.label,
            lines: list.lines.iter().map(line).collect::<Vec<_>>(),
            show,
            order,
            orders: [("date", BY_DATE), ("last-mail", "")].map(|(name, by)| (name, link(show, by), by == order)),
            stage,
            stages,
            stages_total,
            shows,
            filtered,
            pager,
            q: &query.search,
            empty_path: if sees_servers { "/settings/technical/email/incoming" } else { "/settings/technical/email/messages" },
            empty_action: if sees_servers { "records-none-action-servers" } else { "records-none-action-messages" },
            shows_archived: query.show == Show::NotAGrievance,
        },
    ))
}

fn line(line: &RecordLine) -> Value {
    let stars = line.priority.parse().map_or(0, |stars: usize| stars.min(3));
    json!({
        "id": line.id,
        "number": line.number,
        "name": line.name,
        "contact": line.contact.as_ref().or(line.partner_name.as_ref()).or(line.partner_email.as_ref()),
        "stage": line.stage.name,
        "stage_closed": line.stage.closed,
        "assignee": line.assignee.as_ref().map(|assignee| &assignee.name),
        "assignee_archived": line.assignee.as_ref().is_some_and(|assignee| !assignee.active),
        "priority": line.priority,
        "stars": "★".repeat(stars),
        "new_mail": line.new_mail,
        "date": line.date,
        "last_mail_at": line.last_mail_at,
    })
}
