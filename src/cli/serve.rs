//! `mailgate serve`: pages, API and scheduler until told to end.

use super::exit::{CommandFailure, Exit, say};
use crate::config::Config;
use crate::operations::{App, proxy, users};
use crate::serve::{self, ServeError};

pub(super) fn run(config: Config) -> Result<(), CommandFailure> {
    serve::check_port(&config)?;
    let app = App::open(config)?;
    for worry in app.config.worries() {
        tracing::warn!("{worry}");
    }
    proxy::forget(&app)?;
    let token = users::begin_setup(&app)?;
    Ok(serve::serve(app, move |app| {
        let url = app.config.base_url();
        // Standard output may be closed, as under some supervisors; Mailgate serves all the same.
        let _ = say(format_args!("Mailgate serves {url}"));
        if let Some(token) = token {
            let _ = say(format_args!(
                "There is no user yet. Open {url}/setup and make the first administrator with this token: {}",
                token.reveal()
            ));
        }
    })?)
}

impl From<ServeError> for CommandFailure {
    fn from(error: ServeError) -> Self {
        let exit = match error {
            ServeError::Port { .. } => Exit::Unavailable,
            ServeError::Io(_) => Exit::Io,
            ServeError::Web(_) => Exit::Software,
        };
        Self::new(exit, format!("{error}."))
    }
}
