//! Downloading by POP: RETR for many at once. A message that breaks the session twice is handed on as a bad one, and
//! the next follows in a new session.

use super::session::Session;
use super::{Memory, PopMailbox, uidl_of};
use crate::mailbox::body::BodyWriter;
use crate::mailbox::failure::{Failure, Losses, generous, no_room};
use crate::mailbox::{Download, Each, FetchError, Listed, Missing, Problem, Stopped};

/// Why a download ended early.
enum Ended {
    Stopped,
    Failed(Failure),
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Ended::Failed(failure)
    }
}

impl From<Stopped> for Ended {
    fn from(_: Stopped) -> Self {
        Ended::Stopped
    }
}

impl PopMailbox {
    pub(super) fn fetch_all(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), FetchError> {
        let mut losses = Losses::default();
        let mut rest = batch;
        // How many were left when a session broke.
        let mut broke_at = None;
        let in_memory = self.account.env.limits.in_memory;
        while !rest.is_empty() {
            // A server that can't be reached any more is no matter of a message.
            self.command(|_, _| Ok(()))?;
            let mut handed = 0;
            let result = self.attempt(|session, memory| {
                let mut retrieval = Retrieval { session, memory, in_memory, handed: &mut handed };
                retrieval.all(rest, each)
            });
            rest = &rest[handed..];
            let error = match result {
                Ok(()) => continue,
                Err(Ended::Stopped) => return Err(FetchError::Stopped),
                Err(Ended::Failed(failure)) => failure.into_error(&self.account),
            };
            losses.count(error.clone())?;
            let again = broke_at.replace(rest.len()) == Some(rest.len());
            if let [first, after @ ..] = rest
                && (again || error.problem == Problem::Timeout)
            {
                self.command(|_, _| Ok(()))?;
                each(first, Err(bad_message(&error.words))).map_err(|Stopped| FetchError::Stopped)?;
                rest = after;
            }
        }
        Ok(())
    }
}

fn bad_message(why: &str) -> Missing {
    Missing::Refused(format!("The server did not hand over this message: {why}"))
}

struct Retrieval<'a> {
    session: &'a mut Session,
    memory: &'a mut Memory,
    in_memory: usize,
    /// Messages handed on so far.
    handed: &'a mut usize,
}

impl Retrieval<'_> {
    fn all(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), Ended> {
        while let rest @ [first, ..] = &batch[*self.handed..] {
            let there = |listed: &Listed| uidl_of(&listed.key).is_some_and(|uidl| self.session.find(uidl).is_some());
            let uidls: Vec<&str> =
                rest.iter().take_while(|listed| there(listed)).filter_map(|listed| uidl_of(&listed.key)).collect();
            if uidls.is_empty() {
                *self.handed += 1;
                each(first, Err(Missing::Gone))?;
                continue;
            }
            let Self { session, memory, in_memory, handed } = self;
            session.retrieve(&uidls, &mut |session, place, status| {
                let listed = &rest[place];
                let body = match status {
                    Err(said) => Err(bad_message(&said)),
                    Ok(()) => {
                        let mut body = BodyWriter::new(*in_memory);
                        session.read_message(&mut body, generous(listed.size), "hand over messages")?;
                        memory.fetched.insert(uidls[place].to_owned());
                        Ok(Download::all(body.finish().map_err(no_room)?))
                    }
                };
                **handed += 1;
                Ok::<(), Ended>(each(listed, body)?)
            })?;
        }
        Ok(())
    }
}
