use super::{Place, errno, mode};
use crate::supervisor::broker::Descriptors;
use crate::sys::metadata;
use libc::{EACCES, EPERM};
use std::ffi::CString;
use std::fs::{self, File, FileTimes, OpenOptions, Permissions};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, fchown, lchown, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, SystemTime};

fn c_path(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).unwrap()
}

#[test]
fn modes_change_where_writing_is_granted_only() {
    let place = Place::new();
    let (granted, other) = (place.granted("file"), place.other("file"));
    let before = mode(&other);
    let (inside, outside) = (granted.clone(), other.clone());
    let results = place.jailed(move || {
        (
            errno(fs::set_permissions(inside, Permissions::from_mode(0o640))),
            errno(fs::set_permissions(outside, Permissions::from_mode(0o777))),
        )
    });
    assert_eq!(results, (None, Some(EACCES)));
    assert_eq!((mode(&granted), mode(&other)), (0o640, before));
}

#[test]
fn a_descriptor_that_is_open_for_reading_changes_nothing_outside() {
    for descriptors in [Descriptors::Fetched, Descriptors::Made] {
        let place = Place::new();
        let other = File::open(place.other("file")).unwrap();
        let granted = File::open(place.granted("file")).unwrap();
        let times = FileTimes::new().set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(5));
        let results = place.jailed_with(3, descriptors, move || {
            [
                errno(other.set_permissions(Permissions::from_mode(0o777))),
                errno(other.set_times(times)),
                errno(fchown(&other, Some(0), Some(0))),
                errno(granted.set_permissions(Permissions::from_mode(0o600))),
                errno(granted.set_times(times)),
            ]
        });
        assert_eq!(results, [Some(EACCES), Some(EACCES), Some(EACCES), None, None]);
        let modified = fs::metadata(place.granted("file")).unwrap().modified().unwrap();
        assert_eq!(modified, SystemTime::UNIX_EPOCH + Duration::from_secs(5));
    }
}

#[test]
fn the_mode_of_a_socket_is_its_owners_and_that_of_a_sockets_file_is_not() {
    let place = Place::new();
    let path = place.other("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let before = mode(&path);
    let handle = OpenOptions::new().read(true).custom_flags(libc::O_PATH).open(&path).unwrap();
    let socket = File::from(OwnedFd::from(listener));
    let results = place.jailed(move || {
        [
            errno(socket.set_permissions(Permissions::from_mode(0o444))),
            errno(socket.set_permissions(Permissions::from_mode(0o4755))),
            errno(handle.set_permissions(Permissions::from_mode(0o777))),
            errno(fs::set_permissions(path.clone(), Permissions::from_mode(0o777))),
        ]
    });
    assert_eq!(results, [None, Some(EPERM), Some(EACCES), Some(EACCES)]);
    assert_eq!(mode(&place.other("socket")), before);
}

#[test]
fn a_link_is_where_it_leads_to() {
    let place = Place::new();
    let out = place.granted("out");
    symlink(place.other("file"), &out).unwrap();
    let inward = place.other("in");
    symlink(place.granted("file"), &inward).unwrap();
    let results = place.jailed(move || {
        [
            errno(fs::set_permissions(&out, Permissions::from_mode(0o777))),
            errno(lchown(&out, None, None)),
            errno(fs::set_permissions(&inward, Permissions::from_mode(0o604))),
            errno(lchown(&inward, None, None)),
        ]
    });
    assert_eq!(results, [Some(EACCES), None, None, Some(EACCES)]);
    assert_eq!(mode(&place.granted("file")), 0o604);
}

#[test]
fn dots_do_not_lead_out() {
    let place = Place::new();
    let way = place.granted("../other/./file");
    let result = place.jailed(move || errno(fs::set_permissions(way, Permissions::from_mode(0o777))));
    assert_eq!(result, Some(EACCES));
}

#[test]
fn set_id_bits_are_never_set_on_files() {
    let place = Place::new();
    let (file, folder) = (place.granted("file"), place.granted("folder"));
    fs::create_dir(&folder).unwrap();
    let results = place.jailed(move || {
        [
            errno(fs::set_permissions(&file, Permissions::from_mode(0o4755))),
            errno(fs::set_permissions(&file, Permissions::from_mode(0o2755))),
            errno(fs::set_permissions(&folder, Permissions::from_mode(0o2755))),
        ]
    });
    assert_eq!(results, [Some(EPERM), Some(EPERM), None]);
    assert_eq!(mode(&place.granted("folder")), 0o2755);
}

#[test]
fn the_callers_descriptors_are_meant_by_their_names_in_proc() {
    let place = Place::new();
    let (other, granted) = (File::open(place.other("file")).unwrap(), File::open(place.granted("file")).unwrap());
    let results = place.jailed(move || {
        let name = |file: &File| format!("/proc/self/fd/{}", file.as_fd().as_raw_fd());
        [
            errno(fs::set_permissions(name(&other), Permissions::from_mode(0o777))),
            errno(fs::set_permissions(name(&granted), Permissions::from_mode(0o606))),
            errno(fs::set_permissions("/proc/self/root", Permissions::from_mode(0o777))),
        ]
    });
    assert_eq!(results, [Some(EACCES), None, Some(libc::ELOOP)]);
    assert_eq!(mode(&place.granted("file")), 0o606);
}

#[test]
fn a_removed_file_is_where_it_was() {
    let place = Place::new();
    let (other, granted) = (File::open(place.other("file")).unwrap(), File::open(place.granted("file")).unwrap());
    fs::remove_file(place.other("file")).unwrap();
    fs::remove_file(place.granted("file")).unwrap();
    let results = place.jailed(move || {
        [
            errno(other.set_permissions(Permissions::from_mode(0o777))),
            errno(granted.set_permissions(Permissions::from_mode(0o777))),
        ]
    });
    assert_eq!(results, [Some(EACCES), None]);
}

#[test]
fn errors_are_the_kernels() {
    let place = Place::new();
    let missing = place.granted("missing");
    let below_file = place.granted("file/x");
    let results = place.jailed(move || {
        [
            errno(fs::set_permissions(missing, Permissions::from_mode(0o600))),
            errno(fs::set_permissions(below_file, Permissions::from_mode(0o600))),
            errno(fs::set_permissions("", Permissions::from_mode(0o600))),
        ]
    });
    assert_eq!(results, [Some(libc::ENOENT), Some(libc::ENOTDIR), Some(libc::ENOENT)]);
}

#[test]
fn attributes_change_where_writing_is_granted_only() {
    let place = Place::new();
    let (inside, outside) = (c_path(&place.granted("file")), c_path(&place.other("file")));
    let supported = errno(metadata::set_attribute(&outside, c"user.probe", b"1", 0)) != Some(libc::EOPNOTSUPP);
    let results = place.jailed(move || {
        [
            errno(metadata::set_attribute(&inside, c"user.test", b"1", 0)),
            errno(metadata::remove_attribute(&inside, c"user.test")),
            errno(metadata::set_attribute(&outside, c"user.test", b"1", 0)),
            errno(metadata::remove_attribute(&outside, c"user.probe")),
        ]
    });
    let expected = if supported { None } else { Some(libc::EOPNOTSUPP) };
    assert_eq!(results, [expected, expected, Some(EACCES), Some(EACCES)]);
}
