//! sendmsg(2) and sendmmsg(2), with messages laid out in memory in every way that the broker tells apart.

use super::{Place, errno};
use crate::policy::{HostPattern, NetPattern, PortPattern};
use crate::sys::raw::call_with;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::Duration;

const HEADER: usize = 64;
const NAME: usize = 16;
const VECTOR: usize = 16;

/// How messages lie in memory.
#[derive(Clone, Copy)]
struct Layout {
    /// From a name to its vector.
    apart: usize,
    /// From one name to the next.
    each: usize,
}

const NEAR: Layout = Layout { apart: NAME, each: NAME + VECTOR };
const FAR: Layout = Layout { apart: 40_000, each: NAME };

/// A sendmmsg(2) of one datagram to each port of loopback; `spoil` may change the headers. Gives the call's value, and
/// the lengths that were written.
fn send_to(ports: &[u16], layout: Layout, spoil: impl FnOnce(&mut [u8])) -> (Result<i64, Option<i32>>, Vec<u32>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let names = ports.len() * HEADER;
    let mut memory = vec![0u8; names + ports.len() * layout.each + layout.apart + VECTOR + 64];
    let start = memory.as_ptr() as u64;
    for (index, port) in ports.iter().enumerate() {
        let (header, name) = (index * HEADER, names + index * layout.each);
        let (vector, data) = (name + layout.apart, memory.len() - 64 + index);
        let mut put = |at: usize, bytes: &[u8]| memory[at..at + bytes.len()].copy_from_slice(bytes);
        put(header, &(start + name as u64).to_ne_bytes());
        put(header + 8, &(NAME as u64).to_ne_bytes());
        put(header + 16, &(start + vector as u64).to_ne_bytes());
        put(header + 24, &1u64.to_ne_bytes());
        put(name, &(libc::AF_INET as u16).to_ne_bytes());
        put(name + 2, &port.to_be_bytes());
        put(name + 4, &Ipv4Addr::LOCALHOST.octets());
        put(vector, &(start + data as u64).to_ne_bytes());
        put(vector + 8, &1u64.to_ne_bytes());
        put(data, &[b'a' + index as u8]);
    }
    spoil(&mut memory[..names]);
    let arguments = [socket.as_raw_fd() as u64, start, ports.len() as u64, 0, 0, 0];
    let sent = call_with(libc::SYS_sendmmsg, arguments, &mut memory);
    let length = |header: &[u8]| u32::from_ne_bytes(*header[56..].first_chunk().unwrap());
    (sent.map_err(|error| errno::<()>(Err(error))), memory[..names].chunks(HEADER).map(length).collect())
}

/// A socket outside of the jail.
fn listener() -> (UdpSocket, u16) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let port = socket.local_addr().unwrap().port();
    (socket, port)
}

fn heard(socket: &UdpSocket) -> String {
    let mut byte = [0];
    std::iter::from_fn(|| socket.recv(&mut byte).ok().map(|_| char::from(byte[0]))).collect()
}

fn granting(port: u16) -> Place {
    let host = HostPattern::Address(Ipv4Addr::LOCALHOST.into());
    Place::new().with_net(NetPattern::Host { host, port: PortPattern::One(port), private: false })
}

#[test]
fn many_datagrams_of_one_call_all_arrive_in_order() {
    for layout in [NEAR, FAR] {
        let (socket, port) = listener();
        let (sent, lengths) = granting(port).jailed(move || send_to(&[port; 20], layout, |_| ()));
        assert_eq!((sent, lengths), (Ok(20), vec![1; 20]));
        assert_eq!(heard(&socket), "abcdefghijklmnopqrst");
    }
}

#[test]
fn a_datagram_that_is_refused_ends_the_call_and_leaves_those_before_it() {
    for layout in [NEAR, FAR] {
        let ((socket, port), (other, forbidden)) = (listener(), listener());
        let (sent, lengths) = granting(port).jailed(move || send_to(&[port, port, forbidden, port], layout, |_| ()));
        assert_eq!((sent, lengths), (Ok(2), vec![1, 1, 0, 0]));
        assert_eq!((heard(&socket), heard(&other)), ("ab".into(), String::new()));
        let (sent, _) = granting(port).jailed(move || send_to(&[forbidden, port], layout, |_| ()));
        assert_eq!(sent, Err(Some(libc::EACCES)));
        assert_eq!((heard(&socket), heard(&other)), (String::new(), String::new()));
    }
}

#[test]
fn a_pointer_to_nowhere_fails_for_its_own_message_only() {
    let (socket, port) = listener();
    let spoil = |headers: &mut [u8]| headers[3 * HEADER + 16..][..8].copy_from_slice(&8u64.to_ne_bytes());
    let (sent, lengths) = granting(port).jailed(move || send_to(&[port; 6], NEAR, spoil));
    assert_eq!((sent, lengths), (Ok(3), vec![1, 1, 1, 0, 0, 0]));
    assert_eq!(heard(&socket), "abc");
}
