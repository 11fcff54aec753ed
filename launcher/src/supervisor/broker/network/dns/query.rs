//! Questions of the jail's programs (RFC 1035), and replies that need no one else.

use simple_dns::rdata::{A, AAAA, OPT, RData};
use simple_dns::{CLASS, Name, OPCODE, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, ResourceRecord, TYPE};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a UDP reply may have where the question names no size (RFC 1035 4.2.1).
const PLAIN_SIZE: usize = 512;
/// The largest UDP reply that is sent or asked for: what passes without fragments (RFC 9715).
pub const SIZE: u16 = 1232;

/// Whether a question says how large a reply may be (EDNS). A few old servers answer such questions with an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extension {
    Named,
    Absent,
}

/// One question.
#[derive(Clone, Debug)]
pub struct Query {
    pub id: u16,
    question: Question<'static>,
    /// In lower case, without a trailing dot.
    pub name: String,
    pub kind: TYPE,
    recursion: bool,
    /// The size of a reply that the program takes over UDP, where it says one (EDNS, RFC 6891).
    size: Option<u16>,
}

/// Why a message is no question that can be answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Unusable {
    /// No reply at all: it has no id, or it is a reply itself.
    Ignored,
    /// A reply with this code, made from the bytes of the message.
    Reply(Vec<u8>),
}

impl Query {
    pub fn parse(bytes: &[u8]) -> Result<Query, Unusable> {
        let packet = Packet::parse(bytes).map_err(|_| malformed(bytes))?;
        if packet.has_flags(PacketFlag::RESPONSE) {
            return Err(Unusable::Ignored);
        }
        let refusal = |code| Unusable::Reply(bare_reply(packet.id(), code));
        if packet.opcode() != OPCODE::StandardQuery {
            return Err(refusal(RCODE::NotImplemented));
        }
        let [question] = &packet.questions[..] else { return Err(refusal(RCODE::FormatError)) };
        let (QTYPE::TYPE(kind), QCLASS::CLASS(CLASS::IN)) = (question.qtype, question.qclass) else {
            return Err(refusal(RCODE::Refused));
        };
        let name = host_name(&question.qname).ok_or_else(|| refusal(RCODE::Refused))?;
        Ok(Query {
            id: packet.id(),
            question: question.clone().into_owned(),
            name,
            kind,
            recursion: packet.has_flags(PacketFlag::RECURSION_DESIRED),
            size: packet.opt().map(|opt| opt.udp_packet_size),
        })
    }

    /// A reply without records.
    pub fn refuse(&self, code: RCODE) -> Vec<u8> {
        self.reply(code, Vec::new(), Vec::new(), usize::from(u16::MAX))
    }

    /// A reply whose records fit `limit`, or else one that says that it was cut, so that the program asks over TCP.
    pub fn reply(
        &self,
        code: RCODE,
        answers: Vec<ResourceRecord<'_>>,
        authority: Vec<ResourceRecord<'_>>,
        limit: usize,
    ) -> Vec<u8> {
        let mut packet = self.empty_reply(code);
        packet.answers = answers;
        packet.name_servers = authority;
        match packet.build_bytes_vec_compressed() {
            Ok(bytes) if bytes.len() <= limit => bytes,
            Ok(_) => {
                let mut cut = self.empty_reply(code);
                cut.set_flags(PacketFlag::TRUNCATION);
                cut.build_bytes_vec().unwrap_or_else(|_| bare_reply(self.id, RCODE::ServerFailure))
            }
            Err(_) => bare_reply(self.id, RCODE::ServerFailure),
        }
    }

    /// How large a UDP reply may be.
    pub fn udp_limit(&self) -> usize {
        self.size.map_or(PLAIN_SIZE, |size| usize::from(size.clamp(PLAIN_SIZE as u16, SIZE)))
    }

    /// The same question for a nameserver.
    pub fn forwarded(&self, id: u16, extension: Extension) -> Option<Vec<u8>> {
        let mut packet = Packet::new_query(id);
        packet.set_flags(PacketFlag::RECURSION_DESIRED);
        packet.questions.push(self.question.clone());
        if extension == Extension::Named {
            *packet.opt_mut() = Some(OPT { opt_codes: Vec::new(), udp_packet_size: SIZE, version: 0 });
        }
        packet.build_bytes_vec().ok()
    }

    /// Whether `packet` is the reply to this question as forwarded with `id`.
    pub fn is_answered_by(&self, packet: &Packet<'_>, id: u16) -> bool {
        let [question] = &packet.questions[..] else { return false };
        packet.id() == id
            && packet.has_flags(PacketFlag::RESPONSE)
            && question.qtype == self.question.qtype
            && question.qclass == self.question.qclass
            && host_name(&question.qname).as_deref() == Some(&self.name)
    }

    /// The reply to a question about this machine's loopback name (RFC 6761 6.3).
    pub fn loopback(&self, limit: usize) -> Vec<u8> {
        let data = match self.kind {
            TYPE::A => Some(RData::A(A { address: Ipv4Addr::LOCALHOST.to_bits() })),
            TYPE::AAAA => Some(RData::AAAA(AAAA { address: Ipv6Addr::LOCALHOST.to_bits() })),
            _ => None,
        };
        let record = data.map(|data| ResourceRecord::new(self.question.qname.clone(), CLASS::IN, 86_400, data));
        self.reply(RCODE::NoError, record.into_iter().collect(), Vec::new(), limit)
    }

