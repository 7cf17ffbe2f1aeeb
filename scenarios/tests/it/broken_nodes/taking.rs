//! Nodes that take messages wrongly: headers, receipts, repetitions, load, interchanges.

use std::collections::{BTreeMap, BTreeSet};

use mako_conformance::NodeSubject as _;
use mako_engine::Timestamp;
use mako_engine::fristen::Sparte;
use mako_engine::version::release_of;
use mako_scenarios::subjects::{Netzbetreiber, Simulated};
use mako_sim::as4::message::{ACTION_DEFAULT, AGREEMENT, SERVICE_MARKET_PROCESS};
use mako_sim::as4::{Digest, PartyId, Receipt, Severity, Signal, Unreadable, UserMessage};
use mako_sim::plan::Behaviour;

use super::proxy::{Fate, Fault};
use super::{DAY_S, HOUR_S, holds, replace};

type Node = Netzbetreiber<Simulated>;

/// Whether it is an Anmeldung under the header of the profile.
fn is_request(message: &UserMessage) -> bool {
    let (from, to) = (PartyId::market(&message.from.id), PartyId::market(Node::ME));
    let ordinary = UserMessage::interchange(&message.message_id, message.sent_at, from, to, message.payload.clone());
    *message == ordinary && holds(message, "+UTILMD:")
}

/// UNB 0020 of an interchange, as its trailer repeats it.
fn reference(message: &UserMessage) -> Option<String> {
    let text = String::from_utf8_lossy(&message.payload).into_owned();
    let (_, trailer) = text.split_once("UNZ+")?;
    trailer.split_once('+')?.1.split('\'').next().map(str::to_owned)
}

/// Nothing is wrong: whoever stands in between is not noticed.
#[derive(Default)]
pub struct Faithful;
impl Fault for Faithful {
    const CRASHES: bool = true;
}

