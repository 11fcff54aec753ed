#![deny(unsafe_code)]
//! The `cordon` command.

mod checking;
mod executing;
mod globally;
mod initialising;
mod installing;
mod learning;
mod offering;
mod refusing;

#[cfg(target_env = "musl")]
use launcher::Early;
use launcher::args::{self, Line, Meaning, completions, help, man};
use launcher::cache;
use launcher::doctor;
use launcher::engine::{self, Installation};
use launcher::env_file;
use launcher::history;
use launcher::install;
use launcher::manifest::{self, Place, Question, Resolved, Start};
use launcher::permissions;
use launcher::policy::{Outline, Policy, Request};
use launcher::script::{self, Chosen, Installed};
use launcher::supervisor::{self, Ended, FAILED, Namespaces, Plan, ReportPlan};
use launcher::trust::{self, Asking, Store, Unattended, Written};
use launcher::watch::{self, Turn};
use std::error::Error;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where the C library is musl: its own allocator asks the kernel for each larger piece, which doubles a start's calls.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: Early<dlmalloc::GlobalDlmalloc> = Early::before(dlmalloc::GlobalDlmalloc);

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    // Descriptors that the caller left open are nobody's in here, nor in the jail.
    if let Err(error) = supervisor::close_inherited() {
        eprintln!("cordon: Cannot close inherited descriptors: {error}");
        return ExitCode::from(FAILED);
    }
    match command(std::env::args_os().skip(1)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cordon: {error}");
            ExitCode::from(FAILED)
        }
    }
}

fn command(words: impl Iterator<Item = OsString>) -> Result<ExitCode> {
    let line = args::parse(words, script::may_be_script)?;
    if line.help {
        return print(&help::command(line.command));
    }
    match line.command.name {
        "run" => run(&line),
        "learn" => learning::learn(&line),
        "init" => initialising::init(&line),
        "permissions" => show_permissions(&line),
        "install" | "ci" | "add" | "remove" | "update" | "outdated" | "list" | "why" | "dedupe" | "prune"
        | "import" => installing::install(&line),
        "exec" => executing::exec(&line),
        "store" => installing::look_after_store(&line),
        "trust" => print(&trust::command(&line.rest, store().as_ref(), &current_folder()?)?),
        "doctor" => examine(&line),
        "help" => print(&help::topic(line.rest.first().map(AsRef::as_ref))?),
        "completions" => print(&completions::script(&line.word(0).unwrap_or_default())?),
        "man" => print(&man::page()),
        "version" => print(&format!("cordon {}, engine {}\n", env!("CARGO_PKG_VERSION"), engine::VERSION)),
        other => Err(format!("Cannot run cordon {other}: this build has no such command").into()),
    }
}

/// What is to be started, and what it may do.
struct Asked {
    folder: PathBuf,
    installation: Installation,
    resolved: Resolved,
    /// What the command line names, if it is a script of package.json.
    script: Option<Chosen>,
    /// The file and what goes to the program.
    words: Vec<OsString>,
}

fn run(line: &Line) -> Result<ExitCode> {
    refusing::nothing(line)?;
    if line.last(Meaning::Watch).is_some() {
        let policy = || ask(line).map(|asked| asked.resolved.policy);
        match watch::turns(policy, |text| eprintln!("cordon: {text}"))? {
            Turn::Run => {}
            Turn::Ended(signal) => supervisor::end_as(Ended::Signal(signal)),
        }
    }
    let around = supervisor::jail_around()?;
    if around.is_none() {
        installing::finish_interrupted(line.file())?;
    }
    let asked = ask(line)?;
    refusing::out_of_reach(&asked)?;
    if let Some(around) = around {
        return join(line, &asked, &around);
    }
    settle(&asked.resolved)?;
    let mut plan = plan(line, &asked)?;
    offering::prepare(&mut plan, asked.resolved.project.manifest.as_deref())?;
    let recording = checking::recording(line, &asked, &mut plan)?;
    for absent in &asked.resolved.absent {
        absent.make()?;
    }
    let ended = supervisor::run(plan)?;
    if let Some(recording) = recording {
        recording.keep()?;
    }
    supervisor::end_as(ended)
}

/// Inside of a jail nothing is asked or offered: whatever the manifest says, there is not more than that jail has.
fn join(line: &Line, asked: &Asked, around: &Outline) -> Result<ExitCode> {
    if line.last(Meaning::Record).is_some() {
        return Err(supervisor::Error::Join(supervisor::Refusal::Wanted("record")).into());
    }
    for absent in &asked.resolved.absent {
        // What the jail around keeps from being made stays without a grant.
        let _ = absent.make();
    }
    match supervisor::join(plan(line, asked)?, around)? {}
}

fn ask(line: &Line) -> Result<Asked> {
    ask_for(line, &line.rest)
}

