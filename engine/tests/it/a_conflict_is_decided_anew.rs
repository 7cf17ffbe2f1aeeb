//! Two who write to one process: the second decides anew on what the first left, or gives up, and never on a stale state.

use crate::testing::inquiry::{Command, Inquiry};
use crate::testing::{House, at, by_hand, everywhere};
use mako_engine::commit::CommitError;
use mako_engine::{ExecuteError, StreamId};

/// Somebody else gives `command` to the process just before our next commit.
fn interfere(house: &House, stream: &StreamId, command: Command) {
    // An engine of their own on the store behind ours, so that nobody steps in on them.
    let theirs = crate::testing::builder(house.store.inner.clone(), &house.clock).build().unwrap();
    let stream = stream.clone();
    house.store.step_in(async move {
        let theirs = theirs.resume::<Inquiry>(&stream).await.unwrap();
        theirs.execute(by_hand(command)).await.unwrap();
    });
}

#[tokio::test]
async fn a_command_that_is_still_possible_lands_after_the_other() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let ours = house.ask("malo", "partner", at(60)).await;
        interfere(&house, &ours.identity().stream, Command::Note("theirs".to_owned()));
        let state = ours.execute(by_hand(Command::Note("ours".to_owned()))).await.unwrap();
        assert_eq!(state.notes, ["theirs", "ours"]);
        assert_eq!(ours.state().await.unwrap(), state);
    })
    .await;
}

#[tokio::test]
async fn a_command_that_is_no_longer_possible_is_rejected() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let ours = house.ask("malo", "partner", at(60)).await;
        interfere(&house, &ours.identity().stream, Command::Answer);
        let rejected = ours.execute(by_hand(Command::Note("ours".to_owned()))).await;
        assert!(matches!(rejected, Err(ExecuteError::Rejected(_))), "{rejected:?}");
        assert_eq!(ours.state().await.unwrap().notes, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn who_loses_more_often_than_retries_allow_gives_up_without_effect() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let ours = house.ask("malo", "partner", at(60)).await;
        for retries in [0, 2] {
            for _ in 0..=retries {
                interfere(&house, &ours.identity().stream, Command::Note("theirs".to_owned()));
            }
            let mut execute = by_hand(Command::Note("ours".to_owned()));
            execute.retries = retries;
            let conflict = ours.execute(execute).await;
            assert!(matches!(conflict, Err(ExecuteError::Commit(CommitError::Conflict { .. }))), "{conflict:?}");
        }
        assert_eq!(ours.state().await.unwrap().notes, ["theirs"; 4]);
    })
    .await;
}
