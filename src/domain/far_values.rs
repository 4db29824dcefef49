//! What an incoming server sets in the records that it makes at a connection, beside what the mail says: their team,
//! category, tags.

use std::fmt;

use super::Invalid;
use crate::say;

/// Values by the names of fields, in the order in which they were given, each name once. As text `field = value`, one a line:
/// of a relation the id, of several the ids with commas between, of a choice its code.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FarValues(Vec<(String, String)>);

/// Fields that a mail fills, or the far end itself.
const FILLED: [&str; 22] = [
    "id",
    "name",
    "subject",
    "description",
    "body",
    "number",
    "partner_id",
    "partner_email",
    "partner_name",
    "email_from",
    "email_cc",
    "registrant_id",
    "household_id",
    "complainant_type",
    "contact_name",
    "contact_email",
    "contact_phone",
    "intake_date",
    "create_uid",
    "create_date",
    "write_uid",
    "write_date",
];

/// Fields that are set at most.
const MOST: usize = 20;
/// Characters of a value.
const LONGEST: usize = 500;

impl FarValues {
    /// Empty lines are left out.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = |words| Invalid::new("far_values", words);
        let mut values = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let Some((name, value)) = line.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
                return Err(wrong(say!("far-values-line", line)));
            };
            let is_name = name.starts_with(|c: char| c.is_ascii_lowercase() || c == 'x')
                && name.len() <= 64
                && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            if !is_name || value.is_empty() || value.chars().count() > LONGEST || value.chars().any(char::is_control) {
                return Err(wrong(say!("far-values-line", line)));
            }
            if !Self::may_set(name) {
                return Err(wrong(say!("far-values-filled", name)));
            }
            if values.iter().any(|(known, _)| known == name) {
                return Err(wrong(say!("far-values-twice", name)));
            }
            values.push((name.to_owned(), value.to_owned()));
        }
        match values.len() {
            0..=MOST => Ok(Self(values)),
            _ => Err(wrong(say!("far-values-most", most = MOST))),
        }
    }

    /// Whether a field of this name is neither the mail's nor the far end's own to fill.
    pub fn may_set(name: &str) -> bool {
        !FILLED.contains(&name)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Display for FarValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::FarValues;

    #[test]
    fn one_a_line_each_once_and_nothing_that_the_mail_fills() {
        let read = FarValues::parse(" team_id=3\n\ntag_ids = 4, 7\r\n").unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), [("team_id", "3"), ("tag_ids", "4, 7")]);
        assert_eq!(FarValues::parse(&read.to_string()).unwrap(), read);
        for wrong in ["team_id", "team_id =", "Team = 3", "= 3", "name = x", "partner_id = 3", "a = 1\na = 2"] {
            assert!(FarValues::parse(wrong).is_err(), "{wrong}");
        }
    }
}
