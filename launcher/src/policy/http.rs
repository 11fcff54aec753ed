//! What the guard of a program's HTTP servers is told. It runs inside of the jail, for the program's sake: nothing here is
//! a grant, and the kernel holds none of it.

/// The `http` key of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Http {
    /// Guarded, by what is on by default.
    #[default]
    Defaults,
    /// `"http": false`.
    Off,
    Settings(Vec<HttpSetting>),
}

/// One setting: sizes in bytes, times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSetting {
    pub name: &'static str,
    /// As JSON.
    pub value: String,
}

impl Http {
    /// As JSON for the runtime; `None` is the default.
    pub fn json(&self) -> Option<String> {
        match self {
            Http::Defaults => None,
            Http::Off => Some("false".into()),
            Http::Settings(settings) => {
                let members: Vec<String> =
                    settings.iter().map(|HttpSetting { name, value }| format!("\"{name}\":{value}")).collect();
                Some(format!("{{{}}}", members.join(",")))
            }
        }
    }
}
