//! The `cordon` key of one package.json, as it was written: what is asked for, not yet what it means.

use super::error::{Error, Place, Problem, quoted};
use super::file::Document;
use super::json::{Member, Node, Value};
use super::{http, limits};
use crate::policy::{Http, HttpSetting, Limits, Origin, Permission};
use crate::suggest::nearest;
use std::path::{Path, PathBuf};

/// One pattern of one permission, before it is resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub permission: Permission,
    pub text: String,
    pub place: Place,
    /// The folder that relative paths start at.
    pub base: PathBuf,
}

/// What a manifest or the flags ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    pub allow: Vec<Wish>,
    pub deny: Vec<Wish>,
    /// Permissions of which every grant is taken away.
    pub deny_all: Vec<(Permission, Place)>,
    pub limits: Limits,
}

/// A whole `cordon` key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    pub section: Section,
    pub http: Http,
    /// What single scripts are granted beyond `section`.
    pub scripts: Vec<(String, Section)>,
    /// The key's value as it stands in the file.
    pub text: String,
}

/// More grants than this of one permission are refused.
const LONGEST: usize = 1000;
/// And more than these of all permissions and scripts together.
const MOST: usize = 5000;

impl Document {
    /// The value of the `cordon` key, if the file has one.
    pub fn cordon(&self) -> Result<Option<&Member>, Error> {
        let Value::Object(members) = &self.root.value else {
            let mut reader = Reader::new(self);
            return Err(reader.wrong(
                &self.root,
                "",
                format!("it is {}", self.root.value.kind()),
                "a package.json is an object".into(),
            ));
        };
        let mut named = members.iter().filter(|member| member.name == "cordon");
        let first = named.next();
        if let Some(second) = named.next() {
            let mut reader = Reader::new(self);
            return Err(reader.wrong_at(
                second.name_start,
                "/cordon",
                "the key \"cordon\" is there twice",
                "keep one".into(),
            ));
        }
        Ok(first)
    }

    /// Reads the `cordon` key; a file without one asks for nothing.
    pub fn key(&self) -> Result<Option<Key>, Error> {
        let Some(member) = self.cordon()? else { return Ok(None) };
        let mut reader = Reader::new(self);
        let mut key = Key { text: self.text[member.node.start..member.node.end].to_owned(), ..Key::default() };
        let mut needed = Vec::new();
        for part in reader.members(&member.node, "/cordon")? {
            let pointer = child("/cordon", &part.name);
            match part.name.as_str() {
                "permissions" => key.section.allow = reader.permissions(&part.node, &pointer)?,
                "deny" => reader.denials(&part.node, &pointer, &mut key.section)?,
                "limits" => key.section.limits = reader.limits(&part.node, &pointer)?,
                "http" => (key.http, needed) = reader.http(&part.node, &pointer)?,
                "scripts" => key.scripts = reader.scripts(&part.node, &pointer)?,
                _ => return Err(reader.unknown(part, &pointer, &["permissions", "deny", "limits", "http", "scripts"])),
            }
        }
        key.section.allow.extend(needed);
        let parts = key.scripts.iter().map(|(_, section)| section).chain([&key.section]);
        if parts.map(|section| section.allow.len() + section.deny.len()).sum::<usize>() > MOST {
            let what = format!("it has more than {MOST} entries in all");
            return Err(reader.wrong(&member.node, "/cordon", what, "grant folders or networks".into()));
        }
        Ok(Some(key))
    }
}

struct Reader<'a> {
    document: &'a Document,
    base: &'a Path,
    /// Where `line` and `column` belong to: values come in the text's order, so that positions cost one pass.
    at: usize,
    line: usize,
    column: usize,
}

