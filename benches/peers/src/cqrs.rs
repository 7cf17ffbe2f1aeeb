//! `cqrs-es`: its own persisted event store, over a repository on SQLite, since it brings those for PostgreSQL, MySQL and DynamoDB only, which
//! are servers.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{
    PersistedEventRepository, PersistedEventStore, PersistenceError, ReplayStream, SerializedEvent, SerializedSnapshot,
};
use cqrs_es::{Aggregate, AggregateContext as _, CqrsFramework, DomainEvent, EventStore as _};
use mako_benches::meter_readings::ReadingReceived;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::peer::{Failed, Peer, name, readings};

/// The same reading, as an event of theirs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Received(ReadingReceived);

impl DomainEvent for Received {
    fn event_type(&self) -> String {
        "ReadingReceived".to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

/// Adds readings up.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct MeterReadings(u64, u64);

impl Aggregate for MeterReadings {
    const TYPE: &'static str = "meter-readings";
    type Command = Vec<ReadingReceived>;
    type Event = Received;
    type Error = std::fmt::Error;
    type Services = ();

    async fn handle(&mut self, command: Self::Command, (): &(), sink: &EventSink<Self>) -> Result<(), std::fmt::Error> {
        for reading in command {
            sink.write(Received(reading), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Received) {
        *self = Self(self.0 + 1, self.1 + event.0.kwh);
    }
}

/// Rows in SQLite.
#[derive(Clone)]
struct Rows(Arc<Mutex<Connection>>);

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> PersistenceError {
    PersistenceError::UnknownError(Box::new(error))
}

impl Rows {
    fn events(&self, id: &str, after: usize) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection
            .prepare_cached(
                "SELECT sequence, event_type, version, payload, metadata FROM events WHERE id = ?1 AND sequence > ?2 ORDER BY sequence",
            )
            .map_err(failed)?;
        let mut rows = statement.query(params![id, after as i64]).map_err(failed)?;
        let mut events = Vec::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let text = |column| row.get::<_, String>(column).map_err(failed);
            let json = |column| serde_json::from_str::<Value>(&text(column)?).map_err(failed);
            let sequence = row.get::<_, i64>(0).map_err(failed)? as usize;
            let kind = MeterReadings::TYPE.to_owned();
            events.push(SerializedEvent::new(id.to_owned(), sequence, kind, text(1)?, text(2)?, json(3)?, json(4)?));
        }
        Ok(events)
    }
}

impl PersistedEventRepository for Rows {
    async fn get_events<A: Aggregate>(&self, id: &str) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.events(id, 0)
    }

    async fn get_last_events<A: Aggregate>(&self, id: &str, last: usize) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.events(id, last)
    }

    async fn get_snapshot<A: Aggregate>(&self, _: &str) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(&self, events: &[SerializedEvent], _: Option<(String, Value, usize)>) -> Result<(), PersistenceError> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction().map_err(failed)?;
        for event in events {
            transaction
                .prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
                .map_err(failed)?
                .execute(params![
                    event.aggregate_id,
                    event.sequence as i64,
                    event.event_type,
                    event.event_version,
                    event.payload.to_string(),
                    event.metadata.to_string()
                ])
                .map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }

    async fn stream_events<A: Aggregate>(&self, _: &str) -> Result<ReplayStream, PersistenceError> {
        Err(failed(std::io::Error::other("nobody asks for it here")))
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        Err(failed(std::io::Error::other("nobody asks for it here")))
    }
}

type Store = PersistedEventStore<Rows, MeterReadings>;

/// A framework for commands, and the store to load from.
///
/// No snapshots: cqrs-es 0.5.0 applies the events of a commit to the aggregate as they are written to the sink, and once more when it
/// takes the snapshot (`update_snapshot_with_events`), so a state that counts is wrong by the last commit.
pub struct Cqrs {
    framework: CqrsFramework<MeterReadings, Store>,
    store: Store,
}

impl Cqrs {
    /// Opens `dir`.
    pub fn open(dir: &Path) -> Result<Self, Failed> {
        std::fs::create_dir_all(dir)?;
        let connection = Connection::open(dir.join("events.sqlite"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(
            "CREATE TABLE events (id TEXT, sequence INTEGER, event_type TEXT, version TEXT, payload TEXT, metadata TEXT,
                                  PRIMARY KEY (id, sequence)) WITHOUT ROWID;",
        )?;
        let rows = Rows(Arc::new(Mutex::new(connection)));
        let framework = CqrsFramework::new(PersistedEventStore::new_event_store(rows.clone()), Vec::new(), ());
        Ok(Self { framework, store: PersistedEventStore::new_event_store(rows) })
    }
}

#[async_trait(?Send)]
impl Peer for Cqrs {
    fn name(&self) -> &'static str {
        "cqrs-es 0.5 (on SQLite)"
    }

    fn settings(&self) -> &'static str {
        "PersistedEventStore over a repository of our own on SQLite (WAL, synchronous=FULL): a command loads its aggregate, then commits"
    }

    async fn append(&self, stream: u64, first: u64, events: u64) -> Result<(), Failed> {
        let readings: Vec<ReadingReceived> = readings(first, events).collect();
        Ok(self.framework.execute_with_metadata(&name(stream), readings, HashMap::new()).await?)
    }

    async fn replay(&self, stream: u64) -> Result<Option<u64>, Failed> {
        Ok(Some(self.store.load_aggregate(&name(stream)).await?.aggregate().0))
    }
}
