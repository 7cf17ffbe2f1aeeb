//! What an engine has done, in numbers: one instance per engine, no global.
//!
//! [`Metrics::prometheus`] writes all of them in the Prometheus text format. Names, labels and helps are stable: names are added, never
//! renamed. The labels of a family are few and known: names of workflows and workers, the first 64 channels, labels of reasons and
//! outcomes; never a partner, a process or a message. Order is the same in every run. Numbers count from the start of the engine, and
//! durations are measured by its [`Clock`](crate::Clock), so they are as virtual as that is. Counting changes nothing that an engine
//! does. Why no crate is used stands in `docs/adr/0011-metrics-by-hand.md`.

mod cells;
mod text;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::Timestamp;
use crate::commit::{Commit, CommitError};
use crate::dead_letter::DeadLetter;
use crate::health::{WorkerState, Workers};
use crate::inbox::Outcome;

pub(crate) use cells::Counter;
use cells::{Durations, Gauge};
use text::{Kind, Label, Text};

/// How many channels are told apart; further ones are counted together as `other`.
const CHANNELS: usize = 64;

/// What happened to the processes of one workflow.
#[derive(Debug, Default)]
pub(crate) struct WorkflowMetrics {
    pub(crate) executed: Counter,
    pub(crate) rejected: Counter,
    pub(crate) repeated: Counter,
    pub(crate) failed: Counter,
    pub(crate) retried: Counter,
    pub(crate) replayed_events: Counter,
    pub(crate) hot_hits: Counter,
    pub(crate) hot_misses: Counter,
    pub(crate) snapshots_taken: Counter,
    pub(crate) snapshots_passed_over: Counter,
    pub(crate) deadlines_fired: Counter,
}

/// How a try to deliver ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tried {
    Delivered,
    Unreachable,
    Transient,
    Permanent,
    Exhausted,
}

impl Tried {
    const ALL: [Self; 5] = [Self::Delivered, Self::Unreachable, Self::Transient, Self::Permanent, Self::Exhausted];

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Unreachable => "unreachable",
            Self::Transient => "transient",
            Self::Permanent => "permanent",
            Self::Exhausted => "exhausted",
        }
    }
}

/// What one engine has done, see [`EngineContext::metrics`](crate::EngineContext::metrics).
///
/// ```
/// # use std::sync::Arc;
/// # use mako_engine::store::KeyedStore;
/// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
/// # use mako_engine::{Cause, Commit, EngineBuilder, Timestamp};
/// # use mako_engine::inbox::{Accept, InboxKey};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (clock, ids) = (Arc::new(ManualClock::at(Timestamp::EPOCH)), Arc::new(SeededIds::new(1)));
/// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
/// # let engine = EngineBuilder::new("9900000000001".into(), store, clock, ids).build()?;
/// # let key = InboxKey { tenant: engine.tenant().clone(), sender: "9900000000002".into(), message_id: "1@2".into() };
/// # let mut commit = Commit::new(engine.tenant().clone(), "boundary".into(), Timestamp::EPOCH, Cause::Command("accept".into()));
/// # commit.accepts = Some(Accept { key, received_at: Timestamp::EPOCH, payload: Vec::new(), known_until: Timestamp::MAX });
/// // A commit that accepts a message, and the same message again.
/// engine.commit(commit.clone()).await?;
/// engine.commit(commit).await.unwrap_err();
///
/// let text = engine.metrics().prometheus();
/// let received: Vec<&str> = text.lines().filter(|line| line.contains("mako_received_messages_total")).collect();
/// assert_eq!(received, [
///     "# HELP mako_received_messages_total Messages at the door: accepted, or known from before.",
///     "# TYPE mako_received_messages_total counter",
///     "mako_received_messages_total{outcome=\"accepted\"} 1",
///     "mako_received_messages_total{outcome=\"repeated\"} 1",
/// ]);
/// # Ok(())
/// # }
/// ```
pub struct Metrics {
    workflows: BTreeMap<&'static str, Arc<WorkflowMetrics>>,
    workers: Arc<Workers>,
    committed: Counter,
    refused: Counter,
    store_failed: Counter,
    events: Counter,
    accepted: Counter,
    repeated: Counter,
    processed_parts: Counter,
    refused_parts: Counter,
    dead_lettered_parts: Counter,
    set_aside: Counter,
    deadline_failures: Counter,
    lateness: Durations,
    latest_ms: Gauge,
    outbox_waiting: Gauge,
    delivery_ages: Durations,
    tries: Mutex<BTreeMap<String, BTreeMap<Tried, u64>>>,
    dead_letters: Mutex<BTreeMap<&'static str, u64>>,
}

