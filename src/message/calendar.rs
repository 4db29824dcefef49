//! The events of a calendar in words (RFC 5545, RFC 5546): what, when and where.
//!
//! Our own reader of content lines, since mailers often send broken ones, and other parsers refuse a calendar because of a
//! single line; only a dozen properties are shown.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use crate::domain::words::{Sentence, long_day};
use crate::say;

/// Events of one calendar that are shown.
const EVENTS: usize = 20;
/// Characters of one value.
const VALUE: usize = 4_000;

struct Property {
    name: String,
    params: Vec<(String, String)>,
    value: String,
}

impl Property {
    fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// `Amina Diallo <amina@people.example>`.
    fn person(&self) -> String {
        let address = self.value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
        let address = address.map_or(self.value.as_str(), |_| &self.value[7..]);
        match self.param("CN") {
            Some(name) if name != address => format!("{name} <{address}>"),
            _ => address.to_owned(),
        }
    }
}

/// Puts the events of a calendar into words; None where there is none.
pub(super) fn words(text: &str) -> Option<Sentence> {
    let (mut method, mut within, mut event) = (String::new(), Vec::new(), Vec::new());
    let mut told = Vec::new();
    for line in unfolded(text) {
        let Some(property) = property(&line) else { continue };
        let value = property.value.to_ascii_uppercase();
        // Events, tasks and journals; the other components only belong to these.
        let is_event = |name: &str| !["VCALENDAR", "VALARM", "VTIMEZONE", "STANDARD", "DAYLIGHT"].contains(&name);
        match property.name.as_str() {
            "BEGIN" if within.len() < 20 => within.push(value),
            "END" => {
                if within.contains(&value) {
                    while within.pop().is_some_and(|name| name != value) {}
                }
                if is_event(&value) && told.len() < EVENTS {
                    told.extend(tell(&method, &std::mem::take(&mut event)));
                }
            }
            "METHOD" => method = value,
            _ if within.last().is_some_and(|name| is_event(name)) && event.len() < 500 => event.push(property),
            _ => {}
        }
    }
    // The calendar was cut off within an event.
    if told.len() < EVENTS {
        told.extend(tell(&method, &event));
    }
    (!told.is_empty()).then(|| Sentence::listed("\n\n", told))
}

/// Lines whose continuations are joined.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
            (Some(more), Some(last)) => last.push_str(more),
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn property(line: &str) -> Option<Property> {
    let mut quoted = false;
    let ends = |c: char| {
        quoted ^= c == '"';
        c == ':' && !quoted
    };
    let colon = line.find(ends)?;
    let (head, value) = (&line[..colon], &line[colon + 1..]);
    let mut pieces = head.split(';');
    let name = pieces.next()?.trim().to_ascii_uppercase();
    let params = pieces.filter_map(|piece| piece.split_once('=')).take(20);
    let params = params.map(|(name, value)| (name.trim().to_ascii_uppercase(), value.trim_matches('"').to_owned()));
    Some(Property { name, params: params.collect(), value: unescaped(value.trim()) })
}

/// RFC 5545 §3.3.11.
fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value[..value.floor_char_boundary(VALUE)].chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.push(match chars.next() {
                Some('n' | 'N') => '\n',
                Some(other) => other,
                None => break,
            }),
            c => text.push(c),
        }
    }
    text
}

