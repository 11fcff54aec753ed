//! What of a nameserver's reply reaches the program: records of the name that it asked for, without addresses that its
//! grants do not cover. What passes is pinned.

use super::granted::Granted;
use super::pins::Pins;
use super::query::host_name;
use crate::policy::Policy;
use simple_dns::rdata::{HTTPS, RData, SVCB, SVCParam};
use simple_dns::{Packet, ResourceRecord};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Links of a chain of aliases that are followed.
const CHAIN: usize = 16;

/// The look-up that a reply is for.
pub struct Lookup<'a> {
    pub name: &'a str,
    /// What it counts as, from `Granted::counts_as`.
    pub names: &'a [String],
    pub policy: &'a Policy,
    pub pins: &'a Pins,
    pub granted: &'a Granted,
    pub now: Instant,
}

/// What was kept.
#[derive(Debug, Default)]
pub struct Kept<'a> {
    pub answers: Vec<ResourceRecord<'a>>,
    /// How long "there is none" holds (RFC 2308).
    pub authority: Vec<ResourceRecord<'a>>,
    /// Addresses that were taken out.
    pub refused: Vec<IpAddr>,
}

impl Lookup<'_> {
    pub fn filter<'a>(&self, packet: Packet<'a>) -> Kept<'a> {
        let owners = self.chain(&packet);
        let mut kept = Kept::default();
        for record in packet.answers {
            let belongs = host_name(&record.name).is_some_and(|owner| owners.contains(&owner));
            if belongs && let Some(record) = self.keep(record, &mut kept.refused) {
                kept.answers.push(record);
            }
        }
        kept.authority = packet.name_servers;
        kept.authority.retain(|record| matches!(record.rdata, RData::SOA(_)));
        kept
    }

    /// The name, and the names that it is an alias for.
    fn chain(&self, packet: &Packet<'_>) -> Vec<String> {
        let mut owners = vec![self.name.to_owned()];
        for _ in 0..CHAIN {
            let known = owners.len();
            for record in &packet.answers {
                if let RData::CNAME(alias) = &record.rdata
                    && host_name(&record.name).is_some_and(|owner| owners.contains(&owner))
                    && let Some(target) = host_name(&alias.0)
                    && !owners.contains(&target)
                    && owners.len() <= CHAIN
                {
                    owners.push(target);
                }
            }
            if owners.len() == known {
                break;
            }
        }
        owners
    }

    fn keep<'a>(&self, mut record: ResourceRecord<'a>, refused: &mut Vec<IpAddr>) -> Option<ResourceRecord<'a>> {
        let seconds = u64::from(record.ttl);
        match &mut record.rdata {
            RData::A(a) => self.hand_out(IpAddr::V4(Ipv4Addr::from_bits(a.address)), seconds, refused)?,
            RData::AAAA(aaaa) => self.hand_out(IpAddr::V6(Ipv6Addr::from_bits(aaaa.address)), seconds, refused)?,
            RData::CNAME(alias) => self.follow(host_name(&alias.0)),
            RData::SRV(service) => self.follow(host_name(&service.target)),
            RData::SVCB(binding) => self.keep_binding(binding, seconds, refused),
            RData::HTTPS(HTTPS(binding)) => self.keep_binding(binding, seconds, refused),
            // Signatures are over what may have been taken out.
            RData::RRSIG(_) => return None,
            _ => {}
        }
        Some(record)
    }

    fn follow(&self, target: Option<String>) {
        if let Some(target) = target.filter(|target| target != self.name) {
            self.granted.follow(target, self.names);
        }
    }

    fn hand_out(&self, address: IpAddr, seconds: u64, refused: &mut Vec<IpAddr>) -> Option<()> {
        if !self.policy.hand_out(address, self.names).allowed() {
            refused.push(address);
            return None;
        }
        for name in self.names {
            self.pins.pin(name, address, Duration::from_secs(seconds), self.now);
        }
        Some(())
    }

    /// A service binding's address hints are addresses like others (RFC 9460 7.3).
    fn keep_binding<'a>(&self, binding: &mut SVCB<'a>, seconds: u64, refused: &mut Vec<IpAddr>) {
        self.follow(host_name(&binding.target));
        let mut kept: SVCB<'a> = SVCB::new(binding.priority, binding.target.clone());
        for parameter in binding.iter_params() {
            match parameter {
                SVCParam::Ipv4Hint(hints) => {
                    let address = |bits: &u32| IpAddr::V4(Ipv4Addr::from_bits(*bits));
                    let mut hints = hints.clone();
                    hints.retain(|bits| self.hand_out(address(bits), seconds, refused).is_some());
                    kept.set_ipv4hint(&hints);
                }
                SVCParam::Ipv6Hint(hints) => {
                    let address = |bits: &u128| IpAddr::V6(Ipv6Addr::from_bits(*bits));
                    let mut hints = hints.clone();
                    hints.retain(|bits| self.hand_out(address(bits), seconds, refused).is_some());
                    kept.set_ipv6hint(&hints);
                }
                other => kept.set_param(other.clone()),
            }
        }
        *binding = kept;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Grant, HostPattern, NetPattern, Origin, PortPattern};
    use simple_dns::rdata::{A, AAAA, CNAME, SRV};
    use simple_dns::{CLASS, Name};
    use std::sync::Arc;

    struct Bench {
        policy: Arc<Policy>,
        pins: Pins,
        granted: Granted,
    }

    fn bench(private: bool) -> Bench {
        let mut policy = Policy::default();
        policy.allow.net.push(Grant {
            pattern: NetPattern::Host {
                host: HostPattern::Name("www.example".into()),
                port: PortPattern::One(443),
                private,
            },
            text: String::new(),
            origin: Origin::Default("test"),
        });
        let policy = Arc::new(policy);
        Bench { pins: Pins::default(), granted: Granted::new(policy.clone(), Vec::new()), policy }
    }

    impl Bench {
        fn filter<'a>(&self, name: &str, answers: Vec<ResourceRecord<'a>>) -> Kept<'a> {
            let names = self.granted.counts_as(name);
            let mut packet = Packet::new_reply(1);
            packet.answers = answers;
            let (policy, pins, granted) = (&*self.policy, &self.pins, &self.granted);
            Lookup { name, names: &names, policy, pins, granted, now: Instant::now() }.filter(packet)
        }

        fn names(&self, address: &str) -> Vec<String> {
            self.pins.names(address.parse().unwrap(), Instant::now())
        }
    }

    fn record<'a>(owner: &'a str, data: RData<'a>) -> ResourceRecord<'a> {
        ResourceRecord::new(Name::new(owner).unwrap(), CLASS::IN, 60, data)
    }

    fn a(owner: &'static str, address: &str) -> ResourceRecord<'static> {
        record(owner, RData::A(A { address: address.parse::<Ipv4Addr>().unwrap().to_bits() }))
    }

    #[test]
    fn a_public_address_is_handed_out_and_pinned() {
        let bench = bench(false);
        assert_eq!(bench.filter("www.example", vec![a("www.example", "80.0.0.1")]).answers.len(), 1);
        assert_eq!(bench.names("80.0.0.1"), ["www.example"]);
    }

    #[test]
    fn forbidden_addresses_are_dropped_one_by_one() {
        let bench = bench(false);
        let mapped = AAAA { address: "::ffff:127.0.0.1".parse::<Ipv6Addr>().unwrap().to_bits() };
        let metadata = a("www.example", "169.254.169.254");
        let answers = vec![metadata, a("www.example", "80.0.0.1"), record("www.example", RData::AAAA(mapped))];
        let kept = bench.filter("www.example", answers);
        assert_eq!((kept.answers.len(), kept.refused.len()), (1, 2));
        assert!(bench.names("169.254.169.254").is_empty() && bench.names("127.0.0.1").is_empty());
    }

    #[test]
    fn a_private_grant_lets_private_addresses_through() {
        let bench = bench(true);
        assert_eq!(bench.filter("www.example", vec![a("www.example", "10.0.0.1")]).answers.len(), 1);
        assert_eq!(bench.names("10.0.0.1"), ["www.example"]);
    }

    #[test]
    fn records_of_other_names_are_not_believed() {
        let bench = bench(false);
        let kept = bench.filter("www.example", vec![a("other.example", "80.0.0.2")]);
        assert!(kept.answers.is_empty() && bench.names("80.0.0.2").is_empty());
    }

    #[test]
    fn an_alias_is_followed_to_its_end_in_any_order() {
        let bench = bench(false);
        let alias = |from, to| record(from, RData::CNAME(CNAME(Name::new(to).unwrap())));
        let answers =
            vec![a("c.example", "80.0.0.3"), alias("b.example", "c.example"), alias("www.example", "b.example")];
        assert_eq!(bench.filter("www.example", answers).answers.len(), 3);
        assert!(bench.names("80.0.0.3").contains(&"www.example".to_owned()));
        assert!(bench.granted.counts_as("b.example").contains(&"www.example".to_owned()));
    }

    #[test]
    fn a_loop_of_aliases_ends() {
        let bench = bench(false);
        let alias = |from, to| record(from, RData::CNAME(CNAME(Name::new(to).unwrap())));
        let answers = vec![alias("www.example", "b.example"), alias("b.example", "www.example")];
        assert_eq!(bench.filter("www.example", answers).answers.len(), 2);
    }

    #[test]
    fn the_host_behind_a_service_record_is_that_services() {
        let bench = bench(false);
        let target = Name::new("node1.example").unwrap();
        let service = RData::SRV(SRV { priority: 0, weight: 0, port: 443, target });
        bench.filter("_db._tcp.www.example", vec![record("_db._tcp.www.example", service)]);
        bench.filter("node1.example", vec![a("node1.example", "80.0.0.4")]);
        assert!(bench.names("80.0.0.4").contains(&"www.example".to_owned()));
    }

    #[test]
    fn hints_of_a_service_binding_are_addresses_too() {
        let bench = bench(false);
        let mut binding = SVCB::new(1, Name::new("www.example").unwrap());
        binding.set_port(443);
        binding.set_ipv4hint(&[0x5000_0005, 0x0a00_0001]);
        let mut kept = bench.filter("www.example", vec![record("www.example", RData::HTTPS(HTTPS(binding)))]);
        let Some(RData::HTTPS(HTTPS(binding))) = kept.answers.pop().map(|record| record.rdata) else { panic!() };
        let hints: Vec<_> = binding.iter_params().map(|parameter| parameter.key_code()).collect();
        assert_eq!(hints, [3, 4]);
        assert_eq!((bench.names("80.0.0.5").len(), bench.names("10.0.0.1").len()), (1, 0));
    }
}
