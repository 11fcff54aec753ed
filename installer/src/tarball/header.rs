//! One header block of tar: ustar (POSIX.1-1988), with GNU's and pax's extensions.
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06>

use crate::error::{Result, refused};

pub const BLOCK: usize = 512;

pub struct Header {
    pub name: Vec<u8>,
    pub mode: u32,
    pub size: u64,
    pub kind: u8,
    pub link: Vec<u8>,
}

impl Header {
    /// `None` for a block of zeros.
    pub fn parse(block: &[u8; BLOCK]) -> Result<Option<Header>> {
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        if number(&block[148..156])? != checksum(block) {
            return refused("a header's checksum is wrong");
        }
        let mut name = until_nul(&block[..100]).to_vec();
        // GNU's format has other things where ustar has the prefix.
        let prefix = until_nul(&block[345..500]);
        if &block[257..263] == b"ustar\0" && !prefix.is_empty() {
            name = [prefix, b"/", &name].concat();
        }
        Ok(Some(Header {
            name,
            mode: u32::try_from(number(&block[100..108])? & 0o7777).unwrap_or(0),
            size: number(&block[124..136])?,
            kind: block[156],
            link: until_nul(&block[157..257]).to_vec(),
        }))
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// The sum of all bytes, those of the checksum itself counted as spaces.
fn checksum(block: &[u8; BLOCK]) -> u64 {
    let sum = |bytes: &[u8]| bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
    sum(&block[..148]) + 8 * u64::from(b' ') + sum(&block[156..])
}

/// Octal digits between spaces and NULs, or GNU's base 256 where the first bit is set.
fn number(field: &[u8]) -> Result<u64> {
    if let Some((first, rest)) = field.split_first()
        && first & 0x80 != 0
    {
        let mut value = u64::from(first & 0x7f);
        for byte in rest {
            let Some(shifted) = value.checked_mul(256) else { return refused("a header's number is too large") };
            value = shifted + u64::from(*byte);
        }
        return Ok(value);
    }
    let digits = field.iter().skip_while(|byte| **byte == b' ').take_while(|byte| !matches!(**byte, b' ' | 0));
    let mut value = 0u64;
    for digit in digits {
        match digit {
            b'0'..=b'7' => value = value * 8 + u64::from(digit - b'0'),
            _ => return refused("a header's number is not octal"),
        }
    }
    Ok(value)
}
