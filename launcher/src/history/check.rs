//! What a manifest grants beyond what its programs were seen to use.

use crate::denial::escape;
use crate::manifest::json::{Value, quote};
use crate::manifest::{self, Resolved};
use crate::policy::{
    EnvPattern, Grant, Grants, HostPattern, NetPattern, Origin, Permission, Policy, PortPattern, Request,
};
use crate::suggest::nearest;
use crate::supervisor::record::{Contact, Recorded, Use};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Something to look at in a manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// None where it is about a script's name.
    pub permission: Option<Permission>,
    pub text: String,
    /// The JSON pointer or flag that it was written at.
    pub place: String,
    pub problem: Problem,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// It gives nothing here, and why.
    WithoutEffect(String),
    /// No recorded run used it, or another grant covers all that was used.
    Unused,
    /// Less would have been enough.
    Broad(Vec<String>),
}

/// So many narrower grants are still better than one broad one.
const FEW: usize = 3;

pub fn check(resolved: &Resolved, recorded: Option<&Recorded>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = resolved
        .notes
        .iter()
        .map(|note| Finding {
            permission: Some(note.permission),
            text: note.text.clone(),
            place: place(&note.origin),
            problem: Problem::WithoutEffect(note.why.clone()),
        })
        .collect();
    if let Some(recorded) = recorded {
        let seen = Seen { policy: &resolved.policy, recorded, root: &resolved.project.folder };
        findings.extend(Permission::ALL.into_iter().flat_map(|permission| seen.of(permission)));
    }
    // What gives nothing cannot have been used: said once.
    let empty: Vec<String> = findings
        .iter()
        .filter(|finding| matches!(finding.problem, Problem::WithoutEffect(_)))
        .map(|finding| finding.place.clone())
        .collect();
    findings.retain(|finding| finding.problem != Problem::Unused || !empty.contains(&finding.place));
    findings.sort();
    findings
}

/// Entries of `scripts` in the manifest at `file` that no script of the same package.json has the name of.
pub fn scripts_without_effect(file: &Path) -> Vec<Finding> {
    let Ok(Some(document)) = manifest::document(file.parent().unwrap_or(file)) else { return Vec::new() };
    let names = |value: Option<&Value>| match value {
        Some(Value::Object(members)) => members.iter().map(|member| member.name.clone()).collect(),
        _ => Vec::new(),
    };
    let key = document.root.member("cordon").and_then(|key| key.node.member("scripts"));
    let scripts = names(document.root.member("scripts").map(|member| &member.node.value));
    let unknown = names(key.map(|member| &member.node.value)).into_iter().filter(|name| !scripts.contains(name));
    let finding = |name: String| {
        let near = nearest(&name, scripts.iter().map(String::as_str)).map(|near| format!("; did you mean {near}?"));
        let why = format!("package.json has no such script{}", near.unwrap_or_default());
        let place = format!("/cordon/scripts/{}", name.replace('~', "~0").replace('/', "~1"));
        Finding { permission: None, text: name, place, problem: Problem::WithoutEffect(why) }
    };
    unknown.map(finding).collect()
}

fn place(origin: &Origin) -> String {
    match origin {
        Origin::Manifest { pointer, .. } => pointer.clone(),
        Origin::Flag(text) => text.clone(),
        Origin::Default(why) => (*why).to_owned(),
    }
}

struct Seen<'a> {
    policy: &'a Policy,
    recorded: &'a Recorded,
    root: &'a Path,
}

/// Makes a policy whose grants of one kind are chosen by their index.
type Choose<'p> = dyn Fn(&dyn Fn(usize) -> bool) -> Policy + 'p;

