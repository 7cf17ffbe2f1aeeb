//! A node that finds a message in its inbox which was put back from the dead letters settles that part of it again, and nothing else.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use mako_engine::inbox::{InboxKey, Outcome};
use mako_engine::store::{KeyedStore, Store};
use mako_engine::testing::MemoryBackend;
use mako_engine::{TenantId, Timestamp};
use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::node::{Arrival, live_recorded};
use mako_sim::world::World;
use tokio::sync::mpsc;

const NB: usize = 1;

fn arrival(id: &str, received_at: Timestamp) -> Arrival {
    let key = InboxKey { tenant: TenantId::new("9999000002010"), sender: "9999000001012".to_owned(), message_id: id.to_owned() };
    Arrival { key, received_at, bytes: b"noise".to_vec() }
}

#[test]
fn once_and_with_its_first_receipt() {
    let plan = suite::load(&suite::home().join("gpke/garbage.scenario")).unwrap();
    let at = plan.steps[0].at;
    let world = Arc::new(World::new(plan, Market::application()));
    let store: Arc<dyn Store> = Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap());
    let (sender, arrivals) = mpsc::unbounded_channel();
    let mut life = pin!(live_recorded(world.clone(), NB, store.clone(), arrivals));
    let mut live = || {
        for _ in 0..100 {
            let alive = life.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            assert!(alive.is_pending(), "a node lives on");
        }
    };
    let first = arrival("1", at);
    sender.send(first.clone()).unwrap();
    live();
    let letters = |expected: usize| {
        let found = now(store.dead_letters_after(0, 9)).unwrap().rows;
        assert_eq!(found.len(), expected, "{found:#?}");
        assert!(now(store.inbox_pending(9)).unwrap().rows.is_empty(), "nothing is left to do");
        found
    };
    assert_eq!(letters(1)[0].letter.reason.label(), "unreadable");

    let engine = world.engine(NB).unwrap();
    now(engine.put_back(1, "A. Meier", "the reader was mended")).unwrap();
    assert_eq!(now(store.inbox_pending(9)).unwrap().rows[0].received_at, at);
    // Whatever comes next makes the node look.
    sender.send(arrival("2", at.plus_seconds(60))).unwrap();
    live();
    let letters = letters(3);
    // The reader was not mended, so what was put back is a letter again, one of its own.
    assert_eq!(letters[0].put_back.as_ref().map(|note| note.by.as_str()), Some("A. Meier"));
    assert_eq!((&letters[1].origin, &letters[1].put_back), (&letters[0].origin, &None));
    assert_ne!(letters[2].origin, letters[0].origin);
    let entry = now(store.inbox_entry(&first.key)).unwrap().unwrap();
    assert_eq!((entry.done, entry.settled), (true, vec![Outcome::DeadLettered]));
}

/// The result of a call that waits for nobody but itself, as every one on memory does.
fn now<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    for _ in 0..9 {
        if let Poll::Ready(result) = call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return result;
        }
    }
    panic!("it waits");
}
