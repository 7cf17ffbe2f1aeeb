//! Erasure: the key of a subject goes, what was sealed under it is read as its redacted form, and nothing else changes.
//!
//! Where the process stands when that happens makes no difference: in memory, in a snapshot, in the middle of a command, at its end, in
//! another engine.

use std::ops::ControlFlow;

use mako_engine::boundary::{BoundaryEvent, boundary_stream};
use mako_engine::projection::{Projection, ProjectionRunner, Rows, ViewName};
use mako_engine::store::backend::Backend;
use mako_engine::store::fjall::{FjallBackend, FjallOptions};
use mako_engine::store::{ChainReport, KeyedStore, RecordedEvent, StoreError};
use mako_engine::{ExecuteError, Process, Shredded, StreamId, SubjectId};

use crate::testing::inquiry::{Command, Event, Inquiry, State};
use crate::testing::{House, Place, at, by_hand, everywhere, tenant};

const MALO: &str = "51238696780";
const OTHER: &str = "41373559241";

fn subject() -> SubjectId {
    SubjectId::new(MALO)
}

/// What a closed place says to `look`.
fn closed<T>(place: &Place, look: impl Fn(&dyn Backend, ChainReport) -> T) -> T {
    match place {
        Place::Memory(map) => look(map, KeyedStore::open(map.clone()).unwrap().verify(None).unwrap()),
        Place::Fjall(home) => {
            let (backend, _) = FjallBackend::open(home.path().join("store"), FjallOptions::simulation()).unwrap();
            let store = KeyedStore::open(backend).unwrap();
            look(store.backend(), store.verify(None).unwrap())
        }
    }
}

/// The tables of a closed place in which `bytes` stand, in a key or a value. The chain is verified on the way.
pub fn tables_with(place: &Place, bytes: &[u8]) -> String {
    closed(place, |backend, chain| {
        assert_eq!(chain.findings, [], "the chain holds, whoever was forgotten");
        let mut found = String::new();
        for table in b'A'..=b'Z' {
            let mut stands = false;
            let mut visit = |key: &[u8], value: &[u8]| {
                stands |= [key, value].iter().any(|row| row.windows(bytes.len()).any(|window| window == bytes));
                ControlFlow::Continue(())
            };
            backend.scan(&[table], &[table + 1], &mut visit).unwrap();
            found.extend(stands.then_some(char::from(table)));
        }
        found
    })
}

/// The state, by every way to it.
pub async fn state(process: &Process<Inquiry>) -> State {
    let state = process.state().await.unwrap();
    assert_eq!(process.state_with_snapshot().await.unwrap(), state);
    state
}

async fn shred(house: &House, subject: &str) -> Shredded {
    house.engine.shred(&subject.into(), "request 2026/17, granted").await.unwrap().expect("something is sealed")
}

async fn resumed(house: &House, stream: &StreamId) -> Process<Inquiry> {
    house.engine.resume::<Inquiry>(stream).await.unwrap()
}

#[tokio::test]
async fn a_person_is_forgotten_in_the_middle_of_a_process_and_nobody_else_is() {
    everywhere(async |place| {
        let house = House::sealing(&place, at(0));
        let (process, other) = (house.ask(MALO, "partner", at(60)).await, house.ask(OTHER, "partner", at(60)).await);
        let stream = process.identity().stream.clone();
        for process in [&process, &other] {
            process.execute(by_hand(Command::Note("a".to_owned()))).await.unwrap();
        }
        let before = state(&process).await;
        assert_eq!((before.malo.as_deref(), before.notes.len()), (Some(MALO), 1));
        let snapshot = house.engine.store().snapshot(&tenant(), &stream).await.unwrap().unwrap();
        assert!(snapshot.state.sealed_under().is_some(), "as the events are that it was folded from");

        let shredded = shred(&house, MALO).await;
        assert_eq!((&shredded.streams, &shredded.living), (&vec![stream.clone()], &vec![stream.clone()]));
        let forgotten = State { malo: Some("nobody".to_owned()), ..before };
        assert_eq!(state(&process).await, forgotten);
        assert_eq!(house.engine.store().snapshot(&tenant(), &stream).await.unwrap(), None);
        assert_eq!(state(&other).await.malo.as_deref(), Some(OTHER));
        // The process goes on as if it had never known.
        let reminds = Command::Remind { recipient: "partner".to_owned(), kind: "reminder".to_owned() };
        let after = process.execute(by_hand(reminds)).await.unwrap();
        assert_eq!(after, State { notes: vec!["a".to_owned(), "reminder to partner".to_owned()], ..forgotten.clone() });
        let sent = house.engine.store().outbox_due(at(99), 9).await.unwrap().rows.pop().unwrap().message;
        assert_eq!((sent.kind.as_str(), &sent.payload["malo"]), ("reminder", &serde_json::json!("nobody")));
        // What stays is who asked for it, and which key it was.
        let note = house.engine.store().read_stream(&tenant(), &boundary_stream(), 0, 9).await.unwrap().pop().unwrap();
        let because = "request 2026/17, granted".to_owned();
        assert_eq!(note.payload.decode::<BoundaryEvent>().unwrap(), BoundaryEvent::Shredded { key: shredded.key, because });
        assert_eq!(house.engine.shred(&subject(), "again").await.unwrap(), None);

        drop((process, other, house));
        // Queues and keys are another matter: docs/erasure.md says which.
        assert_eq!((tables_with(&place, MALO.as_bytes()).as_str(), tables_with(&place, b"nobody").as_str()), ("CKR", "EQ"));
        let house = House::sealing(&place, at(0));
        assert_eq!(state(&resumed(&house, &stream).await).await, after);
    })
    .await;
}

