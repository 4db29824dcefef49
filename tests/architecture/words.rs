//! Every sentence that a person reads stands in the catalogue, and everything in the catalogue is read by somebody. That a key
//! has the arguments that the program gives it is checked while the program is compiled (`build.rs`).

use std::collections::{BTreeMap, BTreeSet};

use mailgate::domain::alias::Alias;
use mailgate::domain::connection::Connection;
use mailgate::domain::oauth::Provider;
use mailgate::domain::person::User;
use mailgate::domain::server::IncomingServer;
use mailgate::domain::setting::SettingsObject;
use mailgate::domain::words::LANGUAGES;
use mailgate::modules::Modules;

use super::{Source, none, sources};

/// The keys of one language, with those of its remedies.
fn keys(language: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in sources(&format!("templates/locales/{language}"), ".ftl") {
        let begins = source.text.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_alphabetic()));
        for key in begins.filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_owned()) {
            assert!(found.insert(key.clone()), "{language} says {key} twice");
        }
    }
    found
}

/// A text of the program: whether it is one, where it begins, and what it says with its lines joined.
struct Text {
    line: usize,
    /// The code before it, as far as its own line and the one above go.
    before: String,
    /// As far as its own line and the three above go: a call of several lines.
    call: String,
    says: String,
}

/// The texts in quotes of a file, without comments and unit tests.
fn texts(source: &Source) -> Vec<Text> {
    if source.path.ends_with("tests.rs") {
        return Vec::new();
    }
    let code = source.text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let (mut found, mut at, bytes) = (Vec::new(), 0, code.as_bytes());
    while at < bytes.len() {
        let rest = &code[at..];
        let raw = ["r\"", "r#\"", "br\"", "br#\""].iter().find(|start| rest.starts_with(**start));
        let is_name = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(start) = raw.filter(|_| !is_name) {
            let end = if start.contains('#') { "\"#" } else { "\"" };
            at += start.len() + rest[start.len()..].find(end).unwrap() + end.len();
        } else if bytes[at] == b'\'' {
            // A character, or a lifetime.
            let length = match bytes.get(at + 1) {
                Some(b'\\') => rest[2..].find('\'').map_or(1, |end| end + 3),
                _ => rest[1..].chars().next().map_or(0, char::len_utf8) + 2,
            };
            at += if rest.as_bytes().get(length - 1) == Some(&b'\'') { length } else { 1 };
        } else if bytes[at] == b'"' {
            let mut end = at + 1;
            while bytes[end] != b'"' {
                end += if bytes[end] == b'\\' { 2 } else { 1 };
            }
            let above = |lines: usize| code[..at].rmatch_indices('\n').nth(lines).map_or(0, |(above, _)| above);
            let parts = code[at + 1..end].split("\\\n").map(str::trim_start);
            found.push(Text {
                line: code[..at].matches('\n').count() + 1,
                before: code[above(1)..at].to_owned(),
                call: code[above(3)..at].to_owned(),
                says: parts.collect(),
            });
            at = end + 1;
        } else {
            at += rest.chars().next().map_or(1, char::len_utf8);
        }
    }
    found
}

/// The files whose texts are no person's to read on a page, in an answer of the API or in the ledger, and why.
const NO_SENTENCES: &[(&str, &str)] = &[
    ("src/background.rs", "for the log"),
    ("src/cli.rs", "the command line speaks English"),
    ("src/config.rs", "said by a program that does not start"),
    ("src/demo/", "the command line speaks English"),
    ("src/files.rs", "said by a program that does not start"),
    ("src/front/relay.rs", "HTTP's own words"),
    ("src/fuzzing.rs", "for the log"),
    ("src/key.rs", "said by a program that does not start"),
    ("src/mailbox/failure.rs", "what servers say"),
    ("src/mailbox/tls.rs", "what OpenSSL says"),
    ("src/message/", "what mailers write"),
    ("src/modules/", "said by a program that does not start"),
    ("src/odoo/fault.rs", "what Odoo says"),
    ("src/operations/audit.rs", "for the log"),
    ("src/operations/gateway.rs", "the command line speaks English"),
    ("src/serve.rs", "said by a program that does not start"),
    ("src/store/", "SQL, and for the log"),
    ("src/web/download.rs", "HTTP's own words"),
    ("src/web/outgoing.rs", "HTTP's own words"),
    ("src/xmlrpc/", "what goes over the wire"),
];

