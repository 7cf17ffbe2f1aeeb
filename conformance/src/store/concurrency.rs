//! ES-OCC: two who decide on the same state, and what a refusal leaves.

use mako_engine::{CommitError, ExpectedVersion};

use crate::material::{
    accepted, at, dead_letter, deadline, event, first_update, happened, inbox_key, key, message, settles, snapshot, started, stream, tenant,
};
use crate::picture::Picture;
use crate::violation::{refused_as, same};
use crate::{StoreContext, Violation};

/// ES-OCC-01.
///
/// # Errors
/// [`Violation`] when a stale commit is taken, or its error tells too little.
pub async fn stale_version_is_refused(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let first = happened(ctx, "s", 3)?;
    ctx.commit(first).await?;
    let mut stale = happened(ctx, "s", 1)?;
    stale.expected = ExpectedVersion::Exact(2);
    match ctx.refuse_only(stale).await? {
        CommitError::Conflict { stream: of, expected, actual } => {
            same("stream, expected and actual", (stream("s"), ExpectedVersion::Exact(2), 3), (of, expected, actual))
        }
        other => Err(Violation::new(format!("expected a conflict | found {other:?}"))),
    }
}

/// ES-OCC-02.
///
/// # Errors
/// [`Violation`] when the presence of a stream is not looked at.
pub async fn existing_stream_is_no_new_one(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    for (expected, actual) in [(ExpectedVersion::Exists, 0), (ExpectedVersion::NoStream, 1)] {
        let mut commit = happened(ctx, "s", 1)?;
        commit.expected = expected;
        refused_as!(ctx.refuse_only(commit).await?, CommitError::Conflict { actual: found, .. } if found == actual)?;
        let mut commit = happened(ctx, "s", 1)?;
        commit.expected = if actual == 0 { ExpectedVersion::NoStream } else { ExpectedVersion::Exists };
        ctx.commit(commit).await?;
    }
    Ok(())
}

/// ES-OCC-03.
///
/// # Errors
/// [`Violation`] when a commit on a state that never was is taken.
pub async fn version_beyond_the_head_is_refused(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    for (actual, beyond) in [(0, 1), (1, 2), (2, u64::MAX)] {
        let mut commit = happened(ctx, "s", 1)?;
        commit.expected = ExpectedVersion::Exact(beyond);
        refused_as!(ctx.refuse_only(commit).await?, CommitError::Conflict { actual: found, .. } if found == actual)?;
        let mut commit = happened(ctx, "s", 1)?;
        commit.expected = ExpectedVersion::Exact(actual);
        ctx.commit(commit).await?;
    }
    Ok(())
}

/// ES-OCC-04.
///
/// # Errors
/// [`Violation`] when a refused commit left something.
pub async fn refusal_changes_nothing(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let inbox = inbox_key("m");
    let accept = accepted(ctx, &inbox)?;
    ctx.commit(accept).await?;
    let mut first = started(ctx, "s")?;
    first.deadlines_set = vec![deadline("antwort", at(60))];
    first.claims = vec![key("malo")];
    first.outbox = vec![message(ctx, "first")];
    ctx.commit(first).await?;
    let before = Picture::take(ctx.store()?, &tenant()).await?;

    let mut full = happened(ctx, "s", 1)?;
    full.expected = ExpectedVersion::Exact(0);
    full.events.push(event(ctx, "Second", "{}")?);
    full.outbox = vec![message(ctx, "second")];
    full.deadlines_set = vec![deadline("antwort", at(90)), deadline("zweite", at(91))];
    full.claims = vec![key("other")];
    full.correlations = vec!["vorgang".into()];
    full.settles_inbox = Some(settles(&inbox, 0, true));
    full.view = Some(first_update());
    full.dead_letters = vec![dead_letter("never")];
    full.ends = true;
    ctx.refuse_only(full).await?;
    Picture::take(ctx.store()?, &tenant()).await?.must_be(&before, "after a conflict")?;
    same("the holder of its key", None, ctx.store()?.holder(&tenant(), &key("other")).await?)?;
    same("processes under its correlation key", 0, ctx.store()?.correlated(&tenant(), &"vorgang".into()).await?.len())?;

    let (mut last_check, other) = (started(ctx, "t")?, inbox_key("never accepted"));
    last_check.outbox = vec![message(ctx, "third")];
    last_check.deadlines_set = vec![deadline("dritte", at(92))];
    last_check.settles_inbox = Some(settles(&other, 0, true));
    last_check.snapshot = Some(snapshot(1)?);
    last_check.view = Some(first_update());
    ctx.refuse_only(last_check).await?;
    Picture::take(ctx.store()?, &tenant()).await?.must_be(&before, "after a settlement of nothing")
}

