//! A conversation at a node of the simulator: the engine on a disk that loses power, its deadlines on a virtual clock, its messages
//! delivered by the node's own worker.
//!
//! One party lives there, and is asked for one step after the other. Its messages go to its back office, which takes each: what they
//! would be on the wire, the daemon of their product knows, and that is not published as a library. So nothing goes over the simulated
//! network. A conversation is run undisturbed; with a crash at every commit, once written but not synced and torn, once synced and not
//! acknowledged; and with the cutover of October 2026, and a restart, between every two of its steps.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use mako_engine::fristen::{RulebookId, Sparte};
use mako_engine::outbox::OutboxMessage;
use mako_engine::registry::ProcessRecord;
use mako_engine::routing::Adapters;
use mako_engine::{Cause, CommitError, EngineBuilder, EngineContext, Execute, ExecuteError, FormatVersion, Timestamp};
use mako_sim::application::{Application, BeginError};
use mako_sim::edifact::{MpId, TypedMessage};
use mako_sim::plan::{Action, Behaviour, CrashPoint, Keep, Object, Order, Party, Plan, Step, Variant, Verdict};
use mako_sim::run::{NetKind, Outcome, StoreKind, run, run_with_variants};
use mako_sim::trace::What;
use serde::Serialize;

use crate::adapter::{Command, Published};
use crate::case::{Case, Conversation, Turn, called};
use crate::course::{Course, course};

/// The party.
const PARTY: &str = "Marktpartner";
/// How long a run goes on after the last step.
const AFTERWARDS_S: i64 = 7_200;
/// How finely a beginning is sought from which a cutover falls between two steps.
const GRAIN_S: i64 = 300;

/// How runs of one kind came out.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Runs {
    /// How many there were.
    pub runs: usize,
    /// How many ended as they must.
    pub alike: usize,
    /// The first that did not: which, and how.
    pub difference: Option<String>,
}

impl Runs {
    fn add(&mut self, found: Result<(), String>) {
        self.runs += 1;
        match found {
            Ok(()) => self.alike += 1,
            Err(difference) => drop(self.difference.get_or_insert(difference)),
        }
    }
}

/// How a conversation came out in the simulator.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Simulated {
    /// Undisturbed.
    pub plain: Runs,
    /// With a crash at every commit.
    pub crashes: Runs,
    /// With the cutover between every two steps.
    pub cutovers: Runs,
}

/// Runs `conversation`, from `start` on where no cutover is near.
#[must_use]
pub fn simulate<C: Case>(conversation: &Conversation, start: Timestamp) -> Simulated {
    let application: Arc<dyn Application> = Arc::new(Stage::<C>(std::marker::PhantomData));
    let mut simulated = Simulated::default();
    let plan = course::<C>(conversation, start).and_then(|course| Ok((plan::<C>(conversation, &course)?, course)));
    let (plan, expected) = match plan {
        Ok(plan) => plan,
        Err(wrong) => {
            simulated.plain.add(Err(wrong));
            return simulated;
        }
    };
    let crashing = Plan { variants: vec![Variant::CrashAtEveryCommit], ..plan };
    let outcome = run_with_variants(&crashing, &application, StoreKind::Fjall, NetKind::Memory);
    simulated.plain.add(is_as(&outcome, &expected));
    if let Some(variant) = outcome.variants.first() {
        simulated.crashes = Runs { runs: variant.runs, alike: variant.alike, difference: variant.first_difference.clone() };
    }
    for step in 1..conversation.turns.len() {
        simulated.cutovers.add(cut_over::<C>(conversation, step, &application));
    }
    simulated
}

