//! What a grievance mechanism needs: categories, tags, severity, due dates and the reason at closing.

use diesel::RunQueryDsl;
use mailgate::domain::person::Caller;
use mailgate::operations::categories;
use mailgate::xmlrpc::Value;

use super::list::titles;
use crate::rpc::client::{Api, first, leaf, list, member, members, s};
use crate::support::database::{Place, execute, on_both};
use crate::support::desk::Desk;
use crate::support::wait_for;
use crate::web::site::{Browser, Site};

const LIST: &str = "/records/spp.grm.ticket";
const KEPT: &str = "/settings/records/spp.grm.ticket";

/// Payments, and below it Late; Staff. Tags: urgent, media.
fn keep(admin: &Browser) {
    let add = |what: &str, fields: &[(&str, &str)]| {
        let path = format!("{KEPT}/{what}/new");
        let done = admin.submit(&path, &path, fields);
        assert_eq!(done.status.code, 303, "{}", done.body);
    };
    add("categories", &[("name", "Payments"), ("code", "PAY")]);
    add("categories", &[("name", "Late"), ("parent", "1")]);
    add("categories", &[("name", "Staff")]);
    add("tags", &[("name", "urgent")]);
    add("tags", &[("name", "media")]);
}

fn set(browser: &Browser, id: i32, field: &str, value: &str) {
    let (page, path) = (format!("{LIST}/{id}"), format!("{LIST}/{id}/set/{field}"));
    let opened = browser.get(&page);
    let done = browser.send(&opened, "records-form", &path, &[("set", value)]);
    assert_eq!(done.status.code, 303, "{field} {value}: {}", done.body);
}

fn sql(desk: &Desk, statement: &str) {
    execute(&desk.site.app.store, statement);
}

