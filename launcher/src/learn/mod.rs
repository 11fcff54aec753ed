//! `cordon learn`: runs a program under a policy of its own, records what it uses in the kernel's view, and proposes the
//! smallest manifest with which the same run is not refused anything.
//!
//! Nothing here widens a jail that counts: what is learned is a proposal, and `manifest` reads it like any other.

mod difference;
mod group;
mod hosts;
mod needs;
mod show;
mod wide;

pub use difference::difference;
pub use needs::{Ground, Learned, Need, Refusal, needs};
pub use show::{json, notes, text};
pub use wide::widen;
