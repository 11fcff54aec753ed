//! From what a run used to the grants that it lacks.

use super::group::{group, without_covered};
use super::wide::is_secret_name;
use crate::denial::gives_away;
use crate::manifest::{self, Addition, Project};
use crate::policy::{AddressClass, Permission, Policy, Request, classify};
use crate::supervisor::record::{Contact, Listened, Recorded, Use};
use crate::supervisor::{Access, Rule};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// A grant to propose.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    pub addition: Addition,
    /// Some of what it is for.
    pub uses: Vec<String>,
}

/// What was refused even while learning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refusal {
    pub permission: Permission,
    pub resource: String,
    /// Key material, tokens, other users' files: somebody should look at who asked.
    pub secret: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Learned {
    pub needs: Vec<Need>,
    pub refusals: Vec<Refusal>,
    /// Paths in the project that the program wanted to write and could not yet: it has to run once more.
    pub wanted: Vec<PathBuf>,
}

/// What is known of the run.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The policy without what learning added.
    pub policy: &'a Policy,
    /// What that policy lets be read and written, in the kernel's terms.
    pub rules: &'a [Rule],
    /// The policy that held.
    pub wide: &'a Policy,
    pub project: &'a Project,
    pub homes: &'a [PathBuf],
    pub engine: &'a Path,
    /// Whether a path lies in a session's folder, and is private to one run.
    pub is_private: fn(&Path) -> bool,
    /// Names of the user's environment, cordon's own and the session's aside.
    pub variables: &'a BTreeSet<String>,
    /// What was made for the program because it wanted to write it.
    pub made: &'a [PathBuf],
}

/// How many uses stand beside a need.
const SHOWN: usize = 3;

pub fn needs(recorded: &Recorded, ground: &Ground<'_>) -> Learned {
    let mut learned = Learned::default();
    let mut needs = ground.writes(recorded, &mut learned.wanted);
    needs.extend(ground.reads(recorded, &needs, &mut learned.refusals));
    needs.extend(ground.contacts(recorded));
    needs.extend(ground.listeners(recorded));
    needs.extend(ground.programs(recorded));
    needs.extend(ground.addons(recorded));
    needs.extend(ground.variables(recorded, &mut learned.refusals));
    needs.sort();
    learned.needs = merged(needs);
    learned.refusals.extend(ground.refusals(recorded, &learned.wanted));
    learned.refusals.sort();
    learned.refusals.dedup();
    learned
}

/// One need for each grant.
fn merged(needs: Vec<Need>) -> Vec<Need> {
    let mut by_addition: BTreeMap<Addition, BTreeSet<String>> = BTreeMap::new();
    for need in needs {
        by_addition.entry(need.addition).or_default().extend(need.uses);
    }
    by_addition
        .into_iter()
        .map(|(addition, uses)| Need { addition, uses: uses.into_iter().take(SHOWN).collect() })
        .collect()
}