on_both! {
    fn categories_and_tags_are_kept_given_found_and_counted(place: &Place) {
        let desk = Desk::new(place);
        for title in ["First", "Second", "Third"] {
            desk.plain("awa@people.example", title, "Please help");
        }
        let admin = desk.site.signed_in("admin");
        keep(&admin);
        admin.get(KEPT).says("Payments");
        let twice = admin.submit(KEPT, &format!("{KEPT}/categories/new"), &[("name", "PAYMENTS")]);
        assert_eq!(twice.status.code, 422);
        twice.says("There is “PAYMENTS” already");
        let circle = [("name", "Payments"), ("parent", "2")];
        assert_eq!(admin.submit(KEPT, &format!("{KEPT}/categories/1"), &circle).status.code, 422);

        let officer = desk.site.signed_in("officer");
        set(&officer, 1, "category_id", "2");
        set(&officer, 2, "category_id", "3");
        set(&officer, 1, "tag_ids", "2,1");
        set(&officer, 2, "severity", "critical");
        officer.get(&format!("{LIST}/1")).says("Category: — → Payments / Late");
        for (filter, shown) in [
            ("category=1", vec!["First"]),
            ("category=2", vec!["First"]),
            ("category=3", vec!["Second"]),
            ("tag=1", vec!["First"]),
            ("choice.severity=critical", vec!["Second"]),
            ("choice.severity=medium", vec!["Third", "First"]),
            ("choice.channel=email", vec!["Third", "Second", "First"]),
            ("choice.channel=phone", vec![]),
            ("category=1&tag=2&choice.severity=medium", vec!["First"]),
            ("choice.nothing=1", vec!["Third", "Second", "First"]),
        ] {
            let page = officer.get(&format!("{LIST}?{filter}"));
            assert_eq!(titles(&page.body), shown, "{filter}");
            page.says(&format!("Open <span class=\"count\">{}</span>", shown.len()));
        }
        let page = officer.get(LIST);
        page.says("Payments / Late");
        page.says("urgent");
        page.says("<span class=\"badge warning\">Critical</span>");

        // A new name of what stands above is one of all below it, and nothing that is used is lost.
        let renamed = [("name", "Money"), ("code", "PAY"), ("archived", "1")];
        assert_eq!(admin.submit(KEPT, &format!("{KEPT}/categories/1"), &renamed).status.code, 303);
        officer.get(LIST).says("Money / Late");
        let archived = admin.submit(KEPT, &format!("{KEPT}/tags/1"), &[("name", "urgent"), ("archived", "1")]);
        assert_eq!(archived.status.code, 303);
        officer.get(&format!("{LIST}/1")).says("urgent");
        assert!(!officer.get(&format!("{LIST}/2")).body.contains("urgent"), "it is offered no more");
        assert!(desk.audit("spp.grm.ticket.category").iter().any(|(action, after)| action == "write" && after.contains("Money")));
        assert_eq!(officer.get(KEPT).status.code, 403);
    }

    fn many_get_a_tag_and_a_category_and_lose_them_by_undo(place: &Place) {
        let desk = Desk::new(place);
        for title in ["First", "Second", "Third"] {
            desk.plain("awa@people.example", title, "Please help");
        }
        keep(&desk.site.signed_in("admin"));
        let officer = desk.site.signed_in("officer");
        set(&officer, 1, "tag_ids", "2");
        let many = |form: &[(&str, &str)]| {
            let all = [form, &[("list", ""), ("newest", "99"), ("all", "1")]].concat();
            let done = officer.submit(LIST, &format!("{LIST}/many"), &all);
            assert_eq!(done.status.code, 303, "{}", done.body);
            officer.get(&done.location)
        };
        let undo = |said: &crate::web::site::Page| {
            let path = said.body.split_once("/undo\"").unwrap().0.rsplit('"').next().unwrap();
            officer.submit(LIST, &format!("{path}/undo"), &[("list", "")])
        };
        let tagged = |tag: &str| titles(&officer.get(&format!("{LIST}?tag={tag}")).body).len();
        let said = many(&[("deed", "tag"), ("to_tag", "1")]);
        said.says("3 were changed.");
        assert_eq!((tagged("1"), tagged("2")), (3, 1));
        undo(&said);
        assert_eq!((tagged("1"), tagged("2")), (0, 1), "what a record had before, it has again");
        many(&[("deed", "untag"), ("to_tag", "2")]).says("One was changed.");
        assert_eq!(tagged("2"), 0);
        let said = many(&[("deed", "category"), ("category_field", "category_id"), ("to_category", "2")]);
        said.says("3 were changed.");
        assert_eq!(titles(&officer.get(&format!("{LIST}?category=1")).body).len(), 3);
        undo(&said);
        assert_eq!(titles(&officer.get(&format!("{LIST}?category=1")).body).len(), 0);
        let wrong = [("deed", "category"), ("category_field", "description"), ("to_category", "2")];
        many(&wrong).says("have no such field");
    }

    fn what_is_due_is_said_and_time_stands_still_while_a_record_waits(place: &Place) {
        let desk = Desk::new(place);
        // Both of Sunday, the 22nd of November 2026.
        desk.plain("awa@people.example", "Long ago", "Please help");
        desk.plain("moussa@people.example", "Waits", "Please help");
        let (admin, officer) = (desk.site.signed_in("admin"), desk.site.signed_in("officer"));
        let due = |title: &str| {
            let api = Api::of(Site { app: desk.site.app.clone() }, "officer");
            let fields = list([s("sla_deadline")]);
            let found = api.call("spp.grm.ticket", "search_read", [list([leaf("name", "=", s(title))]), fields]).unwrap();
            member(first(&found), "sla_deadline").clone()
        };
        let late = |due: Value| matches!(due, Value::String(day) if day.as_str() > "2026-12-05");
        assert!(late(due("Long ago")), "its time runs since it came, whatever the clock of its sender says");
        // Now it came when it was written.
        let written = "UPDATE records SET due_from = date; DELETE FROM settings WHERE name LIKE 'due counted %'";
        sql(&desk, written);
        place.open();
        assert_eq!(due("Long ago"), s("2026-12-04 23:59:59"), "ten working days for what is of medium severity; and what was not counted to the end is, by the next start");
        set(&officer, 1, "severity", "critical");
        assert_eq!(due("Long ago"), s("2026-11-24 23:59:59"));
        officer.get(&format!("{LIST}/1")).says("Due: 2026-12-04 → 2026-11-24");

        // What administrators keep counts for what is there already.
        let deadlines = [("low", ""), ("medium", "1"), ("high", "3"), ("critical", "1")];
        assert_eq!(admin.submit(KEPT, &format!("{KEPT}/deadlines"), &deadlines).status.code, 303);
        assert_eq!(due("Waits"), s("2026-11-23 23:59:59"));
        let days = [("days", "0"), ("days", "2"), ("holidays", "2026-11-23 Founders' Day"), ("zone", "Africa/Nairobi")];
        let path = "/settings/working-days";
        assert_eq!(admin.submit(path, path, &days).status.code, 303);
        assert_eq!(due("Waits"), s("2026-11-25 20:59:59"), "the first Wednesday, in Nairobi");
        admin.get(path).says("Founders&#x27; Day");
        let wrong = admin.submit(path, path, &[("holidays", "Christmas"), ("days", "0"), ("zone", "UTC")]);
        assert_eq!(wrong.status.code, 422);
        wrong.says("does not begin with a day");
        assert_eq!(admin.submit(KEPT, &format!("{KEPT}/deadlines"), &[("high", "many")]).status.code, 422);

        let move_on = |id: i32, stage: &str| {
            let page = officer.get(&format!("{LIST}/{id}"));
            let done = officer.send(&page, "records-form", &format!("{LIST}/{id}/stage"), &[("stage_id", stage)]);
            assert_eq!(done.status.code, 303, "{}", done.body);
        };
        move_on(2, "awaiting");
        assert_eq!(due("Waits"), Value::Boolean(false), "nothing is due while it waits");
        officer.get(&format!("{LIST}/2")).says("Paused");
        // It has waited since the day on which it came, and a day was left.
        sql(&desk, "UPDATE record_waits SET since = '2026-11-02 10:00:00'");
        sql(&desk, "UPDATE records SET due_from = '2026-11-02 10:00:00', due = NULL WHERE name = 'Waits'");
        let today = mailgate::domain::now().to_string();
        move_on(2, "in_progress");
        assert!(matches!(due("Waits"), Value::String(day) if day > today), "the day that it had left is ahead of it");

        // Overdue is what is open and late; what was settled says why.
        sql(&desk, "UPDATE records SET due = '2026-11-01 00:00:00'");
        let overdue = officer.get(&format!("{LIST}?show=overdue"));
        assert_eq!(titles(&overdue.body).len(), 2);
        overdue.says("Overdue <span class=\"count\">2</span>");
        assert_eq!(titles(&officer.get(&format!("{LIST}?order=due")).body).len(), 2);
        move_on(1, "done");
        officer.get(LIST).says("Overdue <span class=\"count\">1</span>");
        let settled = officer.get(&format!("{LIST}/1"));
        settled.says("Decision: how did it end?");
        settled.says("Settled too late");
        set(&officer, 1, "decision", "upheld");
        let said = officer.get(&format!("{LIST}/1"));
        assert!(!said.body.contains("how did it end?"));
        assert_eq!(titles(&officer.get(&format!("{LIST}?show=closed&choice.decision=upheld")).body), ["Long ago"]);
    }

    fn clients_know_them_as_odoo_has_them(place: &Place) {
        let admin = Api::new(place, "admin");
        let officer = Api::of(Site { app: admin.site.app.clone() }, "officer");
        let (ticket, category, tag) = ("spp.grm.ticket", "spp.grm.ticket.category", "spp.grm.ticket.tag");
        let make = |model: &str, values: Value| admin.call(model, "create", [values]).unwrap();
        let top = make(category, members([("name", s("Payments")), ("code", s("PAY"))]));
        let late = make(category, members([("name", s("Late")), ("parent_id", top.clone())]));
        let very = make(category, members([("name", s("Very late")), ("parent_id", late.clone())]));
        let staff = make(category, members([("name", s("Staff"))]));
        let refused = officer.call(category, "create", [members([("name", s("Mine"))])]);
        assert!(refused.unwrap_err().1.contains("not allowed to create"));
        let named = officer.call(category, "read", [list([very.clone()]), list([s("display_name"), s("child_ids")])]).unwrap();
        assert_eq!(member(first(&named), "display_name"), &s("Payments / Late / Very late"));

        let fields = officer.call_with(ticket, "fields_get", [], []).unwrap();
        let about = |name: &str, what: &str| member(member(&fields, name), what).clone();
        assert_eq!((about("category_id", "type"), about("category_id", "relation")), (s("many2one"), s(category)));
        assert_eq!((about("tag_ids", "type"), about("tag_ids", "relation")), (s("many2many"), s(tag)));
        assert_eq!((about("severity", "type"), about("sla_deadline", "readonly")), (s("selection"), Value::Boolean(true)));

        let urgent = make(tag, members([("name", s("urgent"))]));
        let media = make(tag, members([("name", s("media"))]));
        let record = |name: &str, category: &Value, tags: Value| {
            let values = members([("name", s(name)), ("category_id", category.clone()), ("tag_ids", tags)]);
            officer.call(ticket, "create", [values]).unwrap()
        };
        let all = list([urgent.clone(), media.clone()]);
        let one = record("One", &very, list([list([Value::Integer(6), Value::Integer(0), all.clone()])]));
        let two = record("Two", &staff, list([list([Value::Integer(4), media.clone()])]));
        let three = record("Three", &Value::Boolean(false), list([]));
        let read = |record: &Value| {
            let found = officer.call(ticket, "read", [list([record.clone()]), list([s("tag_ids"), s("category_id")])]).unwrap();
            (member(first(&found), "tag_ids").clone(), member(first(&found), "category_id").clone())
        };
        assert_eq!(read(&one), (all, list([very.clone(), s("Payments / Late / Very late")])));
        assert_eq!(read(&three), (list([]), Value::Boolean(false)));
        let write = |record: &Value, tags: Value| officer.call(ticket, "write", [list([record.clone()]), members([("tag_ids", tags)])]);
        write(&one, list([list([Value::Integer(3), urgent.clone()])])).unwrap();
        assert_eq!(read(&one).0, list([media.clone()]));
        let new = list([Value::Integer(0), Value::Integer(0), members([("name", s("mine"))])]);
        assert!(write(&one, list([new.clone()])).is_err(), "an officer makes no tags");
        let made = admin.call(ticket, "write", [list([one.clone()]), members([("tag_ids", list([new]))])]).unwrap();
        assert_eq!(made, Value::Boolean(true));
        assert!(write(&one, list([list([Value::Integer(4), Value::Integer(4711)])])).is_err());

        let found = |leaf_of: Value| officer.call_with(ticket, "search", [list([leaf_of])], [("order", s("id"))]).unwrap();
        let some = |records: &[&Value]| Value::Array(records.iter().map(|one| (*one).clone()).collect());
        assert_eq!(found(leaf("category_id", "child_of", top.clone())), some(&[&one]));
        assert_eq!(found(leaf("category_id", "child_of", s("Late"))), some(&[&one]));
        assert_eq!(found(leaf("category_id", "child_of", list([late, staff.clone()]))), some(&[&one, &two]));
        assert_eq!(found(leaf("category_id", "parent_of", very.clone())), some(&[&one]));
        assert_eq!(found(leaf("category_id", "=", top.clone())), some(&[]));
        assert_eq!(found(leaf("category_id.code", "=", s("PAY"))), some(&[]));
        assert_eq!(found(leaf("category_id", "ilike", s("staff"))), some(&[&two]));
        assert_eq!(found(leaf("tag_ids", "in", list([media.clone()]))), some(&[&one, &two]));
        assert_eq!(found(leaf("tag_ids", "not in", list([media.clone()]))), some(&[&three]));
        assert_eq!(found(leaf("tag_ids", "=", Value::Boolean(false))), some(&[&three]));
        assert_eq!(found(leaf("tag_ids", "ilike", s("min"))), some(&[&one]));
        assert_eq!(found(leaf("tag_ids.name", "=", s("media"))), some(&[&one, &two]));
        let below = officer.call(category, "search_count", [list([leaf("id", "child_of", top)])]).unwrap();
        assert_eq!(below, Value::Integer(3));
        let groups = officer.call(ticket, "read_group", [list([]), list([]), list([s("category_id")])]).unwrap();
        assert!(matches!(groups, Value::Array(groups) if groups.len() == 3));
        assert!(officer.call(ticket, "write", [list([one]), members([("category_id", Value::Integer(99))])]).is_err());
    }
}

