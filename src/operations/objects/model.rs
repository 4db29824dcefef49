//! What a model is: its fields as `fields_get` tells them, who may do what, and where its rows stand.

use serde_json::{Map, Value};

use crate::domain::person::Role;
use crate::domain::setting::{Kind, Settings, Told};
use crate::store::query::{self, Bind, Column, Comparison, Condition, Direction, Expression, Table};

/// A model of the API under Odoo's name.
#[derive(Debug)]
pub struct Model {
    pub name: String,
    /// What a person reads.
    pub label: String,
    pub fields: Vec<Field>,
    pub rows: Rows,
    /// Field and direction, as in Odoo's `_order`.
    pub order: Vec<(&'static str, Direction)>,
    pub rights: Rights,
    /// Its records hold conversations (`mail.thread`).
    pub is_mail_thread: bool,
}

/// Where the rows come from.
#[derive(Debug)]
pub enum Rows {
    Table {
        table: Table,
        /// Column and value that every row of the model has, where several models share a table.
        only: Option<(Column, String)>,
    },
    /// Known from the installed modules: few, and never written.
    Memory(Vec<Map<String, Value>>),
}

impl Rows {
    /// The condition that all rows of the model fulfil.
    pub fn scope(&self) -> Condition<'_> {
        match self {
            Rows::Table { only: Some((column, value)), .. } => {
                Condition::Compare(column, Comparison::Equal, Bind::Text(value.clone()))
            }
            _ => Condition::Constant(true),
        }
    }
}

#[derive(Debug, Clone, Default)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub kind: FieldType,
    /// The model that a many2one or one2many points to.
    pub relation: Option<String>,
    /// Code and label of a selection.
    pub selection: Vec<(String, String)>,
    pub required: bool,
    pub readonly: bool,
    /// Made when it is read, from the row: no column to sort by, and to search by only what has an `inverse`.
    pub computed: bool,
    /// How the rows of a one2many point back.
    pub inverse: Option<Inverse>,
}

/// The columns by which a row says what it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inverse {
    /// Holds the id.
    pub column: &'static str,
    /// Holds the model's name, where rows belong to several models.
    pub model: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FieldType {
    #[default]
    Char,
    Text,
    Html,
    Integer,
    Float,
    Boolean,
    Date,
    Datetime,
    Selection,
    Many2one,
    One2many,
    Binary,
}

impl FieldType {
    /// Odoo's `type`.
    pub fn code(self) -> &'static str {
        match self {
            FieldType::Char => "char",
            FieldType::Text => "text",
            FieldType::Html => "html",
            FieldType::Integer => "integer",
            FieldType::Float => "float",
            FieldType::Boolean => "boolean",
            FieldType::Date => "date",
            FieldType::Datetime => "datetime",
            FieldType::Selection => "selection",
            FieldType::Many2one => "many2one",
            FieldType::One2many => "one2many",
            FieldType::Binary => "binary",
        }
    }

    fn column(self) -> query::Kind {
        match self {
            FieldType::Integer | FieldType::Many2one => query::Kind::Integer,
            FieldType::Boolean => query::Kind::Boolean,
            FieldType::Date => query::Kind::Date,
            FieldType::Datetime => query::Kind::Moment,
            _ => query::Kind::Text,
        }
    }
}

/// The roles that may; the same as on the pages.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rights {
    pub read: &'static [Role],
    pub write: &'static [Role],
    pub create: &'static [Role],
    pub unlink: &'static [Role],
}

pub const EVERYBODY: &[Role] = &[Role::SystemAdmin, Role::Officer, Role::Auditor];
pub const OFFICERS: &[Role] = &[Role::SystemAdmin, Role::Officer];
pub const ADMINS: &[Role] = &[Role::SystemAdmin];

impl Model {
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub fn table(&self) -> Option<&Table> {
        match &self.rows {
            Rows::Table { table, .. } => Some(table),
            Rows::Memory(_) => None,
        }
    }

    /// The fields in which Odoo looks for a row's name (`_rec_names_search`).
    pub fn names(&self) -> &'static [&'static str] {
        match self.name.as_str() {
            "res.partner" => &["display_name", "email"],
            "res.users" => &["display_name", "login"],
            // People call a record by its number, and by what it is about.
            _ if self.is_mail_thread => &["display_name", "name"],
            _ => &["display_name"],
        }
    }

    pub fn column(&self, field: &str) -> Option<&Column> {
        self.table()?.column(field)
    }
}

