//! Times in a record's form: kept in UTC, typed and shown in the person's own zone.

use chrono::{NaiveDateTime, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;

use crate::operations::records::field::moment;
use crate::web::guards::Visitor;

pub(super) fn zone(visitor: &Visitor<'_>) -> Tz {
    visitor.session.user.time_zone.parse().unwrap_or(Tz::UTC)
}

/// What was typed, as it is kept; what is no time stays as it is, for whoever says so. An hour that the clocks repeat is
/// the first of the two, one that they leave out the next.
pub(super) fn to_utc(zone: Tz, typed: &str) -> String {
    let Some(local) = moment(typed.trim()) else { return typed.to_owned() };
    let at = zone.from_local_datetime(&local).earliest();
    let at = at.or_else(|| zone.from_local_datetime(&(local + TimeDelta::hours(1))).earliest());
    at.map_or_else(|| typed.to_owned(), |at| at.naive_utc().format("%Y-%m-%d %H:%M:%S").to_string())
}

/// What is kept, as `datetime-local` takes it.
pub(super) fn to_local(zone: Tz, kept: &str) -> String {
    let Some(at) = moment(kept.trim()) else { return kept.to_owned() };
    let local: NaiveDateTime = zone.from_utc_datetime(&at).naive_local();
    local.format(if local.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" }).to_string()
}

/// What is kept, as a person reads it.
pub(super) fn in_words(zone: Tz, kept: &str) -> String {
    let Some(at) = moment(kept.trim()) else { return kept.to_owned() };
    zone.from_utc_datetime(&at).format("%Y-%m-%d %H:%M %Z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_typed_in_the_persons_zone_and_kept_in_utc() {
        for (zone, typed, kept) in [
            (Tz::Africa__Nairobi, "2026-11-22T10:30", "2026-11-22 07:30:00"),
            (Tz::Asia__Kathmandu, "2026-11-22T10:30:15", "2026-11-22 04:45:15"),
            (Tz::Europe__Berlin, "2026-10-25T02:30", "2026-10-25 00:30:00"),
            (Tz::UTC, "", ""),
        ] {
            assert_eq!(to_utc(zone, typed), kept);
            assert_eq!(to_local(zone, kept), typed);
        }
        assert_eq!(to_utc(Tz::Europe__Berlin, "2026-03-29T02:30"), "2026-03-29 01:30:00", "an hour that is left out");
        assert_eq!(to_utc(Tz::Europe__Berlin, "soon"), "soon");
        assert_eq!(in_words(Tz::Africa__Nairobi, "2026-11-22 07:30:00"), "2026-11-22 10:30 EAT");
    }
}
