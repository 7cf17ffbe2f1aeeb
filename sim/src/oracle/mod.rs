//! Oracles: what must hold in every run of every plan, whatever the plan says.
//!
//! A scenario's expectations are about that scenario; an oracle knows nothing of a plan but what it can do to the world. It judges an
//! [`Outcome`] alone: the trace, the counts, and how every party stands at the end. [`ORACLES`] is the one list; a new oracle is a
//! function and an entry in it. What a run fails by is a [`Failure`]: the name of the oracle is the reason, and two runs fail for the
//! same reason when [`Failure::is_like`] says so.
//!
//! Safety is judged in every run. Liveness needs a plan in which faults stop (its `calm` step) and time to come to an end after that.

mod causes;
mod clocks;
mod counts;
mod effects;
mod ended;
mod fristen;
mod holders;
mod lanes;
mod law;
mod letters;
mod liveness;

use serde::{Deserialize, Serialize};

use crate::plan::Action;
use crate::run::Outcome;

/// Whether something is wrong with the node of `party` itself, its disk, its clock or its pace: it may do late what it has to do at once.
fn in_trouble(outcome: &Outcome, party: &str) -> bool {
    let of_node = |action: &Action| match action {
        Action::Disk { node, .. } | Action::Pause { node, .. } | Action::Clock { node, .. } => node == party,
        _ => false,
    };
    outcome.plan.steps.iter().any(|step| of_node(&step.action))
}

/// How many findings of one oracle are told; the first ones explain the others.
const TOLD: usize = 5;

/// Something that does not hold in a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The name of the oracle that says so.
    pub oracle: String,
    /// What was found.
    pub detail: String,
}

impl Failure {
    /// What `oracle` found.
    #[must_use]
    pub fn new(oracle: &str, detail: impl Into<String>) -> Self {
        Self { oracle: oracle.to_owned(), detail: detail.into() }
    }

    /// Whether `other` fails for the same reason: by the same oracle and, for a run that broke off, with the same words. Numbers
    /// (instants, counts, ids) may differ.
    ///
    /// ```
    /// use mako_sim::oracle::Failure;
    ///
    /// let stuck = Failure::new("liveness", "NB is down");
    /// assert!(stuck.is_like(&Failure::new("liveness", "LFN: 2 messages are not settled")));
    /// let broke = Failure::new("runs-through", "node 1 ended by itself");
    /// assert!(broke.is_like(&Failure::new("runs-through", "node 2 ended by itself")));
    /// assert!(!broke.is_like(&Failure::new("runs-through", "a node failed: panicked")));
    /// ```
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let words = |text: &str| -> String { text.chars().filter(|c| !c.is_ascii_digit()).collect() };
        self.oracle == other.oracle && (self.oracle != ended::RUNS_THROUGH || words(&self.detail) == words(&other.detail))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.oracle, self.detail)
    }
}

/// Something that must hold in every run.
pub struct Oracle {
    /// Its name: the reason of a failure.
    pub name: &'static str,
    /// What must hold, in a sentence.
    pub promise: &'static str,
    /// What in a run breaks the promise; nothing when it is kept.
    pub judge: fn(&Outcome) -> Vec<String>,
}

/// Every oracle. A run that broke off is judged by the first alone: what was not done by then says nothing.
pub const ORACLES: &[Oracle] = &[
    Oracle {
        name: ended::RUNS_THROUGH,
        promise: "a run comes to its end: no node fails, panics or refuses a step",
        judge: ended::runs_through,
    },
    Oracle {
        name: "expectations",
        promise: "every check and expectation of the plan holds, every variant ends alike",
        judge: ended::expectations,
    },
    Oracle { name: "gapless", promise: "the events of a stream are numbered 1, 2, 3 and so on", judge: effects::gapless },
    Oracle {
        name: "acknowledged-is-accepted",
        promise: "a receipt states the instant at which the recipient accepted the message",
        judge: effects::acknowledged_is_accepted,
    },
    Oracle { name: "one-effect", promise: "a message has its effect once", judge: effects::one_effect },
    Oracle {
        name: "caused",
        promise: "a message is sent by a stream that has an event, and answers only what was accepted",
        judge: causes::caused,
    },
    Oracle {
        name: "sent-once",
        promise: "a message is not sent again after its receipt, unless its sender crashed",
        judge: causes::sent_once,
    },
    Oracle { name: "answer-or-lapse", promise: "a Frist is met or lapsed, never both", judge: fristen::answer_or_lapse },
    Oracle {
        name: "in-time-or-fired",
        promise: "what a Frist asks for is there in time, or the Frist fires; none stands past its instant",
        judge: fristen::in_time_or_fired,
    },
    Oracle {
        name: "fires-on-time",
        promise: "a Frist fires at its instant, or as soon as its node is back",
        judge: fristen::fired_on_time,
    },
    Oracle {
        name: "due-by-law",
        promise: "a clock starts with a receipt, and a Frist is due when a second opinion on calendar and rules says so",
        judge: law::due_by_law,
    },
    Oracle {
        name: "silence-is-silence",
        promise: "who answered by the last instant of a Frist is not taken for silent",
        judge: law::silence_is_silence,
    },
    Oracle {
        name: "refused-is-not-received",
        promise: "what was refused with CONTRL was never received: no clock of it runs on",
        judge: law::refused_is_not_received,
    },
    Oracle {
        name: "dead-letters-explained",
        promise: "what a party of the market sends is understood: only what the plan puts on the wire becomes a dead letter",
        judge: letters::explained,
    },
    Oracle {
        name: "patient",
        promise: "a message is tried until its horizon, or until it is refused for good, and then no more",
        judge: letters::patient,
    },
    Oracle { name: "prompt", promise: "no message waits because of a partner that is not its own", judge: lanes::prompt },
    Oracle {
        name: "one-holder",
        promise: "one living process holds a business key, and one that ended turns nobody away",
        judge: holders::one_lives,
    },
    Oracle {
        name: "counts-add-up",
        promise: "what arrives is accepted once or a duplicate; what is accepted is settled; what is not delivered is queued or a dead letter",
        judge: counts::add_up,
    },
    Oracle {
        name: "liveness",
        promise: "when faults stop, every process ends or waits for a Frist, and every outbox drains",
        judge: liveness::stuck,
    },
];

/// Everything that does not hold in a run.
#[must_use]
pub fn judge(outcome: &Outcome) -> Vec<Failure> {
    let list = if outcome.failure.is_some() { ORACLES.get(..1).unwrap_or(ORACLES) } else { ORACLES };
    let told = |oracle: &Oracle| -> Vec<Failure> {
        (oracle.judge)(outcome).into_iter().take(TOLD).map(|detail| Failure::new(oracle.name, detail)).collect()
    };
    list.iter().flat_map(told).collect()
}
