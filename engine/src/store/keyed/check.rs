//! A commit becomes writes: every check against the group so far, so that refusal changes nothing.

use std::collections::BTreeMap;

use super::super::StoreError;
use super::super::backend::Backend;
use super::super::keys::{Key, take_instant};
use super::super::record;
use super::chain::Link;
use super::group::{Group, Writes};
use super::writer::Heads;
use super::{Inner, decode, keys, letters, views};
use crate::commit::{Commit, CommitError, Committed, MAX_NAME_BYTES, OutboxSettlement};
use crate::dead_letter::LetterRow;
use crate::deadline::Deadline;
use crate::inbox::{InboxEntry, InboxKey, InboxLease, InboxRefusal, Outcome};
use crate::names::DeadlineLabel;
use crate::outbox::OutboxMessage;
use crate::planted;
use crate::registry::{Executed, ProcessRecord};
use crate::snapshot;

/// How many forgotten inbox entries an accepted message takes along: more than one, so that the past shrinks.
const FORGOTTEN_PER_ACCEPT: usize = 2;

impl<B: Backend> Inner<B> {
    /// Checks `commit`, and adds its writes to the group and its numbers to `heads`; or changes neither.
    pub(super) fn check(&self, commit: &Commit, group: &mut Group<'_, B>, heads: &mut Heads) -> Result<Committed, CommitError> {
        if let Some((what, bytes)) = commit.names().find(|(_, bytes)| *bytes > MAX_NAME_BYTES) {
            return Err(CommitError::NameTooLong { what, bytes });
        }
        if let Some((what, belongs_to)) = commit.foreign() {
            let (tenant, stream) = (commit.tenant.clone(), commit.stream.clone());
            return Err(CommitError::Foreign { what, belongs_to, tenant, stream });
        }
        let executed = never_executed(group, commit)?;
        let stream = Key::table(b'E').name(commit.tenant.as_str()).name(commit.stream.as_str());
        let version = group.version(&stream)?;
        if !commit.expected.admits(version) {
            let (stream, expected) = (commit.stream.clone(), commit.expected);
            return Err(CommitError::Conflict { stream, expected, actual: version });
        }
        if commit.events.is_empty() && commit.has_effect() {
            return Err(CommitError::EffectWithoutEvent { stream: commit.stream.clone() });
        }
        let mut writes = Writes::default();
        let mut after = *heads;
        let mut committed = events(commit, &stream, version, &mut after, &mut writes)?;
        if let Some(key) = executed {
            let executed = Executed { stream: commit.stream.clone(), first_position: committed.first_position };
            writes.put_row("executed command", key, &executed)?;
        }
        keys::check(group, commit, &mut committed, &mut writes)?;
        process(group, commit, &committed, &mut writes)?;
        outbox(group, commit, &committed, &mut writes)?;
        deadlines(group, commit, &mut writes)?;
        self.inbox(group, commit, &mut committed, &mut writes)?;
        take_snapshot(commit, committed.version, &mut writes)?;
        views::view(group, commit, after.chain.position, &mut writes)?;
        views::take_over(group, commit, &mut writes)?;
        views::drop_view(group, commit, &mut writes)?;
        let aside = letters::set_aside(group, commit, &mut writes)?;
        let from = letters::origin(commit);
        let letters = commit.dead_letters.iter().map(|letter| (letter, from.clone())).chain(aside.iter().map(|letter| (letter, None)));
        for (letter, from) in letters {
            after.last_dead_letter += 1;
            writes.put_row("dead letter", Key::table(b'X').number(after.last_dead_letter).done(), &LetterRow::new(letter, from))?;
        }
        letters::put_back(group, commit, &committed, &mut writes)?;
        group.take(writes, stream, committed.version);
        *heads = after;
        Ok(committed)
    }

