//! A caller that heard no answer repeats its command under the same name, and nothing happens twice.

use crate::testing::inquiry::{Command, Inquiry, LABEL};
use crate::testing::pinned::PinnedInquiry;
use crate::testing::{House, RULES, at, by_hand, everywhere, tenant};
use mako_engine::commit::OutboxSettlement;
use mako_engine::dead_letter::{AuditContext, DeadLetter, DeadLetterReason};
use mako_engine::inbox::InboxRefusal;
use mako_engine::routing::Adapters;
use mako_engine::{CommitError, Execute, ExecuteError, IdempotencyKey, Process};

fn named(name: &str, command: Command) -> Execute<Command> {
    Execute { idempotency_key: Some(name.into()), ..by_hand(command) }
}

fn note(text: &str) -> Command {
    Command::Note(text.to_owned())
}

fn ask(malo: &str) -> Command {
    Command::Ask { malo: malo.to_owned(), recipient: "partner".to_owned(), due: at(600) }
}

async fn notes(process: &Process<Inquiry>) -> Vec<String> {
    process.state().await.unwrap().notes
}

#[tokio::test]
async fn it_answers_with_the_present_state_also_after_a_restart_and_after_the_end() {
    everywhere(async |place| {
        let stream = {
            let house = place.house(at(0));
            let process = house.ask("malo", "partner", at(60)).await;
            let first = process.execute(named("1", note("once"))).await.unwrap();
            assert_eq!(process.execute(named("1", note("once"))).await.unwrap(), first);
            process.execute(named("2", note("another"))).await.unwrap();
            assert_eq!(process.execute(named("1", note("once"))).await.unwrap().notes, ["once", "another"], "the present state");
            process.identity().stream.clone()
        };
        let house = place.house(at(1));
        let process = house.engine.resume::<Inquiry>(&stream).await.unwrap();
        process.execute(named("1", note("once"))).await.unwrap();
        assert_eq!(notes(&process).await, ["once", "another"]);
        // What ended the process can be repeated, although the process takes no command any more.
        process.execute(named("3", Command::Answer)).await.unwrap();
        assert!(process.execute(named("3", Command::Answer)).await.unwrap().answered);
        assert!(matches!(process.execute(by_hand(Command::Answer)).await, Err(ExecuteError::Rejected(_))));
    })
    .await;
}

#[tokio::test]
async fn two_at_the_same_time_are_one() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        let theirs = crate::testing::builder(house.store.inner.clone(), &house.clock).build().unwrap();
        let stream = process.identity().stream.clone();
        house.store.step_in(async move {
            let theirs = theirs.resume::<Inquiry>(&stream).await.unwrap();
            theirs.execute(named("1", note("once"))).await.unwrap();
        });
        let state = process.execute(Execute { retries: 0, ..named("1", note("once")) }).await.unwrap();
        assert_eq!(state.notes, ["once"]);
        assert_eq!(notes(&process).await, ["once"]);
    })
    .await;
}

#[tokio::test]
async fn a_refused_command_was_not_executed() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        process.execute(named("1", Command::SetForeignDeadline)).await.unwrap_err();
        process.execute(named("1", note("now"))).await.unwrap();
        assert_eq!(notes(&process).await, ["now"]);
    })
    .await;
}