/// A sentence begins with a capital or something in quotes and ends with a full stop, or has a full stop within.
fn is_sentence(says: &str) -> bool {
    let words = says.split(' ').filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1).count();
    let begins = says.starts_with(|c: char| c.is_uppercase() || matches!(c, '“' | '{'));
    let ends = says.ends_with(['.', '!', '?']) || says.contains(". ");
    words >= 3 && begins && ends && !says.contains("://{")
}

#[test]
fn sentences_stand_in_the_catalogue() {
    let mut wrong = Vec::new();
    let mut used = vec![false; NO_SENTENCES.len()];
    for source in sources("src", ".rs") {
        for text in texts(&source).into_iter().filter(|text| is_sentence(&text.says)) {
            // What the log says, why something can't be, what is wrong with the code itself, and what figures mean.
            let is_told = [
                "tracing::",
                ".expect(",
                "assert!(",
                "::new(help",
                "HistogramOpts",
                "by(\"",
                "IntGauge",
                "serde(",
                "IntCounter",
            ];
            if is_told.iter().any(|told| text.before.contains(told)) {
                continue;
            }
            match NO_SENTENCES.iter().position(|(place, _)| source.path.starts_with(place)) {
                Some(index) => used[index] = true,
                None => wrong.push(format!("{}:{} {}", source.path, text.line, text.says)),
            }
        }
    }
    none("words for people stand in templates/locales, so that they can be translated", wrong);
}

/// Where words stand that are no label of a page, beside [`NO_SENTENCES`], and why.
const NO_LABELS: &[(&str, &str)] = &[
    ("src/api/", "Odoo's own words, which its clients know"),
    ("src/domain/discovery.rs", "names of providers"),
    ("src/domain/filter.rs", "Python's words"),
    ("src/domain/literal.rs", "Python's words"),
    ("src/domain/person.rs", "parts of the names of time zones"),
    ("src/domain/words.rs", "a language by its own name"),
    ("src/front/", "HTTP's own words"),
    ("src/oauth/", "names of providers"),
    ("src/odoo/", "what Odoo and OpenSSL say"),
];

/// What a person may take for a label: `Not Confirmed`, `Sign-in failed`, `Retry`.
fn is_label(says: &str) -> bool {
    let first = says.chars().next().is_some_and(char::is_uppercase);
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '/' | '\'' | '(' | ')' | '…');
    first && says.chars().nth(1).is_some_and(char::is_lowercase) && says.chars().all(plain)
}

#[test]
fn labels_stand_in_the_catalogue() {
    let mut wrong = Vec::new();
    for source in sources("src", ".rs") {
        let is_exempt = |list: &[(&str, &str)]| list.iter().any(|(place, _)| source.path.starts_with(place));
        if is_exempt(NO_SENTENCES) || is_exempt(NO_LABELS) {
            continue;
        }
        for text in texts(&source).into_iter().filter(|text| is_label(&text.says)) {
            // What clients of the API call a field, names of headers, and what the log and figures say.
            let is_told = [
                ".api(",
                "api_as(",
                "api_beside(",
                "eader",
                "tracing::",
                ".expect(",
                "assert!(",
                "HistogramOpts",
                "IntGauge",
                "serde(",
            ];
            if !is_told.iter().any(|told| text.call.contains(told)) {
                wrong.push(format!("{}:{} {}", source.path, text.line, text.says));
            }
        }
    }
    none("labels stand in templates/locales, so that they can be translated", wrong);
}

/// The messages of a language: each key, remedies included, with what it says. Faults of the API are Odoo's, and English.
fn messages(language: &str) -> BTreeMap<String, String> {
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for source in sources(&format!("templates/locales/{language}"), ".ftl") {
        if source.path.ends_with("/api.ftl") {
            continue;
        }
        let (mut key, mut part) = (String::new(), String::new());
        for line in source.text.lines().filter(|line| !line.starts_with('#')) {
            if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
                key = line.split(" =").next().unwrap().to_owned();
                part = key.clone();
            } else if let Some((name, _)) = line.trim_start().strip_prefix('.').and_then(|rest| rest.split_once(" =")) {
                part = format!("{key}.{name}");
            }
            let says = found.entry(part.clone()).or_default();
            says.push_str(line);
            says.push('\n');
        }
    }
    found.remove("");
    found
}

/// What stands behind a dollar in it.
fn arguments(says: &str) -> BTreeSet<&str> {
    let end = |rest: &str| rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
    says.split('$').skip(1).map(|rest| &rest[..end(rest)]).collect()
}

