//! A strict JSON reader (RFC 8259) that remembers where each value stands.
//!
//! package.json is read before there is a jail, and anybody may have written it: depth and size are bounded, invalid
//! UTF-8, comments and trailing commas are refused, and keys are kept in order, doubles too, so that the caller can
//! refuse what two readers would understand differently.

use std::fmt;

/// Deeper nesting than this is refused: no package.json needs it, and each level uses the stack.
const DEPTH: usize = 128;

/// Bytes from the start of the text.
pub type Offset = usize;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(f64),
    String(String),
    Array(Vec<Node>),
    Object(Vec<Member>),
}

/// A value and the offsets that it starts and ends at.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub value: Value,
    pub start: Offset,
    pub end: Offset,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub name: String,
    pub name_start: Offset,
    pub node: Node,
}

/// What is not JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub at: Offset,
    pub what: &'static str,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.what)
    }
}

impl Value {
    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        }
    }
}

impl Node {
    /// The last member called `name`, as JavaScript's reader takes it.
    pub fn member(&self, name: &str) -> Option<&Member> {
        match &self.value {
            Value::Object(members) => members.iter().rev().find(|member| member.name == name),
            _ => None,
        }
    }

    pub fn string(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }
}

/// Line and column, from 1, of `at`; columns count characters.
pub fn position(text: &str, at: Offset) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Reads `text`; a byte order mark in front is passed over, as npm does.
pub fn read(text: &str) -> Result<Node, SyntaxError> {
    let mut reader = Reader { text, at: if text.starts_with('\u{feff}') { 3 } else { 0 }, depth: 0 };
    let node = reader.node()?;
    reader.space();
    if reader.at == text.len() { Ok(node) } else { Err(reader.wrong("something follows the end of the value")) }
}

struct Reader<'a> {
    text: &'a str,
    at: Offset,
    depth: usize,
}

impl Reader<'_> {
    fn wrong(&self, what: &'static str) -> SyntaxError {
        SyntaxError { at: self.at, what }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn node(&mut self) -> Result<Node, SyntaxError> {
        self.space();
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object()?,
            Some(b'[') => self.array()?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            Some(b'/') => return Err(self.wrong("comments are not JSON")),
            Some(_) => return Err(self.wrong("a value was expected")),
            None => return Err(self.wrong("the text ends where a value was expected")),
        };
        Ok(Node { value, start, end: self.at })
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, SyntaxError> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.wrong("a value was expected"));
        }
        self.at += word.len();
        Ok(value)
    }

    fn deeper(&mut self) -> Result<(), SyntaxError> {
        self.depth += 1;
        if self.depth > DEPTH { Err(self.wrong("it is nested too deeply")) } else { Ok(()) }
    }

    fn array(&mut self) -> Result<Value, SyntaxError> {
        self.deeper()?;
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if !self.takes(b']') {
            loop {
                items.push(self.node()?);
                self.space();
                if self.takes(b']') {
                    break;
                }
                if !self.takes(b',') {
                    return Err(self.wrong("\",\" or \"]\" was expected"));
                }
            }
        }
        self.depth -= 1;
        Ok(Value::Array(items))
    }

    fn object(&mut self) -> Result<Value, SyntaxError> {
        self.deeper()?;
        self.at += 1;
        let mut members = Vec::new();
        self.space();
        if !self.takes(b'}') {
            loop {
                members.push(self.one_member()?);
                self.space();
                if self.takes(b'}') {
                    break;
                }
                if !self.takes(b',') {
                    return Err(self.wrong("\",\" or \"}\" was expected"));
                }
            }
        }
        self.depth -= 1;
        Ok(Value::Object(members))
    }

    fn one_member(&mut self) -> Result<Member, SyntaxError> {
        self.space();
        let name_start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.wrong("a key in double quotes was expected"));
        }
        let name = self.string()?;
        self.space();
        if !self.takes(b':') {
            return Err(self.wrong("\":\" was expected"));
        }
        Ok(Member { name, name_start, node: self.node()? })
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<Value, SyntaxError> {
        let start = self.at;
        self.takes(b'-');
        if self.takes(b'0') {
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.wrong("a number cannot start with 0"));
            }
        } else if self.digits() == 0 {
            return Err(self.wrong("a digit was expected"));
        }
        if self.takes(b'.') && self.digits() == 0 {
            return Err(self.wrong("a digit was expected"));
        }
        if self.takes(b'e') || self.takes(b'E') {
            if !self.takes(b'+') {
                self.takes(b'-');
            }
            if self.digits() == 0 {
                return Err(self.wrong("a digit was expected"));
            }
        }
        self.text[start..self.at].parse().map(Value::Number).map_err(|_| self.wrong("it is not a number"))
    }

    fn string(&mut self) -> Result<String, SyntaxError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let start = self.at;
            while matches!(self.peek(), Some(byte) if byte != b'"' && byte != b'\\' && byte >= 0x20) {
                self.at += 1;
            }
            text.push_str(&self.text[start..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(_) => return Err(self.wrong("a control character in a string has to be escaped")),
                None => return Err(self.wrong("the text ends within a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        self.at += 1;
        let plain = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.wrong("it is not an escape of JSON")),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unicode_escape(&mut self) -> Result<char, SyntaxError> {
        let first = self.four_digits()?;
        let code = match first {
            0xd800..=0xdbff => {
                if !self.text[self.at..].starts_with("\\u") {
                    return Err(self.wrong("half of a surrogate pair is not a character"));
                }
                self.at += 1;
                let second = self.four_digits()?;
                if !(0xdc00..=0xdfff).contains(&second) {
                    return Err(self.wrong("half of a surrogate pair is not a character"));
                }
                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
            }
            code => code,
        };
        char::from_u32(code).ok_or_else(|| self.wrong("half of a surrogate pair is not a character"))
    }

    /// Reads `uXXXX`; stands at the `u`.
    fn four_digits(&mut self) -> Result<u32, SyntaxError> {
        let digits = self.text.get(self.at + 1..self.at + 5).unwrap_or("");
        if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(self.wrong("four hexadecimal digits were expected"));
        }
        self.at += 5;
        u32::from_str_radix(digits, 16).map_err(|_| self.wrong("four hexadecimal digits were expected"))
    }
}

/// Appends `text` to `out` as a JSON string with its quotes.
pub fn quote(out: &mut String, text: &str) {
    use fmt::Write as _;
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Bidirectional marks, C1 controls and line separators harm whoever prints the line.
            control if control.is_control() || is_format(control) => {
                let mut units = [0; 2];
                for unit in control.encode_utf16(&mut units) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
}

/// Characters that change how the text around them is shown.
pub fn is_format(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests;
