//! Many seeds: which ones, what became of each, and what to tell about all of them.
//!
//! Nothing here knows of threads, wall time or files: a caller hands seeds to as many workers as it likes ([`try_seed`] shares nothing
//! with other runs) and collects the verdicts in a [`Sweep`], which is the same whatever the order in which they came.

mod junit;
mod markdown;
mod seeds;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::application::Application;
use crate::nemesis::{Choices, Drawn, Ground, draw};
use crate::oracle::{Failure, judge};
use crate::plan::Plan;
use crate::points::{POINTS, reached};
use crate::run::{NetKind, Outcome, StoreKind, run};
use crate::trace::first_difference;

pub use seeds::{Seeds, SeedsError, Shard};

/// The failure of a run that differs from another run of the same plan (law 4).
pub const SAME_PLAN_SAME_BYTES: &str = "same-plan-same-bytes";
/// The failure of a run that panicked outside of its nodes.
pub const PANIC: &str = "panic";

/// What became of one seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedVerdict {
    /// The seed.
    pub seed: u64,
    /// The hash of its trace; empty when there is none.
    pub hash: String,
    /// How much virtual time passed, in milliseconds.
    pub virtual_ms: i64,
    /// How many AS4 user messages reached a node.
    pub messages: u64,
    /// How many commits all nodes made.
    pub commits: u64,
    /// How often the plan was run again and compared.
    pub compared: u32,
    /// The points that it came to.
    pub reached: Vec<String>,
    /// What does not hold; empty when the seed passed.
    pub failures: Vec<Failure>,
    /// What the seed chose; in a [`Sweep`], where it failed.
    pub choices: Choices,
}

/// Where plans are run: on which foundation, and on which others again, to compare the traces.
#[derive(Clone, Copy)]
pub struct Stage<'s> {
    /// The domain.
    pub application: &'s Arc<dyn Application>,
    /// The store and the network.
    pub on: (StoreKind, NetKind),
    /// The stores and networks on which the plan is run again.
    pub again_on: &'s [(StoreKind, NetKind)],
}

/// Draws the plan of `seed`, runs it and judges it.
#[must_use]
pub fn try_seed(seed: u64, ground: &Ground, stage: &Stage<'_>) -> SeedVerdict {
    let Drawn { plan, choices } = draw(seed, ground);
    let (outcome, failures) = try_plan(&plan, stage);
    let ran = outcome.as_ref();
    SeedVerdict {
        seed,
        hash: ran.map(|outcome| outcome.trace.hash()).unwrap_or_default(),
        virtual_ms: plan.until.ms_since(plan.start()),
        messages: ran.map_or(0, |outcome| outcome.messages),
        commits: ran.map_or(0, |outcome| outcome.commits),
        compared: u32::try_from(stage.again_on.len()).unwrap_or(u32::MAX),
        reached: ran.map(|outcome| reached(outcome).into_iter().map(str::to_owned).collect()).unwrap_or_default(),
        failures,
        choices,
    }
}

/// Runs `plan` and judges it: what happened, unless it panicked, and everything that does not hold.
#[must_use]
pub fn try_plan(plan: &Plan, stage: &Stage<'_>) -> (Option<Outcome>, Vec<Failure>) {
    let outcome = match attempt(plan, stage.application, stage.on) {
        Ok(outcome) => outcome,
        Err(failure) => return (None, vec![failure]),
    };
    let mut failures = judge(&outcome);
    for on in stage.again_on {
        let difference = match attempt(plan, stage.application, *on) {
            Ok(other) => first_difference(&outcome.trace, &other.trace),
            Err(failure) => Some(failure.detail),
        };
        let told = |difference| Failure::new(SAME_PLAN_SAME_BYTES, format!("again on {on:?}: {difference}"));
        failures.extend(difference.map(told));
    }
    (Some(outcome), failures)
}

/// Runs `plan`. A panic inside a node is in the outcome; one outside of the nodes is the error.
pub(crate) fn attempt(plan: &Plan, application: &Arc<dyn Application>, (store, net): (StoreKind, NetKind)) -> Result<Outcome, Failure> {
    // Whatever the run left behind is dropped with it.
    catch_unwind(AssertUnwindSafe(|| run(plan, application, store, net))).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned()).or_else(|| panic.downcast_ref::<String>().cloned());
        Failure::new(PANIC, text.unwrap_or_else(|| "without words".to_owned()))
    })
}

/// What became of many seeds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// Every verdict, by its seed.
    verdicts: BTreeMap<u64, SeedVerdict>,
}

impl Sweep {
    /// Adds the verdict of a seed. When the seed was judged before, by another shard or on another foundation, the failures of both
    /// count, and so does a difference of their traces. What a seed chose is kept where it failed; it can be drawn again.
    pub fn add(&mut self, verdict: SeedVerdict) {
        let choices = if verdict.failures.is_empty() { Choices::default() } else { verdict.choices };
        let verdict = SeedVerdict { choices, ..verdict };
        let Some(known) = self.verdicts.get_mut(&verdict.seed) else {
            self.verdicts.insert(verdict.seed, verdict);
            return;
        };
        if known.hash != verdict.hash {
            let detail = format!("its trace has the hash {} in one report and {} in another", known.hash, verdict.hash);
            known.failures.push(Failure::new(SAME_PLAN_SAME_BYTES, detail));
        }
        known.compared += 1 + verdict.compared;
        let news: Vec<Failure> = verdict.failures.into_iter().filter(|failure| !known.failures.contains(failure)).collect();
        known.failures.extend(news);
    }

