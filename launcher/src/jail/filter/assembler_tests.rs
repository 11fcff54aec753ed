//! Programs are run by an interpreter of the instructions that the assembler uses.

use super::*;

pub const NATIVE_ARCHITECTURE: u32 = NATIVE;
const ALLOW: u32 = SECCOMP_RET_ALLOW;
const NOTIFY: u32 = SECCOMP_RET_USER_NOTIF;
const KILL: u32 = SECCOMP_RET_KILL_PROCESS;

fn word(architecture: u32, number: u32, arguments: [u64; 6], offset: u32) -> u32 {
    match offset {
        NUMBER => number,
        ARCHITECTURE => architecture,
        _ => {
            let argument = arguments[((offset - ARGUMENTS) / 8) as usize];
            if (offset - ARGUMENTS) % 8 == HIGH_HALF { (argument >> 32) as u32 } else { argument as u32 }
        }
    }
}

/// Interprets `code` for one call.
pub fn run_as(code: &[sock_filter], architecture: u32, number: u32, arguments: [u64; 6]) -> u32 {
    let (mut at, mut accumulator) = (0usize, 0u32);
    loop {
        let step = code[at];
        at += 1;
        let operation = u32::from(step.code);
        match operation {
            _ if operation == BPF_LD | BPF_W | BPF_ABS => accumulator = word(architecture, number, arguments, step.k),
            _ if operation == BPF_ALU | BPF_AND | BPF_K => accumulator &= step.k,
            _ if operation == BPF_JMP | BPF_JA => at += step.k as usize,
            _ if operation == BPF_RET | BPF_K => return step.k,
            _ => {
                let holds = match operation & 0xf0 {
                    BPF_JEQ => accumulator == step.k,
                    BPF_JGE => accumulator >= step.k,
                    BPF_JSET => accumulator & step.k != 0,
                    other => panic!("unknown jump {other:#x}"),
                };
                at += usize::from(if holds { step.jt } else { step.jf });
            }
        }
    }
}

fn run(code: &[sock_filter], number: u32, arguments: [u64; 6]) -> u32 {
    run_as(code, NATIVE, number, arguments)
}

fn refused(errno: i32) -> u32 {
    SECCOMP_RET_ERRNO | errno as u32
}

#[test]
fn another_architecture_is_killed() {
    let code = assemble(&[(1, &Rule::Allow)], &Rule::Refuse(38));
    assert_eq!(run_as(&code, 0x4000_0003, 1, [0; 6]), KILL);
}

#[test]
fn calls_of_x32_are_killed() {
    let code = assemble(&[(1, &Rule::Allow)], &Rule::Refuse(38));
    assert_eq!(run(&code, X32_BIT | 1, [0; 6]), KILL);
    assert_eq!(run(&code, u32::MAX, [0; 6]), KILL);
}

#[test]
fn each_number_gets_its_own_rule_and_gaps_get_the_rule_for_unknown_calls() {
    let rules: Vec<(u32, Rule)> = (0..400u32)
        .filter(|number| number % 7 != 3)
        .map(|number| (number, if number % 3 == 0 { Rule::Allow } else { Rule::Refuse(number as i32 + 1) }))
        .collect();
    let borrowed: Vec<(u32, &Rule)> = rules.iter().map(|(number, rule)| (*number, rule)).collect();
    let code = assemble(&borrowed, &Rule::Refuse(38));
    for number in 0..1000 {
        let expected = match rules.iter().find(|rule| rule.0 == number) {
            Some((_, Rule::Allow)) => ALLOW,
            Some((_, Rule::Refuse(errno))) => refused(*errno),
            _ => refused(38),
        };
        assert_eq!(run(&code, number, [0; 6]), expected, "call {number}");
    }
}

#[test]
fn a_value_is_compared_in_its_low_half_only() {
    let code = assemble(&[(0, &Rule::among(1, &[3, 5, 9], Rule::Allow, Rule::Refuse(1)))], &Rule::Refuse(38));
    for value in 0..12u64 {
        let expected = if [3, 5, 9].contains(&value) { ALLOW } else { refused(1) };
        assert_eq!(run(&code, 0, [0, value, 0, 0, 0, 0]), expected);
        assert_eq!(run(&code, 0, [0, value | 1 << 40, 0, 0, 0, 0]), expected);
    }
}

#[test]
fn a_pointer_is_null_only_when_both_halves_are() {
    let code = assemble(&[(0, &Rule::null(4, Rule::Allow, Rule::Notify))], &Rule::Refuse(38));
    assert_eq!(run(&code, 0, [1, 1, 1, 1, 0, 1]), ALLOW);
    assert_eq!(run(&code, 0, [0, 0, 0, 0, 1, 0]), NOTIFY);
    assert_eq!(run(&code, 0, [0, 0, 0, 0, 1 << 32, 0]), NOTIFY);
}

#[test]
fn masks_and_bits_nest() {
    let inner = Rule::masked(0, 0xff, &[2], Rule::Allow, Rule::Notify);
    let code = assemble(&[(0, &Rule::any_bit(2, 0x30, Rule::Refuse(1), inner))], &Rule::Refuse(38));
    assert_eq!(run(&code, 0, [0xf02, 0, 0x10, 0, 0, 0]), refused(1));
    assert_eq!(run(&code, 0, [0xf02, 0, 0x40, 0, 0, 0]), ALLOW);
    assert_eq!(run(&code, 0, [0xf03, 0, 0x40, 0, 0, 0]), NOTIFY);
}

#[test]
fn jumps_over_more_than_255_steps_work() {
    let long = Rule::among(1, &(0..250).collect::<Vec<u32>>(), Rule::Allow, Rule::Refuse(7));
    let code = assemble(&[(0, &Rule::any_bit(0, 1, Rule::Notify, long.clone())), (5, &long)], &Rule::Refuse(38));
    assert_eq!(run(&code, 0, [1, 0, 0, 0, 0, 0]), NOTIFY);
    assert_eq!(run(&code, 0, [0, 249, 0, 0, 0, 0]), ALLOW);
    assert_eq!(run(&code, 5, [0, 250, 0, 0, 0, 0]), refused(7));
}
