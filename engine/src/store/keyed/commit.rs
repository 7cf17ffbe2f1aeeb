//! A commit becomes a batch: every check first, then every write, so that refusal changes nothing.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::super::backend::{Backend, Write};
use super::super::keys::Key;
use super::super::{AtomicAppend, RecordedEvent, StoreError};
use super::{KeyedStore, Writer, encode};
use crate::commit::{Commit, CommitError, Committed, OutboxSettlement};
use crate::deadline::Deadline;
use crate::inbox::InboxEntry;
use crate::names::DeadlineLabel;
use crate::outbox::OutboxMessage;
use crate::registry::ProcessRecord;

/// Writes gathered for one batch; the last write to a key wins.
#[derive(Default)]
struct Pending(BTreeMap<Vec<u8>, Option<Vec<u8>>>);

impl Pending {
    fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.0.insert(key, Some(value));
    }

    fn delete(&mut self, key: Vec<u8>) {
        self.0.insert(key, None);
    }

    fn into_batch(self) -> Vec<Write> {
        let write = |(key, value)| match value {
            Some(value) => Write::Put(key, value),
            None => Write::Delete(key),
        };
        self.0.into_iter().map(write).collect()
    }
}

#[async_trait]
impl<B: Backend> AtomicAppend for KeyedStore<B> {
    async fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError> {
        let mut writer = self.writer();
        let version = self.version(&commit.tenant, &commit.stream)?;
        if !commit.expected.admits(version) {
            return Err(CommitError::Conflict { stream: commit.stream, expected: commit.expected, actual: version });
        }
        if commit.events.is_empty() && commit.has_effect() {
            return Err(CommitError::EffectWithoutEvent { stream: commit.stream });
        }
        let mut pending = Pending::default();
        let committed = self.write_events(&commit, version, &writer, &mut pending)?;
        self.write_process(&commit, &committed, &mut pending)?;
        self.write_outbox(&commit, &committed, &mut pending)?;
        self.write_deadlines(&commit, &mut pending)?;
        self.write_inbox(&commit, &mut pending)?;
        let dead_letters = write_dead_letters(&commit, &writer, &mut pending)?;

        self.backend.apply(pending.into_batch())?;
        writer.last_position += commit.events.len() as u64;
        writer.last_dead_letter += dead_letters;
        Ok(committed)
    }
}

impl<B: Backend> KeyedStore<B> {
    fn write_events(&self, commit: &Commit, version: u64, writer: &Writer, pending: &mut Pending) -> Result<Committed, StoreError> {
        for (i, event) in (1u64..).zip(&commit.events) {
            let recorded = RecordedEvent {
                id: event.id,
                position: writer.last_position + i,
                tenant: commit.tenant.clone(),
                stream: commit.stream.clone(),
                version: version + i,
                event_type: event.event_type.clone(),
                schema_version: event.schema_version,
                at: commit.at,
                cause: commit.cause.clone(),
                payload: event.payload.clone(),
            };
            let key = Key::table(b'E').name(commit.tenant.as_str()).name(commit.stream.as_str()).number(version + i).done();
            pending.put(Key::table(b'L').number(recorded.position).done(), key.clone());
            pending.put(key, encode("event", &recorded)?);
        }
        let events = commit.events.len() as u64;
        Ok(Committed { version: version + events, first_position: if events == 0 { 0 } else { writer.last_position + 1 } })
    }

    fn write_process(&self, commit: &Commit, committed: &Committed, pending: &mut Pending) -> Result<(), CommitError> {
        let tenant = commit.tenant.as_str();
        let key = Key::table(b'R').name(tenant).name(commit.stream.as_str()).done();
        let standing = self.row::<ProcessRecord>("process", &key)?;
        let started = commit.starts.clone().map(|identity| ProcessRecord {
            identity,
            began_at: committed.first_position,
            ended: false,
            holds: Vec::new(),
        });
        let mut record = standing.or(started);
        let before = record.clone();

        for business_key in &commit.claims {
            let held = Key::table(b'K').name(tenant).name(business_key.as_str()).done();
            if let Some(holder) = self.row("holder", &held)?
                && holder != commit.stream
            {
                return Err(CommitError::BusinessKeyTaken { key: business_key.clone(), holder });
            }
            pending.put(held, encode("holder", &commit.stream)?);
            if let Some(record) = &mut record
                && !record.holds.contains(business_key)
            {
                record.holds.push(business_key.clone());
            }
        }
        for correlation in &commit.correlations {
            pending.put(Key::table(b'C').name(tenant).name(correlation.as_str()).name(commit.stream.as_str()).done(), Vec::new());
        }
        // An ended process holds nothing, whatever it still says: nobody would ever free it.
        if let Some(record) = &mut record
            && (commit.ends || record.ended)
        {
            record.ended = true;
            for business_key in record.holds.drain(..) {
                pending.delete(Key::table(b'K').name(tenant).name(business_key.as_str()).done());
            }
        }
        if let Some(record) = &record
            && (commit.starts.is_some() || before.as_ref() != Some(record))
        {
            pending.put(key, encode("process", record)?);
        }
        Ok(())
    }

