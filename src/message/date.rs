//! The Date field (RFC 5322 §3.3) as programs and people of many countries really write it.

use std::io::{self, Cursor};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, SubsecRound, TimeDelta};

use super::scan::message_head;
use super::source::SourceLines;
use super::{head, text};
use crate::domain::Moment;
use crate::domain::text::fold;
use crate::domain::words::Sentence;
use crate::say;

/// A moment in UTC, and what had to be assumed to find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dated {
    pub moment: Moment,
    pub assumed: Vec<Assumption>,
}

/// What had to be assumed to find a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assumption {
    NoZone,
    DayFirst,
    NoTime,
    Seconds,
}

impl Assumption {
    /// The end of a sentence that begins with the date.
    pub(super) fn words(self) -> Sentence {
        match self {
            Assumption::NoZone => say!("note-date-no-zone"),
            Assumption::DayFirst => say!("note-date-day-first"),
            Assumption::NoTime => say!("note-date-no-time"),
            Assumption::Seconds => say!("note-date-seconds"),
        }
    }
}

/// Reads a Date field in any of the usual forms, as UTC. None where it is no date, or an impossible one: before there was
/// e-mail, or more than two days after `received`.
pub(super) fn read(value: &str, received: Moment) -> Option<Dated> {
    let value = text::line(&head::decode_words(value), 100);
    let strict = DateTime::parse_from_rfc2822(&value).or_else(|_| DateTime::parse_from_rfc3339(&value));
    let dated = match strict {
        Ok(date) => Dated { moment: date.naive_utc().trunc_subsecs(0), assumed: Vec::new() },
        Err(_) => DateReading::of(&value)?.dated()?,
    };
    let first = NaiveDate::from_ymd_opt(1971, 1, 1)?.and_hms_opt(0, 0, 0)?;
    let last = received.checked_add_days(Days::new(2))?;
    (first..=last).contains(&dated.moment).then_some(dated)
}

/// The moment alone.
pub(super) fn moment(value: &str, received: Moment) -> Option<Moment> {
    Some(read(value, received)?.moment)
}

#[derive(Debug, Clone, PartialEq)]
enum DateToken {
    /// Its value, and with how many digits it is written.
    Number(u64, usize),
    Word(String),
    Sign(char),
}

#[derive(Debug, Default)]
struct DateReading {
    tokens: Vec<DateToken>,
    assumed: Vec<Assumption>,
}

impl DateReading {
    fn of(value: &str) -> Option<Self> {
        let tokens = tokens(&without_comments(value));
        (!tokens.is_empty()).then_some(Self { tokens, assumed: Vec::new() })
    }

