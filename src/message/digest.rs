//! A digest that tells apart mails with the same Message-ID (ARCHITECTURE §4): it is the same however often a mail is
//! fetched and however its bytes are wrapped on the way, and different for another mail.

use std::io;

use sha2::{Digest, Sha256};

use super::head::MailHead;
use super::scan::Tree;
use super::{Source, text};
use crate::domain::message::{Address, Attachment};

/// Bytes of text that count; in the second formula, without white space.
const DIGESTED: usize = 1_024;
/// Bytes of text in which they are looked for.
const LOOKED_AT: usize = 64 << 10;
/// Bytes and lines that a list's footer may have.
const FOOTER: usize = 2_000;
const FOOTER_LINES: usize = 15;

/// SHA-256 (hex) by the second formula: the addresses in From, Date, Subject, the beginning of the text, and the
/// attachments. White space, quoting and encodings may change on the way and don't count; neither do signatures, which
/// gateways add and remove, nor the footers of lists.
pub(super) fn second(
    source: &mut dyn Source,
    tree: &Tree,
    subject: &str,
    text: &str,
    attachments: &[Attachment],
) -> io::Result<String> {
    let head = &tree.head;
    let mut digest = Sha256::new();
    let mut add = |part: &str| {
        digest.update(part.as_bytes());
        digest.update([0]);
    };
    add(&senders(head));
    add(&bare(&head.raw("date").unwrap_or_default(), DIGESTED));
    add(&bare(subject, DIGESTED));
    let looked_at = &text[..text.floor_char_boundary(LOOKED_AT)];
    if is_of_a_list(head) {
        let own = without_footer(head, looked_at);
        let part = footer_part(source, tree)?;
        let own = bare(own, LOOKED_AT);
        let own = part.as_deref().and_then(|footer| own.strip_suffix(footer)).unwrap_or(&own);
        add(&own[..own.floor_char_boundary(DIGESTED)]);
    } else {
        add(&bare(looked_at, DIGESTED));
    }
    let mut files: Vec<String> = attachments
        .iter()
        .filter(|attachment| !is_signature(attachment))
        .map(|attachment| [bare(&attachment.name, DIGESTED), attachment.digest.clone()].join("/"))
        .collect();
    files.sort_unstable();
    files.iter().for_each(|file| add(file));
    Ok(hex::encode(digest.finalize()))
}

/// SHA-256 (hex) by Mailgate's first formula, which older claims were made with.
pub(super) fn first(head: &MailHead, from: &Address, subject: &str, text: &str) -> String {
    let date = head.raw("date").unwrap_or_default();
    let start = &text[..text.floor_char_boundary(DIGESTED)];
    hex::encode(Sha256::digest([&from.address, date.as_ref(), subject, start].join("\n")))
}

/// The addresses in From, in their order; without names, whose quoting and encoding may change on the way.
fn senders(head: &MailHead) -> String {
    let from = head.text("from").unwrap_or_default().to_lowercase();
    let words = from.split(|c: char| c.is_whitespace() || "<>,;:\"()[]".contains(c));
    words.filter(|word| word.contains('@')).collect::<Vec<_>>().join(" ")
}

/// At most `most` bytes without white space, invisible characters and the marks of quoting (also `>From`).
fn bare(text: &str, most: usize) -> String {
    let mut bare = String::with_capacity(text.len().min(most));
    for c in text.chars() {
        if c.is_whitespace()
            || c.is_control()
            || matches!(c, '>' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
        {
            continue;
        }
        if bare.len() + c.len_utf8() > most {
            break;
        }
        bare.push(c);
    }
    bare
}

fn is_signature(attachment: &Attachment) -> bool {
    matches!(
        attachment.mimetype.as_str(),
        "application/pkcs7-signature" | "application/x-pkcs7-signature" | "application/pgp-signature"
    ) || matches!(attachment.name.to_ascii_lowercase().as_str(), "smime.p7s" | "signature.asc")
}

fn is_of_a_list(head: &MailHead) -> bool {
    ["list-id", "list-post", "list-unsubscribe", "mailing-list", "x-mailing-list", "x-beenthere"]
        .iter()
        .any(|name| head.has(name))
}

/// Words that the footers of lists contain, beside the list's own name.
const ABOUT_LISTS: &[&str] = &[
    "mailing list",
    "unsubscribe",
    "subscribed",
    "subscription",
    "listinfo",
    "mailman",
    "googlegroups",
    "groups.google",
    "liste de diffusion",
    "désabonn",
    "désinscri",
    "lista de correo",
    "cancelar la suscripción",
    "cancelar a inscrição",
    "отписаться",
    "рассылк",
    "إلغاء الاشتراك",
];

/// The text up to the last separator line, where a footer of the list follows it.
fn without_footer<'t>(head: &MailHead, text: &'t str) -> &'t str {
    let start = text.trim_end().len().saturating_sub(FOOTER);
    let mut at = text.len();
    for line in text.trim_end().rsplit('\n').take(FOOTER_LINES) {
        let Some(begin) = (line.as_ptr() as usize).checked_sub(text.as_ptr() as usize) else { break };
        if begin < start || begin == 0 {
            break;
        }
        at = begin;
        if is_rule(line) {
            let footer = text[at..].to_lowercase();
            let speaks = ABOUT_LISTS.iter().any(|words| footer.contains(words))
                || list_names(head).iter().any(|name| footer.contains(name));
            return if speaks { &text[..at] } else { text };
        }
    }
    &text[..text.len().max(at)]
}

/// `____`, `----`, `====`, and the `-- ` before signatures.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    let mut chars = line.chars();
    let Some(first) = chars.next().filter(|c| "_-=*#~".contains(*c)) else { return false };
    chars.all(|c| c == first) && (line.len() >= 8 || line == "--")
}