#[tokio::test]
async fn a_person_is_forgotten_after_the_end_of_the_process() {
    everywhere(async |place| {
        let house = House::sealing(&place, at(0));
        let process = house.ask(MALO, "partner", at(60)).await;
        let answered = process.execute(by_hand(Command::Answer)).await.unwrap();
        let shredded = shred(&house, MALO).await;
        assert_eq!((shredded.streams.len(), shredded.living.len()), (1, 0));
        assert_eq!(state(&process).await, State { malo: Some("nobody".to_owned()), ..answered });
    })
    .await;
}

#[tokio::test]
async fn what_was_decided_before_is_not_written_after() {
    everywhere(async |place| {
        let house = House::sealing(&place, at(0));
        let process = house.ask(MALO, "partner", at(60)).await;
        let engine = house.engine.clone();
        // The command has read the state and decided; just before its commit, which takes a snapshot, somebody forgets the person.
        house.store.step_in(async move { drop(engine.shred(&subject(), "now").await.unwrap()) });
        let reminds = Command::Remind { recipient: "partner".to_owned(), kind: "reminder".to_owned() };
        let after = process.execute(by_hand(reminds)).await.unwrap();
        assert_eq!(after.malo.as_deref(), Some("nobody"), "it was decided anew");
        assert_eq!(state(&process).await, after);
        let taken = house.store.taken().pop().unwrap();
        assert_eq!(taken.outbox[0].message.payload["malo"], "nobody");
        assert_eq!(taken.snapshot.unwrap().state.decode::<State>().unwrap(), after, "in plain: nobody is in it");
    })
    .await;
}

#[tokio::test]
async fn a_state_that_another_engine_kept_decides_nothing() {
    let place = Place::Memory(Default::default());
    let (one, two) = (House::sealing(&place, at(0)), House::sealing(&place, at(0)));
    let process = one.ask(MALO, "partner", at(60)).await;
    process.execute(by_hand(Command::Note("hot".to_owned()))).await.unwrap();
    shred(&two, MALO).await;
    assert_eq!(process.execute(by_hand(Command::Note("after".to_owned()))).await.unwrap().malo.as_deref(), Some("nobody"));
    assert_eq!(one.engine.kept_state_differs(&process.identity().stream).await.unwrap(), None);
}

#[tokio::test]
async fn two_persons_in_one_process_are_forgotten_one_by_one() {
    everywhere(async |place| {
        let house = House::sealing(&place, at(0));
        let process = house.ask(MALO, "partner", at(60)).await;
        for command in [Command::Meet(OTHER.to_owned()), Command::Meet(MALO.to_owned()), Command::Note("b".to_owned())] {
            process.execute(by_hand(command)).await.unwrap();
        }
        assert_eq!(state(&process).await.met, [OTHER, MALO]);
        shred(&house, MALO).await;
        let one_left = state(&process).await;
        assert_eq!((one_left.malo.as_deref(), one_left.met.as_slice()), (Some("nobody"), &[OTHER.to_owned(), "nobody".to_owned()][..]));
        shred(&house, OTHER).await;
        assert_eq!(state(&process).await.met, ["nobody", "nobody"]);
    })
    .await;
}

#[tokio::test]
async fn a_person_who_comes_back_is_somebody_of_whom_nothing_is_known() {
    everywhere(async |place| {
        let house = House::sealing(&place, at(0));
        let process = house.ask(MALO, "partner", at(60)).await;
        let first = shred(&house, MALO).await;
        let again = process.execute(by_hand(Command::Meet(MALO.to_owned()))).await.unwrap();
        assert_eq!((again.malo.as_deref(), again.met.as_slice()), (Some("nobody"), &[MALO.to_owned()][..]));
        assert_eq!(state(&process).await, again);
        let second = shred(&house, MALO).await;
        assert_ne!(first.key, second.key);
        assert_eq!(state(&process).await.met, ["nobody"]);
    })
    .await;
}