    fn inbox(&self, group: &Group<'_, B>, commit: &Commit, committed: &mut Committed, writes: &mut Writes) -> Result<(), CommitError> {
        if let Some(accept) = &commit.accepts {
            let key = Key::table(b'I').inbox(&accept.key).done();
            if let Some(standing) = group.row::<InboxEntry>("inbox entry", &key)? {
                return Err(CommitError::AlreadyAccepted { key: accept.key.clone(), accepted_at: standing.received_at });
            }
            writes.put_row("inbox entry", key, &InboxEntry::new(accept))?;
            writes.put(Key::table(b'P').inbox(&accept.key).done(), accept.payload.clone());
            writes.put(Key::table(b'A').instant(accept.received_at).inbox(&accept.key).done(), Vec::new());
            self.forget(group, commit, writes)?;
        }
        if let Some(claim) = &commit.claims_inbox {
            let (row, mut entry) = standing(group, writes, &claim.key, 0)?;
            if entry.done {
                return Err(refused(&claim.key, 0, InboxRefusal::SettledBefore));
            }
            if let Some(lease) = entry.lease.filter(|lease| commit.at < lease.until) {
                return Err(CommitError::InboxClaimed { key: claim.key.clone(), until: lease.until });
            }
            entry.claims += 1;
            entry.lease = Some(InboxLease { token: entry.claims, until: claim.until });
            committed.inbox_token = Some(entry.claims);
            writes.put_row("inbox entry", row, &entry)?;
        }
        if let Some((key, token)) = &commit.abandons_inbox {
            let (row, mut entry) = standing(group, writes, key, 0)?;
            if entry.lease.map(|lease| lease.token) != Some(*token) {
                return Err(refused(key, 0, InboxRefusal::LeaseTakenOver));
            }
            entry.lease = None;
            writes.put_row("inbox entry", row, &entry)?;
        }
        let Some(settlement) = &commit.settles_inbox else { return Ok(()) };
        let refuse = |reason| Err(refused(&settlement.key, settlement.part, reason));
        let (row, mut entry) = standing(group, writes, &settlement.key, settlement.part)?;
        let again = entry.put_back.iter().position(|part| *part == settlement.part);
        if again.is_none() {
            if entry.done || !entry.put_back.is_empty() || entry.settled.len() > settlement.part as usize {
                return refuse(InboxRefusal::SettledBefore);
            }
            if entry.settled.len() < settlement.part as usize {
                return refuse(InboxRefusal::EarlierPartOpen);
            }
        }
        if entry.lease.map(|lease| lease.token) != settlement.token && !(planted!(SettlesUnderALostLease) && settlement.token.is_some()) {
            return refuse(InboxRefusal::LeaseTakenOver);
        }
        let is_last = match again {
            None => {
                entry.settled.push(settlement.outcome);
                settlement.last
            }
            Some(at) => {
                let part = entry.put_back.remove(at);
                if let Some(settled) = entry.settled.get_mut(part as usize) {
                    *settled = settlement.outcome;
                }
                entry.put_back.is_empty()
            }
        };
        if is_last {
            entry.done = true;
            entry.lease = None;
            writes.delete(Key::table(b'A').instant(entry.received_at).inbox(&entry.key).done());
            // Whoever may have to put it back needs its bytes.
            if !entry.settled.contains(&Outcome::DeadLettered) {
                writes.put(Key::table(b'F').instant(entry.known_until).inbox(&entry.key).done(), Vec::new());
            }
        }
        writes.put_row("inbox entry", row, &entry)?;
        Ok(())
    }

    /// Deletes entries that no sender repeats any more. Done with every accepted message, so that nobody has to come by and tidy up.
    fn forget(&self, group: &Group<'_, B>, commit: &Commit, writes: &mut Writes) -> Result<(), StoreError> {
        let (from, to) = (Key::table(b'F').done(), Key::table(b'F').instant(commit.at).done());
        // The floor is the backend's. What the group adds may lie below it, and so may `to`: instants need not follow each other.
        let look = self.floors.look(from.clone());
        let found = group.pairs((from, to.clone()), &look.from, FORGOTTEN_PER_ACCEPT)?;
        self.floors.met(&look, found.first().map_or(&to, |(key, _)| key), false);
        for (key, _) in found {
            if let Some((_, names)) = key.get(1..).and_then(take_instant) {
                writes.delete([b"I", names].concat());
                writes.delete([b"P", names].concat());
            }
            writes.delete(key);
        }
        Ok(())
    }
}

/// The row to write for a command with a name of its own. Asked before everything else: a repeated command is told so, and not that
/// somebody else wrote first.
fn never_executed<B: Backend>(group: &Group<'_, B>, commit: &Commit) -> Result<Option<Vec<u8>>, CommitError> {
    let Some(name) = &commit.idempotency_key else { return Ok(None) };
    let row = Key::table(b'Y').name(commit.tenant.as_str()).name(name.as_str()).done();
    match group.row("executed command", &row)? {
        Some(Executed { stream, .. }) => Err(CommitError::AlreadyExecuted { key: name.clone(), stream }),
        None => Ok(Some(row)),
    }
}

