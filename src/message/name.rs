//! File names that are safe to store, to show and to save, whatever the mail calls its attachments.

use super::clean;

/// Characters of a name, its extension included.
const LENGTH: usize = 200;
/// Longer ones are no extension.
const EXTENSION: usize = 12;

/// A safe name from the one that the mail gives, or from the type where it gives none. `number` (from 1) tells
/// nameless ones apart.
pub fn safe(given: Option<&str>, mimetype: &str, number: usize) -> String {
    let cleaned = clean::line(given.unwrap_or_default(), usize::MAX);
    // Only the last step of a path: both kinds of slash, since the reader's system is not known.
    let last = cleaned.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = last.chars().map(|c| if "<>:\"|?*".contains(c) { '_' } else { c }).collect();
    let name = name.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if name.is_empty() {
        return format!("attachment-{number}.{}", extension_of(mimetype));
    }
    let (stem, extension) = split(name);
    let stem = stem.trim_end();
    let room = LENGTH - extension.map_or(0, |extension| extension.chars().count() + 1);
    let mut safe: String = stem.chars().take(room).collect();
    if is_reserved(&safe) {
        safe.insert(0, '_');
    }
    if let Some(extension) = extension {
        safe.push('.');
        safe.push_str(extension);
    }
    safe
}

fn split(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() && (1..=EXTENSION).contains(&extension.chars().count()) => {
            (stem, Some(extension))
        }
        _ => (name, None),
    }
}

/// Device names of Windows, which no file may have there.
fn is_reserved(stem: &str) -> bool {
    let stem = stem.split('.').next().unwrap_or_default().trim().to_ascii_lowercase();
    matches!(stem.as_str(), "con" | "prn" | "aux" | "nul")
        || matches!(stem.strip_prefix("com").or(stem.strip_prefix("lpt")), Some(digit) if digit.len() == 1 && digit.as_bytes()[0].is_ascii_digit())
}

/// What a file of this type is usually called by.
pub fn extension_of(mimetype: &str) -> &'static str {
    match mimetype {
        "text/plain" => "txt",
        "text/html" => "html",
        "text/calendar" => "ics",
        "text/csv" => "csv",
        "message/rfc822" | "message/global" => "eml",
        "message/delivery-status" | "text/rfc822-headers" => "txt",
        "image/jpeg" | "image/jpg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "image/heic" => "heic",
        "audio/ogg" => "ogg",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "video/mp4" => "mp4",
        "application/pdf" => "pdf",
        "application/zip" => "zip",
        "application/msword" => "doc",
        "application/pgp-signature" => "asc",
        "application/pkcs7-signature" | "application/x-pkcs7-signature" => "p7s",
        "application/ms-tnef" => "dat",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn names_are_safe_on_every_system() {
        for (given, expected) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\a\\carte.pdf", "carte.pdf"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("a\r\nb\0.txt", "a b.txt"),
            ("CON.txt", "_CON.txt"),
            ("com1", "_com1"),
            (".htaccess", "htaccess"),
            ("what?<now>.png", "what__now_.png"),
            ("صورة البطاقة.jpg", "صورة البطاقة.jpg"),
        ] {
            assert_eq!(safe(Some(given), "image/png", 1), expected, "{given:?}");
        }
    }

    #[test]
    fn a_name_is_never_empty_and_never_long() {
        assert_eq!(safe(None, "image/png", 3), "attachment-3.png");
        assert_eq!(safe(Some("..."), "application/x-unknown", 1), "attachment-1.bin");
        let long = safe(Some(&format!("{}.pdf", "é".repeat(1000))), "application/pdf", 1);
        assert_eq!(long.chars().count(), 200);
        assert!(long.ends_with("é.pdf"));
    }
}