#[test]
fn every_language_says_all_that_english_says() {
    let english = messages("en");
    let mut wrong = Vec::new();
    for (language, _) in LANGUAGES.iter().filter(|(language, _)| *language != "en") {
        let said = messages(language);
        wrong.extend(
            said.keys().filter(|key| !english.contains_key(*key)).map(|key| format!("{language}: {key} is not in en")),
        );
        for (key, original) in &english {
            match said.get(key) {
                None => wrong.push(format!("{language}: {key} is missing")),
                Some(says) if arguments(says) != arguments(original) => {
                    wrong.push(format!("{language}: {key} has other arguments"));
                }
                // A mark of a mail is chosen by a word, a form by a number: all six of CLDR's where one of them is said.
                Some(says) if *language == "ar" && says.contains("[few]") => {
                    let forms = ["[one]", "[two]", "[few]", "[many]", "*[other]"];
                    let lacks = forms.iter().filter(|form| !says.contains(**form));
                    wrong.extend(lacks.map(|form| format!("{language}: {key} lacks {form}")));
                }
                Some(_) => {}
            }
        }
        wrong.extend(english.iter().filter(|(_, says)| says.contains("[one]")).filter_map(|(key, _)| {
            let has_forms = said.get(key).is_some_and(|says| *language != "ar" || says.contains("[two]"));
            (!has_forms).then(|| format!("{language}: {key} has one form for all numbers"))
        }));
    }
    none("whoever adds words adds them in every language (CONTRIBUTING.md)", wrong);
}

#[test]
fn shipped_modules_say_what_the_catalogue_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut said = BTreeMap::new();
    for module in Modules::load(folder.path()).unwrap().all() {
        let fields = module.fields.iter();
        let fields = fields.flat_map(|field| {
            field.selection.iter().map(|(_, label)| label.clone()).chain([field.label.clone()]).collect::<Vec<_>>()
        });
        let stages = module.stages.iter().map(|stage| stage.name.clone());
        for words in fields.chain(stages).chain([module.label.clone(), module.label_plural.clone()]) {
            let key = words.made_of().and_then(|made_of| Some(made_of[".key"].as_str()?.to_owned()));
            said.insert(key.unwrap_or_else(|| panic!("“{words}” of {} is in no catalogue", module.model)), words);
        }
    }
    let keys = keys("en").into_iter().filter(|key| key.starts_with("module-")).collect::<Vec<_>>();
    assert_eq!(keys, said.into_keys().collect::<Vec<_>>(), "every key is said by a module");
}

/// How the keys of a settings object begin: see [`Settings::WORDS`].
fn of_settings<T: SettingsObject>() -> Vec<String> {
    let fields = T::FIELDS.iter().flat_map(|field| {
        let parts = ["field-", "help-", "none-", "placeholder-", ""];
        parts.map(|part| format!("{}-{part}{}", T::WORDS, field.name))
    });
    fields.chain([format!("{}-conflict", T::WORDS)]).collect()
}

#[test]
fn every_key_is_used() {
    let english = keys("en");
    let all: Vec<Source> = [sources("src", ".rs"), sources("templates", ".tera")].into_iter().flatten().collect();
    let mut named = BTreeSet::new();
    // Keys that are put together begin with one of these.
    let mut begun = BTreeSet::new();
    for source in &all {
        for text in source.text.split('"').filter(|text| !text.is_empty() && text.len() < 80) {
            let plain = |text: &str| {
                text.starts_with(|c: char| c.is_ascii_lowercase())
                    && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            };
            if plain(text) {
                named.insert(text.to_owned());
                if text.ends_with('-') {
                    begun.insert(text.to_owned());
                }
            }
            if let Some((start, _)) = text.split_once('{')
                && plain(start)
                && start.ends_with('-')
            {
                begun.insert(start.to_owned());
            }
        }
    }
    begun.extend(["ago-".to_owned(), "in-".to_owned(), "module-".to_owned()]);
    begun.extend(of_settings::<IncomingServer>());
    begun.extend(of_settings::<Connection>());
    begun.extend(of_settings::<Alias>());
    begun.extend(of_settings::<Provider>());
    begun.extend(of_settings::<User>());
    let is_used = |key: &String| named.contains(key) || begun.iter().any(|start| key.starts_with(start));
    none("a key that nobody says is taken out", english.iter().filter(|key| !is_used(key)).cloned().collect());
}
