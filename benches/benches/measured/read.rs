//! What has to be read: a history beside a scan of its bytes, a state from its snapshot, a command that finds its state or does not.
//!
//! Where something is to be flat in the length of a history, every store holds as many events in all: what lies beside a short history is the
//! history of others. What the size of the store costs is another question, and `growth` asks it.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use mako_benches::meter_readings::{Command, MeterReadings, ReadingReceived, commit_of};
use mako_benches::stores::{Failed, NO_DISK, STREAM, append, engine, fill, fill_beside, in_tables, process, production, raw_scan, settled};
use mako_benches::timing::{median, on_thread};
use mako_engine::snapshot::{Snapshot, SnapshotStore as _};
use mako_engine::store::backend::Backend as _;
use mako_engine::store::fjall::FjallBackend;
use mako_engine::store::{EventStore as _, KeyedStore, Payload, Writing};
use mako_engine::{Cause, Execute, Process, StreamId, TenantId};

use crate::Effort;
use crate::figure::Report;
use crate::floor::task_switch;

type Disk = Arc<KeyedStore<FjallBackend>>;

pub fn measure(effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let home = tempfile::tempdir_in(NO_DISK)?;
    let lengths: &[u64] = if effort.quick { &[10, 1_000, 10_000] } else { &[10, 100, 1_000, 10_000, 100_000] };
    for events in lengths {
        replay(home.path(), *events, effort, report)?;
    }
    snapshots(home.path(), effort, report)?;
    commands(home.path(), effort, report)
}

/// Rounds of `work`, of which one takes about as long as the clock can tell; seconds of one of them.
fn repeated(times: u64, mut work: impl FnMut()) -> f64 {
    on_thread(|| (0..times).for_each(|_| work())) / times as f64
}

/// Typed replay of one process beside a scan of its bytes, everything warm, in turns; first as a young one, then as one in tables.
fn replay(home: &Path, events: u64, effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let dir = home.join(format!("replay-{events}"));
    let young = Arc::new(production(&dir, Writing::Inline)?);
    fill(&young, events, None)?;
    folded(&young, &format!("replay: {events} events in memory"), events, effort, report)?;
    drop(young);
    folded(&Arc::new(in_tables(&dir)?), &format!("replay: {events} events in tables"), events, effort, report)
}

fn folded(store: &Disk, id: &str, events: u64, effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let engine = engine(store.clone())?;
    let process = process(&engine)?;
    let times = (2_000 / events).max(1);
    let (mut folds, mut scans, mut untyped) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.rounds * 2 {
        scans.push(repeated(times, || assert!(raw_scan(store) > 0)) / events as f64);
        folds.push(repeated(times, || assert_eq!(settled(process.state()).expect("a state").0, events)) / events as f64);
        untyped.push(repeated(times, || assert_eq!(unread(store), events)) / events as f64);
    }
    // As a share of the speed of the scan: 1 is as fast.
    let speed = |times: Vec<f64>| 1.0 / median(times);
    let scan = speed(scans);
    report.rate(id, "events per CPU s", speed(folds), "raw scan of the same bytes", scan);
    report.rate(format!("{id}, headers only"), "events per CPU s", speed(untyped), "raw scan of the same bytes", scan);
    Ok(())
}

/// The fold without the reading of payloads: what the store itself costs.
fn unread(store: &Disk) -> u64 {
    let mut last = 0;
    let visit = &mut |event: mako_engine::store::StoredEvent<'_>| {
        last = event.version;
        ControlFlow::Continue(())
    };
    settled(store.fold_stream(&TenantId::new(mako_benches::stores::TENANT), &StreamId::new(STREAM), 0, visit)).expect("folds");
    last
}

