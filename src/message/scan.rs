//! The MIME structure of a source (RFC 2046), found in one pass: headers and byte ranges, never the bytes of bodies.

use std::io;
use std::ops::Range;

use super::head::{MailHead, field_name};
use super::kind::MailKind;
use super::source::SourceLines;
use super::{PARTS, Source};

/// How many multiparts within each other are opened; deeper ones are kept whole.
const DEPTH: usize = 50;
/// Bytes of a boundary. RFC 2046 allows 70, which some mailers don't know.
const BOUNDARY: usize = 250;

#[derive(Debug)]
pub(super) struct Tree {
    /// The header of the message itself.
    pub head: MailHead,
    /// In the order of the source; the first is the message itself.
    pub parts: Vec<MimePart>,
    /// The text in a multipart before its first part and after its last one: the index of the multipart, and the range.
    pub outside: Vec<(usize, Range<u64>)>,
    /// How many parts are beyond the limit, and not listed.
    pub unlisted: usize,
    pub too_deep: bool,
}

#[derive(Debug)]
pub(super) struct MimePart {
    /// As IMAP numbers parts (RFC 3501 §6.4.5): `1.2`; `1` for the body of a message that is no multipart, empty
    /// for the message where it is one.
    pub path: String,
    pub parent: Option<usize>,
    pub kind: MailKind,
    /// The range of the body, still encoded.
    pub body: Range<u64>,
}

impl Tree {
    pub(super) fn children(&self, of: usize) -> impl Iterator<Item = (usize, &MimePart)> {
        self.parts.iter().enumerate().filter(move |(_, part)| part.parent == Some(of))
    }

    /// Multiparts without any part.
    fn childless(&self) -> Vec<usize> {
        let is_empty = |part: &MimePart| part.body.end <= part.body.start;
        let multiparts = self.parts.iter().enumerate().filter(|(_, part)| part.kind.is_multipart() && !is_empty(part));
        multiparts.map(|(at, _)| at).filter(|at| self.children(*at).next().is_none()).collect()
    }
}

/// A multipart whose end was not seen yet.
struct Open {
    part: usize,
    /// None until the first delimiter shows it, as some mailers forget to name it.
    boundary: Option<Vec<u8>>,
    /// False where a boundary, but not the type, says that it is a multipart.
    sure: bool,
    /// Its closing delimiter was seen; some mailers write further parts behind it.
    closed: bool,
    children: usize,
}

enum Delimiter {
    /// The next part of the open multipart with this index.
    Next(usize),
    Close(usize),
}

/// Walks through the source from its start. A multipart without any part has named a wrong boundary, or mixes its line ends:
/// then the walk is repeated, by what the body shows.
pub(super) fn scan(source: &mut dyn Source) -> io::Result<Tree> {
    let tree = walk(SourceLines::open(source)?, &[])?;
    let childless = tree.childless();
    if childless.is_empty() {
        return Ok(tree);
    }
    let wrong: Vec<Vec<u8>> =
        childless.iter().filter_map(|part| tree.parts[*part].kind.boundary.clone()).take(20).collect();
    let again = walk(SourceLines::open(source)?.with_any_line_end(), &wrong)?;
    Ok(if again.parts.len() > tree.parts.len() { again } else { tree })
}

