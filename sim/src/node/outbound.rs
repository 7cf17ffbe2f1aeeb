//! From the outbox to the wire: rendering, one try, the back office.
//!
//! A queued message is rendered anew for every try, and comes out the same every time: its references are made of its id, its times
//! are those of its queueing. The AS4 MessageId is the id itself, so a repeated try is recognised as such by any receiver.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use futures_util::future::LocalBoxFuture;
use mako_engine::boundary::BOUNDARY_STREAM;
use mako_engine::fristen::{Sparte, berlin};
use mako_engine::outbox::OutboxMessage;
use mako_engine::version::{pid_row, release_of};
use mako_engine::worker::{Deliver, DeliverError, Delivery};
use mako_engine::{Id, Timestamp};
use serde::Deserialize as _;
use tokio::sync::mpsc;

use super::{Ask, Asked, Engine};
use crate::application::{AS4, BACK_OFFICE, BeginError};
use crate::as4::{PartyId, UserMessage};
use crate::clock::Class;
use crate::edifact::write::{Envelope, write};
use crate::edifact::{Auftrag, MpId, TypedMessage};
use crate::net::Net;
use crate::plan::{Behaviour, CrashPoint, Order, Plan, Verdict};
use crate::received::{DeliveryNote, interchange_reference};
use crate::trace::{TryEnd, What};
use crate::wire::{Late, WireError, connect, exchange, take_one};
use crate::world::World;

/// How long a user waits who was told that the store failed.
const ASK_AGAIN_S: i64 = 60;

/// What leaves a node.
pub struct Outbound {
    pub(crate) world: Arc<World>,
    pub(crate) net: Arc<dyn Net>,
    pub(crate) node: usize,
    pub(crate) engine: Engine,
    /// Where messages go that are still on their way when their try is over.
    pub(crate) late: mpsc::UnboundedSender<Late>,
}

#[async_trait]
impl Deliver for Outbound {
    async fn deliver(&self, message: &OutboxMessage) -> Result<Delivery, DeliverError> {
        match message.message.channel.as_str() {
            AS4 => self.send(message).await,
            BACK_OFFICE => self.decide(message).await,
            other => Err(DeliverError::Permanent(format!("there is no channel `{other}`"))),
        }
    }

    fn lane(&self, message: &OutboxMessage) -> String {
        // A back office thinks about many questions at once; a partner gets one message at a time.
        match message.message.channel.as_str() {
            BACK_OFFICE => message.id.to_string(),
            channel => format!("{channel}/{}", message.message.recipient),
        }
    }
}

impl Outbound {
    async fn send(&self, message: &OutboxMessage) -> Result<Delivery, DeliverError> {
        let permanent = |reason: String| DeliverError::Permanent(reason);
        let typed: TypedMessage =
            TypedMessage::deserialize(&message.message.payload).map_err(|e| permanent(format!("cannot be rendered: {e}")))?;
        let to: MpId = message.message.recipient.parse().map_err(|e| permanent(format!("unknown partner: {e}")))?;
        let receiver = self.world.node_of(&message.message.recipient).ok_or_else(|| permanent(format!("unknown partner {to}")))?;
        let (mut user_message, release) = self.render(message.id, message.queued_at, &typed, to).map_err(permanent)?;
        if message.stream.as_str() != BOUNDARY_STREAM && self.world.with_link(self.node, receiver, |link| take_one(&mut link.garble)) {
            garble(&mut user_message.payload);
        }
        if self.world.behaviour(self.node) == Behaviour::NewMessageId && message.attempts > 0 {
            user_message.message_id = format!("{}-{}", message.attempts + 1, user_message.message_id);
        }

        let (answers, note) = told(&typed);
        let answers = answers.and_then(|reference| self.world.message_named(receiver, &reference));
        let fulfils = match &message.message.fulfils {
            Some(label) => self.due(message, label.as_str()).await,
            None => None,
        };
        let (label, stream) = (self.label(message), Some(message.stream.to_string()));
        let exchange_number = self.world.next_exchange();
        let begins = What::TryBegins {
            exchange: exchange_number,
            message_id: user_message.message_id.clone(),
            to: self.world.name(receiver).to_owned(),
            label,
            answers,
            stream,
            note,
            attempt: message.attempts + 1,
            fulfils,
            queued_at: Some(message.queued_at),
            release: Some(release),
        };
        self.world.trace(self.node, begins);
        let received_at =
            self.try_once(exchange_number, receiver, &user_message, message.attempts + 1).await.map_err(|error| match error {
                WireError::Refused(_) => DeliverError::Permanent(error.to_string()),
                WireError::NoConnection => DeliverError::Unreachable(error.to_string()),
                error => DeliverError::Transient(error.to_string()),
            })?;
        if let Some(crash) = self.world.armed(self.node, CrashPoint::BeforeMarkSent) {
            self.world.crash(self.node, crash).await;
        }
        // Which Frist stood when it left: a process that hears of the receipt can tell whether that was in time.
        let answer = fulfils.and_then(|due| serde_json::to_value(DeliveryNote { due }).ok());
        Ok(Delivery { received_at, answer })
    }

