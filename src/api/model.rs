//! What a model of the API is: the trait that each type in `models` implements, and the description from which its fields, its queries
//! and `fields_get` follow.

use std::fmt::Debug;
use std::ops::Deref;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::ApiCall;
use super::arguments::{CallArguments, OF_EVERY_MODEL, Signature, text};
use super::fault::ObjectError;
use super::methods::{self, set_active};
use crate::domain::id;
use crate::domain::rights::Object;
use crate::domain::setting::{SettingField, SettingKind, SettingsObject, ToldField};
use crate::operations::OperationError;
use crate::operations::client::{self, Bind, Column, Comparison, Condition, Db, Direction, Expression, Table};
use crate::operations::settings::{KeptObject, Saved, SettingForm, SettingTarget, form_in, save_in, set_active_in};
use crate::say;

pub(super) use crate::domain::module::FieldKind;

/// Values by the names of fields: a row, or what a caller writes.
pub(super) type Values = Map<String, Value>;

/// A model of the API: what it shows, and how a client makes, changes and deletes its rows. The caller's rights are checked before;
/// methods that all models have are in [`methods`].
pub(super) trait Model: Debug + Send + Sync {
    fn describe(&self) -> Description;

    /// The values that a new row starts with, as `default_get` tells them.
    fn defaults(&self, model: &Description) -> Values {
        let active = model.field("active").map(|_| ("active".to_owned(), Value::Bool(true)));
        active.into_iter().collect()
    }

    /// Makes a row of these values, within the call's transaction.
    fn create(&self, call: &ApiCall<'_>, _: &mut Db, _: &Values) -> Result<i32, ObjectError> {
        Err(call.nobody_may("create"))
    }

    /// Writes these values to a row, within the call's transaction.
    fn write(&self, call: &ApiCall<'_>, _: &mut Db, _id: i32, _: &Values) -> Result<(), ObjectError> {
        Err(call.nobody_may("write"))
    }

    /// Deletes a row, within the call's transaction.
    fn unlink(&self, call: &ApiCall<'_>, _: &mut Db, _id: i32) -> Result<(), ObjectError> {
        Err(call.nobody_may("unlink"))
    }

    /// Makes a row of each in one transaction.
    fn create_all(&self, call: &ApiCall<'_>, list: &[Values]) -> Result<Vec<i32>, ObjectError> {
        methods::in_transaction(call, |db| list.iter().map(|values| self.create(call, db, values)).collect())
    }

    /// Writes the values to each row in one transaction.
    fn write_all(&self, call: &ApiCall<'_>, ids: &[i32], values: &Values) -> Result<(), ObjectError> {
        methods::write_each(call, ids, |db, id| self.write(call, db, id, values))
    }

    /// Refuses rows that nobody may touch, and says why.
    fn changeable(&self, _: &mut Db, _ids: &[i32]) -> Result<(), ObjectError> {
        Ok(())
    }

    /// The signatures of its own methods.
    fn signatures(&self) -> &'static [Signature] {
        &[]
    }

    /// Calls a method, its own or one that all models have.
    fn method(&self, call: &ApiCall<'_>, name: &str, arguments: CallArguments) -> Result<Value, ObjectError> {
        methods::of_every_model(call, name, arguments)
    }

    /// The value of a field that a filter compares, for a row in memory, where it depends on the caller; None where it is what the row
    /// has.
    fn told(&self, _: &ApiCall<'_>, _row: &Values, _field: &str) -> Option<Value> {
        None
    }

    /// Sets a computed field in all rows at once. A field that stays unset reads as false, as passwords do, which are written and
    /// never read.
    fn fill(&self, _: &ApiCall<'_>, _: &ApiField, _rows: &mut [Values]) -> Result<(), ObjectError> {
        Ok(())
    }
}

/// A model that the API offers, with its description made once.
#[derive(Debug)]
pub(super) struct ServedModel {
    /// In `ir.model`.
    pub id: i32,
    about: Description,
    pub deeds: Box<dyn Model>,
}

impl ServedModel {
    pub(super) fn new(deeds: Box<dyn Model>) -> Self {
        let about = deeds.describe();
        Self { id: id::model_id(&about.name), about, deeds }
    }

    /// Its methods: its own, and those of every model.
    pub(super) fn signatures(&self) -> impl Iterator<Item = &'static Signature> {
        self.deeds.signatures().iter().chain(OF_EVERY_MODEL)
    }

    /// The signature of its method of this name.
    pub(super) fn signature(&self, method: &str) -> Option<&'static Signature> {
        self.signatures().find(|signature| signature.name == method)
    }

    /// Its rows, where they are known from other models.
    pub(super) fn set_rows(&mut self, rows: Vec<Values>) {
        self.about.rows = Rows::Memory(rows);
    }
}