fn walk(mut lines: SourceLines, wrong: &[Vec<u8>]) -> io::Result<Tree> {
    let size = lines.size();
    let head = message_head(&mut lines)?;
    let mut kind = MailKind::of(&head, "text/plain");
    if !kind.is_multipart()
        && (kind.doubtful || !head.has("content-type"))
        && let Some(boundary) = evident_boundary(&mut lines)?
    {
        kind.make_multipart();
        kind.boundary = Some(boundary);
    }
    let root = MimePart { path: "1".to_owned(), parent: None, body: lines.offset()..size, kind };
    let tree = Tree { head, parts: vec![root], outside: Vec::new(), unlisted: 0, too_deep: false };
    let mut scan = Scan { open: Vec::new(), leaf: None, gap: None, wrong, tree };
    scan.enter(0);
    while !scan.open.is_empty() && lines.skip_to_dashes()? {
        let end = lines.before_end();
        let line = lines.peek()?.unwrap_or_default().to_vec();
        lines.advance()?;
        let next = lines.peek()?;
        let begins_part = next.is_some_and(is_part_field);
        let delimiter = match scan.delimiter(&line) {
            Some(Delimiter::Next(level)) if !scan.open[level].sure && !begins_part => None,
            Some(Delimiter::Close(level)) if !scan.open[level].sure => None,
            None if begins_part || next.is_some_and(<[u8]>::is_empty) => scan.adopt(&line),
            found => found,
        };
        match delimiter {
            None => {}
            Some(Delimiter::Close(level)) => {
                scan.end_leaf(end);
                scan.end_multiparts(level + 1, end);
                scan.close(level, lines.offset());
            }
            Some(Delimiter::Next(level)) => {
                scan.end_multiparts_leaf(level, end);
                scan.part(&mut lines, size)?;
            }
        }
    }
    scan.end_gap(size);
    if scan.tree.parts.len() > 1 {
        scan.tree.parts[0].path.clear();
    }
    Ok(scan.tree)
}

struct Scan<'w> {
    open: Vec<Open>,
    /// The part whose body is being passed over.
    leaf: Option<usize>,
    /// The text outside of parts that is being passed over: the multipart it belongs to, and its start.
    gap: Option<(usize, u64)>,
    /// Boundaries that were named, but never came.
    wrong: &'w [Vec<u8>],
    tree: Tree,
}

impl Scan<'_> {
    /// Decides whether to look into the part.
    fn enter(&mut self, part: usize) {
        self.leaf = Some(part);
        let MimePart { kind, body, .. } = &self.tree.parts[part];
        let sure = kind.is_multipart();
        let boundary = kind.boundary.clone().filter(|boundary| !boundary.is_empty() && boundary.len() <= BOUNDARY);
        // A part without a valid type, or a text with a boundary, may still turn out to be a multipart.
        if !sure && (boundary.is_none() || !(kind.doubtful || kind.is_body_text())) {
            return;
        }
        if self.open.len() == DEPTH {
            self.tree.too_deep |= sure;
            return;
        }
        let boundary = boundary.filter(|boundary| !self.wrong.contains(boundary));
        if sure {
            self.leaf = None;
            self.gap = Some((part, body.start));
        }
        self.open.push(Open { part, boundary, sure, closed: false, children: 0 });
    }

    /// The delimiter that a line is, of an open multipart: innermost first, closed ones last.
    fn delimiter(&self, line: &[u8]) -> Option<Delimiter> {
        let text = line.strip_prefix(b"--")?.trim_ascii_end();
        if text.is_empty() || text.len() > BOUNDARY + 2 {
            return None;
        }
        let of = |closed: bool| {
            let open = self.open.iter().enumerate().rev().filter(move |(_, open)| open.closed == closed);
            open.filter_map(|(level, open)| match text.strip_prefix(open.boundary.as_deref()?)? {
                b"" => Some(Delimiter::Next(level)),
                b"--" => Some(Delimiter::Close(level)),
                _ => None,
            })
            .next()
        };
        of(false).or_else(|| of(true))
    }

    /// Takes a line that looks like a delimiter for the first delimiter of the innermost multipart that names no boundary.
    fn adopt(&mut self, line: &[u8]) -> Option<Delimiter> {
        let text = line.strip_prefix(b"--")?.trim_ascii_end();
        // Text and lines of dashes are not delimiters.
        let is_token = text.iter().any(u8::is_ascii_alphanumeric) && !text.contains(&b' ');
        if !is_token || text.len() > BOUNDARY {
            return None;
        }
        let level = self.open.iter().rposition(|open| open.boundary.is_none() && open.sure)?;
        self.open[level].boundary = Some(text.to_vec());
        Some(Delimiter::Next(level))
    }

    fn end_leaf(&mut self, at: u64) {
        if let Some(part) = self.leaf.take() {
            let body = &mut self.tree.parts[part].body;
            body.end = at.max(body.start);
        }
        self.end_gap(at);
    }

    fn end_gap(&mut self, at: u64) {
        if let Some((part, start)) = self.gap.take()
            && start < at
            && self.tree.outside.len() < PARTS
        {
            self.tree.outside.push((part, start..at));
        }
    }

    /// Ends whatever comes before the next part of the multipart at `level`.
    fn end_multiparts_leaf(&mut self, level: usize, at: u64) {
        let open = &mut self.open[level];
        open.closed = false;
        if !open.sure {
            open.sure = true;
            let part = open.part;
            self.tree.parts[part].kind.make_multipart();
            self.gap = Some((part, self.tree.parts[part].body.start));
            self.leaf = self.leaf.filter(|leaf| *leaf != part);
        }
        self.end_leaf(at);
        self.end_multiparts(level + 1, at);
    }

    /// Ends the open multiparts from `level` on.
    fn end_multiparts(&mut self, level: usize, at: u64) {
        for open in self.open.drain(level..).filter(|open| open.sure && !open.closed) {
            let body = &mut self.tree.parts[open.part].body;
            body.end = at.max(body.start);
        }
    }

    fn close(&mut self, level: usize, at: u64) {
        let open = &mut self.open[level];
        open.closed = true;
        let body = &mut self.tree.parts[open.part].body;
        body.end = at.max(body.start);
        self.gap = Some((open.part, at));
    }

    /// Reads the header of the part that begins here.
    fn part(&mut self, lines: &mut SourceLines, size: u64) -> io::Result<()> {
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
        let head = header(lines, false, &|line| self.delimiter(line).is_some())?;
        let kind = MailKind::of(&head, if digest { "message/rfc822" } else { "text/plain" });
        self.tree.parts.push(MimePart { path, parent: Some(parent), kind, body: lines.offset()..size });
        self.enter(self.tree.parts.len() - 1);
        Ok(())
    }
}

