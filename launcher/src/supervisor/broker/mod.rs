//! Answers the calls that the kernel cannot decide alone.

mod call;
mod caller;

pub use call::{Answer, Call};
pub use caller::Caller;
