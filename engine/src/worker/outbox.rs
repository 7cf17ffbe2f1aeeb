//! Delivery of queued messages.
//!
//! One lane per recipient: a partner that hangs delays nobody else, and at most one try per lane is under way. A try that fails is
//! repeated on the policy's schedule with the same message until the horizon; then, or at once when the error is permanent, the
//! message moves to the dead letters in one commit. A delivery settles the message together with what it means to its process.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::STORE_PAUSE_MS;
use crate::Timestamp;
use crate::commit::{Cause, Commit, CommitError, OutboxSettlement};
use crate::dead_letter::{DeadLetter, DeadLetterReason};
use crate::engine::EngineContext;
use crate::outbox::OutboxMessage;
use crate::process::ExecuteError;
use crate::workflow::Delivered;

/// How many due messages are read at once.
const BATCH: usize = 4096;

/// A message was delivered.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// The instant on the recipient's receipt: the ÜT/ÜZ.
    pub received_at: Timestamp,
    /// What the recipient answered at once, when the channel is one that answers.
    pub answer: Option<serde_json::Value>,
}

/// A message was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeliverError {
    /// It may succeed later: no connection, no receipt, a busy partner.
    #[error("{0}")]
    Transient(String),
    /// It will never succeed: unknown partner, a message that cannot be rendered.
    #[error("{0} (will not be tried again)")]
    Permanent(String),
}

/// Takes queued messages to their recipients.
#[async_trait]
pub trait Deliver: Send + Sync + 'static {
    /// Tries to deliver `message` once. Called again with the same message until it succeeds or is given up.
    ///
    /// # Errors
    /// [`DeliverError`].
    async fn deliver(&self, message: &OutboxMessage) -> Result<Delivery, DeliverError>;

    /// The lane of `message`: at most one try per lane is under way.
    fn lane(&self, message: &OutboxMessage) -> String {
        format!("{}/{}", message.message.channel, message.message.recipient)
    }
}

/// When to try again, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Seconds from a failed try to the next one, by number of the try; the last one repeats.
    pub intervals_s: Vec<u32>,
    /// Seconds from queueing until the message is given up.
    pub horizon_s: u64,
}

impl RetryPolicy {
    /// When to try again a message that was queued at `queued_at`, whose try number `attempts + 1` failed at `now`; `None` when
    /// the horizon is reached. The last try is made at the horizon itself.
    #[must_use]
    pub fn next_try(&self, queued_at: Timestamp, attempts: u32, now: Timestamp) -> Option<Timestamp> {
        let horizon = queued_at.plus_seconds(i64::try_from(self.horizon_s).unwrap_or(i64::MAX));
        if now >= horizon {
            return None;
        }
        let interval = self.intervals_s.get(attempts as usize).or(self.intervals_s.last()).copied().unwrap_or(60);
        Some(now.plus_seconds(i64::from(interval.max(1))).min(horizon))
    }
}

/// Delivers queued messages for ever.
pub async fn run_outbox(context: EngineContext, deliver: Arc<dyn Deliver>, policy: RetryPolicy) {
    let mut busy = BTreeSet::new();
    let mut flights = FuturesUnordered::new();
    loop {
        let now = context.clock().now();
        let due = context.store().outbox_due(now, BATCH).await.inspect_err(|error| tracing::error!(%error, "the outbox cannot be read"));
        let unread = due.is_err().then(|| now.plus_ms(STORE_PAUSE_MS));
        // A store may have several tenants; the others' engines deliver theirs.
        for message in due.unwrap_or_default().into_iter().filter(|message| message.tenant == *context.tenant()) {
            let lane = deliver.lane(&message);
            if busy.insert(lane.clone()) {
                let (context, deliver, policy) = (&context, &deliver, &policy);
                flights.push(async move {
                    attempt(context, &**deliver, policy, message).await;
                    lane
                });
            }
        }
        let next = context.store().outbox_next_after(now).await.unwrap_or(Some(now.plus_ms(STORE_PAUSE_MS)));
        // What is due and could not be read is not among what comes next.
        let next = unread.or(next).unwrap_or(Timestamp::MAX);
        tokio::select! {
            biased;
            Some(lane) = flights.next() => { busy.remove(&lane); }
            () = context.outbox_changed().notified() => {}
            () = context.clock().sleep_until(next) => {}
        }
    }
}

