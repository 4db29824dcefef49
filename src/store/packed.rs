//! How SQLite stores the texts of mails: compressed against the mail's source, which has most of them already. So a text is
//! there once, in the source, and what was made from it takes a few more bytes. PostgreSQL, whose searches read texts
//! themselves, stores them as they are.
//!
//! A compressed text is a BLOB where a text would be, and begins as no text can. `unpacked` lets a statement read either. A
//! source against which something is compressed (`posts.packed_with`, a foreign key) can't be dropped before
//! [`super::posts::stand_alone`].

use std::io;

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, SqlLiteral};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Binary, HasSqlType, Nullable, Text};
use zstd::bulk::Compressor;
use zstd::zstd_safe::DCtx;

use super::blob;
use crate::domain::text::html_of_lines;
use crate::domain::words::Sentence;
use crate::say;

/// Nothing is compressed against a source with more bytes than this, since all of it would have to be read for a single
/// line.
pub(super) const LARGEST_SOURCE: i64 = 64 << 10;
const LEVEL: i32 = 3;

/// The first bytes of zstd data. No text begins so: its second byte can't follow the first one.
const MARK: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Stands before compressed or plain bytes, and says that the HTML is what [`html_of_lines`] makes of them. No text has such
/// a byte.
const MADE: u8 = 0xff;

/// A text of a post as it is written.
#[derive(Debug, Clone)]
pub enum KeptText<'a> {
    Plain(&'a str),
    Packed(Vec<u8>),
}

impl Expression for KeptText<'_> {
    type SqlType = Text;
}

impl<Table> AppearsOnTable<Table> for KeptText<'_> {}

/// A compressed text is bound as bytes to a column of texts, which SQLite accepts.
impl<DB> QueryFragment<DB> for KeptText<'_>
where
    DB: Backend + HasSqlType<Text> + HasSqlType<Binary>,
    str: ToSql<Text, DB>,
    [u8]: ToSql<Binary, DB>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        match self {
            KeptText::Plain(text) => pass.push_bind_param::<Text, str>(text),
            KeptText::Packed(bytes) => pass.push_bind_param::<Binary, [u8]>(bytes),
        }
    }
}

impl QueryId for KeptText<'_> {
    type QueryId = KeptText<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

/// Compresses the texts of a batch: zstd needs some hundred kilobytes for it.
pub(super) struct Packer<'s>(Compressor<'s>);

impl<'s> Packer<'s> {
    pub(super) fn new() -> io::Result<Self> {
        let mut compressor = Compressor::new(LEVEL)?;
        // With a wrong source, another text would come out: the checksum tells.
        compressor.include_checksum(true)?;
        Ok(Self(compressor))
    }

    /// Compresses a text, against the clear source of its mail, if there is one.
    pub(super) fn pack<'t>(&mut self, text: &'t str, source: Option<&'s [u8]>) -> io::Result<KeptText<'t>> {
        let packed = match source {
            Some(source) => {
                self.0.context_mut().ref_prefix(source).map_err(failed)?;
                self.0.compress(text.as_bytes())?
            }
            None => blob::compress(text.as_bytes())?,
        };
        Ok(if packed.len() < text.len() { KeptText::Packed(packed) } else { KeptText::Plain(text) })
    }

    /// Compresses the HTML of a mail with this text. If the HTML was made from the text, that is stored instead: the source
    /// has it nearly as it is.
    pub(super) fn pack_html<'t>(
        &mut self,
        html: &'t str,
        text: &str,
        source: Option<&'s [u8]>,
    ) -> io::Result<KeptText<'t>> {
        // What is stored regains its lines by their ends alone.
        if text.contains('\r') || html_of_lines(text) != html {
            return self.pack(html, source);
        }
        // If its lines end like those of the source, they are one piece of it.
        let ends = source.is_some_and(|source| memchr::memmem::find(source, b"\r\n").is_some());
        let lines = if ends { text.replace('\n', "\r\n") } else { text.to_owned() };
        let mut kept = vec![MADE];
        match self.pack(&lines, source)? {
            KeptText::Plain(text) => kept.extend_from_slice(text.as_bytes()),
            KeptText::Packed(bytes) => kept.extend(bytes),
        }
        Ok(if kept.len() < html.len() { KeptText::Packed(kept) } else { KeptText::Plain(html) })
    }
}

fn failed(code: usize) -> io::Error {
    io::Error::other(zstd::zstd_safe::get_error_name(code))
}

