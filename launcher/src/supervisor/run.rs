//! One run, from a plan to the target's end.

use super::control;
use super::guardian::{self, Start};
use super::report::{Places, Reading, Reports};
use super::running::{Orphans, Running, Steps};
use super::session::Session;
use super::{Ended, Error, Namespaces, Plan, broker, preparation, signals, usage};
use crate::denial::Advice;
use crate::jail::features::{Descriptors, Features};
use crate::jail::landlock::{self, Ahead};
use crate::jail::namespaces::{self, Entered};
use crate::jail::root::Ground;
use crate::jail::target::Target;
use crate::jail::view::View;
use crate::policy::{FIRST_FREE_PORT, Outline, Policy, Shared};
use crate::sys::spawn::Side;
use crate::sys::{descriptor, file, memory, privilege, signal};
use std::fs::{File, OpenOptions};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long the end of a run waits for what the runtime said last.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// How long the end of a run waits for its reports to be written.
const PATIENCE: Duration = Duration::from_secs(1);

/// Why a program found no more space on a disk that has some.
const FULL: &str = "HOME and TMPDIR are full, which are in memory; raise \"memory\" in \"limits\", or start the program with \
    TMPDIR=/var/tmp, which is on a disk";

/// Starts the target and stays until it and everything that it started have ended.
pub fn run(plan: Plan) -> Result<Ended, Error> {
    #[cfg(target_env = "gnu")]
    memory::share_one_heap();
    let mask = signal::block_all().map_err(Error::step("block signals"))?;
    let features = Features::find(plan.landlock_at_most)?;
    // Before this process hides: the files in /proc that say who is who in a user namespace are its owner's till then.
    let entered = match plan.namespaces {
        Namespaces::WherePossible => namespaces::enter(),
        Namespaces::Off => Entered::None,
    };
    let in_memory = match entered {
        Entered::All => Session::in_memory(&plan.policy, &plan.engine),
        Entered::None => None,
    };
    let mut session = in_memory.map_or_else(|| Session::on_disk(&plan.policy, &plan.engine), Ok)?;
    let ended = run_in(plan, features, entered, &mut session, mask);
    // The program's end counts, whatever is left in the temporary folder: a later run sweeps it.
    let _ = session.remove();
    ended
}

/// What the guardian starts, and what the launcher keeps of it.
struct Prepared {
    target: Target,
    view: View,
    outline: Outline,
}

fn prepare(
    plan: &mut Plan,
    features: Features,
    session: &Session,
    report: OwnedFd,
    mask: signal::Mask,
) -> Result<Prepared, Error> {
    let outline = outline(&plan.policy, session);
    plan.policy.private = vec![session.home(), session.temporary()];
    plan.policy.private.extend(plan.cache.clone());
    let target = preparation::target(plan, features, session, report, mask)?;
    Ok(Prepared { target, view: preparation::surroundings(plan, session)?, outline })
}

/// What a run inside of this one is told.
fn outline(policy: &Policy, session: &Session) -> Outline {
    let [home, temporary, programs] = [session.home(), session.temporary(), session.programs()];
    Outline::of(policy, Shared { home: &home, temporary: &temporary, programs: &programs })
}

