//! From what is asked for to what it means: a `Policy`.

use super::addons;
use super::error::{Error, Problem, quoted, shown};
use super::find::{Project, Start, project};
use super::host;
use super::path::{Walked, refuse_planted, walk_wish};
use super::programs::Search;
use super::secrets;
use super::section::{Section, Wish};
use super::write::{self, Absent};
use crate::policy::{
    AddonPackage, EnvPattern, Grant, Grants, Limits, ListenPattern, NetPattern, Origin, OwnCode, Permission, Policy,
    Program, is_dangerous,
};
use std::path::{Path, PathBuf};

/// Everything that decides what a target may do.
#[derive(Debug)]
pub struct Question<'a> {
    pub start: &'a Start,
    pub flags: &'a Section,
    /// Scripts of package.json whose own grants are added.
    pub scripts: &'a [String],
    /// HOME, as real paths.
    pub homes: &'a [PathBuf],
    /// The user's PATH.
    pub path: &'a [PathBuf],
    pub engine: &'a Path,
}

/// A policy, and how it came to be.
#[derive(Debug)]
pub struct Resolved {
    pub policy: Policy,
    pub project: Project,
    /// What has to be made before a start.
    pub absent: Vec<Absent>,
    /// Grants that give nothing here, and why: for `cordon permissions`.
    pub notes: Vec<Note>,
    /// Permissions of which every grant was taken away.
    pub taken: Vec<(Permission, Origin)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub permission: Permission,
    pub text: String,
    pub origin: Origin,
    pub why: String,
}

/// Resolves `question`. Nothing is made or changed on the disk.
pub fn resolve(question: &Question<'_>) -> Result<Resolved, Error> {
    let project = project(question.start, question.homes, question.flags)?;
    let mut resolver = Resolver {
        question,
        writable: writable(&project, question.flags),
        project: &project,
        absent: Vec::new(),
        notes: Vec::new(),
        taken: Vec::new(),
    };
    let sections = resolver.sections();
    let mut allow = resolver.grants(sections.iter().flat_map(|section| &section.allow), Side::Allow)?;
    let deny = resolver.grants(sections.iter().flat_map(|section| &section.deny), Side::Deny)?;
    resolver.take_away(&sections, &mut allow);
    refuse_holes(&deny, &allow, &sections)?;
    defaults(&mut allow);
    let limits = sections.iter().fold(Limits::default(), |limits, section| merged(limits, section.limits));
    let secrets = secrets::find(&project.readable)?;
    let own = OwnCode { root: project.folder.clone(), readable: project.readable.clone(), secrets };
    let policy = Policy { own, allow, deny, limits, http: project.key.http.clone(), private: Vec::new() };
    let (absent, notes, taken) = (resolver.absent, resolver.notes, resolver.taken);
    Ok(Resolved { policy, absent, notes, taken, project })
}

/// Every folder and file that this target, or one of the same project in an earlier run, may write.
fn writable(project: &Project, flags: &Section) -> Vec<PathBuf> {
    let scripts = project.key.scripts.iter().map(|(_, section)| section);
    let sections = scripts.chain([&project.key.section, flags]);
    let wishes = sections.flat_map(|section| &section.allow).filter(|wish| wish.permission == Permission::Write);
    let real = wishes.filter_map(|wish| walk_wish(wish).ok()).map(|walked| walked.real);
    project.writable.iter().cloned().chain(real).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Allow,
    Deny,
}

struct Resolver<'a> {
    question: &'a Question<'a>,
    project: &'a Project,
    writable: Vec<PathBuf>,
    absent: Vec<Absent>,
    notes: Vec<Note>,
    taken: Vec<(Permission, Origin)>,
}

