//! connect(2): decided on the broker's copy of the name, and done on its duplicate of the socket.

use super::super::{Answer, Call, Caller};
use super::name::Name;
use super::reach::Route;
use super::socket::{Socket, Style, errno};
use super::waiter::{Errand, Step, When};
use super::{Network, lock};
use crate::sys::socket::{self, NAME_LIMIT, RawName, Waiting};
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::Mutex;
use std::time::{Duration, Instant};

impl Network {
    pub fn connect(&self, caller: &Caller, call: &Call) -> Answer {
        let [number, address, length, ..] = call.arguments;
        read_name(caller, address, length)
            .and_then(|name| Ok((self.take(caller, number)?, name)))
            .and_then(|(socket, name)| self.connect_to(caller, socket, &name))
            .unwrap_or_else(Answer::Error)
    }

    fn connect_to(&self, caller: &Caller, socket: Socket, name: &Name) -> Result<Answer, i32> {
        match name {
            Name::Unspecified => {
                waiting(caller)?;
                connect_raw(&socket, &encoded(name)?).map_err(|error| errno(&error))?;
                Ok(Answer::Value(0))
            }
            Name::Internet(_) if socket.is_unix() => Err(libc::EINVAL),
            Name::Internet(address) => self.connect_internet(caller, socket, *address),
            Name::Path(_) | Name::Abstract(_) | Name::Unnamed if !socket.is_unix() => Err(libc::EAFNOSUPPORT),
            Name::Unnamed => Err(libc::EINVAL),
            Name::Path(_) | Name::Abstract(_) => self.connect_unix(caller, socket, name),
        }
    }

    fn connect_internet(&self, caller: &Caller, socket: Socket, address: SocketAddr) -> Result<Answer, i32> {
        let route = self.route(&socket, address)?;
        waiting(caller)?;
        let (Route::Direct(goal) | Route::Own(goal) | Route::Resolver(goal)) = route;
        let goal = encoded(&Name::Internet(goal))?;
        if socket.style == Style::Datagram {
            if let Route::Own(_) = route {
                // It would go on to whoever has the port later; what is sent with an address is looked at each time.
                self.refuse_connect(address, &[]);
                return Err(libc::EACCES);
            }
            connect_raw(&socket, &goal).map_err(|error| errno(&error))?;
            self.own.note_port(&socket)?;
            self.connected(&socket, address, route)?;
            return Ok(Answer::Value(0));
        }
        let (started, wanted) = without_waiting(&socket, &goal)?;
        if matches!(started, Ok(()) | Err(libc::EINPROGRESS)) {
            self.connected(&socket, address, route)?;
        }
        match started {
            Err(libc::EINPROGRESS) if wanted == Waiting::WhereNeeded => self.finish_connect(caller, socket, goal),
            result => result.map(|()| Answer::Value(0)),
        }
    }

    /// What follows a connection that is made, or under way: on loopback a handshake ends within the call.
    fn connected(&self, socket: &Socket, asked: SocketAddr, route: Route) -> Result<(), i32> {
        match route {
            Route::Direct(_) => Ok(()),
            Route::Resolver(_) => self.note_redirected(socket, asked),
            // A port has one owner at a time: the jail had it before and has it now, so it is who was reached.
            Route::Own(goal) if self.own.has_port(socket, goal.port()) => Ok(()),
            Route::Own(_) => {
                if let Ok(none) = encoded(&Name::Unspecified) {
                    let _ = connect_raw(socket, &none);
                }
                Err(libc::ECONNREFUSED)
            }
        }
    }

    /// Waits for a connection that is under way. Asking again says how it went, as the first call would have.
    fn finish_connect(&self, caller: &Caller, socket: Socket, goal: RawName) -> Result<Answer, i32> {
        let mut ready = [socket::interest(socket.as_fd(), libc::POLLOUT)];
        if socket::wait(&mut ready, Some(Duration::ZERO)).is_ok_and(|count| count > 0)
            && let Some(result) = ended(&socket, &goal)
        {
            return result.map(|()| Answer::Value(0));
        }
        let deadline = deadline(&socket, libc::EINPROGRESS)?;
        let attempt = Box::new(move |socket: &Socket| match ended(socket, &goal) {
            Some(result) => Step::Done(result.map(|()| 0)),
            None => Step::Again,
        });
        self.waiter.add(Errand { caller: caller.clone(), socket, when: When::Writable, deadline, attempt });
        Ok(Answer::Later)
    }

    fn connect_unix(&self, caller: &Caller, socket: Socket, name: &Name) -> Result<Answer, i32> {
        let goal = self.unix_goal(caller, name)?;
        waiting(caller)?;
        let raw = goal.raw()?;
        match without_waiting(&socket, &raw)? {
            (Err(libc::EAGAIN), Waiting::WhereNeeded) if socket.style != Style::Datagram => {
                return self.await_unix(caller, socket, goal);
            }
            (result, _) => result?,
        }
        self.reached_unix(&socket, &goal)?;
        Ok(Answer::Value(0))
    }

