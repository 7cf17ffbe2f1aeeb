//! Delivery of queued messages.
//!
//! One lane per recipient: a partner that hangs delays nobody else, and at most one try per lane is under way. While a partner cannot
//! be reached, its lane waits as a whole and begins with its oldest message again, so that nothing overtakes; a new message makes it
//! look once more. A try whose outcome is unknown (no receipt) is repeated by itself while others go on: order is not worth a Frist.
//!
//! A failed try is repeated on the policy's schedule with the same message until the horizon; then, or at once when the error is
//! permanent, the message moves to the dead letters in one commit. A delivery settles the message together with what it means to its
//! process.

use std::sync::Arc;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::STORE_PAUSE_MS;
use super::lanes::{Choice, Landed, Lanes, Place};
use crate::Timestamp;
use crate::commit::{Cause, Commit, CommitError, OutboxSettlement};
use crate::dead_letter::{DeadLetter, DeadLetterReason};
use crate::engine::EngineContext;
use crate::fristen;
use crate::health::{Asked, Worker};
use crate::metrics::Tried;
use crate::outbox::{OutboxCursor, OutboxMessage};
use crate::ports::Id;
use crate::process::ExecuteError;
use crate::spans::Span;
use crate::store::{Page, StoreError};
use crate::workflow::{Delivered, GivenUp};

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
    /// Nobody is there: nothing was received, and nothing else would be. The whole lane waits, so that nothing overtakes.
    #[error("{0}")]
    Unreachable(String),
    /// It may succeed later, or has without our knowing: no receipt, a busy partner. Other messages of the lane go on.
    #[error("{0}")]
    Transient(String),
    /// It will never succeed: unknown partner, a message that cannot be rendered.
    #[error("{0} (will not be tried again)")]
    Permanent(String),
}

/// Takes queued messages to their recipients.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/anfrage.rs"));
/// # use std::sync::Arc;
/// # use mako_engine::routing::Adapters;
/// # use mako_engine::store::KeyedStore;
/// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
/// # use std::sync::atomic::{AtomicU32, Ordering};
/// use mako_engine::outbox::OutboxMessage;
/// use mako_engine::worker::{Deliver, DeliverError, Delivery, RetryPolicy, run_outbox};
/// use mako_engine::{Cause, Clock as _, EngineBuilder, Execute, FormatVersion};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let clock = ManualClock::at("2025-12-23T15:00:00Z".parse()?);
/// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
/// # let engine = EngineBuilder::new("9900000000001".into(), store, Arc::new(clock.clone()), Arc::new(SeededIds::new(1)))
/// #     .workflow::<Anfrage>(Adapters::none())
/// #     .build()?;
/// /// A partner who is down at first.
/// struct Partner(AtomicU32);
///
/// #[async_trait::async_trait]
/// impl Deliver for Partner {
///     async fn deliver(&self, message: &OutboxMessage) -> Result<Delivery, DeliverError> {
///         match self.0.fetch_add(1, Ordering::Relaxed) {
///             0 => Err(DeliverError::Unreachable("no connection".into())),
///             _ => Ok(Delivery { received_at: message.next_try, answer: None }),
///         }
///     }
/// }
///
/// let ask = Command::Ask { malo: "51238696780".into(), until: clock.now().plus_seconds(3_600) };
/// engine.spawn::<Anfrage>(FormatVersion::at(clock.now()), Execute::new(ask, Cause::Command("by hand".into()))).await?;
/// let policy = RetryPolicy { intervals_s: vec![60, 300], jitter_percent: 0, horizon_s: 72 * 3_600 };
/// let mut worker = Box::pin(run_outbox(engine.clone(), Arc::new(Partner(AtomicU32::new(0))), policy));
///
/// // It runs until nobody has anything to do.
/// tokio::select! { biased; () = &mut worker => {}, () = quiet() => {} }
/// let queued = engine.store().outbox_due(Timestamp::MAX, 1).await?.rows;
/// assert_eq!((queued[0].attempts, queued[0].last_error.as_deref()), (1, Some("no connection")));
///
/// clock.set(clock.now().plus_seconds(60));
/// tokio::select! { biased; () = &mut worker => {}, () = quiet() => {} }
/// assert!(engine.store().outbox_due(Timestamp::MAX, 1).await?.rows.is_empty());
/// # Ok(())
/// # }
/// ```
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
///
/// ```
/// use mako_engine::fristen::{Rulebook, RulebookId};
/// use mako_engine::worker::RetryPolicy;
///
/// // That of a rulebook, with some jitter.
/// let policy = RetryPolicy { jitter_percent: 10, ..Rulebook::of(RulebookId::MAKO_ENGINE).as4_retry().into() };
/// assert_eq!((policy.intervals_s[0], policy.horizon_s), (60, 72 * 3_600));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Seconds from a failed try to the next one, by number of the try; the last one repeats.
    pub intervals_s: Vec<u32>,
    /// By how many percent of an interval it may be longer, so that partners that failed together are not asked together. 0 for none.
    pub jitter_percent: u8,
    /// Seconds from queueing, or from putting back, until the message is given up.
    pub horizon_s: u64,
}