/// The entry under `key` as the commit has left it so far: accepting, claiming, abandoning and settling build on each other, or a
/// token could be given twice.
fn standing<B: Backend>(group: &Group<'_, B>, writes: &Writes, key: &InboxKey, part: u32) -> Result<(Vec<u8>, InboxEntry), CommitError> {
    let row = Key::table(b'I').inbox(key).done();
    let entry = match writes.get(&row) {
        Some(entry) => entry.map(|bytes| decode("inbox entry", bytes)).transpose()?,
        None => group.row("inbox entry", &row)?,
    };
    match entry {
        Some(entry) => Ok((row, entry)),
        None => Err(refused(key, part, InboxRefusal::NeverAccepted)),
    }
}

fn refused(key: &InboxKey, part: u32, reason: InboxRefusal) -> CommitError {
    CommitError::InboxConflict { key: key.clone(), part, reason }
}

fn events(commit: &Commit, stream: &Key, version: u64, heads: &mut Heads, writes: &mut Writes) -> Result<Committed, StoreError> {
    let before = heads.chain.position;
    let cause = record::encode_cause(&commit.cause)?;
    let mut link = Link::after(heads.chain);
    for (i, event) in (1u64..).zip(&commit.events) {
        let key = [stream.as_bytes(), &(version + i).to_be_bytes()].concat();
        let stored = record::encode(event, before + i, commit.at, &cause)?;
        link.event(&key, &stored);
        writes.put(Key::table(b'L').number(before + i).done(), key.clone());
        writes.put(key, stored);
    }
    heads.chain = link.close(writes);
    let events = commit.events.len() as u64;
    Ok(Committed {
        version: version + events,
        first_position: if events == 0 { 0 } else { before + 1 },
        inbox_token: None,
        shredded: Vec::new(),
    })
}

fn process<B: Backend>(group: &Group<'_, B>, commit: &Commit, committed: &Committed, writes: &mut Writes) -> Result<(), CommitError> {
    if commit.starts.is_none() && !commit.needs_process() {
        return Ok(());
    }
    let tenant = commit.tenant.as_str();
    let key = Key::table(b'R').name(tenant).name(commit.stream.as_str()).done();
    let standing = group.row::<ProcessRecord>("process", &key)?;
    let mut record = match (standing, &commit.starts) {
        (Some(_), Some(_)) => return Err(CommitError::ProcessExists { stream: commit.stream.clone() }),
        (None, Some(identity)) => {
            ProcessRecord { identity: identity.clone(), began_at: committed.first_position, ended: false, holds: Vec::new() }
        }
        (Some(standing), None) => standing,
        (None, None) => return Err(CommitError::NoProcess { stream: commit.stream.clone() }),
    };
    let before = record.clone();
    for business_key in &commit.claims {
        let held = Key::table(b'K').name(tenant).name(business_key.as_str()).done();
        if let Some(holder) = group.row("holder", &held)?
            && holder != commit.stream
        {
            return Err(CommitError::BusinessKeyTaken { key: business_key.clone(), holder });
        }
        writes.put_row("holder", held, &commit.stream)?;
        if !record.holds.contains(business_key) {
            record.holds.push(business_key.clone());
        }
    }
    for correlation in &commit.correlations {
        writes.put(Key::table(b'C').name(tenant).name(correlation.as_str()).name(commit.stream.as_str()).done(), Vec::new());
    }
    // An ended process holds nothing, whatever it still says: nobody would ever free it.
    if commit.ends || record.ended {
        record.ended = true;
        for business_key in record.holds.drain(..) {
            writes.delete(Key::table(b'K').name(tenant).name(business_key.as_str()).done());
        }
    }
    if commit.starts.is_some() || before != record {
        writes.put_row("process", key, &record)?;
    }
    Ok(())
}

