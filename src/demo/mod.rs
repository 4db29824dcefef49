//! A small installation to look at: people, contacts, and a mailbox of sample mail. Everything is made through
//! `operations`, as a person would make it.

use std::path::{Path, PathBuf};

use crate::domain::id::ServerId;
use crate::domain::person::{Caller, Role};
use crate::domain::secret::Secret;
use crate::domain::words::Sentence;
use crate::operations::fetch::{self, FetchOutcome};
use crate::operations::messages::{self, LedgerPart, LedgerRequest, Tab};
use crate::operations::servers::{self, ServerForm, ServerSaved, ServerTarget};
use crate::operations::{App, OperationError, partners, users};

/// The sample mail: grievances in many languages and scripts, a reply, a forwarded mail and a bounce.
pub const SAMPLES: &[(&str, &[u8])] = &[
    ("01-missing-payment.eml", include_bytes!("maildir/01-missing-payment.eml")),
    ("02-registration-error.eml", include_bytes!("maildir/02-registration-error.eml")),
    ("03-disability-benefit.eml", include_bytes!("maildir/03-disability-benefit.eml")),
    ("04-blocked-card.eml", include_bytes!("maildir/04-blocked-card.eml")),
    ("05-new-phone-number.eml", include_bytes!("maildir/05-new-phone-number.eml")),
    ("06-removed-from-list.eml", include_bytes!("maildir/06-removed-from-list.eml")),
    ("07-pension-stopped.eml", include_bytes!("maildir/07-pension-stopped.eml")),
    ("08-allowance-missing.eml", include_bytes!("maildir/08-allowance-missing.eml")),
    ("09-marked-as-duplicate.eml", include_bytes!("maildir/09-marked-as-duplicate.eml")),
    ("10-reply.eml", include_bytes!("maildir/10-reply.eml")),
    ("11-delivery-report.eml", include_bytes!("maildir/11-delivery-report.eml")),
    ("12-forwarded-by-field-office.eml", include_bytes!("maildir/12-forwarded-by-field-office.eml")),
];

/// Who can sign in, in which role.
const PEOPLE: [(&str, &str, Role); 3] = [
    ("admin@demo.example", "Sam Admin", Role::SystemAdmin),
    ("officer@demo.example", "Olivia Officer", Role::Officer),
    ("auditor@demo.example", "Audrey Auditor", Role::Auditor),
];

/// Registrants among the senders of the sample mail.
const REGISTRANTS: [(&str, &str); 3] = [
    ("Amina Diallo", "amina.diallo@people.example"),
    ("Kofi Mensah", "kofi.mensah@people.example"),
    ("Fatima Al-Sayed", "fatima@people.example"),
];

const SERVER: &str = "Grievance Mailbox (sample)";

/// What was made, to be printed.
pub struct Made {
    pub people: Vec<DemoPerson>,
    /// What became of the sample mail: all that was seen first, then each state with its count.
    pub counts: Vec<(Sentence, i64)>,
}

pub struct DemoPerson {
    pub login: &'static str,
    pub role: Role,
    pub password: Secret,
}

#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Operation(#[from] OperationError),
    #[error("the sample mail can't be written: {0}")]
    Io(#[from] std::io::Error),
    #[error("the sample mailbox was made, but not fetched: {0}")]
    Fetch(String),
}

/// Fills an empty installation.
pub fn fill(app: &App) -> Result<Made, DemoError> {
    let caller = Caller::command_line();
    let mut people = Vec::new();
    for (login, name, role) in PEOPLE {
        let password = password()?;
        let form = users::UserForm::with([
            ("login", login),
            ("name", name),
            ("role", role.code()),
            ("password", password.reveal()),
        ]);
        users::add(app, &caller, &form)?;
        people.push(DemoPerson { login, role, password });
    }
    for (name, email) in REGISTRANTS {
        let typed = partners::TypedPartner {
            name: name.into(),
            email: email.into(),
            is_registrant: true,
            ..Default::default()
        };
        partners::create(app, &caller, &typed)?;
    }
    let maildir = app.config.mail_root().join("samples");
    write_maildir(&maildir)?;
    let server = confirmed_server(app, &caller, &maildir)?;
    match fetch::fetch_now(app, &caller, server, fetch::WAIT)? {
        FetchOutcome::Done(_) => Ok(Made { people, counts: counts(app, &caller)? }),
        FetchOutcome::Failed(complaint) => Err(DemoError::Fetch(complaint.to_string())),
        FetchOutcome::Continues(_) => Err(DemoError::Fetch("it takes too long on this computer".into())),
    }
}