#[tokio::test]
async fn two_first_events_about_one_person_share_a_key() {
    everywhere(async |place| {
        let house = House::sealing(&place, at(0));
        let (one, two) = (house.ask("a", "partner", at(60)).await, house.ask("b", "partner", at(60)).await);
        let stream = one.identity().stream.clone();
        house.store.step_in(async move { drop(one.execute(by_hand(Command::Meet(MALO.to_owned()))).await.unwrap()) });
        two.execute(by_hand(Command::Meet(MALO.to_owned()))).await.unwrap();
        let mut both = vec![stream, two.identity().stream.clone()];
        both.sort();
        assert_eq!(shred(&house, MALO).await.streams, both);
    })
    .await;
}

/// Notes every Marktlokation that it is told of.
struct Heard;

#[async_trait::async_trait]
impl Projection for Heard {
    fn view(&self) -> ViewName {
        ViewName::new("heard", 1)
    }

    async fn apply(&self, event: &RecordedEvent, rows: &mut Rows<'_>) -> Result<(), StoreError> {
        match event.payload.decode() {
            Ok(Event::Asked { malo, .. }) => rows.put(&malo, &event.version),
            _ => Ok(()),
        }
    }
}

#[tokio::test]
async fn a_read_model_is_made_of_what_stays_and_who_has_the_key_reads_the_rest() {
    everywhere(async |place| {
        let house = House::sealing(&place, at(0));
        let process = house.ask(MALO, "partner", at(60)).await;
        let view = ProjectionRunner::new(house.engine.clone(), Heard);
        view.catch_up().await.unwrap();
        assert_eq!((view.row::<u64>(MALO).await.unwrap(), view.row("nobody").await.unwrap()), (None, Some(1)));

        let asked = |malo: &str| Event::Asked { malo: malo.to_owned(), recipient: "partner".to_owned(), due: at(60) };
        let event = house.engine.store().read_stream(&tenant(), &process.identity().stream, 0, 1).await.unwrap().pop().unwrap();
        assert_eq!(event.payload.decode::<Event>().unwrap(), asked("nobody"));
        assert_eq!(house.engine.opened(&event).await.unwrap().decode::<Event>().unwrap(), asked(MALO));
        let moved = RecordedEvent { event_type: "Met".to_owned(), ..event.clone() };
        assert!(house.engine.opened(&moved).await.unwrap_err().to_string().contains("does not open"), "it is of another event");
        shred(&house, MALO).await;
        assert_eq!(house.engine.opened(&event).await.unwrap().decode::<Event>().unwrap(), asked("nobody"));
    })
    .await;
}

#[tokio::test]
async fn sealing_can_begin_and_end_at_any_time() {
    everywhere(async |place| {
        let plain = place.house(at(0));
        let stream = plain.ask(MALO, "partner", at(60)).await.identity().stream.clone();
        assert_eq!(plain.engine.shred(&subject(), "too early").await.unwrap(), None, "nothing is sealed");
        drop(plain);
        let sealing = House::sealing(&place, at(0));
        resumed(&sealing, &stream).await.execute(by_hand(Command::Meet(OTHER.to_owned()))).await.unwrap();
        drop(sealing);
        let plain = place.house(at(0));
        let state = state(&resumed(&plain, &stream).await).await;
        assert_eq!((state.malo.as_deref(), state.met.as_slice()), (Some(MALO), &[OTHER.to_owned()][..]));
        shred(&plain, OTHER).await;
        assert_eq!(resumed(&plain, &stream).await.state().await.unwrap().met, ["nobody"]);
    })
    .await;
}

#[tokio::test]
async fn a_person_without_a_name_is_refused_before_anything_is_written() {
    everywhere(async |place| {
        let house = House::sealing(&place, at(0));
        let process = house.ask("nobody", "partner", at(60)).await;
        let events = house.engine.store().read_all(0, 9).await.unwrap();
        assert_eq!(events[0].payload.sealed_under(), None, "nobody needs no key");
        let refused = process.execute(by_hand(Command::Meet("nobody's".to_owned()))).await.unwrap_err();
        assert!(matches!(&refused, ExecuteError::Unsealable { event_type: "Met", .. }), "{refused}");
        assert!(refused.to_string().contains("names nobody"), "{refused}");
        assert_eq!(house.engine.store().read_all(0, 9).await.unwrap(), events);
    })
    .await;
}

#[tokio::test]
async fn two_tenants_of_one_store_have_keys_of_their_own() {
    let place = Place::Memory(Default::default());
    let (one, two) = (House::sealing(&place, at(0)), House::sealing_of(&"9900000000007".into(), &place, at(0)));
    let (here, there) = (one.ask(MALO, "partner", at(60)).await, two.ask(MALO, "partner", at(60)).await);
    shred(&one, MALO).await;
    assert_eq!(here.state().await.unwrap().malo.as_deref(), Some("nobody"));
    assert_eq!(there.state().await.unwrap().malo.as_deref(), Some(MALO));
}
