//! `struct msghdr` as a caller wrote it: copied once, within bounds.

use super::super::Caller;
use super::name::Name;
use super::socket::errno;
use crate::sys::memory::Piece;
use crate::sys::socket::NAME_LIMIT;
use std::ops::Range;

/// `sizeof(struct msghdr)`, and of `struct mmsghdr`.
pub const HEADER: usize = 56;
pub const NUMBERED_HEADER: usize = 64;
const VECTOR: usize = 16;
/// Vectors that need no memory of their own.
const FEW: usize = 8;
/// UIO_MAXIOV.
const VECTORS: usize = 1024;
/// A datagram is never larger; of a stream this much is taken at a time.
pub const DATA_LIMIT: usize = 1 << 20;
/// The kernel's own limit is about this (net.core.optmem_max).
const CONTROL_LIMIT: usize = 128 * 1024;
/// Pieces of memory that one call copies.
pub const AT_ONCE: usize = 16;
/// How much is copied from a header on: libuv's name and vectors are within this.
const NEAR: usize = 2048;
/// How far a message's name and vectors may be apart to be copied as one.
const SPAN: usize = 1024;

/// An address in the caller's memory, and a length.
type Place = (u64, usize);

/// What is to be sent.
#[derive(Debug)]
pub struct Message {
    pub name: Option<Name>,
    pub data: Vec<u8>,
    /// As written: to be read by `control`.
    pub control: Vec<u8>,
    /// There was more than DATA_LIMIT.
    pub cut: bool,
}

/// Where its parts are, in the caller's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    name: u64,
    name_length: u32,
    vectors: u64,
    vector_count: u64,
    control: u64,
    control_length: u64,
}

impl Header {
    pub fn parse(bytes: &[u8; HEADER]) -> Header {
        let word = |at: usize| u64::from_ne_bytes(std::array::from_fn(|index| bytes[at + index]));
        Header {
            name: word(0),
            // An int; what follows it is padding.
            name_length: word(8) as u32,
            vectors: word(16),
            vector_count: word(24),
            control: word(32),
            control_length: word(40),
        }
    }

    /// The kernel cuts a name that is too long.
    fn name_length(&self) -> Result<usize, i32> {
        match (self.name, i32::try_from(self.name_length)) {
            (0, _) => Ok(0),
            (_, Ok(length)) => Ok((length.unsigned_abs() as usize).min(NAME_LIMIT)),
            (_, Err(_)) => Err(libc::EINVAL),
        }
    }

    fn vectors_length(&self) -> Result<usize, i32> {
        let count = usize::try_from(self.vector_count).ok().filter(|count| *count <= VECTORS);
        count.map(|count| count * VECTOR).ok_or(libc::EMSGSIZE)
    }

    fn control_length(&self) -> Result<usize, i32> {
        let length = if self.control == 0 { 0 } else { self.control_length };
        usize::try_from(length).ok().filter(|length| *length <= CONTROL_LIMIT).ok_or(libc::ENOBUFS)
    }

    /// Small parts, and no control data.
    fn is_plain(&self) -> bool {
        self.control_length() == Ok(0) && self.vectors_length().is_ok_and(|length| length <= VECTOR * FEW)
    }

    /// Where its small parts are.
    fn parts(&self) -> Result<[Place; 3], i32> {
        Ok([
            (self.name, self.name_length()?),
            (self.vectors, self.vectors_length()?),
            (self.control, self.control_length()?),
        ])
    }
}

/// Copies the message whose header is at `address`. A program that sends has header, name and vectors on its stack, in
/// frames next to each other: they are copied in one call, with what lies between.
pub fn read(caller: &Caller, address: u64) -> Result<Message, i32> {
    let near = Near::copy(caller, address)?;
    let header = Header::parse(near.bytes.first_chunk().ok_or(libc::EFAULT)?);
    let places = header.parts()?;
    let far = |place: &&Place| near.part(**place).is_none();
    let copied = copy(caller, &places.iter().filter(far).copied().collect::<Vec<_>>())?;
    let mut copied = &copied[..];
    let [name, vectors, control] = places.map(|place| {
        near.part(place).unwrap_or_else(|| {
            let (part, rest) = copied.split_at(place.1);
            copied = rest;
            part
        })
    });
    let (places, cut) = data_places(vectors)?;
    message(name, copy(caller, &places)?, control.to_vec(), cut)
}

