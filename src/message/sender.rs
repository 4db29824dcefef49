//! Who wrote a mail: the first address that From really has, before any field of the envelope; and the person behind a
//! group or a web form, in whose name From stands.

use super::head::MailHead;
use super::{addresses, clean};
use crate::domain::address::{Address, normalize};
use crate::domain::words::Sentence;
use crate::say;

/// Whom From names, a group or a form too: what tells machines from people, and one mail from another.
pub(super) fn stated(head: &MailHead) -> Option<Address> {
    addresses(head, &["from"]).into_iter().find(|address| !address.address.is_empty())
}

/// The sender; what was assumed goes into `notes`.
pub(super) fn sender(head: &MailHead, notes: &mut Vec<Sentence>) -> Address {
    let named = addresses(head, &["from"]);
    let Some(from) = named.iter().find(|address| !address.address.is_empty()).cloned() else {
        return stand_in(head, named.into_iter().next().unwrap_or_default(), notes);
    };
    if let Some(person) = behind_group(head, &from) {
        notes.push(say!("note-group", address = from.address));
        return person;
    }
    if is_no_reply(&from.address)
        && let Some(person) = other(head, &["reply-to"], &from)
    {
        notes.push(say!("note-reply-to", address = from.address));
        let name = if person.name.is_empty() { local_name(&from) } else { person.name };
        return Address { name, address: person.address };
    }
    from
}

/// From names nobody: the closest other field does.
fn stand_in(head: &MailHead, from: Address, notes: &mut Vec<Sentence>) -> Address {
    for (name, title) in [("sender", "Sender"), ("reply-to", "Reply-To"), ("return-path", "Return-Path")] {
        let stand_in = addresses(head, &[name]).into_iter().find(|address| !address.address.is_empty());
        if let Some(stand_in) = stand_in {
            notes.push(say!("note-stand-in", title));
            let name = if from.name.is_empty() { stand_in.name } else { from.name };
            return Address { name, address: stand_in.address };
        }
    }
    notes.push(say!("note-no-sender"));
    from
}

/// Groups put their own address into From, as DMARC wants it, and the writer's into a field of their own or Reply-To.
fn behind_group(head: &MailHead, from: &Address) -> Option<Address> {
    let listed =
        ["list-id", "list-post", "mailing-list", "x-google-group-id", "x-mailman-version", "x-original-sender"]
            .iter()
            .any(|name| head.has(name));
    let via = via(&from.name);
    let posts = addresses(head, &["list-post"]).iter().any(|list| same(&list.address, &from.address));
    if !listed || via.is_none() && !posts {
        return None;
    }
    let mut person = other(head, &["x-original-from", "x-original-sender"], from).or_else(|| {
        let reply = other(head, &["reply-to"], from)?;
        let lists = addresses(head, &["list-post", "to", "cc"]);
        (!lists.iter().any(|list| same(&list.address, &reply.address))).then_some(reply)
    })?;
    if person.name.is_empty() {
        person.name = via.unwrap_or_default();
    }
    Some(person)
}

/// `'Kwame Mensah' via Field Office`: the name before the word.
fn via(name: &str) -> Option<String> {
    let (before, _) = name.split_once(" via ")?;
    let before = before.trim_matches(|c: char| c.is_whitespace() || "'\"‘’“”".contains(c));
    (!before.is_empty()).then(|| clean::line(before, 200))
}

/// The first address of these fields that is not From's own and takes mail.
fn other(head: &MailHead, names: &[&str], from: &Address) -> Option<Address> {
    let wanted = |address: &Address| {
        !address.address.is_empty() && !same(&address.address, &from.address) && !is_no_reply(&address.address)
    };
    addresses(head, names).into_iter().find(wanted)
}

fn same(one: &str, other: &str) -> bool {
    normalize(one) == normalize(other)
}

/// A form's From may carry the person's name: `Amina Diallo <wordpress@…>`.
fn local_name(from: &Address) -> String {
    let program = ["wordpress", "reply", "form", "website", "notification", "webmaster"];
    let name = from.name.to_lowercase();
    if program.iter().any(|word| name.contains(word)) { String::new() } else { from.name.clone() }
}