    fn dated(mut self) -> Option<Dated> {
        if let [DateToken::Number(seconds, digits @ (9 | 10 | 13))] = self.tokens[..] {
            let seconds = if digits == 13 { seconds / 1000 } else { seconds };
            let moment = DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0)?.naive_utc();
            return Some(Dated { moment, assumed: vec![Assumption::Seconds] });
        }
        let compact = self.compact();
        let (date, time) = match compact {
            Some((date, time)) => (date, time),
            None => {
                let time = self.time();
                (self.date()?, time)
            }
        };
        let zone = self.zone();
        if time.is_none() {
            self.assumed.push(Assumption::NoTime);
        } else if zone.is_none() {
            self.assumed.push(Assumption::NoZone);
        }
        let local = date.and_time(time.unwrap_or(NaiveTime::MIN));
        let moment = local.checked_sub_signed(TimeDelta::minutes(zone.unwrap_or(0)))?;
        Some(Dated { moment, assumed: self.assumed })
    }

    /// `20261121T100000`, and the same without the T.
    fn compact(&mut self) -> Option<(NaiveDate, Option<NaiveTime>)> {
        let day = |number: u64| ymd(number / 10_000, number / 100 % 100, number % 100);
        let clock = |number: u64| hms(number / 10_000, number / 100 % 100, number % 100);
        let (date, time, used) = match self.tokens[..] {
            [DateToken::Number(both, 14), ..] => (day(both / 1_000_000)?, clock(both % 1_000_000), 1),
            [DateToken::Number(date, 8), DateToken::Word(ref t), DateToken::Number(time, 6), ..] if t == "t" => {
                (day(date)?, clock(time), 3)
            }
            [DateToken::Number(date, 8), ..] => (day(date)?, None, 1),
            _ => return None,
        };
        self.tokens.drain(..used);
        Some((date, time))
    }

    /// Takes out the time of day: numbers with colons; else numbers with dots or an `h` between them that are no date.
    fn time(&mut self) -> Option<NaiveTime> {
        let number = |at: usize| match self.tokens.get(at) {
            Some(DateToken::Number(value, 1 | 2)) => Some(*value),
            _ => None,
        };
        let between = |at: usize, signs: &[char]| match self.tokens.get(at) {
            Some(DateToken::Sign(sign)) => signs.contains(sign),
            Some(DateToken::Word(word)) => word == "h" && signs.contains(&'h'),
            _ => false,
        };
        let starts = |signs: &[char]| {
            (0..self.tokens.len()).find(|at| {
                let fits = number(*at).is_some_and(|hour| hour < 25) && between(at + 1, signs);
                let minutes = number(at + 2).is_some_and(|minute| minute < 60);
                // Numbers with dots and a year behind them are a date.
                let date = between(at + 3, signs) && matches!(self.tokens.get(at + 4), Some(DateToken::Number(value, digits)) if *digits > 2 || *value > 60);
                fits && minutes && !date
            })
        };
        let start = starts(&[':', 'h']).or_else(|| {
            // Of two groups with dots, the later one is the time.
            let later = (0..self.tokens.len()).rev().find(|at| {
                number(*at).is_some_and(|hour| hour < 25)
                    && between(at + 1, &['.'])
                    && number(at + 2).is_some_and(|minute| minute < 60)
                    && between(at + 3, &['.'])
                    && number(at + 4).is_some_and(|second| second < 61)
            })?;
            (later > 0).then_some(later)
        })?;
        let mut hour = number(start)?;
        let minute = number(start + 2)?;
        let mut end = start + 3;
        let mut second = 0;
        if between(end, &[':', '.'])
            && let Some(value) = number(end + 1).filter(|value| *value < 61)
        {
            second = value.min(59);
            end += 2;
            // Parts of a second.
            if between(end, &['.', ',']) && matches!(self.tokens.get(end + 1), Some(DateToken::Number(..))) {
                end += 2;
            }
        }
        if let Some(DateToken::Word(word)) = self.tokens.get(end) {
            let half = match word.as_str() {
                "am" | "a" if hour <= 12 => Some(hour % 12),
                "pm" | "p" if hour <= 12 => Some(hour % 12 + 12),
                "am" | "pm" => Some(hour),
                _ => None,
            };
            if let Some(half) = half {
                hour = half;
                end += 1;
            }
        }
        let time = hms(hour % 24, minute, second)?;
        // The tokens before and behind the time are not neighbours.
        self.tokens.splice(start..end, [DateToken::Sign(' ')]);
        Some(time)
    }

    /// Takes the date out.
    fn date(&mut self) -> Option<NaiveDate> {
        self.date_in_numbers().or_else(|| self.date_with_month())
    }

    fn date_in_numbers(&mut self) -> Option<NaiveDate> {
        let at = self.tokens.windows(5).position(|five| {
            matches!(five, [DateToken::Number(..), DateToken::Sign(one), DateToken::Number(_, 1 | 2), DateToken::Sign(two), DateToken::Number(..)]
                if one == two && matches!(one, '-' | '/' | '.'))
        })?;
        let value = |at: usize| match self.tokens[at] {
            DateToken::Number(value, digits) => (value, digits),
            _ => (0, 0),
        };
        let ((first, digits), (middle, _), (last, end_digits)) = (value(at), value(at + 2), value(at + 4));
        let date = if digits == 4 {
            ymd(first, middle, last)?
        } else {
            let year = year(last, end_digits);
            match (first, middle) {
                (13.., _) => ymd(year, middle, first)?,
                (_, 13..) => ymd(year, first, middle)?,
                _ => {
                    if first != middle {
                        self.assumed.push(Assumption::DayFirst);
                    }
                    ymd(year, middle, first)?
                }
            }
        };
        self.tokens.splice(at..at + 5, [DateToken::Sign(' ')]);
        Some(date)
    }

    /// The name of a month between or beside a day and a year.
    fn date_with_month(&mut self) -> Option<NaiveDate> {
        let month_at = (0..self.tokens.len()).rev().find(|at| self.month(*at).is_some())?;
        let month = self.month(month_at)?;
        let numbers: Vec<(usize, u64, usize)> = self
            .tokens
            .iter()
            .enumerate()
            .filter_map(|(at, token)| match token {
                DateToken::Number(value, digits) if !self.is_offset(at) => Some((at, *value, *digits)),
                _ => None,
            })
            .collect();
        let day = |number: &&(usize, u64, usize)| (1..=31).contains(&number.1) && number.2 <= 2;
        let before = numbers.iter().rev().filter(day).find(|number| number.0 < month_at);
        let after = numbers.iter().filter(day).find(|number| number.0 > month_at);
        let day = before.or(after)?;
        let long = numbers.iter().find(|number| number.2 >= 3 && number.0 != day.0);
        let year_number = long.or_else(|| numbers.iter().find(|number| number.0 > month_at && number.0 != day.0))?;
        let date = ymd(year(year_number.1, year_number.2), month, day.1)?;
        for at in [month_at, day.0, year_number.0] {
            self.tokens[at] = DateToken::Sign(' ');
        }
        Some(date)
    }

    fn month(&self, at: usize) -> Option<u64> {
        match &self.tokens[at] {
            DateToken::Word(word) => month(word),
            _ => None,
        }
    }

    /// The number of `+0300`: four digits behind a plus, or behind a minus that no word or number touches.
    fn is_offset(&self, at: usize) -> bool {
        let sign = at.checked_sub(1).map(|before| &self.tokens[before]);
        match (sign, &self.tokens[at]) {
            (Some(DateToken::Sign('+')), _) => true,
            (Some(DateToken::Sign('-')), DateToken::Number(_, 4)) => {
                !matches!(at.checked_sub(2).map(|before| &self.tokens[before]), Some(DateToken::Word(word)) if month(word).is_some())
            }
            _ => false,
        }
    }

    /// Minutes east of UTC.
    fn zone(&self) -> Option<i64> {
        let named = || {
            self.tokens.iter().rev().find_map(|token| match token {
                DateToken::Word(word) => named_zone(word),
                _ => None,
            })
        };
        for (at, token) in self.tokens.iter().enumerate() {
            let sign = match token {
                DateToken::Sign('+') => 1,
                DateToken::Sign('-') => -1,
                _ => continue,
            };
            let minutes = match (self.tokens.get(at + 1), self.tokens.get(at + 2), self.tokens.get(at + 3)) {
                (
                    Some(DateToken::Number(hours, 1 | 2)),
                    Some(DateToken::Sign(':')),
                    Some(DateToken::Number(minutes, 2)),
                ) => hours * 60 + minutes,
                (Some(DateToken::Number(hours, 1 | 2)), ..) => hours * 60,
                (Some(DateToken::Number(both, 3 | 4)), ..) => both / 100 * 60 + both % 100,
                _ => continue,
            };
            return i64::try_from(minutes).ok().filter(|minutes| *minutes <= 16 * 60).map(|minutes| minutes * sign);
        }
        named()
    }
}

