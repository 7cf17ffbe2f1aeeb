//! What the checks write: commits with few words, always the same.

use mako_engine::commit::{NewDeadline, NewEvent, NewOutboxMessage};
use mako_engine::dead_letter::{AuditContext, DeadLetter, DeadLetterReason};
use mako_engine::inbox::{Accept, InboxKey, InboxSettlement, Outcome};
use mako_engine::projection::{ViewName, ViewUpdate};
use mako_engine::registry::ProcessIdentity;
use mako_engine::snapshot::Snapshot;
use mako_engine::store::Payload;
use mako_engine::{BusinessKey, Cause, Commit, DeadlineLabel, FormatVersion, Outgoing, StreamId, TenantId, Timestamp};

use crate::{StoreContext, Violation};

/// `seconds` after the morning on which all checks happen.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_ms(1_766_502_000_000).plus_seconds(seconds)
}

pub(crate) fn tenant() -> TenantId {
    TenantId::new("9900000000001")
}

pub(crate) fn stream(name: &str) -> StreamId {
    StreamId::new(name)
}

/// A commit on `stream` of the usual tenant with `events` events, made at `at(0)`.
pub(crate) fn happened(ctx: &mut StoreContext<'_>, stream: &str, events: usize) -> Result<Commit, Violation> {
    let mut commit = nothing(stream);
    for number in 0..events {
        commit.events.push(event(ctx, "Happened", &format!("{{\"number\":{number}}}"))?);
    }
    Ok(commit)
}

/// A commit on `stream` of the usual tenant without anything in it.
pub(crate) fn nothing(stream: &str) -> Commit {
    Commit::new(tenant(), StreamId::new(stream), at(0), Cause::Command("conformance".to_owned()))
}

/// As `happened` with one event; the stream becomes a process.
pub(crate) fn started(ctx: &mut StoreContext<'_>, stream: &str) -> Result<Commit, Violation> {
    let mut commit = happened(ctx, stream, 1)?;
    commit.starts = Some(identity(&commit.tenant, stream));
    Ok(commit)
}

pub(crate) fn identity(tenant: &TenantId, stream: &str) -> ProcessIdentity {
    let (stream, workflow) = (StreamId::new(stream), "conformance".to_owned());
    ProcessIdentity { tenant: tenant.clone(), stream, workflow, rules: FormatVersion::LATEST }
}

pub(crate) fn event(ctx: &mut StoreContext<'_>, event_type: &str, json: &str) -> Result<NewEvent, Violation> {
    let wrong = |e: &dyn std::fmt::Display| Violation::new(format!("the check's own payload cannot be stored: {e}"));
    let value: serde_json::Value = serde_json::from_str(json).map_err(|e| wrong(&e))?;
    let payload = Payload::encode(&value).map_err(|e| wrong(&e))?;
    Ok(NewEvent { id: ctx.id(), event_type: event_type.to_owned(), schema_version: 1, payload })
}

pub(crate) fn message(ctx: &mut StoreContext<'_>, kind: &str) -> NewOutboxMessage {
    let message = Outgoing {
        channel: "as4".to_owned(),
        recipient: "9900000000002".to_owned(),
        kind: kind.to_owned(),
        fulfils: None,
        payload: serde_json::json!({ "kind": kind }),
    };
    NewOutboxMessage { id: ctx.id(), message }
}

pub(crate) fn deadline(label: &str, due: Timestamp) -> NewDeadline {
    NewDeadline { label: DeadlineLabel::new(label), due, reason: "conformance".to_owned() }
}

pub(crate) fn key(name: &str) -> BusinessKey {
    BusinessKey::new(name)
}

pub(crate) fn inbox_key(message_id: &str) -> InboxKey {
    InboxKey { tenant: tenant(), sender: "9900000000002".to_owned(), message_id: message_id.to_owned() }
}

/// A commit that accepts `key`, received at `at(0)`.
pub(crate) fn accepted(ctx: &mut StoreContext<'_>, key: &InboxKey) -> Result<Commit, Violation> {
    let mut commit = happened(ctx, "boundary", 0)?;
    commit.tenant = key.tenant.clone();
    commit.accepts =
        Some(Accept { key: key.clone(), received_at: at(0), payload: b"UNB+UNOC:3'\0\xff".to_vec(), known_until: Timestamp::MAX });
    Ok(commit)
}

pub(crate) fn settles(key: &InboxKey, part: u32, last: bool) -> InboxSettlement {
    InboxSettlement { key: key.clone(), part, last, outcome: Outcome::Processed, token: None }
}

/// Every view that a check makes: two versions of one name, and a name that the first one begins.
pub(crate) fn views() -> [ViewName; 3] {
    [ViewName::new("open", 1), ViewName::new("open", 2), ViewName::new("open/1", 1)]
}

/// An update of the first view that begins at its start and brings one row.
pub(crate) fn first_update() -> ViewUpdate {
    let [view, ..] = views();
    ViewUpdate { view, from: 0, to: 1, rows: [(b"row".to_vec(), Some(b"1".to_vec()))].into() }
}

/// A snapshot that says it was taken at `version`.
pub(crate) fn snapshot(version: u64) -> Result<Snapshot, Violation> {
    let state = Payload::encode(&format!("state {version}\0")).map_err(|e| Violation::new(format!("the check's own state: {e}")))?;
    Ok(Snapshot { version, workflow: "conformance".to_owned(), state_version: 3, state })
}

pub(crate) fn dead_letter(about: &str) -> DeadLetter {
    let audit = AuditContext::at(at(0)).sender_mp_id("9900000000002").process("boundary").tenant(tenant());
    DeadLetter { reason: DeadLetterReason::Unreadable { detail: "no UNB".to_owned(), audit: audit.into() }, about: about.to_owned() }
}
