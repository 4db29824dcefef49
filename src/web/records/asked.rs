//! What a list was asked for, as its address says it: read from there, and written into every link that keeps it.

use chrono::NaiveDate;

use crate::domain::id::{CategoryId, RecordId, TagId, UserId};
use crate::operations::records::{Assigned, DueWhen, ListCursor, Part, RecordOrder, RecordQuery, Show};
use crate::web::forms::{TypedFields, query_string};

/// `colleague` of what nobody is responsible for.
pub(super) const NOBODY: &str = "nobody";

/// What stands before the name of a field of the record type's own, so that it can be called like anything else here.
pub(super) const CHOICE: &str = "choice.";

/// A list's address.
#[derive(Debug, Clone)]
pub(super) struct ListAsked {
    pub query: RecordQuery,
    /// Which line of the whole list the page begins with, from 1: only told, never searched by.
    pub line: i64,
}

impl ListAsked {
    /// From the part behind `?`, or the fields of a form; what makes no sense is left out.
    pub(super) fn read(fields: &TypedFields) -> Self {
        let given = |name: &str| Some(fields.get(name)).filter(|value| !value.is_empty());
        let show = given("show").and_then(Show::from_code).unwrap_or(Show::Open);
        let mut query = RecordQuery::usual(show);
        query.search = fields.get("q").to_owned();
        query.stage = given("stage").map(str::to_owned);
        query.assigned = given("colleague").and_then(|value| match value {
            NOBODY => Some(Assigned::Nobody),
            id => id.parse().ok().map(|id| Assigned::To(UserId(id))),
        });
        let day = |name: &str| given(name).and_then(|day| day.parse::<NaiveDate>().ok());
        query.since = day("since");
        query.until = day("until");
        query.files = given("files").is_some();
        query.category = given("category").and_then(|id| id.parse().ok()).map(CategoryId);
        query.tag = given("tag").and_then(|id| id.parse().ok()).map(TagId);
        query.due = given("due").and_then(DueWhen::from_code);
        let choices = fields.pairs().filter(|(_, code)| !code.is_empty());
        let choices = choices.filter_map(|(name, code)| Some((name.strip_prefix(CHOICE)?, code)));
        query.choices = choices.map(|(name, code)| (name.to_owned(), code.to_owned())).collect();
        if let Some(order) = given("order") {
            let (turned, code) = order.strip_prefix('-').map_or((false, order), |code| (true, code));
            if let Some(order) = RecordOrder::from_code(code) {
                query.order = order;
                query.direction = if turned { order.usual().reversed() } else { order.usual() };
            }
        }
        let cursor = |name: &str| {
            let (id, key) = given(name)?.split_once('~')?;
            Some(ListCursor { key: key.to_owned(), id: RecordId(id.parse().ok()?) })
        };
        query.part = match (cursor("after"), cursor("before")) {
            (Some(cursor), _) => Part::After(cursor),
            (None, Some(cursor)) => Part::Before(cursor),
            (None, None) => Part::First,
        };
        let line = if query.part == Part::First { 1 } else { given("line").and_then(|n| n.parse().ok()).unwrap_or(1) };
        Self { query, line: line.max(1) }
    }

    pub(super) fn of_query(text: &str) -> Self {
        Self::read(&TypedFields::parse(text))
    }

    /// Without the page: as `a=1&b=2`, empty for the list as it is usually seen.
    pub(super) fn kept(&self) -> String {
        let pairs = self.pairs();
        query_string(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The filters, without the page.
    pub(super) fn pairs(&self) -> Vec<(String, String)> {
        let query = &self.query;
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        let colleague = match query.assigned {
            None => String::new(),
            Some(Assigned::Nobody) => NOBODY.to_owned(),
            Some(Assigned::To(user)) => user.to_string(),
        };
        let all = [
            ("show", if query.show == Show::Open { String::new() } else { query.show.code().to_owned() }),
            ("q", query.search.clone()),
            ("stage", query.stage.clone().unwrap_or_default()),
            ("colleague", colleague),
            ("since", day(query.since)),
            ("until", day(query.until)),
            ("files", if query.files { "1".to_owned() } else { String::new() }),
            ("category", query.category.map(|id| id.to_string()).unwrap_or_default()),
            ("tag", query.tag.map(|id| id.to_string()).unwrap_or_default()),
            ("due", query.due.map(|due| due.code().to_owned()).unwrap_or_default()),
            ("order", self.order()),
        ];
        let all = all.into_iter().map(|(name, value)| (name.to_owned(), value));
        let choices = query.choices.iter().map(|(name, code)| (format!("{CHOICE}{name}"), code.clone()));
        all.chain(choices).filter(|(_, value)| !value.is_empty()).collect()
    }

    fn order(&self) -> String {
        let (order, direction) = (self.query.order, self.query.direction);
        match (order, direction == order.usual()) {
            (RecordOrder::LastMail, true) => String::new(),
            (order, true) => order.code().to_owned(),
            (order, false) => format!("-{}", order.code()),
        }
    }

    /// The same list from its first page on, with something else about it.
    pub(super) fn with(&self, change: impl FnOnce(&mut RecordQuery)) -> Self {
        let mut query = self.query.clone();
        query.part = Part::First;
        change(&mut query);
        Self { query, line: 1 }
    }

    /// The address of this page of the list; `path` is the list's own.
    pub(super) fn address(&self, path: &str) -> String {
        let mut pairs = self.pairs();
        let place = |cursor: &ListCursor| format!("{}~{}", cursor.id, cursor.key);
        match &self.query.part {
            Part::First => {}
            Part::After(cursor) => pairs.push(("after".to_owned(), place(cursor))),
            Part::Before(cursor) => pairs.push(("before".to_owned(), place(cursor))),
        }
        if self.query.part != Part::First {
            pairs.push(("line".to_owned(), self.line.to_string()));
        }
        let kept = query_string(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        if kept.is_empty() { path.to_owned() } else { format!("{path}?{kept}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::records::Direction;

    #[test]
    fn an_address_says_the_same_again() {
        let all = "show=closed&q=carte+%26+eau&stage=done&colleague=nobody&since=2026-01-02&until=2026-03-04&files=1\
                   &category=4&tag=2&due=week&order=-title&choice.severity=high&after=7%7Ea+b&line=81";
        let asked = ListAsked::of_query(all);
        assert_eq!(asked.address("/x"), format!("/x?{all}"));
        assert_eq!(asked.query.direction, Direction::Descending);
        assert_eq!(ListAsked::of_query("").address("/x"), "/x");
        let wrong = "show=x&colleague=y&since=tomorrow&order=-&after=7&line=0";
        assert_eq!(ListAsked::of_query(wrong).address("/x"), "/x", "what makes no sense is left out");
    }
}
