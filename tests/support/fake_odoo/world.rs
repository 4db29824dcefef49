//! What the fake Odoo holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mailgate::domain::filter;
use mailgate::xmlrpc::Value;
use serde_json::{Map, Value as Json, json};

use super::Front;

/// A code of `/xmlrpc/2`, and the words.
pub struct Fault(pub i32, pub String);

pub type Row = Map<String, Json>;

/// One database, its server, and what is in front of it. Everything may be changed between calls.
pub struct World {
    pub front: Front,
    /// A proxy in front has connections serve several calls.
    pub keeps_connections: bool,
    /// How long each call works before what it does shows.
    pub late: Duration,
    pub version: String,
    pub lists_databases: bool,
    pub password: String,
    /// The account's API key: all that JSON-2 takes.
    pub key: String,
    /// False from Odoo 20 on.
    pub has_xmlrpc: bool,
    pub db_service_blocked: bool,
    /// Services and methods that were called, in order.
    pub calls: Vec<String>,
    /// What the account may not do, as `model.operation`.
    pub forbidden: BTreeSet<String>,
    /// Models that are not installed (any more).
    pub missing: BTreeSet<String>,
    /// Fields that a mail can't fill and that became required.
    pub required: BTreeMap<String, String>,
    /// So many calls of `load()` meet a lock that another transaction holds.
    pub locked: usize,
    /// Its grievances are those of OpenSPP 2.
    pub is_openspp2: bool,
    /// And need no contact.
    pub takes_anonymous: bool,
    /// An address of which no contact may be made, by a rule of this far end.
    pub refused_address: Option<String>,
    /// A title that its own rule refuses in a record that is made without the gateway.
    pub unwanted_name: Option<String>,
    /// Models of which records were made by `load()`, and how many at once.
    pub loads: Vec<(String, usize)>,
    /// Models whose own `message_new` refuses what a mail brings, and its words.
    pub refusing: BTreeMap<String, String>,
    /// What Odoo would have mailed to people outside: `mail.mail`.
    pub mails: Vec<String>,
    /// Which users were told of which message.
    pub told: Vec<(i32, String)>,
    pub tables: HashMap<String, BTreeMap<i32, Row>>,
    pub external: HashMap<String, (String, i32)>,
    /// The contact of the account that is signed in.
    pub account: i32,
    last_id: i32,
}

pub const TICKET: &str = "spp.grm.ticket";
/// What a person signs in with to the account.
pub const OWN_PASSWORD: &str = "what only Bridge knows";
pub const LEAD: &str = "crm.lead";

impl World {
    pub fn new() -> Self {
        let mut world = Self {
            front: Front::Nothing,
            keeps_connections: false,
            late: Duration::ZERO,
            version: "17.0".into(),
            lists_databases: true,
            password: "key".into(),
            key: "key".into(),
            has_xmlrpc: true,
            db_service_blocked: false,
            calls: Vec::new(),
            forbidden: ["ir.model.read", "fetchmail.server.read", "mail.alias.write", "mail.followers.create"]
                .map(String::from)
                .into(),
            missing: BTreeSet::new(),
            required: BTreeMap::new(),
            locked: 0,
            is_openspp2: false,
            takes_anonymous: false,
            refused_address: None,
            unwanted_name: None,
            loads: Vec::new(),
            refusing: BTreeMap::new(),
            mails: Vec::new(),
            told: Vec::new(),
            tables: HashMap::new(),
            external: HashMap::new(),
            account: 0,
            last_id: 100,
        };
        world.account = world.user("Bridge", "bridge@example.org");
        for (model, name) in [(TICKET, "Grievance"), (LEAD, "Lead/Opportunity")] {
            world.insert("ir.model", json!({"model": model, "name": name, "is_mail_thread": true, "transient": false, "access_ids.perm_create": true, "modules": "spp_grm"}));
        }
        world
    }

    /// Fields by model: name, type, required, relation.
    pub fn schema(&self, model: &str) -> Option<Vec<(String, &'static str, bool, &'static str)>> {
        let fields: &[(&str, &'static str, bool, &'static str)] = match model {
            TICKET => &[
                ("name", "char", true, ""),
                ("description", "html", true, ""),
                ("partner_id", "many2one", true, "res.partner"),
                ("channel_id", "many2one", false, "spp.grm.ticket.channel"),
                ("message_ids", "one2many", false, "mail.message"),
            ],
            LEAD => &[
                ("name", "char", true, ""),
                ("email_from", "char", false, ""),
                ("partner_id", "many2one", false, "res.partner"),
                ("description", "html", false, ""),
                ("message_ids", "one2many", false, "mail.message"),
            ],
            "res.country" => &[("name", "char", true, "")],
            "res.users.apikeys.description" => &[("name", "char", true, ""), ("duration", "selection", true, "")],
            "res.partner" => &[
                ("name", "char", false, ""),
                ("email", "char", false, ""),
                ("email_normalized", "char", false, ""),
                ("phone", "char", false, ""),
                ("is_registrant", "boolean", false, ""),
                ("is_group", "boolean", false, ""),
                ("partner_share", "boolean", false, ""),
            ],
            "res.users"
            | "ir.model"
            | "ir.attachment"
            | "mail.message"
            | "mail.alias"
            | "mail.alias.domain"
            | "mail.followers"
            | "mail.message.subtype"
            | "res.users.identitycheck"
            | "spp.grm.team"
            | "spp.grm.ticket.tag"
            | "fetchmail.server"
            | "ir.model.data"
            | "ir.sequence"
            | "mail.thread"
            | "res.users.apikeys" => &[],
            _ => return None,
        };
        let newer: &[(&str, &'static str, bool, &'static str)] = match model == TICKET && self.is_openspp2 {
            true => &[
                ("complainant_type", "selection", false, ""),
                ("registrant_id", "many2one", false, "res.partner"),
                ("household_id", "many2one", false, "res.partner"),
                ("contact_name", "char", false, ""),
                ("contact_email", "char", false, ""),
                ("contact_phone", "char", false, ""),
                ("intake_date", "datetime", false, ""),
                ("severity", "selection", false, ""),
                ("team_id", "many2one", false, "spp.grm.team"),
                ("tag_ids", "many2many", false, "spp.grm.ticket.tag"),
            ],
            false => &[],
        };
        let fields = fields.iter().chain(newer);
        let further = self.required.get(model).map(|name| (name.clone(), "char", true, ""));
        let needed = |name: &str| !(self.takes_anonymous && model == TICKET && name == "partner_id");
        Some(fields.map(|(n, k, r, to)| ((*n).to_owned(), *k, *r && needed(n), *to)).chain(further).collect())
    }

