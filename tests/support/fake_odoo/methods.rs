//! The services and methods that a bridge calls.

use serde_json::{Value as Json, json};

use super::world::{Fault, OWN_PASSWORD, Row, TICKET, World, traceback};

type Outcome = Result<Json, Fault>;

/// Who posts.
#[derive(Clone, Copy)]
pub(super) enum By {
    /// For the sender.
    Gateway,
    Account {
        follows: bool,
    },
}

/// One row of `load()` by its columns.
fn loaded_row(columns: &Json, cells: &Json) -> Row {
    let mut row = Row::new();
    for (column, cell) in columns.as_array().unwrap().iter().zip(cells.as_array().unwrap()) {
        let (name, cell) = (column.as_str().unwrap(), cell.as_str().unwrap());
        let name = name.strip_suffix("/.id").unwrap_or(name);
        let number = matches!(name, "partner_id" | "res_id" | "registrant_id" | "household_id" | "team_id")
            .then(|| cell.parse::<i32>().unwrap());
        let value = match name {
            "is_registrant" => json!(cell == "True"),
            "tag_ids" => cell.split(',').map(|id| json!(id.parse::<i32>().unwrap())).collect(),
            _ => json!(cell),
        };
        row.insert(name.to_owned(), number.map_or(value, |number| json!(number)));
    }
    row
}

fn number(json: &Json) -> i32 {
    i32::try_from(json.as_i64().unwrap()).unwrap()
}

impl World {
    pub fn call(&mut self, service: &str, method: &str, params: &[Json]) -> Outcome {
        match (service, method) {
            ("common", "version") => Ok(json!({"server_version": self.version, "protocol_version": 1})),
            ("common", "authenticate") => {
                self.check_database(&params[0])?;
                let right = params[1] == "bridge@example.org" && params[2] == *self.password;
                Ok(if right { json!(6) } else { json!(false) })
            }
            ("db", "list") if self.lists_databases => Ok(json!(["openspp"])),
            ("object", "execute_kw") => {
                self.check_database(&params[0])?;
                if params[1] != 6 || params[2] != *self.password {
                    return Err(Fault(3, "Access Denied".into()));
                }
                let text = |at: usize| params[at].as_str().unwrap().to_owned();
                let (model, method) = (text(3), text(4));
                let none = json!({});
                let args = params[5].as_array().unwrap();
                self.execute(&model, &method, args, params.get(6).unwrap_or(&none))
            }
            _ => Err(Fault(3, "Access Denied".into())),
        }
    }

    fn check_database(&self, name: &Json) -> Result<(), Fault> {
        if name == "openspp" {
            return Ok(());
        }
        let name = name.as_str().unwrap();
        let words = format!(
            "psycopg2.OperationalError: connection to server at \"127.0.0.1\", port 5432 failed: FATAL:  database \"{name}\" does not exist"
        );
        Err(Fault(1, traceback(&words)))
    }

