//! The link between two nodes at message level: where the plan holds, loses and cuts.
//!
//! TCP hides loss and order, so the faults of a link are decided here, above it. A message is held by its sender until the instant
//! at which the plan lets it arrive; only then do its bytes travel, while the virtual clock stands still. Its receipt is held once
//! more, at the same instant, until the receiver has finished, so that at any moment one node works.

use std::sync::Arc;

use mako_engine::Timestamp;
use tokio::sync::mpsc;

use crate::as4::{ErrorCode, ExchangeError, Signal, UserMessage, send};
use crate::clock::Class;
use crate::net::{Net, Stream};
use crate::plan::Disturbance;
use crate::world::{Link, World};

/// How long a message travels when the plan says nothing else.
const LATENCY_MS: i64 = 1_000;
/// How long a sender waits for the receipt before it counts the try as failed.
const RECEIPT_TIMEOUT_MS: i64 = 60_000;
/// How much longer a message travels that others overtake: past the instant at which its sender gives up on the try.
const OVERTAKEN_MS: i64 = 90_000;

/// Why a try failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Nobody answers there.
    #[error("no connection")]
    NoConnection,
    /// The connection broke before the receipt came; whether the message was accepted is unknown.
    #[error("connection broken before the receipt")]
    Broken,
    /// No receipt came in time; whether the message was accepted is unknown.
    #[error("no receipt")]
    NoReceipt,
    /// A receipt came that is about other bytes; whether the message was accepted is unknown.
    #[error("a receipt for other bytes")]
    WrongReceipt,
    /// The partner answered with an ebMS error that may pass: it can take the message later.
    #[error("not taken now: {0}")]
    NotNow(String),
    /// The partner refused the message with an ebMS error, for good.
    #[error("refused: {0}")]
    Refused(String),
}

/// Carries `message` from one node to another: one try, `number` of the run. The instant is that of the receipt: the ÜT/ÜZ.
///
/// # Errors
/// [`WireError`]; after all but [`WireError::NoConnection`] the message may have been accepted.
#[expect(clippy::too_many_arguments, reason = "one try: who, whom, what, and the world it happens in")]
pub async fn exchange(
    world: &World,
    net: &Arc<dyn Net>,
    from: usize,
    to: usize,
    message: &UserMessage,
    attempt: u32,
    number: u64,
    late: &mpsc::UnboundedSender<Late>,
) -> Result<Timestamp, WireError> {
    if from == to {
        // Turmoil's loopback knows no instants, and nobody's AS4 endpoint writes to itself.
        return Err(WireError::Refused("a party does not write to itself".to_owned()));
    }
    let label = format!("{}/{attempt}", message.message_id);
    if world.is_cut(from, to) {
        return Err(WireError::NoConnection);
    }
    let sent_at = world.agenda.now();
    let (lost, arrives_at) = world.with_link(from, to, |link| (take_one(&mut link.lose), link.arrival(sent_at)));
    if lost || world.plan.disturbance == Some(Disturbance::LostMessage(number)) {
        world.agenda.wait(sent_at.plus_ms(RECEIPT_TIMEOUT_MS), Class::Message, from, &label).await;
        return Err(WireError::NoReceipt);
    }
    if world.with_link(from, to, |link| take_one(&mut link.refuse)) {
        world.agenda.wait(sent_at.plus_ms(LATENCY_MS), Class::Message, from, &label).await;
        return Err(WireError::Refused(format!("{} the sender is not known", ErrorCode::FAILED_AUTHENTICATION)));
    }
    if arrives_at.ms_since(sent_at) > RECEIPT_TIMEOUT_MS {
        // The sender gives up on this try long before the message arrives; it arrives all the same.
        let carried = Late { to, message: message.clone(), attempt, arrives_at };
        late.send(carried).map_err(|_| WireError::Broken)?;
        world.agenda.wait(sent_at.plus_ms(RECEIPT_TIMEOUT_MS), Class::Message, from, &label).await;
        return Err(WireError::NoReceipt);
    }
    world.agenda.wait_as(from, arrives_at, Class::Message, to, &label).await;
    // Bytes wait at the door of somebody who stands still.
    while let Some(until) = world.paused_until(to) {
        if until.ms_since(sent_at) > RECEIPT_TIMEOUT_MS {
            let carried = Late { to, message: message.clone(), attempt, arrives_at: until };
            late.send(carried).map_err(|_| WireError::Broken)?;
            world.agenda.wait(sent_at.plus_ms(RECEIPT_TIMEOUT_MS), Class::Message, from, &label).await;
            return Err(WireError::NoReceipt);
        }
        world.agenda.wait_as(from, until, Class::Message, to, &label).await;
    }
    if world.is_cut(from, to) {
        return Err(WireError::Broken);
    }
    world.with_link(from, to, |link| link.last = Some(message.clone()));
    let arrived_at = world.agenda.now();
    let mut stream = connect(world, net, to).await?;
    world.message_arrived();
    // Whoever takes a message and never answers must not keep the sender.
    let sent = tokio::select! {
        biased;
        sent = send(&mut stream, message) => sent,
        () = world.agenda.wait(sent_at.plus_ms(RECEIPT_TIMEOUT_MS), Class::Message, from, &label) => return Err(WireError::NoReceipt),
    };
    // The receiver finishes what the message caused there before the sender goes on.
    world.agenda.wait(arrived_at, Class::Message, from, &label).await;
    let receipt = match sent {
        Ok(Signal::Receipt(receipt)) => receipt,
        // Some say so instead of giving the receipt again. They have it, since nobody can say when: at the latest now.
        Ok(Signal::Error(error)) if error.code == ErrorCode::DUPLICATE => return Ok(arrived_at),
        Ok(Signal::Error(error)) => {
            let text = format!("{} {}", error.code, error.detail);
            return Err(if error.code.is_permanent() { WireError::Refused(text) } else { WireError::NotNow(text) });
        }
        Err(ExchangeError::ConnectionRefused(_)) => return Err(WireError::NoConnection),
        Err(ExchangeError::WrongReceipt { .. }) => return Err(WireError::WrongReceipt),
        Err(_) => return Err(WireError::Broken),
    };
    match world.with_link(from, to, |link| link.way_back(arrived_at)) {
        WayBack::Reset => Err(WireError::Broken),
        WayBack::Arrives(_) if world.plan.disturbance == Some(Disturbance::LostReceipt(number)) => {
            world.agenda.wait(sent_at.plus_ms(RECEIPT_TIMEOUT_MS), Class::Message, from, &label).await;
            Err(WireError::NoReceipt)
        }
        WayBack::Arrives(at) if at.ms_since(sent_at) <= RECEIPT_TIMEOUT_MS => {
            if at > arrived_at {
                world.agenda.wait(at, Class::Message, from, &label).await;
            }
            Ok(receipt.received_at)
        }
        WayBack::Arrives(_) | WayBack::Lost => {
            world.agenda.wait(sent_at.plus_ms(RECEIPT_TIMEOUT_MS), Class::Message, from, &label).await;
            Err(WireError::NoReceipt)
        }
    }
}