impl Metrics {
    /// Nothing has happened yet to these workflows and workers.
    pub(crate) fn new(workflows: impl Iterator<Item = &'static str>, workers: Arc<Workers>) -> Self {
        Self {
            workflows: workflows.map(|name| (name, Arc::default())).collect(),
            workers,
            committed: Counter::default(),
            refused: Counter::default(),
            store_failed: Counter::default(),
            events: Counter::default(),
            accepted: Counter::default(),
            repeated: Counter::default(),
            processed_parts: Counter::default(),
            refused_parts: Counter::default(),
            dead_lettered_parts: Counter::default(),
            set_aside: Counter::default(),
            deadline_failures: Counter::default(),
            lateness: Durations::default(),
            latest_ms: Gauge::default(),
            outbox_waiting: Gauge::default(),
            delivery_ages: Durations::default(),
            tries: Mutex::default(),
            dead_letters: Mutex::default(),
        }
    }

    pub(crate) fn workflow(&self, name: &str) -> Option<&Arc<WorkflowMetrics>> {
        self.workflows.get(name)
    }

    /// What is to be counted once `commit` is durable.
    pub(crate) fn counted(commit: &Commit) -> Counted {
        Counted {
            events: commit.events.len() as u64,
            accepts: commit.accepts.is_some(),
            settles: commit.settles_inbox.as_ref().map(|settlement| settlement.outcome),
            set_aside: commit.sets_aside.len() as u64,
        }
    }

    /// A commit is durable.
    pub(crate) fn committed(&self, counted: &Counted, letters: &[DeadLetter]) {
        self.committed.one();
        self.events.add(counted.events);
        self.accepted.add(u64::from(counted.accepts));
        self.set_aside.add(counted.set_aside);
        match counted.settles {
            None => {}
            Some(Outcome::Processed) => self.processed_parts.one(),
            Some(Outcome::Refused) => self.refused_parts.one(),
            Some(Outcome::DeadLettered) => self.dead_lettered_parts.one(),
        }
        if !letters.is_empty() {
            let mut by_label = self.dead_letters.lock().unwrap_or_else(PoisonError::into_inner);
            for letter in letters {
                *by_label.entry(letter.reason.label()).or_default() += 1;
            }
        }
    }

    /// A commit was not taken.
    pub(crate) fn not_committed(&self, error: &CommitError) {
        match error {
            CommitError::Store(_) => self.store_failed.one(),
            CommitError::AlreadyAccepted { .. } => {
                self.refused.one();
                self.repeated.one();
            }
            CommitError::Conflict { .. }
            | CommitError::AlreadyExecuted { .. }
            | CommitError::EffectWithoutEvent { .. }
            | CommitError::ProcessExists { .. }
            | CommitError::NoProcess { .. }
            | CommitError::SnapshotMislabelled { .. }
            | CommitError::ViewConflict { .. }
            | CommitError::ViewOutOfLog { .. }
            | CommitError::ViewReplaced { .. }
            | CommitError::NoTakeOver { .. }
            | CommitError::ViewBehind { .. }
            | CommitError::ViewServes { .. }
            | CommitError::NoDeadLetter { .. }
            | CommitError::PutBackBefore { .. }
            | CommitError::CannotPutBack { .. }
            | CommitError::OutboxMessageExists(_)
            | CommitError::NameTooLong { .. }
            | CommitError::Foreign { .. }
            | CommitError::InboxClaimed { .. }
            | CommitError::BusinessKeyTaken { .. }
            | CommitError::KeyGone { .. }
            | CommitError::SubjectHasKey { .. }
            | CommitError::InboxConflict { .. }
            | CommitError::OutboxConflict(_)
            | CommitError::DeadlineGone { .. } => self.refused.one(),
        }
    }