#[derive(diesel::QueryableByName)]
struct HeldTerms {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    held: bool,
}

/// Who changes records holds the end of the audit, and may then ask when they are due.
#[test]
fn deadlines_are_changed_beside_whoever_changes_records() {
    let site = Site::new(&Place::postgres());
    let app = &site.app;
    let module = app.modules.get("spp.grm.ticket").unwrap();
    let (holds, held) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let other = scope.spawn(move || {
            app.store.write(|db| {
                mailgate::store::audit::begin(db)?;
                holds.send(()).unwrap();
                wait_for("the terms to be held", std::time::Duration::from_secs(10), || {
                    let asked = "SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                                 WHERE d.datname = current_database() AND l.locktype = 'advisory' \
                                 AND l.mode = 'ExclusiveLock' AND l.granted AND l.objid = 7103432) AS held";
                    let found: Vec<HeldTerms> = diesel::sql_query(asked).load(db).unwrap();
                    found.first().filter(|found| found.held).map(drop)
                });
                mailgate::store::records::due::terms(db, [module])
            })
        });
        held.recv().unwrap();
        let days = std::collections::BTreeMap::from([("high".to_owned(), "7".to_owned())]);
        categories::set_deadlines(app, &Caller::command_line(), "spp.grm.ticket", &days).unwrap();
        other.join().unwrap().unwrap();
    });
}
