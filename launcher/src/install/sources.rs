//! Where packages come from, and with which credentials: from the command line, the environment and .npmrc files.
//!
//! The user's file is the user's; a project's was written by whoever wrote the project. Tokens, passwords, certificates,
//! proxies and `${VARIABLES}` of a project's file count for nothing, and it takes no scope away from the registry that
//! the user's file pins it to.

use super::address::{Address, Reach};
use super::base64;
use super::npmrc::{self, Npmrc, Variables};
use crate::manifest::{escaped, shown, text};
use std::fs;
use std::path::{Path, PathBuf};

const DEFAULT: &str = "https://registry.npmjs.org/";

/// What the user gives.
pub struct Given<'a> {
    /// `--registry`.
    pub flag: Option<&'a str>,
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    pub home: Option<&'a Path>,
    /// The folder that the project's own .npmrc may lie in.
    pub project: Option<&'a Path>,
}

/// Who named something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    Flag(String),
    Default,
    User,
    /// The project's file.
    Project(PathBuf),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry {
    /// `@name`, or empty.
    pub scope: String,
    pub address: Address,
    pub by: By,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// `//host/path/`.
    pub prefix: String,
    pub header: String,
}

/// Everything that .npmrc files and the environment say.
#[derive(Debug)]
pub struct Sources {
    /// The one without a scope first.
    pub registries: Vec<Registry>,
    pub credentials: Vec<Credential>,
    pub proxy: Option<Address>,
    pub https_proxy: Option<Address>,
    pub no_proxy: String,
    /// PEM.
    pub ca: String,
    /// Files of PEM, in the place of the usual authorities.
    pub ca_files: Vec<PathBuf>,
    /// Files of PEM beside the usual authorities.
    pub extra_ca_files: Vec<PathBuf>,
    pub user: Npmrc,
    pub project: Npmrc,
    /// What a user should hear of, once.
    pub notices: Vec<String>,
}

impl Sources {
    pub fn read(given: &Given<'_>) -> Result<Sources, String> {
        let user_file = user_file(given);
        let user = match &user_file {
            Some(file) => read(file, Variables::Given(given.variable))?,
            None => Npmrc::default(),
        };
        let project_file =
            given.project.map(|folder| folder.join(".npmrc")).filter(|file| Some(file) != user_file.as_ref());
        let project = match &project_file {
            Some(file) => read(file, Variables::Hidden)?,
            None => Npmrc::default(),
        };
        let mut notices = Vec::new();
        if let Some(file) = &project_file {
            notices.extend(unheeded(&project, file));
        }
        let registries = registries(given, &user, &project, project_file.as_deref(), &mut notices)?;
        let credentials = credentials(&user, &registries);
        let (proxy, https_proxy, no_proxy) = proxies(given, &user)?;
        let ca: Vec<&str> = user.list("ca").filter(|text| *text != "null").collect();
        let ca = ca.join("\n");
        let cafile = user.get("cafile").map(str::to_owned).or_else(|| variable(given, "cafile"));
        let ca_files = authorities(cafile)?;
        let extra_ca_files = authorities((given.variable)("NODE_EXTRA_CA_CERTS").filter(|file| !file.is_empty()))?;
        Ok(Sources {
            registries,
            credentials,
            proxy,
            https_proxy,
            no_proxy,
            ca,
            ca_files,
            extra_ca_files,
            user,
            project,
            notices,
        })
    }

    /// A setting that changes what is installed, not from where: the project's before the user's.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.project.get(name).or_else(|| self.user.get(name))
    }
}

/// Names differ in case between systems, as npm takes them: `npm_config_registry`, `NPM_CONFIG_REGISTRY`.
fn variable(given: &Given<'_>, name: &str) -> Option<String> {
    let lower = format!("npm_config_{}", name.replace('-', "_"));
    (given.variable)(&lower).or_else(|| (given.variable)(&lower.to_uppercase())).filter(|value| !value.is_empty())
}

