//! Pitfalls 21, 47 and 54: what the table promises happens. A routed message ends in an event of its process or in a dead letter, and
//! nobody starts what the engine could not go on with.

use crate::testing::inquiry::{Command, Inquiry, adapt};
use crate::testing::pinned::PinnedInquiry;
use crate::testing::{House, RULES, at, by_hand, everywhere, inbound};
use mako_engine::dead_letter::DeadLetterReason;
use mako_engine::fristen::Sparte;
use mako_engine::routing::{AdaptError, Adapters, Inbound, Route, RouteKey};
use mako_engine::{EngineBuilder, ExecuteError, FormatVersion, IdSource, Received, Workflow as _};

/// Takes three of the Prüfidentifikatoren that are routed to it, and nothing from a message without its parties.
fn choosy(inbound: &Inbound, rules: FormatVersion, ids: &dyn IdSource) -> Result<Command, AdaptError> {
    let refuse = |detail: &str| Err(AdaptError { about: inbound.about.clone(), detail: detail.to_owned() });
    match inbound.pid.as_deref() {
        _ if inbound.sender.is_empty() => refuse("NAD+MS names no sender"),
        None | Some("55001" | "55002" | "55077") => adapt(inbound, rules, ids),
        Some(pid) => refuse(&format!("nobody thought of {pid}")),
    }
}

fn wire(builder: EngineBuilder) -> EngineBuilder {
    let utilmd = |pid| RouteKey::of("UTILMD").pid(pid);
    builder
        .format_versions(RULES..)
        .workflow::<Inquiry>(Adapters::from(RULES, choosy))
        .workflow::<PinnedInquiry>(Adapters::from(RULES, choosy))
        .route(utilmd("55001"), Route::Starts(Inquiry::NAME))
        .route(utilmd("55002"), Route::ContinuesIn(Inquiry::NAME))
        .route(utilmd("55003"), Route::ContinuesIn(Inquiry::NAME))
        .route(utilmd("55077").sparte(Sparte::Strom), Route::Starts(PinnedInquiry::NAME))
        .route(utilmd("55078").role("operator"), Route::Continues)
        .route(RouteKey::of("APERAK"), Route::Continues)
}

#[tokio::test]
async fn each_route_is_tried_before_and_after_its_conversation_began_and_in_every_version() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), wire);
        let ask = |malo: String| Command::Ask { malo, recipient: "partner".to_owned(), due: at(60) };
        let (mut processed, mut dead) = (0, 0);
        for (number, claim) in house.engine.router().iter().enumerate() {
            for (round, version) in FormatVersion::ALL.into_iter().enumerate() {
                for reference in ["nobody".to_owned(), format!("{number}/{round}")] {
                    let mut known = by_hand(ask(format!("known {reference}/{processed}/{dead}")));
                    known.correlations = vec![format!("{number}/{round}").as_str().into()];
                    house.engine.spawn::<Inquiry>(RULES, known).await.unwrap();
                    let command = match claim.route {
                        Route::Starts(_) | Route::Joins(_) => ask(format!("{reference}/{processed}/{dead}")),
                        Route::Continues | Route::ContinuesIn(_) => Command::Note("here".to_owned()),
                    };
                    let message = Inbound {
                        message_type: claim.on.message_type.clone(),
                        pid: claim.on.pid.clone(),
                        sparte: claim.on.sparte.unwrap_or(Sparte::Gas),
                        role: claim.on.role.clone().unwrap_or_else(|| "anybody".into()),
                        format_version: version,
                        ..inbound("", &reference, command)
                    };
                    let received = house.receive(&message).await;
                    let commit = house.store.taken().pop().unwrap();
                    assert!(commit.settles_inbox.is_some() && !commit.events.is_empty(), "{claim} {version}: nothing happened");
                    match received {
                        Received::Processed(stream) => {
                            processed += 1;
                            assert_eq!((commit.stream, commit.dead_letters.len()), (stream, 0));
                        }
                        Received::DeadLettered(reason) => {
                            dead += 1;
                            assert!(!matches!(reason, DeadLetterReason::UnknownPid { .. }), "{claim} is routed");
                            assert_eq!(commit.dead_letters.len(), 1);
                        }
                    }
                }
            }
        }
        // Three versions have adapters. Two routes start something in each; two continue what is known; the rest is refused.
        assert_eq!((processed, dead), (3 * (2 + 2 + 1 + 1), 2 * 6 * 11 - 3 * (2 + 2 + 1 + 1)));
        assert_eq!(house.engine.store().dead_letters().await.unwrap().rows.len(), dead);
        assert_eq!(house.letters.reasons().len(), dead);
    })
    .await;
}

#[tokio::test]
async fn a_missing_party_is_a_dead_letter_and_no_panic() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), wire);
        house.ask("malo", "partner", at(60)).await;
        let nobody = Inbound { sender: String::new(), ..inbound("55002", "malo", Command::Answer) };
        let said = "processing_error: not possible now: UTILMD 55002 cannot become a command: NAD+MS names no sender";
        assert_eq!(house.dead(&nobody).await, said);
    })
    .await;
}

#[tokio::test]
async fn a_process_whose_deadlines_nobody_would_fire_is_not_started() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let ask = Command::Ask { malo: "malo".to_owned(), recipient: "partner".to_owned(), due: at(60) };
        let refused = house.engine.spawn::<PinnedInquiry>(RULES, by_hand(ask)).await.err().unwrap();
        assert!(matches!(refused, ExecuteError::UnknownWorkflow(PinnedInquiry::NAME)), "{refused}");
        assert!(house.store.taken().is_empty());
    })
    .await;
}
