//! ES-RED: where a page begins and ends.

use mako_engine::Timestamp;

use crate::material::{happened, inbox_key, key, stream, tenant};
use crate::violation::same;
use crate::{StoreContext, Violation};

/// ES-RED-01.
///
/// # Errors
/// [`Violation`] when reading begins at another place.
pub async fn after_is_exclusive(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    for name in ["a", "b"] {
        let commit = happened(ctx, name, 3)?;
        ctx.commit(commit).await?;
    }
    for (after, left) in [(0, 3), (1, 2), (3, 0), (9, 0), (u64::MAX, 0)] {
        let read = ctx.store()?.read_stream(&tenant(), &stream("a"), after, usize::MAX).await?;
        same(&format!("events after version {after}"), left, read.len())?;
        same("the first of them", (left > 0).then_some(after.saturating_add(1)), read.first().map(|event| event.version))?;
    }
    for (after, left) in [(0, 6), (4, 2), (6, 0), (u64::MAX, 0)] {
        let read = ctx.store()?.read_all(after, usize::MAX).await?;
        same(&format!("events after position {after}"), left, read.len())?;
    }
    Ok(())
}

/// ES-RED-02.
///
/// # Errors
/// [`Violation`] when there is something, or an error, where nothing was written.
pub async fn unknown_is_empty(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let (store, tenant) = (ctx.store()?, tenant());
    same("events of an unknown stream", 0, store.read_stream(&tenant, &stream("never"), 0, 9).await?.len())?;
    same("events of an empty store", 0, store.read_all(0, 9).await?.len())?;
    same("deadlines of an unknown stream", 0, store.deadlines_of(&tenant, &stream("never")).await?.len())?;
    same("due deadlines", 0, store.deadlines_due(Timestamp::MAX, 9).await?.rows.len())?;
    same("due messages", 0, store.outbox_due(Timestamp::MAX, 9).await?.rows.len())?;
    same("an unknown process", None, store.process(&tenant, &stream("never")).await?)?;
    same("processes", 0, store.processes(&tenant).await?.len())?;
    same("correlated processes", 0, store.correlated(&tenant, &"never".into()).await?.len())?;
    same("the holder of an unknown key", None, store.holder(&tenant, &key("never")).await?)?;
    same("an unknown message", None, store.inbox_entry(&inbox_key("never")).await?)?;
    same("its bytes", None, store.inbox_payload(&inbox_key("never")).await?)?;
    same("pending messages", 0, store.inbox_pending(9).await?.rows.len())?;
    same("dead letters", 0, store.dead_letters().await?.rows.len())
}

/// ES-RED-06.
///
/// # Errors
/// [`Violation`] when pages overlap, leave a gap or are too long.
pub async fn pages_join(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    for events in [4, 3] {
        let commit = happened(ctx, "s", events)?;
        ctx.commit(commit).await?;
    }
    for limit in [0, 1, 2, 3, 7, 8] {
        let (mut versions, mut positions) = (Vec::new(), Vec::new());
        // A page of no event is no step, so ask for it once.
        for _ in 0..=7 / limit.max(1) {
            let after = versions.last().copied().unwrap_or(0);
            let page = ctx.store()?.read_stream(&tenant(), &stream("s"), after, limit).await?;
            same(&format!("a page of at most {limit} has"), page.len().min(limit), page.len())?;
            versions.extend(page.iter().map(|event| event.version));
            let after = positions.last().copied().unwrap_or(0);
            let page = ctx.store()?.read_all(after, limit).await?;
            same(&format!("a page of at most {limit} of all has"), page.len().min(limit), page.len())?;
            positions.extend(page.iter().map(|event| event.position));
        }
        let all: Vec<u64> = if limit == 0 { Vec::new() } else { (1..=7).collect() };
        same(&format!("versions in pages of {limit}"), &all, &versions)?;
        same(&format!("positions in pages of {limit}"), &all, &positions)?;
    }
    Ok(())
}
