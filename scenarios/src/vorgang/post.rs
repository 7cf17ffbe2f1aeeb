//! What every role of a process does with its mail, whatever it is about.
//!
//! A sent message is followed until its receipt (its instant is the ÜT that starts the partner's clocks) and until the partner has
//! acknowledged it. A Frist that passes is recorded as lapsed and nothing else: a late answer is still an answer.
//!
//! | | Strom | Gas |
//! |---|---|---|
//! | the partner takes it | APERAK 312 | CONTRL 7 (6 h), and then no APERAK until its window closes: silence accepts |
//! | the partner cannot process it | APERAK 313 | APERAK 313 |
//! | the partner cannot read it | CONTRL 4 | CONTRL 4 |
//!
//! In Gas a CONTRL may overtake the receipt of what it is about, which a lost receipt delays: then nobody waits for it. What is due
//! while a Formatumstellung excuses lateness is waited for until it does no more.
//!
//! Source: APERAK AHB 1.0 §2.3.1, §2.4.1; CONTRL AHB 1.0; AS4-Profil 1.1 (receipt instant).
//!
//! A message whose interchange the partner refuses with CONTRL was legally never received, so no clock of the partner started with it
//! (CONTRL AHB 1.0). Whoever owes it sends it again, under a new interchange reference and the release of the day, and once only: a
//! second refusal has no cause that sending could heal. The Frist that it was to meet runs on, and a receipt of the first try that comes
//! late does not meet it. An APERAK is not sent again: the
//! partner has its Frist, and notes it as missing.
//!
//! A partner that contradicts itself is rejected by name, and a person sees the dead letter: the first word counts. Whoever recognised
//! a message did receive it, so a 313 or a CONTRL about it says nothing any more; whoever refused it recognises it no more.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::fristen::Sparte;
use mako_engine::workflow::DeadlineChange;
use mako_engine::{Decision, Delivered, Rejection, Timestamp};
use mako_sim::edifact::{Aperak, Finding};
use mako_sim::received::DeliveryNote;
use serde::{Deserialize, Serialize};

use super::frame::Frame;

/// What is added to the name of a message that is sent for the second time.
const AGAIN: &str = " again";

/// The name of a message as it was when it was sent for the first time, such as `UTILMD 55001`.
#[must_use]
pub fn name_of(kind: &str) -> &str {
    kind.strip_suffix(AGAIN).unwrap_or(kind)
}

/// The names under which the message `name` leaves: for the first time, and after its interchange was refused.
#[must_use]
pub fn names(name: &str) -> [String; 2] {
    [name.to_owned(), format!("{name}{AGAIN}")]
}

