//! Two engines on one store, one tenant each: neither delivers, fires or answers for the other.

use crate::testing::inquiry::Command;
use crate::testing::watched::picture;
use crate::testing::{House, RULES, at, by_hand, everywhere, tenant};
use mako_engine::commit::OutboxSettlement;
use mako_engine::inbox::{Accept, InboxClaim, InboxKey};
use mako_engine::registry::ProcessIdentity;
use mako_engine::{Cause, Commit, CommitError, TenantId};

#[tokio::test]
async fn a_commit_of_one_does_nothing_to_the_other() {
    everywhere(async |place| {
        let ours = place.house(at(0));
        let other = TenantId::new("9900000000003");
        let theirs = House::of(&other, ours.store.clone(), at(0));
        ours.ask("malo", "ours", at(60)).await;
        let settles = ours.accept("1").await;
        let queued = ours.engine.store().outbox_due(at(0), 9).await.unwrap().rows[0].id;
        let before = picture(&*ours.store, &tenant()).await;
        let commit = || Commit::new(other.clone(), "boundary".into(), at(1), Cause::Command("theirs".to_owned()));
        let key = settles.key.clone();
        let accept = Accept {
            key: InboxKey { message_id: "2".to_owned(), ..key.clone() },
            received_at: at(1),
            payload: Vec::new(),
            known_until: at(2),
        };
        let starts = ProcessIdentity { tenant: tenant(), stream: "boundary".into(), workflow: "inquiry".to_owned(), rules: RULES };
        let elsewhere = ProcessIdentity { tenant: other.clone(), stream: "elsewhere".into(), ..starts.clone() };
        for (what, commit) in [
            ("message to accept", Commit { accepts: Some(accept), ..commit() }),
            ("message to claim", Commit { claims_inbox: Some(InboxClaim { key: key.clone(), until: at(9) }), ..commit() }),
            ("message to give back", Commit { abandons_inbox: Some((key.clone(), 1)), ..commit() }),
            ("message to settle", Commit { settles_inbox: Some(settles), ..commit() }),
            ("process to start", Commit { starts: Some(starts), ..commit() }),
            ("process to start", Commit { starts: Some(elsewhere), ..commit() }),
        ] {
            let refused = theirs.engine.commit(commit).await.unwrap_err();
            assert!(matches!(refused, CommitError::Foreign { what: found, .. } if found == what), "{what}: {refused}");
        }
        let refused = theirs.engine.commit(Commit { settles_outbox: Some(OutboxSettlement::Delivered(queued)), ..commit() }).await;
        assert!(matches!(refused, Err(CommitError::OutboxConflict(id)) if id == queued), "{refused:?}");
        assert_eq!(picture(&*ours.store, &tenant()).await, before);
    })
    .await;
}

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
