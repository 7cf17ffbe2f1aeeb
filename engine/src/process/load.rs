//! Where the state comes from on which a command is decided: memory, a snapshot, the whole history. It is the same state.
//!
//! What was sealed is opened on the way when its key stands, and is its redacted form when that is gone. A hot state or a snapshot that was
//! read with a key that is gone is not used.

use std::ops::ControlFlow;

use super::{ExecuteError, Process};
use crate::erasure::{About, KeyId, Keyring};
use crate::snapshot::Snapshot;
use crate::spans::Span;
use crate::store::{StoreError, StoredEvent};
use crate::upcast::Unreadable;
use crate::workflow::Workflow;

impl<W: Workflow> Process<W> {
    /// The state to decide on and its version: from where the least is left to fold.
    pub(super) async fn load(&self, keys: &mut Keyring) -> Result<(W::State, u64), ExecuteError> {
        let (state, version) = match self.kept(keys).await? {
            Some(hot) => {
                self.metrics.hot_hits.one();
                hot
            }
            None => {
                self.metrics.hot_misses.one();
                self.snapshotted(keys).await?.unwrap_or_default()
            }
        };
        self.fold(state, version, keys).await
    }

    /// The hot state, unless a key is gone with which it was read: another engine may have shredded it.
    async fn kept(&self, keys: &mut Keyring) -> Result<Option<(W::State, u64)>, ExecuteError> {
        let Some((Kept { state, read_with }, version)) = self.context.hot().get::<Kept<W::State>>(&self.identity.stream) else {
            return Ok(None);
        };
        for id in read_with {
            if !keys.fetch(self.context.store(), &self.identity.tenant, id).await? {
                self.context.hot().forget(&self.identity.stream);
                *keys = Keyring::default();
                return Ok(None);
            }
        }
        Ok(Some((state, version)))
    }

    /// What the last snapshot says; `None` without one that this code can use.
    pub(super) async fn snapshotted(&self, keys: &mut Keyring) -> Result<Option<(W::State, u64)>, ExecuteError> {
        let useless = |why: String| {
            self.metrics.snapshots_passed_over.one();
            tracing::warn!(why, workflow = W::NAME, stream = %self.identity.stream, "a snapshot is passed over, the history is folded");
            Ok(None)
        };
        let snapshot = match self.context.store().snapshot(&self.identity.tenant, &self.identity.stream).await {
            Ok(Some(snapshot)) => snapshot,
            Ok(None) => return Ok(None),
            Err(error @ StoreError::Undecodable { .. }) => return useless(error.to_string()),
            Err(error) => return Err(error.into()),
        };
        let Snapshot { version, workflow, state_version, mut state } = snapshot;
        if workflow != W::NAME || state_version != W::STATE_VERSION {
            return useless(format!("it is of {workflow} v{state_version}, this code makes v{}", W::STATE_VERSION));
        }
        let about = About::Snapshot { stream: &self.identity.stream, version };
        let mut opens_with = Keyring::default();
        while let Some(id) = state.sealed_under() {
            opens_with.fetch(self.context.store(), &self.identity.tenant, id).await?;
            state = match opens_with.get(id).map(|key| state.open(key, about)) {
                Some(Ok(state)) => state,
                Some(Err(error)) => return useless(error.to_string()),
                None => return useless(format!("key {id} is gone, under which it is sealed")),
            };
        }
        match state.decode() {
            Ok(state) => {
                keys.take_over(opens_with);
                Ok(Some((state, version)))
            }
            Err(error) => useless(error.to_string()),
        }
    }

    /// `state`, which stands at `version`, and everything after it.
    pub(super) async fn fold(&self, state: W::State, from: u64, keys: &mut Keyring) -> Result<(W::State, u64), ExecuteError> {
        let span = Span::replay(&self.identity, from);
        let (mut state, mut version) = (Some(state), from);
        let store = self.context.store();
        let stopped = loop {
            let (mut stopped, after, ring) = (None, version, &*keys);
            let mut visit = |stored: StoredEvent<'_>| match self.read(&stored, ring) {
                Ok(event) => {
                    state = state.take().map(|state| W::apply(state, &event));
                    version = stored.version;
                    ControlFlow::Continue(())
                }
                Err(why) => {
                    stopped = Some(why);
                    ControlFlow::Break(())
                }
            };
            span.around(store.fold_stream(&self.identity.tenant, &self.identity.stream, after, &mut visit)).await?;
            match stopped {
                // Inside of a fold nothing else is read, so it stops at a key that is not on the ring, and goes on with it.
                Some(Stopped::ByASeal(id)) => drop(keys.fetch(store, &self.identity.tenant, id).await?),
                Some(Stopped::Unreadable(error)) => break Err(error),
                None => break Ok(()),
            }
        };
        span.version(version);
        self.metrics.replayed_events.add(version.saturating_sub(from));
        stopped.map(|()| (state.unwrap_or_default(), version))
    }

    /// The event as today's code knows it, opened when its key stands, redacted when that is gone.
    fn read(&self, stored: &StoredEvent<'_>, keys: &Keyring) -> Result<W::Event, Stopped> {
        let read = match stored.sealed_under() {
            None => self.schema.read(stored),
            Some(id) if !keys.knows(id) => return Err(Stopped::ByASeal(id)),
            Some(id) => match keys.get(id).map(|key| stored.open(key)) {
                None => self.schema.read(stored),
                Some(Ok(opened)) => self.schema.read(&stored.saying(&opened)),
                Some(Err(error)) => Err(Unreadable(error.to_string())),
            },
        };
        read.map_err(|Unreadable(detail)| {
            Stopped::Unreadable(ExecuteError::UnreadableEvent {
                workflow: W::NAME,
                stream: self.identity.stream.clone(),
                version: stored.version,
                event_type: stored.event_type.to_owned(),
                schema_version: stored.schema_version,
                detail,
            })
        })
    }
}

/// A hot state, and the keys with which it was read.
#[derive(Clone)]
pub(super) struct Kept<S> {
    pub(super) state: S,
    pub(super) read_with: Vec<KeyId>,
}

/// Where a fold came to an end before the end of the stream.
enum Stopped {
    /// At an event under a key that nobody has asked for yet.
    ByASeal(KeyId),
    Unreadable(ExecuteError),
}