fn tell(method: &str, event: &[Property]) -> Option<Sentence> {
    let find = |name: &str| event.iter().find(|property| property.name == name);
    let value = |name: &str| find(name).map(|property| property.value.trim()).filter(|value| !value.is_empty());
    let summary = value("SUMMARY").map_or_else(|| say!("calendar-no-title"), Sentence::verbatim);
    if event.is_empty() {
        return None;
    }
    let cancelled = method == "CANCEL" || value("STATUS").is_some_and(|it| it.eq_ignore_ascii_case("CANCELLED"));
    let kind = match method {
        _ if cancelled => say!("calendar-cancelled", summary),
        "REQUEST" | "ADD" => say!("calendar-invitation", summary),
        "REPLY" => say!("calendar-reply", summary),
        "COUNTER" => say!("calendar-counter", summary),
        "DECLINECOUNTER" => say!("calendar-decline-counter", summary),
        _ => say!("calendar-event", summary),
    };
    let mut lines = vec![kind];
    if method == "REPLY" {
        for attendee in event.iter().filter(|property| property.name == "ATTENDEE").take(10) {
            let person = attendee.person();
            lines.push(match attendee.param("PARTSTAT").unwrap_or_default().to_ascii_uppercase().as_str() {
                "ACCEPTED" => say!("calendar-accepts", person),
                "DECLINED" => say!("calendar-declines", person),
                "TENTATIVE" => say!("calendar-may-come", person),
                "DELEGATED" => say!("calendar-sends-another", person),
                _ => say!("calendar-undecided", person),
            });
        }
    }
    if let Some(start) = find("DTSTART") {
        lines.push(say!("calendar-when", when = when(start, find("DTEND"), value("DURATION"))));
    }
    if let Some(due) = find("DUE") {
        lines.push(say!("calendar-due", when = when(due, None, None)));
    }
    lines.extend(value("RRULE").map(|rule| say!("calendar-repeats", how = repeats(rule))));
    lines.extend(value("LOCATION").map(|place| say!("calendar-where", place)));
    lines.extend(find("ORGANIZER").map(|organizer| say!("calendar-organizer", person = organizer.person())));
    lines.extend(value("COMMENT").map(|comment| Sentence::verbatim(format!("\n{comment}"))));
    lines.extend(value("DESCRIPTION").map(|description| Sentence::verbatim(format!("\n{description}"))));
    Some(Sentence::listed("\n", lines))
}

/// A point of time: its day, its time unless it is a whole day, and the zone as the calendar names it.
fn moment(property: &Property) -> Option<(NaiveDate, Option<NaiveDateTime>, String)> {
    let value = property.value.trim().replace(['-', ':'], "");
    let date = NaiveDate::parse_from_str(value.get(..8)?, "%Y%m%d").ok()?;
    if value.len() == 8 {
        return Some((date, None, String::new()));
    }
    let digits = value.get(8..15)?.to_ascii_uppercase();
    let time = chrono::NaiveTime::parse_from_str(&digits, "T%H%M%S").ok()?;
    let zone = if value.ends_with(['Z', 'z']) { " UTC".to_owned() } else { String::new() };
    let zone = property.param("TZID").filter(|_| zone.is_empty()).map_or(zone, |id| format!(" ({id})"));
    Some((date, Some(date.and_time(time)), zone))
}

fn when(start: &Property, end: Option<&Property>, duration: Option<&str>) -> Sentence {
    let Some((first, begins, zone)) = moment(start) else { return Sentence::verbatim(&*start.value) };
    let day = long_day(first);
    let Some(begins) = begins else {
        // The end of whole days is the day after the last.
        let last = end.and_then(moment).and_then(|(date, ..)| date.pred_opt());
        let last = last.or_else(|| first.checked_add_signed(length(duration?)? - TimeDelta::days(1)));
        return match last.filter(|last| *last > first) {
            Some(last) => say!("calendar-days", day, last = long_day(last)),
            None => say!("calendar-day", day),
        };
    };
    let time = |at: NaiveDateTime, zone: &str| format!("{}{zone}", at.format("%H:%M"));
    let ends = end.and_then(moment);
    let other_zone = ends.as_ref().map(|(.., ends)| ends).filter(|ends| **ends != zone);
    let until = ends.as_ref().and_then(|(_, ends, _)| *ends);
    let until = until.or_else(|| begins.checked_add_signed(length(duration?)?));
    match (until.filter(|until| *until != begins), other_zone) {
        (None, _) => say!("calendar-time", day, time = time(begins, &zone)),
        (Some(until), None) if until.date() == first => {
            say!("calendar-times", day, time = time(begins, ""), until = time(until, &zone))
        }
        (Some(until), other) => {
            // Where both have the same zone, it is named once, at the end.
            let (here, there) = other.map_or(("", zone.as_str()), |other| (zone.as_str(), other.as_str()));
            let (time, last, until) = (time(begins, here), long_day(until.date()), time(until, there));
            say!("calendar-days-and-times", day, time, last, until)
        }
    }
}

/// `P1DT2H30M` (RFC 5545 §3.3.6).
fn length(duration: &str) -> Option<TimeDelta> {
    let (mut total, mut digits) = (TimeDelta::zero(), String::new());
    for c in duration.trim_start_matches('+').chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let number = || digits.parse::<u32>().ok().filter(|number| *number < 1_000_000).map(i64::from);
        total += match c.to_ascii_uppercase() {
            'P' | 'T' => TimeDelta::zero(),
            'W' => TimeDelta::weeks(number()?),
            'D' => TimeDelta::days(number()?),
            'H' => TimeDelta::hours(number()?),
            'M' => TimeDelta::minutes(number()?),
            'S' => TimeDelta::seconds(number()?),
            _ => return None,
        };
        digits.clear();
    }
    Some(total)
}

