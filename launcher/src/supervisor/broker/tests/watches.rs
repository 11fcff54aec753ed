use super::{Place, errno};
use crate::supervisor::broker::Descriptors;
use crate::sys::metadata;
use libc::{EACCES, IN_CREATE, IN_NONBLOCK};
use std::ffi::CString;
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;

#[test]
fn only_what_may_be_read_is_watched() {
    for descriptors in [Descriptors::Fetched, Descriptors::Made] {
        let place = Place::new();
        let folder = |path: std::path::PathBuf| CString::new(path.as_os_str().as_bytes()).unwrap();
        let (granted, other) = (folder(place.granted("")), folder(place.other("")));
        let (results, inotify) = place.jailed_with(3, descriptors, move || {
            let inotify = metadata::watcher(IN_NONBLOCK).unwrap();
            let results = [
                errno(metadata::watch(inotify.as_fd(), &other, IN_CREATE)),
                errno(metadata::watch(inotify.as_fd(), &granted, IN_CREATE)),
            ];
            (results, inotify)
        });
        assert_eq!(results, [Some(EACCES), None]);
        fs::write(place.other("secret-name"), "").unwrap();
        fs::write(place.granted("seen"), "").unwrap();
        let mut events = [0; 256];
        let length = File::from(inotify).read(&mut events).unwrap();
        let text = String::from_utf8_lossy(&events[..length]).into_owned();
        assert!(text.contains("seen") && !text.contains("secret-name"), "{text:?}");
    }
}
