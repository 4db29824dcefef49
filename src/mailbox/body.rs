//! The bytes of one message on their way in: in memory while they are few, in an unlinked file when they are many.

use std::fs::File;
use std::io::{self, Seek, Write};

use super::Body;

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
