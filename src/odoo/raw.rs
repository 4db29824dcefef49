//! The raw mail as it goes out: the far end knows it by the Message-ID of its handover, which need not be its own.

use std::borrow::Cow;
use std::ops::Range;

use crate::xmlrpc::Bytes;

/// The source under this Message-ID: replaced, or put before the other fields where there is none. All other bytes
/// stay as they are; a source that has it already goes out untouched.
pub(super) fn under<'a>(source: &'a [u8], message_id: &str) -> Bytes<'a> {
    let field = field(source, b"message-id");
    if let Some(field) = &field
        && value(&source[field.clone()]) == message_id.as_bytes()
    {
        return vec![Cow::Borrowed(source)];
    }
    let place = field.unwrap_or_else(|| {
        let begin = unix_from(source);
        begin..begin
    });
    let line = format!("Message-ID: {message_id}{}", line_end(source));
    let (before, after) = (&source[..place.start], &source[place.end..]);
    vec![Cow::Borrowed(before), Cow::Owned(line.into_bytes()), Cow::Borrowed(after)]
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

    fn sent(source: &str, message_id: &str) -> String {
        String::from_utf8(under(source.as_bytes(), message_id).concat()).unwrap()
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
    fn what_is_no_head_is_seen() {
        assert!(begins_with_a_field(b"Subject: x\n\n"));
        assert!(begins_with_a_field(b"From a@x Mon\nSubject: x\n\n"));
        for wrong in ["", "\nSubject: x\n", " Subject: x\n", "no mail at all"] {
            assert!(!begins_with_a_field(wrong.as_bytes()), "{wrong:?}");
        }
    }
}
