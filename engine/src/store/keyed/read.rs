//! Reading: every contract of the store but the commit.

use std::ops::ControlFlow;

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use super::super::backend::Backend;
use super::super::keys::{Key, take_instant, take_name};
use super::super::{AtomicAppend, EventStore, Page, RecordedEvent, StoreError, StoredEvent, UnreadableRow, Visit};
use super::{KeyedStore, decode};
use crate::Timestamp;
use crate::commit::{Commit, CommitError, Committed};
use crate::dead_letter::{DeadLetter, DeadLetterStore, KeptLetter, LetterRow};
use crate::deadline::{Deadline, DeadlineStore};
use crate::inbox::{InboxEntry, InboxKey, InboxStore};
use crate::names::{BusinessKey, CorrelationKey, IdempotencyKey, StreamId, TenantId};
use crate::outbox::{OutboxCursor, OutboxMessage, OutboxStore};
use crate::ports::Id;
use crate::projection::{ViewName, ViewStore, decode_checkpoint, decode_serving, serving_key};
use crate::registry::{Executed, ProcessRecord, ProcessRegistry};
use crate::snapshot::{self, Snapshot, SnapshotStore};

/// The version in the last key of a stream.
pub(super) fn version_in(last_key: Option<Vec<u8>>) -> Result<u64, StoreError> {
    let Some(key) = last_key else { return Ok(0) };
    match key.last_chunk::<8>() {
        Some(version) => Ok(u64::from_be_bytes(*version)),
        None => Err(StoreError::Undecodable { what: "event key", detail: format!("{} bytes", key.len()) }),
    }
}

type Range = (Vec<u8>, Vec<u8>);

/// What a row of table `X` is.
const DEAD_LETTER: &str = "dead letter";