/// Runs it so that the cutover falls in front of step number `step`, counted from 0.
fn cut_over<C: Case>(conversation: &Conversation, step: usize, application: &Arc<dyn Application>) -> Result<(), String> {
    let cutover = FormatVersion::Fv2026_10_01.valid_from();
    let falls_there = |course: &Course<C>| {
        let (before, after) = (course.turns.get(step - 1), course.turns.get(step));
        before.zip(after).is_some_and(|((before, _), (after, _))| *before < cutover && cutover < *after)
    };
    let beginnings = (1..12_000).map(|grains| cutover.plus_seconds(-grains * GRAIN_S + 60));
    let found = beginnings.filter_map(|start| course::<C>(conversation, start).ok()).find(falls_there);
    let expected = found.ok_or_else(|| format!("no beginning lets the cutover fall in front of step {}", step + 1))?;
    let mut plan = plan::<C>(conversation, &expected)?;
    let crash = Action::Crash { node: PARTY.to_owned(), point: CrashPoint::Now, keep: Keep::Synced, down_s: Some(30) };
    plan.steps.push(Step { at: cutover, line: 0, action: crash });
    plan.steps.sort_by_key(|step| step.at);
    let outcome = run(&plan, application, StoreKind::Fjall, NetKind::Memory);
    is_as(&outcome, &expected).map_err(|difference| format!("with the cutover in front of step {}: {difference}", step + 1))
}

