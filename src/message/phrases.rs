//! The words by which mail systems and automatic replies give themselves away, all in lower case.

use std::sync::LazyLock;

use memchr::memmem::Finder;

/// Phrases, prepared once for the search in every mail.
pub type Finders = LazyLock<Vec<(&'static str, Finder<'static>)>>;
pub static REPORT_FINDERS: Finders =
    LazyLock::new(|| REPORT_TEXTS.iter().map(|text| (*text, Finder::new(text))).collect());
pub static REPLY_FINDERS: Finders =
    LazyLock::new(|| REPLY_TEXTS.iter().map(|text| (*text, Finder::new(text))).collect());

/// The first of these phrases that stands anywhere in the text.
pub fn first_in(phrases: &Finders, text: &str) -> Option<&'static str> {
    let (phrase, _) = phrases.iter().find(|(_, finder)| finder.find(text.as_bytes()).is_some())?;
    Some(phrase)
}

/// Local parts that belong to mail systems.
pub const SYSTEM_LOCALS: &[&str] = &[
    "mailer-daemon",
    "mailer_daemon",
    "mailerdaemon",
    "mail-daemon",
    "maildaemon",
    "postmaster",
    "post_master",
    "mdaemon",
    "bounce-notification",
];

/// How the display names of mail systems begin.
pub const SYSTEM_NAMES: &[&str] = &[
    "mailer-daemon",
    "mailer daemon",
    "mail delivery s",
    "mail deliver system",
    "mail administrator",
    "internet mail delivery",
    "system administrator",
    "mail system",
    "mail router",
    "microsoft outlook",
    "postmaster",
    "mail daemon",
    "mail service",
];

/// Header fields that only automatic replies have.
pub const REPLY_FIELDS: &[&str] = &[
    "x-autoreply",
    "x-autorespond",
    "x-autoresponse",
    "x-autoresponder",
    "x-mail-autoreply",
    "x-auto-reply",
    "x-autoreply-from",
    "x-vacation",
];

/// How the subjects of automatic replies begin.
pub const REPLY_SUBJECTS: &[&str] = &[
    "automatic reply",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto response",
    "auto-response",
    "autoresponse",
    "auto:",
    "automated reply",
    "out of office",
    "out-of-office",
    "out of the office",
    "vacation reply",
    "away from my mail",
    "réponse automatique",
    "absence du bureau",
    "message d'absence",
    "respuesta automática",
    "respuesta automatica",
    "fuera de la oficina",
    "resposta automática",
    "ausência temporária",
    "automatische antwort",
    "abwesenheitsnotiz",
    "automatisch antwoord",
    "risposta automatica",
    "fuori sede",
    "رد تلقائي",
    "الرد التلقائي",
    "автоответ",
    "автоматический ответ",
    "自动答复",
    "自動回覆",
    "自动回复",
    "自動応答",
    "jawapan automatik",
    "balasan otomatis",
];

/// What automatic replies say.
const REPLY_TEXTS: &[&str] = &[
    "out of the office",
    "out of office",
    "i am away",
    "i'm away",
    "i will be away",
    "i am on vacation",
    "i'm on vacation",
    "on annual leave",
    "automatic reply",
    "automatically generated reply",
    "je suis absent",
    "réponse automatique",
    "fuera de la oficina",
    "estou ausente",
];

/// How the subjects of delivery reports begin.
const REPORT_SUBJECTS: &[&str] = &[
    "undelivered mail",
    "undeliverable",
    "undeliverable mail",
    "undelivered",
    "mail failure",
    "mail failed",
    "mail delivery failed",
    "mail delivery failure",
    "delivery status notification",
    "delivery failure",
    "delivery notification",
    "delivery report",
    "delivery has failed",
    "returned mail",
    "failure notice",
    "mail could not be delivered",
    "message could not be delivered",
    "could not send message",
    "non recapitabile",
    "unzustellbar",
    "non remis",
    "no se puede entregar",
    "message delivery failure",
    "mail system error",
    "warning: could not send",
    "warning: message",
    "message delayed",
    "mail delivery problem",
    "mail delivery error",
    "delivery delayed",
    "delayed mail",
    "your message couldn't be delivered",
    "message undeliverable",
    "nondeliverable mail",
    "non delivery",
    "rejected mail",
    "mail not delivered",
    "unable to deliver",
    "mailbox unavailable",
];

/// What delivery reports say of mail that was sent by their reader.
const REPORT_TEXTS: &[&str] = &[
    "could not be delivered",
    "couldn't be delivered",
    "was not delivered",
    "delivery to the following recipient",
    "this message was created automatically by mail delivery software",
    "the following addresses had",
    "permanent fatal errors",
    "i'm afraid i wasn't able to deliver your message",
    "i'm sorry to have to inform you that",
    "unable to deliver",
    "did not reach the following recipient",
    "undeliverable",
    "delivery has failed",
    "delivery failed",
    "transcript of session follows",
    "the original message was received at",
    "has not yet been delivered",
    "message undelivered",
    "user unknown",
];

/// How the subjects of forwarded mail begin.
const FORWARDS: &[&str] =
    &["fwd:", "fw:", "tr:", "wg:", "rv:", "enc:", "i:", "doorst:", "vs:", "إعادة توجيه:", "转发:", "轉寄:"];

pub fn is_report_subject(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    let subject = subject.trim_start_matches(|c: char| !c.is_alphanumeric());
    REPORT_SUBJECTS.iter().any(|start| subject.starts_with(start))
}

pub fn is_forward(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    FORWARDS.iter().any(|start| subject.starts_with(start))
}

/// An enhanced status code of a failure (RFC 3463) in a word of text: `5.1.1`, `(#4.4.2)`.
pub fn status_code(word: &str) -> Option<&str> {
    let word = word.trim_matches(|c: char| !c.is_ascii_digit());
    let mut numbers = word.split('.');
    let class = numbers.next()?;
    let short = |number: Option<&str>| {
        number.is_some_and(|number| (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    (matches!(class, "4" | "5") && short(numbers.next()) && short(numbers.next()) && numbers.next().is_none())
        .then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_codes_are_told_from_versions_and_addresses() {
        assert_eq!(status_code("(#5.1.1)"), Some("5.1.1"));
        for word in ["5.1", "2.0.0", "5.1.1.1", "192.0.2.1", "5.1.1000", "4", ""] {
            assert_eq!(status_code(word), None, "{word}");
        }
    }
}