    /// A deadline of a process of `workflow` fired so late.
    pub(crate) fn fired(&self, workflow: &str, due: Timestamp, fired_at: Timestamp) {
        if let Some(workflow) = self.workflow(workflow) {
            workflow.deadlines_fired.one();
        }
        let late_ms = ms_between(due, fired_at);
        self.lateness.observe(late_ms);
        self.latest_ms.raise(late_ms);
    }

    /// A deadline could not fire, and is tried again.
    pub(crate) fn did_not_fire(&self) {
        self.deadline_failures.one();
    }

    /// So many messages are queued.
    pub(crate) fn outbox_waiting(&self, messages: usize) {
        self.outbox_waiting.set(messages as u64);
    }

    /// A message that was queued at `queued_at` has reached its recipient.
    pub(crate) fn delivered(&self, queued_at: Timestamp, now: Timestamp) {
        self.delivery_ages.observe(ms_between(queued_at, now));
    }

    /// A try to deliver by `channel` is settled.
    pub(crate) fn tried(&self, channel: &str, tried: Tried) {
        let mut channels = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        let channel = if channels.contains_key(channel) || channels.len() < CHANNELS { channel } else { "other" };
        *channels.entry(channel.to_owned()).or_default().entry(tried).or_default() += 1;
    }

    /// Everything, in the Prometheus text format 0.0.4 (`Content-Type: text/plain; version=0.0.4`).
    #[must_use]
    pub fn prometheus(&self) -> String {
        let mut text = Text::default();
        self.write_workflows(&mut text);
        self.write_deadlines(&mut text);
        self.write_commits(&mut text);
        self.write_deliveries(&mut text);
        self.write_received(&mut text);
        self.write_workers(&mut text);
        text.0
    }

