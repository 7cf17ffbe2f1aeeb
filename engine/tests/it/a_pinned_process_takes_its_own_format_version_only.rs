//! `WorkflowVersionPolicy::Pinned`: a message of another format version is refused with a named reason, and nothing else changes.

use crate::testing::inquiry::{Command, LABEL, State, adapt};
use crate::testing::pinned::PinnedInquiry;
use crate::testing::{House, RULES, at, everywhere, inbound};
use mako_engine::routing::{Adapters, Inbound, Route, RouteKey};
use mako_engine::{EngineBuilder, FormatVersion, StreamId, Workflow as _};

const NEXT: FormatVersion = FormatVersion::Fv2026_04_01;

fn wire(builder: EngineBuilder) -> EngineBuilder {
    builder
        .format_versions(RULES..)
        .workflow::<PinnedInquiry>(Adapters::from(RULES, adapt))
        .route(RouteKey::of("UTILMD").pid("55001"), Route::Starts(PinnedInquiry::NAME))
        .route(RouteKey::of("UTILMD").pid("55002"), Route::Continues)
}

fn ask() -> Command {
    Command::Ask { malo: "malo".to_owned(), recipient: "partner".to_owned(), due: at(60) }
}

async fn state(house: &House, stream: &StreamId) -> State {
    house.engine.resume::<PinnedInquiry>(stream).await.unwrap().state().await.unwrap()
}

#[tokio::test]
async fn the_other_version_is_a_dead_letter_with_both_names() {
    everywhere(async |place| {
        for (rules, other) in [(RULES, NEXT), (NEXT, RULES)] {
            let house = House::wired(&place, at(0), wire);
            let stream = house.processed(&Inbound { format_version: rules, ..inbound("55001", "malo", ask()) }).await;
            let answer = |version| Inbound { format_version: version, ..inbound("55002", "malo", Command::Answer) };

            let said = house.dead(&answer(other)).await;
            assert_eq!(said, format!("version_mismatch: version {other} came where {rules} is due"));
            assert_eq!(house.letters.reasons().pop().unwrap().audit().process.as_ref(), Some(&stream));
            assert!(!state(&house, &stream).await.answered);

            assert_eq!(house.processed(&answer(rules)).await, stream);
            assert!(state(&house, &stream).await.answered);
        }
    })
    .await;
}

/// What is no message has no format version: the deadline of a pinned process fires after the cutover as well.
#[tokio::test]
async fn its_deadlines_fire_after_the_cutover() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), wire);
        let due = NEXT.valid_from().plus_seconds(3_600);
        let command = Command::Ask { malo: "malo".to_owned(), recipient: "partner".to_owned(), due };
        let stream = house.processed(&inbound("55001", "malo", command)).await;
        house.scheduler().run_at(&house.clock, due);
        assert_eq!(state(&house, &stream).await.lapsed_at, Some(due));
        assert!(house.engine.store().deadlines_due(due, 1).await.unwrap().rows.is_empty(), "{LABEL} has fired");
    })
    .await;
}
