//! The installed modules: those shipped here, and the TOML files in `DATA_DIR/modules/`. Each brings one record
//! type without code.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Spanned, Value};

use crate::domain::due::MOST_DAYS;
use crate::domain::id;
use crate::domain::module::{COLUMNS, FieldKind, Module, category_model, is_column, tag_model};

const SHIPPED: [(&str, &str); 2] =
    [("spp_grm.toml", include_str!("spp_grm.toml")), ("helpdesk.toml", include_str!("helpdesk.toml"))];

/// All record types, in the order in which they are offered.
#[derive(Debug, Clone, Default)]
pub struct Modules(Vec<Module>);

#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    #[error("the module {path} can't be read: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    /// All problems, one on a line: file, line, text.
    #[error("a module can't be used; mend its file, or take it away:\n{words}")]
    Wrong { words: String },
}

impl Modules {
    /// The shipped modules, then those of `folder` by file name; one with the model of a shipped module replaces that.
    pub fn load(folder: &Path) -> Result<Self, ModuleError> {
        let mut modules = Self::default();
        for (name, text) in SHIPPED {
            modules.add(Path::new(name), text)?;
        }
        let mut paths: Vec<PathBuf> = match std::fs::read_dir(folder) {
            Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(source) => return Err(ModuleError::Read { path: folder.to_owned(), source }),
        };
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        let mut own: Vec<(String, PathBuf)> = Vec::new();
        for path in paths {
            let text =
                std::fs::read_to_string(&path).map_err(|source| ModuleError::Read { path: path.clone(), source })?;
            let model = modules.add(&path, &text)?;
            if let Some((_, other)) = own.iter().find(|(known, _)| *known == model) {
                let words =
                    format!("  {}:1: {} brings the record type {model} already", path.display(), other.display());
                return Err(ModuleError::Wrong { words });
            }
            own.push((model, path));
        }
        Ok(modules)
    }

    pub fn all(&self) -> &[Module] {
        &self.0
    }

    pub fn get(&self, model: &str) -> Option<&Module> {
        self.0.iter().find(|module| module.model == model)
    }

    /// Gives the model.
    fn add(&mut self, path: &Path, text: &str) -> Result<String, ModuleError> {
        let known: Vec<String> = self.0.iter().map(|module| module.model.clone()).collect();
        let mut module = check_module(text, &known).map_err(|problems| {
            let lines = problems.iter().map(|one| format!("  {}:{}: {}", path.display(), one.line, one.words));
            ModuleError::Wrong { words: lines.collect::<Vec<_>>().join("\n") }
        })?;
        module.in_every_language();
        let model = module.model.clone();
        self.0.retain(|known| known.model != model);
        self.0.push(module);
        Ok(model)
    }
}

/// One problem at a line, from 1 on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ModuleProblem {
    pub line: usize,
    pub words: String,
}

/// Those of the fields of every record that mail may fill.
const FILLED: [&str; 8] =
    ["name", "description", "stage_id", "priority", "partner_id", "partner_name", "partner_email", "user_id"];
/// Names that have another meaning in the API or in the forms of the pages.
const TAKEN: [&str; 17] = [
    "id",
    "display_name",
    "create_date",
    "create_uid",
    "write_date",
    "write_uid",
    "active",
    "closed",
    "last_mail_at",
    "message_ids",
    "message_attachment_count",
    "attachment_ids",
    "csrf_token",
    "version",
    "seen_mail",
    "seen_entry",
    "note",
];
/// The file as far as its line numbers are needed; [`Module`] has everything else.
#[derive(Deserialize)]
struct Draft {
    model: Option<Spanned<Value>>,
    label: Option<Spanned<Value>>,
    label_plural: Option<Spanned<Value>>,
    #[serde(default)]
    fields: Vec<Spanned<CatalogueEntry>>,
    #[serde(default)]
    stages: Vec<Spanned<CatalogueEntry>>,
    #[serde(default)]
    mail: CheckedMail,
    due: Option<Spanned<CatalogueEntry>>,
    closing: Option<Spanned<CatalogueEntry>>,
}

type CatalogueEntry = BTreeMap<String, Spanned<Value>>;

#[derive(Deserialize, Default)]
struct CheckedMail {
    #[serde(default)]
    fill: CatalogueEntry,
    #[serde(default)]
    set: CatalogueEntry,
}

