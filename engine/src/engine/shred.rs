//! Forgetting a person: the key goes, and what was sealed under it is read as its redacted form from then on.

use super::EngineContext;
use crate::boundary::BoundaryEvent;
use crate::commit::{Cause, CommitError};
use crate::erasure::{About, KeyId, Shredding};
use crate::names::{StreamId, SubjectId};
use crate::process::{ExecuteError, KEY_RETRIES};
use crate::store::{Payload, RecordedEvent, StoreError};

/// What a shredding was about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shredded {
    /// The name of the key: the note on the boundary's stream has it, and so has every event that was sealed under it.
    pub key: KeyId,
    /// The streams with such an event.
    pub streams: Vec<StreamId>,
    /// Those of them whose process goes on, with the redacted values: what it sends from now on has them, too.
    pub living: Vec<StreamId>,
}

impl EngineContext {
    /// Forgets `subject`: deletes its key and the snapshot and hot state of every process that has an event about it, and notes on the
    /// boundary's stream that and why. One commit, or nothing. `because` stays for ever: it names the request, not the person.
    /// `None` when nothing is sealed under a key of this subject (any more), so asking again does no harm.
    ///
    /// The bytes of the key are still in the files of the store until those are rewritten: see
    /// [`store::fjall::scrub`](crate::store::fjall::scrub). What is not sealed stays where it is; `docs/erasure.md` has the list.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use mako_engine::routing::Adapters;
    /// # use mako_engine::store::KeyedStore;
    /// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
    /// # use mako_engine::{Cause, Decision, EngineBuilder, EventPayload, Execute, FormatVersion, TimeoutDeadline, Timestamp, Workflow, WorkflowResult};
    /// # use serde::{Deserialize, Serialize};
    /// use mako_engine::SubjectId;
    /// use mako_engine::erasure::Personal;
    ///
    /// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    /// enum Event {
    ///     Asked { malo: Option<String>, on: u32 },
    /// }
    /// impl EventPayload for Event {
    ///     const TYPES: &'static [(&'static str, u16)] = &[("Asked", 1)];
    ///     const PERSONAL: &'static [Personal] = &[Personal { event: "Asked", field: "/malo", redacted: "null" }];
    ///     fn event_type(&self) -> &'static str {
    ///         "Asked"
    ///     }
    ///     fn subject(&self) -> Option<SubjectId> {
    ///         let Self::Asked { malo, .. } = self;
    ///         malo.as_deref().map(SubjectId::from)
    ///     }
    /// }
    /// # #[derive(Clone)]
    /// # struct Ask(String);
    /// # impl From<TimeoutDeadline> for Ask { fn from(_: TimeoutDeadline) -> Self { Self(String::new()) } }
    /// # struct Anfrage;
    /// # impl Workflow for Anfrage {
    /// #     const NAME: &'static str = "anfrage";
    /// #     const DEADLINE_LABELS: &'static [&'static str] = &[];
    /// #     type State = Vec<Event>;
    /// #     type Command = Ask;
    /// #     type Event = Event;
    /// #     fn handle(_: &Vec<Event>, Ask(malo): Ask) -> WorkflowResult<Event> { Ok(Decision::event(Event::Asked { malo: Some(malo), on: 7 })) }
    /// #     fn apply(mut asked: Vec<Event>, event: &Event) -> Vec<Event> { asked.push(event.clone()); asked }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (clock, ids) = (ManualClock::at(Timestamp::EPOCH), SeededIds::new(1));
    /// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
    /// let engine = EngineBuilder::new("9900000000001".into(), store, Arc::new(clock), Arc::new(ids))
    ///     .workflow::<Anfrage>(Adapters::none())
    ///     .seals()
    ///     .build()?;
    /// # let ask = Execute::new(Ask("51238696780".to_owned()), Cause::Command("by hand".into()));
    /// # let process = engine.spawn::<Anfrage>(FormatVersion::LATEST, ask).await?;
    /// assert_eq!(process.state().await?, [Event::Asked { malo: Some("51238696780".into()), on: 7 }]);
    ///
    /// let shredded = engine.shred(&"51238696780".into(), "request 2026/17, granted").await?.ok_or("nothing is sealed")?;
    /// assert_eq!(shredded.streams, [process.identity().stream.clone()]);
    /// assert_eq!(process.state().await?, [Event::Asked { malo: None, on: 7 }]);
    /// assert_eq!(engine.shred(&"51238696780".into(), "once more").await?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ExecuteError::Commit`] and [`ExecuteError::Store`] when the store fails; whether the key is gone is then decided by reopening.
    pub async fn shred(&self, subject: &SubjectId, because: &str) -> Result<Option<Shredded>, ExecuteError> {
        let mut retries = KEY_RETRIES;
        loop {
            let Some(key) = self.store().key_of(self.tenant(), subject).await?.map(|key| key.id()) else { return Ok(None) };
            let note = BoundaryEvent::Shredded { key, because: because.to_owned() };
            let mut commit = self.at_boundary(&note, Cause::Command("shred".to_owned()))?;
            commit.shreds = Some(Shredding { subject: subject.clone(), key });
            let streams = match self.commit_at_boundary(commit).await {
                Ok(committed) => committed.shredded,
                // Somebody else was faster, and perhaps the subject has another key by now.
                Err(ExecuteError::Commit(CommitError::KeyGone { .. })) if retries > 0 => {
                    retries -= 1;
                    continue;
                }
                Err(error) => return Err(error),
            };
            let mut living = Vec::new();
            for stream in &streams {
                self.hot().forget(stream);
                if self.store().process(self.tenant(), stream).await?.is_some_and(|record| !record.ended) {
                    living.push(stream.clone());
                }
            }
            return Ok(Some(Shredded { key, streams, living }));
        }
    }

    /// What `event` says to whoever has the key: its whole content while that stands, its redacted form once it is shredded, and the content
    /// as it is when it was never sealed. For an answer to the person itself; a read model is made of the redacted form.
    ///
    /// # Errors
    /// [`StoreError::Undecodable`] when the seal does not open under its own key, another [`StoreError`] when the store fails.
    pub async fn opened(&self, event: &RecordedEvent) -> Result<Payload, StoreError> {
        let Some(id) = event.payload.sealed_under() else { return Ok(event.payload.clone()) };
        let Some(key) = self.store().subject_key(&event.tenant, id).await? else { return Ok(event.payload.clone()) };
        let about = About::Event { id: event.id, event_type: &event.event_type, schema_version: event.schema_version };
        event.payload.open(&key, about).map_err(|error| StoreError::Undecodable { what: "sealed event", detail: error.to_string() })
    }
}
