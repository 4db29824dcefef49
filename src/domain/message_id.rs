//! Message-IDs (RFC 5322 §3.6.4) as they are compared. On its way through mailers and gateways an id keeps its sense
//! but not its bytes: its letters change case, its brackets are lost or doubled, it is folded, quoted and escaped.

use std::borrow::Cow;
use std::fmt;

/// The one form in which Message-IDs are compared, stored and indexed: no brackets, quotes, backslashes or white space,
/// escapes undone, in lower case. What is shown and sent on keeps the form that the mail has.
///
/// `migrations/*/2026-11-28-000010_threads` makes the same form in SQL of the ids that were stored before; who changes
/// the form writes such a migration.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageIdKey(String);

/// Local parts of ids that mailers write who had none to write.
const NOTHING: &[&str] = &[
    "undefined",
    "null",
    "none",
    "nil",
    "nan",
    "unknown",
    "false",
    "void",
    "empty",
    "noid",
    "messageid",
    "msgid",
    "message",
    "id",
    "no",
];
/// What stands around a name that a template should have replaced: `<{{ message_id }}@host>`.
const PLACEHOLDERS: &[&str] = &["{{", "}}", "${", "%{", "%s", "<%", "[[", "#{"];
/// The characters whose escapes are undone. Other escapes may be part of the id.
const ESCAPED: &str = "@=+_$/<>\"";

impl MessageIdKey {
    /// None for an id that means none, such as `<undefined>` or `<0@phone.example>`: it stands on the mail of people who
    /// have nothing to do with each other.
    pub fn of(id: &str) -> Option<Self> {
        let key = normal(id);
        (!means_nothing(&key)).then_some(Self(key))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageIdKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn normal(id: &str) -> String {
    let text = unescaped(id);
    let mut key = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() || is_invisible(c) || matches!(c, '<' | '>' | '"' | '\\') {
            continue;
        }
        key.extend(c.to_lowercase());
    }
    let end = key.trim_end_matches([',', ';', '.']).len();
    key.truncate(end);
    // Amazon SES tells the sender one of its domains and writes another one into the mail.
    if key.ends_with(".amazonses.com")
        && let Some(at) = key.rfind('@')
    {
        key.replace_range(at.., "@amazonses.com");
    }
    key
}

/// Percent, quoted-printable and HTML escapes of the characters that ids are made of: `%40`, `=3D`, `&lt;`.
fn unescaped(id: &str) -> Cow<'_, str> {
    if !id.contains(['%', '=', '&']) {
        return Cow::Borrowed(id);
    }
    let mut text = String::with_capacity(id.len());
    let mut rest = id;
    while let Some(at) = rest.find(['%', '=', '&']) {
        let (before, escape) = rest.split_at(at);
        text.push_str(before);
        let (c, length) = escaped(escape).unwrap_or((char::from(escape.as_bytes()[0]), 1));
        text.push(c);
        rest = &escape[length..];
    }
    text.push_str(rest);
    Cow::Owned(text)
}

/// The character that the text begins with in an escaped form, and that form's length.
fn escaped(text: &str) -> Option<(char, usize)> {
    for (entity, c) in [("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&amp;", '&')] {
        if text.starts_with(entity) {
            return Some((c, entity.len()));
        }
    }
    if text.starts_with('&') {
        return None;
    }
    let code = u8::from_str_radix(text.get(1..3).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?, 16).ok()?;
    let c = char::from(code);
    ESCAPED.contains(c).then_some((c, 3))
}

/// Marks of direction and joints without width, which come along when text is copied.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}' | '\u{061C}' | '\u{AD}')
}

fn means_nothing(key: &str) -> bool {
    if PLACEHOLDERS.iter().any(|sign| key.contains(sign)) {
        return true;
    }
    let local = key.rsplit_once('@').map_or(key, |(local, _)| local);
    // `<null.undefined@x>` and the UUID of zeros mean as little as one word of them does.
    let mut words = local.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.all(|word| NOTHING.contains(&word) || word.bytes().all(|byte| byte == b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> Option<String> {
        MessageIdKey::of(id).map(|key| key.0)
    }

    #[test]
    fn however_an_id_is_written_it_is_one() {
        for id in [
            "<CaSe29.a=b@People.Example>",
            "case29.a=b@people.example",
            "<case29.a=b@people.example",
            "<<case29.a=b@people.example>>",
            "&lt;case29.a=b@people.example&gt;",
            "<case29.a=3Db=40people.example>",
            "<case29.a%3db%40people.example>",
            "<\"case29.a=b\"@people.example>",
            "<case29\\.a=b@people.example>",
            "<case29.\r\n a=b@people.example>",
            "\u{200F}<case29.a=b@people.example>,",
        ] {
            assert_eq!(key(id).as_deref(), Some("case29.a=b@people.example"), "{id}");
        }
        assert_eq!(key("<0100-x-1@eu-west-1.amazonses.com>"), key("<0100-x-1@email.amazonses.com>"));
        assert_ne!(key("<100%@x>"), key("<100@x>"));
        assert_eq!(key("<a%zz=@x>").as_deref(), Some("a%zz=@x"));
        assert_eq!(key("<é%é=é&é@x>").as_deref(), Some("é%é=é&é@x"), "no character is cut");
    }

    #[test]
    fn an_id_that_means_none_is_none() {
        for id in [
            "",
            "<>",
            " ",
            "<@>",
            "<@phone.example>",
            "<undefined>",
            "<Undefined@x>",
            "<0@phone.example>",
            "<000000@x>",
            "<null>",
            "null",
            "(null)",
            "<null.null@x>",
            "<00000000-0000-0000-0000-000000000000@x>",
            "<none@none>",
            "<no-id@x>",
            "<message-id@x>",
            "<{{message_id}}@x>",
            "<%s@x>",
        ] {
            assert_eq!(key(id), None, "{id}");
        }
        for id in ["<1@x>", "<a@b>", "<0a@x>", "<20261121.1@x>", "<nullable@x>", "<b3f@null>", "<مرحبا@x>"] {
            assert!(key(id).is_some(), "{id}");
        }
    }
}
