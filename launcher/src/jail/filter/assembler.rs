//! Rules to classic BPF (Documentation/networking/filter.rst, seccomp(2)).
//!
//! The code is put down from its end: whatever a step jumps to, which is always forwards, is there before it. So a rule
//! that stands for many calls is code once, and later only jumped to. The kernel translates every step at each start.
//!
//! The call's number is found by binary search; calls that are always allowed never get here, as the kernel remembers them
//! (seccomp_cache_prepare) when it sees that only the number and the architecture were looked at.

use super::rule::Rule;
use libc::{
    BPF_ABS, BPF_ALU, BPF_AND, BPF_JA, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W,
    SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_USER_NOTIF, sock_filter,
};

// Offsets in struct seccomp_data: int nr; u32 arch; u64 instruction_pointer; u64 args[6].
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;
const HIGH_HALF: u32 = 4;

/// x32 calls share the architecture of x86_64 and have this bit in their number.
const X32_BIT: u32 = 0x4000_0000;

/// AUDIT_ARCH_* of <linux/audit.h>: the ELF machine, 64 bits, little endian.
#[cfg(target_arch = "x86_64")]
const NATIVE: u32 = 0xc000_003e;
#[cfg(target_arch = "aarch64")]
const NATIVE: u32 = 0xc000_00b7;

/// The whole program; `rules` are sorted by number, each number once.
pub fn assemble(rules: &[(u32, &Rule)], unknown: &Rule) -> Vec<sock_filter> {
    let mut code = Assembler { reversed: Vec::with_capacity(1024), known: Vec::with_capacity(128) };
    let found = code.search(&runs(rules, unknown));
    let x32 = code.put(give(SECCOMP_RET_KILL_PROCESS));
    code.branch(BPF_JGE, X32_BIT, x32, found);
    let native = code.put(load(NUMBER));
    let foreign = code.put(give(SECCOMP_RET_KILL_PROCESS));
    code.branch(BPF_JEQ, NATIVE, native, foreign);
    code.put(load(ARCHITECTURE));
    code.reversed.reverse();
    code.reversed
}

/// Where each rule begins to hold: a run lasts to the next one's beginning.
fn runs<'a>(rules: &[(u32, &'a Rule)], unknown: &'a Rule) -> Vec<(u32, &'a Rule)> {
    let mut runs = vec![(0, unknown)];
    let mut begin = |number: u32, rule: &'a Rule| match runs.last_mut() {
        Some(last) if last.0 == number => last.1 = rule,
        Some(last) if last.1 == rule => {}
        _ => runs.push((number, rule)),
    };
    for (position, (number, rule)) in rules.iter().enumerate() {
        begin(*number, rule);
        if rules.get(position + 1).is_none_or(|next| next.0 != number + 1) {
            begin(number + 1, unknown);
        }
    }
    runs
}

/// A step, by how many come after it in the end.
type Place = usize;

struct Assembler<'a> {
    reversed: Vec<sock_filter>,
    /// Where the code of each rule begins.
    known: Vec<(&'a Rule, Place)>,
}

