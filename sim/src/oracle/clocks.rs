//! What the clock of each party shows, as a trace goes on.

use std::collections::BTreeMap;

use mako_engine::Timestamp;

use crate::clock::Skew;
use crate::trace::{Entry, What};

/// The clocks of a run, up to where its trace was read. Whoever is not in it is right.
#[derive(Default)]
pub(super) struct Clocks(BTreeMap<String, Skew>);

impl Clocks {
    /// Reads on.
    pub(super) fn see(&mut self, entry: &Entry) {
        match &entry.what {
            What::Clock { fault } => {
                let clock = self.0.entry(entry.party.clone()).or_default();
                *clock = clock.after(*fault, entry.at);
            }
            What::Calm => self.0.clear(),
            _ => {}
        }
    }

    /// What the clock of `party` shows at `at`.
    pub(super) fn shown(&self, party: &str, at: Timestamp) -> Timestamp {
        self.0.get(party).map_or(at, |clock| clock.shown(at))
    }
}
