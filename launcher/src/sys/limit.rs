//! Limits of one process (setrlimit(2)).

use super::check;
use std::io;

#[derive(Clone, Copy, Debug)]
pub enum Resource {
    CoreFile,
    FileSize,
    Descriptors,
    ProcessorSeconds,
}

/// Sets both the soft and the hard limit. A hard limit that is lower already stays.
pub fn set(resource: Resource, value: u64) -> io::Result<()> {
    let resource = match resource {
        Resource::CoreFile => libc::RLIMIT_CORE,
        Resource::FileSize => libc::RLIMIT_FSIZE,
        Resource::Descriptors => libc::RLIMIT_NOFILE,
        Resource::ProcessorSeconds => libc::RLIMIT_CPU,
    };
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel writes one rlimit.
    check(unsafe { libc::getrlimit(resource, &raw mut limit) })?;
    limit.rlim_max = limit.rlim_max.min(value);
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: the kernel reads one rlimit.
    check(unsafe { libc::setrlimit(resource, &raw const limit) })?;
    Ok(())
}
