//! OB: the queue of messages to deliver.

use mako_engine::commit::{NewOutboxMessage, OutboxSettlement};
use mako_engine::outbox::{OutboxCursor, OutboxMessage};
use mako_engine::{Commit, CommitError, Id, Timestamp};

use crate::material::{at, dead_letter, happened, message, nothing, stream, tenant};
use crate::violation::{refused_as, same};
use crate::{StoreContext, Violation};

/// Queues a message of `kind` at `when`.
async fn queue(ctx: &mut StoreContext<'_>, kind: &str, when: Timestamp) -> Result<NewOutboxMessage, Violation> {
    let mut commit = happened(ctx, "s", 1)?;
    commit.at = when;
    let new = message(ctx, kind);
    commit.outbox = vec![new.clone()];
    ctx.commit(commit).await?;
    Ok(new)
}

fn settling(settlement: OutboxSettlement) -> Commit {
    let mut commit = nothing("s");
    commit.settles_outbox = Some(settlement);
    commit
}

fn rescheduled(id: Id, next_try: Timestamp) -> Commit {
    settling(OutboxSettlement::Rescheduled { id, next_try, error: "no receipt".to_owned() })
}

fn ids(queued: &[OutboxMessage]) -> Vec<Id> {
    queued.iter().map(|queued| queued.id).collect()
}

/// OB-PND-01.
///
/// # Errors
/// [`Violation`] when the order is another one.
pub async fn oldest_first(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let late = queue(ctx, "late", at(20)).await?;
    let mut commit = happened(ctx, "s", 1)?;
    let (one, two) = (message(ctx, "one"), message(ctx, "two"));
    // Against the order of their ids.
    commit.outbox = vec![two.clone(), one.clone()];
    ctx.commit(commit).await?;
    let early = queue(ctx, "early", at(-20)).await?;
    let order = [early.id, one.id, two.id, late.id];
    for limit in 0..=order.len() {
        let due = ctx.store()?.outbox_due(at(20), limit).await?.rows;
        same(&format!("the first {limit}"), &order[..limit], &ids(&due)[..])?;
    }
    Ok(())
}

/// OB-PND-02.
///
/// # Errors
/// [`Violation`] when a message is due at another instant.
pub async fn never_early(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let new = queue(ctx, "m", at(0)).await?;
    ctx.commit(rescheduled(new.id, at(60))).await?;
    for (now, due) in [(at(0), 0), (at(60).plus_ms(-1), 0), (at(60), 1), (at(3600), 1), (Timestamp::MAX, 1)] {
        same(&format!("messages due at {now}"), due, ctx.store()?.outbox_due(now, 9).await?.rows.len())?;
    }
    Ok(())
}

/// OB-FED-01.
///
/// # Errors
/// [`Violation`] when a message comes twice, or not at all, or in another order.
pub async fn feed_brings_each_once(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let mut queued = Vec::new();
    for (stream, seconds) in [("late", 90), ("early", 0), ("middle", 60)] {
        let mut commit = happened(ctx, stream, 2)?;
        commit.at = at(seconds);
        commit.outbox = vec![message(ctx, "one"), message(ctx, "two")];
        queued.extend(commit.outbox.iter().map(|new| new.id));
        ctx.commit(commit).await?;
    }
    ctx.commit(rescheduled(queued[0], at(3600))).await?;
    let (mut seen, mut fed) = (OutboxCursor::START, Vec::new());
    while let Some(message) = ctx.store()?.outbox_after(seen, 1).await?.rows.pop() {
        seen = message.cursor();
        fed.push(message.id);
        if fed.len() > queued.len() {
            return Err(Violation::new(format!("the feed does not end: {fed:?}")));
        }
    }
    same("the feed, message by message", &queued, &fed)?;
    let after_second = ctx.store()?.outbox_message(queued[1]).await?.map_or(OutboxCursor::START, |message| message.cursor());
    same("the feed behind the second message", &queued[2..], &ids(&ctx.store()?.outbox_after(after_second, 9).await?.rows)[..])?;
    ctx.commit(settling(OutboxSettlement::Delivered(queued[3]))).await?;
    let left: Vec<Id> = queued.iter().copied().filter(|id| *id != queued[3]).collect();
    same("the feed after a delivery", &left, &ids(&ctx.store()?.outbox_after(OutboxCursor::START, 9).await?.rows))
}

/// OB-CAU-01.
///
/// # Errors
/// [`Violation`] when the message does not say where it comes from.
pub async fn cause_is_named(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let before = happened(ctx, "other", 3)?;
    ctx.commit(before).await?;
    let mut commit = happened(ctx, "s", 2)?;
    commit.at = at(7);
    let new = message(ctx, "m");
    commit.outbox = vec![new.clone()];
    let committed = ctx.commit(commit).await?;
    let expected = OutboxMessage {
        id: new.id,
        tenant: tenant(),
        stream: stream("s"),
        caused_by: committed.first_position,
        queued_at: at(7),
        put_back_at: None,
        next_try: at(7),
        attempts: 0,
        last_error: None,
        message: new.message,
    };
    same("the queued message", Some(&expected), ctx.store()?.outbox_message(new.id).await?.as_ref())?;
    same("the due message", Some(&expected), ctx.store()?.outbox_due(at(7), 1).await?.rows.first())?;
    let cause = ctx.store()?.read_all(expected.caused_by.saturating_sub(1), 1).await?;
    same("the stream of the event that it names", Some(stream("s")), cause.into_iter().next().map(|event| event.stream))
}

