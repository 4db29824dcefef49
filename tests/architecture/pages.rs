//! The pages' rules: no inline script or style, every text from the catalogue, and the budgets of DESIGN §7.

use super::{none, repository, sources};

#[test]
fn the_stylesheet_and_the_script_stay_small() {
    let style = std::fs::metadata(repository("public/app.css")).unwrap().len();
    assert!(style < 20_000, "app.css has {style} bytes");
    let script = std::fs::read_to_string(repository("public/app.js")).unwrap().lines().count();
    assert!(script < 100, "app.js has {script} lines");
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
