//! Numbers and constants of the kernel's headers that the `libc` crate lacks. Numbers from 424 on are the same on every
//! architecture (asm-generic/unistd.h).

pub const FCHMODAT2: i64 = 452;
pub const MAP_SHADOW_STACK: i64 = 453;
pub const FUTEX_WAKE: i64 = 454;
pub const FUTEX_WAIT: i64 = 455;
pub const FUTEX_REQUEUE: i64 = 456;
pub const STATMOUNT: i64 = 457;
pub const LISTMOUNT: i64 = 458;
pub const SETXATTRAT: i64 = 463;
pub const GETXATTRAT: i64 = 464;
pub const LISTXATTRAT: i64 = 465;
pub const REMOVEXATTRAT: i64 = 466;
pub const OPEN_TREE_ATTR: i64 = 467;
pub const FILE_GETATTR: i64 = 468;
pub const FILE_SETATTR: i64 = 469;

#[cfg(target_arch = "x86_64")]
pub const RENAMEAT: i64 = libc::SYS_renameat;
#[cfg(target_arch = "x86_64")]
pub const SYNC_FILE_RANGE: i64 = libc::SYS_sync_file_range;
#[cfg(target_arch = "x86_64")]
pub const GETRLIMIT: i64 = libc::SYS_getrlimit;
#[cfg(target_arch = "x86_64")]
pub const SETRLIMIT: i64 = libc::SYS_setrlimit;
#[cfg(target_arch = "aarch64")]
pub const RENAMEAT: i64 = 38;
#[cfg(target_arch = "aarch64")]
pub const SYNC_FILE_RANGE: i64 = 84;
#[cfg(target_arch = "aarch64")]
pub const GETRLIMIT: i64 = 163;
#[cfg(target_arch = "aarch64")]
pub const SETRLIMIT: i64 = 164;

/// linux/ioprio.h
pub const IOPRIO_WHO_PROCESS: u32 = 1;
/// linux/fcntl.h: F_LINUX_SPECIFIC_BASE + 3, Linux 6.10
pub const F_DUPFD_QUERY: u32 = 1027;
/// linux/prctl.h
pub const PR_GET_AUXV: u32 = 0x4155_5856;
/// linux/prctl.h: PR_GET_SPECULATION_CTRL
pub const GET_SPECULATION_CTRL: u32 = 52;
/// asm/prctl.h
#[cfg(target_arch = "x86_64")]
pub const ARCH_SET_FS: u32 = 0x1002;
#[cfg(target_arch = "x86_64")]
pub const ARCH_GET_FS: u32 = 0x1003;
