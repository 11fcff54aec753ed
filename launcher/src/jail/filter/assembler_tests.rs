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

/// What a rule says, without any program.
fn meaning(rule: &Rule, arguments: [u64; 6]) -> u32 {
    let low = |argument: &u8| arguments[usize::from(*argument)] as u32;
    let chosen = |holds: bool, then: &Rule, otherwise: &Rule| meaning(if holds { then } else { otherwise }, arguments);
    match rule {
        Rule::Allow => ALLOW,
        Rule::Notify => NOTIFY,
        Rule::Refuse(errno) => refused(*errno),
        Rule::Among { argument, mask, values, then, otherwise } => {
            chosen(values.contains(&(low(argument) & mask)), then, otherwise)
        }
        Rule::AnyBit { argument, bits, then, otherwise } => chosen(low(argument) & bits != 0, then, otherwise),
        Rule::Null { argument, then, otherwise } => chosen(arguments[usize::from(*argument)] == 0, then, otherwise),
    }
}

/// Numbers that look random, the same in each run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn rule(&mut self, depth: u64) -> Rule {
        let argument = self.below(3) as u8;
        match self.below(if depth == 0 { 3 } else { 7 }) {
            0 => Rule::Allow,
            1 => Rule::Notify,
            2 => Rule::Refuse(self.below(4) as i32 + 1),
            3 => Rule::null(argument, self.rule(depth - 1), self.rule(depth - 1)),
            4 => Rule::any_bit(argument, self.below(8) as u32, self.rule(depth - 1), self.rule(depth - 1)),
            _ => {
                let longest = if self.below(6) == 0 { 250 } else { 5 };
                let values: Vec<u32> = (0..self.below(longest)).map(|_| self.below(300) as u32).collect();
                let mask = if self.below(2) == 0 { u32::MAX } else { 0xfe };
                Rule::masked(argument, mask, &values, self.rule(depth - 1), self.rule(depth - 1))
            }
        }
    }
}

#[test]
fn programs_do_what_their_rules_say() {
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for _ in 0..300 {
        let numbers: Vec<u32> = (0..60).filter(|_| dice.below(4) > 0).collect();
        let rules: Vec<(u32, Rule)> = numbers.into_iter().map(|number| (number, dice.rule(3))).collect();
        let borrowed: Vec<(u32, &Rule)> = rules.iter().map(|(number, rule)| (*number, rule)).collect();
        let unknown = Rule::Refuse(38);
        let code = assemble(&borrowed, &unknown);
        for _ in 0..400 {
            let number = dice.below(62) as u32;
            let mut arguments = [0; 6];
            for argument in arguments.iter_mut().take(3) {
                let large = dice.below(4) == 0;
                *argument = dice.below(if large { u64::MAX } else { 300 });
            }
            let rule = rules.iter().find(|rule| rule.0 == number).map_or(&unknown, |rule| &rule.1);
            assert_eq!(run(&code, number, arguments), meaning(rule, arguments), "{number} {arguments:?} {rule:?}");
        }
    }
}

#[test]
fn what_many_calls_share_is_code_once() {
    let rule = Rule::among(1, &[3, 5, 9], Rule::Allow, Rule::Refuse(1));
    let one = assemble(&[(0, &rule)], &Rule::Refuse(38)).len();
    let many: Vec<(u32, &Rule)> = (0..40).map(|number| (2 * number, &rule)).collect();
    // A comparison, and at most one leap, for each boundary.
    assert!(assemble(&many, &Rule::Refuse(38)).len() <= one + 2 * 80);
}
