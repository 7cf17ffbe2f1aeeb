//! The market as the simulator's nodes know it: every process of every family, at every node.
//!
//! What a party really does follows from the messages it gets. A family lists its processes ([`Process`]); nothing else names them all.

mod by_hand;
mod process;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use mako_engine::outbox::OutboxMessage;
use mako_engine::registry::ProcessRecord;
use mako_engine::routing::{Route, RouteKey};
use mako_engine::{EngineBuilder, EngineContext};
use mako_sim::application::{Application, BeginError};
use mako_sim::edifact::{MpId, TypedMessage};
use mako_sim::plan::{Object, Order, Party, Plan, Verdict};

use crate::vorgang::{Kind, Vorgaenge, names};
use crate::{duties, geli_gas, gpke, mabis, wim, wim_gas};

pub use process::{
    DecideError, FIRST, Process, Said, adapt, day, decided, go_on, lokation, partner, received, recipient, said, start, word_of,
};

/// Every process: those of the families that are their own workflows, then all Vorgänge.
pub fn processes() -> impl Iterator<Item = &'static dyn Process> {
    let vorgaenge: &'static dyn Process = &Vorgaenge;
    let families = [gpke::PROCESSES, geli_gas::PROCESSES, wim::PROCESSES, wim_gas::PROCESSES, mabis::PROCESSES];
    families.into_iter().flatten().copied().chain([vorgaenge])
}

/// What the workflows send by AS4: their messages and the APERAK about each, for the first and for the second time.
static SENDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut all: Vec<String> = processes()
        .flat_map(|process| process.messages())
        .flat_map(|kind| names(&kind.name()).into_iter().chain([format!("APERAK {}", kind.pid)]))
        .chain(processes().flat_map(|process| process.sends()).flat_map(|name| names(&name)))
        .collect();
    all.sort();
    all.dedup();
    all
});

/// Every message and its word.
static WORDS: LazyLock<BTreeMap<(&'static str, &'static str), &'static str>> = LazyLock::new(|| {
    let messages = processes().flat_map(|process| process.messages());
    messages.map(|Kind { message_type, pid, word }| ((message_type, pid), word)).collect()
});

/// What the messages of every process do. Two processes may share an answer, or what is told beside it; which one is meant, its reference
/// says.
static ROUTES: LazyLock<Vec<(RouteKey, Route)>> = LazyLock::new(|| {
    let mut routes: Vec<(RouteKey, Route)> = Vec::new();
    let shared = [(RouteKey::of("APERAK"), Route::Continues), (RouteKey::of("CONTRL"), Route::Continues)];
    for (key, route) in processes().flat_map(|process| process.routes()).chain(shared) {
        match routes.iter_mut().find(|(known, _)| *known == key) {
            None => routes.push((key, route)),
            Some((_, known)) if *known == route => {}
            Some((_, known)) => *known = Route::Continues,
        }
    }
    routes
});

/// Every workflow of this crate at every node.
#[derive(Debug, Clone, Copy, Default)]
pub struct Market;

impl Market {
    /// The market, ready for a node.
    #[must_use]
    pub fn application() -> Arc<dyn Application> {
        Arc::new(Self)
    }
}

/// Every workflow and every route.
fn wired(plan: &Plan, builder: EngineBuilder) -> EngineBuilder {
    let builder = processes().fold(builder.format_versions(FIRST..), |builder, process| process.wire(plan, builder));
    ROUTES.iter().cloned().fold(builder, |builder, (key, route)| builder.route(key, route))
}

#[async_trait]
impl Application for Market {
    fn wire(&self, plan: &Plan, _party: &Party, builder: EngineBuilder) -> EngineBuilder {
        wired(plan, builder)
    }

