//! `mailgate user`: accounts, for the first one and for whoever is locked out.

use std::io::Read;

use clap::builder::PossibleValuesParser;

use super::exit::{CommandFailure, Exit, say};
use crate::config::Config;
use crate::domain::person::{Caller, Login};
use crate::domain::secret::Secret;
use crate::operations::App;
use crate::operations::users::{self, UserForm};

#[derive(Debug, clap::Subcommand)]
pub(super) enum UserCommand {
    /// Add an account
    Add {
        /// The name to sign in with, for example an e-mail address
        login: String,
        /// What the account may do
        #[arg(long, value_parser = PossibleValuesParser::new(["system_admin", "officer", "auditor"]))]
        role: String,
        /// The person's name; the login where it is left out
        #[arg(long)]
        name: Option<String>,
        /// Read the password from the first line of standard input: it never stands in the list of processes
        #[arg(long, required = true)]
        password_stdin: bool,
    },
    /// List accounts: login, role, state and name, separated by tabs
    List,
    /// Set somebody's password and sign them out everywhere
    Passwd {
        login: String,
        /// Read the password from the first line of standard input
        #[arg(long, required = true)]
        password_stdin: bool,
    },
}

pub(super) fn run(config: Config, command: &UserCommand) -> Result<(), CommandFailure> {
    let caller = Caller::command_line();
    match command {
        UserCommand::Add { login, role, name, .. } => {
            let password = password()?;
            let form = UserForm::with([
                ("login", login.as_str()),
                ("name", name.as_ref().unwrap_or(login)),
                ("role", role),
                ("password", password.reveal()),
            ]);
            let app = App::open(config)?;
            users::add(&app, &caller, &form)?;
            say(format_args!("Added {}. Sign in at {}/login", login.trim(), app.config.base_url()))
        }
        UserCommand::List => {
            let app = App::open(config)?;
            for user in users::list(&app, &caller)? {
                let state = if user.active { "active" } else { "archived" };
                say(format_args!("{}\t{}\t{state}\t{}", user.login, user.role.code(), user.name))?;
            }
            Ok(())
        }
        UserCommand::Passwd { login, .. } => {
            let password = password()?;
            let wanted =
                Login::parse(login).map_err(|invalid| CommandFailure::new(Exit::Data, invalid.message.as_str()))?;
            let app = App::open(config)?;
            let user = users::list(&app, &caller)?.into_iter().find(|user| user.login == wanted.as_str());
            let Some(user) = user else {
                let words = format!("There is no user {}. `mailgate user list` shows who there is.", wanted.as_str());
                return Err(CommandFailure::new(Exit::Data, words));
            };
            users::set_password(&app, &caller, user.id, &password)?;
            say(format_args!("The password of {} is set, and they are signed out everywhere.", user.login))
        }
    }
}

/// More is no password; the rest is never read.
const LONGEST: u64 = 4096;

fn password() -> Result<Secret, CommandFailure> {
    let mut bytes = Vec::new();
    std::io::stdin().take(LONGEST).read_to_end(&mut bytes).map_err(|error| {
        CommandFailure::new(Exit::Io, format!("The password can't be read from standard input: {error}."))
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| CommandFailure::new(Exit::Data, "The password on standard input is no UTF-8 text."))?;
    Ok(Secret::new(text.lines().next().unwrap_or_default()))
}
