//! Plain stores: a table of events in SQLite and in redb, as one would write it by hand.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use redb::{Database, Durability, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use rusqlite::{Connection, params};

use crate::peer::{Failed, Peer, add, encoded, readings};

/// One connection, as SQLite has one writer.
pub struct Sqlite(Mutex<Connection>);

impl Sqlite {
    /// Opens `dir`.
    pub fn open(dir: &Path) -> Result<Self, Failed> {
        std::fs::create_dir_all(dir)?;
        let connection = Connection::open(dir.join("events.sqlite"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection
            .execute("CREATE TABLE events (stream INTEGER, version INTEGER, data BLOB, PRIMARY KEY (stream, version)) WITHOUT ROWID", ())?;
        Ok(Self(Mutex::new(connection)))
    }
}

#[async_trait(?Send)]
impl Peer for Sqlite {
    fn name(&self) -> &'static str {
        "SQLite (rusqlite 0.40)"
    }

    fn settings(&self) -> &'static str {
        "one table by (stream, version), WAL, synchronous=FULL, prepared statements, one connection"
    }

    async fn append(&self, stream: u64, first: u64, events: u64) -> Result<(), Failed> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        let last: Option<u64> = transaction
            .prepare_cached("SELECT max(version) FROM events WHERE stream = ?1")?
            .query_row(params![stream as i64], |row| row.get::<_, Option<i64>>(0).map(|last| last.map(|last| last as u64)))?;
        if last.map_or(0, |last| last + 1) != first {
            return Err("somebody else wrote first".into());
        }
        for (reading, version) in readings(first, events).zip(first..) {
            transaction.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3)")?.execute(params![
                stream as i64,
                version as i64,
                encoded(&reading)?
            ])?;
        }
        transaction.commit()?;
        Ok(())
    }

    async fn replay(&self, stream: u64) -> Result<Option<u64>, Failed> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = connection.prepare_cached("SELECT data FROM events WHERE stream = ?1 ORDER BY version")?;
        let mut rows = statement.query(params![stream as i64])?;
        let mut state = (0, 0);
        while let Some(row) = rows.next()? {
            state = add(state, row.get_ref(0)?.as_blob()?)?;
        }
        Ok(Some(state.0))
    }
}

const EVENTS: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("events");

/// A database.
pub struct Redb(Database);

impl Redb {
    /// Opens `dir`.
    pub fn open(dir: &Path) -> Result<Self, Failed> {
        std::fs::create_dir_all(dir)?;
        Ok(Self(Database::create(dir.join("events.redb"))?))
    }
}

#[async_trait(?Send)]
impl Peer for Redb {
    fn name(&self) -> &'static str {
        "redb 4.6"
    }

    fn settings(&self) -> &'static str {
        "one table by (stream, version), Durability::Immediate, 1-phase commit (the default)"
    }

    async fn append(&self, stream: u64, first: u64, events: u64) -> Result<(), Failed> {
        let mut transaction = self.0.begin_write()?;
        transaction.set_durability(Durability::Immediate)?;
        {
            let mut table = transaction.open_table(EVENTS)?;
            let last = table.range((stream, 0)..=(stream, u64::MAX))?.next_back().transpose()?.map(|(key, _)| key.value().1);
            if last.map_or(0, |last| last + 1) != first {
                return Err("somebody else wrote first".into());
            }
            for (reading, version) in readings(first, events).zip(first..) {
                table.insert((stream, version), encoded(&reading)?.as_slice())?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    async fn replay(&self, stream: u64) -> Result<Option<u64>, Failed> {
        let table = self.0.begin_read()?.open_table(EVENTS)?;
        let mut state = (0, 0);
        for row in table.range((stream, 0)..=(stream, u64::MAX))? {
            state = add(state, row?.1.value())?;
        }
        Ok(Some(state.0))
    }
}
