//! A panic in any task of a node fails the run and is named, on both networks. Turmoil alone would swallow it.

use std::sync::Arc;

use async_trait::async_trait;
use mako_engine::outbox::OutboxMessage;
use mako_engine::registry::ProcessRecord;
use mako_engine::{EngineBuilder, EngineContext};
use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::application::{Application, BeginError};
use mako_sim::edifact::{MpId, TypedMessage};
use mako_sim::plan::{Object, Order, Party, Plan, Verdict};
use mako_sim::run::{NetKind, StoreKind, run};

/// The market, but for a back office that panics.
struct Panicking(Market);

#[async_trait]
impl Application for Panicking {
    fn wire(&self, plan: &Plan, party: &Party, builder: EngineBuilder) -> EngineBuilder {
        self.0.wire(plan, party, builder)
    }
    async fn begin(&self, plan: &Plan, party: &Party, engine: &EngineContext, order: &Order) -> Result<(), BeginError> {
        self.0.begin(plan, party, engine, order).await
    }
    fn question(&self, question: &OutboxMessage) -> String {
        self.0.question(question)
    }
    fn answer(&self, _: &Plan, _: &Party, _: &OutboxMessage, _: &Verdict) -> Result<serde_json::Value, String> {
        panic!("the back office is on fire")
    }
    fn word(&self, message_type: &str, pid: Option<&str>) -> &'static str {
        self.0.word(message_type, pid)
    }
    fn sends(&self) -> &'static [String] {
        self.0.sends()
    }
    async fn state_word(&self, engine: &EngineContext, process: &ProcessRecord) -> String {
        self.0.state_word(engine, process).await
    }
    fn recorded_objects(&self, plan: &Plan, messages: &[(MpId, MpId, &TypedMessage)]) -> Vec<Object> {
        self.0.recorded_objects(plan, messages)
    }
    async fn begin_recorded(&self, p: &Plan, party: &Party, e: &EngineContext, to: MpId, m: &TypedMessage) -> Result<(), BeginError> {
        self.0.begin_recorded(p, party, e, to, m).await
    }
    fn recorded_verdict(&self, question: &OutboxMessage, message: &TypedMessage) -> Option<Verdict> {
        self.0.recorded_verdict(question, message)
    }
    fn possible_answers(&self, pid: &str) -> &'static [&'static str] {
        self.0.possible_answers(pid)
    }
}

#[test]
fn a_panic_anywhere_fails_the_run() {
    let plan = suite::load(&suite::home().join("gpke/lieferbeginn_happy.scenario")).expect("the scenario");
    let application: Arc<dyn Application> = Arc::new(Panicking(Market));
    for net in [NetKind::Turmoil, NetKind::Memory] {
        let outcome = run(&plan, &application, StoreKind::Memory, net);
        let failure = outcome.failure.clone().unwrap_or_default();
        assert!(!outcome.passed() && failure.contains("the back office is on fire"), "{net:?}: {failure}");
    }
}
