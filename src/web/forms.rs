//! What forms share: the typed fields, messages at a field, and pages of a list.

use serde::Serialize;

use crate::domain::Invalid;
use crate::domain::words::Sentence;

/// The fields of a form as they were typed, so that nothing is lost when one of them is wrong.
#[derive(Debug, Clone, Default)]
pub struct TypedFields(Vec<(String, String)>);

impl TypedFields {
    /// Reads `application/x-www-form-urlencoded`. Lines end as they do everywhere but in forms: a text that was only
    /// looked at is the same afterwards.
    pub fn parse(body: &str) -> Self {
        let fields = form_urlencoded::parse(body.as_bytes());
        Self(fields.map(|(name, value)| (name.replace("\r\n", "\n"), value.replace("\r\n", "\n"))).collect())
    }

    /// Those of a form that was kept.
    pub fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// The value of a field, empty where the form has none.
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// Whether the form has the field: a ticked checkbox, or the button that was pressed.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// All fields in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All values of a field that may occur more than once.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A message at a field, as `field.html` and the summary show it.
#[derive(Debug, Serialize)]
pub struct FieldError {
    pub field: String,
    pub message: Sentence,
}

pub fn field_errors(errors: &[Invalid]) -> Vec<FieldError> {
    let shown = |error: &Invalid| FieldError { field: error.field.to_string(), message: error.message.clone() };
    errors.iter().map(shown).collect()
}

/// One page of a list: `1-40 / 112` and the ways back and on.
#[derive(Debug, Serialize)]
pub struct Pager {
    pub first: i64,
    pub last: i64,
    pub total: i64,
    /// Addresses below Mailgate's own path.
    pub previous: Option<String>,
    pub next: Option<String>,
}

impl Pager {
    /// `path` without a query; `query` are the filters to keep, empty ones are left out; pages count from 1.
    pub fn new(path: &str, query: &[(&str, &str)], page: i64, per_page: i64, total: i64) -> Self {
        let link = |page: i64| {
            let page = page.to_string();
            let kept = query.iter().copied().chain([("page", page.as_str())]);
            format!("{path}?{}", query_string(kept))
        };
        let offset = (page - 1) * per_page;
        Self {
            first: (offset + 1).min(total),
            last: (offset + per_page).min(total),
            total,
            previous: (page > 1).then(|| link(page - 1)),
            next: (offset + per_page < total).then(|| link(page + 1)),
        }
    }

    /// The page that was asked for, at least 1 and low enough to count with.
    pub fn page(asked: Option<i64>) -> i64 {
        asked.unwrap_or(1).clamp(1, 1_000_000)
    }
}

/// `a=1&b=2`, encoded, without empty values.
pub fn query_string<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_and_kept_as_typed() {
        let fields = TypedFields::parse("name=Gr%C3%BC%C3%9Fe+aus&ssl=on&tag=a&tag=b&text=a%0D%0Ab");
        assert_eq!(fields.get("name"), "Grüße aus");
        assert_eq!(fields.get("text"), "a\nb");
        assert!(fields.has("ssl") && !fields.has("name2"));
        assert_eq!(fields.all("tag").collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn a_pager_knows_its_ends_and_keeps_the_filters() {
        let pager = Pager::new("/x", &[("state", "held"), ("q", ""), ("w", "a b&c")], 2, 40, 100);
        assert_eq!((pager.first, pager.last), (41, 80));
        assert_eq!(pager.next.as_deref(), Some("/x?state=held&w=a+b%26c&page=3"));
        let empty = Pager::new("/x", &[], 1, 40, 0);
        assert_eq!((empty.first, empty.last, empty.next, empty.previous), (0, 0, None, None));
    }
}
