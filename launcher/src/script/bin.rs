//! Programs of node_modules/.bin: which file of JavaScript stands behind a name.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// More names than this in one folder are not looked at.
const MOST: usize = 2000;

/// The file that the engine runs for `name`, looked for from `folder` upwards as npm does.
pub fn file(folder: &Path, name: &str) -> Option<PathBuf> {
    if name.contains('/') || name.is_empty() || name.starts_with('.') {
        return None;
    }
    bin_folders(folder)
        .find_map(|bin| {
            let place = bin.join(name);
            place.exists().then_some(place)
        })
        .and_then(|place| javascript(&place))
}

/// Each name with its file, the nearest folder first; names of native programs are left out.
pub fn all(folder: &Path) -> Vec<(String, PathBuf)> {
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for bin in bin_folders(folder) {
        for entry in fs::read_dir(&bin).into_iter().flatten().flatten().take(MOST) {
            let Ok(name) = entry.file_name().into_string() else { continue };
            if name.starts_with('.') || found.iter().any(|(other, _)| *other == name) {
                continue;
            }
            found.extend(javascript(&entry.path()).map(|file| (name, file)));
        }
    }
    found.sort();
    found
}

/// Programs of the packages that the package.json in `folder` names, and no others.
pub fn of_project(folder: &Path) -> Vec<(String, PathBuf)> {
    let wanted = names_of_dependencies(folder);
    let modules = folder.join("node_modules");
    // In an isolated tree these are symlinks.
    let places: Vec<PathBuf> = wanted.iter().filter_map(|name| fs::canonicalize(modules.join(name)).ok()).collect();
    let belongs = |file: &PathBuf| places.iter().any(|place| file.starts_with(place));
    all(folder).into_iter().filter(|(_, file)| belongs(file)).collect()
}

fn names_of_dependencies(folder: &Path) -> Vec<String> {
    let Ok(Some(document)) = crate::manifest::document(folder) else { return Vec::new() };
    let lists = ["dependencies", "optionalDependencies", "devDependencies"].map(|list| document.root.member(list));
    let members = lists.into_iter().flatten().flat_map(|list| match &list.node.value {
        crate::manifest::json::Value::Object(members) => &members[..],
        _ => &[],
    });
    members.map(|member| member.name.clone()).collect()
}

fn bin_folders(folder: &Path) -> impl Iterator<Item = PathBuf> {
    folder.ancestors().filter(|above| !above.ends_with("node_modules")).map(|above| above.join("node_modules/.bin"))
}

/// The file itself where it is JavaScript; what it starts where it is one of pnpm's shell scripts around it.
fn javascript(place: &Path) -> Option<PathBuf> {
    let real = fs::canonicalize(place).ok()?;
    let start = beginning(&real)?;
    let first = start.lines().next().unwrap_or("");
    if let Some(interpreter) = first.strip_prefix("#!") {
        let is_engine = interpreter.split([' ', '/', '\t']).any(|word| matches!(word, "node" | "cordon"));
        if is_engine {
            return Some(real);
        }
        let folder = real.parent()?;
        return wrapped(&start).and_then(|target| fs::canonicalize(folder.join(target)).ok());
    }
    let ending = real.extension().and_then(|ending| ending.to_str());
    matches!(ending, Some("js" | "cjs" | "mjs")).then_some(real)
}

/// The beginning of a file of text.
fn beginning(file: &Path) -> Option<String> {
    if !fs::metadata(file).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(file).ok()?.take(4096).read_to_end(&mut bytes).ok()?;
    (!bytes.contains(&0)).then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// pnpm's scripts end in `exec node "$basedir/../vite/bin/vite.js" "$@"`.
fn wrapped(script: &str) -> Option<String> {
    let line = script
        .lines()
        .rev()
        .find(|line| line.contains("node") && line.contains("\"$basedir/") && line.contains("\"$@\""))?;
    let (_, after) = line.rsplit_once("\"$basedir/")?;
    let (target, _) = after.split_once('"')?;
    Some(target.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("cordon-bin-{name}-{}", std::process::id()));
            fs::create_dir_all(path.join("node_modules/.bin")).expect("made");
            Folder(fs::canonicalize(path).expect("there"))
        }

        fn write(&self, path: &str, text: &str) {
            let file = self.0.join(path);
            fs::create_dir_all(file.parent().expect("a folder")).expect("made");
            fs::write(file, text).expect("written");
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn javascript_is_found_and_native_programs_are_not() {
        let project = Folder::new("kinds");
        project.write("node_modules/a/cli.js", "#!/usr/bin/env node\n");
        project.write("node_modules/b/cli", "#!/usr/bin/env -S node --flag\n");
        project.write("node_modules/c/cli.mjs", "import 'x';\n");
        project.write("node_modules/d/cli", "\u{7f}ELF\0");
        project.write("node_modules/e/cli.sh", "#!/bin/sh\nrm -r /\n");
        for (name, target) in
            [("a", "a/cli.js"), ("b", "b/cli"), ("c", "c/cli.mjs"), ("d", "d/cli"), ("e", "e/cli.sh"), ("f", "gone")]
        {
            symlink(format!("../{target}"), project.0.join("node_modules/.bin").join(name)).expect("linked");
        }
        let names: Vec<String> = all(&project.0).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!(file(&project.0.join("packages/x"), "a"), Some(project.0.join("node_modules/a/cli.js")));
        for none in ["d", "e", "f", "missing", "../a", "", "."] {
            assert_eq!(file(&project.0, none), None, "{none}");
        }
    }

    #[test]
    fn the_nearest_folder_wins() {
        let project = Folder::new("nearest");
        project.write("node_modules/.bin/a", "#!/usr/bin/env node\n// root\n");
        project.write("packages/x/node_modules/.bin/a", "#!/usr/bin/env node\n// member\n");
        let member = project.0.join("packages/x");
        assert_eq!(file(&member, "a"), Some(member.join("node_modules/.bin/a")));
        assert_eq!(all(&member), [("a".to_owned(), member.join("node_modules/.bin/a"))]);
    }

    #[test]
    fn pnpms_scripts_are_looked_through() {
        let project = Folder::new("pnpm");
        project.write("node_modules/vite/bin/vite.js", "#!/usr/bin/env node\n");
        let script = "#!/bin/sh\nbasedir=$(dirname \"$0\")\nif [ -x \"$basedir/node\" ]; then\n  exec \"$basedir/node\"  \"$basedir/../vite/bin/vite.js\" \"$@\"\nelse\n  exec node  \"$basedir/../vite/bin/vite.js\" \"$@\"\nfi\n";
        project.write("node_modules/.bin/vite", script);
        assert_eq!(file(&project.0, "vite"), Some(project.0.join("node_modules/vite/bin/vite.js")));
    }
}
