//! What was found instead of what was promised. The text names both sides, so that nobody has to run it again to understand it.

use std::fmt;

use mako_engine::store::StoreError;
use mako_engine::{CommitError, ExecuteError};

/// A requirement that is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation(String);

impl Violation {
    /// A violation in words.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The same, with what to do about it.
    #[must_use]
    pub fn todo(self, what: &str) -> Self {
        Self(format!("{}\n  what to do: {what}", self.0))
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Violation {}

impl From<StoreError> for Violation {
    fn from(error: StoreError) -> Self {
        Self(format!("the store failed: {error}"))
    }
}

impl From<CommitError> for Violation {
    fn from(error: CommitError) -> Self {
        Self(format!("the commit was refused: {error}"))
    }
}

impl From<ExecuteError> for Violation {
    fn from(error: ExecuteError) -> Self {
        Self(format!("the engine gives up: {error}"))
    }
}

/// `found` is `expected`.
pub(crate) fn same<T: PartialEq + fmt::Debug>(what: &str, expected: T, found: T) -> Result<(), Violation> {
    if expected == found { Ok(()) } else { Err(Violation(format!("{what}: expected {expected:?} | found {found:?}"))) }
}

/// The commit was refused as the pattern says.
macro_rules! refused_as {
    ($error:expr, $pattern:pat $(if $guard:expr)?) => {
        match $error {
            $pattern $(if $guard)? => Ok(()),
            other => Err($crate::Violation::new(format!(
                "refused for another reason: expected {} | found {other:?}",
                stringify!($pattern $(if $guard)?)
            ))),
        }
    };
}
pub(crate) use refused_as;
