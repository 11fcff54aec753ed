//! What a target can see and do in the file system: one list, for Landlock and for the new root alike.

use super::carve::carve;
use super::{Error, system, terminal};
use crate::policy::{NetPattern, Policy, Program};
use std::path::{Path, PathBuf};

/// What may be done at a path and below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read files and list folders.
    Read,
    /// List folders, no more.
    List,
    /// Change, make and remove. Without `Read` beside it, no reading.
    Write,
    /// Start a program, and read it.
    Execute,
    /// Use a device.
    Device,
    /// Everything that Landlock knows of.
    Everything,
}

/// Whether symlinks in a path are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// The system's own paths.
    Follow,
    /// Paths that were resolved before: a symlink there was put in since.
    Refuse,
}

/// One line of a ruleset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    pub path: PathBuf,
    pub access: Access,
    pub links: Links,
}

/// How a path appears in the new root; the later ones are more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shown {
    /// An empty folder with this name.
    Name,
    ReadOnly,
    Device,
    Writable,
}

#[derive(Debug, Default)]
pub struct View {
    pub rules: Vec<Rule>,
    /// Coarser than `rules`: folders come whole, and the rules say what of them can be read.
    pub shown: Vec<(PathBuf, Shown)>,
    /// Folders that are hidden where there is a new root: their names could be listed otherwise.
    pub hidden: Vec<PathBuf>,
}

/// What must be visible beside what the policy says.
#[derive(Clone, Copy, Debug)]
pub struct Needs<'a> {
    pub engine: &'a Path,
    pub installation: &'a [PathBuf],
    /// The session's folder of links to granted programs.
    pub programs: &'a Path,
    /// The session's folder itself.
    pub session: &'a Path,
    /// Where the target starts.
    pub folder: &'a Path,
}

pub fn view(policy: &Policy, needs: Needs<'_>) -> Result<View, Error> {
    let mut view = View::default();
    view.system();
    view.own_code(policy)?;
    view.granted(policy)?;
    view.programs(policy, needs);
    for folder in &policy.private {
        view.rule(folder, Access::Read, Links::Refuse);
        view.rule(folder, Access::Write, Links::Refuse);
        if !folder.starts_with(needs.session) {
            view.show(folder, Shown::Writable);
        }
    }
    view.shown.push((needs.session.to_path_buf(), Shown::Writable));
    view.show(needs.folder, Shown::Name);
    view.sockets(policy);
    Ok(view)
}

impl View {
    fn rule(&mut self, path: &Path, access: Access, links: Links) {
        self.rules.push(Rule { path: path.to_path_buf(), access, links });
    }

    fn show(&mut self, path: &Path, shown: Shown) {
        self.shown.push((path.to_path_buf(), shown));
    }

    fn system(&mut self) {
        for path in system::LIBRARIES.iter().chain(system::READABLE) {
            self.rule(Path::new(path), Access::Read, Links::Follow);
        }
        for path in system::LOADERS {
            self.rule(Path::new(path), Access::Execute, Links::Follow);
        }
        for path in system::SHOWN {
            self.show(Path::new(path), Shown::ReadOnly);
        }
        let terminals = terminal::devices();
        for path in system::DEVICES.iter().map(Path::new).chain(terminals.iter().map(PathBuf::as_path)) {
            self.rule(path, Access::Device, Links::Follow);
            self.show(path, Shown::Device);
        }
    }

    /// The program's own code, without secrets and what is denied.
    fn own_code(&mut self, policy: &Policy) -> Result<(), Error> {
        let denied = paths(&policy.deny.read);
        let secrets = policy.own.secrets.iter().map(PathBuf::as_path);
        let taken: Vec<&Path> = secrets.chain(denied.iter().copied()).collect();
        for root in &policy.own.readable {
            self.read_without(root, &taken, &denied)?;
            self.show(root, Shown::ReadOnly);
        }
        // A symlink is no folder: what it leads to is not hidden with it.
        let folder = |path: &&Path| path.symlink_metadata().is_ok_and(|found| found.is_dir());
        self.hidden.extend(taken.into_iter().filter(folder).map(Path::to_path_buf));
        Ok(())
    }

