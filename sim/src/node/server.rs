//! The AS4 door: accept durably, then answer with the receipt.
//!
//! A message is known by its sender and its MessageId. The first time, its bytes and the instant of receipt are committed before the
//! receipt leaves (law 5); after that it is answered with the same instant again and has no effect. Only when the receipt has left
//! is the message worked on.

use std::io;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use mako_engine::boundary::boundary_stream;
use mako_engine::fristen::Rulebook;
use mako_engine::inbox::{Accept, InboxKey};
use mako_engine::{Cause, Commit, CommitError, Timestamp};
use tokio::sync::Notify;

use super::Engine;
use crate::as4::message::{ACTION_DEFAULT, ACTION_TEST, AGREEMENT, SERVICE_MARKET_PROCESS, SERVICE_TEST};
use crate::as4::{Digest, ErrorCode, ErrorSignal, PartyId, Receipt, ReceiveError, Severity, Signal, UserMessage, answer, receive};
use crate::net::{Net, Stream};
use crate::plan::{Behaviour, CrashPoint};
use crate::points::sometimes;
use crate::trace::What;
use crate::wire::take_one;
use crate::world::World;

/// Serves AS4 for ever.
pub(super) async fn serve(world: &World, net: &Arc<dyn Net>, node: usize, engine: &Engine, inbox_changed: &Notify) -> io::Result<()> {
    let mut listener = net.listen(node).await?;
    let mut open = FuturesUnordered::new();
    loop {
        tokio::select! {
            biased;
            Some(()) = open.next() => {}
            stream = listener.accept() => open.push(converse(world, node, engine, inbox_changed, stream?)),
        }
    }
}

/// One connection: one message, one answer.
async fn converse(world: &World, node: usize, engine: &Engine, inbox_changed: &Notify, mut stream: Box<dyn Stream>) {
    let now = engine.clock().now();
    let (signal, accepted) = match receive(&mut stream).await {
        Ok(message) => match judge(engine.tenant().as_str(), &message) {
            Err((code, detail)) => (refusal(code, message, now, &detail), false),
            // It is answered, and never delivered to anybody.
            Ok(()) if message.is_test() => (Signal::Receipt(message.receipt(now)), false),
            Ok(()) => accept(world, node, engine, message).await,
        },
        Err(ReceiveError::Unreadable(unreadable)) => (Signal::Error(unreadable.error_signal(now)), false),
        // Nobody is there to be answered.
        Err(ReceiveError::Connection(_)) => return,
    };
    if answer(&mut stream, &signal).await.is_err() {
        tracing::debug!(node = world.name(node), "the sender was gone before its receipt");
    }
    if accepted {
        if let Some(crash) = world.armed(node, CrashPoint::AfterReceipt) {
            world.crash(node, crash).await;
        }
        inbox_changed.notify_one();
    }
}

/// Whether the header is one that the profile allows, to `me`. Source: BDEW AS4-Profil 1.1, P-Mode; ebMS 3.0 Core, 6.7.1.
fn judge(me: &str, message: &UserMessage) -> Result<(), (ErrorCode, String)> {
    let mode = |what: &str, found: &str| Err((ErrorCode::PROCESSING_MODE_MISMATCH, format!("no partner here has the {what} `{found}`")));
    if message.to.id != me {
        return mode("recipient", &message.to.id);
    }
    if PartyId::market(&message.from.id) != message.from {
        return mode("type of a party id", &message.from.id_type);
    }
    if message.agreement != AGREEMENT {
        return mode("agreement", &message.agreement);
    }
    if !message.conversation_id.is_empty() {
        return Err((ErrorCode::VALUE_INCONSISTENT, "the ConversationId is not empty".to_owned()));
    }
    match (message.service.as_str(), message.action.as_str()) {
        (SERVICE_MARKET_PROCESS, ACTION_DEFAULT) | (SERVICE_TEST, ACTION_TEST) => Ok(()),
        (SERVICE_MARKET_PROCESS, action) => mode("action", action),
        (service, _) => mode("service", service),
    }
}

