//! The store contract once more, as plainly as it can be said: maps, lists, and no care for speed. What this says, every store says.
//!
//! Nothing here is shared with the engine's own implementation but the types of the contract. There are no indexes, so none can be
//! wrong: a queue is everything that waits, sorted when somebody asks.

pub mod agreement;
pub mod plan;

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::commit::{Commit, CommitError, Committed, OutboxSettlement};
use mako_engine::dead_letter::{AuditContext, DeadLetter, DeadLetterReason};
use mako_engine::deadline::Deadline;
use mako_engine::inbox::{InboxEntry, InboxKey, InboxLease, InboxRefusal, Outcome};
use mako_engine::outbox::OutboxMessage;
use mako_engine::registry::{Executed, ProcessRecord};
use mako_engine::snapshot::Snapshot;
use mako_engine::store::{RecordedEvent, UnreadableRow};
use mako_engine::{BusinessKey, CorrelationKey, DeadlineLabel, Id, IdempotencyKey, StreamId, TenantId, Timestamp};

/// A stream of a tenant.
pub type Place = (TenantId, StreamId);

/// How many forgotten messages each accepted one takes along.
const FORGOTTEN_PER_ACCEPT: usize = 2;

/// Everything that a store remembers.
#[derive(Debug, Clone, Default)]
pub struct Model {
    pub log: Vec<RecordedEvent>,
    pub queued: BTreeMap<Id, OutboxMessage>,
    pub deadlines: BTreeMap<(Place, DeadlineLabel), Deadline>,
    pub processes: BTreeMap<Place, ProcessRecord>,
    pub correlations: BTreeSet<(TenantId, CorrelationKey, StreamId)>,
    /// Where each named command was executed.
    pub executed: BTreeMap<(TenantId, IdempotencyKey), Executed>,
    pub inbox: BTreeMap<InboxKey, InboxEntry>,
    pub payloads: BTreeMap<InboxKey, Vec<u8>>,
    pub letters: Vec<DeadLetter>,
    pub snapshots: BTreeMap<Place, Snapshot>,
    /// By the name of the view.
    pub checkpoints: BTreeMap<String, u64>,
    pub rows: BTreeMap<(String, Vec<u8>), Vec<u8>>,
}

impl Model {
    pub fn version(&self, tenant: &TenantId, stream: &StreamId) -> u64 {
        self.log.iter().filter(|event| event.tenant == *tenant && event.stream == *stream).count() as u64
    }

    /// The living process that holds `key`.
    pub fn holder(&self, tenant: &TenantId, key: &BusinessKey) -> Option<StreamId> {
        let holds = |record: &&ProcessRecord| record.identity.tenant == *tenant && !record.ended && record.holds.contains(key);
        self.processes.values().find(holds).map(|record| record.identity.stream.clone())
    }

    pub fn checkpoint(&self, view: &str) -> u64 {
        self.checkpoints.get(view).copied().unwrap_or(0)
    }

    /// Takes the whole commit, or nothing of it.
    pub fn commit(&mut self, commit: &Commit) -> Result<Committed, CommitError> {
        let mut after = self.clone();
        let committed = after.take(commit)?;
        *self = after;
        Ok(committed)
    }

    fn take(&mut self, commit: &Commit) -> Result<Committed, CommitError> {
        let of_another = |key: &InboxKey| key.tenant != commit.tenant;
        let inbox = [
            ("message to accept", commit.accepts.as_ref().map(|accept| &accept.key)),
            ("message to claim", commit.claims_inbox.as_ref().map(|claim| &claim.key)),
            ("message to give back", commit.abandons_inbox.as_ref().map(|(key, _)| key)),
            ("message to settle", commit.settles_inbox.as_ref().map(|settlement| &settlement.key)),
        ];
        let foreign = inbox.into_iter().find_map(|(what, key)| Some((what, key.filter(|key| of_another(key))?)));
        if let Some((what, key)) = foreign {
            let (tenant, stream) = (commit.tenant.clone(), commit.stream.clone());
            return Err(CommitError::Foreign { what, belongs_to: format!("tenant {}", key.tenant), tenant, stream });
        }
        if let Some(key) = &commit.idempotency_key {
            let of = (commit.tenant.clone(), key.clone());
            if let Some(Executed { stream, .. }) = self.executed.get(&of).cloned() {
                return Err(CommitError::AlreadyExecuted { key: key.clone(), stream });
            }
            let first_position = if commit.events.is_empty() { 0 } else { self.log.len() as u64 + 1 };
            self.executed.insert(of, Executed { stream: commit.stream.clone(), first_position });
        }
        let (stream, expected) = (commit.stream.clone(), commit.expected);
        let actual = self.version(&commit.tenant, &stream);
        if !expected.admits(actual) {
            return Err(CommitError::Conflict { stream, expected, actual });
        }
        if commit.has_effect() && commit.events.is_empty() {
            return Err(CommitError::EffectWithoutEvent { stream });
        }
        let first_position = if commit.events.is_empty() { 0 } else { self.log.len() as u64 + 1 };
        for event in &commit.events {
            self.log.push(RecordedEvent {
                id: event.id,
                position: self.log.len() as u64 + 1,
                tenant: commit.tenant.clone(),
                stream: stream.clone(),
                version: self.version(&commit.tenant, &stream) + 1,
                event_type: event.event_type.clone(),
                schema_version: event.schema_version,
                at: commit.at,
                cause: commit.cause.clone(),
                payload: event.payload.clone(),
            });
        }
        self.take_process(commit, first_position)?;
        self.take_outbox(commit, first_position)?;
        self.take_deadlines(commit)?;
        let inbox_token = self.take_inbox(commit)?;
        let version = self.version(&commit.tenant, &stream);
        self.take_snapshot(commit, version)?;
        self.take_view(commit)?;
        self.letters.extend(commit.dead_letters.iter().cloned());
        Ok(Committed { version, first_position, inbox_token, shredded: Vec::new() })
    }

