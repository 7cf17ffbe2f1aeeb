//! Pitfalls 35, 36, 46 and 54: a message that continues a conversation finds its process by what it refers to, and by nothing else.

use crate::testing::inquiry::{Command, Inquiry, adapt};
use crate::testing::pinned::PinnedInquiry;
use crate::testing::{House, RULES, at, by_hand, everywhere, inbound};
use mako_engine::routing::{Adapters, Inbound, Route, RouteKey};
use mako_engine::{CorrelationKey, EngineBuilder, Workflow};

fn wire(builder: EngineBuilder) -> EngineBuilder {
    builder
        .format_versions(RULES..)
        .workflow::<Inquiry>(Adapters::from(RULES, adapt))
        .workflow::<PinnedInquiry>(Adapters::from(RULES, adapt))
        .route(RouteKey::of("UTILMD").pid("55001"), Route::Starts(Inquiry::NAME))
        .route(RouteKey::of("UTILMD").pid("55077"), Route::Starts(PinnedInquiry::NAME))
        .route(RouteKey::of("UTILMD").pid("55078"), Route::ContinuesIn(PinnedInquiry::NAME))
        .route(RouteKey::of("REMADV").pid("33001"), Route::Continues)
        .route(RouteKey::of("MSCONS").pid("13003"), Route::Joins(Inquiry::NAME))
}

fn ask(malo: &str) -> Command {
    Command::Ask { malo: malo.to_owned(), recipient: "partner".to_owned(), due: at(60) }
}

fn note() -> Command {
    Command::Note("here".to_owned())
}

fn remadv(references: &[&str]) -> Inbound {
    let references = references.iter().map(|reference| CorrelationKey::new(*reference)).collect();
    Inbound { message_type: "REMADV".to_owned(), references, ..inbound("33001", "", note()) }
}

/// A process of `W` about `malo` that is also known under `keys`.
async fn known_as<W: Workflow<Command = Command>>(house: &House, malo: &str, keys: &[&str]) -> mako_engine::StreamId {
    let mut execute = by_hand(ask(malo));
    execute.correlations = keys.iter().map(|key| CorrelationKey::new(*key)).collect();
    house.engine.spawn::<W>(RULES, execute).await.unwrap().identity().stream.clone()
}

#[tokio::test]
async fn a_pid_that_workflows_share_goes_where_its_reference_points() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), wire);
        let (one, other) = (known_as::<Inquiry>(&house, "a", &[]).await, known_as::<PinnedInquiry>(&house, "b", &[]).await);
        assert_eq!(house.processed(&remadv(&["a"])).await, one);
        assert_eq!(house.processed(&remadv(&["b"])).await, other);
        // The best reference comes first; one that nobody knows is passed over.
        assert_eq!(house.processed(&remadv(&["nobody", "b", "a"])).await, other);
    })
    .await;
}

#[tokio::test]
async fn a_route_to_one_workflow_passes_the_others_over() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), wire);
        let pinned = known_as::<PinnedInquiry>(&house, "b", &["shared"]).await;
        let younger = known_as::<Inquiry>(&house, "a", &["shared"]).await;
        assert_eq!(house.processed(&inbound("55078", "shared", note())).await, pinned);
        assert_eq!(house.processed(&remadv(&["shared"])).await, younger);
    })
    .await;
}

/// The first of many messages about one thing begins what the others go on with; what has ended is not woken.
#[tokio::test]
async fn a_message_joins_the_living_process_that_it_names_and_starts_one_where_there_is_none() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), wire);
        let series = |command: Command, key: &str| Inbound { message_type: "MSCONS".to_owned(), ..inbound("13003", key, command) };
        let first = house.processed(&series(ask("a"), "a")).await;
        assert_eq!(house.processed(&series(note(), "a")).await, first);
        let other = house.processed(&series(ask("b"), "b")).await;
        assert_ne!(other, first);
        house.processed(&series(Command::Answer, "a")).await;
        let again = house.processed(&series(ask("a"), "a")).await;
        assert!(again != first && again != other, "{again}");
        // A process of another workflow under the same key is not meant.
        known_as::<PinnedInquiry>(&house, "c", &["c"]).await;
        let own = house.processed(&series(ask("d"), "c")).await;
        assert!(![first, other, again].contains(&own));
    })
    .await;
}

