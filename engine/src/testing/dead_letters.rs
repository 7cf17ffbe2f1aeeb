//! Sinks for tests: one that keeps what it is told, one that does not.

use std::sync::{Arc, Mutex, PoisonError};

use crate::dead_letter::{DeadLetterReason, DeadLetterSink};

/// Keeps every reason it is told, in order. A clone is the same sink, so a test can look while an engine has it.
///
/// ```
/// use mako_engine::dead_letter::{AuditContext, DeadLetterReason, DeadLetterSink};
/// use mako_engine::testing::RecordDeadLetters;
/// let sink = RecordDeadLetters::default();
/// let audit = AuditContext::at("2025-12-23T15:00:01Z".parse().unwrap());
/// sink.clone().reject(&DeadLetterReason::DuplicateMessage { audit: audit.into() });
/// assert_eq!(sink.reasons()[0].label(), "duplicate_message");
/// ```
#[derive(Debug, Clone, Default)]
pub struct RecordDeadLetters(Arc<Mutex<Vec<DeadLetterReason>>>);

impl RecordDeadLetters {
    /// Everything it was told so far, oldest first.
    #[must_use]
    pub fn reasons(&self) -> Vec<DeadLetterReason> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl DeadLetterSink for RecordDeadLetters {
    fn reject(&self, reason: &DeadLetterReason) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(reason.clone());
    }
}

/// Forgets what it is told: for benches and simulated worlds, where the store is what one looks at.
#[derive(Debug, Clone, Copy, Default)]
pub struct DiscardDeadLetters;

impl DeadLetterSink for DiscardDeadLetters {
    fn reject(&self, _: &DeadLetterReason) {}
}
