//! When a record is due: so many working days after it was written, by its severity; time in which it waited for somebody
//! else does not count. Pure arithmetic with calendar days of one time zone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::{Invalid, Moment};
use crate::say;

/// The longest deadline, in days.
pub const MOST_DAYS: u32 = 1_000;
/// How many holidays are kept at most.
const MOST_HOLIDAYS: usize = 1_000;

/// On which days people work, and in which time zone: the same for the whole installation, since a record is due at the same
/// moment for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "KeptWorkingTime", into = "KeptWorkingTime")]
pub struct WorkingTime {
    zone: Tz,
    days: BTreeSet<u8>,
    holidays: BTreeMap<NaiveDate, String>,
}

/// Monday to Friday, UTC, and no holidays, until somebody says otherwise.
impl Default for WorkingTime {
    fn default() -> Self {
        Self { zone: Tz::UTC, days: (0..5).collect(), holidays: BTreeMap::new() }
    }
}

/// As it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct KeptWorkingTime {
    zone: String,
    /// Monday is 0.
    days: Vec<u8>,
    holidays: BTreeMap<NaiveDate, String>,
}

impl From<WorkingTime> for KeptWorkingTime {
    fn from(time: WorkingTime) -> Self {
        Self { zone: time.zone.name().to_owned(), days: time.days.into_iter().collect(), holidays: time.holidays }
    }
}

impl TryFrom<KeptWorkingTime> for WorkingTime {
    type Error = Invalid;

    fn try_from(kept: KeptWorkingTime) -> Result<Self, Invalid> {
        Self::new(&kept.zone, kept.days, kept.holidays)
    }
}

impl WorkingTime {
    /// In `days` Monday is 0; there is at least one, or nothing would ever be due.
    pub fn new(
        zone: &str,
        days: impl IntoIterator<Item = u8>,
        holidays: BTreeMap<NaiveDate, String>,
    ) -> Result<Self, Invalid> {
        let zone = zone.parse().map_err(|_| Invalid::new("zone", say!("user-time-zone")))?;
        let days: BTreeSet<u8> = days.into_iter().filter(|day| *day < 7).collect();
        if days.is_empty() {
            return Err(Invalid::new("days", say!("due-no-day")));
        }
        if holidays.len() > MOST_HOLIDAYS {
            return Err(Invalid::new("holidays", say!("due-many-holidays", most = MOST_HOLIDAYS)));
        }
        Ok(Self { zone, days, holidays })
    }

    /// Reads holidays as people type them: one a line, the day and then its name.
    pub fn parse_holidays(typed: &str) -> Result<BTreeMap<NaiveDate, String>, Invalid> {
        let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
        let one = |line: &str| {
            let (day, name) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            let day = day.parse().map_err(|_| Invalid::new("holidays", say!("due-holiday", line)))?;
            Ok((day, name.trim().chars().take(100).collect()))
        };
        lines.map(one).collect()
    }

    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Monday is 0.
    pub fn days(&self) -> impl Iterator<Item = u8> {
        self.days.iter().copied()
    }

    pub fn holidays(&self) -> &BTreeMap<NaiveDate, String> {
        &self.holidays
    }

    fn is_worked(&self, day: NaiveDate) -> bool {
        let number = u8::try_from(day.weekday().num_days_from_monday()).unwrap_or_default();
        self.days.contains(&number) && !self.holidays.contains_key(&day)
    }

    /// The date there at this moment.
    pub fn day_of(&self, at: Moment) -> NaiveDate {
        self.zone.from_utc_datetime(&at).date_naive()
    }

    /// The last second of the working day that is so many working days after the day of `from`. For zero days that is this
    /// day itself, or the next working day if nobody works on it. None beyond the end of the calendar.
    fn behind(&self, from: Moment, days: u32) -> Option<Moment> {
        let mut day = self.day_of(from);
        let mut left = days;
        // A year of holidays must end somewhere, too.
        for _ in 0..MOST_DAYS * 14 + 3_660 {
            if left == 0 && self.is_worked(day) {
                return Some(last_second(self.zone, day));
            }
            day = day.checked_add_days(Days::new(1))?;
            left -= u32::from(left > 0 && self.is_worked(day));
        }
        None
    }