impl Ground<'_> {
    fn covers(&self, path: &Path, wanted: &[Access]) -> bool {
        self.rules.iter().any(|rule| wanted.contains(&rule.access) && path.starts_with(&rule.path))
    }

    /// Paths that are the same on every machine and in every run: not worth a grant, or private to the run.
    fn passes(&self, path: &Path) -> bool {
        ["/proc", "/dev", "/sys"].iter().any(|folder| path.starts_with(folder)) || (self.is_private)(path)
    }

    fn need(&self, permission: Permission, path: &Path, uses: Vec<String>) -> Need {
        Need { addition: Addition::new(permission, self.text(path)), uses }
    }

    /// As a manifest writes it: relative below the project's folder.
    fn text(&self, path: &Path) -> String {
        match path.strip_prefix(&self.project.folder) {
            Ok(below) => format!("./{}", below.display()),
            Err(_) => path.display().to_string(),
        }
    }

    fn writes(&self, recorded: &Recorded, wanted: &mut Vec<PathBuf>) -> Vec<Need> {
        let writing = [Access::Write, Access::Device];
        let made = |how: &Use| matches!(how, Use::Change | Use::Make | Use::Remove);
        let all: BTreeSet<(Use, PathBuf)> = recorded
            .paths
            .iter()
            .filter(|(how, path)| made(how) && !self.covers(path, &writing) && !self.passes(path))
            .cloned()
            .collect();
        let mut granted = BTreeSet::new();
        for (how, path) in &all {
            let Some(place) = self.place(*how, path, &all) else { continue };
            if !self.wide.decide(&Request::Write(&place)).allowed() {
                wanted.push(place.clone());
            }
            granted.insert(place);
        }
        wanted.sort();
        wanted.dedup();
        let uses = |place: &Path| {
            let below = all.iter().filter(|(_, path)| path.starts_with(place));
            below.map(|(_, path)| self.text(path)).take(SHOWN).collect()
        };
        without_covered(granted).iter().map(|place| self.need(Permission::Write, place, uses(place))).collect()
    }

    /// What has to be granted so that `path` can be made, changed or removed: the folder, where names change; the file
    /// itself in the project's own folder, which is never granted.
    fn place(&self, how: Use, path: &Path, all: &BTreeSet<(Use, PathBuf)>) -> Option<PathBuf> {
        let root = self.project.root.as_ref()?;
        let below = path.strip_prefix(root).ok()?;
        if let Some(cache) = cache_folder(root, below) {
            return Some(cache);
        }
        if let Some(made) = self.made.iter().find(|made| path.starts_with(made)) {
            return Some(made.clone());
        }
        let is_folder = path.is_dir() || all.iter().any(|(_, other)| other != path && other.starts_with(path));
        let place = if is_folder || how == Use::Change {
            path.to_path_buf()
        } else {
            path.parent().filter(|parent| !self.is_a_project(parent)).unwrap_or(path).to_path_buf()
        };
        manifest::may_be_written(&place, self.project).then_some(place)
    }

    fn is_a_project(&self, folder: &Path) -> bool {
        self.project.root.as_deref() == Some(folder) || !manifest::may_be_written(folder, self.project)
    }

    fn reads(&self, recorded: &Recorded, writes: &[Need], refusals: &mut Vec<Refusal>) -> Vec<Need> {
        let reading = [Access::Read, Access::Execute, Access::Device];
        let listing = [Access::Read, Access::List];
        let written: Vec<PathBuf> =
            writes.iter().map(|need| self.project.folder.join(&need.addition.text)).map(|path| normal(&path)).collect();
        let (mut files, mut folders) = (BTreeSet::new(), BTreeSet::new());
        for (how, path) in &recorded.paths {
            let wanted: &[Access] = match how {
                Use::Read => &reading,
                Use::List => &listing,
                _ => continue,
            };
            let known = self.covers(path, wanted) || self.covers(path, &[Access::Write]) || self.passes(path);
            if known || written.iter().any(|folder| path.starts_with(folder)) {
                continue;
            }
            if !self.wide.decide(&Request::Read(path)).allowed() {
                refusals.push(self.refusal(Permission::Read, &path.display().to_string()));
            } else if *how == Use::Read {
                files.insert(path.clone());
            } else {
                folders.insert(path.clone());
            }
        }
        let too_wide = |folder: &Path| {
            manifest::never_own(folder, self.homes)
                || self.wide.deny.read.iter().any(|grant| grant.pattern.starts_with(folder))
        };
        let uses = |place: &Path| {
            let below = files.iter().chain(&folders).filter(|path| path.starts_with(place));
            below.map(|path| self.text(path)).take(SHOWN).collect()
        };
        group(&files, &folders, too_wide).iter().map(|place| self.need(Permission::Read, place, uses(place))).collect()
    }

    fn contacts(&self, recorded: &Recorded) -> Vec<Need> {
        let missing = recorded.contacts.iter().filter(|contact| {
            let request = Request::Connect { address: contact.address, names: &contact.names };
            !self.policy.decide(&request).allowed()
        });
        let mut needs: Vec<Need> = missing.map(|contact| net(&host(contact), contact.address)).collect();
        let sockets = recorded.sockets.iter().filter(|path| {
            !self.policy.decide(&Request::ConnectUnix(path)).allowed() && gives_away(&path.to_string_lossy()).is_none()
        });
        needs.extend(sockets.map(|path| {
            let text = format!("unix:{}", self.text(path));
            Need { addition: Addition::new(Permission::Net, text), uses: Vec::new() }
        }));
        needs
    }

    fn listeners(&self, recorded: &Recorded) -> Vec<Need> {
        // A datagram socket that takes any port asks; the broker lets it where there is anybody to ask, or to be.
        let asks = |listened: &Listened| {
            listened.datagrams && listened.address.ip().is_unspecified() && listened.address.port() == 0
        };
        let alone = recorded.contacts.is_empty() && recorded.listened.iter().all(asks);
        let counts = |listened: &&Listened| {
            (alone || !asks(listened)) && !self.policy.decide(&Request::Listen(listened.address)).allowed()
        };
        recorded.listened.iter().filter(counts).map(|listened| listen(listened.address)).collect()
    }

    fn programs(&self, recorded: &Recorded) -> Vec<Need> {
        let started = recorded.paths.iter().filter(|(how, _)| *how == Use::Run).map(|(_, path)| path);
        let missing = started.filter(|path| !self.policy.decide(&Request::Run(path)).allowed());
        let text = |path: &Path| if path == self.engine { "node".to_owned() } else { self.text(path) };
        missing
            .map(|path| Need { addition: Addition::new(Permission::Run, text(path)), uses: vec![self.text(path)] })
            .collect()
    }

    fn addons(&self, recorded: &Recorded) -> Vec<Need> {
        let loaded = recorded.paths.iter().filter(|(how, _)| *how == Use::Load).map(|(_, path)| path);
        let missing = loaded.filter(|path| !self.policy.decide(&Request::Addon(path)).allowed());
        missing
            .filter_map(|path| {
                let text = manifest::addon_owner(path)?;
                Some(Need { addition: Addition::new(Permission::Addons, text), uses: vec![self.text(path)] })
            })
            .collect()
    }

    /// Variables that the user's environment has. What sounds like a secret was not handed over, and is not proposed.
    fn variables(&self, recorded: &Recorded, refusals: &mut Vec<Refusal>) -> Vec<Need> {
        let missing = recorded
            .variables
            .iter()
            .filter(|name| self.variables.contains(*name) && !self.policy.decide(&Request::Env(name)).allowed());
        let (secret, plain): (Vec<&String>, Vec<&String>) = missing.partition(|name| is_secret_name(name));
        let refused = secret.into_iter().map(|name| Refusal {
            permission: Permission::Env,
            resource: name.clone(),
            secret: true,
        });
        refusals.extend(refused);
        let need = |text: &String| Need { addition: Addition::new(Permission::Env, text.clone()), uses: Vec::new() };
        plain.into_iter().map(need).collect()
    }

    /// What was told as refused, but for what another run will be granted.
    fn refusals(&self, recorded: &Recorded, wanted: &[PathBuf]) -> Vec<Refusal> {
        let again = |permission: Permission, resource: &str| {
            permission == Permission::Write && wanted.iter().any(|path| Path::new(resource).starts_with(path))
        };
        let told = recorded.refused.iter().filter(|(permission, resource)| !again(*permission, resource));
        told.map(|(permission, resource)| self.refusal(*permission, resource)).collect()
    }

    fn refusal(&self, permission: Permission, resource: &str) -> Refusal {
        let path = Path::new(resource);
        let files = matches!(permission, Permission::Read | Permission::Write);
        let at_home = self.homes.iter().any(|home| path.starts_with(home));
        let own = self.project.root.as_ref().is_some_and(|root| path.starts_with(root));
        let secret = files
            && (self.policy.own.secrets.iter().any(|secret| path.starts_with(secret))
                || self.wide.deny.read.iter().any(|grant| path.starts_with(&grant.pattern))
                || (at_home && !own))
            || gives_away(resource).is_some_and(|_| files || permission == Permission::Net);
        Refusal { permission, resource: resource.to_owned(), secret }
    }
}

