//! Whether a word of the command line names a script, and what starts then.

use super::{Scripts, Start, bin, is_written_as_file};
use crate::args;
use crate::manifest::json::Value;
use crate::manifest::{self, Document, Error, quoted, shown};
use crate::suggest::nearest;
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// A script that is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub scripts: Scripts,
    pub name: String,
    pub start: Start,
}

/// The script that `word` names, of the nearest package.json from `folder` upwards. It wins over a file of that name.
pub fn choose(word: &OsStr, arguments: &[OsString], folder: &Path) -> Result<Option<Chosen>, Error> {
    let Some(name) = word.to_str().filter(|word| !is_written_as_file(word)) else { return Ok(None) };
    let Some(scripts) = nearest_scripts(folder)? else { return Ok(None) };
    let Some(start) = scripts.start(name, arguments) else { return missing(&scripts, name, folder) };
    Ok(Some(Chosen { name: name.to_owned(), start, scripts }))
}

/// Whether `word`, which is no command, is a script's name, or may be a misspelled one: then the script is what it is about.
pub fn may_be_script(word: &OsStr) -> bool {
    let scripts = std::env::current_dir().ok().and_then(|folder| nearest_scripts(&folder).ok().flatten());
    let (Some(scripts), Some(name)) = (scripts, word.to_str()) else { return false };
    let known = scripts.texts.iter().map(|(name, _)| name.as_str());
    scripts.text(name).is_some() || (!args::resembles_a_command(name) && nearest(name, known).is_some())
}

/// A file of that name is run; for anything else the nearest script is suggested.
fn missing(scripts: &Scripts, name: &str, folder: &Path) -> Result<Option<Chosen>, Error> {
    if folder.join(name).exists()
        || ["js", "mjs", "cjs", "json", "node"]
            .iter()
            .any(|ending| folder.join(name).with_added_extension(ending).exists())
    {
        return Ok(None);
    }
    let what = format!(
        "Cannot run {}: {} has no such script, and there is no such file",
        quoted(name),
        shown(&scripts.folder.join("package.json"))
    );
    let known = scripts.texts.iter().map(|(name, _)| name.as_str());
    let fix = match nearest(name, known.clone()) {
        Some(near) => format!("did you mean {}?", quoted(near)),
        None if bin::file(&scripts.folder, name).is_some() => {
            format!("to run the program of node_modules/.bin, write node_modules/.bin/{name}")
        }
        None if scripts.texts.is_empty() => "write a file".into(),
        None => format!("write a file, or one of {}", known.take(20).map(quoted).collect::<Vec<_>>().join(", ")),
    };
    Err(Error::new(what, fix))
}

fn nearest_scripts(folder: &Path) -> Result<Option<Scripts>, Error> {
    for folder in folder.ancestors() {
        if let Some(document) = manifest::document(folder)? {
            return Ok(Some(Scripts { folder: folder.to_path_buf(), texts: texts(&document) }));
        }
    }
    Ok(None)
}

fn texts(document: &Document) -> Vec<(String, String)> {
    match document.root.member("scripts").map(|member| &member.node.value) {
        Some(Value::Object(members)) => {
            members.iter().filter_map(|member| Some((member.name.clone(), member.node.string()?.to_owned()))).collect()
        }
        _ => Vec::new(),
    }
}
