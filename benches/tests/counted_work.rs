//! Counted, not timed: how many syncs, bytes, reads and allocations a commit, a command, a replay and a poll cost, and how many wakes a
//! simulated day. Held against `benches/baselines.toml`; more than its margin above is a failure that prints old, new and the place to look.
//!
//! After a change that is worth its price: `MAKO_BASELINES=write cargo test -p mako-benches --test counted_work`, and say why in the commit.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use mako_benches::counting::{Counted, Counters, Counting};
use mako_benches::meter_readings::{Command, MeterReadings, ReadingReceived, commit_of, full_commit};
use mako_benches::plans::half_a_year;
use mako_engine::deadline::DeadlineStore as _;
use mako_engine::outbox::OutboxStore as _;
use mako_engine::registry::ProcessIdentity;
use mako_engine::routing::Adapters;
use mako_engine::store::{AtomicAppend as _, KeyedStore, StoreOptions, Writing};
use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
use mako_engine::{Cause, Commit, EngineBuilder, EngineContext, Execute, FormatVersion, StreamId, TenantId, Timestamp};
use mako_scenarios::market::Market;
use mako_sim::run::{NetKind, StoreKind, run};
use serde::{Deserialize, Serialize};

/// How long a sync takes where groups are counted.
const SYNC_MS: u64 = 2;

type Counter = KeyedStore<Counting<MemoryBackend>>;

/// A figure as it was, and what to do when it is exceeded.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Baseline {
    /// How much it was.
    count: u64,
    /// How much more it may be, in percent.
    margin: u64,
    /// Where the work is done.
    look_at: String,
}

/// What is counted now.
struct Figure {
    name: &'static str,
    count: u64,
    margin: u64,
    look_at: &'static str,
}

fn figure(name: &'static str, count: u64, margin: u64, look_at: &'static str) -> Figure {
    Figure { name, count, margin, look_at }
}

fn store() -> (Arc<Counter>, Counters) {
    let counters = Counters::default();
    (Arc::new(KeyedStore::open(Counting::over(MemoryBackend::default(), counters.clone())).unwrap()), counters)
}

/// A store in memory waits for nobody; a writer lets others queue up first, and nobody else is here.
fn now<T>(call: impl Future<Output = T>) -> T {
    let mut call = pin!(call);
    (0..16).find_map(|_| call.as_mut().now_or_never()).expect("the store answers")
}

/// What `work` costs the store.
fn cost(counters: &Counters, work: impl FnOnce()) -> Counted {
    let before = counters.now();
    work();
    counters.now().since(before)
}

/// `writers` tasks, a thousand commits in all, each task waiting for its commit before the next one; on a disk so slow that everybody
/// else has queued up when a sync is over, written by the thread that writes in production.
fn syncs_per_thousand(writers: u64) -> u64 {
    let counters = Counters::default();
    let backend = Counting::over(MemoryBackend::default(), counters.clone()).slowly(SYNC_MS);
    let store = KeyedStore::open_with(backend, StoreOptions { writing: Writing::Thread, probe: None }).unwrap();
    let write = async |writer: u64| {
        for n in 0..1_000 / writers {
            store.append_with_outbox(commit_of(&format!("{writer}"), writer * 1_000 + n, 1).unwrap()).await.unwrap();
        }
    };
    let batches = cost(&counters, || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(join_all((0..writers).map(write)));
    })
    .batches;
    batches * 1_000 / (1_000 / writers * writers)
}

/// The same with `writers` tasks of a runtime with two threads, where whoever commits also writes while nobody else does.
fn syncs_per_thousand_by_tasks(writers: u64) -> u64 {
    let counters = Counters::default();
    let backend = Counting::over(MemoryBackend::default(), counters.clone()).slowly(SYNC_MS);
    let store = Arc::new(KeyedStore::open_with(backend, StoreOptions { writing: Writing::Thread, probe: None }).unwrap());
    let write = |writer: u64, store: Arc<Counter>| async move {
        for n in 0..1_000 / writers {
            store.append_with_outbox(commit_of(&format!("{writer}"), writer * 1_000 + n, 1).unwrap()).await.unwrap();
        }
    };
    let batches = cost(&counters, || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let tasks: Vec<_> = (0..writers).map(|writer| runtime.spawn(write(writer, store.clone()))).collect();
        runtime.block_on(join_all(tasks)).into_iter().for_each(|task| task.unwrap());
    })
    .batches;
    batches * 1_000 / (1_000 / writers * writers)
}

fn append(store: &Counter, commit: Commit) {
    now(store.append_with_outbox(commit)).unwrap();
}

