//! Whether a mail comes from a person or is a machine's answer. Only fields and structures that no person's program writes
//! decide this. People complain about mail that failed or offices that are closed, and quote reports; they write through
//! gateways and forms whose envelope has no sender. So words only add weight, names never count, and in doubt the mail is
//! delivered and marked.

use std::io::{self, Read};

use super::head::MailHead;
use super::scan::{Tree, message_head};
use super::source::{Section, SourceLines};
use super::transfer::decoder;
use super::{Source, head, phrases, text};
use crate::domain::message::{Address, Automatic};
use crate::domain::words::Sentence;
use crate::say;

/// Bytes of text that are searched for what reports say.
const TEXT: usize = 8 << 10;
/// Bytes of a returned mail's header.
const RETURNED: u64 = 64 << 10;

/// Judges a message by its header, its structure and its text.
pub(super) fn judge(source: &mut dyn Source, tree: &Tree, from: &Address, text: &str) -> io::Result<Automatic> {
    let head = &tree.head;
    let start = &text[..text.floor_char_boundary(TEXT)];
    let lowered = start.to_lowercase();
    let said = strengthening(head, &lowered);
    if let Some(signs) = bounce(tree, from, &lowered) {
        let signs = signs.into_iter().chain(said).collect();
        return Ok(Automatic::Bounce { signs, original_message_id: original(source, tree, start)? });
    }
    let (alone, together) = reply_signs(head, from);
    let origin = Origin::of(head, from);
    if !alone.is_empty() || together.len() >= 2 {
        let signs = alone.into_iter().chain(together).chain(said).collect();
        return Ok(match origin {
            Origin::EmptyPath | Origin::Person => Automatic::AutoReply { signs },
            // A mail system sends nothing but reports, whatever they are called.
            Origin::MailSystem | Origin::Postmaster if head.has("message-id") => {
                Automatic::Bounce { signs, original_message_id: original(source, tree, start)? }
            }
            // Without even a Message-ID it may be somebody's script: in doubt.
            Origin::MailSystem | Origin::Postmaster => Automatic::Perhaps { sign: origin.sign(from) },
        });
    }
    let sign = (!matches!(origin, Origin::Person)).then(|| origin.sign(from));
    let sign = sign.or_else(|| hint(head)).or_else(|| said.into_iter().next());
    Ok(sign.map_or(Automatic::No, |sign| Automatic::Perhaps { sign }))
}

/// A structure that only mail systems write (RFC 6522), if it is the whole message.
fn report(tree: &Tree) -> Option<Sentence> {
    let root = &tree.parts[0].kind;
    if root.mimetype != "multipart/report" {
        return None;
    }
    let holds = |mimetypes: &[&str]| tree.children(0).any(|(_, part)| mimetypes.contains(&part.kind.mimetype.as_str()));
    let is = |report_type: &str| root.report_type.as_deref() == Some(report_type);
    if is("delivery-status") || holds(&["message/delivery-status", "message/global-delivery-status"]) {
        Some(say!("sign-report"))
    } else if is("feedback-report") || holds(&["message/feedback-report"]) {
        Some(say!("sign-feedback"))
    } else if is("disposition-notification")
        || holds(&["message/disposition-notification", "message/global-disposition-notification"])
    {
        Some(say!("sign-receipt"))
    } else {
        None
    }
}

/// The signs of a bounce, where they suffice: a report; or a sender that is a mail system, together with something that mail
/// systems return.
fn bounce(tree: &Tree, from: &Address, text: &str) -> Option<Vec<Sentence>> {
    let head = &tree.head;
    if let Some(report) = report(tree) {
        return Some(vec![report]);
    }
    let origin = Origin::of(head, from);
    let certain = match origin {
        Origin::MailSystem => true,
        Origin::Postmaster if has_empty_return_path(head) && head.has("message-id") => true,
        // A person at the postmaster's address, a gateway and a form may write about mail that failed, or pass it on.
        Origin::Postmaster | Origin::EmptyPath if !has_persons_sign(head) => false,
        Origin::Postmaster | Origin::EmptyPath | Origin::Person => return None,
    };
    let mut signs = vec![origin.sign(from)];
    if head.has("x-failed-recipients") {
        signs.push(say!("sign-failed-recipients"));
    }
    signs.extend(returned(tree, text, certain));
    if let Some(line) = phrases::server_reply(text) {
        signs.push(say!("sign-quotes-server", line = text::line(line, 60)));
    }
    if certain && let Some(recipient) = phrases::recipient(text) {
        signs.push(say!("sign-recipient", recipient = text::line(recipient, 60)));
    }
    (signs.len() > 1).then_some(signs)
}