/// The module, or everything that is wrong with its file. `known` are the models of the modules before it.
fn check_module(text: &str, known: &[String]) -> Result<Module, Vec<ModuleProblem>> {
    let broken = |error: toml::de::Error| {
        let line = error.span().map_or(1, |span| line(text, span));
        vec![ModuleProblem { line, words: error.message().trim().replace('\n', " ") }]
    };
    // Where a file is no TOML or has another structure altogether, the message of the reader is used.
    let draft: Draft = toml::from_str(text).map_err(broken)?;
    let mut check = Check { text, problems: Vec::new() };
    check.labels(&draft);
    check.model(draft.model.as_ref(), known);
    check.fields(&draft.fields, draft.model.as_ref().and_then(|model| model.get_ref().as_str()), known);
    check.stages(&draft.stages);
    check.mail(&draft);
    check.due(&draft);
    check.closing(&draft);
    if !check.problems.is_empty() {
        check.problems.sort_by_key(|problem| problem.line);
        return Err(check.problems);
    }
    toml::from_str(text).map_err(broken)
}

/// The line number of a position in the text.
fn line(text: &str, span: Range<usize>) -> usize {
    text.as_bytes().iter().take(span.start).filter(|byte| **byte == b'\n').count() + 1
}

/// Looks for problems in a module's file, line by line, before anything is made of it. Otherwise each would show late: as a
/// column that can't be searched, a form that loses a field, mail that fills nothing.
struct Check<'t> {
    text: &'t str,
    problems: Vec<ModuleProblem>,
}

