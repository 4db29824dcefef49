//! Large but honest calls, and their bounds; and what rows are sorted by.

use super::client::{Api, leaf, list, member, members, s};
use crate::support::database::on_both;
use mailgate::xmlrpc::{FaultCode, Value};

on_both! {
    fn a_long_domain_an_order_that_repeats_itself_and_many_ids(place: &Place) {
        let api = Api::new(place, "admin");
        api.call("res.partner", "create", [members([("name", s("Amina"))])]).unwrap();
        let one = || leaf("name", "ilike", s("amina"));
        for operator in ["&", "|"] {
            let domain = [vec![s(operator); 499], vec![one(); 500]].concat();
            assert_eq!(api.call("res.partner", "search_count", [Value::Array(domain)]), Ok(Value::Integer(1)));
        }
        assert_eq!(api.call("res.partner", "search_count", [Value::Array(vec![one(); 1000])]), Ok(Value::Integer(1)));
        let not = [vec![s("!"); 998], vec![one()]].concat();
        assert_eq!(api.call("res.partner", "search_count", [Value::Array(not)]), Ok(Value::Integer(1)));
        let order = ("order", s(&["name desc"; 5000].join(",")));
        let found = api.call_with("res.partner", "search", [list([])], [order]).unwrap();
        assert_eq!(found, list([Value::Integer(1)]));
        let ids = |count: i32| Value::Array((1..=count).map(Value::Integer).collect());
        let named = list([s("name")]);
        let Ok(Value::Array(read)) = api.call("res.partner", "read", [ids(100_000), named.clone()]) else { panic!() };
        assert_eq!(member(&read[0], "name"), &s("Amina"));
        let (code, words) = api.call("res.partner", "read", [ids(100_001), named]).unwrap_err();
        assert_eq!((code, words.as_str()), (FaultCode::Number(1), "ValueError: read(): at most 100000 ids in one call\n"));
    }

    fn texts_sort_by_their_beginning_so_that_what_is_sorted_stays_small(place: &Place) {
        let api = Api::new(place, "admin");
        let like = "a".repeat(256);
        for (name, text) in [("3", "b".to_owned()), ("2", format!("{like}a")), ("1", format!("{like}z")), ("0", "a".into())] {
            let values = members([("name", s(name)), ("description", s(&text))]);
            api.call("spp.grm.ticket", "create", [values]).unwrap();
        }
        let order = [("order", s("description, name"))];
        let found = api.call_with("spp.grm.ticket", "search", [list([])], order).unwrap();
        // The next key decides between those that begin alike.
        assert_eq!(found, list([4, 3, 2, 1].map(Value::Integer)));
    }

    fn a_many2one_sorts_as_the_rows_that_it_points_to(place: &Place) {
        let api = Api::new(place, "admin");
        let contact = |name: &str| api.call("res.partner", "create", [members([("name", s(name))])]).unwrap();
        let (zoe, amina) = (contact("Zoë"), contact("Amina"));
        for partner in [zoe, amina, Value::Boolean(false)] {
            let values = members([("name", s("x")), ("partner_id", partner)]);
            api.call("spp.grm.ticket", "create", [values]).unwrap();
        }
        let sorted = |order: &str| {
            let found = api.call_with("spp.grm.ticket", "search", [list([])], [("order", s(order))]).unwrap();
            let Value::Array(ids) = found else { panic!() };
            ids
        };
        let ids = |ids: [i32; 3]| ids.map(Value::Integer).to_vec();
        assert_eq!(sorted("partner_id"), ids([2, 1, 3]));
        assert_eq!(sorted("partner_id desc"), ids([3, 1, 2]));
        let done = api.call("spp.grm.ticket.stage", "search", [list([leaf("code", "=", s("done"))])]).unwrap();
        let Value::Array(done) = done else { panic!() };
        let values = members([("stage_id", done[0].clone())]);
        api.call("spp.grm.ticket", "write", [list([Value::Integer(1)]), values]).unwrap();
        assert_eq!(sorted("stage_id, id"), ids([2, 3, 1]), "by the stage's place, not by its id");
    }
}
