//! What styles hide from a reader of HTML, and the white space that they keep: as much of CSS as mailers use for that.

use std::collections::HashMap;

use memchr::memmem;

/// Bytes of style sheets, and rules, that are read.
const LENGTH: usize = 256 << 10;
const RULES: usize = 2_000;

/// What a set of declarations does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Style {
    pub hides: bool,
    /// `display` says that the element is shown, whatever a style sheet says.
    shows: bool,
    /// Line ends, and runs of blanks, in the text.
    pub space: Option<Space>,
    /// The text is white; on what, others say.
    pub white: bool,
    pub background: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Folded,
    Lines,
    All,
}

impl Style {
    /// Of a `style` attribute, or the inside of a rule.
    pub(super) fn of(declarations: &str) -> Self {
        let declarations = declarations.to_ascii_lowercase();
        let (mut style, mut set) = (Style::default(), HashMap::new());
        for declaration in declarations.split(';').take(100) {
            let Some((name, value)) = declaration.split_once(':') else { continue };
            set.insert(name.trim(), value.trim().trim_end_matches("!important").trim());
        }
        let get = |name: &str| set.get(name).copied().unwrap_or_default();
        let is_nothing = |name: &str| length(get(name)).is_some_and(|length| length <= 0.0);
        let far_away = |name: &str| length(get(name)).is_some_and(|length| length <= -500.0);
        let background = [get("background-color"), get("background")].into_iter().find(|value| !value.is_empty());
        style.shows = !matches!(get("display"), "" | "none");
        style.background = background.is_some_and(|value| !matches!(value, "none" | "transparent" | "inherit"));
        style.white = is_white(get("color"));
        let same_color =
            background.is_some_and(|background| background == get("color") || (style.white && is_white(background)));
        style.hides = get("display") == "none"
            || matches!(get("visibility"), "hidden" | "collapse")
            || is_nothing("opacity")
            || length(get("font-size")).is_some_and(|size| size <= 1.0 && !get("font-size").contains('m'))
            || get("mso-hide") == "all"
            || get("color") == "transparent"
            || (get("overflow") == "hidden"
                && ["height", "max-height", "width", "max-width"].into_iter().any(is_nothing))
            || far_away("text-indent")
            || (matches!(get("position"), "absolute" | "fixed") && (far_away("left") || far_away("top")))
            || same_color;
        style.space = match get("white-space") {
            "pre" | "pre-wrap" | "break-spaces" => Some(Space::All),
            "pre-line" => Some(Space::Lines),
            "normal" | "nowrap" => Some(Space::Folded),
            _ => None,
        };
        style
    }

    /// Itself, and under it what a style sheet says.
    fn over(self, sheet: Style) -> Style {
        Style {
            hides: self.hides || (sheet.hides && !self.shows),
            shows: self.shows || sheet.shows,
            space: self.space.or(sheet.space),
            white: self.white || sheet.white,
            background: self.background || sheet.background,
        }
    }
}

/// `0`, `0px`, `1pt`, `-9999px` as a number; of percents only zero is known.
fn length(value: &str) -> Option<f32> {
    let end = value.find(|c: char| !(c.is_ascii_digit() || "+-.".contains(c))).unwrap_or(value.len());
    let number: f32 = value[..end].parse().ok()?;
    (number == 0.0 || matches!(&value[end..], "px" | "pt" | "")).then_some(number)
}

pub(super) fn is_white(color: &str) -> bool {
    let compact: String = color.to_ascii_lowercase().split_whitespace().collect();
    matches!(compact.as_str(), "white" | "#fff" | "#ffffff" | "rgb(255,255,255)")
}

/// The rules of the style sheets in some HTML that speak of a class or an identifier alone.
#[derive(Debug, Default)]
pub(super) struct StyleSheet {
    rules: HashMap<String, Style>,
    colors: bool,
}

impl StyleSheet {
    pub(super) fn of(html: &str) -> Self {
        let mut sheet = StyleSheet::default();
        let (mut rest, mut left) = (html, LENGTH);
        while let Some(start) = find_tag(rest, "<style") {
            let Some(inside) = rest[start..].find('>').map(|end| &rest[start + end + 1..]) else { break };
            let end = find_tag(inside, "</style").unwrap_or(inside.len());
            let css = &inside[..inside.floor_char_boundary(end.min(left))];
            sheet.colors |= css.contains("background");
            sheet.read(css);
            left -= css.len();
            rest = &inside[end..];
        }
        sheet
    }

