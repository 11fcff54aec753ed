use super::*;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;

const ABC: &str = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";

/// Gives each connection's answers, one per request, and returns all requests.
fn serve(connections: Vec<Vec<&'static str>>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = format!("http://{}", listener.local_addr().expect("an address"));
    let server = std::thread::spawn(move || {
        let mut requests = Vec::new();
        for answers in connections {
            let (mut stream, _) = listener.accept().expect("a connection");
            for answer in answers {
                let mut request = Vec::new();
                let mut byte = [0];
                while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
                    request.push(byte[0]);
                }
                requests.push(String::from_utf8(request).expect("a text"));
                stream.write_all(answer.as_bytes()).expect("written");
            }
        }
        requests
    });
    (place, server)
}

fn fetch(place: &str, extra: &str, times: usize) -> Vec<Result<Vec<u8>>> {
    let settings = format!(r#"{{"registry":"{place}/","timeout":400{extra}}}"#);
    let settings = Settings::parse(&settings).expect("settings");
    let network = Network::new(settings.certificates.clone());
    let mut client = Client::new(&settings, &network);
    let url = Url::parse(&format!("{place}/a/-/a-1.0.0.tgz")).expect("an address");
    let integrity = Integrity::parse(ABC).expect("an integrity");
    (0..times).map(|_| client.fetch(&url, &integrity).map(|tarball| tarball.bytes)).collect()
}

const GOOD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";

#[test]
fn one_connection_serves_many_requests() {
    let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\nTrailer: 1\r\n\r\n";
    let (place, server) = serve(vec![vec![GOOD, chunked, GOOD]]);
    assert!(fetch(&place, "", 3).into_iter().all(|result| result == Ok(b"abc".to_vec())));
    assert_eq!(server.join().expect("served").len(), 3);
}

#[test]
fn what_a_bad_day_of_a_registry_brings_is_tried_again() {
    for bad in [
        "",
        "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 429 Slow\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nContent-Len",
        "SSH-2.0-x\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
    ] {
        let (place, server) = serve(vec![vec![bad], vec![GOOD]]);
        assert_eq!(fetch(&place, "", 1), [Ok(b"abc".to_vec())], "{bad:?}");
        assert_eq!(server.join().expect("served").len(), 2, "{bad:?}");
    }
}

#[test]
fn what_stays_bad_is_told() {
    for (bad, why) in [
        ("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", "no such tarball"),
        ("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "token"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabd", "not what the lockfile says"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n", "larger than"),
        ("HTTP/1.1 429 Slow\r\nRetry-After: 4000\r\nContent-Length: 0\r\n\r\n", "answers 429"),
    ] {
        let (place, server) = serve(vec![vec![bad]]);
        let error = fetch(&place, "", 1).remove(0).expect_err("refused").to_string();
        assert!(error.contains(why) && error.contains("a-1.0.0.tgz"), "{error}");
        server.join().expect("served");
    }
}

#[test]
fn a_registry_that_stalls_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = format!("http://{}", listener.local_addr().expect("an address"));
    let error = fetch(&place, r#","retries":0"#, 1).remove(0).expect_err("refused").to_string();
    assert!(error.contains("stalls"), "{error}");
}

/// What travels over TLS is shown with a registry of test/registry.
#[test]
fn a_token_is_not_sent_in_the_clear() {
    let (place, server) =
        serve(vec![vec!["HTTP/1.1 302 There\r\nLocation: /b.tgz\r\nContent-Length: 0\r\n\r\n"], vec![GOOD]]);
    let authorization = format!(r#","authorization":{{"{}/":"Bearer secret"}}"#, place.trim_start_matches("http:"));
    assert_eq!(fetch(&place, &authorization, 1), [Ok(b"abc".to_vec())]);
    let requests = server.join().expect("served");
    assert!(requests[1].starts_with("GET /b.tgz "), "{requests:?}");
    assert!(!requests.concat().contains("secret"), "{requests:?}");
}

#[test]
fn answers_that_only_say_to_wait_have_an_end() {
    let one = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    let (place, server) = serve(vec![vec![Box::leak(format!("{}{GOOD}", one.repeat(5)).into_boxed_str())]]);
    assert_eq!(fetch(&place, "", 1)[0], Ok(b"abc".to_vec()));
    drop(server.join());
    let endless: &'static str = Box::leak(one.repeat(500).into_boxed_str());
    let (place, server) = serve(vec![vec![endless]]);
    let refused = fetch(&place, r#","retries":0"#, 1).remove(0).expect_err("an end").to_string();
    assert!(refused.contains("103"), "{refused}");
    drop(server.join());
}

/// Each byte comes within the socket's timeout, and the answer never.
#[test]
fn headers_that_come_byte_by_byte_are_a_registry_that_stalls() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        for byte in "HTTP/1.1 200 OK\r\nX: ".bytes().chain(std::iter::repeat(b'x')) {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let refused = fetch(&place, r#","retries":0"#, 1).remove(0).expect_err("an end").to_string();
    assert!(refused.contains("the registry stalls"), "{refused}");
}

/// A record of TLS that never ends, in the handshake.
#[test]
fn a_handshake_that_comes_byte_by_byte_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let place = format!("https://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        for byte in [0x16, 3, 3, 0x40, 0, 2, 0, 0x3f, 0xfc].into_iter().chain(std::iter::repeat(0)) {
            if stream.write_all(&[byte]).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let start = Instant::now();
    let refused = fetch(&place, r#","retries":0"#, 1).remove(0).expect_err("an end").to_string();
    assert!(refused.contains("takes too long"), "{refused}");
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

/// Otherwise as many gibibytes are in memory as there are connections.
#[test]
fn a_large_tarball_comes_when_others_are_done_with_the_memory() {
    for head in ["HTTP/1.1 200 OK\r\nContent-Length: 12582912\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let place = format!("http://{}", listener.local_addr().expect("an address"));
        let settings = Settings::parse(&format!(r#"{{"registry":"{place}/","retries":0}}"#)).expect("settings");
        let network = Network::new(settings.certificates.clone());
        let url = Url::parse(&format!("{place}/a/-/a-1.0.0.tgz")).expect("an address");
        let integrity = Integrity::parse(ABC).expect("an integrity");
        let others = network.budget.take(budget::SHARED - budget::FREE).expect("nobody has a part");
        std::thread::scope(|scope| {
            let fetched = scope.spawn(|| Client::new(&settings, &network).fetch(&url, &integrity));
            let asked = || {
                let (mut stream, _) = listener.accept().expect("a connection");
                let mut request = [0; 1024];
                assert!(stream.read(&mut request).is_ok_and(|count| count > 0));
                stream
            };
            let mut stream = asked();
            stream.write_all(head.as_bytes()).expect("written");
            // The sockets between hold a few megabytes, and whoever has no memory hangs up.
            let all = vec![0; 12 << 20];
            let hung_up = (0..8).any(|_| stream.write_all(&all).is_err());
            assert!(hung_up, "{head}");
            assert!(!fetched.is_finished());
            drop(others);
            let mut stream = asked();
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&all)).expect("written");
            drop(stream);
            let refused = fetched.join().expect("ended").err().expect("a wrong digest").to_string();
            assert!(refused.contains("not what the lockfile says"), "{refused}");
        });
    }
}