impl Seen<'_> {
    fn of(&self, permission: Permission) -> Vec<Finding> {
        let allow = &self.policy.allow;
        match permission {
            Permission::Read => self.each(permission, &allow.read, |grants| &mut grants.read),
            Permission::Write => self.each(permission, &allow.write, |grants| &mut grants.write),
            Permission::Net => self.each(permission, &allow.net, |grants| &mut grants.net),
            Permission::Listen => self.each(permission, &allow.listen, |grants| &mut grants.listen),
            Permission::Env => self.each(permission, &allow.env, |grants| &mut grants.env),
            Permission::Run => self.each(permission, &allow.run, |grants| &mut grants.run),
            Permission::Addons => self.each(permission, &allow.addons, |grants| &mut grants.addons),
        }
    }

    fn each<P: Clone>(
        &self,
        permission: Permission,
        grants: &[Grant<P>],
        list: fn(&mut Grants) -> &mut Vec<Grant<P>>,
    ) -> Vec<Finding> {
        let choose = |keep: &dyn Fn(usize) -> bool| {
            let mut policy = self.policy.clone();
            let chosen = grants.iter().enumerate().filter(|(index, _)| keep(*index)).map(|(_, grant)| grant.clone());
            *list(&mut policy.allow) = chosen.collect();
            policy
        };
        let written = grants.iter().enumerate().filter(|(_, grant)| !matches!(grant.origin, Origin::Default(_)));
        written
            .filter_map(|(index, grant)| {
                let problem = self.problem(permission, index, &choose)?;
                let (text, place) = (grant.text.clone(), place(&grant.origin));
                Some(Finding { permission: Some(permission), text, place, problem })
            })
            .collect()
    }

    /// A grant is used where something that was seen is refused without it.
    fn problem(&self, permission: Permission, index: usize, choose: &Choose<'_>) -> Option<Problem> {
        let without = choose(&|other| other != index);
        let used = self.allowed(permission, self.policy).difference(&self.allowed(permission, &without)).count() > 0;
        if !used {
            return Some(Problem::Unused);
        }
        let alone = choose(&|other| other == index);
        let narrower = self.narrower(&alone, permission);
        (!narrower.is_empty() && narrower.len() <= FEW).then_some(Problem::Broad(narrower))
    }

    /// Which of the recorded uses `policy` lets through, by their texts.
    fn allowed(&self, permission: Permission, policy: &Policy) -> BTreeSet<String> {
        let may = |request: &Request<'_>| policy.decide(request).allowed();
        let paths = |uses: &[Use], may: &dyn Fn(&Path) -> bool| -> BTreeSet<String> {
            let these = self.recorded.paths.iter().filter(|(how, path)| uses.contains(how) && may(path));
            these.map(|(_, path)| path.display().to_string()).collect()
        };
        match permission {
            Permission::Read => paths(&[Use::Read, Use::List], &|path| may(&Request::Read(path))),
            Permission::Write => paths(&[Use::Change, Use::Make, Use::Remove], &|path| may(&Request::Write(path))),
            Permission::Run => paths(&[Use::Run], &|path| may(&Request::Run(path))),
            Permission::Addons => paths(&[Use::Load], &|path| may(&Request::Addon(path))),
            Permission::Net => {
                self.contacts(policy).map(|contact| format!("{contact:?}")).chain(self.sockets(policy)).collect()
            }
            Permission::Listen => {
                let these = self.recorded.listened.iter().filter(|one| may(&Request::Listen(one.address)));
                these.map(|one| one.address.to_string()).collect()
            }
            Permission::Env => {
                self.recorded.variables.iter().filter(|name| may(&Request::Env(name))).cloned().collect()
            }
        }
    }

    fn contacts<'s>(&'s self, policy: &'s Policy) -> impl Iterator<Item = &'s Contact> {
        self.recorded.contacts.iter().filter(|contact| {
            policy.decide(&Request::Connect { address: contact.address, names: &contact.names }).allowed()
        })
    }

    fn sockets(&self, policy: &Policy) -> Vec<String> {
        let these = self.recorded.sockets.iter().filter(|path| policy.decide(&Request::ConnectUnix(path)).allowed());
        these.map(|path| path.display().to_string()).collect()
    }

    /// What one grant could be instead, if that is less.
    fn narrower(&self, alone: &Policy, permission: Permission) -> Vec<String> {
        match permission {
            Permission::Read => self.narrower_path(alone.allow.read.first(), &self.allowed(permission, alone)),
            Permission::Write => self.narrower_path(alone.allow.write.first(), &self.allowed(permission, alone)),
            Permission::Net => self.narrower_hosts(alone),
            Permission::Env => match alone.allow.env.first().map(|grant| &grant.pattern) {
                Some(EnvPattern::Prefix(_)) => self.allowed(permission, alone).into_iter().collect(),
                _ => Vec::new(),
            },
            Permission::Listen | Permission::Run | Permission::Addons => Vec::new(),
        }
    }

    fn narrower_path(&self, grant: Option<&Grant<PathBuf>>, uses: &BTreeSet<String>) -> Vec<String> {
        let Some(grant) = grant else { return Vec::new() };
        let mut below = uses.iter().map(Path::new).filter(|path| path.starts_with(&grant.pattern));
        let Some(first) = below.next() else { return Vec::new() };
        let mut common = first.to_path_buf();
        for path in below {
            while !path.starts_with(&common) && common.pop() {}
        }
        // A new file in the folder itself needs the folder; a single file in it may be one of many that come.
        if common == grant.pattern || common.parent() == Some(&grant.pattern) && !common.is_dir() {
            return Vec::new();
        }
        let folder = if common.is_dir() { common.as_path() } else { common.parent().unwrap_or(&common) };
        if folder == grant.pattern {
            return Vec::new();
        }
        vec![
            folder
                .strip_prefix(self.root)
                .map_or_else(|_| folder.display().to_string(), |rest| format!("./{}", rest.display())),
        ]
    }

    fn narrower_hosts(&self, alone: &Policy) -> Vec<String> {
        let Some(NetPattern::Host { host, port, .. }) = alone.allow.net.first().map(|grant| &grant.pattern) else {
            return Vec::new();
        };
        let wide = matches!(host, HostPattern::Public | HostPattern::Suffix(_) | HostPattern::Network(_));
        if !wide && *port != PortPattern::Any {
            return Vec::new();
        }
        let names: BTreeSet<String> = self
            .contacts(alone)
            .map(|contact| match contact.names.first() {
                Some(name) => format!("{name}:{}", contact.address.port()),
                None => contact.address.to_string(),
            })
            .collect();
        names.into_iter().collect()
    }
}

