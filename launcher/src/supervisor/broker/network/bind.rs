//! bind(2) and listen(2).

use super::super::found::{Last, magic};
use super::super::{Answer, Call, Caller};
use super::connect::{encoded, read_name, waiting};
use super::name::{Name, canonical};
use super::reach::local_address;
use super::socket::{Family, Socket, Style, errno};
use super::{Network, unix};
use crate::policy::{FIRST_FREE_PORT, Permission, Request};
use crate::sys::{landlock, path, privilege, process, socket, thread};
use std::ffi::{CString, OsStr};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;

impl Network {
    pub fn bind(&self, caller: &Caller, call: &Call) -> Answer {
        let [number, address, length, ..] = call.arguments;
        let bound = read_name(caller, address, length)
            .and_then(|name| Ok((self.take(caller, number)?, name)))
            .and_then(|(socket, name)| self.bind_to(caller, &socket, &name));
        match bound {
            Ok(()) => Answer::Value(0),
            Err(error) => Answer::Error(error),
        }
    }

    fn bind_to(&self, caller: &Caller, socket: &Socket, name: &Name) -> Result<(), i32> {
        match name {
            Name::Internet(_) if socket.is_unix() => Err(libc::EINVAL),
            Name::Internet(address) => self.bind_internet(caller, socket, *address),
            Name::Unspecified => Err(libc::EAFNOSUPPORT),
            Name::Path(_) | Name::Abstract(_) | Name::Unnamed if !socket.is_unix() => Err(libc::EAFNOSUPPORT),
            // A pair needs no name. In a run that joined this jail it may be the only unix socket, as that one's own write
            // grants, which nobody here knows, give it no files.
            _ if is_connected(socket) => Err(libc::EINVAL),
            Name::Path(path) => self.bind_path(caller, socket, path),
            Name::Abstract(_) | Name::Unnamed => self.bind_abstract(caller, socket, name),
        }
    }

    fn bind_internet(&self, caller: &Caller, socket: &Socket, address: SocketAddr) -> Result<(), i32> {
        let place = self.place(socket, address)?;
        waiting(caller)?;
        let raw = encoded(&Name::Internet(place))?;
        let bind = || socket::bind(socket.as_fd(), raw.bytes());
        // A grant named it: that is the only way here for such a port.
        let low = (1..FIRST_FREE_PORT).contains(&place.port());
        let bound = if low { privilege::with_low_ports(bind) } else { bind() };
        bound.map_err(|error| errno(&error))?;
        if place.port() == 0 && self.policy.decide(&Request::Listen(plain(place))).allowed() {
            self.own.note_chosen(local_address(socket)?.port());
        }
        if socket.style == Style::Datagram { self.own.note_port(socket) } else { Ok(()) }
    }

    /// Where a socket may be bound that wants `address`. Port 0 without a grant is what clients ask for before they
    /// send or connect: a stream is asked about again when it listens, and datagrams are heard from the world only by
    /// a program that may speak to it.
    fn place(&self, socket: &Socket, address: SocketAddr) -> Result<SocketAddr, i32> {
        if self.policy.decide(&Request::Listen(plain(address))).allowed() {
            self.tell.used(|record| record.listened(plain(address), socket.style == Style::Datagram));
            return Ok(address);
        }
        let any_port = SocketAddr::new(plain(address).ip(), 0);
        if self.own.was_chosen(address.port()) && self.policy.decide(&Request::Listen(any_port)).allowed() {
            self.tell.used(|record| record.listened(any_port, false));
            return Ok(address);
        }
        let (net, listen) = (!self.policy.allow.net.is_empty(), !self.policy.allow.listen.is_empty());
        let client = address.port() == 0;
        match socket.style {
            Style::Stream if client && net => Ok(address),
            Style::Datagram if client && self.policy.reaches_beyond_loopback() => Ok(address),
            Style::Datagram if client && (net || listen) && is_loopback_or_any(address) => Ok(on_loopback(address)),
            _ => {
                self.tell.denied(Permission::Listen, &shown(address).to_string());
                Err(libc::EACCES)
            }
        }
    }

    fn bind_abstract(&self, caller: &Caller, socket: &Socket, name: &Name) -> Result<(), i32> {
        waiting(caller)?;
        socket::bind(socket.as_fd(), encoded(name)?.bytes()).map_err(|error| errno(&error))?;
        // The kernel has chosen a name where there was none.
        let bound = socket::local_name(socket.as_fd()).map_err(|error| errno(&error))?;
        match Name::parse(bound.bytes())? {
            Name::Abstract(name) => self.own.note_abstract(socket, &name),
            _ => Ok(()),
        }
    }

    /// The file is made by a thread that has the target's own rules, in its folder and with its umask, by the name that
    /// it gave: that name is what getsockname tells.
    fn bind_path(&self, caller: &Caller, socket: &Socket, path: &[u8]) -> Result<(), i32> {
        let (folder, last) = split(path);
        let last_name = CString::new(last).map_err(|_| libc::EINVAL)?;
        let folder = CString::new(folder).map_err(|_| libc::EINVAL)?;
        let folder = caller.find(libc::AT_FDCWD, &folder, Last::Follow).map_err(|error| errno(&error))?;
        let whole = folder.path.join(OsStr::from_bytes(last));
        if !self.policy.decide(&Request::Write(&whole)).allowed() {
            self.tell.denied(Permission::Write, &whole.to_string_lossy());
            return Err(libc::EACCES);
        }
        let current = caller.find(libc::AT_FDCWD, c".", Last::Follow).map_err(|error| errno(&error))?;
        let umask = umask(caller).unwrap_or(0o077);
        waiting(caller)?;
        let near = [magic(folder.descriptor.as_fd()).as_bytes(), b"/", last].concat();
        let file = Place { name: path, near: &near, current: current.descriptor.as_fd(), umask };
        self.make_socket_file(caller, socket, &file).map_err(|error| errno(&error))?;
        // In the folder that was decided about: by now the name as it was given may lead to another's socket, whose file
        // may have the same number on another device.
        if let Ok(file) = path::find(Some(folder.descriptor.as_fd()), &last_name, libc::O_NOFOLLOW) {
            self.own.note_file(socket, unix::file(file.as_fd())?)?;
        }
        Ok(())
    }

