//! What somebody types into a search box, as the words that must be found; and the place of a text that shows them.

use std::ops::Range;

use super::tokens;

/// More words narrow nothing any more, they only cost.
const MOST_TERMS: usize = 10;
/// Characters of a search that count.
const MOST_CHARS: usize = 200;

/// A search: all of its terms must be found. Empty where nothing is searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought {
    terms: Vec<SoughtTerm>,
}

/// Words that must stand one behind the other: one, as a rule; those of a phrase in quotation marks, or of `2026-000017`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoughtTerm {
    /// Folded ([`tokens`]); never empty.
    pub words: Vec<String>,
    /// The last one is the beginning of a word.
    pub begins: bool,
}

impl Sought {
    /// Words are found by their beginnings, what stands in quotation marks exactly. A letter alone of ours is a word: it would
    /// begin half of all.
    pub fn parse(typed: &str) -> Self {
        let typed: String = typed.chars().take(MOST_CHARS).collect();
        let is_mark = |c: char| matches!(c, '"' | '“' | '”' | '„' | '«' | '»' | '＂');
        let mut terms = Vec::new();
        for (n, part) in typed.split(is_mark).enumerate() {
            let quoted = n % 2 == 1;
            if quoted {
                terms.extend(SoughtTerm::of(part, false));
            } else {
                terms.extend(part.split_whitespace().filter_map(|word| SoughtTerm::of(word, true)));
            }
        }
        // A quotation mark that nothing closes yet begins a phrase that is being typed.
        if typed.matches(is_mark).count() % 2 == 1
            && let Some(last) = terms.last_mut()
        {
            last.begins = last.may_begin();
        }
        terms.truncate(MOST_TERMS);
        Self { terms }
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    pub fn terms(&self) -> &[SoughtTerm] {
        &self.terms
    }

    /// The same words, whole.
    pub fn exactly(&self) -> Self {
        let whole = |term: &SoughtTerm| SoughtTerm { begins: false, ..term.clone() };
        Self { terms: self.terms.iter().map(whole).collect() }
    }

    /// How much of the search a text has, and the part of it that shows most; None where it has nothing of it. Looks at what is
    /// indexed of a text, `looked_at` bytes at most.
    pub fn within(&self, text: &str, looked_at: usize) -> Option<Snippet> {
        let text = &text[..text.floor_char_boundary(looked_at.min(tokens::MOST_BYTES))];
        let mut words: Vec<(String, Range<usize>)> = Vec::new();
        tokens::each(text, |word, place| {
            words.push((word.to_owned(), place));
            words.len() < tokens::MOST_WORDS
        });
        let mut hits: Vec<(usize, Range<usize>)> = Vec::new();
        for at in 0..words.len() {
            for (n, term) in self.terms.iter().enumerate() {
                if let Some(last) = term.found_at(&words, at) {
                    hits.push((n, words[at].1.start..words[last].1.end));
                }
            }
        }
        let found = |hits: &[(usize, Range<usize>)]| {
            (0..self.terms.len()).filter(|term| hits.iter().any(|(n, _)| n == term)).count()
        };
        // The window that begins at a hit and has the most terms; the first of several.
        let window = |from: usize| {
            let behind = hits[from].1.start + BEHIND;
            let most = hits[from..].iter().take_while(|(_, place)| place.end <= behind).count().max(1);
            &hits[from..from + most]
        };
        let best = (0..hits.len()).rev().max_by_key(|from| found(window(*from)))?;
        let (shown, terms) = (window(best), found(&hits));
        Some(Snippet { terms, pieces: pieces(text, shown) })
    }
}

impl SoughtTerm {
    fn of(typed: &str, begins: bool) -> Option<Self> {
        let words = tokens::all(typed);
        if words.is_empty() {
            return None;
        }
        let term = Self { words, begins };
        Some(Self { begins: begins && term.may_begin(), ..term })
    }

    fn may_begin(&self) -> bool {
        self.words.len() > 1 || self.words.iter().any(|word| word.len() > 1)
    }

    /// Where it ends, if it begins with this word.
    fn found_at(&self, words: &[(String, Range<usize>)], at: usize) -> Option<usize> {
        let last = at + self.words.len() - 1;
        let here = words.get(at..=last)?;
        let found = self.words.iter().zip(here).enumerate().all(|(n, (wanted, (word, _)))| {
            word == wanted || self.begins && at + n == last && word.starts_with(wanted.as_str())
        });
        found.then_some(last)
    }
}

/// The part of a text that shows what was searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// How many of the search's terms the whole text has.
    pub terms: usize,
    pub pieces: Vec<SnippetPiece>,
}

