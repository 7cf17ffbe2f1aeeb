//! What every role of a GPKE process does with its mail, whatever it is about.
//!
//! A received UTILMD is acknowledged with APERAK 312 inside its window. A sent UTILMD is followed until its receipt (its instant is
//! the ÜT that starts the partner's clocks) and until the partner's APERAK. A Frist that passes is recorded as lapsed and nothing
//! else: a late answer is still an answer. Source: APERAK AHB 1.0 §2.4.1; AS4-Profil 1.1 (receipt instant).
//!
//! A message whose interchange the partner refuses with CONTRL was legally never received, so no clock of the partner started with it
//! (CONTRL AHB 1.0). Whoever owes it sends it again, under a new interchange reference and the release of the day, and once only: a
//! second refusal has no cause that sending could heal. The Frist that it was to meet runs on. An APERAK is not sent again: the
//! partner has its Frist, and notes it as missing.
//!
//! A partner that contradicts itself is rejected by name, and a person sees the dead letter: the first word counts. Whoever recognised
//! a message did receive it, so a 313 or a CONTRL about it says nothing any more; whoever refused it recognises it no more.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::fristen::{Frist, Rulebook, RulebookId, Sparte};
use mako_engine::{Decision, Delivered, Outgoing, Rejection, Timestamp};
use mako_sim::application::AS4;
use mako_sim::edifact::{Aperak, Finding, MpId, TypedMessage, Utilmd};
use mako_sim::received::{DeliveryNote, ReceivedMessage, vorgang_key};
use serde::{Deserialize, Serialize};

/// What happened to the mail of a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum PostEvent {
    /// A message reached its recipient; the instant is that of the receipt.
    MessageDelivered {
        /// Which message, such as `UTILMD 55001`.
        kind: String,
        /// The ÜT/ÜZ.
        received_at: Timestamp,
    },
    /// A message did not reach its recipient and is not tried again; it is a dead letter.
    MessageGivenUp {
        /// Which message, such as `UTILMD 55001`.
        kind: String,
    },
    /// The partner acknowledged a message, or refused it.
    AperakReceived {
        /// Which message.
        kind: String,
        /// 312 or 313.
        recognised: bool,
        /// The ERC codes of a 313.
        codes: Vec<String>,
    },
    /// The partner refused the interchange of a message with CONTRL: legally it was not received.
    InterchangeRefused {
        /// Which message.
        kind: String,
        /// What the CONTRL says, such as `CONTRL 4 Ucm 12`.
        answer: String,
        /// Whether it is sent again.
        again: bool,
    },
    /// The partner did not acknowledge a message inside its window.
    AperakMissing {
        /// Which message.
        kind: String,
    },
    /// A Frist of this party, or of its partner towards it, passed.
    FristLapsed {
        /// The deadline's label.
        label: String,
        /// When it was due.
        due: Timestamp,
    },
    /// A lapse turned out to be none: the late receipt states an instant inside the Frist.
    LapseWithdrawn {
        /// The deadline's label.
        label: String,
    },
}

impl PostEvent {
    /// The committed name of the event.
    #[must_use]
    pub const fn event_type(&self) -> &'static str {
        match self {
            Self::MessageDelivered { .. } => "MessageDelivered",
            Self::MessageGivenUp { .. } => "MessageGivenUp",
            Self::AperakReceived { .. } => "AperakReceived",
            Self::InterchangeRefused { .. } => "InterchangeRefused",
            Self::AperakMissing { .. } => "AperakMissing",
            Self::FristLapsed { .. } => "FristLapsed",
            Self::LapseWithdrawn { .. } => "LapseWithdrawn",
        }
    }
}

/// How far a sent message got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Queued: no receipt yet.
    Queued,
    /// Received by the partner, not acknowledged yet.
    Delivered,
    /// Acknowledged.
    Settled,
    /// Never acknowledged inside its window, and no longer waited for. Whatever comes late still counts.
    Unacknowledged,
    /// Refused with APERAK 313 or CONTRL 4: legally not received.
    Refused,
    /// Never delivered: a person has to see to it.
    GivenUp,
}

/// The partner refused an interchange of the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The message that was in it.
    pub kind: String,
    /// What the CONTRL says.
    pub answer: String,
}

/// Who the party is and under which rules the process runs; fixed by the first event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// The rulebook of the process.
    pub rulebook: RulebookId,
    /// The party.
    pub me: MpId,
    /// Makes the party's Vorgangsnummern and document numbers: unique per process.
    pub token: String,
}