    fn take_process(&mut self, commit: &Commit, began_at: u64) -> Result<(), CommitError> {
        let place = (commit.tenant.clone(), commit.stream.clone());
        if let Some(identity) = &commit.starts {
            if self.processes.contains_key(&place) {
                return Err(CommitError::ProcessExists { stream: place.1 });
            }
            let record = ProcessRecord { identity: identity.clone(), began_at, ended: false, holds: Vec::new() };
            self.processes.insert(place.clone(), record);
        }
        let needs_process = commit.ends || !commit.claims.is_empty() || !commit.correlations.is_empty();
        let Some(mut record) = self.processes.get(&place).cloned() else {
            return if needs_process { Err(CommitError::NoProcess { stream: place.1 }) } else { Ok(()) };
        };
        for key in &commit.claims {
            if let Some(holder) = self.holder(&commit.tenant, key).filter(|holder| *holder != commit.stream) {
                return Err(CommitError::BusinessKeyTaken { key: key.clone(), holder });
            }
            if !record.holds.contains(key) {
                record.holds.push(key.clone());
            }
        }
        for key in &commit.correlations {
            self.correlations.insert((commit.tenant.clone(), key.clone(), commit.stream.clone()));
        }
        record.ended |= commit.ends;
        if record.ended {
            record.holds.clear();
        }
        self.processes.insert(place, record);
        Ok(())
    }

    fn take_outbox(&mut self, commit: &Commit, caused_by: u64) -> Result<(), CommitError> {
        let mut ids: BTreeSet<Id> = self.queued.keys().copied().collect();
        if let Some(twice) = commit.outbox.iter().find(|new| !ids.insert(new.id)) {
            return Err(CommitError::OutboxMessageExists(twice.id));
        }
        if let Some(settlement) = &commit.settles_outbox {
            let Some(mut message) = self.queued.remove(&settlement.id()).filter(|message| message.tenant == commit.tenant) else {
                return Err(CommitError::OutboxConflict(settlement.id()));
            };
            if let OutboxSettlement::Rescheduled { next_try, error, .. } = settlement {
                message.next_try = *next_try;
                message.attempts += 1;
                message.last_error = Some(error.clone());
                self.queued.insert(message.id, message);
            }
        }
        for new in &commit.outbox {
            let message = OutboxMessage {
                id: new.id,
                tenant: commit.tenant.clone(),
                stream: commit.stream.clone(),
                caused_by,
                queued_at: commit.at,
                put_back_at: None,
                next_try: commit.at,
                attempts: 0,
                last_error: None,
                message: new.message.clone(),
            };
            self.queued.insert(new.id, message);
        }
        Ok(())
    }

    fn take_deadlines(&mut self, commit: &Commit) -> Result<(), CommitError> {
        let place = (commit.tenant.clone(), commit.stream.clone());
        if let Some((label, due)) = &commit.deadline_fired {
            let fired = self.deadlines.remove(&(place.clone(), label.clone()));
            if fired.is_none_or(|standing| standing.due != *due) {
                return Err(CommitError::DeadlineGone { stream: place.1, label: label.clone(), due: *due });
            }
        }
        for label in &commit.deadlines_cancelled {
            self.deadlines.remove(&(place.clone(), label.clone()));
        }
        for new in &commit.deadlines_set {
            let (tenant, stream) = place.clone();
            let deadline = Deadline { tenant, stream, label: new.label.clone(), due: new.due, reason: new.reason.clone() };
            self.deadlines.insert((place.clone(), new.label.clone()), deadline);
        }
        if commit.ends {
            self.deadlines.retain(|(of, _), _| *of != place);
        }
        Ok(())
    }

