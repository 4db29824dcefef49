//! How much memory calls may take at once, from the reading of a body until the call is done. Who finds no room waits a
//! little, and is told to come again.

use std::sync::Arc;
use std::time::Duration;

use rocket::http::Status;
use rocket::response::{self, Responder, Response};
use rocket::tokio::sync::{OwnedSemaphorePermit, Semaphore};
use rocket::tokio::time::timeout;
use rocket::{Request, tokio};

/// What a call takes its room from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pool {
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
    pub const fn bytes_per_second(self) -> u64 {
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
pub struct Budget {
    memory: [Arc<Semaphore>; 3],
    files: [Arc<Semaphore>; 3],
}

/// Room that a call has of one pool; given back when dropped.
#[derive(Debug, Default)]
pub struct Share(Option<OwnedSemaphorePermit>);

impl Budget {
    pub fn new() -> Self {
        let pools = [Pool::Small, Pool::Large, Pool::Mail];
        let room = |kilobytes: u32| Arc::new(Semaphore::new(kilobytes as usize));
        Self { memory: pools.map(|pool| room(pool.size())), files: pools.map(|pool| room(pool.files())) }
    }

    /// Room for a body that waits in a file until it is whole. 503 where none became free in time.
    pub async fn file(&self, pool: Pool, bytes: usize) -> Result<OwnedSemaphorePermit, Refused> {
        let kilobytes = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).min(pool.files());
        let waiting = self.files[pool as usize].clone().acquire_many_owned(kilobytes);
        timeout(pool.patience(), waiting).await.ok().and_then(Result::ok).ok_or(Refused::BUSY)
    }

    /// Makes the share one of this many bytes; of more than there are in all, the whole pool. 503 where not as many
    /// became free in time.
    pub async fn fit(&self, pool: Pool, bytes: usize, share: &mut Share) -> Result<(), Refused> {
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
        let Ok(Ok(permit)) = timeout(pool.patience(), waiting).await else { return Err(Refused::BUSY) };
        match &mut share.0 {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        Ok(())
    }
}

/// Why a request was not taken as a call, before it was one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    status: Status,
    /// Seconds until it is worth another try.
    retry_after: Option<u8>,
}

impl Refused {
    pub const BUSY: Self = Self { status: Status::ServiceUnavailable, retry_after: Some(5) };
    pub const TOO_LARGE: Self = Self::of(Status::PayloadTooLarge);
    pub const TOO_SLOW: Self = Self::of(Status::RequestTimeout);
    pub const BROKEN: Self = Self::of(Status::BadRequest);
    pub const FAILED: Self = Self::of(Status::InternalServerError);

    const fn of(status: Status) -> Self {
        Self { status, retry_after: None }
    }

    fn words(self) -> &'static str {
        match self.status.code {
            503 => "Other calls take all the room that there is for calls. Try again in some seconds.\n",
            413 => {
                "More than 64 kB are taken only of a call on an object whose database, user and password stand in its \
                 first 64 kB, and 64 MB of that.\n"
            }
            408 => "The request came too slowly.\n",
            400 => "The request ended before it was whole.\n",
            _ => "The call could not be answered.\n",
        }
    }
}

impl<'r> Responder<'r, 'static> for Refused {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let words = self.words();
        let mut response = Response::build();
        response.status(self.status).header(rocket::http::ContentType::Plain);
        if let Some(seconds) = self.retry_after {
            response.raw_header("Retry-After", seconds.to_string());
        }
        response.sized_body(words.len(), std::io::Cursor::new(words)).ok()
    }
}

/// Runs blocking work away from the async workers.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refused> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Refused::FAILED)
}
