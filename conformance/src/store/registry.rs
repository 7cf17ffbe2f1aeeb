//! RG: which processes there are, how a message finds one, and who holds a business key.

use mako_engine::registry::{Executed, ProcessRecord};
use mako_engine::{Commit, CommitError, IdempotencyKey, TenantId};

use crate::material::{happened, identity, key, nothing, started, stream, tenant};
use crate::violation::{refused_as, same};
use crate::{StoreContext, Violation};

fn names(found: &[ProcessRecord]) -> Vec<&str> {
    found.iter().map(|record| record.identity.stream.as_str()).collect()
}

/// RG-LKP-01.
///
/// # Errors
/// [`Violation`] when a process is not found, or found too early.
pub async fn found_after_its_commit(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    for name in ["b", "a", "a/1"] {
        same("a process before its start", None, ctx.store()?.process(&tenant(), &stream(name)).await?)?;
        let start = started(ctx, name)?;
        let began_at = ctx.commit(start).await?.first_position;
        let record = ProcessRecord { identity: identity(&tenant(), name), began_at, ended: false, holds: Vec::new() };
        same("a process after its start", Some(record), ctx.store()?.process(&tenant(), &stream(name)).await?)?;
    }
    let no_process = happened(ctx, "c", 1)?;
    ctx.commit(no_process).await?;
    same("a stream that is no process", None, ctx.store()?.process(&tenant(), &stream("c")).await?)?;
    same("all processes, in order", vec!["a", "a/1", "b"], names(&ctx.store()?.processes(&tenant()).await?))
}

/// RG-COR-01.
///
/// # Errors
/// [`Violation`] when a process is missing, there twice, or there without reason.
pub async fn correlation_names_all(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    for (name, keys) in [("b", vec!["v", "v", "b only"]), ("a", vec!["v"]), ("c", vec!["v2"])] {
        let mut start = started(ctx, name)?;
        start.correlations = keys.into_iter().map(Into::into).collect();
        ctx.commit(start).await?;
    }
    let mut again = happened(ctx, "a", 1)?;
    again.correlations = vec!["v".into(), "later".into()];
    ctx.commit(again).await?;
    for (asked, expected) in [("v", vec!["a", "b"]), ("v2", vec!["c"]), ("b only", vec!["b"]), ("later", vec!["a"]), ("", vec![])] {
        let found = ctx.store()?.correlated(&tenant(), &asked.into()).await?;
        same(&format!("processes under {asked:?}"), expected, names(&found))?;
    }
    Ok(())
}

/// RG-TEN-01.
///
/// # Errors
/// [`Violation`] when a tenant meets another one's processes or keys.
pub async fn tenants_share_no_keys(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let other = TenantId::new("9900000000003");
    let mut start = started(ctx, "s")?;
    start.claims = vec![key("malo")];
    start.correlations = vec!["vorgang".into()];
    ctx.commit(start).await?;
    same("another one's process", None, ctx.store()?.process(&other, &stream("s")).await?)?;
    same("another one's correlation", 0, ctx.store()?.correlated(&other, &"vorgang".into()).await?.len())?;
    same("another one's business key", None, ctx.store()?.holder(&other, &key("malo")).await?)?;
    same("another one's processes", 0, ctx.store()?.processes(&other).await?.len())?;
    let mut same_key = happened(ctx, "t", 1)?;
    same_key.tenant = other.clone();
    same_key.starts = Some(identity(&other, "t"));
    same_key.claims = vec![key("malo")];
    ctx.commit(same_key).await?;
    same("the own holder", Some(stream("s")), ctx.store()?.holder(&tenant(), &key("malo")).await?)?;
    same("the other holder", Some(stream("t")), ctx.store()?.holder(&other, &key("malo")).await?)
}

fn claiming(mut commit: Commit, keys: &[&str]) -> Commit {
    commit.claims = keys.iter().map(|name| key(name)).collect();
    commit
}

