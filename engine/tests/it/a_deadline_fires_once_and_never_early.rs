//! The deadline scheduler: at its instant or later, never earlier, once; not when cancelled; at the new instant when moved.

use std::sync::atomic::Ordering::SeqCst;

use crate::testing::inquiry::{Command, Event, Inquiry, LABEL};
use crate::testing::pinned::PinnedInquiry;
use crate::testing::{House, RULES, at, by_hand, everywhere, tenant};
use mako_engine::routing::Adapters;
use mako_engine::store::{Payload, RecordedEvent};
use mako_engine::{BusinessKey, Cause, Commit, StreamId, Timestamp};

/// When deadlines of `stream` were due and when they fired.
async fn lapses(house: &House, stream: &StreamId) -> Vec<(mako_engine::Timestamp, mako_engine::Timestamp)> {
    let events = house.engine.store().read_stream(&tenant(), stream, 0, usize::MAX).await.unwrap();
    let lapse = |recorded: &RecordedEvent| match recorded.payload.decode().unwrap() {
        Event::Lapsed { due, fired_at } => Some((due, fired_at)),
        _ => None,
    };
    events.iter().filter_map(lapse).collect()
}

#[tokio::test]
async fn it_fires_at_its_instant_once_with_everything_that_it_causes() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let mut scheduler = house.scheduler();
        scheduler.run_until_quiet();
        let process = house.ask("malo", "partner", at(60)).await;
        let stream = process.identity().stream.clone();
        for early in [at(0), at(59), at(60).plus_ms(-1)] {
            scheduler.run_at(&house.clock, early);
            assert_eq!(lapses(&house, &stream).await, []);
        }
        scheduler.run_at(&house.clock, at(60));
        assert_eq!(lapses(&house, &stream).await, [(at(60), at(60))]);
        let last = house.store.taken().pop().unwrap();
        assert_eq!((last.cause, last.deadline_fired), (Cause::Deadline(LABEL.into()), Some((LABEL.into(), at(60)))));
        assert_eq!(house.engine.store().holder(&tenant(), &BusinessKey::new("inquiry/malo")).await.unwrap(), None);
        scheduler.run_at(&house.clock, at(864_000));
        assert_eq!(lapses(&house, &stream).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn one_that_cannot_fire_is_a_dead_letter_once_and_stays() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), |builder| {
            builder.workflow::<Inquiry>(Adapters::none()).workflow::<PinnedInquiry>(Adapters::none())
        });
        let mine = house.ask("malo", "partner", at(60)).await;
        let ask = Command::Ask { malo: "melo".to_owned(), recipient: "partner".to_owned(), due: at(60) };
        let theirs = house.engine.spawn::<PinnedInquiry>(RULES, by_hand(ask)).await.unwrap().identity().stream.clone();
        let unreadable = mine.identity().stream.clone();
        let mut damaged = Commit::new(tenant(), unreadable.clone(), at(0), Cause::Command("newer code".to_owned()));
        let (id, payload) = (house.engine.ids().next_id(), Payload::encode(&"of another time").unwrap());
        damaged.events = vec![mako_engine::commit::NewEvent { id, event_type: "Future".to_owned(), schema_version: 1, payload }];
        house.engine.commit(damaged).await.unwrap();
        drop((house, mine));
        // The workflow is gone in this engine, and in the next one, too.
        for day in 1..3 {
            let house = place.house(at(day * 86_400));
            let mut scheduler = house.scheduler();
            scheduler.run_until_quiet();
            scheduler.run_at(&house.clock, at(day * 86_400 + 40_000));
            assert!(house.engine.health().is_healthy(), "the worker does what it can: {}", house.engine.health());
            let letters = house.engine.store().dead_letters().await.unwrap().rows;
            let told: Vec<String> = letters.iter().map(|letter| format!("{}: {}", letter.about, letter.reason)).collect();
            assert_eq!(told.len(), 2, "{told:?}");
            for stream in [&unreadable, &theirs] {
                let about = format!("deadline answer of {stream}, due {}", at(60));
                assert!(told.iter().any(|letter| letter.starts_with(&about) && letter.contains("it cannot fire")), "{told:?}");
            }
            assert_eq!(house.engine.store().deadlines_due(Timestamp::MAX, 9).await.unwrap().rows.len(), 2, "nothing is forgotten");
        }
    })
    .await;
}

