//! Sockets that this jail bound itself. It may always reach those, on loopback and by unix name: what it tells itself
//! goes nowhere else. They are remembered by the kernel's cookie, which no other socket ever has, so a port or a name
//! that someone else took over in the meantime is not taken for the jail's.

use super::diagnosis::{self, Ports};
use super::recent::Recent;
use super::socket::{Socket, Style, errno};
use crate::sys::socket;
use std::os::fd::AsFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

const REMEMBERED: usize = 32_768;

#[derive(Debug)]
pub struct Own {
    tables: Mutex<Tables>,
}

#[derive(Debug)]
struct Tables {
    listeners: Recent<u64, ()>,
    datagrams: Recent<u64, ()>,
    /// Ports that the kernel chose for this jail.
    chosen: Recent<u16, ()>,
    /// By the name's bytes.
    abstracts: Recent<Vec<u8>, Identity>,
    /// By device and inode of the file.
    files: Recent<File, Identity>,
}

/// One unix socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    inode: u64,
    cookie: u64,
}

/// A file that a unix socket is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct File {
    pub device: u64,
    pub inode: u64,
}

impl Default for Own {
    fn default() -> Own {
        Own {
            tables: Mutex::new(Tables {
                listeners: Recent::new(REMEMBERED),
                datagrams: Recent::new(REMEMBERED),
                chosen: Recent::new(REMEMBERED),
                abstracts: Recent::new(REMEMBERED),
                files: Recent::new(REMEMBERED),
            }),
        }
    }
}

impl Own {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `socket` listens, or has a port for datagrams.
    pub fn note_port(&self, socket: &Socket) -> Result<(), i32> {
        let cookie = socket.cookie;
        let mut tables = self.tables();
        let table = match socket.style {
            Style::Datagram => &mut tables.datagrams,
            Style::Stream | Style::Sequence => &mut tables.listeners,
        };
        if !table.contains(&cookie) {
            table.insert(cookie, ());
        }
        Ok(())
    }

    /// The kernel chose this port under a grant of port 0.
    pub fn note_chosen(&self, port: u16) {
        let mut tables = self.tables();
        if !tables.chosen.contains(&port) {
            tables.chosen.insert(port, ());
        }
    }

    /// Whether the kernel chose this port for the jail before: a server that starts anew asks for the one it had.
    pub fn was_chosen(&self, port: u16) -> bool {
        self.tables().chosen.contains(&port)
    }

    /// Whether what `socket` reaches at this port of the loopback is the jail's own: all that have the port are.
    pub fn has_port(&self, socket: &Socket, port: u16) -> bool {
        let ports = match socket.style {
            Style::Datagram => Ports::Udp,
            Style::Stream | Style::Sequence => Ports::ListeningTcp,
        };
        {
            let tables = self.tables();
            let table = if ports == Ports::Udp { &tables.datagrams } else { &tables.listeners };
            if table.is_empty() {
                return false;
            }
        }
        let Ok(cookies) = diagnosis::cookies_at_port(ports, port) else { return false };
        let tables = self.tables();
        let table = if ports == Ports::Udp { &tables.datagrams } else { &tables.listeners };
        !cookies.is_empty() && cookies.iter().all(|cookie| table.contains(cookie))
    }

    pub fn note_abstract(&self, socket: &Socket, name: &[u8]) -> Result<(), i32> {
        let identity = identity(socket)?;
        self.tables().abstracts.insert(name.to_vec(), identity);
        Ok(())
    }

    /// Whether the abstract `name` still is a socket's that this jail bound. A socket keeps its name while it lives.
    pub fn has_abstract(&self, name: &[u8]) -> bool {
        let identity = self.tables().abstracts.get(&name.to_vec()).copied();
        identity.is_some_and(|own| diagnosis::file_of_unix_socket(own.inode, own.cookie).is_ok())
    }

    /// `socket` was bound, and `file` is at its path now. Noted only if it is the same: the path may have become
    /// another's since.
    pub fn note_file(&self, socket: &Socket, file: File) -> Result<(), i32> {
        let own = identity(socket)?;
        if diagnosis::file_of_unix_socket(own.inode, own.cookie).is_ok_and(|bound| bound == file.inode as u32) {
            self.tables().files.insert(file, own);
        }
        Ok(())
    }

    /// Whether `file` is bound to a socket of this jail that still lives: while it does, the inode is no other's.
    pub fn has_file(&self, file: File) -> bool {
        let identity = self.tables().files.get(&file).copied();
        identity.is_some_and(|own| {
            diagnosis::file_of_unix_socket(own.inode, own.cookie).is_ok_and(|bound| bound == file.inode as u32)
        })
    }
}

fn identity(socket: &Socket) -> Result<Identity, i32> {
    let inode = socket::inode(socket.as_fd()).map_err(|error| errno(&error))?;
    Ok(Identity { inode, cookie: socket.cookie })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, UdpSocket};
    use std::os::fd::OwnedFd;

    fn tcp() -> (Socket, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (Socket::new(OwnedFd::from(listener)).unwrap(), port)
    }

    #[test]
    fn a_port_is_the_jails_only_while_its_socket_has_it() {
        let own = Own::default();
        let (listener, port) = tcp();
        assert!(!own.has_port(&listener, port));
        own.note_port(&listener).unwrap();
        assert!(own.has_port(&listener, port));
        drop(listener);
        let other = Socket::new(OwnedFd::from(TcpListener::bind(("127.0.0.1", port)).unwrap())).unwrap();
        assert!(!own.has_port(&other, port));
    }

    #[test]
    fn a_port_that_is_shared_with_a_stranger_is_not_the_jails() {
        let own = Own::default();
        let (listener, port) = tcp();
        own.note_port(&listener).unwrap();
        let stranger = TcpListener::bind(("127.0.0.2", port)).unwrap();
        assert!(!own.has_port(&listener, port));
        drop(stranger);
        assert!(own.has_port(&listener, port));
    }

    #[test]
    fn datagrams_and_streams_are_apart() {
        let own = Own::default();
        let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = datagrams.local_addr().unwrap().port();
        let datagrams = Socket::new(OwnedFd::from(datagrams)).unwrap();
        own.note_port(&datagrams).unwrap();
        assert!(own.has_port(&datagrams, port));
        let stream = Socket::new(socket::socket(libc::AF_INET, libc::SOCK_STREAM, 0).unwrap()).unwrap();
        assert!(!own.has_port(&stream, port));
    }
}
