//! The deadline scheduler: fires every deadline at its instant or later, never earlier, once.
//!
//! The firing and everything it causes is one commit that also removes the deadline; a crash before it fires again, a crash after
//! it does not. An error while firing is retried, never forgotten.

use super::STORE_PAUSE_MS;
use crate::Timestamp;
use crate::commit::{Cause, Commit, CommitError};
use crate::deadline::Deadline;
use crate::engine::EngineContext;
use crate::process::ExecuteError;
use crate::store::StoreError;

/// How many due deadlines are read at once.
const BATCH: usize = 64;

/// Fires deadlines for ever.
pub async fn run_deadlines(context: EngineContext) {
    loop {
        let next = match first(&context).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, "deadlines cannot be read");
                context.clock().sleep_until(context.clock().now().plus_ms(STORE_PAUSE_MS)).await;
                continue;
            }
        };
        let changed = context.deadlines_changed().notified();
        match next {
            None => changed.await,
            // Sleeps also until an instant that has come: what arrives at that instant is still in time, and the clock lets it go first.
            Some(at) => tokio::select! {
                biased;
                () = changed => {}
                () = context.clock().sleep_until(at) => fire_due(&context).await,
            },
        }
    }
}

/// The instant of the first deadline that stands, in the past or to come.
async fn first(context: &EngineContext) -> Result<Option<Timestamp>, StoreError> {
    let now = context.clock().now();
    match context.store().deadlines_due(now, 1).await?.first() {
        Some(deadline) => Ok(Some(deadline.due)),
        None => context.store().deadline_next_after(now).await,
    }
}

/// Fires what is due. One that fails keeps none of the others waiting.
async fn fire_due(context: &EngineContext) {
    let due = match context.store().deadlines_due(context.clock().now(), BATCH).await {
        Ok(due) => due,
        // Whoever looks for the first one next meets the error, too, and waits.
        Err(error) => return tracing::error!(%error, "deadlines cannot be read"),
    };
    let mut failed = false;
    for deadline in due {
        if let Err(error) = fire(context, deadline.clone()).await {
            tracing::error!(%error, label = %deadline.label, stream = %deadline.stream, "a deadline could not fire; it is tried again");
            failed = true;
        }
    }
    if failed {
        context.clock().sleep_until(context.clock().now().plus_ms(STORE_PAUSE_MS)).await;
    }
}

async fn fire(context: &EngineContext, deadline: Deadline) -> Result<(), ExecuteError> {
    let fired_at = context.clock().now();
    let process = context.store().process(&deadline.tenant, &deadline.stream).await?;
    let driver = process.as_ref().and_then(|record| context.driver(&record.identity.workflow));
    let Some(driver) = driver else {
        return Err(CommitError::Store(StoreError::Undecodable {
            what: "deadline",
            detail: format!("{} belongs to no workflow of this engine", deadline.stream),
        })
        .into());
    };
    match driver.timeout(context, deadline.clone(), fired_at).await {
        Ok(()) => Ok(()),
        // Cancelled or moved between reading and firing: there is nothing to fire.
        Err(ExecuteError::Commit(CommitError::DeadlineGone { .. })) => Ok(()),
        Err(ExecuteError::Rejected(rejection)) => {
            tracing::warn!(%rejection, label = %deadline.label, stream = %deadline.stream, "a deadline meant nothing to its process");
            let mut commit = Commit::new(deadline.tenant, deadline.stream, fired_at, Cause::Deadline(deadline.label.clone()));
            commit.deadline_fired = Some((deadline.label, deadline.due));
            context.commit(commit).await?;
            Ok(())
        }
        Err(error) => Err(error),
    }
}
