//! Which queued message is tried next, lane by lane.
//!
//! The lanes know where every waiting message stands, not what it says, so a long queue costs little memory, and one look costs as much
//! as there are lanes, however many messages wait.

use std::collections::{BTreeMap, BTreeSet};

use crate::Timestamp;
use crate::outbox::{OutboxCursor, OutboxMessage};

/// Where a message stands in its lane: messages leave in this order as long as their recipient can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    queued_at: Timestamp,
    pub(super) cursor: OutboxCursor,
}

/// The messages for one recipient.
#[derive(Default)]
struct Lane {
    /// Whether a try is under way.
    busy: bool,
    /// Since when the recipient could not be reached, and when to look again.
    closed_until: Option<Timestamp>,
    /// To be tried as soon as the lane is free.
    ready: BTreeSet<Place>,
    /// To be tried at an instant of their own.
    later: BTreeSet<(Timestamp, Place)>,
}

/// What the lanes remember between two looks. Losing it in a crash is harmless: every lane begins with its oldest message.
#[derive(Default)]
pub(super) struct Lanes(BTreeMap<String, Lane>);

/// What to try now, and when to look again.
pub(super) struct Choice {
    pub(super) chosen: Vec<(String, Place)>,
    pub(super) next: Timestamp,
}

/// How a try ended for the lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Landed {
    /// The message is no longer queued.
    Gone,
    /// The message is tried again at this instant; others go on.
    Later(Timestamp),
    /// Nobody is there: the lane waits until this instant and begins with its oldest message again.
    Unreachable(Timestamp),
}

impl Lanes {
    /// `message` waits in `lane` from now on. One that failed before this worker began may have failed because nobody was there, so it
    /// keeps its place; a fresh one makes a closed lane look once more.
    pub(super) fn take_in(&mut self, lane: String, message: &OutboxMessage) {
        let lane = self.0.entry(lane).or_default();
        lane.closed_until = None;
        lane.ready.insert(Place { queued_at: message.queued_at, cursor: message.cursor() });
    }

    /// How many messages wait or are being tried.
    pub(super) fn waiting(&self) -> usize {
        self.0.values().map(|lane| lane.ready.len() + lane.later.len() + usize::from(lane.busy)).sum()
    }

    /// Chooses one message per free lane, and marks the lane as busy.
    pub(super) fn choose(&mut self, now: Timestamp) -> Choice {
        let mut choice = Choice { chosen: Vec::new(), next: Timestamp::MAX };
        for (name, lane) in &mut self.0 {
            if lane.busy {
                continue;
            }
            if let Some(until) = lane.closed_until.filter(|until| now < *until) {
                choice.next = choice.next.min(until);
                continue;
            }
            while let Some(due) = lane.later.first().copied().filter(|(at, _)| *at <= now) {
                lane.later.remove(&due);
                lane.ready.insert(due.1);
            }
            if let Some(oldest) = lane.ready.pop_first() {
                lane.busy = true;
                choice.chosen.push((name.clone(), oldest));
            } else if let Some((at, _)) = lane.later.first() {
                choice.next = choice.next.min(*at);
            }
        }
        choice
    }

    /// A try is over.
    pub(super) fn landed(&mut self, name: &str, place: Place, landed: Landed, now: Timestamp) {
        let Some(lane) = self.0.get_mut(name) else { return };
        lane.busy = false;
        lane.closed_until = None;
        match landed {
            Landed::Gone => {}
            Landed::Later(at) if at <= now => drop(lane.ready.insert(place)),
            Landed::Later(at) => drop(lane.later.insert((at, place))),
            Landed::Unreachable(until) => {
                lane.ready.insert(place);
                lane.closed_until = Some(until);
            }
        }
        if lane.ready.is_empty() && lane.later.is_empty() {
            self.0.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{StreamId, TenantId};
    use crate::ports::Id;
    use crate::workflow::Outgoing;

    const NB: &str = "as4/NB";

    fn at(s: i64) -> Timestamp {
        Timestamp::EPOCH.plus_seconds(s)
    }

    fn take_in(lanes: &mut Lanes, number: u64, queued_s: i64) {
        let message = OutboxMessage {
            id: Id::from_u128(u128::from(number)),
            tenant: TenantId::new("t"),
            stream: StreamId::new("s"),
            caused_by: number,
            queued_at: at(queued_s),
            put_back_at: None,
            next_try: at(queued_s),
            attempts: 0,
            last_error: None,
            message: Outgoing::new("as4", "NB", "UTILMD", &number).unwrap(),
        };
        lanes.take_in(NB.to_owned(), &message);
    }

    fn chosen(choice: &Choice) -> Vec<u64> {
        choice.chosen.iter().map(|(_, place)| place.cursor.caused_by).collect()
    }

    fn choose_one(lanes: &mut Lanes, now_s: i64) -> (u64, Place) {
        let choice = lanes.choose(at(now_s));
        let [(_, place)] = choice.chosen[..] else { panic!("{:?}", chosen(&choice)) };
        (place.cursor.caused_by, place)
    }

    #[test]
    fn nothing_overtakes_while_nobody_is_there() {
        let mut lanes = Lanes::default();
        take_in(&mut lanes, 1, 0);
        take_in(&mut lanes, 2, 0);
        let (first, place) = choose_one(&mut lanes, 0);
        assert_eq!(first, 1);
        lanes.landed(NB, place, Landed::Unreachable(at(60)), at(0));
        let closed = lanes.choose(at(1));
        assert_eq!((chosen(&closed), closed.next), (vec![], at(60)));
        // A new message makes the lane look once more, with its oldest message.
        take_in(&mut lanes, 3, 5);
        let (again, place) = choose_one(&mut lanes, 5);
        assert_eq!(again, 1);
        lanes.landed(NB, place, Landed::Gone, at(5));
        assert_eq!(choose_one(&mut lanes, 5).0, 2);
    }

    #[test]
    fn a_message_without_a_receipt_holds_up_nobody() {
        let mut lanes = Lanes::default();
        take_in(&mut lanes, 1, 0);
        let (_, place) = choose_one(&mut lanes, 0);
        lanes.landed(NB, place, Landed::Later(at(120)), at(60));
        take_in(&mut lanes, 2, 61);
        assert_eq!(choose_one(&mut lanes, 61).0, 2);
    }

    #[test]
    fn after_a_crash_every_lane_begins_with_its_oldest_message() {
        let mut lanes = Lanes::default();
        take_in(&mut lanes, 2, 5);
        take_in(&mut lanes, 1, 0);
        assert_eq!(choose_one(&mut lanes, 10).0, 1);
    }

    #[test]
    fn a_lane_without_messages_is_forgotten() {
        let mut lanes = Lanes::default();
        take_in(&mut lanes, 1, 0);
        let (_, place) = choose_one(&mut lanes, 0);
        lanes.landed(NB, place, Landed::Gone, at(0));
        assert!(lanes.0.is_empty());
    }
}
