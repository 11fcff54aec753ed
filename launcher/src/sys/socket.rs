//! Sockets, by descriptors that the broker owns (socket(7), ip(7), unix(7)).

use super::check;
use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Longest socket name that the kernel takes (`struct sockaddr_storage`).
pub const NAME_LIMIT: usize = 128;

/// What a socket is, as the kernel knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    pub domain: i32,
    pub variety: i32,
    pub protocol: i32,
}

/// A socket's name in the kernel's form.
#[derive(Clone, Copy)]
pub struct RawName {
    bytes: [u8; NAME_LIMIT],
    length: usize,
}

impl RawName {
    /// `None` when `bytes` is longer than any name.
    pub fn new(bytes: &[u8]) -> Option<RawName> {
        let mut name = RawName { bytes: [0; NAME_LIMIT], length: bytes.len() };
        name.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(name)
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// What one sendmsg(2) sends. Empty slices are absent parts.
#[derive(Clone, Copy, Default)]
pub struct Message<'a> {
    pub name: &'a [u8],
    pub data: &'a [u8],
    pub control: &'a [u8],
    pub flags: i32,
}

/// A new socket; close-on-exec.
pub fn socket(domain: i32, variety: i32, protocol: i32) -> io::Result<OwnedFd> {
    // SAFETY: socket touches no memory.
    let number = check(unsafe { libc::socket(domain, variety | libc::SOCK_CLOEXEC, protocol) })?;
    // SAFETY: socket just gave us the number, so nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

pub fn kind(socket: BorrowedFd<'_>) -> io::Result<Kind> {
    Ok(Kind {
        domain: option(socket, libc::SO_DOMAIN)?,
        variety: option(socket, libc::SO_TYPE)?,
        protocol: option(socket, libc::SO_PROTOCOL)?,
    })
}

/// A number that no other socket of this machine has or will have (`SO_COOKIE`, Linux 4.12).
pub fn cookie(socket: BorrowedFd<'_>) -> io::Result<u64> {
    option(socket, libc::SO_COOKIE)
}

/// How long a send, or a connect, of this socket waits: `None` is for ever (`SO_SNDTIMEO`).
pub fn send_timeout(socket: BorrowedFd<'_>) -> io::Result<Option<Duration>> {
    let [seconds, microseconds] = option::<[i64; 2]>(socket, libc::SO_SNDTIMEO)?;
    let time = Duration::from_secs(seconds.unsigned_abs()) + Duration::from_micros(microseconds.unsigned_abs());
    Ok((!time.is_zero()).then_some(time))
}

/// How long a receive of this socket waits: `None` is for ever (`SO_RCVTIMEO`).
pub fn receive_timeout(socket: BorrowedFd<'_>) -> io::Result<Option<Duration>> {
    let [seconds, microseconds] = option::<[i64; 2]>(socket, libc::SO_RCVTIMEO)?;
    let time = Duration::from_secs(seconds.unsigned_abs()) + Duration::from_micros(microseconds.unsigned_abs());
    Ok((!time.is_zero()).then_some(time))
}

/// One option of level SOL_SOCKET.
fn option<T: Copy + Default>(socket: BorrowedFd<'_>, name: i32) -> io::Result<T> {
    let mut value = T::default();
    let mut length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes into `value`, a plain number or an array of them.
    check(unsafe {
        libc::getsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, name, (&raw mut value).cast(), &raw mut length)
    })?;
    Ok(value)
}

pub fn connect(socket: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
    // SAFETY: the kernel reads `name` and no more.
    check(unsafe { libc::connect(socket.as_raw_fd(), name.as_ptr().cast(), name.len() as libc::socklen_t) })?;
    Ok(())
}

pub fn bind(socket: BorrowedFd<'_>, name: &[u8]) -> io::Result<()> {
    // SAFETY: the kernel reads `name` and no more.
    check(unsafe { libc::bind(socket.as_raw_fd(), name.as_ptr().cast(), name.len() as libc::socklen_t) })?;
    Ok(())
}

pub fn listen(socket: BorrowedFd<'_>, backlog: i32) -> io::Result<()> {
    // SAFETY: listen touches no memory.
    check(unsafe { libc::listen(socket.as_raw_fd(), backlog) })?;
    Ok(())
}

/// The name that the socket is bound to.
pub fn local_name(socket: BorrowedFd<'_>) -> io::Result<RawName> {
    let mut name = RawName { bytes: [0; NAME_LIMIT], length: 0 };
    let mut length = NAME_LIMIT as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes, which `name.bytes` has.
    check(unsafe { libc::getsockname(socket.as_raw_fd(), name.bytes.as_mut_ptr().cast(), &raw mut length) })?;
    name.length = (length as usize).min(NAME_LIMIT);
    Ok(name)
}

/// Whether the socket is connected (getpeername(2)).
pub fn has_peer(socket: BorrowedFd<'_>) -> bool {
    let mut name = [0_u8; NAME_LIMIT];
    let mut length = NAME_LIMIT as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes, which `name` has.
    check(unsafe { libc::getpeername(socket.as_raw_fd(), name.as_mut_ptr().cast(), &raw mut length) }).is_ok()
}

/// Sends in one call (sendmsg(2)). Returns how many bytes were taken.
pub fn send(socket: BorrowedFd<'_>, message: &Message<'_>) -> io::Result<usize> {
    let mut data = libc::iovec { iov_base: message.data.as_ptr().cast_mut().cast(), iov_len: message.data.len() };
    let header = header(message, &raw mut data);
    // SAFETY: sendmsg only reads, and the header points to slices that live as long as the call.
    let sent = check(unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const header, message.flags) })?;
    Ok(sent as usize)
}