/// OB-ACK-01.
///
/// # Errors
/// [`Violation`] when a message is settled twice, or stays.
pub async fn settled_once(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let (gone, stays) = (queue(ctx, "gone", at(0)).await?, queue(ctx, "stays", at(0)).await?);
    ctx.commit(settling(OutboxSettlement::Delivered(gone.id))).await?;
    same("what is still due", vec![stays.id], ids(&ctx.store()?.outbox_due(at(99), 9).await?.rows))?;
    same("the delivered message", None, ctx.store()?.outbox_message(gone.id).await?)?;
    let never = ctx.id();
    for id in [gone.id, never] {
        for mut again in [settling(OutboxSettlement::Delivered(id)), settling(OutboxSettlement::Exhausted(id)), rescheduled(id, at(5))] {
            again.events = happened(ctx, "s", 1)?.events;
            refused_as!(ctx.refuse(again).await?, CommitError::OutboxConflict(found) if found == id)?;
        }
    }
    Ok(())
}

/// OB-RTY-01.
///
/// # Errors
/// [`Violation`] when a retry is counted or timed wrongly, or the message changed.
pub async fn retry_counts_once(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let new = queue(ctx, "m", at(0)).await?;
    // Later, and then earlier than before: no instant of an earlier try may be left.
    for (attempts, seconds) in [(1, 300), (2, 60), (3, 60), (4, 900)] {
        ctx.commit(rescheduled(new.id, at(seconds))).await?;
        let due = ctx.store()?.outbox_due(at(100_000), 9).await?.rows;
        let [queued] = due.as_slice() else { return Err(Violation::new(format!("expected one message | found {due:?}"))) };
        same("tries", attempts, queued.attempts)?;
        same("id", new.id, queued.id)?;
        same("content", &new.message, &queued.message)?;
        same("queued at", at(0), queued.queued_at)?;
        same("next try", at(seconds), queued.next_try)?;
        same("error", Some("no receipt"), queued.last_error.as_deref())?;
        same("due before", 0, ctx.store()?.outbox_due(at(seconds).plus_ms(-1), 9).await?.rows.len())?;
    }
    Ok(())
}

/// OB-RTY-02.
///
/// # Errors
/// [`Violation`] when the message is in both places or in neither.
pub async fn exhaustion_is_atomic(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let (first, second) = (queue(ctx, "one", at(0)).await?, queue(ctx, "two", at(0)).await?);
    for (number, id) in [first.id, second.id].into_iter().enumerate() {
        let mut commit = settling(OutboxSettlement::Exhausted(id));
        commit.dead_letters = vec![dead_letter(&number.to_string())];
        ctx.commit(commit.clone()).await?;
        same("the message", None, ctx.store()?.outbox_message(id).await?)?;
        refused_as!(ctx.refuse_only(commit).await?, CommitError::OutboxConflict(_))?;
        let letters = ctx.store()?.dead_letters().await?.rows;
        let expected: Vec<_> = (0..=number).map(|number| dead_letter(&number.to_string())).collect();
        same("dead letters, oldest first", expected, letters)?;
    }
    same("due messages", 0, ctx.store()?.outbox_due(at(99), 9).await?.rows.len())
}

/// OB-NEW-01.
///
/// # Errors
/// [`Violation`] when one message takes the place of another.
pub async fn standing_id_is_refused(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let standing = queue(ctx, "standing", at(0)).await?;
    let mut again = happened(ctx, "other", 1)?;
    again.outbox = vec![NewOutboxMessage { id: standing.id, ..message(ctx, "again") }];
    refused_as!(ctx.refuse(again).await?, CommitError::OutboxMessageExists(id) if id == standing.id)?;
    let one = message(ctx, "one");
    let mut twice = happened(ctx, "other", 1)?;
    twice.outbox = vec![one.clone(), NewOutboxMessage { id: one.id, ..message(ctx, "two") }];
    refused_as!(ctx.refuse(twice).await?, CommitError::OutboxMessageExists(id) if id == one.id)?;
    same("the queue", vec![standing.id], ids(&ctx.store()?.outbox_due(at(0), usize::MAX).await?.rows))?;
    ctx.commit(settling(OutboxSettlement::Delivered(standing.id))).await?;
    same("the queue after its delivery", Vec::new(), ids(&ctx.store()?.outbox_due(Timestamp::MAX, usize::MAX).await?.rows))
}
