//! Who wrote a mail follows its record as after a mail to Odoo's own gateway, so that the answer goes out. Nobody is told.

use std::collections::BTreeMap;

use super::contacts::quiet;
use super::deliver::{Cell, LoadRow};
use super::lead::Thread;
use super::session::Odoo;
use super::value::{condition, id_of, is_true, members, numbers, text};
use super::wire::CallError;
use super::{Trouble, TroubleKind};
use crate::xmlrpc::{Param, Value};

/// More kinds of messages than a model has.
const SUBTYPES: i32 = 200;

impl Odoo {
    /// One contact follows one record. What was cut is called once more, as nothing is told twice by it.
    pub(super) fn follow(&mut self, thread: &Thread, author: i32) {
        if !self.version().has_senders_follow() {
            return;
        }
        for is_last in [false, true] {
            let args = vec![Param::from(numbers(&[thread.id]))];
            let kwargs = vec![("partner_ids", numbers(&[author])), ("context", quiet())];
            let Err(error) = self.write(&thread.model, "message_subscribe", args, kwargs) else { return };
            let is_fault = matches!(error, CallError::Fault(_));
            let Trouble { kind, complaint, .. } = self.trouble(error);
            if is_last || is_fault || kind == TroubleKind::TimedOut {
                // The mail stands there: what is left is for a person to see.
                let words = complaint.what;
                tracing::warn!(model = thread.model, record = thread.id, %words, "the sender does not follow the record");
                return;
            }
        }
    }

    /// See [`super::Remote::follow_up`]: each contact that waits for it follows its record.
    pub(super) fn senders_follow(&mut self) -> Result<(), CallError> {
        let waiting = std::mem::take(&mut self.ahead.to_follow);
        if !self.version().has_senders_follow() {
            return Ok(());
        }
        let mut by_model: BTreeMap<String, Vec<(i32, i32)>> = BTreeMap::new();
        for (Thread { model, id }, author) in waiting {
            by_model.entry(model).or_default().push((id, author));
        }
        for (model, pairs) in by_model {
            match self.follow_together(&model, &pairs) {
                Ok(()) => {}
                Err(CallError::Fault(_)) => {
                    for (id, author) in pairs {
                        self.follow(&Thread { model: model.clone(), id }, author);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// In one call for all: as followers where the account may make these, which administrators may, and else as values of
    /// the records.
    fn follow_together(&mut self, model: &str, pairs: &[(i32, i32)]) -> Result<(), CallError> {
        if self.makes_followers()? {
            let rows = self.follower_rows(model, pairs)?;
            match self.write("mail.followers", "create", vec![rows.into()], vec![("context", quiet())]) {
                // Perhaps one of them follows by now.
                Err(CallError::Fault(_)) => {}
                made => return made.map(|_| ()),
            }
        }
        let Value::Struct(mut context) = quiet() else { return Ok(()) };
        // Beside those who follow already.
        context.insert("update_many2many".into(), Value::Boolean(true));
        let row = |(record, author): &(i32, i32)| -> LoadRow<'static> {
            vec![
                (".id".to_owned(), Cell::Text(record.to_string())),
                ("message_partner_ids/.id".to_owned(), Cell::Text(author.to_string())),
            ]
        };
        let rows: Vec<LoadRow<'static>> = pairs.iter().map(row).collect();
        let table: Vec<&[_]> = rows.iter().map(Vec::as_slice).collect();
        self.load_rows(model, &table, Value::Struct(context)).map(|_| ())
    }

    fn makes_followers(&mut self) -> Result<bool, CallError> {
        if let Some(known) = self.known.makes_followers {
            return Ok(known);
        }
        let may = self.may("mail.followers", "create")?;
        self.known.makes_followers = Some(may);
        Ok(may)
    }

    /// As Odoo makes them: users get every kind of message that is usual for the model, others what is not internal.
    fn follower_rows(&mut self, model: &str, pairs: &[(i32, i32)]) -> Result<Value, CallError> {
        let authors: Vec<i32> = pairs.iter().map(|(_, author)| *author).collect();
        let users = self.users_among(&authors)?;
        let usual = Value::Array(vec![
            condition("default", "=", Value::Boolean(true)),
            text("|"),
            condition("res_model", "=", text(model)),
            condition("res_model", "=", Value::Boolean(false)),
        ]);
        let subtypes = self.search_read("mail.message.subtype", usual, &["internal"], "id", SUBTYPES)?;
        let of = |is_user: bool| {
            let kinds = subtypes.iter().filter(|row| is_user || !is_true(row, "internal"));
            numbers(&kinds.filter_map(|row| id_of(row, "id")).collect::<Vec<_>>())
        };
        let row = |(record, author): &(i32, i32)| {
            // Odoo's command that sets a list.
            let kinds = Value::Array(vec![Value::Integer(6), Value::Integer(0), of(users.contains(author))]);
            members(vec![
                ("res_model", text(model)),
                ("res_id", Value::Integer(*record)),
                ("partner_id", Value::Integer(*author)),
                ("subtype_ids", Value::Array(vec![kinds])),
            ])
        };
        Ok(Value::Array(pairs.iter().map(row).collect()))
    }
}
