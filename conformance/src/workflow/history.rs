//! Generated histories: what is asked of one process, in order, and the shorter ones that a failing one shrinks to.
//!
//! Commands from outside are drawn from the subject's strategy for the state and instant that the history has come to; deadlines that
//! stand are fired, queued messages are delivered or given up. The same number of a case gives the same history on every machine.

use std::fmt;

use mako_engine::{DeadlineLabel, FormatVersion, Timestamp};
use proptest::strategy::{Strategy as _, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;

use super::said::shown_among_others;
use super::subject::{CommandOf, WorkflowSubject};
use super::walk::Walk;

/// From LFW24 to the summer of 2027.
pub(super) const TWO_YEARS: (Timestamp, Timestamp) =
    (Timestamp::from_unix_ms(1_749_160_800_000), Timestamp::from_unix_ms(1_811_800_800_000));

/// The day before calendars differ: clock changes, Christmas, Easter, cutovers.
const DAYS_OF_NOTE: [&str; 12] = [
    "2025-09-29T22:00:00Z",
    "2025-10-25T02:00:00Z",
    "2025-12-23T08:00:00Z",
    "2025-12-30T22:00:00Z",
    "2026-03-28T02:00:00Z",
    "2026-03-30T22:00:00Z",
    "2026-04-02T08:00:00Z",
    "2026-09-29T22:00:00Z",
    "2026-10-24T02:00:00Z",
    "2026-12-23T08:00:00Z",
    "2027-03-27T02:00:00Z",
    "2027-03-30T22:00:00Z",
];

/// The most steps of a history.
const LONGEST: u64 = 12;
/// So many steps a history goes on after the process has ended.
const AFTER_THE_END: usize = 2;
const HOUR_MS: i64 = 3_600_000;

/// One thing that is asked of the process.
#[derive(Debug, Clone, PartialEq)]
pub enum Step<C> {
    /// A command from outside.
    Asked(C),
    /// A deadline fires, if it stands.
    Fires {
        /// Which.
        label: DeadlineLabel,
        /// When it was due.
        due: Timestamp,
    },
    /// The oldest queued message of a kind is delivered, if there is one.
    Delivered {
        /// The kind.
        kind: String,
        /// The instant on its receipt, which may have come late.
        received_at: Timestamp,
        /// What its recipient answers at once.
        answer: Option<Value>,
    },
    /// The oldest queued message of a kind is given up, if there is one.
    GivenUp {
        /// The kind.
        kind: String,
    },
}

/// A step and its instant.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed<C> {
    /// By the engine's clock.
    pub at: Timestamp,
    /// What is asked.
    pub step: Step<C>,
}

/// What is asked of one process, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct History<C> {
    /// When it begins.
    pub begins: Timestamp,
    /// The steps.
    pub steps: Vec<Timed<C>>,
}

impl<C> History<C> {
    /// The format version of its start.
    #[must_use]
    pub fn rules(&self) -> FormatVersion {
        FormatVersion::at(self.begins)
    }
}

impl<C: fmt::Debug> fmt::Display for History<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} commands from {} [", self.steps.len(), self.begins)?;
        for (i, Timed { step, .. }) in self.steps.iter().enumerate() {
            f.write_str(if i == 0 { "" } else { ", " })?;
            match step {
                Step::Asked(command) => f.write_str(&shown_among_others(command))?,
                Step::Fires { label, .. } => write!(f, "deadline `{label}` fires")?,
                Step::Delivered { kind, .. } => write!(f, "`{kind}` is delivered")?,
                Step::GivenUp { kind } => write!(f, "`{kind}` is given up")?,
            }
        }
        f.write_str("]")
    }
}

/// A step that can still become simpler.
enum Slot<C> {
    Drawn(Box<dyn ValueTree<Value = C>>),
    Fixed(Step<C>),
}

/// A history that can still become shorter and simpler, in proptest's way: leave steps out, from the last to the first, then let each
/// command become simpler.
pub(super) struct HistoryTree<C> {
    begins: Timestamp,
    slots: Vec<(Timestamp, Slot<C>, bool)>,
    /// How many slots from the end were tried to be left out.
    tried: usize,
    /// Which slot becomes simpler, once leaving out is through.
    simpler: usize,
    last: Option<Change>,
}

#[derive(Clone, Copy)]
enum Change {
    LeftOut(usize),
    Simpler(usize),
}

impl<C: Clone + fmt::Debug + 'static> ValueTree for HistoryTree<C> {
    type Value = History<C>;

    fn current(&self) -> History<C> {
        let kept = self.slots.iter().filter(|(_, _, kept)| *kept);
        let steps = kept.map(|(at, slot, _)| {
            let step = match slot {
                Slot::Drawn(tree) => Step::Asked(tree.current()),
                Slot::Fixed(step) => step.clone(),
            };
            Timed { at: *at, step }
        });
        History { begins: self.begins, steps: steps.collect() }
    }

    fn simplify(&mut self) -> bool {
        while self.tried < self.slots.len() {
            self.tried += 1;
            let index = self.slots.len() - self.tried;
            if let Some((_, _, kept)) = self.slots.get_mut(index) {
                *kept = false;
                self.last = Some(Change::LeftOut(index));
                return true;
            }
        }
        while let Some((_, slot, kept)) = self.slots.get_mut(self.simpler) {
            if let (Slot::Drawn(tree), true) = (slot, *kept)
                && tree.simplify()
            {
                self.last = Some(Change::Simpler(self.simpler));
                return true;
            }
            self.simpler += 1;
        }
        false
    }

    fn complicate(&mut self) -> bool {
        match self.last.take() {
            Some(Change::LeftOut(index)) => {
                if let Some((_, _, kept)) = self.slots.get_mut(index) {
                    *kept = true;
                }
                true
            }
            Some(Change::Simpler(index)) => {
                if let Some((_, Slot::Drawn(tree), _)) = self.slots.get_mut(index)
                    && tree.complicate()
                {
                    self.last = Some(Change::Simpler(index));
                } else {
                    self.simpler += 1;
                }
                true
            }
            None => false,
        }
    }
}

