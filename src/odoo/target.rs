//! What mail can become over there: whether records of a model, which is tried for real and taken back within the same
//! transaction; and with which values in their fields beside what the mail says.

use super::Trouble;
use super::contacts::quiet;
use super::fault::{self, OdooFault, OdooFaultKind};
use super::models::{
    LoadColumns, MailParts, OdooField, OdooFields, columns, looks_senders_up, needs_candidate, takes_anonymous,
};
use super::raw::Urgency;
use super::session::Odoo;
use super::wire::{CallError, OdooRow, condition, id, id_of, numbers, rows, text, text_of, texts};
use crate::domain::connection::FarValues;
use crate::domain::message::Address;
use crate::domain::words::Complaint;
use crate::xmlrpc::{Param, Stretch, Value};
use crate::{complain, say};

/// What is wrong with a target; nothing where mail can go there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetProblem {
    /// There is no such model, or its module is not installed.
    Missing,
    /// It has no conversation for mail to stand in.
    NoThread,
    /// The account may not read or create its records.
    Forbidden,
    /// Required fields that a mail can't fill, by label.
    Required(Vec<String>),
    /// It has no field of this name that takes the value which the incoming server sets.
    Value(String),
    /// Complaints of nobody who is known are chosen, and it takes none.
    NotAnonymous,
    /// The model refuses a record as mail would make it, in its own words.
    Refused(String),
}

impl TargetProblem {
    pub fn complaint(&self, model: &str, login: &str) -> Complaint {
        match self {
            TargetProblem::Missing => complain!("odoo-target-missing", model),
            TargetProblem::NoThread => complain!("odoo-target-no-thread", model),
            TargetProblem::Forbidden => {
                Complaint::new(say!("odoo-target-forbidden", login, model), say!("odoo-remedy-rights"))
            }
            TargetProblem::Required(fields) => {
                complain!("odoo-target-required", model, fields = fields.join(", "))
            }
            TargetProblem::Value(name) => complain!("odoo-target-value", model, name),
            TargetProblem::NotAnonymous => complain!("odoo-target-not-anonymous", model),
            TargetProblem::Refused(said) => complain!("odoo-target-refused", model, said, login),
        }
    }
}

/// What is to be checked.
#[derive(Debug, Clone, Copy)]
pub struct RecordTarget<'a> {
    pub model: &'a str,
    /// What each record gets beside what the mail says.
    pub values: &'a FarValues,
    /// Mail of unknown senders becomes an anonymous complaint.
    pub anonymous: bool,
}

/// A moment that no field takes: it makes `load()` take everything back.
const NEVER: (&str, &str) = ("create_date", "never");

/// A file name with a character that PostgreSQL has none for, and what is said of it.
const UNSTORABLE: &str = "trial%00";
const UNSTORABLE_SAID: &str = "NUL (0x00)";

impl Odoo {
    /// Checks that mail can become a record of this model. A record is made with `load()`, and by the mail gateway,
    /// each taken back by its own transaction, so that rules are seen that only show then; nothing stays, and nobody is
    /// told.
    pub fn check_target(&mut self, target: &RecordTarget<'_>) -> Result<Option<TargetProblem>, Trouble> {
        match self.target_problem(target) {
            Ok(problem) => Ok(problem),
            Err(CallError::Fault(fault)) => match fault.kind {
                OdooFaultKind::Model => Ok(Some(TargetProblem::Missing)),
                OdooFaultKind::Forbidden => Ok(Some(TargetProblem::Forbidden)),
                _ => Err(self.trouble(CallError::Fault(fault))),
            },
            Err(error) => Err(self.trouble(error)),
        }
    }

