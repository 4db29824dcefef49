//! Rows in groups: `read_group` as Odoo 17 answers it, and `formatted_read_group` as Odoo 19 does. Stretches of time are UTC's,
//! told in English, and weeks begin on Sunday, as Odoo's English has them.

use chrono::{Datelike, Days, Months, NaiveDateTime, TimeDelta};
use serde_json::{Value, json};

use super::arguments::CallArguments;
use super::fault::{ObjectError, unknown_field};
use super::methods::{MOST, filter, limited};
use super::model::{ApiField, FieldKind, FieldType, Rows, Values};
use super::{ApiCall, search};
use crate::domain::filter::{Domain, matches, parse};
use crate::domain::moment_of;
use crate::domain::rights::Right;
use crate::operations::client::{
    self, Aggregate, AggregateFunction, AggregateKind, Condition, Direction, Granularity, GroupKey, GroupOrder,
    GroupQuery,
};
use crate::say;

/// What rows are put together by.
struct GroupedBy<'a> {
    /// As the caller writes it.
    spec: String,
    field: &'a ApiField,
    by: Option<Granularity>,
}

/// What is told of each group.
struct GroupSum<'a> {
    /// What the caller calls it.
    name: String,
    function: Option<(AggregateFunction, &'a ApiField)>,
}

/// Which groups a client asks for.
struct AskedGroups<'a> {
    filter: Domain,
    keys: Vec<GroupedBy<'a>>,
    sums: Vec<GroupSum<'a>>,
    /// Counts through the keys and then the sums.
    order: Vec<(usize, Direction)>,
    limit: Option<i64>,
    offset: i64,
}

const COUNT: &str = "__count";

/// `read_group(domain, fields, groupby, offset, limit, orderby, lazy)`
pub(super) fn read_group(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Read)?;
    let domain = arguments.optional("domain").unwrap_or(Value::Bool(false));
    let fields = arguments.names("fields")?.unwrap_or_default();
    let groupby = arguments.one_or_more("groupby")?;
    let offset = arguments.number("offset")?.unwrap_or(0);
    let limit = limited(arguments.number("limit")?);
    let orderby = arguments.text("orderby")?;
    let lazy = arguments.flag("lazy")?.unwrap_or(true);
    let filter = filter(call, &domain, &arguments.context)?;
    arguments.end()?;
    let (now, later) = groupby.split_at(if lazy { groupby.len().min(1) } else { groupby.len() });
    let keys = now.iter().map(|spec| key(call, spec)).collect::<Result<Vec<_>, _>>()?;
    let counted = match keys.as_slice() {
        [single] if lazy => format!("{}_count", single.field.name),
        _ => COUNT.to_owned(),
    };
    let mut sums = vec![GroupSum { name: counted, function: None }];
    for spec in fields.iter().filter(|spec| *spec != COUNT) {
        sums.extend(sum_of_17(call, spec)?.filter(|sum| keys.iter().all(|key| key.spec != sum.name)));
    }
    let order = order(&keys, &sums, orderby.as_deref())?;
    let asked = AskedGroups { filter, keys, sums, order, limit, offset };
    let told = asked.find(call)?.into_iter().map(|group| {
        let (mut row, mut all) = (Values::new(), vec![domain.clone()]);
        for (at, key) in asked.keys.iter().enumerate() {
            let told = told(key, &group, at);
            if key.by.is_some() {
                let range = told.range.as_ref().map_or(json!(false), |(from, to)| json!({"from": from, "to": to}));
                let ranges = row.entry("__range").or_insert_with(|| json!({}));
                ranges[&key.spec] = range;
            }
            row.insert(key.spec.clone(), told.label);
            all.push(told.domain);
        }
        insert_sums(&mut row, &asked.sums, &group);
        row.insert("__domain".into(), and(all));
        if !later.is_empty() {
            row.insert("__context".into(), json!({"group_by": later}));
        }
        Value::Object(row)
    });
    Ok(told.collect())
}

