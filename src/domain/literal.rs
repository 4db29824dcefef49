//! A Python dict of plain values, as Odoo stores `alias_defaults`: `{'priority': '2', 'partner_id': 7}`. It is read as text
//! and never run; JSON is understood, too.

use serde_json::{Map, Number, Value};

use super::words::Sentence;
use crate::say;

/// Bytes of the whole text, and values within values.
const LONGEST: usize = 20_000;
const DEEPEST: usize = 8;

/// Why a text was refused: what was found, and where (characters from 1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiteralError {
    TooLong,
    TooDeep,
    Unexpected { at: usize, wanted: Wanted },
}

impl LiteralError {
    /// The end of a sentence.
    pub fn words(&self) -> Sentence {
        match self {
            LiteralError::TooLong => say!("literal-too-long", max = LONGEST),
            LiteralError::TooDeep => say!("literal-too-deep", max = DEEPEST),
            LiteralError::Unexpected { at, wanted } => say!("literal-unexpected", at, wanted = wanted.words()),
        }
    }
}

/// What could follow there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    End,
    Dict,
    Value,
    PlainValue,
    FieldName,
    Colon,
    Comma,
    CommaOfList,
    ClosingQuote,
    Escape,
    CharacterNumber,
    HexDigits,
    Number,
}

impl Wanted {
    fn words(self) -> Sentence {
        match self {
            Wanted::End => say!("literal-end"),
            Wanted::Dict => say!("literal-dict"),
            Wanted::Value => say!("literal-value"),
            Wanted::PlainValue => say!("literal-plain-value"),
            Wanted::FieldName => say!("literal-field-name"),
            Wanted::Colon => say!("literal-colon"),
            Wanted::Comma => say!("literal-comma"),
            Wanted::CommaOfList => say!("literal-comma-of-list"),
            Wanted::ClosingQuote => say!("literal-closing-quote"),
            Wanted::Escape => say!("literal-escape"),
            Wanted::CharacterNumber => say!("literal-character-number"),
            Wanted::HexDigits => say!("literal-hex-digits"),
            Wanted::Number => say!("literal-number"),
        }
    }
}

/// The members of a dict; an empty text is an empty dict.
pub fn dict(text: &str) -> Result<Map<String, Value>, LiteralError> {
    if text.len() > LONGEST {
        return Err(LiteralError::TooLong);
    }
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    let mut reader = LiteralReader { rest: text.chars().collect(), at: 0 };
    let value = reader.value(0)?;
    reader.space();
    match value {
        Value::Object(members) if reader.peek().is_none() => Ok(members),
        Value::Object(_) => Err(reader.unexpected(Wanted::End)),
        _ => Err(LiteralError::Unexpected { at: 1, wanted: Wanted::Dict }),
    }
}

struct LiteralReader {
    rest: Vec<char>,
    at: usize,
}

