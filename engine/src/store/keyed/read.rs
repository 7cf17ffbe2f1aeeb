//! Reading: every contract of the store but the commit.

use std::ops::ControlFlow;

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use super::super::backend::Backend;
use super::super::keys::{Key, take_instant, take_name};
use super::super::{EventStore, RecordedEvent, StoreError};
use super::{KeyedStore, decode};
use crate::Timestamp;
use crate::dead_letter::{DeadLetter, DeadLetterStore};
use crate::deadline::{Deadline, DeadlineStore};
use crate::inbox::{InboxEntry, InboxKey, InboxStore};
use crate::names::{BusinessKey, CorrelationKey, StreamId, TenantId};
use crate::outbox::{OutboxMessage, OutboxStore};
use crate::ports::Id;
use crate::registry::{ProcessRecord, ProcessRegistry};

impl<B: Backend> KeyedStore<B> {
    /// The number of events of the stream.
    pub(super) fn version(&self, tenant: &TenantId, stream: &StreamId) -> Result<u64, StoreError> {
        let (from, to) = Key::table(b'E').name(tenant.as_str()).name(stream.as_str()).range();
        let Some((key, _)) = self.backend.last(&from, &to)? else { return Ok(0) };
        match key.last_chunk::<8>() {
            Some(version) => Ok(u64::from_be_bytes(*version)),
            None => Err(StoreError::Undecodable { what: "event key", detail: format!("{} bytes", key.len()) }),
        }
    }

    /// The deadlines that stand in the stream, by label.
    pub(super) fn deadlines_in(&self, tenant: &TenantId, stream: &StreamId) -> Result<Vec<Deadline>, StoreError> {
        self.rows("deadline", Key::table(b'T').name(tenant.as_str()).name(stream.as_str()).range(), usize::MAX)
    }