/// Text in parentheses explains the rest; it counts only where there is nothing else.
fn without_comments(value: &str) -> String {
    let mut outside = String::with_capacity(value.len());
    let mut depth = 0_usize;
    for c in value.chars() {
        match c {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                outside.push(' ');
            }
            c if depth == 0 => outside.push(c),
            _ => {}
        }
    }
    if outside.trim().is_empty() { value.replace(['(', ')'], " ") } else { outside }
}

fn tokens(value: &str) -> Vec<DateToken> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut number: Option<(u64, usize)> = None;
    for c in value.chars().chain([' ']) {
        let digit = digit(c);
        let letter = c.is_alphabetic() && !matches!(c, '年' | '月' | '日');
        if digit.is_none()
            && let Some((value, digits)) = number.take()
        {
            tokens.push(DateToken::Number(value, digits));
        }
        if !letter && !word.is_empty() {
            tokens.push(DateToken::Word(fold(&std::mem::take(&mut word))));
        }
        match (digit, c) {
            (Some(digit), _) => {
                let (value, digits) = number.unwrap_or_default();
                number = Some((value.saturating_mul(10).saturating_add(digit), digits + 1));
            }
            _ if letter => word.push(c),
            (None, '年' | '月') => tokens.push(DateToken::Sign('-')),
            (None, '\u{2212}' | '\u{2010}'..='\u{2015}') => tokens.push(DateToken::Sign('-')),
            (None, c) if c.is_whitespace() => {}
            (None, c) => tokens.push(DateToken::Sign(c)),
        }
    }
    tokens
}

