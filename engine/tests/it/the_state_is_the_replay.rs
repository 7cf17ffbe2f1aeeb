//! What `execute` answers, what `state` reads and what the events amount to are the same, across pages and restarts.

use crate::testing::inquiry::{Command, Event, Inquiry, State};
use crate::testing::{at, by_hand, everywhere, tenant};
use mako_engine::Workflow as _;

#[tokio::test]
async fn the_state_is_the_fold_of_every_event() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        let mut answered = process.state().await.unwrap();
        // More than one page of events.
        for number in 0..520 {
            answered = process.execute(by_hand(Command::Note(number.to_string()))).await.unwrap();
        }
        let stream = process.identity().stream.clone();
        let recorded = house.engine.store().read_stream(&tenant(), &stream, 0, usize::MAX).await.unwrap();
        let replayed =
            recorded.iter().fold(State::default(), |state, recorded| Inquiry::apply(state, &recorded.payload.decode::<Event>().unwrap()));
        assert_eq!(recorded.len(), 521);
        assert_eq!(answered, replayed);
        assert_eq!(process.state().await.unwrap(), replayed);

        drop((house, process));
        let house = place.house(at(1));
        assert_eq!(house.engine.resume::<Inquiry>(&stream).await.unwrap().state().await.unwrap(), replayed);
    })
    .await;
}
