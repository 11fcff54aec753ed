//! What the jailed parts of an installation are told: one JSON object in a variable.

use super::settings::Settings;
use super::sources::Sources;
use super::{Project, address};
use crate::manifest::json::quote;
use std::path::Path;

/// The kernel takes no variable of 128 KiB or more (execve(2)).
const LONGEST: usize = 127 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    Progress,
    Plain,
    Silent,
    Json,
}

pub struct Request<'a> {
    pub command: &'a str,
    pub words: &'a [String],
    pub project: &'a Project,
    /// The member that `words` are about, relative to the root.
    pub member: &'a Path,
    pub staging: &'a Path,
    pub store: &'a Path,
    pub sources: &'a Sources,
    pub settings: &'a Settings,
    pub output: Output,
    /// Whether what is foreseen comes on the resolver's stdin.
    pub foresees: bool,
}

impl Request<'_> {
    /// Of `cordon-install`: its words, and the variable that it reads settings from (installer/README.md).
    pub fn for_installer(&self, resolved: bool) -> Result<(Vec<String>, (&'static str, String)), String> {
        let command = if self.command == "ci" { "ci" } else { "install" };
        let mut words = vec![command.to_owned(), format!("--store={}", self.store.to_string_lossy())];
        words.push(format!("--engine={}", crate::engine::VERSION));
        if !self.settings.omit.is_empty() {
            words.push(format!("--omit={}", self.settings.omit.join(",")));
        }
        words.extend(self.settings.layout.iter().map(|layout| format!("--layout={layout}")));
        for (flag, given) in [
            ("--resolved", resolved),
            ("--strict", self.settings.flag("strict").is_some()),
            ("--force", self.settings.flag("force").is_some()),
            ("--dry-run", self.settings.flag("dry-run").is_some()),
            ("--json", self.output == Output::Json),
            ("--progress", self.output == Output::Progress),
            ("--silent", self.output == Output::Silent),
        ] {
            words.extend(given.then(|| flag.to_owned()));
        }
        let mut out = Object::new();
        let (first, scoped) = self.sources.registries.split_first().ok_or("Cannot install: no registry is known")?;
        out.text("registry", &first.address.url());
        let mut scopes = Object::new();
        scoped.iter().for_each(|registry| scopes.text(&registry.scope, &registry.address.url()));
        out.raw("scopes", &scopes.finished());
        let mut authorization = Object::new();
        self.sources.credentials.iter().for_each(|own| authorization.text(&own.prefix, &own.header));
        out.raw("authorization", &authorization.finished());
        let members: Vec<_> = self.project.members.iter().map(|member| member.to_string_lossy()).collect();
        out.texts("members", members.iter().map(AsRef::as_ref));
        if !self.sources.ca.is_empty() {
            out.text("ca", &self.sources.ca);
        }
        paths(&mut out, "caFiles", &self.sources.ca_files);
        paths(&mut out, "extraCaFiles", &self.sources.extra_ca_files);
        for (name, proxy) in [("proxy", &self.sources.proxy), ("httpsProxy", &self.sources.https_proxy)] {
            if let Some(proxy) = proxy {
                out.text(name, &proxy.url());
            }
        }
        out.text("noProxy", &self.sources.no_proxy);
        Ok((words, ("CORDON_INSTALL_SETTINGS", short(out.finished())?)))
    }

    /// Of who looks ahead of the resolver.
    pub fn for_foresight(&self) -> Result<(Vec<String>, (&'static str, String)), String> {
        let (_, variable) = self.for_installer(false)?;
        let mut words = vec!["foresee".to_owned(), format!("--store={}", self.store.to_string_lossy())];
        words.push(format!("--engine={}", crate::engine::VERSION));
        words.extend(self.settings.flag("min-release-age").map(|days| format!("--age={days}")));
        let given = |name: &str| self.settings.flag(name).is_some();
        if !self.settings.omit.is_empty() || ["lockfile-only", "package-lock-only", "dry-run"].into_iter().any(given) {
            words.push("--lists-only".to_owned());
        }
        Ok((words, variable))
    }

    /// Of the resolver: the variable that holds everything.
    pub fn for_resolver(&self) -> Result<(&'static str, String), String> {
        Ok(("CORDON_INSTALL", short(self.json())?))
    }

    fn json(&self) -> String {
        let mut out = Object::new();
        out.text("command", self.command);
        out.texts("words", self.words.iter().map(String::as_str));
        out.text("project", &self.project.root.to_string_lossy());
        let members: Vec<_> = self.project.members.iter().map(|member| member.to_string_lossy()).collect();
        out.texts("members", members.iter().map(AsRef::as_ref));
        out.text("member", &self.member.to_string_lossy());
        out.text("staging", &self.staging.to_string_lossy());
        out.text("store", &self.store.to_string_lossy());
        out.objects("registries", &self.sources.registries, |object, registry| {
            object.text("scope", &registry.scope);
            object.text("url", &registry.address.url());
        });
        out.objects("credentials", &self.sources.credentials, |object, credential| {
            object.text("prefix", &credential.prefix);
            object.text("header", &credential.header);
        });
        out.texts("tarballHosts", self.tarball_hosts().iter().map(String::as_str));
        let proxy =
            |address: &Option<address::Address>| address.as_ref().map(address::Address::url).unwrap_or_default();
        out.text("proxy", &proxy(&self.sources.proxy));
        out.text("httpsProxy", &proxy(&self.sources.https_proxy));
        out.text("noProxy", &self.sources.no_proxy);
        out.text("ca", &self.sources.ca);
        paths(&mut out, "caFiles", &self.sources.ca_files);
        paths(&mut out, "extraCaFiles", &self.sources.extra_ca_files);
        out.raw("foresees", if self.foresees { "true" } else { "false" });
        out.texts("omit", self.settings.omit.iter().map(String::as_str));
        let mut flags = Object::new();
        for (index, (name, value)) in self.settings.flags.iter().enumerate() {
            if self.settings.flags[index + 1..].iter().all(|(later, _)| later != name) {
                flags.text(name, value);
            }
        }
        out.raw("flags", &flags.finished());
        out.text(
            "output",
            match self.output {
                Output::Progress => "progress",
                Output::Plain => "plain",
                Output::Silent => "silent",
                Output::Json => "json",
            },
        );
        out.finished()
    }

    /// `host:port`.
    fn tarball_hosts(&self) -> Vec<String> {
        let hosts = self.project.tarballs.iter().filter_map(|tarball| super::tarball_host(tarball).ok());
        hosts.map(|address| address.grant(address::Reach::Public)).collect()
    }
}

fn paths(out: &mut Object, name: &str, paths: &[std::path::PathBuf]) {
    let paths: Vec<_> = paths.iter().map(|path| path.to_string_lossy()).collect();
    out.texts(name, paths.iter().map(AsRef::as_ref));
}

fn short(json: String) -> Result<String, String> {
    if json.len() > LONGEST {
        return Err("Cannot install: the workspace has too many members, or .npmrc is too long".into());
    }
    Ok(json)
}

/// A JSON object that is being written.
struct Object(String);

impl Object {
    fn new() -> Object {
        Object("{".into())
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        quote(&mut self.0, name);
        self.0.push(':');
    }

    fn raw(&mut self, name: &str, json: &str) {
        self.name(name);
        self.0.push_str(json);
    }

    fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        quote(&mut self.0, value);
    }

    fn list<T>(&mut self, name: &str, items: impl Iterator<Item = T>, one: impl Fn(&mut String, T)) {
        self.name(name);
        self.0.push('[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            one(&mut self.0, item);
        }
        self.0.push(']');
    }

    fn texts<'t>(&mut self, name: &str, texts: impl Iterator<Item = &'t str>) {
        self.list(name, texts, quote);
    }

    fn objects<T>(&mut self, name: &str, items: &[T], one: impl Fn(&mut Object, &T)) {
        self.list(name, items.iter(), |out, item| {
            let mut object = Object::new();
            one(&mut object, item);
            out.push_str(&object.finished());
        });
    }

    fn finished(self) -> String {
        format!("{}}}", self.0)
    }
}
