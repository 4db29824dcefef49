//! Which objects of a list to show.

use crate::domain::text::fold;

/// What a person looks for.
#[derive(Debug, Clone, Default)]
pub struct FieldFilter {
    /// Words that must all occur in what the list names; case and accents don't matter.
    pub search: String,
    /// The archived ones instead of the others.
    pub archived: bool,
}

impl FieldFilter {
    /// `text` is everything that is searched.
    pub(super) fn shows(&self, active: bool, text: &str) -> bool {
        let (words, text) = (fold(&self.search), fold(text));
        active != self.archived && words.split(' ').all(|word| text.contains(word))
    }
}