fn user_file(given: &Given<'_>) -> Option<PathBuf> {
    let named = variable(given, "userconfig").map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| given.home.map(|home| home.join(".npmrc")))
}

fn read(file: &Path, variables: Variables<'_>) -> Result<Npmrc, String> {
    let found = text(file).map_err(|error| format!("Cannot read {}: {}; {}", shown(file), error.what, error.fix))?;
    let Some((text, _)) = found else { return Ok(Npmrc::default()) };
    npmrc::parse(&text, variables).map_err(|what| format!("Cannot read {}: {what}; make it smaller", shown(file)))
}

/// What a project's file says in vain.
fn unheeded(project: &Npmrc, file: &Path) -> Vec<String> {
    const OWN: [&str; 9] = ["_auth", "_authToken", "ca", "cafile", "cert", "key", "proxy", "https-proxy", "strict-ssl"];
    let mut notices = Vec::new();
    let place = shown(file);
    let secret = |name: &str| name.rsplit(':').next().is_some_and(|last| last.starts_with("_") || last == "username");
    if project.entries.iter().any(|(name, _)| name.starts_with("//") && secret(name)) {
        notices.push(format!("{place} holds a token or password, which is not used; put it into ~/.npmrc"));
    }
    if !project.hidden.is_empty() {
        let names: Vec<String> = project.hidden.iter().map(|name| escaped(name)).collect();
        notices.push(format!(
            "{place} names variables for {}, which are not used; write that into ~/.npmrc",
            names.join(", ")
        ));
    }
    for name in OWN.iter().filter(|name| project.get(name).is_some()) {
        notices.push(format!("{place} sets {name}, which is not used; set it in ~/.npmrc"));
    }
    notices
}

fn registries(
    given: &Given<'_>,
    user: &Npmrc,
    project: &Npmrc,
    project_file: Option<&Path>,
    notices: &mut Vec<String>,
) -> Result<Vec<Registry>, String> {
    let by_project = || By::Project(project_file.map(Path::to_path_buf).unwrap_or_default());
    let (text, by) = if let Some(text) = given.flag {
        (text.to_owned(), By::Flag(format!("--registry={text}")))
    } else if let Some(text) = variable(given, "registry") {
        (text, By::User)
    } else if let Some(text) = project.get("registry") {
        (text.to_owned(), by_project())
    } else if let Some(text) = user.get("registry") {
        (text.to_owned(), By::User)
    } else {
        (DEFAULT.to_owned(), By::Default)
    };
    let mut found = vec![registry("", &text, by)?];
    for (name, text) in user.entries.iter().rev() {
        if let Some(scope) = scope_of(name).filter(|scope| found.iter().all(|own| own.scope != *scope)) {
            found.push(registry(scope, text, By::User)?);
        }
    }
    for (name, text) in project.entries.iter().rev() {
        let Some(scope) = scope_of(name) else { continue };
        let other = registry(scope, text, by_project())?;
        match found.iter().find(|own| own.scope == scope) {
            None => found.push(other),
            Some(own) if own.by == By::User && own.address != other.address => notices.push(format!(
                "{} wants {} from {}; your own .npmrc pins it to {}, which counts",
                shown(project_file.unwrap_or(Path::new(".npmrc"))),
                escaped(scope),
                other.address.url(),
                own.address.url()
            )),
            Some(_) => {}
        }
    }
    // What one names as the other does is the user's.
    let users: Vec<Address> = found.iter().filter(|own| own.by == By::User).map(|own| own.address.clone()).collect();
    for own in &mut found {
        if matches!(own.by, By::Project(_))
            && (users.contains(&own.address) || is_default(&own.address) || user_names(user, &own.address))
        {
            let named = users.contains(&own.address) || user_names(user, &own.address);
            // Naming the public registry lets nobody lead its name to a private address.
            own.by = if named { By::User } else { By::Default };
        }
    }
    Ok(found)
}

fn is_default(address: &Address) -> bool {
    address.url() == DEFAULT
}