    /// The other's queue of connections is full.
    fn await_unix(&self, caller: &Caller, socket: Socket, goal: super::unix::Goal) -> Result<Answer, i32> {
        let deadline = deadline(&socket, libc::EAGAIN)?;
        let raw = goal.raw()?;
        let attempt = Box::new(move |socket: &Socket| {
            // Keeps the descriptor that the name is made of.
            let _kept = &goal;
            match without_waiting(socket, &raw).and_then(|(result, _)| result) {
                Err(libc::EAGAIN) => Step::Again,
                result => Step::Done(result.map(|()| 0)),
            }
        });
        self.waiter.add(Errand { caller: caller.clone(), socket, when: When::SoonAgain, deadline, attempt });
        Ok(Answer::Later)
    }
}

/// Copies a name that a call points to.
pub fn read_name(caller: &Caller, address: u64, length: u64) -> Result<Name, i32> {
    // The length is an int, and a negative one is as wrong as one that is too long.
    let length = usize::try_from(length as i32).map_err(|_| libc::EINVAL)?;
    let mut bytes = [0u8; NAME_LIMIT];
    let bytes = bytes.get_mut(..length).ok_or(libc::EINVAL)?;
    caller.read_memory(address, bytes).map_err(|error| errno(&error))?;
    Name::parse(bytes)
}

pub fn encoded(name: &Name) -> Result<RawName, i32> {
    name.encode().ok_or(libc::EINVAL)
}

/// The number of whoever called may be another one's when it died: then nothing that was read counts.
pub fn waiting(caller: &Caller) -> Result<(), i32> {
    if caller.still_waits() { Ok(()) } else { Err(libc::EINTR) }
}

/// When a call on this socket gives up.
pub fn deadline(socket: &Socket, error: i32) -> Result<Option<(Instant, i32)>, i32> {
    let timeout = socket::send_timeout(socket.as_fd()).map_err(|error| errno(&error))?;
    Ok(timeout.map(|time| (Instant::now() + time, error)))
}

fn connect_raw(socket: &Socket, name: &RawName) -> io::Result<()> {
    socket::connect(socket.as_fd(), name.bytes())
}

/// The flag that [`without_waiting`] changes belongs to the description. Of two threads that do so at a time, one would
/// take the flag from under the other, whose connect would then wait for ever.
static TURN: Mutex<()> = Mutex::new(());

/// Starts a connection without waiting here, and says whether the caller wants to wait for it: it does so in its call
/// meanwhile, and does not see that the flag of its description is another for a moment.
fn without_waiting(socket: &Socket, goal: &RawName) -> Result<(Result<(), i32>, Waiting), i32> {
    let _turn = lock(&TURN);
    let set = |wanted| socket::set_nonblocking(socket.as_fd(), wanted).map_err(|error| errno(&error));
    let start = || connect_raw(socket, goal).map_err(|error| errno(&error));
    if !socket.waits() {
        return Ok((start(), Waiting::Never));
    }
    set(Waiting::Never)?;
    let result = start();
    set(Waiting::WhereNeeded)?;
    Ok((result, Waiting::WhereNeeded))
}

/// How a connection ended. `None` while it is still under way.
fn ended(socket: &Socket, goal: &RawName) -> Option<Result<(), i32>> {
    match without_waiting(socket, goal).and_then(|(result, _)| result) {
        Err(libc::EALREADY | libc::EINPROGRESS) => None,
        // Made between the first and this call, and noticed by another one.
        Err(libc::EISCONN) => Some(Ok(())),
        result => Some(result),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::OwnedFd;
    use std::sync::mpsc::channel;
    use std::thread;

    fn new() -> OwnedFd {
        socket::socket(libc::AF_UNIX, libc::SOCK_STREAM, 0).unwrap()
    }

    /// The name of a listener whose queue is full, and the sockets that make it so.
    fn full() -> (RawName, Vec<OwnedFd>) {
        let name = encoded(&Name::Abstract(format!("cordon-full-{}", std::process::id()).into_bytes())).unwrap();
        let mut kept = vec![new()];
        socket::bind(kept[0].as_fd(), name.bytes()).unwrap();
        socket::listen(kept[0].as_fd(), 0).unwrap();
        loop {
            kept.push(new());
            let next = Socket::new(kept[kept.len() - 1].try_clone().unwrap()).unwrap();
            if without_waiting(&next, &name).unwrap().0 == Err(libc::EAGAIN) {
                return (name, kept);
            }
        }
    }

    #[test]
    fn threads_that_connect_one_socket_never_wait_here() {
        let (name, _kept) = full();
        let shared = new();
        let (tell, ended) = channel();
        for _ in 0..8 {
            let (socket, name, tell) = (Socket::new(shared.try_clone().unwrap()).unwrap(), name, tell.clone());
            thread::spawn(move || {
                let tries = (0..5000).map(|_| without_waiting(&socket, &name));
                let wanted = |result| result == Ok((Err(libc::EAGAIN), Waiting::WhereNeeded));
                let _ = tell.send(tries.into_iter().all(wanted));
            });
        }
        for _ in 0..8 {
            assert_eq!(ended.recv_timeout(Duration::from_secs(60)), Ok(true));
        }
    }
}
