//! A time window, not a number of tries, decides when a message is given up, and tries come at a bounded rate however fast they fail.

use crate::testing::inquiry::Command;
use crate::testing::partner::Act::Fail;
use crate::testing::{at, by_hand, everywhere};
use mako_engine::fristen::{Rulebook, RulebookId};
use mako_engine::worker::RetryPolicy;

const HOUR: i64 = 3_600;

#[tokio::test]
async fn after_71_hours_every_message_is_alive_and_no_hour_had_more_tries_than_the_schedule_has() {
    everywhere(async |place| {
        let retry = Rulebook::of(RulebookId::BK6_24_174).as4_retry();
        let longest = i64::from(*retry.intervals_s.last().unwrap());
        let house = place.house(at(0));
        let policy = RetryPolicy { intervals_s: retry.intervals_s.clone(), jitter_percent: 0, horizon_s: retry.horizon_s };
        let (mut worker, partners) = house.postman_by(policy);
        // It fails at once, as somebody without a listener does.
        partners.script("down", vec![Fail("no connection"); 100_000]);
        let process = house.ask("malo", "down", at(90 * 86_400)).await;
        for kind in ["second", "third"] {
            let remind = Command::Remind { recipient: "down".to_owned(), kind: kind.to_owned() };
            process.execute(by_hand(remind)).await.unwrap();
        }
        for minute in 0..71 * 60 {
            worker.run_at(&house.clock, at(60 * minute));
        }
        let store = house.engine.store();
        assert_eq!(store.outbox_due(at(90 * 86_400), 9).await.unwrap().rows.len(), 3);
        assert_eq!(store.dead_letters().await.unwrap().rows, []);
        let tries = partners.tries();
        for hour in 1..71 {
            let within = |one: &&crate::testing::partner::Try| at(hour * HOUR) <= one.at && one.at < at((hour + 1) * HOUR);
            let count = tries.iter().filter(within).count() as i64;
            assert!((1..=3 * (HOUR / longest + 1)).contains(&count), "{count} tries in hour {hour}");
        }

        // It comes back in the last hour.
        partners.script("down", []);
        for minute in 71 * 60..72 * 60 {
            worker.run_at(&house.clock, at(60 * minute));
        }
        assert_eq!(store.outbox_due(at(90 * 86_400), 9).await.unwrap().rows, []);
        assert_eq!(store.dead_letters().await.unwrap().rows, []);
    })
    .await;
}
