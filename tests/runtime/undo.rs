//! An import is undone, and taken up again, exactly once, however often that is killed.

use std::time::Duration;

use diesel::prelude::*;
use mailgate::domain::fetching::{ImportDeed, ImportState};
use mailgate::domain::id::ServerId;
use mailgate::domain::ledger::{MailState, Reason};
use mailgate::domain::person::Caller;
use mailgate::operations::fetch::{self, ImportView};
use mailgate::store::StoreError;
use mailgate::store::schema::{claims, message_history, records};

use super::kill::Moments;
use super::{Site, mail};
use crate::support::{free_port, wait_for};

const MAILS: usize = 400;

fn import(site: &Site) -> ImportView {
    fetch::imports_of(&site.app, &Caller::command_line(), ServerId(1)).unwrap().remove(0)
}

/// Lines of the history, records in the lists, claims.
fn counts(site: &Site, state: MailState, reason: Option<Reason>) -> (i64, i64, i64) {
    site.app
        .store
        .read(|db| {
            let lines: Vec<(MailState, Option<Reason>)> =
                message_history::table.select((message_history::state, message_history::reason_code)).load(db)?;
            let lines = lines.into_iter().filter(|line| *line == (state, reason)).count() as i64;
            let shown = records::table.filter(records::active.eq(true)).count().get_result(db)?;
            Ok::<_, StoreError>((lines, shown, claims::table.count().get_result(db)?))
        })
        .unwrap()
}

#[test]
fn an_undo_that_is_killed_again_and_again_takes_back_each_mail_once() {
    let site = Site::new();
    let maildir = site.add_local("undone");
    for number in 0..MAILS {
        std::fs::write(maildir.join("new").join(format!("{number:06}")), mail(number)).unwrap();
    }
    assert_eq!(site.run(&["fetch"], "").code, Some(0));
    let all = MAILS as i64;
    // What it comes to by itself has no line of its own, until more happens to it.
    assert_eq!(counts(&site, MailState::Delivered, None), (0, all, all));
    let mut moments = Moments(7);
    let mut kills = 0;
    for (deed, end) in [(ImportDeed::Undo, ImportState::Undone), (ImportDeed::Restore, ImportState::Done)] {
        fetch::decide_imports(&site.app, &Caller::command_line(), ServerId(1), deed).unwrap();
        let mut rounds = 0;
        while import(&site).state != end {
            assert!(rounds < 100, "{:?}", import(&site));
            rounds += 1;
            let port = free_port().to_string();
            let mut serving = site.installation.command(&["serve"]).env("MAILGATE_PORT", port).spawn().unwrap();
            let begun = import(&site).undo.after;
            // Once it works at it, so that it is killed in the middle.
            wait_for("a batch", Duration::from_secs(60), || {
                let import = import(&site);
                (import.undo.after > begun || import.state == end).then_some(())
            });
            std::thread::sleep(moments.next(Duration::from_millis(60)));
            serving.kill().unwrap();
            serving.wait().unwrap();
            kills += 1;
        }
        match deed {
            ImportDeed::Undo => {
                assert_eq!(counts(&site, MailState::Ignored, Some(Reason::ImportUndone)), (all, 0, 0));
                assert_eq!(import(&site).undo.taken_back as usize, MAILS);
            }
            _ => assert_eq!(counts(&site, MailState::Delivered, None), (2 * all, all, all)),
        }
    }
    assert!(kills >= 3, "killed {kills} times");
}