/// `formatted_read_group(domain, groupby, aggregates, having, offset, limit, order)`
pub(super) fn formatted_read_group(call: &ApiCall<'_>, mut arguments: CallArguments) -> Result<Value, ObjectError> {
    call.require(Right::Read)?;
    let domain = arguments.optional("domain").unwrap_or(Value::Bool(false));
    let groupby = arguments.one_or_more("groupby")?;
    let aggregates = arguments.names("aggregates")?.unwrap_or_default();
    let having = arguments.optional("having").filter(|having| !super::arguments::is_nothing(having));
    let offset = arguments.number("offset")?.unwrap_or(0);
    let limit = limited(arguments.number("limit")?);
    let orderby = arguments.text("order")?;
    let filter = filter(call, &domain, &arguments.context)?;
    arguments.end()?;
    let keys = groupby.iter().map(|spec| key(call, spec)).collect::<Result<Vec<_>, _>>()?;
    if let Some(key) = keys.iter().find(|key| is_of_time(key.field) && !key.spec.contains(':')) {
        return Err(ObjectError::Assertion(say!("api-group-granularity", spec = key.spec).to_string()));
    }
    let sums = aggregates.iter().map(|spec| sum_of_19(call, spec)).collect::<Result<Vec<_>, _>>()?;
    let order = order(&keys, &sums, orderby.as_deref())?;
    let having = having.as_ref().map(parse).transpose()?;
    // What holds of sums is looked at once they are there.
    let (asked_limit, asked_offset) = if having.is_some() { (Some(MOST), 0) } else { (limit, offset) };
    let asked = AskedGroups { filter, keys, sums, order, limit: asked_limit, offset: asked_offset };
    let mut groups = asked.find(call)?;
    if let Some(having) = having {
        let value = |group: &Values, name: &str| {
            let at = asked.sums.iter().position(|sum| sum.name == name);
            at.and_then(|at| group.get(&format!("a{at}"))).cloned().unwrap_or_default()
        };
        groups.retain(|group| matches(&having, &|name| value(group, name)));
        groups = part_of(groups, limit, offset);
    }
    let told = groups.into_iter().map(|group| {
        let (mut row, mut all) = (Values::new(), Vec::new());
        for (at, key) in asked.keys.iter().enumerate() {
            let told = told(key, &group, at);
            let value = match told.range {
                Some((from, _)) => json!([from, told.label]),
                None => told.label,
            };
            row.insert(key.spec.clone(), value);
            all.push(told.domain);
        }
        insert_sums(&mut row, &asked.sums, &group);
        row.insert("__extra_domain".into(), and(all));
        Value::Object(row)
    });
    Ok(told.collect())
}

fn is_of_time(field: &ApiField) -> bool {
    matches!(field.kind, FieldType::Of(FieldKind::Date | FieldKind::Datetime))
}

fn key<'a>(call: &ApiCall<'a>, spec: &str) -> Result<GroupedBy<'a>, ObjectError> {
    let (name, by) = spec.split_once(':').map_or((spec, None), |(name, by)| (name, Some(by)));
    let field = stored(call, name)?;
    let by = match (is_of_time(field), by) {
        (true, by) => {
            let by = by.unwrap_or("month");
            let wrong = || ObjectError::Value(say!("api-group-no-granularity", by).to_string());
            Some(Granularity::from_code(by).ok_or_else(wrong)?)
        }
        (false, None) => None,
        (false, Some(_)) => return Err(ObjectError::Value(say!("api-group-time", spec).to_string())),
    };
    if field.kind == FieldType::Binary || matches!(field.kind, FieldType::Of(FieldKind::Html | FieldKind::Text)) {
        return Err(ObjectError::Value(say!("api-group-field", name, model = call.model.name).to_string()));
    }
    Ok(GroupedBy { spec: spec.to_owned(), field, by })
}

/// A field that stands in the table.
fn stored<'a>(call: &ApiCall<'a>, name: &str) -> Result<&'a ApiField, ObjectError> {
    let model = call.model;
    let field = model.field(name).ok_or_else(|| unknown_field(&model.name, name))?;
    match field.computed {
        true => Err(ObjectError::Value(say!("api-group-field", name, model = model.name).to_string())),
        false => Ok(field),
    }
}

fn is_number(field: &ApiField) -> bool {
    matches!(field.kind, FieldType::Of(FieldKind::Integer | FieldKind::Float))
}

/// `field` (summed up, where it is a number), `field:function` or `name:function(field)`.
fn sum_of_17<'a>(call: &ApiCall<'a>, spec: &str) -> Result<Option<GroupSum<'a>>, ObjectError> {
    let wrong = || ObjectError::Value(say!("api-group-spec", spec).to_string());
    let Some((name, function)) = spec.split_once(':') else {
        let model = call.model;
        let field = model.field(spec).ok_or_else(|| unknown_field(&model.name, spec))?;
        // An id is a number that nobody adds up.
        let is_summed = is_number(field) && !field.computed && !matches!(spec, "id" | "res_id");
        let function = Some((AggregateFunction::Sum, field));
        return Ok(is_summed.then(|| GroupSum { name: spec.to_owned(), function }));
    };
    let (function, field) = match function.split_once('(') {
        Some((function, field)) => (function, field.strip_suffix(')').ok_or_else(wrong)?),
        None => (function, name),
    };
    Ok(Some(GroupSum { name: name.to_owned(), function: Some(function_of(call, function, field)?) }))
}

