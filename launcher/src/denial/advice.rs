//! What a refused request wanted, and the grant that would let it through: the smallest one that makes sense.

use super::{Denial, Source, cause, gives_away, quote};
use crate::policy::{Permission, Policy, is_in_node_modules};
use std::net::Ipv4Addr;
use std::path::{Component, Path, PathBuf};

/// Folders that tools fill, by their first name in a project: granted whole.
const OUTPUTS: [&str; 14] = [
    "dist", "build", "out", "output", "public", "coverage", "tmp", "temp", "logs", "data", "uploads", "cache",
    "storage", "reports",
];

/// Explains the denials of one target.
#[derive(Clone, Debug, Default)]
pub struct Advice {
    /// The folder of the package.json that counts.
    root: PathBuf,
    home: Option<PathBuf>,
    /// What of the project is never offered.
    secrets: Vec<PathBuf>,
    /// Where the program may write: native code from there is never granted.
    writable: Vec<PathBuf>,
}

impl Advice {
    pub fn new(policy: &Policy, home: Option<PathBuf>) -> Advice {
        let granted = policy.allow.write.iter().map(|grant| grant.pattern.clone());
        let writable = granted.chain(policy.private.iter().cloned()).collect();
        Advice { root: policy.own.root.clone(), home, secrets: policy.own.secrets.clone(), writable }
    }

    /// The lines below `denied read /etc/passwd`: who asked, why, and what to write in package.json.
    pub fn about(&self, denial: &Denial) -> String {
        let lines = [self.asker(denial), cause::of(denial).map(str::to_owned), Some(self.remedy(denial))];
        lines.into_iter().flatten().map(|line| format!("  {line}\n")).collect()
    }

    /// A line for the process that offers grants; none for what should not be granted by typing one word.
    pub fn offer(&self, denial: &Denial) -> Option<String> {
        let of_files = matches!(denial.permission, Permission::Read | Permission::Write);
        // What a grant would name is the program's word, as the resource may be.
        let mut paths = [Some(&denial.resource), denial.grant.as_ref()].into_iter().flatten().map(Path::new);
        if denial.is_harmless() || door(denial).is_some() || (of_files && paths.any(|path| self.is_delicate(path))) {
            return None;
        }
        let value = self.grant(denial).ok()?;
        // No program asks for every host, or for every variable that begins like another: only a report says so.
        if !of_files && value.contains('*') || denial.permission == Permission::Net && is_network(&value) {
            return None;
        }
        let text = if value.starts_with('"') { value } else { quote(&value) };
        Some(format!("{{\"permission\":\"{}\",\"grant\":{text}}}\n", denial.permission))
    }

    /// Secrets of the project, what lies in HOME or in a dotfolder outside of it, and what only looks as if it lay
    /// elsewhere.
    fn is_delicate(&self, path: &Path) -> bool {
        if !path.is_absolute() || path.components().any(|part| part == Component::ParentDir) {
            return true;
        }
        if let Ok(inside) = path.strip_prefix(&self.root) {
            return inside.as_os_str().is_empty() || self.secrets.iter().any(|secret| path.starts_with(secret));
        }
        let at_home = self.home.as_ref().is_some_and(|home| path.starts_with(home));
        at_home || path.iter().any(|name| name.as_encoded_bytes().starts_with(b".")) || path.starts_with("/etc")
    }

    /// The program tells this about itself, so it is said to be the program's word.
    fn asker(&self, denial: &Denial) -> Option<String> {
        let origin = denial.origin.as_ref()?;
        Some(format!("the program says: by {}", origin.told(&self.root)?))
    }

    fn remedy(&self, denial: &Denial) -> String {
        if let Some(why) = door(denial) {
            return format!("no grant is suggested: {why}");
        }
        match self.grant(denial) {
            Ok(value) => format!(
                "to grant it, write in package.json: \"cordon\": {{ \"permissions\": {{ \"{}\": [{value}] }} }}",
                denial.permission
            ),
            Err(reason) => reason.to_owned(),
        }
    }