/// An address that programs send from and nobody reads.
fn is_no_reply(address: &str) -> bool {
    let Some((local, _)) = address.rsplit_once('@') else { return false };
    let local = local.split('+').next().unwrap_or_default().to_ascii_lowercase();
    let letters: String = local.chars().filter(char::is_ascii_alphanumeric).collect();
    ["noreply", "donotreply", "dontreply", "notreply", "nepasrepondre", "norespond", "noresponder", "naoresponda"]
        .iter()
        .any(|word| letters.starts_with(word) || letters.ends_with(word))
        || matches!(
            letters.as_str(),
            "wordpress"
                | "wwwdata"
                | "apache"
                | "nginx"
                | "nobody"
                | "form"
                | "forms"
                | "webform"
                | "webforms"
                | "formmail"
                | "contactform"
                | "formresponses"
                | "formsreceiptsnoreply"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> (String, usize) {
        let mut head = MailHead::default();
        lines.iter().for_each(|line| head.push(line.as_bytes()));
        let mut notes = Vec::new();
        (sender(&head, &mut notes).display(), notes.len())
    }

    #[test]
    fn from_comes_before_the_envelope() {
        for lines in [
            ["From: Diallo, Amina <amina@people.example>", "Reply-To: Office <office@x.example>"],
            ["From: Diallo, Amina <amina@people.example>", "Return-Path: <bounces@relay.example>"],
            ["From: Diallo, Amina <amina@people.example>", "Sender: other@x.example"],
            ["From: \"Diallo, Amina\" <amina@people.example>", "From: later@x.example"],
        ] {
            assert_eq!(of(&lines), ("Diallo, Amina <amina@people.example>".to_owned(), 0), "{lines:?}");
        }
        assert_eq!(of(&["From: Amina", "Reply-To: a@b.example"]), ("Amina <a@b.example>".to_owned(), 1));
        assert_eq!(of(&["From: Amina", "From: a@b.example"]), ("a@b.example".to_owned(), 0));
        assert_eq!(of(&["From: <>"]), (String::new(), 1));
    }

    #[test]
    fn behind_a_group_is_a_person() {
        let kwame = ("Kwame Mensah <kwame@people.example>".to_owned(), 1);
        let from = "From: \"'Kwame Mensah' via Field Office\" <field@office.example>";
        let list = "List-ID: <field.office.example>";
        assert_eq!(of(&[from, list, "X-Original-From: Kwame Mensah <kwame@people.example>"]), kwame);
        assert_eq!(of(&[from, list, "X-Original-Sender: kwame@people.example"]), kwame);
        assert_eq!(of(&[from, list, "Reply-To: Kwame Mensah <kwame@people.example>"]), kwame);
        let mailman = "From: Kwame Mensah via Field <field@office.example>";
        assert_eq!(of(&[mailman, list, "Reply-To: field@office.example, kwame@people.example"]), kwame);
        // Nobody else is named, or nothing says that it is a group.
        assert_eq!(of(&[mailman, list, "Reply-To: field@office.example"]).1, 0);
        assert_eq!(of(&[mailman, "Reply-To: kwame@people.example"]).1, 0);
        let plain = ["From: Kwame <kwame@people.example>", list, "Reply-To: field@office.example"];
        assert_eq!(of(&plain), ("Kwame <kwame@people.example>".to_owned(), 0));
    }

    #[test]
    fn behind_a_form_is_a_person() {
        for from in [
            "no-reply@site.example",
            "WordPress <wordpress@site.example>",
            "do_not_reply@x.example",
            "Forms <noreply-forms@x.example>",
        ] {
            let found = of(&[&format!("From: {from}"), "Reply-To: Amina <amina@people.example>"]);
            assert_eq!(found, ("Amina <amina@people.example>".to_owned(), 1), "{from}");
        }
        assert_eq!(
            of(&["From: Amina Diallo <noreply@x.example>", "Reply-To: amina@people.example"]),
            ("Amina Diallo <amina@people.example>".to_owned(), 1)
        );
        assert_eq!(
            of(&["From: no-reply@x.example", "Reply-To: noreply@x.example"]),
            ("no-reply@x.example".to_owned(), 0)
        );
        assert_eq!(of(&["From: norah@x.example", "Reply-To: a@b.example"]), ("norah@x.example".to_owned(), 0));
    }
}
