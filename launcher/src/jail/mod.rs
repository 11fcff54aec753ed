//! From a policy to the kernel's terms: what confines one target, ready before the target is made.

mod carve;
mod error;
pub mod features;
pub mod filter;
pub mod joined;
pub mod landlock;
mod limits;
pub mod namespaces;
pub mod root;
pub mod system;
pub mod target;
mod terminal;
pub mod view;

pub use error::Error;