impl Frame {
    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &'static Rulebook {
        Rulebook::of(self.rulebook)
    }

    /// The Vorgangsnummer of this process's message with `pid`.
    #[must_use]
    pub fn vorgang(&self, pid: &str) -> String {
        format!("{}{pid}", self.token)
    }

    /// When a Frist that starts with the receipt of `trigger` is due.
    ///
    /// # Errors
    /// A [`Rejection`] when the rulebook knows no such Frist.
    pub fn answer_frist(&self, trigger: &str, from: Timestamp) -> Result<Frist, Rejection> {
        self.rules().answer_frist(trigger, Some("GPKE"), from).map_err(|e| Rejection::new("no-frist", e.to_string()))
    }

    /// When an information duty is due.
    ///
    /// # Errors
    /// A [`Rejection`] when the rulebook knows no such Frist.
    pub fn information_frist(&self, pid: &str, from: Timestamp) -> Result<Frist, Rejection> {
        self.rules().information_frist(pid, from).map_err(|e| Rejection::new("no-frist", e.to_string()))
    }

    fn aperak_frist(&self, pid: &str, received_at: Timestamp) -> Frist {
        self.rules().aperak_frist(Sparte::Strom, "UTILMD", Some(pid), received_at)
    }

    /// Acknowledges a received UTILMD with APERAK 312, due inside its window.
    ///
    /// # Errors
    /// A [`Rejection`] when the APERAK cannot be queued.
    pub fn acknowledge<E>(&self, decision: Decision<E>, received: &ReceivedMessage, pid: &str) -> Result<Decision<E>, Rejection> {
        let label = format!("APERAK {pid}");
        let frist = self.aperak_frist(pid, received.received_at);
        let aperak = TypedMessage::Aperak(Aperak {
            document: format!("{}A{pid}", self.token),
            original_interchange: received.original.interchange.clone(),
            original_time: received.original.document_time,
            original_document: received.original.document.clone(),
            original_vorgang: received.original.vorgang.clone(),
            finding: Finding::Recognised,
        });
        let message = Outgoing::new(AS4, received.from.to_string(), label.clone(), &aperak)?.fulfils(&label);
        Ok(decision.send(message).deadline(&label, frist.due, frist.reason))
    }

    /// Sends `utilmd` to `to`; its delivery fulfils the deadline `fulfils`, which stands or is set by the same decision.
    ///
    /// # Errors
    /// A [`Rejection`] when it cannot be queued.
    pub fn send<E>(&self, decision: Decision<E>, utilmd: Utilmd, to: MpId, fulfils: Option<&str>) -> Result<Decision<E>, Rejection> {
        let kind = format!("UTILMD {}", utilmd.pid);
        let vorgang = utilmd.vorgang.clone();
        let mut message = Outgoing::new(AS4, to.to_string(), kind, &TypedMessage::Utilmd(Box::new(utilmd)))?;
        if let Some(label) = fulfils {
            message = message.fulfils(label);
        }
        Ok(decision.correlate(vorgang_key(&self.me, &vorgang)).send(message))
    }
}

/// The mail of a process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// Every message sent, by its kind.
    pub sent: BTreeMap<String, Stage>,
    /// Every message that was sent for the second time, since its first interchange was refused.
    pub again: BTreeSet<String>,
    /// Every Frist that lapsed and when it was due.
    pub lapsed: BTreeMap<String, Timestamp>,
}

impl Post {
    /// A message was queued.
    #[must_use]
    pub fn queued(mut self, kind: impl Into<String>) -> Self {
        self.sent.insert(kind.into(), Stage::Queued);
        self
    }

    /// The mail after `event`.
    #[must_use]
    pub fn apply(mut self, event: &PostEvent) -> Self {
        match event {
            PostEvent::MessageDelivered { kind, .. } => {
                let acknowledged_already = matches!(self.sent.get(kind), Some(Stage::Settled | Stage::Unacknowledged | Stage::Refused));
                if kind.starts_with("APERAK") {
                    self.sent.insert(kind.clone(), Stage::Settled);
                } else if !acknowledged_already {
                    self.sent.insert(kind.clone(), Stage::Delivered);
                }
            }
            PostEvent::MessageGivenUp { kind } => drop(self.sent.insert(kind.clone(), Stage::GivenUp)),
            PostEvent::AperakReceived { kind, recognised, .. } => {
                self.sent.insert(kind.clone(), if *recognised { Stage::Settled } else { Stage::Refused });
            }
            PostEvent::InterchangeRefused { kind, again, .. } => {
                self.sent.insert(kind.clone(), if *again { Stage::Queued } else { Stage::Refused });
                if *again {
                    self.again.insert(kind.clone());
                }
            }
            PostEvent::AperakMissing { kind } => drop(self.sent.insert(kind.clone(), Stage::Unacknowledged)),
            PostEvent::FristLapsed { label, due } => drop(self.lapsed.insert(label.clone(), *due)),
            PostEvent::LapseWithdrawn { label } => drop(self.lapsed.remove(label)),
        }
        self
    }