/// 80 bits in lower-case letters and digits, in groups that can be typed.
fn password() -> Result<Secret, DemoError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| std::io::Error::other(error.to_string()))?;
    let letters = random.map(|byte| char::from(b"abcdefghijkmnpqrstuvwxyz23456789"[usize::from(byte % 32)]));
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(Secret::new(groups.join("-")))
}

fn write_maildir(maildir: &Path) -> std::io::Result<()> {
    for part in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(maildir.join(part))?;
    }
    for (name, source) in SAMPLES {
        std::fs::write(maildir.join("new").join(name.trim_end_matches(".eml")), source)?;
    }
    Ok(())
}

/// The same steps as in the form: save, Test & Confirm.
fn confirmed_server(app: &App, caller: &Caller, maildir: &Path) -> Result<ServerId, DemoError> {
    let mut form = ServerForm::fresh();
    for (field, value) in [
        ("name", SERVER),
        ("server_type", "local"),
        ("maildir", &maildir.to_string_lossy()),
        ("object_model", "spp.grm.ticket"),
    ] {
        form.set(field, value);
    }
    let ServerSaved::Done(view) = servers::save_for_test(app, caller, ServerTarget::New, &form)? else {
        return Err(DemoError::Fetch("somebody else uses this folder".into()));
    };
    let tested = servers::test(app, caller, view.server.id)?;
    match tested.failure() {
        None => Ok(view.server.id),
        Some(stage) => Err(DemoError::Fetch(stage.complaint.to_string())),
    }
}

fn counts(app: &App, caller: &Caller) -> Result<Vec<(Sentence, i64)>, OperationError> {
    let all = LedgerRequest {
        tab: Tab::Seen,
        reason: None,
        server: None,
        connection: None,
        search: String::new(),
        part: LedgerPart::First,
    };
    let list = messages::list(app, caller, &all)?;
    Ok(list.tabs.into_iter().map(|(tab, count)| (tab.label(), count.count)).collect())
}

// The demo's folder: made fresh each time, and never somebody's own data.

/// Marks a folder as the demo's, which may be emptied.
const MARK: &str = "mailgate-demo";

#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{0} exists and is not the demo's. Remove it, or give another folder: mailgate demo --folder FOLDER")]
    NotOurs(PathBuf),
    #[error("the folder {path} can't be made: {source}")]
    Io { path: PathBuf, source: std::io::Error },
}

/// Makes the folder, and removes what an earlier demo left there. A folder that is not the demo's is refused.
pub fn fresh(folder: &Path) -> Result<PathBuf, FolderError> {
    let failed = |source| FolderError::Io { path: folder.to_owned(), source };
    if folder.join(MARK).exists() {
        std::fs::remove_dir_all(folder).map_err(failed)?;
    }
    std::fs::create_dir_all(folder).map_err(failed)?;
    if std::fs::read_dir(folder).map_err(failed)?.next().is_some() {
        return Err(FolderError::NotOurs(folder.to_owned()));
    }
    std::fs::write(folder.join(MARK), "Made by `mailgate demo`, which empties this folder when it runs again.\n")
        .map_err(failed)?;
    folder.canonicalize().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_folder_is_emptied() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("demo");
        std::fs::write(fresh(&folder).unwrap().join("mailgate.db"), "old").unwrap();
        assert!(!fresh(&folder).unwrap().join("mailgate.db").exists());
        let own = parent.path().join("own");
        std::fs::create_dir(&own).unwrap();
        std::fs::write(own.join("thesis.txt"), "years").unwrap();
        assert!(matches!(fresh(&own), Err(FolderError::NotOurs(_))));
        assert!(own.join("thesis.txt").exists());
    }
}
