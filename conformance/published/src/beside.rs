//! A conversation in their own engine and in ours, side by side: whatever is found here is the workflow's, and not the adapter's.
//!
//! Theirs is `Process` over `InMemoryEventStore`, as their own tests use it. After every step the two must have stored the same events,
//! queued the same messages for the same recipients, set the same deadlines, refused the same, and be in the same state.

use std::sync::Arc;

use mako_engine::routing::Adapters;
use mako_engine::store::KeyedStore;
use mako_engine::testing::{DiscardDeadLetters, ManualClock, MemoryBackend, SeededIds};
use mako_engine::{Cause, DeadlineLabel, EngineBuilder, EngineContext, Execute, ExecuteError, FormatVersion, Process as Ours};
use mako_engine::{TenantId, TimeoutDeadline, Timestamp};
use mako_engine_published::event_store::InMemoryEventStore;
use mako_engine_published::process::{Process as Theirs, RunOptions, RunOutcome};
use mako_engine_published::version::WorkflowId;
use mako_engine_published::workflow::Workflow as _;
use serde_json::{Value, json};

use crate::adapter::{self, Command, Names, Published};
use crate::case::{Armed, Case, Conversation, Turn};
use crate::course::course;
use crate::theirs::json as as_json;

/// What a process has come to, in words that both engines share.
#[derive(Debug, Default, PartialEq)]
struct Picture {
    events: Vec<Value>,
    messages: Vec<Value>,
    deadlines: Vec<(String, Timestamp)>,
    state: Value,
    refused: bool,
}

/// Runs `conversation` in both.
///
/// # Errors
/// The step after which they differ, and both sides.
pub fn compare<C: Case>(conversation: &Conversation, start: Timestamp) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().map_err(|error| error.to_string())?;
    runtime.block_on(both::<C>(conversation, start))
}

async fn both<C: Case>(conversation: &Conversation, start: Timestamp) -> Result<(), String> {
    let clock = ManualClock::at(start);
    let store = Arc::new(KeyedStore::open(MemoryBackend::default()).map_err(|error| error.to_string())?);
    let builder = EngineBuilder::new(TenantId::new("9900000000001"), store, Arc::new(clock.clone()), Arc::new(SeededIds::new(1)));
    let builder = builder.workflow::<Published<C>>(Adapters::none()).dead_letters(DiscardDeadLetters);
    let engine = builder.build().map_err(|error| error.to_string())?;
    let mut ours: Option<Ours<Published<C>>> = None;

    let tenant = mako_engine_published::ids::TenantId::new();
    let theirs = Theirs::<C::Workflow, _>::new(InMemoryEventStore::new(), tenant, WorkflowId::new(C::NAME, "FV2026-10-01"));
    let mut said = Picture::default();

    for (at, turn) in course::<C>(conversation, start)?.turns {
        clock.set(at);
        let refused = take_ours::<C>(&engine, &mut ours, turn, at).await?;
        let one = look::<C>(&engine, ours.as_ref(), refused).await?;
        take_theirs::<C>(&theirs, &mut said, turn, at).await?;
        said.state = as_json(&theirs.state().await.map_err(|error| error.to_string())?);
        if ours.is_some() && one != said {
            return Err(format!("after {turn:?} at {at}\n  in our engine: {one:?}\n  in theirs: {said:?}"));
        }
    }
    Ok(())
}

/// Asks our process; whether it refused.
async fn take_ours<C: Case>(
    engine: &EngineContext,
    process: &mut Option<Ours<Published<C>>>,
    turn: Turn,
    at: Timestamp,
) -> Result<bool, String> {
    let mut execute = match turn {
        Turn::Takes(what) | Turn::Refuses(what) => {
            Execute::new(Command::Ask { what: what.to_owned(), at }, Cause::Command("conversation".to_owned()))
        }
        Turn::Fires(label) => {
            let label = DeadlineLabel::new(label);
            let timeout = TimeoutDeadline { label: label.clone(), due: at, fired_at: at };
            Execute::new(timeout.into(), Cause::Deadline(label))
        }
    };
    if let Turn::Fires(label) = turn {
        execute.deadline_fired = Some((DeadlineLabel::new(label), at));
    }
    let done = match process {
        Some(process) => process.execute(execute).await.map(drop),
        None => engine.spawn::<Published<C>>(FormatVersion::at(at), execute).await.map(|began| *process = Some(began)),
    };
    match done {
        Ok(()) => Ok(false),
        Err(ExecuteError::Rejected(_)) => Ok(true),
        Err(error) => Err(format!("{turn:?}: {error}")),
    }
}