/// How long after the sender's last try a repetition is still known as one.
const MARGIN_S: i64 = 24 * 3600;

/// Until when a message received now may be repeated.
pub(super) fn known_until(world: &World, received_at: Timestamp) -> Timestamp {
    let horizon_s = Rulebook::of(world.plan.rulebook).as4_retry().horizon_s;
    received_at.plus_seconds(i64::try_from(horizon_s).unwrap_or(i64::MAX).saturating_add(MARGIN_S))
}

/// Takes a message into the inbox; `true` when it is there for the first time.
async fn accept(world: &World, node: usize, engine: &Engine, message: UserMessage) -> (Signal, bool) {
    let received_at = engine.clock().now();
    let mut key = InboxKey { tenant: engine.tenant().clone(), sender: message.from.id.clone(), message_id: message.message_id.clone() };
    if world.behaviour(node) == Behaviour::Holodeck && world.was_not_stored(node, &key.message_id) {
        // It takes the message for a repeated one, although it has none.
        sent_back(world, node, &message);
        return (Signal::Receipt(receipt(world, node, &message, received_at)), false);
    }
    loop {
        match engine.commit(accepting(world, engine, &key, received_at, &message)).await {
            Ok(_) => return (Signal::Receipt(receipt(world, node, &message, received_at)), true),
            Err(CommitError::AlreadyAccepted { accepted_at, .. }) if world.behaviour(node) == Behaviour::Phase4 => {
                if received_at.ms_since(accepted_at) <= PHASE4_KNOWS_FOR_MS {
                    sent_back(world, node, &message);
                    return (refusal(ErrorCode::DUPLICATE, message, received_at, "a message with this id was received before"), false);
                }
                // Forgotten: it is a new one.
                key.message_id.push('+');
            }
            Err(CommitError::AlreadyAccepted { accepted_at, .. }) => {
                let first = engine.store().inbox_entry(&key).await;
                sometimes!(world, DuplicateInProcess, matches!(first, Ok(Some(entry)) if !entry.done));
                world.trace(node, What::Duplicate { from: message.from.id.clone(), message_id: message.message_id.clone() });
                return (Signal::Receipt(receipt(world, node, &message, accepted_at)), false);
            }
            Err(error) => {
                tracing::error!(%error, "a message could not be accepted");
                sent_back(world, node, &message);
                world.not_stored(node, &message.message_id);
                return (refusal(ErrorCode::OTHER, message, received_at, "the message could not be stored; send it again"), false);
            }
        }
    }
}

fn sent_back(world: &World, node: usize, message: &UserMessage) {
    world.trace(node, What::SentBack { from: message.from.id.clone(), message_id: message.message_id.clone() });
}

/// How long a phase4 access point knows a message, out of the box.
const PHASE4_KNOWS_FOR_MS: i64 = 10 * 60 * 1_000;

fn accepting(world: &World, engine: &Engine, key: &InboxKey, received_at: Timestamp, message: &UserMessage) -> Commit {
    let cause = Cause::Message { inbox: key.clone(), part: 0 };
    let mut commit = Commit::new(engine.tenant().clone(), boundary_stream(), received_at, cause);
    let (payload, known_until) = (message.payload.clone(), known_until(world, received_at));
    commit.accepts = Some(Accept { key: key.clone(), received_at, payload, known_until });
    commit
}

fn refusal(code: ErrorCode, message: UserMessage, raised_at: Timestamp, detail: &str) -> Signal {
    let (ref_to_message_id, detail) = (Some(message.message_id), detail.to_owned());
    Signal::Error(ErrorSignal { code, ref_to_message_id, severity: Severity::Failure, raised_at, detail })
}

/// The receipt of `message`; a plan may let it name the digest of other bytes.
fn receipt(world: &World, node: usize, message: &UserMessage, received_at: Timestamp) -> Receipt {
    let wrong = world.node_of(&message.from.id).is_some_and(|from| world.with_link(from, node, |link| take_one(&mut link.wrong_digests)));
    let mut receipt = message.receipt(received_at);
    if wrong {
        receipt.digest = Digest::of(b"other bytes");
    }
    receipt
}
