//! `mailgate.connection`, and what `fetchmail.server` has for it.

use mailgate::xmlrpc::Value;

use crate::rpc::client::{Api, first, leaf, list, member, members, s};
use crate::support::database::on_both;
use crate::support::fake_odoo::FakeOdoo;

on_both! {
    fn a_script_connects_and_feeds(place: &Place) {
        let odoo = FakeOdoo::start();
        let api = Api::new(place, "admin");
        let url = format!("http://127.0.0.1:{}/web", odoo.port);
        let values = [
            ("name", s("OpenSPP")),
            ("url", s(&url)),
            ("database", s("openspp")),
            ("login", s("bridge@example.org")),
            ("password", s("not the key")),
        ];
        let id = api.call("mailgate.connection", "create", [members(values)]).unwrap();
        let ids = list([id.clone()]);
        let refused = api.call("mailgate.connection", "button_test", [ids.clone()]).unwrap_err();
        assert!(refused.1.contains("refused login or password"), "{refused:?}");
        let read = || {
            let fields = ["url", "state", "server_version", "spoken", "password", "waiting", "failing", "since", "why"].map(s);
            let rows = api.call("mailgate.connection", "read", [ids.clone(), list(fields)]).unwrap();
            first(&rows).clone()
        };
        assert_eq!(member(&read(), "state"), &s("draft"));
        assert_eq!(member(&read(), "password"), &Value::Boolean(false));
        assert_eq!(member(&read(), "url"), &s(url.trim_end_matches("/web")));

        api.call("mailgate.connection", "write", [ids.clone(), members([("password", s("key"))])]).unwrap();
        let passed = api.call("mailgate.connection", "button_test", [ids.clone()]).unwrap();
        assert_eq!(passed, Value::Boolean(true));
        assert_eq!((member(&read(), "state"), member(&read(), "server_version")), (&s("done"), &s("17.0")));
        assert_eq!(member(&read(), "spoken"), &s("xmlrpc"));
        let row = read();
        let told = ["waiting", "failing", "since", "why"].map(|name| member(&row, name).clone());
        let nothing = Value::Boolean(false);
        assert_eq!(told, [Value::Integer(0), nothing.clone(), nothing.clone(), nothing]);
        odoo.world().version = "19.0".into();
        api.call("mailgate.connection", "button_test", [ids.clone()]).unwrap();
        assert_eq!(member(&read(), "spoken"), &s("json2"));
        odoo.world().version = "17.0".into();
        api.call("mailgate.connection", "button_test", [ids.clone()]).unwrap();

        let types = api.call("mailgate.connection", "record_types", [ids.clone()]).unwrap();
        let Value::Array(types) = types else { panic!("{types:?}") };
        assert!(types.iter().any(|one| member(one, "model") == &s("spp.grm.ticket")), "{types:?}");

        let server = members([
            ("name", s("Support")),
            ("server_type", s("local")),
            ("connection_id", id.clone()),
            ("object_model", s("spp.grm.ticket")),
        ]);
        let server = list([api.call("fetchmail.server", "create", [server]).unwrap()]);
        let fields = ["connection_id", "object_model", "sender_policy", "no_other_fetcher", "shared_address", "far_values"];
        let fields = list(fields.map(s));
        let read = |server: &Value| {
            let rows = api.call("fetchmail.server", "read", [server.clone(), fields.clone()]).unwrap();
            first(&rows).clone()
        };
        assert_eq!(member(&read(&server), "connection_id"), &list([id.clone(), s("OpenSPP")]));
        assert_eq!(member(&read(&server), "sender_policy"), &s("known"));
        let everyone = members([
            ("sender_policy", s("everyone")),
            ("no_other_fetcher", Value::Boolean(true)),
            ("shared_address", s("oldest")),
            ("far_values", s("team_id = 3")),
        ]);
        api.call("fetchmail.server", "write", [server.clone(), everyone]).unwrap();
        assert_eq!(member(&read(&server), "sender_policy"), &s("everyone"));
        assert_eq!(member(&read(&server), "no_other_fetcher"), &Value::Boolean(true));
        assert_eq!(member(&read(&server), "shared_address"), &s("oldest"));
        assert_eq!(member(&read(&server), "far_values"), &s("team_id = 3"));
        let fed = list([leaf("connection_id", "=", id)]);
        assert_eq!(api.call("fetchmail.server", "search_count", [fed]).unwrap(), Value::Integer(1));

        let refused = api.call("mailgate.connection", "unlink", [ids.clone()]).unwrap_err();
        assert!(refused.1.contains("These incoming servers feed it: “Support”."), "{refused:?}");
        api.call("fetchmail.server", "unlink", [server]).unwrap();
        assert_eq!(api.call("mailgate.connection", "unlink", [ids]).unwrap(), Value::Boolean(true));
    }
}
