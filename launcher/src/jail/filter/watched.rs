//! Calls that tell which files a program uses: `cordon learn` hears of them, and nothing else changes.

use super::Row;
use super::numbers::RENAMEAT;
use libc::*;

const USES: &[i64] = &[
    SYS_openat,
    SYS_mkdirat,
    SYS_mknodat,
    SYS_unlinkat,
    RENAMEAT,
    SYS_renameat2,
    SYS_linkat,
    SYS_symlinkat,
    SYS_truncate,
    #[cfg(target_arch = "x86_64")]
    SYS_open,
    #[cfg(target_arch = "x86_64")]
    SYS_creat,
    #[cfg(target_arch = "x86_64")]
    SYS_mkdir,
    #[cfg(target_arch = "x86_64")]
    SYS_mknod,
    #[cfg(target_arch = "x86_64")]
    SYS_unlink,
    #[cfg(target_arch = "x86_64")]
    SYS_rmdir,
    #[cfg(target_arch = "x86_64")]
    SYS_rename,
    #[cfg(target_arch = "x86_64")]
    SYS_link,
    #[cfg(target_arch = "x86_64")]
    SYS_symlink,
];

/// The same rows; of these calls, what the kernel would have gone on with is notified.
pub fn rows(rows: Vec<Row>) -> Vec<Row> {
    let split = |row: Row| {
        let Row { calls, rule, reason } = row;
        let (watched, left): (Vec<i64>, Vec<i64>) = calls.into_iter().partition(|call| USES.contains(call));
        [Row { calls: left, rule: rule.clone(), reason }, Row { calls: watched, rule: rule.watched(), reason }]
    };
    rows.into_iter().flat_map(split).filter(|row| !row.calls.is_empty()).collect()
}
