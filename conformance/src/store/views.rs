//! PJ: read models, whose rows and checkpoint are one.

use mako_engine::projection::{ViewName, ViewUpdate};
use mako_engine::{Commit, CommitError};

use crate::material::{happened, nothing, views};
use crate::violation::{refused_as, same};
use crate::{StoreContext, Violation};

type Rows<'a> = &'a [(&'a [u8], Option<&'a [u8]>)];

fn update(view: &ViewName, from: u64, to: u64, rows: Rows<'_>) -> Commit {
    let rows = rows.iter().map(|(key, row)| (key.to_vec(), row.map(<[u8]>::to_vec))).collect();
    let mut commit = nothing("view");
    commit.view = Some(ViewUpdate { view: view.clone(), from, to, rows });
    commit
}

/// Asserts where `view` stands and what is in it.
async fn stands(ctx: &StoreContext<'_>, view: &ViewName, at: u64, rows: &[(&[u8], &[u8])]) -> Result<(), Violation> {
    let store = ctx.store()?;
    same(&format!("where {view} stands"), at, store.checkpoint(view).await?)?;
    let expected: Vec<_> = rows.iter().map(|(key, row)| (key.to_vec(), row.to_vec())).collect();
    same(&format!("the rows of {view}"), &expected, &store.view_rows(view, &[], usize::MAX).await?)?;
    for (key, row) in &expected {
        same(&format!("the row of {view} under {key:?}"), Some(row), store.view_row(view, key).await?.as_ref())?;
    }
    Ok(())
}

/// PJ-CHK-01.
///
/// # Errors
/// [`Violation`] when rows and checkpoint come apart, or an update is applied twice.
pub async fn rows_and_checkpoint_are_one(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let [one, two, other] = views();
    let events = happened(ctx, "s", 5)?;
    ctx.commit(events).await?;
    stands(ctx, &one, 0, &[]).await?;
    ctx.commit(update(&one, 0, 3, &[(b"a", Some(b"1")), (b"a\0", Some(b"")), (b"b", Some(b"2")), (b"\xff", Some(b"3"))])).await?;
    let first: [(&[u8], &[u8]); 4] = [(b"a", b"1"), (b"a\0", b""), (b"b", b"2"), (b"\xff", b"3")];
    stands(ctx, &one, 3, &first).await?;
    // The same again, from behind, and from beyond: whoever comes second has nothing to add.
    for from in [0, 2, 4] {
        let again = update(&one, from, 5, &[(b"a", Some(b"twice")), (b"c", Some(b"4"))]);
        refused_as!(ctx.refuse(again).await?, CommitError::ViewConflict { expected, actual: 3, .. } if expected == from)?;
    }
    ctx.commit(update(&one, 3, 5, &[(b"a", Some(b"5")), (b"b", None), (b"never", None)])).await?;
    let second: [(&[u8], &[u8]); 3] = [(b"a", b"5"), (b"a\0", b""), (b"\xff", b"3")];
    stands(ctx, &one, 5, &second).await?;
    // A new version is built beside the old one.
    ctx.commit(update(&two, 0, 1, &[(b"a", Some(b"6"))])).await?;
    stands(ctx, &two, 1, &[(b"a", b"6")]).await?;
    stands(ctx, &one, 5, &second).await?;
    stands(ctx, &other, 0, &[]).await?;
    let keys = |rows: Vec<(Vec<u8>, Vec<u8>)>| rows.into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    let store = ctx.store()?;
    for (prefix, limit, expected) in [
        (&b"a"[..], 9, vec![b"a".to_vec(), b"a\0".to_vec()]),
        (b"a", 1, vec![b"a".to_vec()]),
        (b"", 2, vec![b"a".to_vec(), b"a\0".to_vec()]),
        (b"\xff", 9, vec![b"\xff".to_vec()]),
        (b"b", 9, Vec::new()),
        (b"", 0, Vec::new()),
    ] {
        same(&format!("{limit} rows under {prefix:?}"), expected, keys(store.view_rows(&one, prefix, limit).await?))?;
    }
    Ok(())
}

/// PJ-LOG-01.
///
/// # Errors
/// [`Violation`] when a view stands where the log does not reach.
pub async fn stands_inside_the_log(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let [view, ..] = views();
    let events = happened(ctx, "s", 3)?;
    ctx.commit(events).await?;
    let beyond = update(&view, 0, 4, &[(b"a", Some(b"1"))]);
    refused_as!(ctx.refuse(beyond).await?, CommitError::ViewOutOfLog { from: 0, to: 4, log_ends: 3, .. })?;
    ctx.commit(update(&view, 0, 3, &[])).await?;
    refused_as!(ctx.refuse(update(&view, 3, 2, &[])).await?, CommitError::ViewOutOfLog { from: 3, to: 2, .. })?;
    stands(ctx, &view, 3, &[]).await
}