fn run_in(
    mut plan: Plan,
    features: Features,
    mut entered: Entered,
    session: &mut Session,
    mask: signal::Mask,
) -> Result<Ended, Error> {
    let proc = file::open_at(None, c"/proc", libc::O_DIRECTORY).map_err(Error::step("open /proc"))?;
    let (told, report) = descriptor::pipe().map_err(Error::step("make a pipe"))?;
    let signals = signal::descriptor().map_err(Error::step("read signals"))?;
    let places = places(&mut plan)?;
    let mut prepared = prepare(&mut plan, features, session, report, mask)?;
    // Nothing but a filter refuses this: that of a jail.
    signals::hide().map_err(|_| Error::InJail)?;
    privilege::adopt_orphans().map_err(Error::step("adopt orphans"))?;
    let strangers = usage::children();
    // Three processes share it: this one grants the view, and the target its own files in /proc.
    let ruleset = landlock::ruleset(features.landlock_abi)?;
    let (control, theirs) = descriptor::message_pair().map_err(Error::step("make a socket pair"))?;
    let side = match namespaces::fork(entered) {
        // The machine has no room for another PID namespace.
        Err(_) if entered == Entered::All => {
            entered = Entered::None;
            if session.ground().is_some() {
                *session = Session::on_disk(&plan.policy, &plan.engine)?;
                let Target { report, signals, .. } = prepared.target;
                prepared = prepare(&mut plan, features, session, report, signals)?;
            }
            namespaces::fork(entered)
        }
        made => made,
    };
    let Prepared { target, mut view, outline } = prepared;
    let ground = session.ground();
    let guardian = match side.map_err(Error::step("start the guardian"))? {
        Side::Child => {
            drop((control, told));
            guardian::live(&theirs, Start { target, entered, view, session: &session.path, ground, ruleset })
        }
        Side::Parent(guardian) => guardian,
    };
    drop((theirs, target));
    // While the guardian builds the new root. The rules are bound to what the paths name, which is the same in both.
    if entered == Entered::None {
        view.rules.extend(preparation::looked_at(&plan));
        view.rules.extend(preparation::filled(&plan.policy, &plan.filled));
    }
    let ahead = ground.map(|ground| Ahead { path: &session.path, folder: ground.session() });
    landlock::grant(ruleset.as_fd(), &view, features.landlock_abi, ahead)?;
    control::say_granted(control.as_fd()).map_err(Error::step("reach the guardian"))?;
    let dropped = if plan.policy.listens_below(FIRST_FREE_PORT) {
        privilege::drop_capabilities_but_low_ports()
    } else {
        privilege::drop_capabilities()
    };
    dropped.map_err(Error::step("drop capabilities"))?;
    let quiet = places.quiet;
    let advice = Advice::new(&plan.policy, std::env::var_os("HOME").map(PathBuf::from));
    let reports = Reports::new(Places { advice, ..places });
    let limits = plan.policy.limits;
    let (over, last_word) = descriptor::pipe().map_err(Error::step("make a pipe"))?;
    let orphans = match entered {
        Entered::All => Orphans::None,
        Entered::None => Orphans::AllBut(strangers),
    };
    let running = Running { control, signals, over, told, guardian, orphans, limits };
    let setting = broker::Setting {
        policy: Arc::new(plan.policy),
        reports: reports.clone(),
        record: plan.record,
        proc,
        system: broker::network::dns::System::read(),
        ruleset,
        over: last_word,
        outline,
        jail: match entered {
            Entered::All => broker::Jail::Namespace,
            Entered::None => broker::Jail::Descendants { guardian },
        },
        descriptors: match features.descriptors {
            Descriptors::Fetched => broker::Descriptors::Fetched,
            Descriptors::Refused => broker::Descriptors::Made,
        },
        landlock_abi: features.landlock_abi,
        engine: plan.engine,
        installation: plan.installation,
    };
    let mut steps = OnTheWay { setting: Some(setting), session, reports, runtime: None };
    let ended = running.accompany(&mut steps);
    drop(running);
    if let Some(runtime) = steps.runtime {
        runtime.finish(LAST_WORDS);
    }
    steps.reports.flush(PATIENCE);
    if !quiet && session.ground().is_some_and(Ground::is_full) {
        eprintln!("cordon: {FULL}");
    }
    ended
}

struct OnTheWay<'a> {
    setting: Option<broker::Setting>,
    session: &'a Session,
    reports: Reports,
    /// What reads the runtime's words.
    runtime: Option<Reading>,
}

impl Steps for OnTheWay<'_> {
    fn start_broker(&mut self, listener: OwnedFd) -> Result<(), Error> {
        if let Some(setting) = self.setting.take() {
            broker::start(listener, setting)?;
            // Who starts short programs only sweeps too, now and then.
            if self.session.is_drawn() {
                self.session.sweep();
            }
        }
        Ok(())
    }

    fn runtime_speaks(&mut self, told: BorrowedFd<'_>) -> Result<(), Error> {
        let failed = "read what the runtime reports";
        let told = told.try_clone_to_owned().map_err(Error::step(failed))?;
        self.runtime = Some(self.reports.listen_to_runtime(told).map_err(Error::step(failed))?);
        Ok(())
    }

    fn settled(&mut self) {
        self.session.sweep();
        memory::forget_code();
    }

    /// While the kernel takes the program's memory apart.
    fn jail_is_empty(&mut self) {
        // What fails is tried again at the end.
        let _ = self.session.remove();
    }
}

/// Opens the file before the root changes.
fn places(plan: &mut Plan) -> Result<Places, Error> {
    let offers = plan.report.offers.take().map(File::from);
    let report = &plan.report;
    let open = |path: &PathBuf| {
        let opened = OpenOptions::new().create(true).append(true).open(path);
        opened.map_err(|cause| Error::Report { path: path.clone(), cause })
    };
    let json = report.json.as_ref().map(open).transpose()?;
    Ok(Places { quiet: report.quiet, json, advice: Advice::default(), offers, record: plan.record.clone() })
}
