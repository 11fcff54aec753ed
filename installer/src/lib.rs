//! Fills node_modules from package-lock.json: reads, decides, fetches, verifies, unpacks, links, swaps in.
//!
//! Resolves nothing and starts nothing. Runs in a jail of the launcher's making and is not part of the trusted base.

pub mod advice;
pub mod arguments;
pub mod bins;
pub mod client;
pub mod error;
pub mod foresee;
pub mod install;
pub mod integrity;
pub mod layout;
pub mod lockfile;
pub mod manifest;
pub mod names;
pub mod plan;
pub mod range;
pub mod report;
pub mod settings;
pub mod state;
pub mod store;
pub mod tarball;
pub mod tree;
pub mod url;
