//! What mail servers say to each other, as reports quote it in their texts: replies (RFC 5321 §4.2), fields of a delivery
//! status (RFC 3464), and the header of the mail that failed. All of it in lower case; the words are those of protocols.

use crate::domain::words::Sentence;
use crate::say;

/// Lines that stand for themselves: what a person quotes of others is theirs.
fn unquoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.starts_with('>') || line.starts_with(">>>"))
}

/// The first line that quotes a server's refusal: a reply code with its enhanced code (RFC 3463), as in `550 5.1.1`, or
/// one where servers talk or speak of mail. A number, a date or a sum of money is none.
pub(super) fn reply(text: &str) -> Option<&str> {
    let mut server_spoke = false;
    for line in unquoted(text).filter(|line| !line.is_empty()) {
        let spoke = CONTEXTS.iter().any(|context| line.contains(context));
        if has_reply(line, spoke || server_spoke) || line.contains("(#5.") || line.contains("(#4.") {
            return Some(line);
        }
        // The reply may stand on the line after `said:`.
        server_spoke = spoke;
    }
    None
}

/// Where servers talk.
const CONTEXTS: &[&str] = &[
    "<<<",
    ">>>",
    "smtp",
    "rcpt to",
    "mail from:",
    "said:",
    "said -",
    "diagnostic-code",
    "server message",
    "server response",
    "server responded",
    "server replied",
    "remote host",
    "remote server",
    "generated response",
    "error message",
];

/// What follows a reply code and is about mail.
const ABOUT_MAIL: &[&str] = &[
    "user unknown",
    "unknown user",
    "no such user",
    "user not found",
    "invalid user",
    "no such recipient",
    "unknown recipient",
    "invalid recipient",
    "recipient address",
    "recipient rejected",
    "recipient unknown",
    "mailbox unavailable",
    "mailbox not",
    "mailbox full",
    "mailbox is full",
    "mailbox disabled",
    "no mailbox",
    "no such mailbox",
    "over quota",
    "quota exceeded",
    "exceeded storage",
    "relaying denied",
    "relay access",
    "not permitted to relay",
    "requested action",
    "requested mail action",
    "service unavailable",
    "service not available",
    "host unknown",
    "unknown host",
    "unknown local",
    "message rejected",
    "message refused",
    "address rejected",
    "sender rejected",
    "transaction failed",
    "can't create output",
    "cannot send message",
    "local configuration error",
    "account",
];

fn has_reply(line: &str, servers_talk: bool) -> bool {
    let mut words = line.split_whitespace().peekable();
    let mut at = 0;
    while let Some(word) = words.next() {
        let bare = word.trim_start_matches(|c: char| !c.is_ascii_digit());
        let Some(rest) = after_code(bare) else { continue };
        let class = &bare[..1];
        let next = words.peek().copied().unwrap_or_default();
        if [rest, next].iter().any(|word| is_enhanced_code(word, class)) {
            return true;
        }
        at = line[at..].find(word).map_or(at, |found| at + found);
        let behind = &line[at..];
        if servers_talk && !behind[word.len()..].trim().is_empty()
            || ABOUT_MAIL.iter().any(|known| behind.contains(known))
        {
            return true;
        }
    }
    false
}

/// What stands behind a reply code of a failure: `550`, `550-`, `550:`.
fn after_code(word: &str) -> Option<&str> {
    let (code, rest) = word.split_at_checked(3)?;
    let [class, category, detail] = code.as_bytes() else { return None };
    let is_code = matches!(class, b'4' | b'5') && matches!(category, b'0'..=b'5') && detail.is_ascii_digit();
    (is_code && (rest.is_empty() || rest.starts_with(['-', ':', '_', ';', '>']))).then_some(rest)
}

/// `5.1.1`, `#5.1.1`, `-5.1.1`: with the class of the reply it goes with.
fn is_enhanced_code(word: &str, class: &str) -> bool {
    let word = word.trim_start_matches(['-', '(', '#', '[', ':', ' ']);
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    let mut numbers = word[..end].trim_end_matches('.').split('.');
    let short = |number: Option<&str>, most: usize| number.is_some_and(|n| (1..=most).contains(&n.len()));
    numbers.next() == Some(class) && short(numbers.next(), 1) && short(numbers.next(), 3) && numbers.next().is_none()
}