    pub fn insert(&mut self, model: &str, values: Json) -> i32 {
        self.last_id += 1;
        let Json::Object(mut row) = values else { panic!("a row is an object") };
        row.insert("id".into(), self.last_id.into());
        if model == "res.partner" {
            row.entry("partner_share").or_insert(json!(true));
        }
        if let ("res.partner", Some(Json::String(email))) = (model, row.get("email")) {
            let address = email.rsplit('<').next().unwrap().trim_end_matches('>').to_lowercase();
            row.insert("email_normalized".into(), address.into());
        }
        self.tables.entry(model.to_owned()).or_default().insert(self.last_id, row);
        self.last_id
    }

    pub fn partner(&mut self, name: &str, email: &str, registrant: bool) -> i32 {
        self.insert("res.partner", json!({"name": name, "email": email, "is_registrant": registrant}))
    }

    /// A user of the far end; returns the contact that it is.
    pub fn user(&mut self, name: &str, login: &str) -> i32 {
        let partner = self.insert("res.partner", json!({"name": name, "email": login, "partner_share": false}));
        self.insert("res.users", json!({"login": login, "email": login, "partner_id": partner}));
        partner
    }

    /// The account that is signed in, among the users.
    pub fn user_id(&self) -> i32 {
        let own = |row: &&Row| row["partner_id"] == self.account;
        let row = self.rows("res.users").into_iter().find(own).unwrap();
        i32::try_from(row["id"].as_i64().unwrap()).unwrap()
    }

    pub fn follow(&mut self, model: &str, id: i32, partner: i32) {
        let row = self.tables.get_mut(model).unwrap().get_mut(&id).unwrap();
        let followers = row.entry("message_partner_ids").or_insert(json!([])).as_array_mut().unwrap();
        if !followers.contains(&json!(partner)) {
            followers.push(json!(partner));
        }
    }

    pub fn followers(&self, model: &str, id: i32) -> Vec<i32> {
        let followers = self.tables[model][&id].get("message_partner_ids").cloned().unwrap_or(json!([]));
        serde_json::from_value(followers).unwrap()
    }

    pub fn rows(&self, model: &str) -> Vec<&Row> {
        self.tables.get(model).map(|rows| rows.values().collect()).unwrap_or_default()
    }

    /// The messages on records, by Message-ID.
    pub fn messages(&self, message_id: &str) -> Vec<&Row> {
        self.rows("mail.message").into_iter().filter(|row| row["message_id"] == message_id).collect()
    }

    /// Ids of the rows that pass a domain.
    pub fn search(&self, model: &str, domain: &Json) -> Result<Vec<i32>, Fault> {
        let filter = filter::parse(domain).map_err(|error| Fault(1, traceback(&format!("ValueError: {error}"))))?;
        let rows = self.tables.get(model).into_iter().flatten();
        let passes = |row: &Row| filter::matches(&filter, &|field| row.get(field).cloned().unwrap_or(Json::Null));
        Ok(rows.filter(|(_, row)| passes(row)).map(|(id, _)| *id).collect())
    }
}

/// As Odoo writes one into a fault.
pub fn traceback(last: &str) -> String {
    format!("Traceback (most recent call last):\n  File \"odoo/http.py\", line 1, in dispatch\n    call()\n{last}\n")
}

pub fn to_json(value: &Value) -> Json {
    match value {
        Value::Integer(number) => json!(number),
        Value::Boolean(flag) => json!(flag),
        Value::String(text) => json!(text),
        Value::Double(number) => json!(number),
        Value::Base64(bytes) => json!({"base64": STANDARD.encode(bytes)}),
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::Struct(members) => {
            Json::Object(members.iter().map(|(name, one)| (name.clone(), to_json(one))).collect())
        }
        other => panic!("Odoo knows no such value: {other:?}"),
    }
}

pub fn from_json(value: &Json) -> Value {
    match value {
        Json::Null => Value::Boolean(false),
        Json::Bool(flag) => Value::Boolean(*flag),
        Json::Number(number) => Value::Integer(number.as_i64().unwrap().try_into().unwrap()),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::Array(items.iter().map(from_json).collect()),
        Json::Object(members) if members.len() == 1 && members.contains_key("base64") => {
            Value::Base64(STANDARD.decode(members["base64"].as_str().unwrap()).unwrap())
        }
        Json::Object(members) => {
            Value::Struct(members.iter().map(|(name, one)| (name.clone(), from_json(one))).collect())
        }
    }
}
