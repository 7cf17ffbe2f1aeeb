//! One lane per partner: who hangs holds up his own messages, and nobody else's.

use crate::testing::inquiry::Command;
use crate::testing::partner::Act::Hang;
use crate::testing::{at, by_hand, everywhere};

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

#[tokio::test]
async fn the_latency_of_the_others_is_that_of_a_day_on_which_nobody_hangs() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (mut worker, partners) = house.postman();
        partners.script("hangs", [Hang]);
        let process = house.ask("malo", "hangs", at(86_400)).await;
        for minute in 0..60 {
            worker.run_at(&house.clock, at(60 * minute));
            for recipient in ["hangs", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"] {
                let remind = Command::Remind { recipient: recipient.to_owned(), kind: minute.to_string() };
                process.execute(by_hand(remind)).await.unwrap();
            }
            worker.run_until_quiet();
        }
        let tries = partners.tries();
        let mut waited: Vec<i64> = tries
            .iter()
            .filter(|one| one.recipient != "hangs")
            .map(|one| one.at.unix_ms() - at(60 * one.kind.parse::<i64>().unwrap()).unix_ms())
            .collect();
        waited.sort_unstable();
        assert_eq!(waited.len(), 9 * 60, "every message to the others was tried, and once");
        assert_eq!(waited[waited.len() * 99 / 100], 0, "p99 in milliseconds of virtual time");
        assert_eq!(tries.len(), waited.len() + 1, "and the one who hangs has one try under way");
    })
    .await;
}
