//! Names of variables.

/// `NAME`, or `PREFIX_*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvPattern {
    Name(String),
    Prefix(String),
}

impl EnvPattern {
    /// A prefix never covers a variable that turns a program around: such a one has to be named.
    pub fn matches(&self, name: &str) -> bool {
        match self {
            EnvPattern::Name(own) => own == name,
            EnvPattern::Prefix(_) => self.takes_away(name) && !is_dangerous(name),
        }
    }

    /// Whether a deny of this pattern covers `name`: there a prefix covers everything below it.
    pub fn takes_away(&self, name: &str) -> bool {
        match self {
            EnvPattern::Name(own) => own == name,
            EnvPattern::Prefix(prefix) => name.starts_with(prefix.as_str()),
        }
    }
}

/// Names that make a program load code, trust a certificate, start a helper or reach a daemon, by their start.
const DANGEROUS_PREFIXES: [&str; 14] = [
    "LD_",
    "DYLD_",
    "NODE_",
    "GIT_",
    "DBUS_",
    "DOCKER_",
    "CORDON_",
    "BASH_FUNC_",
    "GCONV_",
    "npm_config_",
    "NPM_CONFIG_",
    "OPENSSL_",
    "SSL_",
    "SSH_",
];

const DANGEROUS: [&str; 32] = [
    "BASH_ENV",
    "ENV",
    "IFS",
    "PS4",
    "SHELLOPTS",
    "BASHOPTS",
    "CDPATH",
    "PROMPT_COMMAND",
    "ZDOTDIR",
    "GLIBC_TUNABLES",
    "MALLOC_TRACE",
    "LOCPATH",
    "NLSPATH",
    "HOSTALIASES",
    "RESOLV_HOST_CONF",
    "LOCALDOMAIN",
    "RES_OPTIONS",
    "GETCONF_DIR",
    "EDITOR",
    "VISUAL",
    "PAGER",
    "BROWSER",
    "PERL5LIB",
    "PERL5OPT",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONHOME",
    "RUBYOPT",
    "RUBYLIB",
    "JAVA_TOOL_OPTIONS",
    "XDG_RUNTIME_DIR",
    "GPG_AGENT_INFO",
];

/// `NODE_` variables that change nothing about which code the engine runs or whom it trusts.
const HARMLESS: [&str; 1] = ["NODE_ENV"];

/// Whether a variable can turn a granted program, or the engine, around.
pub fn is_dangerous(name: &str) -> bool {
    let prefixed = DANGEROUS_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    (prefixed && !HARMLESS.contains(&name)) || DANGEROUS.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_covers_the_names_below_it_only() {
        let pattern = EnvPattern::Prefix("APP_".into());
        assert!(pattern.matches("APP_KEY"));
        assert!(!pattern.matches("APPLE"));
        assert!(!pattern.matches("app_key"));
    }

    #[test]
    fn a_prefix_never_covers_a_variable_that_turns_a_program_around() {
        for (prefix, name) in [
            ("", "LD_PRELOAD"),
            ("LD_", "LD_PRELOAD"),
            ("NODE_", "NODE_OPTIONS"),
            ("", "NODE_EXTRA_CA_CERTS"),
            ("B", "BASH_ENV"),
            ("GIT_", "GIT_SSH_COMMAND"),
            ("SSH", "SSH_AUTH_SOCK"),
            ("", "DOCKER_HOST"),
            ("", "DBUS_SESSION_BUS_ADDRESS"),
            ("", "CORDON_TRUST"),
            ("", "GLIBC_TUNABLES"),
            ("", "BASH_FUNC_ls%%"),
        ] {
            assert!(!EnvPattern::Prefix(prefix.into()).matches(name), "{prefix}* and {name}");
        }
        assert!(EnvPattern::Prefix(String::new()).matches("NODE_ENV"));
    }

    #[test]
    fn a_denied_prefix_takes_away_what_was_named() {
        assert!(EnvPattern::Prefix("LD_".into()).takes_away("LD_PRELOAD"));
    }

    #[test]
    fn a_dangerous_variable_can_be_named() {
        assert!(EnvPattern::Name("NODE_OPTIONS".into()).matches("NODE_OPTIONS"));
    }
}
