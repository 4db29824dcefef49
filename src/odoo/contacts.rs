//! Contacts at the far end: found as people write them, registrants first.

use super::Trouble;
use super::fault::OdooFaultKind;
use super::models::wants_registrants;
use super::session::Odoo;
use super::wire::{CallError, OdooRow, any_of, condition, id_of, is_true, literal, text, text_of, texts};
use crate::domain::message::{Address, has_address, normalize_address};
use crate::say;
use crate::xmlrpc::Value;

/// A contact (`res.partner`) there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdooContact {
    pub id: i32,
    pub name: String,
    /// As stored: an address, `Name <address>`, or several.
    pub email: String,
    pub phone: String,
    pub is_registrant: bool,
    /// A household or another group of registrants.
    pub is_group: bool,
}

/// How many contacts a search shows.
pub(super) const CONTACTS: i32 = 20;

impl Odoo {
    /// Contacts by name, e-mail or phone, registrants first; at most [`CONTACTS`].
    pub fn search_contacts(&mut self, words: &str) -> Result<Vec<OdooContact>, Trouble> {
        let words = words.trim();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.fields("res.partner").and_then(|fields| {
            let number = number_pattern(words);
            let patterns = [("name", None), ("email", None), ("phone", number.clone()), ("mobile", number)];
            let known = patterns.into_iter().filter(|(name, _)| fields.contains_key(*name));
            let domain =
                known.map(|(name, pattern)| condition(name, "ilike", text(&pattern.unwrap_or_else(|| literal(words)))));
            self.registrants_first(any_of(domain.collect()))
        });
        found.map_err(|error| self.trouble(error))
    }

    /// All contacts that an address belongs to, without regard to case, display name and plus-part: registrants first, then
    /// the oldest.
    pub fn contacts_by_email(&mut self, address: &str) -> Result<Vec<OdooContact>, Trouble> {
        self.senders(address).map_err(|error| self.trouble(error))
    }

    /// Whether the contacts of this model's records are to be registrants.
    pub fn wants_registrants(&mut self, model: &str) -> Result<bool, Trouble> {
        let fields = self.fields(model).map_err(|error| self.trouble(error))?;
        Ok(wants_registrants(&fields))
    }

    /// The contact of an address that no contact has: made under an external id that follows from the address, so that
    /// nobody makes it twice. As a registrant where OpenSPP knows such and `registrant` says so.
    pub fn make_contact(&mut self, sender: &Address, registrant: bool) -> Result<i32, Trouble> {
        self.sender_made(sender, registrant).map_err(|error| self.trouble(error))
    }

    /// Whether a record is there, archived or not, and the account may read it.
    pub fn has_record(&mut self, model: &str, id: i32) -> Result<bool, Trouble> {
        self.exists(model, id).map_err(|error| self.trouble(error))
    }

    pub(super) fn sender(&mut self, address: &str) -> Result<Option<OdooContact>, CallError> {
        Ok(self.senders(address)?.into_iter().next())
    }

    /// All that an address belongs to: registrants first, then the oldest.
    pub(super) fn senders(&mut self, address: &str) -> Result<Vec<OdooContact>, CallError> {
        let Some(normal) = normalize_address(address) else { return Ok(Vec::new()) };
        if let Some(known) = self.ahead.contacts(&normal) {
            return Ok(known);
        }
        let conditions = self.conditions_of_senders(std::slice::from_ref(&normal))?;
        let found = self.registrants_first(any_of(conditions))?;
        let found: Vec<_> = found.into_iter().filter(|contact| has_address(&contact.email, &normal)).collect();
        self.ahead.contact = found.first().cloned();
        Ok(found)
    }

    /// One of these holds for a contact that one of the addresses, in normal form, belongs to.
    pub(super) fn conditions_of_senders(&mut self, addresses: &[String]) -> Result<Vec<Value>, CallError> {
        let mut conditions = Vec::new();
        if self.fields("res.partner")?.contains_key("email_normalized") {
            let all: Vec<&str> = addresses.iter().map(String::as_str).collect();
            conditions.push(condition("email_normalized", "in", texts(&all)));
        }
        // The plus-part, and a display name or a second address in the same field.
        for (local, domain) in addresses.iter().filter_map(|address| address.split_once('@')) {
            let (local, domain) = (literal(local), literal(domain));
            for pattern in [
                format!("{local}@{domain}"),
                format!("{local}+%@{domain}"),
                format!("%<{local}@{domain}>%"),
                format!("%<{local}+%@{domain}>%"),
            ] {
                conditions.push(condition("email", "=ilike", text(&pattern)));
            }
        }
        Ok(conditions)
    }

    /// As [`Odoo::contact`]; those that were planned with are known.
    pub(super) fn known_contact(&mut self, id: i32) -> Result<Option<OdooContact>, CallError> {
        if let Some(contact) = self.ahead.contact(id) {
            return Ok(Some(contact));
        }
        let found = self.contacts(Value::Array(vec![condition("id", "=", Value::Integer(id))]), 1)?;
        Ok(found.into_iter().next())
    }

