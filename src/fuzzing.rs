//! What the fuzz targets in `fuzz/` call: each reader of bytes that somebody else chose, here on random bytes. It answers or
//! refuses; it never panics, hangs or exceeds its limits. Not used by Mailgate itself.

use std::io::{self, Cursor};

use serde_json::Value;

pub use crate::api::fuzzing::{json, xml};
use crate::domain::filter::{self, FilterError};
use crate::domain::{literal, now};
pub use crate::mailbox::fuzzing::{imap, pop};
use crate::message;

/// A mail, read and taken apart.
pub fn mail(data: &[u8]) {
    let mut source = Cursor::new(data);
    let Ok(read) = message::read(&mut source, now(), "00") else { return };
    assert!(!read.body_text.contains(['\0', '\r']) && !read.subject.contains(['\0', '\r', '\n']), "{read:?}");
    for file in read.attachments {
        let size = message::part(&mut source, &file.part).and_then(|mut part| io::copy(&mut part, &mut io::sink()));
        assert_eq!(size.ok(), Some(file.size), "{} is there as it was said", file.name);
    }
}

/// A search domain in JSON, and what it means for a record.
pub fn domain(data: &[u8]) {
    let Ok(domain) = serde_json::from_slice::<Value>(data) else { return };
    match filter::parse(&domain) {
        Ok(parsed) => {
            let of_a_record = |field: &str| match field {
                "id" => Value::from(7),
                "name" => Value::from("Amina's card"),
                "closed" => Value::from(false),
                _ => Value::Null,
            };
            filter::matches(&parsed, &of_a_record);
        }
        Err(error) => drop::<FilterError>(error),
    }
}

/// A Python dict in a text.
pub fn python_literal(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(members) = literal::dict(text)
    {
        // JSON is understood, too, and what was understood once reads the same again; but written out it may be too long.
        match literal::dict(&Value::Object(members.clone()).to_string()) {
            Err(literal::LiteralError::TooLong) => {}
            again => assert_eq!(again, Ok(members), "{text}"),
        }
    }
}