    fn read(&mut self, css: &str) {
        let css = without_comments(css);
        let mut rest = css.as_str();
        while let Some(open) = rest.find('{') {
            let selectors = rest[..open].trim();
            let inside = &rest[open + 1..];
            // Rules for other media, and what else has rules within, is passed over.
            let end = if selectors.starts_with('@') { end_of_block(inside) } else { inside.find('}') };
            let end = end.unwrap_or(inside.len());
            if !selectors.starts_with('@') {
                let style = Style::of(&inside[..end]);
                for selector in selectors.split(',').filter_map(simple) {
                    if self.rules.len() < RULES {
                        let rule = self.rules.entry(selector).or_default();
                        *rule = style.over(Style { hides: rule.hides && !style.shows, ..*rule });
                    }
                }
            }
            rest = inside.get(end + 1..).unwrap_or_default();
        }
    }

    /// Whether they may set a background somewhere.
    pub(super) fn colors(&self) -> bool {
        self.colors
    }

    /// What a style attribute, classes and an identifier do together.
    pub(super) fn style(&self, inline: &str, classes: &str, id: &str) -> Style {
        let mut style = if inline.is_empty() { Style::default() } else { Style::of(inline) };
        if !self.rules.is_empty() {
            let names = classes.split_whitespace().take(20).map(|class| format!(".{}", class.to_ascii_lowercase()));
            for name in names.chain((!id.is_empty()).then(|| format!("#{}", id.trim().to_ascii_lowercase()))) {
                style = self.rules.get(&name).map_or(style, |rule| style.over(*rule));
            }
        }
        style
    }
}

fn find_tag(html: &str, tag: &str) -> Option<usize> {
    let finder = memmem::Finder::new(&tag.as_bytes()[..1]);
    finder.find_iter(html.as_bytes()).find(|at| {
        html.as_bytes().get(*at..at + tag.len()).is_some_and(|found| found.eq_ignore_ascii_case(tag.as_bytes()))
    })
}

fn without_comments(css: &str) -> String {
    let mut kept = String::with_capacity(css.len());
    let mut rest = css;
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, beyond)| beyond);
    }
    kept.push_str(rest);
    kept.replace("<!--", "").replace("-->", "")
}

/// Where a block that holds blocks ends.
fn end_of_block(css: &str) -> Option<usize> {
    let mut depth = 0_usize;
    css.char_indices().find_map(|(at, c)| {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        None
    })
}

/// `.class`, `#id`, or one of them behind an element's name.
fn simple(selector: &str) -> Option<String> {
    let selector = selector.trim();
    let start = selector.find(['.', '#'])?;
    let name = &selector[start + 1..];
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    (plain(&selector[..start]) && plain(name) && !name.is_empty()).then(|| selector[start..].to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_can_see_is_hidden() {
        for (style, hides) in [
            ("display:none", true),
            ("DISPLAY : None !important", true),
            ("visibility:hidden", true),
            ("opacity:0", true),
            ("opacity:0.5", false),
            ("font-size:0px", true),
            ("font-size:1px;color:#fff", true),
            ("font-size:1em", false),
            ("font-size:0", true),
            ("mso-hide:all", true),
            ("max-height:0;overflow:hidden", true),
            ("max-height:0", false),
            ("overflow:hidden;height:100%", false),
            ("color:#fff;background:#FFFFFF", true),
            ("color:#fff;background:#0078d4", false),
            ("text-indent:-9999px", true),
            ("position:absolute;left:-5000px", true),
            ("display:block", false),
            ("color:red", false),
        ] {
            assert_eq!(Style::of(style).hides, hides, "{style}");
        }
    }

    #[test]
    fn style_sheets_speak_of_classes() {
        let sheet = StyleSheet::of(
            "<STYLE type='text/css'>/* .a{} */ .x, td.y { display:none } #z{white-space:pre} \
             @media print { .p { display:none } } .q{display:none} .q{display:block} .a .b{display:none}</style>",
        );
        for (class, hides) in [("x", true), ("n Y", true), ("p", false), ("q", false), ("b", false)] {
            assert_eq!(sheet.style("", class, "").hides, hides, "{class}");
        }
        assert_eq!(sheet.style("", "", "z").space, Some(Space::All));
        assert!(!sheet.style("display:block", "x", "").hides);
    }

    #[test]
    fn hostile_sheets_end() {
        for piece in ["{", "}", ".a{", "@media{", "/*", "<style>", "<style>.a{display:none}</style>", "a:b;", ",.a"] {
            let _ = StyleSheet::of(&format!("<style>{}", piece.repeat(500_000 / piece.len())));
            let _ = Style::of(&piece.repeat(500_000 / piece.len()));
        }
    }
}