    /// How many working days begin after the day of `from`, up to that of `to`.
    fn between(&self, from: Moment, to: Moment) -> u32 {
        let (mut day, end) = (self.day_of(from), self.day_of(to));
        let mut count = 0;
        while day < end && count <= MOST_DAYS * 10 {
            let Some(next) = day.checked_add_days(Days::new(1)) else { break };
            day = next;
            count += u32::from(self.is_worked(day));
        }
        count
    }
}

/// The last second of a day in a zone, in UTC.
fn last_second(zone: Tz, day: NaiveDate) -> Moment {
    first_moment(zone, day + Days::new(1)) - TimeDelta::seconds(1)
}

/// The moment at which a day begins in a zone, in UTC. It is later than midnight where the clocks are put forward then.
pub fn first_moment(zone: Tz, day: NaiveDate) -> Moment {
    let midnight = day.and_time(NaiveTime::MIN);
    let found = (0..24).find_map(|hour| zone.from_local_datetime(&(midnight + TimeDelta::hours(hour))).earliest());
    found.map_or(midnight, |at: DateTime<Tz>| at.with_timezone(&Utc).naive_utc())
}

/// Working days until a record is due, by the code of its severity; a severity without an entry is never due.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Deadlines(pub BTreeMap<String, u32>);

impl Deadlines {
    pub fn of(&self, severity: &str) -> Option<u32> {
        self.0.get(severity).copied().map(|days| days.min(MOST_DAYS))
    }
}

/// How long a record's deadline has run: since when, and how long it was halted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueClock {
    /// When what it is about was written.
    pub from: Moment,
    /// Working days of earlier times in which it waited.
    pub waited: u32,
    /// Since when it is halted.
    pub waits_since: Option<Moment>,
}

impl DueClock {
    /// The clock after the record moved to a stage that waits for somebody else, or to one that does not.
    pub fn turned(self, waits: bool, at: Moment, time: &WorkingTime) -> Self {
        match (self.waits_since, waits) {
            (None, true) => Self { waits_since: Some(at), ..self },
            (Some(since), false) => {
                Self { waited: self.waited.saturating_add(time.between(since, at)), waits_since: None, ..self }
            }
            _ => self,
        }
    }

    /// The last moment at which it is in time; None while it is halted, or if there is no deadline.
    pub fn due(&self, deadline: Option<u32>, time: &WorkingTime) -> Option<Moment> {
        match (deadline, self.waits_since) {
            (Some(days), None) => time.behind(self.from, days.saturating_add(self.waited).min(MOST_DAYS * 2)),
            _ => None,
        }
    }
}

/// The rules for when records are due: the working days, and the deadlines of each record type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DueTerms {
    pub time: WorkingTime,
    /// By the record type's name.
    pub deadlines: HashMap<String, Deadlines>,
}

