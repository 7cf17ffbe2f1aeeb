//! Oracles: what must hold in every run of every plan, whatever the plan says.
//!
//! A scenario's expectations are about that scenario; an oracle knows nothing of a plan but what it can do to the world. [`ORACLES`] is
//! the one list; a new oracle is an entry in it. An oracle judges where it can: entry by entry while the run goes on (`watch.rs`), at
//! checkpoints that the plan's seed draws, where it may look at the living nodes (`living.rs`), or at the end, on an [`Outcome`] alone: the
//! trace, the counts, and how every party stands. A run stops at the first thing that breaks a promise, and its trace ends there.
//! What a run fails by is a [`Failure`]: the name of the oracle is the reason, and two runs fail for the same reason when [`Failure::is_like`] says so.
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
pub(crate) mod living;
mod set_aside;
pub(crate) mod watch;

use mako_engine::Timestamp;
use mako_engine::fristen::berlin;
use serde::{Deserialize, Serialize};

use crate::plan::{Action, DiskFault, Plan};
use crate::run::Outcome;
use living::Living;
use watch::{Watch, Watching};

/// Whether something is wrong with the node of `party` itself, its disk, its clock or its pace: it may do late what it has to do at once.
fn in_trouble(plan: &Plan, party: &str) -> bool {
    let of_node = |action: &Action| match action {
        // Snapshots are disposable.
        Action::Disk { fault: DiskFault::RottenSnapshots, .. } => false,
        Action::Disk { node, .. } | Action::Pause { node, .. } | Action::Clock { node, .. } | Action::Lease { node, .. } => node == party,
        _ => false,
    };
    plan.steps.iter().any(|step| of_node(&step.action))
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
    /// Whoever judges entry by entry.
    pub watch: Option<fn() -> Box<dyn Watch>>,
    /// What breaks the promise at a checkpoint.
    pub look: Option<fn(&Living<'_>) -> Option<String>>,
    /// What in a run that is over breaks the promise; nothing when it is kept.
    pub judge: Option<fn(&Outcome) -> Vec<String>>,
}

const fn watched(name: &'static str, promise: &'static str, watch: fn() -> Box<dyn Watch>) -> Oracle {
    Oracle { name, promise, watch: Some(watch), look: None, judge: None }
}

const fn looked(name: &'static str, promise: &'static str, look: fn(&Living<'_>) -> Option<String>) -> Oracle {
    Oracle { name, promise, watch: None, look: Some(look), judge: None }
}

const fn judged(name: &'static str, promise: &'static str, judge: fn(&Outcome) -> Vec<String>) -> Oracle {
    Oracle { name, promise, watch: None, look: None, judge: Some(judge) }
}

fn fresh<W: Watch + Default + 'static>() -> Box<dyn Watch> {
    Box::new(W::default())
}

/// Every oracle. A run that broke off is judged by what stopped it alone: what was not done by then says nothing.
pub const ORACLES: &[Oracle] = &[
    judged(ended::RUNS_THROUGH, "a run comes to its end: no node fails, panics or refuses a step", ended::runs_through),
    judged("expectations", "every check and expectation of the plan holds, every variant ends alike", ended::expectations),
    watched("gapless", "the events of a stream are numbered 1, 2, 3 and so on", fresh::<effects::Gapless>),
    watched(
        "acknowledged-is-accepted",
        "a receipt states the instant at which the recipient accepted the message",
        fresh::<effects::AcknowledgedIsAccepted>,
    ),
    watched("one-effect", "a message has its effect once", fresh::<effects::OneEffect>),
    watched("caused", "a message is sent by a stream that has an event, and answers only what was accepted", fresh::<causes::Caused>),
    watched("sent-once", "a message is not sent again after its receipt, unless its sender crashed", fresh::<causes::SentOnce>),
    looked(
        "live-is-replay",
        "the state that a process keeps in memory or in a snapshot is the one that its events give",
        living::live_is_replay,
    ),
    looked("told-is-stored", "a store holds what its node told: as many events, and as many dead letters", living::told_is_stored),
    Oracle {
        name: "answer-or-lapse",
        promise: "a Frist is met or lapsed, never both",
        watch: None,
        look: Some(living::answer_or_lapse),
        judge: Some(fristen::answer_or_lapse),
    },
    judged(
        "in-time-or-fired",
        "what a Frist asks for is there in time, or the Frist fires; none stands past its instant",
        fristen::in_time_or_fired,
    ),
    watched("fires-on-time", "a Frist fires at its instant, or as soon as its node is back", fresh::<fristen::FiresOnTime>),
    watched(
        "due-by-law",
        "a clock starts with a receipt, and a Frist is due when a second opinion on calendar and rules says so",
        fresh::<law::DueByLaw>,
    ),
    judged("silence-is-silence", "who answered by the last instant of a Frist is not taken for silent", law::silence_is_silence),
    watched(
        "refused-is-not-received",
        "what was refused with CONTRL was never received: no clock of it runs on",
        fresh::<law::RefusedIsNotReceived>,
    ),
    judged(
        "dead-letters-explained",
        "what a party of the market sends is understood: only what the plan puts on the wire becomes a dead letter",
        letters::explained,
    ),
    judged("set-aside", "a row that cannot be read leaves one dead letter, and nothing else is lost with it", set_aside::one_letter_each),
    judged("patient", "a message is tried until its horizon, or until it is refused for good, and then no more", letters::patient),
    watched("prompt", "no message waits because of a partner that is not its own", fresh::<lanes::Prompt>),
    watched("one-holder", "one living process holds a business key, and one that ended turns nobody away", fresh::<holders::OneHolder>),
    Oracle {
        name: "counts-add-up",
        promise: "what arrives is accepted once or a duplicate; what is accepted is settled; what is not delivered is queued or a dead letter",
        watch: Some(fresh::<counts::Arrives>),
        look: None,
        judge: Some(counts::add_up),
    },
    judged("liveness", "when faults stop, every process ends or waits for a Frist, and every outbox drains", liveness::stuck),
];

/// What stopped a run: something that breaks a promise of [`ORACLES`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Violation {
    /// When it was seen.
    pub at: Timestamp,
    /// How many entries the trace had by then; the last one shows it.
    pub entries: usize,
    /// What was seen.
    pub failures: Vec<Failure>,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let told: Vec<String> = self.failures.iter().map(ToString::to_string).collect();
        write!(f, "stopped at {}, entry {}: {}", berlin::rfc3339(self.at), self.entries, told.join("; "))
    }
}