impl From<&fristen::RetryPolicy> for RetryPolicy {
    /// Without jitter: no rulebook has one.
    fn from(policy: &fristen::RetryPolicy) -> Self {
        Self { intervals_s: policy.intervals_s.clone(), jitter_percent: 0, horizon_s: policy.horizon_s }
    }
}

impl RetryPolicy {
    /// When to try again a message that was queued at `queued_at`, whose try number `attempts + 1` failed at `now`; `None` when
    /// the horizon is reached. The last try is made at the horizon itself. `draw` is asked for a random number when there is jitter.
    ///
    /// ```
    /// use mako_engine::Timestamp;
    /// use mako_engine::worker::RetryPolicy;
    /// let policy = RetryPolicy { intervals_s: vec![60, 300], jitter_percent: 10, horizon_s: 72 * 3600 };
    /// let start = Timestamp::EPOCH;
    /// assert_eq!(policy.next_try(start, 0, start, || 3), Some(start.plus_seconds(63)));
    /// assert_eq!(policy.next_try(start, 9, start.plus_seconds(72 * 3600), || 3), None);
    /// ```
    #[must_use]
    pub fn next_try(&self, queued_at: Timestamp, attempts: u32, now: Timestamp, draw: impl FnOnce() -> u64) -> Option<Timestamp> {
        let horizon = queued_at.plus_seconds(i64::try_from(self.horizon_s).unwrap_or(i64::MAX));
        if now >= horizon {
            return None;
        }
        let interval = self.intervals_s.get(attempts as usize).or(self.intervals_s.last()).copied().unwrap_or(60);
        let longest_s = u64::from(interval) * u64::from(self.jitter_percent) / 100;
        let jitter_s = if longest_s == 0 { 0 } else { draw() % (longest_s + 1) };
        let wait_s = u64::from(interval.max(1)) + jitter_s;
        Some(now.plus_seconds(i64::try_from(wait_s).unwrap_or(i64::MAX)).min(horizon))
    }
}

/// How many messages are read at once.
const PAGE: usize = 512;

/// Delivers queued messages until the engine is stopped. A try that is under way then is not settled: it is made again, with the same
/// id, by whoever opens the store next.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/anfrage.rs"));
/// # use std::sync::Arc;
/// # use mako_engine::routing::Adapters;
/// # use mako_engine::store::KeyedStore;
/// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
/// use mako_engine::{Cause, Clock as _, EngineBuilder, Execute, FormatVersion};
/// use async_trait::async_trait;
/// use mako_engine::outbox::OutboxMessage;
/// use mako_engine::worker::{Deliver, DeliverError, Delivery, RetryPolicy, run_outbox};
///
/// /// A partner who cannot be reached.
/// struct Down;
/// #[async_trait]
/// impl Deliver for Down {
///     async fn deliver(&self, _: &OutboxMessage) -> Result<Delivery, DeliverError> {
///         Err(DeliverError::Unreachable("connection refused".into()))
///     }
/// }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let clock = ManualClock::at("2025-12-23T15:00:00Z".parse()?);
/// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
/// # let engine = EngineBuilder::new("9900000000001".into(), store, Arc::new(clock.clone()), Arc::new(SeededIds::new(1)))
/// #     .workflow::<Anfrage>(Adapters::none())
/// #     .build()?;
/// # let ask = Command::Ask { malo: "51238696780".into(), until: clock.now().plus_seconds(3_600) };
/// # engine.spawn::<Anfrage>(FormatVersion::at(clock.now()), Execute::new(ask, Cause::Command("by hand".into()))).await?;
/// let policy = RetryPolicy { intervals_s: vec![60], jitter_percent: 0, horizon_s: 120 };
/// let mut worker = Box::pin(run_outbox(engine.clone(), Arc::new(Down), policy));
/// for _ in 0..3 {
///     tokio::select! { biased; () = &mut worker => {}, () = quiet() => {} }
///     clock.set(clock.now().plus_seconds(60));
/// }
/// // At the horizon it is given up, in the commit of its dead letter.
/// assert_eq!(engine.store().dead_letters().await?.rows[0].reason.label(), "outbox_exhausted");
/// # Ok(())
/// # }
/// ```
pub async fn run_outbox(context: EngineContext, deliver: Arc<dyn Deliver>, policy: RetryPolicy) {
    let worker = context.workers().begin("outbox".to_owned(), context.clock().now());
    context.until_stopped(deliver_for_ever(&context, &worker, &*deliver, &policy)).await;
}

