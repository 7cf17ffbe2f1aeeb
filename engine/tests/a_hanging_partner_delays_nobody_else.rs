//! One lane per partner: who hangs holds up his own messages, and nobody else's.

mod testing;

use testing::inquiry::Command;
use testing::partner::Act::Hang;
use testing::{at, by_hand, everywhere};

#[tokio::test]
async fn others_are_served_while_one_hangs_and_his_lane_has_one_try_under_way() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (mut worker, partners) = house.postman();
        partners.script("hangs", [Hang]);
        let process = house.ask("malo", "hangs", at(86_400)).await;
        for (recipient, kind) in [("hangs", "second"), ("other", "one"), ("other", "two"), ("third", "one")] {
            let remind = Command::Remind { recipient: recipient.to_owned(), kind: kind.to_owned() };
            process.execute(by_hand(remind)).await.unwrap();
        }
        worker.run_until_quiet();
        let mut served: Vec<_> = partners.tries().into_iter().map(|one| (one.recipient, one.kind)).collect();
        served.sort();
        let expected = [("hangs", "question"), ("other", "one"), ("other", "two"), ("third", "one")];
        assert_eq!(served, expected.map(|(recipient, kind)| (recipient.to_owned(), kind.to_owned())));

        // Whoever comes later is served, too.
        let remind = Command::Remind { recipient: "other".to_owned(), kind: "three".to_owned() };
        process.execute(by_hand(remind)).await.unwrap();
        worker.run_at(&house.clock, at(600));
        assert_eq!(partners.tries().last().unwrap().kind, "three");
        assert_eq!(partners.tries().iter().filter(|one| one.recipient == "hangs").count(), 1);
    })
    .await;
}
