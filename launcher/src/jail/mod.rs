//! A policy, as the kernel holds it.

pub mod filter;
