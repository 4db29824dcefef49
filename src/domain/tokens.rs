//! The words of a text as searches know them: the one place that cuts and folds them, for what is indexed and for what is
//! searched, on both databases. Neither database cuts them again.
//!
//! Case, accents and the forms of a letter do not count: `Reçu` is `recu`, `شكوى` is `شكوي`, `٢٠٢٦` is `2026`. Vowels that are
//! letters of their own (Khmer, Thai, Devanagari) stay. Scripts that put no blanks between words are cut by the dictionaries of
//! `icu_segmenter`, which come with it.

use std::ops::Range;

use icu_segmenter::WordSegmenter;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// The most words of one text that are indexed, and the most bytes of it that are read.
pub const MOST_WORDS: usize = 10_000;
const MOST_BYTES: usize = 512 * 1024;
/// The most characters of a word. What is longer is no word of a language; it is found by its beginning.
const LONGEST: usize = 64;

thread_local! {
    // The dictionaries are constants of the program; this only makes pointers to them.
    static SEGMENTER: WordSegmenter = WordSegmenter::new_dictionary();
}

/// Passes each folded word and its place in the text to `take`, which stops by returning false.
pub fn each(text: &str, mut take: impl FnMut(&str, Range<usize>) -> bool) {
    let mut cutter = Cutter { word: String::new(), length: 0, place: 0..0, take: &mut take, ended: false };
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if cutter.ended {
            return;
        }
        let next = at + c.len_utf8();
        if c.is_ascii() {
            match c.is_ascii_alphanumeric() {
                true => cutter.push(c.to_ascii_lowercase(), at..next),
                false => cutter.end(),
            }
        } else if has_no_blanks(c) {
            cutter.end();
            let run =
                text[at..].find(|c: char| !has_no_blanks(c) && !is_silent(c)).map_or(text.len(), |length| at + length);
            cutter.segments(text, at..run);
            at = run;
            continue;
        } else {
            cutter.fold(c, at..next);
        }
        at = next;
    }
    cutter.end();
}

/// All words of a text, without their places.
pub fn all(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each(text, |word, _| {
        words.push(word.to_owned());
        true
    });
    words
}

/// Whether a text is longer than what is indexed of it.
pub fn is_cut(text: &str) -> bool {
    // A word has a letter, and something that ends it; without blanks, a letter of three bytes.
    if text.len() <= 2 * MOST_WORDS {
        return false;
    }
    let mut words = 0;
    each(text, |_, _| {
        words += 1;
        words <= MOST_WORDS
    });
    words > MOST_WORDS || text.len() > MOST_BYTES
}

/// The part of a text that is indexed, by its bytes.
pub fn beginning(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_BYTES)]
}

struct Cutter<'a, F> {
    word: String,
    /// The number of characters of the word so far.
    length: usize,
    place: Range<usize>,
    take: &'a mut F,
    ended: bool,
}

impl<F: FnMut(&str, Range<usize>) -> bool> Cutter<'_, F> {
    fn push(&mut self, c: char, from: Range<usize>) {
        if self.word.is_empty() {
            self.place.start = from.start;
        }
        self.place.end = from.end;
        if self.length < LONGEST {
            self.word.push(c);
            self.length += 1;
        }
    }

    fn end(&mut self) {
        if !self.word.is_empty() && !self.ended {
            self.ended = !(self.take)(&self.word, self.place.clone());
        }
        self.word.clear();
        self.length = 0;
    }

    fn fold(&mut self, c: char, from: Range<usize>) {
        if is_silent(c) {
            return;
        }
        // Character by character is as good as the whole text: what normalisation would reorder are the marks.
        decompose_compatible(c, |part| {
            if is_accent(part) || is_silent(part) {
                return;
            }
            if let Some(digit) = digit(part) {
                self.push(digit, from.clone());
            } else if let Some(letters) = same_letters(part) {
                letters.chars().for_each(|letter| self.push(letter, from.clone()));
            } else if part.is_alphanumeric() || is_combining_mark(part) {
                part.to_lowercase().for_each(|letter| self.push(letter, from.clone()));
            } else {
                self.end();
            }
        });
    }

    fn segments(&mut self, text: &str, run: Range<usize>) {
        let part = &text[run.clone()];
        let ends: Vec<usize> = SEGMENTER.with(|segmenter| segmenter.segment_str(part).collect());
        for (start, end) in ends.iter().zip(ends.iter().skip(1)) {
            for (at, c) in part[*start..*end].char_indices() {
                let from = run.start + start + at;
                self.fold(c, from..from + c.len_utf8());
            }
            self.end();
        }
    }
}