/// Whether a run came to what the workflow comes to by itself.
fn is_as<C: Case>(outcome: &Outcome, expected: &Course<C>) -> Result<(), String> {
    if let Some(failure) = &outcome.failure {
        return Err(failure.clone());
    }
    let said: Vec<&str> = expected.events.iter().map(mako_engine::EventPayload::event_type).collect();
    let state = told::<C>(&expected.state.0, &said);
    let found: Vec<&str> = outcome.ends.iter().flat_map(|end| &end.processes).map(|process| process.state.as_str()).collect();
    if found != [state.as_str()] {
        return Err(format!("ends {found:?} instead of {state:?}"));
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for entry in outcome.trace.entries() {
        if let What::Decides { about, .. } = &entry.what {
            *taken.entry(about.clone()).or_default() += 1;
        }
    }
    let left = outcome.ends.iter().map(|end| end.outbox + end.dead_letters).sum::<usize>();
    if taken != expected.messages || left > 0 {
        return Err(format!("delivered {taken:?}, {left} left, instead of {:?}", expected.messages));
    }
    Ok(())
}

/// A state and what led to it, in a line.
fn told<C: Case>(state: &crate::case::StateOf<C>, events: &[&str]) -> String {
    format!("{} {} after {}", called::<C>(state), crate::theirs::json(state), events.join(", "))
}

fn plan<C: Case>(conversation: &Conversation, course: &Course<C>) -> Result<Plan, String> {
    let mp_id: MpId = "9999000002010".parse().map_err(|error| format!("{error}"))?;
    let party = Party { name: PARTY.to_owned(), role: C::NAME.to_owned(), mp_id, sparte: Sparte::Strom, behaviour: Behaviour::Conformant };
    let asked = course.turns.iter().enumerate().filter_map(|(number, (at, turn))| {
        let (what, how) = match turn {
            Turn::Takes(what) => (*what, "takes"),
            Turn::Refuses(what) => (*what, "refuses"),
            // The node's own worker fires it.
            Turn::Fires(_) => return None,
        };
        let details = [("at", at.to_string()), ("how", how.to_owned()), ("number", number.to_string())];
        let order = Order {
            from: PARTY.to_owned(),
            to: PARTY.to_owned(),
            message_type: C::NAME.to_owned(),
            pid: String::new(),
            word: what.to_owned(),
            objects: Vec::new(),
            details: details.map(|(key, value)| (key.to_owned(), value)).into(),
        };
        Some(Step { at: *at, line: 0, action: Action::Send(order) })
    });
    let last = course.turns.last().map_or(Timestamp::EPOCH, |(at, _)| *at);
    Ok(Plan {
        title: format!("{}: {}", C::NAME, conversation.name),
        source: C::CRATE.to_owned(),
        rulebook: RulebookId::BK6_24_174,
        seed: 1,
        parties: vec![party],
        objects: Vec::new(),
        steps: asked.collect(),
        until: last.plus_seconds(AFTERWARDS_S),
        expects: Vec::new(),
        variants: Vec::new(),
        disturbance: None,
    })
}

/// The workflow of `C` at a node.
struct Stage<C>(std::marker::PhantomData<fn() -> C>);

#[async_trait]
impl<C: Case> Application for Stage<C> {
    fn wire(&self, _plan: &Plan, _party: &Party, builder: EngineBuilder) -> EngineBuilder {
        builder.workflow::<Published<C>>(Adapters::none())
    }

    async fn begin(&self, _plan: &Plan, _party: &Party, engine: &EngineContext, order: &Order) -> Result<(), BeginError> {
        let detail = |key: &str| order.details.get(key).cloned().ok_or_else(|| format!("the order has no {key}"));
        let at: Timestamp = detail("at")?.parse().map_err(|error| format!("{error}"))?;
        let (how, number) = (detail("how")?, detail("number")?);
        let command = Command::Ask { what: order.word.clone(), at };
        // Whoever got no answer asks again, under the same name.
        let execute =
            Execute { idempotency_key: Some(number.as_str().into()), ..Execute::new(command, Cause::Command(order.word.clone())) };
        let records = engine.store().processes(engine.tenant()).await.map_err(|error| BeginError::NotNow(error.to_string()))?;
        let done = match records.into_iter().find(|record| record.identity.workflow == C::NAME) {
            Some(record) => match engine.resume::<Published<C>>(&record.identity.stream).await {
                Ok(process) => process.execute(execute).await.map(drop),
                Err(error) => Err(error),
            },
            None => engine.spawn::<Published<C>>(FormatVersion::at(at), execute).await.map(drop),
        };
        match (done, how.as_str()) {
            (Ok(()), "takes") | (Err(ExecuteError::Rejected(_)), "refuses") => Ok(()),
            (Ok(()), _) => Err(BeginError::Impossible("it is taken".to_owned())),
            (Err(error @ (ExecuteError::Store(_) | ExecuteError::Commit(CommitError::Store(_)))), _) => {
                Err(BeginError::NotNow(error.to_string()))
            }
            (Err(error), _) => Err(BeginError::Impossible(error.to_string())),
        }
    }

    fn question(&self, question: &OutboxMessage) -> String {
        question.message.kind.clone()
    }

    fn answer(&self, _: &Plan, _: &Party, _: &OutboxMessage, _: &Verdict) -> Result<serde_json::Value, String> {
        Ok(serde_json::Value::Null)
    }

    fn word(&self, _message_type: &str, _pid: Option<&str>) -> &'static str {
        ""
    }

    fn sends(&self) -> &'static [String] {
        &[]
    }

    async fn state_word(&self, engine: &EngineContext, process: &ProcessRecord) -> String {
        let stream = &process.identity.stream;
        let events = match engine.store().read_stream(engine.tenant(), stream, 0, usize::MAX).await {
            Ok(events) => events,
            Err(error) => return error.to_string(),
        };
        let said: Vec<&str> = events.iter().map(|event| event.event_type.as_str()).collect();
        let state = match engine.resume::<Published<C>>(stream).await {
            Ok(process) => process.state().await,
            Err(error) => Err(error),
        };
        state.map_or_else(|error| error.to_string(), |state| told::<C>(&state.0, &said))
    }

    fn recorded_objects(&self, _: &Plan, _: &[(MpId, MpId, &TypedMessage)]) -> Vec<Object> {
        Vec::new()
    }

    async fn begin_recorded(&self, _: &Plan, _: &Party, _: &EngineContext, _: MpId, _: &TypedMessage) -> Result<(), BeginError> {
        Err(BeginError::Impossible("their messages have no form on our wire".to_owned()))
    }

    fn recorded_verdict(&self, _: &OutboxMessage, _: &TypedMessage) -> Option<Verdict> {
        None
    }

    fn possible_answers(&self, _pid: &str) -> &'static [&'static str] {
        &[]
    }
}
