//! Two engines on one store, one tenant each: neither delivers, fires or answers for the other.

use crate::testing::inquiry::Command;
use crate::testing::{House, at, by_hand, everywhere};
use mako_engine::TenantId;

#[tokio::test]
async fn each_engine_delivers_and_fires_its_own() {
    everywhere(async |place| {
        let ours = place.house(at(0));
        let theirs = House::of(&TenantId::new("9900000000003"), ours.store.clone(), at(0));
        // The same names on both sides, and more than a page of theirs before ours.
        let mut busy = Vec::new();
        for number in 0..70 {
            busy.push(theirs.ask(&format!("malo {number}"), "theirs", at(50)).await);
        }
        let (our_process, their_process) = (ours.ask("malo", "ours", at(60)).await, theirs.ask("malo", "theirs", at(60)).await);

        let (mut postman, partners) = ours.postman();
        postman.run_until_quiet();
        assert_eq!(partners.tries().into_iter().map(|one| one.recipient).collect::<Vec<_>>(), ["ours"]);
        let mut scheduler = ours.scheduler();
        scheduler.run_until_quiet();
        scheduler.run_at(&ours.clock, at(60));
        assert_eq!(our_process.state().await.unwrap().lapsed_at, Some(at(60)));
        assert_eq!(their_process.state().await.unwrap().lapsed_at, None);
        their_process.execute(by_hand(Command::Answer)).await.unwrap();

        let mut scheduler = theirs.scheduler();
        scheduler.run_at(&theirs.clock, at(70));
        for process in busy {
            assert_eq!(process.state().await.unwrap().lapsed_at, Some(at(70)));
        }
        assert_eq!(their_process.state().await.unwrap().lapsed_at, None);
    })
    .await;
}
