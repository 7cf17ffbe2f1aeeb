//! ES-TEN: nothing leaks from one name into another, nor from one tenant to another.

use mako_engine::{Id, TenantId};

use crate::material::{accepted, at, deadline, happened, inbox_key, message, stream, tenant};
use crate::violation::same;
use crate::{StoreContext, Violation};

/// ES-TEN-01.
///
/// # Errors
/// [`Violation`] when a tenant sees another one's data.
pub async fn tenants_share_nothing(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let tenants = [tenant(), TenantId::new("9900000000003")];
    let mut written = Vec::new();
    for tenant in &tenants {
        let mut commit = happened(ctx, "s", 1)?;
        commit.tenant = tenant.clone();
        commit.deadlines_set = vec![deadline("antwort", at(60))];
        commit.outbox = vec![message(ctx, "m")];
        let mut inbox = inbox_key("m");
        inbox.tenant = tenant.clone();
        commit.accepts = accepted(ctx, &inbox)?.accepts;
        written.push((tenant.clone(), commit.events.iter().map(|event| event.id).collect::<Vec<Id>>()));
        same("the version", 1, ctx.commit(commit).await?.version)?;
    }
    let store = ctx.store()?;
    for (tenant, ids) in &written {
        let read = ctx.events(tenant, &stream("s")).await?;
        same("the events of one tenant", ids, &read.iter().map(|event| event.id).collect())?;
        let deadlines = store.deadlines_of(tenant, &stream("s")).await?;
        same("the deadlines of one tenant", vec![tenant], deadlines.iter().map(|deadline| &deadline.tenant).collect())?;
    }
    let (due, queued, pending) =
        (store.deadlines_due(at(60), 9).await?.rows, store.outbox_due(at(60), 9).await?.rows, store.inbox_pending(9).await?.rows);
    let all: Vec<&TenantId> = tenants.iter().collect();
    same("the owners of due deadlines", &all, &due.iter().map(|deadline| &deadline.tenant).collect())?;
    same("the owners of queued messages", &all, &queued.iter().map(|queued| &queued.tenant).collect())?;
    same("the owners of pending messages", &all, &pending.iter().map(|entry| &entry.key.tenant).collect())
}

/// ES-TEN-02.
///
/// # Errors
/// [`Violation`] when one name reaches into another.
pub async fn names_do_not_leak(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let names = ["a", "a/b", "a:b", "a\0", "a\0b", "a\0\0", "", "\0", "a\u{ff}", "ä", "A", "a ", "a%2Fb"];
    for (number, name) in names.iter().enumerate() {
        let mut commit = happened(ctx, name, number + 1)?;
        commit.deadlines_set = vec![deadline(name, at(60))];
        commit.starts = Some(crate::material::identity(&tenant(), name));
        commit.correlations = vec![(*name).into()];
        commit.claims = vec![(*name).into()];
        let mut inbox = inbox_key(name);
        inbox.sender = format!("sender {name}");
        commit.accepts = accepted(ctx, &inbox)?.accepts;
        ctx.commit(commit).await?;
    }
    let store = ctx.store()?;
    for (number, name) in names.iter().enumerate() {
        same(&format!("events of {name:?}"), number + 1, ctx.events(&tenant(), &stream(name)).await?.len())?;
        let deadlines = store.deadlines_of(&tenant(), &stream(name)).await?;
        same(&format!("deadlines of {name:?}"), vec![*name], deadlines.iter().map(|deadline| deadline.label.as_str()).collect())?;
        let found = store.correlated(&tenant(), &(*name).into()).await?;
        same(&format!("processes under {name:?}"), vec![*name], found.iter().map(|record| record.identity.stream.as_str()).collect())?;
        same(&format!("the holder of {name:?}"), Some(stream(name)), store.holder(&tenant(), &(*name).into()).await?)?;
    }
    same("due deadlines", names.len(), store.deadlines_due(at(60), usize::MAX).await?.rows.len())?;
    same("pending messages", names.len(), store.inbox_pending(usize::MAX).await?.rows.len())?;
    // A tenant and a stream must not run into each other, either.
    for (tenant, name) in [("t", "u/v"), ("t/u", "v"), ("t\0u", "v"), ("t", "u\0v")] {
        let mut commit = happened(ctx, name, 1)?;
        commit.tenant = TenantId::new(tenant);
        same(&format!("the version of {name:?} of {tenant:?}"), 1, ctx.commit(commit).await?.version)?;
    }
    Ok(())
}
