//! Golden directories: for every format one store as the code of that format wrote it, `engine/tests/goldens/format-N`.
//!
//! `store/` is the directory, `directories.txt` names those in it that are empty, `rows.txt` has every row as text. All of them hold the
//! same history, [`write_history`], which has something in every table. A golden is written once, by the code of its format:
//!
//! ```text
//! MAKO_GOLDENS=write cargo test -p mako-engine --test it every_format
//! ```

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mako_engine::commit::{NewDeadline, NewEvent, NewOutboxMessage, OutboxSettlement};
use mako_engine::dead_letter::{AuditContext, DeadLetter, DeadLetterReason};
use mako_engine::inbox::{Accept, InboxClaim, InboxKey, InboxSettlement, Outcome};
use mako_engine::outbox::OutboxStore as _;
use mako_engine::projection::{TakeOver, ViewName, ViewUpdate};
use mako_engine::registry::ProcessIdentity;
use mako_engine::snapshot::Snapshot;
use mako_engine::store::backend::{Backend, Write};
use mako_engine::store::fjall::{FjallBackend, FjallOptions};
use mako_engine::store::{AtomicAppend as _, KeyedStore, Payload};
use mako_engine::{Cause, Commit, FormatVersion, Id, Outgoing, TenantId, Timestamp};
use serde_json::json;

use crate::directory::everything_below;

/// The golden of `format`.
pub fn golden(format: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/goldens/format-{format}"))
}

/// How the history is written: small enough for a repository, and partly in tables, partly in the journal.
fn options() -> FjallOptions {
    FjallOptions { journal_bytes: 4 << 10, ..FjallOptions::simulation() }
}

/// Writes the history of all goldens into a new store at `dir`.
pub async fn write_history(dir: &Path) {
    let store = KeyedStore::open(FjallBackend::open(dir, options()).unwrap().0).unwrap();
    for commit in history() {
        store.append_with_outbox(commit).await.unwrap();
    }
    // A queued message that nobody can read any more is set aside.
    let row = [b"Q", &message_id(3).as_u128().to_be_bytes()[..]].concat();
    store.backend().apply(vec![Write::Put(row, b"?".to_vec())]).unwrap();
    let mut aside = Commit { events: Vec::new(), ..commit("boundary", "", 0, 70) };
    aside.sets_aside = store.outbox_due(Timestamp::MAX, 9).await.unwrap().unreadable;
    assert_eq!(aside.sets_aside.len(), 1);
    store.append_with_outbox(aside).await.unwrap();
    store.backend().seal().unwrap();
}

/// Every row of a store, one a line, what is not text escaped.
pub fn rows(backend: &dyn Backend) -> String {
    let mut text = String::new();
    for table in 1..=u8::MAX - 1 {
        backend
            .scan(&[table], &[table + 1], &mut |key, value| {
                text += &format!("{} = {}\n", key.escape_ascii(), value.escape_ascii());
                ControlFlow::Continue(())
            })
            .unwrap();
    }
    text
}

/// Writes the golden of the present format, which must not be there.
pub async fn write_golden(format: u32) {
    let (home, place) = (crate::directory::home(), golden(format));
    let dir = home.path().join("store");
    write_history(&dir).await;
    assert!(!place.exists(), "{} is there, and a golden is never written again", place.display());
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    copy(&dir, &place.join("store"));
    let is_empty = |path: &Path| path.is_dir() && fs::read_dir(path).unwrap().next().is_none();
    let name = |path: &Path| path.strip_prefix(&dir).unwrap().display().to_string();
    let empty: Vec<String> = everything_below(&dir).iter().filter(|path| is_empty(path)).map(|path| name(path) + "\n").collect();
    fs::write(place.join("directories.txt"), empty.concat()).unwrap();
    let backend = FjallBackend::open(&dir, options()).unwrap().0;
    fs::write(place.join("rows.txt"), rows(&backend)).unwrap();
}

/// A copy of the golden directory of `format` at `to`, to be opened.
pub fn unpack(format: u32, to: &Path) {
    copy(&golden(format).join("store"), to);
    for name in fs::read_to_string(golden(format).join("directories.txt")).unwrap().lines() {
        fs::create_dir_all(to.join(name)).unwrap();
    }
}