async fn deliver_for_ever(context: &EngineContext, worker: &Worker, deliver: &dyn Deliver, policy: &RetryPolicy) {
    let mut lanes = Lanes::default();
    let mut seen = OutboxCursor::START;
    let mut flights = FuturesUnordered::new();
    loop {
        worker.works(context.clock().now());
        let read = take_in(context, deliver, &mut lanes, &mut seen).await;
        let now = context.clock().now();
        let again = match read {
            Ok(()) => {
                worker.did(Asked::Look);
                Timestamp::MAX
            }
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read");
                worker.failed(Asked::Look, now, &error);
                now.plus_ms(STORE_PAUSE_MS)
            }
        };
        let Choice { chosen, next } = lanes.choose(now);
        for (lane, place) in chosen {
            flights.push(async move { (lane, place, attempt(context, worker, deliver, policy, place).await) });
        }
        context.metrics().outbox_waiting(lanes.waiting());
        if flights.is_empty() {
            worker.waits(next.min(again));
        } else {
            worker.works(now);
        }
        tokio::select! {
            biased;
            Some((lane, place, landed)) = flights.next() => lanes.landed(&lane, place, landed, context.clock().now()),
            () = context.outbox_changed().notified() => {}
            () = context.clock().sleep_until(next.min(again)) => {}
        }
    }
}

/// Takes in what was queued since the last look. A store may have several tenants; the others' engines deliver theirs.
async fn take_in(context: &EngineContext, deliver: &dyn Deliver, lanes: &mut Lanes, seen: &mut OutboxCursor) -> Result<(), CommitError> {
    loop {
        let Page { rows, unreadable } = context.store().outbox_after(*seen, PAGE).await?;
        let is_all = rows.len() + unreadable.len() < PAGE;
        // First, so that a failure leaves the cursor in front of them.
        context.set_aside(unreadable).await?;
        for message in &rows {
            *seen = message.cursor();
            if message.tenant == *context.tenant() {
                lanes.take_in(deliver.lane(message), message);
            }
        }
        if is_all {
            return Ok(());
        }
    }
}

/// One try, settled in one commit; when it cannot be settled, the settlement is tried again, not the delivery.
async fn attempt(context: &EngineContext, worker: &Worker, deliver: &dyn Deliver, policy: &RetryPolicy, place: Place) -> Landed {
    let message = match read(context, place).await {
        Ok(Some(message)) => message,
        // Settled by somebody else in the meantime, or set aside.
        Ok(None) => return Landed::Gone,
        Err(error) => {
            tracing::error!(%error, message = %place.cursor.id, "a queued message cannot be read yet");
            worker.failed(Asked::Act, context.clock().now(), &error);
            return Landed::Later(context.clock().now().plus_ms(STORE_PAUSE_MS));
        }
    };
    let span = Span::delivery(&message);
    let (landed, tried) = span.around(try_once(context, worker, deliver, policy, &message)).await;
    span.outcome(tried.label());
    landed
}

