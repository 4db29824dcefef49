//! A record is dated with its mail, not with the moment that it was fetched: in its page, the list and the API.

use chrono::{TimeDelta, Utc};
use mailgate::domain::id::{MessageId, RecordId};
use mailgate::store::records::view::{self, Record};
use mailgate::xmlrpc::Value;

use super::list::titles;
use crate::intake::world::GRIEVANCE;
use crate::rpc::client::{Api, first, list, member, members, s};
use crate::support::database::on_both;
use crate::support::desk::Desk;

const LIST: &str = "/records/spp.grm.ticket";

/// A mail of its own writer, dated as a Date field is.
fn mail(desk: &Desk, id: &str, date: &str, answers: &str) -> MessageId {
    let reply = if answers.is_empty() { String::new() } else { format!("In-Reply-To: <{answers}@x>\n") };
    let who = if answers.is_empty() { id } else { answers };
    desk.mail(&format!(
        "From: {who}@people.example\nTo: s@mail.example\nSubject: {id}\nMessage-ID: <{id}@x>\n{reply}Date: {date}\n\n{id} {date}\n"
    ))
}

fn record(desk: &Desk, message: MessageId) -> Record {
    let id = RecordId(desk.record(message).rsplit_once('/').unwrap().1.parse().unwrap());
    let sight = mailgate::store::sight::RecordSight::machine();
    desk.site.app.store.read(|db| view::find(db, sight, GRIEVANCE, id)).unwrap().unwrap()
}

fn text(value: &Value, name: &str) -> String {
    let Value::String(text) = member(value, name) else { panic!("{value:?}") };
    text.clone()
}

on_both! {
    fn a_record_has_its_mails_date_and_new_mail_stands_first_whatever_its_clock_says(place: &Place) {
        let desk = Desk::new(place);
        let middle = mail(&desk, "middle", "Tue, 2 Jun 2020 12:00:00 +0200", "");
        mail(&desk, "newest", "Wed, 3 Jun 2026 12:00:00 +0000", "");
        mail(&desk, "oldest", "Mon, 1 Jun 2015 12:00:00 +0000", "");
        let browser = desk.site.signed_in("officer");
        assert_eq!(titles(&browser.get(LIST).body), ["oldest", "newest", "middle"]);
        let one = record(&desk, middle);
        assert_eq!(one.date.to_string(), "2020-06-02 10:00:00");
        assert!(Utc::now().naive_utc() - one.create_date < TimeDelta::minutes(5), "this database's own: {one:?}");
        browser.get(&desk.record(middle)).says("2020-06-02");

        // A reply lifts its record, and its date stays that of the first mail.
        mail(&desk, "later", "Mon, 1 Jun 2015 13:00:00 +0000", "middle");
        let lifted = record(&desk, middle);
        assert_eq!(lifted.date, one.date);
        assert!(lifted.last_mail_at > one.last_mail_at, "{lifted:?}");
        let page = browser.get(LIST);
        assert_eq!(titles(&page.body), ["middle", "oldest", "newest"]);
        page.says("order=date");
        let page = browser.get(&format!("{LIST}?order=date"));
        assert_eq!(titles(&page.body), ["newest", "middle", "oldest"]);
        page.says("show=mine&amp;order=date");
    }

    fn no_record_is_dated_after_its_mail_came(place: &Place) {
        let desk = Desk::new(place);
        let tomorrow = (Utc::now() + TimeDelta::hours(20)).to_rfc2822();
        let ahead = record(&desk, mail(&desk, "ahead", &tomorrow, ""));
        assert!(ahead.date <= ahead.create_date, "{ahead:?}");
    }

    fn clients_read_sort_by_give_and_correct_the_date(place: &Place) {
        let api = Api::new(place, "officer");
        let make = |title: &str, date: Option<&str>| {
            let mut values = vec![("name".to_owned(), s(title))];
            values.extend(date.map(|date| ("date".to_owned(), s(date))));
            api.call(GRIEVANCE, "create", [Value::Struct(values.into_iter().collect())])
        };
        let now = make("Now", None).unwrap();
        let given = make("Given", Some("2019-05-04 10:00:00")).unwrap();
        let (_, refused) = make("To come", Some("2099-01-01 00:00:00")).unwrap_err();
        assert!(refused.contains("lies in the future"), "{refused}");
        let read = |id: &Value| {
            let fields = list([s("date"), s("create_date"), s("last_mail_at")]);
            let read = api.call(GRIEVANCE, "read", [list([id.clone()]), fields]).unwrap();
            let one = first(&read);
            [text(one, "date"), text(one, "create_date"), text(one, "last_mail_at")]
        };
        let [date, created, _] = read(&now);
        assert_eq!(date[..16], created[..16], "{date} {created}");
        let [date, created, last] = read(&given);
        assert_eq!((date.as_str(), last.as_str()), ("2019-05-04 10:00:00", "2019-05-04 10:00:00"));
        assert!(created.as_str() > "2026", "{created}");

        let sorted = |order: &str| api.call_with(GRIEVANCE, "search", [list([])], [("order", s(order))]).unwrap();
        assert_eq!(sorted("date"), list([given.clone(), now.clone()]));
        assert_eq!(sorted("date desc"), list([now.clone(), given.clone()]));
        let before = list([list([s("date"), s("<"), s("2020-01-01")])]);
        assert_eq!(api.call(GRIEVANCE, "search", [before]).unwrap(), list([given.clone()]));
        let about = api.call_with(GRIEVANCE, "fields_get", [list([s("date")])], [("attributes", list([s("type"), s("readonly")]))]);
        assert_eq!(member(&about.unwrap(), "date"), &members([("type", s("datetime")), ("readonly", Value::Boolean(false))]));

        api.call(GRIEVANCE, "write", [list([given.clone()]), members([("date", s("2018-01-02 03:04:05"))])]).unwrap();
        assert_eq!(read(&given)[0], "2018-01-02 03:04:05");
        assert_eq!(read(&given)[2], "2018-01-02 03:04:05", "the list has it there");
    }
}
