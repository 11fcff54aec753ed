//! What is said at the end: to a person, or to a program.

use crate::advice::Advice;
use crate::arguments::Output;
use crate::error::quoted;
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Debug, Default)]
pub struct Report {
    pub added: usize,
    pub removed: usize,
    pub changed: usize,
    pub kept: usize,
    pub fetched: usize,
    pub fetched_bytes: u64,
    pub linked: u64,
    pub copied: u64,
    /// `name@version` → the scripts that it wanted to run.
    pub wanted_scripts: Vec<(String, Vec<String>)>,
    pub notices: Vec<String>,
    pub dry_run: bool,
}

impl Report {
    pub fn print(&self, output: Output, took: Duration) {
        match output {
            Output::Silent => {}
            Output::Json => println!("{}", self.json()),
            Output::Text => print!("{}", self.text(took)),
        }
    }

    fn json(&self) -> Value {
        let advice = Advice::read();
        let scripts: Vec<Value> = self
            .wanted_scripts
            .iter()
            .map(|(package, scripts)| json!({"package": package, "scripts": scripts, "advice": advice.about(package, scripts)}))
            .collect();
        json!({
            "added": self.added, "removed": self.removed, "changed": self.changed, "kept": self.kept,
            "fetched": self.fetched, "fetchedBytes": self.fetched_bytes, "linked": self.linked, "copied": self.copied,
            "wantedScripts": scripts, "notices": self.notices, "dryRun": self.dry_run,
        })
    }

    fn text(&self, took: Duration) -> String {
        let mut text = String::new();
        for notice in &self.notices {
            text.push_str(&format!("{notice}\n"));
        }
        if !self.wanted_scripts.is_empty() {
            text.push_str(&format!(
                "{} wanted to run scripts, and cordon runs none:\n",
                packages(self.wanted_scripts.len())
            ));
            let advice = Advice::read();
            for (package, scripts) in &self.wanted_scripts {
                let known = Some(advice.about(package, scripts)).filter(|text| !text.is_empty());
                let known = known.map(|text| format!(": {text}")).unwrap_or_default();
                text.push_str(&format!("  {} ({}){known}\n", quoted(package).trim_matches('"'), scripts.join(", ")));
            }
        }
        text.push_str(&self.summary());
        text.push_str(&format!(" in {}\n", seconds(took)));
        text
    }

    fn summary(&self) -> String {
        let each = [("added", self.added), ("removed", self.removed), ("changed", self.changed)];
        let parts: Vec<String> = each
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(word, count)| format!("{word} {}", packages(*count)))
            .collect();
        match (parts.is_empty(), self.dry_run) {
            (true, _) => format!("{} up to date", packages(self.kept)),
            (false, false) => parts.join(", "),
            (false, true) => format!("would have {}", parts.join(", ")),
        }
    }
}

fn packages(count: usize) -> String {
    if count == 1 { "1 package".to_owned() } else { format!("{count} packages") }
}

fn seconds(took: Duration) -> String {
    if took.as_millis() < 1000 { format!("{} ms", took.as_millis()) } else { format!("{:.1} s", took.as_secs_f64()) }
}

impl crate::store::Status {
    pub fn print(&self, output: Output, taken: &str) {
        match output {
            Output::Silent => {}
            Output::Json => println!(
                "{}",
                json!({"packages": self.packages, "files": self.files, "bytes": self.bytes, "taken": self.taken})
            ),
            Output::Text => {
                for package in &self.taken {
                    println!("{} was {taken}", quoted(package).trim_matches('"'));
                }
                println!(
                    "{} in {} files, {} bytes",
                    packages(usize::try_from(self.packages).unwrap_or(usize::MAX)),
                    self.files,
                    self.bytes
                );
            }
        }
    }
}
