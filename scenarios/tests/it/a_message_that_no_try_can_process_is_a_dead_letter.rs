//! Law 6, when the process itself is wrong: its message goes to the dead letters and holds up nobody.

use std::sync::Arc;

use mako_engine::boundary::boundary_stream;
use mako_engine::dead_letter::AuditContext;
use mako_engine::fristen::Sparte;
use mako_engine::inbox::{Accept, InboxKey, InboxSettlement, Outcome};
use mako_engine::routing::{Adapters, Inbound, Route, RouteKey};
use mako_engine::store::KeyedStore;
use mako_engine::testing::MemoryBackend;
use mako_engine::{
    Cause, Commit, Decision, EngineBuilder, EventPayload, FormatVersion, IdSource, Received, TenantId, TimeoutDeadline, Timestamp,
    Workflow, WorkflowResult,
};
use mako_sim::clock::{Agenda, NodeClock};
use mako_sim::ids::NodeIds;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Asked;

impl EventPayload for Asked {
    const TYPES: &'static [(&'static str, u16)] = &[("Asked", 1)];

    fn event_type(&self) -> &'static str {
        "Asked"
    }
}

#[derive(Clone)]
struct Ask;

impl From<TimeoutDeadline> for Ask {
    fn from(_: TimeoutDeadline) -> Self {
        Self
    }
}

/// Sets a deadline that it does not own, whatever it is asked.
struct Careless;

impl Workflow for Careless {
    const NAME: &'static str = "careless";
    const DEADLINE_LABELS: &'static [&'static str] = &[];
    type State = ();
    type Command = Ask;
    type Event = Asked;

    fn handle((): &(), _: Ask) -> WorkflowResult<Asked> {
        Ok(Decision::event(Asked).deadline("nobody's", Timestamp::EPOCH, ""))
    }

    fn apply((): (), _: &Asked) {}
}

#[test]
fn and_is_settled() {
    let tenant = TenantId::new("9999000002010");
    let store = Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap());
    let clock = Arc::new(NodeClock::new(Agenda::starting_at(Timestamp::EPOCH), 0));
    let version = FormatVersion::LATEST;
    let engine = EngineBuilder::new(tenant.clone(), store, clock, Arc::new(NodeIds::new(0, 0)))
        .format_versions(version..=version)
        .workflow::<Careless>(Adapters::from(version, |_: &Inbound, _: FormatVersion, _: &dyn IdSource| Ok(Ask)))
        .route(RouteKey::of("UTILMD").pid("55001"), Route::Starts("careless"))
        .build()
        .unwrap();

    let key = InboxKey { tenant: tenant.clone(), sender: "9999000001012".to_owned(), message_id: "1".to_owned() };
    let cause = Cause::Message { inbox: key.clone(), part: 0 };
    let mut accept = Commit::new(tenant, boundary_stream(), Timestamp::EPOCH, cause);
    accept.accepts = Some(Accept { key: key.clone(), received_at: Timestamp::EPOCH, payload: Vec::new(), known_until: Timestamp::MAX });
    now(engine.commit(accept)).unwrap();

    let inbound = Inbound {
        message_type: "UTILMD".to_owned(),
        pid: Some("55001".to_owned()),
        sparte: Sparte::Strom,
        role: "receiver".into(),
        format_version: version,
        sender: "9999000001012".to_owned(),
        received_at: Timestamp::EPOCH,
        references: Vec::new(),
        idempotency_key: None,
        about: "UTILMD 55001".to_owned(),
        audit: AuditContext::at(Timestamp::EPOCH),
        body: Arc::new(()),
    };
    let settles = InboxSettlement { key, part: 0, last: true, outcome: Outcome::Processed, token: None };
    let received = now(engine.receive(&inbound, settles, Vec::new())).unwrap();
    assert!(matches!(received, Received::DeadLettered(_)), "{received:?}");
    assert!(now(engine.store().inbox_pending(1)).unwrap().rows.is_empty());
    assert_eq!(now(engine.store().dead_letters()).unwrap().rows.len(), 1);
}

/// The result of a call that waits for nobody but itself, as every one on memory does.
fn now<T>(call: impl Future<Output = T>) -> T {
    let mut call = std::pin::pin!(call);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..9 {
        if let std::task::Poll::Ready(result) = call.as_mut().poll(&mut context) {
            return result;
        }
    }
    panic!("it waits");
}
