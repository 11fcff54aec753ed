//! What the target and nameservers send: no bytes make the broker's parsers panic, hang, or hand out what is not granted.

mod fuzzing;

use fuzzing::{Target, fuzz};
use launcher::policy::{AddressClass, Grant, HostPattern, NetPattern, Origin, Policy, PortPattern, Request, classify};
use launcher::supervisor::broker::network::dns::{Pins, rehearse};
use launcher::supervisor::broker::network::name::{Name, canonical};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

#[test]
fn a_socket_address_is_decided_as_the_kernel_would_take_it() {
    let seeds = vec![
        [&2_u16.to_ne_bytes()[..], &[0, 80, 127, 0, 0, 1], &[0; 8]].concat(),
        [&10_u16.to_ne_bytes()[..], &[1, 187], &[0; 4], &Ipv6Addr::LOCALHOST.octets(), &[0; 4]].concat(),
        [&1_u16.to_ne_bytes()[..], b"/run/x.sock\0"].concat(),
        [&1_u16.to_ne_bytes()[..], b"\0abstract"].concat(),
        vec![0, 0],
    ];
    let check = &mut |input: &[u8]| {
        let Ok(name) = Name::parse(input) else { return };
        let Name::Internet(address) = name else { return };
        let meant = canonical(address);
        assert!(!meant.ip().is_unspecified() && meant.ip() == meant.ip().to_canonical());
    };
    fuzz(Target { name: "socket address", seeds, words: &[&[0xff, 0xff], &[0; 8]], check });
}

/// The root of names, then `labels`.
fn dns_name(labels: &[&str]) -> Vec<u8> {
    let mut bytes: Vec<u8> = labels
        .iter()
        .flat_map(|label| [&[u8::try_from(label.len()).expect("short")], label.as_bytes()].concat())
        .collect();
    bytes.push(0);
    bytes
}

fn dns_message(flags: u16, labels: &[&str], kind: u16, answers: &[Vec<u8>]) -> Vec<u8> {
    let counts = [1, u16::try_from(answers.len()).expect("few"), 0, 0];
    let head: Vec<u8> = [7, flags].into_iter().chain(counts).flat_map(u16::to_be_bytes).collect();
    let question = [dns_name(labels), kind.to_be_bytes().to_vec(), vec![0, 1]].concat();
    [head, question, answers.concat()].concat()
}

fn dns_record(kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).expect("short");
    // The name is a pointer to the question's.
    [&[0xc0, 12][..], &kind.to_be_bytes(), &[0, 1, 0, 0, 0, 60], &length.to_be_bytes(), data].concat()
}

#[test]
fn no_reply_of_a_nameserver_hands_out_an_address_that_is_not_granted() {
    let name = ["api", "example", "org"];
    let asked = |kind| dns_message(0x0100, &name, kind, &[]);
    let replies = [
        dns_message(0x8180, &name, 1, &[dns_record(1, &[93, 184, 216, 34]), dns_record(1, &[127, 0, 0, 1])]),
        dns_message(0x8180, &name, 28, &[dns_record(28, &Ipv6Addr::LOCALHOST.octets())]),
        dns_message(0x8180, &name, 1, &[dns_record(5, &dns_name(&["other", "test"])), dns_record(1, &[10, 0, 0, 1])]),
        dns_message(0x8180, &name, 65, &[dns_record(65, &[0, 1, 0, 0, 4, 0, 4, 10, 0, 0, 1])]),
        dns_message(
            0x8183,
            &name,
            33,
            &[dns_record(33, &[&[0, 1, 0, 1, 1, 187][..], &dns_name(&["srv", "test"])].concat())],
        ),
    ];
    // A question and a reply in one input, parted by the question's length.
    let joined = |kind: u16, reply: &Vec<u8>| {
        let question = asked(kind);
        [&[u8::try_from(question.len()).expect("short")][..], &question, reply].concat()
    };
    let seeds =
        [1, 28, 65, 33, 16].into_iter().flat_map(|kind| replies.iter().map(move |reply| joined(kind, reply))).collect();
    let pattern =
        NetPattern::Host { host: HostPattern::Suffix("example.org".into()), port: PortPattern::Any, private: false };
    let grant = Grant { pattern, text: "*.example.org".into(), origin: Origin::Default("a test") };
    let mut policy = Policy::default();
    policy.allow.net.push(grant);
    let policy = Arc::new(policy);
    let forbidden: Vec<IpAddr> = ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "192.168.0.1"]
        .map(|text| text.parse().expect("an address"))
        .into();
    assert!(forbidden.iter().all(|address| classify(*address) == AddressClass::Special));
    let words: &[&[u8]] = &[
        &[0xc0, 12],
        &[0xc0, 0],
        &[127, 0, 0, 1],
        &[10, 0, 0, 1],
        &[169, 254, 169, 254],
        &[192, 168, 0, 1],
        b"\x07example\x03org\0",
        &[63],
        &[0, 41],
    ];
    let check = &mut |input: &[u8]| {
        let Some((length, rest)) = input.split_first() else { return };
        let (question, reply) = rest.split_at(usize::from(*length).min(rest.len()));
        let pins = Pins::default();
        let Some(answer) = rehearse(question, reply, &policy, &pins) else { return };
        assert!(answer.len() <= usize::from(u16::MAX));
        for address in &forbidden {
            let names = pins.names(*address, Instant::now());
            assert!(names.is_empty(), "{address} was handed out for {names:?}");
            let connect = Request::Connect { address: SocketAddr::new(*address, 443), names: &names };
            assert!(!policy.decide(&connect).allowed());
        }
    };
    fuzz(Target { name: "dns", seeds, words, check });
}
