//! Whether two forms of a text say the same. Alternatives should (RFC 2046 §5.1.4); some mailers put different words
//! into them, and then neither may be left out.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Letters that are compared at a time: fewer than a sentence has, more than chance gives.
const LETTERS: usize = 8;
/// Bytes of each form that are compared.
const LENGTH: usize = 64 << 10;

/// What a text says, to hold other forms of it against.
pub struct Said {
    pieces: HashSet<u64>,
    /// For what is shorter than a piece.
    letters: String,
}

impl Said {
    pub fn by(text: &str) -> Self {
        let letters = letters(text);
        Self { pieces: letters.windows(LETTERS).map(hash).collect(), letters: letters.into_iter().collect() }
    }

    /// Whether most of what `form` says is said. White space, case and punctuation don't count, nor do web addresses,
    /// which only a text has to write out.
    pub fn has(&self, form: &str) -> bool {
        let form = letters(form);
        if form.len() < LETTERS {
            return self.letters.contains(&form.into_iter().collect::<String>());
        }
        let pieces = form.chunks_exact(LETTERS);
        let (all, found) = (pieces.len(), pieces.filter(|piece| self.pieces.contains(&hash(piece))).count());
        found * 2 >= all
    }
}

fn hash(letters: &[char]) -> u64 {
    let mut hasher = DefaultHasher::new();
    letters.hash(&mut hasher);
    hasher.finish()
}

fn letters(text: &str) -> Vec<char> {
    let text = &text[..text.floor_char_boundary(LENGTH)];
    let words = text.split(|c: char| c.is_whitespace() || "<>()[]\"".contains(c)).filter(|word| !word.contains("://"));
    words.flat_map(|word| word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)).collect()
}

#[cfg(test)]
mod tests {
    use super::Said;

    fn says(text: &str, form: &str) -> bool {
        Said::by(text).has(form)
    }

    #[test]
    fn forms_of_one_text_are_told_from_different_texts() {
        let html = "My card was taken by the clerk. See our page.";
        assert!(says(html, "*My card* was taken\nby the clerk. See our page <https://a.example/x>."));
        assert!(says(html, "") && says("我的卡被拿走了，请帮助我", "我的卡被\n拿走了，请帮助我"));
        assert!(!says("Sent with Mobile Mail", "My card was taken by the clerk."));
        assert!(!says(html, "Sent from my phone") && !says(html, "Hello"));
    }
}
