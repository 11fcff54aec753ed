//! The commands that install: `cordon install`, `ci`, `add` …

use super::{Result, current_folder, globally, store, written};
use launcher::args::{Line, Meaning};
use launcher::engine::{self, Installation};
use launcher::install::{self, Given, Output, Project, Request, Settings, Sources, Staging};
use launcher::manifest::{self, Resolved};
use launcher::policy::Policy;
use launcher::supervisor::{self, Beside, Ended, Namespaces, Plan, ReportPlan};
use launcher::trust::{self, Unattended};
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Everything that one installation starts from.
pub struct Installing {
    command: &'static str,
    words: Vec<String>,
    installation: Installation,
    project: Project,
    sources: Sources,
    settings: Settings,
    store: PathBuf,
    output: Output,
    begun: Instant,
}

pub fn install(line: &Line) -> Result<ExitCode> {
    if line.flags.iter().any(|typed| typed.flag.name == "global") {
        return globally::install(line);
    }
    let installing = read(line)?;
    for notice in &installing.sources.notices {
        eprintln!("cordon: {notice}");
    }
    settle(&installing)?;
    match perform(&installing)? {
        Ended::Code(0 | install::NOTHING_TO_DO) => Ok(ExitCode::SUCCESS),
        other => supervisor::end_as(other),
    }
}

/// All steps, from the lock to the end of the staging folder.
pub fn perform(installing: &Installing) -> Result<Ended> {
    let staging = Staging::make(&installing.project.root)?;
    let ended = steps(installing, &staging);
    let removed = staging.remove();
    supervisor::heed_signals();
    let ended = ended?;
    removed?;
    Ok(ended)
}

/// `cordon store`: looks after what projects share.
pub fn look_after_store(line: &Line) -> Result<ExitCode> {
    let words = words(line);
    let [action @ ("status" | "verify" | "prune")] = words.iter().map(String::as_str).collect::<Vec<_>>()[..] else {
        return Err("Cannot look after the store: write cordon store status, verify or prune".into());
    };
    let installation = Installation::find()?;
    let store = install::make_store(&store_folder()?)?;
    let policy = install::policy_of_store(&store);
    let mut arguments: Vec<OsString> = ["cordon-install", "store", action].map(OsString::from).into();
    arguments.push(format!("--store={}", store.display()).into());
    arguments.extend(line.last(Meaning::Json).map(|_| "--json".into()));
    let program = installation.program("cordon-install")?;
    match start(&installation, &store, policy, Vec::new(), program, arguments, None)? {
        Ended::Code(0) => Ok(ExitCode::SUCCESS),
        other => supervisor::end_as(other),
    }
}

/// What an installation in this folder may reach, for `cordon permissions --for install`.
pub fn resolved(line: &Line) -> Result<Resolved> {
    let Installing { project, sources, store, .. } = read_in(line, &current_folder()?, "install", Vec::new())?;
    let trees = project.tree_places().into_iter();
    let mut writes: Vec<_> =
        trees.map(|place| (project.root.join(place).join("node_modules"), "what is installed")).collect();
    writes
        .push((project.root.join(Staging::NAME), "what becomes package.json and the lockfile, put in place by cordon"));
    writes.push((store, "the store"));
    let policy = install::policy(&project, &sources, &writes)?;
    let project = manifest::Project { folder: project.root.clone(), root: Some(project.root), ..Default::default() };
    Ok(Resolved { policy, project, absent: Vec::new(), notes: Vec::new(), taken: Vec::new() })
}

fn read(line: &Line) -> Result<Installing> {
    // `cordon install x` is `cordon add x`.
    let command = if line.command.name == "install" && !line.rest.is_empty() { "add" } else { line.command.name };
    let folder = current_folder()?;
    let words = words(line).iter().map(|word| install::absolute_word(&folder, word)).collect();
    read_in(line, &folder, command, words)
}

