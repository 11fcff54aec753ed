//! Socket names as a caller wrote them: copied once, read here, and written anew for the kernel.

use crate::sys::socket::RawName;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// `sizeof(struct sockaddr_un)`.
const UNIX_LIMIT: usize = 110;
const INTERNET_LENGTH: usize = 16;
/// Without the scope, which RFC 2133 did not have yet and the kernel does not insist on.
const INTERNET6_SHORTEST: usize = 24;

/// A socket's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// `AF_UNSPEC`: takes a connection away.
    Unspecified,
    Internet(SocketAddr),
    /// A path, without the NUL behind it.
    Path(Vec<u8>),
    /// A name that is no path, without the NUL before it.
    Abstract(Vec<u8>),
    /// A unix name of no length: the kernel chooses one.
    Unnamed,
}

impl Name {
    /// Reads `struct sockaddr`, or says which errno the kernel would.
    pub fn parse(bytes: &[u8]) -> Result<Name, i32> {
        let (family, rest) = bytes.split_first_chunk::<2>().ok_or(libc::EINVAL)?;
        match i32::from(u16::from_ne_bytes(*family)) {
            libc::AF_UNSPEC => Ok(Name::Unspecified),
            libc::AF_INET if bytes.len() >= INTERNET_LENGTH => parse_v4(rest).ok_or(libc::EINVAL),
            libc::AF_INET6 if bytes.len() >= INTERNET6_SHORTEST => parse_v6(rest).ok_or(libc::EINVAL),
            libc::AF_INET | libc::AF_INET6 => Err(libc::EINVAL),
            libc::AF_UNIX if bytes.len() > UNIX_LIMIT => Err(libc::EINVAL),
            libc::AF_UNIX => Ok(parse_unix(rest)),
            _ => Err(libc::EAFNOSUPPORT),
        }
    }

    /// The name in the kernel's form.
    pub fn encode(&self) -> Option<RawName> {
        let family = |family: i32| (family as u16).to_ne_bytes().to_vec();
        let bytes = match self {
            // The kernel wants the length of an Internet name.
            Name::Unspecified => [family(libc::AF_UNSPEC), vec![0; INTERNET_LENGTH - 2]].concat(),
            Name::Internet(address) => return encode_internet(*address),
            Name::Path(path) => [family(libc::AF_UNIX), path.clone(), vec![0]].concat(),
            Name::Abstract(name) => [family(libc::AF_UNIX), vec![0], name.clone()].concat(),
            Name::Unnamed => family(libc::AF_UNIX),
        };
        if bytes.len() > UNIX_LIMIT { None } else { RawName::new(&bytes) }
    }
}

fn parse_v4(rest: &[u8]) -> Option<Name> {
    let port = u16::from_be_bytes(*rest.first_chunk()?);
    let address = Ipv4Addr::from(*rest.get(2..)?.first_chunk::<4>()?);
    Some(Name::Internet(SocketAddr::V4(SocketAddrV4::new(address, port))))
}

fn parse_v6(rest: &[u8]) -> Option<Name> {
    let port = u16::from_be_bytes(*rest.first_chunk()?);
    let flow = u32::from_ne_bytes(*rest.get(2..)?.first_chunk()?);
    let address = Ipv6Addr::from(*rest.get(6..)?.first_chunk::<16>()?);
    let scope = rest.get(22..).and_then(|end| end.first_chunk()).map_or(0, |bytes| u32::from_ne_bytes(*bytes));
    Some(Name::Internet(SocketAddr::V6(SocketAddrV6::new(address, port, flow, scope))))
}

fn parse_unix(rest: &[u8]) -> Name {
    match rest.first() {
        None => Name::Unnamed,
        Some(0) => Name::Abstract(rest[1..].to_vec()),
        Some(_) => Name::Path(rest.iter().copied().take_while(|byte| *byte != 0).collect()),
    }
}