/// The value of a digit: ASCII, Arabic, Persian, Devanagari or Bengali.
fn digit(c: char) -> Option<u64> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '\u{966}'..='\u{96f}' => '\u{966}',
        '\u{9e6}'..='\u{9ef}' => '\u{9e6}',
        _ => return None,
    };
    Some(u64::from(u32::from(c) - u32::from(zero)))
}

/// RFC 5322 §4.3: two digits up to 49 mean this century, three digits count from 1900.
fn year(value: u64, digits: usize) -> u64 {
    match (digits, value) {
        (1 | 2, 0..50) => 2000 + value,
        (1..=3, _) => 1900 + value,
        _ => value,
    }
}

fn ymd(year: u64, month: u64, day: u64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

fn hms(hour: u64, minute: u64, second: u64) -> Option<NaiveTime> {
    NaiveTime::from_hms_opt(u32::try_from(hour).ok()?, u32::try_from(minute).ok()?, u32::try_from(second).ok()?)
}

/// Names of the twelve months in the languages of mailers that write their own.
const MONTHS: [&str; 12] = [
    "january janvier enero janeiro januar gennaio januari ocak января январь يناير جانفي styczen stycznia",
    "february fevrier febrero fevereiro februar febbraio februari subat февраля февраль فبراير فيفري شباط luty lutego",
    "march mars marzo marco marz maart mart марта март مارس آذار marzec marca",
    "april avril abril aprile nisan апреля апрель أبريل ابريل إبريل أفريل نيسان kwiecien kwietnia",
    "may mai mayo maio maggio mei maj mayis мая май مايو ماي أيار maja",
    "june juin junio junho juni giugno haziran июня июнь يونيو جوان حزيران czerwiec czerwca",
    "july juillet julio julho juli luglio temmuz июля июль يوليو جويلية تموز lipiec lipca",
    "august aout agosto augustus agustos августа август أغسطس اغسطس أوت آب sierpien sierpnia",
    "september septembre septiembre setiembre setembro settembre eylul сентября сентябрь سبتمبر أيلول wrzesien wrzesnia",
    "october octobre octubre outubro oktober ottobre ekim октября октябрь أكتوبر اكتوبر pazdziernik pazdziernika",
    "november novembre noviembre novembro kasim ноября ноябрь نوفمبر listopad listopada",
    "december decembre diciembre dezembro dezember dicembre desember aralik декабря декабрь ديسمبر grudzien grudnia",
];

/// A month by its name, or by the beginning of a name that fits no other month.
fn month(word: &str) -> Option<u64> {
    let short = word.chars().count() < 3;
    let is = |name: &str| {
        let name = fold(name);
        name == word || !short && name.starts_with(word)
    };
    let mut found = (1..).zip(MONTHS).filter(|(_, names)| names.split(' ').any(is)).map(|(number, _)| number);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Minutes east of UTC of the zone names of RFC 5322 §4.3, and of others that mailers write and that are unambiguous where
/// they are used.
fn named_zone(word: &str) -> Option<i64> {
    let hours = |hours: i64| Some(hours * 60);
    match word {
        "z" | "ut" | "utc" | "gmt" | "wet" => hours(0),
        "est" => hours(-5),
        "edt" => hours(-4),
        "cst" => hours(-6),
        "cdt" => hours(-5),
        "mst" => hours(-7),
        "mdt" => hours(-6),
        "pst" => hours(-8),
        "pdt" => hours(-7),
        "bst" | "cet" | "met" | "wat" | "mez" | "west" => hours(1),
        "cest" | "mest" | "mesz" | "eet" | "cat" | "sast" => hours(2),
        "eest" | "msk" | "eat" | "trt" => hours(3),
        "msd" | "gst" => hours(4),
        "pkt" => hours(5),
        "npt" => Some(5 * 60 + 45),
        "wib" | "ict" => hours(7),
        "pht" | "hkt" | "sgt" | "wita" | "awst" => hours(8),
        "jst" | "kst" | "wit" => hours(9),
        "aest" => hours(10),
        "aedt" => hours(11),
        "nzst" => hours(12),
        "nzdt" => hours(13),
        _ => None,
    }
}

/// When a mail arrived, by its header alone, for servers that don't tell (POP): the moment that the mailbox's own server
/// noted (the topmost Received), else the sender's Date. None where neither can be right, as with more than two days after
/// `now`.
pub fn arrival(header: &[u8], now: Moment) -> io::Result<Option<Moment>> {
    let head = message_head(&mut SourceLines::open(&mut Cursor::new(header))?)?;
    let received = head.raw("received").and_then(|value| moment(value.rsplit_once(';')?.1, now));
    Ok(received.or_else(|| moment(&head.raw("date")?, now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
    }

    const RECEIVED: &str = "2026-11-22 12:00:00";

    #[test]
    fn dates_as_they_are_written() {
        for text in [
            "Sat, 21 Nov 2026 10:00:00 +0300",
            "Sat, 21 Nov 2026 10:00:00 +0300 (East Africa Time)",
            "21 Nov 2026 07:00 GMT",
            "21 Nov 26 07:00:00 UT",
            "2026-11-21T10:00:00+03:00",
            "2026-11-21T07:00:00Z",
            "2026-11-21T07:00:00.123Z",
            "20261121T070000Z",
            "Sat, 21 Nov 2026 10:00:00 +03:00",
            "Sat, 21 Nov 2026 10:00:00 +3",
            "Sat, 21 Nov 2026 10:00:00 (AST) +0300",
            "Sat, 21 Nov 2026 10:00:00 GMT+3",
            "Sat, 21 Nov 2026 10:00:00 UTC+03:00",
            "Sat, 21-Nov-2026 10:00:00 +0300",
            "Sat, 21-Nov-26 10:00:00 +0300",
            "2026-11-21 10:00:00 +0300",
            "2026/11/21 10:00:00 +0300",
            "21.11.2026 10:00:00 +0300",
            "21/11/2026 10:00 +0300",
            "11/21/2026 10:00:00 AM +0300",
            "11/21/2026 7:00 am GMT",
            "Sat, 21 Nov 2026 10.00.00 +0300",
            "sam., 21 nov. 2026 10:00:00 +0300",
            "samedi 21 novembre 2026 10:00:00 +0300",
            "sábado, 21 de noviembre de 2026 10:00:00 +0300",
            "sáb, 21 de nov. de 2026 10:00 +0300",
            "Samstag, 21. November 2026 10:00:00 MSK",
            "21 novembro 2026 07:00 GMT",
            "сб, 21 ноября 2026 10:00:00 +0300",
            "21 نوفمبر 2026 10:00:00 +0300",
            "٢١ نوفمبر ٢٠٢٦ 10:00:00 +0300",
            "2026年11月21日 10:00:00 +0300",
            "Sat Nov 21 2026 10:00:00 GMT+0300 (Arabian Standard Time)",
            "Sat Nov 21 10:00:00 +0300 2026",
            "Sat, 21 Nov 2026 02:00:00 EST",
            "Sat, 21 Nov 2026 10:00:00 MSK",
            "Sat,21 Nov 2026 10:00:00+0300",
            "=?utf-8?Q?Sat,_21_Nov_2026_10:00:00_+0300?=",
            "Nov 21, 2026 10:00:00 AM +0300",
            "Nov 21, 2026, 10:00 EAT",
            "Sat, 21 Nov 126 07:00:00 GMT",
            "Saturday, November 21, 2026 10:00:00 +0300",
        ] {
            let read = read(text, at(RECEIVED));
            let expected = Dated { moment: at("2026-11-21 07:00:00"), assumed: Vec::new() };
            assert_eq!(read, Some(expected), "{text}");
        }
        for (text, expected) in [
            ("Sat, 21 Nov 2026 10:00:00 -05:30", "2026-11-21 15:30:00"),
            ("Mon, 21 Sept 2026 10:00:00 +0300", "2026-09-21 07:00:00"),
            ("mar. 3 mars 2026 10:00 +0000", "2026-03-03 10:00:00"),
            ("mar. 24 févr. 2026 10:00 +0000", "2026-02-24 10:00:00"),
            ("Fri, 6 Nov 2026 9:5:3 +0000", "2026-11-06 09:05:03"),
            ("11/06/2026 12:30:00 PM +0000", "2026-06-11 12:30:00"),
            ("Sat, 21 Nov 2026 12:15:00 AM +0000", "2026-11-21 00:15:00"),
        ] {
            assert_eq!(moment(text, at(RECEIVED)), Some(at(expected)), "{text}");
        }
    }

    #[test]
    fn what_is_only_guessed_is_said() {
        for (text, expected, assumed) in [
            ("2026-11-21T10:00:00", "2026-11-21 10:00:00", Assumption::NoZone),
            ("Sat Nov 21 10:00:00 2026", "2026-11-21 10:00:00", Assumption::NoZone),
            ("Sat, 21 Nov 2026 10:00:00 XYZT", "2026-11-21 10:00:00", Assumption::NoZone),
            ("03/11/2026 10:00:00 +0000", "2026-11-03 10:00:00", Assumption::DayFirst),
            ("21 Nov 2026", "2026-11-21 00:00:00", Assumption::NoTime),
            ("1795244400", "2026-11-21 07:00:00", Assumption::Seconds),
        ] {
            let read = read(text, at(RECEIVED)).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((read.moment, read.assumed), (at(expected), vec![assumed]), "{text}");
        }
    }

    #[test]
    fn absurd_dates_are_none() {
        for text in [
            "",
            "yesterday",
            "Thu, 01 Jan 1970 00:00:00 +0000",
            "Sat, 21 Nov 2099 10:00:00 +0000",
            "31 Feb 2026 10:00:00 +0000",
            "99/99/9999",
            "99999999999999999999999999",
            "+ - : . ( ( (",
            "\u{7}",
        ] {
            assert_eq!(read(text, at(RECEIVED)), None, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_strange(text in "[0-9:./ +a-zA-Z(),年月日-]{0,60}") {
            read(&text, at(RECEIVED));
        }
    }

    #[test]
    fn the_receiving_server_is_believed_before_the_sender() {
        let day = |day| chrono::NaiveDate::from_ymd_opt(2026, 11, day).unwrap().and_hms_opt(10, 0, 0).unwrap();
        for (header, expected) in [
            (
                "Received: from a by b (c; d)\r\n\twith ESMTP id 7; Fri, 20 Nov 2026 10:00:00 +0000\r\n\
                 Received: from x; Thu, 19 Nov 2026 10:00:00 +0000\r\nDate: Sat, 01 Jan 2005 10:00:00 +0000\r\n",
                Some(day(20)),
            ),
            ("Received: by b for <a@b>\r\nDate: Sat, 21 Nov 2026 13:00:00 +0300\r\n\r\n", Some(day(21))),
            ("Date: Sat, 21 Nov 2099 10:00:00 +0000\r\n", None),
            ("Subject: no date\r\n", None),
            ("", None),
        ] {
            assert_eq!(arrival(header.as_bytes(), day(22)).unwrap(), expected, "{header}");
        }
    }
}