impl Deref for ServedModel {
    type Target = Description;

    fn deref(&self) -> &Description {
        &self.about
    }
}

/// What a model says of itself.
#[derive(Debug)]
pub(super) struct Description {
    pub name: String,
    /// What a person reads.
    pub label: String,
    /// The object in the table of rights that it belongs to.
    pub object: Object,
    pub fields: Vec<ApiField>,
    pub rows: Rows,
    /// Field and direction, as in Odoo's `_order`.
    pub order: Vec<(&'static str, Direction)>,
    /// The fields in which Odoo looks for a row's name (`_rec_names_search`).
    pub names: &'static [&'static str],
    /// Its records hold conversations (`mail.thread`).
    pub is_mail_thread: bool,
}

/// Where the rows come from.
#[derive(Debug)]
pub(super) enum Rows {
    Table {
        table: Table,
        /// What every row of the model has, where several models share a table.
        only: Vec<SharedBy>,
    },
    /// Known from the installed modules: few, and never written.
    Memory(Vec<Values>),
}

/// A column and its value.
#[derive(Debug)]
pub(super) struct SharedBy {
    column: Column,
    is: String,
    /// Said only where one of some values of this column is asked for: there is an index of the two, and another one of all else.
    beside: Option<&'static str>,
}

impl Rows {
    /// The condition that all rows of the model fulfil, beside what is asked for.
    pub(super) fn scope(&self, asked: &Condition<'_>) -> Condition<'_> {
        let Rows::Table { only, .. } = self else { return Condition::Constant(true) };
        let is_asked = |sql| asked.is_led_by(&|column| matches!(column.sql, Expression::Plain(plain) if plain == sql));
        let said = only.iter().filter(|one| one.beside.is_none_or(is_asked));
        let held = said.map(|one| Condition::Compare(&one.column, Comparison::Equal, Bind::Text(one.is.clone())));
        Condition::All(held.collect())
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct ApiField {
    pub name: String,
    pub label: String,
    pub kind: FieldType,
    /// The model that a many2one or one2many points to.
    pub relation: Option<String>,
    /// Code and label of a selection.
    pub selection: Vec<(String, String)>,
    pub required: bool,
    pub readonly: bool,
    /// Computed from the row when it is read. It has no column, so nothing is sorted by it, and it is searched only where it has an
    /// `inverse`.
    pub computed: bool,
    /// The fields that it is computed from.
    pub made_of: &'static [&'static str],
    /// For a many2one to `ir.model`: the column with the model's name, from which it is computed.
    pub model_in: Option<&'static str>,
    /// How the rows of a one2many point back.
    pub inverse: Option<Inverse>,
    /// The table that says what a many2many holds: its columns [`OWN`] and [`OTHER`].
    pub linked: Option<Arc<Table>>,
}

/// The columns of such a table: the row that has the field, and the row that it points to.
pub(super) const OWN: &str = "own";
pub(super) const OTHER: &str = "other";

/// The columns by which a row says what it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Inverse {
    /// Holds the id.
    pub column: &'static str,
    /// Holds the model's name, where rows belong to several models.
    pub model: Option<&'static str>,
    /// The order of their ids.
    pub order: Direction,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldType {
    /// What a column holds.
    Of(FieldKind),
    One2many,
    Binary,
}

impl FieldType {
    /// Odoo's `type`.
    pub(super) fn code(self) -> &'static str {
        match self {
            FieldType::Of(kind) => kind.code(),
            FieldType::One2many => "one2many",
            FieldType::Binary => "binary",
        }
    }

    fn column(self) -> client::ColumnKind {
        match self {
            FieldType::Of(FieldKind::Integer | FieldKind::Many2one) => client::ColumnKind::Integer,
            FieldType::Of(FieldKind::Boolean) => client::ColumnKind::Boolean,
            FieldType::Of(FieldKind::Date) => client::ColumnKind::Date,
            FieldType::Of(FieldKind::Datetime) => client::ColumnKind::Moment,
            _ => client::ColumnKind::Text,
        }
    }
}

impl Default for FieldType {
    fn default() -> Self {
        FieldType::Of(FieldKind::Char)
    }
}

impl From<FieldKind> for FieldType {
    fn from(kind: FieldKind) -> Self {
        FieldType::Of(kind)
    }
}

impl PartialEq<FieldKind> for FieldType {
    fn eq(&self, kind: &FieldKind) -> bool {
        *self == FieldType::Of(*kind)
    }
}

impl Description {
    fn new((name, label): (&str, &str), object: Object, fields: Vec<ApiField>, rows: Rows) -> Self {
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            object,
            fields,
            rows,
            order: vec![("id", Direction::Ascending)],
            names: &["display_name"],
            is_mail_thread: false,
        }
    }

