use super::Place;
use crate::policy::{HostPattern, ListenPattern, NetPattern, PortPattern};
use crate::supervisor::broker::Descriptors;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
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
