//! The pages' rules: no inline script or style, every text from the catalogue, and the budgets of ARCHITECTURE §7.

use std::collections::BTreeSet;

use super::{none, repository, sources};

#[test]
fn the_stylesheet_and_the_script_stay_small() {
    let style = std::fs::metadata(repository("public/app.css")).unwrap().len();
    // The desk that people work at has lists, charts and a printed page of its own; what a browser loads is a quarter of this.
    assert!(style < 28_000, "app.css has {style} bytes");
    for name in ["app.js", "desk.js"] {
        let script = std::fs::read_to_string(repository(&format!("public/{name}"))).unwrap().lines().count();
        assert!(script < 100, "{name} has {script} lines");
    }
}

#[test]
fn the_stylesheet_knows_a_start_and_an_end_but_no_left_and_no_right() {
    let style = std::fs::read_to_string(repository("public/app.css")).unwrap();
    let words =
        |line: &str| line.split(|c: char| !c.is_ascii_alphabetic()).any(|word| matches!(word, "left" | "right"));
    let wrong = style.lines().enumerate().filter(|(_, line)| words(line));
    let wrong = wrong.map(|(number, line)| format!("app.css:{} {line}", number + 1)).collect();
    none("Arabic pages run from the right: logical properties only (inset-inline-start, text-align: end)", wrong);
}

#[test]
fn every_class_of_the_stylesheet_is_on_a_page() {
    let style = std::fs::read_to_string(repository("public/app.css")).unwrap();
    let makers = [sources("templates", ".tera"), sources("src", ".rs"), sources("public", ".js")];
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let words: BTreeSet<&str> =
        makers.iter().flatten().flat_map(|source| source.text.split(|c: char| !named(c))).collect();
    // A class may be put together: `icon-{{ name }}`.
    let is_used = |class: &str| {
        words.contains(class) || class.split_once('-').is_some_and(|(begun, _)| words.contains(&*format!("{begun}-")))
    };
    let selectors = style.split('{').filter_map(|before| before.rsplit(['}', ';']).next());
    let classes =
        selectors.flat_map(|selector| selector.split('.').skip(1)).map(|rest| rest.split(|c| !named(c)).next());
    let unused: BTreeSet<&str> = classes.flatten().filter(|class| !is_used(class)).collect();
    none("a class that no page has is taken out", unused.into_iter().map(str::to_owned).collect());
}

#[test]
fn no_page_carries_script_or_style_in_itself() {
    let mut wrong = Vec::new();
    for source in sources("templates", ".tera") {
        for (number, line) in source.text.lines().enumerate() {
            let low = line.to_lowercase();
            let handler = low.split(" on").skip(1).any(|rest| {
                rest.split_once("=\"").is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_lowercase()))
            });
            let inline = (low.contains("<script") && !low.contains("src="))
                || ["<style", " style=", "javascript:", "hx-on", "\"js:"].iter().any(|bad| low.contains(bad));
            if handler || inline {
                wrong.push(format!("{}:{} {}", source.path, number + 1, line.trim()));
            }
        }
    }
    none("the security policy forbids script and style in a page", wrong);
}

#[test]
fn every_text_of_a_page_comes_from_the_catalogue() {
    let mut wrong = Vec::new();
    for source in sources("templates", ".tera") {
        let page = without(&without(&without(&source.text, "{#", "#}"), "{%", "%}"), "{{", "}}");
        let mut spoken: Vec<String> = ["aria-label=\"", "title=\"", "placeholder=\"", "alt=\""]
            .iter()
            .flat_map(|name| page.split(name).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()))
            .collect();
        spoken.push(without(&page, "<", ">"));
        for text in spoken {
            // A macro that makes attributes is no text, and the name of an algorithm is the same everywhere.
            let said = |word: &&str| {
                !word.contains(['=', '"'])
                    && word.starts_with(char::is_alphabetic)
                    && word.len() > 1
                    && *word != "SHA-256"
            };
            let words = text.split_whitespace().filter(said);
            wrong.extend(words.map(|word| format!("{}: {word}", source.path)));
        }
    }
    none("words of a page stand in templates/locales, so that they can be translated", wrong);
}

/// The text without anything between these marks.
fn without(text: &str, begin: &str, end: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(begin) {
        kept.push_str(before);
        kept.push(' ');
        rest = after.split_once(end).map_or("", |(_, tail)| tail);
    }
    kept + rest
}