fn what(finding: &Finding) -> &'static str {
    finding.permission.map_or("script", Permission::name)
}

/// For people. Writing to a String does not fail.
pub fn text(findings: &[Finding], recorded: bool) -> String {
    let mut out = String::new();
    for finding in findings {
        let _ = write!(out, "{:<8} {}  {}: ", what(finding), escape(&finding.text), escape(&finding.place));
        let _ = match &finding.problem {
            Problem::WithoutEffect(why) => writeln!(out, "gives nothing here, {}", escape(why)),
            Problem::Unused => writeln!(out, "no recorded run needed it"),
            Problem::Broad(narrower) => {
                let texts: Vec<String> = narrower.iter().map(|one| escape(one)).collect();
                writeln!(out, "broader than what was seen; enough would be {}", texts.join(", "))
            }
        };
    }
    if !recorded {
        out.push_str("No run was recorded: cordon run --record <file> tells what is used\n");
    } else if findings.is_empty() {
        out.push_str("Every grant was used, and none is broader than what was seen\n");
    }
    out
}

pub fn json(findings: &[Finding]) -> String {
    let string = |text: &str| {
        let mut out = String::new();
        quote(&mut out, text);
        out
    };
    let rows = findings.iter().map(|finding| {
        let problem = match &finding.problem {
            Problem::WithoutEffect(why) => format!("\"without-effect\",\"why\":{}", string(why)),
            Problem::Unused => "\"unused\"".to_owned(),
            Problem::Broad(narrower) => {
                let texts: Vec<String> = narrower.iter().map(|one| string(one)).collect();
                format!("\"broad\",\"enough\":[{}]", texts.join(","))
            }
        };
        let permission =
            finding.permission.map_or("null".to_owned(), |permission| format!("\"{}\"", permission.name()));
        let (text, place) = (string(&finding.text), string(&finding.place));
        format!("{{\"permission\":{permission},\"grant\":{text},\"place\":{place},\"problem\":{problem}}}")
    });
    format!("[{}]\n", rows.collect::<Vec<_>>().join(","))
}