/// Text as it was written, with its white space as single blanks.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SnippetPiece {
    pub text: String,
    /// It is what was searched for.
    pub hit: bool,
}

/// Bytes that are shown before the first hit, and from there on.
const BEFORE: usize = 60;
const BEHIND: usize = 180;

fn pieces(text: &str, hits: &[(usize, Range<usize>)]) -> Vec<SnippetPiece> {
    let (Some((_, first)), Some((_, last))) = (hits.first(), hits.last()) else { return Vec::new() };
    // Cut between words where there are any.
    let earliest = text.floor_char_boundary(first.start.saturating_sub(BEFORE));
    let start = match text[earliest..first.start].find(char::is_whitespace) {
        Some(blank) if earliest > 0 => earliest + blank,
        _ => earliest,
    };
    let latest = text.floor_char_boundary((first.start + BEHIND).max(last.end));
    let end = match text[last.end..latest].rfind(char::is_whitespace) {
        Some(blank) if latest < text.len() => last.end + blank,
        _ => latest,
    };
    let mut pieces: Vec<SnippetPiece> = Vec::new();
    let mut put = |text: &str, hit: bool| {
        let mut spaced = String::with_capacity(text.len());
        for c in text.chars() {
            match c.is_whitespace() || c.is_control() {
                true if spaced.ends_with(' ') => {}
                true => spaced.push(' '),
                false => spaced.push(c),
            }
        }
        if !spaced.is_empty() {
            pieces.push(SnippetPiece { text: spaced, hit });
        }
    };
    let mut at = start;
    if start > 0 {
        put("… ", false);
    }
    for (_, hit) in hits {
        // Two terms may lie one over the other.
        let from = hit.start.max(at);
        if hit.end > from {
            put(&text[at..from], false);
            put(&text[from..hit.end], true);
            at = hit.end;
        }
    }
    put(&text[at..end], false);
    if end < text.len() {
        put(" …", false);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(typed: &str) -> Vec<String> {
        let shown = |term: &SoughtTerm| format!("{}{}", term.words.join("+"), if term.begins { "*" } else { "" });
        Sought::parse(typed).terms().iter().map(shown).collect()
    }

    #[test]
    fn words_begin_and_phrases_are_exact() {
        assert_eq!(terms("  Reçu 100% "), ["recu*", "100*"]);
        assert_eq!(terms("ration \"Card  lost\" 2026-000017"), ["ration*", "card+lost", "2026+000017*"]);
        assert_eq!(terms("« carte perdue » x"), ["carte+perdue", "x"]);
        assert_eq!(terms("\"card lo"), ["card+lo*"]);
        assert_eq!(terms("ب 付"), ["ب*", "付*"]);
        assert!(Sought::parse(" \u{0640} % _ ' \"\" ").is_empty());
        assert_eq!(Sought::parse(&"word ".repeat(100)).terms().len(), MOST_TERMS);
        assert_eq!(Sought::parse("pay").exactly().terms()[0], SoughtTerm { words: vec!["pay".into()], begins: false });
    }

    fn shown(typed: &str, text: &str) -> String {
        let Some(snippet) = Sought::parse(typed).within(text, text.len()) else { return String::new() };
        let piece = |piece: &SnippetPiece| match piece.hit {
            true => format!("[{}]", piece.text),
            false => piece.text.clone(),
        };
        snippet.pieces.iter().map(piece).collect()
    }

    #[test]
    fn what_matched_is_shown_as_it_was_written() {
        assert_eq!(shown("recu dechire", "Mon REÇU est\n\n déchirée."), "Mon [REÇU] est [déchirée].");
        assert_eq!(shown("\"lost card\"", "a card lost, a lost card"), "a card lost, a [lost card]");
        assert_eq!(shown("ration", "nothing of that"), "");
        assert_eq!(shown("٢٠٢٦", "in 2026"), "in [2026]");
        assert_eq!(shown("a\"b", "<b>a b</b>"), "<[b]>[a] [b]</[b]>");
        let long = format!("{} the Ration card {}", "before ".repeat(50), "behind ".repeat(50));
        let part = shown("ration card", &long);
        assert!(
            part.starts_with("…  before") && part.contains("the [Ration] [card] behind") && part.ends_with(" …"),
            "{part}"
        );
        assert!(part.len() < 300, "{part}");
    }

    #[test]
    fn the_part_with_the_most_terms_is_shown() {
        let text = format!("card {} card lost {}", "x ".repeat(300), "y ".repeat(300));
        assert!(shown("card lost", &text).contains("[card] [lost]"), "{}", shown("card lost", &text));
        assert_eq!(Sought::parse("card lost none").within(&text, text.len()).unwrap().terms, 2);
    }
}