    fn take_inbox(&mut self, commit: &Commit) -> Result<Option<u64>, CommitError> {
        if let Some(accept) = &commit.accepts {
            if let Some(standing) = self.inbox.get(&accept.key) {
                return Err(CommitError::AlreadyAccepted { key: accept.key.clone(), accepted_at: standing.received_at });
            }
            self.forget(commit.at);
            let (received_at, known_until) = (accept.received_at, accept.known_until);
            let entry = InboxEntry {
                key: accept.key.clone(),
                received_at,
                settled: Vec::new(),
                done: false,
                known_until,
                lease: None,
                claims: 0,
                put_back: Vec::new(),
            };
            self.inbox.insert(accept.key.clone(), entry);
            self.payloads.insert(accept.key.clone(), accept.payload.clone());
        }
        let mut token = None;
        if let Some(claim) = &commit.claims_inbox {
            let entry = self.accepted(&claim.key, 0)?;
            if entry.done {
                return Err(refused(&claim.key, 0, InboxRefusal::SettledBefore));
            }
            if let Some(lease) = entry.lease.filter(|lease| lease.until > commit.at) {
                return Err(CommitError::InboxClaimed { key: claim.key.clone(), until: lease.until });
            }
            entry.claims += 1;
            token = Some(entry.claims);
            entry.lease = Some(InboxLease { token: entry.claims, until: claim.until });
        }
        if let Some((key, token)) = &commit.abandons_inbox {
            let entry = self.accepted(key, 0)?;
            if entry.lease.is_none_or(|lease| lease.token != *token) {
                return Err(refused(key, 0, InboxRefusal::LeaseTakenOver));
            }
            entry.lease = None;
        }
        if let Some(settlement) = &commit.settles_inbox {
            let entry = self.accepted(&settlement.key, settlement.part)?;
            let refuse = |reason| Err(refused(&settlement.key, settlement.part, reason));
            let next = entry.settled.len() as u32;
            if entry.done || settlement.part < next {
                return refuse(InboxRefusal::SettledBefore);
            }
            if settlement.part > next {
                return refuse(InboxRefusal::EarlierPartOpen);
            }
            if entry.lease.map(|lease| lease.token) != settlement.token {
                return refuse(InboxRefusal::LeaseTakenOver);
            }
            entry.settled.push(settlement.outcome);
            if settlement.last {
                entry.done = true;
                entry.lease = None;
            }
        }
        Ok(token)
    }

    fn accepted(&mut self, key: &InboxKey, part: u32) -> Result<&mut InboxEntry, CommitError> {
        self.inbox.get_mut(key).ok_or_else(|| refused(key, part, InboxRefusal::NeverAccepted))
    }

    /// Those that are done and were known long enough, the first two of them.
    fn forget(&mut self, now: Timestamp) {
        let mut past: Vec<(Timestamp, InboxKey)> = self
            .inbox
            .values()
            .filter(|entry| entry.done && entry.known_until < now && !entry.settled.contains(&Outcome::DeadLettered))
            .map(|entry| (entry.known_until, entry.key.clone()))
            .collect();
        past.sort();
        for (_, key) in past.into_iter().take(FORGOTTEN_PER_ACCEPT) {
            self.inbox.remove(&key);
            self.payloads.remove(&key);
        }
    }

    fn take_snapshot(&mut self, commit: &Commit, version: u64) -> Result<(), CommitError> {
        let place = (commit.tenant.clone(), commit.stream.clone());
        if let Some(snapshot) = &commit.snapshot
            && snapshot.version != version
        {
            return Err(CommitError::SnapshotMislabelled { stream: place.1, labelled: snapshot.version, actual: version });
        }
        if commit.ends || commit.forgets_snapshot {
            self.snapshots.remove(&place);
        }
        if let Some(snapshot) = commit.snapshot.as_ref().filter(|_| !commit.ends) {
            self.snapshots.insert(place, snapshot.clone());
        }
        Ok(())
    }

    fn take_view(&mut self, commit: &Commit) -> Result<(), CommitError> {
        let Some(update) = &commit.view else { return Ok(()) };
        let name = update.view.to_string();
        let actual = self.checkpoint(&name);
        if actual != update.from {
            return Err(CommitError::ViewConflict { view: update.view.clone(), expected: update.from, actual });
        }
        let log_ends = self.log.len() as u64;
        if update.to < update.from || update.to > log_ends {
            return Err(CommitError::ViewOutOfLog { view: update.view.clone(), from: update.from, to: update.to, log_ends });
        }
        for (key, row) in &update.rows {
            match row {
                Some(row) => drop(self.rows.insert((name.clone(), key.clone()), row.clone())),
                None => drop(self.rows.remove(&(name.clone(), key.clone()))),
            }
        }
        self.checkpoints.insert(name, update.to);
        Ok(())
    }

    /// The dead letter of a row that `commit` sets aside.
    pub fn set_aside(&mut self, commit: &Commit, row: &UnreadableRow) {
        let audit = AuditContext::at(commit.at).tenant(commit.tenant.clone()).into();
        let reason = DeadLetterReason::Undecodable { what: row.what.to_owned(), detail: row.detail.clone(), audit };
        self.letters.push(DeadLetter { reason, about: format!("a stored {}", row.what) });
    }
}

fn refused(key: &InboxKey, part: u32, reason: InboxRefusal) -> CommitError {
    CommitError::InboxConflict { key: key.clone(), part, reason }
}