async fn try_once(
    context: &EngineContext,
    worker: &Worker,
    deliver: &dyn Deliver,
    policy: &RetryPolicy,
    message: &OutboxMessage,
) -> (Landed, Tried) {
    let outcome = deliver.deliver(message).await;
    loop {
        let settled = match &outcome {
            Ok(delivery) => settle_delivered(context, message, delivery.clone()).await.map(|()| Landed::Gone),
            Err(error) => failed(context, policy, message, error).await,
        };
        let landed = match settled {
            Ok(landed) => landed,
            // Settled by somebody else in the meantime: what was to be done is done.
            Err(ExecuteError::Commit(CommitError::OutboxConflict(_))) => Landed::Gone,
            Err(error) => {
                if error.is_store_failure() {
                    worker.failed(Asked::Act, context.clock().now(), &error);
                }
                tracing::error!(%error, kind = message.message.kind, stream = %message.stream, "a try could not be settled yet");
                context.clock().sleep_until(context.clock().now().plus_ms(STORE_PAUSE_MS)).await;
                continue;
            }
        };
        worker.did(Asked::Act);
        let tried = match &outcome {
            Ok(_) => Tried::Delivered,
            Err(error) => tried(error, landed),
        };
        return (landed, tried);
    }
}

const fn tried(error: &DeliverError, landed: Landed) -> Tried {
    match (error, landed) {
        (DeliverError::Permanent(_), _) => Tried::Permanent,
        (DeliverError::Unreachable(_) | DeliverError::Transient(_), Landed::Gone) => Tried::Exhausted,
        (DeliverError::Unreachable(_), Landed::Later(_) | Landed::Unreachable(_)) => Tried::Unreachable,
        (DeliverError::Transient(_), Landed::Later(_) | Landed::Unreachable(_)) => Tried::Transient,
    }
}

/// The message at `place`. One that became unreadable since it was taken in is set aside.
async fn read(context: &EngineContext, place: Place) -> Result<Option<OutboxMessage>, CommitError> {
    match context.store().outbox_message(place.cursor.id).await {
        Err(StoreError::Undecodable { .. }) => {
            let before = OutboxCursor { id: Id::from_u128(place.cursor.id.as_u128().saturating_sub(1)), ..place.cursor };
            context.set_aside(context.store().outbox_after(before, 1).await?.unreadable).await?;
            Ok(None)
        }
        message => Ok(message?),
    }
}

/// Settles a delivered message together with what its delivery means to its process. The worker does this; anybody who delivers by
/// other means does it, too.
///
/// # Errors
/// [`ExecuteError`]; then the message stays queued.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/anfrage.rs"));
/// # use std::sync::Arc;
/// # use mako_engine::routing::Adapters;
/// # use mako_engine::store::KeyedStore;
/// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
/// use mako_engine::{Cause, Clock as _, EngineBuilder, Execute, FormatVersion};
/// use mako_engine::worker::{Delivery, settle_delivered};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let clock = ManualClock::at("2025-12-23T15:00:00Z".parse()?);
/// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
/// # let engine = EngineBuilder::new("9900000000001".into(), store, Arc::new(clock.clone()), Arc::new(SeededIds::new(1)))
/// #     .workflow::<Anfrage>(Adapters::none())
/// #     .build()?;
/// # let ask = Command::Ask { malo: "51238696780".into(), until: clock.now().plus_seconds(3_600) };
/// # engine.spawn::<Anfrage>(FormatVersion::at(clock.now()), Execute::new(ask, Cause::Command("by hand".into()))).await?;
/// // Somebody delivers by hand, such as by e-mail while the partner's AS4 is down.
/// let waiting = engine.store().outbox_due(clock.now(), 1).await?.rows;
/// let delivery = Delivery { received_at: clock.now(), answer: None };
/// settle_delivered(&engine, &waiting[0], delivery).await?;
/// assert!(engine.store().outbox_due(clock.now(), 1).await?.rows.is_empty());
/// # Ok(())
/// # }
/// ```
pub async fn settle_delivered(context: &EngineContext, message: &OutboxMessage, delivery: Delivery) -> Result<(), ExecuteError> {
    settle_with_its_meaning(context, message, delivery).await?;
    context.metrics().delivered(message.queued_at, context.clock().now());
    context.metrics().tried(&message.message.channel, Tried::Delivered);
    Ok(())
}

