//! Types of content, as `image/png`. Those of mail and of clients are whatever somebody wrote.

/// What is said of bytes of which nothing is known.
pub const BYTES: &str = "application/octet-stream";

/// The type, or [`BYTES`] where it is none (RFC 6838 §4.2): what is not well-formed could end a header, or mean one
/// thing here and another there.
pub fn or_bytes(given: &str) -> &str {
    let is_name = |name: &str| {
        name.len() <= 127
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    match given.split_once('/') {
        Some((kind, subtype)) if is_name(kind) && is_name(subtype) => given,
        _ => BYTES,
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES, or_bytes};

    #[test]
    fn only_a_well_formed_type_is_passed_on() {
        for right in ["image/png", "application/vnd.ms-excel", "image/svg+xml", "x/y"] {
            assert_eq!(or_bytes(right), right);
        }
        let long = format!("image/{}", "a".repeat(128));
        for wrong in [
            "",
            "image",
            "image/",
            "/png",
            "image/png\r\nX: y",
            "text/html; charset=utf-8",
            "a/b/c",
            "é/x",
            "a b/c",
            ".a/b",
            &long,
        ] {
            assert_eq!(or_bytes(wrong), BYTES, "{wrong:?}");
        }
    }
}
