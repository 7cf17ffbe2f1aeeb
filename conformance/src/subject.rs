//! Who is asked: a subject under a name, what it declares to be able to do, and why it does not declare the rest.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use mako_engine::store::Store;

use crate::Exemption;

/// What a subject can do beyond the least that every one must.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities(u8);

impl Capabilities {
    const NAMED: &[(Self, &str)] = &[
        (Self::DURABLE, "DURABLE"),
        (Self::FRISTEN, "FRISTEN"),
        (Self::PERSONAL, "PERSONAL"),
        (Self::CRASHES, "CRASHES"),
        (Self::SHRED, "SHRED"),
    ];

    /// Nothing beyond the least.
    pub const NONE: Self = Self(0);
    /// What was acknowledged is there when the same directory is opened again.
    pub const DURABLE: Self = Self(1);
    /// A workflow says when each of its deadlines must be due, see [`WorkflowSubject::expected_due`](crate::WorkflowSubject::expected_due).
    pub const FRISTEN: Self = Self(2);
    /// The events of a workflow name the fields that are about a person, see [`EventPayload::PERSONAL`](mako_engine::EventPayload::PERSONAL).
    pub const PERSONAL: Self = Self(4);

    /// A node can be made to crash by whoever checks it, and starts again by itself.
    pub const CRASHES: Self = Self(8);

    /// A store keeps keys of subjects and can forget one, see [`mako_engine::erasure`].
    pub const SHRED: Self = Self(16);

    /// These and `other`.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of `self` that are not in `declared`.
    #[must_use]
    pub const fn missing_in(self, declared: Self) -> Self {
        Self(self.0 & !declared.0)
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = Self::NAMED.iter().filter(|(one, _)| self.0 & one.0 != 0).map(|(_, name)| *name).collect();
        f.write_str(&names.join(", "))
    }
}

/// What a subject cannot do, and why: a requirement that is skipped for a reason nobody gives is a finding.
pub type Without = &'static [(Capabilities, &'static str)];

/// The reason that `without` gives for all of `missing`.
pub(crate) fn reason(missing: Capabilities, without: Without) -> Option<&'static str> {
    without.iter().find(|(capability, _)| missing.missing_in(*capability).is_none()).map(|(_, because)| *because)
}

/// A store to be checked.
pub trait StoreSubject {
    /// Its name in reports; also a directory name.
    const NAME: &'static str;
    /// What it can do. A requirement that needs more is skipped, and the report says so.
    const CAPABILITIES: Capabilities;
    /// What it cannot do, and why.
    const WITHOUT: Without = &[];
    /// What it should keep and does not, for a while.
    const EXEMPT: &'static [Exemption] = &[];

    /// Opens the store in `dir`, which does not exist the first time. Opening again after a drop is the same call.
    fn open(dir: &Path) -> Arc<dyn Store>;
}
