//! Memory for a start: taken from one piece that is there already, in order, and given back only from its end.
//!
//! What a launcher needs until the program runs is little, and most of it is wanted once. Looking for a free place, holding
//! a lock for it and asking the kernel for more took a tenth of its time.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// More than a start with an ordinary manifest needs; what is not touched is no memory.
const SIZE: usize = 512 * 1024;

#[repr(C, align(4096))]
struct Piece(UnsafeCell<[u8; SIZE]>);

// SAFETY: no byte of it is handed out twice at a time: `Early` moves `end` by compare-and-exchange only.
unsafe impl Sync for Piece {}

static PIECE: Piece = Piece(UnsafeCell::new([0; SIZE]));

/// Allocates from the piece as long as it lasts, then from `rest`.
pub struct Early<A> {
    rest: A,
    /// How much of the piece is handed out.
    end: AtomicUsize,
}

impl<A> Early<A> {
    pub const fn before(rest: A) -> Early<A> {
        Early { rest, end: AtomicUsize::new(0) }
    }

    /// Where `place` lies in the piece, if it does.
    fn offset(place: *mut u8) -> Option<usize> {
        let offset = place.addr().wrapping_sub(PIECE.0.get().addr());
        (offset < SIZE).then_some(offset)
    }

    fn take(&self, layout: Layout) -> Option<*mut u8> {
        let end = self.end.load(Ordering::Acquire);
        let begin = end.checked_next_multiple_of(layout.align())?;
        let new_end = begin.checked_add(layout.size()).filter(|end| *end <= SIZE && layout.align() <= 4096)?;
        // Another thread that came first ends the attempt, as a full piece does.
        self.end.compare_exchange(end, new_end, Ordering::AcqRel, Ordering::Relaxed).ok()?;
        // SAFETY: `begin` is inside of the piece, and so is all that follows up to `new_end`.
        Some(unsafe { PIECE.0.get().cast::<u8>().add(begin) })
    }

    /// Moves the end of what was handed out last from `old` to `new`; fails where something came after it.
    fn move_end(&self, old: usize, new: usize) -> bool {
        new <= SIZE && self.end.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}

// SAFETY: what lies in the piece is handed out once until it is given back, aligned, and never moves; everything else is
// the other allocator's, which made it.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Early<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.take(layout) {
            Some(place) => place,
            // SAFETY: the caller's promises are the same.
            None => unsafe { self.rest.alloc(layout) },
        }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        match Self::offset(place) {
            Some(offset) => {
                self.move_end(offset + layout.size(), offset);
            }
            // SAFETY: it is not from the piece, so the other allocator made it.
            None => unsafe { self.rest.dealloc(place, layout) },
        }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let Some(offset) = Self::offset(place) else {
            // SAFETY: it is not from the piece, so the other allocator made it.
            return unsafe { self.rest.realloc(place, layout, size) };
        };
        if offset.checked_add(size).is_some_and(|end| self.move_end(offset + layout.size(), end)) {
            return place;
        }
        // SAFETY: the caller promises that `size` is no more than a layout may have.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !new.is_null() {
            // SAFETY: both are as long as the shorter one, and are apart.
            unsafe { new.copy_from_nonoverlapping(place, layout.size().min(size)) };
            // SAFETY: the caller gives it up.
            unsafe { self.dealloc(place, layout) };
        }
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::alloc::System;

    /// Every byte of a place that is held has the mark of its holder.
    struct Held {
        place: *mut u8,
        layout: Layout,
        mark: u8,
    }

    impl Held {
        fn check(&self, bytes: usize) {
            // SAFETY: the place is held, and as long as its layout.
            let found = unsafe { std::slice::from_raw_parts(self.place, bytes) };
            assert!(found.iter().all(|byte| *byte == self.mark), "somebody else wrote into a place that is held");
        }

        fn write(&self) {
            // SAFETY: as above.
            unsafe { self.place.write_bytes(self.mark, self.layout.size()) };
        }
    }

    #[test]
    fn places_are_aligned_and_apart_and_keep_what_is_in_them() {
        let memory = Early::before(System);
        let mut held: Vec<Held> = Vec::new();
        let (mut dice, mut outside) = (0x2545_f491_u64, 0);
        for turn in 0..40_000_u32 {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            let size = 1 + (dice >> 8) as usize % if dice & 0xf0 == 0 { 9000 } else { 90 };
            match dice % 4 {
                0 if !held.is_empty() => {
                    let gone = held.swap_remove((dice >> 32) as usize % held.len());
                    gone.check(gone.layout.size());
                    // SAFETY: it was allocated with this layout, and is given back once.
                    unsafe { memory.dealloc(gone.place, gone.layout) };
                }
                // The one that came last grows in its place.
                1 if !held.is_empty() => {
                    let index = if dice & 0x100 == 0 { held.len() - 1 } else { (dice >> 32) as usize % held.len() };
                    let one = &mut held[index];
                    // SAFETY: it was allocated with this layout; the size is small.
                    one.place = unsafe { memory.realloc(one.place, one.layout, size) };
                    one.check(one.layout.size().min(size));
                    one.layout = Layout::from_size_align(size, one.layout.align()).expect("a small layout");
                    one.write();
                }
                _ => {
                    let layout = Layout::from_size_align(size, 1 << (dice >> 40 & 7)).expect("a small layout");
                    // SAFETY: the size is not zero.
                    let place = unsafe { memory.alloc(layout) };
                    assert!(place.addr().is_multiple_of(layout.align()));
                    outside += u32::from(Early::<System>::offset(place).is_none());
                    held.push(Held { place, layout, mark: turn as u8 });
                    held.last().expect("just pushed").write();
                }
            }
        }
        assert!(outside > 100, "the piece was never used up");
        held.iter().for_each(|one| one.check(one.layout.size()));
    }
}
