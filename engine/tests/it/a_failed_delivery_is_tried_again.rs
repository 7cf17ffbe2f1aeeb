//! The outbox worker tries on the policy's schedule, with the same message id on every try, until it is taken or given up.

use crate::testing::partner::Act::{Fail, Refuse, Take};
use crate::testing::{at, everywhere, tenant};
use mako_engine::commit::OutboxSettlement;
use mako_engine::dead_letter::{AuditContext, DeadLetterReason};

#[tokio::test]
async fn tries_follow_the_schedule_and_carry_one_id() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (mut worker, partners) = house.postman();
        partners.script("partner", [Fail("no connection"), Fail("no receipt"), Fail("busy"), Take]);
        house.ask("malo", "partner", at(86_400)).await;
        // Every half minute, so that a try that comes too early or too late would be seen.
        for tick in 0..60 {
            worker.run_at(&house.clock, at(30 * tick));
        }
        let tries = partners.tries();
        assert_eq!(tries.iter().map(|one| one.at).collect::<Vec<_>>(), [at(0), at(60), at(360), at(660)]);
        assert!(tries.iter().all(|one| one.id == tries[0].id), "{tries:?}");
        assert!(house.engine.store().outbox_message(tries[0].id).await.unwrap().is_none());
        assert!(house.engine.store().dead_letters().await.unwrap().rows.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_restart_keeps_the_id_and_looks_at_once() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (mut worker, partners) = house.postman();
        partners.script("partner", [Fail("no connection")]);
        house.ask("malo", "partner", at(86_400)).await;
        worker.run_until_quiet();
        let first = partners.tries();
        drop((worker, house));

        let house = place.house(at(30));
        let (mut worker, partners) = house.postman();
        // Whether the partner was unreachable is not known any more, so the lane begins with its oldest message at once.
        worker.run_until_quiet();
        assert_eq!(partners.tries().iter().map(|one| one.id).collect::<Vec<_>>(), [first[0].id]);
    })
    .await;
}

#[tokio::test]
async fn at_the_horizon_it_is_given_up_in_the_commit_of_its_dead_letter() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (mut worker, partners) = house.postman();
        partners.script("partner", vec![Fail("no connection"); 99]);
        let process = house.ask("malo", "partner", at(86_400)).await;
        for tick in 0..120 {
            worker.run_at(&house.clock, at(30 * tick));
        }
        let tries = partners.tries();
        // The last try is made at the horizon itself.
        assert_eq!(tries.iter().map(|one| one.at).collect::<Vec<_>>(), [at(0), at(60), at(360), at(660), at(960), at(1_200)]);
        let last = house.store.taken().pop().unwrap();
        assert_eq!(last.settles_outbox, Some(OutboxSettlement::Exhausted(tries[0].id)));
        let audit = AuditContext::at(at(1_200))
            .tenant(tenant())
            .sender_mp_id(tenant().to_string())
            .message_type("question")
            .process(process.identity().stream.clone())
            .receiver_mp_id("partner")
            .message_reference(tries[0].id.to_string());
        let expected = DeadLetterReason::OutboxExhausted {
            message_id: tries[0].id,
            kind: "question".to_owned(),
            recipient: "partner".to_owned(),
            last_error: "no connection".to_owned(),
            attempts: 6,
            audit: audit.into(),
        };
        assert_eq!(last.dead_letters.iter().map(|letter| &letter.reason).collect::<Vec<_>>(), [&expected]);
        assert_eq!(house.letters.reasons(), [expected]);
        assert!(house.engine.store().outbox_message(tries[0].id).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a_permanent_error_is_given_up_at_once() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (mut worker, partners) = house.postman();
        partners.script("partner", [Refuse("unknown partner")]);
        house.ask("malo", "partner", at(86_400)).await;
        worker.run_until_quiet();
        worker.run_at(&house.clock, at(3_600));
        assert_eq!(partners.tries().len(), 1);
        let letters = house.letters.reasons();
        let [DeadLetterReason::OutboxExhausted { last_error, attempts: 1, .. }] = letters.as_slice() else { panic!("{letters:?}") };
        assert_eq!(last_error, "unknown partner (will not be tried again)");
    })
    .await;
}