    /// Of several models that share a table, the rows that have this value.
    pub(super) fn only(self, sql: &'static str, is: &str) -> Self {
        self.shared_by(sql, is, None)
    }

    /// The same for the index that has it beside another column.
    pub(super) fn only_beside(self, other: &'static str, sql: &'static str, is: &str) -> Self {
        self.shared_by(sql, is, Some(other))
    }

    fn shared_by(mut self, sql: &'static str, is: &str, beside: Option<&'static str>) -> Self {
        if let Rows::Table { only, .. } = &mut self.rows {
            let column = Column { field: "only".into(), sql: Expression::Plain(sql), kind: client::ColumnKind::Text };
            only.push(SharedBy { column, is: is.to_owned(), beside });
        }
        self
    }

    pub(super) fn field(&self, name: &str) -> Option<&ApiField> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(super) fn table(&self) -> Option<&Table> {
        match &self.rows {
            Rows::Table { table, .. } => Some(table),
            Rows::Memory(_) => None,
        }
    }

    pub(super) fn column(&self, field: &str) -> Option<&Column> {
        self.table()?.column(field)
    }

    /// The column that names the row above, where the rows stand in a tree.
    pub(super) fn parent(&self) -> Option<&Column> {
        let field = self.field("parent_id").filter(|field| field.relation.as_deref() == Some(&self.name))?;
        self.column(&field.name)
    }
}

/// Builds a model's fields and its columns together, so that one can't lack the other.
#[derive(Debug, Default)]
pub(super) struct ModelBuilder {
    pub fields: Vec<ApiField>,
    pub columns: Vec<Column>,
}

impl ModelBuilder {
    /// `id`, `display_name` (this SQL) and the two dates that every model has.
    pub(super) fn new(label: &'static str) -> Self {
        let mut fields = Self::default();
        fields.add("id", "ID", FieldKind::Integer, "t.id").readonly();
        fields.add("display_name", "Display Name", FieldKind::Char, label).readonly();
        fields
    }

    pub(super) fn dates(mut self) -> Self {
        self.add("create_date", "Created on", FieldKind::Datetime, "t.create_date").readonly();
        self.add("write_date", "Last Updated on", FieldKind::Datetime, "t.write_date").readonly();
        self
    }

    /// Who made a row and who changed it last, in SQL.
    pub(super) fn authors(mut self, made_by: &'static str, changed_by: &'static str) -> Self {
        self.add("create_uid", "Created by", FieldKind::Many2one, made_by).readonly().to("res.users");
        self.add("write_uid", "Last Updated by", FieldKind::Many2one, changed_by).readonly().to("res.users");
        self
    }

    pub(super) fn add(
        &mut self,
        name: &str,
        label: &str,
        kind: impl Into<FieldType>,
        sql: &'static str,
    ) -> &mut ApiField {
        let kind = kind.into();
        self.columns.push(Column { field: name.into(), sql: Expression::Plain(sql), kind: kind.column() });
        self.push(name, label, kind)
    }

    /// The fields of an object that is a table of them, as far as clients know them.
    pub(super) fn settings<T: SettingsObject>(&mut self) {
        for field in T::FIELDS {
            let Some(ToldField { name, label, column, beside }) = field.api else { continue };
            let kind = match field.kind {
                // Writable, and never read.
                SettingKind::Secret => {
                    self.computed(name, label, FieldKind::Char).readonly = false;
                    continue;
                }
                SettingKind::SecretText => {
                    self.computed(name, label, FieldKind::Text).readonly = false;
                    continue;
                }
                SettingKind::Line(_) | SettingKind::Url(_) | SettingKind::Carried => FieldKind::Char,
                SettingKind::Text => FieldKind::Text,
                SettingKind::Number { .. } => FieldKind::Integer,
                SettingKind::Flag => FieldKind::Boolean,
                SettingKind::Choice(_) | SettingKind::Radio(_) => FieldKind::Selection,
                SettingKind::Date => FieldKind::Date,
                SettingKind::Reference(_) => FieldKind::Many2one,
            };
            let kind = FieldType::Of(kind);
            let sql =
                beside.map_or(Expression::Named(column), |(table, key)| Expression::Beside { table, key, column });
            self.columns.push(Column { field: name.into(), sql, kind: kind.column() });
            let told = self.push(name, label, kind).choices(field.choices());
            told.required = field.required;
            if let SettingKind::Reference(model) = field.kind {
                told.to(model);
            }
        }
    }