impl<'a> Assembler<'a> {
    fn search(&mut self, runs: &[(u32, &'a Rule)]) -> Place {
        match runs {
            [] => self.put(give(SECCOMP_RET_KILL_PROCESS)),
            [(_, rule)] => self.decide(rule),
            _ => {
                let (low, high) = runs.split_at(runs.len() / 2);
                let (begin, high) = (high[0].0, self.search(high));
                let low = self.search(low);
                self.branch(BPF_JGE, begin, high, low)
            }
        }
    }

    fn decide(&mut self, rule: &'a Rule) -> Place {
        let is_known = |known: &Rule| std::ptr::eq(known, rule) || (rule.is_end() && known == rule);
        if let Some((_, place)) = self.known.iter().find(|(known, _)| is_known(known)) {
            return *place;
        }
        let place = self.begin(rule);
        self.known.push((rule, place));
        place
    }

    fn begin(&mut self, rule: &'a Rule) -> Place {
        match rule {
            Rule::Allow => self.put(give(SECCOMP_RET_ALLOW)),
            Rule::Notify => self.put(give(SECCOMP_RET_USER_NOTIF)),
            Rule::Refuse(errno) => self.put(give(SECCOMP_RET_ERRNO | errno.unsigned_abs())),
            Rule::Among { argument, mask, values, then, otherwise } => {
                let (otherwise, then) = (self.decide(otherwise), self.decide(then));
                self.any_of(values, then, otherwise);
                if *mask != u32::MAX {
                    self.put(statement(BPF_ALU | BPF_AND | BPF_K, *mask));
                }
                self.put(load(low_half(*argument)))
            }
            Rule::AnyBit { argument, bits, then, otherwise } => {
                let (otherwise, then) = (self.decide(otherwise), self.decide(then));
                self.branch(BPF_JSET, *bits, then, otherwise);
                self.put(load(low_half(*argument)))
            }
            Rule::Null { argument, then, otherwise } => {
                let (otherwise, then) = (self.decide(otherwise), self.decide(then));
                self.branch(BPF_JEQ, 0, then, otherwise);
                let high_is_zero = self.put(load(low_half(*argument)));
                self.branch(BPF_JEQ, 0, high_is_zero, otherwise);
                self.put(load(low_half(*argument) + HIGH_HALF))
            }
        }
    }

    /// The accumulator is compared with each value.
    fn any_of(&mut self, values: &[u32], mut then: Place, otherwise: Place) {
        let mut next = self.in_reach(otherwise, REACH - 1);
        if values.is_empty() && next + 1 != self.reversed.len() {
            self.leap(next);
        }
        for value in values.iter().rev() {
            then = self.in_reach(then, REACH - 1);
            next = self.branch(BPF_JEQ, *value, then, next);
        }
    }

    /// A comparison of the accumulator.
    fn branch(&mut self, test: u32, value: u32, then: Place, otherwise: Place) -> Place {
        // The second leap, if there is one, moves the first by a step.
        let then = self.in_reach(then, REACH - 1);
        let otherwise = self.in_reach(otherwise, REACH);
        let jump =
            sock_filter { jt: self.short(then), jf: self.short(otherwise), ..statement(BPF_JMP | test | BPF_K, value) };
        self.put(jump)
    }

    /// `place`, or a step near by that does the same: offsets of conditional jumps have 8 bits only.
    fn in_reach(&mut self, place: Place, reach: usize) -> Place {
        if self.steps_to(place) <= reach { place } else { self.leap(place) }
    }

    fn leap(&mut self, place: Place) -> Place {
        let far = self.reversed[place];
        if u32::from(far.code) == BPF_RET | BPF_K {
            return self.put(far);
        }
        let steps = u32::try_from(self.steps_to(place)).expect("programs have at most 4096 steps");
        self.put(statement(BPF_JMP | BPF_JA, steps))
    }

    fn short(&self, place: Place) -> u8 {
        u8::try_from(self.steps_to(place)).expect("what is too far away is reached by a leap")
    }

    /// From the step that is put down next.
    fn steps_to(&self, place: Place) -> usize {
        self.reversed.len() - 1 - place
    }

    fn put(&mut self, step: sock_filter) -> Place {
        self.reversed.push(step);
        self.reversed.len() - 1
    }
}

/// How many steps a conditional jump can leave out.
const REACH: usize = u8::MAX as usize;

fn load(offset: u32) -> sock_filter {
    statement(BPF_LD | BPF_W | BPF_ABS, offset)
}

fn give(action: u32) -> sock_filter {
    statement(BPF_RET | BPF_K, action)
}

fn low_half(argument: u8) -> u32 {
    ARGUMENTS + 8 * u32::from(argument)
}

fn statement(operation: u32, value: u32) -> sock_filter {
    let code = u16::try_from(operation).expect("operations of classic BPF have 16 bits");
    sock_filter { code, jt: 0, jf: 0, k: value }
}

#[cfg(test)]
#[path = "assembler_tests.rs"]
pub mod tests;
