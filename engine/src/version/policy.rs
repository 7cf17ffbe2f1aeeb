//! What a process does with messages of a format version that is not the one of its rules.

use super::FormatVersion;

/// Whether a process takes messages of another format version than the one it was started under. Its rules stay those of its start
/// in any case; deadlines, deliveries and commands from outside have no format version and are always taken.
///
/// ```
/// use mako_engine::version::{FormatVersion, WorkflowVersionPolicy};
/// let (rules, message) = (FormatVersion::Fv2026_04_01, FormatVersion::Fv2026_10_01);
/// assert!(WorkflowVersionPolicy::default().takes(rules, message));
/// assert!(!WorkflowVersionPolicy::Pinned.takes(rules, message));
/// assert!(WorkflowVersionPolicy::Pinned.takes(rules, rules));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WorkflowVersionPolicy {
    /// It takes every message that an adapter of its workflow can read.
    #[default]
    ForwardCompatible,
    /// It takes messages of its own format version only. Any other goes to the dead letters as
    /// [`VersionMismatch`](crate::dead_letter::DeadLetterReason::VersionMismatch).
    Pinned,
}

impl WorkflowVersionPolicy {
    /// Whether a process that follows `rules` takes a message of the format version `message`.
    #[must_use]
    pub fn takes(self, rules: FormatVersion, message: FormatVersion) -> bool {
        match self {
            Self::ForwardCompatible => true,
            Self::Pinned => rules == message,
        }
    }
}
