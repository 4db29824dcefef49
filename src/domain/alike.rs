//! Whether two contacts may be one person: somebody who mistypes an address, writes from another one, or swaps the parts of
//! their name. Contacts that may be alike share a key, so that an index finds candidates; how alike they are is then judged
//! one by one.

use super::message::normalize_address;
use super::text::fold;

/// So few letters of an address identify nobody: `info`, `mail`.
const SHORT: usize = 4;
/// By how many typing errors two addresses may differ.
const MISTYPED: usize = 2;

/// How two contacts are alike; later ones are surer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// The same name, with addresses that have nothing in common.
    Name,
    /// The letters before the `@` are the same, or are the other's name.
    Letters,
    /// The same name in the same domain, or in one like it.
    NameAndDomain,
    /// An address that is mistyped by a letter or two.
    Mistyped,
    /// The same address, however it is written.
    Address,
}

impl Likeness {
    /// As words of the catalogue name it.
    pub fn code(self) -> &'static str {
        match self {
            Likeness::Name => "name",
            Likeness::Letters => "letters",
            Likeness::NameAndDomain => "domain",
            Likeness::Mistyped => "mistyped",
            Likeness::Address => "address",
        }
    }
}

/// Somebody by name and address, ready to be compared.
#[derive(Debug, Clone, Default)]
pub struct Likely {
    /// The words of the name in alphabetical order, so that `Diallo, Amina` equals `Amina Diallo`.
    name: String,
    /// The address in its form for comparing, in its two parts.
    address: Option<(String, String)>,
}

impl Likely {
    pub fn of(name: &str, email: Option<&str>) -> Self {
        let folded = fold(name);
        let mut words: Vec<&str> = match folded.contains('@') {
            true => Vec::new(),
            false => folded.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 1).collect(),
        };
        words.sort_unstable();
        let address = email.and_then(normalize_address);
        let address = address.and_then(|text| text.rsplit_once('@').map(|(l, d)| (fold(l), d.to_owned())));
        // A name of one word is too common.
        Self { name: if words.len() > 1 { words.join(" ") } else { String::new() }, address }
    }

    /// Keys, of which candidates share at least one.
    pub fn keys(&self) -> Vec<String> {
        let mut keys = Vec::new();
        if !self.name.is_empty() {
            keys.push(format!("n:{}", self.name));
            keys.push(format!("l:{}", letters_of(&self.name)));
        }
        if let Some((local, domain)) = &self.address {
            // `diallo.amina` may be the name of somebody without an address.
            let words = words_of(local);
            if words.contains(' ') {
                keys.push(format!("n:{words}"));
            }
            let letters = letters_of(local);
            if letters.chars().count() >= SHORT {
                keys.push(format!("l:{letters}"));
            }
            // A letter that is missing, added or changed leaves either the beginning or the end as it is.
            let first: String = local.chars().take(4).chain(['@']).chain(domain.chars().take(3)).collect();
            let end: Vec<char> = local.chars().rev().take(3).collect();
            let last: String = end.into_iter().rev().chain(['@']).chain(domain.chars().take(3)).collect();
            keys.extend([format!("a:{local}@{domain}"), format!("b:{first}"), format!("e:{last}")]);
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// How alike the two are; None if that is not enough.
    pub fn likeness(&self, other: &Self) -> Option<Likeness> {
        let same_name = !self.name.is_empty() && self.name == other.name;
        let (Some((local, domain)), Some((other_local, other_domain))) = (&self.address, &other.address) else {
            let letters = |one: &Self, two: &Self| match &one.address {
                Some((local, _)) => !two.name.is_empty() && is_name(local, &two.name),
                None => false,
            };
            return match same_name {
                true => Some(Likeness::Name),
                false => (letters(self, other) || letters(other, self)).then_some(Likeness::Letters),
            };
        };
        if (local, domain) == (other_local, other_domain) {
            return Some(Likeness::Address);
        }
        // Both parts count: `ama@` and `ami@` of one domain are two people.
        let far = distance(local, other_local) + distance(domain, other_domain);
        let is_long = local.chars().count().min(other_local.chars().count()) > SHORT;
        if far <= MISTYPED && is_long {
            return Some(Likeness::Mistyped);
        }
        if same_name && distance(domain, other_domain) <= MISTYPED {
            return Some(Likeness::NameAndDomain);
        }
        let letters = letters_of(local);
        let same_letters = letters.chars().count() > SHORT && letters == letters_of(other_local);
        if same_letters || is_name(local, &other.name) || is_name(other_local, &self.name) {
            return Some(Likeness::Letters);
        }
        same_name.then_some(Likeness::Name)
    }
}

/// The letters as they are written, without separators; sorted, they would tell too little.
fn letters_of(text: &str) -> String {
    text.chars().filter(|c| c.is_alphabetic()).collect()
}

/// `amina.diallo` is the name `amina diallo`, in either order.
fn is_name(local: &str, name: &str) -> bool {
    !name.is_empty() && name.contains(' ') && words_of(local) == name
}

/// The words before an `@`, in alphabetical order.
fn words_of(local: &str) -> String {
    let mut words: Vec<&str> =
        local.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() > 1).collect();
    words.sort_unstable();
    words.join(" ")
}

/// By how many letters they differ: added, removed, changed, or swapped with their neighbour. Bounded by the length of
/// addresses.
fn distance(one: &str, other: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().take(100).collect(), other.chars().take(100).collect());
    if a.len().abs_diff(b.len()) > MISTYPED {
        return MISTYPED + 1;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = change.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(before[j - 2] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_alike_shares_a_key_and_the_likeness_says_how() {
        for (one, other, likeness) in [
            (("", "Amina.Diallo+grm@People.example"), ("A", "amina.diallo@people.example"), Some(Likeness::Address)),
            (("", "amina.dialo@people.example"), ("", "amina.diallo@people.example"), Some(Likeness::Mistyped)),
            (("", "amina.diallo@poeple.example"), ("", "amina.diallo@people.example"), Some(Likeness::Mistyped)),
            (("Amina Diallo", "ad@gmail.com"), ("Diallo, AMINA", "amina77@gmail.com"), Some(Likeness::NameAndDomain)),
            (("", "amina.diallo@gmail.com"), ("", "aminadiallo77@yahoo.example"), Some(Likeness::Letters)),
            (("", "diallo.amina@gmail.com"), ("Amina Diallo", ""), Some(Likeness::Letters)),
            (("Amina Diallo", "x@a.example"), ("Amina Diallo", "y@other.example"), Some(Likeness::Name)),
            (("Amina", "x@a.example"), ("Amina", "y@b.example"), None),
            (("", "ama@people.example"), ("", "ami@people.example"), None),
            (("", "info@a.example"), ("", "info@b.example"), None),
            (("Moussa Ba", "m@a.example"), ("Amina Diallo", "a@a.example"), None),
        ] {
            let of = |(name, email): (&str, &str)| Likely::of(name, Some(email).filter(|email| !email.is_empty()));
            let (a, b) = (of(one), of(other));
            assert_eq!((a.likeness(&b), b.likeness(&a)), (likeness, likeness), "{one:?} {other:?}");
            if likeness.is_some() {
                assert!(a.keys().iter().any(|key| b.keys().contains(key)), "{:?} {:?}", a.keys(), b.keys());
            }
        }
        assert!(Likeness::Address > Likeness::Mistyped && Likeness::NameAndDomain > Likeness::Letters);
    }
}
