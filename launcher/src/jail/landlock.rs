//! A view as a Landlock ruleset (landlock(7)).

use super::Error;
use super::view::{Access, Links, Rule, View};
use crate::sys::{self, file};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreated,
    Scope, make_bitflags,
};
use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The oldest ABI that holds: before 3, files could be truncated without a right.
pub const OLDEST: u8 = 3;
/// The newest ABI that is used: what later ones add was not seen to work with the rest.
pub const NEWEST: u8 = 7;

/// From this ABI on, signals stay inside the jail by the ruleset.
pub const SIGNALS: u8 = 6;

/// Which ABI to use, given the kernel's and a wish.
pub fn abi(kernel: u8, at_most: Option<u8>) -> Result<u8, Error> {
    let abi = kernel.min(at_most.unwrap_or(NEWEST)).min(NEWEST);
    if abi < OLDEST { Err(Error::Landlock(abi)) } else { Ok(abi) }
}

/// Refuses everything that a ruleset of this ABI can refuse. Connections and listening are refused altogether where the
/// ABI knows of them: the broker, which is outside, makes them.
pub fn ruleset(abi: u8) -> Result<OwnedFd, Error> {
    let ruleset = empty(abi).map_err(|cause| Error::Ruleset(cause.to_string()))?;
    Option::<OwnedFd>::from(ruleset).ok_or_else(|| Error::Ruleset(String::from("the kernel gave none")))
}

/// Grants what `view` says. What lies in `ahead` is looked for in its folder: the path will lead there once the root is
/// changed.
pub fn grant(ruleset: BorrowedFd<'_>, view: &View, abi: u8, ahead: Option<Ahead<'_>>) -> Result<(), Error> {
    let same = |one: &Rule, next: &Rule| one.path == next.path && one.links == next.links;
    view.rules.chunk_by(same).try_for_each(|rules| add(ruleset, rules, abi, ahead))
}

/// A folder that is not yet in its place.
#[derive(Clone, Copy, Debug)]
pub struct Ahead<'a> {
    pub path: &'a Path,
    pub folder: BorrowedFd<'a>,
}

/// The rights on files in /proc, as the kernel's numbers.
pub fn reading() -> u64 {
    AccessFs::ReadFile as u64
}

/// The rights on folders in /proc.
pub fn reading_and_listing() -> u64 {
    AccessFs::ReadFile as u64 | AccessFs::ReadDir as u64
}

fn known(abi: u8) -> ABI {
    match abi {
        0..=3 => ABI::V3,
        4 => ABI::V4,
        5 => ABI::V5,
        6 => ABI::V6,
        _ => ABI::V7,
    }
}

fn empty(abi: u8) -> Result<RulesetCreated, landlock::RulesetError> {
    let known = known(abi);
    let mut ruleset =
        Ruleset::default().set_compatibility(CompatLevel::HardRequirement).handle_access(AccessFs::from_all(known))?;
    if abi >= 4 {
        ruleset = ruleset.handle_access(AccessNet::from_all(known))?;
    }
    if abi >= SIGNALS {
        ruleset = ruleset.scope(Scope::from_all(known))?;
    }
    ruleset.create()
}

/// Rules for one path, which is looked for once.
fn add(ruleset: BorrowedFd<'_>, rules: &[Rule], abi: u8, ahead: Option<Ahead<'_>>) -> Result<(), Error> {
    let Some(rule) = rules.first() else { return Ok(()) };
    let failed = |cause| Error::Path { action: "grant", path: rule.path.clone(), cause };
    let Some(place) = open(rule, ahead).map_err(failed)? else { return Ok(()) };
    let folder = file::is_folder(place.as_fd()).map_err(failed)?;
    let wanted = rules.iter().fold(BitFlags::empty(), |all, rule| all | rights(rule.access, abi));
    let allowed = if folder { wanted } else { wanted & AccessFs::from_file(known(abi)) };
    if allowed.is_empty() {
        return Ok(());
    }
    // The crate would look again at what it is.
    sys::landlock::add_rule(ruleset, place.as_fd(), allowed.bits())
        .map_err(|cause| Error::Ruleset(format!("{}: {cause}", rule.path.display())))
}

/// `None` where there is nothing, or nothing that this user may reach: what is absent can't be granted.
fn open(rule: &Rule, ahead: Option<Ahead<'_>>) -> io::Result<Option<OwnedFd>> {
    let path = CString::new(rule.path.as_os_str().as_bytes())?;
    let inside = ahead.and_then(|ahead| Some((ahead.folder, rule.path.strip_prefix(ahead.path).ok()?)));
    let opened = match (inside, rule.links) {
        (Some((folder, path)), _) => {
            let path = CString::new(path.as_os_str().as_bytes())?;
            file::open_at(Some(folder), &path, libc::O_PATH | libc::O_NOFOLLOW)
        }
        (None, Links::Follow) => file::handle(&path),
        (None, Links::Refuse) => file::handle_without_links(&path),
    };
    match opened {
        Ok(place) => Ok(Some(place)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::NotADirectory => Ok(None),
            _ => Err(error),
        },
    }
}

fn rights(access: Access, abi: u8) -> BitFlags<AccessFs> {
    match access {
        Access::Read => make_bitflags!(AccessFs::{ReadFile | ReadDir}),
        Access::List => AccessFs::ReadDir.into(),
        Access::Execute => make_bitflags!(AccessFs::{Execute | ReadFile}),
        Access::Device if abi >= 5 => make_bitflags!(AccessFs::{ReadFile | WriteFile | IoctlDev}),
        Access::Device => make_bitflags!(AccessFs::{ReadFile | WriteFile}),
        Access::Everything => AccessFs::from_all(known(abi)),
        // Everything but devices: nothing that is made here may become one.
        Access::Write => make_bitflags!(AccessFs::{
            WriteFile | Truncate | RemoveDir | RemoveFile | MakeDir | MakeReg | MakeSock | MakeFifo | MakeSym | Refer
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abi_below_three_is_refused() {
        assert!(matches!(abi(2, None), Err(Error::Landlock(2))));
        assert!(matches!(abi(7, Some(2)), Err(Error::Landlock(2))));
        assert!(matches!(abi(0, None), Err(Error::Landlock(0))));
    }

    #[test]
    fn a_wish_never_raises_the_abi_above_the_kernels() {
        assert_eq!(abi(4, Some(6)).expect("it holds"), 4);
        assert_eq!(abi(9, None).expect("it holds"), NEWEST);
    }
}