async fn look<C: Case>(engine: &EngineContext, process: Option<&Ours<Published<C>>>, refused: bool) -> Result<Picture, String> {
    let Some(process) = process else { return Ok(Picture::default()) };
    let failed = |error: &dyn std::fmt::Display| error.to_string();
    let (store, stream) = (engine.store(), &process.identity().stream);
    let events = store.read_stream(engine.tenant(), stream, 0, usize::MAX).await.map_err(|error| failed(&error))?;
    let queued = store.outbox_due(Timestamp::MAX, usize::MAX).await.map_err(|error| failed(&error))?.rows;
    let mut messages: Vec<_> = queued.into_iter().collect();
    messages.sort_by_key(|message| (message.caused_by, message.id));
    let ended = store.process(engine.tenant(), stream).await.map_err(|error| failed(&error))?.is_some_and(|record| record.ended);
    let deadlines = store.deadlines_of(engine.tenant(), stream).await.map_err(|error| failed(&error))?;
    let mut deadlines: Vec<_> = deadlines.into_iter().map(|deadline| (deadline.label.to_string(), deadline.due)).collect();
    deadlines.sort();
    let state = as_json(&process.state().await.map_err(|error| failed(&error))?);
    Ok(Picture {
        events: events.iter().map(|event| json!([event.event_type, event.schema_version, event.payload.to_json()])).collect(),
        messages: messages.iter().map(|queued| json!([queued.message.recipient, queued.message.kind, queued.message.payload])).collect(),
        // Ours ends a process that is over, and its deadlines with it; theirs lets them fire for nothing.
        deadlines: if ended { Vec::new() } else { deadlines },
        state,
        refused,
    })
}

/// Asks their process, and adds what it said to `said`.
async fn take_theirs<C: Case>(
    process: &Theirs<C::Workflow, InMemoryEventStore>,
    said: &mut Picture,
    turn: Turn,
    at: Timestamp,
) -> Result<(), String> {
    let names = Names { process: Some(process.process_id()), tenant: Some(process.tenant_id()) };
    let deadline = |label: &str, due: Timestamp| {
        let timeout = TimeoutDeadline { label: DeadlineLabel::new(label), due, fired_at: due };
        adapter::deadline::<C>(&timeout, names).map_err(|error| error.to_string())
    };
    let outcome = match turn {
        Turn::Takes(what) | Turn::Refuses(what) => {
            let command = || C::ask(what, at.to_offset()).ok_or_else(|| format!("there is no command `{what}`"));
            // What the caller arms, it arms with the command: so it must know beforehand where that leads.
            let before = process.state().await.map_err(|error| error.to_string())?;
            let after = C::Workflow::handle(&before, command()?).ok().map(|output| output.events.iter().fold(before, C::Workflow::apply));
            let armed = after.map(|after| C::arms(what, at.to_offset(), &after)).unwrap_or_default();
            let armed: Vec<_> =
                armed.into_iter().map(|Armed { label, due, .. }| deadline(label, due.into())).collect::<Result<_, String>>()?;
            process.run(command()?, RunOptions::new().deadlines(&armed)).await
        }
        Turn::Fires(label) => {
            said.deadlines.retain(|standing| *standing != (label.to_owned(), at));
            process.run_timeout(&deadline(label, at)?, RunOptions::new()).await.map(Option::unwrap_or_default)
        }
    };
    said.refused = outcome.is_err();
    let Ok(RunOutcome { events, outbox, deadlines, .. }) = outcome else { return Ok(()) };
    said.events.extend(events.iter().map(|event| json!([event.event_type, event.schema_version, event.payload])));
    let kind = |message: &mako_engine_published::outbox::OutboxMessage| match message.payload.get("pid").and_then(Value::as_u64) {
        Some(pid) => format!("{} {pid}", message.message_type),
        None => message.message_type.to_string(),
    };
    said.messages.extend(outbox.iter().map(|message| json!([message.recipient, kind(message), message.payload])));
    said.deadlines.extend(deadlines.iter().map(|deadline| (deadline.label().to_owned(), deadline.due_at().into())));
    said.deadlines.sort();
    let over = C::is_over(&process.state().await.map_err(|error| error.to_string())?);
    if over {
        said.deadlines.clear();
    }
    Ok(())
}
