//! Which sockets of this machine have a port, or are still there: the kernel's own list (sock_diag(7)).

use crate::sys::socket::{self, Message};
use std::io;
use std::os::fd::{AsFd, OwnedFd};

const NETLINK_SOCK_DIAG: i32 = 4;
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_DUMP: u16 = 0x300;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const HEADER: usize = 16;
/// `UDIAG_SHOW_VFS`, and the attribute that it asks for.
const SHOW_FILE: u32 = 2;
const UNIX_DIAG_VFS: u16 = 1;
/// Room for one answer of the kernel: it fills at most 32 KiB at a time.
const ROOM: usize = 32 * 1024;

/// What sockets are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ports {
    ListeningTcp,
    Udp,
}

/// The cookies of all sockets with this local port, of both families.
pub fn cookies_at_port(ports: Ports, port: u16) -> io::Result<Vec<u64>> {
    let mut cookies = Vec::new();
    for family in [libc::AF_INET, libc::AF_INET6] {
        let request = internet_request(family, ports, port);
        for reply in ask(&request, NLM_F_DUMP)? {
            // struct inet_diag_msg: four bytes, then struct inet_diag_sockid, which begins with the port.
            let (Some(own), Some(cookie)) = (reply.get(4..6), reply.get(44..52)) else { continue };
            if own == port.to_be_bytes() {
                cookies.push(read_cookie(cookie));
            }
        }
    }
    Ok(cookies)
}

/// The inode that a unix socket is bound to, 0 for none; an error where the socket is gone.
pub fn file_of_unix_socket(inode: u64, cookie: u64) -> io::Result<u32> {
    // struct unix_diag_req.
    let mut request = vec![libc::AF_UNIX as u8, 0, 0, 0];
    request.extend_from_slice(&u32::MAX.to_ne_bytes());
    request.extend_from_slice(&(inode as u32).to_ne_bytes());
    request.extend_from_slice(&SHOW_FILE.to_ne_bytes());
    request.extend_from_slice(&(cookie as u32).to_ne_bytes());
    request.extend_from_slice(&((cookie >> 32) as u32).to_ne_bytes());
    let replies = ask(&request, 0)?;
    let reply = replies.first().ok_or(io::ErrorKind::NotFound)?;
    Ok(attribute(reply.get(16..).unwrap_or_default(), UNIX_DIAG_VFS).unwrap_or(0))
}

/// struct inet_diag_req_v2.
fn internet_request(family: i32, ports: Ports, port: u16) -> Vec<u8> {
    const LISTENING: u32 = 1 << 10;
    let (protocol, states) = match ports {
        Ports::ListeningTcp => (libc::IPPROTO_TCP, LISTENING),
        Ports::Udp => (libc::IPPROTO_UDP, u32::MAX),
    };
    let mut request = vec![family as u8, protocol as u8, 0, 0];
    request.extend_from_slice(&states.to_ne_bytes());
    request.extend_from_slice(&port.to_be_bytes());
    request.resize(56, 0);
    request
}

fn read_cookie(bytes: &[u8]) -> u64 {
    let half = |range: std::ops::Range<usize>| {
        bytes.get(range).and_then(|bytes| bytes.try_into().ok()).map_or(0, |bytes| u64::from(u32::from_ne_bytes(bytes)))
    };
    half(0..4) | half(4..8) << 32
}

/// The first word of an attribute (struct nlattr: length, kind, value).
fn attribute(mut bytes: &[u8], kind: u16) -> Option<u32> {
    loop {
        let length = usize::from(u16::from_ne_bytes(*bytes.first_chunk()?));
        let own = u16::from_ne_bytes(*bytes.get(2..)?.first_chunk()?);
        if own == kind {
            return Some(u32::from_ne_bytes(*bytes.get(4..length)?.first_chunk()?));
        }
        bytes = bytes.get(length.max(4).next_multiple_of(4)..)?;
    }
}

/// Asks the kernel, and returns the bodies of its replies.
fn ask(request: &[u8], flags: u16) -> io::Result<Vec<Vec<u8>>> {
    let socket = socket::socket(libc::AF_NETLINK, libc::SOCK_RAW, NETLINK_SOCK_DIAG)?;
    let mut message = Vec::with_capacity(HEADER + request.len());
    message.extend_from_slice(&((HEADER + request.len()) as u32).to_ne_bytes());
    message.extend_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    message.extend_from_slice(&(NLM_F_REQUEST | flags).to_ne_bytes());
    message.extend_from_slice(&[0; 8]);
    message.extend_from_slice(request);
    socket::send(socket.as_fd(), &Message { data: &message, ..Message::default() })?;
    receive(&socket, flags)
}

fn receive(socket: &OwnedFd, flags: u16) -> io::Result<Vec<Vec<u8>>> {
    let mut bodies = Vec::new();
    let mut room = vec![0u8; ROOM];
    loop {
        let (length, _) = socket::receive(socket.as_fd(), &mut room, 0)?;
        let mut rest = &room[..length];
        while let Some((kind, body, next)) = split(rest) {
            match kind {
                NLMSG_DONE => return Ok(bodies),
                NLMSG_ERROR => return Err(error(body)),
                _ => bodies.push(body.to_vec()),
            }
            rest = next;
        }
        if flags & NLM_F_DUMP == 0 {
            return Ok(bodies);
        }
    }
}

/// The first message (struct nlmsghdr), and what follows it.
fn split(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = u32::from_ne_bytes(*bytes.first_chunk()?) as usize;
    let kind = u16::from_ne_bytes(*bytes.get(4..)?.first_chunk()?);
    let body = bytes.get(HEADER..length)?;
    Some((kind, body, bytes.get(length.next_multiple_of(4)..).unwrap_or_default()))
}

fn error(body: &[u8]) -> io::Error {
    let number = body.first_chunk().map_or(libc::EIO, |bytes| -i32::from_ne_bytes(*bytes));
    io::Error::from_raw_os_error(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, UdpSocket};
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_listener_is_found_by_its_port() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let cookie = socket::cookie(listener.as_fd()).unwrap();
        assert_eq!(cookies_at_port(Ports::ListeningTcp, port).unwrap(), [cookie]);
        drop(listener);
        assert!(cookies_at_port(Ports::ListeningTcp, port).unwrap().is_empty());
    }

    #[test]
    fn a_datagram_socket_is_found_by_its_port() {
        let socket = UdpSocket::bind("[::1]:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        assert_eq!(cookies_at_port(Ports::Udp, port).unwrap(), [socket::cookie(socket.as_fd()).unwrap()]);
    }

    #[test]
    fn a_unix_socket_is_known_with_its_file_until_it_is_closed() {
        let path = std::env::temp_dir().join(format!("cordon-diagnosis-{}", std::process::id()));
        let listener = UnixListener::bind(&path).unwrap();
        let file = std::fs::metadata(&path).unwrap().ino();
        std::fs::remove_file(&path).unwrap();
        let cookie = socket::cookie(listener.as_fd()).unwrap();
        let inode = socket::inode(listener.as_fd()).unwrap();
        assert_eq!(file_of_unix_socket(inode, cookie).unwrap(), file as u32);
        assert!(file_of_unix_socket(inode, cookie + 1).is_err());
        drop(listener);
        assert!(file_of_unix_socket(inode, cookie).is_err());
    }
}
