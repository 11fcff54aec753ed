//! Names of variables.

/// `NAME`, or `PREFIX_*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvPattern {
    Name(String),
    Prefix(String),
}

impl EnvPattern {
    pub fn matches(&self, name: &str) -> bool {
        match self {
            EnvPattern::Name(own) => own == name,
            EnvPattern::Prefix(prefix) => name.starts_with(prefix.as_str()),
        }
    }
}
