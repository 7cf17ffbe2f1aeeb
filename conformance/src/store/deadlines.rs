//! DL: deadlines come due, move, fire and go.

use mako_engine::deadline::Deadline;
use mako_engine::{CommitError, Timestamp};

use crate::material::{at, deadline, happened, started, stream, tenant};
use crate::violation::{refused_as, same};
use crate::{StoreContext, Violation};

async fn set(ctx: &mut StoreContext<'_>, name: &str, labels: &[(&str, i64)]) -> Result<(), Violation> {
    let mut commit = happened(ctx, name, 1)?;
    commit.deadlines_set = labels.iter().map(|(label, seconds)| deadline(label, at(*seconds))).collect();
    ctx.commit(commit).await.map(drop)
}

fn shown(due: &[Deadline]) -> Vec<String> {
    due.iter().map(|deadline| format!("{} {}", deadline.stream, deadline.label)).collect()
}

async fn due_at(ctx: &StoreContext<'_>, now: Timestamp) -> Result<Vec<String>, Violation> {
    Ok(shown(&ctx.store()?.deadlines_due(now, usize::MAX).await?.rows))
}

/// DL-DUE-01.
///
/// # Errors
/// [`Violation`] when a deadline of this instant is not due, or the order is another one.
pub async fn soonest_first(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    set(ctx, "b", &[("x", 60), ("late", 61)]).await?;
    set(ctx, "a", &[("y", 60), ("x", 60)]).await?;
    set(ctx, "c", &[("early", 59)]).await?;
    let expected = ["c early", "a x", "a y", "b x"].map(str::to_owned).to_vec();
    same("deadlines due at their very instant", &expected, &due_at(ctx, at(60)).await?)?;
    let all = ctx.store()?.deadlines_due(at(99), 9).await?.rows;
    let last = all.last().map(|last| (last.due, last.reason.as_str(), last.tenant.clone()));
    same("the last one, with what is known of it", Some((at(61), "conformance", tenant())), last)?;
    let of_stream = shown(&ctx.store()?.deadlines_of(&tenant(), &stream("a")).await?);
    same("the deadlines of one stream, by label", vec!["a x".to_owned(), "a y".to_owned()], of_stream)
}

/// DL-DUE-02.
///
/// # Errors
/// [`Violation`] when a deadline is due too early.
pub async fn never_early(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    set(ctx, "s", &[("antwort", 3_600)]).await?;
    for now in [at(-1), at(0), at(3_599), at(3_600).plus_ms(-1)] {
        same(&format!("deadlines due at {now}"), Vec::<String>::new(), due_at(ctx, now).await?)?;
    }
    Ok(())
}

/// DL-DUE-03.
///
/// # Errors
/// [`Violation`] when pages do not drain what is due.
pub async fn pages_drain(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    set(ctx, "s", &[("a", 1), ("b", 2), ("c", 3), ("d", 3), ("e", 4), ("later", 99)]).await?;
    let mut fired = Vec::new();
    for left in [2, 2, 1, 0] {
        let page = ctx.store()?.deadlines_due(at(60), 2).await?.rows;
        same("deadlines in a page of 2", left, page.len())?;
        for due in page {
            let mut commit = happened(ctx, "s", 1)?;
            commit.deadline_fired = Some((due.label.clone(), due.due));
            ctx.commit(commit).await?;
            fired.push(due.label.to_string());
        }
    }
    same("what fired", ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec(), fired)
}

/// DL-NXT-01.
///
/// # Errors
/// [`Violation`] when another instant, or none, is named.
pub async fn next_instant_is_known(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    same("the next instant of an empty store", None, ctx.store()?.deadline_next_after(at(-99)).await?)?;
    set(ctx, "s", &[("late", 90), ("early", 60)]).await?;
    for (now, next) in [(at(0), Some(at(60))), (at(60).plus_ms(-1), Some(at(60))), (at(60), Some(at(90))), (at(90), None)] {
        same(&format!("the next instant after {now}"), next, ctx.store()?.deadline_next_after(now).await?)?;
    }
    // The last instant there is.
    let mut never = happened(ctx, "s", 1)?;
    never.deadlines_set = vec![deadline("never", Timestamp::MAX)];
    ctx.commit(never).await?;
    same("the next instant after all others", Some(Timestamp::MAX), ctx.store()?.deadline_next_after(at(90)).await?)?;
    same("the next instant after the last", None, ctx.store()?.deadline_next_after(Timestamp::MAX).await?)?;
    same("deadlines due at the last", 3, due_at(ctx, Timestamp::MAX).await?.len())
}