    fn empty_reply(&self, code: RCODE) -> Packet<'_> {
        let mut packet = Packet::new_reply(self.id);
        packet.set_flags(PacketFlag::RECURSION_AVAILABLE);
        if self.recursion {
            packet.set_flags(PacketFlag::RECURSION_DESIRED);
        }
        *packet.rcode_mut() = code;
        packet.questions.push(self.question.clone());
        if self.size.is_some() {
            *packet.opt_mut() = Some(OPT { opt_codes: Vec::new(), udp_packet_size: SIZE, version: 0 });
        }
        packet
    }
}

fn malformed(bytes: &[u8]) -> Unusable {
    match bytes {
        [first, second, flags, ..] if flags & 0x80 == 0 => {
            Unusable::Reply(bare_reply(u16::from_be_bytes([*first, *second]), RCODE::FormatError))
        }
        _ => Unusable::Ignored,
    }
}

/// A header and nothing else.
fn bare_reply(id: u16, code: RCODE) -> Vec<u8> {
    let [first, second] = id.to_be_bytes();
    vec![first, second, 0x80, 0x80 | (code as u8 & 0x0f), 0, 0, 0, 0, 0, 0, 0, 0]
}

/// The text of a name that only has letters, digits, hyphens and underscores. Others are no host's, and a dot inside a
/// label would make the text another name than the one that is asked for.
pub fn host_name(name: &Name<'_>) -> Option<String> {
    let mut text = String::new();
    for label in name.as_bytes() {
        if label.is_empty() || !label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            return None;
        }
        if !text.is_empty() {
            text.push('.');
        }
        text.extend(label.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
    }
    (!text.is_empty() && text.len() <= 253).then_some(text)
}

/// The address that a reverse look-up is about (RFC 1035 3.5, RFC 3596 2.5).
pub fn reverse_address(name: &str) -> Option<IpAddr> {
    if let Some(digits) = name.strip_suffix(".in-addr.arpa") {
        let text: Vec<&str> = digits.split('.').rev().collect();
        return text.join(".").parse::<Ipv4Addr>().ok().map(IpAddr::V4);
    }
    let digits: Vec<&str> = name.strip_suffix(".ip6.arpa")?.split('.').collect();
    if digits.len() != 32 || digits.iter().any(|digit| digit.len() != 1) {
        return None;
    }
    let bits = u128::from_str_radix(&digits.iter().rev().copied().collect::<String>(), 16).ok()?;
    Some(IpAddr::V6(Ipv6Addr::from_bits(bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn question(name: &str, kind: TYPE) -> Vec<u8> {
        let mut packet = Packet::new_query(7);
        packet.questions.push(Question::new(Name::new(name).unwrap(), kind.into(), CLASS::IN.into(), false));
        packet.build_bytes_vec().unwrap()
    }

    #[test]
    fn a_name_is_read_in_lower_case() {
        let query = Query::parse(&question("API.Example.ORG", TYPE::A)).unwrap();
        assert_eq!((query.name.as_str(), query.kind, query.id), ("api.example.org", TYPE::A, 7));
    }

    #[test]
    fn a_dot_or_a_nul_inside_a_label_makes_no_name() {
        for label in [&b"a.example"[..], b"a\0b", b"a b", b"\xc3\xa9", b"*"] {
            let mut bytes = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, label.len() as u8];
            bytes.extend_from_slice(label);
            bytes.extend_from_slice(b"\x03org\0\0\x01\0\x01");
            assert_eq!(Query::parse(&bytes).unwrap_err(), Unusable::Reply(bare_reply(7, RCODE::Refused)));
        }
    }

    #[test]
    fn transfers_other_classes_and_replies_are_no_questions() {
        let mut transfer = question("a.example", TYPE::A);
        let end = transfer.len();
        transfer[end - 3] = 252;
        assert!(matches!(Query::parse(&transfer), Err(Unusable::Reply(_))));
        let mut chaos = question("a.example", TYPE::A);
        chaos[end - 1] = 3;
        assert!(matches!(Query::parse(&chaos), Err(Unusable::Reply(_))));
        let mut reply = question("a.example", TYPE::A);
        reply[2] |= 0x80;
        assert_eq!(Query::parse(&reply).unwrap_err(), Unusable::Ignored);
        assert_eq!(Query::parse(&[1]).unwrap_err(), Unusable::Ignored);
    }

    #[test]
    fn a_reply_that_is_too_large_says_so() {
        let query = Query::parse(&question("a.example", TYPE::A)).unwrap();
        let record = |number| {
            let data = RData::A(A { address: number });
            ResourceRecord::new(Name::new("a.example").unwrap(), CLASS::IN, 60, data)
        };
        let bytes = query.reply(RCODE::NoError, (0..200).map(record).collect(), Vec::new(), query.udp_limit());
        let packet = Packet::parse(&bytes).unwrap();
        assert!(packet.has_flags(PacketFlag::TRUNCATION) && packet.answers.is_empty());
    }

    #[test]
    fn a_reverse_name_gives_its_address() {
        assert_eq!(reverse_address("4.3.2.1.in-addr.arpa"), Some("1.2.3.4".parse().unwrap()));
        let six = format!("1.{}8.b.d.0.1.0.0.2.ip6.arpa", "0.".repeat(23));
        assert_eq!(reverse_address(&six), Some("2001:db8::1".parse().unwrap()));
        for no in ["3.2.1.in-addr.arpa", "x.ip6.arpa", "example.org"] {
            assert_eq!(reverse_address(no), None);
        }
    }
}