/// An installation in another folder than the current one, or of other words than those that were typed.
pub fn read_in(line: &Line, folder: &Path, command: &'static str, words: Vec<String>) -> Result<Installing> {
    let (begun, homes) = (Instant::now(), manifest::homes());
    let mut project = Project::around(folder, &homes)?;
    if command == "add" {
        project.add_words(folder, &words);
    }
    let sources = sources(line, &project, &homes)?;
    let production = std::env::var_os("NODE_ENV").is_some_and(|value| value == "production");
    let settings = Settings::of(line, &sources, production);
    let (store, output) = (store_folder()?, output(line, &settings));
    Ok(Installing {
        command,
        words,
        installation: Installation::find()?,
        project,
        sources,
        settings,
        store,
        output,
        begun,
    })
}

fn store_folder() -> Result<PathBuf> {
    let store = install::store(|name| std::env::var_os(name));
    Ok(store.ok_or("Cannot install: there is no place for the store; set HOME or XDG_CACHE_HOME")?)
}

fn sources(line: &Line, project: &Project, homes: &[PathBuf]) -> Result<Sources> {
    let flag = line.flags.iter().rev().find(|typed| typed.flag.name == "registry");
    let flag = flag.and_then(|typed| typed.value.as_deref()?.to_str());
    let variable = |name: &str| std::env::var(name).ok();
    let home = homes.first().map(PathBuf::as_path);
    Ok(Sources::read(&Given { flag, variable: &variable, home, project: Some(&project.root) })?)
}

fn output(line: &Line, settings: &Settings) -> Output {
    let moves = std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
    if settings.flag("silent").is_some() {
        Output::Silent
    } else if line.last(Meaning::Json).is_some() {
        Output::Json
    } else if std::io::stderr().is_terminal() && moves && std::env::var_os("CI").is_none() {
        Output::Progress
    } else {
        Output::Plain
    }
}

/// Hosts that the project adds are asked for before any of them is reached.
fn settle(installing: &Installing) -> Result<()> {
    let unattended = Unattended::from_variable(std::env::var_os("CORDON_TRUST").as_deref())?;
    match install::asking(&installing.project, &installing.sources)? {
        Some(asking) => Ok(trust::settle(&asking, store().as_ref(), written().as_ref(), unattended)?),
        None => Ok(()),
    }
}

/// The lockfile's tree; where the lockfile does not fit, a new lockfile first.
fn steps(installing: &Installing, staging: &Staging) -> Result<Ended> {
    let whole_tree = matches!(installing.command, "install" | "ci");
    let given = |name: &str| installing.settings.flag(name).is_some();
    let lockfile_only = given("lockfile-only") || given("package-lock-only");
    // Without a lockfile there is nothing to fill from: no jail is made to find that out.
    let is_new = installing.command == "install" && !is_locked(&installing.project, &LOCKFILES[..2]);
    if whole_tree && !lockfile_only && !is_new {
        let ended = fill(installing, staging, Lockfile::Unknown)?;
        if ended != Ended::Code(install::RESOLUTION_NEEDED) {
            return Ok(ended);
        }
    }
    let ended = resolve(installing, staging)?;
    if ended != Ended::Code(0) || LOOKING.contains(&installing.command) || given("dry-run") {
        return Ok(ended);
    }
    let published = staging.publish(&installing.project.members)?;
    if lockfile_only {
        return Ok(ended);
    }
    match fill(installing, staging, Lockfile::New) {
        // What is not saved is installed all the same, until the next installation.
        Ok(Ended::Code(0)) if given("no-save") => {
            staging.take_back(published)?;
            Ok(Ended::Code(0))
        }
        Ok(Ended::Code(0)) => Ok(Ended::Code(0)),
        failed => {
            staging.take_back(published)?;
            failed
        }
    }
}