#[tokio::test]
async fn the_command_that_starts_a_process_finds_it_the_second_time() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let begun = house.engine.spawn::<Inquiry>(RULES, named("1", ask("malo"))).await.unwrap();
        let found = house.engine.spawn::<Inquiry>(RULES, named("1", ask("malo"))).await.unwrap();
        assert_eq!(found.identity(), begun.identity());
        assert_eq!(house.engine.store().processes(&tenant()).await.unwrap().len(), 1);
        // Under no name it is another command, and the business key is taken.
        let refused = house.engine.spawn::<Inquiry>(RULES, by_hand(ask("malo"))).await.err();
        assert!(matches!(refused, Some(ExecuteError::Commit(CommitError::BusinessKeyTaken { .. }))), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_name_that_did_not_start_a_process_of_this_workflow_finds_none() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), |builder| builder.workflow::<Inquiry>(Adapters::none()).workflow::<PinnedInquiry>(Adapters::none()));
        let process = house.ask("malo", "partner", at(60)).await;
        process.execute(named("1", note("later"))).await.unwrap();
        house.engine.spawn::<Inquiry>(RULES, named("2", ask("melo"))).await.unwrap();
        let refused = house.engine.spawn::<Inquiry>(RULES, named("1", ask("other"))).await.err();
        let already = |name: &str, error: &Option<ExecuteError>| {
            matches!(error, Some(ExecuteError::Commit(CommitError::AlreadyExecuted { key, .. })) if *key == IdempotencyKey::new(name))
        };
        assert!(already("1", &refused), "it was a later command: {refused:?}");
        let refused = house.engine.spawn::<PinnedInquiry>(RULES, named("2", ask("another"))).await.err();
        assert!(already("2", &refused), "it started a process of another workflow: {refused:?}");
        assert_eq!(house.engine.store().processes(&tenant()).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn what_the_first_has_settled_is_no_obstacle() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        let queued = house.engine.store().outbox_due(at(0), 9).await.unwrap().rows[0].id;
        let settles_inbox = Some(house.accept("one").await);
        let reason = DeadLetterReason::Unreadable { detail: "no UNB".to_owned(), audit: AuditContext::at(at(0)).into() };
        let whole = Execute {
            settles_inbox,
            settles_outbox: Some(OutboxSettlement::Delivered(queued)),
            deadline_fired: Some((LABEL.into(), at(60))),
            correlations: vec!["first".into()],
            dead_letters: vec![DeadLetter { reason, about: "it".to_owned() }],
            ..named("1", note("once"))
        };
        process.execute(whole.clone()).await.unwrap();
        assert_eq!(process.execute(whole.clone()).await.unwrap().notes, ["once"]);
        assert_eq!(house.engine.store().dead_letters().await.unwrap().rows.len(), 1, "its dead letter is written once");
        // A new message under the old name is settled, and says nothing new about the process.
        let settles_inbox = Some(house.accept("two").await);
        process.execute(Execute { settles_inbox, correlations: vec!["second".into()], ..whole }).await.unwrap();
        assert_eq!(house.engine.store().inbox_pending(9).await.unwrap().rows, []);
        assert_eq!(house.engine.store().correlated(&tenant(), &"first".into()).await.unwrap().len(), 1);
        assert_eq!(house.engine.store().correlated(&tenant(), &"second".into()).await.unwrap(), []);
        // Whatever else stands in the way is still told.
        let mut early = house.accept("three").await;
        early.part = 1;
        let refused = process.execute(Execute { settles_inbox: Some(early), ..named("1", note("once")) }).await;
        let Err(ExecuteError::Commit(CommitError::InboxConflict { reason, .. })) = refused else { panic!("{refused:?}") };
        assert_eq!(reason, InboxRefusal::EarlierPartOpen);
    })
    .await;
}

#[tokio::test]
async fn a_repetition_is_no_failure() {
    everywhere(async |place| {
        let house = place.house(at(0));
        for _ in 0..3 {
            house.engine.spawn::<Inquiry>(RULES, named("1", ask("malo"))).await.unwrap();
        }
        let counted = house.engine.metrics().prometheus();
        for (outcome, times) in [("executed", 1), ("repeated", 2), ("failed", 0)] {
            let sample = format!("mako_commands_total{{workflow=\"inquiry\",outcome=\"{outcome}\"}} {times}\n");
            assert!(counted.contains(&sample), "{sample}{counted}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_name_belongs_to_one_process() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let one = house.ask("malo", "partner", at(60)).await;
        let other = house.ask("melo", "partner", at(60)).await;
        one.execute(named("1", note("mine"))).await.unwrap();
        let refused = other.execute(named("1", note("yours"))).await;
        let Err(ExecuteError::Commit(CommitError::AlreadyExecuted { key, stream })) = refused else { panic!("{refused:?}") };
        assert_eq!((key, &stream), (IdempotencyKey::new("1"), &one.identity().stream));
        assert_eq!(notes(&other).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn what_rides_on_it_is_settled_all_the_same() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        process.execute(named("1", note("once"))).await.unwrap();
        let settles_inbox = Some(house.accept("again").await);
        process.execute(Execute { settles_inbox, ..named("1", note("once")) }).await.unwrap();
        assert_eq!(house.engine.store().inbox_pending(9).await.unwrap().rows, []);
        assert_eq!(notes(&process).await, ["once"]);
        let counted = house.engine.metrics().prometheus();
        assert!(counted.contains("outcome=\"repeated\"} 1"), "{counted}");
    })
    .await;
}
