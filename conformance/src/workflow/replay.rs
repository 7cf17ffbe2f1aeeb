//! WF-RPL: the state is the replay.

use mako_engine::EventPayload as _;
use mako_engine::snapshot::SnapshotPolicy;
use mako_engine::store::Payload;

use super::context::Effort;
use super::ledger::Shared;
use super::live::{Became, Live};
use super::reader::{Stored, written};
use super::said::{differ, differ_in_words, shown};
use super::subject::{EventOf, StateOf, WorkflowSubject};
use super::walk::{Decided, Walk};
use crate::{Violation, WorkflowContext};

const FROM_EVENTS: &str =
    "let the state follow from the events alone: what `handle` knows must be in an event, what `apply` adds must be in its arguments";

/// WF-RPL-01.
///
/// # Errors
/// [`Violation`] with both states.
pub async fn live_is_replayed<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::Run, async |history| {
        let mut live = Live::<S>::open(ctx.disk(), Shared::default(), SnapshotPolicy::Never, history)?;
        for (number, timed) in history.steps.iter().enumerate() {
            if let Became::State(state) = live.take_through(number, timed).await? {
                let replayed = live.replayed().await?;
                if state != replayed {
                    return Err(differ(("live state", &state), ("replayed state", &replayed)).todo(FROM_EVENTS));
                }
            }
        }
        Ok(())
    })
    .await
}

/// An event as it is stored.
pub(super) fn stored<S: WorkflowSubject>(event: &EventOf<S>) -> Result<Stored, Violation> {
    let name = event.event_type();
    let version = EventOf::<S>::TYPES.iter().find(|(listed, _)| *listed == name).map_or(1, |(_, version)| *version);
    let payload = Payload::encode(event).map_err(|error| {
        Violation::new(format!("event: {}\n  expected: its stored form | found: {error}", shown(event)))
            .todo("let the event be serialised: no key that is no text, no float that is no number")
    })?;
    Ok(Stored { name: name.to_owned(), version, payload })
}

/// WF-RPL-02.
///
/// # Errors
/// [`Violation`] with both states.
pub async fn commits_do_not_matter<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::Run, async |history| {
        let mut walk = Walk::<S>::default();
        let decided = history.steps.iter().filter_map(|timed| walk.take(timed));
        let batches = decided.filter_map(|taken| match taken.decided {
            Decided::Done(decision) if taken.lands => Some(decision.events),
            Decided::Done(_) | Decided::Rejected(_) | Decided::Panicked(_) => None,
        });
        let batches = batches.filter(|events| !events.is_empty()).map(|events| events.iter().map(stored::<S>).collect());
        let batches: Vec<Vec<Stored>> = batches.collect::<Result<_, _>>()?;
        let all: Vec<Stored> = batches.concat();
        if all.is_empty() {
            return Ok(());
        }
        let as_decided: Vec<&[Stored]> = batches.iter().map(Vec::as_slice).collect();
        let expected = state_of::<S>(&as_decided).await?;
        let one_by_one: Vec<&[Stored]> = all.chunks(1).collect();
        for (how, commits) in [("in one commit", vec![all.as_slice()]), ("in one commit each", one_by_one)] {
            let found = state_of::<S>(&commits).await?;
            if found != expected {
                return Err(differ(("in the commits of the decisions", &expected), (how, &found)).todo(FROM_EVENTS));
            }
        }
        Ok(())
    })
    .await
}

async fn state_of<S: WorkflowSubject>(commits: &[&[Stored]]) -> Result<StateOf<S>, Violation> {
    let unreadable = |error: String| Violation::new(format!("stored events cannot be read: {error}"));
    let (engine, stream) = written::<S::Workflow>(commits).await.map_err(unreadable)?;
    let process = engine.resume::<S::Workflow>(&stream).await.map_err(|error| unreadable(error.to_string()))?;
    process.state().await.map_err(|error| unreadable(error.to_string()))
}

/// WF-RPL-03.
///
/// # Errors
/// [`Violation`] with both states, or both queues.
pub async fn hot_is_cold<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::Run, async |history| {
        let mut hot = Live::<S>::open(ctx.disk(), Shared::default(), SnapshotPolicy::Never, history)?;
        let mut cold = Live::<S>::open(ctx.disk(), Shared::default(), SnapshotPolicy::Never, history)?;
        for (number, timed) in history.steps.iter().enumerate() {
            let in_memory = hot.take_through(number, timed).await?;
            cold.restart()?;
            let loaded = cold.take_through(number, timed).await?;
            match (&in_memory, &loaded) {
                (Became::State(one), Became::State(other)) if one != other => {
                    return Err(differ(("in memory", one), ("loaded anew", other)).todo(FROM_EVENTS));
                }
                (one, other) if one != other => {
                    return Err(differ_in_words(("in memory", one), ("loaded anew", other)).todo(FROM_EVENTS));
                }
                _ => {}
            }
        }
        let (one, other) = (hot.queued().await?, cold.queued().await?);
        if one == other { Ok(()) } else { Err(differ(("messages in memory", &one), ("messages loaded anew", &other)).todo(FROM_EVENTS)) }
    })
    .await
}
