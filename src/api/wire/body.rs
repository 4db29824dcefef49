//! The body of a call: its beginning is read first, and who does not say there who he is gets no further. What follows
//! waits in a file until it is whole, so that a slow line holds no memory; then there has to be room for it.

use std::fs::File;
use std::io::{Read, Seek};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rocket::data::{Data, DataStream, ToByteUnit};
use rocket::tokio::io::{AsyncReadExt, AsyncWriteExt};
use rocket::tokio::time::{Instant, timeout, timeout_at};

use super::Door;
use super::answer::{CallRefused, blocking};
use super::room::{Pool, PoolShare};
use crate::api::HANDS_MAIL_OVER;
use crate::api::fault::ApiFault;
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::operations::App;

/// Megabytes of one call: a mail with an attachment of 25 MB, encoded once for the mail and again for XML-RPC.
pub(super) const MOST: u64 = 64;
/// What is read of anybody, and all that a call may be which is no call on an object.
pub(super) const HEAD: usize = 64 << 10;
/// A body may take this long, and from then on has to have come at the speed of its pool on the whole.
const GRACE: Duration = Duration::from_secs(15);
/// Bytes that are written to the file at a time.
const STEP: usize = 256 << 10;
/// How long what is refused is still read and thrown away, so that a client gets to read why.
const DRAIN: Duration = Duration::from_secs(10);
/// Bytes that a call takes besides its body: it answers something.
const FLOOR: usize = 512 << 10;

/// A body that came whole, with the room that it takes until it is dropped.
pub(super) struct RequestBody {
    pub bytes: Vec<u8>,
    /// What was admitted as mail must be mail.
    pub as_mail: bool,
    pub share: PoolShare,
}

/// Why there is none.
pub(super) enum UnreadBody {
    Refused(CallRefused),
    /// To be told in the client's own language; with as much of the body as was read.
    Fault(ApiFault, Vec<u8>),
}

impl From<CallRefused> for UnreadBody {
    fn from(refused: CallRefused) -> Self {
        UnreadBody::Refused(refused)
    }
}

/// A call on an object, as its beginning tells of it.
pub(crate) struct CallHead {
    pub who: CallerCheck,
    pub method: Option<String>,
}

/// Checks who calls.
pub(super) type CallerCheck = Box<dyn FnOnce(&App, Option<IpAddr>) -> Result<Caller, ApiFault> + Send>;

/// What differs between the wire formats while a body is read.
pub(crate) trait WireFormat: Send + Sync + 'static {
    /// The call on an object that begins so; None where it is something else, or can't be told.
    fn peek(&self, head: &[u8]) -> Option<CallHead>;
    /// What the values of a whole body take in memory besides their texts, or why it will not be read.
    fn overhead(&self, body: &[u8]) -> Result<usize, ApiFault>;
}

/// Bytes that the values of one call may take besides their texts.
const MOST_OVERHEAD: usize = 48 << 20;

/// Reads the body of a call that came by this door.
pub(super) async fn read(door: &Door, wire: Arc<impl WireFormat>, data: Data<'_>) -> Result<RequestBody, UnreadBody> {
    let mut stream = data.open((MOST.megabytes().as_u64() + 1).bytes());
    let outcome = reading(door, wire, &mut stream).await;
    if !matches!(outcome, Ok(_) | Err(UnreadBody::Refused(CallRefused::BROKEN | CallRefused::TOO_SLOW))) {
        // Whoever still writes would see a broken line instead of the answer.
        let _ = timeout(DRAIN, rocket::tokio::io::copy(&mut stream, &mut rocket::tokio::io::sink())).await;
    }
    outcome
}