fn commits(figures: &mut Vec<Figure>) {
    let writer = "engine/src/store/keyed/writer.rs";
    figures.push(figure("syncs per 1000 commits, 1 writer", syncs_per_thousand(1), 0, writer));
    // A busy machine wakes writers late, and then they miss a group: the margin is wide, and a store that groups nothing is far beyond it.
    figures.push(figure("syncs per 1000 commits, 8 writers", syncs_per_thousand(8), 150, writer));
    figures.push(figure("syncs per 1000 commits, 64 writers", syncs_per_thousand(64), 150, writer));
    figures.push(figure("syncs per 1000 commits, 256 writers", syncs_per_thousand(256), 400, writer));
    figures.push(figure("syncs per 1000 commits, 1 task of two threads", syncs_per_thousand_by_tasks(1), 0, writer));
    figures.push(figure("syncs per 1000 commits, 64 tasks of two threads", syncs_per_thousand_by_tasks(64), 150, writer));
    let (store, counters) = store();
    let keys = "engine/src/store/keyed/keys.rs";
    let one = cost(&counters, || (0..100).for_each(|n| append(&store, commit_of("one", n, 1).unwrap())));
    figures.push(figure("bytes written per event, commits of 1 event", one.bytes / 100, 2, keys));
    let full = cost(&counters, || (0..100).for_each(|n| append(&store, full_commit("full", 1_000 + 3 * n).unwrap())));
    figures.push(figure("bytes written per commit of 3 events, outbox, deadline, inbox", full.bytes / 100, 2, keys));
    figures.push(figure("store reads per commit of 1 event", one.reads / 100, 0, writer));
    let more: Vec<Commit> = (0..100).map(|n| commit_of("one", 500 + n, 1).unwrap()).collect();
    let allocations = allocation_counter::measure(|| more.into_iter().for_each(|commit| append(&store, commit)));
    figures.push(figure("allocations per commit of 1 event", allocations.count_total / 100, 3, writer));
}

/// An engine with one process of `events` readings.
fn engine(events: u64) -> (EngineContext, Counters, StreamId) {
    let (store, counters) = store();
    let stream = StreamId::new("meter-readings/1");
    for first in (0..events).step_by(100) {
        let mut commit = commit_of(stream.as_str(), first, 100.min(events - first)).unwrap();
        if first == 0 {
            let (tenant, workflow) = (commit.tenant.clone(), "meter-readings".to_owned());
            commit.starts = Some(ProcessIdentity { tenant, stream: stream.clone(), workflow, rules: FormatVersion::LATEST });
        }
        append(&store, commit);
    }
    let clock = Arc::new(ManualClock::at(Timestamp::from_unix_ms(1_766_502_001_000)));
    let engine = EngineBuilder::new(TenantId::new("9999000001012"), store, clock, Arc::new(SeededIds::new(1)));
    (engine.workflow::<MeterReadings>(Adapters::none()).build().unwrap(), counters, stream)
}

fn processes(figures: &mut Vec<Figure>) {
    let (engine, _, stream) = engine(1_000);
    let process = now(engine.resume::<MeterReadings>(&stream)).unwrap();
    let replay = allocation_counter::measure(|| assert_eq!(now(process.state()).unwrap().0, 1_000));
    let fold = "engine/src/process.rs, engine/src/store/msgpack.rs";
    // Two events more or less do not show: what a replay costs at all is spread over a thousand events.
    figures.push(figure("allocations per 1000 replayed events", replay.count_total, 2, fold));

    let command = |n: u64| Execute::new(Command(ReadingReceived::number(5_000 + n)), Cause::Command("a test".to_owned()));
    // A warm state makes a command on a long process as cheap as on a short one.
    let short = ("store reads per 100 commands on a process of 10 events", "allocations per 100 commands on a process of 10 events");
    let long = ("store reads per 100 commands on a process of 1000 events", "allocations per 100 commands on a process of 1000 events");
    for ((reads, allocations), events) in [(short, 10), (long, 1_000)] {
        let (engine, counters, stream) = self::engine(events);
        let process = now(engine.resume::<MeterReadings>(&stream)).unwrap();
        // The first one reads the process; the others find its state.
        now(process.execute(command(0))).unwrap();
        let commands: Vec<_> = (1..101).map(command).collect();
        let before = counters.now();
        let used = allocation_counter::measure(|| commands.into_iter().for_each(|command| assert!(now(process.execute(command)).is_ok())));
        figures.push(figure(reads, counters.now().since(before).reads, 0, "engine/src/engine/kept.rs, engine/src/process.rs"));
        figures.push(figure(allocations, used.count_total, 3, fold));
    }
}

/// A store in which `pending` messages wait and as many deadlines stand.
fn pending(pending: u64) -> (Arc<Counter>, Counters) {
    let (store, counters) = store();
    (0..pending).for_each(|n| append(&store, full_commit(&format!("s{n}"), 3 * n).unwrap()));
    (store, counters)
}

