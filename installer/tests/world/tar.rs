//! Archives as tar and gzip make them, and as neither would.

#![allow(dead_code, reason = "each test file uses its part")]

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

/// One entry: a header, and the content with its padding.
pub fn entry(kind: u8, path: impl AsRef<[u8]>, mode: u32, link: &str, content: &[u8]) -> Vec<u8> {
    let path = path.as_ref();
    let mut block = [0u8; 512];
    block[..path.len()].copy_from_slice(path);
    block[100..107].copy_from_slice(format!("{mode:07o}").as_bytes());
    block[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
    block[156] = kind;
    block[157..157 + link.len()].copy_from_slice(link.as_bytes());
    block[257..263].copy_from_slice(b"ustar\0");
    let mut out = block.to_vec();
    sign(&mut out);
    out.extend_from_slice(content);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

/// Makes the checksum of a header right again.
pub fn sign(header: &mut [u8]) {
    header[148..156].fill(b' ');
    let sum: u32 = header[..512].iter().map(|byte| u32::from(*byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
}

/// The same entry, but a header that says another size.
pub fn sized(mut entry: Vec<u8>, size: u64) -> Vec<u8> {
    entry[124..136].copy_from_slice(&[&[0x80, 0, 0, 0][..], &size.to_be_bytes()].concat());
    sign(&mut entry);
    entry
}

pub fn file(path: &str, content: &str) -> Vec<u8> {
    entry(b'0', format!("package/{path}"), 0o644, "", content.as_bytes())
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("compressed");
    encoder.finish().expect("compressed")
}