    /// Whether nothing is to be done any more about any message.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.sent.values().all(|stage| matches!(stage, Stage::Settled | Stage::Unacknowledged | Stage::Refused | Stage::GivenUp))
    }

    /// A message of the process reached its recipient, which fulfils the deadline `label`. One that came after its Frist lets it lapse,
    /// also when the deadline has not fired yet: a slow disk may note the receipt first.
    pub fn delivered<E: From<PostEvent>>(&self, frame: &Frame, delivered: &Delivered, label: Option<&str>) -> Decision<E> {
        let (kind, received_at) = (delivered.kind.as_str(), delivered.received_at);
        let mut decision = Decision::event(PostEvent::MessageDelivered { kind: kind.to_owned(), received_at }.into());
        if let Some(label) = label {
            decision = decision.cancel(label);
            let note = delivered.answer.as_ref().and_then(|answer| DeliveryNote::deserialize(answer).ok());
            if let Some(DeliveryNote { due }) = note.filter(|note| received_at > note.due && !self.lapsed.contains_key(label)) {
                decision = decision.and(PostEvent::FristLapsed { label: label.to_owned(), due }.into());
            }
            if self.lapsed.get(label).is_some_and(|due| received_at <= *due) {
                decision = decision.and(PostEvent::LapseWithdrawn { label: label.to_owned() }.into());
            }
        }
        match kind.strip_prefix("UTILMD ") {
            Some(pid) if self.sent.get(kind) == Some(&Stage::Queued) => {
                let frist = frame.aperak_frist(pid, received_at);
                decision.deadline(&awaits(kind), frist.due, frist.reason)
            }
            _ => decision,
        }
    }

    /// The message of kind `kind` was given up. What is no mail is a question to the back office: it stands open until a person answers
    /// it, see [`Post::is_given_up`].
    pub fn given_up<E: From<PostEvent>>(&self, kind: String) -> Decision<E> {
        let is_mail = kind.starts_with("UTILMD ") || kind.starts_with("APERAK ");
        match self.sent.get(&kind) {
            // Its APERAK came although no receipt did: it was received.
            Some(Stage::Settled | Stage::Unacknowledged | Stage::Refused) => Decision::nothing(),
            None if is_mail => Decision::nothing(),
            Some(Stage::Queued | Stage::Delivered | Stage::GivenUp) | None => Decision::event(PostEvent::MessageGivenUp { kind }.into()),
        }
    }

    /// Whether the message or question of kind `kind` was given up.
    #[must_use]
    pub fn is_given_up(&self, kind: &str) -> bool {
        self.sent.get(kind) == Some(&Stage::GivenUp)
    }

    /// An APERAK about one of the process's messages came in.
    ///
    /// # Errors
    /// A [`Rejection`] when the process never sent what it is about, or when the partner said the opposite before.
    pub fn acknowledged<E: From<PostEvent>>(&self, frame: &Frame, aperak: &Aperak) -> Result<Decision<E>, Rejection> {
        let about = aperak.original_vorgang.as_deref().and_then(|vorgang| vorgang.strip_prefix(frame.token.as_str()));
        let kind = about.map(|pid| format!("UTILMD {pid}")).filter(|kind| self.sent.contains_key(kind));
        let Some(kind) = kind else {
            let vorgang = aperak.original_vorgang.as_deref().unwrap_or("(none)");
            return Err(Rejection::new("aperak-about-nothing", format!("this process sent no Vorgang {vorgang}")));
        };
        let (recognised, codes) = match &aperak.finding {
            Finding::Recognised => (true, Vec::new()),
            Finding::Failed { errors, .. } => (false, errors.iter().map(|e| e.code.to_string()).collect()),
        };
        match (self.sent.get(&kind), recognised) {
            (Some(Stage::Settled), false) => return Err(contradiction(&kind, "recognised it", "APERAK 313")),
            (Some(Stage::Refused), true) => return Err(contradiction(&kind, "refused it", "APERAK 312")),
            _ => {}
        }
        let cancel = awaits(&kind);
        Ok(Decision::event(PostEvent::AperakReceived { kind, recognised, codes }.into()).cancel(&cancel))
    }

    /// The interchange of one of the process's messages was refused. Whether it must be sent again: when `owed`, and it was not before.
    ///
    /// # Errors
    /// A [`Rejection`] when the process never sent that message, or when the partner recognised or refused it before.
    pub fn refused<E: From<PostEvent>>(&self, refusal: Refusal, owed: bool) -> Result<(Decision<E>, bool), Rejection> {
        let Refusal { kind, answer } = refusal;
        let again = owed && !self.again.contains(&kind);
        // Nobody acknowledges an acknowledgement, so none is awaited.
        let no_longer_awaited = kind.starts_with("UTILMD ").then(|| awaits(&kind));
        match self.sent.get(&kind) {
            None => Err(Rejection::new("contrl-about-nothing", format!("this process sent no {kind}"))),
            Some(Stage::Refused) => Err(contradiction(&kind, "refused it", &answer)),
            Some(Stage::Settled) if kind.starts_with("UTILMD ") => Err(contradiction(&kind, "recognised it", &answer)),
            Some(Stage::Queued | Stage::Delivered | Stage::Settled | Stage::Unacknowledged | Stage::GivenUp) => {
                let event = PostEvent::InterchangeRefused { kind, answer, again };
                let decision = Decision::event(event.into());
                Ok((no_longer_awaited.into_iter().fold(decision, |decision, label| decision.cancel(&label)), again))
            }
        }
    }

    /// The deadline `label` came.
    #[must_use]
    pub fn lapse(label: &str, due: Timestamp) -> PostEvent {
        match label.strip_prefix("awaits APERAK ") {
            Some(pid) => PostEvent::AperakMissing { kind: format!("UTILMD {pid}") },
            None => PostEvent::FristLapsed { label: label.to_owned(), due },
        }
    }
}

