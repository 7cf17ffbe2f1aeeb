//! What a commit does to read models: rows and checkpoint together, one version in place of another, and rows that nobody reads any more.

use super::super::StoreError;
use super::super::backend::Backend;
use super::group::{Group, Writes};
use crate::commit::{Commit, CommitError};
use crate::projection::{self, TakeOver, ViewName};

/// How many rows of a view that was replaced go in one commit: whoever commits beside it does not wait long.
const ROWS_PER_DROP: usize = 1_024;

/// The rows that a projection made, and how far it came.
pub(super) fn view<B: Backend>(group: &Group<'_, B>, commit: &Commit, log_ends: u64, writes: &mut Writes) -> Result<(), CommitError> {
    let Some(update) = &commit.view else { return Ok(()) };
    if let Some(by) = serving(group, &update.view)?.filter(|by| *by > update.view.version()) {
        return Err(CommitError::ViewReplaced { view: update.view.clone(), by });
    }
    let checkpoint = update.view.checkpoint_key();
    let standing = checkpoint_of(group, &update.view)?;
    if standing != update.from {
        return Err(CommitError::ViewConflict { view: update.view.clone(), expected: update.from, actual: standing });
    }
    if !(update.from..=log_ends).contains(&update.to) {
        return Err(CommitError::ViewOutOfLog { view: update.view.clone(), from: update.from, to: update.to, log_ends });
    }
    for (key, value) in &update.rows {
        let key = update.view.row_key(key);
        match value {
            Some(value) => writes.put(key, value.clone()),
            None => writes.delete(key),
        }
    }
    writes.put(checkpoint, update.to.to_be_bytes().to_vec());
    Ok(())
}

fn checkpoint_of<B: Backend>(group: &Group<'_, B>, view: &ViewName) -> Result<u64, StoreError> {
    projection::decode_checkpoint(group.get(&view.checkpoint_key())?.as_deref())
}

/// The version of `view` that serves.
fn serving<B: Backend>(group: &Group<'_, B>, view: &ViewName) -> Result<Option<u32>, StoreError> {
    projection::decode_serving(group.get(&projection::serving_key(view.name()))?.as_deref())
}

/// A version of a view serves from now on. It has come as far as the one before it, so that nobody sees the past again.
pub(super) fn take_over<B: Backend>(group: &Group<'_, B>, commit: &Commit, writes: &mut Writes) -> Result<(), CommitError> {
    let Some(TakeOver { view, from }) = &commit.takes_over else { return Ok(()) };
    let serving = serving(group, view)?;
    if serving != *from || serving.is_some_and(|serving| serving >= view.version()) {
        return Err(CommitError::NoTakeOver { view: view.clone(), serving });
    }
    let at = checkpoint_of(group, view)?;
    let serving_at = serving.map(|version| checkpoint_of(group, &ViewName::new(view.name(), version))).transpose()?.unwrap_or(0);
    if at < serving_at {
        return Err(CommitError::ViewBehind { view: view.clone(), at, serving_at });
    }
    writes.put(projection::serving_key(view.name()), view.version().to_be_bytes().to_vec());
    Ok(())
}

/// Removes some rows of a version that was replaced, and its checkpoint with the last of them.
pub(super) fn drop_view<B: Backend>(group: &Group<'_, B>, commit: &Commit, writes: &mut Writes) -> Result<(), CommitError> {
    let Some(view) = &commit.drops_view else { return Ok(()) };
    if serving(group, view)?.is_none_or(|serving| serving <= view.version()) {
        return Err(CommitError::ViewServes { view: view.clone() });
    }
    let range = view.range(&[]);
    let floor = range.0.clone();
    let rows = group.pairs(range, &floor, ROWS_PER_DROP)?;
    if rows.len() < ROWS_PER_DROP {
        writes.delete(view.checkpoint_key());
    }
    rows.into_iter().for_each(|(key, _)| writes.delete(key));
    Ok(())
}
