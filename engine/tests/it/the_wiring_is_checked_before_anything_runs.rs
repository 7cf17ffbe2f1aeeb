//! An engine that is wired wrongly is not built, and says everything that is wrong at once, without a panic.

use std::sync::Arc;

use crate::testing::inquiry::{self, Command, Event, Inquiry};
use crate::testing::pinned::PinnedInquiry;
use crate::testing::{RULES, at, bare, builder, tenant};
use mako_engine::engine::{WiringError, WiringErrors};
use mako_engine::fristen::Sparte;
use mako_engine::routing::{Adapters, Route, RouteKey};
use mako_engine::store::KeyedStore;
use mako_engine::testing::{ManualClock, MemoryBackend};
use mako_engine::{EngineBuilder, EngineContext, FormatVersion, TimeoutDeadline, Workflow, WorkflowResult};
use proptest::prelude::*;

const NEXT: FormatVersion = FormatVersion::Fv2026_04_01;

fn utilmd(pid: &str) -> RouteKey {
    RouteKey::of("UTILMD").pid(pid)
}

fn nothing() -> EngineBuilder {
    bare(&tenant(), Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap()), &ManualClock::at(at(0)))
}

fn wrong(builder: EngineBuilder) -> Vec<WiringError> {
    builder.build().err().map(|WiringErrors(wrong)| wrong).unwrap_or_default()
}

fn adapters(from: FormatVersion) -> Adapters<Command> {
    Adapters::from(from, inquiry::adapt)
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let store = Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap());
    let wrong = builder(store, &ManualClock::at(at(0)))
        .workflow::<Inquiry>(adapters(RULES))
        .workflow::<PinnedInquiry>(adapters(NEXT).then(NEXT, inquiry::adapt))
        .route(RouteKey::of("UTILMD"), Route::Continues)
        .route(RouteKey::of("ORDERS").sparte(Sparte::Gas), Route::Starts("nobody"))
        .build()
        .err()
        .unwrap();
    let said = wrong.to_string();
    for words in [
        "the engine is wired wrongly:",
        "- the name inquiry of a workflow is taken",
        "- workflow pinned-inquiry has an adapter from FV2026-04-01 after one from FV2026-04-01",
        "- routed twice: UTILMD 55001 starts inquiry, and UTILMD with any PID continues what its references name",
        "- ORDERS with any PID in gas goes to workflow nobody, which was never added",
        "- workflow pinned-inquiry has no adapter for FV2025-10-01:",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert_eq!(wrong.0.len(), 5, "{said}");
}

#[test]
fn a_format_version_without_an_adapter_is_named() {
    let inquiry = |adapters| nothing().workflow::<Inquiry>(adapters).route(utilmd("55001"), Route::Starts(Inquiry::NAME));
    let missing = wrong(inquiry(adapters(FormatVersion::LATEST)).format_versions(RULES..));
    assert_eq!(missing, [WiringError::NoAdapter { workflow: Inquiry::NAME, versions: vec![RULES, NEXT] }]);
    assert_eq!(wrong(inquiry(adapters(NEXT)).format_versions(NEXT..)), []);
    assert_eq!(wrong(inquiry(adapters(RULES))), [WiringError::NoFormatVersions]);
    let none = wrong(inquiry(Adapters::none()).format_versions(NEXT..));
    assert_eq!(none, [WiringError::NoAdapters { on: utilmd("55001"), workflow: Inquiry::NAME }]);
}

#[test]
fn adapters_that_no_route_reaches_are_a_forgotten_route() {
    let forgotten = nothing().format_versions(NEXT..).workflow::<Inquiry>(adapters(NEXT));
    assert_eq!(wrong(forgotten), [WiringError::Unreached(Inquiry::NAME)]);
    // A workflow that takes no messages needs no route, and a route by reference reaches every workflow.
    assert_eq!(wrong(nothing().workflow::<Inquiry>(Adapters::none())), []);
    let continued = nothing().format_versions(NEXT..).workflow::<Inquiry>(adapters(NEXT));
    assert_eq!(wrong(continued.route(RouteKey::of("APERAK"), Route::Continues)), []);
}

#[test]
fn no_workflow_takes_the_name_of_the_boundary() {
    struct Boundary;
    impl Workflow for Boundary {
        const NAME: &'static str = "boundary";
        const DEADLINE_LABELS: &'static [&'static str] = &[];
        type State = ();
        type Command = Timeout;
        type Event = Event;
        fn handle((): &(), _: Timeout) -> WorkflowResult<Event> {
            Ok(mako_engine::Decision::nothing())
        }
        fn apply((): (), _: &Event) {}
    }
    #[derive(Clone)]
    struct Timeout;
    impl From<TimeoutDeadline> for Timeout {
        fn from(_: TimeoutDeadline) -> Self {
            Self
        }
    }
    assert_eq!(wrong(nothing().workflow::<Boundary>(Adapters::none())), [WiringError::NameTaken("boundary")]);
}

