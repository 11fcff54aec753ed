//! What the broker has to know when it starts.

use super::network::dns::System;
use crate::policy::{Outline, Policy};
use crate::supervisor::record::Record;
use crate::supervisor::report::Reports;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug)]
pub struct Setting {
    pub policy: Arc<Policy>,
    pub reports: Reports,
    /// While something is learned.
    pub record: Option<Record>,
    /// `/proc` as the launcher saw it before it changed roots: `self` in it is the launcher.
    pub proc: OwnedFd,
    /// The machine's settings for names, read before the launcher changed roots.
    pub system: System,
    /// The target's Landlock rules.
    pub ruleset: OwnedFd,
    pub jail: Jail,
    /// What a `cordon` inside of the jail is told.
    pub outline: Outline,
    /// A byte goes here when no process of the jail runs any more; it is closed with the broker.
    pub over: OwnedFd,
    pub descriptors: Descriptors,
    pub landlock_abi: u8,
    /// The engine's program file; absolute, without symlinks.
    pub engine: PathBuf,
    /// Folders with cordon's own files: dist/ and the engine's.
    pub installation: Vec<PathBuf>,
}

/// Which processes are the jail's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jail {
    /// Those of its PID namespace, its init (the guardian) aside.
    Namespace,
    /// What descends from the guardian, which adopts orphans. Its number is the one that the broker sees.
    Descendants { guardian: i32 },
}

/// How the broker gets the target's descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Descriptors {
    /// pidfd_getfd(2) is permitted.
    Fetched,
    /// It is not, as in some containers: the broker makes sockets itself and keeps a duplicate of each.
    Made,
}