/// RG-UNQ-01.
///
/// # Errors
/// [`Violation`] when a key has two holders.
pub async fn one_living_holder(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let holder = claiming(started(ctx, "s")?, &["malo"]);
    ctx.commit(holder).await?;
    let second = claiming(started(ctx, "t")?, &["free", "malo"]);
    let taken = ctx.refuse(second).await?;
    refused_as!(taken, CommitError::BusinessKeyTaken { key: of, holder } if of == key("malo") && holder == stream("s"))?;
    same("a key of the refused claim", None, ctx.store()?.holder(&tenant(), &key("free")).await?)?;
    let again = claiming(happened(ctx, "s", 1)?, &["malo", "more"]);
    ctx.commit(again).await?;
    let holds = ctx.store()?.process(&tenant(), &stream("s")).await?.map(|record| record.holds);
    same("what the holder holds", Some(vec![key("malo"), key("more")]), holds)
}

/// RG-REM-01.
///
/// # Errors
/// [`Violation`] when a key outlives its holder.
pub async fn end_frees_keys(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let holder = claiming(started(ctx, "s")?, &["malo", "melo"]);
    let began_at = ctx.commit(holder).await?.first_position;
    let mut end = happened(ctx, "s", 1)?;
    end.ends = true;
    ctx.commit(end).await?;
    let record = ProcessRecord { identity: identity(&tenant(), "s"), began_at, ended: true, holds: Vec::new() };
    same("the record of the ended process", Some(record), ctx.store()?.process(&tenant(), &stream("s")).await?)?;
    same("the holder", None, ctx.store()?.holder(&tenant(), &key("malo")).await?)?;
    // A process that ends in the commit that starts it holds nothing, either.
    let mut short = claiming(started(ctx, "t")?, &["malo"]);
    short.ends = true;
    ctx.commit(short).await?;
    same("the holder after a short process", None, ctx.store()?.holder(&tenant(), &key("malo")).await?)?;
    // Nor does one that claims after its end: nobody would ever free it.
    let late = claiming(happened(ctx, "t", 1)?, &["malo"]);
    ctx.commit(late).await?;
    same("the holder after a late claim", None, ctx.store()?.holder(&tenant(), &key("malo")).await?)?;
    let next = claiming(started(ctx, "u")?, &["malo", "melo"]);
    ctx.commit(next).await?;
    same("the next holder", Some(stream("u")), ctx.store()?.holder(&tenant(), &key("melo")).await?)
}

/// RG-IDM-01.
///
/// # Errors
/// [`Violation`] when a command has its effects a second time, or is taken for one that another tenant executed.
pub async fn executed_once(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let name = IdempotencyKey::new("back-office/1");
    let named = |commit: Commit| Commit { idempotency_key: Some(name.clone()), ..commit };
    same("before it was executed", None, ctx.store()?.executed(&tenant(), &name).await?)?;
    let first = named(happened(ctx, "s", 1)?);
    ctx.commit(first).await?;
    let executed = Executed { stream: stream("s"), first_position: 1 };
    same("where it was executed", Some(executed), ctx.store()?.executed(&tenant(), &name).await?)?;
    for place in ["s", "elsewhere"] {
        let again = named(happened(ctx, place, 1)?);
        refused_as!(ctx.refuse(again).await?, CommitError::AlreadyExecuted { key, stream: of } if key == name && of == stream("s"))?;
    }
    same("what stands elsewhere", 0, ctx.store()?.read_stream(&tenant(), &stream("elsewhere"), 0, 9).await?.len())?;
    // A command that decided nothing was executed, too.
    let silent = IdempotencyKey::new("back-office/2");
    let nothing = |place: &str| Commit { idempotency_key: Some(silent.clone()), ..nothing(place) };
    ctx.commit(nothing("s")).await?;
    refused_as!(ctx.refuse(nothing("s")).await?, CommitError::AlreadyExecuted { .. })?;
    // Names of one tenant are not those of another.
    let mut other = named(happened(ctx, "s", 1)?);
    other.tenant = TenantId::new("9900000000003");
    ctx.commit(other).await?;
    // Nor is one the beginning of another.
    let mut longer = happened(ctx, "s", 1)?;
    longer.idempotency_key = Some("back-office/1\0".into());
    ctx.commit(longer).await.map(drop)
}
