//! The deadline scheduler: fires every deadline at its instant or later, never earlier, once.
//!
//! The firing and everything it causes is one commit that also removes the deadline; a crash before it fires again, a crash after
//! it does not. An error while firing is retried, never forgotten. A deadline that cannot fire whatever time brings, such as one of a
//! process whose history this code cannot read, stays where it is, too, and is tried again by every engine that comes; a dead letter
//! says so, once: somebody's Frist passes, and no program can do anything about it.

use std::collections::BTreeMap;

use super::STORE_PAUSE_MS;
use crate::Timestamp;
use crate::boundary::boundary_stream;
use crate::commit::{Cause, Commit, CommitError};
use crate::dead_letter::{AuditContext, DeadLetter, DeadLetterReason};
use crate::deadline::Deadline;
use crate::driver::Driver;
use crate::engine::EngineContext;
use crate::health::{Asked, Worker};
use crate::names::{DeadlineLabel, IdempotencyKey, StreamId};
use crate::process::ExecuteError;
use crate::spans::Span;
use crate::store::Page;

/// How many due deadlines are read at once.
const BATCH: usize = 64;

/// Deadlines that could not fire, and when each is tried again.
type Stuck = BTreeMap<(StreamId, DeadlineLabel), Timestamp>;

/// Fires deadlines until the engine is stopped.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/anfrage.rs"));
/// # use std::sync::Arc;
/// # use mako_engine::routing::Adapters;
/// # use mako_engine::store::KeyedStore;
/// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
/// use mako_engine::worker::run_deadlines;
/// use mako_engine::{Cause, Clock as _, EngineBuilder, Execute, FormatVersion};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let clock = ManualClock::at("2025-12-23T15:00:00Z".parse()?);
/// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
/// # let engine = EngineBuilder::new("9900000000001".into(), store, Arc::new(clock.clone()), Arc::new(SeededIds::new(1)))
/// #     .workflow::<Anfrage>(Adapters::none())
/// #     .build()?;
/// let until = clock.now().plus_seconds(3_600);
/// let ask = Command::Ask { malo: "51238696780".into(), until };
/// let process = engine.spawn::<Anfrage>(FormatVersion::at(clock.now()), Execute::new(ask, Cause::Command("by hand".into()))).await?;
/// let mut scheduler = Box::pin(run_deadlines(engine.clone()));
///
/// // It runs until nobody has anything to do.
/// tokio::select! { biased; () = &mut scheduler => {}, () = quiet() => {} }
/// assert_eq!(process.state().await?.len(), 1, "never early");
/// clock.set(until.plus_seconds(5));
/// tokio::select! { biased; () = &mut scheduler => {}, () = quiet() => {} }
/// assert_eq!(process.state().await?.last(), Some(&Event::Lapsed), "late rather than never");
/// # Ok(())
/// # }
/// ```
pub async fn run_deadlines(context: EngineContext) {
    let worker = context.workers().begin("deadlines".to_owned(), context.clock().now());
    context.until_stopped(fire_for_ever(&context, &worker)).await;
}

async fn fire_for_ever(context: &EngineContext, worker: &Worker) {
    let mut stuck = Stuck::new();
    loop {
        worker.works(context.clock().now());
        let next = match next(context, &stuck).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "deadlines cannot be read");
                worker.failed(Asked::Look, context.clock().now(), &error);
                context.clock().sleep_until(context.clock().now().plus_ms(STORE_PAUSE_MS)).await;
                continue;
            }
        };
        worker.did(Asked::Look);
        if !stuck.values().any(|again| context.clock().now() < *again) && next.is_none_or(|at| context.clock().now() < at) {
            // What could not fire has been cancelled or moved by now, which the store must have done.
            worker.did(Asked::Act);
        }
        worker.waits(next.unwrap_or(Timestamp::MAX));
        let changed = context.deadlines_changed().notified();
        match next {
            None => changed.await,
            // Sleeps also until an instant that has come: what arrives at that instant is still in time, and the clock lets it go first.
            Some(at) => tokio::select! {
                biased;
                () = changed => {}
                () = context.clock().sleep_until(at) => fire_due(context, worker, &mut stuck).await,
            },
        }
    }
}

/// When something is to be done next: the instant of the first deadline that stands, in the past or to come.
async fn next(context: &EngineContext, stuck: &Stuck) -> Result<Option<Timestamp>, CommitError> {
    let now = context.clock().now();
    if let Some(deadline) = due(context, stuck, now).await?.first() {
        return Ok(Some(deadline.due));
    }
    // One whose pause is over and that is not due was cancelled or moved meanwhile.
    let again = stuck.values().copied().filter(|again| *again > now).min();
    Ok(context.store().deadline_next_after(now).await?.into_iter().chain(again).min())
}

