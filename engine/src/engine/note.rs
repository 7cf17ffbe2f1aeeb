//! What the boundary commits by itself: what it refused, noted, or gave to the dead letters.

use super::EngineContext;
use crate::boundary::{BOUNDARY_WORKFLOW, BoundaryEvent, boundary_stream};
use crate::commit::{Cause, Commit, CommitError, Committed, NewEvent, NewOutboxMessage};
use crate::dead_letter::DeadLetter;
use crate::inbox::InboxSettlement;
use crate::names::CorrelationKey;
use crate::process::ExecuteError;
use crate::registry::ProcessIdentity;
use crate::store::{Payload, PayloadError, StoreError};
use crate::version::FormatVersion;
use crate::workflow::{EventPayload, Outgoing};

/// What the boundary commits about a message that belongs to no process: one event on its own stream, with the answers to the sender
/// and the settlement of the message in the same commit.
///
/// ```
/// use std::sync::Arc;
/// use mako_engine::boundary::{BoundaryEvent, boundary_stream};
/// use mako_engine::inbox::{Accept, InboxKey, InboxSettlement, Outcome};
/// use mako_engine::store::KeyedStore;
/// use mako_engine::testing::MemoryBackend;
/// use mako_engine::{BoundaryNote, Cause, Commit, EngineBuilder, Outgoing, SystemClock, SystemIds};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
/// # let engine = EngineBuilder::new("9900000000001".into(), store, Arc::new(SystemClock), Arc::new(SystemIds)).build()?;
/// # let tenant = engine.tenant().clone();
/// # let key = InboxKey { tenant: tenant.clone(), sender: "9900000000002".to_owned(), message_id: "1@2".to_owned() };
/// # let received_at = engine.clock().now();
/// # let cause = Cause::Message { inbox: key.clone(), part: 0 };
/// # let mut accept = Commit::new(tenant, boundary_stream(), received_at, cause);
/// # let known_until = received_at.plus_seconds(86_400);
/// # accept.accepts = Some(Accept { key: key.clone(), received_at, known_until, payload: b"UNB+".to_vec() });
/// # engine.commit(accept).await?;
/// // A message under `key` was accepted, and its interchange cannot be read: the sender gets a CONTRL.
/// let (about, answer) = ("interchange from 9900000000002".to_owned(), "CONTRL 4 UCI 28".to_owned());
/// let contrl = Outgoing::new("as4", "9900000000002", &answer, &serde_json::json!({ "code": "28" }))?;
/// let note = BoundaryNote {
///     event: BoundaryEvent::Refused { about, answer },
///     answers: vec![contrl],
///     dead_letter: None,
///     correlations: Vec::new(),
///     settles: InboxSettlement { key, part: 0, last: true, outcome: Outcome::Refused, token: None },
/// };
/// engine.note(note).await?;
/// assert!(engine.store().inbox_pending(1).await?.rows.is_empty());
/// assert_eq!(engine.store().outbox_due(engine.clock().now(), 1).await?.rows.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct BoundaryNote {
    /// What happened.
    pub event: BoundaryEvent,
    /// Answers to the sender.
    pub answers: Vec<Outgoing>,
    /// A dead letter, when there is one beside the answer.
    pub dead_letter: Option<DeadLetter>,
    /// Keys under which the message is known from now on.
    pub correlations: Vec<CorrelationKey>,
    /// The received message that this settles.
    pub settles: InboxSettlement,
}

impl EngineContext {
    /// Commits what the boundary did with a message that belongs to no process.
    ///
    /// # Errors
    /// [`CommitError`]; the message then stays in the inbox.
    pub async fn note(&self, note: BoundaryNote) -> Result<Committed, ExecuteError> {
        let cause = Cause::Message { inbox: note.settles.key.clone(), part: note.settles.part };
        let mut commit = self.at_boundary(&note.event, cause)?;
        commit.outbox = note.answers.into_iter().map(|message| NewOutboxMessage { id: self.ids().next_id(), message }).collect();
        commit.dead_letters.extend(note.dead_letter);
        commit.correlations = note.correlations;
        commit.settles_inbox = Some(note.settles);
        self.commit_at_boundary(commit).await
    }

    /// A commit on the boundary's stream, with its event.
    pub(super) fn at_boundary(&self, event: &BoundaryEvent, cause: Cause) -> Result<Commit, StoreError> {
        let mut commit = Commit::new(self.tenant().clone(), boundary_stream(), self.clock().now(), cause);
        let unencodable = |e: PayloadError| StoreError::Unencodable { what: "boundary event", detail: e.to_string() };
        let payload = Payload::encode(event).map_err(unencodable)?;
        let event_type = event.event_type();
        let present = BoundaryEvent::TYPES.iter().find(|(name, _)| *name == event_type);
        let schema_version = present.map_or(1, |(_, version)| *version);
        commit.events.push(NewEvent { id: self.ids().next_id(), event_type: event_type.to_owned(), schema_version, payload });
        Ok(commit)
    }

    /// Applies `commit`, and begins the boundary's stream with it where there is none yet.
    pub(super) async fn commit_at_boundary(&self, commit: Commit) -> Result<Committed, ExecuteError> {
        let stream = boundary_stream();
        if self.store().process(self.tenant(), &stream).await?.is_some() {
            return Ok(self.commit(commit).await?);
        }
        let (tenant, workflow) = (self.tenant().clone(), BOUNDARY_WORKFLOW.to_owned());
        let starts = Some(ProcessIdentity { tenant, stream, workflow, rules: FormatVersion::at(commit.at) });
        match self.commit(Commit { starts, ..commit.clone() }).await {
            // Another note of the same instant began the stream.
            Err(CommitError::ProcessExists { .. }) => Ok(self.commit(commit).await?),
            committed => Ok(committed?),
        }
    }
}