/// The boundary of a body that begins with a delimiter and the header of a part although nothing announced it, perhaps below
/// the line that explains MIME to old mailers.
fn evident_boundary(lines: &mut SourceLines) -> io::Result<Option<Vec<u8>>> {
    let (mut boundary, mut seen, mut shown) = (None::<Vec<u8>>, 0, false);
    lines.ahead(|_, line| {
        seen += 1;
        if boundary.is_some() {
            shown = is_part_field(line);
            return false;
        }
        match line.strip_prefix(b"--").map(<[u8]>::trim_ascii_end) {
            Some(text) if !text.is_empty() && text.len() <= BOUNDARY => boundary = Some(text.to_vec()),
            _ if line.trim_ascii().is_empty() || memchr::memmem::find(line, b"MIME").is_some() => {}
            _ => return false,
        }
        seen < 10
    })?;
    Ok(boundary.filter(|_| shown))
}

/// Whether a line is a field that headers of parts have, and other text does not begin with.
fn is_part_field(line: &[u8]) -> bool {
    field_name(line).is_some_and(|(name, _)| name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case(b"content-")))
}

/// Reads the header of a message, whatever comes before it: blank lines, an mbox `From ` line, a byte order mark, a space.
/// Mail without a header is all body.
pub(super) fn message_head(lines: &mut SourceLines) -> io::Result<MailHead> {
    header(lines, true, &|_| false)
}

/// What a line of a header is.
enum Is {
    Empty,
    /// White space alone.
    Blank,
    /// The `From ` line of mbox, which some servers leave in.
    Envelope,
    Field,
    Continuation,
    Stray,
}

