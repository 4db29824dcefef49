//! A record that was renamed is found under its number and its new name, wherever one searches.

use std::collections::BTreeMap;

use mailgate::domain::person::Role;
use mailgate::operations::records::{self, Edit, RecordQuery, Show};

use crate::support::database::on_both;
use crate::support::desk::Desk;

const MODEL: &str = "spp.grm.ticket";

on_both! {
    fn it_keeps_its_number_whatever_it_is_called(place: &Place) {
        let desk = Desk::new(place);
        let officer = Desk::caller(Role::Officer);
        let found = |words: &str| {
            let query = RecordQuery { search: words.into(), ..RecordQuery::usual(Show::All) };
            records::list(&desk.site.app, &officer, MODEL, &query).unwrap().page.lines.len()
        };
        // Titles that stand within the number, the sender or the text.
        for (n, title) in ["2026", "0", "-", "people", "lost"].into_iter().enumerate() {
            let id = desk.plain(&format!("Sender {n} <s{n}@people.example>"), title, "The card is lost");
            let (_, record, named) = desk.view(id).record.unwrap();
            let number = named.split(' ').next().unwrap().to_owned();
            let rename = |name: &str| {
                let version = records::view(&desk.site.app, &officer, MODEL, record).unwrap().record.version;
                let values = BTreeMap::from([("name".to_owned(), name.to_owned())]);
                records::change(&desk.site.app, &officer, MODEL, record, &Edit { version, values, ..Edit::default() }).unwrap();
            };
            for name in [format!("Payment{n} 2026"), "26".to_owned(), format!("Reçu{n}")] {
                rename(&name);
                assert_eq!(found(&number), 1, "{number}, called {name}");
            }
            assert_eq!((found(&format!("recu{n}")), found(&format!("Payment{n}"))), (1, 0), "the old name is gone");
            assert_eq!(found(&format!("s{n}@people.example lost")), 1, "sender and text stay");
            let browser = desk.site.signed_in("officer");
            browser.get(&format!("/records/{MODEL}?q={number}")).says(&format!("Reçu{n}"));
        }
    }
}
