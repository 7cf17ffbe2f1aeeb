//! A store directory as an engine leaves it: one process that lives and one that ended, with something in every table.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use mako_engine::commit::{NewDeadline, NewEvent, NewOutboxMessage, OutboxSettlement};
use mako_engine::dead_letter::{AuditContext, DeadLetter, DeadLetterReason};
use mako_engine::inbox::{Accept, InboxClaim, InboxKey};
use mako_engine::registry::ProcessIdentity;
use mako_engine::store::backend::{Backend as _, Write};
use mako_engine::store::fjall::{FjallBackend, FjallOptions};
use mako_engine::store::{AtomicAppend as _, KeyedStore, Payload};
use mako_engine::{Cause, Commit, FormatVersion, Id, Outgoing, TenantId, Timestamp};
use serde_json::json;
use tempfile::TempDir;

/// A closed store directory, and the place around it.
pub struct Stored {
    home: TempDir,
}

/// How many events [`Stored::new`] writes.
pub const EVENTS: usize = 4;

/// In how many commits.
pub const COMMITS: usize = 4;

impl Stored {
    pub fn new() -> Self {
        let stored = Self { home: tempfile::tempdir().unwrap() };
        let store = KeyedStore::open(stored.open()).unwrap();
        for commit in [asked(), failed(), answered(), lost()] {
            done(store.append_with_outbox(commit)).unwrap();
        }
        stored
    }

    pub fn dir(&self) -> PathBuf {
        self.home.path().join("store")
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// The directory, open.
    pub fn open(&self) -> FjallBackend {
        let _door = super::door();
        FjallBackend::open(self.dir(), FjallOptions::simulation()).unwrap().0
    }

    /// Commits one more event.
    pub fn grow(&self) {
        let store = KeyedStore::open(self.open()).unwrap();
        done(store.append_with_outbox(event("lieferbeginn/1", "Noted", 9))).unwrap();
    }

    /// Commits an event of another tenant, in a stream of a name that is there already.
    pub fn share_a_name(&self) {
        let store = KeyedStore::open(self.open()).unwrap();
        let theirs = Commit { tenant: TenantId::new("9900000000008"), ..event("lieferbeginn/1", "Noted", 9) };
        done(store.append_with_outbox(theirs)).unwrap();
    }

    /// Makes the message that waits unreadable, past the engine.
    pub fn spoil_the_message(&self) {
        self.spoil_the_last(b"Q", b"R");
    }

    /// Makes the dead letter unreadable, past the engine, and adds a good one behind it.
    pub fn spoil_the_dead_letter(&self) {
        self.spoil_the_last(b"X", b"Y");
        let store = KeyedStore::open(self.open()).unwrap();
        let mut second = Commit { events: Vec::new(), ..event("boundary", "", 0) };
        second.dead_letters = lost().dead_letters;
        done(store.append_with_outbox(second)).unwrap();
    }

    fn spoil_the_last(&self, from: &[u8], to: &[u8]) {
        let backend = self.open();
        let (key, _) = backend.last(from, to).unwrap().unwrap();
        backend.apply(vec![Write::Put(key, b"?".to_vec())]).unwrap();
    }

    /// Makes the first event unreadable, past the engine.
    pub fn spoil_the_first_event(&self) {
        self.change_first_event_to(|value| value.truncate(3));
    }

    /// Flips the last bit of the first event, past the engine.
    pub fn change_first_event(&self) {
        self.change_first_event_to(|value| *value.last_mut().unwrap() ^= 1);
    }

    fn change_first_event_to(&self, change: impl FnOnce(&mut Vec<u8>)) {
        let backend = self.open();
        let mut first = None;
        let mut visit = |key: &[u8], value: &[u8]| {
            first = Some((key.to_vec(), value.to_vec()));
            ControlFlow::Break(())
        };
        backend.scan(b"E", b"F", &mut visit).unwrap();
        let (key, mut value) = first.unwrap();
        change(&mut value);
        backend.apply(vec![Write::Put(key, value)]).unwrap();
    }
}

/// Runs `work`, which waits for nothing but its own turn.
fn done<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(done) = work.as_mut().poll(&mut context) {
            return done;
        }
    }
}

fn at(seconds: i64) -> Timestamp {
    "2025-12-23T15:00:00Z".parse::<Timestamp>().unwrap().plus_seconds(seconds)
}

fn event(stream: &str, event_type: &str, number: u128) -> Commit {
    let mut commit = Commit::new(TenantId::new("9900000000001"), stream.into(), at(0), Cause::Command("by hand".to_owned()));
    let payload = Payload::encode(&json!({ "malo": "51999990018" })).unwrap();
    commit.events.push(NewEvent { id: Id::from_u128(number), event_type: event_type.to_owned(), schema_version: 1, payload });
    commit
}

fn begun(stream: &str, event_type: &str, number: u128) -> Commit {
    let mut commit = event(stream, event_type, number);
    let (tenant, stream) = (commit.tenant.clone(), commit.stream.clone());
    let workflow = "lieferbeginn".to_owned();
    commit.starts = Some(ProcessIdentity { tenant, stream, workflow, rules: FormatVersion::Fv2025_10_01 });
    commit
}

/// Two events, a message that waits, a deadline, a business key.
fn asked() -> Commit {
    let mut commit = begun("lieferbeginn/1", "AnmeldungRequested", 1);
    commit.events.extend(event("lieferbeginn/1", "Noted", 2).events);
    let message = Outgoing::new("as4", "9900000000002", "UTILMD 55001", &json!({})).unwrap();
    commit.outbox.push(NewOutboxMessage { id: Id::from_u128(7), message });
    commit.deadlines_set.push(NewDeadline {
        label: "answer 55001".into(),
        due: at(3_600),
        reason: "by 11:00 of the next Werktag".to_owned(),
    });
    commit.claims.push("Lieferbeginn/51999990018".into());
    commit
}

/// The first try of the message found nobody.
fn failed() -> Commit {
    let mut commit = Commit { events: Vec::new(), ..event("lieferbeginn/1", "", 0) };
    let (id, error) = (Id::from_u128(7), "no connection".to_owned());
    commit.settles_outbox = Some(OutboxSettlement::Rescheduled { id, next_try: at(60), error });
    commit
}

/// A process that ended with its first event.
fn answered() -> Commit {
    let mut commit = begun("lieferbeginn/2", "Answered", 3);
    commit.ends = true;
    commit
}

/// A received message that somebody holds and has not worked off, and a dead letter.
fn lost() -> Commit {
    let mut commit = begun("boundary", "DeadLettered", 4);
    let (tenant, sender, message_id) = (commit.tenant.clone(), "9900000000002".to_owned(), "m-1@partner".to_owned());
    let key = InboxKey { tenant, sender, message_id };
    commit.claims_inbox = Some(InboxClaim { key: key.clone(), until: at(300) });
    commit.accepts = Some(Accept { key, received_at: at(5), payload: b"UNB+UNOC:3'".to_vec(), known_until: at(86_400) });
    let audit = AuditContext::at(at(6)).tenant(commit.tenant.clone()).into();
    let reason = DeadLetterReason::UnknownPid { message_type: "UTILMD".to_owned(), pid: Some("99999".to_owned()), audit };
    commit.dead_letters.push(DeadLetter { reason, about: "UTILMD 99999".to_owned() });
    commit
}
