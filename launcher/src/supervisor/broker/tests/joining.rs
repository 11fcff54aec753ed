use super::Place;
use crate::policy::Outline;
use crate::sys::seccomp;
use std::fs::File;
use std::io::{Read as _, Write as _};

#[test]
fn who_asks_what_the_jail_is_gets_an_outline_that_cannot_be_changed() {
    let place = Place::new();
    let (outline, written) = place.jailed(|| {
        let mut file = File::from(seccomp::ask_around().expect("a jail is around"));
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("it can be read");
        (Outline::decode(&bytes), file.write(b"x").map_err(|error| error.raw_os_error()))
    });
    assert_eq!(outline.map(|outline| outline.home()), Some(place.root.clone()));
    assert_eq!(written, Err(Some(libc::EPERM)));
}

#[test]
fn outside_of_a_jail_nobody_answers() {
    assert!(seccomp::ask_around().is_none());
}
