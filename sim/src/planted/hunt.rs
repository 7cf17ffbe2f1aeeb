//! The hunt: which seed finds a bug, by which oracle, and how little of its plan is needed.

use std::ops::ControlFlow;
use std::sync::Arc;

use mako_engine::planted::{Bug, with};

use crate::application::Application;
use crate::nemesis::{Ground, draw};
use crate::oracle::{Failure, judge};
use crate::plan::Plan;
use crate::run::{NetKind, StoreKind};
use crate::shrink::{Tried, shrink};
use crate::sweep::attempt;

/// After so many tries a plan is small enough.
const TRIES: usize = 300;

/// A bug that a seed found.
#[derive(Debug, Clone, PartialEq)]
pub struct Kill {
    /// The first seed that found it.
    pub seed: u64,
    /// How the smallest plan fails.
    pub failure: Failure,
    /// The smallest plan that fails by the same oracle.
    pub plan: Plan,
}

/// The first of `seeds` that finds `bug`, and the smallest plan that still does. Oracles judge with the bug switched off.
#[must_use]
pub fn hunt(bug: Bug, mut seeds: impl Iterator<Item = u64>, ground: &Ground, application: &Arc<dyn Application>) -> Option<Kill> {
    let fails = |plan: &Plan| found(Some(bug), plan, application);
    let (seed, plan, first) = seeds.find_map(|seed| {
        let plan = draw(seed, ground).plan;
        let failure = fails(&plan).into_iter().next()?;
        Some((seed, plan, failure))
    })?;
    let mut failure = first.clone();
    let mut fails_alike = |plan: &Plan| match fails(plan).into_iter().find(|other| other.is_like(&first)) {
        Some(now) => {
            failure = now;
            true
        }
        None => false,
    };
    let enough = &mut |tried: Tried<'_>| if tried.tried < TRIES { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    let plan = shrink(&plan, &mut fails_alike, enough).plan;
    Some(Kill { seed, failure, plan })
}

/// What oracles find in the run of `seed` when nothing is switched on: nothing, or the hunt says nothing.
#[must_use]
pub fn control(seed: u64, ground: &Ground, application: &Arc<dyn Application>) -> Vec<Failure> {
    found(None, &draw(seed, ground).plan, application)
}

fn found(bug: Option<Bug>, plan: &Plan, application: &Arc<dyn Application>) -> Vec<Failure> {
    match with(bug, || attempt(plan, application, (StoreKind::Memory, NetKind::Memory))) {
        Ok(outcome) => judge(&outcome),
        Err(panicked) => vec![panicked],
    }
}
