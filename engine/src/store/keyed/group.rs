//! The state a commit is checked against: what the backend holds, with the commits before it in the same group on top.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::StoreError;
use super::super::backend::{Backend, Batch, Write};
use super::super::keys::Key;
use super::lengths::Lengths;
use super::read::version_in;
use super::{decode, encode};

/// A key and its value.
type Pair = (Vec<u8>, Vec<u8>);
type Rows = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// The writes of one commit, in the order of writing; the last write to a key wins.
#[derive(Default)]
pub(super) struct Writes(Vec<(Vec<u8>, Option<Vec<u8>>)>);

impl Writes {
    pub(super) fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.0.push((key, Some(value)));
    }

    pub(super) fn put_row(&mut self, what: &'static str, key: Vec<u8>, row: &impl Serialize) -> Result<(), StoreError> {
        self.put(key, encode(what, row)?);
        Ok(())
    }

    pub(super) fn delete(&mut self, key: Vec<u8>) {
        self.0.push((key, None));
    }

    /// What the commit has made of `key` so far: a value, nothing, or not touched.
    pub(super) fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.0.iter().rfind(|(written, _)| written == key).map(|(_, value)| value.as_deref())
    }
}

/// The commits of one group so far, over the backend.
pub(super) struct Group<'a, B> {
    backend: &'a B,
    known: &'a Lengths,
    rows: Rows,
    /// The streams that the group extends, and how long they are after it.
    lengths: BTreeMap<Vec<u8>, u64>,
}

impl<'a, B: Backend> Group<'a, B> {
    /// A group over `backend`, of which the lengths of some streams are `known`.
    pub(super) fn over(backend: &'a B, known: &'a Lengths) -> Self {
        Self { backend, known, rows: Rows::new(), lengths: BTreeMap::new() }
    }

    /// Takes over the writes of a commit that passed every check; its stream has `version` events after it.
    pub(super) fn take(&mut self, writes: Writes, stream: Key, version: u64) {
        self.rows.extend(writes.0);
        self.lengths.insert(stream.done(), version);
    }

    /// The number of events in `stream`.
    pub(super) fn version(&self, stream: &Key) -> Result<u64, StoreError> {
        let key = stream.as_bytes();
        match self.lengths.get(key).copied().or_else(|| self.known.get(key)) {
            Some(version) => Ok(version),
            None => {
                let (from, to) = stream.clone().range();
                version_in(self.backend.last(&from, &to)?.map(|(key, _)| key))
            }
        }
    }

    /// The group as one batch, and the lengths of the streams that it extends.
    pub(super) fn into_batch(self) -> (Batch, BTreeMap<Vec<u8>, u64>) {
        let write = |(key, value)| match value {
            Some(value) => Write::Put(key, value),
            None => Write::Delete(key),
        };
        (self.rows.into_iter().map(write).collect(), self.lengths)
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.rows.get(key) {
            Some(value) => Ok(value.clone()),
            None => Ok(self.backend.get(key)?),
        }
    }

    pub(super) fn row<T: DeserializeOwned>(&self, what: &'static str, key: &[u8]) -> Result<Option<T>, StoreError> {
        self.get(key)?.map(|bytes| decode(what, &bytes)).transpose()
    }

    /// At most `limit` pairs of a range, in key order. What the backend holds of it begins at `floor` or above.
    pub(super) fn pairs(&self, (from, to): (Vec<u8>, Vec<u8>), floor: &[u8], limit: usize) -> Result<Vec<Pair>, StoreError> {
        let mut pairs: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        // What the group deletes may stand in front, so as much more is read.
        let mine = || self.rows.range(from.clone()..to.clone());
        let wanted = limit.saturating_add(mine().filter(|(_, value)| value.is_none()).count());
        if wanted > 0 && *floor < *to {
            self.backend.scan(floor, &to, &mut |key, value| {
                pairs.insert(key.to_vec(), value.to_vec());
                if pairs.len() >= wanted { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        for (key, value) in mine() {
            match value {
                Some(value) => drop(pairs.insert(key.clone(), value.clone())),
                None => drop(pairs.remove(key)),
            }
        }
        Ok(pairs.into_iter().take(limit).collect())
    }
}
