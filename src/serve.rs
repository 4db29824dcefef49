//! A process that serves: the front, the web server behind it, and the scheduler, begun and ended together.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rocket::error::ErrorKind;
use rocket::fairing::AdHoc;
use rocket::http::{Method, Status};
use rocket::tokio::runtime;
use rocket::{Build, Rocket, get, routes, uri};

use crate::config::Config;
use crate::front::{Front, Peers};
use crate::operations::App;
use crate::operations::audit::AuditShipper;

/// Why Mailgate could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(
        "{address} can't be listened on: {source}. If another program has the port, end it or choose another one: MAILGATE_PORT={}",
        .address.port().checked_add(1).unwrap_or(8001)
    )]
    Port { address: SocketAddr, source: std::io::Error },
    #[error("Mailgate could not be started: {0}")]
    Io(#[from] std::io::Error),
    #[error("the web server failed: {0}")]
    Web(String),
}

/// How long passes have to reach a safe point, once the web server has ended.
const GRACE: Duration = Duration::from_secs(4);

/// Says early that the port is taken, before anything is made.
pub fn check_port(config: &Config) -> Result<(), ServeError> {
    let address = SocketAddr::from((config.address, config.port));
    TcpListener::bind(address).map(|_| ()).map_err(|source| ServeError::Port { address, source })
}

/// Serves pages and API and fetches by schedule, until SIGTERM or SIGINT; ends within ten seconds of it. `ready` is
/// called once the port is open.
pub fn serve(app: Arc<App>, ready: impl FnOnce(&App) + Send + 'static) -> Result<(), ServeError> {
    let connections = app.web_connections();
    // Every answer takes a thread while it is sent.
    let runtime = runtime::Builder::new_multi_thread()
        .thread_name("rocket-worker")
        .max_blocking_threads(connections + 64)
        .enable_all()
        .build()?;
    let (address, peers) = (SocketAddr::from((app.config.address, app.config.port)), Peers::default());
    let front = {
        let _within = runtime.enter();
        Front::open(address, connections, app.config.trusted_proxy, peers.clone())
            .map_err(|source| ServeError::Port { address, source })?
    };
    let opening = Mutex::new(Some((front, ready)));
    let (opened, ending) = (app.clone(), app.clone());
    let rocket = behind(crate::build(app.clone()), peers)
        .attach(AdHoc::on_liftoff("front", move |rocket| {
            Box::pin(async move {
                if let Some((front, ready)) = opening.lock().take() {
                    let inner = SocketAddr::from((rocket.config().address, rocket.config().port));
                    rocket::tokio::spawn(front.serve(inner, rocket.shutdown()));
                    ready(&opened);
                }
            })
        }))
        // Passes hear of the end as soon as the web server does.
        .attach(AdHoc::on_shutdown("passes", move |_| Box::pin(async move { ending.passes.stop().request() })));
    let scheduler = app.start_scheduler()?;
    let keeper = AuditShipper::start(app.clone())?;
    let launched = runtime.block_on(rocket.launch());
    // Requests that wait for a pass are not waited for.
    runtime.shutdown_timeout(Duration::from_millis(500));
    if !scheduler.stop(GRACE) {
        tracing::warn!("a pass did not come to a safe point in time; the next start takes up what it left");
    }
    drop(keeper);
    match launched {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.kind() {
            // Connections that are still busy after the grace period are cut off, which does not make the requested end a
            // failure.
            ErrorKind::Shutdown(_, None) => {
                tracing::warn!("requests that did not end in time were cut off");
                return Ok(());
            }
            ErrorKind::Bind(source) => ServeError::Web(format!("no loopback port could be opened: {source}")),
            kind => ServeError::Web(kind.to_string()),
        }),
    }
}

/// The web server on a loopback port that the system chooses, where each request comes from the client that `peers` knows; a
/// client that connects to that port directly is told the right address, and reaches nothing else.
fn behind(rocket: Rocket<Build>, peers: Peers) -> Rocket<Build> {
    let figment = rocket.figment().clone().merge(("address", Ipv4Addr::LOCALHOST)).merge(("port", 0));
    rocket.configure(figment).mount("/", routes![misdirected]).attach(AdHoc::on_request("peers", move |request, _| {
        let client = request.remote().and_then(|front| peers.client_of(front));
        Box::pin(async move {
            match client {
                Some(client) => request.set_remote(client),
                None => {
                    request.set_method(Method::Get);
                    request.set_uri(uri!(misdirected));
                }
            }
        })
    }))
}

#[get("/.misdirected")]
fn misdirected() -> (Status, &'static str) {
    (Status::MisdirectedRequest, "This port is for Mailgate itself. Use its address.\n")
}