/// Scripts that are written without blanks between words: Thai, Lao, Myanmar, Khmer, Chinese and Japanese. Their digits are
/// digits as everywhere.
fn has_no_blanks(c: char) -> bool {
    matches!(u32::from(c),
        0x0E01..=0x0E4E | 0x0E81..=0x0ECE | 0x0EDC..=0x0EDF
        | 0x1000..=0x103F | 0x1050..=0x108F | 0x109A..=0x109D | 0xA9E0..=0xA9EF | 0xA9FA..=0xA9FE | 0xAA60..=0xAA7F
        | 0x1780..=0x17D3 | 0x17D7 | 0x17DC..=0x17DD
        | 0x2E80..=0x2FDF | 0x3005..=0x3007 | 0x3021..=0x3029 | 0x3038..=0x303B | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
        | 0xF900..=0xFAFF | 0x20000..=0x3FFFD
        | 0x3041..=0x309A | 0x309D..=0x309F | 0x30A1..=0x30FA | 0x30FC..=0x30FF | 0x31F0..=0x31FF | 0xFF66..=0xFF9F)
}

/// Characters within words that say nothing: the tatweel, hyphens that a line may break at, marks of direction and of joining.
fn is_silent(c: char) -> bool {
    matches!(c, '\u{0640}' | '\u{00AD}' | '\u{061C}' | '\u{200C}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}')
}

/// Marks that are ignored: accents of Latin, Greek and Cyrillic, the vowel marks of Hebrew, Arabic and Syriac.
fn is_accent(c: char) -> bool {
    matches!(u32::from(c),
        0x0300..=0x036F | 0x0483..=0x0489
        | 0x0591..=0x05BD | 0x05BF | 0x05C1..=0x05C2 | 0x05C4..=0x05C5 | 0x05C7
        | 0x0610..=0x061A | 0x064B..=0x065F | 0x0670 | 0x06D6..=0x06DC | 0x06DF..=0x06E4 | 0x06E7..=0x06E8 | 0x06EA..=0x06ED
        | 0x0711 | 0x0730..=0x074A | 0x0898..=0x089F | 0x08CA..=0x08E1 | 0x08E3..=0x08FF
        | 0x135D..=0x135F | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF | 0x20D0..=0x20FF | 0xFE20..=0xFE2F)
}

/// Letters that are written in several ways, which Unicode does not decompose. The forms of alef with hamza and madda are.
fn same_letters(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'ħ' | 'Ħ' => "h",
        'ı' => "i",
        'ς' => "σ",
        // Alef maqsura and the Persian yeh; teh marbuta and the Urdu hehs; alef wasla; the Persian kaf.
        'ى' | 'ی' | 'ې' | 'ے' => "ي",
        'ة' | 'ۃ' | 'ہ' | 'ھ' | 'ە' => "ه",
        'ٱ' => "ا",
        'ک' => "ك",
        _ => return None,
    })
}

/// The zero of each script that has ten digits in a row. Digits that have a compatibility decomposition are not in the list.
const ZEROS: [u32; 61] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50,
    0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0,
    0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x11F50,
    0x16A60, 0x16AC0, 0x16B50, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950,
];

/// A digit of any script as an ASCII digit.
fn digit(c: char) -> Option<char> {
    let zero = ZEROS[..ZEROS.partition_point(|zero| *zero <= u32::from(c))].last()?;
    char::from_digit(u32::from(c) - zero, 10)
}

// Searches: the words that somebody typed into a search box and that must be found, and the part of a text that shows them.

/// The most words of a search: more of them only take time.
const MOST_TERMS: usize = 10;
/// The most characters of a search.
const MOST_CHARS: usize = 200;

/// A search: all of its terms must be found. It is empty where nothing was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought {
    terms: Vec<SoughtTerm>,
}