/// What is due and can be tried. A store may have several tenants; the others' engines fire theirs. Those and the stuck ones keep
/// nothing behind them waiting.
async fn due(context: &EngineContext, stuck: &Stuck, now: Timestamp) -> Result<Vec<Deadline>, CommitError> {
    let mut limit = BATCH;
    loop {
        let Page { rows: mut due, unreadable } = context.store().deadlines_due(now, limit).await?;
        if !unreadable.is_empty() {
            context.set_aside(unreadable).await?;
            continue;
        }
        let is_all = due.len() < limit;
        let waits = |deadline: &Deadline| stuck.get(&(deadline.stream.clone(), deadline.label.clone())).is_some_and(|again| now < *again);
        due.retain(|deadline| deadline.tenant == *context.tenant() && !waits(deadline));
        if is_all || !due.is_empty() {
            return Ok(due);
        }
        limit *= 2;
    }
}

/// Fires what is due. One that fails keeps none of the others waiting, and is tried again after a pause.
async fn fire_due(context: &EngineContext, worker: &Worker, stuck: &mut Stuck) {
    worker.works(context.clock().now());
    let due = match due(context, stuck, context.clock().now()).await {
        Ok(due) => due,
        // Whoever looks for the next one meets the error, too, and waits.
        Err(error) => {
            worker.failed(Asked::Look, context.clock().now(), &error);
            return tracing::error!(%error, "deadlines cannot be read");
        }
    };
    let mut failure = None;
    for deadline in due {
        let place = (deadline.stream.clone(), deadline.label.clone());
        match fire(context, deadline.clone()).await {
            Ok(()) => drop(stuck.remove(&place)),
            Err(error) => {
                tracing::error!(%error, stream = %place.0, label = %place.1, "a deadline could not fire; it is tried again");
                context.metrics().did_not_fire();
                if error.is_permanent()
                    && let Err(error) = report(context, &deadline, &error).await
                {
                    tracing::error!(%error, "no dead letter for a deadline that cannot fire; that is tried again, too");
                }
                stuck.insert(place, context.clock().now().plus_ms(STORE_PAUSE_MS));
                failure = failure.or(error.is_store_failure().then_some(error));
            }
        }
    }
    match failure {
        Some(error) => worker.failed(Asked::Act, context.clock().now(), &error),
        None => worker.did(Asked::Act),
    }
}

async fn fire(context: &EngineContext, deadline: Deadline) -> Result<(), ExecuteError> {
    let fired_at = context.clock().now();
    let process = context.store().process(&deadline.tenant, &deadline.stream).await?;
    let workflow = process.map_or_else(|| "(none was ever started)".to_owned(), |record| record.identity.workflow);
    let Some(driver) = context.driver(&workflow) else {
        return Err(ExecuteError::Undriven { stream: deadline.stream, workflow });
    };
    let due = deadline.due;
    let span = Span::firing(&workflow, &deadline, fired_at);
    let fired = span.around(fire_by(context, &*driver, deadline, fired_at)).await;
    match fired {
        Ok(()) => {
            context.metrics().fired(&workflow, due, fired_at);
            Ok(())
        }
        // Cancelled or moved between reading and firing: there is nothing to fire.
        Err(ExecuteError::Commit(CommitError::DeadlineGone { .. })) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Writes the dead letter of a deadline that cannot fire, unless it was written before: its name says for which deadline it is.
async fn report(context: &EngineContext, deadline: &Deadline, error: &ExecuteError) -> Result<(), CommitError> {
    let Deadline { tenant, stream, label, due, .. } = deadline;
    let about = format!("deadline {label} of {stream}, due {due}");
    let audit = AuditContext::at(context.clock().now()).tenant(tenant.clone()).process(stream.clone());
    let reason = DeadLetterReason::ProcessingError { detail: format!("it cannot fire: {error}"), audit: audit.into() };
    let cause = Cause::Deadline(label.clone());
    let mut commit = Commit::new(tenant.clone(), boundary_stream(), context.clock().now(), cause);
    commit.idempotency_key = Some(IdempotencyKey::new(format!("cannot fire/{}", about)));
    commit.dead_letters.push(DeadLetter { reason, about });
    match context.commit(commit).await {
        Ok(_) | Err(CommitError::AlreadyExecuted { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn fire_by(context: &EngineContext, driver: &dyn Driver, deadline: Deadline, fired_at: Timestamp) -> Result<(), ExecuteError> {
    match driver.timeout(context, deadline.clone(), fired_at).await {
        Err(ExecuteError::Rejected(rejection)) => {
            tracing::warn!(%rejection, label = %deadline.label, stream = %deadline.stream, "a deadline meant nothing to its process");
            let mut commit = Commit::new(deadline.tenant, deadline.stream, fired_at, Cause::Deadline(deadline.label.clone()));
            commit.deadline_fired = Some((deadline.label, deadline.due));
            context.commit(commit).await.map(drop).map_err(ExecuteError::from)
        }
        fired => fired,
    }
}