/// `__count` or `field:function`.
fn sum_of_19<'a>(call: &ApiCall<'a>, spec: &str) -> Result<GroupSum<'a>, ObjectError> {
    let name = spec.to_owned();
    if spec == COUNT {
        return Ok(GroupSum { name, function: None });
    }
    let wrong = || ObjectError::Value(say!("api-group-no-function", field = spec).to_string());
    let (field, function) = spec.split_once(':').ok_or_else(wrong)?;
    Ok(GroupSum { name, function: Some(function_of(call, function, field)?) })
}

fn function_of<'a>(
    call: &ApiCall<'a>,
    function: &str,
    field: &str,
) -> Result<(AggregateFunction, &'a ApiField), ObjectError> {
    let field = stored(call, field)?;
    let known = AggregateFunction::from_code(function).filter(|known| match known {
        AggregateFunction::Sum | AggregateFunction::Avg => is_number(field),
        AggregateFunction::BoolAnd | AggregateFunction::BoolOr => {
            field.kind == FieldKind::Boolean && call.model.column(&field.name).is_some_and(is_boolean)
        }
        _ => field.kind != FieldType::Binary,
    });
    let wrong = || ObjectError::Value(say!("api-group-function", function, field = field.name).to_string());
    Ok((known.ok_or_else(wrong)?, field))
}

fn is_boolean(column: &client::Column) -> bool {
    column.kind == client::ColumnKind::Boolean
}

