//! Text whose lines flow (RFC 3676): a blank at a line's end says that the next one goes on.

/// How a text's lines are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flowed {
    /// `delsp=yes`: the blank at the end is no part of the text, so that words and scripts without blanks can be broken.
    pub delete_space: bool,
}

/// Joins what flows; line ends are line feeds already.
pub fn unflow(text: &str, flowed: Flowed) -> String {
    let mut joined = String::with_capacity(text.len());
    // The depth of quotation of a line that goes on.
    let mut open: Option<usize> = None;
    for line in text.split('\n') {
        let unquoted = line.trim_start_matches('>');
        let depth = line.len() - unquoted.len();
        let content = unquoted.strip_prefix(' ').unwrap_or(unquoted);
        // A signature's separator ends in a blank and does not flow.
        let signature = content == "-- ";
        if open != Some(depth) || signature {
            if open.is_some() {
                joined.push('\n');
            }
            joined.extend(std::iter::repeat_n('>', depth));
            if depth > 0 {
                joined.push(' ');
            }
        }
        let flows = !signature && content.ends_with(' ');
        joined.push_str(if flows && flowed.delete_space { &content[..content.len() - 1] } else { content });
        open = flows.then_some(depth);
        if !flows {
            joined.push('\n');
        }
    }
    // The text's own last line end, not the one that was put behind its last line.
    joined.truncate(joined.len() - usize::from(open.is_none()));
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str) -> [String; 2] {
        [false, true].map(|delete_space| unflow(text, Flowed { delete_space }))
    }

    #[test]
    fn lines_that_end_in_a_blank_go_on() {
        assert_eq!(both("one \ntwo\nthree\n"), ["one two\nthree\n", "onetwo\nthree\n"]);
        assert_eq!(both("https://a.example/alb \nums"), ["https://a.example/alb ums", "https://a.example/albums"]);
        assert_eq!(both("one  \ntwo")[1], "one two");
        assert_eq!(both("村のポンプが壊れてい \nて、水が")[1], "村のポンプが壊れていて、水が");
        assert_eq!(both("one \n\ntwo"), ["one \ntwo", "one\ntwo"]);
    }

    #[test]
    fn quotations_signatures_and_stuffing_are_kept_apart() {
        assert_eq!(both("> one \n> two\n>> deep \nmine")[0], "> one two\n>> deep \nmine");
        assert_eq!(both("Amina \n-- \nThe office")[0], "Amina \n-- \nThe office");
        assert_eq!(both(" From here\n > no quote")[0], "From here\n> no quote");
    }

    proptest::proptest! {
        #[test]
        fn nothing_but_blanks_and_line_ends_is_lost(text in "[a-c> \\n]{0,60}", delete_space in proptest::bool::ANY) {
            let letters = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>();
            let read = unflow(&text, Flowed { delete_space });
            proptest::prop_assert_eq!(letters(&text), letters(&read));
        }
    }
}
