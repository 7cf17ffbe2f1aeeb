//! Law 1: everything that one command causes is one commit; what is refused changes nothing.

use crate::testing::inquiry::{Command, Inquiry, LABEL, State};
use crate::testing::watched::picture;
use crate::testing::{RULES, at, by_hand, everywhere, tenant};
use mako_engine::commit::CommitError;
use mako_engine::inbox::{InboxKey, InboxSettlement, Outcome};
use mako_engine::{BusinessKey, ExecuteError, StreamId};

#[tokio::test]
async fn a_full_decision_lands_together_and_is_there_after_a_restart() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let settles = house.accept("m").await;
        let command = Command::Ask { malo: "malo".to_owned(), recipient: "partner".to_owned(), due: at(60) };
        let mut execute = by_hand(command);
        execute.settles_inbox = Some(settles.clone());
        execute.correlations = vec!["extra".into()];
        let stream = house.engine.spawn::<Inquiry>(RULES, execute).await.unwrap().identity().stream.clone();
        assert_eq!(house.store.taken().len(), 2, "one commit accepts, one does the rest");

        drop(house);
        let house = place.house(at(1));
        let store = house.engine.store();
        assert_eq!(store.read_stream(&tenant(), &stream, 0, 9).await.unwrap().len(), 1);
        let queued = store.outbox_due(at(0), 9).await.unwrap().rows;
        assert_eq!(queued.iter().map(|m| (m.message.kind.as_str(), m.caused_by)).collect::<Vec<_>>(), [("question", 1)]);
        let deadlines = store.deadlines_of(&tenant(), &stream).await.unwrap();
        assert_eq!(deadlines.iter().map(|d| (d.label.as_str(), d.due)).collect::<Vec<_>>(), [(LABEL, at(60))]);
        assert_eq!(store.holder(&tenant(), &BusinessKey::new("inquiry/malo")).await.unwrap(), Some(stream.clone()));
        for key in ["malo", "extra"] {
            assert_eq!(store.correlated(&tenant(), &key.into()).await.unwrap().len(), 1, "{key}");
        }
        assert!(store.inbox_entry(&settles.key).await.unwrap().unwrap().done);
    })
    .await;
}

#[tokio::test]
async fn an_effect_without_an_event_is_refused() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        let before = picture(house.engine.store(), &tenant()).await;
        let refused = process.execute(by_hand(Command::SendInSilence)).await;
        assert!(matches!(refused, Err(ExecuteError::Commit(CommitError::EffectWithoutEvent { .. }))), "{refused:?}");
        assert_eq!(picture(house.engine.store(), &tenant()).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_deadline_label_that_the_workflow_does_not_own_is_refused() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        let before = picture(house.engine.store(), &tenant()).await;
        // A label that is mistyped where it is cancelled would leave the deadline standing.
        for wrong in [Command::SetForeignDeadline, Command::CancelForeignDeadline] {
            let refused = process.execute(by_hand(wrong)).await.unwrap_err();
            assert!(refused.to_string().contains("`foreign`, which is not in its DEADLINE_LABELS"), "{refused}");
        }
        assert_eq!(picture(house.engine.store(), &tenant()).await, before);
    })
    .await;
}

#[tokio::test]
async fn a_refused_commit_changes_nothing() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let first = house.ask("malo", "partner", at(60)).await;
        let before = picture(house.engine.store(), &tenant()).await;
        let ask = |malo: &str| Command::Ask { malo: malo.to_owned(), recipient: "partner".to_owned(), due: at(60) };

        let taken = house.engine.spawn::<Inquiry>(RULES, by_hand(ask("malo"))).await.err().unwrap();
        let holder = first.identity().stream.clone();
        assert!(matches!(taken, ExecuteError::Commit(CommitError::BusinessKeyTaken { holder: found, .. }) if found == holder));

        let mut settles_nothing = by_hand(ask("other"));
        let key = InboxKey { tenant: tenant(), sender: "nobody".to_owned(), message_id: "never".to_owned() };
        settles_nothing.settles_inbox = Some(InboxSettlement { key, part: 0, last: true, outcome: Outcome::Processed, token: None });
        let conflict = house.engine.spawn::<Inquiry>(RULES, settles_nothing).await.err().unwrap();
        assert!(matches!(conflict, ExecuteError::Commit(CommitError::InboxConflict { .. })));
        assert_eq!(picture(house.engine.store(), &tenant()).await, before);

        // The key is free again as soon as its holder has ended.
        first.execute(by_hand(Command::Answer)).await.unwrap();
        house.ask("malo", "partner", at(60)).await;
    })
    .await;
}

#[tokio::test]
async fn a_decision_that_cannot_be_stored_is_no_rejection_and_has_no_effect() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        let before = picture(house.engine.store(), &tenant()).await;
        let refused = process.execute(by_hand(Command::SayTheUnspeakable)).await.unwrap_err();
        let ExecuteError::UnserialisableEvent { event_type: "Unspeakable", detail, .. } = &refused else { panic!("{refused:?}") };
        assert!(detail.contains("there is no word for it"), "{refused}");
        let refused = process.execute(by_hand(Command::FulfilForeignDeadline)).await.unwrap_err();
        assert!(matches!(&refused, ExecuteError::UnownedDeadline { label, .. } if label.as_str() == "foreign"), "{refused}");
        assert_eq!(picture(house.engine.store(), &tenant()).await, before);
        assert_eq!(process.state().await.unwrap().malo.as_deref(), Some("malo"));
        let counted = house.engine.metrics().prometheus();
        assert!(counted.contains("outcome=\"failed\"} 2") && counted.contains("outcome=\"rejected\"} 0"), "{counted}");
    })
    .await;
}

#[tokio::test]
async fn a_rejected_command_has_no_effect() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        let answered = process.execute(by_hand(Command::Answer)).await.unwrap();
        let before = picture(house.engine.store(), &tenant()).await;
        let rejected = process.execute(by_hand(Command::Note("too late".to_owned()))).await;
        assert!(matches!(rejected, Err(ExecuteError::Rejected(rejection)) if rejection.code == "over"));
        assert_eq!(picture(house.engine.store(), &tenant()).await, before);
        assert_eq!(process.state().await.unwrap(), answered);
        assert_ne!(answered, State::default());
        // A process that was never started is none, and one of another name is not this one.
        let nobody = house.engine.resume::<Inquiry>(&StreamId::new("inquiry/nobody")).await;
        assert!(matches!(nobody, Err(ExecuteError::NoSuchProcess { .. })));
    })
    .await;
}