    fn write_outbox(&self, commit: &Commit, committed: &Committed, pending: &mut Pending) -> Result<(), CommitError> {
        for new in &commit.outbox {
            let queued = OutboxMessage {
                id: new.id,
                tenant: commit.tenant.clone(),
                stream: commit.stream.clone(),
                caused_by: committed.first_position,
                queued_at: commit.at,
                next_try: commit.at,
                attempts: 0,
                last_error: None,
                message: new.message.clone(),
            };
            pending.put(Key::table(b'O').instant(commit.at).id(new.id).done(), Vec::new());
            pending.put(Key::table(b'Q').id(new.id).done(), encode("queued message", &queued)?);
        }
        let Some(settlement) = &commit.settles_outbox else { return Ok(()) };
        let key = Key::table(b'Q').id(settlement.id()).done();
        let Some(mut queued) = self.row::<OutboxMessage>("queued message", &key)? else {
            return Err(CommitError::OutboxConflict(settlement.id()));
        };
        pending.delete(Key::table(b'O').instant(queued.next_try).id(queued.id).done());
        match settlement {
            OutboxSettlement::Delivered(_) | OutboxSettlement::Exhausted(_) => pending.delete(key),
            OutboxSettlement::Rescheduled { id, next_try, error } => {
                queued.next_try = *next_try;
                queued.attempts += 1;
                queued.last_error = Some(error.clone());
                pending.put(Key::table(b'O').instant(*next_try).id(*id).done(), Vec::new());
                pending.put(key, encode("queued message", &queued)?);
            }
        }
        Ok(())
    }

    fn write_deadlines(&self, commit: &Commit, pending: &mut Pending) -> Result<(), CommitError> {
        let touches =
            commit.ends || commit.deadline_fired.is_some() || !(commit.deadlines_set.is_empty() && commit.deadlines_cancelled.is_empty());
        if !touches {
            return Ok(());
        }
        let before: BTreeMap<DeadlineLabel, Deadline> =
            self.deadlines_in(&commit.tenant, &commit.stream)?.into_iter().map(|d| (d.label.clone(), d)).collect();
        let mut after = before.clone();
        if let Some((label, due)) = &commit.deadline_fired {
            match after.remove(label) {
                Some(standing) if standing.due == *due => {}
                _ => return Err(CommitError::DeadlineGone { stream: commit.stream.clone(), label: label.clone(), due: *due }),
            }
        }
        for label in &commit.deadlines_cancelled {
            after.remove(label);
        }
        for new in &commit.deadlines_set {
            let (tenant, stream) = (commit.tenant.clone(), commit.stream.clone());
            let deadline = Deadline { tenant, stream, label: new.label.clone(), due: new.due, reason: new.reason.clone() };
            after.insert(new.label.clone(), deadline);
        }
        if commit.ends {
            after.clear();
        }
        for gone in before.values().filter(|d| after.get(&d.label) != Some(d)) {
            pending.delete(row_key(gone));
            pending.delete(due_key(gone));
        }
        for stands in after.values().filter(|d| before.get(&d.label) != Some(d)) {
            pending.put(row_key(stands), encode("deadline", stands)?);
            pending.put(due_key(stands), Vec::new());
        }
        Ok(())
    }

    fn write_inbox(&self, commit: &Commit, pending: &mut Pending) -> Result<(), CommitError> {
        if let Some(accept) = &commit.accepts {
            let key = Key::table(b'I').inbox(&accept.key).done();
            if let Some(standing) = self.row::<InboxEntry>("inbox entry", &key)? {
                return Err(CommitError::AlreadyAccepted { key: accept.key.clone(), accepted_at: standing.received_at });
            }
            let entry = InboxEntry { key: accept.key.clone(), received_at: accept.received_at, settled: Vec::new(), done: false };
            pending.put(key, encode("inbox entry", &entry)?);
            pending.put(Key::table(b'P').inbox(&accept.key).done(), accept.payload.clone());
            pending.put(Key::table(b'A').instant(accept.received_at).inbox(&accept.key).done(), Vec::new());
        }
        let Some(settlement) = &commit.settles_inbox else { return Ok(()) };
        let refuse = |reason| Err(CommitError::InboxConflict { key: settlement.key.clone(), part: settlement.part, reason });
        let key = Key::table(b'I').inbox(&settlement.key).done();
        let Some(mut entry) = self.row::<InboxEntry>("inbox entry", &key)? else { return refuse("it was never accepted") };
        if entry.done || entry.settled.len() > settlement.part as usize {
            return refuse("it was settled before");
        }
        if entry.settled.len() < settlement.part as usize {
            return refuse("an earlier part is not settled yet");
        }
        entry.settled.push(settlement.outcome);
        if settlement.last {
            entry.done = true;
            pending.delete(Key::table(b'A').instant(entry.received_at).inbox(&entry.key).done());
        }
        pending.put(key, encode("inbox entry", &entry)?);
        Ok(())
    }
}

fn row_key(deadline: &Deadline) -> Vec<u8> {
    Key::table(b'T').name(deadline.tenant.as_str()).name(deadline.stream.as_str()).name(deadline.label.as_str()).done()
}

fn due_key(deadline: &Deadline) -> Vec<u8> {
    let (tenant, stream) = (deadline.tenant.as_str(), deadline.stream.as_str());
    Key::table(b'D').instant(deadline.due).name(tenant).name(stream).name(deadline.label.as_str()).done()
}

fn write_dead_letters(commit: &Commit, writer: &Writer, pending: &mut Pending) -> Result<u64, StoreError> {
    for (i, letter) in (1u64..).zip(&commit.dead_letters) {
        pending.put(Key::table(b'X').number(writer.last_dead_letter + i).done(), encode("dead letter", letter)?);
    }
    Ok(commit.dead_letters.len() as u64)
}