    pub(super) fn execute(&mut self, model: &str, method: &str, args: &[Json], kwargs: &Json) -> Outcome {
        if self.missing.contains(model) || self.schema(model).is_none() {
            return Err(Fault(2, format!("Object {model} doesn't exist")));
        }
        let needs = match method {
            "search_read" | "search" | "read" | "fields_get" => "read",
            "create" | "load" => "create",
            "message_process" => method,
            _ => "",
        };
        if self.forbidden.contains(&format!("{model}.{needs}")) {
            return Err(Fault(4, format!("You are not allowed to access 'X' ({model}) records.")));
        }
        match method {
            "check_access_rights" | "has_access" => {
                let operation = args[usize::from(method == "has_access")].as_str().unwrap();
                Ok(json!(!self.forbidden.contains(&format!("{model}.{operation}"))))
            }
            "fields_get" => Ok(self.fields_get(model)),
            "context_get" => Ok(json!({"lang": "en_US", "tz": false, "uid": 6})),
            "default_get" => Ok(json!({})),
            "search" => Ok(json!(self.search(model, &args[0])?)),
            "search_read" => self.search_read(model, &args[0], kwargs),
            "read" => Ok(args[0].as_array().unwrap().iter().filter_map(|id| self.row(model, id)).collect()),
            "create" if model == "mail.followers" => {
                for row in args[0].as_array().unwrap() {
                    let (on, record) = (row["res_model"].as_str().unwrap(), number(&row["res_id"]));
                    self.follow(on, record, number(&row["partner_id"]));
                }
                Ok(json!([1]))
            }
            "create" => {
                let id = self.insert(model, args[0].clone());
                Ok(json!(id))
            }
            "load" => Ok(self.load(model, &args[0], &args[1])),
            "check_object_reference" => self.reference(&args[0], &args[1]),
            "message_post" => {
                let by = By::Account { follows: kwargs["context"]["mail_create_nosubscribe"] != true };
                Ok(json!(self.post(model, &args[0][0], kwargs, by)))
            }
            "message_subscribe" => {
                let id = number(&args[0][0]);
                for partner in kwargs["partner_ids"].as_array().unwrap() {
                    self.follow(model, id, number(partner));
                }
                Ok(json!(true))
            }
            "write" => {
                for id in args[0].as_array().unwrap() {
                    let row = self.tables.get_mut(model).unwrap().get_mut(&number(id)).unwrap();
                    row.extend(args[1].as_object().unwrap().clone());
                }
                Ok(json!(true))
            }
            "message_process" => self.process(args),
            // Keys are made for who gives the password.
            "make_key" => {
                let asked = json!({"request": args[0]});
                let check = self.insert("res.users.identitycheck", asked);
                Ok(json!({"type": "ir.actions.act_window", "res_model": "res.users.identitycheck", "res_id": check}))
            }
            "run_check" if kwargs["context"]["password"] == OWN_PASSWORD => {
                self.key = "a newer key".into();
                Ok(json!({"res_model": "res.users.apikeys.show", "context": {"default_key": self.key}}))
            }
            "run_check" => Err(Fault(2, "Incorrect Password, try again".into())),
            _ => {
                let words = format!("AttributeError: The method '{method}' does not exist on the model '{model}'");
                Err(Fault(1, traceback(&words)))
            }
        }
    }

    fn row(&self, model: &str, id: &Json) -> Option<Json> {
        let mut row = self.tables.get(model)?.get(&i32::try_from(id.as_i64()?).ok()?)?.clone();
        row.entry("message_partner_ids").or_insert(json!([]));
        Some(Json::Object(row))
    }

    fn fields_get(&self, model: &str) -> Json {
        let field = |(name, kind, required, relation): (String, &str, bool, &str)| {
            (
                name.clone(),
                json!({"type": kind, "string": name, "required": required, "readonly": false, "relation": relation,
                "domain": if model == TICKET && name == "partner_id" { "[('is_registrant', '=', True)]" } else { "[]" },
                "selection": match (kind, name.as_str()) {
                    ("selection", "duration") => json!([["1", "1 Day"], ["90", "3 Months"], ["-1", "Custom Date"]]),
                    ("selection", "severity") => json!([["low", "Low"], ["medium", "Medium"], ["high", "High"]]),
                    ("selection", _) => json!([["beneficiary", "B"], ["non_beneficiary", "N"], ["anonymous", "A"]]),
                    _ => json!(false),
                }}),
            )
        };
        Json::Object(self.schema(model).unwrap().into_iter().map(field).collect())
    }

    fn search_read(&self, model: &str, domain: &Json, kwargs: &Json) -> Outcome {
        let mut ids = self.search(model, domain)?;
        if kwargs["order"] == "id desc" {
            ids.reverse();
        }
        ids.truncate(kwargs["limit"].as_u64().unwrap_or(80) as usize);
        Ok(ids.iter().filter_map(|id| self.row(model, &json!(id))).collect())
    }

    fn reference(&self, module: &Json, name: &Json) -> Outcome {
        let name = format!("{}.{}", module.as_str().unwrap(), name.as_str().unwrap());
        match self.external.get(&name) {
            Some((model, id)) => Ok(json!([model, id])),
            None => Err(Fault(1, traceback(&format!("ValueError: External ID not found in the system: {name}")))),
        }
    }