    /// The grant as JSON, or why there is none.
    fn grant(&self, denial: &Denial) -> Result<String, &'static str> {
        let wanted = denial.grant.as_deref().unwrap_or(&denial.resource);
        match denial.permission {
            Permission::Read => self.path(wanted, Path::to_path_buf),
            Permission::Write if decides(Path::new(wanted)) => {
                Err("it can't be granted: other programs and other runs load or obey what lies there")
            }
            Permission::Write => self.path(wanted, written_folder),
            Permission::Net => Ok(quote(&with_port(wanted))),
            Permission::Listen => Ok(listener(wanted)),
            Permission::Run if denial.grant.is_none() && !wanted.contains('/') && denial.source == Source::Broker => {
                Err("to grant it, name the program in package.json, at cordon.permissions.run")
            }
            Permission::Run => Ok(quote(&self.program(wanted))),
            // Where it lies is the broker's word, what a grant would name is not.
            Permission::Addons if self.is_writable(Path::new(&denial.resource)) => Err(
                "it can't be granted: the program may write there, and native code has to come from where only you can change it",
            ),
            Permission::Addons => Ok(quote(&self.package(package_of(wanted).unwrap_or(wanted), &denial.resource))),
            Permission::Env => Ok(quote(wanted)),
        }
    }

    fn path(&self, wanted: &str, widen: fn(&Path) -> PathBuf) -> Result<String, &'static str> {
        let path = Path::new(wanted);
        if self.root.starts_with(path) || self.home.as_ref().is_some_and(|home| home.starts_with(path)) {
            return Err("it can't be granted whole: it holds the project, or the home folder; name a folder below it");
        }
        let Ok(inside) = path.strip_prefix(&self.root) else { return Ok(quote(wanted)) };
        Ok(quote(&format!("./{}", widen(inside).to_string_lossy())))
    }

    /// By its name where that leads to the copy that `file` lies in or beside; another one by its path.
    fn package(&self, name: &str, file: &str) -> String {
        let modules = file.rfind("/node_modules/").map(|end| Path::new(&file[..end]));
        // pnpm keeps a package and what it brings for a platform in folders of their own: only the name leads to both.
        let is_apart = file.contains("/node_modules/.pnpm/") && package_of(file) != Some(name);
        match modules.filter(|above| !self.root.starts_with(above) && !is_apart && is_package(name)) {
            Some(above) => {
                let folder = above.join("node_modules").join(name);
                match folder.strip_prefix(&self.root) {
                    Ok(inside) => format!("./{}", inside.to_string_lossy()),
                    Err(_) => folder.to_string_lossy().into_owned(),
                }
            }
            None => name.to_owned(),
        }
    }

    fn is_writable(&self, path: &Path) -> bool {
        self.writable.iter().any(|folder| path.starts_with(folder))
    }

    /// By its name where programs usually lie, and where the engine is; a program of the project by its place.
    fn program(&self, wanted: &str) -> String {
        const USUAL: [&str; 6] = ["/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin", "/usr/local/sbin"];
        let path = Path::new(wanted);
        let usual = path.parent().is_some_and(|folder| USUAL.iter().any(|usual| folder == Path::new(usual)));
        match (path.strip_prefix(&self.root), path.file_name()) {
            // Debian's shell: what programs start is the link, /bin/sh.
            (_, Some(name)) if usual && name == "dash" => "sh".to_owned(),
            (Ok(inside), _) => format!("./{}", inside.to_string_lossy()),
            (_, Some(name)) if usual || name == "node" => name.to_string_lossy().into_owned(),
            _ => wanted.to_owned(),
        }
    }
}

/// What the door to a service gives away that the denial is about, or that the program says it is about.
fn door(denial: &Denial) -> Option<&'static str> {
    let reached = matches!(denial.permission, Permission::Read | Permission::Write | Permission::Net);
    [Some(&denial.resource), denial.grant.as_ref()]
        .into_iter()
        .flatten()
        .find_map(|one| gives_away(one))
        .filter(|_| reached)
}

/// Whether `path` is code or history that no grant lets write.
fn decides(path: &Path) -> bool {
    is_in_node_modules(path) || path.iter().any(|name| name == ".git") || path.ends_with("package.json")
}

/// Where a tool wants to write in the project: its folder, or the file where that lies beside package.json, which no grant
/// may cover.
fn written_folder(inside: &Path) -> PathBuf {
    let names: Vec<&str> = inside
        .components()
        .filter_map(|part| if let Component::Normal(name) = part { name.to_str() } else { None })
        .collect();
    match names.as_slice() {
        ["node_modules", cache, ..] if cache.starts_with('.') => Path::new("node_modules").join(cache),
        [first, _, ..] if first.starts_with('.') || OUTPUTS.contains(first) => PathBuf::from(first),
        [_, _, ..] => inside.parent().unwrap_or(inside).to_path_buf(),
        _ => inside.to_path_buf(),
    }
}

/// Whether the JSON of a grant names a network of addresses.
fn is_network(value: &str) -> bool {
    value.contains('/') && !value.starts_with("\"unix:")
}

/// A name that was refused before its port was known is most often wanted for TLS. An address without a port is a group's
/// that was to be joined.
fn with_port(wanted: &str) -> String {
    let bare = wanted.strip_prefix("unix:").is_none() && !wanted.contains(':') && wanted.parse::<Ipv4Addr>().is_err();
    if bare { format!("{wanted}:443") } else { wanted.to_owned() }
}

/// `3000`, or `"127.0.0.1:3000"`: every address of this machine is what a bare number means.
fn listener(wanted: &str) -> String {
    let everywhere = ["0.0.0.0:", "[::]:", ":::"].iter().find_map(|prefix| wanted.strip_prefix(prefix));
    let port = everywhere.unwrap_or(wanted);
    if port.parse::<u16>().is_ok() { port.to_owned() } else { quote(wanted) }
}

/// `name` or `@scope/name`.
fn is_package(name: &str) -> bool {
    let mut parts = name.split('/');
    let scoped = name.starts_with('@');
    parts.clone().count() == if scoped { 2 } else { 1 } && parts.all(|part| !part.is_empty() && !part.starts_with('.'))
}

/// The package that a file of node_modules belongs to.
fn package_of(file: &str) -> Option<&str> {
    let (_, inside) = file.rsplit_once("/node_modules/")?;
    let mut ends = inside.match_indices('/').map(|(end, _)| end);
    let end = if inside.starts_with('@') { ends.nth(1) } else { ends.next() };
    Some(end.map_or(inside, |end| &inside[..end]))
}

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
