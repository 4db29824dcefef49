//! A new API key of the account, in place of one that ends. Odoo makes one only for who gives the account's password: its own
//! wizard asks for that, in whatever way it is called, and takes no key for it.

use chrono::{NaiveDate, TimeDelta};

use super::fault::OdooFaultKind;
use super::session::Odoo;
use super::value::{id, members, numbers, text};
use super::wire::CallError;
use super::{Trouble, TroubleKind};
use crate::domain::now;
use crate::domain::secret::Secret;
use crate::xmlrpc::Value;
use crate::{complain, say};

/// Odoo's wizard that makes keys, and the one that asks who it is.
const MAKER: &str = "res.users.apikeys.description";
const CHECK: &str = "res.users.identitycheck";

/// The longest time that is asked for, in days.
const LONGEST: i64 = 365;

/// A key that was made.
#[derive(Debug)]
pub struct NewKey {
    pub key: Secret,
    /// Its last day.
    pub until: NaiveDate,
}

impl Odoo {
    /// Makes a key for as long as the account may have one, a year at most. The old one stays until it ends.
    pub fn new_key(&mut self, password: &Secret) -> Result<NewKey, Trouble> {
        if !self.version().makes_keys() {
            let version = self.version().text.clone();
            return Err(Trouble::new(TroubleKind::Configuration, complain!("odoo-no-key-renewal", version)));
        }
        self.make_key(password).map_err(|error| self.trouble(error))
    }

    fn make_key(&mut self, password: &Secret) -> Result<NewKey, CallError> {
        let fields = self.fields(MAKER)?;
        let offered = fields.get("duration").map(|field| field.choices.as_slice()).unwrap_or_default();
        let days =
            offered.iter().filter_map(|(days, _)| days.parse().ok()).filter(|days| (1..=LONGEST).contains(days)).max();
        let Some(days) = days else { return Err(self.no_key()) };
        let until = (now() + TimeDelta::days(days)).date();
        let wanted = members(vec![("name", text("Mailgate")), ("duration", text(&days.to_string()))]);
        let made = self.write(MAKER, "create", vec![wanted.into()], Vec::new())?;
        let made = id(&made).ok_or_else(|| self.no_key())?;
        let asks = self.write(MAKER, "make_key", vec![numbers(&[made]).into()], Vec::new())?;
        let asks = match asks {
            Value::Struct(asks) => asks.get("res_id").and_then(id),
            _ => None,
        };
        let asks = asks.ok_or_else(|| self.no_key())?;
        let context = members(vec![("password", text(password.reveal()))]);
        let answer = self.write(CHECK, "run_check", vec![numbers(&[asks]).into()], vec![("context", context)]);
        let answer = match answer {
            Err(CallError::Fault(fault)) if matches!(fault.kind, OdooFaultKind::Rule | OdooFaultKind::Denied) => {
                let login = self.connection().login.clone();
                return Err(Trouble::new(TroubleKind::Configuration, complain!("odoo-key-password", login)).into());
            }
            answer => answer?,
        };
        let key = match answer {
            Value::Struct(mut answer) => match answer.remove("context") {
                Some(Value::Struct(mut context)) => context.remove("default_key"),
                _ => None,
            },
            _ => None,
        };
        match key {
            Some(Value::String(key)) if !key.is_empty() => Ok(NewKey { key: Secret::new(key), until }),
            _ => Err(self.no_key()),
        }
    }

    fn no_key(&self) -> CallError {
        self.unexpected(say!("odoo-unexpected-key", url = self.connection().url.as_str()))
    }
}