    async fn try_once(&self, exchange_number: u64, to: usize, message: &UserMessage, attempt: u32) -> Result<Timestamp, WireError> {
        let sent = exchange(&self.world, &self.net, self.node, to, message, attempt, exchange_number, &self.late).await;
        let end = match &sent {
            Ok(received_at) => TryEnd::Receipt(*received_at),
            Err(error) => TryEnd::Failed(error.to_string()),
        };
        self.world.trace(self.node, What::TryEnds { exchange: exchange_number, end });
        sent
    }

    /// The AS4 message of `message`, the same bytes whenever it is rendered, and the release in which it is written.
    fn render(&self, id: Id, queued_at: Timestamp, message: &TypedMessage, to: MpId) -> Result<(UserMessage, String), String> {
        let party = self.world.plan.parties.get(self.node).ok_or("the plan has no such party")?;
        let name = match message {
            TypedMessage::Utilmd(_) => "UTILMD",
            TypedMessage::Aperak(_) => "APERAK",
            TypedMessage::Contrl(_) => "CONTRL",
            TypedMessage::Other(other) => other.message_type.as_str(),
        };
        let sparte = sparte_of(message).unwrap_or(party.sparte);
        let release = release_of(name, sparte, self.world.writes_as_if(self.node, queued_at))
            .ok_or_else(|| format!("no release of {name} is in force at {queued_at}"))?;
        let envelope = Envelope {
            sender: party.mp_id,
            receiver: to,
            interchange_ref: interchange_reference(id),
            message_ref: id.token(13),
            prepared_at: queued_at,
            berlin_offset_seconds: berlin::local(queued_at).2,
            release: release.to_owned(),
        };
        let bytes = write(message, &envelope).map_err(|error| error.to_string())?;
        let user_message = self.user_message(id, queued_at, &to.to_string(), bytes);
        self.world.name_message(self.node, &envelope.interchange_ref, &user_message.message_id);
        match message {
            TypedMessage::Utilmd(utilmd) => self.world.name_message(self.node, &utilmd.vorgang, &user_message.message_id),
            TypedMessage::Other(other) => self.world.name_message(self.node, &other.document, &user_message.message_id),
            TypedMessage::Aperak(_) | TypedMessage::Contrl(_) => {}
        }
        Ok((user_message, envelope.release))
    }

    fn user_message(&self, id: Id, sent_at: Timestamp, to: &str, bytes: Vec<u8>) -> UserMessage {
        let me = self.world.plan.parties.get(self.node).map(|party| party.mp_id.to_string()).unwrap_or_default();
        UserMessage::interchange(&format!("{id}@{me}"), sent_at, PartyId::market(&me), PartyId::market(to), bytes)
    }

    /// What people call the message.
    fn label(&self, message: &OutboxMessage) -> String {
        let kind = &message.message.kind;
        match kind.split_once(' ') {
            Some(("APERAK", pid)) if pid.starts_with("313") => kind.clone(),
            Some(("APERAK", _)) => "APERAK 312".to_owned(),
            Some((message_type, rest)) => {
                // A workflow may add to the name of what it sends: that it does so again, or which version of a series it is.
                let (pid, more) = rest.split_once(' ').unwrap_or((rest, ""));
                match self.world.application.word(message_type, Some(pid)) {
                    "" => kind.clone(),
                    word if more.is_empty() || more == "again" => format!("{message_type} {pid} {word}"),
                    word => format!("{message_type} {pid} {word} {more}"),
                }
            }
            None => kind.clone(),
        }
    }

    /// When the deadline that the message fulfils is due, while it stands.
    async fn due(&self, message: &OutboxMessage, label: &str) -> Option<Timestamp> {
        let deadlines = self.engine.store().deadlines_of(&message.tenant, &message.stream).await.ok()?;
        deadlines.into_iter().find(|deadline| deadline.label.as_str() == label).map(|deadline| deadline.due)
    }

    async fn decide(&self, question: &OutboxMessage) -> Result<Delivery, DeliverError> {
        let party = self.world.plan.parties.get(self.node).ok_or_else(|| DeliverError::Permanent("no such party".to_owned()))?;
        let about = self.world.application.question(question);
        let Some((at, verdict)) = self.world.verdict(self.node, &about, question.id) else {
            // It never decides. The process has its Frist.
            return std::future::pending().await;
        };
        self.world.agenda.wait(at, Class::Message, self.node, format!("back office/{}", question.id)).await;
        let answer = self.world.application.answer(&self.world.plan, party, question, &verdict).map_err(DeliverError::Permanent)?;
        let verdict = match verdict {
            Verdict::Accept => "accept".to_owned(),
            Verdict::Reject(code) => format!("reject {code}"),
        };
        self.world.trace(self.node, What::Decides { about, verdict });
        Ok(Delivery { received_at: self.world.agenda.now(), answer: Some(answer) })
    }

