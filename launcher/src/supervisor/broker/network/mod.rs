//! The only way out: connections, binds, listens and addressed sends, decided and performed by the broker on its own
//! copy of the address, and the resolver that says which address a name has.

pub mod dns;
mod name;
mod recent;

use crate::policy::Permission;
use std::fmt;
use std::sync::Arc;

/// Who hears of denials.
#[derive(Clone)]
pub struct Tell(Arc<dyn Fn(Permission, &str) + Send + Sync>);

impl Tell {
    pub fn new(hear: impl Fn(Permission, &str) + Send + Sync + 'static) -> Tell {
        Tell(Arc::new(hear))
    }

    /// One attempt on `resource` was refused.
    pub fn denied(&self, permission: Permission, resource: &str) {
        (self.0)(permission, resource);
    }
}

impl fmt::Debug for Tell {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Tell")
    }
}
