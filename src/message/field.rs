//! Single values out of header fields: dates and message identifiers.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime};

use super::clean;
use crate::domain::Moment;

/// Message-IDs kept of References.
const IDS: usize = 100;
/// Characters of one; longer ones are none (RFC 5322 §2.1.1).
const ID: usize = 998;

/// A Date field in UTC, in the forms that are met; None where it is none, or absurd: before there was mail, or
/// more than two days after `received`.
pub fn date(value: &str, received: Moment) -> Option<Moment> {
    let value = clean::line(value, 100);
    let moment = DateTime::parse_from_rfc2822(&value)
        .or_else(|_| DateTime::parse_from_rfc3339(&value))
        .map(|date| date.naive_utc())
        .ok()
        .or_else(|| NaiveDateTime::parse_from_str(&value, "%a %b %e %H:%M:%S %Y").ok())
        .or_else(|| {
            let seconds = mailparse::dateparse(&value).ok().filter(|seconds| *seconds > 0)?;
            Some(DateTime::from_timestamp(seconds, 0)?.naive_utc())
        })?;
    let first = NaiveDate::from_ymd_opt(1971, 1, 1)?.and_hms_opt(0, 0, 0)?;
    let last = received.checked_add_days(Days::new(2))?;
    (first..=last).contains(&moment).then_some(moment)
}

/// Message-IDs with their angle brackets, in order, each once. White space inside them comes from folding. Where
/// there are too many, the first and the last ones count.
pub fn message_ids(value: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('<') {
        let Some((inside, beyond)) = after.split_once('>') else { break };
        rest = beyond;
        if let Some(id) = message_id(inside)
            && !ids.contains(&id)
        {
            if ids.len() == IDS {
                ids.remove(1);
            }
            ids.push(id);
        }
    }
    ids
}

/// One Message-ID, with or without its brackets.
pub fn message_id(value: &str) -> Option<String> {
    let inside = match value.split_once('<') {
        Some((_, after)) => after.split('>').next().unwrap_or_default(),
        None => value,
    };
    let id: String = inside.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    (!id.is_empty() && id.len() <= ID).then(|| format!("<{id}>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
    }

    #[test]
    fn dates_as_they_are_written() {
        let received = moment("2026-11-22 12:00:00");
        for text in [
            "Sat, 21 Nov 2026 10:00:00 +0300",
            "Sat, 21 Nov 2026 10:00:00 +0300 (East Africa Time)",
            "21 Nov 2026 07:00 GMT",
            "21 Nov 26 07:00:00 UT",
            "2026-11-21T10:00:00+03:00",
            "Sat Nov 21 07:00:00 2026",
        ] {
            assert_eq!(date(text, received), Some(moment("2026-11-21 07:00:00")), "{text}");
        }
    }

    #[test]
    fn absurd_dates_are_none() {
        let received = moment("2026-11-22 12:00:00");
        for text in ["", "yesterday", "Thu, 01 Jan 1970 00:00:00 +0000", "Sat, 21 Nov 2099 10:00:00 +0000", "\u{7}"] {
            assert_eq!(date(text, received), None, "{text}");
        }
    }

    #[test]
    fn identifiers_are_unfolded_and_told_once() {
        assert_eq!(message_ids("<a@b>\t<c\r\n @d> text <a@b> <>"), ["<a@b>", "<c@d>"]);
        assert_eq!(message_id(" a@b "), Some("<a@b>".into()));
        assert_eq!(message_id("<>"), None);
        let many: String = (0..500).map(|n| format!("<{n}@x>")).collect();
        let ids = message_ids(&many);
        assert_eq!((ids.len(), ids[0].as_str(), ids[99].as_str()), (100, "<0@x>", "<499@x>"));
    }
}