impl Check<'_> {
    fn say(&mut self, span: Range<usize>, words: String) {
        self.problems.push(ModuleProblem { line: line(self.text, span), words });
    }

    fn labels(&mut self, draft: &Draft) {
        for (key, value) in [("label", &draft.label), ("label_plural", &draft.label_plural)] {
            match value {
                Some(label) if is_blank(label.get_ref()) => {
                    self.say(label.span(), format!("“{key}” is what people read: it can't be empty"));
                }
                Some(_) => {}
                None => self.say(0..0, format!("“{key}” is missing: what people call such a record")),
            }
        }
    }

    fn model(&mut self, model: Option<&Spanned<Value>>, known: &[String]) {
        let Some(model) = model else {
            return self.say(0..0, "“model” is missing: the record type's technical name, for example x.case".into());
        };
        let name = model.get_ref().as_str().unwrap_or_default();
        if !name.contains('.') || !name.split('.').all(is_identifier) {
            let words =
                format!("“{name}” is no technical name: it is small letters, digits and _ around dots, as x.case");
            self.say(model.span(), words);
        } else if id::is_built_in_model(name) || name.ends_with(".stage") {
            self.say(model.span(), format!("“{name}” is a model of Mailgate's own: choose another name"));
        } else if let Some(other) = same_id(name, known) {
            let words = format!("“{name}” would have the same id as “{other}” in ir.model: choose another name");
            self.say(model.span(), words);
        }
    }

    fn fields(&mut self, fields: &[Spanned<CatalogueEntry>], model: Option<&str>, known: &[String]) {
        for to in model.map(|model| [category_model(model), tag_model(model)]).into_iter().flatten() {
            let mut all = fields.iter().filter(|field| word(field.get_ref(), "relation") == Some(&to));
            if let (Some(_), Some(second)) = (all.next(), all.next()) {
                self.say(span_of(second, "relation"), format!("There are two fields for “{to}”; a record has one"));
            }
        }
        let mut seen: Vec<&str> = Vec::new();
        for entry in fields {
            let field = entry.get_ref();
            let name = self.word(entry, "name", "field");
            let (at, typed) = (span_of(entry, "type"), word(field, "type"));
            let kind = typed.and_then(FieldKind::from_code);
            if let Some(name) = name {
                let here = span_of(entry, "name");
                if !is_identifier(name) {
                    let words = format!("“{name}” can't name a field: small letters, digits and _, a letter first");
                    self.say(here.clone(), words);
                } else if TAKEN.contains(&name) {
                    self.say(here.clone(), format!("“{name}” is a field of every record already: choose another name"));
                }
                if seen.contains(&name) {
                    self.say(here, format!("There are two fields “{name}”"));
                }
                seen.push(name);
                let built_in = COLUMNS.iter().find(|(column, _)| *column == name);
                if let (Some((_, fitting)), Some(kind)) = (built_in, kind)
                    && !fitting.contains(&kind)
                {
                    let words = format!("“{name}” is a field of every record, of the type {}", codes(fitting, " or "));
                    self.say(at.clone(), words);
                }
            }
            self.word(entry, "label", "field");
            let all = || codes(FieldKind::ALL, ", ");
            match (kind, typed) {
                (Some(kind), _) => self.kind(entry, kind, model, known),
                (None, Some(typed)) => self.say(at, format!("There is no type “{typed}”. There are: {}", all())),
                (None, None) => self.say(at, format!("A field needs a “type”: one of {}", all())),
            }
        }
    }

    /// Checks what only one kind of field has: choices, a relation, a default that fits.
    fn kind(&mut self, entry: &Spanned<CatalogueEntry>, kind: FieldKind, model: Option<&str>, known: &[String]) {
        let field = entry.get_ref();
        let built_in = word(field, "name").is_some_and(is_column);
        let choices = choices(field);
        match (&choices, kind) {
            (None, FieldKind::Selection) if built_in => {}
            (None, FieldKind::Selection) => {
                let words = "A selection needs “selection”: pairs of a code and a label, as [[\"a\", \"A\"]]";
                self.say(span_of(entry, "type"), words.into());
            }
            (Some(codes), FieldKind::Selection) => {
                let at = span_of(entry, "selection");
                if codes.is_empty()
                    || codes.iter().any(|(code, label)| code.trim().is_empty() || label.trim().is_empty())
                {
                    self.say(at, "Every choice is a pair of a code and a label, neither empty".into());
                } else if let Some(code) = twice(codes.iter().map(|(code, _)| code.as_str())) {
                    self.say(at, format!("There are two choices “{code}”"));
                }
            }
            (Some(_), _) => self.say(span_of(entry, "selection"), format!("A field of type {kind} has no choices")),
            (None, _) => {}
        }
        match (word(field, "relation"), kind) {
            (Some(to), FieldKind::Many2one) => {
                let stage = to.strip_suffix(".stage").unwrap_or(to);
                let there = id::is_built_in_model(to)
                    || model == Some(stage)
                    || known.iter().any(|one| one == stage)
                    || model.is_some_and(|own| to == category_model(own));
                if !there {
                    let words =
                        format!("It refers to “{to}”, which is no model of Mailgate or of a module before this");
                    self.say(span_of(entry, "relation"), words);
                }
            }
            (to, FieldKind::Many2many) => {
                let tags = model.map(tag_model).unwrap_or_default();
                if to != Some(&tags) {
                    let words = format!("A many2many is of the record type's own tags: relation = \"{tags}\"");
                    self.say(span_of(entry, "relation"), words);
                }
            }
            (None, FieldKind::Many2one) if !built_in => {
                self.say(span_of(entry, "type"), "A many2one needs “relation”: the model that it refers to".into());
            }
            (Some(_), _) => {
                self.say(span_of(entry, "relation"), format!("A field of type {kind} refers to no model"));
            }
            (None, _) => {}
        }
        if let Some(default) = word(field, "default") {
            let codes = choices.unwrap_or_default();
            if !kind.fits(default, &codes) {
                self.say(span_of(entry, "default"), format!("The default “{default}” is no value of type {kind}"));
            }
        }
    }

    fn stages(&mut self, stages: &[Spanned<CatalogueEntry>]) {
        if stages.is_empty() {
            self.say(0..0, "There is no stage: a record needs one to begin in".into());
        }
        let mut seen: Vec<&str> = Vec::new();
        for stage in stages {
            if let Some(code) = self.word(stage, "code", "stage") {
                let here = span_of(stage, "code");
                if !is_identifier(code) {
                    let words =
                        format!("“{code}” can't be a stage's code: small letters, digits and _, a letter first");
                    self.say(here.clone(), words);
                }
                if seen.contains(&code) {
                    self.say(here, format!("There are two stages “{code}”"));
                }
                seen.push(code);
            }
            self.word(stage, "name", "stage");
            let is = |key: &str| stage.get_ref().get(key).and_then(|value| value.get_ref().as_bool()) == Some(true);
            if is("closed") && is("waiting") {
                self.say(span_of(stage, "waiting"), "A stage that ends a record does not wait for anybody".into());
            }
        }
    }

    fn due(&mut self, draft: &Draft) {
        let Some(due) = &draft.due else { return };
        self.named(draft, due, "due", "field", FieldKind::Datetime);
        let by = self.named(draft, due, "due", "by", FieldKind::Selection);
        let codes = by.and_then(|field| choices(field.get_ref())).unwrap_or_default();
        let Some(days) = due.get_ref().get("days") else { return };
        for (code, days_of) in days.get_ref().as_table().into_iter().flatten() {
            if !codes.iter().any(|(known, _)| known == code) {
                self.say(days.span(), format!("due.days names “{code}”, which is no choice of its field"));
            }
            if !days_of.as_integer().is_some_and(|count| (0..=i64::from(MOST_DAYS)).contains(&count)) {
                self.say(days.span(), format!("due.days of “{code}” is a whole number up to {MOST_DAYS}"));
            }
        }
    }

    fn closing(&mut self, draft: &Draft) {
        if let Some(closing) = &draft.closing
            && closing.get_ref().contains_key("reason")
        {
            self.named(draft, closing, "closing", "reason", FieldKind::Selection);
        }
    }

    /// Checks a field of this kind that another part of the file names.
    fn named<'d>(
        &mut self,
        draft: &'d Draft,
        part: &Spanned<CatalogueEntry>,
        of: &str,
        key: &str,
        kind: FieldKind,
    ) -> Option<&'d Spanned<CatalogueEntry>> {
        let Some(name) = word(part.get_ref(), key) else {
            self.say(part.span(), format!("{of}.{key} names a field of the type {kind}"));
            return None;
        };
        let is_it = |field: &&Spanned<CatalogueEntry>| {
            word(field.get_ref(), "name") == Some(name) && word(field.get_ref(), "type") == Some(kind.code())
        };
        let found = draft.fields.iter().find(is_it).filter(|_| !is_column(name));
        if found.is_none() {
            self.say(span_of(part, key), format!("{of}.{key} names “{name}”, which is no field of the type {kind}"));
        }
        found
    }

    fn mail(&mut self, draft: &Draft) {
        let own =
            |name: &str| draft.fields.iter().map(Spanned::get_ref).find(|field| word(field, "name") == Some(name));
        for (table, entries) in [("fill", &draft.mail.fill), ("set", &draft.mail.set)] {
            for (name, value) in entries {
                if own(name).is_none() && !FILLED.contains(&name.as_str()) {
                    self.say(value.span(), format!("mail.{table} names a field “{name}”, which there is not"));
                }
                if table == "fill" {
                    continue;
                }
                let (Some(field), Some(set)) = (own(name), value.get_ref().as_str()) else { continue };
                let kind = word(field, "type").and_then(FieldKind::from_code);
                if kind.is_some_and(|kind| !kind.fits(set, &choices(field).unwrap_or_default())) {
                    self.say(value.span(), format!("“{set}” is no value of the field “{name}”"));
                }
            }
        }
    }

    /// A text that must be there and say something.
    fn word<'e>(&mut self, entry: &'e Spanned<CatalogueEntry>, key: &str, what: &str) -> Option<&'e str> {
        match entry.get_ref().get(key) {
            None => {
                self.say(entry.span(), format!("A {what} needs a “{key}”"));
                None
            }
            Some(value) if is_blank(value.get_ref()) => {
                self.say(value.span(), format!("The “{key}” of a {what} can't be empty"));
                None
            }
            Some(value) => value.get_ref().as_str(),
        }
    }
}