    fn write_workflows(&self, text: &mut Text) {
        type Read = fn(&WorkflowMetrics) -> &Counter;
        type Family = (&'static str, &'static str, &'static [(&'static str, Read)]);
        const FAMILIES: &[Family] = &[
            (
                "mako_commands_total",
                "Commands: executed, repeated under a name that was executed before, rejected by the process, or failed for another reason.",
                &[("executed", |w| &w.executed), ("failed", |w| &w.failed), ("rejected", |w| &w.rejected), ("repeated", |w| &w.repeated)],
            ),
            ("mako_command_retries_total", "Commands decided anew because somebody else wrote first.", &[("", |w| &w.retried)]),
            ("mako_replayed_events_total", "Events folded into states.", &[("", |w| &w.replayed_events)]),
            (
                "mako_hot_states_total",
                "Commands that found a state in memory, or had to fold one.",
                &[("hit", |w| &w.hot_hits), ("miss", |w| &w.hot_misses)],
            ),
            (
                "mako_snapshots_total",
                "Snapshots taken with a commit, or passed over because this code cannot use them.",
                &[("passed_over", |w| &w.snapshots_passed_over), ("taken", |w| &w.snapshots_taken)],
            ),
            ("mako_deadlines_fired_total", "Deadlines that fired.", &[("", |w| &w.deadlines_fired)]),
        ];
        for (name, help, counters) in FAMILIES {
            text.family(Kind::Counter, name, help);
            for (workflow, metrics) in &self.workflows {
                for (outcome, counter) in *counters {
                    let labels: &[Label<'_>] = &[("workflow", workflow), ("outcome", outcome)];
                    let labels = if outcome.is_empty() { labels.get(..1).unwrap_or_default() } else { labels };
                    text.sample(name, labels, counter(metrics).get());
                }
            }
        }
    }

    fn write_deadlines(&self, text: &mut Text) {
        let failures = self.deadline_failures.get();
        text.single(Kind::Counter, "mako_deadline_failures_total", "Deadlines that could not fire and are tried again.", failures);
        self.lateness.write(text, "mako_deadline_lateness_seconds", "How long after their instants deadlines fired.");
        let latest = text::seconds(self.latest_ms.get());
        text.single(Kind::Gauge, "mako_deadline_lateness_max_seconds", "How late a deadline fired at most.", latest);
    }

    fn write_commits(&self, text: &mut Text) {
        let commits = [("committed", &self.committed), ("failed", &self.store_failed), ("refused", &self.refused)];
        by_outcome(text, "mako_commits_total", "Commits: durable, failed in the store, or refused.", &commits);
        text.single(Kind::Counter, "mako_events_total", "Events committed.", self.events.get());
        text.single(Kind::Counter, "mako_rows_set_aside_total", "Stored rows that nobody can read.", self.set_aside.get());
    }

    fn write_deliveries(&self, text: &mut Text) {
        let name = "mako_deliveries_total";
        text.family(Kind::Counter, name, "Tries to deliver, each by what it met; exhausted is the last try at the horizon.");
        for (channel, tries) in self.tries.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            for tried in Tried::ALL {
                let labels = [("channel", channel.as_str()), ("outcome", tried.label())];
                text.sample(name, &labels, tries.get(&tried).copied().unwrap_or_default());
            }
        }
        self.delivery_ages.write(text, "mako_delivery_age_seconds", "From queueing to delivery.");
        let waiting = self.outbox_waiting.get();
        text.single(Kind::Gauge, "mako_outbox_waiting", "Messages in the queue when its worker last looked.", waiting);
    }

    fn write_received(&self, text: &mut Text) {
        let messages = [("accepted", &self.accepted), ("repeated", &self.repeated)];
        by_outcome(text, "mako_received_messages_total", "Messages at the door: accepted, or known from before.", &messages);
        let parts = [("dead_lettered", &self.dead_lettered_parts), ("processed", &self.processed_parts), ("refused", &self.refused_parts)];
        by_outcome(text, "mako_received_parts_total", "Parts of received messages by how they ended.", &parts);
        let name = "mako_dead_letters_total";
        text.family(Kind::Counter, name, "Dead letters by reason.");
        for (label, count) in self.dead_letters.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            text.sample(name, &[("label", label)], count);
        }
    }

    fn write_workers(&self, text: &mut Text) {
        let name = "mako_worker_state";
        text.family(Kind::Gauge, name, "1 for the state a worker is in.");
        for (worker, state) in self.workers.health().workers {
            for label in WorkerState::LABELS {
                text.sample(name, &[("worker", &worker), ("state", label)], u8::from(label == state.label()));
            }
        }
    }
}

/// What of a commit is counted.
pub(crate) struct Counted {
    events: u64,
    accepts: bool,
    settles: Option<Outcome>,
    set_aside: u64,
}

fn by_outcome(text: &mut Text, name: &str, help: &str, counters: &[(&str, &Counter)]) {
    text.family(Kind::Counter, name, help);
    for (outcome, counter) in counters {
        text.sample(name, &[("outcome", outcome)], counter.get());
    }
}

/// Milliseconds from `from` to `to`; 0 when a clock went back.
fn ms_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.ms_since(from)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_channels_ends_in_one_label() {
        let metrics = Metrics::new(std::iter::empty(), Arc::default());
        for number in 0..1_000 {
            metrics.tried(&format!("channel {number}"), Tried::Delivered);
        }
        let text = metrics.prometheus();
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("outcome=\"delivered\"")).collect();
        assert_eq!(lines.len(), CHANNELS + 1);
        assert_eq!(lines.last(), Some(&"mako_deliveries_total{channel=\"other\",outcome=\"delivered\"} 936"));
    }
}