    /// A field of a module, kept in a JSON column.
    pub(super) fn member(&mut self, name: &str, label: &str, kind: FieldKind, json: &'static str) -> &mut ApiField {
        self.columns.push(Column { field: name.into(), sql: Expression::Member(json), kind: client::ColumnKind::Text });
        self.push(name, label, kind.into())
    }

    /// A field that is made when it is read.
    pub(super) fn computed(&mut self, name: &str, label: &str, kind: impl Into<FieldType>) -> &mut ApiField {
        let field = self.push(name, label, kind.into()).readonly();
        field.computed = true;
        field
    }

    /// A one2many, whose rows point back by the columns of these names.
    pub(super) fn many(&mut self, name: &str, label: &str, relation: &str, inverse: Inverse) -> &mut ApiField {
        let field = self.computed(name, label, FieldType::One2many).to(relation);
        field.inverse = Some(inverse);
        field
    }

    /// A many2many, by a table with these two columns: of the row, and of what it holds.
    pub(super) fn linked(
        &mut self,
        name: &str,
        label: &str,
        relation: &str,
        (table, own, other): (&'static str, &'static str, &'static str),
    ) -> &mut ApiField {
        let column = |field: &str, sql| Column {
            field: field.to_owned(),
            sql: Expression::Named(sql),
            kind: client::ColumnKind::Integer,
        };
        let columns = vec![column(OWN, own), column(OTHER, other)];
        let field = self.computed(name, label, FieldKind::Many2many).to(relation);
        (field.linked, field.readonly) = (Some(Arc::new(Table { name: table, label: other, columns })), false);
        field
    }

    /// A many2one to `ir.model`, where the row holds the model's name in `column`.
    pub(super) fn model(&mut self, name: &str, label: &str, column: &'static str) -> &mut ApiField {
        let field = self.computed(name, label, FieldKind::Many2one).to("ir.model");
        (field.model_in, field.readonly) = (Some(column), false);
        field
    }

    /// A column that is no field: only searches through a one2many need it.
    pub(super) fn hidden(&mut self, name: &str, kind: FieldKind, sql: &'static str) {
        let kind = FieldType::Of(kind).column();
        self.columns.push(Column { field: name.into(), sql: Expression::Plain(sql), kind });
    }

    /// A model whose rows are those of a table; `shown` is what a many2one shows of one: SQL over its columns, prefixed `r.`.
    pub(super) fn of_table(
        self,
        (name, label): (&str, &str),
        object: Object,
        table: &'static str,
        shown: &'static str,
    ) -> Description {
        let table = Table { name: table, label: shown, columns: self.columns };
        Description::new((name, label), object, self.fields, Rows::Table { table, only: Vec::new() })
    }

    /// A model without a table.
    pub(super) fn in_memory(self, (name, label): (&str, &str), object: Object) -> Description {
        Description::new((name, label), object, self.fields, Rows::Memory(Vec::new()))
    }

    fn push(&mut self, name: &str, label: &str, kind: FieldType) -> &mut ApiField {
        let at = self.fields.len();
        self.fields.push(ApiField { name: name.into(), label: label.into(), kind, ..ApiField::default() });
        &mut self.fields[at]
    }
}

impl ApiField {
    pub(super) fn readonly(&mut self) -> &mut Self {
        self.readonly = true;
        self
    }

    pub(super) fn required(&mut self) -> &mut Self {
        self.required = true;
        self
    }

    /// Made when it is read, from these fields of the row.
    pub(super) fn made_of(&mut self, fields: &'static [&'static str]) -> &mut Self {
        self.made_of = fields;
        self
    }

    pub(super) fn to(&mut self, model: &str) -> &mut Self {
        self.relation = Some(model.to_owned());
        self
    }