/// The source of chance of case number `case`.
fn runner(case: u32) -> TestRunner {
    let mut seed = [0; 32];
    for (byte, from) in seed.iter_mut().zip(case.to_le_bytes().into_iter().chain(*b"mako-conformance")) {
        *byte = from;
    }
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
}

fn draw(runner: &mut TestRunner, below: u64) -> u64 {
    let drawn = (0..below.max(1)).new_tree(runner);
    drawn.map_or(0, |tree| tree.current())
}

/// History number `case` of `S`.
pub(super) fn tree<S: WorkflowSubject>(case: u32) -> HistoryTree<CommandOf<S>> {
    let mut runner = runner(case);
    let begins = beginning(&mut runner, S::begins());
    let length = 1 + draw(&mut runner, LONGEST);
    let mut walk = Walk::<S>::default();
    let mut slots = Vec::new();
    let (mut now, mut after_the_end) = (begins, 0);
    for _ in 0..length {
        if walk.ended {
            after_the_end += 1;
        }
        if after_the_end > AFTER_THE_END {
            break;
        }
        let Some((at, slot)) = slot(&mut runner, &walk, (begins, now)) else { break };
        let step = match &slot {
            Slot::Drawn(tree) => Step::Asked(tree.current()),
            Slot::Fixed(step) => step.clone(),
        };
        walk.take(&Timed { at, step });
        slots.push((at, slot, true));
        let wait = [draw(&mut runner, 600_000), draw(&mut runner, 30 * 3_600_000)];
        now = at.plus_ms(i64::try_from(wait[usize::from(draw(&mut runner, 3) == 0)]).unwrap_or(HOUR_MS));
    }
    HistoryTree { begins, slots, tried: 0, simpler: 0, last: None }
}

fn beginning(runner: &mut TestRunner, (first, last): (Timestamp, Timestamp)) -> Timestamp {
    let span = u64::try_from(last.ms_since(first)).unwrap_or(0);
    let anywhere = first.plus_ms(i64::try_from(draw(runner, span + 1)).unwrap_or(0));
    let of_note = DAYS_OF_NOTE.get(usize::try_from(draw(runner, 2 * DAYS_OF_NOTE.len() as u64)).unwrap_or(0));
    let of_note: Option<Timestamp> = of_note.and_then(|text| text.parse().ok());
    let near = of_note.map(|at| at.plus_ms(i64::try_from(draw(runner, 30 * 3_600_000)).unwrap_or(0)));
    let begins = near.filter(|at| (first..=last).contains(at)).unwrap_or(anywhere);
    // Whole seconds, as messages have them.
    Timestamp::from_unix_ms(begins.unix_ms().div_euclid(1_000) * 1_000)
}

/// What is asked next of a process that stands where `walk` stands.
fn slot<S: WorkflowSubject>(
    runner: &mut TestRunner,
    walk: &Walk<S>,
    (begins, now): (Timestamp, Timestamp),
) -> Option<(Timestamp, Slot<CommandOf<S>>)> {
    if walk.began {
        match draw(runner, 10) {
            0..3 if !walk.queued.is_empty() => {
                let kind = walk.queued.iter().map(|message| message.kind.clone()).nth(pick(runner, walk.queued.len()))?;
                let message = walk.queued.iter().find(|message| message.kind == kind)?;
                let answer = S::answer(message).new_tree(runner).ok()?.current();
                // A receipt that is repeated states its first instant.
                let late_ms = if draw(runner, 4) == 0 { draw(runner, 72 * 3_600_000) } else { 0 };
                let received_at = now.plus_ms(-i64::try_from(late_ms).unwrap_or(0)).max(begins);
                return Some((now, Slot::Fixed(Step::Delivered { kind, received_at, answer })));
            }
            3 if !walk.queued.is_empty() => {
                let kind = walk.queued.get(pick(runner, walk.queued.len()))?.kind.clone();
                return Some((now, Slot::Fixed(Step::GivenUp { kind })));
            }
            4..6 if !walk.deadlines.is_empty() => {
                let (label, due) = walk.deadlines.iter().nth(pick(runner, walk.deadlines.len()))?;
                return Some((now.max(*due), Slot::Fixed(Step::Fires { label: label.clone(), due: *due })));
            }
            _ => {}
        }
    }
    Some((now, Slot::Drawn(Box::new(S::commands(&walk.state, now).new_tree(runner).ok()?))))
}

fn pick(runner: &mut TestRunner, of: usize) -> usize {
    usize::try_from(draw(runner, of as u64)).unwrap_or(0)
}

/// Three generated histories, as plain commands.
pub(super) fn recorded<S: WorkflowSubject>() -> Vec<(String, Vec<CommandOf<S>>)> {
    let long_enough = (0..u32::MAX).map(|case| tree::<S>(case).current()).filter(|history| history.steps.len() > 3);
    let commands = long_enough.take(64).map(|history| {
        let mut walk = Walk::<S>::default();
        let taken = history.steps.iter().filter_map(|timed| walk.take(timed));
        (taken.map(|taken| taken.command).collect::<Vec<_>>(), walk.events.len())
    });
    let mut commands: Vec<(Vec<CommandOf<S>>, usize)> = commands.collect();
    commands.sort_by_key(|(_, events)| std::cmp::Reverse(*events));
    commands.into_iter().take(3).zip(1..).map(|((commands, _), number)| (format!("generated-{number}"), commands)).collect()
}
