//! Which queued message is tried next, lane by lane.

use std::collections::{BTreeMap, BTreeSet};

use super::Deliver;
use crate::Timestamp;
use crate::outbox::OutboxMessage;
use crate::ports::Id;

/// What the lanes remember between two looks at the queue. Losing it in a crash is harmless: every lane begins with its oldest message.
#[derive(Default)]
pub(super) struct Lanes {
    /// Lanes with a try under way.
    busy: BTreeSet<String>,
    /// Lanes whose recipient could not be reached: since when, and when to look again.
    closed: BTreeMap<String, (Timestamp, Timestamp)>,
    /// Messages known to this worker.
    known: BTreeSet<Id>,
    /// Messages that were not received because nobody was there; they go before younger ones.
    held: BTreeSet<Id>,
}

/// What to try now, and when to look again.
pub(super) struct Choice {
    pub(super) messages: Vec<(String, OutboxMessage)>,
    pub(super) next: Timestamp,
}

impl Lanes {
    /// Chooses one message per open lane, and marks the lane as busy.
    pub(super) fn choose(&mut self, queued: Vec<OutboxMessage>, deliver: &dyn Deliver, now: Timestamp) -> Choice {
        let mut by_lane: BTreeMap<String, Vec<OutboxMessage>> = BTreeMap::new();
        for message in queued {
            // A message that had failed before this worker began may have failed because nobody was there.
            if self.known.insert(message.id) && message.attempts > 0 {
                self.held.insert(message.id);
            }
            by_lane.entry(deliver.lane(&message)).or_default().push(message);
        }
        let mut choice = Choice { messages: Vec::new(), next: Timestamp::MAX };
        for (lane, mut messages) in by_lane {
            if self.busy.contains(&lane) {
                continue;
            }
            if let Some((since, until)) = self.closed.get(&lane)
                && now < *until
                && messages.iter().all(|message| message.queued_at <= *since)
            {
                choice.next = choice.next.min(*until);
                continue;
            }
            messages.sort_by_key(|message| (message.queued_at, message.caused_by, message.id));
            let ready = |message: &OutboxMessage| message.next_try <= now || self.held.contains(&message.id);
            match messages.iter().position(ready) {
                Some(oldest) => {
                    self.busy.insert(lane.clone());
                    choice.messages.push((lane, messages.swap_remove(oldest)));
                }
                None => choice.next = messages.iter().map(|message| message.next_try).fold(choice.next, Timestamp::min),
            }
        }
        choice
    }

    /// A try is over. With an instant, the recipient could not be reached; it is the instant of the message's next try.
    pub(super) fn landed(&mut self, lane: String, id: Id, now: Timestamp, unreachable_until: Option<Timestamp>) {
        self.busy.remove(&lane);
        self.held.remove(&id);
        match unreachable_until {
            Some(until) => {
                self.held.insert(id);
                self.closed.insert(lane, (now, until));
            }
            None => drop(self.closed.remove(&lane)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::{StreamId, TenantId};
    use crate::outbox::OutboxMessage;
    use crate::worker::{DeliverError, Delivery};
    use crate::workflow::Outgoing;

    struct Nobody;

    #[async_trait::async_trait]
    impl Deliver for Nobody {
        async fn deliver(&self, _: &OutboxMessage) -> Result<Delivery, DeliverError> {
            Err(DeliverError::Unreachable("nobody".to_owned()))
        }
    }

    fn at(s: i64) -> Timestamp {
        Timestamp::EPOCH.plus_seconds(s)
    }

    fn message(number: u128, queued_s: i64, next_try_s: i64, attempts: u32) -> OutboxMessage {
        let message = Outgoing::new("as4", "NB", "UTILMD", &number).unwrap();
        OutboxMessage {
            id: Id::from_u128(number),
            tenant: TenantId::new("t"),
            stream: StreamId::new("s"),
            caused_by: u64::try_from(number).unwrap(),
            queued_at: at(queued_s),
            next_try: at(next_try_s),
            attempts,
            last_error: None,
            message,
        }
    }

    fn chosen(choice: &Choice) -> Vec<u128> {
        choice.messages.iter().map(|(_, message)| message.id.as_u128()).collect()
    }

    #[test]
    fn nothing_overtakes_while_nobody_is_there() {
        let mut lanes = Lanes::default();
        let lane = "as4/NB".to_owned();
        assert_eq!(chosen(&lanes.choose(vec![message(1, 0, 0, 0), message(2, 0, 0, 0)], &Nobody, at(0))), [1]);
        lanes.landed(lane.clone(), Id::from_u128(1), at(0), Some(at(60)));
        let closed = lanes.choose(vec![message(1, 0, 60, 1), message(2, 0, 0, 0)], &Nobody, at(1));
        assert_eq!((chosen(&closed), closed.next), (vec![], at(60)));
        // A new message makes the lane look once more, with its oldest message.
        assert_eq!(chosen(&lanes.choose(vec![message(1, 0, 60, 1), message(2, 0, 0, 0), message(3, 5, 5, 0)], &Nobody, at(5))), [1]);
        lanes.landed(lane, Id::from_u128(1), at(5), None);
        assert_eq!(chosen(&lanes.choose(vec![message(2, 0, 0, 0), message(3, 5, 5, 0)], &Nobody, at(5))), [2]);
    }

    #[test]
    fn a_message_without_a_receipt_holds_up_nobody() {
        let mut lanes = Lanes::default();
        lanes.choose(vec![message(1, 0, 0, 0)], &Nobody, at(0));
        lanes.landed("as4/NB".to_owned(), Id::from_u128(1), at(60), None);
        assert_eq!(chosen(&lanes.choose(vec![message(1, 0, 120, 1), message(2, 61, 61, 0)], &Nobody, at(61))), [2]);
    }

    #[test]
    fn after_a_crash_every_lane_begins_with_its_oldest_message() {
        let mut lanes = Lanes::default();
        assert_eq!(chosen(&lanes.choose(vec![message(2, 5, 5, 0), message(1, 0, 900, 3)], &Nobody, at(10))), [1]);
    }
}
