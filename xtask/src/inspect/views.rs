//! The tables of the store, each as an operator wants to see it.

use std::collections::BTreeMap;

use anyhow::bail;
use mako_engine::dead_letter::DeadLetterStore as _;
use mako_engine::deadline::DeadlineStore as _;
use mako_engine::fristen::berlin;
use mako_engine::inbox::InboxStore as _;
use mako_engine::outbox::OutboxStore as _;
use mako_engine::registry::ProcessRegistry as _;
use mako_engine::store::fjall::FjallBackend;
use mako_engine::store::{EventStore as _, KeyedStore, Page};
use mako_engine::{StreamId, TenantId, Timestamp};
use serde_json::{Value, json};

use super::table::Table;

type Store = KeyedStore<FjallBackend>;

/// How many events are read at once.
const PAGE: usize = 1_024;

/// How many of everything there are.
pub(super) async fn overview(store: &Store, commits: u64) -> anyhow::Result<Table> {
    let streams = lengths(store).await?;
    let events: u64 = streams.values().sum();
    let mut table = Table::new(&["what", "count"]);
    table.row([json!("commits"), json!(commits)]);
    table.row([json!("events"), json!(events)]);
    table.row([json!("streams"), json!(streams.len())]);
    table.row([json!("queued messages"), json!(rows(store.outbox_due(Timestamp::MAX, usize::MAX).await?).len())]);
    table.row([json!("deadlines"), json!(rows(store.deadlines_due(Timestamp::MAX, usize::MAX).await?).len())]);
    table.row([json!("received and not worked off"), json!(rows(store.inbox_pending(usize::MAX).await?).len())]);
    table.row([json!("dead letters"), json!(store.dead_letters().await?.len())]);
    Ok(table)
}

/// Every stream of every tenant, and its length.
async fn lengths(store: &Store) -> anyhow::Result<BTreeMap<(TenantId, StreamId), u64>> {
    let mut streams = BTreeMap::new();
    let mut after = 0;
    loop {
        let events = store.read_all(after, PAGE).await?;
        let Some(last) = events.last() else { return Ok(streams) };
        after = last.position;
        for event in events {
            *streams.entry((event.tenant, event.stream)).or_default() += 1;
        }
    }
}

pub(super) async fn streams(store: &Store) -> anyhow::Result<Table> {
    let mut table = Table::new(&["tenant", "stream", "workflow", "events", "process", "holds"]);
    for ((tenant, stream), events) in lengths(store).await? {
        let process = store.process(&tenant, &stream).await?;
        let (workflow, lives, holds) = match process {
            Some(record) => {
                let holds: Vec<String> = record.holds.iter().map(ToString::to_string).collect();
                (json!(record.identity.workflow), json!(if record.ended { "ended" } else { "lives" }), json!(holds.join(", ")))
            }
            None => (Value::Null, Value::Null, json!("")),
        };
        table.row([json!(tenant.to_string()), json!(stream.to_string()), workflow, json!(events), lives, holds]);
    }
    Ok(table)
}

pub(super) async fn stream(store: &Store, id: &str, tenant: Option<&str>) -> anyhow::Result<Table> {
    let named = lengths(store).await?;
    let mut owners = named.keys().filter(|(owner, stream)| stream.as_str() == id && tenant.is_none_or(|t| owner.as_str() == t));
    let Some((owner, stream)) = owners.next() else { bail!("no stream `{id}` here: `inspect DIR streams` lists them") };
    if owners.next().is_some() {
        bail!("several tenants have a stream `{id}`: say whose with --tenant");
    }
    let mut table = Table::new(&["no", "position", "at", "event", "version", "cause", "content"]);
    for event in store.read_stream(owner, stream, 0, usize::MAX).await? {
        table.row([
            json!(event.version),
            json!(event.position),
            json!(event.at.to_string()),
            json!(event.event_type),
            json!(event.schema_version),
            json!(event.cause),
            event.payload.to_json(),
        ]);
    }
    Ok(table)
}

pub(super) async fn outbox(store: &Store) -> anyhow::Result<Table> {
    let mut table = Table::new(&["message", "kind", "channel", "recipient", "queued", "next try", "tries", "last error", "stream"]);
    for queued in rows(store.outbox_due(Timestamp::MAX, usize::MAX).await?) {
        let message = &queued.message;
        table.row([
            json!(queued.id),
            json!(message.kind),
            json!(message.channel),
            json!(message.recipient),
            json!(queued.queued_at.to_string()),
            json!(queued.next_try.to_string()),
            json!(queued.attempts),
            json!(queued.last_error),
            json!(queued.stream.to_string()),
        ]);
    }
    Ok(table)
}

pub(super) async fn deadlines(store: &Store) -> anyhow::Result<Table> {
    let mut table = Table::new(&["due", "local", "label", "stream", "reason"]);
    for deadline in rows(store.deadlines_due(Timestamp::MAX, usize::MAX).await?) {
        table.row([
            json!(deadline.due.to_string()),
            json!(berlin::moment_text(deadline.due)),
            json!(deadline.label.to_string()),
            json!(deadline.stream.to_string()),
            json!(deadline.reason),
        ]);
    }
    Ok(table)
}

pub(super) async fn inbox(store: &Store) -> anyhow::Result<Table> {
    let mut table = Table::new(&["received", "sender", "message", "settled parts", "lease until", "bytes"]);
    for entry in rows(store.inbox_pending(usize::MAX).await?) {
        let bytes = store.inbox_payload(&entry.key).await?.map(|bytes| bytes.len());
        table.row([
            json!(entry.received_at.to_string()),
            json!(entry.key.sender),
            json!(entry.key.message_id),
            json!(entry.settled.len()),
            json!(entry.lease.map(|lease| lease.until.to_string())),
            json!(bytes),
        ]);
    }
    Ok(table)
}

pub(super) async fn dead_letters(store: &Store) -> anyhow::Result<Table> {
    let mut table = Table::new(&["at", "reason", "about", "detail"]);
    for letter in store.dead_letters().await? {
        let detail = letter.reason.to_string();
        table.row([json!(letter.at().to_string()), json!(letter.reason.label()), json!(letter.about), json!(detail)]);
    }
    Ok(table)
}

/// The rows of a queue; what cannot be read is named on standard error.
fn rows<T>(page: Page<T>) -> Vec<T> {
    for row in page.unreadable {
        eprintln!("note: a stored {} cannot be read: {}", row.what, row.detail);
    }
    page.rows
}
