//! Adapters: from a received message to a command, by the format version of the message.

use std::fmt;
use std::sync::Arc;

use super::Inbound;
use crate::ports::IdSource;
use crate::version::FormatVersion;

/// The body of a message cannot become a command of the workflow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{about} cannot become a command: {detail}")]
pub struct AdaptError {
    /// The message.
    pub about: String,
    /// What is missing or wrong.
    pub detail: String,
}

/// Turns received messages into commands of one workflow. Pure but for fresh ids.
///
/// A function with these arguments is an adapter; [`Adapters`] has an example.
pub trait MessageAdapter<C>: Send + Sync + 'static {
    /// The command that `inbound` means to a process that follows `rules`: the format version under which it was started, or that of
    /// the message when the message starts it.
    ///
    /// # Errors
    /// [`AdaptError`] when the message means nothing to this workflow, or lacks what the command needs. It goes to the dead letters.
    fn adapt(&self, inbound: &Inbound, rules: FormatVersion, ids: &dyn IdSource) -> Result<C, AdaptError>;
}

impl<C, F> MessageAdapter<C> for F
where
    F: Fn(&Inbound, FormatVersion, &dyn IdSource) -> Result<C, AdaptError> + Send + Sync + 'static,
{
    fn adapt(&self, inbound: &Inbound, rules: FormatVersion, ids: &dyn IdSource) -> Result<C, AdaptError> {
        self(inbound, rules, ids)
    }
}

/// The adapters of one workflow, each from its format version until the next.
///
/// The format version of the *message* picks the adapter, not that of the process: a process that was started before a cutover is
/// answered after it in the new format. A message older than the first adapter goes to the dead letters.
///
/// ```
/// use mako_engine::IdSource;
/// use mako_engine::routing::{AdaptError, Adapters, Inbound};
/// use mako_engine::version::FormatVersion;
///
/// fn adapt(inbound: &Inbound, _rules: FormatVersion, _ids: &dyn IdSource) -> Result<String, AdaptError> {
///     Ok(inbound.about.clone())
/// }
/// fn adapt_new_segments(inbound: &Inbound, rules: FormatVersion, _ids: &dyn IdSource) -> Result<String, AdaptError> {
///     Ok(format!("{} for a process of {rules}", inbound.about))
/// }
///
/// let adapters = Adapters::from(FormatVersion::Fv2025_10_01, adapt).then(FormatVersion::Fv2026_10_01, adapt_new_segments);
/// assert!(adapters.at(FormatVersion::Fv2026_04_01).is_some(), "the first one still holds");
/// assert!(adapters.at(FormatVersion::Fv2025_06_06).is_none());
/// assert_eq!(adapters.covered().next(), Some(FormatVersion::Fv2025_10_01));
/// ```
pub struct Adapters<C>(Vec<(FormatVersion, Arc<dyn MessageAdapter<C>>)>);

impl<C> Adapters<C> {
    /// For a workflow that takes no messages: it is started and asked by commands, and hears of deadlines and deliveries only.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// `adapter` for messages of `version` and of every later one.
    #[must_use]
    pub fn from(version: FormatVersion, adapter: impl MessageAdapter<C>) -> Self {
        Self::none().then(version, adapter)
    }

    /// `adapter` instead of the last one for messages of `version` and of every later one. A version that is not later than that of
    /// the last adapter is reported when the engine is built.
    #[must_use]
    pub fn then(mut self, version: FormatVersion, adapter: impl MessageAdapter<C>) -> Self {
        self.0.push((version, Arc::new(adapter)));
        self
    }

    /// The adapter for messages of `version`.
    #[must_use]
    pub fn at(&self, version: FormatVersion) -> Option<&dyn MessageAdapter<C>> {
        self.0.iter().rev().find(|(from, _)| *from <= version).map(|(_, adapter)| &**adapter)
    }

    /// The known format versions whose messages have an adapter, oldest first.
    pub fn covered(&self) -> impl Iterator<Item = FormatVersion> {
        FormatVersion::ALL.into_iter().filter(|version| self.at(*version).is_some())
    }

    /// Each version that does not come after the one before it, with that one.
    pub(crate) fn out_of_order(&self) -> impl Iterator<Item = (FormatVersion, FormatVersion)> {
        self.0
            .iter()
            .zip(self.0.iter().skip(1))
            .map(|((before, _), (version, _))| (*version, *before))
            .filter(|(version, before)| version <= before)
    }
}

impl<C> fmt::Debug for Adapters<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(from, _)| from)).finish()
    }
}
