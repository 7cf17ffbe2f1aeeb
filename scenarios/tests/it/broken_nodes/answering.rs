//! Nodes that answer wrongly, or repeat their messages wrongly.

use std::collections::{BTreeMap, BTreeSet};

use mako_conformance::NodeSubject as _;
use mako_engine::Timestamp;
use mako_scenarios::subjects::{Netzbetreiber, Simulated};
use mako_sim::as4::{Digest, Signal, UserMessage};
use mako_sim::plan::Behaviour;

use super::proxy::{Fate, Fault};
use super::{DAY_S, HOUR_S, holds, replace};

const HORIZON_S: i64 = Netzbetreiber::<Simulated>::RETRY_HORIZON_S;

macro_rules! behaves {
    ($($(#[$doc:meta])* $name:ident: $behaviour:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Default)]
        pub struct $name;
        impl Fault for $name {
            const BEHAVIOUR: Behaviour = Behaviour::$behaviour;
        }
    )*};
}

behaves! {
    /// Repeats a message under a new MessageId.
    RepeatsUnderNewIds: NewMessageId;
    /// Writes the release before the one in force.
    WritesTheOldRelease: WrongRelease;
    /// Acknowledges, and never decides.
    NeverDecides: Silent;
}

/// A message that never leaves, or later, by what its interchange holds.
macro_rules! sends {
    ($($(#[$doc:meta])* $name:ident: |$message:ident| $wrong:expr, $fate:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Default)]
        pub struct $name;
        impl Fault for $name {
            fn leaves_node(&mut self, $message: &mut UserMessage, _: Timestamp) -> Fate {
                if $wrong { $fate } else { Fate::Pass }
            }
        }
    )*};
}

sends! {
    /// Says nothing about what it cannot process.
    KeepsItsErrors: |message| holds(message, "BGM+313"), Fate::Swallow;
    /// Says what it cannot process an hour later.
    ErrorsComeLate: |message| holds(message, "BGM+313"), Fate::Later(HOUR_S);
    /// Says nothing about an interchange that it cannot read.
    KeepsItsContrls: |message| holds(message, "+CONTRL:"), Fate::Swallow;
    /// Says seven hours later that it cannot read an interchange.
    ContrlsComeLate: |message| holds(message, "+CONTRL:"), Fate::Later(7 * HOUR_S);
    /// Says nothing when an interchange comes twice.
    KeepsQuietAboutRepetitions: |message| holds(message, "+CONTRL:") && holds(message, "+4+26"), Fate::Swallow;
    /// Decides, and never acknowledges.
    NeverAcknowledges: |message| holds(message, "BGM+312"), Fate::Swallow;
}

/// Writes its APERAKs in the release before the one in force.
#[derive(Default)]
pub struct WritesOldAperaks;
impl Fault for WritesOldAperaks {
    fn leaves_node(&mut self, message: &mut UserMessage, _: Timestamp) -> Fate {
        replace(&mut message.payload, "APERAK:D:07B:UN:2.2", "APERAK:D:07B:UN:2.1i");
        Fate::Pass
    }
}

/// Names no code with what it cannot process.
#[derive(Default)]
pub struct NamesNoCode;
impl Fault for NamesNoCode {
    fn leaves_node(&mut self, message: &mut UserMessage, _: Timestamp) -> Fate {
        replace(&mut message.payload, "ERC+", "FTX+");
        Fate::Pass
    }
}

/// Acknowledges twice.
#[derive(Default)]
pub struct AcknowledgesTwice(BTreeSet<String>);
impl Fault for AcknowledgesTwice {
    fn again_s(&mut self, message: &UserMessage) -> Option<i64> {
        let first = holds(message, "BGM+312") && self.0.insert(message.message_id.clone());
        first.then_some(60)
    }
    fn again(&mut self, message: &mut UserMessage) {
        message.message_id.push('2');
    }
}

/// Acknowledges after 50 minutes.
#[derive(Default)]
pub struct AcknowledgesLate(BTreeMap<String, Timestamp>);
impl Fault for AcknowledgesLate {
    fn leaves_node(&mut self, message: &mut UserMessage, now: Timestamp) -> Fate {
        let first = *self.0.entry(message.message_id.clone()).or_insert(now);
        let waits = holds(message, "BGM+312") && now.ms_since(first) < 50 * 60 * 1_000;
        if waits { Fate::HangUp } else { Fate::Pass }
    }
}

/// Writes each try of a message anew, with other bytes.
#[derive(Default)]
pub struct RepeatsOtherBytes(u64);
impl Fault for RepeatsOtherBytes {
    fn leaves_node(&mut self, message: &mut UserMessage, _: Timestamp) -> Fate {
        self.0 += 1;
        message.payload.extend("\r\n".repeat(usize::try_from(self.0).unwrap_or(0)).bytes());
        Fate::Pass
    }
}

/// Sends a message once more after its receipt.
#[derive(Default)]
pub struct RepeatsAfterReceipts {
    tried: BTreeSet<String>,
    received: BTreeSet<String>,
}
impl Fault for RepeatsAfterReceipts {
    fn again_s(&mut self, message: &UserMessage) -> Option<i64> {
        self.tried.insert(message.message_id.clone()).then_some(2 * DAY_S)
    }
    fn still(&mut self, message: &UserMessage) -> bool {
        self.received.contains(&message.message_id)
    }
    fn tell(&mut self, message: &UserMessage, signal: Option<Signal>, _: Timestamp) -> Option<Signal> {
        if matches!(signal, Some(Signal::Receipt(_))) {
            self.received.insert(message.message_id.clone());
        }
        signal
    }
}

/// Sends a message once more long after it gave it up.
#[derive(Default)]
pub struct NeverGivesUp {
    tried: BTreeSet<String>,
    answered: BTreeSet<String>,
}
impl Fault for NeverGivesUp {
    fn again_s(&mut self, message: &UserMessage) -> Option<i64> {
        self.tried.insert(message.message_id.clone()).then_some(HORIZON_S + 2 * DAY_S)
    }
    fn still(&mut self, message: &UserMessage) -> bool {
        !self.answered.contains(&message.message_id)
    }
    fn tell(&mut self, message: &UserMessage, signal: Option<Signal>, _: Timestamp) -> Option<Signal> {
        if signal.is_some() {
            self.answered.insert(message.message_id.clone());
        }
        signal
    }
}

/// Gives a message up after a day.
#[derive(Default)]
pub struct GivesUpAfterADay(BTreeMap<String, Timestamp>);
impl Fault for GivesUpAfterADay {
    fn leaves_node(&mut self, message: &mut UserMessage, now: Timestamp) -> Fate {
        let first = *self.0.entry(message.message_id.clone()).or_insert(now);
        if now.ms_since(first) > DAY_S * 1_000 { Fate::Swallow } else { Fate::Pass }
    }
}

/// Tries once.
#[derive(Default)]
pub struct TriesOnce;
impl Fault for TriesOnce {
    fn tell(&mut self, message: &UserMessage, _: Option<Signal>, now: Timestamp) -> Option<Signal> {
        Some(Signal::Receipt(message.receipt(now)))
    }
}

/// Takes any answer for a receipt.
#[derive(Default)]
pub struct BelievesAnyAnswer;
impl Fault for BelievesAnyAnswer {
    fn tell(&mut self, message: &UserMessage, signal: Option<Signal>, now: Timestamp) -> Option<Signal> {
        signal.map(|_| Signal::Receipt(message.receipt(now)))
    }
}

/// Takes an answer about other bytes for a refusal, and gives up.
#[derive(Default)]
pub struct StopsAtAWrongReceipt(BTreeSet<String>);
impl Fault for StopsAtAWrongReceipt {
    fn leaves_node(&mut self, message: &mut UserMessage, _: Timestamp) -> Fate {
        if self.0.contains(&message.message_id) { Fate::Swallow } else { Fate::Pass }
    }
    fn tell(&mut self, message: &UserMessage, signal: Option<Signal>, _: Timestamp) -> Option<Signal> {
        if let Some(Signal::Receipt(receipt)) = &signal
            && receipt.digest != Digest::of(&message.payload)
        {
            self.0.insert(message.message_id.clone());
        }
        signal
    }
}

/// Waits for its partner's answer as long as that takes.
#[derive(Default)]
pub struct WaitsForEver(BTreeSet<String>);
impl Fault for WaitsForEver {
    fn leaves_node(&mut self, message: &mut UserMessage, _: Timestamp) -> Fate {
        if self.0.insert(message.message_id.clone()) { Fate::Pass } else { Fate::HangUp }
    }
    fn tell(&mut self, message: &UserMessage, signal: Option<Signal>, _: Timestamp) -> Option<Signal> {
        self.0.remove(&message.message_id);
        signal
    }
}

/// Takes a refusal for a broken connection.
#[derive(Default)]
pub struct HearsNoRefusal;
impl Fault for HearsNoRefusal {
    fn tell(&mut self, _: &UserMessage, signal: Option<Signal>, _: Timestamp) -> Option<Signal> {
        signal.filter(|signal| matches!(signal, Signal::Receipt(_)))
    }
}
