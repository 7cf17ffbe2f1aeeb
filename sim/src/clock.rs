//! The jumping virtual clock.
//!
//! Time stands still while anybody works. When the whole simulated world is quiet, the driver takes the first waiting instant off
//! the [`Agenda`], sets the clock to it and wakes the one who waited there; then the world runs until it is quiet again. One wake
//! at a time: at any moment at most one node has something to do, which is what makes a run the same on every transport (law 4).
//! Ties at one instant are broken by what is owned by the plan, never by the scheduler: messages before timers, then by node, then
//! by message id and try.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use mako_engine::ports::Sleep;
use mako_engine::{Clock, Timestamp, planted};

use crate::plan::ClockFault;

/// Whether a wait is for a message to arrive or for a timer; messages come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A message arrives.
    Message,
    /// A timer ends.
    Timer,
}

/// The place of a wait on the agenda.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at: Timestamp,
    class: Class,
    node: usize,
    /// Message id and try, so that two arrivals at one node have an order of their own.
    label: String,
    /// Order of registration: two timers of one node.
    number: u64,
}

/// How far the clock of a node is ahead of the world's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Skew {
    /// By so many milliseconds at `since_ms`.
    ahead_ms: i64,
    /// And by so many millionths more ever after.
    drift_ppm: i64,
    since_ms: i64,
}

impl Skew {
    /// What the clock shows at `at` of the world.
    #[must_use]
    pub fn shown(self, at: Timestamp) -> Timestamp {
        let since = Timestamp::from_unix_ms(self.since_ms);
        at.plus_ms(self.ahead_ms + at.ms_since(since) * self.drift_ppm / 1_000_000)
    }

    /// When the clock, as it goes now, shows `shown`.
    fn true_time(self, shown: Timestamp) -> Timestamp {
        let since = Timestamp::from_unix_ms(self.since_ms);
        let gone_ms = shown.ms_since(since) - self.ahead_ms;
        let true_ms = gone_ms.saturating_mul(1_000_000) / (1_000_000 + self.drift_ppm);
        // Divisions round: the first millisecond at which the clock shows it is close by.
        let about = since.plus_ms(true_ms - 1);
        (0..3).map(|later| about.plus_ms(later)).find(|at| self.shown(*at) >= shown).unwrap_or(about.plus_ms(3))
    }

    /// The clock after a fault at `now` of the world.
    #[must_use]
    pub fn after(self, fault: ClockFault, now: Timestamp) -> Self {
        let ahead_ms = self.shown(now).ms_since(now);
        let since_ms = now.unix_ms();
        match fault {
            ClockFault::Step(ms) => Self { ahead_ms: ahead_ms.saturating_add(ms), since_ms, ..self },
            ClockFault::Drift(drift_ppm) => Self { ahead_ms, drift_ppm, since_ms },
        }
    }
}

#[derive(Default)]
struct Waits {
    skews: BTreeMap<usize, Skew>,
    now_ms: i64,
    number: u64,
    wakes: u64,
    waiting: BTreeMap<Place, Waiting>,
    /// Nodes that stand still: nobody of theirs is woken.
    held: BTreeSet<usize>,
}

/// Somebody who waits.
struct Waiting {
    /// The node that goes on then. A message that arrives has its place among those of its recipient, and is carried by its sender.
    of: usize,
    /// `None` once woken.
    waker: Option<Waker>,
}

impl Waits {
    /// The first who can be woken.
    fn first(&mut self) -> Option<(Timestamp, &mut Waiting)> {
        let Self { waiting, held, .. } = self;
        waiting.iter_mut().find(|(_, waits)| waits.waker.is_some() && !held.contains(&waits.of)).map(|(place, waits)| (place.at, waits))
    }
}

/// Who waits for which instant, and what time it is.
#[derive(Clone, Default)]
pub struct Agenda(Arc<Mutex<Waits>>);

impl Agenda {
    /// An agenda whose clock stands at `start`.
    #[must_use]
    pub fn starting_at(start: Timestamp) -> Self {
        let agenda = Self::default();
        agenda.waits().now_ms = start.unix_ms();
        agenda
    }

