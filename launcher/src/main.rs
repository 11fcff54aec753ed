#![deny(unsafe_code)]
//! cordon's launcher: reads what is granted, sets up the jail, starts the engine in it and supervises it.

mod policy;
mod supervisor;

fn main() {}
