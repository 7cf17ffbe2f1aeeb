//! The one implementation of the store contract, over any backend that keeps bytes in order.
//!
//! One writer at a time: a commit is checked against what stands, turned into one batch, applied, and only then answered. Reads
//! go to the backend, which never shows half a batch. Positions are gapless because a refused commit takes none.

mod commit;
mod read;

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use super::backend::Backend;
use super::keys::Key;

/// A store over a [`Backend`].
pub struct KeyedStore<B> {
    backend: B,
    writer: Mutex<Writer>,
}

/// What the writer must know to number things; rebuilt when the store is opened.
struct Writer {
    last_position: u64,
    last_dead_letter: u64,
}

impl<B: Backend> KeyedStore<B> {
    /// A store over `backend`, going on where its log ends.
    ///
    /// # Errors
    /// [`StoreError`] when the backend fails or its log ends in a key that is none.
    pub fn open(backend: B) -> Result<Self, StoreError> {
        let last_position = last_number(&backend, b'L')?;
        let last_dead_letter = last_number(&backend, b'X')?;
        Ok(Self { backend, writer: Mutex::new(Writer { last_position, last_dead_letter }) })
    }

    /// The backend, for reports on it.
    pub const fn backend(&self) -> &B {
        &self.backend
    }

    /// The writer. A panic while it was held left at most a gap in memory, never in the log: go on from what it holds.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The row under `key`, decoded.
    fn row<T: DeserializeOwned>(&self, what: &'static str, key: &[u8]) -> Result<Option<T>, StoreError> {
        self.backend.get(key)?.map(|bytes| decode(what, &bytes)).transpose()
    }
}

fn last_number<B: Backend>(backend: &B, table: u8) -> Result<u64, StoreError> {
    let (from, to) = Key::table(table).range();
    match backend.last(&from, &to)? {
        None => Ok(0),
        Some((key, _)) => match <[u8; 8]>::try_from(key.get(1..).unwrap_or_default()) {
            Ok(number) => Ok(u64::from_be_bytes(number)),
            Err(_) => Err(StoreError::Undecodable { what: "number", detail: format!("key of {} bytes", key.len()) }),
        },
    }
}

fn decode<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|e| StoreError::Undecodable { what, detail: e.to_string() })
}

fn encode<T: Serialize>(what: &'static str, row: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(row).map_err(|e| StoreError::Undecodable { what, detail: e.to_string() })
}
