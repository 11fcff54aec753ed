#![deny(unsafe_code)]
//! The `cordon` command.

fn main() {}