/// Lines by which mail systems announce the mail that failed.
const ANNOUNCEMENTS: &[&str] = &[
    "below this line is a copy of the message",
    "this is a copy of the message, including all the headers",
    "this is a copy of your message",
    "original message follows",
    "original message header",
    "header of the original message",
    "headers of the original message",
    "original mail info",
    "returned message",
    "unsent message",
    "undeliverable message follows",
    "transcript of session follows",
    "transcript of the session follows",
    "message header follows",
    "message headers follow",
    "message text follows",
    "a copy of the original message",
];

/// Fields of a delivery status that stand in the text.
const STATUS_FIELDS: &[&str] = &["final-recipient:", "diagnostic-code:", "reporting-mta:", "original-recipient:"];

/// Fields that a returned header has, each with whether only transport writes it.
const FIELDS: &[(&str, bool)] = &[
    ("received:", true),
    ("return-path:", true),
    ("dkim-signature:", true),
    ("message-id:", false),
    ("from:", false),
    ("to:", false),
    ("cc:", false),
    ("date:", false),
    ("subject:", false),
    ("reply-to:", false),
    ("mime-version:", false),
    ("content-type:", false),
    ("content-transfer-encoding:", false),
];

/// What the text returns of another mail. People pass mail on with its From, Date and Subject, so unless the sender is
/// `certain` to be a mail system, it must be what only transport writes, or stand where a mail system announces it.
pub(super) fn returned(text: &str, certain: bool) -> Option<Sentence> {
    let (mut announced, mut fields, mut transport, mut gap) = (false, 0, false, 0);
    for line in unquoted(text) {
        // Amazon's notifications are a line of JSON.
        if certain && line.starts_with("{\"notificationtype\":") {
            return Some(say!("sign-returns-notification"));
        }
        if STATUS_FIELDS.iter().any(|field| line.starts_with(field)) {
            return Some(say!("sign-returns-fields"));
        }
        announced |= ANNOUNCEMENTS.iter().any(|words| line.contains(words));
        match FIELDS.iter().find(|(name, _)| line.starts_with(name)) {
            Some((_, transports)) => {
                fields += 1;
                transport |= transports;
                gap = 0;
            }
            // Folded fields, and those that are not in the list.
            None => gap += 1,
        }
        if gap > 4 {
            (fields, transport) = (0, false);
        }
        if fields >= 3 && transport || fields >= 2 && (announced || certain) {
            return Some(say!("sign-returns-header"));
        }
    }
    None
}

/// An address that a line begins or ends with, as reports name the recipients that they failed for.
pub(super) fn recipient(text: &str) -> Option<&str> {
    let address = |word: &&str| {
        let bare = word.trim_matches(['<', '>', ':', ',', '"', '(', ')']);
        bare.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
    };
    unquoted(text).find_map(|line| {
        let mut words = line.split_whitespace().filter(|word| *word != "-" && *word != "--" && *word != "*");
        words.next().filter(address).or_else(|| words.next_back().filter(address))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_of_servers_are_told_from_numbers_and_dates() {
        for line in [
            "<a@b.example>: host mx.b.example said: 550 5.1.1 user unknown",
            "550-5.1.1 the email account that you tried to reach does not exist",
            "remote host said: 554 delivery error",
            "<<< 452 try later",
            "550 no such user here",
            "sorry, no mailbox here by that name. (#5.1.1)",
            "    (reason: 550 5.7.1 unable to relay)",
            "said:\n    550 blocked",
        ] {
            assert!(reply(line).is_some(), "{line}");
        }
        for line in [
            "not delivered since 5.11.24, nor on 4.10.25",
            "550 birr were promised, 450 came",
            "550 recipients of our village wait since 5.1.24",
            "of 500 households 450 were rejected",
            "user unknown, says the tablet",
            "> 550 5.1.1 user unknown",
            "version 5.1.1 of the form",
            "call 0550 5512",
            "room 501, house 4.2",
        ] {
            assert_eq!(reply(line), None, "{line}");
        }
    }

    #[test]
    fn a_returned_header_is_told_from_mail_that_a_person_passes_on() {
        let passed_on =
            "---------- forwarded message ---------\nfrom: a@b.example\ndate: monday\nsubject: s\nto: c\n\nx";
        assert_eq!(returned(passed_on, false), None);
        assert!(returned(passed_on, true).is_some());
        for text in [
            "received: from a by b\n  for <c>\nfrom: a\nsubject: s",
            "--- below this line is a copy of the message.\n\nfrom: a\nto: b",
            "reporting-mta: dns; mx",
        ] {
            assert!(returned(text, false).is_some(), "{text}");
        }
        assert_eq!(returned("subject: my card\nit is lost", true), None);
    }
}
