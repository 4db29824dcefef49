//! The bytes of one message on their way in: in memory while they are few, in an unlinked file when they are many.

use std::fs::File;
use std::io::{self, Read, Seek, Write};

use super::{Body, Download, Missing};
use crate::domain::source::Came;

impl Body {
    /// Bytes.
    pub fn size(&self) -> io::Result<u64> {
        match self {
            Body::Memory(bytes) => Ok(bytes.len() as u64),
            Body::File(file) => Ok(file.metadata()?.len()),
        }
    }

    /// Whether both are the same bytes. Leaves both at their start.
    pub(super) fn is_same(&mut self, other: &mut Body) -> io::Result<bool> {
        Ok(match (self, other) {
            (Body::Memory(one), Body::Memory(other)) => one == other,
            (Body::File(one), Body::File(other)) => {
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
pub(super) fn twice(mut first: Body, mut second: Body, announced: u64) -> io::Result<Result<Download, Missing>> {
    let (one, other) = (first.size()?, second.size()?);
    if other >= announced {
        return Ok(Ok(Download { body: second, came: Came::All }));
    }
    if first.is_same(&mut second)? {
        return Ok(Ok(Download { body: second, came: Came::Fewer }));
    }
    let words = format!("The mail server announces {announced} bytes of it and sent {one}, then {other} others.");
    Ok(Err(Missing::CutShort(words)))
}

pub(super) struct BodyWriter {
    in_memory: usize,
    memory: Vec<u8>,
    file: Option<File>,
}

impl BodyWriter {
    /// `in_memory`: bytes above which the body goes to a file.
    pub fn new(in_memory: usize) -> Self {
        Self { in_memory, memory: Vec::new(), file: None }
    }

    /// The same for a body of which this size is announced.
    pub fn with_size(in_memory: usize, size: u64) -> Self {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let memory = if size <= in_memory { Vec::with_capacity(size) } else { Vec::new() };
        Self { memory, ..Self::new(in_memory) }
    }

    /// Takes the last bytes off again.
    pub fn cut_off(&mut self, bytes: u64) -> io::Result<()> {
        match &mut self.file {
            None => {
                let left = self.memory.len().saturating_sub(usize::try_from(bytes).unwrap_or(usize::MAX));
                self.memory.truncate(left);
                Ok(())
            }
            Some(file) => {
                let left = file.metadata()?.len().saturating_sub(bytes);
                file.set_len(left)
            }
        }
    }

    pub fn finish(self) -> io::Result<Body> {
        match self.file {
            None => Ok(Body::Memory(self.memory)),
            Some(mut file) => {
                file.rewind()?;
                Ok(Body::File(file))
            }
        }
    }
}

impl Write for BodyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.file.is_none() && self.memory.len() + bytes.len() > self.in_memory {
            let mut file = tempfile::tempfile()?;
            file.write_all(&self.memory)?;
            self.memory = Vec::new();
            self.file = Some(file);
        }
        match &mut self.file {
            Some(file) => file.write_all(bytes)?,
            None => self.memory.extend_from_slice(bytes),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
                Body::Memory(bytes) => bytes,
                Body::File(mut file) => {
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