/// The partner said one thing about `kind` before, and now says another.
#[must_use]
pub fn contradiction(kind: &str, before: &str, now: &str) -> Rejection {
    Rejection::new("contradiction", format!("the partner {before} before: {now} about {kind} is not taken"))
}

/// The label of the deadline at which the APERAK about `kind` should be there.
fn awaits(kind: &str) -> String {
    format!("awaits APERAK {}", kind.strip_prefix("UTILMD ").unwrap_or(kind))
}

#[cfg(test)]
mod tests {
    use mako_engine::workflow::DeadlineChange;

    use super::*;

    fn delivery(kind: &str, due: Option<Timestamp>) -> Delivered {
        let answer = due.map(|due| serde_json::to_value(DeliveryNote { due }).unwrap());
        let message_id = mako_engine::Id::from_u128(1);
        Delivered { message_id, kind: kind.to_owned(), received_at: Timestamp::EPOCH, answer }
    }

    #[test]
    fn what_arrives_after_its_frist_lapses_once_whoever_notes_it_first() {
        let frame = Frame { rulebook: RulebookId::BK6_24_174, me: "9999000002010".parse().unwrap(), token: "T".to_owned() };
        let label = "APERAK 55001";
        let lapses = |post: &Post, due_ms: i64| {
            let due = Timestamp::EPOCH.plus_ms(due_ms);
            let decision: Decision<PostEvent> = post.delivered(&frame, &delivery(label, Some(due)), Some(label));
            assert_eq!(decision.deadlines, [DeadlineChange::Cancel(label.into())]);
            decision.events.contains(&PostEvent::FristLapsed { label: label.to_owned(), due })
        };
        let post = Post::default().queued(label);
        assert_eq!([-1, 0, 1].map(|due_ms| lapses(&post, due_ms)), [true, false, false]);
        let lapsed = post.apply(&Post::lapse(label, Timestamp::EPOCH.plus_ms(-1)));
        assert!(!lapses(&lapsed, -1), "it fired before");
    }

    #[test]
    fn a_delivered_aperak_retires_its_own_window_and_no_other() {
        let frame = Frame { rulebook: RulebookId::BK6_24_174, me: "9999000002010".parse().unwrap(), token: "T".to_owned() };
        let post = Post::default().queued("APERAK 55001").queued("APERAK 55011").queued("UTILMD 55010");
        let decision: Decision<PostEvent> = post.delivered(&frame, &delivery("APERAK 55001", None), Some("APERAK 55001"));
        assert_eq!(decision.deadlines, [DeadlineChange::Cancel("APERAK 55001".into())]);
        let post = decision.events.iter().fold(post, Post::apply);
        let stages = [("APERAK 55001", Stage::Settled), ("APERAK 55011", Stage::Queued), ("UTILMD 55010", Stage::Queued)];
        assert_eq!(post.sent, stages.map(|(kind, stage)| (kind.to_owned(), stage)).into());
        let lapse = Post::lapse("APERAK 55011", Timestamp::EPOCH);
        assert_eq!(post.apply(&lapse).lapsed.into_keys().collect::<Vec<_>>(), ["APERAK 55011"]);
    }
}