/// Sends up to 16 messages in one call (sendmmsg(2)). Returns how many bytes were taken of each that was sent; an error
/// is the first one's.
pub fn send_together(socket: BorrowedFd<'_>, messages: &[Message<'_>], flags: i32) -> io::Result<Vec<u32>> {
    let mut data = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; 16];
    let messages = &messages[..messages.len().min(data.len())];
    let mut headers = Vec::with_capacity(messages.len());
    for (message, data) in messages.iter().zip(&mut data) {
        *data = libc::iovec { iov_base: message.data.as_ptr().cast_mut().cast(), iov_len: message.data.len() };
        headers.push(libc::mmsghdr { msg_hdr: header(message, data), msg_len: 0 });
    }
    // Not by the C library: musl's makes a call of each message.
    // SAFETY: sendmmsg reads the messages, which live as long as the call, and writes `msg_len` of as many headers.
    let sent = check(unsafe {
        libc::syscall(libc::SYS_sendmmsg, socket.as_raw_fd(), headers.as_mut_ptr(), headers.len(), flags)
    })?;
    Ok(headers.iter().take(sent as usize).map(|header| header.msg_len).collect())
}

fn header(message: &Message<'_>, data: *mut libc::iovec) -> libc::msghdr {
    // SAFETY: `msghdr` is plain data, for which all zeroes is a value.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_iov = data;
    header.msg_iovlen = 1;
    if !message.name.is_empty() {
        header.msg_name = message.name.as_ptr().cast_mut().cast();
        header.msg_namelen = message.name.len() as libc::socklen_t;
    }
    if !message.control.is_empty() {
        header.msg_control = message.control.as_ptr().cast_mut().cast();
        header.msg_controllen = message.control.len() as _;
    }
    header
}

/// Receives into `into` (recvfrom(2)): how many bytes, and from where.
pub fn receive(socket: BorrowedFd<'_>, into: &mut [u8], flags: i32) -> io::Result<(usize, RawName)> {
    let mut name = RawName { bytes: [0; NAME_LIMIT], length: 0 };
    let mut length = NAME_LIMIT as libc::socklen_t;
    // SAFETY: the kernel writes at most `into.len()` and `length` bytes to buffers of these sizes.
    let received = check(unsafe {
        libc::recvfrom(
            socket.as_raw_fd(),
            into.as_mut_ptr().cast(),
            into.len(),
            flags,
            name.bytes.as_mut_ptr().cast(),
            &raw mut length,
        )
    })?;
    name.length = (length as usize).min(NAME_LIMIT);
    Ok((received as usize, name))
}