    /// At most `limit` rows of a range, decoded.
    fn rows<T: DeserializeOwned>(&self, what: &'static str, (from, to): (Vec<u8>, Vec<u8>), limit: usize) -> Result<Vec<T>, StoreError> {
        let mut rows = Vec::new();
        let mut error = None;
        if limit > 0 {
            self.backend.scan(&from, &to, &mut |_, value| {
                match decode(what, value) {
                    Ok(row) => rows.push(row),
                    Err(e) => error = Some(e),
                }
                if error.is_some() || rows.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        error.map_or(Ok(rows), Err)
    }

    /// At most `limit` keys of a range, without their table byte.
    fn keys(&self, (from, to): (Vec<u8>, Vec<u8>), limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut keys = Vec::new();
        if limit > 0 {
            self.backend.scan(&from, &to, &mut |key, _| {
                keys.push(key.get(1..).unwrap_or_default().to_vec());
                if keys.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        Ok(keys)
    }

    /// The instant of the first key of `table` that is later than `now`.
    fn next_after(&self, table: u8, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let (from, to) = after(table, now);
        let first = self.keys((from, to), 1)?;
        Ok(first.first().and_then(|key| take_instant(key)).map(|(at, _)| at))
    }
}

/// The keys of `table` up to and including `now`.
fn until(table: u8, now: Timestamp) -> (Vec<u8>, Vec<u8>) {
    (Key::table(table).done(), Key::table(table).instant(now).range().1)
}

/// The keys of `table` later than `now`.
fn after(table: u8, now: Timestamp) -> (Vec<u8>, Vec<u8>) {
    (Key::table(table).instant(now).range().1, Key::table(table).range().1)
}

fn bad_key(what: &'static str) -> StoreError {
    StoreError::Undecodable { what, detail: "its key is cut".to_owned() }
}

#[async_trait]
impl<B: Backend> EventStore for KeyedStore<B> {
    async fn read_stream(&self, tenant: &TenantId, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        let prefix = || Key::table(b'E').name(tenant.as_str()).name(stream.as_str());
        let from = prefix().number(after.saturating_add(1)).done();
        self.rows("event", (from, prefix().range().1), limit)
    }

    async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        let mut places = Vec::new();
        let (from, to) = (Key::table(b'L').number(after.saturating_add(1)).done(), Key::table(b'L').range().1);
        if limit > 0 {
            self.backend.scan(&from, &to, &mut |_, place| {
                places.push(place.to_vec());
                if places.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        let event = |place: Vec<u8>| {
            let missing = || StoreError::Undecodable { what: "event", detail: "the log names an event that is not there".to_owned() };
            self.row("event", &place)?.ok_or_else(missing)
        };
        places.into_iter().map(event).collect()
    }
}

#[async_trait]
impl<B: Backend> OutboxStore for KeyedStore<B> {
    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Vec<OutboxMessage>, StoreError> {
        let mut due = Vec::new();
        for key in self.keys(until(b'O', now), limit)? {
            let id = key.last_chunk::<16>().ok_or_else(|| bad_key("queued message"))?;
            due.extend(self.outbox_message(Id::from_u128(u128::from_be_bytes(*id))).await?);
        }
        Ok(due)
    }

    async fn outbox_next_after(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.next_after(b'O', now)
    }

    async fn outbox_message(&self, id: Id) -> Result<Option<OutboxMessage>, StoreError> {
        self.row("queued message", &Key::table(b'Q').id(id).done())
    }
}

#[async_trait]
impl<B: Backend> DeadlineStore for KeyedStore<B> {
    async fn deadlines_due(&self, now: Timestamp, limit: usize) -> Result<Vec<Deadline>, StoreError> {
        let mut due = Vec::new();
        for key in self.keys(until(b'D', now), limit)? {
            let (_, names) = take_instant(&key).ok_or_else(|| bad_key("deadline"))?;
            let mut row = vec![b'T'];
            row.extend(names);
            due.extend(self.row::<Deadline>("deadline", &row)?);
        }
        Ok(due)
    }

    async fn deadline_next_after(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.next_after(b'D', now)
    }

    async fn deadlines_of(&self, tenant: &TenantId, stream: &StreamId) -> Result<Vec<Deadline>, StoreError> {
        self.deadlines_in(tenant, stream)
    }
}

#[async_trait]
impl<B: Backend> InboxStore for KeyedStore<B> {
    async fn inbox_entry(&self, key: &InboxKey) -> Result<Option<InboxEntry>, StoreError> {
        self.row("inbox entry", &Key::table(b'I').inbox(key).done())
    }

    async fn inbox_payload(&self, key: &InboxKey) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.backend.get(&Key::table(b'P').inbox(key).done())?)
    }

    async fn inbox_pending(&self, limit: usize) -> Result<Vec<InboxEntry>, StoreError> {
        let mut pending = Vec::new();
        for key in self.keys(Key::table(b'A').range(), limit)? {
            let (_, names) = take_instant(&key).ok_or_else(|| bad_key("inbox entry"))?;
            let mut row = vec![b'I'];
            row.extend(names);
            pending.extend(self.row::<InboxEntry>("inbox entry", &row)?);
        }
        Ok(pending)
    }
}

#[async_trait]
impl<B: Backend> ProcessRegistry for KeyedStore<B> {
    async fn process(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<ProcessRecord>, StoreError> {
        self.row("process", &Key::table(b'R').name(tenant.as_str()).name(stream.as_str()).done())
    }

    async fn correlated(&self, tenant: &TenantId, key: &CorrelationKey) -> Result<Vec<ProcessRecord>, StoreError> {
        let mut processes = Vec::new();
        for found in self.keys(Key::table(b'C').name(tenant.as_str()).name(key.as_str()).range(), usize::MAX)? {
            let stream = take_name(&found).and_then(|(_, rest)| take_name(rest)).and_then(|(_, rest)| take_name(rest));
            let (stream, _) = stream.ok_or_else(|| bad_key("correlation"))?;
            processes.extend(self.process(tenant, &StreamId::new(stream)).await?);
        }
        Ok(processes)
    }

    async fn holder(&self, tenant: &TenantId, key: &BusinessKey) -> Result<Option<StreamId>, StoreError> {
        self.row("holder", &Key::table(b'K').name(tenant.as_str()).name(key.as_str()).done())
    }

    async fn processes(&self, tenant: &TenantId) -> Result<Vec<ProcessRecord>, StoreError> {
        self.rows("process", Key::table(b'R').name(tenant.as_str()).range(), usize::MAX)
    }
}

#[async_trait]
impl<B: Backend> DeadLetterStore for KeyedStore<B> {
    async fn dead_letters(&self) -> Result<Vec<DeadLetter>, StoreError> {
        self.rows("dead letter", Key::table(b'X').range(), usize::MAX)
    }
}