/// The list's addresses and names, as its header has them.
fn list_names(head: &MailHead) -> Vec<String> {
    let fields = ["list-id", "list-post", "list-unsubscribe", "x-beenthere"];
    let values = fields.iter().filter_map(|name| head.text(name)).collect::<Vec<_>>().join(" ").to_lowercase();
    let words = values.split(|c: char| c.is_whitespace() || "<>,;:?\"()".contains(c));
    words.filter(|word| word.len() > 4 && (word.contains('@') || word.contains('.'))).map(str::to_owned).collect()
}

/// The text that a list adds to a mail as a part of its own, reduced by [`bare`].
fn footer_part(source: &mut dyn Source, tree: &Tree) -> io::Result<Option<String>> {
    let children: Vec<_> = tree.children(0).collect();
    let [_, .., (_, last)] = children.as_slice() else { return Ok(None) };
    let is_footer = tree.parts[0].kind.mimetype == "multipart/mixed"
        && last.kind.is_body_text()
        && last.kind.name.is_none()
        && last.body.end - last.body.start <= FOOTER as u64;
    if !is_footer {
        return Ok(None);
    }
    let decoded = text::of_part(source, last)?.text;
    Ok(Some(bare(&text::lines(&decoded), LOOKED_AT)).filter(|footer| !footer.is_empty()))
}

#[cfg(test)]
mod tests {
    use crate::domain::message::Message;

    fn read(mail: &str) -> Message {
        super::super::read(&mut std::io::Cursor::new(mail.as_bytes()), crate::domain::now(), "00").unwrap()
    }

    fn same(one: &str, other: &str) -> bool {
        read(one).digest == read(other).digest
    }

    const HEAD: &str = "From: Amina <amina@people.example>\nDate: Sat, 21 Nov 2026 10:00:00 +0000\nMessage-ID: <a@b>\n";

    fn scan(contents: &str, name: &str) -> String {
        format!(
            "{HEAD}Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nsee the file\n--b\n\
             Content-Type: application/pdf; name={name}\nContent-Transfer-Encoding: base64\n\n{contents}\n--b--\n"
        )
    }

    #[test]
    fn what_happens_on_the_way_makes_no_other_mail() {
        let mail =
            format!("{HEAD}Subject: My card\nContent-Type: text/plain; charset=utf-8\n\nIt is déjà lost.\nFrom here\n");
        for other in [
            mail.replace('\n', "\r\n"),
            format!("Received: by x\nReturn-Path: <>\n{mail}\n\n"),
            mail.replace("From: Amina <amina@people.example>", "From: \"Amina\" <Amina@People.example>"),
            mail.replace("Subject: My card", "Subject: =?utf-8?Q?My_card?="),
            mail.replace("\nFrom here", "  \n>From here"),
            mail.replace("charset=utf-8", "charset=utf-8\nContent-Transfer-Encoding: quoted-printable")
                .replace("déjà", "d=C3=A9j=C3=A0"),
            mail.replace("charset=utf-8", "charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable")
                .replace("déjà", "d=E9j=E0"),
        ] {
            assert!(same(&mail, &other), "{other}");
        }
    }

    #[test]
    fn another_attachment_is_another_mail() {
        let one = scan("JVBERi0xIGZvcm0gb2YgZmFtaWx5IDE=", "scan.pdf");
        assert!(same(&one, &scan("JVBERi0x\nIGZvcm0gb2Yg\nZmFtaWx5IDE=", "scan.pdf")));
        for other in
            [scan("JVBERi0xIGZvcm0gb2YgZmFtaWx5IDI=", "scan.pdf"), scan("JVBERi0xIGZvcm0gb2YgZmFtaWx5IDE=", "b.pdf")]
        {
            assert!(!same(&one, &other), "{other}");
        }
        let text = |words: &str| {
            scan("eA==", "x.pdf")
                .replace("--b--", &format!("--b\nContent-Type: text/plain; name=a.txt\n\n{words}\n--b--"))
        };
        assert!(same(&text("one  \ntwo"), &text("one\n two")));
        assert!(!same(&text("one"), &text("two")));
    }

    #[test]
    fn signatures_and_footers_make_no_other_mail() {
        let plain = format!("{HEAD}Subject: s\n\nOur well is dry.\n-- \nAmina, Akosombo\n");
        let list = "List-Id: <village.lists.example>\nList-Unsubscribe: <mailto:village-leave@lists.example>\n";
        let footer = "_______________________________________________\nVillage mailing list\nvillage@lists.example\n";
        for other in [
            format!("{list}{plain}"),
            format!("{list}{plain}{footer}"),
            format!(
                "{list}{HEAD}Subject: s\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nOur well is dry.\n-- \n\
                 Amina, Akosombo\n--b\nContent-Type: text/plain\n\nTo leave write to the keeper of this list.\n--b--\n"
            ),
            format!(
                "{HEAD}Subject: s\nContent-Type: multipart/signed; boundary=b\n\n--b\n\nOur well is dry.\n-- \nAmina, \
                 Akosombo\n--b\nContent-Type: application/pgp-signature; name=signature.asc\n\nabc\n--b--\n"
            ),
        ] {
            assert!(same(&plain, &other), "{other}");
        }
        // Where no list is, a ruled line is the person's own.
        let form =
            |name: &str| format!("{HEAD}Subject: form\n\nSent by the site\n--------\nunsubscribed household: {name}\n");
        assert!(!same(&form("Amina"), &form("Kofi")));
        assert!(!same(&format!("{list}{plain}"), &format!("{list}{}", plain.replace("dry", "full"))));
    }
}