    /// One contact by its number; None where there is none (any more).
    pub fn contact(&mut self, id: i32) -> Result<Option<OdooContact>, Trouble> {
        let found = self.contacts(Value::Array(vec![condition("id", "=", Value::Integer(id))]), 1);
        found.map(|mut found| found.pop()).map_err(|error| self.trouble(error))
    }

    /// Gives a contact the address that a person linked it with, where it has none yet: so the next mail finds it by itself.
    /// False where the account may not.
    pub fn give_address(&mut self, id: i32, address: &str) -> Result<bool, Trouble> {
        let values = super::wire::members(vec![("email", text(address))]);
        let args = vec![super::wire::numbers(&[id]).into(), values.into()];
        match self.write("res.partner", "write", args, vec![("context", quiet())]) {
            Ok(_) => Ok(true),
            Err(CallError::Fault(fault)) if fault.kind == OdooFaultKind::Forbidden => Ok(false),
            Err(error) => Err(self.trouble(error)),
        }
    }

    /// Makes a contact and returns its number; texts may be empty but for the name. As a registrant where OpenSPP knows
    /// such and `registrant` says so.
    pub fn create_contact(&mut self, name: &str, email: &str, phone: &str, registrant: bool) -> Result<i32, Trouble> {
        self.create_partner(name, email, phone, registrant).map_err(|error| self.trouble(error))
    }

    fn create_partner(&mut self, name: &str, email: &str, phone: &str, registrant: bool) -> Result<i32, CallError> {
        let given = [("name", name), ("email", email), ("phone", phone)];
        let given = given.into_iter().filter(|(_, value)| !value.is_empty());
        let mut values: Vec<_> = given.map(|(field, value)| (field, text(value))).collect();
        if registrant && self.fields("res.partner")?.contains_key("is_registrant") {
            values.push(("is_registrant", Value::Boolean(true)));
        }
        let values = super::wire::members(values);
        let made = self.write("res.partner", "create", vec![values.into()], vec![("context", quiet())])?;
        super::wire::id(&made)
            .ok_or_else(|| self.unexpected(say!("odoo-unexpected-contact", url = self.connection().url.as_str())))
    }

    /// At most [`CONTACTS`]. One question is enough unless there are more than that.
    fn registrants_first(&mut self, domain: Value) -> Result<Vec<OdooContact>, CallError> {
        let mut found = self.contacts(domain.clone(), CONTACTS)?;
        let is_whole = i32::try_from(found.len()).is_ok_and(|count| count < CONTACTS);
        if !is_whole && self.fields("res.partner")?.contains_key("is_registrant") {
            let Value::Array(conditions) = domain else { return Ok(found) };
            let registrant = condition("is_registrant", "=", Value::Boolean(true));
            let registrants = Value::Array([registrant].into_iter().chain(conditions).collect());
            let mut registrants = self.contacts(registrants, CONTACTS)?;
            found.retain(|contact| !contact.is_registrant);
            registrants.append(&mut found);
            registrants.truncate(usize::try_from(CONTACTS).unwrap_or_default());
            return Ok(registrants);
        }
        // Stable: each kind by its numbers.
        found.sort_by_key(|contact| !contact.is_registrant);
        Ok(found)
    }

    pub(super) fn contacts(&mut self, domain: Value, limit: i32) -> Result<Vec<OdooContact>, CallError> {
        let known = self.fields("res.partner")?;
        let fields = ["name", "email", "phone", "mobile", "is_registrant", "is_group"];
        let fields: Vec<&str> = fields.into_iter().filter(|name| known.contains_key(*name)).collect();
        let rows = self.search_read("res.partner", domain, &fields, "id", limit)?;
        Ok(rows.iter().filter_map(contact).collect())
    }
}

/// What the account does for others: it does not follow what it makes or writes on.
pub(super) fn own_hand() -> Value {
    let yes = Value::Boolean(true);
    super::wire::members(vec![
        ("mail_create_nosubscribe", yes.clone()),
        ("mail_create_nolog", yes.clone()),
        // The same since Odoo 19.
        ("mail_post_autofollow_author_skip", yes),
    ])
}

/// Nothing that happens to what we make is told to anybody.
pub(super) fn quiet() -> Value {
    let Value::Struct(mut context) = own_hand() else { return Value::Nil };
    for word in ["tracking_disable", "mail_auto_subscribe_no_notify"] {
        context.insert(word.into(), Value::Boolean(true));
    }
    Value::Struct(context)
}

/// A telephone number is found however its digits are grouped there. None where these words are none.
fn number_pattern(words: &str) -> Option<String> {
    let digits: Vec<String> = words.chars().filter(char::is_ascii_digit).map(String::from).collect();
    let number = digits.len() >= 3 && words.chars().all(|c| c.is_ascii_digit() || " +-/().".contains(c));
    number.then(|| digits.join("%"))
}

fn contact(row: &OdooRow) -> Option<OdooContact> {
    let word = |field| text_of(row, field);
    Some(OdooContact {
        id: id_of(row, "id")?,
        name: word("name").unwrap_or_default(),
        email: word("email").unwrap_or_default(),
        phone: word("phone").or_else(|| word("mobile")).unwrap_or_default(),
        is_registrant: is_true(row, "is_registrant"),
        is_group: is_true(row, "is_group"),
    })
}
