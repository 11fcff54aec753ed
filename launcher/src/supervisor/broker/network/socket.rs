//! A caller's socket: a duplicate that the broker acts on, and what the kernel says it is.

use super::super::Caller;
use super::{Network, lock};
use crate::sys::socket::{self, Kind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

#[derive(Debug)]
pub struct Socket {
    descriptor: OwnedFd,
    /// A number that only this socket has, of all that ever were.
    pub cookie: u64,
    pub family: Family,
    pub style: Style,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    V4,
    V6,
    Unix,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Stream,
    Datagram,
    /// Unix only: a stream of messages.
    Sequence,
}

impl Network {
    /// The socket behind the caller's descriptor `number`. What it is never changes, so it is asked once for each.
    pub fn take(&self, caller: &Caller, number: u64) -> Result<Socket, i32> {
        // Descriptors are ints: the kernel looks at the lower half only.
        let descriptor = caller.descriptor(number as i32).map_err(|error| errno(&error))?;
        let cookie = socket::cookie(descriptor.as_fd()).map_err(|error| errno(&error))?;
        let known = lock(&self.kinds).get(&cookie).copied();
        if let Some((family, style)) = known {
            return Ok(Socket { descriptor, cookie, family, style });
        }
        let socket = Socket::new(descriptor)?;
        lock(&self.kinds).insert(cookie, (socket.family, socket.style));
        Ok(socket)
    }
}

impl Socket {
    /// If it is of a kind that a jail may have.
    pub fn new(descriptor: OwnedFd) -> Result<Socket, i32> {
        let cookie = socket::cookie(descriptor.as_fd()).map_err(|error| errno(&error))?;
        let kind = socket::kind(descriptor.as_fd()).map_err(|error| errno(&error))?;
        let (family, style) = known(kind).ok_or(libc::EACCES)?;
        Ok(Socket { descriptor, cookie, family, style })
    }

    pub fn is_unix(&self) -> bool {
        self.family == Family::Unix
    }

    pub fn waits(&self) -> bool {
        socket::is_nonblocking(self.as_fd()).is_ok_and(|never| !never)
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

/// Only TCP and UDP: MPTCP, for one, connects past every rule on TCP.
fn known(kind: Kind) -> Option<(Family, Style)> {
    let style = match (kind.domain, kind.variety, kind.protocol) {
        (libc::AF_INET | libc::AF_INET6, libc::SOCK_STREAM, libc::IPPROTO_TCP) => Style::Stream,
        (libc::AF_INET | libc::AF_INET6, libc::SOCK_DGRAM, libc::IPPROTO_UDP) => Style::Datagram,
        (libc::AF_UNIX, libc::SOCK_STREAM, _) => Style::Stream,
        (libc::AF_UNIX, libc::SOCK_DGRAM, _) => Style::Datagram,
        (libc::AF_UNIX, libc::SOCK_SEQPACKET, _) => Style::Sequence,
        _ => return None,
    };
    let family = match kind.domain {
        libc::AF_INET => Family::V4,
        libc::AF_INET6 => Family::V6,
        _ => Family::Unix,
    };
    Some((family, style))
}

/// The kernel's number for what went wrong.
pub fn errno(error: &std::io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tcp_udp_and_unix_sockets_are_known() {
        for (domain, variety) in [(libc::AF_INET, libc::SOCK_STREAM), (libc::AF_INET6, libc::SOCK_DGRAM)] {
            assert!(Socket::new(socket::socket(domain, variety, 0).unwrap()).is_ok());
        }
        let unix = Socket::new(socket::socket(libc::AF_UNIX, libc::SOCK_SEQPACKET, 0).unwrap()).unwrap();
        assert_eq!((unix.family, unix.style), (Family::Unix, Style::Sequence));
    }

    #[test]
    fn other_protocols_are_refused() {
        let kind = |domain, variety, protocol| Kind { domain, variety, protocol };
        assert_eq!(known(kind(libc::AF_INET, libc::SOCK_STREAM, libc::IPPROTO_MPTCP)), None);
        assert_eq!(known(kind(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_UDP)), None);
        assert_eq!(known(kind(libc::AF_NETLINK, libc::SOCK_DGRAM, 0)), None);
    }

    #[test]
    fn a_file_is_no_socket() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert_eq!(Socket::new(file.into()).unwrap_err(), libc::ENOTSOCK);
    }
}