    fn waits(&self) -> MutexGuard<'_, Waits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The virtual now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.waits().now_ms)
    }

    /// What the clock of `node` shows.
    #[must_use]
    pub fn now_at(&self, node: usize) -> Timestamp {
        self.skew(node).shown(self.now())
    }

    /// When the clock of `node`, as it goes now, shows `shown`.
    #[must_use]
    pub fn true_at(&self, node: usize, shown: Timestamp) -> Timestamp {
        self.skew(node).true_time(shown)
    }

    fn skew(&self, node: usize) -> Skew {
        self.waits().skews.get(&node).copied().unwrap_or_default()
    }

    /// The clock of `node` goes wrong.
    pub fn set_wrong(&self, node: usize, fault: ClockFault) {
        let now = self.now();
        let skew = self.skew(node).after(fault, now);
        self.waits().skews.insert(node, skew);
    }

    /// Every clock is right again.
    pub fn set_right(&self) {
        self.waits().skews.clear();
    }

    /// Waits until the driver reaches `at`, in the order of `class`, `node` and `label`. Always goes through the agenda, even when
    /// `at` is now, so that whoever is at work finishes first.
    #[must_use]
    pub fn wait(&self, at: Timestamp, class: Class, node: usize, label: impl Into<String>) -> Wait {
        self.wait_as(node, at, class, node, label)
    }

    /// As [`Agenda::wait`], at the place of `node`, by somebody of the node `of`.
    #[must_use]
    pub(crate) fn wait_as(&self, of: usize, at: Timestamp, class: Class, node: usize, label: impl Into<String>) -> Wait {
        let mut waits = self.waits();
        waits.number += 1;
        let place = Place { at: at.max(Timestamp::from_unix_ms(waits.now_ms)), class, node, label: label.into(), number: waits.number };
        Wait { agenda: self.clone(), of, place, registered: false }
    }

    /// How often somebody was woken so far.
    #[must_use]
    pub fn wakes(&self) -> u64 {
        self.waits().wakes
    }

    /// The first instant somebody waits for.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.waits().first().map(|(at, _)| at)
    }

    /// Nobody of `node` is woken until it is released: it stands still.
    pub(crate) fn hold(&self, node: usize) {
        self.waits().held.insert(node);
    }

    /// `node` goes on: whoever should have been woken meanwhile is woken now, one after the other.
    pub(crate) fn release(&self, node: usize) {
        self.waits().held.remove(&node);
    }

    /// Moves the clock to `at`; never back.
    pub fn advance(&self, at: Timestamp) {
        let mut waits = self.waits();
        waits.now_ms = waits.now_ms.max(at.unix_ms());
    }

    /// Moves the clock to the first waiting instant, if it is not after `until`, and wakes the first who waits there.
    /// `false` when nobody waits that long.
    pub fn wake_next(&self, until: Timestamp) -> bool {
        let mut waits = self.waits();
        let Some((at, first)) = waits.first().filter(|(at, _)| *at <= until) else { return false };
        let waker = first.waker.take();
        waits.now_ms = waits.now_ms.max(at.unix_ms());
        waits.wakes += 1;
        drop(waits);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }
}

/// A wait on an [`Agenda`]. Dropping it gives up the place.
pub struct Wait {
    agenda: Agenda,
    of: usize,
    place: Place,
    registered: bool,
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let agenda = self.agenda.clone();
        let mut waits = agenda.waits();
        if !self.registered {
            waits.waiting.insert(self.place.clone(), Waiting { of: self.of, waker: Some(context.waker().clone()) });
            drop(waits);
            self.registered = true;
            return Poll::Pending;
        }
        match waits.waiting.get_mut(&self.place) {
            Some(Waiting { waker: Some(waker), .. }) => {
                waker.clone_from(context.waker());
                Poll::Pending
            }
            Some(Waiting { waker: None, .. }) | None => {
                waits.waiting.remove(&self.place);
                Poll::Ready(())
            }
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.agenda.waits().waiting.remove(&self.place);
    }
}