/// Everything that does not hold in a run.
#[must_use]
pub fn judge(outcome: &Outcome) -> Vec<Failure> {
    if let Some(violation) = &outcome.violation {
        return violation.failures.clone();
    }
    let list = if outcome.failure.is_some() { ORACLES.get(..1).unwrap_or(ORACLES) } else { ORACLES };
    // Who watched the run has said so already.
    let unwatched = outcome.failure.is_none() && outcome.watched.as_deref() != Some(outcome.trace.hash().as_str());
    let mut watched = if unwatched { watch_all(outcome) } else { Vec::new() };
    let told = |oracle: &Oracle| -> Vec<Failure> {
        let at_the_end = oracle.judge.map(|judge| judge(outcome)).unwrap_or_default();
        let at_the_end = at_the_end.into_iter().map(|detail| Failure::new(oracle.name, detail));
        watched.extract_if(.., |failure| failure.oracle == oracle.name).chain(at_the_end).take(TOLD).collect()
    };
    list.iter().flat_map(told).collect()
}

/// What the watching oracles say about a trace that is read from its beginning.
fn watch_all(outcome: &Outcome) -> Vec<Failure> {
    let mut watching = Watching::default();
    outcome.trace.entries().iter().flat_map(|entry| watching.see(&outcome.plan, entry)).collect()
}