fn encode_internet(address: SocketAddr) -> Option<RawName> {
    let mut bytes = [0u8; 28];
    bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
    match address {
        SocketAddr::V4(v4) => {
            bytes[..2].copy_from_slice(&(libc::AF_INET as u16).to_ne_bytes());
            bytes[4..8].copy_from_slice(&v4.ip().octets());
            RawName::new(&bytes[..INTERNET_LENGTH])
        }
        SocketAddr::V6(v6) => {
            bytes[..2].copy_from_slice(&(libc::AF_INET6 as u16).to_ne_bytes());
            bytes[4..8].copy_from_slice(&v6.flowinfo().to_ne_bytes());
            bytes[8..24].copy_from_slice(&v6.ip().octets());
            bytes[24..28].copy_from_slice(&v6.scope_id().to_ne_bytes());
            RawName::new(&bytes)
        }
    }
}

/// The address that a policy is asked about: what an IPv4-mapped one maps to, and for "any address" the loopback one,
/// which is where the kernel connects to.
pub fn canonical(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip().to_canonical() {
        IpAddr::V4(v4) if v4.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(v6) if v6.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// `address` with "any address" replaced by the loopback one of its family: a bound socket would otherwise reach its
/// own address, which is another one.
pub fn reached(address: SocketAddr) -> SocketAddr {
    let mut reached = address;
    match address.ip() {
        IpAddr::V4(v4) if v4.is_unspecified() => reached.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        IpAddr::V6(v6) if v6.is_unspecified() => reached.set_ip(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some_and(|v4| v4.is_unspecified()) => {
            reached.set_ip(IpAddr::V6(Ipv4Addr::LOCALHOST.to_ipv6_mapped()));
        }
        _ => {}
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sockaddr(family: i32, rest: &[u8]) -> Vec<u8> {
        [&(family as u16).to_ne_bytes()[..], rest].concat()
    }

    #[test]
    fn an_internet_name_survives_the_way_there_and_back() {
        for text in ["10.1.2.3:5432", "[2001:db8::1]:443", "[fe80::1%7]:53", "[::ffff:127.0.0.1]:1"] {
            let name = Name::Internet(text.parse().unwrap());
            assert_eq!(Name::parse(name.encode().unwrap().bytes()), Ok(name));
        }
    }

    #[test]
    fn a_short_internet_name_is_refused_as_the_kernel_does() {
        assert_eq!(Name::parse(&sockaddr(libc::AF_INET, &[0; 13])), Err(libc::EINVAL));
        assert_eq!(Name::parse(&sockaddr(libc::AF_INET6, &[0; 21])), Err(libc::EINVAL));
        assert_eq!(Name::parse(&[2]), Err(libc::EINVAL));
    }

    #[test]
    fn a_family_that_no_jail_has_is_refused() {
        for family in [libc::AF_NETLINK, libc::AF_VSOCK, libc::AF_PACKET, libc::AF_ALG] {
            assert_eq!(Name::parse(&sockaddr(family, &[0; 20])), Err(libc::EAFNOSUPPORT));
        }
    }

    #[test]
    fn a_path_ends_at_its_nul_and_an_abstract_name_does_not() {
        assert_eq!(Name::parse(&sockaddr(libc::AF_UNIX, b"/run/x\0junk")), Ok(Name::Path(b"/run/x".to_vec())));
        assert_eq!(Name::parse(&sockaddr(libc::AF_UNIX, b"\0a\0b")), Ok(Name::Abstract(b"a\0b".to_vec())));
        assert_eq!(Name::parse(&sockaddr(libc::AF_UNIX, b"")), Ok(Name::Unnamed));
        assert_eq!(Name::parse(&sockaddr(libc::AF_UNIX, &[b'a'; 109])), Err(libc::EINVAL));
    }

    #[test]
    fn any_address_is_asked_about_and_reached_as_loopback() {
        let mapped = |text: &str| canonical(text.parse().unwrap()).to_string();
        assert_eq!(mapped("0.0.0.0:80"), "127.0.0.1:80");
        assert_eq!(mapped("[::]:80"), "[::1]:80");
        assert_eq!(mapped("[::ffff:0.0.0.0]:80"), "127.0.0.1:80");
        assert_eq!(mapped("[::ffff:10.0.0.1]:80"), "10.0.0.1:80");
        assert_eq!(reached("[::ffff:0.0.0.0]:80".parse().unwrap()).to_string(), "[::ffff:127.0.0.1]:80");
        assert_eq!(reached("10.0.0.1:80".parse().unwrap()).to_string(), "10.0.0.1:80");
    }
}