/// The other module whose record type or stages would get the same id.
fn same_id<'k>(name: &str, known: &'k [String]) -> Option<&'k str> {
    let ids = |name: &str| {
        [name.to_owned(), format!("{name}.stage"), category_model(name), tag_model(name)]
            .map(|name| id::model_id(&name))
    };
    let own = ids(name);
    let mut others = known.iter().filter(|other| *other != name);
    others.find(|other| ids(other).iter().any(|id| own.contains(id))).map(String::as_str)
}

fn is_blank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// Whether it is a name in SQL, forms and Python.
fn is_identifier(name: &str) -> bool {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_lowercase());
    first && name.len() <= 63 && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

fn word<'e>(entry: &'e CatalogueEntry, key: &str) -> Option<&'e str> {
    entry.get(key)?.get_ref().as_str()
}

fn span_of(entry: &Spanned<CatalogueEntry>, key: &str) -> Range<usize> {
    entry.get_ref().get(key).map_or_else(|| entry.span(), Spanned::span)
}

fn codes(kinds: &[FieldKind], between: &str) -> String {
    kinds.iter().map(|kind| kind.code()).collect::<Vec<_>>().join(between)
}

fn choices(field: &CatalogueEntry) -> Option<Vec<(String, String)>> {
    let pairs = field.get("selection")?.get_ref().as_array()?.iter().map(|pair| {
        let text = |n: usize| pair.get(n).and_then(Value::as_str).unwrap_or_default().to_owned();
        (text(0), text(1))
    });
    Some(pairs.collect())
}

