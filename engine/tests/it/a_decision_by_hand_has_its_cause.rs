//! A person sees who waits and until when, and decides: what follows has that person and the reason as its cause, and a question that it
//! answers is asked no more.

use crate::testing::inquiry::{Command, Event, Inquiry};
use crate::testing::watched::picture;
use crate::testing::{RULES, at, by_hand, everywhere, tenant};
use mako_engine::engine::{ByHand, Waiting, waiting};
use mako_engine::{Cause, CommitError, ExecuteError, Id, Timestamp};

fn meier(answers: Option<Id>) -> ByHand {
    ByHand { by: "A. Meier".to_owned(), because: "the partner phoned".to_owned(), answers }
}

#[tokio::test]
async fn who_waits_is_listed_by_the_frist_that_ends_first() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (late, soon) = (house.ask("late", "partner", at(500)).await, house.ask("soon", "partner", at(90)).await);
        let withdrawn = house.ask("withdrawn", "partner", at(60)).await;
        withdrawn.execute(by_hand(Command::Withdraw)).await.unwrap();
        let ended = house.ask("answered", "partner", at(70)).await;
        ended.execute(by_hand(Command::Answer)).await.unwrap();

        let waits = waiting(house.engine.store(), &tenant()).await.unwrap();
        let of =
            |waits: &Waiting| (waits.process.identity.stream.clone(), waits.deadlines.first().map(|frist| frist.due), waits.queued.len());
        let stream = |process: &mako_engine::Process<Inquiry>| process.identity().stream.clone();
        let expected = [(stream(&soon), Some(at(90)), 1), (stream(&late), Some(at(500)), 1), (stream(&withdrawn), None, 1)];
        assert_eq!(waits.iter().map(of).collect::<Vec<_>>(), expected);
        assert_eq!(waits[0].process.identity.rules, RULES);
    })
    .await;
}

#[tokio::test]
async fn every_event_of_a_decision_names_who_decided_and_why_and_the_question_leaves_with_it() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        let (stream, question) = (&process.identity().stream, waiting(house.engine.store(), &tenant()).await.unwrap()[0].queued[0].id);
        house.clock.set(at(7));
        let state = house.engine.decide::<Inquiry>(stream, Command::Answer, meier(Some(question))).await.unwrap();
        assert!(state.answered);
        let last = house.engine.store().read_stream(&tenant(), stream, 1, 9).await.unwrap().pop().unwrap();
        assert_eq!((last.payload.decode::<Event>().unwrap(), last.at), (Event::Answered, at(7)));
        let (by, because) = ("A. Meier".to_owned(), "the partner phoned".to_owned());
        assert_eq!(last.cause, Cause::Person { by, because });
        assert!(house.engine.store().outbox_due(Timestamp::MAX, 9).await.unwrap().rows.is_empty());
        assert_eq!(house.engine.store().deadlines_of(&tenant(), stream).await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_decision_that_makes_no_sense_changes_nothing() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let (process, other) = (house.ask("a", "partner", at(60)).await, house.ask("b", "partner", at(60)).await);
        let stream = &process.identity().stream;
        let waits = waiting(house.engine.store(), &tenant()).await.unwrap();
        let question_of =
            |stream: &mako_engine::StreamId| waits.iter().find(|waits| waits.process.identity.stream == *stream).unwrap().queued[0].id;
        let before = picture(house.engine.store(), &tenant()).await;
        for foreign in [question_of(&other.identity().stream), Id::from_u128(7)] {
            let refused = house.engine.decide::<Inquiry>(stream, Command::Answer, meier(Some(foreign))).await.unwrap_err();
            assert!(matches!(refused, ExecuteError::Commit(CommitError::OutboxConflict(id)) if id == foreign), "{refused}");
        }
        let refused = house.engine.decide::<Inquiry>(&"inquiry/none".into(), Command::Answer, meier(None)).await.unwrap_err();
        assert!(matches!(refused, ExecuteError::NoSuchProcess { .. }), "{refused}");
        assert_eq!(picture(house.engine.store(), &tenant()).await, before);

        house.engine.decide::<Inquiry>(stream, Command::Answer, meier(None)).await.unwrap();
        let before = picture(house.engine.store(), &tenant()).await;
        let refused = house.engine.decide::<Inquiry>(stream, Command::Answer, meier(None)).await.unwrap_err();
        assert!(matches!(refused, ExecuteError::Rejected(_)), "{refused}");
        assert_eq!(picture(house.engine.store(), &tenant()).await, before);
    })
    .await;
}