/// ES-OCC-06.
///
/// # Errors
/// [`Violation`] when the second try, or a stranger, is refused.
pub async fn loser_can_win_next(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let mut winner = happened(ctx, "s", 1)?;
    let mut loser = happened(ctx, "s", 1)?;
    (winner.expected, loser.expected) = (ExpectedVersion::Exact(0), ExpectedVersion::Exact(0));
    ctx.commit(winner).await?;
    for number in 0..5 {
        let mut stranger = happened(ctx, &format!("stranger {number}"), 1)?;
        stranger.expected = ExpectedVersion::NoStream;
        stranger.outbox = vec![message(ctx, "stranger")];
        ctx.commit(stranger).await?;
    }
    ctx.refuse_only(loser.clone()).await?;
    loser.expected = ExpectedVersion::Exact(1);
    same("the version after the second try", 2, ctx.commit(loser).await?.version)
}

/// ES-GRP-01.
///
/// # Errors
/// [`Violation`] when commits that wait together are not as if one had come after the other.
pub async fn waiting_together_is_one_after_the_other(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let mut commits = Vec::new();
    for (name, events) in [("s", 2), ("s", 3), ("t", 1), ("u", 2)] {
        let mut commit = started(ctx, name)?;
        commit.expected = ExpectedVersion::NoStream;
        commit.events = happened(ctx, name, events)?.events;
        commits.push(commit);
    }
    commits[2].claims = vec![key("malo")];
    commits[3].claims = vec![key("malo")];
    let stranger = happened(ctx, "v", 2)?;
    let store = ctx.store()?;
    let [one, two, three, four] = [0, 1, 2, 3].map(|number: usize| store.append_with_outbox(commits[number].clone()));
    let (one, two, three, four, stranger) = tokio::join!(one, two, three, four, store.append_with_outbox(stranger));

    let stranger = stranger?;
    let ((Ok(first), Err(refused)) | (Err(refused), Ok(first))) = (one, two) else {
        return Err(Violation::new("of two commits that expect no stream, expected one to be taken"));
    };
    refused_as!(refused, CommitError::Conflict { actual, .. } if actual == first.version)?;
    let ((Ok(second), Err(refused)) | (Err(refused), Ok(second))) = (three, four) else {
        return Err(Violation::new("of two commits that claim one business key, expected one to be taken"));
    };
    refused_as!(refused, CommitError::BusinessKeyTaken { .. })?;

    let log = store.read_all(0, usize::MAX).await?;
    same("positions", (1..=log.len() as u64).collect::<Vec<_>>(), log.iter().map(|event| event.position).collect())?;
    same("events", first.version + second.version + stranger.version, log.len() as u64)?;
    for committed in [first, second, stranger] {
        let place = committed.first_position..committed.first_position + committed.version;
        let streams: std::collections::BTreeSet<_> =
            log.iter().filter(|event| place.contains(&event.position)).map(|event| &event.stream).collect();
        same("the streams of the events where one commit says that its own are", 1, streams.len())?;
    }
    Ok(())
}
