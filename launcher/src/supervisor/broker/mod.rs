//! Answers the calls that the kernel cannot decide alone.

mod call;
mod caller;
pub mod network;

pub use call::{Answer, Call};
pub use caller::Caller;
