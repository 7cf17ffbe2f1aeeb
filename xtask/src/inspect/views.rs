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
use mako_engine::store::{EventStore as _, KeyedStore, Page, RecordedEvent, StoreError};
use mako_engine::{StreamId, TenantId, Timestamp};
use serde_json::{Value, json};

use super::table::Table;

pub(super) type Store = KeyedStore<FjallBackend>;

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
    table.row([json!("dead letters"), json!(rows(store.dead_letters().await?).len())]);
    Ok(table)
}

/// Every stream of every tenant, and its length.
pub(super) async fn lengths(store: &Store) -> anyhow::Result<BTreeMap<(TenantId, StreamId), u64>> {
    let mut streams = BTreeMap::new();
    let read = async |after, limit| store.read_all(after, limit).await;
    for event in events(read, |event| event.position).await? {
        match event {
            Ok(event) => *streams.entry((event.tenant, event.stream)).or_default() += 1,
            Err((position, error)) => eprintln!("note: the event at position {position} is not counted: {error}"),
        }
    }
    Ok(streams)
}

/// Every event that `read` gives after a place, page by page, and the place and the error of each that cannot be read. `place` is where an
/// event stands.
async fn events(
    read: impl AsyncFn(u64, usize) -> Result<Vec<RecordedEvent>, StoreError>,
    place: impl Fn(&RecordedEvent) -> u64,
) -> anyhow::Result<Vec<Result<RecordedEvent, (u64, StoreError)>>> {
    let (mut found, mut after, mut limit) = (Vec::new(), 0, PAGE);
    loop {
        match read(after, limit).await {
            Ok(events) => {
                let Some(last) = events.last() else { return Ok(found) };
                (after, limit) = (place(last), PAGE);
                found.extend(events.into_iter().map(Ok));
            }
            Err(error @ StoreError::Undecodable { .. }) if limit == 1 => {
                after += 1;
                found.push(Err((after, error)));
            }
            // One of them: those before it first, one after the other.
            Err(StoreError::Undecodable { .. }) => limit = 1,
            Err(error) => return Err(error.into()),
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
    let read = async |after, limit| store.read_stream(owner, stream, after, limit).await;
    for event in events(read, |event| event.version).await? {
        let event = match event {
            Ok(event) => event,
            Err((number, error)) => {
                let said = json!(format!("cannot be read: {error}"));
                table.row([json!(number), Value::Null, Value::Null, Value::Null, Value::Null, Value::Null, said]);
                continue;
            }
        };
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
    let mut table =
        Table::new(&["tenant", "message", "kind", "channel", "recipient", "queued", "next try", "tries", "last error", "stream"]);
    for queued in rows(store.outbox_due(Timestamp::MAX, usize::MAX).await?) {
        let message = &queued.message;
        table.row([
            json!(queued.tenant.to_string()),
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
    let mut table = Table::new(&["tenant", "due", "local", "label", "stream", "reason"]);
    for deadline in rows(store.deadlines_due(Timestamp::MAX, usize::MAX).await?) {
        table.row([
            json!(deadline.tenant.to_string()),
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
    let mut table = Table::new(&["tenant", "received", "sender", "message", "settled parts", "lease until", "bytes"]);
    for entry in rows(store.inbox_pending(usize::MAX).await?) {
        let bytes = store.inbox_payload(&entry.key).await?.map(|bytes| bytes.len());
        table.row([
            json!(entry.key.tenant.to_string()),
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

/// The rows of a queue; what cannot be read is named on standard error.
pub(super) fn rows<T>(page: Page<T>) -> Vec<T> {
    for row in page.unreadable {
        eprintln!("note: a stored {} cannot be read: {}", row.what, row.detail);
    }
    page.rows
}
