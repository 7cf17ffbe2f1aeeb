//! Rows of a queue that cannot be read: nothing is lost in silence.

use std::collections::BTreeMap;

use crate::plan::Queue;
use crate::probe::SET_ASIDE;
use crate::run::Outcome;
use crate::trace::What;

/// Whether a dead letter is about a row that was set aside.
pub(super) fn is_letter(about: &str) -> bool {
    about.starts_with(SET_ASIDE)
}

/// Whether somebody met a row that cannot be read.
pub(super) fn any(outcome: &Outcome) -> bool {
    outcome.trace.entries().iter().any(|entry| matches!(entry.what, What::Unreadable { .. }))
}

/// Whether `party` met such a row in this queue.
pub(super) fn of(outcome: &Outcome, party: &str, queue: Queue) -> bool {
    let met = What::Unreadable { queue };
    outcome.trace.entries().iter().any(|entry| entry.party == party && entry.what == met)
}

/// Each row that a worker could not read is a dead letter once, unless its node is down.
pub(super) fn one_letter_each(outcome: &Outcome) -> Vec<String> {
    let mut met: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for entry in outcome.trace.entries() {
        match &entry.what {
            What::Unreadable { .. } => met.entry(&entry.party).or_default().0 += 1,
            What::DeadLetter { about, .. } if is_letter(about) => met.entry(&entry.party).or_default().1 += 1,
            _ => {}
        }
    }
    let up = |party: &str| outcome.ends.iter().any(|end| end.party == party && !end.down);
    let wrong = met.into_iter().filter(|(party, (rows, letters))| rows != letters && up(party));
    wrong.map(|(party, (rows, letters))| format!("{party}: {rows} rows could not be read, and {letters} dead letters say so")).collect()
}