    fn granted(&mut self, policy: &Policy) -> Result<(), Error> {
        let (unreadable, unwritable) = (paths(&policy.deny.read), paths(&policy.deny.write));
        for root in paths(&policy.allow.read) {
            self.read_without(root, &unreadable, &unreadable)?;
            self.show(root, Shown::ReadOnly);
        }
        for root in paths(&policy.allow.write) {
            self.read_without(root, &unreadable, &unreadable)?;
            for path in remains(root, &unwritable)?.whole {
                self.rule(&path, Access::Write, Links::Refuse);
            }
            self.show(root, Shown::Writable);
        }
        // What a grant names again is not hidden, though it is a secret or lies in one.
        let again: Vec<&Path> = paths(&policy.allow.read).into_iter().chain(paths(&policy.allow.write)).collect();
        self.hidden.retain(|folder| !again.iter().any(|path| path.starts_with(folder) || folder.starts_with(path)));
        // What lies in a hidden folder is gone with it: there is no place to hide it in.
        self.hidden.sort();
        self.hidden.dedup_by(|inner, outer| inner.starts_with(outer));
        Ok(())
    }

    /// Reading `root` without `taken`. Folders that had to be opened can be listed, which lists the names in what was
    /// taken too, so not where something denied by the user lies below.
    fn read_without(&mut self, root: &Path, taken: &[&Path], denied: &[&Path]) -> Result<(), Error> {
        let carved = remains(root, taken)?;
        for path in &carved.whole {
            self.rule(path, Access::Read, Links::Refuse);
        }
        for path in &carved.opened {
            if !denied.iter().any(|one| one.starts_with(path)) {
                self.rule(path, Access::List, Links::Refuse);
            }
        }
        Ok(())
    }

    fn programs(&mut self, policy: &Policy, needs: Needs<'_>) {
        self.rule(needs.engine, Access::Execute, Links::Refuse);
        self.show(needs.engine, Shown::ReadOnly);
        self.rule(needs.programs, Access::Read, Links::Refuse);
        for path in needs.installation {
            self.rule(path, Access::Read, Links::Refuse);
            self.show(path, Shown::ReadOnly);
        }
        let denied = |path: &Path| policy.deny.run.iter().any(|grant| grant.pattern.path == path);
        for grant in policy.allow.run.iter().filter(|grant| !denied(&grant.pattern.path)) {
            self.rule(&grant.pattern.path, Access::Execute, Links::Refuse);
            self.show(&grant.pattern.path, Shown::ReadOnly);
            for name in usual_names(&grant.pattern) {
                self.show(&name, Shown::ReadOnly);
            }
        }
    }

    /// The folders of granted sockets: a server that starts anew makes a new socket.
    fn sockets(&mut self, policy: &Policy) {
        for grant in &policy.allow.net {
            if let NetPattern::Unix(path) = &grant.pattern {
                self.show(
                    path.parent().filter(|parent| parent.components().count() > 2).unwrap_or(path),
                    Shown::ReadOnly,
                );
            }
        }
    }
}

/// Paths that scripts write for a program, where they lead to it: `/bin/sh` is `/usr/bin/dash`.
fn usual_names(program: &Program) -> impl Iterator<Item = PathBuf> {
    let names = ["/bin", "/usr/bin", "/usr/local/bin"].map(|folder| Path::new(folder).join(&program.name));
    names.into_iter().filter(|name| name.canonicalize().is_ok_and(|path| path == program.path))
}

fn paths(grants: &[crate::policy::Grant<PathBuf>]) -> Vec<&Path> {
    grants.iter().map(|grant| grant.pattern.as_path()).collect()
}

fn remains(root: &Path, taken: &[&Path]) -> Result<super::carve::Carved, Error> {
    let action = "list the folder";
    carve(root, taken).map_err(|cause| Error::Path { action, path: root.to_path_buf(), cause })
}