/// Builds a model's fields and its columns together, so that one can't lack the other.
#[derive(Debug, Default)]
pub struct Fields {
    pub fields: Vec<Field>,
    pub columns: Vec<Column>,
}

impl Fields {
    /// `id`, `display_name` (this SQL) and the two dates that every model has.
    pub fn new(label: &'static str) -> Self {
        let mut fields = Self::default();
        fields.add("id", "ID", FieldType::Integer, "t.id").readonly();
        fields.add("display_name", "Display Name", FieldType::Char, label).readonly();
        fields
    }

    pub fn dates(mut self) -> Self {
        self.add("create_date", "Created on", FieldType::Datetime, "t.create_date").readonly();
        self.add("write_date", "Last Updated on", FieldType::Datetime, "t.write_date").readonly();
        self
    }

    pub fn add(&mut self, name: &str, label: &str, kind: FieldType, sql: &'static str) -> &mut Field {
        self.columns.push(Column { field: name.into(), sql: Expression::Plain(sql), kind: kind.column() });
        self.push(name, label, kind)
    }

    /// The fields of an object that is a table of them, as far as clients know them.
    pub fn settings<T: Settings>(&mut self) {
        for field in T::FIELDS {
            let Some(Told { name, label, column }) = field.api else { continue };
            let kind = match field.kind {
                Kind::Line(_) | Kind::Url(_) | Kind::Secret | Kind::Carried => FieldType::Char,
                Kind::Text => FieldType::Text,
                Kind::Number { .. } => FieldType::Integer,
                Kind::Flag => FieldType::Boolean,
                Kind::Choice(_) | Kind::Radio(_) => FieldType::Selection,
                Kind::Date => FieldType::Date,
                Kind::Reference(_) => FieldType::Many2one,
            };
            self.columns.push(Column { field: name.into(), sql: Expression::Named(column), kind: kind.column() });
            let told = self.push(name, label, kind).choices(field.choices());
            told.required = field.required;
            if let Kind::Reference(model) = field.kind {
                told.to(model);
            }
        }
    }

    /// A field of a module, kept in a JSON column.
    pub fn member(&mut self, name: &str, label: &str, kind: FieldType, json: &'static str) -> &mut Field {
        self.columns.push(Column { field: name.into(), sql: Expression::Member(json), kind: query::Kind::Text });
        self.push(name, label, kind)
    }

    /// A field that is made when it is read.
    pub fn computed(&mut self, name: &str, label: &str, kind: FieldType) -> &mut Field {
        let field = self.push(name, label, kind).readonly();
        field.computed = true;
        field
    }

    /// A one2many, whose rows point back by the columns of these names.
    pub fn many(&mut self, name: &str, label: &str, relation: &str, inverse: Inverse) -> &mut Field {
        let field = self.computed(name, label, FieldType::One2many).to(relation);
        field.inverse = Some(inverse);
        field
    }

    /// A column that is no field: only searches through a one2many need it.
    pub fn hidden(&mut self, name: &str, kind: FieldType, sql: &'static str) {
        self.columns.push(Column { field: name.into(), sql: Expression::Plain(sql), kind: kind.column() });
    }

    fn push(&mut self, name: &str, label: &str, kind: FieldType) -> &mut Field {
        let at = self.fields.len();
        self.fields.push(Field { name: name.into(), label: label.into(), kind, ..Field::default() });
        &mut self.fields[at]
    }
}

impl Field {
    pub fn readonly(&mut self) -> &mut Self {
        self.readonly = true;
        self
    }

    pub fn required(&mut self) -> &mut Self {
        self.required = true;
        self
    }

    /// The column with the model's name, of a many2one to `ir.model` that is made from it.
    pub fn names_model(&self) -> Option<&'static str> {
        match self.name.as_str() {
            "object_id" => Some("object_model"),
            "alias_model_id" => Some("alias_model"),
            _ => None,
        }
    }

    pub fn to(&mut self, model: &str) -> &mut Self {
        self.relation = Some(model.to_owned());
        self
    }

    pub fn choices(&mut self, choices: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> &mut Self {
        self.selection = choices.into_iter().map(|(code, label)| (code.into(), label.into())).collect();
        self
    }
}
