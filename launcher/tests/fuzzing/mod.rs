//! A small mutation fuzzer: the same seed makes the same inputs, so that a finding can be repeated.
#![allow(dead_code, reason = "each test file uses its own part of it")]

use std::time::{Duration, Instant};

/// xorshift64* (Vigna, 2016).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).expect("it is below a usize")
    }

    pub fn choice<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// What is fuzzed.
pub struct Target<'a> {
    pub name: &'a str,
    /// Inputs to start from.
    pub seeds: Vec<Vec<u8>>,
    /// Pieces that are put in.
    pub words: &'a [&'a [u8]],
    /// Panics where something that must hold does not.
    pub check: &'a mut dyn FnMut(&[u8]),
}

/// No input may take longer than this.
const PATIENCE: Duration = Duration::from_secs(2);
/// Inputs that grew beyond this are cut.
const LONGEST: usize = 64 * 1024;
const KEPT: usize = 4096;

/// Fuzzes for `CORDON_FUZZ_SECONDS`, or a second. `CORDON_FUZZ_SEED` chooses the inputs.
pub fn fuzz(target: Target<'_>) {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let span = Duration::from_secs(number("CORDON_FUZZ_SECONDS").unwrap_or(1));
    let seed = number("CORDON_FUZZ_SEED").unwrap_or(1);
    let mut dice = Dice::new(seed);
    let mut corpus = target.seeds;
    corpus.iter().for_each(|input| (target.check)(input));
    let (start, mut inputs) = (Instant::now(), 0_u64);
    while start.elapsed() < span {
        let input = mutated(&corpus, target.words, &mut dice);
        let finding = Finding { name: target.name, seed, number: inputs, input: &input };
        // A machine that is busy, or stands still, makes anything slow once: what hangs is slow again.
        if took(&mut *target.check, &input) >= PATIENCE {
            let again = took(&mut *target.check, &input);
            assert!(again < PATIENCE, "{finding:?} took {again:?}");
        }
        std::mem::forget(finding);
        inputs += 1;
        // Some of what was made is built upon: depth comes from many small steps.
        if inputs.is_multiple_of(7) && input.len() < 4096 {
            if corpus.len() < KEPT {
                corpus.push(input)
            } else {
                let place = dice.below(KEPT);
                corpus[place] = input
            }
        }
    }
    println!("fuzz {}: {inputs} inputs, seed {seed}", target.name);
}

fn took(check: &mut dyn FnMut(&[u8]), input: &[u8]) -> Duration {
    let began = Instant::now();
    check(input);
    began.elapsed()
}

/// Names the input when a check panics.
#[derive(Debug)]
struct Finding<'a> {
    name: &'a str,
    seed: u64,
    number: u64,
    input: &'a [u8],
}

impl Drop for Finding<'_> {
    fn drop(&mut self) {
        let start = &self.input[..self.input.len().min(1000)];
        eprintln!("fuzz {}: seed {}, input {}: {}", self.name, self.seed, self.number, start.escape_ascii());
    }
}

fn mutated(corpus: &[Vec<u8>], words: &[&[u8]], dice: &mut Dice) -> Vec<u8> {
    let mut input = dice.choice(corpus).clone();
    for _ in 0..=dice.below(4) {
        let at = dice.below(input.len() + 1);
        match dice.below(9) {
            0 if at < input.len() => input[at] ^= 1 << dice.below(8),
            1 if at < input.len() => input[at] = dice.next().to_le_bytes()[0],
            2 => drop(input.drain(at..(at + dice.below(8)).min(input.len()))),
            3 => input.insert(at, *dice.choice(b"\0\n\r\t \"\\/{}[]:,.*-=@#%~$'0159aAzZ\x1b\x7f\xc3\xff")),
            4 => {
                let word = words[dice.below(words.len())];
                insert(&mut input, at, word);
            }
            5 => {
                let other = dice.choice(corpus);
                let from = dice.below(other.len() + 1);
                insert(&mut input, at, &other[from..(from + dice.below(64)).min(other.len())]);
            }
            6 => {
                // A piece of it again, many times: nesting, long names.
                let piece = input[at..(at + 1 + dice.below(6)).min(input.len())].to_vec();
                insert(&mut input, at, &piece.repeat(1 << dice.below(12)));
            }
            7 => input.truncate(at),
            _ => {
                let other = dice.choice(corpus);
                let from = dice.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
        }
        input.truncate(LONGEST);
    }
    input
}

fn insert(input: &mut Vec<u8>, at: usize, piece: &[u8]) {
    input.splice(at..at, piece.iter().copied());
}