    async fn begin(&self, plan: &Plan, party: &Party, engine: &EngineContext, order: &Order) -> Result<(), BeginError> {
        for process in processes() {
            if let Some(begun) = process.begin(plan, party, engine, order).await {
                return begun;
            }
        }
        Err(format!("no process here begins with {} {}", order.message_type, order.pid).into())
    }

    fn question(&self, question: &OutboxMessage) -> String {
        question.message.kind.clone()
    }

    fn answer(&self, plan: &Plan, party: &Party, question: &OutboxMessage, verdict: &Verdict) -> Result<serde_json::Value, String> {
        let unknown = || format!("the back office of {} knows no question `{}`", party.name, question.message.kind);
        processes().find_map(|process| process.answer(plan, party, question, verdict)).unwrap_or_else(|| Err(unknown()))
    }

    fn word(&self, message_type: &str, pid: Option<&str>) -> &'static str {
        WORDS.get(&(message_type, pid.unwrap_or_default())).copied().unwrap_or_default()
    }

    fn sends(&self) -> &'static [String] {
        &SENDS
    }

    async fn state_word(&self, engine: &EngineContext, process: &ProcessRecord) -> String {
        for known in processes() {
            if let Some(word) = known.state_word(engine, process).await {
                return word;
            }
        }
        process.identity.workflow.clone()
    }

    fn recorded_objects(&self, plan: &Plan, messages: &[(MpId, MpId, &TypedMessage)]) -> Vec<Object> {
        let mut objects: BTreeMap<String, Object> = BTreeMap::new();
        for (from, to, message) in messages {
            let told = processes().filter_map(|process| process.recorded_object(plan, *from, *to, message));
            for told in told {
                let name = format!("lokation{}", objects.len() + 1);
                let known = objects.entry(told.id.clone()).or_insert_with(|| Object { name, attributes: BTreeMap::new(), ..told.clone() });
                known.attributes.extend(told.attributes);
            }
        }
        objects.into_values().collect()
    }

    async fn begin_recorded(
        &self,
        plan: &Plan,
        party: &Party,
        engine: &EngineContext,
        to: MpId,
        message: &TypedMessage,
    ) -> Result<(), BeginError> {
        for process in processes() {
            if let Some(begun) = process.begin_recorded(plan, party, engine, to, message).await {
                return begun;
            }
        }
        Err("no process here begins with it".to_owned().into())
    }

    fn recorded_verdict(&self, question: &OutboxMessage, message: &TypedMessage) -> Option<Verdict> {
        processes().find_map(|process| process.recorded_verdict(question, message))
    }

    fn possible_answers(&self, pid: &str) -> &'static [&'static str] {
        duties::answers(pid)
    }
}

#[cfg(test)]
mod tests {
    use mako_engine::store::KeyedStore;
    use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
    use mako_engine::{TenantId, Timestamp};

    use super::*;
    use crate::suite;

    #[test]
    fn whatever_a_process_takes_another_sends_so_it_has_a_word_and_is_found_when_it_is_refused() {
        let plan = suite::load(&suite::home().join("gpke/lieferbeginn_happy.scenario")).unwrap();
        let store = Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap());
        let clock = Arc::new(ManualClock::at(Timestamp::EPOCH));
        let builder = EngineBuilder::new(TenantId::new("9999000002010"), store, clock, Arc::new(SeededIds::new(1)));
        let engine = Market.wire(&plan, &plan.parties[0], builder).build().unwrap();
        let taken: Vec<(String, String)> =
            engine.router().iter().filter_map(|claim| Some((claim.on.message_type.clone(), claim.on.pid.clone()?))).collect();
        assert!(!taken.is_empty());
        for (message_type, pid) in taken {
            assert!(Market.sends().contains(&format!("{message_type} {pid}")), "{message_type} {pid} is not sent");
            assert!(Market.sends().contains(&format!("APERAK {pid}")), "APERAK {pid} is not sent");
            assert_ne!(Market.word(&message_type, Some(&pid)), "", "{message_type} {pid} has no word");
        }
    }
}