/// A term: words that must follow one another. Usually one word; several for a phrase in quotation marks, or for
/// `2026-000017`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SoughtTerm {
    /// Folded as [`all`] does; never empty.
    pub words: Vec<String>,
    /// The last word is only the beginning of one.
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
        // A quotation mark without a second one begins a phrase that is still being typed.
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

    /// The same search for whole words.
    pub fn exactly(&self) -> Self {
        let whole = |term: &SoughtTerm| SoughtTerm { begins: false, ..term.clone() };
        Self { terms: self.terms.iter().map(whole).collect() }
    }

    /// Its phrases: that a text has their words does not mean that it has the phrase.
    pub fn phrases(&self) -> impl Iterator<Item = &SoughtTerm> {
        self.terms.iter().filter(|term| term.words.len() > 1)
    }

    /// Whether these texts together have all of the terms, each term within one text.
    pub fn is_in(&self, texts: &[String]) -> bool {
        let mut missing = MissingPhrases(self.terms.iter().collect());
        texts.iter().for_each(|text| missing.look_in(text));
        missing.is_none()
    }

    /// How much of the search a text has, and the part of it that shows most; None where it has nothing of it. Looks at what is
    /// indexed of a text, `looked_at` bytes at most, and no further than behind the first part that has all of the search.
    pub fn within(&self, text: &str, looked_at: usize) -> Option<Snippet> {
        let text = &text[..text.floor_char_boundary(looked_at.min(MOST_BYTES))];
        let found = |hits: &[(usize, Range<usize>)]| {
            (0..self.terms.len()).filter(|term| hits.iter().any(|(n, _)| n == term)).count()
        };
        let terms: Vec<&SoughtTerm> = self.terms.iter().collect();
        let (mut begun, mut words, mut enough) = (BegunTerms::default(), 0, usize::MAX);
        let mut hits: Vec<(usize, Range<usize>)> = Vec::new();
        each(text, |word, place| {
            let before = hits.len();
            begun.go_on(&terms, word, place.start, |n, start| hits.push((n, start..place.end)));
            if hits.len() > before && enough == usize::MAX {
                let first = hits.iter().position(|(_, hit)| place.end <= hit.start + BEHIND).unwrap_or(before);
                if found(&hits[first..]) == terms.len() {
                    enough = hits[first].1.start + BEHIND;
                }
            }
            words += 1;
            words < MOST_WORDS && place.end <= enough
        });
        hits.sort_by_key(|(n, place)| (place.start, *n));
        // The part of the text that begins at a hit and has the most terms; the first of several.
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

/// Terms of several words that have begun at a place of the text: the number of the term, how many of its words have
/// followed, and where it began.
#[derive(Default)]
struct BegunTerms(Vec<(usize, usize, usize)>);

impl BegunTerms {
    /// Takes the next word and the place where it begins; calls `ended` for each term that ends with this word, with the
    /// place where the term began.
    fn go_on(&mut self, terms: &[&SoughtTerm], word: &str, at: usize, mut ended: impl FnMut(usize, usize)) {
        self.0.retain_mut(|(n, done, began)| {
            if !terms[*n].has_at(*done, word) {
                return false;
            }
            *done += 1;
            let goes_on = *done < terms[*n].words.len();
            if !goes_on {
                ended(*n, *began);
            }
            goes_on
        });
        for (n, term) in terms.iter().enumerate().filter(|(_, term)| term.has_at(0, word)) {
            match term.words.len() {
                1 => ended(n, at),
                _ => self.0.push((n, 1, at)),
            }
        }
    }
}

impl SoughtTerm {
    fn of(typed: &str, begins: bool) -> Option<Self> {
        let words = all(typed);
        if words.is_empty() {
            return None;
        }
        let term = Self { words, begins };
        Some(Self { begins: begins && term.may_begin(), ..term })
    }

    fn may_begin(&self) -> bool {
        self.words.len() > 1 || self.words.iter().any(|word| word.len() > 1)
    }

    /// Whether this word can be number `n` of the term.
    fn has_at(&self, n: usize, word: &str) -> bool {
        let (wanted, is_last) = (self.words[n].as_str(), n + 1 == self.words.len());
        word == wanted || self.begins && is_last && word.starts_with(wanted)
    }
}

/// The phrases of a search that are still to be found, while texts are looked through for them.
#[derive(Debug, Clone)]
pub struct MissingPhrases<'s>(Vec<&'s SoughtTerm>);

