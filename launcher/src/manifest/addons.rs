//! Packages of `addons` grants: the folders that their native code may be loaded from.

use super::error::{Error, Problem, quoted};
use super::file;
use super::json::Value;
use super::path::{refuse_planted, walk, walk_wish};
use super::section::Wish;
use crate::policy::{AddonPackage, Grant};
use std::path::{Path, PathBuf};

/// In node_modules, where pnpm has a symlink to each package that the project does not name itself.
pub const PNPM_HOISTED: &str = ".pnpm/node_modules";

/// The folders of the package that `wish` names, as it is found from one of the folders in `from`, or of a path such as
/// `./build/Release`; `None` where it is not installed.
pub fn package(wish: &Wish, from: [&Path; 2], writable: &[PathBuf]) -> Result<Option<Grant<AddonPackage>>, Error> {
    let folders = if wish.text.starts_with(['.', '/']) {
        let walked = walk_wish(wish)?;
        refuse_planted(&walked, writable, wish)?;
        match walked.exists {
            true if package_name(&walked.real).is_some() => with_optional(walked.real)?,
            true => vec![walked.real],
            false => Vec::new(),
        }
    } else {
        refuse_other_names(wish)?;
        let Some(folder) = from.iter().find_map(|folder| installed(&wish.text, folder)) else { return Ok(None) };
        with_optional(folder)?
    };
    if folders.iter().any(|folder| writable.iter().any(|own| folder.starts_with(own) || own.starts_with(folder))) {
        let what = format!("{} lies where the program may write", quoted(&wish.text));
        return Err(Problem::new(what, "native code has to come from where only you can change it").at(&wish.place));
    }
    let pattern = AddonPackage { name: wish.text.clone(), folders };
    let grant = Grant { pattern, text: wish.text.clone(), origin: wish.place.origin.clone() };
    Ok((!grant.pattern.folders.is_empty()).then_some(grant))
}

/// A package with its optional dependencies: those that bring a build for each platform.
fn with_optional(folder: PathBuf) -> Result<Vec<PathBuf>, Error> {
    let found: Vec<PathBuf> =
        optional_dependencies(&folder)?.iter().filter_map(|name| installed(name, &folder)).collect();
    Ok(std::iter::once(folder).chain(found).collect())
}

/// A name as npm takes it: `name`, `@scope/name`.
fn refuse_other_names(wish: &Wish) -> Result<(), Error> {
    let bare = match wish.text.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/').filter(|(scope, _)| is_name(scope)).map(|(_, name)| name),
        None => Some(wish.text.as_str()),
    };
    if bare.is_some_and(is_name) {
        return Ok(());
    }
    let what = format!("{} is not a package's name", quoted(&wish.text));
    Err(Problem::new(what, "write the name of the package that brings the addon, such as \"sharp\"").at(&wish.place))
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('.')
        && text != "node_modules"
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'))
}

/// The real folder that Node.js finds `name` at, from `folder` upwards, or else what pnpm's own packages find: a package
/// of a package, which npm would have put beside the project's.
fn installed(name: &str, folder: &Path) -> Option<PathBuf> {
    let places = folder.ancestors().filter(|above| above.file_name().is_none_or(|name| name != "node_modules"));
    let places: Vec<PathBuf> = places.map(|above| above.join("node_modules")).collect();
    let hoisted = places.iter().map(|modules| modules.join(PNPM_HOISTED));
    let found = places.iter().cloned().chain(hoisted).map(|modules| modules.join(name)).find(|place| place.is_dir())?;
    walk(&found).ok().filter(|walked| walked.exists).map(|walked| walked.real)
}

fn optional_dependencies(folder: &Path) -> Result<Vec<String>, Error> {
    let Some(document) = file::document(folder)? else { return Ok(Vec::new()) };
    let Some(member) = document.root.member("optionalDependencies") else { return Ok(Vec::new()) };
    let Value::Object(members) = &member.node.value else { return Ok(Vec::new()) };
    let scoped = |name: &str| {
        is_name(name.strip_prefix('@').and_then(|rest| rest.split_once('/')).map_or(name, |(_, name)| name))
    };
    Ok(members.iter().map(|member| member.name.clone()).filter(|name| scoped(name)).take(200).collect())
}

