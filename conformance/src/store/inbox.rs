//! IN: received messages, accepted once and settled once.

use mako_engine::inbox::{InboxClaim, InboxKey, InboxSettlement, Outcome};
use mako_engine::{Commit, CommitError, ExpectedVersion, TenantId};

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

fn claiming(key: &InboxKey, seconds: i64, until: i64) -> Commit {
    let mut commit = nothing("boundary");
    commit.at = at(seconds);
    commit.claims_inbox = Some(InboxClaim { key: key.clone(), until: at(until) });
    commit
}

async fn claim(ctx: &StoreContext<'_>, key: &InboxKey, seconds: i64, until: i64) -> Result<u64, Violation> {
    let token = ctx.commit(claiming(key, seconds, until)).await?.inbox_token;
    token.ok_or_else(|| Violation::new("a claim was taken without a token"))
}

fn settling(key: &InboxKey, part: u32, last: bool, token: Option<u64>) -> Commit {
    let mut commit = nothing("s");
    commit.settles_inbox = Some(InboxSettlement { token, ..settles(key, part, last) });
    commit
}

fn abandoning(key: &InboxKey, token: u64) -> Commit {
    let mut commit = nothing("boundary");
    commit.abandons_inbox = Some((key.clone(), token));
    commit
}

/// IN-LSE-01.
///
/// # Errors
/// [`Violation`] when two work on one message, nobody may take it over, or a late holder settles it.
pub async fn lease_fences(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let key = inbox_key("m");
    refused_as!(ctx.refuse(claiming(&key, 0, 60)).await?, CommitError::InboxConflict { .. })?;
    accept(ctx, &key, 0).await?;
    let paused = claim(ctx, &key, 1, 60).await?;
    for seconds in [1, 59] {
        refused_as!(ctx.refuse(claiming(&key, seconds, 90)).await?, CommitError::InboxClaimed { until, .. } if until == at(60))?;
    }
    let second = claim(ctx, &key, 60, 120).await?;
    if second == paused {
        return Err(Violation::new(format!("expected a token of its own for each claim | found {second} twice")));
    }
    for late in [settling(&key, 0, true, Some(paused)), settling(&key, 0, true, None), abandoning(&key, paused)] {
        refused_as!(ctx.refuse(late).await?, CommitError::InboxConflict { .. })?;
    }
    ctx.commit(settling(&key, 0, false, Some(second))).await?;
    // A claim is not used up by a part, nor by its end as long as nobody takes over.
    ctx.commit(settling(&key, 1, true, Some(second))).await?;
    same("pending", Vec::<String>::new(), pending(ctx).await?)
}

/// IN-ABN-01.
///
/// # Errors
/// [`Violation`] when an abandoned message is not free, or a settled one is opened again.
pub async fn abandoned_is_free(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let key = inbox_key("m");
    accept(ctx, &key, 0).await?;
    let first = claim(ctx, &key, 1, 60).await?;
    ctx.commit(settling(&key, 0, false, Some(first))).await?;
    ctx.commit(abandoning(&key, first)).await?;
    same("pending", vec!["m".to_owned()], pending(ctx).await?)?;
    for late in [settling(&key, 1, true, Some(first)), abandoning(&key, first)] {
        refused_as!(ctx.refuse(late).await?, CommitError::InboxConflict { .. })?;
    }
    let second = claim(ctx, &key, 2, 60).await?;
    if second == first {
        return Err(Violation::new(format!("expected another token after abandoning | found {second} again")));
    }
    // What was settled before stays settled.
    refused_as!(ctx.refuse(settling(&key, 0, false, Some(second))).await?, CommitError::InboxConflict { .. })?;
    ctx.commit(settling(&key, 1, true, Some(second))).await?;
    for reopening in [abandoning(&key, second), claiming(&key, 999, 9_999)] {
        refused_as!(ctx.refuse(reopening).await?, CommitError::InboxConflict { .. })?;
    }
    same("pending", Vec::<String>::new(), pending(ctx).await?)
}

/// IN-FGT-01.
///
/// # Errors
/// [`Violation`] when a message is forgotten too early, or never.
pub async fn forgotten_after_the_horizon(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let accepting = |ctx: &mut StoreContext<'_>, id: &str, seconds: i64, known_until: i64| {
        let mut commit = accepted(ctx, &inbox_key(id))?;
        commit.at = at(seconds);
        if let Some(accept) = &mut commit.accepts {
            (accept.received_at, accept.known_until) = (at(seconds), at(known_until));
        }
        Ok::<_, Violation>(commit)
    };
    let (old, open) = (inbox_key("old"), inbox_key("open"));
    for (id, settled) in [("old", true), ("open", false)] {
        let commit = accepting(ctx, id, 0, 100)?;
        ctx.commit(commit).await?;
        if settled {
            ctx.commit(settling(&inbox_key(id), 0, true, None)).await?;
        }
    }
    for number in 0..5 {
        let other = accepting(ctx, &format!("other {number}"), 100, 9_999)?;
        ctx.commit(other).await?;
        let again = accepting(ctx, "old", 100, 9_999)?;
        refused_as!(ctx.refuse(again).await?, CommitError::AlreadyAccepted { accepted_at, .. } if accepted_at == at(0))?;
    }
    // How soon after its horizon is the store's affair, as long as the past does not grow.
    for number in 0..5 {
        let late = accepting(ctx, &format!("late {number}"), 101, 9_999)?;
        ctx.commit(late).await?;
    }
    same("the entry after its horizon", None, ctx.store()?.inbox_entry(&old).await?)?;
    same("its bytes", None, ctx.store()?.inbox_payload(&old).await?)?;
    same("an open entry is kept", Some(false), ctx.store()?.inbox_entry(&open).await?.map(|entry| entry.done))?;
    let anew = accepting(ctx, "old", 102, 9_999)?;
    ctx.commit(anew).await?;
    same("pending", true, pending(ctx).await?.contains(&"old".to_owned()))
}