impl<'s> MissingPhrases<'s> {
    pub fn of(sought: &'s Sought) -> Self {
        Self(sought.phrases().collect())
    }

    /// All were found.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Looks through the indexed part of a text. A phrase must be within one text.
    pub fn look_in(&mut self, text: &str) {
        // The text has none of the words: so it is for most of the names that a search is compared with.
        if text.is_ascii() && !self.0.iter().any(|term| has_letters(text, &term.words[0])) {
            return;
        }
        let (mut begun, mut words) = (BegunTerms::default(), 0);
        let mut met: Vec<bool> = vec![false; self.0.len()];
        each(beginning(text), |word, place| {
            begun.go_on(&self.0, word, place.start, |n, _| met[n] = true);
            words += 1;
            words < MOST_WORDS && met.contains(&false)
        });
        let mut met = met.into_iter();
        self.0.retain(|_| met.next() == Some(false));
    }
}

/// Whether a folded word can be one of a text of ASCII, which folds to itself but for its case.
fn has_letters(text: &str, word: &str) -> bool {
    let word = word.as_bytes();
    text.as_bytes()
        .windows(word.len())
        .any(|some| some[0].eq_ignore_ascii_case(&word[0]) && some.eq_ignore_ascii_case(word))
}

/// The part of a text that shows what was searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// How many of the search's terms the whole text has.
    pub terms: usize,
    pub pieces: Vec<SnippetPiece>,
}

/// Text as it was written, but with single spaces.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct SnippetPiece {
    pub text: String,
    /// Whether this part is what was searched for.
    pub hit: bool,
}

/// The bytes shown before the first hit, and from it on.
const BEFORE: usize = 60;
const BEHIND: usize = 180;