/// Where a mail comes from, by its addresses; names don't count, as anybody may have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// An address that no person writes from, or none at all.
    MailSystem,
    /// An address of mail systems at which a person may sit, too (RFC 2142).
    Postmaster,
    /// An empty return path, which gateways and forms have too.
    EmptyPath,
    Person,
}

impl Origin {
    fn of(head: &MailHead, from: &Address) -> Self {
        let empty_path = has_empty_return_path(head);
        let nobody = head.text("from").is_some_and(|from| from.trim_matches(['<', '>', ' ']).is_empty());
        let local = from_local(head).unwrap_or_else(|| local_part(&from.address));
        let names_nobody = nobody && (empty_path || !head.has("return-path"));
        if is_system_local(&local) || is_system_address(&from.address) || names_nobody {
            Origin::MailSystem
        } else if local == "postmaster" {
            Origin::Postmaster
        } else if empty_path {
            Origin::EmptyPath
        } else {
            Origin::Person
        }
    }

    fn sign(self, from: &Address) -> Sentence {
        match self {
            Origin::MailSystem if from.address.is_empty() => say!("sign-mail-system"),
            Origin::MailSystem => say!("sign-mail-system-address", address = from.address),
            Origin::Postmaster => say!("sign-postmaster", address = from.address),
            Origin::EmptyPath => say!("sign-empty-path"),
            Origin::Person => say!("sign-person"),
        }
    }
}

fn local_part(address: &str) -> String {
    address.split('@').next().unwrap_or_default().to_lowercase()
}

/// The local part in From where it has no domain, as mail systems write it: `MAILER-DAEMON (Mail Delivery System)`. Beside a
/// whole address it is only a name, which anybody may have.
fn from_local(head: &MailHead) -> Option<String> {
    let from = head.text("from")?;
    if from.contains('@') {
        return None;
    }
    let inside = from.rsplit_once('<').and_then(|(_, after)| after.split_once('>')).map(|(inside, _)| inside.trim());
    let bare = inside.filter(|inside| !inside.is_empty()).or_else(|| from.split(['(', '<']).next())?;
    let bare = bare.trim_matches(['"', ' ']).to_lowercase();
    is_system_local(&bare).then_some(bare)
}

fn is_system_local(local: &str) -> bool {
    phrases::SYSTEM_LOCALS.contains(&local)
}

fn is_system_address(address: &str) -> bool {
    phrases::SYSTEM_ADDRESSES.iter().any(|known| address.eq_ignore_ascii_case(known))
}

/// The null reverse-path (RFC 5321 §4.5.5), which some systems spell out. Of several such fields, the first is the one of
/// our own mail server.
fn has_empty_return_path(head: &MailHead) -> bool {
    let Some(path) = head.text("return-path") else { return false };
    let bare = path.trim_matches(['<', '>', ' ']);
    bare.is_empty() || is_system_local(&local_part(bare))
}

/// A sign that only a person's mail program writes, or a form for a person.
fn has_persons_sign(head: &MailHead) -> bool {
    let subject = head.text("subject").unwrap_or_default();
    phrases::is_forward(&subject)
        || phrases::is_reply(&subject)
        || head.has("user-agent")
        || head.text("x-mailer").is_some_and(|mailer| phrases::is_persons_mailer(&mailer))
        || values(head, "auto-submitted").any(|value| value.starts_with("auto-generated"))
}

