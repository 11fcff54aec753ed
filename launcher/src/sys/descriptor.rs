//! Descriptors: closing, pipes, sockets that carry them, waiting for them.

use super::check;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// Closes every descriptor from `first` on.
pub fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: close_range touches no memory; the caller says that nothing owns these descriptors.
    check(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) })?;
    Ok(())
}

/// A pipe: the end to read from, the end to write to. Both close-on-exec.
pub fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: pipe2 writes two numbers into `ends`.
    check(unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) })?;
    Ok(own_two(ends))
}

/// Two connected sockets that keep messages apart and report the other's end. Both close-on-exec.
pub fn message_pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: socketpair writes two numbers into `ends`.
    check(unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) })?;
    Ok(own_two(ends))
}

fn own_two(ends: [RawFd; 2]) -> (OwnedFd, OwnedFd) {
    // SAFETY: the kernel just gave us both, so nothing else owns them.
    unsafe { (OwnedFd::from_raw_fd(ends[0]), OwnedFd::from_raw_fd(ends[1])) }
}

/// Makes an owner of a number that another thread or process with the same table opened for us.
pub fn own(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: fcntl with F_GETFD touches no memory.
    check(unsafe { libc::fcntl(number, libc::F_GETFD) })?;
    // SAFETY: it is open, and its maker gave it up when it told us the number.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Lets the program of the next exec have this descriptor.
pub fn keep_on_exec(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: fcntl with F_SETFD touches no memory.
    check(unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_SETFD, 0) })?;
    Ok(())
}

/// Makes stdin the same as `descriptor`.
pub fn become_input(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    take_place(descriptor, libc::STDIN_FILENO)
}

/// Makes stdout the same as `descriptor`.
pub fn become_output(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    take_place(descriptor, libc::STDOUT_FILENO)
}

fn take_place(descriptor: BorrowedFd<'_>, number: RawFd) -> io::Result<()> {
    // SAFETY: dup2 touches no memory; nothing in this program owns the numbers of stdin and stdout.
    check(unsafe { libc::dup2(descriptor.as_raw_fd(), number) })?;
    Ok(())
}

/// Reads and writes return EAGAIN instead of waiting.
pub fn never_wait(descriptor: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: fcntl with F_SETFL touches no memory.
    check(unsafe { libc::fcntl(descriptor.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) })?;
    Ok(())
}

pub fn write(descriptor: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: the kernel reads the bytes of the slice.
    let count = check(unsafe { libc::write(descriptor.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) })?;
    Ok(count as usize)
}

pub fn read(descriptor: BorrowedFd<'_>, into: &mut [u8]) -> io::Result<usize> {
    // SAFETY: the kernel writes into the exclusive slice.
    let count = check(unsafe { libc::read(descriptor.as_raw_fd(), into.as_mut_ptr().cast(), into.len()) })?;
    Ok(count as usize)
}

/// Space for one descriptor in a control message (cmsg(3)), aligned as the kernel wants it.
#[repr(C, align(8))]
struct Passenger([u8; 24]);

/// Sends one message, and with it a copy of `passenger` where there is one.
pub fn send(socket: BorrowedFd<'_>, bytes: &[u8], passenger: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let mut vector = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let mut space = Passenger([0; 24]);
    let mut message = empty_message(&mut vector);
    if let Some(passenger) = passenger {
        message.msg_control = space.0.as_mut_ptr().cast();
        message.msg_controllen = space.0.len() as _;
        put_passenger(&mut space, passenger.as_raw_fd());
    }
    // SAFETY: `message` points to `bytes` and `space`, which outlive the call and are only read.
    check(unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, libc::MSG_NOSIGNAL) })?;
    Ok(())
}

/// Receives one message: its length, 0 when the other end is gone, and the descriptor that came with it.
pub fn receive(socket: BorrowedFd<'_>, into: &mut [u8]) -> io::Result<(usize, Option<OwnedFd>)> {
    let mut vector = libc::iovec { iov_base: into.as_mut_ptr().cast(), iov_len: into.len() };
    let mut space = Passenger([0; 24]);
    let mut message = empty_message(&mut vector);
    message.msg_control = space.0.as_mut_ptr().cast();
    message.msg_controllen = space.0.len() as _;
    // SAFETY: `message` points to the exclusive `into` and `space`, which outlive the call.
    let count = check(unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_CMSG_CLOEXEC) })?;
    // As wide as the C library makes it.
    #[allow(clippy::unnecessary_cast)]
    let length = message.msg_controllen as usize;
    let passenger = if length >= HEADER + 4 { take_passenger(&space)? } else { None };
    Ok((count as usize, passenger))
}

/// Bytes of `struct cmsghdr` on 64-bit systems.
const HEADER: usize = 16;

fn empty_message(vector: &mut libc::iovec) -> libc::msghdr {
    // SAFETY: all-zero is a valid msghdr: null pointers with zero lengths.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_iov = vector;
    message.msg_iovlen = 1;
    message
}

fn put_passenger(space: &mut Passenger, number: RawFd) {
    space.0[0..8].copy_from_slice(&(HEADER as u64 + 4).to_ne_bytes());
    space.0[8..12].copy_from_slice(&libc::SOL_SOCKET.to_ne_bytes());
    space.0[12..16].copy_from_slice(&libc::SCM_RIGHTS.to_ne_bytes());
    space.0[16..20].copy_from_slice(&number.to_ne_bytes());
}

fn take_passenger(space: &Passenger) -> io::Result<Option<OwnedFd>> {
    let word = |at: usize| i32::from_ne_bytes([space.0[at], space.0[at + 1], space.0[at + 2], space.0[at + 3]]);
    if word(8) != libc::SOL_SOCKET || word(12) != libc::SCM_RIGHTS {
        return Ok(None);
    }
    own(word(16)).map(Some)
}

/// Waits until one of `descriptors` can be read or has lost its other end, at most `milliseconds` (-1: for ever).
/// Returns which.
pub fn wait_readable<const N: usize>(descriptors: [BorrowedFd<'_>; N], milliseconds: i32) -> io::Result<[bool; N]> {
    let mut list = descriptors.map(|one| libc::pollfd { fd: one.as_raw_fd(), events: libc::POLLIN, revents: 0 });
    // SAFETY: the kernel reads and writes the N entries of `list`.
    match check(unsafe { libc::poll(list.as_mut_ptr(), N as libc::nfds_t, milliseconds) }) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok([false; N]),
        Err(error) => Err(error),
        Ok(_) => Ok(list.map(|entry| entry.revents != 0)),
    }
}

/// For `wait_readable`, rounded up.
pub fn milliseconds(left: Duration) -> i32 {
    i32::try_from(left.as_millis()).unwrap_or(i32::MAX - 1) + 1
}

/// Whether there is something to read in a pipe, whoever has left its other end.
pub fn holds_bytes(pipe: BorrowedFd<'_>) -> io::Result<bool> {
    let mut bytes: libc::c_int = 0;
    // SAFETY: the kernel writes one number.
    check(unsafe { libc::ioctl(pipe.as_raw_fd(), libc::FIONREAD, &raw mut bytes) })?;
    Ok(bytes > 0)
}

/// Fetches a copy of this process's descriptor 2 by a handle on the process, to see whether that is permitted.
pub fn fetch_own() -> io::Result<()> {
    let handle = super::process::handle(std::process::id() as i32)?;
    // A closed stderr is no refusal.
    match super::process::take_descriptor(std::os::fd::AsFd::as_fd(&handle), 2) {
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => Ok(()),
        other => other.map(drop),
    }
}