fn pieces(text: &str, hits: &[(usize, Range<usize>)]) -> Vec<SnippetPiece> {
    let (Some((_, first)), Some((_, last))) = (hits.first(), hits.last()) else { return Vec::new() };
    // Cut between words, where it has any.
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
        // Two terms may overlap.
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

    fn words(text: &str) -> String {
        all(text).join(" ")
    }

    #[test]
    fn case_accents_and_forms_of_letters_do_not_count() {
        assert_eq!(
            words("  Reçu n°\u{a0}12, l’ÉCOLE; Straße ŁÓDŹ Øst ΣΊΣΥΦΟΣ ёлка"),
            "recu n 12 l ecole strasse lodz ost σισυφοσ елка"
        );
        assert_eq!(words("ｆｕｌｌ ①②"), "full 12");
        assert_eq!(words("co\u{ad}oper\u{200d}ate na\u{0308}ive"), "cooperate naive");
        assert_eq!(words("2026-000017 amina@people.example"), "2026 000017 amina people example");
    }

    #[test]
    fn arabic_is_found_however_its_letters_are_written() {
        for (one, other) in [
            ("مُحَمَّد", "محمد"),
            ("ﻣﺤﻤﺪ", "محمد"),
            ("شكوى", "شكوي"),
            ("بطاقة", "بطاقه"),
            ("أحمد إبراهيم آمال ٱلله", "احمد ابراهيم امال الله"),
            ("مســـاعدة", "مساعده"),
            ("یک کتاب", "يك كتاب"),
        ] {
            assert_eq!(words(one), words(other), "{one}");
        }
        assert_eq!(words("שָׁלוֹם"), "שלום");
    }

    #[test]
    fn digits_of_every_script_are_the_same_digits() {
        for text in ["٢٠٢٦", "۲۰۲۶", "२०२६", "២០២៦", "๒๐๒๖", "໒໐໒໖", "၂၀၂၆", "２０２６", "𝟐𝟎𝟐𝟔"]
        {
            assert_eq!(words(text), "2026", "{text}");
        }
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            let ten: Vec<char> = (zero..zero + 10).filter_map(char::from_u32).collect();
            assert!(ten.len() == 10 && ten.iter().filter_map(|c| digit(*c)).eq('0'..='9'), "{zero:x}");
        }
        // Whatever Rust's own tables call a number of ten in a row, and no decomposition makes one, stands in the list.
        assert_eq!(digit('a'), None);
        assert_eq!(digit('\u{0670}'), None);
    }

    #[test]
    fn vowels_that_are_letters_stay() {
        assert_ne!(words("ที่"), words("ทา"));
        assert_ne!(words("हिंदी"), words("हद"));
        assert_ne!(words("កុំ"), words("កា"));
    }

    #[test]
    fn what_is_written_without_blanks_is_cut_into_words_that_are_found_again() {
        for (text, word) in [
            ("ខ្ញុំចង់ដាក់ពាក្យបណ្តឹងអំពីការទូទាត់", "ការទូទាត់"),
            ("ฉันต้องการร้องเรียนเรื่องการจ่ายเงิน", "ร้องเรียน"),
            ("ຂ້ອຍຕ້ອງການຮ້ອງທຸກກ່ຽວກັບການຈ່າຍເງິນ", "ຮ້ອງທຸກ"),
            ("ကျွန်တော်ငွေပေးချေမှုအကြောင်းတိုင်ကြားလိုပါသည်", "တိုင်ကြား"),
            ("我想投诉付款问题", "付款"),
            ("支払いについて苦情があります", "苦情"),
        ] {
            let (all, wanted) = (all(text), all(word));
            assert!(all.len() > 2, "{text}: {all:?}");
            assert!(all.windows(wanted.len()).any(|some| some == wanted), "{text}: {all:?} has no {wanted:?}");
        }
        assert_eq!(all("card卡片2026年").first().map(String::as_str), Some("card"));
    }

    #[test]
    fn each_word_knows_its_place() {
        let text = "Le REÇU de\u{301}chiré – ٢٢";
        let mut places = Vec::new();
        each(text, |word, place| {
            places.push((word.to_owned(), &text[place]));
            true
        });
        let wanted = [("le", "Le"), ("recu", "REÇU"), ("dechire", "de\u{301}chiré"), ("22", "٢٢")];
        assert!(places.iter().map(|(word, at)| (word.as_str(), *at)).eq(wanted), "{places:?}");
    }

    #[test]
    fn a_text_has_an_end_for_the_index_and_a_word_too() {
        assert_eq!(all(&"x".repeat(1_000))[0].len(), LONGEST);
        assert!(!is_cut(&"word ".repeat(MOST_WORDS)));
        assert!(is_cut(&"word ".repeat(MOST_WORDS + 1)));
        assert!(is_cut(&"x".repeat(MOST_BYTES + 1)));
        assert_eq!(beginning(&"é".repeat(MOST_BYTES)).len(), MOST_BYTES);
        let mut taken = 0;
        each("a b c", |_, _| {
            taken += 1;
            taken < 2
        });
        assert_eq!(taken, 2);
    }

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

    #[test]
    fn a_phrase_stands_within_one_text_its_words_one_behind_the_other() {
        let has = |typed: &str, texts: &[&str]| {
            let sought = Sought::parse(typed);
            let mut missing = MissingPhrases::of(&sought);
            texts.iter().for_each(|text| missing.look_in(text));
            missing.is_none()
        };
        assert!(has("\"card lost\" a@b.example", &["my Card, LOST", "from: a@b.examples"]));
        assert!(has("\"recu 22\"", &["no receipt", "Reçu ٢٢"]) && !has("\"reçu 22\"", &["no receipt 22"]));
        assert!(has("\"la la land\"", &["la la la land"]));
        assert!(has("\"the card was lo", &["the card the card was lost"]));
        for (typed, texts) in [
            ("\"card lost\"", ["lost card", "card is lost"]),
            ("\"card lost\"", ["my card", "lost it"]),
            ("\"card lo\"", ["card lost", ""]),
            ("\"card lost\" 2026/17", ["card lost", "2026 1 17"]),
        ] {
            assert!(!has(typed, &texts), "{typed} in {texts:?}");
        }
        assert!(!has("\"beyond it\"", &[&format!("{} beyond it", "word ".repeat(MOST_WORDS - 1))]));
        assert!(has("no phrase", &[]));
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