/// The clock of one node.
pub struct NodeClock {
    agenda: Agenda,
    node: usize,
}

impl NodeClock {
    /// The clock of node number `node`.
    #[must_use]
    pub const fn new(agenda: Agenda, node: usize) -> Self {
        Self { agenda, node }
    }
}

impl Clock for NodeClock {
    fn now(&self) -> Timestamp {
        self.agenda.now_at(self.node)
    }

    fn sleep_until(&self, at: Timestamp) -> Sleep {
        // As a machine sleeps: for as long as its clock says now, whatever happens to the clock meanwhile. Also when `at` has come: a
        // message that arrives at this instant goes first.
        let class = if planted!(TimesOutBeforeWhatArrives) { Class::Message } else { Class::Timer };
        Box::pin(self.agenda.wait(self.agenda.skew(self.node).true_time(at), class, self.node, ""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;

    #[test]
    fn a_clock_that_is_wrong_wakes_no_later_than_it_shows_the_instant() {
        let start = Timestamp::EPOCH.plus_seconds(1_000_000);
        for fault in [ClockFault::Step(300_000), ClockFault::Step(-300_000), ClockFault::Drift(200), ClockFault::Drift(-200)] {
            let skew = Skew::default().after(fault, start);
            for seconds in [0, 1, 59, 3_600, 86_400, 20 * 86_400] {
                let shown = skew.shown(start.plus_seconds(seconds));
                let at = skew.true_time(shown);
                assert!(skew.shown(at) >= shown && skew.shown(at.plus_ms(-2)) < shown, "{fault:?} after {seconds} s: {at}");
            }
        }
    }

    #[test]
    fn messages_come_before_timers_of_the_same_instant_and_the_clock_jumps() {
        let agenda = Agenda::starting_at(Timestamp::EPOCH);
        let at = Timestamp::EPOCH.plus_seconds(86_400);
        let mut timer = agenda.wait(at, Class::Timer, 0, "");
        let mut message = agenda.wait(at, Class::Message, 1, "m/1");
        let mut later = agenda.wait(at.plus_ms(1), Class::Message, 0, "m/2");
        assert!((&mut timer).now_or_never().is_none() && (&mut message).now_or_never().is_none() && (&mut later).now_or_never().is_none());
        assert!(agenda.wake_next(Timestamp::MAX));
        assert_eq!(agenda.now(), at);
        assert!((&mut timer).now_or_never().is_none());
        assert!((&mut message).now_or_never().is_some());
        assert!(agenda.wake_next(Timestamp::MAX));
        assert!((&mut timer).now_or_never().is_some());
        drop(later);
        assert!(!agenda.wake_next(Timestamp::MAX));
    }

    #[test]
    fn who_stands_still_is_woken_when_it_goes_on_one_after_the_other() {
        let agenda = Agenda::starting_at(Timestamp::EPOCH);
        let at = |s: i64| Timestamp::EPOCH.plus_seconds(s);
        let mut carried = agenda.wait_as(1, at(2), Class::Message, 0, "m/1");
        let mut timer = agenda.wait(at(1), Class::Timer, 1, "");
        let mut other = agenda.wait(at(3), Class::Timer, 0, "");
        assert!((&mut carried).now_or_never().is_none() && (&mut timer).now_or_never().is_none() && (&mut other).now_or_never().is_none());
        agenda.hold(1);
        assert_eq!(agenda.next(), Some(at(3)));
        assert!(agenda.wake_next(Timestamp::MAX) && (&mut other).now_or_never().is_some() && agenda.now() == at(3));
        assert!(!agenda.wake_next(Timestamp::MAX), "both of the others belong to the node that stands still");
        agenda.release(1);
        assert!(agenda.wake_next(Timestamp::MAX) && (&mut timer).now_or_never().is_some() && (&mut carried).now_or_never().is_none());
        assert!(agenda.wake_next(Timestamp::MAX) && (&mut carried).now_or_never().is_some() && agenda.now() == at(3));
    }
}
