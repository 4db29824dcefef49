//! A stretch of a source as a source of its own, so that an attached mail is read like any other.

use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::ops::Range;

use super::Source;

pub struct Section<'s> {
    source: Box<dyn Source + 's>,
    range: Range<u64>,
    /// Within the section.
    at: u64,
    held: u64,
}

impl<'s> Section<'s> {
    pub fn new(source: &'s mut dyn Source, range: Range<u64>) -> io::Result<Self> {
        source.seek(SeekFrom::Start(range.start))?;
        Ok(Self { source: Box::new(source), range, at: 0, held: 0 })
    }

    /// All of a source.
    pub fn whole(source: &'s mut dyn Source) -> io::Result<Self> {
        let size = source.seek(SeekFrom::End(0))?;
        Self::new(source, 0..size)
    }

    /// What was decoded into memory.
    pub fn held(bytes: Vec<u8>) -> Self {
        let held = bytes.len() as u64;
        Self { source: Box::new(Cursor::new(bytes)), range: 0..held, at: 0, held }
    }

    /// How much of it is in memory.
    pub fn held_bytes(&self) -> u64 {
        self.held
    }

    /// A stretch of this stretch.
    pub fn narrow(mut self, range: Range<u64>) -> io::Result<Self> {
        let base = self.range.start;
        self.range = (base + range.start).min(self.range.end)..(base + range.end).min(self.range.end);
        self.rewind()?;
        Ok(self)
    }

    pub fn size(&self) -> u64 {
        self.range.end.saturating_sub(self.range.start)
    }
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.size().saturating_sub(self.at);
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count = self.source.read(&mut buffer[..wanted])?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Section<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.size().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = target.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        self.source.seek(SeekFrom::Start(self.range.start.saturating_add(self.at)))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_begins_and_ends_where_it_should() {
        let mut source = Cursor::new(b"0123456789".to_vec());
        let mut section = Section::new(&mut source, 2..6).unwrap();
        assert_eq!(io::read_to_string(&mut section).unwrap(), "2345");
        section.seek(SeekFrom::End(-1)).unwrap();
        assert_eq!(io::read_to_string(&mut section).unwrap(), "5");
        section.rewind().unwrap();
        assert_eq!(io::read_to_string(&mut section).unwrap(), "2345");
        assert_eq!(io::read_to_string(section.narrow(1..3).unwrap()).unwrap(), "34");
    }
}
