//! Bodies of calls and answers, whole in memory only where there is room for them. The beginning of a call is read
//! first, and who does not say there who he is gets no further. What follows waits in a file until it is whole, so that
//! a slow line holds no memory; then there has to be room for it. What is large of an answer waits for its reader in a
//! file.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io::{BufWriter, Cursor, Read, Seek, Write};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rocket::data::{Data, DataStream, ToByteUnit};
use rocket::http::{ContentType, Status};
use rocket::response::{self, Responder, Response};
use rocket::tokio::io::{AsyncReadExt, AsyncWriteExt};
use rocket::tokio::sync::{OwnedSemaphorePermit, Semaphore};
use rocket::tokio::time::{Instant, timeout, timeout_at};
use rocket::{Request, tokio};
use tempfile::{SpooledData, SpooledTempFile, spooled_tempfile_in};

use super::Door;
use crate::api::HANDS_MAIL_OVER;
use crate::api::fault::{ApiFault, ObjectError};
use crate::domain::person::Caller;
use crate::domain::rights::{Object, Right};
use crate::operations::{App, OperationError, ReadPurpose, reading_for};
use crate::say;

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
type CallerCheck = Box<dyn FnOnce(&App, Option<IpAddr>) -> Result<Caller, ApiFault> + Send>;

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

// How much memory calls and answers may take at once. A call has its room from the reading of its body until it is
// done; who finds none waits a little, and is told to come again. A small answer is just made; who makes a large one
// waits for a turn, so that there is one at a time, and its size is bounded.

/// What a call takes its room from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pool {
    /// Calls that came whole with the first bytes.
    Small,
    /// Whatever is larger, of callers who are known.
    Large,
    /// Mail that is handed over, by callers who may: no other call can use it, so that none delays mail.
    Mail,
}

impl Pool {
    /// Kilobytes in all.
    const fn size(self) -> u32 {
        match self {
            Pool::Small => 32 << 10,
            Pool::Large => 80 << 10,
            Pool::Mail => 96 << 10,
        }
    }

    /// Kilobytes of bodies that wait in files, in all.
    const fn files(self) -> u32 {
        match self {
            Pool::Small => 0,
            Pool::Large | Pool::Mail => 1 << 20,
        }
    }

    /// How fast a body has to come on the whole. Mail has the time that the thinnest line takes, and holds up no other.
    const fn bytes_per_second(self) -> u64 {
        match self {
            Pool::Small | Pool::Large => 16 << 10,
            Pool::Mail => 2 << 10,
        }
    }

    /// How long a call waits for room. An MTA that is refused would bounce the mail.
    const fn patience(self) -> Duration {
        match self {
            Pool::Mail => Duration::from_secs(60),
            Pool::Small | Pool::Large => Duration::from_secs(5),
        }
    }
}

/// One for all addresses of the API.
pub(crate) struct Budget {
    memory: [Arc<Semaphore>; 3],
    files: [Arc<Semaphore>; 3],
}

/// Room that a call has of one pool; given back when dropped.
#[derive(Debug, Default)]
pub(crate) struct PoolShare(Option<OwnedSemaphorePermit>);

impl Budget {
    pub(crate) fn new() -> Self {
        let pools = [Pool::Small, Pool::Large, Pool::Mail];
        let room = |kilobytes: u32| Arc::new(Semaphore::new(kilobytes as usize));
        Self { memory: pools.map(|pool| room(pool.size())), files: pools.map(|pool| room(pool.files())) }
    }

    /// Room for a body that waits in a file until it is whole. 503 where none became free in time.
    pub(crate) async fn file(&self, pool: Pool, bytes: usize) -> Result<OwnedSemaphorePermit, CallRefused> {
        let kilobytes = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).min(pool.files());
        let waiting = self.files[pool as usize].clone().acquire_many_owned(kilobytes);
        timeout(pool.patience(), waiting).await.ok().and_then(Result::ok).ok_or(CallRefused::BUSY)
    }

    /// Makes the share one of this many bytes; of more than there are in all, the whole pool. 503 where not as many
    /// became free in time.
    pub(crate) async fn fit(&self, pool: Pool, bytes: usize, share: &mut PoolShare) -> Result<(), CallRefused> {
        let kilobytes = bytes.div_ceil(1024).min(pool.size() as usize);
        let held = share.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        if let Some(permit) = &mut share.0
            && held >= kilobytes
        {
            drop(permit.split(held - kilobytes));
            return Ok(());
        }
        let more = u32::try_from(kilobytes - held).unwrap_or(u32::MAX);
        let waiting = self.memory[pool as usize].clone().acquire_many_owned(more);
        let Ok(Ok(permit)) = timeout(pool.patience(), waiting).await else { return Err(CallRefused::BUSY) };
        match &mut share.0 {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        Ok(())
    }
}

/// Bytes of an answer that is just made.
const SMALL: usize = 512 << 10;
/// Bytes of the largest: a mail of 50 MB as base64.
const MOST_ANSWER: usize = 72 << 20;
/// Whoever waits keeps a connection of the database meanwhile.
const TURN_PATIENCE: Duration = Duration::from_secs(5);

/// The turn to make a large answer.
#[derive(Default)]
pub struct LargeAnswers {
    taken: Mutex<bool>,
    freed: Condvar,
}

/// The room of one answer, from its making until it is written.
pub struct Room {
    turns: Arc<LargeAnswers>,
    used: Cell<usize>,
    turn: RefCell<Option<RoomTurn>>,
}

