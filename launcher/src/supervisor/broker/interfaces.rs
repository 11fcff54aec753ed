//! Names and numbers of network interfaces: a link-local address is written `fe80::1%eth0`, and the engine turns one into
//! the other for each datagram from such an address.

use super::{Answer, Broker, Call, Caller};
use crate::policy::Policy;
use crate::sys::socket;
use libc::{EINVAL, ENODEV, SIOCGIFINDEX, SIOCGIFNAME};
use std::ffi::{CStr, CString};

/// `struct ifreq` begins with a name, and here the number stands behind it.
const NAME: usize = libc::IFNAMSIZ;
const REQUEST: usize = NAME + 4;
/// The kernel takes commands as unsigned ints.
const COMMAND: u64 = u32::MAX as u64;
/// The loopback's number in every network namespace (LOOPBACK_IFINDEX, net/flow.h).
const LOOPBACK: u32 = 1;

/// `ioctl(socket, command, request)`, of the commands that the filter sends here.
pub fn ask(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [_, command, request, ..] = call.arguments;
    let mut bytes = [0; REQUEST];
    if let Err(error) = caller.read_memory(request, &mut bytes) {
        return error.into();
    }
    let answer = match answer(command & COMMAND, &bytes, &broker.policy) {
        Ok(answer) => answer,
        Err(error) => return Answer::Error(error),
    };
    if !caller.still_waits() {
        return Answer::Error(libc::ESRCH);
    }
    caller.write_memory(request, &answer).map(|()| 0).into()
}

fn answer(command: u64, request: &[u8; REQUEST], policy: &Policy) -> Result<[u8; REQUEST], i32> {
    let (name, number) = request.split_at(NAME);
    let (name, number) = match command {
        SIOCGIFNAME => {
            let number = u32::from_ne_bytes(*number.first_chunk().ok_or(EINVAL)?);
            (socket::interface_name(number).ok_or(ENODEV)?, number)
        }
        SIOCGIFINDEX => {
            let name = CStr::from_bytes_until_nul(name).map_err(|_| ENODEV)?;
            (CString::from(name), socket::interface_number(name).ok_or(ENODEV)?)
        }
        _ => return Err(EINVAL),
    };
    // Which others this machine has is no business of a program that stays on it.
    if number != LOOPBACK && !policy.reaches_beyond_loopback() && !policy.listens_beyond_loopback() {
        return Err(ENODEV);
    }
    let mut answer = [0; REQUEST];
    answer[..name.as_bytes().len()].copy_from_slice(name.as_bytes());
    answer[NAME..].copy_from_slice(&number.to_ne_bytes());
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Grant, Grants, ListenPattern, Origin, PortPattern};

    fn by_name(name: &str) -> [u8; REQUEST] {
        let mut request = [0; REQUEST];
        request[..name.len()].copy_from_slice(name.as_bytes());
        request
    }

    fn by_number(number: u32) -> [u8; REQUEST] {
        let mut request = [0; REQUEST];
        request[NAME..].copy_from_slice(&number.to_ne_bytes());
        request
    }

    fn listening_at(address: &str) -> Policy {
        let pattern = ListenPattern { address: address.parse().ok(), port: PortPattern::Any };
        let grant = Grant { pattern, text: String::new(), origin: Origin::Default("test") };
        Policy { allow: Grants { listen: vec![grant], ..Grants::default() }, ..Policy::default() }
    }

    #[test]
    fn names_and_numbers_are_each_others() {
        let policy = Policy::default();
        let both = [&by_name("lo")[..NAME], &1_u32.to_ne_bytes()].concat();
        assert_eq!(answer(SIOCGIFINDEX, &by_name("lo"), &policy).unwrap()[..], both);
        assert_eq!(answer(SIOCGIFNAME, &by_number(1), &policy).unwrap()[..], both);
        assert_eq!(answer(SIOCGIFNAME, &by_number(9_999_999), &policy), Err(ENODEV));
        assert_eq!(answer(SIOCGIFINDEX, &[b'x'; REQUEST], &policy), Err(ENODEV));
    }

    #[test]
    fn other_interfaces_are_told_to_whom_may_leave_the_machine() {
        let Some(other) = (2..50).find(|number| socket::interface_name(*number).is_some()) else { return };
        assert_eq!(answer(SIOCGIFNAME, &by_number(other), &Policy::default()), Err(ENODEV));
        assert_eq!(answer(SIOCGIFNAME, &by_number(other), &listening_at("127.0.0.1")), Err(ENODEV));
        assert!(answer(SIOCGIFNAME, &by_number(other), &listening_at("every")).is_ok());
    }
}
