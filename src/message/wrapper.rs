//! Parts that wrap something else: a mail, a signed entity, Outlook's `winmail.dat`, files written into a text. What is
//! within has a path behind the wrapper's, after a `/`: `2/1.3` is a part of the mail in part 2, `2/1` the first file.

use std::io::{self, Read};

use super::cms::{self, Cms};
use super::kind::MailKind;
use super::scan::{MimePart, Tree, scan};
use super::source::Section;
use super::transfer::{Transfer, decoder};
use super::{Source, tnef, uu};

/// Decoded bytes of wrappers that are held at once: all of a mail of the usual limit of 50 MB, in base64.
pub(super) const HELD: u64 = 40 << 20;
/// Wrappers within each other that are opened.
pub(super) const LEVELS: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapper {
    Mail,
    Smime,
    Tnef,
}

impl Wrapper {
    pub(super) fn of(kind: &MailKind) -> Option<Self> {
        let name = kind.name.as_deref().unwrap_or_default().to_ascii_lowercase();
        match kind.mimetype.as_str() {
            "message/rfc822" | "message/global" => Some(Wrapper::Mail),
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => Some(Wrapper::Smime),
            "application/ms-tnef" | "application/vnd.ms-tnef" => Some(Wrapper::Tnef),
            "application/octet-stream" if name.ends_with(".p7m") => Some(Wrapper::Smime),
            mimetype if !mimetype.starts_with("multipart/") && name == "winmail.dat" => Some(Wrapper::Tnef),
            _ => None,
        }
    }
}

/// What a wrapper holds.
pub(super) enum OpenedWrapper<'s> {
    /// A mail, or the entity that was signed.
    Mail(Section<'s>),
    /// The stream, for [`tnef::read`].
    Tnef(Vec<u8>),
    Encrypted,
    /// Nothing that is known, or too much.
    Closed,
}

/// Opens a part of `section`. No more than `limit` bytes are decoded into memory.
pub(super) fn open<'s>(section: Section<'s>, part: &MimePart, limit: u64) -> io::Result<OpenedWrapper<'s>> {
    let Some(wrapper) = Wrapper::of(&part.kind) else { return Ok(OpenedWrapper::Closed) };
    if (wrapper, part.kind.transfer) == (Wrapper::Mail, Transfer::Identity) {
        return Ok(OpenedWrapper::Mail(section.narrow(part.body.clone())?));
    }
    let Some(bytes) = decoded(section, part, limit)? else { return Ok(OpenedWrapper::Closed) };
    Ok(match wrapper {
        Wrapper::Mail => OpenedWrapper::Mail(Section::held(bytes)),
        Wrapper::Tnef if tnef::is_tnef(&bytes) => OpenedWrapper::Tnef(bytes),
        Wrapper::Tnef => OpenedWrapper::Closed,
        Wrapper::Smime => match cms::read(&bytes) {
            Some(Cms::Signed(content)) => OpenedWrapper::Mail(Section::held(content)),
            Some(Cms::Encrypted) => OpenedWrapper::Encrypted,
            None => OpenedWrapper::Closed,
        },
    })
}

/// The decoded bytes of a part; None where they are more than `limit`.
pub(super) fn decoded(section: Section<'_>, part: &MimePart, limit: u64) -> io::Result<Option<Vec<u8>>> {
    let section = section.narrow(part.body.clone())?;
    let most = match part.kind.transfer {
        Transfer::Identity | Transfer::QuotedPrintable => section.size(),
        Transfer::Base64 | Transfer::Uuencode => section.size() / 4 * 3 + 3,
    };
    // At once what it can need, so that growing doesn't take it twice.
    let mut bytes = Vec::with_capacity(most.min(limit + 1) as usize);
    decoder(part.kind.transfer, section).take(limit + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

/// Where a path leads.
pub(super) enum WrapperEnd<'s> {
    Part(Section<'s>, Box<MimePart>),
    Bytes(Vec<u8>),
}

/// Follows a path from the message itself.
pub(super) fn find<'s>(source: &'s mut dyn Source, path: &str) -> io::Result<WrapperEnd<'s>> {
    let missing = || io::Error::from(io::ErrorKind::NotFound);
    let mut level = OpenedWrapper::Mail(Section::whole(source)?);
    let mut steps = path.split('/').take(LEVELS * 2 + 1).peekable();
    while let Some(step) = steps.next() {
        let last = steps.peek().is_none();
        let number = || step.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).ok_or_else(missing);
        level = match level {
            OpenedWrapper::Mail(mut section) => {
                let Tree { parts, .. } = scan(&mut section)?;
                let part = parts.into_iter().find(|part| part.path == step && !step.is_empty()).ok_or_else(missing)?;
                if last {
                    return Ok(WrapperEnd::Part(section, Box::new(part)));
                }
                // What is no text by its type may have been read as one all the same: a multipart without a boundary.
                if part.kind.is_text() || Wrapper::of(&part.kind).is_none() {
                    let text = decoded(section, &part, HELD)?.ok_or_else(missing)?;
                    let number = steps.next().and_then(|step| step.parse::<usize>().ok()).ok_or_else(missing)?;
                    let file = uu::files(&text).into_iter().nth(number.wrapping_sub(1)).ok_or_else(missing)?;
                    return Ok(WrapperEnd::Bytes(file.bytes));
                }
                open(section, &part, HELD)?
            }
            OpenedWrapper::Tnef(mut bytes) => {
                let files = tnef::read(&bytes).ok_or_else(missing)?.files;
                let file = files.get(number()?).ok_or_else(missing)?;
                bytes.truncate(file.bytes.end);
                bytes.drain(..file.bytes.start);
                if last {
                    return Ok(WrapperEnd::Bytes(bytes));
                }
                OpenedWrapper::Tnef(bytes)
            }
            OpenedWrapper::Encrypted | OpenedWrapper::Closed => return Err(missing()),
        };
    }
    Err(missing())
}
