//! A real PostgreSQL: one per test process in a temporary folder, reached by a Unix socket. It goes when the process
//! ends, however it ends.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::{Connection, PgConnection, RunQueryDsl};

use mailgate::store::Store;

use super::wait_for;

const INSTALL: &str = "these tests need PostgreSQL: apt-get install postgresql";

/// Initialises and serves `$0/data` as `$2` until standard input ends.
const KEEPER: &str = "as() { if [ \"$owner\" ]; then runuser -u \"$owner\" -- \"$@\"; else \"$@\"; fi; }
    folder=$0 bin=$1 owner=$2
    as $bin/initdb -D $folder/data -U postgres -A trust -E UTF8 --locale=C --no-sync >$folder/log 2>&1 || exit
    as $bin/postgres -D $folder/data -k $folder -c listen_addresses= -c fsync=off -c full_page_writes=off \
        -c max_connections=500 -c shared_buffers=64MB >>$folder/log 2>&1 &
    read line
    kill -INT $(head -n 1 $folder/data/postmaster.pid)
    wait $!
    rm -rf $folder";

struct Cluster {
    folder: PathBuf,
    databases: AtomicU32,
    /// Its standard input ends with this process.
    _keeper: Child,
}

/// The URL of a new, empty database, without even a table.
pub fn database() -> String {
    made_like("template1")
}

/// The URL of a new database with the tables of today and nothing in them. They are made once for all tests of this
/// process and copied, which takes a tenth of the time of all migrations.
pub fn migrated() -> String {
    static MIGRATED: OnceLock<String> = OnceLock::new();
    made_like(MIGRATED.get_or_init(|| {
        let url = database();
        drop(Store::open(&url, 1).unwrap());
        let (_, name) = url.rsplit_once('/').unwrap();
        // A copy can be made once the last of its connections has ended.
        let mut conn = PgConnection::establish(&self::url(&cluster().folder, "postgres")).unwrap();
        let users = format!("SELECT 1 FROM pg_stat_activity WHERE datname = '{name}'");
        wait_for("the end of its connections", Duration::from_secs(30), || {
            (diesel::sql_query(&users).execute(&mut conn).unwrap() == 0).then_some(())
        });
        name.to_owned()
    }))
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(start)
}

fn made_like(template: &str) -> String {
    let cluster = cluster();
    let name = format!("test{}", cluster.databases.fetch_add(1, Ordering::SeqCst));
    let mut conn = PgConnection::establish(&url(&cluster.folder, "postgres")).unwrap();
    diesel::sql_query(format!("CREATE DATABASE {name} TEMPLATE {template}")).execute(&mut conn).unwrap();
    url(&cluster.folder, &name)
}

/// What the server has logged of all databases.
pub fn log() -> String {
    let log = std::fs::read(cluster().folder.join("log")).unwrap();
    String::from_utf8_lossy(&log).into_owned()
}

/// The database of this URL takes no connections any more, and ends those that there are.
pub fn take_away(of: &str) {
    let (server, name) = of.rsplit_once('/').unwrap();
    let mut conn = PgConnection::establish(&format!("{server}/postgres")).unwrap();
    for statement in [
        format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"),
        format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"),
    ] {
        diesel::sql_query(statement).execute(&mut conn).unwrap();
    }
}

fn start() -> Cluster {
    let folder = tempfile::Builder::new().prefix("mailgate-postgres-").tempdir().unwrap().keep();
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    // PostgreSQL refuses to run as root.
    let owner = if root { "postgres" } else { "" };
    if root {
        let given = Command::new("chown").arg("postgres:").arg(&folder).status().unwrap();
        assert!(given.success(), "{INSTALL}");
    }
    let keeper = Command::new("sh")
        .args(["-c", KEEPER])
        .args([&folder, &programs(), Path::new(owner)])
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut cluster = Cluster { folder, databases: AtomicU32::new(0), _keeper: keeper };
    wait_for("PostgreSQL", Duration::from_secs(60), || {
        if let Some(status) = cluster._keeper.try_wait().unwrap() {
            let log = std::fs::read_to_string(cluster.folder.join("log")).unwrap_or_default();
            panic!("{INSTALL}\nit ended with {status}:\n{log}");
        }
        PgConnection::establish(&url(&cluster.folder, "postgres")).ok()
    });
    cluster
}

/// A Unix socket's folder stands in the place of the host, percent-encoded.
fn url(folder: &Path, database: &str) -> String {
    format!("postgres://postgres@{}/{database}", folder.display().to_string().replace('/', "%2F"))
}

/// Where `initdb` and `postgres` are: Debian keeps them by version, outside PATH.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect(INSTALL);
    let number = |path: &PathBuf| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.filter_map(|entry| Some(entry.ok()?.path())).max_by_key(number);
    newest.expect(INSTALL).join("bin")
}
