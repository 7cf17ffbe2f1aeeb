//! The transport knows a message by its own id. A message that comes under a new one is still the same message when its sender and
//! references are the same, and has no second effect.

use crate::testing::inquiry::{Command, Inquiry};
use crate::testing::{House, at, everywhere, inbound};
use mako_engine::Received;
use mako_engine::routing::Inbound;

fn ask() -> Command {
    Command::Ask { malo: "malo".to_owned(), recipient: "partner".to_owned(), due: at(600) }
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
