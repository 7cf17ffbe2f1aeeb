//! A new version of a view in place of the old one, while the old one answers.
//!
//! The new version is built from the first event on, in commits that have no events and no messages: no worker sees anything of it. The old
//! one is fed meanwhile and serves. When the new one has come as far, one commit says that it serves; from then on the old one is not fed
//! any more, and its rows go, some at a time. Every step can be begun again after a crash: what was built stays built, what has taken over
//! serves, and what is left of the old one goes the next time.

use serde::de::DeserializeOwned;

use super::{Projection, ProjectionRunner, TakeOver, ViewName, decode_row};
use crate::commit::{Commit, CommitError};
use crate::store::{Store, StoreError};

/// A row of a view, and the version of the code that made it: whoever reads decodes by version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedRow {
    /// The version that serves.
    pub version: u32,
    bytes: Vec<u8>,
}

impl ServedRow {
    /// The row.
    ///
    /// # Errors
    /// [`StoreError`] when it is no `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        decode_row(&self.bytes)
    }
}

/// The row under `key` of that version of the view `name` which serves; `None` when it has none, or no version serves.
///
/// # Errors
/// [`StoreError`] when the store fails.
pub async fn served_row(store: &dyn Store, name: &str, key: &str) -> Result<Option<ServedRow>, StoreError> {
    let mut serving = store.serving(name).await?;
    loop {
        let Some(version) = serving else { return Ok(None) };
        let bytes = store.view_row(&ViewName::new(name, version), key.as_bytes()).await?;
        // A version that was replaced between the two looks may have lost the row meanwhile.
        let still = store.serving(name).await?;
        if still == serving {
            return Ok(bytes.map(|bytes| ServedRow { version, bytes }));
        }
        serving = still;
    }
}

impl<P: Projection> ProjectionRunner<P> {
    /// Brings this version of the view up to date, lets it serve in one commit, and removes what the versions before it left. Asked again,
    /// also after a crash at any place, it does what is left to do.
    ///
    /// # Errors
    /// [`CommitError::NoTakeOver`] when a later version serves, and others when the store fails; what was done stays.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use mako_engine::commit::NewEvent;
    /// # use mako_engine::store::{KeyedStore, Payload};
    /// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
    /// # use mako_engine::{Cause, Commit, EngineBuilder, Id, Timestamp};
    /// use mako_engine::projection::{Projection, ProjectionRunner, Rows, ViewName, served_row};
    /// use mako_engine::store::{RecordedEvent, StoreError};
    ///
    /// /// How long each process is; since version 2 with the name of its last event.
    /// struct Lengths(u32);
    ///
    /// #[async_trait::async_trait]
    /// impl Projection for Lengths {
    ///     fn view(&self) -> ViewName {
    ///         ViewName::new("lengths", self.0)
    ///     }
    ///
    ///     async fn apply(&self, event: &RecordedEvent, rows: &mut Rows<'_>) -> Result<(), StoreError> {
    ///         match self.0 {
    ///             1 => rows.put(event.stream.as_str(), &event.version),
    ///             _ => rows.put(event.stream.as_str(), &(event.version, &event.event_type)),
    ///         }
    ///     }
    /// }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (clock, ids) = (Arc::new(ManualClock::at(Timestamp::EPOCH)), Arc::new(SeededIds::new(1)));
    /// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
    /// # let engine = EngineBuilder::new("9900000000001".into(), store, clock, ids).build()?;
    /// # let mut commit = Commit::new("9900000000001".into(), "anfrage/1".into(), Timestamp::EPOCH, Cause::Command("by hand".into()));
    /// # let payload = Payload::encode(&"51238696780")?;
    /// # commit.events.push(NewEvent { id: Id::from_u128(1), event_type: "Asked".into(), schema_version: 1, payload });
    /// # engine.commit(commit).await?;
    /// ProjectionRunner::new(engine.clone(), Lengths(1)).take_over().await?;
    /// let row = served_row(engine.store(), "lengths", "anfrage/1").await?.ok_or("it has one")?;
    /// assert_eq!((row.version, row.decode::<u64>()?), (1, 1));
    ///
    /// // A release later: built beside it, then in its place.
    /// let new = ProjectionRunner::new(engine.clone(), Lengths(2));
    /// new.catch_up().await?;
    /// assert_eq!(engine.store().serving("lengths").await?, Some(1), "the old one serves until the new one takes over");
    /// new.take_over().await?;
    /// let row = served_row(engine.store(), "lengths", "anfrage/1").await?.ok_or("it has one")?;
    /// assert_eq!((row.version, row.decode::<(u64, String)>()?), (2, (1, "Asked".into())));
    /// assert_eq!(engine.store().view_versions("lengths").await?, [2], "what the old one left is gone");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn take_over(&self) -> Result<(), CommitError> {
        loop {
            self.catch_up().await?;
            let from = self.context.store().serving(self.view.name()).await?;
            if from == Some(self.view.version()) {
                return self.drop_replaced().await;
            }
            let takes_over = Some(TakeOver { view: self.view.clone(), from });
            match self.context.commit(Commit { takes_over, ..self.commit() }).await {
                // Its runner was faster: what came meanwhile is caught up first.
                Ok(_) | Err(CommitError::ViewBehind { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Removes the versions that this one has replaced.
    async fn drop_replaced(&self) -> Result<(), CommitError> {
        loop {
            let versions = self.context.store().view_versions(self.view.name()).await?;
            let Some(version) = versions.into_iter().find(|version| *version < self.view.version()) else { return Ok(()) };
            let drops_view = Some(ViewName::new(self.view.name(), version));
            self.context.commit(Commit { drops_view, ..self.commit() }).await?;
        }
    }
}