/// The rows of the golden of `format`, as its code saw them.
pub fn golden_rows(format: u32) -> String {
    fs::read_to_string(golden(format).join("rows.txt")).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for path in everything_below(from) {
        let target = to.join(path.strip_prefix(from).unwrap());
        if path.is_dir() {
            fs::create_dir_all(target).unwrap();
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}

fn at(seconds: i64) -> Timestamp {
    "2025-12-23T15:00:00Z".parse::<Timestamp>().unwrap().plus_seconds(seconds)
}

fn tenant() -> TenantId {
    TenantId::new("9900000000001")
}

fn message_id(number: u128) -> Id {
    Id::from_u128(0x0192_f0c1_7d3a_7000_8000_0000_0000_0000 | number)
}

fn inbox_key(id: &str) -> InboxKey {
    InboxKey { tenant: tenant(), sender: "9900000000002".to_owned(), message_id: id.to_owned() }
}

/// A commit with one event; without an id, of none.
fn commit(stream: &str, event_type: &str, number: u128, seconds: i64) -> Commit {
    let mut commit = Commit::new(tenant(), stream.into(), at(seconds), Cause::Command("by hand".to_owned()));
    let payload = Payload::encode(&json!({ "malo": "51238696780", "number": number as u64 })).unwrap();
    commit.events.push(NewEvent { id: Id::from_u128(number), event_type: event_type.to_owned(), schema_version: 1, payload });
    commit
}

fn bare(seconds: i64) -> Commit {
    Commit { events: Vec::new(), ..commit("boundary", "", 0, seconds) }
}

fn begins(commit: &mut Commit, workflow: &str) {
    let (tenant, stream) = (commit.tenant.clone(), commit.stream.clone());
    commit.starts = Some(ProcessIdentity { tenant, stream, workflow: workflow.to_owned(), rules: FormatVersion::Fv2025_10_01 });
}

fn accepts(id: &str, seconds: i64) -> Commit {
    let (received_at, known_until) = (at(seconds), at(seconds + 7 * 86_400));
    let payload = format!("UNB+UNOC:3+9900000000002:500+9900000000001:500+251223:1600+{id}'").into_bytes();
    Commit { accepts: Some(Accept { key: inbox_key(id), received_at, known_until, payload }), ..bare(seconds) }
}

fn settles(commit: &mut Commit, id: &str, outcome: Outcome) {
    commit.settles_inbox = Some(InboxSettlement { key: inbox_key(id), part: 0, last: true, outcome, token: None });
}

/// Something in every table.
fn history() -> Vec<Commit> {
    let mut asked = commit("anfrage/1", "Asked", 1, 1);
    asked.events.extend(commit("anfrage/1", "Noted", 2, 1).events);
    begins(&mut asked, "anfrage");
    asked.cause = Cause::Message { inbox: inbox_key("m-1@partner"), part: 0 };
    asked.idempotency_key = Some("Vorgang/A1".into());
    settles(&mut asked, "m-1@partner", Outcome::Processed);
    for (number, kind) in [(1, "UTILMD 55001"), (2, "UTILMD 55004"), (3, "APERAK 55001")] {
        let message = Outgoing::new("as4", "9900000000002", kind, &json!({ "malo": "51238696780" })).unwrap();
        asked.outbox.push(NewOutboxMessage { id: message_id(number), message });
    }
    asked.deadlines_set.push(NewDeadline { label: "Antwort".into(), due: at(3_600), reason: "1 Stunde".to_owned() });
    asked.claims.push("Anfrage/51238696780".into());
    asked.correlations.push("Vorgang/9900000000002/A1".into());
    let state = Payload::encode(&json!({ "malo": "51238696780" })).unwrap();
    asked.snapshot = Some(Snapshot { version: 2, workflow: "anfrage".to_owned(), state_version: 1, state });

    let mut claimed = bare(12);
    claimed.claims_inbox = Some(InboxClaim { key: inbox_key("m-2@partner"), until: at(300) });

    let mut lost = commit("boundary", "DeadLettered", 3, 21);
    begins(&mut lost, "boundary");
    lost.cause = Cause::Message { inbox: inbox_key("m-3@partner"), part: 0 };
    settles(&mut lost, "m-3@partner", Outcome::DeadLettered);
    let audit = AuditContext::at(at(21)).tenant(tenant()).pid("55999").sender_mp_id("9900000000002").correlation_id("m-3@partner");
    let reason = DeadLetterReason::UnknownPid { message_type: "UTILMD".to_owned(), pid: Some("55999".to_owned()), audit: audit.into() };
    let about = "UTILMD 55999 from 9900000000002".to_owned();
    let event = json!({ "DeadLettered": { "about": about, "reason": reason } });
    lost.events[0].payload = Payload::encode(&event).unwrap();
    lost.dead_letters.push(DeadLetter { reason, about });

    let mut failed = Commit { cause: Cause::Delivery(message_id(1)), stream: "anfrage/1".into(), ..bare(30) };
    failed.settles_outbox = Some(OutboxSettlement::Rescheduled { id: message_id(1), next_try: at(90), error: "no connection".to_owned() });

    let mut given_up = Commit { cause: Cause::Delivery(message_id(2)), stream: "anfrage/1".into(), ..bare(31) };
    given_up.settles_outbox = Some(OutboxSettlement::Exhausted(message_id(2)));
    let reason = DeadLetterReason::OutboxExhausted {
        message_id: message_id(2),
        kind: "UTILMD 55004".to_owned(),
        recipient: "9900000000002".to_owned(),
        last_error: "unknown partner (will not be tried again)".to_owned(),
        attempts: 1,
        audit: AuditContext::at(at(31)).tenant(tenant()).process("anfrage/1").into(),
    };
    given_up.dead_letters.push(DeadLetter { reason, about: "UTILMD 55004 to 9900000000002".to_owned() });

    let mut viewed = bare(40);
    let row = Payload::encode(&"anfrage/1").unwrap().as_bytes().to_vec();
    let rows = [(b"51238696780".to_vec(), Some(row))].into();
    viewed.view = Some(ViewUpdate { view: ViewName::new("by-malo", 1), from: 0, to: 2, rows });

    let mut serves = bare(41);
    serves.takes_over = Some(TakeOver { view: ViewName::new("by-malo", 1), from: None });

    let mut ended = commit("anfrage/2", "Withdrawn", 4, 50);
    begins(&mut ended, "anfrage");
    ended.ends = true;
    vec![
        accepts("m-1@partner", 0),
        asked,
        accepts("m-2@partner", 10),
        claimed,
        accepts("m-3@partner", 20),
        lost,
        failed,
        given_up,
        viewed,
        serves,
        ended,
    ]
}
