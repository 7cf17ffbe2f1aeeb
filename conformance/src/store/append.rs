//! ES-APP, ES-ORD, ES-POS: what is appended, where it lands, how it is numbered.

use mako_engine::commit::NewEvent;
use mako_engine::store::Payload;
use mako_engine::{Cause, ExpectedVersion};

use crate::material::{at, event, happened, inbox_key, nothing, stream, tenant};
use crate::violation::same;
use crate::{StoreContext, Violation};

/// ES-APP-01.
///
/// # Errors
/// [`Violation`] when a payload changed.
pub async fn keeps_every_byte(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let long = vec![b'x'; 1 << 20];
    let written = [&b"\x81\xa1b\xcb\x3f\xf0\0\0\0\0\0\0"[..], "Zählpunkt \0 🔌".as_bytes(), b"", b"\xc1\xff no MessagePack at all", &long];
    for (number, bytes) in written.iter().enumerate() {
        let mut commit = nothing("s");
        let payload = Payload::from_bytes(*bytes);
        commit.events.push(NewEvent { id: ctx.id(), event_type: "Happened".to_owned(), schema_version: 1, payload });
        ctx.commit(commit).await?;
        let read = ctx.events(&tenant(), &stream("s")).await?;
        let last = read.last().map(|event| event.payload.as_bytes());
        same("the number of events", number + 1, read.len())?;
        if last != Some(*bytes) {
            let short = |bytes: Option<&[u8]>| bytes.map(|bytes| String::from_utf8_lossy(bytes).chars().take(80).collect::<String>());
            return Err(Violation::new(format!("payload: expected {:?} | found {:?}", short(Some(bytes)), short(last))));
        }
    }
    Ok(())
}

/// ES-APP-02.
///
/// # Errors
/// [`Violation`] when a version is missing or given twice.
pub async fn lands_without_gaps(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    for events in [3, 1, 2] {
        let commit = happened(ctx, "s", events)?;
        ctx.commit(commit).await?;
    }
    let versions: Vec<u64> = ctx.events(&tenant(), &stream("s")).await?.iter().map(|event| event.version).collect();
    same("versions", (1..=6).collect(), versions)
}

/// ES-APP-03.
///
/// # Errors
/// [`Violation`] when the answer and what is read differ.
pub async fn answers_what_is_read(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    for (name, events) in [("a", 2), ("b", 1), ("a", 3)] {
        let commit = happened(ctx, name, events)?;
        let first = commit.events.first().map(|event| event.id);
        let committed = ctx.commit(commit).await?;
        let read = ctx.events(&tenant(), &stream(name)).await?;
        same("the version", read.last().map(|event| event.version), Some(committed.version))?;
        let at_position = read.iter().find(|event| Some(event.id) == first).map(|event| event.position);
        same("the first position", at_position, Some(committed.first_position))?;
    }
    Ok(())
}

/// ES-APP-04.
///
/// # Errors
/// [`Violation`] when an empty commit left a trace.
pub async fn empty_changes_no_version(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let first = happened(ctx, "s", 2)?;
    ctx.commit(first).await?;
    let committed = ctx.commit(nothing("s")).await?;
    same("version and first position", (2, 0), (committed.version, committed.first_position))?;
    let committed = ctx.commit(nothing("t")).await?;
    same("version and first position of an empty stream", (0, 0), (committed.version, committed.first_position))?;
    let next = happened(ctx, "s", 1)?;
    let committed = ctx.commit(next).await?;
    same("version and first position after it", (3, 3), (committed.version, committed.first_position))?;
    same("events in all", 3, ctx.store()?.read_all(0, usize::MAX).await?.len())
}

/// ES-APP-05.
///
/// # Errors
/// [`Violation`] when something of an event changed.
pub async fn keeps_identity(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let message = Cause::Message { inbox: inbox_key("m"), part: 3 };
    for (seconds, cause) in [(1, message), (2, Cause::Delivery(ctx.id())), (3, Cause::Deadline("antwort".into()))] {
        let mut commit = nothing("s");
        (commit.at, commit.cause) = (at(seconds), cause.clone());
        let mut new = event(ctx, "Geschehen", "{}")?;
        new.schema_version = 7;
        let id = new.id;
        commit.events.push(new);
        ctx.commit(commit).await?;
        let read = ctx.events(&tenant(), &stream("s")).await?;
        let Some(last) = read.last() else { return Err(Violation::new("no event is read")) };
        same("id", id, last.id)?;
        same("name and shape", ("Geschehen", 7), (last.event_type.as_str(), last.schema_version))?;
        same("instant", at(seconds), last.at)?;
        same("cause", &cause, &last.cause)?;
        same("owner", (&tenant(), &stream("s")), (&last.tenant, &last.stream))?;
    }
    Ok(())
}

/// ES-ORD-01.
///
/// # Errors
/// [`Violation`] when the order changed.
pub async fn reads_in_order(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let mut written = Vec::new();
    // More than nine, so that an order by text would show.
    for events in [4, 7, 1] {
        let commit = happened(ctx, "s", events)?;
        written.extend(commit.events.iter().map(|event| event.id));
        ctx.commit(commit).await?;
    }
    let read: Vec<_> = ctx.events(&tenant(), &stream("s")).await?.iter().map(|event| event.id).collect();
    same("the order of events", written, read)
}

/// ES-POS-01.
///
/// # Errors
/// [`Violation`] when a position is missing or given twice.
pub async fn positions_have_no_gaps(ctx: &mut StoreContext<'_>) -> Result<(), Violation> {
    let mut written = Vec::new();
    for (name, events, stale) in [("b", 2, false), ("a", 1, false), ("b", 3, true), ("b", 2, false)] {
        let mut commit = happened(ctx, name, events)?;
        if stale {
            commit.expected = ExpectedVersion::Exact(1);
            ctx.refuse_only(commit).await?;
            continue;
        }
        written.extend(commit.events.iter().map(|event| event.id));
        ctx.commit(commit).await?;
    }
    let read = ctx.store()?.read_all(0, usize::MAX).await?;
    same("positions", (1..=5).collect::<Vec<u64>>(), read.iter().map(|event| event.position).collect())?;
    same("events in commit order", written, read.iter().map(|event| event.id).collect())
}
