//! WF-SNP: a snapshot is never seen.

use mako_engine::snapshot::SnapshotPolicy;
use mako_engine::store::Payload;

use super::context::Effort;
use super::ledger::Shared;
use super::live::Live;
use super::said::{differ, shown};
use super::subject::{StateOf, WorkflowSubject};
use super::walk::{Walk, fold};
use crate::{Violation, WorkflowContext};

const WHOLE: &str = "store every field of the state (no #[serde(skip)]), and compute nothing while reading it";

fn stored<S: WorkflowSubject>(state: &StateOf<S>) -> Result<StateOf<S>, Violation> {
    let stored = Payload::encode(state).and_then(|payload| payload.decode());
    stored.map_err(|error| {
        Violation::new(format!("state: {}\n  expected: the same from its stored form | found: {error}", shown(state))).todo(WHOLE)
    })
}

/// WF-SNP-01.
///
/// # Errors
/// [`Violation`] with both states.
pub async fn every_prefix<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::Walked, async |history| {
        let mut walk = Walk::<S>::default();
        history.steps.iter().for_each(|timed| drop(walk.take(timed)));
        let Ok(full) = fold::<S>(StateOf::<S>::default(), &walk.events) else { return Ok(()) };
        let mut state = StateOf::<S>::default();
        for (n, event) in walk.events.iter().enumerate() {
            let Ok(next) = fold::<S>(state, std::slice::from_ref(event)) else { return Ok(()) };
            state = next;
            let tail = walk.events.get(n + 1..).unwrap_or_default();
            // A panic is WF-TOT-01's.
            let Ok(found) = fold::<S>(stored::<S>(&state)?, tail) else { return Ok(()) };
            if found != full {
                let from_snapshot = format!("from the snapshot at event {}", n + 1);
                return Err(differ(("from all events", &full), (&from_snapshot, &found)).todo(WHOLE));
            }
        }
        Ok(())
    })
    .await?;
    ctx.for_all(Effort::Run, async |history| {
        let mut live = Live::<S>::open(ctx.disk(), Shared::default(), SnapshotPolicy::EveryEvents(1), history)?;
        for (number, timed) in history.steps.iter().enumerate() {
            live.take_through(number, timed).await?;
            let Some(process) = live.process().await? else { continue };
            let found = process.state_with_snapshot().await.map_err(|error| Violation::new(error.to_string()))?;
            let replayed = live.replayed().await?;
            if found != replayed {
                return Err(differ(("from all events", &replayed), ("from the last snapshot", &found)).todo(WHOLE));
            }
        }
        Ok(())
    })
    .await
}

/// WF-SNP-02.
///
/// # Errors
/// [`Violation`] with both states.
pub async fn state_round_trip<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::Walked, async |history| {
        let mut walk = Walk::<S>::default();
        for taken in history.steps.iter().filter_map(|timed| walk.take(timed)) {
            let back = stored::<S>(&taken.after)?;
            if back != taken.after {
                return Err(differ(("state", &taken.after), ("from its stored form", &back)).todo(WHOLE));
            }
        }
        Ok(())
    })
    .await
}
