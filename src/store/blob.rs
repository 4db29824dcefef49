//! Sources and attachments as rows: zstd chunks of 1 MiB of clear bytes, so that nothing is ever whole in memory.

use std::io::{self, Read, Seek, SeekFrom, Write};
use std::num::NonZeroU32;
use std::sync::LazyLock;

use chrono::SubsecRound;
use diesel::prelude::*;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use zstd::bulk::{Compressor, Decompressor};
use zstd::dict::{DecoderDictionary, EncoderDictionary};

use super::connection::{Db, Store, StoreError, next_ids};
use super::prepared::prepared;
use super::schema::{source_chunks, sources};
use crate::domain::id::SourceId;
use crate::domain::{Moment, now};

/// Clear bytes in one chunk.
pub const CHUNK: usize = 1 << 20;
const LEVEL: i32 = 1;
/// Nothing is packed that is longer: a chunk, or a text of a mail.
const LARGEST: usize = 64 << 20;
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
    let id = begin(db, 0)?;
    let mut digest = Sha256::new();
    let size = write_chunks(db, id, from, |chunk| digest.update(chunk))?;
    let sha256 = hex::encode(digest.finalize());
    diesel::update(sources::table.find(id))
        .set((sources::size.eq(size as i64), sources::sha256.eq(&sha256)))
        .execute(db)?;
    Ok(StoredSource { id, size, sha256 })
}

/// The same of a mail, whose size is known beforehand; its SHA-256 stands with its row in the ledger alone.
pub fn write_known(db: &mut Db, from: &mut dyn Read, size: u64) -> Result<SourceId, BlobError> {
    let id = begin(db, size as i64)?;
    write_chunks(db, id, from, |_| ())?;
    Ok(id)
}

