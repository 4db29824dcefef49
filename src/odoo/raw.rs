//! The raw mail as it goes out: the far end knows it by the Message-ID of its handover, which need not be its own.

use std::io;
use std::ops::Range;

use crate::xmlrpc::{SharedBytes, StoredBytes, Stretch};

/// Bytes in which the fields of a source are looked for. A Message-ID behind them stays, and a reader takes the first.
const HEAD: usize = 256 << 10;

/// The beginning of a source.
pub(super) fn head(source: &dyn StoredBytes) -> io::Result<Vec<u8>> {
    let (mut head, mut filled) = (vec![0; HEAD], 0);
    loop {
        match source.read_at(filled as u64, &mut head[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    head.truncate(filled);
    Ok(head)
}

/// The source under this Message-ID: replaced, or put before the other fields where there is none. All other bytes
/// stay as they are; a source that has it already goes out untouched.
pub(super) fn under<'a>(source: &'a dyn StoredBytes, message_id: &str) -> io::Result<SharedBytes<'a>> {
    let head = head(source)?;
    // What is cut off at the end of the head is not known whole.
    let field = field(&head, b"message-id").filter(|field| field.end < HEAD);
    if let Some(field) = &field
        && value(&head[field.clone()]) == message_id.as_bytes()
    {
        return Ok(vec![Stretch::all_of(source)]);
    }
    let place = field.unwrap_or_else(|| {
        let begin = unix_from(&head);
        begin..begin
    });
    let line = format!("Message-ID: {message_id}{}", line_end(&head));
    let (before, after) = (0..place.start as u64, place.end as u64..source.size());
    Ok(vec![Stretch::Stored(source, before), Stretch::Held(line.into_bytes()), Stretch::Stored(source, after)])
}

/// Whether the source begins as RFC 5322 says, with a field; what does not, the far end reads as mail without sender.
pub(super) fn begins_with_a_field(source: &[u8]) -> bool {
    field_name(&source[unix_from(source)..]).is_some()
}

/// RFC 5322, section 2.2: printable ASCII before a colon.
fn field_name(line: &[u8]) -> Option<&[u8]> {
    let name = line[..line.iter().position(|byte| *byte == b':')?].trim_ascii_end();
    (!name.is_empty() && name.iter().all(|byte| (33..=126).contains(byte))).then_some(name)
}

/// Where the fields begin: after the `From ` line of an mbox.
fn unix_from(source: &[u8]) -> usize {
    match source.starts_with(b"From ") {
        true => source.iter().position(|byte| *byte == b'\n').map_or(0, |end| end + 1),
        false => 0,
    }
}

/// The first field of this name in the head, with its folded lines and its line end.
fn field(source: &[u8], name: &[u8]) -> Option<Range<usize>> {
    let mut begin = unix_from(source);
    let mut found: Option<usize> = None;
    while begin < source.len() {
        let end = source[begin..].iter().position(|byte| *byte == b'\n').map_or(source.len(), |end| begin + end + 1);
        let line = &source[begin..end];
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        match (found, field_name(line)) {
            (Some(start), _) if !folded => return Some(start..begin),
            (None, Some(named)) if !folded && named.eq_ignore_ascii_case(name) => found = Some(begin),
            // The empty line, or one that is no field: the head ends.
            (None, None) if !folded => return None,
            _ => {}
        }
        begin = end;
    }
    found.map(|start| start..source.len())
}

/// What a field says, unfolded.
fn value(field: &[u8]) -> Vec<u8> {
    let colon = field.iter().position(|byte| *byte == b':').map_or(0, |colon| colon + 1);
    let unfolded: Vec<u8> = field[colon..].iter().copied().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    unfolded.trim_ascii().to_vec()
}

/// As the source's first line ends.
fn line_end(source: &[u8]) -> &'static str {
    match source.iter().position(|byte| *byte == b'\n') {
        Some(at) if at == 0 || source[at - 1] != b'\r' => "\n",
        _ => "\r\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmlrpc::{DocumentLimits, Outgoing, Param, Value, read_call};

    fn sent(source: &str, message_id: &str) -> String {
        let source = source.as_bytes().to_vec();
        let call = Outgoing::call("m", vec![Param::Binary(under(&source, message_id).unwrap())]).unwrap();
        let call =
            read_call(&io::read_to_string(call.reader()).unwrap().into_bytes(), &DocumentLimits::default()).unwrap();
        let Some(Value::Base64(sent)) = call.params.into_iter().next() else { panic!("no bytes") };
        String::from_utf8(sent).unwrap()
    }

    #[test]
    fn the_message_id_is_replaced_and_nothing_else() {
        let source = "From: a@x\r\nMESSAGE-ID :\r\n <old@x>\r\nSubject: s\r\n\r\nMessage-ID: <body@x>\r\n";
        let expected = "From: a@x\r\nMessage-ID: <new@x>\r\nSubject: s\r\n\r\nMessage-ID: <body@x>\r\n";
        assert_eq!(sent(source, "<new@x>"), expected);
        assert_eq!(sent("Message-Id: <old@x>", "<new@x>"), "Message-ID: <new@x>\r\n");
    }

    #[test]
    fn mail_that_has_it_already_is_untouched() {
        for source in ["A: b\nMessage-ID: <a@x> \n\nbody", "Message-ID:\n\t<a@x>\nA: b\n\nbody"] {
            assert_eq!(sent(source, "<a@x>"), source);
        }
    }

    #[test]
    fn mail_without_one_gets_it_before_its_fields() {
        assert_eq!(
            sent("From: a@x\n\nMessage-ID: <b@x>\n", "<a@x>"),
            "Message-ID: <a@x>\nFrom: a@x\n\nMessage-ID: <b@x>\n"
        );
        assert_eq!(
            sent("From a@x Mon\r\nTo: b\r\n\r\n", "<a@x>"),
            "From a@x Mon\r\nMessage-ID: <a@x>\r\nTo: b\r\n\r\n"
        );
        assert_eq!(sent("", "<a@x>"), "Message-ID: <a@x>\r\n");
    }

    #[test]
    fn a_message_id_far_down_stays_behind_the_new_one() {
        let fields = format!("Subject: s\r\nX: {}\r\nMessage-ID: <old@x>\r\n\r\n", "x".repeat(HEAD));
        assert_eq!(sent(&fields, "<new@x>"), format!("Message-ID: <new@x>\r\n{fields}"));
    }

    #[test]
    fn what_is_no_head_is_seen() {
        assert!(begins_with_a_field(b"Subject: x\n\n"));
        assert!(begins_with_a_field(b"From a@x Mon\nSubject: x\n\n"));
        for wrong in ["", "\nSubject: x\n", " Subject: x\n", "no mail at all"] {
            assert!(!begins_with_a_field(wrong.as_bytes()), "{wrong:?}");
        }
    }
}
