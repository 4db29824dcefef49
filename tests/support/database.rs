//! The same test on both databases.

use std::sync::Arc;

use mailgate::config::Config;
use mailgate::operations::App;

use super::postgres;

/// An empty data folder with a database of its own.
pub struct Place {
    pub config: Config,
    _folder: tempfile::TempDir,
}

impl Place {
    pub fn sqlite() -> Self {
        Self::with(String::new())
    }

    pub fn postgres() -> Self {
        Self::with(postgres::database())
    }

    fn with(database_url: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().join("data"), database_url, ..Config::default() };
        Self { config, _folder: folder }
    }

    /// Opens it, as one more process would.
    pub fn open(&self) -> Arc<App> {
        App::open(self.config.clone()).unwrap()
    }
}

/// Makes two tests of one: `on_both! { fn name(place: &Place) { … } }` runs as `name::sqlite` and `name::postgres`.
macro_rules! on_both {
    ($($(#[$meta:meta])* fn $name:ident($place:ident: &Place) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            use $crate::support::database::Place;

            fn test($place: &Place) $body

            #[test]
            fn sqlite() {
                let place = Place::sqlite();
                test(&place);
            }

            #[test]
            fn postgres() {
                test(&Place::postgres());
            }
        }
    )+};
}
pub(crate) use on_both;
