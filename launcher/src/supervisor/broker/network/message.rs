//! `struct msghdr` as a caller wrote it: copied once, within bounds.

use super::super::Caller;
use super::lock;
use super::name::Name;
use super::socket::errno;
use crate::sys::memory::Piece;
use crate::sys::socket::NAME_LIMIT;
use std::sync::Mutex;

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
const AT_ONCE: usize = 16;

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

    /// Copies the parts.
    fn read(&self, caller: &Caller) -> Result<Message, i32> {
        let mut name = [0u8; NAME_LIMIT];
        let name = &mut name[..self.name_length()?];
        let mut few = [0u8; VECTOR * FEW];
        let mut many = Vec::new();
        let vectors = match few.get_mut(..self.vectors_length()?) {
            Some(few) => few,
            None => {
                many.resize(self.vectors_length()?, 0);
                &mut many[..]
            }
        };
        let mut control = vec![0u8; self.control_length()?];
        let mut pieces = [
            Piece { address: self.name, into: name },
            Piece { address: self.vectors, into: vectors },
            Piece { address: self.control, into: &mut control },
        ];
        caller.read_pieces(&mut pieces).map_err(|error| errno(&error))?;
        message(caller, name, vectors, control)
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

    /// Small enough to be guessed.
    fn is_plain(&self) -> bool {
        self.control_length() == Ok(0)
            && self.name_length().is_ok_and(|length| length > 0)
            && self.vectors_length().is_ok_and(|length| length > 0 && length <= VECTOR * FEW)
    }
}

/// Where the last message's header was, and what it said. A program that sends often does so from one place, with the
/// parts in the same places: then header and parts are copied in one call.
#[derive(Debug, Default)]
pub struct Habit(Mutex<Option<(u64, Header)>>);

impl Habit {
    /// Copies the message whose header is at `address`.
    pub fn read(&self, caller: &Caller, address: u64) -> Result<Message, i32> {
        let guess = *lock(&self.0);
        if let Some((place, header)) = guess
            && place == address
            && let Some(message) = read_as(caller, address, header)
        {
            return message;
        }
        let mut bytes = [0u8; HEADER];
        caller.read_memory(address, &mut bytes).map_err(|error| errno(&error))?;
        let header = Header::parse(&bytes);
        *lock(&self.0) = header.is_plain().then_some((address, header));
        header.read(caller)
    }
}

/// `None` where the header is another one.
fn read_as(caller: &Caller, address: u64, guess: Header) -> Option<Result<Message, i32>> {
    let (mut bytes, mut name, mut vectors) = ([0u8; HEADER], [0u8; NAME_LIMIT], [0u8; VECTOR * FEW]);
    let name = name.get_mut(..guess.name_length().ok()?)?;
    let vectors = vectors.get_mut(..guess.vectors_length().ok()?)?;
    let mut pieces = [
        Piece { address, into: &mut bytes },
        Piece { address: guess.name, into: name },
        Piece { address: guess.vectors, into: vectors },
    ];
    caller.read_pieces(&mut pieces).ok()?;
    (Header::parse(&bytes) == guess).then(|| message(caller, name, vectors, Vec::new()))
}

fn message(caller: &Caller, name: &[u8], vectors: &[u8], control: Vec<u8>) -> Result<Message, i32> {
    let (data, cut) = read_data(caller, vectors)?;
    let name = if name.is_empty() { None } else { Some(Name::parse(name)?) };
    Ok(Message { name, data, control, cut })
}

/// The bytes that an array of `struct iovec` points to, up to the limit.
fn read_data(caller: &Caller, vectors: &[u8]) -> Result<(Vec<u8>, bool), i32> {
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
    let mut data = vec![0u8; total];
    let mut rest = &mut data[..];
    for some in places.chunks(AT_ONCE) {
        let mut pieces = Vec::with_capacity(some.len());
        for (address, length) in some {
            let (into, after) = rest.split_at_mut(*length);
            rest = after;
            pieces.push(Piece { address: *address, into });
        }
        caller.read_pieces(&mut pieces).map_err(|error| errno(&error))?;
    }
    Ok((data, cut))
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
