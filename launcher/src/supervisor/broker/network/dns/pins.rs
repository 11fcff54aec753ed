//! Which granted names an address was handed out for. A connection by name is allowed only to such an address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// An address stays its name's for at least this long after its last use: programs keep addresses longer than their TTL.
const SHORTEST: Duration = Duration::from_secs(60 * 60);
/// A TTL beyond this is cut.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
const ADDRESSES_OF_A_NAME: usize = 1024;
const ADDRESSES: usize = 65_536;

#[derive(Debug, Default)]
pub struct Pins {
    tables: Mutex<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    names: HashMap<IpAddr, HashMap<String, Pin>>,
    addresses: HashMap<String, Vec<IpAddr>>,
    count: usize,
}

#[derive(Clone, Copy, Debug)]
struct Pin {
    kept: Duration,
    until: Instant,
}

impl Pins {
    /// Remembers that `address` was handed out for `name`.
    pub fn pin(&self, name: &str, address: IpAddr, time_to_live: Duration, now: Instant) {
        let kept = time_to_live.clamp(SHORTEST, LONGEST);
        self.tables.lock().unwrap_or_else(PoisonError::into_inner).pin(name, address.to_canonical(), kept, now);
    }

    /// The names that `address` was handed out for, as of `now`; this is a use of them.
    pub fn names(&self, address: IpAddr, now: Instant) -> Vec<String> {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(names) = tables.names.get_mut(&address.to_canonical()) else { return Vec::new() };
        names
            .iter_mut()
            .filter(|(_, pin)| pin.until > now)
            .map(|(name, pin)| {
                pin.until = pin.until.max(now + pin.kept);
                name.clone()
            })
            .collect()
    }

    /// Whether `address` was handed out for some name.
    pub fn holds(&self, address: IpAddr, now: Instant) -> bool {
        let tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let names = tables.names.get(&address.to_canonical());
        names.is_some_and(|names| names.values().any(|pin| pin.until > now))
    }
}

impl Tables {
    fn pin(&mut self, name: &str, address: IpAddr, kept: Duration, now: Instant) {
        let pin = Pin { kept, until: now + kept };
        let names = self.names.entry(address).or_default();
        if let Some(old) = names.get_mut(name) {
            *old = Pin { kept: kept.max(old.kept), until: old.until.max(pin.until) };
            return;
        }
        names.insert(name.to_owned(), pin);
        self.count += 1;
        let addresses = self.addresses.entry(name.to_owned()).or_default();
        addresses.push(address);
        if addresses.len() > ADDRESSES_OF_A_NAME {
            let oldest = addresses.remove(0);
            self.forget(name, oldest);
        }
        let over = self.count > ADDRESSES;
        if over {
            self.forget_expired(now);
        }
        // Down to three quarters at once: what is full again with the next look-up would be gone through every time.
        while over && self.count > ADDRESSES / 4 * 3 && self.forget_name_other_than(name) {}
    }

    /// Takes the name off the address, and the address away when it was its last name.
    fn forget(&mut self, name: &str, address: IpAddr) {
        let Some(names) = self.names.get_mut(&address) else { return };
        if names.remove(name).is_some() {
            self.count -= 1;
        }
        if names.is_empty() {
            self.names.remove(&address);
        }
    }

    fn forget_expired(&mut self, now: Instant) {
        for names in self.names.values_mut() {
            names.retain(|_, pin| pin.until > now);
        }
        self.names.retain(|_, names| !names.is_empty());
        let names = &self.names;
        self.addresses.retain(|name, addresses| {
            addresses.retain(|address| names.get(address).is_some_and(|names| names.contains_key(name)));
            !addresses.is_empty()
        });
        self.count = self.names.values().map(HashMap::len).sum();
    }

    /// Full of names in use: one of them goes, and has to be looked up again.
    fn forget_name_other_than(&mut self, kept: &str) -> bool {
        let Some(name) = self.addresses.keys().find(|name| *name != kept).cloned() else { return false };
        for address in self.addresses.remove(&name).unwrap_or_default() {
            self.forget(&name, address);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn address(number: u32) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(0x5000_0000 + number))
    }

    #[test]
    fn an_address_is_known_for_an_hour_after_its_last_use() {
        let (pins, start) = (Pins::default(), Instant::now());
        pins.pin("a.example", address(1), Duration::ZERO, start);
        let later = start + Duration::from_secs(3500);
        assert_eq!(pins.names(address(1), later), ["a.example"]);
        assert_eq!(pins.names(address(1), later + Duration::from_secs(3500)), ["a.example"]);
        assert!(pins.names(address(1), later + Duration::from_secs(3500 + 3601)).is_empty());
    }

    #[test]
    fn a_mapped_address_is_the_one_it_maps_to() {
        let (pins, now) = (Pins::default(), Instant::now());
        pins.pin("a.example", "::ffff:80.0.0.1".parse().unwrap(), Duration::ZERO, now);
        assert_eq!(pins.names("80.0.0.1".parse().unwrap(), now), ["a.example"]);
    }

    #[test]
    fn a_name_with_endless_addresses_keeps_the_newest() {
        let (pins, now) = (Pins::default(), Instant::now());
        for number in 0..5000 {
            pins.pin("a.example", address(number), Duration::ZERO, now);
        }
        assert!(!pins.holds(address(0), now) && pins.holds(address(4999), now));
        let tables = pins.tables.lock().unwrap();
        assert_eq!((tables.count, tables.names.len()), (ADDRESSES_OF_A_NAME, ADDRESSES_OF_A_NAME));
    }

    #[test]
    fn endless_names_do_not_grow_the_table() {
        let (pins, now) = (Pins::default(), Instant::now());
        for number in 0..70_000u32 {
            pins.pin(&format!("{}.example", number / 2), address(number), Duration::ZERO, now);
        }
        let tables = pins.tables.lock().unwrap();
        assert!(tables.count <= ADDRESSES && tables.names.len() <= ADDRESSES);
        assert!(tables.addresses.values().map(Vec::len).sum::<usize>() <= ADDRESSES);
    }
}
