//! What connectors of today ask beyond reading and writing: groups, tables, external ids, and who may do what.

use serde_json::{Value, json};

use crate::support::database::{Place, on_both};
use mailgate::api::{Api, ObjectCall};
use mailgate::domain::id::UserId;
use mailgate::domain::person::{Caller, Role};

/// A caller of the API, without a wire.
struct Connector {
    api: Api,
    caller: Caller,
}

impl Connector {
    fn new(place: &Place, role: Role) -> Self {
        let site = crate::web::site::Site::new(place);
        let (id, login) = match role {
            Role::SystemAdmin => (1, "admin"),
            Role::Officer => (2, "officer"),
            Role::Auditor => (3, "auditor"),
        };
        let caller = Caller { user: Some(UserId(id)), login: login.into(), role, address: None };
        Self { api: Api::new(site.app), caller }
    }

    fn of(&self, login: &str, id: i32, role: Role) -> Caller {
        Caller { user: Some(UserId(id)), login: login.into(), role, address: None }
    }

    fn try_call(&self, model: &str, method: &str, args: Value, named: Value) -> Result<Value, String> {
        let (Value::Array(args), Value::Object(named)) = (args, named) else { panic!() };
        let call = ObjectCall { model: model.into(), method: method.into(), args, kwargs: named };
        self.api.call(&self.caller, &self.api.room(), call).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn call(&self, model: &str, method: &str, args: Value, named: Value) -> Value {
        self.try_call(model, method, args, named).unwrap_or_else(|error| panic!("{model}.{method}: {error}"))
    }
}

on_both! {
    fn rows_are_counted_and_summed_up_in_groups(place: &Place) {
        let connector = Connector::new(place, Role::Officer);
        let call = |method: &str, args: Value, named: Value| connector.call("spp.grm.ticket", method, args, named);
        let amina = connector.call("res.partner", "create", json!([{"name": "Amina"}]), json!({}));
        let zoe = connector.call("res.partner", "create", json!([{"name": "Zoe"}]), json!({}));
        for (name, partner, priority, date) in [
            ("one", &zoe, "2", "2026-01-31 23:30:00"),
            ("two", &amina, "2", "2026-02-01 00:30:00"),
            ("three", &amina, "1", "2026-02-28 10:00:00"),
            ("four", &json!(false), "1", "2026-04-05 10:00:00"),
        ] {
            call("create", json!([{"name": name, "partner_id": partner, "priority": priority, "date": date}]), json!({}));
        }

        let groups = call("read_group", json!([[], ["partner_id"], ["partner_id"]]), json!({}));
        assert_eq!(groups, json!([
            {"partner_id": [amina, "Amina"], "partner_id_count": 2, "__domain": [["partner_id", "=", amina]]},
            {"partner_id": [zoe, "Zoe"], "partner_id_count": 1, "__domain": [["partner_id", "=", zoe]]},
            {"partner_id": false, "partner_id_count": 1, "__domain": [["partner_id", "=", false]]},
        ]));
        // What a group says of itself finds its rows.
        for group in groups.as_array().unwrap() {
            assert_eq!(call("search_count", json!([group["__domain"]]), json!({})), group["partner_id_count"]);
        }
        let months = call("read_group", json!([[["name", "!=", "four"]], [], ["date:month", "priority"]]), json!({}));
        assert_eq!(months, json!([
            {
                "date:month": "January 2026", "date_count": 1,
                "__range": {"date:month": {"from": "2026-01-01 00:00:00", "to": "2026-02-01 00:00:00"}},
                "__domain": ["&", ["name", "!=", "four"], "&", ["date", ">=", "2026-01-01 00:00:00"], ["date", "<", "2026-02-01 00:00:00"]],
                "__context": {"group_by": ["priority"]},
            },
            {
                "date:month": "February 2026", "date_count": 2,
                "__range": {"date:month": {"from": "2026-02-01 00:00:00", "to": "2026-03-01 00:00:00"}},
                "__domain": ["&", ["name", "!=", "four"], "&", ["date", ">=", "2026-02-01 00:00:00"], ["date", "<", "2026-03-01 00:00:00"]],
                "__context": {"group_by": ["priority"]},
            },
        ]));
        let all = call("read_group", json!([[], ["message_attachment_count", "latest:max(date)"], []]), json!({}));
        assert_eq!(all, json!([{"__count": 4, "message_attachment_count": 0, "latest": "2026-04-05 10:00:00", "__domain": []}]));
        let both = json!({"lazy": false, "orderby": "priority desc, partner_id", "limit": 2, "offset": 1});
        let both = call("read_group", json!([[], [], ["priority", "partner_id"]]), both);
        assert_eq!(both[0]["priority"], "2");
        assert_eq!((&both[0]["partner_id"][1], &both[0]["__count"]), (&json!("Zoe"), &json!(1)));
        assert_eq!(both[1]["priority"], "1");

        let asked = json!({"domain": [], "groupby": ["priority"], "aggregates": ["__count", "date:min", "partner_id:count_distinct"]});
        assert_eq!(call("formatted_read_group", json!([]), asked), json!([
            {"priority": "1", "__count": 2, "date:min": "2026-02-28 10:00:00", "partner_id:count_distinct": 1, "__extra_domain": [["priority", "=", "1"]]},
            {"priority": "2", "__count": 2, "date:min": "2026-01-31 23:30:00", "partner_id:count_distinct": 2, "__extra_domain": [["priority", "=", "2"]]},
        ]));
        for (by, beginnings) in [
            ("year", vec![("2026-01-01 00:00:00", "2026")]),
            ("quarter", vec![("2026-01-01 00:00:00", "Q1 2026"), ("2026-04-01 00:00:00", "Q2 2026")]),
            ("week", vec![
                ("2026-01-25 00:00:00", "W5 2026"), ("2026-02-01 00:00:00", "W6 2026"),
                ("2026-02-22 00:00:00", "W9 2026"), ("2026-04-05 00:00:00", "W15 2026"),
            ]),
            ("day", vec![
                ("2026-01-31 00:00:00", "31 Jan 2026"), ("2026-02-01 00:00:00", "01 Feb 2026"),
                ("2026-02-28 00:00:00", "28 Feb 2026"), ("2026-04-05 00:00:00", "05 Apr 2026"),
            ]),
            ("hour", vec![
                ("2026-01-31 23:00:00", "11:00 31 Jan"), ("2026-02-01 00:00:00", "12:00 01 Feb"),
                ("2026-02-28 10:00:00", "10:00 28 Feb"), ("2026-04-05 10:00:00", "10:00 05 Apr"),
            ]),
        ] {
            let spec = format!("date:{by}");
            let groups = call("formatted_read_group", json!([[], [spec], ["__count"]]), json!({}));
            let told: Vec<Value> = groups.as_array().unwrap().iter().map(|group| group[&spec].clone()).collect();
            assert_eq!(json!(told), json!(beginnings), "{by}");
            for group in groups.as_array().unwrap() {
                assert_eq!(call("search_count", json!([group["__extra_domain"]]), json!({})), group["__count"], "{by}");
            }
        }
        let having = json!({"groupby": ["partner_id"], "aggregates": ["__count"], "having": [["__count", ">", 1]]});
        let having = call("formatted_read_group", json!([[]]), having);
        assert_eq!(having[0]["partner_id"][1], "Amina");
        assert_eq!(having.as_array().unwrap().len(), 1);
        let ordered = json!({"groupby": ["priority"], "aggregates": ["__count"], "order": "__count desc, priority desc"});
        assert_eq!(call("formatted_read_group", json!([[]]), ordered)[0]["priority"], "2");
        let models = connector.call("ir.model", "formatted_read_group", json!([[], ["is_mail_thread"], ["__count"]]), json!({}));
        assert!(models.as_array().unwrap().iter().any(|group| group["is_mail_thread"] == true), "{models}");
        assert_eq!(connector.call("res.partner", "read_group", json!([[], [], ["is_registrant"]]), json!({}))[0]["is_registrant"], false);

        for (args, words) in [
            (json!([[], [], ["nope"]]), "Invalid field 'nope' on model 'spp.grm.ticket'"),
            (json!([[], [], ["message_ids"]]), "Cannot group by the field 'message_ids'"),
            (json!([[], [], ["priority:month"]]), "only moments and days"),
            (json!([[], [], ["date:decade"]]), "isn't a valid granularity"),
            (json!([[], ["name:sum"], ["priority"]]), "Invalid aggregate method 'sum' for 'name'"),
            (json!([[], ["name:drop"], ["priority"]]), "Invalid aggregate method 'drop'"),
            (json!([[["nope", "=", 1]], [], []]), "Invalid field spp.grm.ticket.nope"),
        ] {
            let refused = connector.try_call("spp.grm.ticket", "read_group", args.clone(), json!({})).unwrap_err();
            assert!(refused.contains(words), "{args}: {refused}");
        }
        let order = json!({"orderby": "name"});
        assert!(connector.try_call("spp.grm.ticket", "read_group", json!([[], [], ["priority"]]), order).is_err());
    }

    /// Groups tell no more than a caller may read: the accounts of others neither by count nor by name of a field.
    fn groups_are_of_what_the_caller_may_read(place: &Place) {
        let connector = Connector::new(place, Role::Officer);
        let own = connector.call("res.users", "read_group", json!([[], [], ["login"]]), json!({}));
        assert_eq!(own.as_array().unwrap().len(), 1);
        assert_eq!(own[0]["login"], "officer");
        assert!(connector.try_call("fetchmail.server", "read_group", json!([[], [], []]), json!({})).is_err());
        let secret = connector.try_call("res.users", "read_group", json!([[], [], ["password"]]), json!({}));
        assert!(secret.is_err(), "{secret:?}");
        let through = connector.try_call("spp.grm.ticket", "read_group", json!([[], [], ["user_id.login"]]), json!({}));
        assert!(through.is_err(), "{through:?}");
    }

    fn a_table_makes_and_changes_rows_by_their_external_ids(place: &Place) {
        let connector = Connector::new(place, Role::Officer);
        let load = |model: &str, fields: Value, data: Value| connector.call(model, "load", json!([fields, data]), json!({}));
        let contacts = load(
            "res.partner",
            json!(["id", "name", "email", "is_registrant"]),
            json!([["crm.amina", "Amina", "amina@people.example", "yes"], ["zoe", "Zoe", "", "0"]]),
        );
        assert_eq!(contacts["messages"], json!([]), "{contacts}");
        let ids = contacts["ids"].as_array().unwrap().clone();
        let rows = connector.call("res.partner", "read", json!([ids, ["name", "email", "is_registrant"]]), json!({}));
        assert_eq!(rows, json!([
            {"id": ids[0], "name": "Amina", "email": "amina@people.example", "is_registrant": true},
            {"id": ids[1], "name": "Zoe", "email": false, "is_registrant": false},
        ]));
        // Once more: the same rows are changed, and none is made.
        let again = load("res.partner", json!(["id", "phone"]), json!([["crm.amina", "+221 77"], ["__import__.zoe", "+221 78"]]));
        assert_eq!(again["ids"], json!(ids));
        assert_eq!(connector.call("res.partner", "search_count", json!([[]]), json!({})), 2);

        let tickets = load(
            "spp.grm.ticket",
            json!(["id", "name", "partner_id/id", "stage_id", "priority", "date"]),
            json!([
                ["t.1", "Payment", "crm.amina", "New", "High", "2026-01-02T10:00:00Z"],
                ["t.2", "Card", "zoe", "Done", "1", "2026-01-03"],
            ]),
        );
        let stages = connector.call("spp.grm.ticket.stage", "search_read", json!([[], ["name"]]), json!({}));
        assert_eq!(tickets["messages"], json!([]), "{tickets} {stages}");
        let by_name = load("spp.grm.ticket", json!(["name", "partner_id", ".id"]), json!([["Card, again", "Amina", tickets["ids"][1]]]));
        assert_eq!(by_name["ids"], json!([tickets["ids"][1]]), "{by_name}");
        let fields = json!(["id", ".id", "name", "partner_id", "partner_id/email", "partner_id/id", "stage_id/name", "closed"]);
        let exported = connector.call("spp.grm.ticket", "export_data", json!([tickets["ids"], fields]), json!({}));
        assert_eq!(exported, json!({"datas": [
            ["t.1", tickets["ids"][0].to_string(), "Payment", "Amina", "amina@people.example", "crm.amina", "New", false],
            ["t.2", tickets["ids"][1].to_string(), "Card, again", "Amina", "amina@people.example", "crm.amina", "Done", true],
        ]}));
        // A row without an external id is given one that leads back to it.
        let unnamed = connector.call("res.partner", "create", json!([{"name": "No name"}]), json!({}));
        let exported = connector.call("res.partner", "export_data", json!([[unnamed], ["id", "email"]]), json!({}));
        assert_eq!(exported["datas"], json!([[format!("__export__.res_partner_{unnamed}"), ""]]));
        let back = load("res.partner", json!(["id", "email"]), json!([[exported["datas"][0][0], "no@people.example"]]));
        assert_eq!(back["ids"], json!([unnamed]));

        // What is wrong is told by its row, and nothing is done.
        for (fields, row, words) in [
            (json!(["name", "priority"]), json!(["x", "99"]), "does not seem to be a selection for field"),
            (json!(["name", "partner_id"]), json!(["x", "Nobody"]), "No matching record found for name 'Nobody' in field"),
            (json!(["name", "partner_id/id"]), json!(["x", "no.body"]), "No matching record found for external id 'no.body'"),
            (json!(["name", "partner_id/id"]), json!(["x", "t.1"]), "No matching record found for external id 't.1'"),
            (json!(["name", "active"]), json!(["x", "perhaps"]), "does not seem to be a boolean"),
            (json!(["name"]), json!([""]), "mandatory field"),
            (json!(["name", ".id"]), json!(["x", 99999]), "does not exist"),
            (json!(["id", "name"]), json!(["a b", "x"]), "no blanks"),
        ] {
            let before = connector.call("spp.grm.ticket", "search_count", json!([[]]), json!({}));
            let good: Value = fields.as_array().unwrap().iter().map(|name| if name == "name" { json!("Good") } else { json!("") }).collect();
            let refused = load("spp.grm.ticket", fields.clone(), json!([good, row]));
            assert_eq!(refused["ids"], false, "{fields} {row}");
            let message = &refused["messages"][0];
            assert!(message["message"].as_str().unwrap().contains(words), "{fields} {row}: {message}");
            assert_eq!(message["rows"], json!({"from": 1, "to": 1}), "{fields} {row}");
            assert_eq!(message["type"], "error");
            assert_eq!(connector.call("spp.grm.ticket", "search_count", json!([[]]), json!({})), before);
        }
        assert!(connector.try_call("spp.grm.ticket", "load", json!([["nope"], []]), json!({})).is_err());
        assert!(connector.try_call("spp.grm.ticket", "load", json!([["number"], []]), json!({})).is_err(), "what can't be written");
    }

    fn an_external_id_is_given_found_and_taken_away(place: &Place) {
        let connector = Connector::new(place, Role::Officer);
        let data = |method: &str, args: Value| connector.try_call("ir.model.data", method, args, json!({}));
        let amina = connector.call("res.partner", "create", json!([{"name": "Amina"}]), json!({}));
        let given = json!({"module": "__api__", "name": "amina", "model": "res.partner", "res_id": amina});
        let id = data("create", json!([given])).unwrap();
        let row = data("search_read", json!([[["name", "=", "amina"]], ["complete_name", "model", "res_id", "reference"]])).unwrap();
        assert_eq!(row, json!([{"id": id, "complete_name": "__api__.amina", "model": "res.partner", "res_id": amina,
                                "reference": format!("res.partner,{amina}")}]));
        assert_eq!(data("search_count", json!([[["complete_name", "=", "__api__.amina"]]])).unwrap(), 1);
        assert_eq!(data("check_object_reference", json!(["__api__", "amina"])).unwrap(), json!(["res.partner", amina]));
        assert!(data("check_object_reference", json!(["__api__", "nobody"])).unwrap_err().contains("External ID not found"));
        assert!(data("create", json!([given])).unwrap_err().contains("__api__.amina belongs to another row"));
        for wrong in [
            json!({"name": "a b", "model": "res.partner", "res_id": amina}),
            json!({"name": "x", "model": "no.such", "res_id": 1}),
            json!({"name": "x", "model": "res.partner", "res_id": 99999}),
            json!({"name": "x", "model": "fetchmail.server", "res_id": 1}),
            json!({"name": "x", "model": "res.users", "res_id": 1}),
        ] {
            assert!(data("create", json!([wrong])).is_err(), "{wrong}");
        }
        data("write", json!([[id], {"name": "amina.diallo"}])).unwrap();
        data("unlink", json!([[id]])).unwrap();
        assert_eq!(data("search_count", json!([[]])).unwrap(), 0);
    }

    fn who_may_do_what_and_who_did_it_is_told(place: &Place) {
        let connector = Connector::new(place, Role::Officer);
        let access = |args: Value| connector.try_call("ir.model.access", "check", args, json!({}));
        assert_eq!(access(json!(["res.partner", "write"])), Ok(json!(true)));
        assert_eq!(access(json!(["fetchmail.server", "read", false])), Ok(json!(false)));
        assert!(access(json!(["fetchmail.server", "read"])).unwrap_err().contains("not allowed to access"));
        let of_contacts = json!([[["model_id.model", "=", "res.partner"]], ["perm_read", "perm_write", "perm_unlink", "group_id"]]);
        let rows = connector.call("ir.model.access", "search_read", of_contacts, json!({}));
        assert_eq!(rows.as_array().unwrap().len(), 3, "one for each role: {rows}");
        assert!(rows.as_array().unwrap().iter().all(|row| row["perm_read"] == true && row["perm_unlink"] == false));

        let france = connector.call("res.country", "name_search", json!(["france"]), json!({"limit": 1}));
        assert_eq!(france, json!([[75, "France"]]));
        assert_eq!(connector.call("res.country", "search", json!([[["code", "=", "US"]]]), json!({})), json!([233]));
        assert_eq!(connector.call("res.country.state", "search_read", json!([[]]), json!({})), json!([]));
        let company = connector.call("res.users", "read", json!([[2], ["company_id"]]), json!({}))[0]["company_id"].clone();
        let read = connector.call("res.company", "read", json!([[company[0]], ["name", "parent_id"]]), json!({}));
        assert_eq!(read, json!([{"id": company[0], "name": company[1], "parent_id": false}]));
        assert_eq!(connector.call("res.company", "search", json!([[["id", "child_of", 1]]]), json!({})), json!([1]));

        let id = connector.call("res.partner", "create", json!([{"name": "Amina"}]), json!({}));
        let admin = Connector { caller: connector.of("admin", 1, Role::SystemAdmin), api: connector.api };
        admin.call("res.partner", "write", json!([[id], {"phone": "+221 77"}]), json!({}));
        let read = admin.call("res.partner", "read", json!([[id], ["create_uid", "write_uid"]]), json!({}));
        assert_eq!((&read[0]["create_uid"][0], &read[0]["write_uid"][0]), (&json!(2), &json!(1)), "{read}");
        let mine = admin.call("res.partner", "search", json!([[["create_uid", "=", 2]]]), json!({}));
        assert_eq!(mine, json!([id]));
        for (value, found) in [(json!(id), 1), (json!([id]), 1), (json!("ami"), 1), (json!([99999]), 0), (json!(false), 0)] {
            for operator in ["child_of", "parent_of"] {
                let domain = json!([[["id", operator, value]]]);
                assert_eq!(admin.call("res.partner", "search_count", domain, json!({})), found, "{operator} {value}");
            }
        }
        let ticket = admin.call("spp.grm.ticket", "create", json!([{"name": "x", "partner_id": id}]), json!({}));
        let below = json!([[["partner_id", "child_of", id]]]);
        assert_eq!(admin.call("spp.grm.ticket", "search", below, json!({})), json!([ticket]));
        let made = admin.call("spp.grm.ticket", "read_group", json!([[], [], ["create_uid"]]), json!({}));
        assert_eq!(made[0]["create_uid"][0], 1, "{made}");
    }
}