fn user_names(user: &Npmrc, address: &Address) -> bool {
    user.get("registry").and_then(|text| Address::parse(text).ok()).as_ref() == Some(address)
}

fn scope_of(name: &str) -> Option<&str> {
    let scope = name.strip_suffix(":registry")?;
    (scope.len() > 1 && scope.starts_with('@') && !scope[1..].contains(['/', ':', '@'])).then_some(scope)
}

fn registry(scope: &str, text: &str, by: By) -> Result<Registry, String> {
    let place = match &by {
        By::Flag(_) => "--registry".to_owned(),
        By::Default | By::User => "your .npmrc or environment".to_owned(),
        By::Project(file) => shown(file),
    };
    let address = Address::parse(text).map_err(|what| format!("Cannot install: {what}; correct it in {place}"))?;
    Ok(Registry { scope: scope.to_owned(), address, by })
}

/// Of the registries' hosts only: no other ever sees one.
fn credentials(user: &Npmrc, registries: &[Registry]) -> Vec<Credential> {
    let mut found: Vec<Credential> = Vec::new();
    for (name, value) in user.entries.iter().rev() {
        let Some((prefix, kind)) = name.strip_prefix("//").and_then(|rest| rest.rsplit_once(':')) else { continue };
        let prefix = format!("//{}/", prefix.trim_end_matches('/'));
        let Some(header) = header(user, name, kind, value) else { continue };
        let belongs = registries.iter().any(|own| {
            let host = own.address.prefix();
            let host = host.split('/').nth(2).unwrap_or("").to_owned();
            prefix.split('/').nth(2).is_some_and(|other| other.eq_ignore_ascii_case(&host))
        });
        let plain = header.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if belongs && plain && found.iter().all(|own| own.prefix != prefix) {
            found.push(Credential { prefix, header });
        }
    }
    found
}

fn header(user: &Npmrc, name: &str, kind: &str, value: &str) -> Option<String> {
    match kind {
        "_authToken" => Some(format!("Bearer {value}")),
        "_auth" => Some(format!("Basic {value}")),
        "_password" => {
            let username = user.get(&format!("{}username", name.strip_suffix("_password")?))?;
            let password = String::from_utf8(base64::decode(value)?).ok()?;
            Some(format!("Basic {}", base64::encode(format!("{username}:{password}").as_bytes())))
        }
        _ => None,
    }
}

type Proxies = (Option<Address>, Option<Address>, String);

fn proxies(given: &Given<'_>, user: &Npmrc) -> Result<Proxies, String> {
    let environment =
        |names: [&str; 2]| names.iter().find_map(|name| (given.variable)(name)).filter(|value| !value.is_empty());
    let own = |name: &str| user.get(name).filter(|value| !matches!(*value, "null" | "false" | "")).map(str::to_owned);
    let address = |text: Option<String>| -> Result<Option<Address>, String> {
        text.map(|text| Address::parse(&text).map_err(|what| format!("Cannot use a proxy: {what}"))).transpose()
    };
    let https =
        address(own("https-proxy").or_else(|| own("proxy")).or_else(|| environment(["https_proxy", "HTTPS_PROXY"])))?;
    let plain = address(own("proxy").or_else(|| environment(["http_proxy", "HTTP_PROXY"])))?;
    let none = own("noproxy").or_else(|| environment(["no_proxy", "NO_PROXY"])).unwrap_or_default();
    Ok((plain, https, none))
}

/// Files of certificates, where they really are.
fn authorities(named: Option<String>) -> Result<Vec<PathBuf>, String> {
    let files = named.into_iter().map(|file| {
        fs::canonicalize(&file).map_err(|error| {
            format!("Cannot read the certificates in {}: {error}; correct cafile in ~/.npmrc", escaped(&file))
        })
    });
    files.collect()
}

/// Where the names of a registry may lead: the user's and a project's own may be a company's.
pub fn reach(by: &By) -> Reach {
    if *by == By::Default { Reach::Public } else { Reach::Anywhere }
}

#[cfg(test)]
#[path = "sources_tests.rs"]
mod tests;
