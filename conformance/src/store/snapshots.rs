//! SN: states kept beside the events, which can always be done without.

use mako_engine::{Commit, CommitError, ExpectedVersion, TenantId};

use crate::material::{happened, nothing, snapshot, started, stream, tenant};
use crate::picture::Picture;
use crate::violation::{refused_as, same};
use crate::{StoreContext, Violation};

/// A commit with so many events on `s`, and a snapshot labelled `version`.
fn taking(ctx: &mut StoreContext<'_>, events: usize, version: u64) -> Result<Commit, Violation> {
    let mut commit = happened(ctx, "s", events)?;
    commit.snapshot = Some(snapshot(version)?);
    Ok(commit)
}

/// SN-SAV-01.
///
/// # Errors
/// [`Violation`] when another snapshot comes back, or one of somebody else.
pub async fn comes_back_whole(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    same("a snapshot before any", None, ctx.store()?.snapshot(&tenant(), &stream("s")).await?)?;
    for (events, version) in [(3, 3), (1, 4)] {
        let commit = taking(ctx, events, version)?;
        ctx.commit(commit).await?;
        same("the snapshot", Some(snapshot(version)?), ctx.store()?.snapshot(&tenant(), &stream("s")).await?)?;
    }
    // The state may be kept without anything happening, and stays while things go on.
    let mut again = nothing("s");
    again.snapshot = Some(snapshot(4)?);
    ctx.commit(again).await?;
    let on = happened(ctx, "s", 1)?;
    ctx.commit(on).await?;
    same("the snapshot of an earlier version", Some(snapshot(4)?), ctx.store()?.snapshot(&tenant(), &stream("s")).await?)?;
    for (tenant, stream) in [(TenantId::new("9900000000003"), stream("s")), (tenant(), stream("s/1")), (tenant(), stream(""))] {
        same("a snapshot of somebody else", None, ctx.store()?.snapshot(&tenant, &stream).await?)?;
    }
    Ok(())
}

/// SN-LBL-01.
///
/// # Errors
/// [`Violation`] when a label is taken that is not the version after the commit.
pub async fn label_is_the_version(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let right = taking(ctx, 2, 2)?;
    ctx.commit(right).await?;
    for (events, wrong) in [(1, 2), (1, 4), (1, 0), (0, 1), (0, 3)] {
        let commit = taking(ctx, events, wrong)?;
        let after = 2 + events as u64;
        refused_as!(
            ctx.refuse(commit).await?,
            CommitError::SnapshotMislabelled { labelled, actual, .. } if labelled == wrong && actual == after
        )?;
    }
    same("the snapshot", Some(snapshot(2)?), ctx.store()?.snapshot(&tenant(), &stream("s")).await?)
}

/// SN-DIS-01.
///
/// # Errors
/// [`Violation`] when something else goes with the snapshot, or the snapshot stays.
pub async fn can_be_done_without(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let start = started(ctx, "s")?;
    ctx.commit(start).await?;
    let before = Picture::take(ctx.store()?, &tenant()).await?;
    let mut take = nothing("s");
    take.snapshot = Some(snapshot(1)?);
    ctx.commit(take).await?;
    let mut forget = nothing("s");
    forget.forgets_snapshot = true;
    // Forgetting what is not there is nothing, either.
    for _ in 0..2 {
        ctx.commit(forget.clone()).await?;
        Picture::take(ctx.store()?, &tenant()).await?.must_be(&before, "after the snapshot was forgotten")?;
    }
    let mut next = taking(ctx, 1, 2)?;
    next.expected = ExpectedVersion::Exact(1);
    ctx.commit(next).await?;
    let mut end = happened(ctx, "s", 1)?;
    end.ends = true;
    ctx.commit(end).await?;
    same("the snapshot of an ended process", None, ctx.store()?.snapshot(&tenant(), &stream("s")).await?)?;
    same("its events", 3, ctx.events(&tenant(), &stream("s")).await?.len())
}
