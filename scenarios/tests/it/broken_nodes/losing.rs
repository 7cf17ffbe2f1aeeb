//! Nodes that lose what they took, keep others out, or take a message for something else.

use mako_conformance::NodeSubject as _;
use mako_engine::Timestamp;
use mako_scenarios::subjects::{Netzbetreiber, Simulated};
use mako_sim::as4::UserMessage;

use super::holds;
use super::proxy::{Fate, Fault};

/// Loses every fortieth message that it gave a receipt for.
#[derive(Default)]
pub struct LosesEveryFortieth(u64);
impl Fault for LosesEveryFortieth {
    const CRASHES: bool = true;
    fn reaches_node(&mut self, _: &mut UserMessage, _: Timestamp) -> Fate {
        self.0 += 1;
        if self.0.is_multiple_of(40) { Fate::Swallow } else { Fate::Pass }
    }
}

/// Takes no connection while 32 messages came within a minute.
#[derive(Default)]
pub struct TiresOfManySenders(Vec<Timestamp>);
impl Fault for TiresOfManySenders {
    fn reaches_node(&mut self, _: &mut UserMessage, now: Timestamp) -> Fate {
        self.0.retain(|at| now.ms_since(*at) < 60_000);
        self.0.push(now);
        if self.0.len() > 32 { Fate::HangUp } else { Fate::Pass }
    }
}

/// Never comes back after bytes that are no interchange.
#[derive(Default)]
pub struct DiesOfGarbage(bool);
impl Fault for DiesOfGarbage {
    fn reaches_node(&mut self, message: &mut UserMessage, _: Timestamp) -> Fate {
        self.0 |= !holds(message, "UNH+");
        if self.0 { Fate::HangUp } else { Fate::Pass }
    }
}

/// Gives receipts after bytes that are no interchange, and never looks at what comes then.
#[derive(Default)]
pub struct StopsAtGarbage(bool);
impl Fault for StopsAtGarbage {
    fn reaches_node(&mut self, message: &mut UserMessage, _: Timestamp) -> Fate {
        let stopped = self.0;
        self.0 |= !holds(message, "UNH+");
        if stopped { Fate::Swallow } else { Fate::Pass }
    }
}

/// Takes an acknowledgement for a request.
#[derive(Default)]
pub struct AnswersAcknowledgements(u32);
impl Fault for AnswersAcknowledgements {
    fn reaches_node(&mut self, message: &mut UserMessage, now: Timestamp) -> Fate {
        if holds(message, "+APERAK:") {
            self.0 += 1;
            message.payload = Netzbetreiber::<Simulated>::request(900_000 + self.0, now, now).bytes;
        }
        Fate::Pass
    }
}