/// The mail that failed, or its header, or what a server said of it in the fields of a delivery status.
fn returned(tree: &Tree, text: &str, certain: bool) -> Option<Sentence> {
    const PARTS: [&str; 7] = [
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/global-headers",
        "message/delivery-status",
        "message/feedback-report",
        "multipart/report",
    ];
    if let Some(part) = tree.parts.iter().find(|part| PARTS.contains(&part.kind.mimetype.as_str())) {
        return Some(say!("sign-returns-part", part = part.kind.mimetype));
    }
    phrases::returned_header(text, certain)
}

/// Signs that decide nothing, but support what was decided.
fn strengthening(head: &MailHead, text: &str) -> Vec<Sentence> {
    let mut signs = Vec::new();
    let subject = head.text("subject").unwrap_or_default().to_lowercase();
    if phrases::is_report_subject(&subject) {
        signs.push(say!("sign-report-subject", subject = text::line(&subject, 60)));
    }
    if let Some(start) = phrases::REPLY_SUBJECTS.iter().find(|start| subject.starts_with(*start)) {
        signs.push(say!("sign-subject-begins", start));
    }
    let text = text::line(text, usize::MAX);
    if let Some(phrase) = phrases::first_in(&phrases::REPORT_FINDERS, &text) {
        signs.push(say!("sign-report-text", phrase));
    }
    if let Some(phrase) = phrases::first_in(&phrases::REPLY_FINDERS, &text) {
        signs.push(say!("sign-text", phrase));
    }
    signs
}

fn values<'h>(head: &'h MailHead, name: &'h str) -> impl Iterator<Item = String> + 'h {
    head.all(name).map(|value| text::line(&value, 200).to_lowercase())
}

/// Signs of an automatic reply: first those that suffice alone, then those of which two must be there.
fn reply_signs(head: &MailHead, from: &Address) -> (Vec<Sentence>, Vec<Sentence>) {
    let (mut alone, mut together) = (Vec::new(), Vec::new());
    if values(head, "auto-submitted").any(|value| value.starts_with("auto-replied")) {
        alone.push(say!("sign-auto-replied"));
    }
    for name in phrases::REPLY_FIELDS {
        if values(head, name).any(|value| !matches!(value.as_str(), "no" | "false" | "0" | "none" | "off")) {
            alone.push(say!("sign-field", name));
        }
    }
    for (name, wanted) in phrases::REPLY_VALUES {
        if let Some(value) = values(head, name).find(|value| value.contains(wanted)) {
            alone.push(say!("sign-field-says", name, value = text::line(&value, 40)));
        }
    }
    if is_exchange_rule_reply(head, from) {
        alone.push(say!("sign-exchange"));
    }
    if has_empty_return_path(head) {
        together.push(say!("sign-empty-path"));
    }
    if head.has("in-reply-to") || head.has("references") {
        together.push(say!("sign-answers"));
    }
    if head.has("x-auto-response-suppress")
        && values(head, "auto-submitted").any(|value| value.starts_with("auto-generated"))
        && !is_of_a_form(head, from)
    {
        together.push(say!("sign-asks-none-generated"));
    }
    (alone, together)
}

/// Forms and devices write on behalf of people: From has an address of their own, Reply-To the person's.
fn is_of_a_form(head: &MailHead, from: &Address) -> bool {
    let local = local_part(&from.address);
    let answers_go_elsewhere = head.text("reply-to").is_some_and(|to| {
        let to = to.to_lowercase();
        to.contains('@') && !to.contains(&from.address.to_lowercase())
    });
    answers_go_elsewhere || phrases::FORM_LOCALS.iter().any(|start| local.starts_with(start))
}

/// Exchange writes this field into its automatic replies, and into mail that a person's rule forwards: the latter names the
/// mailbox whose rule it was, or says that it is forwarded.
fn is_exchange_rule_reply(head: &MailHead, from: &Address) -> bool {
    let own = |value: String| !from.address.is_empty() && value.contains(&from.address.to_lowercase());
    let passed_on = head.has("resent-from")
        || head.has("x-ms-exchange-forwardingloop")
        || phrases::is_forward(&head.text("subject").unwrap_or_default());
    !passed_on && values(head, "x-ms-exchange-inbox-rules-loop").any(own)
}