/// Sources of a batch of mails that are in memory. With PostgreSQL many go in a statement.
pub fn write_small(db: &mut Db, all: &[&[u8]]) -> Result<Vec<SourceId>, BlobError> {
    let Db::Postgres(conn) = db else {
        return all.iter().map(|bytes| write_known(db, &mut &**bytes, bytes.len() as u64)).collect();
    };
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let at = this_second();
    let ids: Vec<SourceId> = next_ids(conn, "sources", all.len())?.into_iter().map(SourceId).collect();
    let row = |(id, bytes): (&SourceId, &&[u8])| {
        let size = sources::size.eq(bytes.len() as i64);
        (sources::id.eq(*id), size, sources::sha256.eq(""), sources::create_date.eq(at))
    };
    let rows: Vec<_> = ids.iter().zip(all).map(row).collect();
    for some in rows.chunks(500) {
        diesel::insert_into(sources::table).values(some).execute(conn)?;
    }
    let (mut chunks, mut waiting) = (Vec::new(), 0);
    for (id, bytes) in ids.iter().zip(all) {
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

/// A part of a second is nothing to anybody here, and SQLite keeps moments as texts.
fn this_second() -> Moment {
    now().trunc_subsecs(0)
}

fn begin(db: &mut Db, size: i64) -> Result<SourceId, StoreError> {
    let values = (sources::size.eq(size), sources::sha256.eq(""), sources::create_date.eq(this_second()));
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
        insert_chunk(db, id, seq, compress(&chunk)?)?;
    }
    Ok(size)
}

fn insert_chunk(db: &mut Db, id: SourceId, seq: i32, data: Vec<u8>) -> Result<(), StoreError> {
    let row = (source_chunks::source_id.eq(id), source_chunks::seq.eq(seq), source_chunks::data.eq(data));
    crate::on_backend!(db, conn => diesel::insert_into(source_chunks::table).values(row).execute(conn))?;
    Ok(())
}

/// The size of a [`LooseSource`].
const LOOSE: i64 = -1;

/// A source that is written a chunk a transaction; nothing refers to it before [`LooseSource::own`].
pub struct LooseSource {
    pub id: SourceId,
    size: u64,
    digest: Sha256,
    chunks: i32,
}

impl LooseSource {
    pub fn begin(store: &Store) -> Result<Self, StoreError> {
        let id = store.write_aside(|db| begin(db, LOOSE))?;
        Ok(Self { id, size: 0, digest: Sha256::new(), chunks: 0 })
    }

    /// Writes what comes next of `from`; false where nothing does.
    pub fn add_chunk(&mut self, store: &Store, from: &mut dyn Read) -> Result<bool, BlobError> {
        let mut chunk = Vec::new();
        Read::take(from, CHUNK as u64).read_to_end(&mut chunk)?;
        if chunk.is_empty() {
            return Ok(false);
        }
        let data = compress(&chunk)?;
        store.write_aside(|db| insert_chunk(db, self.id, self.chunks, data))?;
        self.digest.update(&chunk);
        self.size += chunk.len() as u64;
        self.chunks += 1;
        Ok(true)
    }

    /// It is whole, and something refers to it from the end of the caller's transaction on.
    pub fn own(&self, db: &mut Db) -> Result<SourceId, StoreError> {
        let sha256 = hex::encode(self.digest.clone().finalize());
        let whole = (sources::size.eq(self.size as i64), sources::sha256.eq(sha256));
        diesel::update(sources::table.find(self.id)).set(whole).execute(db)?;
        Ok(self.id)
    }
}

/// What was begun before this moment and never owned, as its process ended.
pub fn left_loose(db: &mut Db, before: Moment) -> Result<Vec<SourceId>, StoreError> {
    let left = sources::table.filter(sources::size.eq(LOOSE)).filter(sources::create_date.lt(before));
    Ok(left.select(sources::id).load(db)?)
}

/// Bytes up to which something is packed beside [`MAIL`]: in more of them it finds enough by itself.
const SMALL: usize = 64 << 10;
const SMALL_LEVEL: i32 = 3;

/// What mails have in common, as `scripts/mail-dictionary 1` made it: what is packed beside it says so by its number, and needs this
/// one for ever. Another one would have another number, and stand beside it.
static MAIL: &[u8] = include_bytes!("mail.dict");
const MAIL_NUMBER: u32 = 1;
static MAIL_TO_PACK: LazyLock<EncoderDictionary<'static>> =
    LazyLock::new(|| EncoderDictionary::copy(MAIL, SMALL_LEVEL));
static MAIL_TO_READ: LazyLock<DecoderDictionary<'static>> = LazyLock::new(|| DecoderDictionary::copy(MAIL));

/// A compressor is some hundred kilobytes, of which a small mail needs little: one of each kind is kept.
static SMALL_COMPRESSOR: Mutex<Option<Compressor<'static>>> = Mutex::new(None);
static COMPRESSOR: Mutex<Option<Compressor<'static>>> = Mutex::new(None);
static DECOMPRESSOR: Mutex<Option<Decompressor<'static>>> = Mutex::new(None);

pub(super) fn compress(clear: &[u8]) -> io::Result<Vec<u8>> {
    let is_small = clear.len() <= SMALL;
    let place = if is_small { &SMALL_COMPRESSOR } else { &COMPRESSOR };
    let kept = place.lock().take();
    let mut compressor = match kept {
        Some(kept) => kept,
        None if is_small => {
            let mut compressor = Compressor::with_prepared_dictionary(&MAIL_TO_PACK)?;
            // Beside another dictionary of this number it would come out as something else.
            compressor.include_checksum(true)?;
            compressor
        }
        None => Compressor::new(LEVEL)?,
    };
    let data = compressor.compress(clear)?;
    *place.lock() = Some(compressor);
    Ok(data)
}

/// The clear bytes of what [`compress`] made, now or long ago.
pub(super) fn clear(packed: &[u8]) -> io::Result<Vec<u8>> {
    let size = clear_size(packed)?;
    match zstd::zstd_safe::get_dict_id_from_frame(packed).map(NonZeroU32::get) {
        None => zstd::bulk::decompress(packed, size),
        Some(MAIL_NUMBER) => {
            let kept = DECOMPRESSOR.lock().take();
            let mut decompressor = kept.map_or_else(|| Decompressor::with_prepared_dictionary(&MAIL_TO_READ), Ok)?;
            let clear = decompressor.decompress(packed, size);
            *DECOMPRESSOR.lock() = Some(decompressor);
            clear
        }
        Some(number) => Err(io::Error::other(format!("it is packed beside dictionary {number}, which is not there"))),
    }
}

/// How many bytes it is when it is clear, as it says of itself; of what is that large it may not say so.
pub(super) fn clear_size(packed: &[u8]) -> io::Result<usize> {
    match zstd::zstd_safe::get_frame_content_size(packed) {
        Ok(Some(size)) if size <= LARGEST as u64 => Ok(size as usize),
        Ok(None) => Ok(CHUNK),
        _ => Err(io::Error::other("it is not packed as Mailgate packs")),
    }
}

/// The clear bytes of a source, where it has no more than so many.
pub(super) fn small(db: &mut Db, id: SourceId, most: i64) -> Result<Option<Vec<u8>>, BlobError> {
    let query = source_chunks::table
        .inner_join(sources::table)
        .filter(source_chunks::source_id.eq(id))
        .filter(source_chunks::seq.eq(0))
        .filter(sources::size.le(most))
        .select(source_chunks::data);
    let chunk: Option<Vec<u8>> = prepared(query).one(db)?;
    Ok(chunk.map(|chunk| clear(&chunk)).transpose()?)
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
            self.chunk = Some((seq, clear(&data)?));
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
    fn what_was_packed_in_any_way_is_read() {
        let mail =
            b"From: a@people.example\r\nSubject: Card\r\nMIME-Version: 1.0\r\n\r\nThe card was lost.\r\n".repeat(5);
        let (before, beside) = (zstd::bulk::compress(&mail, 1).unwrap(), compress(&mail).unwrap());
        assert!(beside.len() < before.len(), "{} and {}", beside.len(), before.len());
        assert_eq!((clear(&before).unwrap(), clear(&beside).unwrap()), (mail.clone(), mail.clone()));
        let other = [&MAIL[..4], &2_u32.to_le_bytes(), &MAIL[8..]].concat();
        let other = Compressor::with_dictionary(3, &other).unwrap().compress(&mail).unwrap();
        assert!(clear(&other).unwrap_err().to_string().contains("dictionary 2"));
        // Nothing that was packed could be read beside another one.
        assert_eq!(
            hex::encode(Sha256::digest(MAIL)),
            "46920e757f899853223c57d51ee5c90d712f2c92497e86838ba37db81a8f0dd8"
        );
        assert_eq!(
            clear(&hex::decode(FIRST).unwrap()).unwrap(),
            b"Subject: Thank you for your complaint\r\n\r\nIt was received.\r\n"
        );
    }

    const FIRST: &str = "28b52ffd21013b2501000341031c1d925876fd19fbf4f5f2f51406fc0d68a085b7051c561cdd5b555dc0658241f1";

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
