//! Control data of a message (cmsg(3)): descriptors are fetched anew, and what could lead elsewhere is refused.

use super::super::Caller;
use super::socket::{Socket, errno};
use std::os::fd::{AsRawFd, OwnedFd};

/// `struct cmsghdr`: a length of eight bytes, a level and a kind of four each.
const HEADER: usize = 16;
/// SCM_MAX_FD.
const DESCRIPTORS: usize = 253;
const UDP_SEGMENT: i32 = 103;
const IPV6_HOPLIMIT: i32 = 52;

/// Control data in the broker's own words.
#[derive(Debug, Default)]
pub struct Control {
    pub bytes: Vec<u8>,
    /// Keeps open what `bytes` names.
    _descriptors: Vec<OwnedFd>,
}

/// One piece of it.
#[derive(Debug, PartialEq, Eq)]
struct Part<'a> {
    level: i32,
    kind: i32,
    data: &'a [u8],
}

impl Control {
    pub fn read(caller: &Caller, socket: &Socket, bytes: &[u8]) -> Result<Control, i32> {
        let mut control = Control::default();
        for part in parts(bytes)? {
            match (part.level, part.kind) {
                (libc::SOL_SOCKET, libc::SCM_RIGHTS) if socket.is_unix() => control.fetch(caller, part.data)?,
                // The broker can only say that it is itself.
                (libc::SOL_SOCKET, libc::SCM_CREDENTIALS) => return Err(libc::EPERM),
                (level, kind) if !socket.is_unix() && is_harmless(level, kind) => {
                    control.push(level, kind, part.data);
                }
                _ => return Err(libc::EINVAL),
            }
        }
        Ok(control)
    }

    fn fetch(&mut self, caller: &Caller, data: &[u8]) -> Result<(), i32> {
        if !data.len().is_multiple_of(4) || data.len() / 4 + self._descriptors.len() > DESCRIPTORS {
            return Err(libc::EINVAL);
        }
        let mut numbers = Vec::with_capacity(data.len());
        for number in data.chunks_exact(4) {
            let number = i32::from_ne_bytes(std::array::from_fn(|index| number[index]));
            let descriptor = caller.descriptor(number).map_err(|error| errno(&error))?;
            numbers.extend_from_slice(&descriptor.as_raw_fd().to_ne_bytes());
            self._descriptors.push(descriptor);
        }
        self.push(libc::SOL_SOCKET, libc::SCM_RIGHTS, &numbers);
        Ok(())
    }

    fn push(&mut self, level: i32, kind: i32, data: &[u8]) {
        self.bytes.extend_from_slice(&((HEADER + data.len()) as u64).to_ne_bytes());
        self.bytes.extend_from_slice(&level.to_ne_bytes());
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        self.bytes.extend_from_slice(data);
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
    }
}

/// What only says how a datagram looks, or from which of this machine's addresses it comes. IP options and routing
/// headers, which say where it goes, are not among these.
fn is_harmless(level: i32, kind: i32) -> bool {
    match level {
        libc::SOL_UDP => kind == UDP_SEGMENT,
        libc::IPPROTO_IP => matches!(kind, libc::IP_TOS | libc::IP_TTL | libc::IP_PKTINFO),
        libc::IPPROTO_IPV6 => matches!(kind, libc::IPV6_TCLASS | IPV6_HOPLIMIT | libc::IPV6_PKTINFO),
        libc::SOL_SOCKET => kind == libc::SO_TIMESTAMPING,
        _ => false,
    }
}

/// The parts, as the kernel walks them.
fn parts(mut bytes: &[u8]) -> Result<Vec<Part<'_>>, i32> {
    let mut parts = Vec::new();
    while bytes.len() >= HEADER {
        let int = |at: usize| i32::from_ne_bytes(std::array::from_fn(|index| bytes[at + index]));
        let length = u64::from_ne_bytes(std::array::from_fn(|index| bytes[index]));
        let length = usize::try_from(length).map_err(|_| libc::EINVAL)?;
        let data = bytes.get(HEADER..length).ok_or(libc::EINVAL)?;
        parts.push(Part { level: int(8), kind: int(12), data });
        bytes = bytes.get(length.next_multiple_of(8)..).unwrap_or_default();
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_they_were_written() {
        let mut control = Control::default();
        control.push(libc::SOL_UDP, UDP_SEGMENT, &[1, 2]);
        control.push(libc::IPPROTO_IP, libc::IP_TOS, &[3]);
        let read = parts(&control.bytes).unwrap();
        assert_eq!(read[0], Part { level: libc::SOL_UDP, kind: UDP_SEGMENT, data: &[1, 2] });
        assert_eq!(read[1], Part { level: libc::IPPROTO_IP, kind: libc::IP_TOS, data: &[3] });
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        for length in [0u64, 15, 17, u64::MAX, 1 << 63] {
            let mut bytes = length.to_ne_bytes().to_vec();
            bytes.resize(HEADER, 0);
            assert_eq!(parts(&bytes), Err(libc::EINVAL), "{length}");
        }
    }

    #[test]
    fn routes_and_options_are_refused() {
        assert!(!is_harmless(libc::IPPROTO_IP, libc::IP_RETOPTS));
        assert!(!is_harmless(libc::IPPROTO_IPV6, libc::IPV6_RTHDR));
        assert!(!is_harmless(libc::SOL_SOCKET, libc::SO_MARK));
    }
}