/// Whether Node.js finds a package of this name from `folder`.
pub fn is_installed(name: &str, folder: &Path) -> bool {
    installed(name, folder).is_some()
}

/// The packages that an `addons` grant for native code at `path` may name: those that list the one that it is in as an
/// optional dependency, as packages do that bring a build for each platform, or else that one. By name where the name leads
/// there from `from`, and by path where it leads to another copy.
pub fn addon_owners(path: &Path, from: &Path, text: impl Fn(&Path) -> String) -> Vec<String> {
    let own = || {
        let folder = path.ancestors().find(|folder| package_name(folder).is_some())?;
        Some((package_name(folder)?, folder))
    };
    let Some((name, folder)) = own() else { return Vec::new() };
    let modules = folder.ancestors().filter(|above| above.file_name().is_some_and(|name| name == "node_modules"));
    // The nearest; in an isolated tree the outermost has the packages that the project names, as symlinks.
    let places = modules.flat_map(|modules| [modules.to_owned(), modules.join(PNPM_HOISTED)]);
    let owners = places.map(|modules| listers(&modules, &name)).find(|listers| !listers.is_empty());
    let real = |owner: PathBuf| std::fs::canonicalize(&owner).unwrap_or(owner);
    let mut owners: Vec<PathBuf> = owners.unwrap_or_default().into_iter().map(real).collect();
    if owners.is_empty() {
        owners.push(folder.to_owned());
    }
    let wish = |owner: &PathBuf| {
        let name = package_name(owner)?;
        Some(if installed(&name, from).as_ref() == Some(owner) { name } else { text(owner) })
    };
    owners.iter().filter_map(wish).collect()
}

/// `name` or `@scope/name` of a folder right below node_modules.
fn package_name(folder: &Path) -> Option<String> {
    let (name, above) = (folder.file_name()?.to_str()?, folder.parent()?);
    let above_name = above.file_name()?.to_str()?;
    if above_name == "node_modules" {
        return (!name.starts_with('@')).then(|| name.to_owned());
    }
    let scoped = above_name.starts_with('@') && above.parent()?.file_name()? == "node_modules";
    scoped.then(|| format!("{above_name}/{name}"))
}

fn listers(modules: &Path, dependency: &str) -> Vec<PathBuf> {
    let folders = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let scoped =
        folders(modules).filter(|folder| folder.file_name().is_some_and(|name| name.as_encoded_bytes()[0] == b'@'));
    let mut packages: Vec<PathBuf> = scoped.flat_map(|scope| folders(&scope).collect::<Vec<_>>()).collect();
    packages.extend(folders(modules));
    packages.sort();
    let lists = |folder: &&PathBuf| {
        optional_dependencies(folder).is_ok_and(|names| names.iter().any(|name| name == dependency))
    };
    packages.retain(|folder| lists(&folder) && package_name(folder).is_some());
    packages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::testing::Scratch;

    #[test]
    fn a_package_of_a_package_of_pnpm_is_found_by_its_name_after_what_the_engine_finds() {
        let scratch = Scratch::new("hoisted");
        let version = |name: &str| {
            let package = scratch.write(&format!("node_modules/.pnpm/{name}@1/node_modules/{name}/package.json"), "{}");
            package.parent().expect("a folder").to_owned()
        };
        let (own, inner) = (version("own"), version("inner"));
        let link = |target: &Path, place: &str| {
            let place = scratch.path().join(place);
            std::fs::create_dir_all(place.parent().expect("a folder")).expect("made");
            std::os::unix::fs::symlink(target, place).expect("a symlink");
        };
        link(&inner, "node_modules/.pnpm/node_modules/inner");
        link(&inner, "node_modules/.pnpm/node_modules/own");
        link(&own, "node_modules/own");
        let member = scratch.path().join("apps/web");
        assert_eq!(installed("inner", &member), Some(inner));
        assert_eq!(installed("own", &member), Some(own));
        assert_eq!(installed("none", &member), None);
    }
}
