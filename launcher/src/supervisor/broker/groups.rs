//! Multicast groups: joining one is told to the network, so it wants a `net` grant that covers the group's address, on
//! whichever port.

use super::{Answer, Broker, Call, Caller};
use crate::denial::Denial;
use crate::policy::{NetPattern, Permission, PortPattern, Request};
use crate::sys::socket;
use libc::{EINVAL, IPPROTO_IP, IPPROTO_IPV6, c_int};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsFd;

/// `struct group_source_req`, the longest of the requests.
const LONGEST: u64 = 264;
/// Where the group's address stands in `struct group_req` and `group_source_req`: behind the interface's number.
const GROUP: usize = 8;

/// `setsockopt(socket, level, name, value, length)`, of the options that the filter sends here.
pub fn set(broker: &Broker, caller: &Caller, call: &Call) -> Answer {
    let [number, level, name, value, length, _] = call.arguments;
    let (number, level, name) = (number as c_int, level as c_int, name as c_int);
    if length > LONGEST {
        return Answer::Error(EINVAL);
    }
    let mut request = vec![0; length as usize];
    if let Err(error) = caller.read_memory(value, &mut request) {
        return error.into();
    }
    let Some(group) = group(level, name, &request) else { return Answer::Error(EINVAL) };
    if !covers(broker, group) {
        broker.reports.tell(Denial::by_broker(Permission::Net, group.to_string()));
        return Answer::Error(libc::EACCES);
    }
    let socket = match caller.descriptor(number) {
        Ok(socket) => socket,
        Err(error) => return error.into(),
    };
    if !caller.still_waits() {
        return Answer::Error(libc::ESRCH);
    }
    socket::set_option(socket.as_fd(), level, name, &request).map(|()| 0).into()
}

fn group(level: c_int, name: c_int, request: &[u8]) -> Option<IpAddr> {
    match (level, name) {
        (_, libc::MCAST_JOIN_GROUP | libc::MCAST_LEAVE_GROUP)
        | (_, libc::MCAST_JOIN_SOURCE_GROUP | libc::MCAST_LEAVE_SOURCE_GROUP) => socket_address(request.get(GROUP..)?),
        (IPPROTO_IP, _) => Some(Ipv4Addr::from(*request.first_chunk::<4>()?).into()),
        (IPPROTO_IPV6, _) => Some(Ipv6Addr::from(*request.first_chunk::<16>()?).into()),
        _ => None,
    }
}

/// `struct sockaddr_in` or `sockaddr_in6`.
fn socket_address(bytes: &[u8]) -> Option<IpAddr> {
    match c_int::from(u16::from_ne_bytes(*bytes.first_chunk()?)) {
        libc::AF_INET => Some(Ipv4Addr::from(*bytes.get(4..)?.first_chunk::<4>()?).into()),
        libc::AF_INET6 => Some(Ipv6Addr::from(*bytes.get(8..)?.first_chunk::<16>()?).into()),
        _ => None,
    }
}

/// Whether the group may be reached on any port that a grant names.
fn covers(broker: &Broker, group: IpAddr) -> bool {
    broker.policy.allow.net.iter().any(|grant| match &grant.pattern {
        NetPattern::Unix(_) => false,
        NetPattern::Host { port, .. } => {
            let port = match port {
                PortPattern::Any => 0,
                PortPattern::One(port) | PortPattern::Range(port, _) => *port,
            };
            let request = Request::Connect { address: SocketAddr::new(group, port), names: &[] };
            broker.policy.decide(&request).allowed()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_group_is_found_in_every_form_of_the_request() {
        let v4 = IpAddr::from([224, 0, 0, 251]);
        assert_eq!(group(IPPROTO_IP, libc::IP_ADD_MEMBERSHIP, &[224, 0, 0, 251, 0, 0, 0, 0]), Some(v4));
        let v6: Ipv6Addr = "ff02::fb".parse().unwrap();
        let mut request = v6.octets().to_vec();
        request.extend([0; 4]);
        assert_eq!(group(IPPROTO_IPV6, libc::IPV6_ADD_MEMBERSHIP, &request), Some(v6.into()));
        let mut request = vec![0; 264];
        request[8..10].copy_from_slice(&(libc::AF_INET as u16).to_ne_bytes());
        request[12..16].copy_from_slice(&[224, 0, 0, 251]);
        assert_eq!(group(IPPROTO_IP, libc::MCAST_JOIN_SOURCE_GROUP, &request), Some(v4));
        assert_eq!(group(IPPROTO_IP, libc::IP_ADD_MEMBERSHIP, &[224]), None);
        assert_eq!(group(IPPROTO_IPV6, libc::MCAST_JOIN_GROUP, &[0; 9]), None);
    }
}
