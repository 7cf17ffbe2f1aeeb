//! WF-FVC: a new format version in the middle of a process.

use mako_engine::snapshot::SnapshotPolicy;
use mako_engine::store::StoreError;
use mako_engine::{Cause, Commit, CommitError, FormatVersion, Workflow, WorkflowVersionPolicy};

use super::context::Effort;
use super::history::{History, Step, Timed};
use super::ledger::Shared;
use super::live::{Live, tenant};
use super::said::{differ, shown};
use super::subject::{CommandOf, StateOf, WorkflowSubject};
use super::walk::{Decided, Walk, decide};
use crate::{Violation, WorkflowContext};

/// WF-FVC-01.
///
/// # Errors
/// [`Violation`] with the command and how it is refused.
pub async fn newer_messages_are_taken<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    if S::Workflow::VERSION_POLICY == WorkflowVersionPolicy::Pinned {
        return Ok(());
    }
    ctx.for_all(Effort::Walked, async |history| {
        let Some(next) = history.rules().next() else { return Ok(()) };
        let mut walk = Walk::<S>::default();
        for taken in history.steps.iter().filter_map(|timed| walk.take(timed)) {
            let is_first = taken.before == Default::default();
            if is_first || !taken.from_outside || !taken.lands {
                continue;
            }
            let newer = S::in_version(taken.command.clone(), next);
            let found = decide::<S>(&taken.before, newer);
            if !matches!(found, Decided::Done(_)) {
                let (command, rules) = (shown(&taken.command), history.rules());
                return Err(Violation::new(format!("command: {command}\n  in {rules}: taken\n  in {next}: {}", shown(&found))).todo(
                    "take it in, with an adapter for the new version where it reads differently; or say VERSION_POLICY = Pinned, \
                     if a process must not be answered in another version",
                ));
            }
        }
        Ok(())
    })
    .await
}

/// WF-FVC-02.
///
/// # Errors
/// [`Violation`] with the step and both ends.
pub async fn at_every_step<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    cut_over(ctx, false).await
}

/// WF-FVC-03.
///
/// # Errors
/// As [`at_every_step`].
pub async fn without_snapshots<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    cut_over(ctx, true).await
}

async fn cut_over<S: WorkflowSubject>(ctx: &WorkflowContext<S>, deletes_snapshots: bool) -> Result<(), Violation> {
    ctx.for_all(Effort::RunOften, async |history| {
        let Some(next) = history.rules().next() else { return Ok(()) };
        let expected = ended(ctx, history, None, deletes_snapshots).await?;
        // In front of the first step there is no process that could be cut over.
        for step in 1..=history.steps.len() {
            let found = ended(ctx, history, Some((step, next)), deletes_snapshots).await?;
            if found != expected {
                let name = format!("with the cutover to {next} after step {step}");
                return Err(differ(("without a cutover", &expected), (&name, &found)).todo(
                    "let the process keep the rules of its start: put what depends on the version into its first event, and take \
                     the messages of the next version",
                ));
            }
        }
        Ok(())
    })
    .await
}

/// How a history ends when the clock passes a cutover after so many steps: its state, and what it sent to whom.
async fn ended<S: WorkflowSubject>(
    ctx: &WorkflowContext<S>,
    history: &History<CommandOf<S>>,
    cutover: Option<(usize, FormatVersion)>,
    deletes_snapshots: bool,
) -> Result<serde_json::Value, Violation> {
    let mut live = Live::<S>::open(ctx.disk(), Shared::default(), SnapshotPolicy::EveryEvents(1), history)?;
    let mut last = StateOf::<S>::default();
    for (number, timed) in history.steps.iter().enumerate() {
        let Some((after, version)) = cutover.filter(|(after, _)| number >= *after) else {
            live.take_through(number, timed).await?.keep(&mut last);
            continue;
        };
        if number == after {
            if deletes_snapshots {
                // The disk may fail under it: then it comes up again, and it is done anew.
                while !delete_snapshot(&live).await? {
                    live.restart()?;
                }
            }
            live.restart()?;
            live.not_before(version.valid_from());
        }
        live.take_through(number, &newer::<S>(timed, version)).await?.keep(&mut last);
    }
    let state = serde_json::to_value(last).unwrap_or_default();
    let messages: Vec<String> = live.queued().await?.into_iter().map(|(_, message)| message).collect();
    Ok(serde_json::json!({"state": state, "messages": messages}))
}

/// The same step as it comes in messages of the newer version.
fn newer<S: WorkflowSubject>(timed: &Timed<CommandOf<S>>, version: FormatVersion) -> Timed<CommandOf<S>> {
    let step = match timed.step.clone() {
        Step::Asked(command) => Step::Asked(S::in_version(command, version)),
        step @ (Step::Fires { .. } | Step::Delivered { .. } | Step::GivenUp { .. }) => step,
    };
    Timed { at: timed.at, step }
}

/// Whether it is gone; not when the disk failed meanwhile.
async fn delete_snapshot<S: WorkflowSubject>(live: &Live<S>) -> Result<bool, Violation> {
    let Some(stream) = &live.stream else { return Ok(true) };
    let mut commit = Commit::new(tenant(), stream.clone(), live.engine()?.clock().now(), Cause::Command("cutover".to_owned()));
    commit.forgets_snapshot = true;
    match live.engine()?.commit(commit).await {
        Err(CommitError::Store(StoreError::Injected(_))) => Ok(false),
        committed => Ok(committed.map(|_| true)?),
    }
}