/// What becomes of a receipt.
enum WayBack {
    Arrives(Timestamp),
    Lost,
    Reset,
}

impl Link {
    /// When a message arrives that leaves at `sent_at`.
    fn arrival(&mut self, sent_at: Timestamp) -> Timestamp {
        let overtaken_ms = if std::mem::take(&mut self.reorders) { OVERTAKEN_MS } else { 0 };
        let arrives_at = sent_at.plus_ms(LATENCY_MS + self.delay_ms + overtaken_ms);
        self.held_until.map_or(arrives_at, |until| arrives_at.max(until))
    }

    /// What becomes of the receipt of a message that arrived at `arrived_at`.
    fn way_back(&mut self, arrived_at: Timestamp) -> WayBack {
        if take_one(&mut self.resets) {
            WayBack::Reset
        } else if self.lose_receipts_until.is_some_and(|until| arrived_at < until) || take_one(&mut self.lose_receipts) {
            WayBack::Lost
        } else {
            WayBack::Arrives(arrived_at.plus_ms(self.receipt_delay_ms))
        }
    }
}

/// A message that is still on its way when its sender has given up on the try.
#[derive(Debug, Clone)]
pub struct Late {
    to: usize,
    message: UserMessage,
    attempt: u32,
    arrives_at: Timestamp,
}

/// Carries a late message to its recipient. Nobody waits for its receipt.
pub async fn carry(world: &World, net: &Arc<dyn Net>, from: usize, late: Late) {
    let Late { to, message, attempt, arrives_at } = late;
    let label = format!("{}/{attempt}", message.message_id);
    world.agenda.wait_as(from, arrives_at, Class::Message, to, &label).await;
    while let Some(until) = world.paused_until(to) {
        world.agenda.wait_as(from, until, Class::Message, to, &label).await;
    }
    if world.is_cut(from, to) {
        return;
    }
    if let Ok(mut stream) = connect(world, net, to).await {
        world.message_arrived();
        let _ = send(&mut stream, &message).await;
    }
}

/// Opens a stream to `to`. Whether a node is there is asked of the world first: turmoil lets a connection to a crashed host wait until
/// the host is back.
pub(crate) async fn connect(world: &World, net: &Arc<dyn Net>, to: usize) -> Result<Box<dyn Stream>, WireError> {
    if !world.is_up(to) {
        return Err(WireError::NoConnection);
    }
    net.connect(to).await.map_err(|_| WireError::NoConnection)
}

/// Whether one of `left` was left; takes it.
pub(crate) fn take_one(left: &mut u32) -> bool {
    let some = *left > 0;
    *left = left.saturating_sub(1);
    some
}
