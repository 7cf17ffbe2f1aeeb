//! Oracles that judge while a run goes on.
//!
//! A [`Watch`] reads the trace entry by entry, as it is written, and says at the first entry that breaks its promise what is broken: the
//! run stops there, and its trace ends with that entry. It knows the plan and what came before, never what comes after; what only the
//! rest of a run can excuse is judged at the end. The same oracle reads a finished trace from its beginning ([`super::judge`]), so that
//! there is one opinion and not two.

use std::collections::BTreeMap;

use super::{Failure, ORACLES};
use crate::plan::Plan;
use crate::trace::Entry;

/// A text that was met before, as a number: parties, streams and message ids come again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(usize);

/// Every text of a run that was met so far.
#[derive(Default)]
pub struct Names {
    known: BTreeMap<String, Name>,
    texts: Vec<String>,
}

impl Names {
    /// The number of `text`.
    pub(super) fn of(&mut self, text: &str) -> Name {
        if let Some(name) = self.known.get(text) {
            return *name;
        }
        let name = Name(self.texts.len());
        self.known.insert(text.to_owned(), name);
        self.texts.push(text.to_owned());
        name
    }

    /// The text with this number.
    pub(super) fn text(&self, name: Name) -> &str {
        self.texts.get(name.0).map_or("", String::as_str)
    }
}

/// An entry as every oracle wants it.
pub struct Seen<'e> {
    /// The plan of the run.
    pub(super) plan: &'e Plan,
    /// The entry.
    pub(super) entry: &'e Entry,
    /// The number of its party.
    pub(super) party: Name,
}

/// An oracle that judges while a run goes on.
pub trait Watch: Send {
    /// Reads on: what the entry breaks, if anything.
    fn see(&mut self, seen: &Seen<'_>, names: &mut Names) -> Option<String>;
}

/// Everybody who watches one run.
pub struct Watching {
    names: Names,
    oracles: Vec<(&'static str, Box<dyn Watch>)>,
}

impl Default for Watching {
    /// Every oracle of the list that judges while a run goes on, with nothing seen yet.
    fn default() -> Self {
        let oracles = ORACLES.iter().filter_map(|oracle| Some((oracle.name, oracle.watch?())));
        Self { names: Names::default(), oracles: oracles.collect() }
    }
}

impl Watching {
    /// Reads on: everything that the entry breaks.
    pub(crate) fn see(&mut self, plan: &Plan, entry: &Entry) -> Vec<Failure> {
        let party = self.names.of(&entry.party);
        let (seen, names) = (Seen { plan, entry, party }, &mut self.names);
        let found = self.oracles.iter_mut().filter_map(|(name, oracle)| Some(Failure::new(name, oracle.see(&seen, names)?)));
        found.collect()
    }
}