    /// Adds everything that another sweep found.
    pub fn merge(&mut self, other: Self) {
        other.verdicts.into_values().for_each(|verdict| self.add(verdict));
    }

    /// Forgets the seeds after the first one that failed: with several workers they are there by chance.
    pub fn cut_at_first_failure(&mut self) {
        let first = self.failed().next().map(|verdict| verdict.seed);
        if let Some(first) = first {
            self.verdicts.retain(|seed, _| *seed <= first);
        }
    }

    /// Every verdict, in order of the seeds.
    pub fn verdicts(&self) -> impl Iterator<Item = &SeedVerdict> {
        self.verdicts.values()
    }

    /// The verdicts of seeds that failed, in order of the seeds.
    pub fn failed(&self) -> impl Iterator<Item = &SeedVerdict> {
        self.verdicts().filter(|verdict| !verdict.failures.is_empty())
    }

    /// How many seeds passed and how many failed.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let failed = self.failed().count();
        (self.verdicts.len() - failed, failed)
    }

    /// Every point, and how many seeds came to it.
    #[must_use]
    pub fn points(&self) -> Vec<(&'static str, usize)> {
        let came = |name: &str| self.verdicts().filter(|verdict| verdict.reached.iter().any(|reached| reached == name)).count();
        POINTS.iter().map(|point| (point.name, came(point.name))).collect()
    }

    /// The first failing seed of each oracle, in order of the oracles' names.
    #[must_use]
    pub fn first_by_oracle(&self) -> BTreeMap<&str, (&SeedVerdict, &Failure)> {
        let mut first = BTreeMap::new();
        for verdict in self.failed() {
            for failure in &verdict.failures {
                first.entry(failure.oracle.as_str()).or_insert((verdict, failure));
            }
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(seed: u64, hash: &str, failures: &[(&str, &str)]) -> SeedVerdict {
        SeedVerdict {
            seed,
            hash: hash.to_owned(),
            virtual_ms: 86_400_000,
            messages: 3,
            commits: 7,
            compared: 0,
            reached: vec!["a Frist lapsed".to_owned()],
            failures: failures.iter().map(|(oracle, detail)| Failure::new(oracle, *detail)).collect(),
            choices: Choices::default(),
        }
    }

    fn sweep(verdicts: &[SeedVerdict]) -> Sweep {
        let mut sweep = Sweep::default();
        verdicts.iter().cloned().for_each(|verdict| sweep.add(verdict));
        sweep
    }

    #[test]
    fn reports_of_shards_merge_into_the_report_of_all() {
        let all = [verdict(0, "a", &[]), verdict(1, "b", &[("liveness", "NB is down")]), verdict(2, "c", &[]), verdict(3, "d", &[])];
        let (one, other) = (sweep(&[all[2].clone(), all[0].clone()]), sweep(&[all[3].clone(), all[1].clone()]));
        let mut merged = one.clone();
        merged.merge(other.clone());
        let mut the_other_way = other;
        the_other_way.merge(one);
        assert_eq!((&merged, &the_other_way), (&sweep(&all), &sweep(&all)));
        assert_eq!(merged.counts(), (3, 1));
        assert!(merged.points().contains(&("a Frist lapsed", 4)) && merged.points().contains(&("a lapse was withdrawn", 0)));
    }

    #[test]
    fn a_seed_whose_traces_differ_between_reports_fails() {
        let mut merged = sweep(&[verdict(0, "a", &[])]);
        merged.merge(sweep(&[verdict(0, "b", &[])]));
        assert_eq!(merged.failed().next().map(|verdict| verdict.failures[0].oracle.as_str()), Some(SAME_PLAN_SAME_BYTES));
    }

    #[test]
    fn a_sweep_that_stops_ends_with_its_first_failure() {
        let failing = &[("liveness", "stuck")];
        let mut stopped = sweep(&[verdict(5, "f", &[]), verdict(2, "c", failing), verdict(4, "e", failing), verdict(1, "b", &[])]);
        stopped.cut_at_first_failure();
        assert_eq!(stopped.verdicts().map(|verdict| verdict.seed).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn the_reports_name_every_failure_and_escape_what_it_says() {
        let sweep = sweep(&[verdict(1, "b", &[]), verdict(2, "c", &[("liveness", "<NB> & \"x\"\nis | stuck")])]);
        let junit = sweep.junit();
        assert!(junit.contains("tests=\"2\" failures=\"1\""), "{junit}");
        assert!(junit.contains("<testcase classname=\"seeds\" name=\"seed 1\"/>"), "{junit}");
        assert!(junit.contains("&lt;NB&gt; &amp; &quot;x&quot;"), "{junit}");
        let markdown = sweep.markdown();
        assert!(markdown.contains("1 passed, 1 failed") && markdown.contains("| 2 | liveness | <NB> & \"x\" is \\| stuck |"), "{markdown}");
    }
}