/// Reads a header and the empty line that ends it. A line that can't be in a header ends it only where no further field
/// follows: relays break lines where they shouldn't, and insert words.
fn header(lines: &mut SourceLines, of_message: bool, delimits: &dyn Fn(&[u8]) -> bool) -> io::Result<MailHead> {
    let mut head = MailHead::default();
    // Up to this offset it is certain that the header goes on.
    let mut goes_on = 0;
    while let Some(line) = lines.peek()? {
        if delimits(line) {
            break;
        }
        let line = beginning(line, head.is_empty() && of_message);
        let is = what(line, &head, of_message);
        match is {
            Is::Empty | Is::Blank if head.is_empty() && of_message => {}
            Is::Empty => {
                lines.advance()?;
                break;
            }
            Is::Blank => {
                // A folded line, unless the body begins here.
                if lines.offset() >= goes_on {
                    let mut next = None;
                    lines.ahead(|offset, line| {
                        let begins = line.is_empty()
                            || is_likely_field(line)
                            || line.starts_with(b" ")
                            || line.starts_with(b"\t");
                        next = (line.is_empty() || !line.trim_ascii().is_empty()).then_some((
                            offset,
                            line.is_empty(),
                            begins,
                        ));
                        next.is_none()
                    })?;
                    match next {
                        Some((offset, true, _)) => goes_on = offset,
                        Some((_, _, true)) => goes_on = next_field(lines, 1, delimits)?.unwrap_or(0),
                        _ => {}
                    }
                    if goes_on <= lines.offset() {
                        lines.advance()?;
                        break;
                    }
                }
            }
            Is::Envelope => {}
            Is::Field | Is::Continuation => head.push(line),
            Is::Stray => {
                if lines.offset() >= goes_on {
                    match next_field(lines, if head.is_empty() { 2 } else { 1 }, delimits)? {
                        Some(offset) => goes_on = offset,
                        None if head.is_unfinished() && lines.peek()?.is_some_and(|line| line.contains(&b'=')) => {}
                        None => break,
                    }
                }
                if let Some(line) = lines.peek()? {
                    head.mend(line);
                }
            }
        }
        lines.advance()?;
    }
    Ok(head)
}

/// A header's first line without anything before it.
fn beginning(line: &[u8], first: bool) -> &[u8] {
    if !first {
        return line;
    }
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii_start()
}

fn what(line: &[u8], head: &MailHead, of_message: bool) -> Is {
    let begins_blank = matches!(line.first(), Some(b' ' | b'\t'));
    if line.is_empty() {
        Is::Empty
    } else if line.trim_ascii().is_empty() {
        Is::Blank
    } else if of_message && (line.starts_with(b"From ") || line.starts_with(b">From ")) {
        Is::Envelope
    } else if begins_blank && !head.is_empty() {
        Is::Continuation
    } else if !begins_blank && field_name(line).is_some() {
        Is::Field
    } else {
        Is::Stray
    }
}

/// The offset of the `count`th usual field of mail before the next empty line.
fn next_field(lines: &mut SourceLines, count: usize, delimits: &dyn Fn(&[u8]) -> bool) -> io::Result<Option<u64>> {
    let (mut left, mut found) = (count, None);
    lines.ahead(|offset, line| {
        if line.is_empty() || delimits(line) {
            return false;
        }
        left -= usize::from(is_likely_field(line));
        found = (left == 0).then_some(offset);
        left > 0
    })?;
    Ok(found)
}

