//! Answers the calls that the kernel cannot decide alone.

mod call;

pub use call::{Answer, Call};
