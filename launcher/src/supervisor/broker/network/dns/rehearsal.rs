//! One question's way through the resolver without a socket: for tests and fuzzers.

use super::Pins;
use super::answer::Lookup;
use super::granted::Granted;
use super::query::{Query, Unusable};
use crate::policy::Policy;
use simple_dns::{Packet, RCODE};
use std::sync::Arc;
use std::time::Instant;

/// What the program gets for `question` when the nameserver says `reply`; nothing where it is not answered at all.
pub fn rehearse(question: &[u8], reply: &[u8], policy: &Arc<Policy>, pins: &Pins) -> Option<Vec<u8>> {
    let query = match Query::parse(question) {
        Ok(query) => query,
        Err(Unusable::Ignored) => return None,
        Err(Unusable::Reply(bytes)) => return Some(bytes),
    };
    let granted = Granted::new(policy.clone(), Vec::new());
    let names = granted.counts_as(&query.name);
    if names.is_empty() {
        return Some(query.refuse(RCODE::NameError));
    }
    let Ok(packet) = Packet::parse(reply) else { return Some(query.refuse(RCODE::ServerFailure)) };
    let lookup = Lookup { name: &query.name, names: &names, policy, pins, granted: &granted, now: Instant::now() };
    let code = packet.rcode();
    let kept = lookup.filter(packet);
    Some(query.reply(code, kept.answers, kept.authority, query.udp_limit()))
}
