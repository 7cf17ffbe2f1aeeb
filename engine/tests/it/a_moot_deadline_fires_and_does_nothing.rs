//! Deadlines that nobody cancels: on the healthy path every one fires, and none acts.

use crate::testing::inquiry::Event;
use crate::testing::{House, RULES, at, by_hand, everywhere, tenant};
use mako_engine::routing::Adapters;
use mako_engine::workflow::TimeoutDeadline;
use mako_engine::{Decision, Workflow, WorkflowResult};

/// Waits for an answer, and cancels nothing when it comes.
struct Forgetful;

#[derive(Debug, Clone, PartialEq)]
enum Command {
    Begin,
    Answer,
    Timeout(TimeoutDeadline),
}

impl From<TimeoutDeadline> for Command {
    fn from(timeout: TimeoutDeadline) -> Self {
        Self::Timeout(timeout)
    }
}

impl Workflow for Forgetful {
    const NAME: &'static str = "forgetful";
    const DEADLINE_LABELS: &'static [&'static str] = &["receipt", "answer"];
    /// Whether the answer is there.
    type State = bool;
    type Command = Command;
    type Event = Event;

    fn handle(answered: &bool, command: Command) -> WorkflowResult<Event> {
        Ok(match command {
            Command::Begin => Decision::event(Event::Withdrawn).deadline("receipt", at(60), "").deadline("answer", at(120), ""),
            Command::Answer => Decision::event(Event::Answered),
            Command::Timeout(_) if *answered => Decision::nothing(),
            Command::Timeout(timeout) => Decision::event(Event::Lapsed { due: timeout.due, fired_at: timeout.fired_at }),
        })
    }

    fn apply(answered: bool, event: &Event) -> bool {
        answered || *event == Event::Answered
    }
}

#[tokio::test]
async fn fired_is_armed_and_acted_is_none() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), |builder| builder.workflow::<Forgetful>(Adapters::none()));
        for _ in 0..10 {
            let process = house.engine.spawn::<Forgetful>(RULES, by_hand(Command::Begin)).await.unwrap();
            process.execute(by_hand(Command::Answer)).await.unwrap();
        }
        let mut scheduler = house.scheduler();
        for minute in 0..10 {
            scheduler.run_at(&house.clock, at(60 * minute));
        }
        let commits = house.store.taken();
        let armed: usize = commits.iter().map(|commit| commit.deadlines_set.len()).sum();
        let fired: Vec<_> = commits.iter().filter(|commit| commit.deadline_fired.is_some()).collect();
        assert_eq!((armed, fired.len()), (20, 20));
        assert!(fired.iter().all(|commit| commit.events.is_empty() && commit.outbox.is_empty()), "a moot deadline acted");
        assert_eq!(house.engine.store().deadlines_due(at(86_400), 9).await.unwrap().rows, []);
        assert!(house.engine.store().processes(&tenant()).await.unwrap().iter().all(|record| !record.ended));
    })
    .await;
}
