//! Two commands of one instant that want the same business key: one process lives, and the other never began.

use crate::testing::inquiry::{Command, Inquiry};
use crate::testing::{RULES, at, by_hand, everywhere, tenant};
use futures_util::future::join;
use mako_engine::{CommitError, ExecuteError};

#[tokio::test]
async fn of_two_that_begin_at_one_instant_one_lives() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let ask = || by_hand(Command::Ask { malo: "51999990018".to_owned(), recipient: "partner".to_owned(), due: at(60) });
        let (one, other) = join(house.engine.spawn::<Inquiry>(RULES, ask()), house.engine.spawn::<Inquiry>(RULES, ask())).await;
        let (lives, refused) = if one.is_ok() { (one, other) } else { (other, one) };
        let refused = refused.err().unwrap();
        assert!(matches!(refused, ExecuteError::Commit(CommitError::BusinessKeyTaken { .. })), "{refused}");
        let stream = lives.unwrap().identity().stream.clone();
        let store = house.engine.store();
        let records = store.processes(&tenant()).await.unwrap();
        assert_eq!(records.iter().map(|record| &record.identity.stream).collect::<Vec<_>>(), [&stream]);
        assert_eq!(store.outbox_due(at(0), 9).await.unwrap().rows.len(), 1, "and one message leaves");
    })
    .await;
}

#[tokio::test]
async fn a_finished_process_stays_finished_and_its_key_is_free_for_a_new_one() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let ask = || Command::Ask { malo: "51999990018".to_owned(), recipient: "partner".to_owned(), due: at(60) };
        let first = house.processed(&crate::testing::inbound("55001", "", ask())).await;
        house.engine.resume::<Inquiry>(&first).await.unwrap().execute(by_hand(Command::Answer)).await.unwrap();
        let before = house.engine.store().read_stream(&tenant(), &first, 0, 9).await.unwrap().len();

        // It even refers to what the first one is known under.
        let second = house.processed(&crate::testing::inbound("55001", "51999990018", ask())).await;
        assert_ne!(second, first);
        assert_eq!(house.engine.store().read_stream(&tenant(), &first, 0, 9).await.unwrap().len(), before);
        let ended = |stream| house.engine.store().process(house.engine.tenant(), stream);
        assert!(ended(&first).await.unwrap().unwrap().ended && !ended(&second).await.unwrap().unwrap().ended);
    })
    .await;
}
