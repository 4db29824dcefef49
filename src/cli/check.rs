//! `mailgate check`: what works, what does not, and what to do.

use super::exit::{CommandFailure, Exit, say};
use crate::config::Config;
use crate::domain::person::Caller;
use crate::operations::App;
use crate::operations::health::check;
use crate::operations::proxy;

pub(super) fn run(config: Config) -> Result<(), CommandFailure> {
    let app = App::open(config)?;
    let noticed = proxy::warning(&app, &Caller::command_line())?;
    for worry in app.config.worries().into_iter().chain(noticed.map(|noticed| noticed.to_string())) {
        say(format_args!("warning {worry}"))?;
    }
    let (mut wrong, mut printed) = (0, Ok(()));
    check(&app, &Caller::command_line(), |finding| {
        let line = match &finding.failure {
            None => format!("ok      {}: {}", finding.what, finding.words),
            Some(failure) => {
                wrong += 1;
                format!("FAILED  {}: {failure}", finding.what)
            }
        };
        if let Err(failure) = say(line.trim_end()) {
            printed = Err(failure);
        }
    })?;
    printed?;
    if let Some(problem) = app.key.problem() {
        return Err(CommandFailure::new(Exit::Config, problem.complaint().to_string()));
    }
    match wrong {
        0 => Ok(()),
        1 => Err(CommandFailure::new(Exit::Unavailable, "one test failed; see above.")),
        many => Err(CommandFailure::new(Exit::Unavailable, format!("{many} tests failed; see above."))),
    }
}