fn twice<'c>(codes: impl Iterator<Item = &'c str>) -> Option<&'c str> {
    let mut seen = Vec::new();
    codes.into_iter().find(|code| {
        let known = seen.contains(code);
        seen.push(*code);
        known
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_record_types_with_one_id_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["x.case6271", "x.case81404"] {
            let text = SHIPPED[1].1.replace("helpdesk.ticket", name);
            std::fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
        }
        let refused = Modules::load(folder.path()).unwrap_err().to_string();
        assert!(refused.contains("“x.case81404” would have the same id as “x.case6271” in ir.model"), "{refused}");
    }

    #[test]
    fn a_file_adds_a_record_type_and_a_wrong_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let text = SHIPPED[1].1.replace("helpdesk.ticket", "x.case").replace("Helpdesk Ticket", "Case");
        std::fs::write(folder.path().join("case.toml"), &text).unwrap();
        let modules = Modules::load(folder.path()).unwrap();
        assert_eq!(modules.all().len(), 3);
        assert_eq!(modules.get("x.case").unwrap().label, "Case");
        std::fs::write(folder.path().join("odd.toml"), "model = 1").unwrap();
        assert!(Modules::load(folder.path()).unwrap_err().to_string().contains("odd.toml:1: "));
        std::fs::write(folder.path().join("odd.toml"), &text).unwrap();
        let twice = Modules::load(folder.path()).unwrap_err().to_string();
        assert!(twice.contains("odd.toml:1: ") && twice.contains("case.toml brings"), "{twice}");
    }

    const RIGHT: &str = "model = \"x.case\"\nlabel = \"Case\"\nlabel_plural = \"Cases\"\nnumber = \"plain\"\n\
        [[fields]]\nname = \"kind\"\nlabel = \"Kind\"\ntype = \"selection\"\nselection = [[\"a\", \"A\"]]\ndefault = \"a\"\n\
        [[stages]]\ncode = \"new\"\nname = \"New\"\n[mail.fill]\nname = \"subject\"\n[mail.set]\nkind = \"a\"\n";

    #[test]
    fn what_can_not_be_used_is_named_by_its_line() {
        check_module(RIGHT, &[]).unwrap();
        for (right, wrong, line, words) in [
            ("name = \"kind\"", "name = \"Kind of\"", 6, "“Kind of” can't name a field"),
            ("name = \"kind\"", "name = \"1st\"", 6, "can't name a field"),
            ("name = \"kind\"", "name = \"id\"", 6, "is a field of every record already"),
            ("name = \"kind\"", "name = \"write_date\"", 6, "is a field of every record already"),
            ("name = \"kind\"", "name = \"name\"", 8, "of the type char"),
            ("name = \"kind\"", "name = \"\"", 6, "can't be empty"),
            ("label = \"Kind\"\n", "", 5, "A field needs a “label”"),
            ("label = \"Kind\"", "label = \" \"", 7, "can't be empty"),
            ("type = \"selection\"", "type = \"money\"", 8, "There is no type “money”. There are: char, text"),
            ("type = \"selection\"\n", "", 5, "A field needs a “type”"),
            ("selection = [[\"a\", \"A\"]]\n", "", 8, "A selection needs “selection”"),
            ("[[\"a\", \"A\"]]", "[[\"a\", \"A\"], [\"a\", \"B\"]]", 9, "two choices “a”"),
            ("default = \"a\"", "default = \"b\"", 10, "The default “b” is no value"),
            ("type = \"selection\"", "type = \"char\"", 9, "has no choices"),
            ("default = \"a\"", "relation = \"res.partner\"", 10, "refers to no model"),
            ("code = \"new\"", "code = \"New one\"", 12, "can't be a stage's code"),
            ("name = \"New\"", "name = \"\"", 13, "can't be empty"),
            ("[[stages]]\ncode = \"new\"\nname = \"New\"\n", "", 1, "There is no stage"),
            ("name = \"subject\"", "titel = \"subject\"", 15, "names a field “titel”, which there is not"),
            ("name = \"subject\"", "name = \"topic\"", 15, "topic"),
            ("kind = \"a\"", "kind = \"z\"", 17, "“z” is no value of the field “kind”"),
            ("x.case", "case", 1, "is no technical name"),
            ("x.case", "res.partner", 1, "is a model of Mailgate's own"),
            ("label = \"Case\"\n", "", 1, "“label” is missing"),
            ("number = \"plain\"", "number = \"plain\"\ncolour = 1", 5, "colour"),
            ("number = \"plain\"", "number = plain", 4, ""),
        ] {
            let problems = check_module(&RIGHT.replacen(right, wrong, 1), &[]).expect_err(wrong);
            let found = problems.iter().any(|problem| problem.line == line && problem.words.contains(words));
            assert!(found, "{wrong}: {problems:?}");
        }
        let twice =
            RIGHT.replace("[[stages]]", "[[fields]]\nname = \"kind\"\nlabel = \"K\"\ntype = \"char\"\n[[stages]]");
        assert!(check_module(&twice, &[]).unwrap_err()[0].words.contains("two fields “kind”"));
    }

    #[test]
    fn what_a_grievance_mechanism_needs_names_fields_that_are_there() {
        const WHOLE: &str = "model = \"x.case\"\nlabel = \"Case\"\nlabel_plural = \"Cases\"\nnumber = \"plain\"\n\
            [[fields]]\nname = \"category_id\"\nlabel = \"Category\"\ntype = \"many2one\"\nrelation = \"x.case.category\"\n\
            [[fields]]\nname = \"tag_ids\"\nlabel = \"Tags\"\ntype = \"many2many\"\nrelation = \"x.case.tag\"\n\
            [[fields]]\nname = \"grave\"\nlabel = \"Grave\"\ntype = \"selection\"\nselection = [[\"a\", \"A\"]]\n\
            [[fields]]\nname = \"until\"\nlabel = \"Until\"\ntype = \"datetime\"\n\
            [[stages]]\ncode = \"new\"\nname = \"New\"\nwaiting = true\n[mail.fill]\nname = \"subject\"\n\
            [due]\nfield = \"until\"\nby = \"grave\"\ndays = { a = 3 }\n[closing]\nreason = \"grave\"\n";
        let whole = check_module(WHOLE, &[]).unwrap();
        assert_eq!(whole.category().unwrap().name, "category_id");
        assert_eq!(whole.tags().unwrap().name, "tag_ids");
        assert_eq!((whole.due().unwrap().name.as_str(), whole.reason().unwrap().name.as_str()), ("until", "grave"));
        assert_eq!(whole.due.unwrap().days.of("a"), Some(3));
        for (right, wrong, words) in [
            ("x.case.tag", "res.partner", "the record type's own tags: relation = \"x.case.tag\""),
            ("x.case.category", "y.case.category", "no model of Mailgate or of a module before this"),
            (
                "field = \"until\"",
                "field = \"grave\"",
                "due.field names “grave”, which is no field of the type datetime",
            ),
            ("by = \"grave\"", "by = \"gone\"", "due.by names “gone”"),
            ("by = \"grave\"\n", "", "due.by names a field of the type selection"),
            ("a = 3", "b = 3", "due.days names “b”"),
            ("a = 3", "a = -3", "is a whole number up to 1000"),
            ("reason = \"grave\"", "reason = \"until\"", "closing.reason names “until”"),
            ("waiting = true", "waiting = true\nclosed = true", "does not wait for anybody"),
            ("\"many2many\"\nrelation = \"x.case.tag\"", "\"many2one\"\nrelation = \"x.case.category\"", "two fields"),
        ] {
            let problems = check_module(&WHOLE.replacen(right, wrong, 1), &[]).expect_err(wrong);
            assert!(problems.iter().any(|problem| problem.words.contains(words)), "{wrong}: {problems:?}");
        }
    }

    #[test]
    fn a_relation_leads_to_a_model_that_is_there() {
        let to = |relation: &str| {
            RIGHT.replace(
                "type = \"selection\"\nselection = [[\"a\", \"A\"]]\ndefault = \"a\"",
                &format!("type = \"many2one\"\nrelation = \"{relation}\""),
            )
        };
        for there in ["res.partner", "x.case", "x.case.stage", "y.other"] {
            check_module(&to(there).replace("kind = \"a\"\n", ""), &["y.other".to_owned()]).unwrap();
        }
        let problems = check_module(&to("y.gone"), &[]).unwrap_err();
        assert!(problems[0].line == 9 && problems[0].words.contains("“y.gone”"), "{problems:?}");
    }
}
