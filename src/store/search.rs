//! The words of a search box as LIKE patterns over a `search` column. Both sides are folded
//! ([`crate::domain::text::fold`]), so that a search finds the same on both databases.

use crate::domain::text::fold;

/// What [`patterns`] escapes with; name it in the query: `.like(pattern).escape(ESCAPE)`.
pub const ESCAPE: char = '\\';
/// More words narrow nothing any more, they only cost.
const MAX_WORDS: usize = 10;
/// Characters of a search that count.
const MAX_CHARS: usize = 200;

/// One `%word%` pattern a word; all must be found. Empty where nothing is searched for.
pub fn patterns(typed: &str) -> Vec<String> {
    let typed: String = typed.chars().take(MAX_CHARS).collect();
    fold(&typed).split(' ').filter(|word| !word.is_empty()).take(MAX_WORDS).map(pattern).collect()
}

fn pattern(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for c in word.chars() {
        if matches!(c, '%' | '_' | ESCAPE) {
            pattern.push(ESCAPE);
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::patterns;

    #[test]
    fn words_are_folded_and_wildcards_are_ordinary_characters() {
        assert_eq!(patterns("  Reçu 100% "), ["%recu%", "%100\\%%"]);
        assert_eq!(patterns("a_b\\c"), ["%a\\_b\\\\c%"]);
        assert!(patterns(" \u{0640} ").is_empty());
    }
}
