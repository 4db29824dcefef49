//! A database that is away is said soon, and whoever is signed in stays so.

use std::time::{Duration, Instant};

use crate::support::database::Place;
use crate::support::postgres;
use crate::web::site::Site;

#[test]
fn a_database_that_is_away_is_said_within_three_seconds() {
    let place = Place::postgres();
    let site = Site::new(&place);
    let browser = site.signed_in("officer");
    assert_eq!(browser.get("/records/spp.grm.ticket").status.code, 200);
    postgres::take_away(&place.config.database_url);
    for path in ["/records/spp.grm.ticket", "/"] {
        let begun = Instant::now();
        let page = browser.get(path);
        assert_eq!(page.status.code, 503, "{}", page.location);
        page.says("Mailgate could not reach its database.");
        assert!(begun.elapsed() < Duration::from_secs(3), "{path} took {:?}", begun.elapsed());
    }
}
