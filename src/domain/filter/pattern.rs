//! What `like` and its kin look for, and how much of it one may ask: no pattern takes longer than its length times the
//! text's, and one without wildcards is looked for as the text that it is.

use super::{FilterError, Operator};

/// Characters of a pattern with wildcards, as many as count in the search box of a page.
const LONGEST: usize = 200;
/// Wildcards `%` of a pattern, beside those that `like` puts around it.
const MOST_WILDCARDS: usize = 20;
/// Characters of a text that is looked for within others.
const LONGEST_TEXT: usize = 1_000;

/// A pattern as an operator makes it of a text: `%` is any text, `_` any character, `\` takes the next one as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    pub shape: Shape,
    pub ignore_case: bool,
}

/// The cheapest way to look for it.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// The whole text is this one.
    Exactly(String),
    /// This one occurs in it.
    Within(String),
    /// For SQL's LIKE with `\` as its escape; well-formed, and no `%` follows on another.
    Like(String),
}

impl Pattern {
    /// What the operator makes of the text: all but `=like` and `=ilike` put a `%` before and behind it.
    pub fn new(operator: Operator, text: &str) -> Self {
        let whole = matches!(operator, Operator::EqualLike | Operator::EqualIlike);
        let steps = if whole { steps(text) } else { steps(&format!("%{text}%")) };
        let literal = |steps: &[PatternStep]| {
            let character = |step: &PatternStep| if let PatternStep::Exactly(c) = step { Some(*c) } else { None };
            steps.iter().map(character).collect::<Option<String>>()
        };
        let shape = match steps.as_slice() {
            [PatternStep::Any] => Shape::Within(String::new()),
            [PatternStep::Any, inner @ .., PatternStep::Any] => {
                literal(inner).map_or_else(|| Shape::Like(written(&steps)), Shape::Within)
            }
            steps => literal(steps).map_or_else(|| Shape::Like(written(steps)), Shape::Exactly),
        };
        Self { shape, ignore_case: operator.ignores_case() }
    }

    /// Refuses what would take too long, whatever it is looked for in.
    pub fn is_bounded(&self) -> Result<(), FilterError> {
        let (length, most, wildcards) = match &self.shape {
            Shape::Exactly(_) => return Ok(()),
            Shape::Within(text) => (text.chars().count(), LONGEST_TEXT, 0),
            Shape::Like(pattern) => {
                let steps = steps(pattern);
                let inner = steps.iter().filter(|step| **step != PatternStep::Any).count();
                (inner, LONGEST, (steps.len() - inner).saturating_sub(2))
            }
        };
        if length > most {
            return Err(FilterError::LongPattern { length, most });
        }
        if wildcards > MOST_WILDCARDS {
            return Err(FilterError::ManyWildcards { most: MOST_WILDCARDS });
        }
        Ok(())
    }

    /// Whether a text is one that is looked for.
    pub fn matches(&self, text: &str) -> bool {
        match self.ignore_case {
            true => self.folded().found_in(&text.to_lowercase()),
            false => self.found_in(text),
        }
    }

    /// The same in small letters, for texts that were folded so ([`str::to_lowercase`]).
    pub fn folded(&self) -> Self {
        let shape = match &self.shape {
            Shape::Exactly(text) => Shape::Exactly(text.to_lowercase()),
            Shape::Within(text) => Shape::Within(text.to_lowercase()),
            Shape::Like(pattern) => Shape::Like(pattern.to_lowercase()),
        };
        Self { shape, ignore_case: self.ignore_case }
    }

    fn found_in(&self, text: &str) -> bool {
        match &self.shape {
            Shape::Exactly(wanted) => text == wanted,
            Shape::Within(wanted) => text.contains(wanted.as_str()),
            Shape::Like(pattern) => like(text, pattern),
        }
    }
}