    pub(super) fn choices(
        &mut self,
        choices: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> &mut Self {
        self.selection = choices.into_iter().map(|(code, label)| (code.into(), label.into())).collect();
        self
    }
}

/// A model over one of the settings objects, which are tables of fields: what a client writes becomes the form that the page
/// sends, field by field under the names that the API has for them. What a model has beside its table it takes itself:
/// [`Writable::take`].
pub(super) trait Writable: KeptObject {
    /// What a new row begins with, where that is not what *New* shows.
    fn fresh() -> SettingForm<Self> {
        SettingForm::fresh()
    }
    /// Fields that are set after all others, since they override these whatever the order of the values.
    fn last() -> &'static [&'static str] {
        &[]
    }
    /// Takes a value that is no field of the table, or that sets more than its field. False: the value is an ordinary field.
    fn take(
        _call: &ApiCall<'_>,
        _form: &mut SettingForm<Self>,
        _name: &str,
        _typed: &str,
    ) -> Result<bool, ObjectError> {
        Ok(false)
    }
    fn use_or_archive(db: &mut Db, call: &ApiCall<'_>, id: Self::Id, active: bool) -> Result<(), OperationError> {
        set_active_in::<Self>(db, call.caller, id, active)
    }
}

pub(super) fn create<T: Writable>(call: &ApiCall<'_>, db: &mut Db, values: &Values) -> Result<i32, ObjectError> {
    let mut form = T::fresh();
    fill(call, &mut form, values)?;
    let id = save(call, db, SettingTarget::New, &form)?;
    set_active(call, values, |active| T::use_or_archive(db, call, id, active))?;
    Ok(id.into())
}

pub(super) fn write<T: Writable>(
    call: &ApiCall<'_>,
    db: &mut Db,
    id: T::Id,
    values: &Values,
) -> Result<(), ObjectError> {
    let (mut form, version) = form_in::<T>(db, call.caller, id)?;
    fill(call, &mut form, values)?;
    if values.keys().any(|name| name != "active") {
        save(call, db, SettingTarget::Existing { id, version }, &form)?;
    }
    set_active(call, values, |active| T::use_or_archive(db, call, id, active))
}

/// What *New* would show, under the names of the API.
pub(super) fn defaults<T: Writable>() -> Values {
    let form = T::fresh();
    let told = T::FIELDS.iter().filter_map(|field| Some((field.api?.name, value(field, form.text(field.name))?)));
    let mut defaults: Values = told.map(|(name, value)| (name.to_owned(), value)).collect();
    let facts = T::blank().facts();
    defaults.insert("active".into(), json!(facts.active));
    defaults.extend(facts.state.map(|state| ("state".to_owned(), json!(state))));
    defaults
}

/// None where nothing is set.
fn value<T>(field: &SettingField<T>, text: &str) -> Option<Value> {
    match field.kind {
        _ if text.is_empty() => None,
        SettingKind::Flag => Some(json!(true)),
        SettingKind::Number { .. } => text.parse::<i64>().ok().map(Value::from),
        _ => Some(json!(text)),
    }
}

fn fill<T: Writable>(call: &ApiCall<'_>, form: &mut SettingForm<T>, values: &Values) -> Result<(), ObjectError> {
    let (last, first): (Vec<_>, Vec<_>) = values.iter().partition(|(name, _)| T::last().contains(&name.as_str()));
    for (name, value) in first.into_iter().chain(last) {
        let typed = text(call.model, call.settable(name)?, value)?;
        if !T::take(call, form, name, &typed)? {
            put(form, name, &typed);
        }
    }
    Ok(())
}

/// Sets the field that clients call so, if there is one.
pub(super) fn put<T: SettingsObject>(form: &mut SettingForm<T>, name: &str, typed: &str) {
    let known = |field: &&SettingField<T>| field.api.map_or(field.name, |told| told.name) == name;
    if let Some(field) = T::FIELDS.iter().find(known) {
        form.set(field.name, typed);
    }
}

fn save<T: Writable>(
    call: &ApiCall<'_>,
    db: &mut Db,
    target: SettingTarget<T::Id>,
    form: &SettingForm<T>,
) -> Result<T::Id, ObjectError> {
    match save_in(call.app, db, call.caller, target, form, false)? {
        Saved::Done(view) | Saved::Unagreed(view, _) => Ok(T::shown(&view).0.id()),
        Saved::Conflict(_) => {
            let words = say!("api-changed", name = (T::NAME)());
            Err(OperationError::Conflict(words.into()).into())
        }
    }
}

/// The name of the model with this id in `ir.model`, as a field of this name was given it.
pub(super) fn model_of<'a>(call: &ApiCall<'a>, field: &str, typed: &str) -> Result<&'a str, ObjectError> {
    let model = typed.parse().ok().and_then(|id| call.models.by_id(id));
    let unknown = || ObjectError::Value(say!("api-wrong-model", model = call.model.name, field, typed).to_string());
    Ok(&model.ok_or_else(unknown)?.name)
}
