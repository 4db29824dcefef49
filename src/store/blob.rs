//! Sources and attachments as rows: zstd chunks of 1 MiB of clear bytes, so that nothing is ever whole in memory.

use std::io::{self, Read, Seek, SeekFrom, Write};

use diesel::prelude::*;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use zstd::bulk::Compressor;

use super::connection::{Db, Store, StoreError, next_ids};
use super::schema::{source_chunks, sources};
use crate::domain::id::SourceId;
use crate::domain::now;

/// Clear bytes in one chunk.
pub const CHUNK: usize = 1 << 20;
const LEVEL: i32 = 1;
/// Compressed bytes that one statement takes, and no source more.
const STATEMENT: usize = 2 << 20;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSource {
    pub id: SourceId,
    pub size: u64,
    pub sha256: String,
}

/// Writes all of `from` within the caller's transaction.
pub fn write(db: &mut Db, from: &mut dyn Read) -> Result<StoredSource, BlobError> {
    let id = begin(db, 0, "")?;
    let mut digest = Sha256::new();
    let size = write_chunks(db, id, from, |chunk| digest.update(chunk))?;
    let sha256 = hex::encode(digest.finalize());
    diesel::update(sources::table.find(id))
        .set((sources::size.eq(size as i64), sources::sha256.eq(&sha256)))
        .execute(db)?;
    Ok(StoredSource { id, size, sha256 })
}

/// The same where size and SHA-256 are known beforehand.
pub fn write_known(db: &mut Db, from: &mut dyn Read, size: u64, sha256: &str) -> Result<SourceId, BlobError> {
    let id = begin(db, size, sha256)?;
    write_chunks(db, id, from, |_| ())?;
    Ok(id)
}

/// Sources of a batch of mails that are in memory, with their SHA-256. With PostgreSQL many go in a statement.
pub fn write_small(db: &mut Db, all: &[(&[u8], &str)]) -> Result<Vec<SourceId>, BlobError> {
    let Db::Postgres(conn) = db else {
        return all.iter().map(|(bytes, sha256)| write_known(db, &mut &**bytes, bytes.len() as u64, sha256)).collect();
    };
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let at = now();
    let ids: Vec<SourceId> = next_ids(conn, "sources", all.len())?.into_iter().map(SourceId).collect();
    let row = |(id, (bytes, sha256)): (&SourceId, &(&[u8], &str))| {
        let size = sources::size.eq(bytes.len() as i64);
        (sources::id.eq(*id), size, sources::sha256.eq((*sha256).to_owned()), sources::create_date.eq(at))
    };
    let rows: Vec<_> = ids.iter().zip(all).map(row).collect();
    for some in rows.chunks(500) {
        diesel::insert_into(sources::table).values(some).execute(conn)?;
    }
    let (mut chunks, mut waiting) = (Vec::new(), 0);
    for (id, (bytes, _)) in ids.iter().zip(all) {
        for (seq, chunk) in (0..).zip(bytes.chunks(CHUNK)) {
            let data = compress(chunk)?;
            waiting += data.len();
            chunks.push((source_chunks::source_id.eq(*id), source_chunks::seq.eq(seq), source_chunks::data.eq(data)));
        }
        if waiting > STATEMENT || chunks.len() > 500 {
            diesel::insert_into(source_chunks::table).values(&chunks).execute(conn)?;
            (chunks, waiting) = (Vec::new(), 0);
        }
    }
    if !chunks.is_empty() {
        diesel::insert_into(source_chunks::table).values(&chunks).execute(conn)?;
    }
    Ok(ids)
}

fn begin(db: &mut Db, size: u64, sha256: &str) -> Result<SourceId, BlobError> {
    let values = (sources::size.eq(size as i64), sources::sha256.eq(sha256), sources::create_date.eq(now()));
    Ok(crate::on_backend!(db, conn => diesel::insert_into(sources::table)
        .values(values).returning(sources::id).get_result(conn))?)
}

