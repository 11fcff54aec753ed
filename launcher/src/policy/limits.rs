//! How much one target may use.

use std::time::Duration;

/// Limits on the whole tree of a target. `None` is no limit of cordon's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Resident memory of all processes together, in bytes.
    pub memory: Option<u64>,
    /// Processes at one time.
    pub processes: Option<u64>,
    /// Size of one written file, in bytes.
    pub file_size: Option<u64>,
    /// Open descriptors of one process.
    pub descriptors: Option<u64>,
    /// Processor time of one process.
    pub cpu: Option<Duration>,
    /// Time from start to end.
    pub time: Option<Duration>,
}
