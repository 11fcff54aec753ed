//! What of node_modules no grant lets write.

use std::path::Path;

/// Folders of node_modules that tools keep caches in.
pub const CACHES: [&str; 5] = [".vite", ".vite-temp", ".cache", ".astro", ".tmp"];

/// Whether `path` is in node_modules, whose code other runs load; the caches aside.
pub fn is_in_node_modules(path: &Path) -> bool {
    let mut names = path.iter();
    if !names.any(|name| name == "node_modules") {
        return false;
    }
    let cache = names.next().is_some_and(|name| CACHES.iter().any(|cache| name == *cache));
    !cache || names.any(|name| name == "node_modules")
}