    /// Does what the plan asks.
    pub(super) fn ask(&self, asked: Asked) -> LocalBoxFuture<'_, ()> {
        Box::pin(async move {
            match asked.ask {
                Ask::Begin(order) => self.begin(&order, asked.again).await,
                Ask::SendBytes { to, label, bytes } => {
                    let to_id = self.world.plan.parties.get(to).map(|party| party.mp_id.to_string()).unwrap_or_default();
                    let message = self.user_message(self.engine.ids().next_id(), self.engine.clock().now(), &to_id, bytes);
                    self.send_once(to, label, &message).await;
                }
                Ask::Duplicate { to } => {
                    let Some(message) = self.world.with_link(self.node, to, |link| link.last.clone()) else { return };
                    // The network repeats what it carried: nobody waits for this receipt.
                    if let Ok(mut stream) = connect(&self.world, &self.net, to).await {
                        self.world.message_arrived();
                        let _ = crate::as4::send(&mut stream, &message).await;
                    }
                }
            }
            asked.answered.store(true, Ordering::Relaxed);
        })
    }

    /// Begins what `order` asks for; as often as its store fails, later once more.
    async fn begin(&self, order: &Order, mut again: bool) {
        let Some(party) = self.world.plan.parties.get(self.node) else { return };
        loop {
            let plan = Plan { rulebook: self.world.rulebook(), ..self.world.plan.clone() };
            match self.world.application.begin(&plan, party, &self.engine, order).await {
                Ok(()) => return,
                Err(BeginError::AlreadyBegun(_)) if again => return,
                Err(BeginError::AlreadyBegun(holder)) => {
                    let (about, holder) = (format!("{} {} {}", order.message_type, order.pid, order.word), holder.to_string());
                    return self.world.trace(self.node, What::Declined { about, holder });
                }
                Err(BeginError::NotNow(_)) => {
                    again = true;
                    let later = self.world.agenda.now().plus_seconds(ASK_AGAIN_S);
                    self.world.agenda.wait(later, Class::Timer, self.node, "asked again").await;
                }
                Err(error @ BeginError::Impossible(_)) => {
                    let text = format!("{} {} {}", order.message_type, order.pid, order.word);
                    return self.world.refused(format!("{} cannot send {text}: {error}", party.name));
                }
            }
        }
    }

    async fn send_once(&self, to: usize, label: String, message: &UserMessage) {
        let exchange_number = self.world.next_exchange();
        let begins = What::TryBegins {
            exchange: exchange_number,
            message_id: message.message_id.clone(),
            to: self.world.name(to).to_owned(),
            label,
            answers: None,
            stream: None,
            note: String::new(),
            attempt: 1,
            fulfils: None,
            queued_at: None,
            release: None,
        };
        self.world.trace(self.node, begins);
        let _ = self.try_once(exchange_number, to, message, 1).await;
    }
}

/// The trailer of the interchange counts one message too many.
fn garble(payload: &mut [u8]) {
    let trailer = payload.windows(6).rposition(|bytes| bytes == b"UNZ+1+");
    if let Some(count) = trailer.and_then(|at| payload.get_mut(at + 4)) {
        *count = b'2';
    }
}

/// The interchange or Vorgang of the recipient that the message answers, and what else to tell about it.
fn told(message: &TypedMessage) -> (Option<String>, String) {
    match message {
        TypedMessage::Utilmd(utilmd) => {
            let malo = utilmd.lokation().map(|id| format!("{} {id}", id.kind())).unwrap_or_default();
            let answer = utilmd.answer.as_ref().map(|answer| answer.code.clone()).unwrap_or_default();
            let told: Vec<String> = [answer, malo].into_iter().filter(|text| !text.is_empty()).collect();
            (utilmd.request_vorgang.clone(), told.join(", "))
        }
        TypedMessage::Aperak(aperak) => (Some(aperak.original_interchange.clone()), String::new()),
        TypedMessage::Contrl(contrl) => (Some(contrl.original_interchange.clone()), String::new()),
        TypedMessage::Other(other) => {
            let said = Auftrag::of(other);
            let lokation = said.as_ref().and_then(|said| said.lokation.as_ref()).map(|id| format!("{} {id}", id.kind()));
            let code = said.as_ref().and_then(|said| said.answer.as_ref()).map(|answer| answer.code.clone());
            let told: Vec<String> = [code, lokation].into_iter().flatten().collect();
            (other.answered().map(str::to_owned), told.join(", "))
        }
    }
}

/// The market that `message` belongs to, where its Prüfidentifikator is used in one only: whoever sends it, it is written as that has it.
fn sparte_of(message: &TypedMessage) -> Option<Sparte> {
    let pid = match message {
        TypedMessage::Utilmd(utilmd) => Some(utilmd.pid),
        TypedMessage::Other(other) => other.pid,
        TypedMessage::Aperak(_) | TypedMessage::Contrl(_) => None,
    };
    pid_row(pid?.number())?.only_in()
}
