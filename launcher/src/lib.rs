#![deny(unsafe_code)]
//! cordon's launcher: reads what is granted, sets up the jail, starts the engine in it and supervises it.
//!
//! A library only so that the tests in `tests/` reach the parts; the one program is `main.rs`.

pub mod args;
pub mod cache;
pub mod denial;
pub mod doctor;
pub mod engine;
pub mod env_file;
pub mod history;
pub mod init;
pub mod install;
pub mod jail;
pub mod learn;
pub mod manifest;
pub mod permissions;
pub mod policy;
pub mod script;
pub mod suggest;
pub mod supervisor;
mod sys;
pub mod trust;
pub mod watch;

pub use sys::early::Early;
