//! Snapshots: labelled with the fold they came from, passed over when they are of no use, missed by nobody when they are gone (law 8).

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::testing::inquiry::{Command, Inquiry};
use crate::testing::watched::Watched;
use crate::testing::{House, RULES, at, builder, by_hand, everywhere, tenant};
use mako_engine::routing::Adapters;
use mako_engine::snapshot::{Snapshot, SnapshotPolicy};
use mako_engine::store::backend::{Backend as _, Write};
use mako_engine::store::{KeyedStore, Payload, Store};
use mako_engine::testing::{ManualClock, MemoryBackend};
use mako_engine::{Commit, CommitError, Decision, EngineContext, Process, StreamId, Workflow, WorkflowResult};
use serde::{Deserialize, Serialize, Serializer};

/// An engine that takes a snapshot every `events` events.
fn eager(store: &Arc<Watched>, events: u64) -> EngineContext {
    builder(store.clone(), &ManualClock::at(at(0))).snapshots(SnapshotPolicy::EveryEvents(events)).build().unwrap()
}

async fn note(process: &Process<Inquiry>, notes: std::ops::Range<u32>) {
    for number in notes {
        process.execute(by_hand(Command::Note(number.to_string()))).await.unwrap();
    }
}

/// Asserts that both ways to the state of `stream` give `notes` notes, in an engine that remembers nothing.
async fn assert_notes(store: &Arc<dyn Store>, stream: &StreamId, notes: usize) {
    let fresh = House::on(Arc::new(Watched::new(store.clone())), at(1));
    let process = fresh.engine.resume::<Inquiry>(stream).await.unwrap();
    let replayed = process.state().await.unwrap();
    assert_eq!(replayed.notes.len(), notes);
    assert_eq!(process.state_with_snapshot().await.unwrap(), replayed);
    // The write path, too, starts from the snapshot, and must not get another state from it.
    let written = process.execute(by_hand(Command::Note("more".to_owned()))).await.unwrap();
    assert_eq!(written.notes[..notes], replayed.notes[..]);
}

#[tokio::test]
async fn snapshot_and_tail_are_the_whole_history() {
    everywhere(async |place| {
        let store = place.open();
        let house = House::on(Arc::new(Watched::new(store.clone())), at(0));
        let stream = house.ask("malo", "partner", at(60)).await.identity().stream.clone();
        let process = eager(&house.store, 4).resume::<Inquiry>(&stream).await.unwrap();
        for notes in 1..=10 {
            note(&process, notes - 1..notes).await;
            let taken = store.snapshot(&tenant(), &stream).await.unwrap().map_or(0, |snapshot| snapshot.version);
            let events = u64::from(notes) + 1;
            assert_eq!(taken, events / 4 * 4, "labelled with the version it was folded from, taken at every fourth event");
            assert_eq!(process.state_with_snapshot().await.unwrap(), process.state().await.unwrap());
        }
        assert_notes(&store, &stream, 10).await;
    })
    .await;
}

#[tokio::test]
async fn a_snapshot_is_labelled_with_its_fold_when_somebody_appends_in_between() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let stream = house.ask("malo", "partner", at(60)).await.identity().stream.clone();
        let (one, other) = (eager(&house.store, 1), eager(&house.store, 1));
        let (mine, theirs) = (one.resume::<Inquiry>(&stream).await.unwrap(), other.resume::<Inquiry>(&stream).await.unwrap());
        house.store.step_in(async move { note(&theirs, 100..101).await });
        note(&mine, 0..1).await;
        let snapshot = house.engine.store().snapshot(&tenant(), &stream).await.unwrap().unwrap();
        assert_eq!(snapshot.version, 3);
        let replayed = mine.state().await.unwrap();
        assert_eq!(replayed.notes, ["100", "0"]);
        assert_eq!(snapshot.state.decode::<crate::testing::inquiry::State>().unwrap(), replayed);
    })
    .await;
}

#[tokio::test]
async fn a_mislabelled_snapshot_is_refused() {
    everywhere(async |place| {
        let house = place.house(at(0));
        let process = house.ask("malo", "partner", at(60)).await;
        let stream = process.identity().stream.clone();
        for version in [0, 2] {
            let state = Payload::encode(&process.state().await.unwrap()).unwrap();
            let mut commit = Commit::new(tenant(), stream.clone(), at(0), mako_engine::Cause::Command("test".to_owned()));
            commit.snapshot = Some(Snapshot { version, workflow: "inquiry".to_owned(), state_version: 1, state });
            let refused = house.engine.commit(commit).await.unwrap_err();
            assert!(matches!(refused, CommitError::SnapshotMislabelled { actual: 1, .. }), "{refused}");
        }
    })
    .await;
}

