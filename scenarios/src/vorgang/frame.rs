//! Who a party is in a process, under which rules it runs, and how it speaks.

use mako_engine::fristen::{Frist, Rulebook, RulebookId, Sparte, berlin};
use mako_engine::{Decision, Outgoing, Rejection, Timestamp};
use mako_sim::application::AS4;
use mako_sim::edifact::{Aperak, Finding, MpId, TypedMessage};
use mako_sim::received::{ReceivedMessage, vorgang_key};
use serde::{Deserialize, Serialize};

/// Who the party is and under which rules the process runs; fixed by the first event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    /// The rulebook of the process.
    pub rulebook: RulebookId,
    /// The party.
    pub me: MpId,
    /// The market whose rules of acknowledgement hold; absent means Strom, as events of the first versions did not say.
    #[serde(default = "strom", skip_serializing_if = "is_strom")]
    pub sparte: Sparte,
    /// Makes the party's Vorgangsnummern and document numbers: unique per process.
    pub token: String,
}

impl Frame {
    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &'static Rulebook {
        Rulebook::of(self.rulebook)
    }

    /// Whether what is received is acknowledged by the process: with APERAK 312 in Strom; in Gas the node says CONTRL 7.
    #[must_use]
    pub fn acknowledges(&self) -> bool {
        self.sparte == Sparte::Strom
    }

    /// The Vorgangsnummer of this process's message with `pid`.
    #[must_use]
    pub fn vorgang(&self, pid: &str) -> String {
        format!("{}{pid}", self.token)
    }

    /// The document number of this process's message with `pid`.
    #[must_use]
    pub fn document(&self, pid: &str) -> String {
        format!("{}D{pid}", self.token)
    }

    /// When the answer to `trigger` is due, of a process of `family`, that was received at `from`.
    ///
    /// # Errors
    /// A [`Rejection`] when the rulebook knows no such Frist.
    pub fn answer_frist(&self, family: &str, trigger: &str, from: Timestamp) -> Result<Frist, Rejection> {
        self.rules().answer_frist(trigger, Some(family), from).map_err(|e| Rejection::new("no-frist", e.to_string()))
    }

    /// When the Frist ends that is counted from `day`, backwards or forwards, such as `21010`.
    ///
    /// # Errors
    /// A [`Rejection`] when the rulebook knows no such lead time.
    pub fn lead_frist(&self, lead: &str, day: Timestamp) -> Result<Frist, Rejection> {
        self.rules().lead_frist(lead, berlin::day(day)).map_err(|e| Rejection::new("no-lead-time", e.to_string()))
    }

    /// When an information duty is due.
    ///
    /// # Errors
    /// A [`Rejection`] when the rulebook knows no such Frist.
    pub fn information_frist(&self, pid: &str, from: Timestamp) -> Result<Frist, Rejection> {
        self.rules().information_frist(pid, from).map_err(|e| Rejection::new("no-frist", e.to_string()))
    }

    /// When the APERAK about `kind`, such as `UTILMD 55001`, is due.
    #[must_use]
    pub fn aperak_frist(&self, kind: &str, received_at: Timestamp) -> Frist {
        let (message_type, pid) = kind.split_once(' ').unwrap_or((kind, ""));
        self.rules().aperak_frist(self.sparte, message_type, Some(pid), received_at)
    }

    /// When the CONTRL about `kind` is due.
    #[must_use]
    pub fn contrl_frist(&self, kind: &str, received_at: Timestamp) -> Frist {
        self.rules().contrl_frist(self.sparte, kind.split(' ').next().unwrap_or(kind), received_at)
    }

    /// Acknowledges a received message, such as `UTILMD 55001`, with APERAK 312, due inside its window. In Gas the node said CONTRL 7, and
    /// nothing else is said.
    ///
    /// # Errors
    /// A [`Rejection`] when the APERAK cannot be queued.
    pub fn acknowledge<E>(&self, decision: Decision<E>, received: &ReceivedMessage, kind: &str) -> Result<Decision<E>, Rejection> {
        if !self.acknowledges() {
            return Ok(decision);
        }
        let pid = kind.split(' ').nth(1).unwrap_or(kind);
        let label = format!("APERAK {pid}");
        let frist = self.aperak_frist(kind, received.received_at);
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

    /// Sends `message` to `to`; its delivery fulfils the deadline `fulfils`, which stands or is set by the same decision.
    ///
    /// # Errors
    /// A [`Rejection`] when it cannot be queued.
    pub fn send<E>(
        &self,
        decision: Decision<E>,
        message: impl Into<TypedMessage>,
        to: MpId,
        fulfils: Option<&str>,
    ) -> Result<Decision<E>, Rejection> {
        let message = message.into();
        // What answers it names its Vorgang, or its document where it has no Vorgänge.
        let (kind, named) = match &message {
            TypedMessage::Utilmd(utilmd) => (format!("UTILMD {}", utilmd.pid), utilmd.vorgang.clone()),
            TypedMessage::Other(other) => {
                let pid = other.pid.ok_or_else(|| Rejection::new("no-pid", format!("a {} has a PID", other.message_type)))?;
                (format!("{} {pid}", other.message_type), other.document.clone())
            }
            TypedMessage::Aperak(_) | TypedMessage::Contrl(_) => {
                return Err(Rejection::new("no-message", "acknowledgements are not sent like messages"));
            }
        };
        let mut outgoing = Outgoing::new(AS4, to.to_string(), kind, &message)?;
        if let Some(label) = fulfils {
            outgoing = outgoing.fulfils(label);
        }
        Ok(decision.correlate(vorgang_key(&self.me, &named)).send(outgoing))
    }
}

const fn strom() -> Sparte {
    Sparte::Strom
}

fn is_strom(sparte: &Sparte) -> bool {
    *sparte == Sparte::Strom
}
