//! Histories that were written by older code: read and continued by today's, through upcasters; what no upcaster reaches is refused.

use std::sync::Arc;

use mako_engine::commit::NewEvent;
use mako_engine::erasure::Personal;
use mako_engine::routing::Adapters;
use mako_engine::store::{KeyedStore, Payload, Store};
use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
use mako_engine::{
    Cause, Commit, Decision, EngineBuilder, EngineContext, EventPayload, Execute, ExecuteError, FormatVersion, SchemaError, StreamId,
    TenantId, TimeoutDeadline, Timestamp, Upcaster, Workflow, WorkflowResult,
};
use serde::{Deserialize, Serialize};

/// Three years ago `Opened` was `Begun` and had no Sparte; two years ago it had one, as text; today there is a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum Event {
    Opened { malo: String, sparten: Vec<String> },
    Closed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BegunV1 {
    malo: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenedV1 {
    malo: String,
    sparte: String,
}

#[derive(Serialize)]
struct OpenedV2 {
    malo: String,
    sparten: Vec<String>,
}

impl EventPayload for Event {
    const TYPES: &'static [(&'static str, u16)] = &[("Opened", 2), ("Closed", 1)];

    fn event_type(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "Opened",
            Self::Closed => "Closed",
        }
    }

    fn upcasters() -> Vec<Upcaster> {
        vec![
            Upcaster::new("Begun", 1, |old: BegunV1| OpenedV1 { malo: old.malo, sparte: "Strom".to_owned() }).renamed("Opened", 1),
            Upcaster::new("Opened", 1, |old: OpenedV1| OpenedV2 { malo: old.malo, sparten: vec![old.sparte] }),
            Upcaster::new("Ended", 1, |(): ()| ()).renamed("Closed", 1),
        ]
    }
}

#[derive(Clone)]
struct Close;

impl From<TimeoutDeadline> for Close {
    fn from(_: TimeoutDeadline) -> Self {
        Self
    }
}

struct Account;

impl Workflow for Account {
    const NAME: &'static str = "account";
    const DEADLINE_LABELS: &'static [&'static str] = &[];
    type State = Vec<Event>;
    type Command = Close;
    type Event = Event;

    fn handle(_: &Vec<Event>, _: Close) -> WorkflowResult<Event> {
        Ok(Decision::event(Event::Closed))
    }

    fn apply(mut state: Vec<Event>, event: &Event) -> Vec<Event> {
        state.push(event.clone());
        state
    }
}

fn engine() -> (EngineContext, Arc<dyn Store>) {
    let store: Arc<dyn Store> = Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap());
    let builder =
        EngineBuilder::new(TenantId::new("t"), store.clone(), Arc::new(ManualClock::at(Timestamp::EPOCH)), Arc::new(SeededIds::new(1)));
    (builder.workflow::<Account>(Adapters::none()).build().unwrap(), store)
}

/// A process whose first events were written by older code, as it wrote them.
async fn written_long_ago(engine: &EngineContext, events: &[(&str, u16, serde_json::Value)]) -> StreamId {
    let process =
        engine.spawn::<Account>(FormatVersion::Fv2025_06_06, Execute::new(Close, Cause::Command("test".to_owned()))).await.unwrap();
    let stream = process.identity().stream.clone();
    let mut commit = Commit::new(TenantId::new("t"), stream.clone(), Timestamp::EPOCH, Cause::Command("old code".to_owned()));
    for (event_type, schema_version, content) in events {
        let (id, payload) = (engine.ids().next_id(), Payload::encode(content).unwrap());
        commit.events.push(NewEvent { id, event_type: (*event_type).to_owned(), schema_version: *schema_version, payload });
    }
    engine.commit(commit).await.unwrap();
    stream
}

#[tokio::test]
async fn every_older_version_arrives_in_todays_shape_and_the_process_goes_on() {
    let (engine, store) = engine();
    let stream = written_long_ago(
        &engine,
        &[
            ("Begun", 1, serde_json::json!({ "Begun": { "malo": "1" } })),
            ("Opened", 1, serde_json::json!({ "Opened": { "malo": "2", "sparte": "Gas" } })),
            ("Opened", 2, serde_json::json!({ "Opened": { "malo": "3", "sparten": ["Strom", "Gas"] } })),
            ("Ended", 1, serde_json::json!("Ended")),
        ],
    )
    .await;
    let opened =
        |malo: &str, sparten: &[&str]| Event::Opened { malo: malo.to_owned(), sparten: sparten.iter().map(|s| (*s).to_owned()).collect() };
    let history = [Event::Closed, opened("1", &["Strom"]), opened("2", &["Gas"]), opened("3", &["Strom", "Gas"]), Event::Closed];
    let process = engine.resume::<Account>(&stream).await.unwrap();
    assert_eq!(process.state().await.unwrap(), history);
    // Reading is not enough: the write path folds the same history.
    let written = process.execute(Execute::new(Close, Cause::Command("test".to_owned()))).await.unwrap();
    assert_eq!((written.len(), &written[..5]), (6, &history[..]));
    let last = store.read_stream(&TenantId::new("t"), &stream, 5, 9).await.unwrap();
    assert_eq!((last[0].event_type.as_str(), last[0].schema_version), ("Closed", 1));
}

