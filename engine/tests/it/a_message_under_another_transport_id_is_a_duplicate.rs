//! The transport knows a message by its own id. A message that comes under a new one is still the same message when its sender and
//! references are the same, and has no second effect.

use crate::testing::inquiry::{Command, Inquiry};
use crate::testing::{House, at, everywhere, inbound, tenant};
use mako_engine::dead_letter::DeadLetterReason;
use mako_engine::routing::Inbound;
use mako_engine::{Received, Workflow as _};

fn ask() -> Command {
    ask_for("malo")
}

fn ask_for(malo: &str) -> Command {
    Command::Ask { malo: malo.to_owned(), recipient: "partner".to_owned(), due: at(600) }
}

fn note() -> Command {
    Command::Note("once".to_owned())
}

fn named(name: &str, message: Inbound) -> Inbound {
    Inbound { idempotency_key: Some(name.into()), ..message }
}

#[tokio::test]
async fn what_it_would_begin_or_continue_happens_once() {
    everywhere(async |place| {
        let house: House = place.house(at(0));
        let stream = house.processed(&named("9900000000002/IC1/1", inbound("55001", "", ask()))).await;
        let again = house.dead(&named("9900000000002/IC1/1", inbound("55001", "", ask()))).await;
        assert_eq!(again, "duplicate_message: IC1/1 was here before");
        assert_eq!(house.letters.reasons().last().and_then(|reason| reason.audit().process.clone()), Some(stream.clone()));
        house.processed(&named("9900000000002/IC2/1", inbound("55002", "malo", note()))).await;
        house.dead(&named("9900000000002/IC2/1", inbound("55002", "malo", note()))).await;
        // Under no name, or another one, it is another message.
        house.processed(&inbound("55002", "malo", note())).await;
        let process = house.engine.resume::<Inquiry>(&stream).await.unwrap();
        assert_eq!(process.state().await.unwrap().notes, ["once", "once"]);
        assert_eq!(house.engine.store().inbox_pending(9).await.unwrap().rows, []);
    })
    .await;
}

#[tokio::test]
async fn two_at_the_same_time_are_one() {
    everywhere(async |place| {
        let house = place.house(at(0));
        house.processed(&inbound("55001", "", ask())).await;
        for (first, second, message) in [("a", "b", inbound("55002", "malo", note())), ("c", "d", inbound("55001", "", ask_for("melo")))] {
            let message = named(&format!("9900000000002/{first}"), message);
            let (theirs, mine) = (house.accept(first).await, house.accept(second).await);
            let (engine, same) = (house.engine.clone(), message.clone());
            house.store.step_in(async move {
                let received = engine.receive(&same, theirs, Vec::new()).await.unwrap();
                assert!(matches!(received, Received::Processed(_)), "{received:?}");
            });
            let received = house.engine.receive(&message, mine, Vec::new()).await.unwrap();
            let Received::DeadLettered(DeadLetterReason::DuplicateMessage { audit }) = received else { panic!("{received:?}") };
            let executed = house.engine.store().executed(&tenant(), message.idempotency_key.as_ref().unwrap()).await.unwrap();
            assert_eq!(audit.process, executed.map(|executed| executed.stream), "where the faster one had its effect");
            assert!(audit.process.is_some());
        }
        assert_eq!(house.engine.store().inbox_pending(9).await.unwrap().rows, []);
        assert_eq!(
            house.engine.store().processes(&tenant()).await.unwrap().iter().filter(|p| p.identity.workflow == Inquiry::NAME).count(),
            2
        );
    })
    .await;
}

#[tokio::test]
async fn one_that_had_no_effect_may_come_again() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let early = named("9900000000002/IC2/1", inbound("55002", "malo", note()));
        house.dead(&early).await;
        house.processed(&inbound("55001", "", ask())).await;
        assert!(matches!(house.receive(&early).await, Received::Processed(_)), "its conversation is known by now");
    })
    .await;
}