async fn reading(
    door: &Door,
    wire: Arc<impl WireFormat>,
    stream: &mut DataStream<'_>,
) -> Result<RequestBody, UnreadBody> {
    let begun = Instant::now();
    let mut body = Vec::new();
    take(stream, &mut body, HEAD + 1, Come { before: 0, begun }, Pool::Small).await?;
    let is_whole = body.len() <= HEAD;
    let asked = wire.peek(&body);
    let is_mail = asked.as_ref().is_some_and(|asked| asked.method.as_deref() == Some(HANDS_MAIL_OVER));
    // Before there is room for more than this, it is known whose it is.
    let (who, body) = match asked {
        Some(asked) if is_mail || !is_whole => {
            let (app, address) = (door.api.app.clone(), door.address);
            let (who, head) = blocking(move || ((asked.who)(&app, address), body)).await?;
            match who {
                Ok(caller) => (Some(caller), head),
                Err(fault) => return Err(UnreadBody::Fault(fault, head)),
            }
        }
        None if !is_whole => return Err(CallRefused::TOO_LARGE.into()),
        _ => (None, body),
    };
    let as_mail = is_mail && who.as_ref().is_some_and(|caller| caller.may(Right::Create, Object::MailGateway));
    let pool = match (as_mail, is_whole) {
        (true, _) => Pool::Mail,
        (false, true) => Pool::Small,
        (false, false) => Pool::Large,
    };
    let mut share = PoolShare::default();
    // While values are made of a body, both are there.
    let body = if is_whole {
        door.budget.fit(pool, FLOOR + body.len() * 2, &mut share).await?;
        body
    } else {
        let (file, length) = rest(door, pool, stream, body, begun).await?;
        door.budget.fit(pool, FLOOR + length * 2, &mut share).await?;
        blocking(move || whole(file, length)).await?.map_err(unkept)?
    };
    let (overhead, body) = blocking(move || (wire.overhead(&body), body)).await?;
    match overhead {
        Ok(overhead) if overhead > MOST_OVERHEAD => return Err(UnreadBody::Fault(ApiFault::too_much(), body)),
        Ok(overhead) => door.budget.fit(pool, FLOOR + body.len() * 2 + overhead, &mut share).await?,
        Err(fault) => return Err(UnreadBody::Fault(fault, body)),
    }
    Ok(RequestBody { bytes: body, as_mail, share })
}

/// Reads to the end: the file that all of it waits in, and how many bytes these are.
async fn rest(
    door: &Door,
    pool: Pool,
    stream: &mut DataStream<'_>,
    head: Vec<u8>,
    begun: Instant,
) -> Result<(File, usize), CallRefused> {
    // One that does not say how long it is may be the longest.
    let most = MOST.megabytes().as_u64() as usize;
    let _room = door.budget.file(pool, door.length.unwrap_or(most)).await?;
    let folder = door.api.app.spool();
    let made = blocking(move || std::fs::create_dir_all(&folder).and_then(|()| tempfile::tempfile_in(&folder))).await?;
    let mut file = rocket::tokio::fs::File::from_std(made.map_err(unkept)?);
    let (mut length, mut step) = (0, head);
    while !step.is_empty() {
        length += step.len();
        if length > most {
            return Err(CallRefused::TOO_LARGE);
        }
        file.write_all(&step).await.map_err(unkept)?;
        step.clear();
        let come = Come { before: length, begun };
        take(stream, &mut step, STEP, come, pool).await?;
    }
    file.flush().await.map_err(unkept)?;
    Ok((file.into_std().await, length))
}

/// All that waits in the file.
fn whole(mut file: File, length: usize) -> std::io::Result<Vec<u8>> {
    let mut body = Vec::with_capacity(length);
    file.rewind()?;
    file.read_to_end(&mut body)?;
    Ok(body)
}

fn unkept(error: std::io::Error) -> CallRefused {
    tracing::error!(%error, "a call could not be kept while it came in: is there room in the data folder?");
    CallRefused::BUSY
}

/// What came of a body before, and since when.
#[derive(Clone, Copy)]
struct Come {
    before: usize,
    begun: Instant,
}

/// Reads until there are `most` bytes, or to the end, within the time that a body has.
async fn take(
    stream: &mut DataStream<'_>,
    into: &mut Vec<u8>,
    most: usize,
    come: Come,
    pool: Pool,
) -> Result<(), CallRefused> {
    let mut stream = stream.take((most - into.len()) as u64);
    loop {
        let seconds = (come.before + into.len()) as u64 / pool.bytes_per_second();
        match timeout_at(come.begun + GRACE + Duration::from_secs(seconds), stream.read_buf(into)).await {
            Ok(Ok(0)) => return Ok(()),
            Ok(Ok(_)) => {}
            Ok(Err(_)) => return Err(CallRefused::BROKEN),
            Err(_) => return Err(CallRefused::TOO_SLOW),
        }
    }
}