macro_rules! overlooks {
    ($($(#[$doc:meta])* $name:ident: |$message:ident| $mends:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Default)]
        pub struct $name;
        impl Fault for $name {
            fn reaches_node(&mut self, $message: &mut UserMessage, _: Timestamp) -> Fate {
                $mends;
                Fate::Pass
            }
        }
    )*};
}

overlooks! {
    /// Takes messages under any agreement.
    OverlooksAgreement: |message| AGREEMENT.clone_into(&mut message.agreement);
    /// Takes messages for any service but the test service.
    OverlooksService: |message| if !message.is_test() { SERVICE_MARKET_PROCESS.clone_into(&mut message.service) };
    /// Takes messages for any action.
    OverlooksAction: |message| if !message.is_test() { ACTION_DEFAULT.clone_into(&mut message.action) };
    /// Takes messages of any conversation.
    OverlooksConversation: |message| message.conversation_id.clear();
    /// Takes messages to anybody.
    OverlooksRecipient: |message| message.to = PartyId::market(Node::ME);
    /// Takes messages of senders whose id is of another type than they say.
    OverlooksTypeOfSender: |message| message.from = PartyId::market(&message.from.id);
    /// Takes a test for a message.
    OverlooksTest: |message| if message.is_test() {
        *message = UserMessage::interchange(
            &message.message_id, message.sent_at, message.from.clone(), message.to.clone(), message.payload.clone());
    };
    /// Takes interchanges that count wrongly.
    OverlooksCounts: |message| replace(&mut message.payload, "UNZ+2+", "UNZ+1+");
}

/// Refuses what goes to the test service.
#[derive(Default)]
pub struct KnowsNoTest;
impl Fault for KnowsNoTest {
    fn reaches_node(&mut self, message: &mut UserMessage, _: Timestamp) -> Fate {
        if message.is_test() { Fate::HangUp } else { Fate::Pass }
    }
}

/// Says of its refusals that the message was taken all the same.
#[derive(Default)]
pub struct OnlyWarns;
impl Fault for OnlyWarns {
    fn told(&mut self, _: &UserMessage, signal: &mut Signal, _: Timestamp) {
        if let Signal::Error(error) = signal {
            error.severity = Severity::Warning;
        }
    }
}

/// Takes any interchange for one in the release in force.
#[derive(Default)]
pub struct OverlooksRelease;
impl Fault for OverlooksRelease {
    fn reaches_node(&mut self, message: &mut UserMessage, now: Timestamp) -> Fate {
        for release in ["S2.0", "S2.1", "S2.2"] {
            let in_force = release_of("UTILMD", Sparte::Strom, now).unwrap_or(release);
            replace(&mut message.payload, &format!("UTILMD:D:11A:UN:{release}"), &format!("UTILMD:D:11A:UN:{in_force}"));
        }
        Fate::Pass
    }
}

/// Vouches for other bytes than it received.
#[derive(Default)]
pub struct VouchesForOtherBytes;
impl Fault for VouchesForOtherBytes {
    fn told(&mut self, _: &UserMessage, signal: &mut Signal, _: Timestamp) {
        if let Signal::Receipt(receipt) = signal {
            receipt.digest = Digest::of(b"other bytes");
        }
    }
}

/// Says that it received a message a second later than it answers.
#[derive(Default)]
pub struct StampsAhead;
impl Fault for StampsAhead {
    fn told(&mut self, _: &UserMessage, signal: &mut Signal, _: Timestamp) {
        if let Signal::Receipt(receipt) = signal {
            receipt.received_at = receipt.received_at.plus_seconds(1);
        }
    }
}

/// Says that it received a message a second before it was sent.
#[derive(Default)]
pub struct StampsBack;
impl Fault for StampsBack {
    fn told(&mut self, _: &UserMessage, signal: &mut Signal, _: Timestamp) {
        if let Signal::Receipt(receipt) = signal {
            receipt.received_at = receipt.received_at.plus_seconds(-1);
        }
    }
}

/// Tells the first receipt again, which it keeps apart from the message.
#[derive(Default)]
pub struct Receipts(BTreeMap<String, Timestamp>);
impl Receipts {
    fn again(&mut self, message: &UserMessage, signal: &mut Signal) {
        if let Signal::Receipt(receipt) = signal {
            receipt.received_at = *self.0.entry(message.message_id.clone()).or_insert(receipt.received_at);
        }
    }
}

/// Gives its receipts first, and keeps the messages half a minute later: a crash takes them away.
#[derive(Default)]
pub struct ReceiptsBeforeKeeping(Receipts);
impl Fault for ReceiptsBeforeKeeping {
    const CRASHES: bool = true;
    fn reaches_node(&mut self, message: &mut UserMessage, _: Timestamp) -> Fate {
        if is_request(message) { Fate::Later(30) } else { Fate::Pass }
    }
    fn told(&mut self, message: &UserMessage, signal: &mut Signal, _: Timestamp) {
        self.0.again(message, signal);
    }
}

/// Gives a repeated message a receipt of its own.
#[derive(Default)]
pub struct StampsAgain;
impl Fault for StampsAgain {
    const CRASHES: bool = true;
    fn told(&mut self, _: &UserMessage, signal: &mut Signal, now: Timestamp) {
        if let Signal::Receipt(receipt) = signal {
            receipt.received_at = now;
        }
    }
}

/// Gives a receipt for anything.
#[derive(Default)]
pub struct ThanksForAnything;
impl Fault for ThanksForAnything {
    fn told_about_none(&mut self, _: &Unreadable, now: Timestamp) -> Signal {
        Signal::Receipt(Receipt { ref_to_message_id: "unknown".to_owned(), received_at: now, digest: Digest::of(b"") })
    }
}

/// Talks to one sender after the other, and waits for the slow one.
#[derive(Default)]
pub struct OneAtATime;
impl Fault for OneAtATime {
    const ONE_AT_A_TIME: bool = true;
}

/// Takes a repeated message for a new one: its interchange is refused as known.
#[derive(Default)]
pub struct KnowsNoMessageIds {
    tries: u64,
}
impl Fault for KnowsNoMessageIds {
    fn reaches_node(&mut self, message: &mut UserMessage, _: Timestamp) -> Fate {
        self.tries += 1;
        message.message_id = format!("{}-{}", self.tries, message.message_id);
        Fate::Pass
    }
}

/// Gives a repeated message its first receipt, and works on it again.
#[derive(Default)]
pub struct WorksOnTheSecond {
    receipts: Receipts,
    tries: u64,
}
impl Fault for WorksOnTheSecond {
    const CRASHES: bool = true;
    fn reaches_node(&mut self, message: &mut UserMessage, _: Timestamp) -> Fate {
        self.tries += 1;
        message.message_id = format!("{}-{}", self.tries, message.message_id);
        Fate::Pass
    }
    fn told(&mut self, message: &UserMessage, signal: &mut Signal, _: Timestamp) {
        self.receipts.again(message, signal);
    }
}

/// Knows a message for a week.
#[derive(Default)]
pub struct ForgetsAfterAWeek(BTreeMap<String, Timestamp>);
impl Fault for ForgetsAfterAWeek {
    fn reaches_node(&mut self, message: &mut UserMessage, now: Timestamp) -> Fate {
        let first = *self.0.entry(message.message_id.clone()).or_insert(now);
        if now.ms_since(first) >= 7 * DAY_S * 1_000 {
            message.message_id.push('+');
        }
        Fate::Pass
    }
}

/// Answers a repeated message as a phase4 access point does.
#[derive(Default)]
pub struct AnswersAsPhase4;
impl Fault for AnswersAsPhase4 {
    const BEHAVIOUR: Behaviour = Behaviour::Phase4;
    const CRASHES: bool = true;
}

/// Takes an interchange under another MessageId for a new one.
#[derive(Default)]
pub struct KnowsNoInterchanges(BTreeMap<String, BTreeSet<String>>);
impl Fault for KnowsNoInterchanges {
    fn reaches_node(&mut self, message: &mut UserMessage, _: Timestamp) -> Fate {
        let Some(reference) = reference(message) else { return Fate::Pass };
        let known = self.0.entry(reference.clone()).or_default();
        if known.insert(message.message_id.clone()) && known.len() > 1 {
            replace(&mut message.payload, &reference, &reference.replace("IC", "JC"));
        }
        Fate::Pass
    }
}

/// Works on a message an hour after its receipt.
#[derive(Default)]
pub struct WorksAnHourLater(Receipts);
impl Fault for WorksAnHourLater {
    fn reaches_node(&mut self, message: &mut UserMessage, _: Timestamp) -> Fate {
        if is_request(message) { Fate::Later(HOUR_S) } else { Fate::Pass }
    }
    fn told(&mut self, message: &UserMessage, signal: &mut Signal, _: Timestamp) {
        self.0.again(message, signal);
    }
}
