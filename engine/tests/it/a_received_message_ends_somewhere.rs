//! Law 6: every received message ends processed or as a dead letter, settled in the commit of its effect, exactly once.

use crate::testing::inquiry::{Command, Inquiry};
use crate::testing::watched::picture;
use crate::testing::{House, RULES, at, by_hand, everywhere, inbound, tenant};
use mako_engine::commit::CommitError;
use mako_engine::dead_letter::{AuditContext, DeadLetterReason};
use mako_engine::inbox::{InboxSettlement, Outcome};
use mako_engine::{ExecuteError, Received};

fn ask(malo: &str) -> Command {
    Command::Ask { malo: malo.to_owned(), recipient: "partner".to_owned(), due: at(60) }
}

/// Everything that is known of a message of these tests, which goes to the dead letters at the instant of its receipt.
fn audit(pid: &str, reference: &str) -> AuditContext {
    let from_boundary = inbound(pid, reference, Command::Answer).audit;
    from_boundary.tenant(tenant()).message_type("UTILMD").pid(pid).sender_mp_id("9900000000002").correlation_id(reference)
}

async fn outcomes(house: &House, settlement: &InboxSettlement) -> (Vec<Outcome>, bool) {
    let entry = house.engine.store().inbox_entry(&settlement.key).await.unwrap().unwrap();
    (entry.settled, entry.done)
}

/// One dead letter for `reason`, told once, in one commit with the settlement and an event of the boundary.
async fn assert_dead(house: &House, received: Received, settlement: &InboxSettlement, reason: &DeadLetterReason) {
    assert_eq!(received, Received::DeadLettered(reason.clone()));
    let last = house.store.taken().pop().unwrap();
    assert_eq!(last.dead_letters.iter().map(|letter| &letter.reason).collect::<Vec<_>>(), [reason]);
    assert_eq!((last.stream.as_str(), last.events.len()), ("boundary", 1));
    assert_eq!(last.settles_inbox.unwrap().outcome, Outcome::DeadLettered);
    assert_eq!(outcomes(house, settlement).await, (vec![Outcome::DeadLettered], true));
    assert_eq!(house.engine.store().dead_letters().await.unwrap().rows.len(), 1);
    assert_eq!(house.letters.reasons(), std::slice::from_ref(reason));
}

#[tokio::test]
async fn an_unknown_pid_is_a_dead_letter() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let settles = house.accept("m").await;
        let received = house.engine.receive(&inbound("99999", "malo", ask("malo")), settles.clone(), Vec::new()).await.unwrap();
        let reason = DeadLetterReason::UnknownPid {
            message_type: "UTILMD".to_owned(),
            pid: Some("99999".to_owned()),
            audit: audit("99999", "malo").into(),
        };
        assert_dead(&house, received, &settles, &reason).await;
    })
    .await;
}

#[tokio::test]
async fn an_unknown_conversation_is_a_dead_letter() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let settles = house.accept("m").await;
        let received = house.engine.receive(&inbound("55002", "nobody", Command::Answer), settles.clone(), Vec::new()).await.unwrap();
        let audit = audit("55002", "nobody").into();
        let reason = DeadLetterReason::UnknownConversation { references: vec!["nobody".to_owned()], audit };
        assert_dead(&house, received, &settles, &reason).await;
    })
    .await;
}