/// The ConversationId is empty by profile. Whoever correlates on it anyway must not get everybody's messages.
#[tokio::test]
async fn an_empty_reference_is_no_reference() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), wire);
        let (one, other) = (known_as::<Inquiry>(&house, "a", &[""]).await, known_as::<Inquiry>(&house, "b", &[""]).await);
        assert_eq!(house.processed(&remadv(&["", "a"])).await, one);
        assert_eq!(house.processed(&remadv(&["", "b"])).await, other);
        for nothing in [&[""][..], &[]] {
            assert_eq!(house.dead(&remadv(nothing)).await, "unknown_conversation: it refers to no conversation");
        }
    })
    .await;
}

/// Two senders name their interchange and their Vorgang `A1`, under one message id even.
#[tokio::test]
async fn the_same_reference_of_two_senders_is_two_conversations() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), wire);
        let mut streams = Vec::new();
        for sender in ["9900000000002", "9900000000003"] {
            house.accept_from(sender, "A1").await;
            streams.push(known_as::<Inquiry>(&house, sender, &[&format!("Vorgang/{sender}/A1")]).await);
        }
        assert_eq!(house.engine.store().inbox_pending(9).await.unwrap().rows.len(), 2);
        assert_eq!(house.processed(&remadv(&["Vorgang/9900000000003/A1"])).await, streams[1]);
        assert_eq!(house.processed(&remadv(&["Vorgang/9900000000002/A1"])).await, streams[0]);
        assert_eq!(house.dead(&remadv(&["A1"])).await, "unknown_conversation: nobody here had the conversation A1");
    })
    .await;
}

/// The store outlives the wiring: a process may belong to a workflow that this engine was built without.
#[tokio::test]
async fn a_process_that_the_engine_cannot_drive_is_named() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), wire);
        let stream = known_as::<PinnedInquiry>(&house, "b", &[]).await;
        drop(house);
        let without = |builder: EngineBuilder| {
            let builder = builder.format_versions(RULES..).workflow::<Inquiry>(Adapters::from(RULES, adapt));
            builder.route(RouteKey::of("REMADV"), Route::Continues)
        };
        let house = House::wired(&place, at(1), without);
        let said = house.dead(&remadv(&["b"])).await;
        let expected =
            format!("processing_error: not possible now: {stream} belongs to workflow pinned-inquiry, which this engine does not have");
        assert!(said.starts_with(&expected), "{said}");
        assert_eq!(house.letters.reasons().pop().unwrap().audit().process, Some(stream));
    })
    .await;
}

#[tokio::test]
async fn a_message_about_a_sent_one_finds_the_process_that_queued_it() {
    everywhere(async |place| {
        let reference = |id: mako_engine::Id| CorrelationKey::new(format!("sent/{id}"));
        let house = House::wired(&place, at(0), |builder| wire(builder).sent_under(move |queued| Some(reference(queued.id))));
        let (one, other) = (known_as::<Inquiry>(&house, "a", &[]).await, known_as::<Inquiry>(&house, "b", &[]).await);
        // Also when it was not the first command that queued it, and not the first message of its decision.
        let also = by_hand(Command::AskAlso(vec!["second".to_owned(), "third".to_owned()]));
        house.engine.resume::<Inquiry>(&one).await.unwrap().execute(also).await.unwrap();
        let queued = house.engine.store().outbox_due(at(0), 10).await.unwrap().rows;
        assert_eq!(queued.len(), 4);
        for message in queued {
            let sender = if message.stream == one { &one } else { &other };
            assert_eq!(house.processed(&remadv(&[reference(message.id).as_str()])).await, *sender);
        }
    })
    .await;
}
