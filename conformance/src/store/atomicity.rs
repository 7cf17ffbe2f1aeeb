//! ES-ATM: a commit is whole.

use mako_engine::commit::OutboxSettlement;
use mako_engine::registry::ProcessRecord;
use mako_engine::{CommitError, Id};

use crate::material::{
    accepted, at, dead_letter, deadline, first_update, happened, identity, inbox_key, key, message, nothing, settles, snapshot, started,
    stream, tenant,
};
use crate::violation::{refused_as, same};
use crate::{StoreContext, Violation};

/// ES-ATM-01.
///
/// # Errors
/// [`Violation`] when a part of the commit is missing.
pub async fn everything_lands_together(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let (inbox, next) = (inbox_key("m"), inbox_key("n"));
    let accept = accepted(ctx, &inbox)?;
    ctx.commit(accept).await?;
    let mut first = happened(ctx, "other", 1)?;
    let old = message(ctx, "old");
    first.outbox = vec![old.clone()];
    ctx.commit(first).await?;

    let mut full = happened(ctx, "s", 2)?;
    let new = message(ctx, "new");
    full.starts = Some(identity(&tenant(), "s"));
    full.outbox = vec![new.clone()];
    full.settles_outbox = Some(OutboxSettlement::Delivered(old.id));
    full.deadlines_set = vec![deadline("antwort", at(60))];
    full.claims = vec![key("malo")];
    full.correlations = vec!["vorgang".into()];
    full.accepts = accepted(ctx, &next)?.accepts;
    full.settles_inbox = Some(settles(&inbox, 0, true));
    full.snapshot = Some(snapshot(2)?);
    full.view = Some(first_update());
    full.dead_letters = vec![dead_letter("beside")];
    let began_at = ctx.commit(full).await?.first_position;

    let store = ctx.store()?;
    let record = ProcessRecord { identity: identity(&tenant(), "s"), began_at, ended: false, holds: vec![key("malo")] };
    same("events", 2, ctx.events(&tenant(), &stream("s")).await?.len())?;
    same("queued messages", vec![new.id], store.outbox_due(at(0), 9).await?.rows.iter().map(|queued| queued.id).collect::<Vec<Id>>())?;
    same("deadlines", 1, store.deadlines_of(&tenant(), &stream("s")).await?.len())?;
    same("process", Some(&record), store.process(&tenant(), &stream("s")).await?.as_ref())?;
    same("correlated processes", vec![record], store.correlated(&tenant(), &"vorgang".into()).await?)?;
    same("holder", Some(stream("s")), store.holder(&tenant(), &key("malo")).await?)?;
    same("the settled message is done", Some(true), store.inbox_entry(&inbox).await?.map(|entry| entry.done))?;
    same("the accepted message is done", Some(false), store.inbox_entry(&next).await?.map(|entry| entry.done))?;
    same("snapshot", Some(snapshot(2)?), store.snapshot(&tenant(), &stream("s")).await?)?;
    same("row of the view", Some(b"1".to_vec()), store.view_row(&first_update().view, b"row").await?)?;
    same("dead letters", vec![dead_letter("beside")], store.dead_letters().await?.rows)
}

/// ES-ATM-02.
///
/// # Errors
/// [`Violation`] when an effect is taken that no event explains.
pub async fn effect_without_event_is_refused(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let mut first = started(ctx, "s")?;
    first.deadlines_set = vec![deadline("antwort", at(60))];
    ctx.commit(first).await?;
    let mut bare: [_; 7] = std::array::from_fn(|_| nothing("s"));
    bare[0].outbox = vec![message(ctx, "bare")];
    bare[1].deadlines_set = vec![deadline("bare", at(1))];
    bare[2].deadlines_cancelled = vec!["antwort".into()];
    bare[3].claims = vec![key("bare")];
    bare[4].correlations = vec!["bare".into()];
    bare[5].ends = true;
    bare[6].stream = stream("t");
    bare[6].starts = Some(identity(&tenant(), "t"));
    for commit in bare {
        refused_as!(ctx.refuse(commit).await?, CommitError::EffectWithoutEvent { .. })?;
    }
    Ok(())
}