fn polls(figures: &mut Vec<Figure>) {
    let later = Timestamp::MAX.plus_ms(-1);
    let (few, many) = (pending(100), pending(5_000));
    let outbox = |(store, counters): &(Arc<Counter>, Counters)| cost(counters, || drop(now(store.outbox_due(later, 64)).unwrap())).visited;
    let deadlines =
        |(store, counters): &(Arc<Counter>, Counters)| cost(counters, || drop(now(store.deadlines_due(later, 64)).unwrap())).visited;
    let next = |(store, counters): &(Arc<Counter>, Counters)| {
        cost(counters, || assert!(now(store.deadline_next_after(Timestamp::EPOCH)).is_ok())).visited
    };
    let looks = |(store, counters): &(Arc<Counter>, Counters)| {
        cost(counters, || (0..100).for_each(|_| assert!(now(store.deadline_next_after(Timestamp::EPOCH)).is_ok()))).reads
    };
    let read = "engine/src/store/keyed/read.rs";
    figures.push(figure("pairs visited per outbox poll of 64, 100 pending", outbox(&few), 0, read));
    figures.push(figure("pairs visited per outbox poll of 64, 5000 pending", outbox(&many), 0, read));
    figures.push(figure("pairs visited per deadline poll of 64, 100 pending", deadlines(&few), 0, read));
    figures.push(figure("pairs visited per deadline poll of 64, 5000 pending", deadlines(&many), 0, read));
    figures.push(figure("pairs visited for the next deadline, 5000 pending", next(&many), 0, read));
    figures.push(figure("store reads per 100 more looks for the next deadline", looks(&many), 0, "engine/src/store/keyed/floors.rs"));
}

fn simulation(figures: &mut Vec<Figure>) {
    let plan = half_a_year().unwrap();
    let outcome = run(&plan, &Market::application(), StoreKind::Memory, NetKind::Memory);
    assert_eq!(outcome.failure, None);
    figures.push(figure("simulation wakes in half a year with 20 messages", outcome.wakes, 5, "sim/src/world.rs, sim/src/run/driver.rs"));
    figures.push(figure(
        "commits in half a year with 20 messages",
        outcome.commits,
        5,
        "sim/src/node/inbox.rs, scenarios/src/gpke/lieferbeginn",
    ));
    figures.push(figure("messages in half a year with 20 messages", outcome.messages, 0, "scenarios/src/gpke/lieferbeginn"));
}

fn baselines() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("baselines.toml")
}

/// Everything that is more than its margin above its baseline, and every figure without one.
fn exceeded(figures: &[Figure], baselines: &BTreeMap<String, Baseline>) -> Vec<String> {
    let judge = |figure: &Figure| match baselines.get(figure.name) {
        None => Some(format!("{}: {} and no baseline: look at it, then write it", figure.name, figure.count)),
        Some(old) if figure.count * 100 > old.count * (100 + old.margin) => {
            let Baseline { count, margin, look_at } = old;
            Some(format!("{}: {} instead of {count} (margin {margin} %). Look at {look_at}", figure.name, figure.count))
        }
        Some(_) => None,
    };
    figures.iter().filter_map(judge).collect()
}

#[test]
fn no_commit_command_replay_poll_or_simulated_day_costs_more_than_it_did() {
    let mut figures = Vec::new();
    commits(&mut figures);
    processes(&mut figures);
    polls(&mut figures);
    simulation(&mut figures);
    for figure in &figures {
        println!("{:<70} {:>10}", figure.name, figure.count);
    }
    if std::env::var_os("MAKO_BASELINES").is_some_and(|value| value == "write") {
        let row = |Figure { name, count, margin, look_at }: &Figure| {
            format!("[\"{name}\"]\ncount = {count}\nmargin = {margin} # percent\nlook_at = \"{look_at}\"\n")
        };
        let rows: Vec<String> = figures.iter().map(row).collect();
        let head = "# Counted work, as it is. Written by `MAKO_BASELINES=write cargo test -p mako-benches --test counted_work`.\n\n";
        fs::write(baselines(), format!("{head}{}", rows.join("\n"))).unwrap();
    }
    let known: BTreeMap<String, Baseline> = toml::from_str(&fs::read_to_string(baselines()).unwrap()).unwrap();
    assert_eq!(exceeded(&figures, &known), [""; 0]);
    let named = |name: &String| figures.iter().any(|figure| figure.name == name);
    assert_eq!(known.keys().filter(|name| !named(name)).collect::<Vec<_>>(), [""; 0], "baselines of what nobody counts any more");
}

#[test]
fn a_figure_beyond_its_margin_is_told_with_old_new_and_the_place_to_look() {
    let known = BTreeMap::from([("syncs".to_owned(), Baseline { count: 100, margin: 2, look_at: "writer.rs".to_owned() })]);
    assert_eq!(exceeded(&[figure("syncs", 102, 2, "")], &known), [""; 0]);
    assert_eq!(exceeded(&[figure("syncs", 103, 2, "")], &known), ["syncs: 103 instead of 100 (margin 2 %). Look at writer.rs"]);
    assert_eq!(exceeded(&[figure("reads", 1, 2, "")], &known), ["reads: 1 and no baseline: look at it, then write it"]);
}