impl<B: Backend> KeyedStore<B> {
    /// At most `limit` rows of a range, decoded.
    fn rows<T: DeserializeOwned>(&self, what: &'static str, (from, to): Range, limit: usize) -> Result<Vec<T>, StoreError> {
        let mut rows = Vec::new();
        let mut error = None;
        if limit > 0 {
            self.backend().scan(&from, &to, &mut |_, value| {
                match decode(what, value) {
                    Ok(row) => rows.push(row),
                    Err(e) => error = Some(e),
                }
                if error.is_some() || rows.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        error.map_or(Ok(rows), Err)
    }

    /// At most `limit` keys of a queue, from where it begins.
    fn queue(&self, (from, to): Range, limit: usize) -> Result<Vec<Vec<u8>>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let look = self.inner.floors.look(from);
        let mut keys = Vec::new();
        if look.from < to {
            self.backend().scan(&look.from, &to, &mut |key, _| {
                keys.push(key.to_vec());
                if keys.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            self.inner.floors.met(&look, keys.first().unwrap_or(&to), !keys.is_empty());
        }
        Ok(keys)
    }

    /// The rows that index keys lead to. A key that leads nowhere lost a race with whoever settled its row.
    fn page<T: DeserializeOwned>(&self, what: &'static str, places: Vec<Place>) -> Result<Page<T>, StoreError> {
        let mut page = Page { rows: Vec::new(), unreadable: Vec::new() };
        for Place { row, keys } in places {
            let Some(bytes) = self.backend().get(&row)? else { continue };
            match decode(what, &bytes) {
                Ok(row) => page.rows.push(row),
                Err(error) => page.unreadable.push(UnreadableRow { what, detail: error.to_string(), keys: [keys, vec![row]].concat() }),
            }
        }
        Ok(page)
    }

    /// Every key of a range, without its table byte.
    fn keys(&self, (from, to): Range) -> Result<Vec<Vec<u8>>, StoreError> {
        let mut keys = Vec::new();
        self.backend().scan(&from, &to, &mut |key, _| {
            keys.push(key.get(1..).unwrap_or_default().to_vec());
            ControlFlow::Continue(())
        })?;
        Ok(keys)
    }

    /// The instant of the first key of `table` that is later than `now`.
    fn next_after(&self, table: u8, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let (from, to) = after(table, now);
        let first = match self.inner.floors.first(&from) {
            Some(first) => Some(first),
            None => self.queue((from, to), 1)?.pop(),
        };
        Ok(first.as_deref().and_then(|key| take_instant(key.get(1..)?)).map(|(at, _)| at))
    }
}

/// Where the row of an index key is, and the index keys that lead to it.
struct Place {
    row: Vec<u8>,
    keys: Vec<Vec<u8>>,
}

/// The place of the row in `table` that an index key `instant, names` leads to.
fn named(table: u8, key: Vec<u8>) -> Result<Place, StoreError> {
    let names = key.get(1..).and_then(take_instant).map(|(_, names)| names);
    let row = [&[table], names.ok_or_else(|| bad_key("queue"))?].concat();
    Ok(Place { row, keys: vec![key] })
}

/// The row of the queued message whose id ends an index key.
fn message_row(key: &[u8]) -> Result<Vec<u8>, StoreError> {
    let id = key.last_chunk::<16>().ok_or_else(|| bad_key("queued message"))?;
    Ok(Key::table(b'Q').id(Id::from_u128(u128::from_be_bytes(*id))).done())
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
impl<B: Backend> AtomicAppend for KeyedStore<B> {
    async fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.inner.append(commit, self.writing).await
    }
}

#[async_trait]
impl<B: Backend> EventStore for KeyedStore<B> {
    async fn fold_stream(&self, tenant: &TenantId, stream: &StreamId, after: u64, visit: Visit<'_>) -> Result<(), StoreError> {
        let stream = Key::table(b'E').name(tenant.as_str()).name(stream.as_str());
        if self.inner.lengths.get(stream.as_bytes()).is_some_and(|length| length <= after) {
            return Ok(());
        }
        let (from, to) = (stream.clone().number(after.saturating_add(1)).done(), stream.range().1);
        let mut failed = None;
        self.backend().scan(&from, &to, &mut |key, value| {
            let version = key.last_chunk::<8>().map_or(0, |version| u64::from_be_bytes(*version));
            match StoredEvent::read(value, version) {
                Ok(event) => visit(event),
                Err(error) => {
                    failed = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        failed.map_or(Ok(()), Err)
    }

    async fn read_stream(&self, tenant: &TenantId, stream: &StreamId, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        let mut events = Vec::new();
        let mut failed = None;
        if limit > 0 {
            self.fold_stream(tenant, stream, after, &mut |event| {
                match event.to_recorded(tenant, stream) {
                    Ok(event) => events.push(event),
                    Err(error) => failed = Some(error),
                }
                if failed.is_some() || events.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .await?;
        }
        failed.map_or(Ok(events), Err)
    }

    async fn read_all(&self, after: u64, limit: usize) -> Result<Vec<RecordedEvent>, StoreError> {
        let mut places = Vec::new();
        let (from, to) = (Key::table(b'L').number(after.saturating_add(1)).done(), Key::table(b'L').range().1);
        if limit > 0 {
            self.backend().scan(&from, &to, &mut |_, place| {
                places.push(place.to_vec());
                if places.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        let event = |place: Vec<u8>| {
            let wrong = |detail: &str| StoreError::Undecodable { what: "event", detail: detail.to_owned() };
            let stored = self.backend().get(&place)?.ok_or_else(|| wrong("the log names an event that is not there"))?;
            let names = place.get(1..).and_then(take_name).and_then(|(tenant, rest)| Some((tenant, take_name(rest)?)));
            let (tenant, (stream, version)) = names.ok_or_else(|| wrong("the log names a key that is none"))?;
            let version = <[u8; 8]>::try_from(version).map_err(|_| wrong("its key is cut"))?;
            StoredEvent::read(&stored, u64::from_be_bytes(version))?.to_recorded(&TenantId::new(tenant), &StreamId::new(stream))
        };
        places.into_iter().map(event).collect()
    }
}

#[async_trait]
impl<B: Backend> SnapshotStore for KeyedStore<B> {
    async fn snapshot(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.backend().get(&snapshot::key(tenant, stream))?.map(|bytes| Snapshot::from_stored(&bytes)).transpose()
    }
}

#[async_trait]
impl<B: Backend> ViewStore for KeyedStore<B> {
    async fn checkpoint(&self, view: &ViewName) -> Result<u64, StoreError> {
        decode_checkpoint(self.backend().get(&view.checkpoint_key())?.as_deref())
    }

    async fn serving(&self, name: &str) -> Result<Option<u32>, StoreError> {
        decode_serving(self.backend().get(&serving_key(name))?.as_deref())
    }

    async fn view_versions(&self, name: &str) -> Result<Vec<u32>, StoreError> {
        let keys = self.keys(Key::table(b'W').name(name).range())?;
        Ok(keys.iter().filter_map(|key| key.last_chunk::<4>().map(|version| u32::from_be_bytes(*version))).collect())
    }

    async fn view_row(&self, view: &ViewName, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.backend().get(&view.row_key(key))?)
    }

    async fn view_rows(&self, view: &ViewName, prefix: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError> {
        let (from, to) = view.range(prefix);
        let skip = view.row_key(&[]).len();
        let mut rows = Vec::new();
        if limit > 0 {
            self.backend().scan(&from, &to, &mut |key, value| {
                rows.push((key.get(skip..).unwrap_or_default().to_vec(), value.to_vec()));
                if rows.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        Ok(rows)
    }
}

#[async_trait]
impl<B: Backend> OutboxStore for KeyedStore<B> {
    async fn outbox_due(&self, now: Timestamp, limit: usize) -> Result<Page<OutboxMessage>, StoreError> {
        let place = |key: Vec<u8>| Ok(Place { row: message_row(&key)?, keys: vec![key] });
        let places: Result<Vec<Place>, StoreError> = self.queue(until(b'O', now), limit)?.into_iter().map(place).collect();
        let mut page = self.page("queued message", places?)?;
        for row in &mut page.unreadable {
            // It cannot say which event caused it, and so where the feed has it.
            let (from, to) = Key::table(b'N').range();
            self.backend().scan(&from, &to, &mut |key, due| {
                if row.keys.iter().any(|known| known == due) {
                    row.keys.push(key.to_vec());
                    return ControlFlow::Break(());
                }
                ControlFlow::Continue(())
            })?;
        }
        Ok(page)
    }

    async fn outbox_after(&self, after: OutboxCursor, limit: usize) -> Result<Page<OutboxMessage>, StoreError> {
        let (from, to) = (Key::table(b'N').number(after.caused_by).id(after.id).bytes(&[0]).done(), Key::table(b'N').range().1);
        let mut places = Vec::new();
        if limit > 0 {
            let mut failed = None;
            self.backend().scan(&from, &to, &mut |key, due| {
                match message_row(key) {
                    Ok(row) => places.push(Place { row, keys: vec![key.to_vec(), due.to_vec()] }),
                    Err(error) => failed = Some(error),
                }
                if failed.is_some() || places.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            if let Some(error) = failed {
                return Err(error);
            }
        }
        self.page("queued message", places)
    }

    async fn outbox_message(&self, id: Id) -> Result<Option<OutboxMessage>, StoreError> {
        self.row("queued message", &Key::table(b'Q').id(id).done())
    }
}

#[async_trait]
impl<B: Backend> DeadlineStore for KeyedStore<B> {
    async fn deadlines_due(&self, now: Timestamp, limit: usize) -> Result<Page<Deadline>, StoreError> {
        let places: Result<Vec<Place>, _> = self.queue(until(b'D', now), limit)?.into_iter().map(|key| named(b'T', key)).collect();
        self.page("deadline", places?)
    }

    async fn deadline_next_after(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.next_after(b'D', now)
    }

    async fn deadlines_of(&self, tenant: &TenantId, stream: &StreamId) -> Result<Vec<Deadline>, StoreError> {
        self.rows("deadline", Key::table(b'T').name(tenant.as_str()).name(stream.as_str()).range(), usize::MAX)
    }
}

#[async_trait]
impl<B: Backend> InboxStore for KeyedStore<B> {
    async fn inbox_entry(&self, key: &InboxKey) -> Result<Option<InboxEntry>, StoreError> {
        self.row("inbox entry", &Key::table(b'I').inbox(key).done())
    }

    async fn inbox_payload(&self, key: &InboxKey) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.backend().get(&Key::table(b'P').inbox(key).done())?)
    }

    async fn inbox_pending(&self, limit: usize) -> Result<Page<InboxEntry>, StoreError> {
        let pending = self.queue(Key::table(b'A').range(), limit)?;
        let places: Result<Vec<Place>, _> = pending.into_iter().map(|key| named(b'I', key)).collect();
        self.page("inbox entry", places?)
    }
}

#[async_trait]
impl<B: Backend> ProcessRegistry for KeyedStore<B> {
    async fn process(&self, tenant: &TenantId, stream: &StreamId) -> Result<Option<ProcessRecord>, StoreError> {
        self.row("process", &Key::table(b'R').name(tenant.as_str()).name(stream.as_str()).done())
    }

    async fn correlated(&self, tenant: &TenantId, key: &CorrelationKey) -> Result<Vec<ProcessRecord>, StoreError> {
        let mut processes = Vec::new();
        for found in self.keys(Key::table(b'C').name(tenant.as_str()).name(key.as_str()).range())? {
            let stream = take_name(&found).and_then(|(_, rest)| take_name(rest)).and_then(|(_, rest)| take_name(rest));
            let (stream, _) = stream.ok_or_else(|| bad_key("correlation"))?;
            processes.extend(self.process(tenant, &StreamId::new(stream)).await?);
        }
        Ok(processes)
    }

    async fn holder(&self, tenant: &TenantId, key: &BusinessKey) -> Result<Option<StreamId>, StoreError> {
        self.row("holder", &Key::table(b'K').name(tenant.as_str()).name(key.as_str()).done())
    }

    async fn executed(&self, tenant: &TenantId, key: &IdempotencyKey) -> Result<Option<Executed>, StoreError> {
        self.row("executed command", &Key::table(b'Y').name(tenant.as_str()).name(key.as_str()).done())
    }

    async fn processes(&self, tenant: &TenantId) -> Result<Vec<ProcessRecord>, StoreError> {
        self.rows("process", Key::table(b'R').name(tenant.as_str()).range(), usize::MAX)
    }
}

#[async_trait]
impl<B: Backend> DeadLetterStore for KeyedStore<B> {
    async fn dead_letters(&self) -> Result<Page<DeadLetter>, StoreError> {
        let Page { rows, unreadable } = self.dead_letters_after(0, usize::MAX).await?;
        Ok(Page { rows: rows.into_iter().map(|kept| kept.letter).collect(), unreadable })
    }

    async fn dead_letters_after(&self, after: u64, limit: usize) -> Result<Page<KeptLetter>, StoreError> {
        let mut page = Page { rows: Vec::new(), unreadable: Vec::new() };
        let (from, to) = (Key::table(b'X').number(after.saturating_add(1)).done(), Key::table(b'X').range().1);
        let mut left = limit;
        if left > 0 {
            self.backend().scan(&from, &to, &mut |key, value| {
                let number = key.last_chunk::<8>().map_or(0, |number| u64::from_be_bytes(*number));
                match decode::<LetterRow>(DEAD_LETTER, value) {
                    Ok(row) => page.rows.push(row.numbered(number)),
                    Err(error) => {
                        let (what, detail, keys) = (DEAD_LETTER, error.to_string(), vec![key.to_vec()]);
                        page.unreadable.push(UnreadableRow { what, detail, keys });
                    }
                }
                left -= 1;
                if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        Ok(page)
    }

    async fn dead_letter(&self, number: u64) -> Result<Option<KeptLetter>, StoreError> {
        let row = self.row::<LetterRow>(DEAD_LETTER, &Key::table(b'X').number(number).done())?;
        Ok(row.map(|row| row.numbered(number)))
    }

    async fn given_up(&self, id: Id) -> Result<Option<OutboxMessage>, StoreError> {
        self.row("message that was given up", &Key::table(b'G').id(id).done())
    }
}
