//! Is a mail a person's, or a machine's answer? Only the structure of a delivery report (RFC 3464) decides alone;
//! otherwise two signs must agree, and one alone only marks the mail. People complain about mail that failed and
//! quote reports: what decides is who sent it, not what it is about.

use std::io::{self, Read};

use super::head::Head;
use super::lines::Lines;
use super::scan::{Tree, message_head};
use super::section::Section;
use super::transfer::decoder;
use super::{Source, address, clean, field, phrases};
use crate::domain::address::Address;
use crate::domain::message::Automatic;

/// Bytes of text that are searched for what reports say.
const TEXT: usize = 8 << 10;
/// Bytes of a returned mail's header.
const RETURNED: u64 = 64 << 10;

/// Judges a message by its header, its structure and its text.
pub fn judge(source: &mut dyn Source, tree: &Tree, from: &Address, text: &str) -> io::Result<Automatic> {
    let head = &tree.head;
    let stated = clean::line(&text[..text.floor_char_boundary(TEXT)], usize::MAX);
    let text = stated.to_lowercase();
    let report = report(tree);
    let senders = bounce_senders(head, from);
    let claims = bounce_claims(tree, &text);
    let from_system = is_mail_system(from);
    let is_bounce = report.is_some()
        || (from_system && !claims.is_empty())
        || (!senders.is_empty() && claims.len() >= 2)
        || (head.has("x-failed-recipients") && claims.len() >= 2);
    if is_bounce {
        let signs = report.into_iter().chain(senders).chain(claims).collect();
        return Ok(Automatic::Bounce { signs, original_message_id: original(source, tree, &stated)? });
    }
    let (strong, weak) = reply_signs(head, &text);
    let signs: Vec<String> = strong.iter().chain(&weak).cloned().collect();
    // A mail system writes reports, no replies.
    if !strong.is_empty() && signs.len() >= 2 && !from_system {
        return Ok(Automatic::AutoReply { signs });
    }
    let sign = senders.into_iter().chain(claims).chain(signs).next();
    Ok(sign.map_or(Automatic::No, |sign| Automatic::Perhaps { sign }))
}

/// The structure that only a mail system writes.
fn report(tree: &Tree) -> Option<String> {
    let root = &tree.parts[0].kind;
    if root.mimetype != "multipart/report" {
        return None;
    }
    let holds = |mimetypes: &[&str]| tree.children(0).any(|(_, part)| mimetypes.contains(&part.kind.mimetype.as_str()));
    let is = |report_type: &str| root.report_type.as_deref() == Some(report_type);
    if is("delivery-status") || holds(&["message/delivery-status", "message/global-delivery-status"]) {
        Some("it is a delivery report (RFC 3464)".to_owned())
    } else if is("feedback-report") || holds(&["message/feedback-report"]) {
        Some("it is a report about mail of ours (RFC 5965)".to_owned())
    } else if is("disposition-notification") || holds(&["message/disposition-notification"]) {
        Some("it is a receipt for mail of ours (RFC 8098)".to_owned())
    } else {
        None
    }
}

/// A sender that is no person: a mail system's name or address.
fn is_mail_system(from: &Address) -> bool {
    let local = from.address.split('@').next().unwrap_or_default().to_lowercase();
    let name = from.name.to_lowercase();
    phrases::SYSTEM_LOCALS.contains(&local.as_str())
        || phrases::SYSTEM_NAMES.iter().any(|known| name.starts_with(known))
}

fn bounce_senders(head: &Head, from: &Address) -> Vec<String> {
    let mut signs = Vec::new();
    if is_mail_system(from) {
        signs.push(format!("its sender is a mail system ({})", from.display()));
    }
    if has_empty_return_path(head) {
        signs.push("its return path is empty".to_owned());
    }
    if head.text("from").is_some_and(|from| from.trim_matches(['<', '>', ' ']).is_empty()) {
        signs.push("it names no sender".to_owned());
    }
    signs
}

fn has_empty_return_path(head: &Head) -> bool {
    let Some(path) = head.text("return-path") else { return false };
    let bare = path.trim_matches(['<', '>', ' ']);
    bare.is_empty() || address::list(&path).iter().any(is_mail_system)
}

