//! States that an engine keeps in memory: never older than what is written, never written past.

use crate::testing::inquiry::{Command, Inquiry};
use crate::testing::{House, at, by_hand, everywhere};

#[tokio::test]
async fn what_another_engine_wrote_is_seen_before_the_next_decision() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let other = House::on(house.store.clone(), at(0));
        let mine = house.ask("malo", "partner", at(60)).await;
        let theirs = other.engine.resume::<Inquiry>(&mine.identity().stream).await.unwrap();
        for (number, process) in [&mine, &theirs, &theirs, &mine, &theirs, &mine].into_iter().enumerate() {
            let state = process.execute(by_hand(Command::Note(number.to_string()))).await.unwrap();
            let expected: Vec<String> = (0..=number).map(|number| number.to_string()).collect();
            assert_eq!(state.notes, expected);
            assert_eq!(process.state().await.unwrap(), state, "what was answered is the replay");
        }
        theirs.execute(by_hand(Command::Answer)).await.unwrap();
        let refused = mine.execute(by_hand(Command::Answer)).await.unwrap_err();
        assert!(refused.to_string().contains("the inquiry is over"), "{refused}");
    })
    .await;
}

#[tokio::test]
async fn a_failed_commit_leaves_no_state_behind() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        house.store.failing_commits.store(1, std::sync::atomic::Ordering::SeqCst);
        process.execute(by_hand(Command::Note("lost".to_owned()))).await.unwrap_err();
        let state = process.execute(by_hand(Command::Note("kept".to_owned()))).await.unwrap();
        assert_eq!(state.notes, ["kept"]);
        assert_eq!(process.state().await.unwrap(), state);
    })
    .await;
}