/// The Prüfidentifikator in the name of a message.
fn pid_in(kind: &str) -> &str {
    kind.split(' ').nth(1).unwrap_or(kind)
}

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
    /// Gas: the partner has the interchange and can read it.
    ContrlReceived {
        /// Which message.
        kind: String,
    },
    /// Gas: the partner did not say inside 6 hours that it has the interchange.
    ContrlMissing {
        /// Which message.
        kind: String,
    },
    /// Gas: the window for an APERAK closed without one, so the message counts as accepted.
    SilenceAccepted {
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
            Self::ContrlReceived { .. } => "ContrlReceived",
            Self::ContrlMissing { .. } => "ContrlMissing",
            Self::SilenceAccepted { .. } => "SilenceAccepted",
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

/// The mail of a process.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Post {
    /// Every message sent, by its kind.
    pub sent: BTreeMap<String, Stage>,
    /// Every message that was sent for the second time, since its first interchange was refused.
    pub again: BTreeSet<String>,
    /// Gas: every message of whose interchange the partner said that it has it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub taken: BTreeSet<String>,
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

    /// A message was queued, if there is one.
    #[must_use]
    pub fn queued_if(self, kind: Option<String>) -> Self {
        match kind {
            Some(kind) => self.queued(kind),
            None => self,
        }
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
                    self.taken.remove(kind);
                }
            }
            PostEvent::AperakMissing { kind } => drop(self.sent.insert(kind.clone(), Stage::Unacknowledged)),
            PostEvent::SilenceAccepted { kind } if self.sent.get(kind) == Some(&Stage::Delivered) => {
                self.sent.insert(kind.clone(), Stage::Settled);
            }
            PostEvent::ContrlReceived { kind } => drop(self.taken.insert(kind.clone())),
            PostEvent::ContrlMissing { .. } | PostEvent::SilenceAccepted { .. } => {}
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

    /// Whether a receipt under `kind` is that of a first try that was refused: it was never received, and was sent again.
    fn is_outdated(&self, kind: &str) -> bool {
        self.again.contains(kind)
    }

    /// A message of the process reached its recipient, which fulfils the deadline `label`. One that came after its Frist lets it lapse,
    /// also when the deadline has not fired yet: a slow disk may note the receipt first.
    pub fn delivered<E: From<PostEvent>>(&self, frame: &Frame, delivered: &Delivered, label: Option<&str>) -> Decision<E> {
        if self.is_outdated(&delivered.kind) {
            return Decision::nothing();
        }
        let (kind, received_at) = (name_of(&delivered.kind), delivered.received_at);
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
        if kind.starts_with("APERAK ") || self.sent.get(kind) != Some(&Stage::Queued) {
            return decision;
        }
        let (aperak, contrl) = (frame.aperak_frist(kind, received_at), frame.contrl_frist(kind, received_at));
        match frame.sparte {
            Sparte::Strom => decision.deadline(&awaits(kind), aperak.due, aperak.reason),
            Sparte::Gas => {
                let excused = |due: Timestamp| frame.rules().tolerated_until(due).unwrap_or(due);
                if !self.taken.contains(kind) {
                    decision = decision.deadline(&awaits_contrl(kind), excused(contrl.due), contrl.reason);
                }
                decision.deadline(&window(kind), excused(aperak.due), aperak.reason)
            }
        }
    }

    /// The message of kind `kind` was given up. What is no mail is a question to the back office: it stands open until a person answers
    /// it, see [`Post::is_given_up`].
    pub fn given_up<E: From<PostEvent>>(&self, kind: &str) -> Decision<E> {
        let name = name_of(kind);
        match self.sent.get(name).filter(|_| !self.is_outdated(kind)) {
            // Its APERAK came although no receipt did: it was received.
            Some(Stage::Settled | Stage::Unacknowledged | Stage::Refused) => Decision::nothing(),
            None if pid_in(name).parse::<u32>().is_ok() => Decision::nothing(),
            Some(Stage::Queued | Stage::Delivered | Stage::GivenUp) | None => {
                Decision::event(PostEvent::MessageGivenUp { kind: name.to_owned() }.into())
            }
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
        // What has no Vorgang is named by its document.
        let named = aperak.original_vorgang.as_deref().unwrap_or(&aperak.original_document);
        let of_ours = |kind: &&String| {
            !kind.starts_with("APERAK ") && [frame.vorgang(pid_in(kind)), frame.document(pid_in(kind))].contains(&named.to_owned())
        };
        let Some(kind) = self.sent.keys().find(of_ours).cloned() else {
            return Err(Rejection::new("aperak-about-nothing", format!("this process sent no Vorgang {named}")));
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
        let over = no_longer_awaited(frame, &kind);
        let decision = Decision::event(PostEvent::AperakReceived { kind, recognised, codes }.into());
        Ok(over.iter().fold(decision, |decision, label| decision.cancel(label)))
    }

    /// Gas: the interchange of one of the process's messages was taken.
    ///
    /// # Errors
    /// A [`Rejection`] when the process never sent that message.
    pub fn taken<E: From<PostEvent>>(&self, frame: &Frame, kind: &str) -> Result<Decision<E>, Rejection> {
        let name = name_of(kind);
        // What the boundary says about an acknowledgement is no news to anybody.
        if frame.sparte == Sparte::Strom || !self.sent.contains_key(name) {
            return Err(Rejection::new("contrl-about-nothing", format!("this process sent no {name}")));
        }
        if self.is_outdated(kind) {
            return Ok(Decision::nothing());
        }
        Ok(Decision::event(PostEvent::ContrlReceived { kind: name.to_owned() }.into()).cancel(&awaits_contrl(name)))
    }

    /// The message `name` was answered. In Gas that accepts it, and nobody waits for the end of the window.
    pub fn answered<E>(&self, frame: &Frame, name: &str, decision: Decision<E>) -> Decision<E> {
        match frame.sparte {
            Sparte::Gas if self.sent.get(name) == Some(&Stage::Delivered) => decision.cancel(&window(name)),
            Sparte::Gas | Sparte::Strom => decision,
        }
    }

    /// The mail after an answer to the message `name`.
    #[must_use]
    pub fn accepted_by_answer(mut self, frame: &Frame, name: &str) -> Self {
        if frame.sparte == Sparte::Gas && self.sent.get(name) == Some(&Stage::Delivered) {
            self.sent.insert(name.to_owned(), Stage::Settled);
        }
        self
    }

    /// The interchange of one of the process's messages was refused. Whether it must be sent again: when `owed`, and it was not before.
    ///
    /// # Errors
    /// A [`Rejection`] when the process never sent that message, or when the partner recognised or refused it before.
    pub fn refused<E: From<PostEvent>>(&self, frame: &Frame, refusal: &Refusal, owed: bool) -> Result<(Decision<E>, bool), Rejection> {
        let Refusal { kind, answer } = refusal;
        if self.is_outdated(kind) {
            return Ok((Decision::nothing(), false));
        }
        let (kind, answer) = (name_of(kind).to_owned(), answer.clone());
        let again = owed && !self.again.contains(&kind);
        let over = no_longer_awaited(frame, &kind);
        match self.sent.get(&kind) {
            None => Err(Rejection::new("contrl-about-nothing", format!("this process sent no {kind}"))),
            Some(Stage::Refused) => Err(contradiction(&kind, "refused it", &answer)),
            Some(Stage::Settled) if !kind.starts_with("APERAK ") => Err(contradiction(&kind, "recognised it", &answer)),
            Some(Stage::Queued | Stage::Delivered | Stage::Settled | Stage::Unacknowledged | Stage::GivenUp) => {
                let event = PostEvent::InterchangeRefused { kind, answer, again };
                let decision = Decision::event(event.into());
                Ok((over.iter().fold(decision, |decision, label| decision.cancel(label)), again))
            }
        }
    }

    /// `decision` without the Fristen that lapsed before: they do not lapse again.
    pub fn without_lapsed<E>(&self, mut decision: Decision<E>) -> Decision<E> {
        let lapsed =
            |change: &DeadlineChange| matches!(change, DeadlineChange::Set { label, .. } if self.lapsed.contains_key(label.as_str()));
        decision.deadlines.retain(|change| !lapsed(change));
        decision
    }

    /// What `decision` sends, it sends for the second time.
    pub fn again<E>(mut decision: Decision<E>) -> Decision<E> {
        for message in &mut decision.outbox {
            message.kind.push_str(AGAIN);
        }
        decision
    }

    /// The deadline `label` came.
    #[must_use]
    pub fn lapse(&self, label: &str, due: Timestamp) -> PostEvent {
        let kind = |pid: &str| self.sent.keys().find(|kind| !kind.starts_with("APERAK ") && pid_in(kind) == pid).cloned();
        let about = |prefix: &str| label.strip_prefix(prefix).and_then(kind);
        let noted = about("awaits APERAK ")
            .map(|kind| PostEvent::AperakMissing { kind })
            .or_else(|| about("awaits CONTRL ").map(|kind| PostEvent::ContrlMissing { kind }))
            .or_else(|| about("awaits silence ").map(|kind| PostEvent::SilenceAccepted { kind }));
        noted.unwrap_or_else(|| PostEvent::FristLapsed { label: label.to_owned(), due })
    }
}

/// The partner said one thing about `kind` before, and now says another.
#[must_use]
pub fn contradiction(kind: &str, before: &str, now: &str) -> Rejection {
    Rejection::new("contradiction", format!("the partner {before} before: {now} about {kind} is not taken"))
}

/// The label of the deadline at which the APERAK about `kind` should be there.
fn awaits(kind: &str) -> String {
    format!("awaits APERAK {}", pid_in(kind))
}

/// Gas: the label of the deadline at which the CONTRL about `kind` should be there.
fn awaits_contrl(kind: &str) -> String {
    format!("awaits CONTRL {}", pid_in(kind))
}

/// Gas: the label of the deadline at which the silence about `kind` accepts it.
fn window(kind: &str) -> String {
    format!("awaits silence {}", pid_in(kind))
}

/// What is no longer waited for once the partner said something about `kind`. Nobody acknowledges an acknowledgement.
fn no_longer_awaited(frame: &Frame, kind: &str) -> Vec<String> {
    match frame.sparte {
        _ if kind.starts_with("APERAK ") => Vec::new(),
        Sparte::Strom => vec![awaits(kind)],
        Sparte::Gas => vec![awaits_contrl(kind), window(kind)],
    }
}

#[cfg(test)]
mod tests {
    use mako_engine::fristen::RulebookId;

    use super::*;

    fn frame(sparte: Sparte) -> Frame {
        Frame { rulebook: RulebookId::BK6_24_174, me: "9999000002010".parse().unwrap(), sparte, token: "T".to_owned() }
    }

    fn delivery(kind: &str, due: Option<Timestamp>) -> Delivered {
        let answer = due.map(|due| serde_json::to_value(DeliveryNote { due }).unwrap());
        let message_id = mako_engine::Id::from_u128(1);
        Delivered { message_id, kind: kind.to_owned(), received_at: Timestamp::EPOCH, answer }
    }

    #[test]
    fn what_arrives_after_its_frist_lapses_once_whoever_notes_it_first() {
        let frame = frame(Sparte::Strom);
        let label = "APERAK 55001";
        let lapses = |post: &Post, due_ms: i64| {
            let due = Timestamp::EPOCH.plus_ms(due_ms);
            let decision: Decision<PostEvent> = post.delivered(&frame, &delivery(label, Some(due)), Some(label));
            assert_eq!(decision.deadlines, [DeadlineChange::Cancel(label.into())]);
            decision.events.contains(&PostEvent::FristLapsed { label: label.to_owned(), due })
        };
        let post = Post::default().queued(label);
        assert_eq!([-1, 0, 1].map(|due_ms| lapses(&post, due_ms)), [true, false, false]);
        let lapsed = post.clone().apply(&post.lapse(label, Timestamp::EPOCH.plus_ms(-1)));
        assert!(!lapses(&lapsed, -1), "it fired before");
    }

    #[test]
    fn a_delivered_aperak_retires_its_own_window_and_no_other() {
        let frame = frame(Sparte::Strom);
        let post = Post::default().queued("APERAK 55001").queued("APERAK 55011").queued("UTILMD 55010");
        let decision: Decision<PostEvent> = post.delivered(&frame, &delivery("APERAK 55001", None), Some("APERAK 55001"));
        assert_eq!(decision.deadlines, [DeadlineChange::Cancel("APERAK 55001".into())]);
        let post = decision.events.iter().fold(post, Post::apply);
        let stages = [("APERAK 55001", Stage::Settled), ("APERAK 55011", Stage::Queued), ("UTILMD 55010", Stage::Queued)];
        assert_eq!(post.sent, stages.map(|(kind, stage)| (kind.to_owned(), stage)).into());
        let lapse = post.lapse("APERAK 55011", Timestamp::EPOCH);
        assert_eq!(post.apply(&lapse).lapsed.into_keys().collect::<Vec<_>>(), ["APERAK 55011"]);
    }

    #[test]
    fn the_late_receipt_of_a_refused_message_meets_no_frist_of_the_one_sent_again() {
        let (frame, label) = (frame(Sparte::Strom), "answer 55001");
        let post = Post::default().queued("UTILMD 55002");
        let refusal = Refusal { kind: "UTILMD 55002".to_owned(), answer: "CONTRL 4 UCI 28".to_owned() };
        let (decision, again): (Decision<PostEvent>, bool) = post.refused(&frame, &refusal, true).unwrap();
        assert!(again);
        let post = decision.events.iter().fold(post, Post::apply);
        let first: Decision<PostEvent> = post.delivered(&frame, &delivery("UTILMD 55002", None), Some(label));
        assert_eq!(first, Decision::nothing());
        let second: Decision<PostEvent> = post.delivered(&frame, &delivery("UTILMD 55002 again", None), Some(label));
        assert!(second.deadlines.contains(&DeadlineChange::Cancel(label.into())));
    }

    #[test]
    fn a_contrl_that_overtook_the_receipt_is_not_waited_for() {
        let frame = frame(Sparte::Gas);
        let post = Post::default().queued("UTILMD 44016");
        let taken: Decision<PostEvent> = post.taken(&frame, "UTILMD 44016").unwrap();
        let post = taken.events.iter().fold(post, Post::apply);
        let labels = |post: &Post| {
            let decision: Decision<PostEvent> = post.delivered(&frame, &delivery("UTILMD 44016", None), None);
            let set =
                |change: &DeadlineChange| matches!(change, DeadlineChange::Set { label, .. } if label.as_str() == "awaits CONTRL 44016");
            decision.deadlines.iter().filter(|change| set(change)).count()
        };
        assert_eq!(labels(&post), 0);
        let refused = PostEvent::InterchangeRefused { kind: "UTILMD 44016".to_owned(), answer: "CONTRL 4 UCM 12".to_owned(), again: true };
        let again = post.apply(&refused);
        assert_eq!(again.taken.len(), 0, "what is sent again is acknowledged again");
    }

    #[test]
    fn a_contrl_that_is_due_during_a_formatumstellung_is_missed_when_that_is_over() {
        let frame = frame(Sparte::Gas);
        let due_of = |received_at: &str| {
            let delivered = Delivered { received_at: received_at.parse().unwrap(), ..delivery("UTILMD 44016", None) };
            let decision: Decision<PostEvent> = Post::default().queued("UTILMD 44016").delivered(&frame, &delivered, None);
            decision.deadlines.into_iter().find_map(|change| match change {
                DeadlineChange::Set { label, due, .. } if label.as_str() == "awaits CONTRL 44016" => Some(due),
                _ => None,
            })
        };
        assert_eq!(due_of("2026-03-31T09:00:00Z"), "2026-03-31T15:00:00Z".parse().ok());
        assert_eq!(due_of("2026-03-31T11:00:00Z"), "2026-04-01T22:00:00Z".parse().ok());
    }

    #[test]
    fn in_gas_silence_accepts_when_the_aperak_window_closes() {
        let frame = frame(Sparte::Gas);
        let post = Post::default().queued("UTILMD 44016");
        let decision: Decision<PostEvent> = post.delivered(&frame, &delivery("UTILMD 44016", None), None);
        let set = |change: &DeadlineChange| match change {
            DeadlineChange::Set { label, .. } => label.as_str().to_owned(),
            DeadlineChange::Cancel(label) => format!("no {}", label.as_str()),
        };
        assert_eq!(decision.deadlines.iter().map(set).collect::<Vec<_>>(), ["awaits CONTRL 44016", "awaits silence 44016"]);
        let post = decision.events.iter().fold(post, Post::apply);
        assert!(!post.is_settled());
        let silence = post.lapse("awaits silence 44016", Timestamp::EPOCH);
        assert_eq!(silence, PostEvent::SilenceAccepted { kind: "UTILMD 44016".to_owned() });
        assert!(post.apply(&silence).is_settled());
    }
}
