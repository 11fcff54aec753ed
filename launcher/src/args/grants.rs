//! What the grant and limit flags of a command line ask for.

use super::parse::Typed;
use super::table::Meaning;
use crate::manifest::{Error, Place, Problem, Section, Wish, quoted, set_limit};
use crate::policy::{Origin, Permission};
use std::ffi::OsStr;
use std::path::Path;

/// Gathers the flags; relative paths in them start at `folder`, the current one.
pub fn section(flags: &[Typed], folder: &Path) -> Result<Section, Error> {
    let mut section = Section::default();
    for typed in flags {
        let place = Place { origin: Origin::Flag(typed.text.clone()), position: None };
        match typed.flag.meaning {
            Meaning::Allow(permission) => section.allow.extend(wishes(typed, permission, &place, folder)?),
            Meaning::Deny(permission) if typed.value.is_none() => section.deny_all.push((permission, place)),
            Meaning::Deny(permission) => section.deny.extend(wishes(typed, permission, &place, folder)?),
            Meaning::Limit(name) => {
                set_limit(&mut section.limits, name, text(typed, &place)?).map_err(|problem| problem.at(&place))?;
            }
            Meaning::Inspect => {
                let text = inspector(typed).map_err(|problem| problem.at(&place))?;
                section.allow.push(Wish { permission: Permission::Listen, text, place, base: folder.to_path_buf() });
            }
            _ => {}
        }
    }
    Ok(section)
}

/// Where the debugger's port is: on loopback, whoever reaches it can run code in the program.
pub fn inspector(typed: &Typed) -> Result<String, Problem> {
    let value = typed.value.as_deref().unwrap_or(OsStr::new("9229")).to_string_lossy();
    let (host, port) = value.rsplit_once(':').unwrap_or(("127.0.0.1", &value));
    let plain = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    if !plain || !matches!(host, "127.0.0.1" | "localhost" | "[::1]") {
        let what = format!("{} is not a port on this machine's loopback address", quoted(&value));
        return Err(Problem::new(
            what,
            format!("write --{}=9229, and forward the port to reach it from elsewhere", typed.flag.name),
        ));
    }
    Ok(format!("{}:{port}", if host == "localhost" { "127.0.0.1" } else { host }))
}

fn text<'t>(typed: &'t Typed, place: &Place) -> Result<&'t str, Error> {
    let value = typed.value.as_deref().unwrap_or(OsStr::new(""));
    value.to_str().ok_or_else(|| Problem::new("its value is not UTF-8", "write it as UTF-8").at(place))
}

fn wishes(typed: &Typed, permission: Permission, place: &Place, folder: &Path) -> Result<Vec<Wish>, Error> {
    let mut wishes = Vec::new();
    for text in text(typed, place)?.split(',') {
        if text.trim().is_empty() {
            return Err(Problem::new("an empty entry grants nothing", "leave it out, or the flag").at(place));
        }
        wishes.push(Wish { permission, text: text.into(), place: place.clone(), base: folder.to_path_buf() });
    }
    Ok(wishes)
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn listens(flag: &str) -> Result<String, Error> {
        let line = parse(["run".into(), flag.into(), "a.js".into()], |_| false).expect("a line");
        section(&line.flags, Path::new("/p")).map(|section| section.allow[0].text.clone())
    }

    #[test]
    fn a_debugger_listens_on_loopback_only() {
        assert_eq!(listens("--inspect").as_deref(), Ok("127.0.0.1:9229"));
        assert_eq!(listens("--inspect-brk=0").as_deref(), Ok("127.0.0.1:0"));
        assert_eq!(listens("--inspect=localhost:9300").as_deref(), Ok("127.0.0.1:9300"));
        assert_eq!(listens("--inspect-wait=[::1]:9300").as_deref(), Ok("[::1]:9300"));
        for place in ["0.0.0.0:9229", ":9229", "[::]:1", "example.org:1", "", "x", "70000", "127.0.0.1:"] {
            assert!(listens(&format!("--inspect={place}")).is_err(), "{place}");
        }
    }

    #[test]
    fn lists_are_parted_by_commas_and_nothing_is_granted_by_an_empty_one() {
        let line = parse(["run".into(), "--allow-net=a:1,b:2".into(), "a.js".into()], |_| false).expect("a line");
        assert_eq!(section(&line.flags, Path::new("/p")).map(|section| section.allow.len()), Ok(2));
        for flag in ["--allow-net=", "--allow-net=a,,b", "--deny-net=,", "--allow-read= "] {
            let line = parse(["run".into(), flag.into(), "a.js".into()], |_| false).expect("a line");
            assert!(section(&line.flags, Path::new("/p")).is_err(), "{flag}");
        }
    }
}