/// Given back when dropped.
struct RoomTurn(Arc<LargeAnswers>);

impl Room {
    pub fn new(turns: &Arc<LargeAnswers>) -> Self {
        Self { turns: turns.clone(), used: Cell::new(0), turn: RefCell::new(None) }
    }

    /// Takes room for this many bytes more, before they are there.
    pub fn take(&self, bytes: usize) -> Result<(), ObjectError> {
        let used = self.used.get().saturating_add(bytes);
        self.used.set(used);
        if used > MOST_ANSWER {
            let words = say!("api-answer-too-large");
            return Err(OperationError::Refused(words.into()).into());
        }
        let mut turn = self.turn.borrow_mut();
        if used > SMALL && turn.is_none() {
            *turn = Some(self.turns.wait()?);
        }
        Ok(())
    }
}

impl LargeAnswers {
    fn wait(self: &Arc<Self>) -> Result<RoomTurn, ObjectError> {
        let mut taken = self.taken.lock();
        if self.freed.wait_while_for(&mut taken, |taken| *taken, TURN_PATIENCE).timed_out() && *taken {
            let words = say!("api-answers-busy");
            return Err(OperationError::Refused(words.into()).into());
        }
        *taken = true;
        drop(taken);
        Ok(RoomTurn(self.clone()))
    }
}

impl Drop for RoomTurn {
    fn drop(&mut self) {
        *self.0.taken.lock() = false;
        self.0.freed.notify_one();
    }
}

// Answers on their way out: what is large waits for its reader in a file, and not in memory. And refusals, where a
// request was no call yet.

/// Bytes of an answer that stay in memory.
const IN_MEMORY: usize = 256 << 10;

/// An answer that is written, and of which type it is.
pub(crate) struct WireAnswer {
    kind: ContentType,
    body: AnswerBody,
}

enum AnswerBody {
    Memory(Vec<u8>),
    File(File),
}

impl WireAnswer {
    /// What `write` writes; `folder` takes it where it is large. The error is the folder's, or of `write`.
    pub(crate) fn new<E: From<std::io::Error>>(
        kind: ContentType,
        folder: &Path,
        write: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<Self, E> {
        std::fs::create_dir_all(folder)?;
        let mut to: BufWriter<SpooledTempFile> = BufWriter::new(spooled_tempfile_in(IN_MEMORY, folder));
        write(&mut to)?;
        let written = to.into_inner().map_err(|error| error.into_error())?;
        let body = match written.into_inner() {
            SpooledData::InMemory(bytes) => AnswerBody::Memory(bytes.into_inner()),
            SpooledData::OnDisk(mut file) => {
                std::io::Seek::rewind(&mut file)?;
                AnswerBody::File(file)
            }
        };
        Ok(Self { kind, body })
    }
}

impl<'r> Responder<'r, 'static> for WireAnswer {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.header(self.kind);
        match self.body {
            AnswerBody::Memory(bytes) => response.sized_body(bytes.len(), Cursor::new(bytes)),
            AnswerBody::File(file) => response.sized_body(None, rocket::tokio::fs::File::from_std(file)),
        };
        response.ok()
    }
}

/// Why a request was not taken as a call, before it was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallRefused {
    status: Status,
    /// Seconds until it is worth another try.
    retry_after: Option<u8>,
}

impl CallRefused {
    pub(crate) const BUSY: Self = Self { status: Status::ServiceUnavailable, retry_after: Some(5) };
    const TOO_LARGE: Self = Self::of(Status::PayloadTooLarge);
    const TOO_SLOW: Self = Self::of(Status::RequestTimeout);
    const BROKEN: Self = Self::of(Status::BadRequest);
    pub(crate) const FAILED: Self = Self::of(Status::InternalServerError);

    const fn of(status: Status) -> Self {
        Self { status, retry_after: None }
    }

    fn words(self) -> String {
        match self.status.code {
            503 => say!("api-wire-busy").to_string(),
            413 => say!("api-wire-too-large").to_string(),
            408 => say!("api-wire-slow").to_string(),
            400 => say!("api-wire-cut").to_string(),
            _ => say!("api-wire-failed").to_string(),
        }
    }
}

impl<'r> Responder<'r, 'static> for CallRefused {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let words = self.words();
        let mut response = Response::build();
        response.status(self.status).header(ContentType::Plain);
        if let Some(seconds) = self.retry_after {
            response.raw_header("Retry-After", seconds.to_string());
        }
        response.sized_body(words.len(), Cursor::new(words)).ok()
    }
}

/// Runs a call, which may wait for the database, away from the async workers.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, CallRefused> {
    // In a box, as for pages.
    let work: Box<dyn FnOnce() -> T + Send> = Box::new(work);
    tokio::task::spawn_blocking(|| reading_for(ReadPurpose::Call, work)).await.map_err(|_| CallRefused::FAILED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_large_answer_is_made_at_a_time_and_small_ones_beside_it() {
        let turns = Arc::new(LargeAnswers::default());
        let (large, small) = (Room::new(&turns), Room::new(&turns));
        large.take(SMALL + 1).unwrap();
        small.take(SMALL).unwrap();
        std::thread::scope(|threads| {
            let other = threads.spawn(|| Room::new(&turns).take(SMALL + 1).is_ok());
            drop(large);
            assert!(other.join().unwrap());
        });
        let refused = small.take(MOST_ANSWER).unwrap_err().to_string();
        assert!(refused.contains("72 MB") && refused.contains("one by one"), "{refused}");
    }
}
