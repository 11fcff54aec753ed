//! The policy's limits that the kernel holds for each process by itself. Memory, processes and time are the guardian's.

use crate::policy::Limits;
use crate::sys::limit::{Resource, set};
use std::io;

/// Sets them for the calling process and what it starts. Allocates nothing.
pub fn apply(limits: &Limits) -> io::Result<()> {
    // A core file holds the memory, secrets and all, and the kernel writes it outside the rules.
    set(Resource::CoreFile, 0)?;
    let wanted = [
        (Resource::FileSize, limits.file_size),
        (Resource::Descriptors, limits.descriptors),
        (Resource::ProcessorSeconds, limits.cpu.map(|time| time.as_secs().max(1))),
    ];
    for (resource, value) in wanted {
        if let Some(value) = value {
            set(resource, value)?;
        }
    }
    Ok(())
}