/// Copies the messages of a sendmmsg(2), whose headers are at `address`. `None` where they are not alike enough for it:
/// then each is to be read by itself.
pub fn read_together(caller: &Caller, address: u64, count: usize) -> Option<Vec<Message>> {
    let bytes = copy(caller, &[(address, count * NUMBERED_HEADER)]).ok()?;
    let headers: Vec<Header> =
        bytes.chunks_exact(NUMBERED_HEADER).filter_map(|bytes| Some(Header::parse(bytes.first_chunk()?))).collect();
    if !headers.iter().all(Header::is_plain) {
        return None;
    }
    let spans: Vec<Span> = headers.iter().map(Span::of).collect::<Option<_>>()?;
    let places: Vec<Place> = spans.iter().map(|span| span.place).collect();
    let small = copy(caller, &places).ok()?;
    let mut small = &small[..];
    let mut wanted = Vec::with_capacity(count);
    for span in &spans {
        let (own, rest) = small.split_at(span.place.1);
        small = rest;
        let (places, cut) = data_places(&own[span.vectors.clone()]).ok()?;
        wanted.push((&own[span.name.clone()], places, cut));
    }
    let places: Vec<Place> = wanted.iter().flat_map(|(_, places, _)| places.iter().copied()).collect();
    if length_of(&places) > DATA_LIMIT {
        return None;
    }
    let data = copy(caller, &places).ok()?;
    let mut data = &data[..];
    let one = |(name, places, cut): (&[u8], Vec<Place>, bool)| {
        let (own, rest) = data.split_at(length_of(&places));
        data = rest;
        message(name, own.to_vec(), Vec::new(), cut).ok()
    };
    wanted.into_iter().map(one).collect()
}

/// Name and vectors of one message, copied as one piece.
struct Span {
    place: Place,
    name: Range<usize>,
    vectors: Range<usize>,
}

impl Span {
    /// `None` where they are far from each other.
    fn of(header: &Header) -> Option<Span> {
        let (name, vectors) = (header.name_length().ok()?, header.vectors_length().ok()?);
        let start = if name == 0 { header.vectors } else { header.name.min(header.vectors) };
        let at = |address: u64| usize::try_from(address - start).ok().filter(|distance| *distance <= SPAN);
        let name = if name == 0 { 0..0 } else { at(header.name)?..at(header.name)? + name };
        let vectors = at(header.vectors)?..at(header.vectors)? + vectors;
        Some(Span { place: (start, name.end.max(vectors.end)), name, vectors })
    }
}

/// Memory from a header on.
struct Near {
    start: u64,
    bytes: [u8; NEAR],
    /// How many bytes there are before the first page that is missing.
    length: usize,
}

impl Near {
    fn copy(caller: &Caller, start: u64) -> Result<Near, i32> {
        let mut bytes = [0; NEAR];
        let length = caller.read_some(start, &mut bytes).map_err(|error| errno(&error))?;
        if length < HEADER { Err(libc::EFAULT) } else { Ok(Near { start, bytes, length }) }
    }

    fn part(&self, (address, length): Place) -> Option<&[u8]> {
        if length == 0 {
            return Some(&[]);
        }
        let from = usize::try_from(address.checked_sub(self.start)?).ok()?;
        self.bytes[..self.length].get(from..from.checked_add(length)?)
    }
}

fn message(name: &[u8], data: Vec<u8>, control: Vec<u8>, cut: bool) -> Result<Message, i32> {
    let name = if name.is_empty() { None } else { Some(Name::parse(name)?) };
    Ok(Message { name, data, control, cut })
}

/// Where the bytes are that an array of `struct iovec` points to, up to the limit, and whether there are more.
fn data_places(vectors: &[u8]) -> Result<(Vec<Place>, bool), i32> {
    let word = |bytes: &[u8]| u64::from_ne_bytes(std::array::from_fn(|index| bytes[index]));
    let mut places = Vec::with_capacity(vectors.len() / VECTOR);
    let (mut total, mut cut) = (0usize, false);
    for vector in vectors.chunks_exact(VECTOR) {
        let (address, length) = (word(&vector[..8]), word(&vector[8..]));
        // The kernel takes lengths as signed ones.
        let length = usize::try_from(i64::try_from(length).map_err(|_| libc::EINVAL)?).map_err(|_| libc::EINVAL)?;
        let taken = length.min(DATA_LIMIT - total);
        cut |= taken < length;
        total += taken;
        if taken > 0 {
            places.push((address, taken));
        }
    }
    Ok((places, cut))
}

fn length_of(places: &[Place]) -> usize {
    places.iter().map(|(_, length)| length).sum()
}

/// What lies at `places`, one after the other.
fn copy(caller: &Caller, places: &[Place]) -> Result<Vec<u8>, i32> {
    let mut bytes = vec![0u8; length_of(places)];
    let mut rest = &mut bytes[..];
    for some in places.chunks(AT_ONCE) {
        let mut pieces = Vec::with_capacity(some.len());
        for (address, length) in some {
            let (into, after) = rest.split_at_mut(*length);
            rest = after;
            pieces.push(Piece { address: *address, into });
        }
        caller.read_pieces(&mut pieces).map_err(|error| errno(&error))?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_at_its_places() {
        let mut bytes = [0u8; HEADER];
        for (at, value) in [(0, 1u64), (8, 0xffff_ffff_0000_0002), (16, 3), (24, 4), (32, 5), (40, 6), (48, 7)] {
            bytes[at..at + 8].copy_from_slice(&value.to_ne_bytes());
        }
        let header = Header::parse(&bytes);
        assert_eq!((header.name, header.name_length, header.vectors), (1, 2, 3));
        assert_eq!((header.vector_count, header.control, header.control_length), (4, 5, 6));
    }
}
