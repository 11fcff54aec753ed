//! Subresource integrity as lockfiles hold it: `sha512-<base64>`, several separated by spaces, of which the strongest counts.
//! <https://www.w3.org/TR/SRI/>

use ring::digest;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    fn named(name: &str) -> Option<Algorithm> {
        match name {
            "sha1" => Some(Algorithm::Sha1),
            "sha256" => Some(Algorithm::Sha256),
            "sha384" => Some(Algorithm::Sha384),
            "sha512" => Some(Algorithm::Sha512),
            _ => None,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Algorithm::Sha1 => "sha1",
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha384 => "sha384",
            Algorithm::Sha512 => "sha512",
        }
    }

    fn digest(self) -> &'static digest::Algorithm {
        match self {
            Algorithm::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Algorithm::Sha256 => &digest::SHA256,
            Algorithm::Sha384 => &digest::SHA384,
            Algorithm::Sha512 => &digest::SHA512,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Integrity {
    pub algorithm: Algorithm,
    digest: Vec<u8>,
}

impl Integrity {
    /// Nothing for a text without a known digest, with one of a wrong length, or with two different ones of the strongest kind.
    pub fn parse(text: &str) -> Option<Integrity> {
        let mut strongest: Option<Integrity> = None;
        for part in text.split_ascii_whitespace() {
            let (name, rest) = part.split_once('-')?;
            let Some(algorithm) = Algorithm::named(name) else { continue };
            let encoded = rest.split('?').next().unwrap_or_default();
            let digest = decode_base64(encoded)?;
            if digest.len() != algorithm.digest().output_len() {
                return None;
            }
            let found = Integrity { algorithm, digest };
            match &strongest {
                Some(known) if known.algorithm == algorithm && *known != found => return None,
                Some(known) if known.algorithm >= algorithm => {}
                _ => strongest = Some(found),
            }
        }
        strongest
    }

    /// The name that the content has in the store.
    pub fn key(&self) -> String {
        format!("{}-{}", self.algorithm.name(), hex(&self.digest))
    }

    pub fn check(&self) -> Check {
        Check { expected: self.clone(), context: digest::Context::new(self.algorithm.digest()) }
    }
}

/// Takes the bytes as they come.
pub struct Check {
    expected: Integrity,
    context: digest::Context,
}

impl Check {
    pub fn update(&mut self, bytes: &[u8]) {
        self.context.update(bytes);
    }

    /// `Err` holds what the bytes have instead, as it would stand in a lockfile.
    pub fn finish(self) -> Result<(), String> {
        let actual = self.context.finish();
        if actual.as_ref() == self.expected.digest {
            return Ok(());
        }
        Err(format!("{}-{}", self.expected.algorithm.name(), encode_base64(actual.as_ref())))
    }
}

pub fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    out
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode_base64(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0u32, |word, byte| (word << 8) | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let digit = usize::try_from((word >> (18 - 6 * position)) & 63).unwrap_or_default();
            out.push(if position <= chunk.len() { char::from(ALPHABET[digit]) } else { '=' });
        }
    }
    out
}

fn digit(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

/// Strict: padding as it must be, no bits left over.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || !bytes.len().is_multiple_of(4) {
        return None;
    }
    let digits = bytes.iter().rev().skip_while(|byte| **byte == b'=').count();
    if bytes.len() - digits > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let (mut word, mut bits) = (0u32, 0u32);
    for byte in &bytes[..digits] {
        word = (word << 6) | digit(*byte)?;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from((word >> bits) & 255).ok()?);
            word &= (1 << bits) - 1;
        }
    }
    (word == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABC: &str = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";

    fn checked(integrity: &str, content: &[u8]) -> Result<(), String> {
        let mut check = Integrity::parse(integrity).expect("an integrity").check();
        content.chunks(2).for_each(|chunk| check.update(chunk));
        check.finish()
    }

    #[test]
    fn what_has_the_digest_passes_and_what_has_not_is_told_what_it_has() {
        assert_eq!(checked(ABC, b"abc"), Ok(()));
        assert_eq!(checked(&ABC.replace("3a81", "3a82"), b"abc"), Err(ABC.to_owned()));
        assert_eq!(checked("sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", b"abc"), Ok(()));
    }

    #[test]
    fn the_strongest_digest_counts() {
        let both = format!("sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA= {ABC} md5-xx?option");
        assert_eq!(Integrity::parse(&both).map(|found| found.algorithm), Some(Algorithm::Sha512));
        assert_eq!(checked(&both, b"abc"), Ok(()));
    }

    #[test]
    fn what_is_no_integrity_is_none() {
        let two = format!("{ABC} {}", ABC.replace("3a81", "3b81"));
        for text in [
            "",
            "sha512-",
            "sha512",
            "sha512-abc",
            "md5-AAAA",
            "sha512-AAAA",
            "sha1-qZk+NkcGgWq6PiVxeFDCbJzQ2J1=",
            &two,
        ] {
            assert_eq!(Integrity::parse(text), None, "{text}");
        }
    }

    #[test]
    fn base64_goes_both_ways() {
        for length in 0..70u8 {
            let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
            let text = encode_base64(&bytes);
            assert_eq!(decode_base64(&text).unwrap_or_default(), bytes);
        }
    }
}
