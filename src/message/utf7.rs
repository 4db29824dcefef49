//! UTF-7 (RFC 2152), which no browser and no encoding library reads any more, in one pass.

/// Decodes UTF-7; what is broken is left out or replaced.
pub fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = memchr::memchr(b'+', rest) {
        text.push_str(&String::from_utf8_lossy(&rest[..at]));
        rest = &rest[at + 1..];
        let length = rest.iter().position(|byte| sextet(*byte).is_none()).unwrap_or(rest.len());
        if length == 0 && rest.first() == Some(&b'-') {
            text.push('+');
        } else {
            shifted(&rest[..length], &mut text);
        }
        rest = &rest[length..];
        rest = rest.strip_prefix(b"-").unwrap_or(rest);
    }
    text.push_str(&String::from_utf8_lossy(rest));
    text
}

/// A base64 run is UTF-16, big-endian, without padding.
fn shifted(run: &[u8], text: &mut String) {
    let (mut bits, mut count) = (0u32, 0);
    let units = run.iter().filter_map(|byte| sextet(*byte)).filter_map(|value| {
        bits = bits << 6 | value;
        count += 6;
        (count >= 16).then(|| {
            count -= 16;
            (bits >> count) as u16
        })
    });
    text.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn the_examples_of_rfc_2152() {
        assert_eq!(decode(b"A+ImIDkQ."), "A\u{2262}\u{391}.");
        assert_eq!(decode(b"Hi Mom -+Jjo--!"), "Hi Mom -\u{263a}-!");
        assert_eq!(decode(b"+ZeVnLIqe-"), "日本語");
        assert_eq!(decode(b"1 +- 1"), "1 + 1");
    }

    #[test]
    fn broken_runs_end_quietly() {
        assert_eq!(decode(b"a+"), "a");
        assert_eq!(decode(b"+2D0-x"), "\u{fffd}x");
    }
}
