//! The MIME structure of a source (RFC 2046), found in one pass: header blocks and byte ranges, never the bytes.

use std::io;
use std::ops::Range;

use super::head::{Head, field_name};
use super::kind::Kind;
use super::lines::Lines;
use super::{PARTS, Source};

/// Multiparts that are opened within each other; deeper ones are kept as they are.
const DEPTH: usize = 50;
/// A boundary has 70 characters at most; some mailers don't know.
const BOUNDARY: usize = 250;

#[derive(Debug)]
pub struct Tree {
    /// The header of the message itself.
    pub head: Head,
    /// In the order of the source; the first is the message itself.
    pub parts: Vec<Part>,
    /// Parts beyond the limit: seen, not listed.
    pub unlisted: usize,
    pub too_deep: bool,
}

#[derive(Debug)]
pub struct Part {
    /// As IMAP numbers parts (RFC 3501 §6.4.5): `1.2`; `1` for the body of a message that is no multipart, empty
    /// for the message where it is one.
    pub path: String,
    pub parent: Option<usize>,
    pub kind: Kind,
    /// Still encoded.
    pub body: Range<u64>,
}

impl Tree {
    pub fn children(&self, of: usize) -> impl Iterator<Item = (usize, &Part)> {
        self.parts.iter().enumerate().filter(move |(_, part)| part.parent == Some(of))
    }
}

/// A multipart whose end was not seen yet.
struct Open {
    part: usize,
    /// None until the first delimiter shows it: some mailers forget to say.
    boundary: Option<Vec<u8>>,
    children: usize,
}

enum Delimiter {
    /// Of the open multipart with this index.
    Next(usize),
    Close(usize),
}

/// Walks the source from its start.
pub fn scan(source: &mut dyn Source) -> io::Result<Tree> {
    let size = source.seek(io::SeekFrom::End(0))?;
    let mut lines = Lines::open(source)?;
    let head = message_head(&mut lines)?;
    let kind = Kind::of(&head, "text/plain");
    let root = Part { path: "1".to_owned(), parent: None, body: lines.offset()..size, kind };
    let mut scan =
        Scan { open: Vec::new(), leaf: None, tree: Tree { head, parts: vec![root], unlisted: 0, too_deep: false } };
    scan.enter(0);
    while !scan.open.is_empty() && lines.skip_to_dashes()? {
        let delimiter = lines.peek()?.and_then(|line| scan.delimiter(line));
        let end = lines.before_end();
        lines.advance()?;
        match delimiter {
            None => {}
            Some(Delimiter::Close(level)) => {
                scan.end_leaf(end);
                scan.end_multiparts(level, lines.offset());
            }
            Some(Delimiter::Next(level)) => {
                scan.end_leaf(end);
                scan.end_multiparts(level + 1, end);
                scan.part(&mut lines, size)?;
            }
        }
    }
    if scan.tree.parts.len() > 1 {
        scan.tree.parts[0].path.clear();
    }
    Ok(scan.tree)
}

struct Scan {
    open: Vec<Open>,
    /// The part that is being passed over.
    leaf: Option<usize>,
    tree: Tree,
}

impl Scan {
    /// Decides whether the part is looked into.
    fn enter(&mut self, part: usize) {
        self.leaf = Some(part);
        let kind = &self.tree.parts[part].kind;
        if !kind.is_multipart() {
            return;
        }
        if self.open.len() == DEPTH {
            self.tree.too_deep = true;
            return;
        }
        let boundary = kind.boundary.clone().filter(|boundary| !boundary.is_empty() && boundary.len() <= BOUNDARY);
        self.open.push(Open { part, boundary, children: 0 });
        self.leaf = None;
    }

    /// Whether a line that begins with `--` is a delimiter of an open multipart, the innermost first.
    fn delimiter(&mut self, line: &[u8]) -> Option<Delimiter> {
        let text = line.strip_prefix(b"--")?.trim_ascii_end();
        if text.is_empty() || text.len() > BOUNDARY + 2 {
            return None;
        }
        for (level, open) in self.open.iter_mut().enumerate().rev() {
            let boundary = open.boundary.get_or_insert_with(|| text.to_vec());
            match text.strip_prefix(boundary.as_slice()) {
                Some(b"") => return Some(Delimiter::Next(level)),
                Some(b"--") => return Some(Delimiter::Close(level)),
                _ => {}
            }
        }
        None
    }

    fn end_leaf(&mut self, at: u64) {
        if let Some(part) = self.leaf.take() {
            let body = &mut self.tree.parts[part].body;
            body.end = at.max(body.start);
        }
    }

    /// Ends the open multiparts from `level` on.
    fn end_multiparts(&mut self, level: usize, at: u64) {
        for open in self.open.drain(level..) {
            let body = &mut self.tree.parts[open.part].body;
            body.end = at.max(body.start);
        }
    }

