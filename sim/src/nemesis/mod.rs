//! The nemesis: a seed becomes a [`Plan`].
//!
//! Swarm style: a seed first draws which kinds of trouble exist at all, then how many of them fall, then when. A plan with every kind
//! at once hides what two of them do alone; a plan with two kinds meets them often. What a domain lends ([`Ground`]) says who takes
//! part and which messages begin something; the kinds of trouble are the table [`KINDS`], one entry each.
//!
//! Every sampled choice is kept in [`Choices`] and printed with the seed. The plan owns every delay; the nemesis uses one generator
//! ([`Dice`]) and never the machine's chance, so a seed is a name for a plan. A drawn plan is an ordinary plan: it can be written as a
//! scenario file and is the same plan when it is read. Each kind of trouble has a stream of chance of its own, made of the seed and its
//! name: whether it exists in a plan, and what each of its throws is, does not depend on which other kinds there are. A new kind changes
//! the plans that draw it, and leaves the others what they were.
//!
//! The plan has two parts. Until its `calm` step faults fall; from there on everything is whole, and for [`QUIET_S`] nothing is
//! asked of anybody, so that whatever has not come to its end by then is stuck.

mod calendar;
mod choices;
mod dice;
mod future;
mod ground;
mod kinds;

use std::collections::BTreeMap;

use mako_engine::Timestamp;
use mako_engine::fristen::{Rulebook, RulebookId, add_werktage, berlin};

use crate::plan::{Action, Order, Plan, Step};
use crate::scenario::step_text;
use calendar::{CLOCK_TIMES, LAST_SECONDS, LASTING_S, MEETING_S, OCCASIONS};

pub use choices::Choices;
pub use dice::Dice;
pub use future::future;
pub use ground::{Ground, Opening, Question};
pub use kinds::{KINDS, Kind};

/// How long nothing more happens to the world after its faults stopped: longer than any Frist and any pause between two tries.
pub const QUIET_S: i64 = 14 * 86_400;

/// How long orders and faults may fall.
const TROUBLED_S: i64 = 4 * 86_400;

/// When what was ordered is mostly over.
const ORDERED_AGAIN_S: i64 = 2 * 86_400;

/// A plan, and how a seed came to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// The plan.
    pub plan: Plan,
    /// Everything that was drawn, in the order of drawing.
    pub choices: Choices,
}

/// The plan of `seed` on `ground`.
#[must_use]
pub fn draw(seed: u64, ground: &Ground) -> Drawn {
    let mut dice = Dice::new(seed);
    let mut choices = Choices::default();
    let (occasion, start) = beginning(&mut dice);
    choices.note("occasion", occasion);
    choices.note("start", berlin::rfc3339(start));
    let rulebook = rulebook(&mut dice);
    choices.note("rulebook", rulebook.name());
    let calm_at = start.plus_seconds(TROUBLED_S);
    let plan = Plan {
        title: format!("{}, seed {seed}: {occasion}", ground.title),
        source: ground.source.clone(),
        rulebook,
        seed,
        parties: ground.parties.clone(),
        objects: Vec::new(),
        steps: Vec::new(),
        until: calm_at.plus_seconds(QUIET_S),
        expects: Vec::new(),
        variants: Vec::new(),
        disturbance: None,
    };
    let mut draw = Draw { dice, choices, ground, plan, start, calm_at, orders: Vec::new() };
    draw.orders();
    draw.trouble();
    let Draw { mut plan, choices, .. } = draw;
    plan.steps.push(Step { at: calm_at, line: 0, action: Action::Calm });
    plan.steps.sort_by_key(|step| step.at);
    Drawn { plan, choices }
}

fn beginning(dice: &mut Dice) -> (&'static str, Timestamp) {
    let occasion = dice.of(OCCASIONS);
    let (name, day) = occasion.map_or(("no day at all", time::Date::MIN), |occasion| (occasion.name, occasion.day));
    let days_before = time::Duration::days(i64::try_from(dice.below(4)).unwrap_or(0));
    let clock_time = dice.of(CLOCK_TIMES).copied().unwrap_or(time::Time::MIDNIGHT);
    (name, berlin::instant(day.saturating_sub(days_before), clock_time))
}

fn rulebook(dice: &mut Dice) -> RulebookId {
    // The third is the first with more holidays: it comes into a plan when they are announced.
    let all = [RulebookId::BK6_24_174, RulebookId::MAKO_ENGINE];
    dice.of(&all).copied().unwrap_or(RulebookId::BK6_24_174)
}

/// A plan that is being drawn. The kinds of trouble draw from it and add to it.
pub struct Draw<'g> {
    dice: Dice,
    choices: Choices,
    ground: &'g Ground,
    plan: Plan,
    start: Timestamp,
    calm_at: Timestamp,
    /// When something is asked of somebody.
    orders: Vec<Timestamp>,
}

