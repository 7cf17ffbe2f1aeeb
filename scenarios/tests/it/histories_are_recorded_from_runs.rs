//! The histories of the GPKE workflows come from runs of scenarios: whatever reached a process there, in that order, from the boundary,
//! the back office, the clock and the outbox. Once recorded they are replayed for ever, by WF-HIS-01.
//!
//! `MAKO_CONFORMANCE_GOLDEN=write cargo test -p mako-scenarios --test it histories_are_recorded` adds those that are missing. To add one:
//! name the scenario in [`RECORDED`], write, read, commit. A new workflow needs its subject in [`kept`] and [`recorded`].

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use mako_conformance::workflow::CommandOf;
use mako_conformance::{WorkflowContext, WorkflowSubject, record_history};
use mako_engine::outbox::OutboxMessage;
use mako_engine::registry::ProcessRecord;
use mako_engine::{EngineBuilder, EngineContext, StreamId, Workflow};
use mako_scenarios::market::Market;
use mako_scenarios::subjects::{LieferbeginnLfaSubject, LieferbeginnLfnSubject, LieferbeginnNbSubject};
use mako_scenarios::suite;
use mako_sim::application::{Application, BeginError};
use mako_sim::edifact::{MpId, TypedMessage};
use mako_sim::plan::{Object, Order, Party, Plan, Verdict};
use mako_sim::run::{NetKind, StoreKind, run};

/// The scenarios whose runs are recorded.
const RECORDED: &[&str] = &[
    "gpke/lieferbeginn_happy",
    "gpke/lieferbeginn_lfa_silent",
    "gpke/lieferbeginn_storno_crosses_the_answer",
    "gpke/lieferbeginn_storno_before_the_answer",
    "gpke/lieferbeginn_lfa_objects",
    "gpke/lieferbeginn_lfa_asked_too_late",
    "gpke/lieferbeginn_answer_late",
    "gpke/lieferbeginn_answer_refused",
    "gpke/lieferbeginn_lead_time_missed",
    "counterparts/wrong_release",
];

type Command = Box<dyn Any + Send>;

/// What was asked of every process, in order.
#[derive(Clone, Default)]
struct Tape(Arc<Mutex<Asked>>);

/// By workflow and stream.
type Asked = BTreeMap<(String, StreamId), Vec<Command>>;

fn kept<S: WorkflowSubject>(command: &dyn Any) -> Option<Command> {
    command.downcast_ref::<CommandOf<S>>().map(|command| Box::new(command.clone()) as Command)
}

/// The market, with a tape beside it.
struct Taped {
    market: Arc<dyn Application>,
    tape: Tape,
}

#[async_trait]
impl Application for Taped {
    fn wire(&self, plan: &Plan, party: &Party, builder: EngineBuilder) -> EngineBuilder {
        let tape = self.tape.clone();
        self.market.wire(plan, party, builder).listens(move |process, command| {
            let kept = [kept::<LieferbeginnLfnSubject>, kept::<LieferbeginnNbSubject>, kept::<LieferbeginnLfaSubject>];
            if let Some(command) = kept.iter().find_map(|kept| kept(command)) {
                let mut tape = tape.0.lock().unwrap_or_else(PoisonError::into_inner);
                tape.entry((process.workflow.clone(), process.stream.clone())).or_default().push(command);
            }
        })
    }

    async fn begin(&self, plan: &Plan, party: &Party, engine: &EngineContext, order: &Order) -> Result<(), BeginError> {
        self.market.begin(plan, party, engine, order).await
    }

    fn question(&self, question: &OutboxMessage) -> String {
        self.market.question(question)
    }

    fn answer(&self, plan: &Plan, party: &Party, question: &OutboxMessage, verdict: &Verdict) -> Result<serde_json::Value, String> {
        self.market.answer(plan, party, question, verdict)
    }

    fn word(&self, message_type: &str, pid: Option<&str>) -> &'static str {
        self.market.word(message_type, pid)
    }

    fn sends(&self) -> &'static [String] {
        self.market.sends()
    }

    async fn state_word(&self, engine: &EngineContext, process: &ProcessRecord) -> String {
        self.market.state_word(engine, process).await
    }

    fn recorded_objects(&self, plan: &Plan, messages: &[(MpId, MpId, &TypedMessage)]) -> Vec<Object> {
        self.market.recorded_objects(plan, messages)
    }

    async fn begin_recorded(
        &self,
        plan: &Plan,
        party: &Party,
        engine: &EngineContext,
        to: MpId,
        message: &TypedMessage,
    ) -> Result<(), BeginError> {
        self.market.begin_recorded(plan, party, engine, to, message).await
    }

    fn recorded_verdict(&self, question: &OutboxMessage, message: &TypedMessage) -> Option<Verdict> {
        self.market.recorded_verdict(question, message)
    }

    fn possible_answers(&self, pid: &str) -> &'static [&'static str] {
        self.market.possible_answers(pid)
    }
}

/// Records what the first process of `S` on the tape was asked; answers the file that then stands there.
fn recorded<S: WorkflowSubject>(tape: &Tape, name: &str) -> Option<String> {
    let workflow = <S::Workflow as Workflow>::NAME;
    let tape = tape.0.lock().unwrap_or_else(PoisonError::into_inner);
    let (_, commands) = tape.iter().find(|((of, _), _)| of == workflow)?;
    let commands: Vec<CommandOf<S>> = commands.iter().filter_map(|one| one.downcast_ref().cloned()).collect();
    assert!(!commands.is_empty(), "{workflow} in {name}");
    record_history::<S>(&WorkflowContext::default(), name, &commands).unwrap();
    Some(format!("golden/{}/histories/{name}.json", S::NAME))
}

#[test]
fn every_run_that_is_named_stands_among_the_histories_of_its_workflows() {
    let mut files = BTreeSet::new();
    for scenario in RECORDED {
        let plan = suite::load(&suite::home().join(format!("{scenario}.scenario"))).unwrap();
        let tape = Tape::default();
        let application: Arc<dyn Application> = Arc::new(Taped { market: Market::application(), tape: tape.clone() });
        let outcome = run(&plan, &application, StoreKind::Memory, NetKind::Memory);
        assert!(outcome.passed(), "{scenario}: {:?}", outcome.failure);
        let name = scenario.replace('/', "-");
        files.extend(recorded::<LieferbeginnLfnSubject>(&tape, &name));
        files.extend(recorded::<LieferbeginnNbSubject>(&tape, &name));
        files.extend(recorded::<LieferbeginnLfaSubject>(&tape, &name));
    }
    let missing: Vec<&String> = files.iter().filter(|file| !suite::home().join(file).exists()).collect();
    assert!(missing.is_empty(), "write them with MAKO_CONFORMANCE_GOLDEN=write, read them, and commit them: {missing:?}");
    assert!(files.len() > 2 * RECORDED.len(), "an LFN and an NB in each, an LFA in some: {files:?}");
}
