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

/// How many due deadlines are read at once.
const BATCH: usize = 64;

/// Fires deadlines for ever.
pub async fn run_deadlines(context: EngineContext) {
    // How many stayed in front the last time: those of other tenants, whose engines fire them, and those that could not fire.
    // What is due behind them must not wait for them.
    let mut in_front = 0;
    loop {
        let now = context.clock().now();
        let limit = BATCH + in_front;
        let mut due = match context.store().deadlines_due(now, limit).await {
            Ok(due) => due,
            Err(error) => {
                tracing::error!(%error, "deadlines cannot be read");
                context.clock().sleep_until(now.plus_ms(STORE_PAUSE_MS)).await;
                continue;
            }
        };
        let is_full = due.len() == limit;
        let foreign = due.extract_if(.., |deadline| deadline.tenant != *context.tenant()).count();
        in_front = foreign;
        if due.is_empty() && !is_full {
            wait(&context, now).await;
            continue;
        }
        for deadline in due {
            if let Err(error) = fire(&context, deadline.clone()).await {
                tracing::error!(%error, label = %deadline.label, stream = %deadline.stream, "a deadline could not fire; it is tried again");
                in_front += 1;
            }
        }
        if in_front > foreign {
            context.clock().sleep_until(context.clock().now().plus_ms(STORE_PAUSE_MS)).await;
        }
    }
}

/// Waits until the next deadline is due or a commit changed one. `now` is the instant up to which nothing was due; a later one
/// would pass over what came due in between.
async fn wait(context: &EngineContext, now: Timestamp) {
    let next = context.store().deadline_next_after(now).await.unwrap_or(Some(now.plus_ms(STORE_PAUSE_MS)));
    let changed = context.deadlines_changed().notified();
    match next {
        None => changed.await,
        Some(at) => tokio::select! {
            biased;
            () = changed => {}
            () = context.clock().sleep_until(at) => {}
        },
    }
}

async fn fire(context: &EngineContext, deadline: Deadline) -> Result<(), ExecuteError> {
    let fired_at = context.clock().now();
    let process = context.store().process(&deadline.tenant, &deadline.stream).await?;
    let driver = process.as_ref().and_then(|record| context.driver(&record.identity.workflow));
    let Some(driver) = driver else {
        return Err(CommitError::Store(crate::store::StoreError::Undecodable {
            what: "deadline",
            detail: format!("{} belongs to no workflow of this engine", deadline.stream),
        })
        .into());
    };
    let fired = match driver.timeout(context, deadline.clone(), fired_at).await {
        Err(ExecuteError::Rejected(rejection)) => {
            tracing::warn!(%rejection, label = %deadline.label, stream = %deadline.stream, "a deadline meant nothing to its process");
            let mut commit = Commit::new(deadline.tenant, deadline.stream, fired_at, Cause::Deadline(deadline.label.clone()));
            commit.deadline_fired = Some((deadline.label, deadline.due));
            context.commit(commit).await.map(drop).map_err(ExecuteError::from)
        }
        fired => fired,
    };
    match fired {
        // Cancelled or moved between reading and firing: there is nothing to fire.
        Err(ExecuteError::Commit(CommitError::DeadlineGone { .. })) => Ok(()),
        fired => fired,
    }
}