#[test]
fn a_built_engine_says_what_it_covers() {
    let store = Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap());
    let engine: EngineContext = builder(store, &ManualClock::at(at(0))).build().unwrap();
    let versions = [RULES, NEXT, FormatVersion::Fv2026_10_01];
    assert_eq!(engine.format_versions().collect::<Vec<_>>(), versions);
    assert_eq!(engine.workflows().collect::<Vec<_>>(), [(Inquiry::NAME, versions.to_vec())]);
    let routes: Vec<String> = engine.router().iter().map(ToString::to_string).collect();
    assert_eq!(routes, ["UTILMD 55001 starts inquiry", "UTILMD 55002 continues what its references name"]);
}

/// A wiring, right or wrong.
#[derive(Debug, Clone)]
struct Wiring {
    serves: Option<FormatVersion>,
    inquiry: Vec<Vec<FormatVersion>>,
    pinned: Option<Vec<FormatVersion>>,
    routes: Vec<(RouteKey, Route)>,
}

fn wirings() -> impl Strategy<Value = Wiring> {
    let version = || prop::sample::select(vec![RULES, NEXT, FormatVersion::Fv2026_10_01]);
    let adapters = move || prop::collection::vec(version(), 0..3);
    let key = (
        prop::sample::select(vec!["UTILMD", "ORDERS"]),
        prop::option::of(prop::sample::select(vec!["1", "2"])),
        prop::option::of(prop::sample::select(vec![Sparte::Strom, Sparte::Gas])),
    );
    let key = key.prop_map(|(message_type, pid, sparte)| {
        let key = RouteKey { pid: pid.map(str::to_owned), ..RouteKey::of(message_type) };
        RouteKey { sparte, ..key }
    });
    let route = prop::sample::select(vec![
        Route::Starts(Inquiry::NAME),
        Route::Starts(PinnedInquiry::NAME),
        Route::ContinuesIn(Inquiry::NAME),
        Route::Continues,
        Route::Starts("nobody"),
    ]);
    let inquiries = prop::collection::vec(adapters(), 0..3);
    let routes = prop::collection::vec((key, route), 0..4);
    (prop::option::of(version()), inquiries, prop::option::of(adapters()), routes).prop_map(|(serves, inquiry, pinned, routes)| Wiring {
        serves,
        inquiry,
        pinned,
        routes,
    })
}

fn adapters_from(versions: &[FormatVersion]) -> Adapters<Command> {
    versions.iter().fold(Adapters::none(), |adapters, version| adapters.then(*version, inquiry::adapt))
}

impl Wiring {
    fn builder(&self) -> EngineBuilder {
        let mut builder = self.serves.map_or(nothing(), |first| nothing().format_versions(first..));
        for versions in &self.inquiry {
            builder = builder.workflow::<Inquiry>(adapters_from(versions));
        }
        if let Some(versions) = &self.pinned {
            builder = builder.workflow::<PinnedInquiry>(adapters_from(versions));
        }
        self.routes.iter().fold(builder, |builder, (on, route)| builder.route(on.clone(), *route))
    }

    /// Said in another way than the builder says it.
    fn is_right(&self) -> bool {
        let one_each = self.inquiry.len() <= 1;
        let workflows: Vec<(&str, &Vec<FormatVersion>)> =
            self.inquiry.iter().map(|v| (Inquiry::NAME, v)).chain(self.pinned.iter().map(|v| (PinnedInquiry::NAME, v))).collect();
        let named = |name: &str| self.routes.iter().any(|(_, route)| route.workflow() == Some(name));
        let by_reference = self.routes.iter().any(|(_, route)| *route == Route::Continues);
        let sound = |(name, versions): &(&str, &Vec<FormatVersion>)| match versions.as_slice() {
            [] => !named(name),
            [first, ..] => {
                (named(name) || by_reference)
                    && versions.is_sorted_by(|one, next| one < next)
                    && self.serves.is_none_or(|serves| *first <= serves)
            }
        };
        let known = self.routes.iter().filter_map(|(_, route)| route.workflow()).all(|name| workflows.iter().any(|(w, _)| *w == name));
        // At most one route for every message there could be; a third PID stands for all that are not named, and for none.
        let messages = ["UTILMD", "ORDERS"].into_iter().flat_map(|message_type| {
            ["1", "2", "3"].into_iter().flat_map(move |pid| [Sparte::Strom, Sparte::Gas].map(|sparte| (message_type, pid, sparte)))
        });
        let meant = |key: &RouteKey, (message_type, pid, sparte): (&str, &str, Sparte)| {
            key.message_type == message_type && key.pid.as_deref().unwrap_or(pid) == pid && key.sparte.unwrap_or(sparte) == sparte
        };
        let once = messages.into_iter().all(|message| self.routes.iter().filter(|(key, _)| meant(key, message)).count() <= 1);
        let serves = self.serves.is_some() || self.routes.is_empty();
        one_each && workflows.iter().all(sound) && known && once && serves
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn building_never_panics_and_refuses_exactly_what_is_wrong(wiring in wirings()) {
        let built = wiring.builder().build();
        prop_assert_eq!(built.is_ok(), wiring.is_right(), "{:?}", built.err());
    }
}