async fn settle_with_its_meaning(context: &EngineContext, message: &OutboxMessage, delivery: Delivery) -> Result<(), ExecuteError> {
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
            // The recipient has it: it is not sent again because its own process cannot take that in.
            Err(error) if error.is_permanent() => {
                let about = format!("delivery of {} to {}", message.message.kind, message.message.recipient);
                let audit = Box::new(message.audit_at(context.clock().now()));
                let reason = DeadLetterReason::ProcessingError { detail: error.to_string(), audit };
                let letter = DeadLetter { reason, about };
                return settle(context, message, OutboxSettlement::Delivered(message.id), Some(letter)).await;
            }
            Err(error) => return Err(error),
        }
    }
    settle(context, message, OutboxSettlement::Delivered(message.id), None).await
}

async fn failed(
    context: &EngineContext,
    policy: &RetryPolicy,
    message: &OutboxMessage,
    error: &DeliverError,
) -> Result<Landed, ExecuteError> {
    let landed = settle_failed(context, policy, message, error).await?;
    context.metrics().tried(&message.message.channel, tried(error, landed));
    Ok(landed)
}

async fn settle_failed(
    context: &EngineContext,
    policy: &RetryPolicy,
    message: &OutboxMessage,
    error: &DeliverError,
) -> Result<Landed, ExecuteError> {
    let now = context.clock().now();
    let next_try = match error {
        DeliverError::Unreachable(_) | DeliverError::Transient(_) => {
            policy.next_try(message.tried_since(), message.attempts, now, || context.ids().next_u64())
        }
        DeliverError::Permanent(_) => None,
    };
    if let Some(next_try) = next_try {
        let rescheduled = OutboxSettlement::Rescheduled { id: message.id, next_try, error: error.to_string() };
        settle(context, message, rescheduled, None).await?;
        return Ok(match error {
            DeliverError::Unreachable(_) => Landed::Unreachable(next_try),
            DeliverError::Transient(_) | DeliverError::Permanent(_) => Landed::Later(next_try),
        });
    }
    let about = format!("{} to {}", message.message.kind, message.message.recipient);
    let reason = DeadLetterReason::OutboxExhausted {
        message_id: message.id,
        kind: message.message.kind.clone(),
        recipient: message.message.recipient.clone(),
        last_error: error.to_string(),
        attempts: message.attempts + 1,
        audit: Box::new(message.audit_at(now)),
    };
    let letter = DeadLetter { reason, about };
    let process = context.store().process(&message.tenant, &message.stream).await?;
    if let Some(driver) = process.and_then(|record| context.driver(&record.identity.workflow)) {
        let given_up = GivenUp { message_id: message.id, kind: message.message.kind.clone(), reason: error.to_string() };
        match driver.given_up(context, &message.stream, given_up, letter.clone()).await {
            Ok(true) => return Ok(Landed::Gone),
            Ok(false) => {}
            Err(error) if error.is_permanent() => {
                tracing::warn!(%error, kind = message.message.kind, stream = %message.stream, "a message was given up, and its process does not take that in");
            }
            Err(error) => return Err(error),
        }
    }
    settle(context, message, OutboxSettlement::Exhausted(message.id), Some(letter)).await?;
    Ok(Landed::Gone)
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
        let policy = RetryPolicy { intervals_s: vec![60, 300], jitter_percent: 0, horizon_s: 3_600 };
        let start = Timestamp::EPOCH;
        let next = |attempts, now| policy.next_try(start, attempts, now, || panic!("no jitter, no draw"));
        assert_eq!(next(0, start), Some(start.plus_seconds(60)));
        assert_eq!(next(7, start.plus_seconds(900)), Some(start.plus_seconds(1_200)));
        assert_eq!(next(9, start.plus_seconds(3_500)), Some(start.plus_seconds(3_600)));
        assert_eq!(next(10, start.plus_seconds(3_600)), None);
    }

    #[test]
    fn jitter_differs_from_try_to_try_and_never_exceeds_its_share() {
        let policy = RetryPolicy { intervals_s: vec![300], jitter_percent: 10, horizon_s: 3_600 };
        let start = Timestamp::EPOCH;
        let waits: Vec<i64> =
            (0..62).map(|draw| policy.next_try(start, 0, start, || draw).map_or(0, |next| next.ms_since(start) / 1_000)).collect();
        assert_eq!((waits.iter().min(), waits.iter().max()), (Some(&300), Some(&330)));
        assert_ne!(waits[0], waits[1]);
    }
}