    /// All or nothing; a row whose external id is known is left as it is (`noupdate`).
    fn load(&mut self, model: &str, columns: &Json, data: &Json) -> Json {
        let refused = |field: &str, words: String| json!({"ids": false, "messages": [{"type": "error", "field": field, "message": words}]});
        if columns[0] == ".id" {
            let cell = |cells: &Json, at: usize| cells[at].as_str().unwrap().parse::<i32>().unwrap();
            let pairs: Vec<(i32, i32)> =
                data.as_array().unwrap().iter().map(|cells| (cell(cells, 0), cell(cells, 1))).collect();
            pairs.iter().for_each(|(record, partner)| self.follow(model, *record, *partner));
            return json!({"ids": pairs.iter().map(|(record, _)| *record).collect::<Vec<_>>(), "messages": []});
        }
        if self.locked > 0 {
            self.locked -= 1;
            let words = "could not obtain lock on row in relation \"ir_sequence_date_range\"";
            return json!({"ids": false, "messages": [{"type": "error", "message": words, "record": 0}]});
        }
        let rows: Vec<Row> = data.as_array().unwrap().iter().map(|cells| loaded_row(columns, cells)).collect();
        for row in &rows {
            if row.get("email").is_some_and(|email| email.as_str() == self.refused_address.as_deref()) {
                return refused("email", "This address may not be used.".into());
            }
            for (name, _, required, _) in self.schema(model).unwrap() {
                if required && row.get(&name).is_none_or(|value| value == "") {
                    return refused("", format!("Missing required value for the field '{name}' ({name})."));
                }
            }
            if row.get("create_date").is_some_and(|date| date == "never") {
                return refused("create_date", "'never' does not seem to be a valid datetime".into());
            }
            if self.unwanted_name.is_some() && row.get("name").and_then(Json::as_str) == self.unwanted_name.as_deref() {
                return refused("name", "Nobody may complain of this.".into());
            }
        }
        self.loads.push((model.to_owned(), rows.len()));
        let ids: Vec<i32> = rows.into_iter().map(|row| self.load_row(model, row)).collect();
        json!({"ids": ids, "messages": []})
    }

    fn load_row(&mut self, model: &str, mut row: Row) -> i32 {
        let Some(Json::String(name)) = row.remove("id") else { panic!("a row without an external id") };
        if let Some((_, id)) = self.external.get(&name) {
            return *id;
        }
        let id = self.insert(model, Json::Object(row));
        self.external.insert(name, (model.to_owned(), id));
        id
    }

    /// Whom a message is told to: who follows the record where it is one for all of them, and who is named; but for who
    /// posts it, which is the account itself unless the gateway speaks for the sender.
    pub(super) fn post(&mut self, model: &str, id: &Json, kwargs: &Json, by: By) -> i32 {
        let record = number(id);
        let mut told: Vec<i32> = Vec::new();
        if kwargs["subtype_xmlid"] != "mail.mt_note" && kwargs["notify_skip_followers"] != true {
            told.extend(self.followers(model, record));
        }
        told.extend(kwargs["partner_ids"].as_array().into_iter().flatten().map(number));
        let poster = match by {
            By::Gateway => kwargs["author_id"].as_i64().and_then(|id| i32::try_from(id).ok()),
            By::Account { .. } => Some(self.account),
        };
        for partner in told.into_iter().filter(|partner| Some(*partner) != poster) {
            let message_id = kwargs["message_id"].as_str().unwrap_or_default().to_owned();
            match self.tables["res.partner"][&partner]["partner_share"] == true {
                true => self.mails.push(format!("{partner} hears of {message_id}")),
                false => self.told.push((partner, message_id)),
            }
        }
        let follows = match by {
            By::Gateway => poster.filter(|_| !self.version.starts_with("19")),
            By::Account { follows } => poster.filter(|_| follows),
        };
        if let Some(partner) = follows {
            self.follow(model, record, partner);
        }
        let mut message = kwargs.as_object().unwrap().clone();
        message.remove("context");
        message.insert("model".into(), json!(model));
        message.insert("res_id".into(), id.clone());
        message.insert("is_internal".into(), json!(kwargs["subtype_xmlid"] == "mail.mt_note"));
        message.insert("create_date".into(), json!(mailgate::domain::now().format("%Y-%m-%d %H:%M:%S").to_string()));
        self.insert("mail.message", Json::Object(message))
    }

    /// The records of the model with this text in their name.
    pub fn named(&self, model: &str, name: &str) -> Vec<i32> {
        let rows = self.rows(model).into_iter().filter(|row| row["name"] == name);
        rows.map(|row| i32::try_from(row["id"].as_i64().unwrap()).unwrap()).collect()
    }

    pub fn tickets(&self) -> usize {
        self.rows(TICKET).len()
    }
}