impl<'a> Reader<'a> {
    fn new(document: &'a Document) -> Reader<'a> {
        let base = document.file.parent().unwrap_or(Path::new("/"));
        Reader { document, base, at: 0, line: 1, column: 1 }
    }

    fn place(&mut self, at: usize, pointer: &str) -> Place {
        if at < self.at {
            (self.at, self.line, self.column) = (0, 1, 1);
        }
        for letter in self.document.text[self.at..at].chars() {
            (self.line, self.column) = if letter == '\n' { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
        self.at = at;
        let origin = Origin::Manifest { file: self.document.file.clone(), pointer: pointer.into() };
        Place { origin, position: Some((self.line, self.column)) }
    }

    fn wrong_at(&mut self, at: usize, pointer: &str, what: impl Into<String>, fix: String) -> Error {
        Problem::new(what, fix).at(&self.place(at, pointer))
    }

    fn wrong(&mut self, node: &Node, pointer: &str, what: String, fix: String) -> Error {
        self.wrong_at(node.start, pointer, what, fix)
    }

    fn unknown(&mut self, member: &Member, pointer: &str, known: &[&str]) -> Error {
        let fix = match nearest(&member.name, known.iter().copied()) {
            Some(word) => format!("did you mean {}?", quoted(word)),
            None => format!("known are {}", known.join(", ")),
        };
        self.wrong_at(member.name_start, pointer, format!("{} is not known here", quoted(&member.name)), fix)
    }

    /// The members of an object; `null` and `false` have none, a double is refused.
    fn members<'n>(&mut self, node: &'n Node, pointer: &str) -> Result<&'n [Member], Error> {
        let members = match &node.value {
            Value::Null | Value::Bool(false) => return Ok(&[]),
            Value::Object(members) => members,
            other => {
                let what = format!("{} stands where an object was expected", other.kind());
                return Err(self.wrong(node, pointer, what, "write { … }, or null for nothing".into()));
            }
        };
        let mut names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        names.sort_unstable();
        if let Some(double) = names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]) {
            let second = members
                .iter()
                .filter(|member| member.name == double)
                .nth(1)
                .map_or(node.start, |member| member.name_start);
            let what = format!("the key {} is there twice", quoted(double));
            return Err(self.wrong_at(second, &child(pointer, double), what, "keep one".into()));
        }
        Ok(members)
    }

    fn permissions(&mut self, node: &Node, pointer: &str) -> Result<Vec<Wish>, Error> {
        let mut wishes = Vec::new();
        for member in self.members(node, pointer)? {
            let pointer = child(pointer, &member.name);
            let permission = self.permission(member, &pointer, &[])?;
            self.list(permission, &member.node, &pointer, &mut wishes)?;
        }
        Ok(wishes)
    }

    fn permission(&mut self, member: &Member, pointer: &str, others: &[&str]) -> Result<Permission, Error> {
        if let Some(permission) = Permission::by_name(&member.name) {
            return Ok(permission);
        }
        let mut known: Vec<&str> = Permission::ALL.iter().map(|permission| permission.name()).collect();
        known.extend(others);
        Err(self.unknown(member, pointer, &known))
    }

    /// As permissions; `true` takes every grant of a permission away.
    fn denials(&mut self, node: &Node, pointer: &str, section: &mut Section) -> Result<(), Error> {
        for member in self.members(node, pointer)? {
            let pointer = child(pointer, &member.name);
            let permission = self.permission(member, &pointer, &[])?;
            if member.node.value == Value::Bool(true) {
                let place = self.place(member.node.start, &pointer);
                section.deny_all.push((permission, place));
            } else {
                self.list(permission, &member.node, &pointer, &mut section.deny)?;
            }
        }
        Ok(())
    }

    fn scripts(&mut self, node: &Node, pointer: &str) -> Result<Vec<(String, Section)>, Error> {
        let mut scripts = Vec::new();
        for script in self.members(node, pointer)? {
            let pointer = child(pointer, &script.name);
            let mut section = Section::default();
            for member in self.members(&script.node, &pointer)? {
                let pointer = child(&pointer, &member.name);
                if member.name == "deny" {
                    self.denials(&member.node, &pointer, &mut section)?;
                } else {
                    let permission = self.permission(member, &pointer, &["deny"])?;
                    self.list(permission, &member.node, &pointer, &mut section.allow)?;
                }
            }
            scripts.push((script.name.clone(), section));
        }
        Ok(scripts)
    }

    fn limits(&mut self, node: &Node, pointer: &str) -> Result<Limits, Error> {
        let mut limits = Limits::default();
        for member in self.members(node, pointer)? {
            let pointer = child(pointer, &member.name);
            if !limits::NAMES.contains(&member.name.as_str()) {
                return Err(self.unknown(member, &pointer, &limits::NAMES));
            }
            let text = match &member.node.value {
                Value::Null | Value::Bool(false) => continue,
                Value::String(text) => text.clone(),
                Value::Number(number) => whole(*number),
                other => {
                    let what = format!("{} is not a limit", other.kind());
                    return Err(self.wrong(
                        &member.node,
                        &pointer,
                        what,
                        "write a number, or a string such as \"512MB\"".into(),
                    ));
                }
            };
            let place = self.place(member.node.start, &pointer);
            limits::set(&mut limits, &member.name, &text).map_err(|problem| problem.at(&place))?;
        }
        Ok(limits)
    }

    /// `false` turns the guard off, visibly; `null` is the default, as if nothing was written.
    /// The settings, and what the guard has to reach for them.
    fn http(&mut self, node: &Node, pointer: &str) -> Result<(Http, Vec<Wish>), Error> {
        match node.value {
            Value::Bool(false) => return Ok((Http::Off, Vec::new())),
            Value::Null => return Ok((Http::Defaults, Vec::new())),
            _ => {}
        }
        let (mut settings, mut needed) = (Vec::new(), Vec::new());
        for member in self.members(node, pointer)? {
            let pointer = child(pointer, &member.name);
            let Some(setting) = http::setting(&member.name, &member.node.value) else {
                return Err(self.unknown(member, &pointer, &http::names()));
            };
            let place = self.place(member.node.start, &pointer);
            if let Some(store) = http::shared(&member.name, &member.node.value) {
                let wish =
                    |permission, text| Wish { permission, text, place: place.clone(), base: self.base.to_path_buf() };
                needed.push(wish(Permission::Net, store.net));
                needed.extend(store.env.map(|name| wish(Permission::Env, name)));
            }
            let (name, value) = setting.map_err(|problem| problem.at(&place))?;
            settings.extend(value.map(|value| HttpSetting { name, value }));
        }
        Ok((if settings.is_empty() { Http::Defaults } else { Http::Settings(settings) }, needed))
    }

    fn list(
        &mut self,
        permission: Permission,
        node: &Node,
        pointer: &str,
        wishes: &mut Vec<Wish>,
    ) -> Result<(), Error> {
        let items = match &node.value {
            Value::Null | Value::Bool(false) => return Ok(()),
            Value::Array(items) => items,
            Value::String(text) => {
                return Err(self.wrong(
                    node,
                    pointer,
                    "a string stands where a list was expected".into(),
                    format!("write [{}]", quoted(text)),
                ));
            }
            other => {
                let what = format!("{} stands where a list was expected", other.kind());
                return Err(self.wrong(node, pointer, what, "write [ … ] with what is granted, [] for nothing".into()));
            }
        };
        if items.len() > LONGEST {
            return Err(self.wrong(
                node,
                pointer,
                format!("it has more than {LONGEST} entries"),
                "grant folders or networks".into(),
            ));
        }
        for (index, item) in items.iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            let text = match &item.value {
                Value::String(text) if text.trim().is_empty() => {
                    let what = format!("{} grants nothing", quoted(text));
                    return Err(self.wrong(item, &pointer, what, "remove it, or say what is meant".into()));
                }
                Value::String(text) => text.clone(),
                Value::Number(number) if permission == Permission::Listen => whole(*number),
                other => {
                    let what = format!("{} stands where a string was expected", other.kind());
                    return Err(self.wrong(item, &pointer, what, "write it in quotes".into()));
                }
            };
            wishes.push(Wish {
                permission,
                text,
                place: self.place(item.start, &pointer),
                base: self.base.to_path_buf(),
            });
        }
        Ok(())
    }
}

/// A number as people write it: `3000`, not `3000.0`.
fn whole(number: f64) -> String {
    format!("{number}")
}

/// The JSON pointer (RFC 6901) of a member.
fn child(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}