/// Whether a line is a field of mail, and not a word with a colon behind it.
fn is_likely_field(line: &[u8]) -> bool {
    const FIELDS: &[&str] = &[
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "sender",
        "received",
        "references",
        "importance",
        "priority",
        "precedence",
        "organization",
        "keywords",
        "comments",
        "status",
        "lines",
    ];
    let Some((name, _)) = field_name(line) else { return false };
    let dashed = name.contains(&b'-') && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    dashed || FIELDS.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name))
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
            "\u{feff}Subject: a\n\nbody",
            "\n\u{feff}Subject: a\n\nbody",
            "+OK 512 octets\r\nSubject: a\r\nTo: b@c.example\r\n\r\nbody",
            "X-Odd: b\r\nfor <b@c.example>; Sat, 21 Nov 2026 10:00:05 +0300\r\nSubject: a\r\n\r\nbody",
            "X-Odd: b\r\n \r\n\t\r\nSubject: a\r\n\r\nbody",
            "X-Odd: b\nFrom x@y Mon Jan 1 00:00:00 2026\nSubject: a\n\nbody",
            "X-Odd: b\r\n   \r\n and more\r\nSubject: a\r\n\r\nbody",
            "From: a@b.example\nFrom: c@d.example\nSubject: a\n\nbody",
            "From: a@b.example\nthis is no field\nnor this\nSubject: a\n\nbody",
            "To: b\r\r\nSubject: a\r\r\n\r\r\nbody",
            "Subject: a\nTo: b\n  \nbody",
        ] {
            let tree = scan(&mut Cursor::new(text.as_bytes().to_vec())).unwrap();
            assert_eq!(tree.head.text("subject").as_deref(), Some("a"), "{text:?}");
            assert_eq!(&text[tree.parts[0].body.start as usize..], "body", "{text:?}");
        }
        let mended = "Content-Type: multipart/mixed;\nboundary=b\n\n--b\n\none\n--b--\n";
        assert_eq!(shape(mended)[1..], ["1 text/plain \"one\""]);
        let no_blank = "Subject: a\nDear all: see below\nplease read this\n\nDate: unknown";
        let tree = scan(&mut Cursor::new(no_blank.as_bytes().to_vec())).unwrap();
        assert_eq!(&no_blank[tree.parts[0].body.start as usize..][..6], "Dear a");
        assert_eq!(shape("just text\n\nmore"), ["1 text/plain \"just text\\n\\nmore\""]);
    }

    #[test]
    fn a_boundary_that_is_wrong_or_not_announced_is_seen_in_the_body() {
        for head in [
            "Content-Type: multipart/mixed; boundary=other\n",
            "Content-Type: multipart/mixed; boundary=X\n",
            "Content-Type: multipart/mixed; boundary=\"\"\n",
            "Content-Type: multipart/mixed; boundary=\"x  \"\n",
            "Content-Type: nonsense; boundary=x\n",
            "Content-Type: text/plain; boundary=x\n",
            "Content-Type: nonsense\n",
            "MIME-Version: 1.0\n",
        ] {
            let text = format!("{head}Subject: a\n\n--x\nContent-Type: text/html\n\none\n--x \n\ntwo\n--x--\n");
            assert_eq!(shape(&text)[1..], ["1 text/html \"one\"", "2 text/plain \"two\""], "{head}");
            let mixed = text.replacen("\n\n", "\r\n\r\n", 1).replace("--x\n", "--x\r").replace("\n--x", "\r--x");
            if head.starts_with("Content-Type: multipart") {
                assert_eq!(shape(&mixed).len(), 3, "{mixed:?}");
            }
        }
        for text in [
            "Content-Type: text/plain\n\n--x\nContent-Type: text/html\n\none\n--x--\n",
            "Subject: a\n\nSee what came back:\n--x\nContent-Type: text/html\n\none\n--x--\n",
            "Content-Type: multipart/mixed\n\n---------- Forwarded message ----------\n\none\n----------\n\ntwo",
            "Content-Type: text/plain; boundary=x\n\n--x\nand more words\n",
        ] {
            assert_eq!(shape(text).len(), 1, "{text}");
        }
        let inner = "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed\n\n--q\n\none\n\
            --q--\n--a\n\ntwo\n--a--\n";
        assert_eq!(shape(inner)[2..], ["1.1 text/plain \"one\"", "2 text/plain \"two\""]);
    }

    #[test]
    fn parts_behind_the_end_are_parts() {
        let text = "Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a--\n\n--a\n\ntwo\n--a--\nfooter\n";
        assert_eq!(shape(text)[1..], ["1 text/plain \"one\"", "2 text/plain \"two\""]);
        let tree = scan(&mut Cursor::new(text.as_bytes().to_vec())).unwrap();
        let outside: Vec<&str> =
            tree.outside.iter().map(|(_, range)| text[range.start as usize..range.end as usize].trim()).collect();
        assert_eq!(outside, ["footer"]);
        let twice = "Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=a\n\n\
            --a\n\none\n--a--\n--a\n\ntwo\n--a--\n";
        assert_eq!(shape(twice)[2..], ["1.1 text/plain \"one\"", "2 text/plain \"two\""]);
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