    /// Reads the header of the part that begins here.
    fn part(&mut self, lines: &mut Lines, size: u64) -> io::Result<()> {
        let Some(open) = self.open.last_mut() else { return Ok(()) };
        if self.tree.parts.len() > PARTS {
            self.tree.unlisted += 1;
            return Ok(());
        }
        open.children += 1;
        let (parent, number) = (open.part, open.children);
        let within = &self.tree.parts[parent];
        let path = if within.parent.is_none() { number.to_string() } else { format!("{}.{number}", within.path) };
        let digest = within.kind.mimetype == "multipart/digest";
        let mut head = Head::default();
        let mut first = true;
        while let Some(line) = lines.peek()? {
            // Its header is missing, is not ended by a blank line, or ends with the next delimiter.
            if is_stray(line, first) || self.delimiter(line).is_some() {
                break;
            }
            let blank = line.is_empty();
            head.push(line);
            lines.advance()?;
            if blank {
                break;
            }
            first = false;
        }
        let kind = Kind::of(&head, if digest { "message/rfc822" } else { "text/plain" });
        self.tree.parts.push(Part { path, parent: Some(parent), kind, body: lines.offset()..size });
        self.enter(self.tree.parts.len() - 1);
        Ok(())
    }
}

/// A line that can't stand in a header: the body has begun without a blank line.
fn is_stray(line: &[u8], first: bool) -> bool {
    let continues = !first && matches!(line.first(), Some(b' ' | b'\t'));
    !line.is_empty() && !continues && field_name(line).is_none()
}

/// The header of a message, whatever stands before it: blank lines, an mbox `From ` line, a space. Mail without
/// any header is all body.
pub fn message_head(lines: &mut Lines) -> io::Result<Head> {
    let mut head = Head::default();
    while let Some(line) = lines.peek()? {
        let text = line.trim_ascii_start();
        let envelope = text.starts_with(b"From ") || text.starts_with(b">From ");
        let blank = text.is_empty();
        if blank && !head.is_empty() {
            lines.advance()?;
            break;
        }
        if head.is_empty() && !envelope && !blank {
            if field_name(text).is_none() {
                break;
            }
            head.push(text);
        } else if is_stray(line, false) && !envelope {
            break;
        } else {
            head.push(line);
        }
        lines.advance()?;
    }
    Ok(head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn shape(text: &str) -> Vec<String> {
        let tree = scan(&mut Cursor::new(text.as_bytes().to_vec())).unwrap();
        let body = |range: &Range<u64>| text[range.start as usize..range.end as usize].to_owned();
        tree.parts.iter().map(|part| format!("{} {} {:?}", part.path, part.kind.mimetype, body(&part.body))).collect()
    }

    #[test]
    fn nested_parts_have_their_ranges_and_numbers() {
        let text = "Content-Type: multipart/mixed; boundary=a\r\n\r\npreamble\r\n--a\r\n\
            Content-Type: multipart/alternative; boundary=\"ab\"\r\n\r\n--ab\r\n\r\none\r\n--ab\r\n\
            Content-Type: text/html\r\n\r\ntwo\r\n--ab--\r\n\r\n--a\r\nContent-Type: image/png\r\n\r\n\
            --not\r\n\r\n--a--\r\nepilogue";
        let shape = shape(text);
        assert!(shape[0].starts_with(" multipart/mixed") && shape[1].starts_with("1 multipart/alternative"));
        assert_eq!(shape[2..], ["1.1 text/plain \"one\"", "1.2 text/html \"two\"", "2 image/png \"--not\\r\\n\""]);
    }

    #[test]
    fn a_multipart_that_is_cut_or_hides_its_boundary_is_read_as_far_as_it_goes() {
        let cut = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a\n\ntw";
        assert_eq!(shape(cut)[1..], ["1 text/plain \"one\"", "2 text/plain \"tw\""]);
        let hidden = "Content-Type: multipart/mixed\n\n--x\n\none\n--x--\n";
        assert_eq!(shape(hidden)[1..], ["1 text/plain \"one\""]);
        let unclosed = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\
            Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--a\n\ntwo\n--a--\n";
        assert_eq!(shape(unclosed)[2..], ["1.1 text/plain \"one\"", "2 text/plain \"two\""]);
    }

    #[test]
    fn odd_beginnings_do_not_hide_the_header() {
        for text in [
            "\n\r\nSubject: a\n\nbody",
            " Subject: a\n\nbody",
            "From x@y Mon Jan 1 00:00:00 2026\nSubject: a\n\nbody",
            "Subject: a\r\rbody",
        ] {
            let tree = scan(&mut Cursor::new(text.as_bytes().to_vec())).unwrap();
            assert_eq!(tree.head.text("subject").as_deref(), Some("a"), "{text:?}");
            assert_eq!(&text[tree.parts[0].body.start as usize..], "body", "{text:?}");
        }
        assert_eq!(shape("just text\n\nmore"), ["1 text/plain \"just text\\n\\nmore\""]);
    }

    #[test]
    fn an_endless_header_line_does_not_end_the_header() {
        let text = format!("Subject: {}\nTo: a\n\nbody", "x".repeat(1 << 20));
        let tree = scan(&mut Cursor::new(text.clone().into_bytes())).unwrap();
        assert_eq!(tree.head.text("to").as_deref(), Some("a"));
        assert_eq!(&text[tree.parts[0].body.start as usize..], "body");
    }

    #[test]
    fn hostile_structures_are_bounded() {
        let flat = "Content-Type: multipart/mixed; boundary=a\n\n".to_owned() + &"--a\n\nx\n".repeat(10_000);
        let tree = scan(&mut Cursor::new(flat.into_bytes())).unwrap();
        assert_eq!((tree.parts.len(), tree.unlisted), (PARTS + 1, 10_000 - PARTS));
        let nested: String =
            (0..10_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
        let tree = scan(&mut Cursor::new(nested.into_bytes())).unwrap();
        assert!(tree.too_deep && tree.parts.len() == DEPTH + 1);
    }
}