/// `node_modules/.vite` and its like, as the project's own node_modules holds them.
fn cache_folder(root: &Path, below: &Path) -> Option<PathBuf> {
    let mut names = below.iter();
    if names.next()? != "node_modules" {
        return None;
    }
    let cache = root.join("node_modules").join(names.next()?);
    manifest::is_cache(&cache).then_some(cache)
}

fn listen(address: SocketAddr) -> Need {
    let text = if address.ip().is_unspecified() { address.port().to_string() } else { address.to_string() };
    Need { addition: Addition::new(Permission::Listen, text), uses: vec![address.to_string()] }
}

fn net(host: &str, address: SocketAddr) -> Need {
    let text = format!("{host}:{}", address.port());
    Need { addition: Addition::new(Permission::Net, text), uses: vec![address.to_string()] }
}

/// The name that was looked up, or the address itself.
fn host(contact: &Contact) -> String {
    let ip = contact.address.ip();
    match contact.names.first() {
        _ if ip.is_loopback() => "localhost".into(),
        Some(name) if classify(ip) == AddressClass::Public => name.clone(),
        Some(name) => format!("private:{name}"),
        None if ip.is_ipv6() => format!("[{ip}]"),
        None => ip.to_string(),
    }
}

fn normal(path: &Path) -> PathBuf {
    path.components().filter(|part| *part != std::path::Component::CurDir).collect()
}
