use super::*;

fn host(text: &str) -> (HostPattern, PortPattern) {
    match net(text) {
        Ok(NetPattern::Host { host, port, .. }) => (host, port),
        other => panic!("{text}: {other:?}"),
    }
}

fn v4(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

#[test]
fn reads_every_form() {
    assert_eq!(host("Example.ORG."), (HostPattern::Name("example.org".into()), PortPattern::Any));
    assert_eq!(host("a_b.example.org:443").1, PortPattern::One(443));
    assert_eq!(host("a:8000-8010").1, PortPattern::Range(8000, 8010));
    assert_eq!(host("a:*").1, PortPattern::Any);
    assert_eq!(host("*.example.org:443").0, HostPattern::Suffix("example.org".into()));
    assert_eq!(host("*:443"), (HostPattern::Public, PortPattern::One(443)));
    assert_eq!(host("10.1.2.3:5432").0, HostPattern::Address(v4("10.1.2.3")));
    assert_eq!(host("[::1]:80"), (HostPattern::Address(v4("::1")), PortPattern::One(80)));
    assert_eq!(host("::1:80"), (HostPattern::Address(v4("::1:80")), PortPattern::Any));
    let network = HostPattern::Network(Cidr { address: v4("10.0.0.0"), prefix: 8 });
    assert_eq!(host("10.0.0.0/8:5432"), (network, PortPattern::One(5432)));
    let network = HostPattern::Network(Cidr { address: v4("fd00::"), prefix: 8 });
    assert_eq!(host("[fd00::/8]:80"), (network, PortPattern::One(80)));
    assert_eq!(net("unix:/run/a.sock"), Ok(NetPattern::Unix("/run/a.sock".into())));
    assert!(matches!(net("private:db.internal:5432"), Ok(NetPattern::Host { private: true, .. })));
}

#[test]
fn a_mapped_address_is_the_address_that_it_maps_to() {
    assert_eq!(host("[::ffff:127.0.0.1]:80").0, HostPattern::Address(v4("127.0.0.1")));
    let network = HostPattern::Network(Cidr { address: v4("10.0.0.0"), prefix: 8 });
    assert_eq!(host("[::ffff:10.0.0.0/104]").0, network);
}

#[test]
fn a_form_of_an_address_that_programs_read_differently_is_refused() {
    for text in [
        "2130706433",
        "127.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "017700000001",
        "0177.0.0.1",
        "010.0.0.1",
        "1.2.3.4.5",
        "256.1.1.1",
        "a.1",
        "a.0x",
    ] {
        assert!(net(text).is_err(), "{text}");
    }
}

#[test]
fn what_is_not_a_host_is_refused() {
    for text in [
        "",
        ":",
        ":80",
        "a:",
        "a:0",
        "a:65536",
        "a:080",
        "a:+80",
        "a: 80",
        "a:80:90",
        "a:9-8",
        "a:0-9",
        "a b",
        "a\n",
        "a\0b",
        "a..b",
        ".a",
        "-a",
        "a-",
        "*a.b",
        "a.*",
        "*.*",
        "*.",
        "a@b",
        "a#b",
        "a/b",
        "http://a",
        "htp://x",
        "[a]:80",
        "[::1",
        "[::1]80",
        "[127.0.0.1]:80",
        "::1%lo",
        "fe80::1%1",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/08",
        "10.1.0.0/8",
        "/8",
        "ex\u{ff0e}org",
        "１２７.0.0.1",
        "private:",
        "private:*",
        "private:10.0.0.1",
        "private:private:a",
        "unix:",
        "unix:@x",
        "unix:/a/",
    ] {
        assert!(net(text).is_err(), "{text:?}");
    }
    assert!(net(&"a".repeat(64)).is_err());
    assert!(net(&"a.".repeat(128)).is_err());
}

#[test]
fn a_url_is_explained() {
    let fix = |text| net(text).expect_err("refused").fix;
    assert_eq!(fix("https://api.example.org/v1"), "write \"api.example.org:443\"");
    assert_eq!(fix("http://u:p@a:8080"), "write \"a:8080\"");
    assert_eq!(fix("htp://x"), "write \"x:443\"");
}

#[test]
fn listens_at_ports_and_addresses() {
    let any = |port| vec![ListenPattern { address: None, port }];
    assert_eq!(listen("3000"), Ok(any(PortPattern::One(3000))));
    assert_eq!(listen("0"), Ok(any(PortPattern::One(0))));
    assert_eq!(listen("3000-3010"), Ok(any(PortPattern::Range(3000, 3010))));
    assert_eq!(listen("*:80"), Ok(any(PortPattern::One(80))));
    assert_eq!(listen("*"), Ok(any(PortPattern::Any)));
    assert_eq!(listen("127.0.0.1:0").map(|list| list[0].address), Ok(Some(v4("127.0.0.1"))));
    assert_eq!(listen("[::]:80").map(|list| list[0].address), Ok(Some(v4("::"))));
    assert_eq!(listen("localhost:80").map(|list| list.len()), Ok(2));
    for text in [
        "",
        "65536",
        "03000",
        "-1",
        "127.0.0.1",
        "example.org:80",
        "127.0.0.1:",
        "10.0.0.0/8:80",
        "::1",
        "3000-",
        "1-2-3",
        "0-5",
    ] {
        assert!(listen(text).is_err(), "{text:?}");
    }
}