impl<'a> Resolver<'a> {
    /// The parts that apply, in the order that they are added.
    fn sections(&self) -> Vec<&'a Section> {
        let key = &self.project.key;
        let scripts =
            key.scripts.iter().filter(|(name, _)| self.question.scripts.contains(name)).map(|(_, section)| section);
        [&key.section].into_iter().chain(scripts).chain([self.question.flags]).collect()
    }

    fn grants<'w>(&mut self, wishes: impl Iterator<Item = &'w Wish>, side: Side) -> Result<Grants, Error> {
        let mut grants = Grants::default();
        let mut programs: Vec<(Grant<Program>, &Wish)> = Vec::new();
        for wish in wishes {
            match wish.permission {
                Permission::Read => grants.read.extend(self.read(wish, side)?),
                Permission::Write => grants.write.push(self.write(wish, side)?),
                Permission::Net => grants.net.push(self.net(wish)?),
                Permission::Listen => grants.listen.extend(listen(wish)?),
                Permission::Env => grants.env.push(env(wish, side)?),
                Permission::Run => programs.extend(self.run(wish, side)?.map(|grant| (grant, wish))),
                Permission::Addons => grants.addons.extend(self.addon(wish)?),
            }
        }
        if side == Side::Allow {
            self.search().refuse_open_closures(&programs)?;
        }
        grants.run = programs.into_iter().map(|(grant, _)| grant).collect();
        Ok(grants)
    }

    fn note(&mut self, wish: &Wish, why: &str) {
        let (permission, text) = (wish.permission, wish.text.clone());
        self.notes.push(Note { permission, text, origin: wish.place.origin.clone(), why: why.into() });
    }

    fn path(&self, wish: &Wish) -> Result<Walked, Error> {
        let walked = walk_wish(wish)?;
        refuse_planted(&walked, &self.writable, wish)?;
        Ok(walked)
    }

    fn read(&mut self, wish: &Wish, side: Side) -> Result<Option<Grant<PathBuf>>, Error> {
        let walked = self.path(wish)?;
        if side == Side::Allow {
            if self.project.root.as_ref() == Some(&walked.real) {
                self.note(wish, "own code is readable without a grant, and its secrets have to be named one by one");
                return Ok(None);
            }
            self.refuse_by_accident(&walked, wish)?;
            if !walked.exists {
                self.note(wish, "it does not exist");
            }
        }
        Ok(Some(grant(wish, walked.real)))
    }

    fn write(&mut self, wish: &Wish, side: Side) -> Result<Grant<PathBuf>, Error> {
        let walked = self.path(wish)?;
        if side == Side::Allow {
            write::refuse_project(&walked, wish, self.project)?;
            self.refuse_by_accident(&walked, wish)?;
            self.absent.extend(write::absent(&walked, wish));
        }
        Ok(grant(wish, walked.real))
    }

    /// HOME, `/` and what is above HOME are never in a manifest, and in a flag only where they are written out.
    fn refuse_by_accident(&self, walked: &Walked, wish: &Wish) -> Result<(), Error> {
        let wide =
            walked.real == Path::new("/") || self.question.homes.iter().any(|home| home.starts_with(&walked.real));
        let typed = matches!(wish.place.origin, Origin::Flag(_)) && Path::new(&wish.text).is_absolute();
        if !wide || typed {
            return Ok(());
        }
        let real = shown(&walked.real);
        let what = format!("{} is {real}, which holds more than one program's files", quoted(&wish.text));
        let fix = format!("name what is needed in it; for one run there is --allow-{}={real}", wish.permission);
        Err(Problem::new(what, fix).at(&wish.place))
    }

    fn net(&self, wish: &Wish) -> Result<Grant<NetPattern>, Error> {
        let pattern = match host::net(&wish.text).map_err(|problem| problem.at(&wish.place))? {
            NetPattern::Unix(path) => {
                let text = path.to_string_lossy().into_owned();
                NetPattern::Unix(self.path(&Wish { text, ..wish.clone() })?.real)
            }
            other => other,
        };
        Ok(grant(wish, pattern))
    }

    fn search(&self) -> Search<'_> {
        let Question { path, engine, .. } = *self.question;
        Search { path, engine, root: self.project.root.as_deref(), writable: &self.writable }
    }

    /// A name that is not found is an error where it is granted, and has no effect where it is denied.
    fn run(&mut self, wish: &Wish, side: Side) -> Result<Option<Grant<Program>>, Error> {
        let found = self.search().program(wish)?;
        if found.is_none() && side == Side::Allow {
            let what = format!("{} is not a program of this machine that can be granted", quoted(&wish.text));
            let fix = "install it where only you can change it, or remove the grant; what lies in the project is named by its path";
            return Err(Problem::new(what, fix).at(&wish.place));
        }
        if found.is_none() {
            self.note(wish, "this machine has no such program");
        }
        Ok(found)
    }

    fn addon(&mut self, wish: &Wish) -> Result<Option<Grant<AddonPackage>>, Error> {
        let found = addons::package(wish, [&self.question.start.folder, &self.project.folder], &self.writable)?;
        if found.is_none() {
            self.note(wish, "it is not installed");
        }
        Ok(found)
    }

    /// `"deny": {"net": true}` and `--deny-net`: every grant of that permission goes.
    fn take_away(&mut self, sections: &[&Section], allow: &mut Grants) {
        for (permission, place) in sections.iter().flat_map(|section| &section.deny_all) {
            match permission {
                Permission::Read => allow.read.clear(),
                Permission::Write => allow.write.clear(),
                Permission::Net => allow.net.clear(),
                Permission::Listen => allow.listen.clear(),
                Permission::Env => allow.env.clear(),
                Permission::Run => allow.run.clear(),
                Permission::Addons => allow.addons.clear(),
            }
            if *permission == Permission::Write {
                self.absent.clear();
            }
            self.taken.push((*permission, place.origin.clone()));
        }
    }
}

