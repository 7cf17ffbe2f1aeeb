//! Whatever a workflow decides, the engine takes it whole or refuses it with an error, and never panics.

use crate::testing::inquiry::Event;
use crate::testing::watched::picture;
use crate::testing::{House, RULES, at, by_hand, everywhere, tenant};
use mako_engine::routing::Adapters;
use mako_engine::testing::SeededIds;
use mako_engine::workflow::TimeoutDeadline;
use mako_engine::{BusinessKey, CorrelationKey, Decision, IdSource as _, Outgoing, Timestamp, Workflow, WorkflowResult};

struct Puppet;

#[derive(Debug, Clone)]
enum Command {
    Decide(Decision<Event>),
    Timeout,
}

impl From<TimeoutDeadline> for Command {
    fn from(_: TimeoutDeadline) -> Self {
        Self::Timeout
    }
}

impl Workflow for Puppet {
    const NAME: &'static str = "puppet";
    const DEADLINE_LABELS: &'static [&'static str] = &["mine", ""];
    type State = u32;
    type Command = Command;
    type Event = Event;

    fn handle(_: &u32, command: Command) -> WorkflowResult<Event> {
        Ok(match command {
            Command::Decide(decision) => decision,
            Command::Timeout => Decision::nothing(),
        })
    }

    fn apply(events: u32, _: &Event) -> u32 {
        events.wrapping_add(1)
    }
}

const NAMES: [&str; 6] = ["", "a", "a\0", "a/b", "ä", "\u{10ffff}"];

/// A decision drawn from everything that can be decided.
fn drawn(dice: &SeededIds) -> Decision<Event> {
    let below = |bound: u64| (dice.next_u64() >> 8) % bound;
    let name = || NAMES[below(NAMES.len() as u64) as usize];
    let mut decision = Decision::nothing();
    for _ in 0..below(3) {
        decision = decision.and(Event::Noted { text: name().to_owned() });
    }
    for _ in 0..below(3) {
        let message = Outgoing::new(name(), name(), name(), &name()).unwrap();
        decision = decision.send(if below(2) == 0 { message.fulfils(name()) } else { message });
    }
    for _ in 0..below(3) {
        let label = ["mine", "", "foreign"][below(3) as usize];
        let due = [Timestamp::MAX, Timestamp::EPOCH, at(0), at(60)][below(4) as usize];
        decision = if below(3) == 0 { decision.cancel(label) } else { decision.deadline(label, due, name()) };
    }
    for _ in 0..below(3) {
        decision = decision.claim(BusinessKey::new(name())).correlate(CorrelationKey::new(name()));
    }
    if below(8) == 0 { decision.end() } else { decision }
}

#[tokio::test]
async fn and_a_refused_one_leaves_no_trace() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), |builder| builder.workflow::<Puppet>(Adapters::none()));
        let dice = SeededIds::new(55);
        let (mut taken, mut refused) = (0, 0);
        let mut process = None;
        for _ in 0..400 {
            let before = picture(house.engine.store(), &tenant()).await;
            let execute = by_hand(Command::Decide(drawn(&dice)));
            let done = match (&process, dice.next_u64() % 4) {
                (Some(process), 1..) => mako_engine::Process::<Puppet>::execute(process, execute).await.map(drop),
                _ => house.engine.spawn::<Puppet>(RULES, execute).await.map(|begun| process = Some(begun)),
            };
            match done {
                Ok(()) => taken += 1,
                Err(_) => {
                    refused += 1;
                    assert_eq!(picture(house.engine.store(), &tenant()).await, before);
                    // Nor in memory: the next command stands on what is stored.
                    if let Some(process) = &process {
                        let noted = by_hand(Command::Decide(Decision::event(Event::Withdrawn)));
                        assert_eq!(process.execute(noted).await.unwrap(), process.state().await.unwrap());
                    }
                }
            }
        }
        assert!(taken > 50 && refused > 50, "{taken} taken, {refused} refused: that proves little");
        house.scheduler().run_at(&house.clock, at(3_600));
        house.postman().0.run_until_quiet();
    })
    .await;
}