/// Whether calls on it return at once. The flag belongs to the description, which duplicates share.
pub fn is_nonblocking(descriptor: BorrowedFd<'_>) -> io::Result<bool> {
    // SAFETY: F_GETFL touches no memory.
    let flags = check(unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_GETFL) })?;
    Ok(flags & libc::O_NONBLOCK != 0)
}

pub fn set_nonblocking(descriptor: BorrowedFd<'_>, wanted: Waiting) -> io::Result<()> {
    // SAFETY: F_GETFL touches no memory.
    let flags = check(unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_GETFL) })?;
    let flags = match wanted {
        Waiting::Never => flags | libc::O_NONBLOCK,
        Waiting::WhereNeeded => flags & !libc::O_NONBLOCK,
    };
    // SAFETY: F_SETFL touches no memory.
    check(unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_SETFL, flags) })?;
    Ok(())
}

/// Whether calls on a description may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    Never,
    WhereNeeded,
}

/// One descriptor to wait for, and what happened to it (poll(2)).
pub type Interest = libc::pollfd;

pub fn interest(descriptor: BorrowedFd<'_>, events: i16) -> Interest {
    Interest { fd: descriptor.as_raw_fd(), events, revents: 0 }
}

/// Nothing happens to this one.
pub fn no_interest() -> Interest {
    Interest { fd: -1, events: 0, revents: 0 }
}

/// Waits until something happens to one of `interests`, or until `timeout` is over. An interruption ends it early.
pub fn wait(interests: &mut [Interest], timeout: Option<Duration>) -> io::Result<usize> {
    // Rounded up: a wait must not end just before its time.
    let milliseconds = timeout.map_or(-1, |time| i32::try_from(time.as_micros().div_ceil(1000)).unwrap_or(i32::MAX));
    // SAFETY: the kernel writes `revents` of the slice's items only.
    let ready = check(unsafe { libc::poll(interests.as_mut_ptr(), interests.len() as libc::nfds_t, milliseconds) });
    match ready {
        Ok(count) => Ok(count as usize),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(0),
        Err(error) => Err(error),
    }
}

/// The number of an interface, `eth0`.
pub fn interface_number(name: &std::ffi::CStr) -> Option<u32> {
    // SAFETY: `name` ends with a NUL.
    let number = unsafe { libc::if_nametoindex(name.as_ptr()) };
    (number != 0).then_some(number)
}

/// The name of the interface with this number.
pub fn interface_name(number: u32) -> Option<std::ffi::CString> {
    let mut name = [0 as libc::c_char; libc::IFNAMSIZ];
    // SAFETY: the kernel's names, with their NUL, are no longer than IFNAMSIZ, which `name` has.
    if unsafe { libc::if_indextoname(number, name.as_mut_ptr()) }.is_null() {
        return None;
    }
    let name: Vec<u8> = name.iter().map(|byte| byte.cast_unsigned()).take_while(|byte| *byte != 0).collect();
    std::ffi::CString::new(name).ok()
}

/// The inode of the socket itself, as in the kernel's lists.
pub fn inode(socket: BorrowedFd<'_>) -> io::Result<u64> {
    let mut status = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the kernel writes one `stat`.
    check(unsafe { libc::fstat(socket.as_raw_fd(), status.as_mut_ptr()) })?;
    // SAFETY: fstat succeeded, so it is written.
    Ok(unsafe { status.assume_init() }.st_ino)
}

/// Ends both directions of a connection.
pub fn shut_down(socket: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: shutdown touches no memory.
    check(unsafe { libc::shutdown(socket.as_raw_fd(), libc::SHUT_RDWR) })?;
    Ok(())
}

pub fn set_option(socket: BorrowedFd<'_>, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
    let length = value.len() as libc::socklen_t;
    // SAFETY: the kernel reads `length` bytes of `value`.
    check(unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, value.as_ptr().cast(), length) })?;
    Ok(())
}
