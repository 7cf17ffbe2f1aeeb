//! WF-IDM, WF-CRS: everything may be said twice, in another order, or again after a crash.

use mako_engine::snapshot::SnapshotPolicy;

use super::context::Effort;
use super::history::History;
use super::ledger::{Shared, Side};
use super::live::Live;
use super::said::{differ, shown};
use super::subject::{CommandOf, StateOf, WorkflowSubject};
use super::walk::{Decided, Walk, decide, fold};
use crate::{Violation, WorkflowContext};

/// WF-IDM-01.
///
/// # Errors
/// [`Violation`] with the command and the second message.
pub async fn no_second_message<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::Walked, async |history| {
        let mut walk = Walk::<S>::default();
        let mut said: Vec<CommandOf<S>> = Vec::new();
        for timed in &history.steps {
            if let Some(taken) = walk.take(timed)
                && taken.from_outside
                && taken.lands
                && S::recognised_by(&taken.command).is_none()
            {
                said.push(taken.command);
            }
            for command in &said {
                if let Decided::Done(decision) = decide::<S>(&walk.state, command.clone())
                    && !decision.events.is_empty()
                    && let Some(second) = decision.outbox.first()
                {
                    let (command, state) = (shown(command), shown(&walk.state));
                    return Err(Violation::new(format!(
                        "said again: {command}\n  in state: {state}\n  expected: no message | found: `{}` to {}",
                        second.kind, second.recipient
                    ))
                    .todo(
                        "let the state remember that it was said, and answer Decision::nothing() or a rejection; or name in \
                           `recognised_by` what keeps the repetition out",
                    ));
                }
            }
        }
        Ok(())
    })
    .await
}

/// WF-IDM-02.
///
/// # Errors
/// [`Violation`] with the pair and both states.
pub async fn swapped_commands<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::Walked, async |history| {
        let mut walk = Walk::<S>::default();
        let taken: Vec<_> = history.steps.iter().filter_map(|timed| walk.take(timed)).collect();
        for pair in taken.windows(2) {
            let [first, second] = pair else { continue };
            if !(first.from_outside && second.from_outside && first.lands && second.lands) {
                continue;
            }
            let step = |state, command: &CommandOf<S>| match decide::<S>(&state, command.clone()) {
                Decided::Done(decision) => fold::<S>(state, &decision.events).ok(),
                Decided::Rejected(_) | Decided::Panicked(_) => None,
            };
            let swapped = step(first.before.clone(), &second.command).and_then(|state| step(state, &first.command));
            if let Some(swapped) = swapped
                && swapped != second.after
            {
                let pair = format!("first: {}\n  second: {}", shown(&first.command), shown(&second.command));
                let violation = differ(("in this order", &second.after), ("in the other order", &swapped));
                return Err(Violation::new(format!("{pair}\n  {violation}"))
                    .todo("let the two commute, or reject the one that comes too early or too late, with a code"));
            }
        }
        Ok(())
    })
    .await
}

/// How a history ends: state, messages, deadlines, whether the process ended.
async fn end<S: WorkflowSubject>(live: &Live<S>, last: &StateOf<S>) -> Result<serde_json::Value, Violation> {
    let state = serde_json::to_value(last).unwrap_or_default();
    let store = live.engine()?.store();
    let (mut deadlines, mut ended) = (Vec::new(), None);
    if let Some(stream) = &live.stream {
        deadlines = store.deadlines_of(&super::live::tenant(), stream).await?;
        ended = store.process(&super::live::tenant(), stream).await?.map(|record| record.ended);
    }
    Ok(serde_json::json!({"state": state, "messages": live.queued().await?, "deadlines": deadlines, "ended": ended}))
}

async fn run<S: WorkflowSubject>(
    ctx: &WorkflowContext<S>,
    history: &History<CommandOf<S>>,
    ledger: Shared,
) -> Result<serde_json::Value, Violation> {
    let mut live = Live::<S>::open(ctx.disk(), ledger, SnapshotPolicy::EveryEvents(3), history)?;
    let last = live.take_all(history).await?;
    end(&live, &last).await
}

/// WF-CRS-01.
///
/// # Errors
/// [`Violation`] with the commit and both ends.
pub async fn crash_at_every_commit<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::RunOften, async |history| {
        let ledger = Shared::default();
        let expected = run(ctx, history, ledger.clone()).await?;
        for commit in 0..ledger.commits() {
            for side in [Side::Before, Side::After] {
                let found = run(ctx, history, Shared::crash_at(commit, side)).await?;
                if found != expected {
                    let place = match side {
                        Side::Before => "before",
                        Side::After => "after",
                    };
                    let crashed = format!("with a crash {place} commit {}", commit + 1);
                    return Err(differ(("without a crash", &expected), (&crashed, &found))
                        .todo("keep nothing beside the events: what the process knew before the crash is gone"));
                }
            }
        }
        Ok(())
    })
    .await
}
