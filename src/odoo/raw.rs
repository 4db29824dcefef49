//! The raw mail as it goes out: the far end knows it by the Message-ID of its handover, which need not be its own.

use std::io;
use std::ops::Range;

use super::lead::GatewayLead;
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

/// The source under this Message-ID: replaced, or put before the other fields where there is none. What it says it answers
/// stays, or is replaced by what `lead` says (RFC 5322, section 3.6.4). All other bytes stay as they are.
pub(super) fn under<'a>(
    source: &'a dyn StoredBytes,
    message_id: &str,
    lead: &GatewayLead,
) -> io::Result<SharedBytes<'a>> {
    let head = head(source)?;
    // What is cut off at the end of the head is not known whole.
    let own = field(&head, b"message-id").filter(|field| field.end < HEAD);
    let is_known = own.as_ref().is_some_and(|own| value(&head[own.clone()]) == message_id.as_bytes());
    let (mut lines, line_end) = (String::new(), line_end(&head));
    if !is_known {
        lines.push_str(&format!("Message-ID: {message_id}{line_end}"));
    }
    if let GatewayLead::Message(answered) = lead {
        lines.push_str(&format!("In-Reply-To: {answered}{line_end}References: {answered}{line_end}"));
    }
    let begin = unix_from(&head);
    let place = own.filter(|_| !is_known).unwrap_or(begin..begin);
    // Ranges of the source, and what stands there instead.
    let mut changes = vec![(place, lines)];
    if *lead != GatewayLead::AsWritten {
        let cited = [b"references".as_slice(), b"in-reply-to"].into_iter().flat_map(|name| fields(&head, name));
        changes.extend(cited.map(|field| (field, String::new())));
        changes.sort_by_key(|(range, _)| range.start);
    }
    let (mut pieces, mut at) = (SharedBytes::new(), 0);
    for (range, lines) in changes {
        if range.start as u64 > at {
            pieces.push(Stretch::Stored(source, at..range.start as u64));
        }
        if !lines.is_empty() {
            pieces.push(Stretch::Held(lines.into_bytes()));
        }
        at = range.end as u64;
    }
    pieces.push(Stretch::Stored(source, at..source.size()));
    Ok(pieces)
}

/// Whether a mail was sent on to others than those whom it was written to (RFC 5322, section 3.6.6).
pub(super) fn is_resent(head: &[u8]) -> bool {
    [b"resent-to", b"resent-cc"].iter().any(|name| field(head, *name).is_some())
}

/// Whether all fields of a source are within what is looked at, so that one of them can be left out for certain.
pub(super) fn has_whole_head(head: &[u8]) -> bool {
    head.len() < HEAD || head.windows(2).any(|two| two == b"\n\n") || head.windows(4).any(|four| four == b"\r\n\r\n")
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
    fields(source, name).into_iter().next()
}

/// All fields of this name in the head, as [`field`].
fn fields(source: &[u8], name: &[u8]) -> Vec<Range<usize>> {
    let mut begin = unix_from(source);
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    while begin < source.len() {
        let end = source[begin..].iter().position(|byte| *byte == b'\n').map_or(source.len(), |end| begin + end + 1);
        let line = &source[begin..end];
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        match field_name(line) {
            _ if folded => {
                if let Some(last) = found.last_mut().filter(|_| open) {
                    last.end = end;
                }
            }
            Some(named) => {
                open = named.eq_ignore_ascii_case(name);
                if open {
                    found.push(begin..end);
                }
            }
            // The empty line, or one that is no field: the head ends.
            None => break,
        }
        begin = end;
    }
    found
}

/// How urgent a mail says that it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Urgency {
    Low,
    #[default]
    Usual,
    High,
}

impl Urgency {
    /// From the fields that mailers write: Importance and Priority (RFC 2156), X-Priority from 1 to 5.
    pub(super) fn of(head: &[u8]) -> Self {
        let said = |name: &[u8]| field(head, name).map(|field| value(&head[field]).to_ascii_lowercase());
        let words: [(&[u8], &[u8], &[u8]); 3] = [
            (b"importance", b"high", b"low"),
            (b"x-msmail-priority", b"high", b"low"),
            (b"priority", b"urgent", b"non-urgent"),
        ];
        for (name, high, low) in words {
            match said(name) {
                Some(word) if word == high => return Urgency::High,
                Some(word) if word == low => return Urgency::Low,
                _ => {}
            }
        }
        match said(b"x-priority").and_then(|word| word.first().copied()) {
            Some(b'1' | b'2') => Urgency::High,
            Some(b'4' | b'5') => Urgency::Low,
            _ => Urgency::Usual,
        }
    }

    /// The severity of a grievance in OpenSPP 2; whether it is critical is not for the sender to say.
    pub(super) fn severity(self) -> &'static str {
        match self {
            Urgency::Low => "low",
            Urgency::Usual => "medium",
            Urgency::High => "high",
        }
    }
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
        led(source, message_id, &GatewayLead::AsWritten)
    }

    fn led(source: &str, message_id: &str, lead: &GatewayLead) -> String {
        let source = source.as_bytes().to_vec();
        let call = Outgoing::call("m", vec![Param::Binary(under(&source, message_id, lead).unwrap())]).unwrap();
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
    fn what_it_answers_is_replaced_or_left_out() {
        let source = "References: <a@x>\r\n\t<b@x>\r\nFrom: a@x\r\nMessage-ID: <m@x>\r\nin-reply-to: <b@x>\r\n\r\nReferences: body\r\n";
        let bare = "From: a@x\r\nMessage-ID: <m@x>\r\n\r\nReferences: body\r\n";
        assert_eq!(led(source, "<m@x>", &GatewayLead::Bare), bare);
        assert_eq!(led(source, "<n@x>", &GatewayLead::Bare), bare.replace("<m@x>", "<n@x>"));
        let answers = "In-Reply-To: <c@x>\r\nReferences: <c@x>\r\n";
        let message = GatewayLead::Message("<c@x>".into());
        assert_eq!(led(source, "<m@x>", &message), format!("{answers}{bare}"));
        let renamed = bare.replace("Message-ID: <m@x>\r\n", &format!("Message-ID: <n@x>\r\n{answers}"));
        assert_eq!(led(source, "<n@x>", &message), renamed);
        assert!(has_whole_head(source.as_bytes()));
        assert!(!has_whole_head(&vec![b'x'; HEAD]));
    }

    #[test]
    fn how_urgent_a_mail_is_stands_in_several_fields() {
        for (field, expected) in [
            ("Importance: High", Urgency::High),
            ("X-Priority: 1 (Highest)", Urgency::High),
            ("Priority: non-urgent", Urgency::Low),
            ("X-Priority: 3", Urgency::Usual),
            ("Subject: urgent", Urgency::Usual),
        ] {
            assert_eq!(
                Urgency::of(format!("From: a@x\r\n{field}\r\n\r\nX-Priority: 1").as_bytes()),
                expected,
                "{field}"
            );
        }
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
