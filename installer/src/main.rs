use installer::arguments::{Arguments, Command};
use installer::error::{Error, Result};
use installer::install::Done;
use installer::settings::Settings;
use installer::{foresee, install, store};
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    // Entries of the store are shared by projects: their modes come from the package, not from who was first.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    match run() {
        // Nothing is to be put away that the end of the process does not put away faster.
        Ok(done) => std::process::exit(done.exit_code()),
        Err((error, verbose)) => {
            if verbose || !matches!(error, Error::Resolution(_)) {
                eprintln!("cordon install: {error}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn run() -> std::result::Result<Done, (Error, bool)> {
    let start = Instant::now();
    let arguments = Arguments::parse(std::env::args().skip(1)).map_err(|error| (error, true))?;
    perform(&arguments, start).map_err(|error| (error, arguments.verbose))
}

fn perform(arguments: &Arguments, start: Instant) -> Result<Done> {
    let store = || store::Store::open(&arguments.store);
    match arguments.command {
        Command::Install | Command::Clean => {
            let settings = Settings::parse(&std::env::var("CORDON_INSTALL_SETTINGS").unwrap_or_default())?;
            let (report, done) = install::run(arguments, &settings, std::path::Path::new("."))?;
            report.print(arguments.output, arguments.waited + start.elapsed());
            return Ok(done);
        }
        Command::Foresee => {
            let settings = Settings::parse(&std::env::var("CORDON_INSTALL_SETTINGS").unwrap_or_default())?;
            // What is wrong the resolver finds, too, and tells.
            drop(foresee::run(arguments, &settings, std::path::Path::new(".")));
        }
        Command::Finish => install::finish(std::path::Path::new("."))?,
        Command::StoreStatus => store()?.status()?.print(arguments.output, "present"),
        Command::StoreVerify => store()?.verify()?.print(arguments.output, "damaged and taken away"),
        Command::StorePrune => store()?.prune()?.print(arguments.output, "used nowhere and taken away"),
    }
    Ok(Done::InPlace)
}