impl LiteralReader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn unexpected(&self, wanted: Wanted) -> LiteralError {
        LiteralError::Unexpected { at: self.at + 1, wanted }
    }

    fn take(&mut self, c: char) -> bool {
        self.space();
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Value, LiteralError> {
        if depth > DEEPEST {
            return Err(LiteralError::TooDeep);
        }
        self.space();
        match self.peek() {
            Some('{') => self.members(depth),
            Some('[') => self.items(']', depth),
            Some('(') => self.items(')', depth),
            Some('\'' | '"') => self.text().map(Value::String),
            Some(c) if c.is_ascii_digit() || matches!(c, '-' | '+' | '.') => self.number(),
            Some(c) if c.is_alphabetic() => self.word(),
            _ => Err(self.unexpected(Wanted::Value)),
        }
    }

    fn members(&mut self, depth: usize) -> Result<Value, LiteralError> {
        self.at += 1;
        let mut members = Map::new();
        while !self.take('}') {
            self.space();
            let name = match self.peek() {
                Some('\'' | '"') => self.text()?,
                _ => return Err(self.unexpected(Wanted::FieldName)),
            };
            if !self.take(':') {
                return Err(self.unexpected(Wanted::Colon));
            }
            members.insert(name, self.value(depth + 1)?);
            if !self.take(',') && !matches!(self.peek(), Some('}')) {
                return Err(self.unexpected(Wanted::Comma));
            }
        }
        Ok(Value::Object(members))
    }

    fn items(&mut self, end: char, depth: usize) -> Result<Value, LiteralError> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.take(end) {
            items.push(self.value(depth + 1)?);
            if !self.take(',') && self.peek() != Some(end) {
                return Err(self.unexpected(Wanted::CommaOfList));
            }
        }
        Ok(Value::Array(items))
    }

    fn text(&mut self) -> Result<String, LiteralError> {
        let quote = self.peek();
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else { return Err(self.unexpected(Wanted::ClosingQuote)) };
            self.at += 1;
            match c {
                c if Some(c) == quote => return Ok(text),
                '\\' => text.push(self.escaped()?),
                c => text.push(c),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, LiteralError> {
        let Some(c) = self.peek() else { return Err(self.unexpected(Wanted::ClosingQuote)) };
        self.at += 1;
        Ok(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'u' => self.sixteen_bits()?,
            '\\' | '\'' | '"' | '/' => c,
            _ => return Err(self.unexpected(Wanted::Escape)),
        })
    }

    /// A character by its number. JSON writes those beyond 16 bits as two, the halves of a surrogate pair.
    fn sixteen_bits(&mut self) -> Result<char, LiteralError> {
        let first = self.four_digits()?;
        let mut units = vec![first];
        if (0xd800..0xdc00).contains(&first) && self.rest[self.at..].starts_with(&['\\', 'u']) {
            self.at += 2;
            units.push(self.four_digits()?);
        }
        let mut found = char::decode_utf16(units);
        match (found.next(), found.next()) {
            (Some(Ok(c)), None) => Ok(c),
            _ => Err(self.unexpected(Wanted::CharacterNumber)),
        }
    }

    fn four_digits(&mut self) -> Result<u16, LiteralError> {
        let digits = self.rest.get(self.at..self.at + 4).unwrap_or_default();
        let number = digits.iter().try_fold(0, |number, c| Some(number << 4 | c.to_digit(16)?));
        let number = number.filter(|_| digits.len() == 4).and_then(|number| u16::try_from(number).ok());
        let number = number.ok_or_else(|| self.unexpected(Wanted::HexDigits))?;
        self.at += 4;
        Ok(number)
    }

    fn number(&mut self) -> Result<Value, LiteralError> {
        let begin = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.' | '_')) {
            self.at += 1;
        }
        let text: String = self.rest[begin..self.at].iter().filter(|c| **c != '_').collect();
        let whole = text.parse::<i64>().ok().map(Value::from);
        let float = || text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number);
        whole.or_else(float).ok_or(LiteralError::Unexpected { at: begin + 1, wanted: Wanted::Number })
    }

    fn word(&mut self) -> Result<Value, LiteralError> {
        let begin = self.at;
        while self.peek().is_some_and(char::is_alphanumeric) {
            self.at += 1;
        }
        match self.rest[begin..self.at].iter().collect::<String>().as_str() {
            "True" | "true" => Ok(Value::Bool(true)),
            "False" | "false" => Ok(Value::Bool(false)),
            "None" | "null" => Ok(Value::Null),
            _ => Err(LiteralError::Unexpected { at: begin + 1, wanted: Wanted::PlainValue }),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::filter::python;

    #[test]
    fn a_dict_is_read_in_pythons_spelling_and_in_jsons() {
        let python = r#" {'a': 'it\'s «x»', "b": -7, 'c': True, 'd': None, 'e': [1, 2.5,], 'f': (), } "#;
        let expected = json!({"a": "it's «x»", "b": -7, "c": true, "d": null, "e": [1, 2.5], "f": []});
        assert_eq!(Value::Object(dict(python).unwrap()), expected);
        assert_eq!(Value::Object(dict(r#"{"a": "\u00e9\n", "b": false}"#).unwrap()), json!({"a": "é\n", "b": false}));
        let smile = dict(r#"{"a": "\ud83d\ude00 \b\f\/"}"#).unwrap();
        assert_eq!(Value::Object(smile), json!({"a": "\u{1f600} \u{8}\u{c}/"}));
        assert_eq!(dict("  ").unwrap(), Map::new());
    }

    #[test]
    fn what_is_printed_is_read_back() {
        let value = json!({"name": "O'Brien \\ x", "priority": "2", "partner_id": 7, "x": false, "y": null});
        assert_eq!(Value::Object(dict(&python(&value)).unwrap()), value);
    }

    #[test]
    fn nothing_but_plain_values_is_understood() {
        for wrong in [
            "{",
            "{'a'}",
            "{'a': }",
            "{'a': 1 'b': 2}",
            "{a: 1}",
            "{'a': __import__('os')}",
            "{'a': 1} + {}",
            "[1]",
            "{'a': 'open",
            "{'a': 1e999}",
            "{'a': '\\x41'}",
            "{'a': '\\u+041'}",
            "{'a': '\\ud83d'}",
            "{'a': '\\ud83d\\u0041'}",
        ] {
            assert!(dict(wrong).is_err(), "{wrong}");
        }
        assert_eq!(dict(&format!("{{'a': {}", "[".repeat(10_000))), Err(LiteralError::TooDeep));
        assert_eq!(dict(&" ".repeat(LONGEST + 1)), Err(LiteralError::TooLong));
    }
}
