//! `struct msghdr` as a caller wrote it: copied once, within bounds.

use super::super::Caller;
use super::name::Name;
use super::socket::errno;
use crate::sys::memory::Piece;
use crate::sys::socket::NAME_LIMIT;

/// `sizeof(struct msghdr)`, and of `struct mmsghdr`.
pub const HEADER: usize = 56;
pub const NUMBERED_HEADER: usize = 64;
const VECTOR: usize = 16;
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
    pub fn read(&self, caller: &Caller) -> Result<Message, i32> {
        let name_length = if self.name == 0 { 0 } else { self.name_length as usize };
        if i32::try_from(name_length).is_err() {
            return Err(libc::EINVAL);
        }
        let count = usize::try_from(self.vector_count).ok().filter(|count| *count <= VECTORS).ok_or(libc::EMSGSIZE)?;
        let control_length = if self.control == 0 { 0 } else { self.control_length };
        let control_length =
            usize::try_from(control_length).ok().filter(|length| *length <= CONTROL_LIMIT).ok_or(libc::ENOBUFS)?;
        // The kernel cuts a name that is too long.
        let mut name = [0u8; NAME_LIMIT];
        let name = &mut name[..name_length.min(NAME_LIMIT)];
        let mut few = [0u8; VECTOR * 8];
        let mut many = Vec::new();
        let vectors = match few.get_mut(..count * VECTOR) {
            Some(few) => few,
            None => {
                many.resize(count * VECTOR, 0);
                &mut many[..]
            }
        };
        let mut control = vec![0u8; control_length];
        let mut pieces = [
            Piece { address: self.name, into: name },
            Piece { address: self.vectors, into: vectors },
            Piece { address: self.control, into: &mut control },
        ];
        caller.read_pieces(&mut pieces).map_err(|error| errno(&error))?;
        let (data, cut) = read_data(caller, vectors)?;
        let name = if name.is_empty() { None } else { Some(Name::parse(name)?) };
        Ok(Message { name, data, control, cut })
    }
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