#[tokio::test]
async fn what_this_code_cannot_know_is_refused_with_its_place() {
    for (event_type, version, content, expected) in [
        ("Opened", 3, serde_json::json!({ "Opened": {} }), "was written by newer code, this code knows version 2"),
        ("Unheard", 1, serde_json::json!({ "Unheard": {} }), "no upcaster leads from it"),
        ("Opened", 1, serde_json::json!({ "Opened": { "malo": "1", "sparte": "Gas", "more": 1 } }), "unknown field `more`"),
        ("Opened", 1, serde_json::json!({ "Opened": { "account": "1" } }), "the content is an object of `account`"),
        ("Opened", 2, serde_json::json!({ "Opened": { "malo": 1 } }), "invalid type"),
    ] {
        let (engine, _) = engine();
        let stream = written_long_ago(&engine, &[(event_type, version, content)]).await;
        // The spawning engine remembers a state of its own; only a fresh look meets the event.
        let error = engine.resume::<Account>(&stream).await.unwrap().state().await.unwrap_err();
        let ExecuteError::UnreadableEvent { version: 2, detail, .. } = &error else { panic!("{error}") };
        assert!(detail.contains(expected), "{error}");
        let error = engine.resume::<Account>(&stream).await.unwrap().execute(Execute::new(Close, Cause::Command(String::new()))).await;
        assert!(matches!(error, Err(ExecuteError::UnreadableEvent { .. })), "nothing is decided on a history that cannot be read");
    }
}

/// An event type whose upcasters are `$steps`.
macro_rules! wrong_events {
    ($name:ident, $types:expr, $steps:expr $(, $personal:expr)?) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        struct $name;
        impl EventPayload for $name {
            const TYPES: &'static [(&'static str, u16)] = $types;
            $(const PERSONAL: &'static [Personal] = $personal;)?
            fn event_type(&self) -> &'static str {
                "A"
            }
            fn upcasters() -> Vec<Upcaster> {
                $steps
            }
        }
        impl Workflow for Of<$name> {
            const NAME: &'static str = stringify!($name);
            const DEADLINE_LABELS: &'static [&'static str] = &[];
            type State = ();
            type Command = Close;
            type Event = $name;
            fn handle((): &(), _: Close) -> WorkflowResult<$name> {
                Ok(Decision::nothing())
            }
            fn apply((): (), _: &$name) {}
        }
    };
}

struct Of<E>(std::marker::PhantomData<fn() -> E>);

fn step(name: &'static str, version: u16) -> Upcaster {
    Upcaster::new(name, version, |old: serde_json::Value| old)
}

wrong_events!(Gap, &[("A", 4)], vec![step("A", 1), step("A", 3)]);
wrong_events!(OldGap, &[("A", 1)], vec![step("Old", 2).renamed("A", 1)]);
wrong_events!(NowhereTo, &[("A", 1)], vec![step("Old", 1).renamed("Gone", 1)]);
wrong_events!(Twice, &[("A", 2), ("A", 2)], vec![step("A", 1), step("A", 1)]);
wrong_events!(FromToday, &[("A", 1)], vec![step("A", 1)]);
wrong_events!(Circle, &[("A", 1)], vec![step("B", 1).renamed("C", 1), step("C", 1).renamed("B", 1)]);
wrong_events!(Zero, &[("A", 0)], Vec::new());
wrong_events!(Misdeclared, &[("A", 1)], Vec::new(), &[Personal { event: "B", field: "/malo", redacted: "null" }]);

#[test]
fn the_engine_is_not_built_while_a_chain_has_a_gap() {
    let store: Arc<dyn Store> = Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap());
    let builder = EngineBuilder::new(TenantId::new("t"), store, Arc::new(ManualClock::at(Timestamp::EPOCH)), Arc::new(SeededIds::new(1)));
    let wrong = builder
        .workflow::<Of<Gap>>(Adapters::none())
        .workflow::<Of<OldGap>>(Adapters::none())
        .workflow::<Of<NowhereTo>>(Adapters::none())
        .workflow::<Of<Twice>>(Adapters::none())
        .workflow::<Of<FromToday>>(Adapters::none())
        .workflow::<Of<Circle>>(Adapters::none())
        .workflow::<Of<Zero>>(Adapters::none())
        .workflow::<Of<Misdeclared>>(Adapters::none())
        .build()
        .err()
        .unwrap()
        .to_string();
    for expected in [
        SchemaError::Gap { name: "A", version: 2 },
        SchemaError::Gap { name: "Old", version: 1 },
        SchemaError::Gap { name: "Gone", version: 1 },
        SchemaError::TwoWays { name: "A", version: 1 },
        SchemaError::ListedTwice("A"),
        SchemaError::NotOld { step: "A v1 → A v2".to_owned(), name: "A", present: 1 },
        SchemaError::Circle("B"),
        SchemaError::VersionZero("A"),
        SchemaError::NotPersonal { field: "B/malo".to_owned(), why: "no event of that name is listed in EventPayload::TYPES" },
    ] {
        assert!(wrong.contains(&expected.to_string()), "`{expected}` is missing in:\n{wrong}");
    }
}