    fn target_problem(&mut self, target: &RecordTarget<'_>) -> Result<Option<TargetProblem>, CallError> {
        let model = target.model;
        let may = self.may(model, "read")? && self.may(model, "create")?;
        if !may {
            return Ok(Some(TargetProblem::Forbidden));
        }
        let fields = self.fields(model)?;
        if !fields.contains_key("message_ids") {
            return Ok(Some(TargetProblem::NoThread));
        }
        let values = match far_values(&fields, target.values) {
            Ok(values) => values,
            Err(name) => return Ok(Some(TargetProblem::Value(name))),
        };
        if target.anonymous && !takes_anonymous(&fields) {
            return Ok(Some(TargetProblem::NotAnonymous));
        }
        let own = if looks_senders_up(&fields) { self.own_contact()? } else { None };
        let partner = own.as_ref().map(|(partner, _)| *partner);
        let sender = Address { name: "Mailgate".into(), address: "mailgate@invalid.example".into() };
        let trial = say!("odoo-trial");
        let parts = MailParts {
            subject: "Mailgate",
            body_html: &trial,
            body_text: &trial,
            sender: &sender,
            partner,
            contact: None,
            date: crate::domain::now(),
            urgency: Urgency::Usual,
        };
        let custom: Vec<(String, Value)> =
            values.iter().map(|value| (value.name.clone(), value.value.clone())).collect();
        let mut columns = columns(&fields, &parts);
        put(&mut columns, values);
        let missing = self.missing(model, &fields, &columns)?;
        if !missing.is_empty() {
            return Ok(Some(TargetProblem::Required(missing)));
        }
        // A candidate would stay.
        if !needs_candidate(&fields)
            && let Some(problem) = self.try_out(model, columns)?
        {
            return Ok(Some(problem));
        }
        // Models look their contacts up by the address itself, and some mail whom they don't find.
        match own {
            None => self.try_gateway(model, &sender.address, custom),
            Some((partner, Some(address))) => {
                let contact = ("partner_id".to_owned(), Value::Integer(partner));
                self.try_gateway(model, &address, custom.into_iter().chain([contact]).collect())
            }
            Some((_, None)) => Ok(None),
        }
    }

    /// A mail by the gateway there, as each mail that becomes a record goes, but for an attachment that no database
    /// takes: posting it is the last that happens, and it takes everything back.
    fn try_gateway(
        &mut self,
        model: &str,
        sender: &str,
        custom: Vec<(String, Value)>,
    ) -> Result<Option<TargetProblem>, CallError> {
        let at = crate::domain::now().and_utc().timestamp_micros();
        let date = crate::domain::now().format("%a, %d %b %Y %H:%M:%S +0000");
        let trial = say!("odoo-trial");
        let mail = format!(
            "From: Mailgate <{sender}>\r\nSubject: Mailgate\r\nDate: {date}\r\nMessage-ID: <trial.{at}@mailgate.invalid>\r\n\
             MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=trial\r\n\r\n--trial\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\n{trial}\r\n--trial\r\nContent-Type: text/plain\r\n\
             Content-Disposition: attachment; filename*=utf-8''{UNSTORABLE}\r\n\r\n-\r\n--trial--\r\n"
        );
        let mail = mail.into_bytes();
        let custom = Value::Struct(custom.into_iter().collect());
        let answer = self.patiently(|odoo| {
            let args =
                vec![text(model).into(), Param::Binary(vec![Stretch::Held(mail.clone())]), custom.clone().into()];
            odoo.write("mail.thread", "message_process", args, vec![("context", quiet())])
        });
        match answer {
            // It took even that: what it made is taken back by hand.
            Ok(made) => match id(&made) {
                Some(made) => self.take_back(model, made).map(|()| None),
                None => Ok(Some(TargetProblem::Refused(say!("odoo-dropped-bounce").to_string()))),
            },
            Err(CallError::Fault(fault)) if fault.said.contains(UNSTORABLE_SAID) => Ok(None),
            Err(CallError::Fault(fault)) => match fault.kind {
                OdooFaultKind::Rule | OdooFaultKind::Program => Ok(Some(TargetProblem::Refused(fault.said))),
                OdooFaultKind::Nothing => Ok(None),
                _ => Err(CallError::Fault(fault)),
            },
            Err(error) => Err(error),
        }
    }

    fn take_back(&mut self, model: &str, made: i32) -> Result<(), CallError> {
        let ids = Value::Array(vec![Value::Integer(made)]);
        self.write(model, "unlink", vec![ids.into()], vec![("context", quiet())]).map(|_| ())
    }

    /// Labels of required fields that have neither a value here nor a default there.
    fn missing(&mut self, model: &str, fields: &OdooFields, columns: &LoadColumns) -> Result<Vec<String>, CallError> {
        let made = needs_candidate(fields).then_some("candidate_id");
        let filled =
            |name: &str| made == Some(name) || columns.iter().any(|(column, _)| column.split('/').next() == Some(name));
        let required: Vec<&str> = fields
            .iter()
            .filter(|(name, field)| field.required && !field.readonly && !filled(name))
            .map(|(name, _)| name.as_str())
            .collect();
        if required.is_empty() {
            return Ok(Vec::new());
        }
        let Value::Struct(defaults) = self.read(model, "default_get", vec![texts(&required)], Vec::new())? else {
            return Ok(Vec::new());
        };
        let without = |name: &&&str| {
            let boolean = fields.get(**name).is_some_and(|field| field.kind == "boolean");
            !boolean && defaults.get(**name).is_none_or(|value| *value == Value::Boolean(false))
        };
        let label = |name: &&str| fields.get(*name).map_or_else(|| (*name).to_owned(), |field| field.label.clone());
        Ok(required.iter().filter(without).map(label).collect())
    }

