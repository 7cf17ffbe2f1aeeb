//! A world in which oracles judge while the run goes on: each entry of the trace as it is written, and the living nodes after a sample
//! of the commits, which the plan's seed draws, and after the first one of a process that was resumed from a snapshot. What they read is
//! no part of what happens.

use mako_engine::{StreamId, Timestamp};

use super::{State, World};
use crate::nemesis::Dice;
use crate::oracle::living::Living;
use crate::oracle::watch::Watching;
use crate::oracle::{Failure, ORACLES, Oracle, Violation};
use crate::trace::Entry;

/// After one commit in so many, on average, the living node is looked at.
const SAMPLED_ONE_IN: u64 = 16;

impl World {
    /// The same world, in which every oracle that can judges what happens, and after a sample of the commits the living nodes.
    #[must_use]
    pub fn watched(self) -> Self {
        let mut state = self.state();
        (state.watching, state.samples) = (Some(Watching::default()), Dice::new(self.plan.seed));
        drop(state);
        self
    }

    /// What an oracle saw first, if any did.
    pub(crate) fn violation(&self) -> Option<Violation> {
        self.state().violation.clone()
    }

    /// `failures` break a promise now.
    fn violate(state: &mut State, at: Timestamp, failures: Vec<Failure>) {
        if !failures.is_empty() {
            state.violation.get_or_insert(Violation { at, entries: state.trace.entries().len(), failures });
        }
    }

    /// `stream` of `node` has a commit more: perhaps the living node is looked at when the world is at rest.
    pub(crate) fn sample(&self, node: usize, stream: &StreamId) {
        let mut state = self.state();
        let is_resumed = !state.resumed.is_empty() && state.resumed.remove(&(node, stream.clone()));
        if state.watching.is_some() && (state.samples.once_in(SAMPLED_ONE_IN) || is_resumed) {
            state.sampled.push((node, stream.clone()));
        }
    }

    /// The state of `stream` at `node` comes from its snapshot: whether that was the right one shows with the next commit.
    pub(crate) fn resumed(&self, node: usize, stream: &StreamId) {
        self.state().resumed.insert((node, stream.clone()));
    }

    /// Whether somebody must be looked at.
    pub(crate) fn has_samples(&self) -> bool {
        !self.state().sampled.is_empty()
    }

    /// Looks at the living nodes whose commits were sampled. The world is at rest.
    pub(crate) fn look_at_samples(&self) {
        let (sampled, engines, trace) = {
            let mut state = self.state();
            state.looked_at = true;
            (std::mem::take(&mut state.sampled), state.engines.clone(), std::mem::take(&mut state.trace))
        };
        let mut found = Vec::new();
        for (node, stream) in &sampled {
            let Some(engine) = engines.get(node) else { continue };
            let living = Living { party: self.name(*node), engine, stream, entries: trace.entries() };
            let told = |oracle: &Oracle| Some(Failure::new(oracle.name, oracle.look?(&living)?));
            found.extend(ORACLES.iter().filter_map(told));
        }
        let mut state = self.state();
        (state.looked_at, state.trace) = (false, trace);
        Self::violate(&mut state, self.agenda.now(), found);
    }

    /// Whether an oracle looks at the living nodes: what it reads is no part of what happens.
    pub(crate) fn is_looked_at(&self) -> bool {
        self.state().looked_at
    }

    /// Adds to the trace, which ends at the first thing that breaks a promise.
    pub(super) fn add(&self, entry: Entry) {
        let mut state = self.state();
        let state = &mut *state;
        if state.violation.is_some() {
            return;
        }
        let failures = state.watching.as_mut().map(|watching| watching.see(&self.plan, &entry)).unwrap_or_default();
        let at = entry.at;
        state.trace.add(entry);
        Self::violate(state, at, failures);
    }
}