fn snapshots(home: &Path, effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let lengths: &[u64] = if effort.quick { &[20, 10_000] } else { &[20, 1_000, 100_000] };
    let longest = lengths.last().copied().unwrap_or_default();
    let (mut states, mut loads, mut floors) = (Vec::new(), Vec::new(), Vec::new());
    for events in lengths {
        let store = Arc::new(production(&home.join(format!("snapshot-{events}")), Writing::Inline)?);
        fill_beside(&store, longest - events)?;
        fill(&store, *events, Some(events - 10))?;
        let process = process(&engine(store.clone())?)?;
        assert_eq!(settled(process.state_with_snapshot())?, settled(process.state())?);
        let (mut state, mut load, mut floor) = (Vec::new(), Vec::new(), Vec::new());
        let (tenant, stream) = (TenantId::new(mako_benches::stores::TENANT), StreamId::new(STREAM));
        // The keys of the last ten events, asked for without knowing what they mean.
        let mut keys = Vec::new();
        store.backend().scan(b"E", b"F", &mut |key, _| {
            keys.push(key.to_vec());
            ControlFlow::Continue(())
        })?;
        let from = keys.split_off(keys.len() - 10).swap_remove(0);
        for _ in 0..effort.rounds {
            state.push(repeated(100, || assert_eq!(settled(process.state_with_snapshot()).expect("a state").0, *events)));
            load.push(repeated(100, || assert!(settled(store.snapshot(&tenant, &stream)).expect("reads").is_some())));
            floor.push(repeated(100, || {
                let mut seen = 0;
                store
                    .backend()
                    .scan(&from, b"F", &mut |_, value| {
                        seen += value.len();
                        ControlFlow::Continue(())
                    })
                    .expect("scans");
                assert!(seen > 0);
            }));
        }
        report.cost(format!("state: snapshot and 10 events of {events}"), "s CPU", state.clone(), "raw scan of 10 events", floor.clone());
        states.push(state);
        loads.push(load);
        floors.push(floor);
    }
    if let (Some(short), Some(long)) = (states.first(), states.last()) {
        report.cost("state: snapshot and 10 events, longest history", "s CPU", long.clone(), "shortest history", short.clone());
    }
    if let (Some(load), Some(floor)) = (loads.pop(), floors.pop()) {
        report.cost("snapshot: load", "s CPU", load, "raw scan of 10 events", floor);
    }
    taking(home, effort, report)
}

/// A commit that takes a snapshot with it, beside one that does not.
fn taking(home: &Path, effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let store = production(&home.join("taking"), Writing::Inline)?;
    let (mut with, mut without, mut version) = (Vec::new(), Vec::new(), 0);
    for _ in 0..effort.rounds {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..50 {
            for (times, takes) in times.iter_mut().zip([false, true]) {
                let mut commit = commit_of(STREAM, version, 1)?;
                version += 1;
                let state = Payload::encode(&(version, version))?;
                commit.snapshot = takes.then(|| Snapshot { version, workflow: "meter-readings".to_owned(), state_version: 1, state });
                times.push(on_thread(|| append(&store, commit)));
            }
        }
        let [a, b] = times;
        without.push(median(a));
        with.push(median(b));
    }
    report.cost("snapshot: take, with a commit", "s CPU", with, "the commit alone", without);
    Ok(())
}

fn commands(home: &Path, effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let lengths: &[u64] = if effort.quick { &[10, 10_000] } else { &[10, 1_000, 100_000] };
    let command = |n: u64| Execute::new(Command(ReadingReceived::number(n)), Cause::Command("a bench".to_owned()));
    let longest = lengths.last().copied().unwrap_or_default();
    let (mut number, mut all) = (1_000_000, Vec::new());
    for events in lengths {
        let store = Arc::new(production(&home.join(format!("command-{events}")), Writing::Inline)?);
        fill_beside(&store, longest - events)?;
        fill(&store, *events, None)?;
        let engine = engine(store.clone())?;
        let process: Process<MeterReadings> = process(&engine)?;
        settled(process.execute(command(number)))?;
        let (mut warm, mut switches) = (Vec::new(), Vec::new());
        for _ in 0..effort.rounds {
            let mut times = Vec::new();
            for _ in 0..50 {
                number += 1;
                let execute = command(number);
                times.push(on_thread(|| assert!(settled(process.execute(execute)).is_ok())));
            }
            warm.push(median(times));
            switches.push(task_switch());
        }
        report.cost(format!("command: warm, {events} events"), "s CPU", warm.clone(), "switch between two tasks", switches.clone());
        all.push(warm);
        if *events <= 1_000 {
            cold(home, *events, &mut number, effort, report)?;
        }
    }
    if let (Some(short), Some(long)) = (all.first(), all.last()) {
        report.cost("command: warm, longest history", "s CPU", long.clone(), "shortest history", short.clone());
    }
    Ok(())
}

/// The first command of an engine that has just started.
fn cold(home: &Path, events: u64, number: &mut u64, effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let store: Disk = Arc::new(production(&home.join(format!("cold-{events}")), Writing::Inline)?);
    fill(&store, events, None)?;
    let (mut cold, mut scans) = (Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        let engine = engine(store.clone())?;
        let process = process(&engine)?;
        *number += 1;
        let execute = Execute::new(Command(ReadingReceived::number(*number)), Cause::Command("a bench".to_owned()));
        cold.push(on_thread(|| assert!(settled(process.execute(execute)).is_ok())));
        scans.push(on_thread(|| assert!(raw_scan(&store) > 0)));
    }
    report.cost(format!("command: cold, {events} events and more"), "s CPU", cold, "raw scan of the whole history", scans);
    Ok(())
}
