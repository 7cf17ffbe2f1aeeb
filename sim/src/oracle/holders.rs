//! Who holds a business key.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::Outcome;
use crate::trace::What;

/// Of the processes of a party that hold one key, one lives; and who is turned away is turned away by a living one.
pub(super) fn one_lives(outcome: &Outcome) -> Vec<String> {
    let mut holders: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let mut ended: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut found = Vec::new();
    for entry in outcome.trace.entries() {
        let party = entry.party.as_str();
        match &entry.what {
            What::Began { stream, holds } => {
                for key in holds {
                    let before = holders.insert((party, key), stream);
                    if let Some(before) = before.filter(|before| !ended.contains(&(party, *before))) {
                        found.push(format!("{party} {stream} began under {key}, which {before} still holds"));
                    }
                }
            }
            What::Ended { stream } => drop(ended.insert((party, stream))),
            What::Declined { about, holder } if ended.contains(&(party, holder.as_str())) => {
                found.push(format!("{party} declines {about} because of {holder}, which has ended"));
            }
            _ => {}
        }
    }
    found
}