/// `rest`: the file or script, and what goes to it.
fn ask_for(line: &Line, rest: &[OsString]) -> Result<Asked> {
    let typed_in = current_folder()?;
    let installation = Installation::find()?;
    let (script, words) = script_of(line, rest, &typed_in, &installation)?;
    let folder = script.as_ref().map_or(&typed_in, |script| &script.scripts.folder).clone();
    let flags = args::section(&line.flags, &typed_in)?;
    let homes = manifest::homes();
    // A script's grants are its package's, wherever the program that it starts lies.
    let file = if script.is_some() { None } else { line.file() };
    let start = Start::new(file, &folder, &homes)?;
    let path = search_path()?;
    let question = Question {
        start: &start,
        flags: &flags,
        scripts: &script.as_ref().map(Chosen::named).unwrap_or_default(),
        homes: &homes,
        path: &path,
        engine: &installation.engine,
    };
    let mut resolved = manifest::resolve(&question)?;
    if file.is_some() && start.file.is_none() {
        resolved.policy.allow.read.extend(manifest::package_above(&start));
    }
    if let Some(script) = &script {
        let installed = Installed { engine: &installation.engine, launcher: &installation.launcher };
        let programs = script.programs(installed, &resolved.policy, &resolved.project.writable);
        resolved.policy.allow.run.extend(programs);
    }
    Ok(Asked { folder, resolved, installation, script, words })
}

