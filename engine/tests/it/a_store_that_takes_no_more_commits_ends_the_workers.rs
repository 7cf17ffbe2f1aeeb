//! An engine whose store was closed, or taken over, must not go on sending: its workers end, and what was queued stays queued.

use std::sync::atomic::Ordering::SeqCst;

use crate::testing::{at, everywhere};

#[tokio::test]
async fn both_workers_end_with_the_first_refused_commit_and_nothing_more_is_sent() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (mut postman, partners) = house.postman();
        let mut scheduler = house.scheduler();
        postman.run_until_quiet();
        scheduler.run_until_quiet();
        for number in 0..3 {
            house.ask(&number.to_string(), "partner", at(60)).await;
        }
        house.store.closed.store(true, SeqCst);
        assert!(postman.ends(), "the settlement of the first message was refused for good");
        assert_eq!(partners.tries().len(), 1);
        house.clock.set(at(60));
        assert!(scheduler.ends(), "the engine was stopped as a whole");
        let store = house.engine.store();
        assert_eq!(store.outbox_due(at(60), 9).await.unwrap().rows.len(), 3);
        assert_eq!(store.deadlines_due(at(60), 9).await.unwrap().rows.len(), 3);
        // Whoever starts another worker of this engine gets no further.
        let (mut postman, partners) = house.postman();
        assert!(postman.ends() && house.scheduler().ends());
        assert_eq!(partners.tries(), [], "not one message more");
    })
    .await;
}
