//! The bytes of one message on their way in: in memory while they are few, in an unlinked file when they are many.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use tempfile::{SpooledData, SpooledTempFile};

use super::{Download, Missing, RawMessage};
use crate::domain::source::Came;
use crate::say;

impl RawMessage {
    /// Bytes.
    pub fn size(&self) -> io::Result<u64> {
        match self {
            RawMessage::Memory(bytes) => Ok(bytes.len() as u64),
            RawMessage::File(file) => Ok(file.metadata()?.len()),
        }
    }

    /// Whether both are the same bytes. Leaves both at their start.
    pub(super) fn is_same(&mut self, other: &mut RawMessage) -> io::Result<bool> {
        Ok(match (self, other) {
            (RawMessage::Memory(one), RawMessage::Memory(other)) => one == other,
            (RawMessage::File(one), RawMessage::File(other)) => {
                let same = same_from_here(one, other)?;
                one.rewind()?;
                other.rewind()?;
                same
            }
            _ => false,
        })
    }
}

fn same_from_here(one: &mut File, other: &mut File) -> io::Result<bool> {
    let (mut these, mut those) = (Vec::new(), Vec::new());
    loop {
        these.clear();
        those.clear();
        Read::take(&mut *one, 1 << 20).read_to_end(&mut these)?;
        Read::take(&mut *other, 1 << 20).read_to_end(&mut those)?;
        if these != those {
            return Ok(false);
        }
        if these.is_empty() {
            return Ok(true);
        }
    }
}

/// What to make of a message that came whole but with fewer bytes than `announced`, now that it has come once more.
pub(super) fn twice(
    mut first: RawMessage,
    mut second: RawMessage,
    announced: u64,
) -> io::Result<Result<Download, Missing>> {
    let (one, other) = (first.size()?, second.size()?);
    if other >= announced {
        return Ok(Ok(Download { body: second, came: Came::All }));
    }
    if first.is_same(&mut second)? {
        return Ok(Ok(Download { body: second, came: Came::Fewer }));
    }
    Ok(Err(Missing::CutShort(say!("mailbox-message-unlike", announced, one, other))))
}

pub(super) struct BodyWriter(SpooledTempFile);

impl BodyWriter {
    /// `in_memory`: bytes above which the body goes to a file.
    pub(super) fn new(in_memory: usize) -> Self {
        Self(SpooledTempFile::new(in_memory))
    }

    /// Takes the last bytes off again.
    pub(super) fn cut_off(&mut self, bytes: u64) -> io::Result<()> {
        let end = self.0.stream_position()?.saturating_sub(bytes);
        self.0.set_len(end)
    }

    /// Hands on what was written from `start` on, some of it at a time, and goes on at its end.
    pub(super) fn since(&mut self, start: u64, each: &mut dyn FnMut(u64, &[u8])) -> io::Result<()> {
        self.0.seek(SeekFrom::Start(start))?;
        let (mut at, mut some) = (start, Vec::new());
        loop {
            some.clear();
            Read::take(&mut self.0, 1 << 20).read_to_end(&mut some)?;
            if some.is_empty() {
                return Ok(());
            }
            each(at, &some);
            at += some.len() as u64;
        }
    }

    pub(super) fn finish(self) -> io::Result<RawMessage> {
        match self.0.into_inner() {
            SpooledData::InMemory(bytes) => Ok(RawMessage::Memory(bytes.into_inner())),
            SpooledData::OnDisk(mut file) => {
                file.rewind()?;
                Ok(RawMessage::File(file))
            }
        }
    }
}

impl Write for BodyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_body_is_whole_on_either_side_of_the_limit() {
        for size in [9, 10, 11, 100] {
            let mut writer = BodyWriter::new(10);
            (0..size).for_each(|n| writer.write_all(&[n]).unwrap());
            let read = match writer.finish().unwrap() {
                RawMessage::Memory(bytes) => bytes,
                RawMessage::File(mut file) => {
                    let mut bytes = Vec::new();
                    file.read_to_end(&mut bytes).unwrap();
                    assert!(size > 10);
                    bytes
                }
            };
            assert_eq!(read, (0..size).collect::<Vec<u8>>());
        }
    }
}
