//! The same test on both databases.

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use mailgate::config::Config;
use mailgate::operations::App;
use mailgate::store::{Store, StoreError};

use super::{postgres, wait_for};

/// A database file with the tables of today and nothing in them, made once for all tests of this process: a copy of it
/// is there in a tenth of the time that all migrations take.
fn empty_file() -> &'static [u8] {
    static FILE: OnceLock<Vec<u8>> = OnceLock::new();
    FILE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mailgate.db");
        drop(Store::open(&file.to_string_lossy(), 1).unwrap());
        // All of it is in the file itself once the last of its connections has ended.
        let log = file.with_extension("db-wal");
        wait_for("the end of its connections", Duration::from_secs(30), || (!log.exists()).then_some(()));
        std::fs::read(file).unwrap()
    })
}

/// Makes this data folder with an empty database in it, as `mailgate` would leave it after its first start.
fn found(data: &Path) {
    use std::io::Write;
    std::fs::DirBuilder::new().mode(0o700).create(data).unwrap();
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(data.join("mailgate.db")).unwrap();
    file.write_all(empty_file()).unwrap();
}

/// Runs statements of SQL that the program itself never would.
pub fn execute(store: &Store, statements: &str) {
    store.write(|db| Ok::<_, StoreError>(db.batch_execute(statements)?)).unwrap();
}

/// An empty data folder with a database of its own.
pub struct Place {
    pub config: Config,
    _folder: tempfile::TempDir,
}

impl Place {
    pub fn sqlite() -> Self {
        let place = Self::with(String::new());
        found(&place.config.data_dir);
        place
    }

    pub fn postgres() -> Self {
        Self::with(postgres::migrated())
    }

    pub fn with(database_url: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data_dir: folder.path().join("data"), database_url, ..Config::default() };
        Self { config, _folder: folder }
    }

    /// Another one of the same kind, whose database has no tables yet.
    pub fn without_tables(&self) -> Self {
        Self::with(if self.config.database_url.is_empty() { String::new() } else { postgres::database() })
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
