//! What a commit does with dead letters: where they came from, how a message goes back, and rows that nobody can read.

use super::super::StoreError;
use super::super::backend::Backend;
use super::super::keys::Key;
use super::check::queue;
use super::group::{Group, Writes};
use crate::commit::{Commit, CommitError, Committed, OutboxSettlement};
use crate::dead_letter::{DeadLetter, LetterRow, Origin, PutBack, PutBackLetter};
use crate::inbox::{InboxEntry, InboxSettlement};
use crate::outbox::OutboxMessage;

/// Where the dead letters of `commit` came from: the part that it settles, or the message that it gives up.
pub(super) fn origin(commit: &Commit) -> Option<Origin> {
    match (&commit.settles_outbox, &commit.settles_inbox) {
        (Some(OutboxSettlement::Exhausted(id)), _) => Some(Origin::GivenUp(*id)),
        (_, Some(settlement)) => {
            let InboxSettlement { key, part, outcome, .. } = settlement;
            Some(Origin::Received { key: key.clone(), part: *part, outcome: *outcome })
        }
        (Some(OutboxSettlement::Delivered(_) | OutboxSettlement::Rescheduled { .. }) | None, None) => None,
    }
}

/// Puts the message of a dead letter back to where it came from, and notes on the letter who did it.
pub(super) fn put_back<B: Backend>(
    group: &Group<'_, B>,
    commit: &Commit,
    committed: &Committed,
    writes: &mut Writes,
) -> Result<(), CommitError> {
    let Some(PutBackLetter { number, by, because }) = &commit.puts_back else { return Ok(()) };
    let number = *number;
    let key = Key::table(b'X').number(number).done();
    let row = group.row::<LetterRow>("dead letter", &key)?.ok_or(CommitError::NoDeadLetter { number })?;
    if row.reason.audit().tenant.as_ref().is_some_and(|tenant| *tenant != commit.tenant) {
        return Err(CommitError::NoDeadLetter { number });
    }
    if let Some(before) = row.put_back.clone() {
        return Err(CommitError::PutBackBefore { number, before });
    }
    let kept = row.clone().numbered(number);
    let refuse = |why: &str| Err(CommitError::CannotPutBack { number, why: why.to_owned() });
    if let Some(why) = kept.cannot_be_put_back() {
        return refuse(why);
    }
    match &row.origin {
        Some(Origin::Received { key, part, .. }) if key.tenant == commit.tenant => {
            let row = Key::table(b'I').inbox(key).done();
            let Some(mut entry) = group.row::<InboxEntry>("inbox entry", &row)? else {
                return refuse("the message was forgotten, bytes and all; ask its sender to send it again");
            };
            if !entry.done && entry.put_back.is_empty() {
                return refuse("its interchange is still being worked off; put it back when the rest of it is done");
            }
            entry.done = false;
            entry.put_back.push(*part);
            writes.put(Key::table(b'A').instant(entry.received_at).inbox(key).done(), Vec::new());
            writes.put_row("inbox entry", row, &entry)?;
        }
        Some(Origin::GivenUp(id)) => {
            let row = Key::table(b'G').id(*id).done();
            let given_up = group.row::<OutboxMessage>("message that was given up", &row)?;
            let Some(mut queued) = given_up.filter(|queued| queued.tenant == commit.tenant) else {
                return refuse("what the message said is not kept any more; let its process send it anew");
            };
            queued.caused_by = committed.first_position;
            queued.put_back_at = Some(commit.at);
            queued.next_try = commit.at;
            queued.attempts = 0;
            queue(&queued, writes)?;
            writes.delete(row);
        }
        Some(Origin::Received { .. }) | None => return Err(CommitError::NoDeadLetter { number }),
    }
    let note = PutBack { at: commit.at, by: by.clone(), because: because.clone(), position: committed.first_position };
    writes.put_row("dead letter", key, &LetterRow { put_back: Some(note), ..row })?;
    Ok(())
}

/// Moves rows that nobody can read out of the way, bytes and all.
pub(super) fn set_aside<B: Backend>(group: &Group<'_, B>, commit: &Commit, writes: &mut Writes) -> Result<Vec<DeadLetter>, StoreError> {
    let mut letters = Vec::new();
    for row in &commit.sets_aside {
        let mut stood = false;
        for key in &row.keys {
            if let Some(value) = group.get(key)? {
                stood = true;
                writes.put([b"Z", &key[..]].concat(), value);
                writes.delete(key.clone());
            }
        }
        // Somebody else was faster: nothing to report again.
        if stood {
            letters.push(row.dead_letter(&commit.tenant, commit.at));
        }
    }
    Ok(letters)
}