/// `spec desc, aggregate`; by the keys where nothing is said.
fn order(
    keys: &[GroupedBy<'_>],
    sums: &[GroupSum<'_>],
    typed: Option<&str>,
) -> Result<Vec<(usize, Direction)>, ObjectError> {
    let Some(typed) = typed.filter(|typed| !typed.trim().is_empty()) else {
        return Ok((0..keys.len()).map(|at| (at, Direction::Ascending)).collect());
    };
    let one = |term: &str| {
        let mut words = term.split_whitespace();
        let (name, direction) = (words.next().unwrap_or_default(), words.next().map(str::to_lowercase));
        let is_it = |key: &GroupedBy<'_>| key.spec == name || key.field.name == name;
        let at = keys.iter().position(is_it);
        let at = at.or_else(|| Some(keys.len() + sums.iter().position(|sum| sum.name == name)?));
        let direction = match direction.as_deref() {
            None | Some("asc") => Some(Direction::Ascending),
            Some("desc") => Some(Direction::Descending),
            Some(_) => None,
        };
        let wrong = || ObjectError::Value(say!("api-group-order", term = term.trim()).to_string());
        Ok((at.ok_or_else(wrong)?, direction.ok_or_else(wrong)?))
    };
    typed.split(',').map(one).collect()
}

impl AskedGroups<'_> {
    /// The groups, as the database answers them; of rows in memory alike.
    fn find(&self, call: &ApiCall<'_>) -> Result<Vec<Values>, ObjectError> {
        let model = call.model;
        let Rows::Table { table, .. } = &model.rows else { return self.in_memory(call) };
        let column = |field: &ApiField| {
            let none =
                || ObjectError::Value(say!("api-group-field", name = field.name, model = model.name).to_string());
            table.column(&field.name).ok_or_else(none)
        };
        let related = |field: &ApiField| {
            let field = (field.kind == FieldKind::Many2one).then_some(field)?;
            let other = call.other(field)?;
            Some((other, other.model.table()?))
        };
        let mut sorted = Vec::new();
        for &(at, direction) in &self.order {
            let Some(key) = self.keys.get(at) else {
                sorted.push((GroupOrder::Aggregate(at - self.keys.len()), direction));
                continue;
            };
            match related(key.field) {
                None => sorted.push((GroupOrder::Key(at, None), direction)),
                // As the rows that they point to are sorted, or by what they are shown as.
                Some((other, table)) => {
                    let shown = [("display_name", Direction::Ascending), ("id", Direction::Ascending)];
                    let theirs = if other.sees_all() { other.model.order.as_slice() } else { &shown };
                    for (name, way) in theirs {
                        let way = if direction == Direction::Descending { way.reversed() } else { *way };
                        let column = other.model.column(name).filter(|_| table.column(name).is_some());
                        sorted.extend(column.map(|column| (GroupOrder::Key(at, Some((table, column))), way)));
                    }
                }
            }
        }
        let key = |key: &GroupedBy<'_>| {
            let related = related(key.field).map(|(_, table)| table);
            Ok::<_, ObjectError>(GroupKey { column: column(key.field)?, by: key.by, related })
        };
        let aggregate = |sum: &GroupSum<'_>| match sum.function {
            None => Ok(Aggregate::Count),
            Some((function, field)) => {
                let column = column(field)?;
                let is_text = is_number(field) && column.kind == client::ColumnKind::Text;
                let kind = if is_text { AggregateKind::Number } else { AggregateKind::AsStored };
                Ok::<_, ObjectError>(Aggregate::Of(function, column, kind))
            }
        };
        let asked = search::condition(call, &self.filter)?;
        let query = GroupQuery {
            table,
            condition: Condition::All(vec![model.rows.scope(&asked), asked]),
            keys: self.keys.iter().map(key).collect::<Result<_, _>>()?,
            aggregates: self.sums.iter().map(aggregate).collect::<Result<_, _>>()?,
            order: sorted,
            limit: self.limit,
            offset: self.offset,
        };
        call.app
            .store
            .read(|db| client::groups(db, call.caller, model.object, query, |bytes| call.room.take(bytes * 4)))
    }

    /// Of the few rows that are known: in the order in which their groups are met, and only counted.
    fn in_memory(&self, call: &ApiCall<'_>) -> Result<Vec<Values>, ObjectError> {
        let Rows::Memory(rows) = &call.model.rows else { return Ok(Vec::new()) };
        if let Some((function, field)) = self.sums.iter().find_map(|sum| sum.function) {
            let function = function.code();
            return Err(ObjectError::Value(say!("api-group-function", function, field = field.name).to_string()));
        }
        let mut groups: Vec<(Values, i64)> = Vec::new();
        for row in search::in_memory(call, rows, &self.filter)? {
            let mut group = Values::new();
            for (at, key) in self.keys.iter().enumerate() {
                for (suffix, name) in [("", key.field.name.clone()), ("/label", format!("{}/label", key.field.name))] {
                    group.insert(format!("k{at}{suffix}"), row.get(&name).cloned().unwrap_or_default());
                }
            }
            match groups.iter_mut().find(|(known, _)| *known == group) {
                Some((_, count)) => *count += 1,
                None => groups.push((group, 1)),
            }
        }
        let counted = groups.into_iter().map(|(mut group, count)| {
            (0..self.sums.len()).for_each(|at| drop(group.insert(format!("a{at}"), json!(count))));
            group
        });
        Ok(part_of(counted, self.limit, self.offset))
    }
}

/// The groups of one page.
fn part_of(groups: impl IntoIterator<Item = Values>, limit: Option<i64>, offset: i64) -> Vec<Values> {
    let size = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    groups.into_iter().skip(size(offset)).take(size(limit.unwrap_or(MOST))).collect()
}

