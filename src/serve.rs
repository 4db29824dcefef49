//! A process that serves: the web server and the scheduler, begun and ended together.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rocket::error::ErrorKind;
use rocket::fairing::AdHoc;
use rocket::tokio::runtime;

use crate::config::Config;
use crate::operations::App;

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

/// How long passes have to come to a safe point, once the web server has ended.
const GRACE: Duration = Duration::from_secs(4);

/// Says early that the port is taken, before anything is made.
pub fn check_port(config: &Config) -> Result<(), ServeError> {
    let address = SocketAddr::from((config.address, config.port));
    TcpListener::bind(address).map(|_| ()).map_err(|source| ServeError::Port { address, source })
}

/// Serves pages and API and fetches by schedule, until SIGTERM or SIGINT; ends within ten seconds of it. `ready` is
/// called once the port is open.
pub fn serve(app: Arc<App>, ready: impl FnOnce(&App) + Send + 'static) -> Result<(), ServeError> {
    let ready = Mutex::new(Some(ready));
    let (opened, ending) = (app.clone(), app.clone());
    let rocket = crate::build(app.clone())?
        .attach(AdHoc::on_liftoff("ready", move |_| {
            Box::pin(async move {
                if let Some(ready) = ready.lock().unwrap_or_else(PoisonError::into_inner).take() {
                    ready(&opened);
                }
            })
        }))
        // Passes hear of the end as soon as the web server does.
        .attach(AdHoc::on_shutdown("passes", move |_| Box::pin(async move { ending.passes.stop().request() })));
    let scheduler = app.start_scheduler()?;
    let runtime = runtime::Builder::new_multi_thread().thread_name("rocket-worker").enable_all().build()?;
    let launched = runtime.block_on(rocket.launch());
    // Requests that still wait for a pass are not waited for.
    runtime.shutdown_timeout(Duration::from_millis(500));
    if !scheduler.stop(GRACE) {
        tracing::warn!("a pass did not come to a safe point in time; the next start takes up what it left");
    }
    match launched {
        Ok(_) => Ok(()),
        Err(error) => Err(match error.kind() {
            ErrorKind::Bind(source) => {
                let address = SocketAddr::from((app.config.address, app.config.port));
                ServeError::Port { address, source: std::io::Error::new(source.kind(), source.to_string()) }
            }
            kind => ServeError::Web(kind.to_string()),
        }),
    }
}
