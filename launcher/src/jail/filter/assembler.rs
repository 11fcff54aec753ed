//! Rules to classic BPF (Documentation/networking/filter.rst, seccomp(2)).
//!
//! Every rule becomes code that ends in a return on each of its ways, so pieces are put together without labels. The
//! call's number is found by binary search; calls that are always allowed never get here, as the kernel remembers them
//! (seccomp_cache_prepare) when it sees that only the number and the architecture were looked at.

use super::rule::Rule;
use libc::{
    BPF_ABS, BPF_ALU, BPF_AND, BPF_JA, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W,
    SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_USER_NOTIF, sock_filter,
};

type Code = Vec<sock_filter>;

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
pub fn assemble(rules: &[(u32, &Rule)], unknown: &Rule) -> Code {
    let mut code = vec![load(ARCHITECTURE), jump(BPF_JEQ, NATIVE, 1, 0), give(SECCOMP_RET_KILL_PROCESS), load(NUMBER)];
    code.extend(branch(BPF_JGE, X32_BIT, vec![give(SECCOMP_RET_KILL_PROCESS)], search(&runs(rules, unknown))));
    code
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

fn search(runs: &[(u32, &Rule)]) -> Code {
    match runs {
        [] => vec![give(SECCOMP_RET_KILL_PROCESS)],
        [(_, rule)] => decide(rule),
        _ => {
            let (low, high) = runs.split_at(runs.len() / 2);
            branch(BPF_JGE, high[0].0, search(high), search(low))
        }
    }
}

fn decide(rule: &Rule) -> Code {
    match rule {
        Rule::Allow => vec![give(SECCOMP_RET_ALLOW)],
        Rule::Notify => vec![give(SECCOMP_RET_USER_NOTIF)],
        Rule::Refuse(errno) => vec![give(SECCOMP_RET_ERRNO | errno.unsigned_abs())],
        Rule::Among { argument, mask, values, then, otherwise } => {
            let mut code = vec![load(low_half(*argument))];
            if *mask != u32::MAX {
                code.push(statement(BPF_ALU | BPF_AND | BPF_K, *mask));
            }
            code.extend(any_of(values, decide(then), decide(otherwise)));
            code
        }
        Rule::AnyBit { argument, bits, then, otherwise } => {
            let mut code = vec![load(low_half(*argument))];
            code.extend(branch(BPF_JSET, *bits, decide(then), decide(otherwise)));
            code
        }
        Rule::Null { argument, then, otherwise } => {
            let other = decide(otherwise);
            let mut high_is_zero = vec![load(low_half(*argument))];
            high_is_zero.extend(branch(BPF_JEQ, 0, decide(then), other.clone()));
            let mut code = vec![load(low_half(*argument) + HIGH_HALF)];
            code.extend(branch(BPF_JEQ, 0, high_is_zero, other));
            code
        }
    }
}

/// The accumulator is compared with each value: [comparisons][jump over `then`][then][otherwise].
fn any_of(values: &[u32], then: Code, otherwise: Code) -> Code {
    let mut code = Code::new();
    for (position, value) in values.iter().enumerate() {
        let to_then = u8::try_from(values.len() - position).expect("a rule names fewer than 256 values");
        code.push(jump(BPF_JEQ, *value, to_then, 0));
    }
    code.push(jump_over(&then));
    code.extend(then);
    code.extend(otherwise);
    code
}

/// A comparison of the accumulator; offsets of conditional jumps have 8 bits only.
fn branch(test: u32, value: u32, then: Code, otherwise: Code) -> Code {
    let mut code = match u8::try_from(otherwise.len()) {
        Ok(near) => vec![jump(test, value, near, 0)],
        Err(_) => vec![jump(test, value, 0, 1), jump_over(&otherwise)],
    };
    code.extend(otherwise);
    code.extend(then);
    code
}

fn jump_over(code: &Code) -> sock_filter {
    let length = u32::try_from(code.len()).expect("programs have at most 4096 steps");
    statement(BPF_JMP | BPF_JA, length)
}

fn jump(test: u32, value: u32, then: u8, otherwise: u8) -> sock_filter {
    sock_filter { jt: then, jf: otherwise, ..statement(BPF_JMP | test | BPF_K, value) }
}

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