fn repeats(rule: &str) -> Sentence {
    let part = |name: &str| {
        let found =
            rule.split(';').filter_map(|part| part.split_once('=')).find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    };
    let count = part("INTERVAL").and_then(|number| number.parse::<u32>().ok()).unwrap_or(1).max(1);
    let every = match part("FREQ").unwrap_or_default().to_ascii_uppercase().as_str() {
        "DAILY" => say!("calendar-every-days", count),
        "WEEKLY" => say!("calendar-every-weeks", count),
        "MONTHLY" => say!("calendar-every-months", count),
        "YEARLY" => say!("calendar-every-years", count),
        _ => return Sentence::verbatim(rule),
    };
    let times = part("COUNT").and_then(|count| count.parse::<u32>().ok());
    let until = part("UNTIL").and_then(|day| NaiveDate::parse_from_str(day.get(..8)?, "%Y%m%d").ok());
    let times = times.map(|count| say!("calendar-times-in-all", count));
    let until = until.map(|date| say!("calendar-until", date));
    Sentence::listed(", ", [Some(every), times, until].into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::words;

    fn told(method: &str, event: &str) -> String {
        words(&format!(
            "BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        ))
        .unwrap()
        .to_string()
    }

    #[test]
    fn what_when_and_where() {
        assert_eq!(
            told(
                "REQUEST",
                "DTSTART:20261201T130000Z\r\nDTEND:20261201T140000Z\r\nSUMMARY:Visit of the water\r\n  committee\r\n\
                 LOCATION:School\\, Akosombo\r\nDESCRIPTION:Bring:\\n- the meter\r\n\
                 ORGANIZER;CN=\"Diallo: Amina\":MAILTO:amina@people.example\r\n\
                 BEGIN:VALARM\r\nDESCRIPTION:alarm\r\nEND:VALARM"
            ),
            "Invitation: Visit of the water committee\nWhen: Tuesday 1 December 2026, 13:00 to 14:00 UTC\n\
             Where: School, Akosombo\nOrganizer: Diallo: Amina <amina@people.example>\n\nBring:\n- the meter"
        );
    }

    #[test]
    fn every_way_to_say_when() {
        for (event, expected) in [
            ("DTSTART;VALUE=DATE:20261201\nDTEND;VALUE=DATE:20261202", "Tuesday 1 December 2026, all day"),
            (
                "DTSTART;VALUE=DATE:20261201\nDURATION:P2D",
                "Tuesday 1 December 2026 to Wednesday 2 December 2026, all day",
            ),
            (
                "DTSTART;TZID=Africa/Nairobi:20261201T090000\nDURATION:PT1H30M",
                "Tuesday 1 December 2026, 09:00 to 10:30 (Africa/Nairobi)",
            ),
            (
                "DTSTART:20261201T230000\nDTEND:20261202T010000",
                "Tuesday 1 December 2026, 23:00 to Wednesday 2 December 2026, 01:00",
            ),
            ("DTSTART:tomorrow", "tomorrow"),
        ] {
            let told = told("PUBLISH", event);
            assert!(told.contains(&format!("When: {expected}")), "{told}");
        }
        assert!(
            told("PUBLISH", "DTSTART:20261201\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=5")
                .contains("every 2 weeks, 5 times")
        );
    }

    #[test]
    fn cancellations_and_replies_say_so() {
        assert!(told("CANCEL", "SUMMARY:Visit").starts_with("Cancelled: Visit"));
        assert!(told("REQUEST", "SUMMARY:Visit\nSTATUS:CANCELLED").starts_with("Cancelled: Visit"));
        let reply = told("REPLY", "SUMMARY:Visit\nATTENDEE;PARTSTAT=DECLINED;CN=Amina:mailto:a@b.example");
        assert_eq!(reply, "Reply to an invitation: Visit\nAmina <a@b.example> declines.");
    }

    #[test]
    fn what_is_no_calendar_tells_nothing_and_hostile_ones_end() {
        assert_eq!(words("words"), None);
        for piece in [
            "BEGIN:VEVENT\n",
            "BEGIN:VEVENT\nEND:VEVENT\n",
            "BEGIN:VEVENT\nX:1\nEND:VEVENT\n",
            " \n",
            "A;B=\"",
            "DURATION:P",
        ] {
            let _ = words(&piece.repeat((1 << 20) / piece.len()));
        }
    }
}