/// What says that mail could not be delivered.
fn bounce_claims(tree: &Tree, text: &str) -> Vec<String> {
    let mut signs = Vec::new();
    let subject = tree.head.text("subject").unwrap_or_default();
    if phrases::is_report_subject(&subject) {
        signs.push(format!("its subject is that of a delivery report (“{}”)", clean::line(&subject, 60)));
    }
    if tree.head.has("x-failed-recipients") {
        signs.push("it names failed recipients (X-Failed-Recipients)".to_owned());
    }
    let within = |mimetype: &str| tree.parts.iter().any(|part| part.kind.mimetype == mimetype);
    if within("message/delivery-status") || within("message/feedback-report") {
        signs.push("it holds a delivery status".to_owned());
    }
    if let Some(phrase) = phrases::first_in(&phrases::REPORT_FINDERS, text) {
        signs.push(format!("its text is that of a delivery report (“{phrase}”)"));
    }
    if let Some(status) = text.split_whitespace().find_map(phrases::status_code) {
        signs.push(format!("its text names a delivery status ({status})"));
    }
    signs
}

/// Signs of an automatic reply: those that mean one, and those that only go with one.
fn reply_signs(head: &Head, text: &str) -> (Vec<String>, Vec<String>) {
    let (mut strong, mut weak) = (Vec::new(), Vec::new());
    let value = |name: &str| head.text(name).unwrap_or_default().to_lowercase();
    if value("auto-submitted").starts_with("auto-replied") {
        strong.push("Auto-Submitted says auto-replied (RFC 3834)".to_owned());
    }
    for name in phrases::REPLY_FIELDS {
        if head.has(name) && value(name) != "no" {
            strong.push(format!("it has the field {name}"));
        }
    }
    let precedence = value("precedence");
    if precedence.starts_with("auto_reply") || precedence.starts_with("auto-reply") {
        strong.push(format!("Precedence says {}", clean::line(&precedence, 20)));
    }
    let subject = value("subject");
    if let Some(start) = phrases::REPLY_SUBJECTS.iter().find(|start| subject.starts_with(*start)) {
        strong.push(format!("its subject begins with “{start}”"));
    }
    if has_empty_return_path(head) {
        weak.push("its return path is empty".to_owned());
    }
    if head.has("x-auto-response-suppress") {
        weak.push("it asks for no automatic replies (X-Auto-Response-Suppress)".to_owned());
    }
    if matches!(precedence.as_str(), "bulk" | "junk") {
        weak.push(format!("Precedence says {precedence}"));
    }
    if let Some(phrase) = phrases::first_in(&phrases::REPLY_FINDERS, text) {
        weak.push(format!("its text says “{phrase}”"));
    }
    (strong, weak)
}

/// The Message-ID of the mail that a report is about: of the returned mail or its header, else as the text quotes it.
fn original(source: &mut dyn Source, tree: &Tree, text: &str) -> io::Result<Option<String>> {
    let returned = ["message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"];
    for part in tree.parts.iter().filter(|part| returned.contains(&part.kind.mimetype.as_str())).take(5) {
        let mut bytes = Vec::new();
        let section = Section::new(source, part.body.clone())?;
        decoder(part.kind.transfer, section).take(RETURNED).read_to_end(&mut bytes)?;
        let head = message_head(&mut Lines::open(&mut io::Cursor::new(bytes))?)?;
        if let Some(id) = head.raw("message-id").and_then(|value| field::message_id(&value)) {
            return Ok(Some(id));
        }
    }
    let quoted = text.to_ascii_lowercase().find("message-id:").map(|at| &text[at..]);
    Ok(quoted.and_then(|quoted| field::message_ids(quoted).into_iter().next()))
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
    fn an_automatic_reply_needs_two_signs() {
        for fields in [
            "Auto-Submitted: auto-replied (vacation)\nReturn-Path: <>",
            "Auto-Submitted: auto-replied\nSubject: Automatic reply: We have received your grievance",
            "X-Autoreply: yes\nPrecedence: bulk",
            "Subject: Réponse automatique : absence\nX-Auto-Response-Suppress: All",
            "Subject: رد تلقائي: شكوى\nPrecedence: auto_reply",
        ] {
            let message = read(&format!("From: a@b.example\n{fields}\n\nx"));
            assert!(matches!(&message.automatic, Automatic::AutoReply { signs } if signs.len() >= 2), "{fields}");
        }
        for fields in [
            "Auto-Submitted: auto-replied",
            "Subject: Automatic reply: a",
            "X-Auto-Response-Suppress: All",
            "Return-Path: <>",
        ] {
            let message = read(&format!("From: a@b.example\n{fields}\n\nx"));
            assert!(matches!(message.automatic, Automatic::Perhaps { .. }), "{fields}");
            assert_eq!(message.marks, [Mark::PerhapsAutomatic]);
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