/// A history with a snapshot in memory, whose snapshot rows `change` changes.
async fn with_changed_snapshots(change: impl Fn(Vec<u8>, Vec<u8>) -> Write) {
    let disk = MemoryBackend::default();
    let store: Arc<dyn Store> = Arc::new(KeyedStore::open(disk.clone()).unwrap());
    let house = House::on(Arc::new(Watched::new(store.clone())), at(0));
    let stream = house.ask("malo", "partner", at(60)).await.identity().stream.clone();
    note(&eager(&house.store, 3).resume::<Inquiry>(&stream).await.unwrap(), 0..7).await;
    let mut changed = Vec::new();
    disk.scan(b"S", b"T", &mut |key, value| {
        changed.push(change(key.to_vec(), value.to_vec()));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!(changed.len(), 1, "the latest snapshot replaces the older ones");
    disk.apply(changed).unwrap();
    assert_notes(&store, &stream, 7).await;
}

#[tokio::test]
async fn states_are_the_same_when_every_snapshot_is_deleted() {
    with_changed_snapshots(|key, _| Write::Delete(key)).await;
}

#[tokio::test]
async fn a_damaged_snapshot_costs_a_replay_and_nothing_else() {
    for byte in [0, 5, 20, 30, 40] {
        with_changed_snapshots(|key, mut value| {
            value[byte] ^= 1;
            Write::Put(key, value)
        })
        .await;
    }
    with_changed_snapshots(|key, _| Write::Put(key, Vec::new())).await;
}

#[tokio::test]
async fn a_snapshot_of_another_state_version_is_passed_over() {
    everywhere(async |place| {
        let store = place.open();
        let house = House::on(Arc::new(Watched::new(store.clone())), at(0));
        let stream = house.ask("malo", "partner", at(60)).await.identity().stream.clone();
        for (workflow, state_version) in [("inquiry", 7), ("another", 1)] {
            let mut commit = Commit::new(tenant(), stream.clone(), at(0), mako_engine::Cause::Command("test".to_owned()));
            let state =
                Payload::encode(&crate::testing::inquiry::State { notes: vec!["from other code".to_owned()], ..Default::default() })
                    .unwrap();
            commit.snapshot = Some(Snapshot { version: 1, workflow: workflow.to_owned(), state_version, state });
            house.engine.commit(commit).await.unwrap();
            let process = eager(&house.store, 0).resume::<Inquiry>(&stream).await.unwrap();
            assert_eq!(process.state_with_snapshot().await.unwrap().notes, Vec::<String>::new());
        }
    })
    .await;
}

/// A process whose state cannot be serialised.
struct Unspeakable;

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
struct Silent(u32);

impl Serialize for Silent {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("there are no words for it"))
    }
}

impl Workflow for Unspeakable {
    const NAME: &'static str = "unspeakable";
    const DEADLINE_LABELS: &'static [&'static str] = &[];
    type State = Silent;
    type Command = Command;
    type Event = crate::testing::inquiry::Event;

    fn handle(_: &Silent, _: Command) -> WorkflowResult<Self::Event> {
        Ok(Decision::event(crate::testing::inquiry::Event::Withdrawn))
    }

    fn apply(state: Silent, _: &Self::Event) -> Silent {
        Silent(state.0 + 1)
    }
}

#[tokio::test]
async fn a_state_that_cannot_be_serialised_costs_the_snapshot_and_not_the_command() {
    everywhere(async |place| {
        let house = House::wired(&place, at(0), |builder| {
            builder.workflow::<Unspeakable>(Adapters::none()).snapshots(SnapshotPolicy::EveryEvents(1))
        });
        let process = house.engine.spawn::<Unspeakable>(RULES, by_hand(Command::Withdraw)).await.unwrap();
        assert_eq!(process.execute(by_hand(Command::Withdraw)).await.unwrap(), Silent(2));
        let stream = &process.identity().stream;
        assert_eq!(house.engine.store().snapshot(&tenant(), stream).await.unwrap(), None);
        assert_eq!(house.engine.store().read_stream(&tenant(), stream, 0, 9).await.unwrap().len(), 2, "and each had its effect once");
    })
    .await;
}
