//! What the launcher would decide, for test/model: the arguments are those of `cordon run`; each line of stdin is one
//! request, fields separated by tabs; each line of stdout is the answer.

use launcher::args::{self, Line};
use launcher::manifest::{self, Question, Start};
use launcher::policy::{Decision, Policy, Request};
use std::error::Error;
use std::io::BufRead as _;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let line = args::parse(std::env::args_os().skip(1), |_| false)?;
    let policy = policy(&line)?;
    for request in std::io::stdin().lock().lines() {
        println!("{}", answer(&policy, &request?)?);
    }
    Ok(())
}

/// As `cordon run` resolves it, without what it makes for one run: HOME and TMPDIR.
fn policy(line: &Line) -> Result<Policy> {
    let folder = std::env::current_dir()?;
    let engine = PathBuf::from(std::env::var_os("ENGINE").ok_or("Set ENGINE to the engine's path")?);
    let homes = manifest::homes();
    let path: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    let question = Question {
        start: &Start::new(line.file(), &folder, &homes)?,
        flags: &args::section(&line.flags, &folder)?,
        scripts: &[],
        homes: &homes,
        path: &path,
        engine: &engine,
    };
    Ok(manifest::resolve(&question)?.policy)
}

fn answer(policy: &Policy, request: &str) -> Result<&'static str> {
    let fields: Vec<&str> = request.split('\t').collect();
    let decision = match fields[..] {
        ["read", path] => policy.decide(&Request::Read(Path::new(path))),
        ["write", path] => policy.decide(&Request::Write(Path::new(path))),
        ["update", path] => match policy.decide(&Request::Read(Path::new(path))) {
            Decision::Allow => policy.decide(&Request::Write(Path::new(path))),
            denied => denied,
        },
        ["run", path] => policy.decide(&Request::Run(Path::new(path))),
        ["unix", path] => policy.decide(&Request::ConnectUnix(Path::new(path))),
        ["env", name] => policy.decide(&Request::Env(name)),
        ["client"] => return Ok(word(!policy.allow.net.is_empty() || !policy.allow.listen.is_empty())),
        ["connect", host, port] => policy.decide(&Request::Connect { address: address(host, port)?, names: &[] }),
        ["listen", host, port] => policy.decide(&Request::Listen(address(host, port)?)),
        _ => return Err(format!("Cannot read request {request:?}").into()),
    };
    Ok(word(decision.allowed()))
}

fn word(allowed: bool) -> &'static str {
    if allowed { "allow" } else { "deny" }
}

fn address(host: &str, port: &str) -> Result<SocketAddr> {
    Ok(SocketAddr::new(host.parse::<IpAddr>()?, port.parse()?))
}