/// A sign that many automatic mails have, but forms and scanners too.
fn hint(head: &MailHead) -> Option<Sentence> {
    let precedence = head.text("precedence").unwrap_or_default().to_lowercase();
    if head.has("x-failed-recipients") {
        Some(say!("sign-failed-recipients"))
    } else if head.has("x-auto-response-suppress") {
        Some(say!("sign-asks-none"))
    } else if head.has("x-ms-exchange-inbox-rules-loop") {
        Some(say!("sign-exchange-rule"))
    } else if matches!(precedence.as_str(), "bulk" | "junk") && !head.has("list-id") {
        Some(say!("sign-field-says", name = "Precedence", value = precedence))
    } else {
        None
    }
}

/// The Message-ID of the mail that a report is about: from the returned mail or its header, else as the text quotes it.
fn original(source: &mut dyn Source, tree: &Tree, text: &str) -> io::Result<Option<String>> {
    let returned = ["message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"];
    for part in tree.parts.iter().filter(|part| returned.contains(&part.kind.mimetype.as_str())).take(5) {
        let mut bytes = Vec::new();
        let section = Section::new(source, part.body.clone())?;
        decoder(part.kind.transfer, section).take(RETURNED).read_to_end(&mut bytes)?;
        let head = message_head(&mut SourceLines::open(&mut io::Cursor::new(bytes))?)?;
        if let Some(id) = head.raw("message-id").and_then(|value| head::message_id(&value)) {
            return Ok(Some(id));
        }
    }
    let quoted = text.to_ascii_lowercase().find("message-id:").map(|at| &text[at..]);
    Ok(quoted.and_then(|quoted| head::message_ids(quoted).into_iter().next()))
}

#[cfg(test)]
mod tests {
    use crate::domain::message::{Automatic, Mark, Message};

    fn read(mail: &str) -> Message {
        super::super::read(&mut std::io::Cursor::new(mail.as_bytes()), crate::domain::now(), "00").unwrap()
    }

    #[test]
    fn a_delivery_report_is_a_bounce_and_names_the_mail_it_is_about() {
        for (status, returned) in [
            ("message/delivery-status", "Content-Type: message/rfc822\n\nMessage-ID: <a@b>\n\nx"),
            (
                "text/plain",
                "Content-Type: text/rfc822-headers\nContent-Transfer-Encoding: quoted-printable\n\nMessage-ID: =3Ca@b>\n",
            ),
        ] {
            let message = read(&format!(
                "From: x@y.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n\
                 --b\n\nfailed\n--b\nContent-Type: {status}\n\nAction: failed\n--b\n{returned}\n--b--\n"
            ));
            let Automatic::Bounce { original_message_id, .. } = message.automatic else { panic!("{status}") };
            assert_eq!(original_message_id.as_deref(), Some("<a@b>"));
        }
        let classic = read(
            "From: MAILER-DAEMON (Mail Delivery System)\nSubject: failure notice\n\nHi. Message-Id: <Q@b>\n550 5.1.1 unknown",
        );
        let Automatic::Bounce { signs, original_message_id } = classic.automatic else { panic!() };
        assert!(signs.len() >= 3 && original_message_id.as_deref() == Some("<Q@b>"), "{signs:?}");
    }

    #[test]
    fn a_grievance_about_a_bounce_is_no_bounce() {
        for mail in [
            "From: Amina <amina@people.example>\nSubject: Fwd: Undelivered Mail Returned to Sender\n\n\
             I wrote to you and got this:\n> <support@x>: 550 5.1.1 User unknown\n> could not be delivered",
            "From: amina@people.example\nSubject: Mail delivery failed\n\nYour address answers 5.1.1. Where is my payment?",
            "From: postmaster@village.example\nSubject: No payment\n\nNobody in our village was paid.",
            "From: amina@people.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nsee\n--b\n\
             Content-Type: message/rfc822\n\nContent-Type: multipart/report; report-type=delivery-status\n\nx\n--b--",
        ] {
            let automatic = read(mail).automatic;
            assert!(matches!(automatic, Automatic::No | Automatic::Perhaps { .. }), "{mail}: {automatic:?}");
        }
    }

