//! A dead letter is put back in one commit with a cause: its message goes to where it came from, once, and the letter says who did it.

use std::sync::atomic::Ordering::SeqCst;

use crate::testing::inquiry::Command;
use crate::testing::partner::Act::{Fail, Take};
use crate::testing::watched::picture;
use crate::testing::{House, Place, RULES, at, everywhere, inbound, tenant};
use mako_engine::boundary::{BoundaryEvent, boundary_stream};
use mako_engine::dead_letter::{AuditContext, DeadLetter, DeadLetterReason, KeptLetter, Origin};
use mako_engine::inbox::{InboxRefusal, InboxSettlement, Outcome};
use mako_engine::{BoundaryNote, Cause, CommitError, ExecuteError, Received, TenantId, Timestamp};

/// An engine that has no workflow for anything.
fn without_workflows(place: &Place) -> House {
    House::wired(place, at(0), |builder| builder.format_versions(RULES..))
}

fn question() -> mako_engine::routing::Inbound {
    inbound("55001", "A1", Command::Ask { malo: "malo".to_owned(), recipient: "partner".to_owned(), due: at(86_400) })
}

async fn letter(house: &House, number: u64) -> KeptLetter {
    house.engine.store().dead_letter(number).await.unwrap().unwrap()
}

/// Why a dead letter is not put back.
async fn refused(house: &House, number: u64) -> CommitError {
    match house.engine.put_back(number, "B. Schulz", "once more").await {
        Err(ExecuteError::Commit(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_received_one_is_worked_off_again_by_an_engine_that_can() {
    everywhere(async |place| {
        let settles = {
            let house = without_workflows(&place);
            let settles = house.accept("m1").await;
            let received = house.engine.receive(&question(), settles.clone(), Vec::new()).await.unwrap();
            assert!(matches!(received, Received::DeadLettered(DeadLetterReason::UnknownPid { .. })), "{received:?}");
            settles
        };
        let house = place.house(at(100));
        let (key, part, outcome) = (settles.key.clone(), 0, Outcome::DeadLettered);
        assert_eq!(letter(&house, 1).await.origin, Some(Origin::Received { key, part, outcome }));
        assert!(letter(&house, 1).await.remedy().contains("then put it back"));

        let committed = house.engine.put_back(1, "A. Meier", "there is a workflow for it now").await.unwrap();
        let pending = house.engine.store().inbox_pending(9).await.unwrap().rows;
        assert_eq!((pending.len(), pending[0].received_at, pending[0].is_open(0)), (1, at(0), true), "with its first receipt");
        let note = letter(&house, 1).await.put_back.unwrap();
        assert_eq!((note.at, note.by.as_str(), note.position), (at(100), "A. Meier", committed.first_position));
        let last = house.engine.store().read_stream(&tenant(), &boundary_stream(), 1, 9).await.unwrap().pop().unwrap();
        assert_eq!(last.payload.decode::<BoundaryEvent>().unwrap(), BoundaryEvent::PutBack { letter: 1, about: "UTILMD 55001".to_owned() });
        let because = "there is a workflow for it now".to_owned();
        assert_eq!(last.cause, Cause::Person { by: "A. Meier".to_owned(), because });

        let received = house.engine.receive(&question(), settles, Vec::new()).await.unwrap();
        assert!(matches!(received, Received::Processed(_)), "{received:?}");
        assert!(house.engine.store().inbox_pending(9).await.unwrap().rows.is_empty());
        let again = refused(&house, 1).await;
        assert!(matches!(&again, CommitError::PutBackBefore { before, .. } if *before == note), "{again}");
        assert!(again.to_string().contains("was put back at 2025-12-23T15:01:40Z by A. Meier, because: there is a workflow"), "{again}");
    })
    .await;
}

/// Settles a part by itself, with a dead letter when it went there.
async fn settle(house: &House, settles: &InboxSettlement, part: u32, last: bool, outcome: Outcome) -> Result<(), CommitError> {
    let about = format!("part {part}");
    let reason = DeadLetterReason::UnknownPid {
        message_type: "UTILMD".to_owned(),
        pid: None,
        audit: AuditContext::at(at(0)).tenant(tenant()).into(),
    };
    let (event, dead_letter) = match outcome {
        Outcome::DeadLettered => {
            let event = BoundaryEvent::DeadLettered { about: about.clone(), reason: reason.clone() };
            (event, Some(DeadLetter { reason, about }))
        }
        _ => (BoundaryEvent::Noted { about, says: "fine".to_owned() }, None),
    };
    let settles = InboxSettlement { part, last, outcome, ..settles.clone() };
    let note = BoundaryNote { event, answers: Vec::new(), dead_letter, correlations: Vec::new(), settles };
    match house.engine.note(note).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Commit(error)) => Err(error),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn of_an_interchange_only_the_part_that_was_lost_is_settled_again() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let all = house.accept("m1").await;
        settle(&house, &all, 0, false, Outcome::Processed).await.unwrap();
        settle(&house, &all, 1, false, Outcome::DeadLettered).await.unwrap();
        let early = refused(&house, 1).await;
        assert!(early.to_string().contains("still being worked off"), "{early}");
        settle(&house, &all, 2, false, Outcome::DeadLettered).await.unwrap();
        settle(&house, &all, 3, true, Outcome::Processed).await.unwrap();
        house.engine.put_back(2, "A. Meier", "mended").await.unwrap();
        house.engine.put_back(1, "A. Meier", "mended, too").await.unwrap();
        let entry = house.engine.store().inbox_pending(9).await.unwrap().rows.remove(0);
        assert_eq!((0..5).filter(|part| entry.is_open(*part)).collect::<Vec<_>>(), [1, 2]);
        for (part, last) in [(0, false), (3, true)] {
            let refused = settle(&house, &all, part, last, Outcome::Processed).await.unwrap_err();
            assert!(matches!(refused, CommitError::InboxConflict { reason: InboxRefusal::SettledBefore, .. }), "{refused}");
        }
        settle(&house, &all, 1, false, Outcome::Processed).await.unwrap();
        assert!(!house.engine.store().inbox_entry(&all.key).await.unwrap().unwrap().done);
        settle(&house, &all, 2, false, Outcome::Processed).await.unwrap();
        let entry = house.engine.store().inbox_entry(&all.key).await.unwrap().unwrap();
        assert_eq!((entry.done, entry.settled), (true, vec![Outcome::Processed; 4]));
        assert!(house.engine.store().inbox_pending(9).await.unwrap().rows.is_empty());
    })
    .await;
}

#[tokio::test]
async fn one_that_was_given_up_is_tried_again_under_its_id_for_a_whole_horizon() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (mut worker, partners) = house.postman();
        partners.script("partner", vec![Fail("no connection"); 99]);
        house.ask("malo", "partner", at(86_400)).await;
        for tick in 0..120 {
            worker.run_at(&house.clock, at(30 * tick));
        }
        let (tries, id) = (partners.tries().len(), partners.tries()[0].id);
        assert_eq!(letter(&house, 1).await.origin, Some(Origin::GivenUp(id)));
        assert_eq!(house.engine.store().given_up(id).await.unwrap().unwrap().attempts, 5, "as it left the queue");

        house.engine.put_back(1, "A. Meier", "the partner has a new address").await.unwrap();
        for tick in 120..240 {
            worker.run_at(&house.clock, at(30 * tick));
        }
        let again: Vec<_> = partners.tries().split_off(tries);
        let start = at(30 * 119);
        let after = |seconds: i64| start.plus_seconds(seconds);
        assert_eq!(again[0].at, at(3_600), "at once, as far as the worker looks");
        assert!(again.iter().all(|one| one.id == id) && again.len() == tries, "{again:?}");
        assert_eq!(again.last().map(|one| one.at), Some(after(1_200)), "a whole horizon from putting back");

        // Given up for the second time it is another letter, and the first one stays as it is.
        assert!(matches!(refused(&house, 1).await, CommitError::PutBackBefore { .. }));
        partners.script("partner", [Take]);
        house.engine.put_back(2, "A. Meier", "now it answers").await.unwrap();
        worker.run_until_quiet();
        assert!(house.engine.store().outbox_due(Timestamp::MAX, 9).await.unwrap().rows.is_empty());
        assert_eq!(house.engine.store().given_up(id).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_cannot_go_back_is_refused_with_what_to_do_and_nothing_is_written() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let audit = || Box::new(AuditContext::at(at(0)).tenant(tenant()));
        let reasons = [
            (DeadLetterReason::DuplicateMessage { audit: audit() }, Outcome::DeadLettered, "had its effect then"),
            (DeadLetterReason::Refused { answer: "CONTRL 4".into(), audit: audit() }, Outcome::Refused, "sends a corrected one"),
            (DeadLetterReason::ProcessingError { detail: "no".into(), audit: audit() }, Outcome::Processed, "only tells of it"),
            (
                DeadLetterReason::Undecodable { what: "x".into(), detail: "?".into(), audit: audit() },
                Outcome::DeadLettered,
                "bytes are kept",
            ),
        ];
        let mut number = 0;
        for (reason, outcome, says) in reasons {
            number += 1;
            let settles = InboxSettlement { outcome, ..house.accept(&format!("m{number}")).await };
            let event = BoundaryEvent::Noted { about: "m".to_owned(), says: "so".to_owned() };
            let dead_letter = Some(DeadLetter { reason, about: "m".to_owned() });
            let note = BoundaryNote { event, answers: Vec::new(), dead_letter, correlations: Vec::new(), settles };
            house.engine.note(note).await.unwrap();
            let before = picture(house.engine.store(), &tenant()).await;
            let why = refused(&house, number).await;
            assert!(matches!(why, CommitError::CannotPutBack { .. }) && why.to_string().contains(says), "{why}");
            assert!(letter(&house, number).await.remedy().contains(says));
            assert_eq!(picture(house.engine.store(), &tenant()).await, before);
        }
        assert!(matches!(refused(&house, 99).await, CommitError::NoDeadLetter { number: 99 }));
        let other = House::of(&TenantId::new("9900000000008"), house.store.clone(), at(0));
        assert!(matches!(refused(&other, 1).await, CommitError::NoDeadLetter { number: 1 }), "of another tenant");
    })
    .await;
}