impl Draw<'_> {
    fn orders(&mut self) {
        let mut objects = self.ground.objects.clone();
        for _ in 0..=self.dice.below(3) {
            let Some(opening) = self.dice.of(&self.ground.openings).cloned() else { return };
            // Sometimes what was ordered is ordered again: while the first is under way, or when it is over.
            let again = if self.dice.once_in(4) { self.dice.of(&self.plan.objects).cloned() } else { None };
            let later_s = if again.is_some() && self.dice.once_in(2) { ORDERED_AGAIN_S } else { 0 };
            let object = match again {
                Some(object) => object,
                None if objects.is_empty() => return,
                None => objects.remove(usize::try_from(self.dice.below(objects.len() as u64)).unwrap_or(0)),
            };
            let at = if self.orders.is_empty() { self.start } else { self.start.plus_seconds(later_s + self.second_of(MEETING_S)) };
            let mut details = BTreeMap::new();
            if let Some((key, days_ahead)) = &opening.day {
                let days = self.dice.of(days_ahead).copied().unwrap_or(1);
                let day = berlin::day(at).saturating_add(time::Duration::days(days));
                details.insert(key.clone(), day.to_string());
            }
            let Opening { from, to, message_type, pid, word, .. } = opening;
            let order = Order { from, to, message_type, pid, word, objects: vec![object.name.clone()], details };
            if !self.plan.objects.contains(&object) {
                self.plan.objects.push(object);
            }
            self.orders.push(at);
            self.step("order", at, Action::Send(order));
        }
        self.orders.sort_unstable();
    }

    fn trouble(&mut self) {
        let mut kinds: Vec<&Kind> = KINDS.iter().collect();
        kinds.retain(|kind| self.stream(kind, 0).once_in(3));
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
        self.choices.note("kinds of trouble", if names.is_empty() { "none".to_owned() } else { names.join(", ") });
        for number in 1..=1 + self.dice.below(8) {
            // Each kind bids for each throw; who bids most has it, so one kind more takes throws away and moves none.
            let Some(kind) = kinds.iter().max_by_key(|kind| self.stream(kind, number).below(u64::MAX)).copied() else { return };
            let mut own = self.stream(kind, number);
            own.below(1);
            let plans = std::mem::replace(&mut self.dice, own);
            (kind.throw)(self, kind.name);
            self.dice = plans;
        }
    }

    /// The chance of `kind` for throw `number` of the plan; 0 is whether it exists at all.
    fn stream(&self, kind: &Kind, number: u64) -> Dice {
        let named = blake3::hash(kind.name.as_bytes());
        let name = named.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        Dice::new(Dice::new(self.plan.seed ^ name).below(u64::MAX).wrapping_add(number))
    }

    /// Adds a step, and notes it as a choice.
    fn step(&mut self, name: &str, at: Timestamp, action: Action) {
        let step = Step { at, line: 0, action };
        self.choices.note(name, step_text(&step));
        self.plan.steps.push(step);
    }

    fn second_of(&mut self, from: &[i64]) -> i64 {
        self.dice.of(from).copied().unwrap_or(0)
    }

    /// When something goes wrong: mostly where it meets an order and what follows from it, sometimes anywhere. Always before the calm.
    fn instant(&mut self) -> Timestamp {
        let at = if self.dice.once_in(5) {
            self.start.plus_seconds(i64::try_from(self.dice.below(TROUBLED_S.unsigned_abs())).unwrap_or(0))
        } else {
            let order = self.dice.of(&self.orders).copied().unwrap_or(self.start);
            order.plus_seconds(self.second_of(MEETING_S))
        };
        at.min(self.calm_at.plus_seconds(-1))
    }

    /// Just before the answer to `question` is due: mostly on the Werktag after an order, or a day to the second after its receipt.
    fn last_minute(&mut self, question: &Question) -> Timestamp {
        let order = self.dice.of(&self.orders).copied().unwrap_or(self.start);
        let days = if self.dice.once_in(4) { i64::try_from(self.dice.below(4)).unwrap_or(0) } else { 1 };
        let due = if self.plan.rulebook == RulebookId::MAKO_ENGINE {
            order.plus_seconds(86_400 * days + 1)
        } else {
            let (day, calendar) = (berlin::day(order), Rulebook::of(self.plan.rulebook).calendar());
            let werktag = if days == 1 { add_werktage(day, 1, calendar) } else { day.saturating_add(time::Duration::days(days)) };
            berlin::instant(werktag, question.due)
        };
        due.plus_seconds(self.second_of(LAST_SECONDS)).max(order).min(self.calm_at.plus_seconds(-1))
    }

    /// How long something lasts, in seconds; at least one.
    fn lasting(&mut self) -> i64 {
        self.second_of(LASTING_S).max(1)
    }

    /// The end of something that begins at `from`: after it, and not after the calm.
    fn end(&mut self, from: Timestamp) -> Timestamp {
        from.plus_seconds(self.lasting()).min(self.calm_at)
    }

    fn party(&mut self) -> Option<String> {
        self.dice.of(&self.ground.parties).map(|party| party.name.clone())
    }

    fn two_parties(&mut self) -> Option<(String, String)> {
        self.dice.two_of(&self.ground.parties).map(|(one, other)| (one.name.clone(), other.name.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(seed: u64, ground: &Ground) -> Draw<'_> {
        let Drawn { plan, .. } = draw(seed, ground);
        Draw {
            dice: Dice::new(seed),
            choices: Choices::default(),
            ground,
            start: plan.until,
            calm_at: plan.until,
            plan,
            orders: Vec::new(),
        }
    }

    #[test]
    fn what_a_kind_draws_does_not_depend_on_which_other_kinds_there_are() {
        let title = "nothing".to_owned();
        let (parties, objects, openings, questions) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let ground = Ground { source: title.clone(), title, parties, objects, openings, questions };
        let mut exists = 0;
        for seed in 0..300 {
            let draw = drawing(seed, &ground);
            let of = |name: &'static str, number| draw.stream(&Kind { name, throw: |_, _| {} }, number).below(u64::MAX);
            assert_ne!(of("crash", 1), of("pause", 1));
            assert_ne!(of("crash", 1), of("crash", 2));
            assert_eq!(of("crash", 1), of("crash", 1));
            exists += usize::from(draw.stream(&Kind { name: "crash", throw: |_, _| {} }, 0).once_in(3));
        }
        assert!((70..130).contains(&exists), "{exists} of 300");
    }
}
