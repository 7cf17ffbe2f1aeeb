//! ES-DUR: what was acknowledged is there when the store is opened again.

use crate::material::{
    accepted, at, dead_letter, deadline, first_update, happened, inbox_key, key, message, snapshot, started, stream, tenant,
};
use crate::picture::Picture;
use crate::violation::same;
use crate::{StoreContext, Violation};

/// ES-DUR-01.
///
/// # Errors
/// [`Violation`] when something acknowledged is gone.
pub async fn acknowledged_survives(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let inbox = inbox_key("m");
    let mut full = started(ctx, "s")?;
    full.outbox = vec![message(ctx, "kept")];
    full.deadlines_set = vec![deadline("antwort", at(60))];
    full.claims = vec![key("malo")];
    full.correlations = vec!["vorgang".into()];
    full.accepts = accepted(ctx, &inbox)?.accepts;
    full.dead_letters = vec![dead_letter("kept")];
    full.snapshot = Some(snapshot(1)?);
    full.view = Some(first_update());
    let payload = full.accepts.as_ref().map(|accept| accept.payload.clone());
    ctx.commit(full).await?;
    let before = Picture::take(ctx.store()?, &tenant()).await?;
    for _ in 0..2 {
        ctx.reopen();
        Picture::take(ctx.store()?, &tenant()).await?.must_be(&before, "after opening again")?;
        same("the bytes received", &payload, &ctx.store()?.inbox_payload(&inbox).await?)?;
        same("the holder of the key", Some(stream("s")), ctx.store()?.holder(&tenant(), &key("malo")).await?)?;
        same("correlated processes", 1, ctx.store()?.correlated(&tenant(), &"vorgang".into()).await?.len())?;
    }
    Ok(())
}

/// ES-DUR-03.
///
/// # Errors
/// [`Violation`] when a number is given again.
pub async fn numbers_go_on(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    for round in 0..3 {
        let mut commit = happened(ctx, "s", 2)?;
        commit.dead_letters = vec![dead_letter(&format!("letter {round}"))];
        let committed = ctx.commit(commit).await?;
        same("version and first position", (2 * round + 2, 2 * round + 1), (committed.version, committed.first_position))?;
        ctx.reopen();
    }
    let letters = ctx.store()?.dead_letters().await?.rows.into_iter().map(|letter| letter.about).collect::<Vec<_>>();
    same("dead letters", vec!["letter 0".to_owned(), "letter 1".to_owned(), "letter 2".to_owned()], letters)
}