#[tokio::test]
async fn a_put_back_that_is_not_durable_has_not_happened() {
    everywhere(async |place| {
        let house = without_workflows(&place);
        let settles = house.accept("m1").await;
        house.engine.receive(&question(), settles, Vec::new()).await.unwrap();
        let before = picture(house.engine.store(), &tenant()).await;
        house.store.failing_commits.store(1, SeqCst);
        house.engine.put_back(1, "A. Meier", "mended").await.unwrap_err();
        assert_eq!(picture(house.engine.store(), &tenant()).await, before);
        assert_eq!(letter(&house, 1).await.put_back, None);
        house.engine.put_back(1, "A. Meier", "mended").await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_bytes_of_a_dead_letter_outlive_those_of_a_message_that_was_processed() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (good, lost) = (house.accept_until("good", at(60)).await, house.accept_until("lost", at(60)).await);
        settle(&house, &good, 0, true, Outcome::Processed).await.unwrap();
        settle(&house, &lost, 0, true, Outcome::DeadLettered).await.unwrap();
        house.clock.set(at(1_000));
        for number in 0..5 {
            house.accept(&format!("later {number}")).await;
        }
        let bytes = async |settles: &InboxSettlement| house.engine.store().inbox_payload(&settles.key).await.unwrap();
        assert_eq!((bytes(&good).await, bytes(&lost).await), (None, Some(b"UNB".to_vec())));
        house.engine.put_back(1, "A. Meier", "mended").await.unwrap();
        settle(&house, &lost, 0, true, Outcome::Processed).await.unwrap();
        house.accept("last").await;
        assert_eq!(bytes(&lost).await, None, "once it is processed it is forgotten as any other");
    })
    .await;
}