fn outbox<B: Backend>(group: &Group<'_, B>, commit: &Commit, committed: &Committed, writes: &mut Writes) -> Result<(), CommitError> {
    for new in &commit.outbox {
        let key = Key::table(b'Q').id(new.id).done();
        if writes.get(&key).is_some() || group.get(&key)?.is_some() {
            return Err(CommitError::OutboxMessageExists(new.id));
        }
        let queued = OutboxMessage {
            id: new.id,
            tenant: commit.tenant.clone(),
            stream: commit.stream.clone(),
            caused_by: committed.first_position,
            queued_at: commit.at,
            put_back_at: None,
            next_try: commit.at,
            attempts: 0,
            last_error: None,
            message: new.message.clone(),
        };
        queue(&queued, writes)?;
    }
    let Some(settlement) = &commit.settles_outbox else { return Ok(()) };
    let key = Key::table(b'Q').id(settlement.id()).done();
    let queued = group.row::<OutboxMessage>("queued message", &key)?;
    let Some(mut queued) = queued.filter(|queued| queued.tenant == commit.tenant) else {
        return Err(CommitError::OutboxConflict(settlement.id()));
    };
    writes.delete(Key::table(b'O').instant(queued.next_try).id(queued.id).done());
    match settlement {
        OutboxSettlement::Delivered(_) => {
            writes.delete(key);
            writes.delete(Key::table(b'N').number(queued.caused_by).id(queued.id).done());
        }
        OutboxSettlement::Exhausted(_) => {
            writes.delete(key);
            writes.delete(Key::table(b'N').number(queued.caused_by).id(queued.id).done());
            writes.put_row("message that was given up", Key::table(b'G').id(queued.id).done(), &queued)?;
        }
        OutboxSettlement::Rescheduled { next_try, error, .. } => {
            queued.next_try = *next_try;
            queued.attempts += 1;
            queued.last_error = Some(error.clone());
            queue(&queued, writes)?;
        }
    }
    Ok(())
}

/// Enters a message into the queue, or where it stands from now on.
pub(super) fn queue(queued: &OutboxMessage, writes: &mut Writes) -> Result<(), StoreError> {
    let due = Key::table(b'O').instant(queued.next_try).id(queued.id).done();
    // The row may be unreadable one day; its place in the other index is then found from here.
    writes.put(Key::table(b'N').number(queued.caused_by).id(queued.id).done(), due.clone());
    writes.put(due, Vec::new());
    writes.put_row("queued message", Key::table(b'Q').id(queued.id).done(), queued)
}

fn deadlines<B: Backend>(group: &Group<'_, B>, commit: &Commit, writes: &mut Writes) -> Result<(), CommitError> {
    let changes = !(commit.deadlines_set.is_empty() && commit.deadlines_cancelled.is_empty());
    if !(commit.ends || commit.deadline_fired.is_some() || changes) {
        return Ok(());
    }
    let range = Key::table(b'T').name(commit.tenant.as_str()).name(commit.stream.as_str()).range();
    let mut before: BTreeMap<DeadlineLabel, Deadline> = BTreeMap::new();
    let floor = range.0.clone();
    for (_, row) in group.pairs(range, &floor, usize::MAX)? {
        let deadline: Deadline = decode("deadline", &row)?;
        before.insert(deadline.label.clone(), deadline);
    }
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
    // An ended process may set one again: a late message still has to be acknowledged in time.
    if commit.ends {
        after.clear();
    }
    for gone in before.values().filter(|d| after.get(&d.label) != Some(d)) {
        writes.delete(row_key(gone));
        writes.delete(due_key(gone));
    }
    for stands in after.values().filter(|d| before.get(&d.label) != Some(d)) {
        writes.put_row("deadline", row_key(stands), stands)?;
        writes.put(due_key(stands), Vec::new());
    }
    Ok(())
}

fn row_key(deadline: &Deadline) -> Vec<u8> {
    Key::table(b'T').name(deadline.tenant.as_str()).name(deadline.stream.as_str()).name(deadline.label.as_str()).done()
}

fn due_key(deadline: &Deadline) -> Vec<u8> {
    let (tenant, stream) = (deadline.tenant.as_str(), deadline.stream.as_str());
    Key::table(b'D').instant(deadline.due).name(tenant).name(stream).name(deadline.label.as_str()).done()
}

fn take_snapshot(commit: &Commit, version: u64, writes: &mut Writes) -> Result<(), CommitError> {
    if commit.ends || commit.forgets_snapshot {
        writes.delete(snapshot::key(&commit.tenant, &commit.stream));
    }
    let Some(snapshot) = &commit.snapshot else { return Ok(()) };
    if snapshot.version != version {
        let stream = commit.stream.clone();
        return Err(CommitError::SnapshotMislabelled { stream, labelled: snapshot.version, actual: version });
    }
    // Nobody asks an ended process often enough for a snapshot.
    if !commit.ends {
        writes.put(snapshot::key(&commit.tenant, &commit.stream), snapshot.to_stored()?);
    }
    Ok(())
}
