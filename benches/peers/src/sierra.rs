//! SierraDB: its storage engine, embedded.

use std::path::Path;

use async_trait::async_trait;
use sierradb::IterDirection;
use sierradb::StreamId;
use sierradb::database::{Database, DatabaseBuilder, ExpectedVersion, NewEvent, Transaction};
use sierradb::id::{uuid_to_partition_hash, uuid_v7_with_partition_hash};
use smallvec::SmallVec;
use uuid::Uuid;

use crate::peer::{Failed, Peer, add, encoded, name, readings};

/// How many partitions its server has.
const PARTITIONS: u16 = 1024;

/// A database.
pub struct Sierra(Database);

impl Sierra {
    /// Opens `dir`.
    pub fn open(dir: &Path) -> Result<Self, Failed> {
        std::fs::create_dir_all(dir)?;
        Ok(Self(DatabaseBuilder::new().open(dir)?))
    }
}

/// Where a stream lives.
fn partition(stream: u64) -> (Uuid, u16, u16) {
    let key = Uuid::from_u128(u128::from(stream).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835));
    let hash = uuid_to_partition_hash(key);
    (key, hash % PARTITIONS, hash)
}

#[async_trait(?Send)]
impl Peer for Sierra {
    fn name(&self) -> &'static str {
        "SierraDB 0.3.1"
    }

    fn settings(&self) -> &'static str {
        "embedded, DatabaseBuilder::new(): sync after 4 096 bytes, 50 events or 5 ms; zstd; no server, one replica"
    }

    async fn append(&self, stream: u64, first: u64, events: u64) -> Result<(), Failed> {
        let (key, partition, hash) = partition(stream);
        let event = |(reading, number): (_, u64)| {
            Ok(NewEvent {
                event_id: uuid_v7_with_partition_hash(hash),
                stream_id: StreamId::new(name(stream))?,
                stream_version: number.checked_sub(1).map_or(ExpectedVersion::Empty, ExpectedVersion::Exact),
                event_name: "ReadingReceived".to_owned(),
                timestamp: 1_766_502_001_000_000_000,
                metadata: Vec::new(),
                payload: encoded(&reading)?,
            })
        };
        let events: SmallVec<[NewEvent; 4]> = readings(first, events).zip(first..).map(event).collect::<Result<_, Failed>>()?;
        self.0.append_events(Transaction::new(key, partition, events)?).await?;
        Ok(())
    }

    async fn replay(&self, stream: u64) -> Result<Option<u64>, Failed> {
        let (_, partition, _) = partition(stream);
        let mut events = self.0.read_stream(partition, StreamId::new(name(stream))?, 0, IterDirection::Forward).await?;
        let mut state = (0, 0);
        while let Some(committed) = events.next().await? {
            for event in committed {
                state = add(state, &event.payload)?;
            }
        }
        Ok(Some(state.0))
    }
}