/// Where names of programs are looked up. A jail's PATH holds what that jail may start; a grant of something else has no
/// effect there, and is no mistake.
fn search_path() -> Result<Vec<PathBuf>> {
    let variable = std::env::var_os("PATH").unwrap_or_default();
    let mut path: Vec<PathBuf> = std::env::split_paths(&variable).collect();
    if supervisor::jail_around()?.is_some() {
        path.extend(["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from));
    }
    Ok(path)
}

/// The script that the command line names, and the words that the engine is started with.
fn script_of(
    line: &Line,
    rest: &[OsString],
    folder: &Path,
    installation: &Installation,
) -> Result<(Option<Chosen>, Vec<OsString>)> {
    let Some((first, arguments)) = rest.split_first().filter(|_| !line.has_code()) else {
        return Ok((None, rest.to_vec()));
    };
    let script = script::choose(first, arguments, folder)?;
    let words = script.as_ref().map(|script| script.words(arguments, installation.dist()));
    Ok((script, words.unwrap_or_else(|| rest.to_vec())))
}

fn current_folder() -> Result<PathBuf> {
    std::env::current_dir()
        .map_err(|error| format!("Cannot find the current folder: {error}; change to one that is there").into())
}

fn written() -> Option<Written> {
    Written::of_user(|name| std::env::var_os(name))
}

fn store() -> Option<Store> {
    Store::of_user(|name| std::env::var_os(name))
}

/// Nothing starts, and nothing is made, before the manifest is accepted.
fn settle(resolved: &Resolved) -> Result<()> {
    let unattended = Unattended::from_variable(std::env::var_os("CORDON_TRUST").as_deref())?;
    let store = store();
    let written = written();
    trust::refuse_writable(&kept(store.as_ref(), written.as_ref()), &resolved.policy)?;
    if let Some(asking) = Asking::of(&resolved.project) {
        trust::settle(&asking, store.as_ref(), written.as_ref(), unattended)?;
    }
    note_written(&resolved.policy);
    Ok(())
}

/// For runs to come, which do not take a manifest at its word that this one may have written.
fn note_written(policy: &Policy) {
    if let Some(written) = written() {
        // Where nothing can be kept, as in a container without a home, nothing was ever accepted either.
        let _ = written.note(policy);
    }
}

/// What cordon keeps outside every project, for other runs and other policies.
fn kept(store: Option<&Store>, written: Option<&Written>) -> Vec<(PathBuf, &'static str)> {
    let accepted = store.map(|store| (store.folder().to_path_buf(), "accepted manifests"));
    let places = written.map(|written| (written.file().to_path_buf(), "folders that programs could write"));
    let records = history::folder_of_user(|name| std::env::var_os(name)).map(|folder| (folder, "records of runs"));
    let caches = cache::base().map(|folder| (folder, "other programs' caches"));
    let packages = install::store(|name| std::env::var_os(name)).map(|folder| (folder, "packages of every project"));
    let fetched = packages.as_ref().map(|(folder, _)| (folder.with_file_name("exec"), "programs that were fetched"));
    let global = install::global(|name| std::env::var_os(name)).map(|folder| (folder, "programs of every project"));
    [accepted, places, records, caches, packages, fetched, global].into_iter().flatten().collect()
}

fn plan(line: &Line, asked: &Asked) -> Result<Plan> {
    let policy = asked.resolved.policy.clone();
    let entry = asked.words.first().map(Path::new);
    let cache = cache::folder(&policy, entry, &asked.installation);
    let mut environment = environment_of(line, asked, &policy)?;
    cache::keep_code(&mut environment, cache.as_deref(), entry);
    Ok(Plan {
        arguments: asked.installation.arguments(line, &asked.words, &policy),
        environment,
        engine: asked.installation.engine.clone(),
        installation: asked.installation.readable.clone(),
        folder: asked.folder.clone(),
        filled: Vec::new(),
        namespaces: if line.value(Meaning::Namespaces) == Some("off") {
            Namespaces::Off
        } else {
            Namespaces::WherePossible
        },
        landlock_at_most: line.value(Meaning::Landlock).and_then(|abi| abi.parse().ok()),
        report: report(line, &asked.folder, &policy)?,
        record: None,
        cache,
        policy,
    })
}

fn environment_of(line: &Line, asked: &Asked, policy: &Policy) -> Result<Vec<(OsString, OsString)>> {
    let mut variables = engine::environment(policy, std::env::vars_os().chain(env_files(line)?));
    if let Some(script) = &asked.script {
        let own = script.environment(&current_folder()?, &asked.installation.engine, asked.installation.dist());
        variables.retain(|(name, _)| !own.iter().any(|(other, _)| other == name));
        variables.extend(own);
    }
    Ok(variables)
}

/// Variables from files, those of later files first; what is in the environment already comes before them all.
fn env_files(line: &Line) -> Result<Vec<(OsString, OsString)>> {
    let mut found = Vec::new();
    for typed in line.flags.iter().rev() {
        let required = match typed.flag.meaning {
            Meaning::EnvFile => true,
            Meaning::EnvFileIfExists => false,
            _ => continue,
        };
        let file = current_folder()?.join(typed.value.as_deref().unwrap_or_default());
        match env_file::variables(&file)? {
            Some(variables) => found.extend(variables),
            None if required => return Err(env_file::missing(&file).at(&Place::flag(&typed.text)).into()),
            None => {}
        }
    }
    Ok(found)
}

fn report(line: &Line, folder: &Path, policy: &Policy) -> Result<ReportPlan> {
    let json = match line.value(Meaning::Report) {
        None => None,
        Some(text) => match text.strip_prefix("json:").filter(|file| !file.is_empty()) {
            Some(file) => Some(report_file(&folder.join(file), policy)?),
            None => return Err("Cannot use flag --report: it names no file; write --report=json:<file>".into()),
        },
    };
    Ok(ReportPlan { quiet: line.last(Meaning::Quiet).is_some(), json, offers: None })
}

/// Where `path` leads. An earlier run may have planted the links that lie where this program may write.
fn report_file(path: &Path, policy: &Policy) -> Result<PathBuf> {
    let name = manifest::shown(path);
    let walked = manifest::walk(path).map_err(|error| format!("Cannot write reports to {name}: {error}"))?;
    let planted = walked.link_folders.iter().find(|folder| policy.decide(&Request::Write(folder)).allowed());
    match planted {
        // Links of the kernel's own, /dev/stderr, lead to no path.
        None if path.starts_with("/dev") || path.starts_with("/proc") => Ok(path.to_path_buf()),
        None => Ok(walked.real),
        Some(folder) => Err(format!(
            "Cannot write reports to {name}: it leads through a symlink in {}, which the program may write; name the file that is meant",
            manifest::shown(folder)
        )
        .into()),
    }
}

/// Exit code 1 where `cordon run` refuses.
fn examine(line: &Line) -> Result<ExitCode> {
    let findings = doctor::examine();
    let json = line.last(Meaning::Json).is_some();
    print(&if json { doctor::json(&findings) } else { doctor::human(&findings) })?;
    Ok(ExitCode::from(u8::from(!doctor::can_run(&findings))))
}

fn show_permissions(line: &Line) -> Result<ExitCode> {
    let json = line.last(Meaning::Json).is_some();
    if line.rest.first().is_some_and(|word| word == "check") {
        return checking::check(line, json);
    }
    if let Some(near) = line.word(0).and_then(|word| refusing::misspelled(line, &word)) {
        return Err(format!(
            "Cannot show what {} may reach: there is no such file or script; did you mean cordon permissions {near}?",
            manifest::quoted(&line.word(0).unwrap_or_default())
        )
        .into());
    }
    let asked = match line.value(Meaning::For) {
        Some("install") if script::may_be_script("install".as_ref()) => ask_for(line, &["install".into()])?,
        Some("install") => {
            let resolved = installing::resolved(line)?;
            return print(&if json { permissions::json(&resolved) } else { permissions::text(&resolved) });
        }
        None => ask(line)?,
        Some(script) => ask_for(line, &[script.into()])?,
    };
    print(&if json { permissions::json(&asked.resolved) } else { permissions::text(&asked.resolved) })
}

/// A closed pipe (`cordon help | head -1`) is no failure.
fn print(text: &str) -> Result<ExitCode> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("Cannot write: {error}").into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}