fn insert_sums(row: &mut Values, sums: &[GroupSum<'_>], group: &Values) {
    for (at, sum) in sums.iter().enumerate() {
        let value = group.get(&format!("a{at}")).cloned().unwrap_or_default();
        row.insert(sum.name.clone(), if value.is_null() { Value::Bool(false) } else { value });
    }
}

/// A key of a group, as it is told.
struct ToldGroup {
    label: Value,
    /// From and to of a stretch of time.
    range: Option<(String, String)>,
    /// What finds the rows of the group.
    domain: Value,
}

fn told(key: &GroupedBy<'_>, group: &Values, at: usize) -> ToldGroup {
    let name = &key.field.name;
    let value = group.get(&format!("k{at}")).cloned().unwrap_or_default();
    let is = |value: &Value| json!([[name, "=", value]]);
    if let Some(by) = key.by {
        let is_day = key.field.kind == FieldKind::Date;
        let Some((from, to, label)) = value.as_str().and_then(|text| stretch(text, by, is_day)) else {
            return ToldGroup { label: json!(false), range: None, domain: is(&json!(false)) };
        };
        let domain = json!(["&", [name, ">=", from], [name, "<", to]]);
        return ToldGroup { label: json!(label), range: Some((from, to)), domain };
    }
    let empty = value.is_null();
    match key.field.kind {
        FieldType::Of(FieldKind::Many2one) if !empty => {
            // A member of a JSON column comes as text.
            let id = value.as_str().and_then(|id| id.parse::<i64>().ok()).map_or(value.clone(), Value::from);
            let label = group.get(&format!("k{at}/label")).cloned().unwrap_or_default();
            ToldGroup { label: json!([id, label]), range: None, domain: is(&id) }
        }
        FieldType::Of(FieldKind::Boolean) => {
            let truth = json!(value == json!(true) || value == "true" || value == "1");
            ToldGroup { domain: is(&truth), label: truth, range: None }
        }
        _ if empty => ToldGroup { label: json!(false), range: None, domain: is(&json!(false)) },
        _ => ToldGroup { domain: is(&value), label: value, range: None },
    }
}

/// Where a stretch of time begins and ends, and what it is called.
fn stretch(beginning: &str, by: Granularity, is_day: bool) -> Option<(String, String, String)> {
    let from = moment_of(beginning)?;
    let (to, label) = match by {
        Granularity::Hour => (from + TimeDelta::hours(1), from.format("%I:00 %d %b").to_string()),
        Granularity::Day => (from + Days::new(1), from.format("%d %b %Y").to_string()),
        Granularity::Week => (from + Days::new(7), week(from)),
        Granularity::Month => (from + Months::new(1), from.format("%B %Y").to_string()),
        Granularity::Quarter => (from + Months::new(3), format!("Q{} {}", from.month0() / 3 + 1, from.year())),
        Granularity::Year => (from + Months::new(12), from.format("%Y").to_string()),
    };
    let written = |at: NaiveDateTime| at.format(if is_day { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M:%S" }).to_string();
    Some((written(from), written(to), label))
}

/// The week that begins on this Sunday, as English counts them: the first is the one that the first of January is in.
fn week(sunday: NaiveDateTime) -> String {
    let saturday = sunday + Days::new(6);
    format!("W{} {:04}", (saturday.ordinal0()) / 7 + 1, saturday.year())
}

/// All of these domains at once.
fn and(domains: Vec<Value>) -> Value {
    let lists = domains.into_iter().filter_map(|domain| match domain {
        Value::Array(terms) if !terms.is_empty() => Some(normal(terms)),
        _ => None,
    });
    let lists: Vec<Vec<Value>> = lists.collect();
    let operators = vec![json!("&"); lists.len().saturating_sub(1)];
    Value::Array(operators.into_iter().chain(lists.into_iter().flatten()).collect())
}

/// With an `&` for each two terms that stand side by side.
fn normal(terms: Vec<Value>) -> Vec<Value> {
    let (mut wanted, mut missing) = (1usize, 0usize);
    for term in &terms {
        if wanted == 0 {
            (wanted, missing) = (1, missing + 1);
        }
        match term.as_str() {
            Some("&" | "|") => wanted += 1,
            Some(_) => {}
            None => wanted -= 1,
        }
    }
    vec![json!("&"); missing].into_iter().chain(terms).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_of_time_have_odoos_names() {
        let of = |text: &str, by| stretch(text, by, false).unwrap();
        let month = of("2026-11-01 00:00:00", Granularity::Month);
        assert_eq!(month, ("2026-11-01 00:00:00".into(), "2026-12-01 00:00:00".into(), "November 2026".into()));
        assert_eq!(of("2026-10-01 00:00:00", Granularity::Quarter).2, "Q4 2026");
        assert_eq!(of("2026-11-22 00:00:00", Granularity::Week).2, "W48 2026");
        assert_eq!(of("2026-12-27 00:00:00", Granularity::Week).2, "W1 2027");
        assert_eq!(of("2026-11-22 00:00:00", Granularity::Day).2, "22 Nov 2026");
        assert_eq!(stretch("2026-01-01", Granularity::Year, true).unwrap().1, "2027-01-01");
    }

    #[test]
    fn domains_are_joined_in_prefix_notation() {
        let (a, b, c) = (json!(["a", "=", 1]), json!(["b", "=", 1]), json!(["c", "=", 1]));
        assert_eq!(and(vec![json!([]), json!([c])]), json!([c]));
        assert_eq!(and(vec![json!([a, b]), json!([c])]), json!(["&", "&", a, b, c]));
        assert_eq!(and(vec![json!(["|", a, b]), json!(["&", b, c])]), json!(["&", "|", a, b, "&", b, c]));
        assert_eq!(and(vec![json!(["!", a, b]), json!(false)]), json!(["&", "!", a, b]));
    }
}