/// DL-MOV-01.
///
/// # Errors
/// [`Violation`] when the old instant is still there.
pub async fn moving_leaves_no_ghost(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    set(ctx, "s", &[("antwort", 60)]).await?;
    // Later, and then earlier again.
    for (seconds, old) in [(864_000, 60), (30, 864_000)] {
        set(ctx, "s", &[("antwort", seconds)]).await?;
        same("due just before", Vec::<String>::new(), due_at(ctx, at(seconds).plus_ms(-1)).await?)?;
        same("due at the end of time", vec!["s antwort".to_owned()], due_at(ctx, at(9_999_999)).await?)?;
        same("the next instant", Some(at(seconds)), ctx.store()?.deadline_next_after(at(0)).await?)?;
        let standing = ctx.store()?.deadlines_of(&tenant(), &stream("s")).await?;
        same("the standing instant", vec![at(seconds)], standing.iter().map(|deadline| deadline.due).collect())?;
        let mut ghost = happened(ctx, "s", 1)?;
        ghost.deadline_fired = Some(("antwort".into(), at(old)));
        refused_as!(ctx.refuse(ghost).await?, CommitError::DeadlineGone { due, .. } if due == at(old))?;
    }
    Ok(())
}

/// DL-CAN-01.
///
/// # Errors
/// [`Violation`] when a cancelled deadline is still there.
pub async fn cancelled_is_gone(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    set(ctx, "s", &[("antwort", 60), ("other", 61)]).await?;
    for _ in 0..2 {
        let mut cancel = happened(ctx, "s", 1)?;
        cancel.deadlines_cancelled = vec!["antwort".into(), "never set".into()];
        ctx.commit(cancel).await?;
        same("what is still due", vec!["s other".to_owned()], due_at(ctx, at(99)).await?)?;
        same("the next instant", Some(at(61)), ctx.store()?.deadline_next_after(at(0)).await?)?;
    }
    let mut fire = happened(ctx, "s", 1)?;
    fire.deadline_fired = Some(("antwort".into(), at(60)));
    refused_as!(ctx.refuse_only(fire).await?, CommitError::DeadlineGone { .. })?;
    set(ctx, "s", &[("antwort", 70)]).await?;
    same("set anew", vec!["s other".to_owned(), "s antwort".to_owned()], due_at(ctx, at(99)).await?)
}

/// DL-ATM-01.
///
/// # Errors
/// [`Violation`] when a deadline fires twice, or stays.
pub async fn fires_once(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    set(ctx, "s", &[("antwort", 60)]).await?;
    let mut fire = happened(ctx, "s", 1)?;
    fire.deadline_fired = Some(("antwort".into(), at(60)));
    let mut again = happened(ctx, "s", 1)?;
    again.deadline_fired = fire.deadline_fired.clone();
    ctx.commit(fire).await?;
    same("what is still due", Vec::<String>::new(), due_at(ctx, at(99)).await?)?;
    refused_as!(ctx.refuse(again).await?, CommitError::DeadlineGone { .. })?;
    // Firing may set the same label anew: the next reminder.
    set(ctx, "s", &[("antwort", 70)]).await?;
    let mut repeat = happened(ctx, "s", 1)?;
    repeat.deadline_fired = Some(("antwort".into(), at(70)));
    repeat.deadlines_set = vec![deadline("antwort", at(80))];
    ctx.commit(repeat).await?;
    same("the next instant", Some(at(80)), ctx.store()?.deadline_next_after(at(0)).await?)
}

/// DL-END-01.
///
/// # Errors
/// [`Violation`] when a deadline outlives its process.
pub async fn end_cancels_all(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let start = started(ctx, "s")?;
    ctx.commit(start).await?;
    set(ctx, "s", &[("one", 60), ("two", 61)]).await?;
    set(ctx, "other", &[("one", 60)]).await?;
    let mut end = happened(ctx, "s", 1)?;
    end.deadlines_set = vec![deadline("three", at(62))];
    end.ends = true;
    ctx.commit(end).await?;
    same("what is still due", vec!["other one".to_owned()], due_at(ctx, at(99)).await?)?;
    same("deadlines of the ended process", 0, ctx.store()?.deadlines_of(&tenant(), &stream("s")).await?.len())
}

/// DL-RST-01.
///
/// # Errors
/// [`Violation`] when a deadline is gone, or comes back after it fired.
pub async fn survives_reopening(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    set(ctx, "s", &[("antwort", 60), ("moved", 61)]).await?;
    set(ctx, "s", &[("moved", 90)]).await?;
    ctx.reopen();
    same("the next instant", Some(at(60)), ctx.store()?.deadline_next_after(at(0)).await?)?;
    same("due long after", vec!["s antwort".to_owned(), "s moved".to_owned()], due_at(ctx, at(864_000)).await?)?;
    let mut fire = happened(ctx, "s", 1)?;
    fire.deadline_fired = Some(("antwort".into(), at(60)));
    ctx.commit(fire).await?;
    ctx.reopen();
    same("due after it fired", vec!["s moved".to_owned()], due_at(ctx, at(864_000)).await?)
}
