//! `mako-engine` 0.23 as it is published: on SlateDB in its production form, and in memory.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use mako_benches::meter_readings::ReadingReceived;
use mako_engine_published::envelope::NewEvent;
use mako_engine_published::error::WorkflowError;
use mako_engine_published::event_store::{AppendBatch, AtomicAppend, EventStore, ExpectedVersion, InMemoryEventStore};
use mako_engine_published::ids::{ConversationId, CorrelationId, ProcessId, StreamId, TenantId};
use mako_engine_published::process::Process;
use mako_engine_published::snapshot::{InMemorySnapshotStore, Snapshot, SnapshotStore};
use mako_engine_published::store_slatedb::{SlateDbSnapshotStore, SlateDbStore};
use mako_engine_published::version::WorkflowId;
use mako_engine_published::workflow::{CommandPayload, EventPayload, Workflow, WorkflowOutput};
use serde::{Deserialize, Serialize};

use crate::peer::{Failed, Peer, name, readings};

/// The same reading, as an event of theirs.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Received(ReadingReceived);

impl EventPayload for Received {
    fn event_type(&self) -> &'static str {
        "ReadingReceived"
    }
}

#[derive(Clone)]
struct Receive;

impl CommandPayload for Receive {}

struct MeterReadings;

impl Workflow for MeterReadings {
    type State = (u64, u64);
    type Event = Received;
    type Command = Receive;

    fn apply((count, kwh): (u64, u64), event: &Received) -> (u64, u64) {
        (count + 1, kwh + event.0.kwh)
    }

    fn handle(_: &(u64, u64), _: Receive) -> Result<WorkflowOutput<Received>, WorkflowError> {
        Ok(WorkflowOutput::events(Vec::new()))
    }
}

/// Its stores.
pub struct Published<S, P> {
    name: &'static str,
    settings: &'static str,
    store: Arc<S>,
    snapshots: P,
    /// Which process a stream is.
    ids: Mutex<Vec<(u64, ProcessId)>>,
    tenant: TenantId,
}

/// On SlateDB, on the file system.
pub async fn slatedb(dir: &Path) -> Result<Published<SlateDbStore, SlateDbSnapshotStore>, Failed> {
    let store = SlateDbStore::open_local(dir).await?;
    let snapshots = store.as_snapshot_store();
    let settings = "SlateDbStore::open_local, SlateDB 0.14.1 with its default settings (flush every 100 ms), objects as files";
    Ok(published("mako-engine 0.23, SlateDB", settings, store, snapshots))
}

/// In memory.
pub fn memory() -> Published<InMemoryEventStore, InMemorySnapshotStore> {
    published("mako-engine 0.23, memory", "InMemoryEventStore: not durable", InMemoryEventStore::new(), InMemorySnapshotStore::new())
}

fn published<S, P>(name: &'static str, settings: &'static str, store: S, snapshots: P) -> Published<S, P> {
    Published { name, settings, store: Arc::new(store), snapshots, ids: Mutex::default(), tenant: TenantId::new() }
}

impl<S: EventStore + AtomicAppend + 'static, P> Published<S, P> {
    fn process(&self, stream: u64) -> Process<MeterReadings, Arc<S>> {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        let known = ids.iter().find(|(known, _)| *known == stream).map(|(_, id)| *id);
        let id = known.unwrap_or_else(|| {
            let id = ProcessId::new();
            ids.push((stream, id));
            id
        });
        Process::from_stream(self.store.clone(), StreamId::new(name(stream)), id, self.tenant, workflow())
    }
}

fn workflow() -> WorkflowId {
    WorkflowId::new("meter-readings", "FV2025-10-01")
}

#[async_trait(?Send)]
impl<S: EventStore + AtomicAppend + 'static, P: SnapshotStore + 'static> Peer for Published<S, P> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn settings(&self) -> &'static str {
        self.settings
    }

    async fn append(&self, stream: u64, first: u64, events: u64) -> Result<(), Failed> {
        let process = self.process(stream);
        let event = |reading: ReadingReceived| {
            let (correlation, conversation) = (CorrelationId::new(), ConversationId::new());
            let payload = serde_json::to_value(Received(reading))?;
            let process = process.process_id();
            Ok(NewEvent::new(correlation, None, conversation, process, self.tenant, workflow(), "ReadingReceived", 1, payload))
        };
        let events: Vec<NewEvent> = readings(first, events).map(event).collect::<Result<_, Failed>>()?;
        let expected = if first == 0 { ExpectedVersion::NoStream } else { ExpectedVersion::Exact(first) };
        // Writers on strange streams conflict over shared counters; its own users retry as well.
        loop {
            match self.store.append(AppendBatch::new(process.stream_id(), expected, &events)).await {
                Ok(_) => return Ok(()),
                Err(mako_engine_published::error::EngineError::VersionConflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    async fn replay(&self, stream: u64) -> Result<Option<u64>, Failed> {
        Ok(Some(self.process(stream).state().await?.0))
    }

    async fn take_snapshot(&self, stream: u64, events: u64) -> Result<(), Failed> {
        let kwh: u64 = readings(0, events).map(|reading| reading.kwh).sum();
        let state = serde_json::to_value((events, kwh))?;
        Ok(self.snapshots.save(&Snapshot::new(StreamId::new(name(stream)), events, 1, state)).await?)
    }

    async fn state_with_snapshot(&self, stream: u64) -> Result<Option<u64>, Failed> {
        Ok(Some(self.process(stream).state_with_snapshot(&self.snapshots).await?.0))
    }
}