/// Gives the size; `each` sees the clear bytes of each chunk.
fn write_chunks(db: &mut Db, id: SourceId, from: &mut dyn Read, mut each: impl FnMut(&[u8])) -> Result<u64, BlobError> {
    let mut size = 0u64;
    let mut chunk = Vec::new();
    for seq in 0.. {
        chunk.clear();
        Read::take(&mut *from, CHUNK as u64).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            break;
        }
        each(&chunk);
        size += chunk.len() as u64;
        let data = compress(&chunk)?;
        let row = (source_chunks::source_id.eq(id), source_chunks::seq.eq(seq), source_chunks::data.eq(data));
        crate::on_backend!(db, conn => diesel::insert_into(source_chunks::table).values(row).execute(conn))?;
    }
    Ok(size)
}

/// A compressor is some hundred kilobytes, of which a small mail needs little: one is kept.
static COMPRESSOR: Mutex<Option<Compressor<'static>>> = Mutex::new(None);

fn compress(chunk: &[u8]) -> io::Result<Vec<u8>> {
    let kept = COMPRESSOR.lock().take();
    let mut compressor = kept.map_or_else(|| Compressor::new(LEVEL), Ok)?;
    let data = compressor.compress(chunk)?;
    *COMPRESSOR.lock() = Some(compressor);
    Ok(data)
}

/// Removes a source with its chunks; nothing may refer to it any more.
pub fn delete(db: &mut Db, id: SourceId) -> Result<(), StoreError> {
    diesel::delete(sources::table.find(id)).execute(db)?;
    Ok(())
}

#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("bytes could not be read or written: {0}")]
    Io(#[from] io::Error),
}

impl From<diesel::result::Error> for BlobError {
    fn from(error: diesel::result::Error) -> Self {
        BlobError::Store(error.into())
    }
}

/// A stored source, read where it is needed: one chunk in memory, any position.
pub struct SourceReader {
    store: Store,
    id: SourceId,
    size: u64,
    position: u64,
    chunk: Option<(i32, Vec<u8>)>,
}

impl SourceReader {
    pub fn open(store: &Store, id: SourceId) -> Result<Self, StoreError> {
        let size: i64 =
            store.read(|db| sources::table.find(id).select(sources::size).first(db).map_err(StoreError::from))?;
        Ok(Self { store: store.clone(), id, size: size as u64, position: 0, chunk: None })
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    fn load(&mut self, seq: i32) -> io::Result<&[u8]> {
        if self.chunk.as_ref().is_none_or(|(loaded, _)| *loaded != seq) {
            let data: Vec<u8> = self
                .store
                .read(|db| {
                    source_chunks::table
                        .find((self.id, seq))
                        .select(source_chunks::data)
                        .first(db)
                        .map_err(StoreError::from)
                })
                .map_err(io::Error::other)?;
            self.chunk = Some((seq, zstd::bulk::decompress(&data, CHUNK)?));
        }
        Ok(self.chunk.as_ref().map_or(&[], |(_, bytes)| bytes))
    }
}

impl Read for SourceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size {
            return Ok(0);
        }
        let within = (self.position % CHUNK as u64) as usize;
        let bytes = self.load((self.position / CHUNK as u64) as i32)?;
        let count = (&bytes[within.min(bytes.len())..]).read(buffer)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for SourceReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

/// Copies a whole source, chunk by chunk.
pub fn copy(store: &Store, id: SourceId, to: &mut dyn Write) -> Result<u64, BlobError> {
    Ok(io::copy(&mut SourceReader::open(store, id)?, to)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_comes_back_byte_for_byte_from_any_position() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("t.db").to_str().unwrap(), 2).unwrap();
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 77] {
            let bytes: Vec<u8> = (0..size).map(|n| (n * 31 % 251) as u8).collect();
            let stored = store.write(|db| write(db, &mut bytes.as_slice())).unwrap();
            assert_eq!((stored.size, stored.sha256), (size as u64, hex::encode(Sha256::digest(&bytes))));
            let mut reader = SourceReader::open(&store, stored.id).unwrap();
            let mut back = Vec::new();
            reader.read_to_end(&mut back).unwrap();
            assert_eq!(back, bytes);
            if size > 100 {
                reader.seek(SeekFrom::End(-50)).unwrap();
                back.clear();
                reader.read_to_end(&mut back).unwrap();
                assert_eq!(back, bytes[size - 50..]);
            }
        }
    }
}