fn grant<P>(wish: &Wish, pattern: P) -> Grant<P> {
    Grant { pattern, text: wish.text.clone(), origin: wish.place.origin.clone() }
}

fn listen(wish: &Wish) -> Result<Vec<Grant<ListenPattern>>, Error> {
    let patterns = host::listen(&wish.text).map_err(|problem| problem.at(&wish.place))?;
    Ok(patterns.into_iter().map(|pattern| grant(wish, pattern)).collect())
}

fn env(wish: &Wish, side: Side) -> Result<Grant<EnvPattern>, Error> {
    let text = wish.text.as_str();
    let wrong = |what: &str, fix: &str| Err(Problem::new(format!("{} {what}", quoted(text)), fix).at(&wish.place));
    if text.contains(['=', '\0']) {
        return wrong("is not a variable's name", "write the name alone, values come from your environment");
    }
    let (name, prefix) = match text.strip_suffix('*') {
        Some(prefix) => (prefix, true),
        None => (text, false),
    };
    if name.contains('*') {
        return wrong("has a * before its end", "write a beginning and *, such as \"APP_*\"");
    }
    if side == Side::Allow && name.starts_with("CORDON_") {
        return wrong("is cordon's own", "remove it");
    }
    if side == Side::Allow && prefix && !name.is_empty() && is_dangerous(name) {
        return wrong("stands for variables that turn programs around", "name each one that is needed");
    }
    let name = name.to_owned();
    Ok(grant(wish, if prefix { EnvPattern::Prefix(name) } else { EnvPattern::Name(name) }))
}

/// The kernel's lists only allow: a hole in a folder that may be written cannot be held.
fn refuse_holes(deny: &Grants, allow: &Grants, sections: &[&Section]) -> Result<(), Error> {
    for denied in deny.write.iter().chain(&deny.read) {
        let hole = allow
            .write
            .iter()
            .find(|grant| denied.pattern.starts_with(&grant.pattern) && denied.pattern != grant.pattern);
        let Some(hole) = hole else { continue };
        let wishes = sections.iter().flat_map(|section| &section.deny);
        let place = wishes.filter(|wish| wish.place.origin == denied.origin).map(|wish| &wish.place).next();
        let what = format!("{} lies in {}, which may be written as a whole", quoted(&denied.text), quoted(&hole.text));
        let problem = Problem::new(what, "grant the folders beside it instead");
        return Err(place
            .map_or_else(|| Error::new(problem.what.clone(), problem.fix.clone()), |place| problem.clone().at(place)));
    }
    Ok(())
}

/// Variables that every target sees.
const VARIABLES: [&str; 10] =
    ["NODE_ENV", "PORT", "HOST", "CI", "TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "LANG", "TZ"];

fn defaults(allow: &mut Grants) {
    let every =
        |pattern: EnvPattern, text: String| Grant { pattern, text, origin: Origin::Default("what every program sees") };
    allow.env.extend(VARIABLES.map(|name| every(EnvPattern::Name(name.into()), name.into())));
    allow.env.push(every(EnvPattern::Prefix("LC_".into()), "LC_*".into()));
}

fn merged(one: Limits, other: Limits) -> Limits {
    Limits {
        memory: other.memory.or(one.memory),
        processes: other.processes.or(one.processes),
        file_size: other.file_size.or(one.file_size),
        descriptors: other.descriptors.or(one.descriptors),
        cpu: other.cpu.or(one.cpu),
        time: other.time.or(one.time),
    }
}