#[tokio::test]
async fn what_the_process_refuses_and_what_no_adapter_understands_is_a_dead_letter() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        process.execute(by_hand(Command::Answer)).await.unwrap();
        let settles = house.accept("m").await;
        let received = house.engine.receive(&inbound("55002", "malo", Command::Answer), settles.clone(), Vec::new()).await.unwrap();
        let audit = audit("55002", "malo").process(process.identity().stream.clone()).into();
        let reason = DeadLetterReason::ProcessingError { detail: "refused by the process: over: the inquiry is over".to_owned(), audit };
        assert_dead(&house, received, &settles, &reason).await;

        let settles = house.accept("n").await;
        let mut senseless = inbound("55001", "malo", Command::Answer);
        senseless.body = std::sync::Arc::new("no command");
        let received = house.engine.receive(&senseless, settles.clone(), Vec::new()).await.unwrap();
        let Received::DeadLettered(DeadLetterReason::ProcessingError { detail, .. }) = received else { panic!("{received:?}") };
        assert!(detail.contains("no command"), "{detail}");
        assert_eq!(outcomes(&house, &settles).await, (vec![Outcome::DeadLettered], true));
        assert_eq!(house.letters.reasons().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_processed_message_is_settled_exactly_once_with_its_effect() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let settles = house.accept("m").await;
        let asks = inbound("55001", "malo", ask("malo"));
        let received = house.engine.receive(&asks, settles.clone(), Vec::new()).await.unwrap();
        let Received::Processed(stream) = received else { panic!("{received:?}") };
        let last = house.store.taken().pop().unwrap();
        assert_eq!((last.stream, last.settles_inbox.is_some(), last.events.len()), (stream.clone(), true, 1));
        assert_eq!(outcomes(&house, &settles).await, (vec![Outcome::Processed], true));

        let before = picture(house.engine.store(), &tenant()).await;
        let again = house.engine.receive(&inbound("55002", "malo", Command::Answer), settles.clone(), Vec::new()).await;
        assert!(matches!(again, Err(ExecuteError::Commit(CommitError::InboxConflict { part: 0, .. }))), "{again:?}");
        assert_eq!(picture(house.engine.store(), &tenant()).await, before);
        assert!(!house.engine.resume::<Inquiry>(&stream).await.unwrap().state().await.unwrap().answered);
    })
    .await;
}

#[tokio::test]
async fn the_parts_of_an_interchange_are_settled_one_by_one() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let first = InboxSettlement { last: false, ..house.accept("m").await };
        let second = InboxSettlement { part: 1, last: true, ..first.clone() };
        house.engine.receive(&inbound("55001", "a", ask("a")), first.clone(), Vec::new()).await.unwrap();
        let twice = house.engine.receive(&inbound("55001", "b", ask("b")), first.clone(), Vec::new()).await;
        assert!(matches!(twice, Err(ExecuteError::Commit(CommitError::InboxConflict { part: 0, .. }))), "{twice:?}");
        assert_eq!(outcomes(&house, &first).await, (vec![Outcome::Processed], false));
        house.engine.receive(&inbound("99999", "b", ask("b")), second, Vec::new()).await.unwrap();
        assert_eq!(outcomes(&house, &first).await, (vec![Outcome::Processed, Outcome::DeadLettered], true));
    })
    .await;
}

#[tokio::test]
async fn a_failing_store_leaves_the_message_in_the_inbox() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let settles = house.accept("m").await;
        house.store.failing_commits.store(1, std::sync::atomic::Ordering::SeqCst);
        let asks = inbound("55001", "malo", ask("malo"));
        house.engine.receive(&asks, settles.clone(), Vec::new()).await.unwrap_err();
        assert_eq!(outcomes(&house, &settles).await, (vec![], false));
        house.engine.receive(&asks, settles.clone(), Vec::new()).await.unwrap();
        assert_eq!(outcomes(&house, &settles).await, (vec![Outcome::Processed], true));
    })
    .await;
}

#[tokio::test]
async fn a_message_goes_to_the_living_process_and_among_the_living_to_the_youngest() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let reference = || vec!["conversation".into()];
        let mut streams = Vec::new();
        for malo in ["a", "b", "c", "d"] {
            let mut execute = by_hand(ask(malo));
            execute.correlations = reference();
            streams.push(house.engine.spawn::<Inquiry>(RULES, execute).await.unwrap());
        }
        for (expected, id) in [(3, "m"), (2, "n")] {
            let settles = house.accept(id).await;
            let received = house.engine.receive(&inbound("55002", "conversation", Command::Answer), settles, Vec::new()).await.unwrap();
            assert_eq!(received, Received::Processed(streams[expected].identity().stream.clone()));
        }
    })
    .await;
}
