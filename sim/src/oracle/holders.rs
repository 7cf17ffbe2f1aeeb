//! Who holds a business key.

use std::collections::{BTreeMap, BTreeSet};

use super::watch::{Name, Names, Seen, Watch};
use crate::trace::What;

/// Of the processes of a party that hold one key, one lives; and who is turned away is turned away by a living one.
#[derive(Default)]
pub(super) struct OneHolder {
    holders: BTreeMap<(Name, Name), Name>,
    ended: BTreeSet<(Name, Name)>,
}

impl Watch for OneHolder {
    fn see(&mut self, seen: &Seen<'_>, names: &mut Names) -> Option<String> {
        let (party, of) = (&seen.entry.party, seen.party);
        match &seen.entry.what {
            What::Began { stream, holds } => {
                let began = names.of(stream);
                for key in holds {
                    let before = self.holders.insert((of, names.of(key)), began);
                    if let Some(before) = before.filter(|before| !self.ended.contains(&(of, *before))) {
                        return Some(format!("{party} {stream} began under {key}, which {} still holds", names.text(before)));
                    }
                }
            }
            What::Ended { stream } => drop(self.ended.insert((of, names.of(stream)))),
            What::Declined { about, holder } if self.ended.contains(&(of, names.of(holder))) => {
                return Some(format!("{party} declines {about} because of {holder}, which has ended"));
            }
            _ => {}
        }
        None
    }
}
