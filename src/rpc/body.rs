//! The body of a call: its beginning is read first, and who does not say there who he is gets no further. What follows is
//! read when there is room for it, and not for ever.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rocket::data::{Data, DataStream, ToByteUnit};
use rocket::tokio::io::AsyncReadExt;
use rocket::tokio::time::{Instant, timeout, timeout_at};

use super::Door;
use super::budget::{Pool, Refused, Share, blocking};
use super::fault::Fault;
use crate::domain::person::Caller;
use crate::operations::{App, gateway, objects};

/// Megabytes of one call: a mail with an attachment of 25 MB, encoded once for the mail and again for XML-RPC.
pub const MOST: u64 = 64;
/// What is read of anybody, and all that a call may be which is no call on an object.
pub const HEAD: usize = 64 << 10;
/// A body may take this long, and from then on has to have come at this speed on the whole.
const GRACE: Duration = Duration::from_secs(15);
const BYTES_PER_SECOND: u64 = 64 << 10;
/// How long what is refused is still read and thrown away, so that a client gets to read why.
const DRAIN: Duration = Duration::from_secs(10);
/// Bytes that a call takes besides its body: it answers something.
const FLOOR: usize = 512 << 10;

/// A body that came whole, with the room that it takes until it is dropped.
pub struct Body {
    pub bytes: Vec<u8>,
    /// What was admitted as mail must be mail.
    pub as_mail: bool,
    pub share: Share,
}

/// Why there is none.
pub enum Unread {
    Refused(Refused),
    /// To be told in the client's own language; with as much of the body as was read.
    Fault(Fault, Vec<u8>),
}

impl From<Refused> for Unread {
    fn from(refused: Refused) -> Self {
        Unread::Refused(refused)
    }
}

/// A call on an object, as its beginning tells of it.
pub struct Asked {
    pub who: Who,
    pub method: Option<String>,
}

/// Checks who calls.
pub type Who = Box<dyn FnOnce(&App, Option<IpAddr>) -> Result<Caller, Fault> + Send>;

/// What differs between the wire formats while a body is read.
pub trait Wire: Send + Sync + 'static {
    /// The call on an object that begins so; None where it is something else, or can't be told.
    fn peek(&self, head: &[u8]) -> Option<Asked>;
    /// What the values of a whole body take in memory besides their texts, or why it will not be read.
    fn overhead(&self, body: &[u8]) -> Result<usize, Fault>;
}

/// Bytes that the values of one call may take besides their texts.
const MOST_OVERHEAD: usize = 48 << 20;

/// Reads the body of a call that came by this door.
pub async fn read(door: &Door, wire: Arc<impl Wire>, data: Data<'_>) -> Result<Body, Unread> {
    let mut stream = data.open((MOST.megabytes().as_u64() + 1).bytes());
    let outcome = reading(door, wire, &mut stream).await;
    if !matches!(outcome, Ok(_) | Err(Unread::Refused(Refused::BROKEN | Refused::TOO_SLOW))) {
        // Whoever still writes would see a broken line instead of the answer.
        let _ = timeout(DRAIN, rocket::tokio::io::copy(&mut stream, &mut rocket::tokio::io::sink())).await;
    }
    outcome
}

async fn reading(door: &Door, wire: Arc<impl Wire>, stream: &mut DataStream<'_>) -> Result<Body, Unread> {
    let begun = Instant::now();
    let mut body = Vec::new();
    take(stream, &mut body, HEAD as u64 + 1, begun).await?;
    let is_whole = body.len() <= HEAD;
    let asked = wire.peek(&body);
    let is_mail = asked.as_ref().is_some_and(|asked| asked.method.as_deref() == Some(objects::HANDS_MAIL_OVER));
    // Before there is room for more than this, it is known whose it is.
    let (who, body) = match asked {
        Some(asked) if is_mail || !is_whole => {
            let (app, address) = (door.app.clone(), door.address);
            let (who, head) = blocking(move || ((asked.who)(&app, address), body)).await?;
            match who {
                Ok(caller) => (Some(caller), head),
                Err(fault) => return Err(Unread::Fault(fault, head)),
            }
        }
        None if !is_whole => return Err(Refused::TOO_LARGE.into()),
        _ => (None, body),
    };
    let as_mail = is_mail && who.as_ref().is_some_and(gateway::may_hand_over);
    let pool = match (as_mail, is_whole) {
        (true, _) => Pool::Mail,
        (false, true) => Pool::Small,
        (false, false) => Pool::Large,
    };
    let mut share = Share::default();
    // While values are made of a body, both are there. One that does not say how long it is may be the longest.
    let length = if is_whole { body.len() } else { door.length.unwrap_or(usize::MAX / 4) };
    door.budget.fit(pool, FLOOR + length * 2, &mut share).await?;
    let body = if is_whole { body } else { rest(stream, body, door.length, begun).await? };
    let (overhead, body) = blocking(move || (wire.overhead(&body), body)).await?;
    match overhead {
        Ok(overhead) if overhead > MOST_OVERHEAD => return Err(Unread::Fault(Fault::too_much(), body)),
        Ok(overhead) => door.budget.fit(pool, FLOOR + body.len() * 2 + overhead, &mut share).await?,
        Err(fault) => return Err(Unread::Fault(fault, body)),
    }
    Ok(Body { bytes: body, as_mail, share })
}

async fn rest(
    stream: &mut DataStream<'_>,
    head: Vec<u8>,
    length: Option<usize>,
    begun: Instant,
) -> Result<Vec<u8>, Refused> {
    let mut body = head;
    // Memory that nothing was written to yet is none.
    body.reserve_exact(length.unwrap_or_default().saturating_sub(body.len()));
    take(stream, &mut body, u64::MAX, begun).await?;
    if body.len() as u64 > MOST.megabytes().as_u64() { Err(Refused::TOO_LARGE) } else { Ok(body) }
}

/// Reads up to `most` bytes, within the time that a body has.
async fn take(stream: &mut DataStream<'_>, body: &mut Vec<u8>, most: u64, begun: Instant) -> Result<(), Refused> {
    let mut stream = stream.take(most);
    loop {
        let deadline = begun + GRACE + Duration::from_secs(body.len() as u64 / BYTES_PER_SECOND);
        match timeout_at(deadline, stream.read_buf(body)).await {
            Ok(Ok(0)) => return Ok(()),
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return Err(Refused::BROKEN),
            Err(_) => return Err(Refused::TOO_SLOW),
        }
    }
}
