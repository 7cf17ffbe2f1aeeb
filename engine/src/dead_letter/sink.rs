//! Whoever is told of dead letters: a log, an alarm, a counter.

use std::sync::Arc;

use super::reason::DeadLetterReason;

/// Is told of every dead letter, once, after the commit that holds it is durable.
///
/// Nothing depends on it: what a sink loses is still in the store, and a sink cannot refuse. It is called where the commit was
/// awaited, so it must neither block nor panic; one that has much to do hands the reason on.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering};
/// use mako_engine::dead_letter::{AuditContext, DeadLetterReason, DeadLetterSink};
///
/// #[derive(Default)]
/// struct Alarms(AtomicUsize);
///
/// impl DeadLetterSink for Alarms {
///     fn reject(&self, reason: &DeadLetterReason) {
///         if matches!(reason, DeadLetterReason::OutboxExhausted { .. }) {
///             self.0.fetch_add(1, Ordering::Relaxed);
///         }
///     }
/// }
///
/// let alarms = Arc::new(Alarms::default());
/// let sink: Arc<dyn DeadLetterSink> = alarms.clone();
/// sink.reject(&DeadLetterReason::DuplicateMessage { audit: AuditContext::at("2025-12-23T15:00:01Z".parse().unwrap()).into() });
/// assert_eq!(alarms.0.load(Ordering::Relaxed), 0);
/// ```
pub trait DeadLetterSink: Send + Sync + 'static {
    /// Takes note of `reason`, whose [`DeadLetterReason::audit`] has everything that is known.
    fn reject(&self, reason: &DeadLetterReason);
}

impl<T: DeadLetterSink + ?Sized> DeadLetterSink for Arc<T> {
    fn reject(&self, reason: &DeadLetterReason) {
        (**self).reject(reason);
    }
}

/// Writes each dead letter to the log: an error when a message of ours was never delivered, a warning otherwise. The default sink.
///
/// Field names are stable: `label`, `reason`, `rejected_at` (German local time), and, as far as they are known, `message_type`,
/// `release_code`, `pid`, `sender_mp_id`, `receiver_mp_id`, `message_reference`, `process`, `tenant`, `correlation_id`. An exhausted
/// outbox has `message_id`, `kind`, `recipient`, `last_error` and `attempts` beside them.
///
/// ```
/// use mako_engine::dead_letter::{AuditContext, DeadLetterReason, DeadLetterSink, LogDeadLetters};
/// let audit = AuditContext::at("2025-12-23T15:00:01Z".parse().unwrap()).message_reference("IC1/1");
/// // WARN label="duplicate_message" reason=IC1/1 was here before rejected_at=2025-12-23 16:00:01 …
/// LogDeadLetters.reject(&DeadLetterReason::DuplicateMessage { audit: audit.into() });
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct LogDeadLetters;

/// One event with every field of the audit; a level is part of a call site, so it cannot be an argument of a function.
macro_rules! log {
    ($level:ident, $reason:expr $(, $field:ident = $value:expr)*) => {{
        let audit = $reason.audit();
        tracing::$level!(
            label = $reason.label(),
            reason = %$reason,
            rejected_at = audit.local_time(),
            message_type = audit.message_type.as_deref(),
            release_code = audit.release_code.as_deref(),
            pid = audit.pid.as_deref(),
            sender_mp_id = audit.sender_mp_id.as_deref(),
            receiver_mp_id = audit.receiver_mp_id.as_deref(),
            message_reference = audit.message_reference.as_deref(),
            process = audit.process.as_ref().map(|process| process.as_str()),
            tenant = audit.tenant.as_ref().map(|tenant| tenant.as_str()),
            correlation_id = audit.correlation_id.as_deref(),
            $($field = $value,)*
            "dead letter"
        );
    }};
}

impl DeadLetterSink for LogDeadLetters {
    fn reject(&self, reason: &DeadLetterReason) {
        match reason {
            DeadLetterReason::OutboxExhausted { message_id, kind, recipient, last_error, attempts, .. } => log!(
                error,
                reason,
                message_id = message_id.to_string(),
                kind = kind.as_str(),
                recipient = recipient.as_str(),
                last_error = last_error.as_str(),
                attempts = attempts
            ),
            DeadLetterReason::UnknownPid { .. }
            | DeadLetterReason::UnknownConversation { .. }
            | DeadLetterReason::VersionMismatch { .. }
            | DeadLetterReason::DuplicateMessage { .. }
            | DeadLetterReason::ProcessingError { .. }
            | DeadLetterReason::Unreadable { .. }
            | DeadLetterReason::Refused { .. }
            | DeadLetterReason::Undecodable { .. } => log!(warn, reason),
        }
    }
}