    /// The account's own contact and its e-mail, to try a record out with.
    fn own_contact(&mut self) -> Result<Option<(i32, Option<String>)>, CallError> {
        let login = self.connection().login.clone();
        let domain = Value::Array(vec![condition("login", "=", text(&login))]);
        let users = self.search_read("res.users", domain, &["partner_id", "email"], "id", 1)?;
        Ok(users.first().and_then(|user| Some((id_of(user, "partner_id")?, text_of(user, "email")))))
    }

    fn try_out(&mut self, model: &str, mut columns: LoadColumns) -> Result<Option<TargetProblem>, CallError> {
        columns.push((NEVER.0.to_owned(), NEVER.1.to_owned()));
        let (names, cells): (Vec<Value>, Vec<Value>) =
            columns.iter().map(|(name, cell)| (text(name), text(cell))).unzip();
        let data = Value::Array(vec![Value::Array(cells)]);
        let args = vec![Value::Array(names), data];
        let refusal = self.patiently(|odoo| odoo.refusal(model, args.clone()))?;
        Ok(refusal.map(TargetProblem::Refused))
    }

    /// What `load()` says of its one row, beside what it was made to say.
    fn refusal(&mut self, model: &str, args: Vec<Value>) -> Result<Option<String>, CallError> {
        let answer = self.read(model, "load", args, vec![("context", quiet())])?;
        let Value::Struct(mut answer) = answer else {
            return Err(self.unexpected(say!("odoo-unexpected-trial", url = self.connection().url.as_str())));
        };
        let messages = answer.remove("messages").map(rows).unwrap_or_default();
        match messages.iter().filter(|message| is_error(message) && !is_ours(message)).find_map(said) {
            // A delivery that goes on beside it, for example.
            Some(said) if fault::is_passing(&said) => {
                Err(CallError::Fault(OdooFault { kind: OdooFaultKind::Busy, said }))
            }
            refusal => Ok(refusal),
        }
    }
}

fn is_error(message: &OdooRow) -> bool {
    text_of(message, "type").as_deref() == Some("error")
}

/// The error that was asked for.
fn is_ours(message: &OdooRow) -> bool {
    text_of(message, "field").as_deref() == Some(NEVER.0)
}

/// The words of one of `load()`'s messages, on one line.
pub(super) fn said(message: &OdooRow) -> Option<String> {
    let words = text_of(message, "message")?;
    let line = words.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    Some(crate::domain::text::shorten(&line, 600))
}

// Fields of the far end that an incoming server sets in each new record: which there are with their choices, and their
// values in both ways in which they go out.

/// A field that can be set to one, or several, of a few choices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdooSettable {
    pub name: String,
    pub label: String,
    /// It takes several.
    pub several: bool,
    /// What stands for each (an id, a code), and what a person reads.
    pub choices: Vec<(String, String)>,
}

/// More choices of one field are not shown: such a value is typed.
const CHOICES: i32 = 200;
/// Relations whose choices are asked for.
const RELATIONS: usize = 25;
/// What Odoo's own mixins bring: they say nothing of the matter.
const MIXINS: [&str; 6] = ["message_", "activity_", "my_activity", "rating_", "website_", "kanban_"];

impl Odoo {
    /// The fields of this model that can be set so, by label: selections, and relations whose rows the account may read.
    pub fn settable(&mut self, model: &str) -> Result<Vec<OdooSettable>, Trouble> {
        self.settable_fields(model).map_err(|error| self.trouble(error))
    }