#[tokio::test]
async fn it_fires_late_after_a_restart_rather_than_never() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let stream = house.ask("malo", "partner", at(60)).await.identity().stream.clone();
        drop(house);
        for (restart, expected) in [(at(59), vec![]), (at(500), vec![(at(60), at(500))]), (at(900), vec![(at(60), at(500))])] {
            let house = place.house(restart);
            house.scheduler().run_until_quiet();
            assert_eq!(lapses(&house, &stream).await, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_one_never_fires() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let mut scheduler = house.scheduler();
        let withdrawn = house.ask("a", "partner", at(60)).await;
        let answered = house.ask("b", "partner", at(60)).await;
        scheduler.run_until_quiet();
        withdrawn.execute(by_hand(Command::Withdraw)).await.unwrap();
        answered.execute(by_hand(Command::Answer)).await.unwrap();
        let before = house.store.taken().len();
        scheduler.run_at(&house.clock, at(60));
        scheduler.run_at(&house.clock, at(864_000));
        assert_eq!(house.store.taken().len(), before, "nothing is committed for a deadline that does not stand");
    })
    .await;
}

#[tokio::test]
async fn a_moved_one_fires_once_at_its_new_instant() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let mut scheduler = house.scheduler();
        let later = house.ask("a", "partner", at(60)).await;
        let earlier = house.ask("b", "partner", at(864_000)).await;
        scheduler.run_until_quiet();
        later.execute(by_hand(Command::Move { due: at(900) })).await.unwrap();
        earlier.execute(by_hand(Command::Move { due: at(30) })).await.unwrap();
        scheduler.run_until_quiet();
        for now in [29, 30, 60, 899, 900, 864_000] {
            scheduler.run_at(&house.clock, at(now));
        }
        assert_eq!(lapses(&house, &later.identity().stream).await, [(at(900), at(900))]);
        assert_eq!(lapses(&house, &earlier.identity().stream).await, [(at(30), at(30))]);
    })
    .await;
}

#[tokio::test]
async fn a_store_that_fails_for_a_while_delays_it_only() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let mut scheduler = house.scheduler();
        let stream = house.ask("malo", "partner", at(60)).await.identity().stream.clone();
        scheduler.run_until_quiet();
        house.store.failing_due_reads.store(2, SeqCst);
        house.store.failing_commits.store(2, SeqCst);
        for second in 60..70 {
            scheduler.run_at(&house.clock, at(second));
        }
        let fired = lapses(&house, &stream).await;
        assert_eq!(fired.iter().map(|(due, _)| *due).collect::<Vec<_>>(), [at(60)]);
        assert!(fired[0].1 > at(60) && fired[0].1 < at(70), "{fired:?}");
        assert_eq!(house.store.failing_commits.load(SeqCst), 0);
    })
    .await;
}

#[tokio::test]
async fn what_comes_due_while_the_scheduler_looks_is_not_passed_over() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let mut scheduler = house.scheduler();
        house.ask("first", "partner", at(59)).await;
        let stream = house.ask("second", "partner", at(60)).await.identity().stream.clone();
        scheduler.run_until_quiet();
        // While the first one fires: when the scheduler then looks again and finds nothing due, the clock has gone on.
        let (store, clock) = (house.store.clone(), house.clock.clone());
        house.store.step_in(async move { store.after_next_due(move || clock.set(at(60))) });
        scheduler.run_at(&house.clock, at(59));
        scheduler.run_at(&house.clock, at(864_000));
        assert_eq!(lapses(&house, &stream).await, [(at(60), at(60))]);
    })
    .await;
}

#[tokio::test]
async fn deadlines_that_cannot_fire_do_not_hold_up_the_others() {
    everywhere(async |place| {
        let house = place.house(at(0));
        // More than a page of deadlines in streams that are no processes of this engine.
        for number in 0..70 {
            let mut orphan = Commit::new(tenant(), format!("orphan {number}").as_str().into(), at(0), Cause::Command("test".to_owned()));
            let ask = Event::Noted { text: "orphan".to_owned() };
            let payload = Payload::encode(&ask).unwrap();
            let id = house.engine.ids().next_id();
            orphan.events = vec![mako_engine::commit::NewEvent { id, event_type: "Noted".to_owned(), schema_version: 1, payload }];
            let (label, reason) = (LABEL.into(), "orphan".to_owned());
            orphan.deadlines_set = vec![mako_engine::commit::NewDeadline { label, due: at(1), reason }];
            house.engine.commit(orphan).await.unwrap();
        }
        let stream = house.ask("malo", "partner", at(60)).await.identity().stream.clone();
        let mut scheduler = house.scheduler();
        for second in 60..70 {
            scheduler.run_at(&house.clock, at(second));
        }
        assert_eq!(lapses(&house, &stream).await.len(), 1);
    })
    .await;
}