/// Reads a stored text, with this clear source or by itself.
pub(super) fn unpack(kept: &[u8], source: Option<&[u8]>) -> io::Result<String> {
    if let Some(lines) = kept.strip_prefix(&[MADE]) {
        return Ok(html_of_lines(&unpack(lines, source)?.replace("\r\n", "\n")));
    }
    let bytes = match source {
        _ if !kept.starts_with(&MARK) => kept.to_vec(),
        None => blob::clear(kept)?,
        Some(source) => {
            let mut bytes = Vec::with_capacity(blob::clear_size(kept)?);
            let mut context = DCtx::create();
            context.ref_prefix(source).map_err(failed)?;
            context.decompress(&mut bytes, kept).map_err(failed)?;
            bytes
        }
    };
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// What is shown instead of a text that can't be read, because the source it was compressed against is damaged or gone.
pub(super) fn unreadable() -> Sentence {
    say!("detail-text-damaged")
}

/// A text of the table `of`, which has the columns of `posts`, as SQL. PostgreSQL has a function of this name, too, which
/// returns its argument.
pub(super) fn unpacked(of: &str, column: &str) -> String {
    format!(
        "mailgate_unpacked({of}.{column}, (SELECT k.data FROM source_chunks k WHERE k.source_id = {of}.packed_with AND k.seq = 0))"
    )
}

/// The same for a query over `posts`.
pub(super) fn unpacked_post(column: &str) -> SqlLiteral<Text> {
    diesel::dsl::sql(&unpacked("posts", column))
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Reads a stored text; `chunk` is the source that it was compressed against, as [`blob`] stores it. If that is damaged,
    /// the rest of a page or an answer does not fail with it: `unreadable`.
    fn mailgate_unpacked(kept: Binary, chunk: Nullable<Binary>) -> Text;
}

/// Makes the function known to a new SQLite connection.
pub(super) fn register(conn: &mut SqliteConnection) -> QueryResult<()> {
    mailgate_unpacked_utils::register_impl(conn, |kept: Vec<u8>, chunk: Option<Vec<u8>>| {
        let is_packed = kept.strip_prefix(&[MADE]).unwrap_or(&kept).starts_with(&MARK);
        let source = chunk.filter(|_| is_packed).map(|chunk| blob::clear(&chunk)).transpose();
        source.and_then(|source| unpack(&kept, source.as_deref())).unwrap_or_else(|error| {
            tracing::error!(%error, "a text of a mail can't be read: what is stored of it is damaged");
            unreadable().to_string()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    impl KeptText<'_> {
        fn as_bytes(&self) -> &[u8] {
            match self {
                KeptText::Plain(text) => text.as_bytes(),
                KeptText::Packed(bytes) => bytes,
            }
        }
    }

    /// Packs it beside the source and says how many bytes it takes; it must come back.
    fn kept(text: &str, source: Option<&str>) -> usize {
        let source = source.map(str::as_bytes);
        let kept = Packer::new().unwrap().pack(text, source).unwrap();
        assert_eq!(unpack(kept.as_bytes(), source).unwrap(), text);
        kept.as_bytes().len()
    }

    fn lines(count: usize) -> String {
        let words = ["payment", "card", "village", "office", "family", "number", "missing", "household", "month"];
        let line = |n: usize| format!("{n} {} {} & {}\n", words[n % 7], words[n * n % 9], words[n / 3 % 9]);
        (0..count).map(line).collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn what_the_source_says_is_not_kept_again() {
        let text = lines(800);
        let source = format!("Subject: x\r\n\r\n<table>{text}</table>\r\n");
        assert!(kept(&text, Some(&source)) < text.len() / 50);
        // Made into lines of HTML.
        let html = text.replace('&', "&amp;").replace('\n', "<br>\n");
        let source = format!("Subject: x\r\n\r\n{}\r\n", text.replace('\n', "\r\n"));
        let (beside, alone) = (kept(&html, Some(&source)), kept(&html, None));
        assert!(
            beside < html.len() / 6 && beside < alone && alone < html.len() / 2,
            "{beside}, {alone} of {}",
            html.len()
        );
    }

    #[test]
    fn what_takes_more_packed_stays_as_it_is_and_every_text_comes_back() {
        for text in ["", "a", "\u{1f}", "(µ", "Grüße\n\n\nzwei  Zeilen ", "a\r\nb", "<p>x</p>"] {
            kept(text, None);
            kept(text, Some("Subject: x\r\n\r\na\r\n"));
        }
        assert_eq!(kept("<p>a</p>", None), 8);
    }

    #[test]
    fn html_that_was_made_of_a_text_is_that_text() {
        let text = lines(800);
        let html = html_of_lines(&text);
        let source = format!("Subject: x\r\n\r\n{}\r\n", text.replace('\n', "\r\n"));
        for (html, text, source, most) in [
            (html.as_str(), text.as_str(), Some(source.as_bytes()), 60),
            // Its own bytes: zstd takes none of a source that lies where the text lies.
            (&html, &text, Some(text.as_bytes()), text.len() / 100),
            (&html, &text, None, text.len()),
            ("<p dir=\"auto\">a</p>\n", "a", Some(source.as_bytes()), 2),
            ("", "", None, 1),
            ("<p>a</p>", "a", None, 8),
        ] {
            let kept = Packer::new().unwrap().pack_html(html, text, source).unwrap();
            assert_eq!(unpack(kept.as_bytes(), source).unwrap(), html);
            assert!(kept.as_bytes().len() <= most, "{} of {}", kept.as_bytes().len(), html.len());
        }
        // As it stands in databases: what is made of it stays what it was.
        let kept = b"\xffHello <b>,\r\nsee https://x.example or a@x.example.\r\n\r\n  \"Bye\" & all";
        let link = |to: &str, shown: &str| format!("<a href=\"{to}\" rel=\"noopener noreferrer nofollow\">{shown}</a>");
        let (site, address) =
            (link("https://x.example", "https://x.example"), link("mailto:a@x.example", "a@x.example"));
        let html = format!(
            "<p dir=\"auto\">Hello &lt;b&gt;,<br>\nsee {site} or {address}.</p>\n<p dir=\"auto\">  &quot;Bye&quot; &amp; all</p>\n"
        );
        assert_eq!(unpack(kept, None).unwrap(), html);
    }

    #[test]
    fn another_source_gives_no_other_text() {
        let text = lines(80);
        // Its own bytes: zstd takes none of a source that lies where the text lies.
        let source = text.clone();
        let packed = Packer::new().unwrap().pack(&text, Some(source.as_bytes())).unwrap();
        for other in [None, Some(text.to_uppercase())] {
            let read = unpack(packed.as_bytes(), other.as_deref().map(str::as_bytes));
            assert!(read.is_err(), "{} of {} bytes: {read:?}", packed.as_bytes().len(), text.len());
        }
    }
}
