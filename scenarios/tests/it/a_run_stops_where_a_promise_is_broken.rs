//! Oracles judge while the run goes on: it stops at the first thing that breaks a promise, names the instant, and its trace ends there.

use std::sync::Arc;

use async_trait::async_trait;
use mako_engine::outbox::OutboxMessage;
use mako_engine::registry::ProcessRecord;
use mako_engine::routing::Adapters;
use mako_engine::{
    Cause, Decision, EngineBuilder, EngineContext, EventPayload, Execute, FormatVersion, TimeoutDeadline, Workflow, WorkflowResult,
};
use mako_sim::application::{Application, BeginError};
use mako_sim::edifact::{MpId, TypedMessage};
use mako_sim::oracle::judge;
use mako_sim::plan::{Object, Order, Party, Plan, Verdict};
use mako_sim::run::{NetKind, Outcome, StoreKind, run};
use mako_sim::trace::What;
use serde::{Deserialize, Serialize};

use crate::plans::{anmeldung, at, market};

/// Something was counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Counted(u32);

impl EventPayload for Counted {
    const TYPES: &'static [(&'static str, u16)] = &[("Counted", 1)];

    fn event_type(&self) -> &'static str {
        "Counted"
    }
}

/// Counts the numbers of a command.
#[derive(Clone)]
struct Count(Vec<u32>);

impl From<TimeoutDeadline> for Count {
    fn from(_: TimeoutDeadline) -> Self {
        Self(Vec::new())
    }
}

/// Its state loses what it has counted when it becomes a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Forgetful {
    #[serde(skip)]
    counted: u32,
}

impl Workflow for Forgetful {
    const NAME: &'static str = "forgetful";
    const DEADLINE_LABELS: &'static [&'static str] = &[];
    type State = Self;
    type Command = Count;
    type Event = Counted;

    fn handle(_: &Self, Count(numbers): Count) -> WorkflowResult<Counted> {
        Ok(Decision { events: numbers.into_iter().map(Counted).collect(), ..Decision::nothing() })
    }

    fn apply(state: Self, Counted(number): &Counted) -> Self {
        Self { counted: state.counted + number }
    }
}

/// Whatever a party is asked for, it counts these numbers.
struct Counting(&'static [u32]);

#[async_trait]
impl Application for Counting {
    fn wire(&self, _: &Plan, _: &Party, builder: EngineBuilder) -> EngineBuilder {
        builder.format_versions(FormatVersion::LATEST..=FormatVersion::LATEST).workflow::<Forgetful>(Adapters::none())
    }
    async fn begin(&self, _: &Plan, _: &Party, engine: &EngineContext, _: &Order) -> Result<(), BeginError> {
        let execute = Execute::new(Count(self.0.to_vec()), Cause::Command("by hand".to_owned()));
        let begun = engine.spawn::<Forgetful>(FormatVersion::LATEST, execute).await;
        begun.map(drop).map_err(|error| BeginError::Impossible(error.to_string()))
    }
    fn question(&self, _: &OutboxMessage) -> String {
        String::new()
    }
    fn answer(&self, _: &Plan, _: &Party, _: &OutboxMessage, _: &Verdict) -> Result<serde_json::Value, String> {
        Err("nobody asks".to_owned())
    }
    fn word(&self, _: &str, _: Option<&str>) -> &'static str {
        ""
    }
    fn sends(&self) -> &'static [String] {
        &[]
    }
    async fn state_word(&self, _: &EngineContext, _: &ProcessRecord) -> String {
        "counting".to_owned()
    }
    fn recorded_objects(&self, _: &Plan, _: &[(MpId, MpId, &TypedMessage)]) -> Vec<Object> {
        Vec::new()
    }
    async fn begin_recorded(&self, _: &Plan, _: &Party, _: &EngineContext, _: MpId, _: &TypedMessage) -> Result<(), BeginError> {
        Ok(())
    }
    fn recorded_verdict(&self, _: &OutboxMessage, _: &TypedMessage) -> Option<Verdict> {
        None
    }
    fn possible_answers(&self, _: &str) -> &'static [&'static str] {
        &[]
    }
}

/// LFN counts `numbers` on 40 mornings.
fn counting(numbers: &'static [u32], seed: u64) -> Outcome {
    let morning = |day: i64| at("2025-12-22T08:00:00Z").plus_seconds(day * 86_400);
    let mut plan = market(seed, 2, morning(40));
    plan.steps = (0..40).map(|day| anmeldung(morning(day), 0, "2026-03-01")).collect();
    let application: Arc<dyn Application> = Arc::new(Counting(numbers));
    run(&plan, &application, StoreKind::Memory, NetKind::Memory)
}

#[test]
fn at_the_very_entry_that_breaks_it() {
    let outcome = counting(&[5, 6, 5, 7], 1);
    let violation = outcome.violation.as_ref().expect("the same event twice");
    assert_eq!(violation.failures[0].oracle, "one-effect");
    assert_eq!(violation.at, at("2025-12-22T08:00:00Z"));
    let entries = outcome.trace.entries();
    assert!(matches!(entries.last().map(|entry| &entry.what), Some(What::Event { version: 3, .. })), "{entries:#?}");
    assert_eq!(entries.len(), violation.entries);
    let told = outcome.failure.as_deref().unwrap_or_default();
    assert!(told.starts_with("stopped at 2025-12-22T09:00:00+01:00, entry ") && told.contains("one-effect"), "{told}");
    assert_eq!(judge(&outcome), violation.failures);
}

#[test]
fn after_a_commit_that_the_seed_draws_when_a_kept_state_is_not_the_replay() {
    // Two events make no snapshot, three do.
    let sound: Vec<Outcome> = (0..4).map(|seed| counting(&[1, 2], seed)).collect();
    assert!(sound.iter().all(|outcome| outcome.failure.is_none()), "{:?}", sound[0].failure);
    let days: Vec<i64> = (0..4)
        .map(|seed| {
            let outcome = counting(&[1, 2, 3], seed);
            let violation = outcome.violation.expect("a snapshot that lacks what was counted");
            assert_eq!(violation.failures[0].oracle, "live-is-replay");
            assert!(violation.failures[0].detail.contains("the state of the snapshot is Forgetful { counted: 0 }"), "{violation}");
            violation.at.ms_since(at("2025-12-22T08:00:00Z")) / 86_400_000
        })
        .collect();
    // The seed draws the commit, not the first one does.
    assert!(days.iter().any(|day| *day != days[0]), "{days:?}");
    assert_eq!(counting(&[1, 2, 3], 0).violation, counting(&[1, 2, 3], 0).violation);
}
