use super::Place;
use crate::policy::{HostPattern, ListenPattern, NetPattern, PortPattern};
use crate::supervisor::broker::Descriptors;
use crate::sys::socket;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::time::{Duration, Instant};

#[test]
fn sockets_that_the_broker_makes_work_as_the_targets_own() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let host = HostPattern::Address(Ipv4Addr::LOCALHOST.into());
    let place = Place::new()
        .with_net(NetPattern::Host { host, port: PortPattern::Any, private: false })
        .with_listen(ListenPattern { address: None, port: PortPattern::One(0) });
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut text = String::new();
        let began = Instant::now();
        stream.read_to_string(&mut text).unwrap();
        (text, began.elapsed())
    });
    let (denied, datagram) = place.jailed_with(7, Descriptors::Made, move || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(b"hello").unwrap();
        drop(stream);
        let denied = TcpStream::connect(("127.0.0.2", port)).err().map(|error| error.kind());
        let (one, other) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        other.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        one.send_to(b"datagram", other.local_addr().unwrap()).unwrap();
        let mut bytes = [0; 16];
        let length = other.recv(&mut bytes).unwrap();
        (denied, bytes[..length].to_vec())
    });
    assert_eq!(denied, Some(std::io::ErrorKind::PermissionDenied));
    assert_eq!(datagram, b"datagram");
    let (text, took) = server.join().unwrap();
    assert_eq!(text, "hello");
    assert!(took < Duration::from_secs(2), "the end of a connection took {took:?} to be seen");
}

/// Processor time of the threads of this process that wait for sockets, in milliseconds.
fn waiters_time() -> u64 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let stats = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok());
    let times = stats.filter(|text| text.contains("(waiter)")).filter_map(|text| {
        let fields: Vec<u64> = text.split_once(") ")?.1.split(' ').map(|field| field.parse().unwrap_or(0)).collect();
        // User and system time, in hundredths of a second.
        Some((fields.get(11)? + fields.get(12)?) * 10)
    });
    times.sum()
}

#[test]
fn calls_that_wait_for_a_full_queue_take_little_time_of_the_launcher() {
    let took = Place::new().jailed(|| {
        let name = format!("cordon-full-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(name).unwrap();
        let listener = UnixListener::bind_addr(&address).unwrap();
        socket::listen(listener.as_fd(), 1).unwrap();
        let connect = |_| {
            let address = address.clone();
            std::thread::spawn(move || UnixStream::connect_addr(&address).is_ok())
        };
        let threads: Vec<_> = (0..400).map(connect).collect();
        std::thread::sleep(Duration::from_millis(500));
        let before = waiters_time();
        std::thread::sleep(Duration::from_secs(1));
        let took = waiters_time() - before;
        drop(listener);
        let connected = threads.into_iter().map(|thread| thread.join().unwrap()).filter(|fine| *fine);
        assert!((1..400).contains(&connected.count()));
        took
    });
    assert!(took < 400, "{took} ms in a second");
}
