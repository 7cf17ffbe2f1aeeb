//! IN: received messages, accepted once and settled once.

use mako_engine::inbox::{InboxKey, Outcome};
use mako_engine::{CommitError, ExpectedVersion, TenantId};

use crate::material::{accepted, at, happened, inbox_key, nothing, settles, stream, tenant};
use crate::violation::{refused_as, same};
use crate::{StoreContext, Violation};

async fn accept(ctx: &mut StoreContext<'_>, key: &InboxKey, seconds: i64) -> Result<(), Violation> {
    let mut commit = accepted(ctx, key)?;
    if let Some(accept) = &mut commit.accepts {
        accept.received_at = at(seconds);
    }
    ctx.commit(commit).await.map(drop)
}

async fn pending(ctx: &StoreContext<'_>) -> Result<Vec<String>, Violation> {
    Ok(ctx.store()?.inbox_pending(usize::MAX).await?.rows.into_iter().map(|entry| entry.key.message_id).collect())
}

/// IN-DUP-01.
///
/// # Errors
/// [`Violation`] when a repeated message is taken for a new one.
pub async fn repetition_is_known(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let key = inbox_key("m");
    accept(ctx, &key, 5).await?;
    for settled in [false, true] {
        if settled {
            let mut settle = happened(ctx, "s", 1)?;
            settle.settles_inbox = Some(settles(&key, 0, true));
            ctx.commit(settle).await?;
        }
        // At once, within the 72 hours of a sender's retries, and long after.
        for seconds in [5, 72 * 3600, 90 * 86_400] {
            let mut again = accepted(ctx, &key)?;
            if let Some(accept) = &mut again.accepts {
                accept.received_at = at(seconds);
            }
            refused_as!(ctx.refuse(again).await?, CommitError::AlreadyAccepted { accepted_at, .. } if accepted_at == at(5))?;
        }
    }
    Ok(())
}

/// IN-FLT-01.
///
/// # Errors
/// [`Violation`] when an accepted message is not pending, or one that is done still is.
pub async fn unsettled_is_in_flight(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let (first, second) = (inbox_key("z first"), inbox_key("a second"));
    accept(ctx, &second, 9).await?;
    accept(ctx, &first, 8).await?;
    same("pending, in order of receipt", vec!["z first".to_owned(), "a second".to_owned()], pending(ctx).await?)?;
    same("a page of one", 1, ctx.store()?.inbox_pending(1).await?.rows.len())?;
    same("the bytes", Some(b"UNB+UNOC:3'\0\xff".to_vec()), ctx.store()?.inbox_payload(&first).await?)?;
    for (part, last, done) in [(0, false, false), (1, false, false), (2, true, true)] {
        let mut commit = happened(ctx, "s", 1)?;
        commit.settles_inbox = Some(settles(&first, part, last));
        ctx.commit(commit).await?;
        let entry = ctx.store()?.inbox_entry(&first).await?;
        let entry = entry.map(|entry| (entry.received_at, entry.settled, entry.done));
        same("the entry", Some((at(8), vec![Outcome::Processed; part as usize + 1], done)), entry)?;
        same("still pending", !done, pending(ctx).await?.contains(&first.message_id))?;
    }
    same("left", vec!["a second".to_owned()], pending(ctx).await?)
}

/// IN-KEY-01.
///
/// # Errors
/// [`Violation`] when two messages are taken for one.
pub async fn key_has_sender_and_tenant(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let one = inbox_key("A1");
    let other_sender = InboxKey { sender: "9900000000009".to_owned(), ..one.clone() };
    let other_tenant = InboxKey { tenant: TenantId::new("9900000000003"), ..one.clone() };
    for key in [&one, &other_sender, &other_tenant] {
        accept(ctx, key, 0).await?;
    }
    let mut settle = happened(ctx, "s", 1)?;
    settle.settles_inbox = Some(settles(&one, 0, true));
    ctx.commit(settle).await?;
    for (key, done) in [(&one, true), (&other_sender, false), (&other_tenant, false)] {
        let entry = ctx.store()?.inbox_entry(key).await?;
        same(&format!("{key} of {} is done", key.tenant), Some((key.clone(), done)), entry.map(|entry| (entry.key, entry.done)))?;
    }
    Ok(())
}

/// IN-ATM-01.
///
/// # Errors
/// [`Violation`] when settlement and effects come apart.
pub async fn settled_with_its_effects(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let key = inbox_key("m");
    accept(ctx, &key, 0).await?;
    let mut stale = happened(ctx, "s", 1)?;
    stale.expected = ExpectedVersion::Exact(7);
    stale.settles_inbox = Some(settles(&key, 0, true));
    ctx.refuse_only(stale.clone()).await?;
    same("pending after a refusal", vec!["m".to_owned()], pending(ctx).await?)?;
    stale.expected = ExpectedVersion::NoStream;
    ctx.commit(stale).await?;
    same("pending after its effects", Vec::<String>::new(), pending(ctx).await?)?;
    for part in [0, 1] {
        let mut again = happened(ctx, "s", 1)?;
        again.settles_inbox = Some(settles(&key, part, true));
        refused_as!(ctx.refuse_only(again).await?, CommitError::InboxConflict { .. })?;
    }
    same("effects", 1, ctx.events(&tenant(), &stream("s")).await?.len())
}

/// IN-PRT-01.
///
/// # Errors
/// [`Violation`] when a part is skipped, or nothing is settled.
pub async fn parts_in_order(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let key = inbox_key("m");
    let settle = |part, last| {
        let mut commit = nothing("s");
        commit.settles_inbox = Some(settles(&key, part, last));
        commit
    };
    refused_as!(ctx.refuse(settle(0, true)).await?, CommitError::InboxConflict { part: 0, .. })?;
    accept(ctx, &key, 0).await?;
    refused_as!(ctx.refuse(settle(1, true)).await?, CommitError::InboxConflict { part: 1, .. })?;
    ctx.commit(settle(0, false)).await?;
    refused_as!(ctx.refuse(settle(0, false)).await?, CommitError::InboxConflict { part: 0, .. })?;
    refused_as!(ctx.refuse(settle(2, true)).await?, CommitError::InboxConflict { part: 2, .. })?;
    ctx.commit(settle(1, true)).await.map(drop)
}