    #[test]
    fn an_automatic_reply_has_a_sign_that_no_person_makes() {
        for fields in [
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: Auto-Replied (vacation); owner-email=\"a@b.example\"",
            "X-Autoreply: yes",
            "Precedence: auto_reply",
            "X-Apple-Action: VACATION",
            "X-MS-Exchange-Inbox-Rules-Loop: A@b.example",
            "Return-Path: <>\nIn-Reply-To: <x@y>",
            "Return-Path: <MAILER-DAEMON>\nReferences: <x@y>",
            "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\nReturn-Path: <>",
            "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All\nIn-Reply-To: <x@y>",
        ] {
            let message = read(&format!("From: a@b.example\n{fields}\n\nx"));
            assert!(matches!(message.automatic, Automatic::AutoReply { .. }), "{fields}: {:?}", message.automatic);
        }
    }

    #[test]
    fn words_names_and_what_forms_and_gateways_write_only_mark_a_mail() {
        for fields in [
            "Subject: Automatic reply: a",
            "Subject: Automatic reply: a\nX-Auto-Response-Suppress: All",
            "X-Auto-Response-Suppress: All",
            "Auto-Submitted: auto-generated\nX-Auto-Response-Suppress: All",
            "Return-Path: <>",
            // A rule of an Exchange mailbox passes a person's mail on.
            "X-MS-Exchange-Inbox-Rules-Loop: office@b.example\nIn-Reply-To: <x@y>",
            "X-MS-Exchange-Inbox-Rules-Loop: a@b.example\nSubject: WG: My card\nAuto-Submitted: auto-generated",
        ] {
            let message = read(&format!("From: a@b.example\n{fields}\n\nx"));
            assert!(matches!(message.automatic, Automatic::Perhaps { .. }), "{fields}: {:?}", message.automatic);
            assert!(message.marks.contains(&Mark::PerhapsAutomatic), "{fields}");
        }
        for fields in ["In-Reply-To: <x@y>", "From: MAILER-DAEMON Workers <union@b.example>", "X-Autoreply: no"] {
            assert_eq!(read(&format!("From: a@b.example\n{fields}\n\nx")).automatic, Automatic::No, "{fields}");
        }
    }

    #[test]
    fn a_bounce_without_a_report_needs_a_mail_system_and_what_it_returns() {
        let returned = "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: message/rfc822\n\nSubject: s\n\ny\n--b--";
        for mail in [
            format!("From: MAILER-DAEMON@b.example\n{returned}"),
            format!("From: noreply@b.example\nReturn-Path: <>\n{returned}"),
            "From: a@b.example\nReturn-Path: <>\nX-Failed-Recipients: c@d.example\n\nx".to_owned(),
            "From: Postmaster@b.example\n\n<c@d.example>: 550 5.1.1 User unknown".to_owned(),
            "From: mailer-daemon@b.example\nMessage-ID: <a@b>\nAuto-Submitted: auto-replied\n\nx".to_owned(),
        ] {
            assert!(matches!(read(&mail).automatic, Automatic::Bounce { .. }), "{mail}");
        }
        for mail in [
            format!("From: a@b.example\nReturn-Path: <>\nSubject: Fwd: Undeliverable\n{returned}"),
            format!("From: postmaster@village.example\nUser-Agent: Thunderbird\n{returned}"),
            "From: a@b.example\nReturn-Path: <>\nSubject: Undelivered\n\nNot delivered since 5.11.24".to_owned(),
            "From: a@b.example\nX-Failed-Recipients: c@d.example\n\nx".to_owned(),
        ] {
            assert!(matches!(read(&mail).automatic, Automatic::Perhaps { .. }), "{mail}");
        }
    }

    #[test]
    fn mail_from_forms_and_lists_is_ordinary() {
        let form = read("From: form@b.example\nAuto-Submitted: auto-generated\nSubject: Complaint\n\nI was not paid.");
        assert_eq!((form.automatic, form.marks), (Automatic::No, vec![Mark::AutoGenerated]));
        let list = read("From: a@b.example\nList-Id: <village.b.example>\nPrecedence: list\nSubject: s\n\nx");
        assert_eq!((list.automatic, list.marks), (Automatic::No, vec![Mark::MailingList]));
    }
}
