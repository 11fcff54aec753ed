use super::{Place, errno};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

/// Resident memory of this process, in KiB.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

#[test]
fn denied_calls_leave_nothing_behind() {
    let place = Place::new();
    let other = place.other("file");
    let descriptors = || fs::read_dir("/proc/self/fd").unwrap().count();
    // Other tests of this process take memory and descriptors meanwhile, but not in every round.
    let least = place.jailed(move || {
        let deny = |count: u32| {
            for _ in 0..count {
                assert_eq!(errno(fs::set_permissions(&other, Permissions::from_mode(0o777))), Some(libc::EACCES));
            }
        };
        deny(1000);
        let rounds = (0..5).map(|_| {
            let before = (resident(), descriptors());
            deny(10_000);
            (resident().saturating_sub(before.0), descriptors().saturating_sub(before.1))
        });
        rounds.fold((u64::MAX, usize::MAX), |least, round| (least.0.min(round.0), least.1.min(round.1)))
    });
    assert!(least.0 < 512, "{} KiB more in every round", least.0);
    assert!(least.1 < 100, "{} descriptors more in every round", least.1);
}