/// SQL's LIKE: `%` is any text, `_` one character, `\` takes the next character as it is.
pub fn like(text: &str, pattern: &str) -> bool {
    let pattern = steps(pattern);
    // Greedy with one point to go back to: the two lengths multiplied at worst, however many wildcards there are.
    let (mut rest, mut p, mut back) = (text, 0, None);
    loop {
        let mut behind = rest.chars();
        let next = behind.next();
        match (pattern.get(p), next) {
            (Some(PatternStep::Any), _) => {
                p += 1;
                back = Some((p, rest));
            }
            (Some(PatternStep::One), Some(_)) => (rest, p) = (behind.as_str(), p + 1),
            (Some(PatternStep::Exactly(wanted)), Some(c)) if *wanted == c => (rest, p) = (behind.as_str(), p + 1),
            (None, None) => return true,
            // The text is at its end, and the pattern is not: going back makes the text no longer.
            (Some(_), None) => return false,
            (_, Some(_)) => match back {
                Some((after, from)) => {
                    let mut later = from.chars();
                    later.next();
                    (rest, p, back) = (later.as_str(), after, Some((after, later.as_str())));
                }
                None => return false,
            },
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum PatternStep {
    Any,
    One,
    Exactly(char),
}

fn steps(pattern: &str) -> Vec<PatternStep> {
    let mut characters = pattern.chars();
    let mut steps = Vec::new();
    while let Some(c) = characters.next() {
        match c {
            // One after another mean what one means.
            '%' if steps.last() == Some(&PatternStep::Any) => {}
            '%' => steps.push(PatternStep::Any),
            '_' => steps.push(PatternStep::One),
            '\\' => steps.push(PatternStep::Exactly(characters.next().unwrap_or('\\'))),
            c => steps.push(PatternStep::Exactly(c)),
        }
    }
    steps
}

/// The pattern that these steps are.
fn written(steps: &[PatternStep]) -> String {
    let mut pattern = String::new();
    for step in steps {
        match step {
            PatternStep::Any => pattern.push('%'),
            PatternStep::One => pattern.push('_'),
            PatternStep::Exactly(c) => {
                if matches!(c, '%' | '_' | '\\') {
                    pattern.push('\\');
                }
                pattern.push(*c);
            }
        }
    }
    pattern
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn shape(operator: Operator, text: &str) -> Shape {
        Pattern::new(operator, text).shape
    }

    #[test]
    fn a_text_without_wildcards_is_looked_for_as_it_is() {
        use Operator::*;
        let within = |text: &str| Shape::Within(text.into());
        assert_eq!(shape(Like, "paid"), within("paid"));
        assert_eq!(shape(NotIlike, "100\\% a\\_b \\x"), within("100% a_b x"));
        assert_eq!(shape(Ilike, "%paid%%"), within("paid"));
        assert_eq!(shape(Like, ""), within(""));
        assert_eq!(shape(EqualLike, "%%"), within(""));
        assert_eq!(shape(EqualLike, "paid"), Shape::Exactly("paid".into()));
        assert_eq!(shape(EqualIlike, "a\\_b\\"), Shape::Exactly("a_b\\".into()));
        assert_eq!(shape(EqualLike, "%%pa_d\\"), Shape::Like("%pa_d\\\\".into()));
        assert_eq!(shape(EqualLike, "paid%%"), Shape::Like("paid%".into()));
        // As in Odoo: what is put behind it is taken as it is.
        assert_eq!(shape(Like, "paid\\"), Shape::Like("%paid\\%".into()));
    }

    #[test]
    fn a_pattern_is_as_long_as_a_search_on_a_page_at_most() {
        let bounded = |operator, text: &str| Pattern::new(operator, text).is_bounded();
        assert_eq!(bounded(Operator::Like, &"x".repeat(1_000)), Ok(()));
        let error = FilterError::LongPattern { length: 1_001, most: 1_000 };
        assert_eq!(bounded(Operator::Ilike, &"x".repeat(1_001)), Err(error));
        assert_eq!(bounded(Operator::EqualIlike, &"x".repeat(100_000)), Ok(()));
        assert_eq!(bounded(Operator::Like, &"_".repeat(200)), Ok(()));
        assert!(bounded(Operator::Like, &"_".repeat(201)).is_err());
        assert_eq!(bounded(Operator::Like, &"a%".repeat(20)), Ok(()));
        assert!(bounded(Operator::EqualLike, &"%a".repeat(40)).is_err());
        assert_eq!(bounded(Operator::EqualLike, &"%".repeat(10_000)), Ok(()));
    }

    #[test]
    fn the_worst_pattern_takes_the_two_lengths_multiplied() {
        let text = "a".repeat(20_000);
        let start = Instant::now();
        for pattern in ["%a".repeat(20) + "%b", "%".to_owned() + &"a_".repeat(99) + "b%"] {
            assert!(!like(&text, &pattern));
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
