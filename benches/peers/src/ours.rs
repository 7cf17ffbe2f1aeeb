//! The engine of this repository: on fjall as in production, and in memory.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use mako_benches::meter_readings::{MeterReadings, commit_of};
use mako_benches::stores;
use mako_engine::registry::ProcessIdentity;
use mako_engine::snapshot::Snapshot;
use mako_engine::store::{Payload, Store, Writing};
use mako_engine::{EngineContext, ExpectedVersion, FormatVersion, Process, StreamId};

use crate::peer::{Failed, Peer, name, readings};

/// An engine and its store.
pub struct Ours {
    name: &'static str,
    settings: &'static str,
    store: Arc<dyn Store>,
    engine: EngineContext,
}

/// On disk.
pub struct Fjall;

impl Fjall {
    /// Opens `dir` as a node does in production.
    pub fn open(dir: &Path) -> Result<Ours, Failed> {
        let store: Arc<dyn Store> = Arc::new(stores::production(dir, Writing::Thread).map_err(|error| error.to_string())?);
        ours("mako (this repository), fjall", "FjallOptions::default(), Writing::Thread: one fdatasync per group of commits", store)
    }
}

/// In memory.
pub fn memory() -> Result<Ours, Failed> {
    let store: Arc<dyn Store> = Arc::new(stores::memory().map_err(|error| error.to_string())?);
    ours("mako (this repository), memory", "not durable", store)
}

fn ours(name: &'static str, settings: &'static str, store: Arc<dyn Store>) -> Result<Ours, Failed> {
    let engine = stores::engine(store.clone()).map_err(|error| error.to_string())?;
    Ok(Ours { name, settings, store, engine })
}

impl Ours {
    async fn process(&self, stream: u64) -> Result<Process<MeterReadings>, Failed> {
        Ok(self.engine.resume::<MeterReadings>(&StreamId::new(name(stream))).await?)
    }
}

#[async_trait(?Send)]
impl Peer for Ours {
    fn name(&self) -> &'static str {
        self.name
    }

    fn settings(&self) -> &'static str {
        self.settings
    }

    async fn append(&self, stream: u64, first: u64, events: u64) -> Result<(), Failed> {
        let mut commit = commit_of(&name(stream), first, events)?;
        // Ids are unique in a store.
        for (event, number) in commit.events.iter_mut().zip(first..) {
            event.id = mako_engine::Id::from_u128((u128::from(stream) << 64) | (u128::from(number) << 8));
        }
        commit.expected = if first == 0 { ExpectedVersion::NoStream } else { ExpectedVersion::Exact(first) };
        if first == 0 {
            let (tenant, stream, workflow) = (commit.tenant.clone(), commit.stream.clone(), "meter-readings".to_owned());
            commit.starts = Some(ProcessIdentity { tenant, stream, workflow, rules: FormatVersion::LATEST });
        }
        self.store.append_with_outbox(commit).await?;
        Ok(())
    }

    async fn replay(&self, stream: u64) -> Result<Option<u64>, Failed> {
        Ok(Some(self.process(stream).await?.state().await?.0))
    }

    async fn take_snapshot(&self, stream: u64, events: u64) -> Result<(), Failed> {
        let mut commit = commit_of(&name(stream), events, 0)?;
        let kwh: u64 = readings(0, events).map(|reading| reading.kwh).sum();
        let state = Payload::encode(&(events, kwh))?;
        commit.snapshot = Some(Snapshot { version: events, workflow: "meter-readings".to_owned(), state_version: 1, state });
        self.store.append_with_outbox(commit).await?;
        Ok(())
    }

    async fn state_with_snapshot(&self, stream: u64) -> Result<Option<u64>, Failed> {
        Ok(Some(self.process(stream).await?.state_with_snapshot().await?.0))
    }
}
