//! Stored events as today's code reads them: through a real engine, with every upcaster.
//!
//! A workflow whose state is the list of its events takes the place of the subject's, under its name; nothing of the engine is bypassed.

use std::marker::PhantomData;
use std::sync::Arc;

use mako_engine::commit::NewEvent;
use mako_engine::registry::ProcessIdentity;
use mako_engine::routing::Adapters;
use mako_engine::store::{KeyedStore, Payload};
use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
use mako_engine::{
    Cause, Commit, Decision, EngineBuilder, EngineContext, FormatVersion, StreamId, TimeoutDeadline, Timestamp, Workflow, WorkflowResult,
};

use super::live::tenant;
use super::subject::{EventOf, WorkflowSubject};

/// An event as it stands in a store.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stored {
    pub(super) name: String,
    pub(super) version: u16,
    pub(super) payload: Payload,
}

/// A command that nobody sends.
#[derive(Debug, Clone)]
struct Never;

impl From<TimeoutDeadline> for Never {
    fn from(_: TimeoutDeadline) -> Self {
        Self
    }
}

struct Reader<W>(PhantomData<fn() -> W>);

impl<W: Workflow> Workflow for Reader<W> {
    const NAME: &'static str = W::NAME;
    const DEADLINE_LABELS: &'static [&'static str] = &[];
    type State = Vec<W::Event>;
    type Command = Never;
    type Event = W::Event;

    fn handle(_: &Vec<W::Event>, _: Never) -> WorkflowResult<W::Event> {
        Ok(Decision::nothing())
    }

    fn apply(mut events: Vec<W::Event>, event: &W::Event) -> Vec<W::Event> {
        events.push(event.clone());
        events
    }
}

/// An engine for workflow `W`.
fn engine<W: Workflow>() -> Result<EngineContext, String> {
    let store = KeyedStore::open(MemoryBackend::default()).map_err(|error| error.to_string())?;
    let (clock, ids) = (ManualClock::at(Timestamp::EPOCH), SeededIds::new(1));
    let builder = EngineBuilder::new(tenant(), Arc::new(store), Arc::new(clock), Arc::new(ids));
    builder.workflow::<W>(Adapters::none()).build().map_err(|wrong| wrong.to_string())
}

/// What is wrong with the events of `S`, as the engine that is built with them says.
pub(super) fn wiring<S: WorkflowSubject>() -> Result<(), String> {
    engine::<Reader<S::Workflow>>().map(drop)
}

/// One stream with the events in commits as `commits` has them, in an engine with workflow `W`.
pub(super) async fn written<W: Workflow>(commits: &[&[Stored]]) -> Result<(EngineContext, StreamId), String> {
    let (engine, stream) = (engine::<W>()?, StreamId::new(format!("{}/recorded", W::NAME)));
    for (number, events) in commits.iter().enumerate() {
        let mut commit = Commit::new(tenant(), stream.clone(), Timestamp::EPOCH, Cause::Command("a recording".to_owned()));
        if number == 0 {
            let rules = FormatVersion::at(Timestamp::EPOCH);
            commit.starts = Some(ProcessIdentity { tenant: tenant(), stream: stream.clone(), workflow: W::NAME.to_owned(), rules });
        }
        commit.events = events
            .iter()
            .map(|Stored { name, version, payload }| NewEvent {
                id: engine.ids().next_id(),
                event_type: name.clone(),
                schema_version: *version,
                payload: payload.clone(),
            })
            .collect();
        engine.commit(commit).await.map_err(|error| error.to_string())?;
    }
    Ok((engine, stream))
}

/// The events as today's code reads them.
pub(super) async fn read<S: WorkflowSubject>(events: &[Stored]) -> Result<Vec<EventOf<S>>, String> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let (engine, stream) = written::<Reader<S::Workflow>>(&[events]).await?;
    let process = engine.resume::<Reader<S::Workflow>>(&stream).await.map_err(|error| error.to_string())?;
    process.state().await.map_err(|error| error.to_string())
}