    fn make_socket_file(&self, caller: &Caller, socket: &Socket, place: &Place<'_>) -> io::Result<()> {
        let (ruleset, proc) = (self.ruleset.as_fd(), caller.proc());
        std::thread::scope(|scope| {
            let making = std::thread::Builder::new().name("binder".into()).spawn_scoped(scope, || {
                let name = match thread::leave_shared_folder().and_then(|()| thread::enter(place.current)) {
                    Ok(()) => {
                        thread::set_umask(place.umask);
                        place.name
                    }
                    // Where threads can't have folders of their own, all work in /proc.
                    Err(_) => {
                        process::work_in(proc)?;
                        place.near
                    }
                };
                let raw = Name::Path(name.to_vec()).encode();
                let raw = raw.ok_or_else(|| io::Error::from_raw_os_error(libc::EINVAL))?;
                privilege::never_gain()?;
                landlock::restrict_self(ruleset)?;
                socket::bind(socket.as_fd(), raw.bytes())
            })?;
            making.join().unwrap_or_else(|_| Err(io::Error::from_raw_os_error(libc::EIO)))
        })
    }

    pub fn listen(&self, caller: &Caller, call: &Call) -> Answer {
        let [number, backlog, ..] = call.arguments;
        let listening = self.take(caller, number).and_then(|socket| self.listen_on(caller, &socket, backlog as i32));
        match listening {
            Ok(()) => Answer::Value(0),
            Err(error) => Answer::Error(error),
        }
    }

    fn listen_on(&self, caller: &Caller, socket: &Socket, backlog: i32) -> Result<(), i32> {
        if !socket.is_unix() && socket.style == Style::Stream {
            self.may_listen(socket)?;
        }
        waiting(caller)?;
        socket::listen(socket.as_fd(), backlog).map_err(|error| errno(&error))?;
        if socket.is_unix() { Ok(()) } else { self.own.note_port(socket) }
    }

    /// A socket that is not bound would be bound to a free port of every address. One that is bound passed `place`
    /// either by its port, or because the kernel chose it.
    fn may_listen(&self, socket: &Socket) -> Result<(), i32> {
        let mut address = local_address(socket)?;
        let unbound = address.port() == 0;
        if unbound {
            address = match socket.family {
                Family::V6 => SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0)),
                Family::V4 | Family::Unix => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
            };
        }
        let chosen = SocketAddr::new(address.ip(), 0);
        let allowed = [address, chosen].iter().any(|one| self.policy.decide(&Request::Listen(plain(*one))).allowed());
        if allowed {
            if unbound {
                self.tell.used(|record| record.listened(plain(chosen), false));
            }
            return Ok(());
        }
        self.tell.denied(Permission::Listen, &shown(address).to_string());
        Err(libc::EACCES)
    }
}

/// Whether it has another end: once and for all, also when that is closed.
fn is_connected(socket: &Socket) -> bool {
    socket.style != Style::Datagram && socket::has_peer(socket.as_fd())
}

/// Where a socket's file comes.
struct Place<'a> {
    /// As the caller wrote it.
    name: &'a [u8],
    /// By the folder's descriptor.
    near: &'a [u8],
    current: BorrowedFd<'a>,
    umask: u32,
}

/// The folder of a path and what is in it.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(0) => (b"/", &path[1..]),
        Some(end) => (&path[..end], &path[end + 1..]),
        None => (b".", path),
    }
}

/// The caller's umask.
fn umask(caller: &Caller) -> Option<u32> {
    let name = CString::new(format!("{}/status", caller.thread())).ok()?;
    let status = path::open(caller.proc(), &name, libc::O_RDONLY).ok()?;
    let text = io::read_to_string(std::fs::File::from(status)).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Umask:"))?;
    u32::from_str_radix(line.trim(), 8).ok()
}

/// An IPv4-mapped address as what it maps to, without scope and flow.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Programs that try `::` fall back to `0.0.0.0`: one line for both.
fn shown(address: SocketAddr) -> SocketAddr {
    let ip = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { address.ip() };
    plain(SocketAddr::new(ip, address.port()))
}

fn is_loopback_or_any(address: SocketAddr) -> bool {
    canonical(address).ip().is_loopback()
}

fn on_loopback(address: SocketAddr) -> SocketAddr {
    super::name::reached(address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_path_is_split_at_its_last_slash() {
        assert_eq!(split(b"/run/x/a.sock"), (&b"/run/x"[..], &b"a.sock"[..]));
        assert_eq!(split(b"/a.sock"), (&b"/"[..], &b"a.sock"[..]));
        assert_eq!(split(b"a.sock"), (&b"."[..], &b"a.sock"[..]));
        assert_eq!(Path::new("/").join(OsStr::from_bytes(split(b"/a").1)), Path::new("/a"));
    }

    #[test]
    fn any_address_is_shown_alike_for_both_families() {
        assert_eq!(shown("[::]:80".parse().unwrap()), shown("0.0.0.0:80".parse().unwrap()));
    }
}
