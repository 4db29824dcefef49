//! Downloading: small messages many at a time, large ones piece by piece into a file. What fails together is repeated
//! one by one, so that one bad message costs no other.

use std::collections::HashMap;
use std::io::Write;

use super::session::Session;
use super::sets::uid_sets;
use super::{ImapMailbox, uid_of};
use crate::mailbox::body::BodyWriter;
use crate::mailbox::failure::{Failure, Losses, generous, no_room};
use crate::mailbox::{Body, Download, Each, FetchError, Listed, Missing, Problem, Stopped};

/// One answer: bytes of all messages in it together, and how many.
const TOGETHER: (u64, usize) = (2 << 20, 500);
/// Bytes of one piece of a large message.
const PIECE: u64 = 1 << 20;

impl ImapMailbox {
    pub(super) fn fetch_all(&mut self, batch: &[Listed], each: &mut Each<'_>) -> Result<(), FetchError> {
        let in_memory = self.account.env.limits.in_memory as u64;
        let mut losses = Losses::default();
        let mut rest = batch;
        while !rest.is_empty() {
            let mut bytes = 0;
            let small = rest.iter().take(TOGETHER.1).take_while(|listed| {
                bytes += listed.size;
                listed.size <= in_memory && bytes <= TOGETHER.0
            });
            let (group, after) = rest.split_at(small.count().max(1));
            rest = after;
            if let [alone] = group {
                self.fetch_alone(alone, &mut losses, each)?;
                continue;
            }
            let mut bodies = match self.attempt(|session| fetch_together(session, group)) {
                Ok(bodies) => bodies,
                Err(Failure::Refused { .. }) => HashMap::new(),
                Err(Failure::Broken(error)) => {
                    losses.count(error)?;
                    HashMap::new()
                }
            };
            for (number, listed) in group.iter().enumerate() {
                match bodies.remove(&number) {
                    Some(body) => each(listed, Ok(Download::all(Body::Memory(body)))).map_err(stopped)?,
                    None => self.fetch_alone(listed, &mut losses, each)?,
                }
            }
        }
        Ok(())
    }

    /// Tries twice, because the first failure may have been another's.
    fn fetch_alone(&mut self, listed: &Listed, losses: &mut Losses, each: &mut Each<'_>) -> Result<(), FetchError> {
        let mut why = String::new();
        for _ in 0..2 {
            self.command(|_| Ok(()))?;
            match self.attempt(|session| fetch_one(session, listed)) {
                Ok(Some(body)) => return each(listed, Ok(Download::all(body))).map_err(stopped),
                Ok(None) => {
                    why = "it is not there any more".into();
                    break;
                }
                Err(Failure::Refused { said, .. }) => why = said,
                Err(Failure::Broken(error)) if error.problem == Problem::Local => return Err(error.into()),
                Err(Failure::Broken(error)) => {
                    why = error.words.clone();
                    let late = error.problem == Problem::Timeout;
                    losses.count(error)?;
                    if late {
                        break;
                    }
                }
            }
        }
        // A server that can't be reached any more is no matter of this message.
        self.command(|_| Ok(()))?;
        let words = format!("{} did not hand over this message: {why}", self.account.place());
        each(listed, Err(Missing::Refused(words))).map_err(stopped)
    }
}

fn stopped(Stopped: Stopped) -> FetchError {
    FetchError::Stopped
}

/// The bodies of these messages by their place in the group; those missing need another try.
fn fetch_together(session: &mut Session, group: &[Listed]) -> Result<HashMap<usize, Vec<u8>>, Failure> {
    let places: HashMap<u32, usize> =
        group.iter().enumerate().filter_map(|(place, listed)| Some((uid_of(&listed.key, session)?, place))).collect();
    let mut uids: Vec<u32> = places.keys().copied().collect();
    uids.sort_unstable();
    let bytes = generous(group.iter().map(|listed| listed.size + 1024).sum());
    let literal = generous(group.iter().map(|listed| listed.size).max().unwrap_or(0));
    let mut bodies = HashMap::with_capacity(group.len());
    for set in uid_sets(&uids, TOGETHER.1) {
        for (uid, body) in session.bodies((bytes, literal), &set, "")? {
            if let Some(place) = places.get(&uid) {
                bodies.insert(*place, body);
            }
        }
    }
    Ok(bodies)
}

/// None where the message is gone.
fn fetch_one(session: &mut Session, listed: &Listed) -> Result<Option<Body>, Failure> {
    let Some(uid) = uid_of(&listed.key, session) else { return Ok(None) };
    let limits = session.account.env.limits;
    if listed.size > limits.in_memory as u64 {
        return fetch_in_pieces(session, uid, listed.size);
    }
    let bytes = generous(listed.size);
    let bodies = session.bodies((bytes + (64 << 10), bytes), &uid.to_string(), "")?;
    Ok(bodies.into_iter().find(|(of, _)| *of == uid).map(|(_, body)| Body::Memory(body)))
}

fn fetch_in_pieces(session: &mut Session, uid: u32, size: u64) -> Result<Option<Body>, Failure> {
    let mut body = BodyWriter::new(session.account.env.limits.in_memory);
    let mut got = 0;
    loop {
        let pieces = session.bodies((PIECE + (64 << 10), PIECE), &uid.to_string(), &format!("<{got}.{PIECE}>"))?;
        let Some((_, piece)) = pieces.into_iter().find(|(of, _)| *of == uid) else {
            // Some servers answer NIL beyond the end.
            return if got >= size { finish(body) } else { Ok(None) };
        };
        body.write_all(&piece).map_err(no_room)?;
        let length = piece.len() as u64;
        got += length;
        if length == 0 || (length < PIECE && got >= size) {
            return if got == 0 { Ok(None) } else { finish(body) };
        }
        if got > generous(size) {
            return Err(Failure::Refused {
                doing: "hand over a message",
                said: "it is much larger than listed".into(),
            });
        }
    }
}

fn finish(body: BodyWriter) -> Result<Option<Body>, Failure> {
    body.finish().map(Some).map_err(no_room)
}