/// One try, settled in one commit. When it cannot be settled, the settlement is tried again, not the delivery.
async fn attempt(context: &EngineContext, deliver: &dyn Deliver, policy: &RetryPolicy, message: OutboxMessage) {
    let outcome = deliver.deliver(&message).await;
    loop {
        let settled = match &outcome {
            Ok(delivery) => delivered(context, &message, delivery.clone()).await,
            Err(error) => failed(context, policy, &message, error).await,
        };
        match settled {
            // Settled by somebody else in the meantime: what was to be done is done.
            Ok(()) | Err(ExecuteError::Commit(CommitError::OutboxConflict(_))) => return,
            Err(error) => {
                tracing::error!(%error, kind = message.message.kind, stream = %message.stream, "a try could not be settled yet");
                context.clock().sleep_until(context.clock().now().plus_ms(STORE_PAUSE_MS)).await;
            }
        }
    }
}

async fn delivered(context: &EngineContext, message: &OutboxMessage, delivery: Delivery) -> Result<(), ExecuteError> {
    let process = context.store().process(&message.tenant, &message.stream).await?;
    if let Some(driver) = process.and_then(|record| context.driver(&record.identity.workflow)) {
        let kind = message.message.kind.clone();
        let delivered = Delivered { message_id: message.id, kind, received_at: delivery.received_at, answer: delivery.answer };
        match driver.delivered(context, &message.stream, delivered).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(ExecuteError::Rejected(rejection)) => {
                tracing::warn!(%rejection, kind = message.message.kind, stream = %message.stream, "a delivery meant nothing to its process");
            }
            Err(error) => return Err(error),
        }
    }
    settle(context, message, OutboxSettlement::Delivered(message.id), None).await
}

async fn failed(context: &EngineContext, policy: &RetryPolicy, message: &OutboxMessage, error: &DeliverError) -> Result<(), ExecuteError> {
    let now = context.clock().now();
    let next_try = match error {
        DeliverError::Transient(_) => policy.next_try(message.queued_at, message.attempts, now),
        DeliverError::Permanent(_) => None,
    };
    if let Some(next_try) = next_try {
        let rescheduled = OutboxSettlement::Rescheduled { id: message.id, next_try, error: error.to_string() };
        return settle(context, message, rescheduled, None).await;
    }
    let about = format!("{} to {}", message.message.kind, message.message.recipient);
    let reason = DeadLetterReason::OutboxExhausted {
        message_id: message.id,
        kind: message.message.kind.clone(),
        recipient: message.message.recipient.clone(),
        last_error: error.to_string(),
        attempts: message.attempts + 1,
    };
    settle(context, message, OutboxSettlement::Exhausted(message.id), Some(DeadLetter { reason, at: now, about })).await
}

async fn settle(
    context: &EngineContext,
    message: &OutboxMessage,
    settlement: OutboxSettlement,
    dead_letter: Option<DeadLetter>,
) -> Result<(), ExecuteError> {
    let (tenant, stream) = (message.tenant.clone(), message.stream.clone());
    let mut commit = Commit::new(tenant, stream, context.clock().now(), Cause::Delivery(message.id));
    commit.settles_outbox = Some(settlement);
    commit.dead_letters.extend(dead_letter);
    context.commit(commit).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_follow_the_schedule_and_end_at_the_horizon() {
        let policy = RetryPolicy { intervals_s: vec![60, 300], horizon_s: 3_600 };
        let start = Timestamp::EPOCH;
        assert_eq!(policy.next_try(start, 0, start), Some(start.plus_seconds(60)));
        assert_eq!(policy.next_try(start, 7, start.plus_seconds(900)), Some(start.plus_seconds(1_200)));
        assert_eq!(policy.next_try(start, 9, start.plus_seconds(3_500)), Some(start.plus_seconds(3_600)));
        assert_eq!(policy.next_try(start, 10, start.plus_seconds(3_600)), None);
    }
}