/// Commands that change nothing.
const LOOKING: [&str; 3] = ["outdated", "list", "why"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Lockfile {
    /// The resolver just wrote it.
    New,
    Unknown,
}

/// Starts `bin/cordon-install`, and puts the new tree in place where it made a whole one.
fn fill(installing: &Installing, staging: &Staging, lockfile: Lockfile) -> Result<Ended> {
    let Installing { installation, project, .. } = installing;
    let places = project.tree_places();
    let removable = staging.removable(&places);
    let mut writes: Vec<_> = staging.make_trees(&places)?.into_iter().map(|tree| (tree, "what is installed")).collect();
    let aside = staging.make_aside()?;
    writes.extend(aside.iter().map(|aside| (aside.clone(), "what is installed")));
    let (store, place) = (install::make_store(&installing.store)?, staging.path());
    writes.push((install::make_part(&store, "v1")?, "the store"));
    let (words, variable) = request(installing, &place, &store).for_installer(lockfile == Lockfile::New)?;
    let mut arguments: Vec<OsString> = vec!["cordon-install".into()];
    arguments.extend(words.into_iter().map(OsString::from));
    arguments.push(format!("--waited={}", installing.begun.elapsed().as_millis()).into());
    arguments.extend(aside.map(|aside| format!("--aside={}", aside.display()).into()));
    let program = installation.program("cordon-install")?;
    let policy = policy(installing, &writes)?;
    let filled = writes.into_iter().map(|(folder, _)| folder).collect();
    let ended = start(installation, &project.root, policy, filled, program, arguments, Some(variable));
    let ended = match ended? {
        Ended::Code(install::MADE_ASIDE) => {
            staging.swap_trees()?;
            Ended::Code(0)
        }
        Ended::Signal(_) if Staging::is_interrupted(&project.root) => {
            eprintln!("cordon: the installer was killed while it put packages in place; it is started again");
            complete(installation, project, staging)?
        }
        other => other,
    };
    staging.remove_empty_trees(&removable);
    Ok(ended)
}

/// Does what an installation that was killed left to do, in the project of the current folder and in that of `file`.
pub fn finish_interrupted(file: Option<&Path>) -> Result<()> {
    let here = current_folder()?;
    let of_file = file.and_then(|file| here.join(file).canonicalize().ok()?.parent().map(Path::to_path_buf));
    finish_in(&here)?;
    of_file.map_or(Ok(()), |folder| finish_in(&folder))
}

fn finish_in(folder: &Path) -> Result<()> {
    if !folder.ancestors().any(Staging::is_interrupted) {
        return Ok(());
    }
    // A folder above that is no part of the project, /tmp, is anybody's to write into.
    let Ok(project) = Project::around(folder, &manifest::homes()) else { return Ok(()) };
    if !Staging::is_interrupted(&project.root) {
        return Ok(());
    }
    // Whoever works there now is waited for, and may have done it.
    let staging = Staging::make(&project.root)?;
    let ended = match Staging::is_interrupted(&project.root) {
        // What is started next has its jail whole: a project could come with such a journal.
        true => supervisor::apart(|| complete(&Installation::find()?, &project, &staging)),
        false => Ok(Ended::Code(0)),
    };
    staging.remove()?;
    match ended? {
        Ended::Code(0) => Ok(()),
        _ => Err(format!(
            "Cannot start anything in {}: an installation was killed while it put packages in place, and the rest cannot be done; remove node_modules and run cordon install",
            manifest::shown(&project.root)
        )
        .into()),
    }
}

/// Starts `cordon-install finish`, which reaches no host and no store.
fn complete(installation: &Installation, project: &Project, staging: &Staging) -> Result<Ended> {
    let places = project.tree_places();
    let removable = staging.removable(&places);
    let trees = staging.make_trees(&places)?;
    let policy = install::policy_of_trees(project, &trees);
    let arguments = ["cordon-install", "finish"].map(OsString::from).into();
    let program = installation.program("cordon-install")?;
    let ended = start(installation, &project.root, policy, Vec::new(), program, arguments, None);
    staging.remove_empty_trees(&removable);
    ended
}

/// Starts `dist/package-manager/`.
fn resolve(installing: &Installing, staging: &Staging) -> Result<Ended> {
    let Installing { installation, project, .. } = installing;
    let (store, place) = (install::make_store(&installing.store)?, staging.path());
    let answers = install::make_part(&store, "metadata")?;
    let writes = [(place.clone(), "what becomes package.json and the lockfile"), (answers, "the store")];
    let policy = policy(installing, &writes)?;
    let beside = foresee(installing, staging, &store)?;
    let variable = Request { foresees: beside.is_some(), ..request(installing, &place, &store) }.for_resolver()?;
    let script = installation.dist().join("package-manager/main.mjs");
    let arguments = vec!["node".into(), "--no-experimental-ffi".into(), script.into()];
    let engine = installation.engine.clone();
    let ended = start(installation, &project.root, policy, Vec::new(), engine, arguments, Some(variable));
    if let Some(beside) = beside {
        // What it did not get to is done by who fills the trees; where nothing will be filled, nobody waits for it.
        let _ = if matches!(ended, Ok(Ended::Code(0))) { beside.finish() } else { beside.stop() };
    }
    ended
}

/// npm's, which an installation is made from, and one that npm takes versions from where it has none of its own.
const LOCKFILES: [&str; 3] = ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock"];

fn is_locked(project: &Project, names: &[&str]) -> bool {
    names.iter().any(|name| project.root.join(name).symlink_metadata().is_ok())
}

/// Starts `cordon-install foresee` beside the resolver, where it can know what that will ask for: where there is no
/// lockfile, of any kind, and no setting that changes what npm picks.
fn foresee(installing: &Installing, staging: &Staging, store: &Path) -> Result<Option<Beside>> {
    let Installing { installation, project, settings, .. } = installing;
    let is_locked = is_locked(project, &LOCKFILES);
    let odd = ["offline", "prefer-offline", "tag", "accept-new", "legacy-peer-deps", "install-links"];
    let days = settings.flag("min-release-age").unwrap_or("1");
    let is_plain = (1..=4).contains(&days.len()) && days.bytes().all(|byte| byte.is_ascii_digit());
    if installing.command != "install" || is_locked || !is_plain || odd.iter().any(|name| settings.flag(name).is_some())
    {
        return Ok(None);
    }
    let place = staging.path();
    let writes =
        [(install::make_part(store, "v1")?, "the store"), (install::make_part(store, "metadata")?, "the store")];
    let (words, variable) = request(installing, &place, store).for_foresight()?;
    let arguments = std::iter::once("cordon-install".into()).chain(words.into_iter().map(OsString::from)).collect();
    let program = installation.program("cordon-install")?;
    let policy = policy(installing, &writes)?;
    let beside = supervisor::beside(|| {
        start(installation, &project.root, policy, Vec::new(), program, arguments, Some(variable))
    });
    Ok(Some(beside?))
}

fn policy(installing: &Installing, writes: &[(PathBuf, &'static str)]) -> Result<Policy> {
    let mut policy = install::policy(&installing.project, &installing.sources, writes)?;
    if installing.settings.flag("offline").is_some() {
        policy.allow.net.clear();
    }
    Ok(policy)
}

fn words(line: &Line) -> Vec<String> {
    line.rest.iter().map(|word| word.to_string_lossy().into_owned()).collect()
}

fn request<'a>(installing: &'a Installing, staging: &'a Path, store: &'a Path) -> Request<'a> {
    let Installing { command, words, project, sources, settings, output, .. } = installing;
    Request {
        command,
        words,
        member: &project.here,
        staging,
        store,
        project,
        sources,
        settings,
        output: *output,
        foresees: false,
    }
}

fn start(
    installation: &Installation,
    folder: &Path,
    policy: Policy,
    filled: Vec<PathBuf>,
    engine: PathBuf,
    arguments: Vec<OsString>,
    variable: Option<(&'static str, String)>,
) -> Result<Ended> {
    let mut environment = engine::environment(&policy, std::env::vars_os());
    environment.extend(variable.map(|(name, value)| (name.into(), value.into())));
    let plan = Plan {
        engine,
        arguments,
        environment,
        installation: installation.readable.clone(),
        folder: folder.to_path_buf(),
        policy,
        filled,
        // A bind mount is another mount, and no hard link goes from one to another.
        namespaces: Namespaces::Off,
        landlock_at_most: None,
        // What is refused here is not package.json's to grant: the programs say themselves what they could not reach.
        report: ReportPlan { quiet: true, ..ReportPlan::default() },
        cache: None,
        record: None,
    };
    Ok(supervisor::run(plan)?)
}