impl DueTerms {
    /// When a record of this type and severity is due.
    pub fn due(&self, model: &str, severity: Option<&str>, clock: &DueClock) -> Option<Moment> {
        let deadline = self.deadlines.get(model)?.of(severity?);
        clock.due(deadline, &self.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        super::super::moment_of(text).unwrap()
    }

    fn time(zone: &str, days: &[u8], holidays: &[&str]) -> WorkingTime {
        let holidays = holidays.iter().map(|day| (day.parse().unwrap(), String::new())).collect();
        WorkingTime::new(zone, days.iter().copied(), holidays).unwrap()
    }

    fn clock(from: &str) -> DueClock {
        DueClock { from: at(from), waited: 0, waits_since: None }
    }

    const WEEK: [u8; 5] = [0, 1, 2, 3, 4];

    #[test]
    fn a_deadline_counts_working_days_and_ends_with_one() {
        let usual = time("UTC", &WEEK, &[]);
        // The 23rd of November 2026 is a Monday.
        for (from, days, due) in [
            ("2026-11-23 09:00", 0, "2026-11-23 23:59:59"),
            ("2026-11-23 23:59", 1, "2026-11-24 23:59:59"),
            ("2026-11-23 09:00", 5, "2026-11-30 23:59:59"),
            ("2026-11-27 09:00", 1, "2026-11-30 23:59:59"),
            // What comes on a weekend has all of its days.
            ("2026-11-28 09:00", 1, "2026-11-30 23:59:59"),
            ("2026-11-28 09:00", 0, "2026-11-30 23:59:59"),
        ] {
            assert_eq!(clock(from).due(Some(days), &usual), Some(at(due)), "{from} and {days} days");
        }
        assert_eq!(clock("2026-11-23 09:00").due(None, &usual), None, "no deadline, never due");
        let holidays = time("UTC", &WEEK, &["2026-11-24", "2026-11-28"]);
        assert_eq!(clock("2026-11-23 09:00").due(Some(1), &holidays), Some(at("2026-11-25 23:59:59")));
        // Sunday to Thursday.
        let other_week = time("UTC", &[6, 0, 1, 2, 3], &[]);
        assert_eq!(clock("2026-11-26 09:00").due(Some(1), &other_week), Some(at("2026-11-29 23:59:59")));
    }

    #[test]
    fn a_day_is_one_of_the_zone() {
        let dakar = time("UTC", &WEEK, &[]);
        let tokyo = time("Asia/Tokyo", &WEEK, &[]);
        // In Tokyo it is Tuesday already, and days end at 15:00 UTC.
        let late = clock("2026-11-23 20:00");
        assert_eq!(late.due(Some(1), &dakar), Some(at("2026-11-24 23:59:59")));
        assert_eq!(late.due(Some(1), &tokyo), Some(at("2026-11-25 14:59:59")));
        // Where the clocks are put forward over midnight.
        let beirut = first_moment(chrono_tz::Asia::Beirut, "2026-03-29".parse().unwrap());
        assert_eq!(beirut, at("2026-03-28 22:00"));
    }

    #[test]
    fn the_time_stands_still_while_a_record_waits() {
        let time = time("UTC", &WEEK, &[]);
        let waits = clock("2026-11-23 09:00").turned(true, at("2026-11-24 10:00"), &time);
        assert_eq!(waits.due(Some(2), &time), None);
        assert_eq!(waits.turned(true, at("2026-11-25 10:00"), &time), waits, "it waits already");
        // From Tuesday over the weekend to the Monday after: Wednesday, Thursday, Friday, Monday.
        let goes_on = waits.turned(false, at("2026-11-30 08:00"), &time);
        assert_eq!((goes_on.waited, goes_on.waits_since), (4, None));
        assert_eq!(goes_on.due(Some(2), &time), Some(at("2026-12-01 23:59:59")));
        let again = goes_on.turned(true, at("2026-12-01 08:00"), &time).turned(false, at("2026-12-01 18:00"), &time);
        assert_eq!(again.waited, 4, "back on the same day, no day was lost");
        let once = goes_on.turned(true, at("2026-12-01 08:00"), &time).turned(false, at("2026-12-02 08:00"), &time);
        assert_eq!(once.due(Some(2), &time), Some(at("2026-12-02 23:59:59")));
    }

    #[test]
    fn working_time_is_read_as_it_was_kept_and_nonsense_is_refused() {
        let holidays = WorkingTime::parse_holidays("2026-12-25 Christmas Day\n\n 2027-01-01\tNew Year ").unwrap();
        assert_eq!(holidays.values().collect::<Vec<_>>(), ["Christmas Day", "New Year"]);
        let time = WorkingTime::new("Africa/Nairobi", WEEK, holidays).unwrap();
        let kept = serde_json::to_string(&time).unwrap();
        assert_eq!(serde_json::from_str::<WorkingTime>(&kept).unwrap(), time);
        assert_eq!(WorkingTime::new("Africa/Nairobi", [], BTreeMap::new()).unwrap_err().field, "days");
        assert_eq!(WorkingTime::new("Mars", WEEK, BTreeMap::new()).unwrap_err().field, "zone");
        assert_eq!(WorkingTime::parse_holidays("Christmas").unwrap_err().field, "holidays");
        // Nobody works for years: there is no day to be due on.
        let first: NaiveDate = "2026-01-01".parse().unwrap();
        let never: BTreeMap<NaiveDate, String> = first.iter_days().take(900).map(|day| (day, String::new())).collect();
        let never = WorkingTime::new("UTC", WEEK, never).unwrap();
        assert!(clock("2026-11-23 09:00").due(Some(1), &never).unwrap() > at("2028-06-01"));
    }
}