    fn settable_fields(&mut self, model: &str) -> Result<Vec<OdooSettable>, CallError> {
        let fields = self.fields(model)?;
        let (mut found, mut relations) = (Vec::new(), 0);
        for (name, field) in fields.iter().filter(|(name, field)| is_settable(name, field)) {
            let several = field.kind == "many2many";
            let choices = if field.kind == "selection" {
                field.choices.clone()
            } else {
                relations += 1;
                if relations > RELATIONS {
                    continue;
                }
                match self.choices_of(&field.relation) {
                    Ok(choices) => choices,
                    Err(CallError::Fault(fault))
                        if matches!(fault.kind, OdooFaultKind::Forbidden | OdooFaultKind::Model) =>
                    {
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            };
            if !choices.is_empty() {
                found.push(OdooSettable { name: name.clone(), label: field.label.clone(), several, choices });
            }
        }
        found.sort_by(|one, other| one.label.cmp(&other.label));
        Ok(found)
    }

    fn choices_of(&mut self, relation: &str) -> Result<Vec<(String, String)>, CallError> {
        let rows = self.search_read(relation, Value::Array(Vec::new()), &["display_name"], "id", CHOICES)?;
        let choice = |row| Some((id_of(row, "id")?.to_string(), text_of(row, "display_name")?));
        Ok(rows.iter().filter_map(choice).collect())
    }
}

fn is_settable(name: &str, field: &OdooField) -> bool {
    let relates = matches!(field.kind.as_str(), "many2one" | "many2many") && field.relation != "res.partner";
    let own = FarValues::may_set(name) && !MIXINS.iter().any(|mixin| name.starts_with(mixin));
    own && !field.readonly && (relates || field.kind == "selection")
}

/// A value as it goes out: a cell of `load()`, and a value of `message_process`'s `custom_values`.
pub(super) struct FarValue {
    pub name: String,
    pub column: String,
    pub cell: String,
    pub value: Value,
}

/// The values of fields that this model has; fails with the name of one that it has not, or that takes no such value.
pub(super) fn far_values(fields: &OdooFields, values: &FarValues) -> Result<Vec<FarValue>, String> {
    let one = |(name, given): (&str, &str)| far_value(fields.get(name)?, name, given);
    values.iter().map(|value| one(value).ok_or_else(|| value.0.to_owned())).collect()
}

fn far_value(field: &OdooField, name: &str, given: &str) -> Option<FarValue> {
    if field.readonly {
        return None;
    }
    let plain = |cell: String, value| FarValue { name: name.to_owned(), column: name.to_owned(), cell, value };
    Some(match field.kind.as_str() {
        "many2one" => {
            let id = given_id(given)?;
            FarValue { column: format!("{name}/.id"), ..plain(id.to_string(), Value::Integer(id)) }
        }
        "many2many" => {
            let ids: Vec<i32> = given.split(',').map(given_id).collect::<Option<_>>()?;
            let cell = ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",");
            // Odoo's command that sets a list.
            let set = Value::Array(vec![Value::Integer(6), Value::Integer(0), numbers(&ids)]);
            FarValue { column: format!("{name}/.id"), ..plain(cell, Value::Array(vec![set])) }
        }
        "selection" if field.choices.iter().any(|(code, _)| code == given) => plain(given.to_owned(), text(given)),
        "boolean" => {
            let flag = match given {
                "true" | "1" => true,
                "false" | "0" => false,
                _ => return None,
            };
            plain(if flag { "True" } else { "False" }.to_owned(), Value::Boolean(flag))
        }
        "integer" => {
            let number = given.parse().ok()?;
            plain(given.to_owned(), Value::Integer(number))
        }
        "char" | "text" => plain(given.to_owned(), text(given)),
        _ => return None,
    })
}

fn given_id(given: &str) -> Option<i32> {
    given.trim().parse().ok().filter(|id| *id > 0)
}

/// Puts them in place of what else these fields would have got.
pub(super) fn put(columns: &mut LoadColumns, values: Vec<FarValue>) {
    for FarValue { name, column, cell, .. } in values {
        columns.retain(|(known, _)| known.split('/').next() != Some(name.as_str()));
        columns.push((column, cell));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_goes_out_as_odoo_takes_it_and_what_does_not_fit_is_named() {
        let field = |kind: &str| OdooField { kind: kind.into(), ..OdooField::default() };
        let severity = OdooField { choices: vec![("high".into(), "High".into())], ..field("selection") };
        let fields: OdooFields = [
            ("team_id", field("many2one")),
            ("tag_ids", field("many2many")),
            ("severity", severity),
            ("urgent", field("boolean")),
            ("number", OdooField { readonly: true, ..field("char") }),
        ]
        .map(|(name, field)| (name.to_owned(), field))
        .into();
        let read = |text: &str| far_values(&fields, &FarValues::parse(text).unwrap());
        let read = read("team_id = 3\ntag_ids = 4, 7\nseverity = high\nurgent = true").unwrap();
        let cells: Vec<_> = read.iter().map(|value| (value.column.as_str(), value.cell.as_str())).collect();
        assert_eq!(cells, [("team_id/.id", "3"), ("tag_ids/.id", "4,7"), ("severity", "high"), ("urgent", "True")]);
        let set = Value::Array(vec![Value::Integer(6), Value::Integer(0), numbers(&[4, 7])]);
        assert_eq!(read[1].value, Value::Array(vec![set]));
        for wrong in ["team_id = Payments", "tag_ids = 4,", "severity = worst", "urgent = maybe", "district = 1"] {
            let named = far_values(&fields, &FarValues::parse(wrong).unwrap()).err();
            assert_eq!(named.as_deref(), wrong.split(' ').next(), "{wrong}");
        }
    }
}
