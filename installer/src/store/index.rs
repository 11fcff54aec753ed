//! What an entry of the store holds: written once, read at each use, so it is lines of text without a parser's cost.

use crate::names::steps_down;
use rustix::fs::Stat;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    pub name: String,
    pub version: String,
    /// Of preinstall, install, postinstall, prepare; `binding.gyp` where npm would build one.
    pub scripts: Vec<String>,
    /// The names that its own package.json asks for, and which package each means: another one where that is `npm:other@1`.
    pub wants: Vec<(String, String)>,
    /// The names that others are to put beside it.
    pub peers: Vec<String>,
    pub folders: Vec<String>,
    pub files: Vec<File>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub path: String,
    /// Permission bits and the kind, as `stat` has them.
    pub mode: u32,
    pub size: i64,
    /// Nanoseconds since 1970.
    pub modified: i64,
    pub sha256: String,
}

const HEADER: &str = "cordon store 4";

impl Index {
    pub fn write(&self) -> String {
        let mut text = format!("{HEADER}\n{}\n{}\n{}\n", self.name, self.version, self.scripts.join(" "));
        for (name, meant) in &self.wants {
            text.push_str(&format!("w {name} {meant}\n"));
        }
        for name in &self.peers {
            text.push_str(&format!("p {name}\n"));
        }
        for folder in &self.folders {
            text.push_str(&format!("d {folder}\n"));
        }
        for file in &self.files {
            text.push_str(&format!(
                "f {:o} {} {} {} {}\n",
                file.mode, file.size, file.modified, file.sha256, file.path
            ));
        }
        text
    }

    /// Nothing for a text that `write` did not write.
    pub fn parse(text: &[u8]) -> Option<Index> {
        let text = std::str::from_utf8(text).ok()?;
        let mut lines = text.strip_suffix('\n')?.split('\n');
        if lines.next()? != HEADER {
            return None;
        }
        let mut index = Index { name: lines.next()?.to_owned(), version: lines.next()?.to_owned(), ..Index::default() };
        index.scripts = lines.next()?.split(' ').filter(|script| !script.is_empty()).map(str::to_owned).collect();
        for line in lines {
            match line.split_once(' ')? {
                ("d", path) if steps_down(path) => index.folders.push(path.to_owned()),
                ("w", rest) => {
                    index.wants.push(rest.split_once(' ').map(|(name, meant)| (name.to_owned(), meant.to_owned()))?)
                }
                ("p", name) => index.peers.push(name.to_owned()),
                ("f", rest) => index.files.push(file(rest)?),
                _ => return None,
            }
        }
        Some(index)
    }
}

fn file(line: &str) -> Option<File> {
    let mut words = line.splitn(5, ' ');
    let mode = u32::from_str_radix(words.next()?, 8).ok()?;
    let size = words.next()?.parse().ok()?;
    let modified = words.next()?.parse().ok()?;
    let sha256 = words.next()?.to_owned();
    let path = words.next().filter(|path| steps_down(path))?.to_owned();
    Some(File { path, mode, size, modified, sha256 })
}

pub fn times_and_size(stat: &Stat) -> (i64, i64, u32) {
    let nanoseconds = i64::try_from(stat.st_mtime_nsec).unwrap_or(0);
    (stat.st_mtime.saturating_mul(1_000_000_000).saturating_add(nanoseconds), stat.st_size, stat.st_mode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let files =
            vec![File { path: "a b/c".to_owned(), mode: 0o100_644, size: 3, modified: -5, sha256: "ab".to_owned() }];
        let folders = vec!["a b".to_owned()];
        let index = Index {
            name: "@s/n".to_owned(),
            version: "1.0.0".to_owned(),
            scripts: vec!["install".to_owned()],
            wants: vec![("b".to_owned(), "@s/c".to_owned())],
            peers: vec!["@s/d".to_owned()],
            folders,
            files,
        };
        assert_eq!(Index::parse(index.write().as_bytes()), Some(index));
    }

    #[test]
    fn what_leads_out_of_the_entry_is_no_index() {
        for line in ["d ../x", "f 100644 1 1 ab ../x", "f 100644 1 1 ab /x", "f 1 1 ab x", "x y", "d "] {
            assert_eq!(Index::parse(format!("{HEADER}\nn\n1\n\n{line}\n").as_bytes()), None, "{line}");
        }
        assert_eq!(Index::parse(b"cordon store 3\nn\n1\n\n"), None);
    }
}
