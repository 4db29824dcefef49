//! When a mail arrived, as its header alone tells it: for servers that do not say so themselves (POP).

use std::io::{self, Cursor};

use super::date;
use super::lines::Lines;
use super::scan::message_head;
use crate::domain::Moment;

/// The moment that the mailbox's own server noted (the topmost Received), else the one that the sender did (Date).
/// None where neither can be right; what lies more than two days after `now` can't.
pub fn arrival(header: &[u8], now: Moment) -> io::Result<Option<Moment>> {
    let head = message_head(&mut Lines::open(&mut Cursor::new(header))?)?;
    let received = head.raw("received").and_then(|value| date::moment(value.rsplit_once(';')?.1, now));
    Ok(received.or_else(|| date::moment(&head.raw("date")?, now)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
