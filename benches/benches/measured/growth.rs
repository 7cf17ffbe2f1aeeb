//! One store that grows: what a commit, a replay and a poll cost with ten thousand events in it, and with a thousand times as many.
//!
//! Sixty-four processes live at a time, each for a hundred events; every commit of ten events queues a message and sets a deadline, and
//! the process's next commit settles both, so the queues stay short while their history grows. Written as in production (fjall's own threads, the
//! engine's maintenance between commits) to a disk, with every sync.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use futures_util::future::join_all;
use mako_benches::meter_readings::{MeterReadings, ReadingReceived, commit_of};
use mako_benches::stores::{Failed, TENANT, engine, later, message_id, on_disk, production, settled};
use mako_benches::timing::{in_program, median, on_thread, wall};
use mako_engine::commit::{NewDeadline, NewOutboxMessage, OutboxSettlement};
use mako_engine::deadline::DeadlineStore as _;
use mako_engine::outbox::{OutboxCursor, OutboxStore as _};
use mako_engine::registry::ProcessIdentity;
use mako_engine::store::fjall::FjallBackend;
use mako_engine::store::{AtomicAppend as _, KeyedStore, Writing};
use mako_engine::{Commit, FormatVersion, Outgoing, StreamId, TenantId, Timestamp};

use crate::figure::{Point, Report};

/// Processes that live at a time, each with a writer of its own.
const LIVING: u64 = 64;
/// Events of a commit.
const PER_COMMIT: u64 = 10;
/// Events of a process.
const PER_PROCESS: u64 = 100;
/// Events of one generation of processes.
const GENERATION: u64 = LIVING * PER_PROCESS;

/// Far behind every generation that is written for good.
const UNDER_WAY: u64 = 20_000;

type Disk = Arc<KeyedStore<FjallBackend>>;

/// Grows a store to `events` events, and measures at every half decade on the way.
pub fn measure(events: u64, report: &mut Report) -> Result<(), Failed> {
    let home = tempfile::tempdir_in(on_disk())?;
    let dir = home.path().join("store");
    let store = Arc::new(production(&dir, Writing::Thread)?);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (mut written, mut generation) = (0, 0);
    for at in stops(events) {
        let before = written;
        let (mut walls, mut processors, mut writers) = (Vec::new(), Vec::new(), Vec::new());
        while written < at {
            let commits = generation_of(generation)?;
            let count = commits.iter().map(Vec::len).sum::<usize>() as f64;
            let (mut seconds, writer) = (0.0, of_writer()?);
            processors.push(in_program(|| seconds = wall(|| runtime.block_on(write(&store, commits)))) / count);
            writers.push((of_writer()? - writer) / count);
            walls.push(seconds / count);
            generation += 1;
            written += GENERATION;
        }
        if written == before {
            continue;
        }
        // Of the writer alone, which is what a commit itself takes; and the mean of all threads, so that tables written and merged in the
        // background are in it, whenever that happened on the way.
        let mean = |times: &[f64]| times.iter().sum::<f64>() / times.len() as f64;
        let costs = vec![("commit", median(writers)), ("commit, all threads", mean(&processors)), ("commit on the wall", median(walls))];
        let reads = reads(&store, generation, written)?;
        report.growth.push(Point { events: written, costs: costs.into_iter().chain(reads).chain(sizes(&dir)?).collect() });
        // What was under way while it was read has ended too.
        written += GENERATION;
        eprintln!("{at} events: {:?}", report.growth.last().map(|point| &point.costs));
    }
    drop(store);
    let opening = on_thread(|| drop(production(&dir, Writing::Inline).expect("opens")));
    if let Some(last) = report.growth.last_mut() {
        last.costs.push(("open", opening));
    }
    Ok(())
}

/// 10 000, about 31 600, 100 000 and so on, up to and including `events`.
fn stops(events: u64) -> impl Iterator<Item = u64> {
    let half_decades = (8..).map(|half| 10_f64.powf(f64::from(half) / 2.0) as u64);
    half_decades.take_while(move |at| *at <= events)
}

/// The commits of one generation, writer by writer.
fn generation_of(generation: u64) -> Result<Vec<Vec<Commit>>, Failed> {
    (0..LIVING).map(|lane| process_of(generation * LIVING + lane)).collect()
}

fn stream(process: u64) -> String {
    format!("meter-readings/{process}")
}

/// Every commit of process number `process`.
fn process_of(process: u64) -> Result<Vec<Commit>, Failed> {
    let steps = PER_PROCESS / PER_COMMIT;
    let step = |step: u64| {
        let number = process * PER_PROCESS + step * PER_COMMIT;
        let mut commit = commit_of(&stream(process), number, PER_COMMIT)?;
        if step == 0 {
            let (tenant, stream, workflow) = (commit.tenant.clone(), commit.stream.clone(), "meter-readings".to_owned());
            commit.starts = Some(ProcessIdentity { tenant, stream, workflow, rules: FormatVersion::LATEST });
        } else {
            commit.settles_outbox = Some(OutboxSettlement::Delivered(message_id(number - PER_COMMIT)));
        }
        if step + 1 == steps {
            commit.ends = true;
        } else {
            let message = Outgoing::new("as4", "9999000002010", "UTILMD 55002", &ReadingReceived::number(number))?;
            commit.outbox.push(NewOutboxMessage { id: message_id(number), message });
            let due = commit.at.plus_seconds(86_400);
            commit.deadlines_set.push(NewDeadline { label: "answer".into(), due, reason: "WT+1".to_owned() });
        }
        Ok(commit)
    };
    (0..steps).map(step).collect()
}

/// Each lane waits for its commit before the next one.
async fn write(store: &Disk, lanes: Vec<Vec<Commit>>) {
    let lane = async |commits: Vec<Commit>| {
        for commit in commits {
            store.append_with_outbox(commit).await.expect("commits");
        }
    };
    join_all(lanes.into_iter().map(lane)).await;
}

/// A replay of an old and of a young process, and looking into the queues while as many wait as ever.
fn reads(store: &Disk, generation: u64, written: u64) -> Result<Vec<(&'static str, f64)>, Failed> {
    // Half a generation is under way: its messages and deadlines stand.
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let (begun, rest) =
        generation_of(generation + UNDER_WAY)?.into_iter().map(|mut commits| (commits.drain(..5).collect(), commits)).unzip();
    runtime.block_on(write(store, begun));
    let engine = engine(store.clone())?;
    let mut costs = BTreeMap::<&'static str, Vec<f64>>::new();
    for round in 0..41 {
        // Processes in turn, so that blocks come and go as they do when many are asked for.
        let old = (round * 37) % (generation * LIVING / 2).max(1);
        let young = generation * LIVING - 1 - round % LIVING;
        for (name, process) in [("replay of an old process, per event", old), ("replay of a young process, per event", young)] {
            let process = settled(engine.resume::<MeterReadings>(&StreamId::new(stream(process))))?;
            let fold = || assert_eq!(settled(process.state()).expect("a state").0, PER_PROCESS);
            costs.entry(name).or_default().push(on_thread(fold) / PER_PROCESS as f64);
        }
        let mut poll = |name, poll: &dyn Fn() -> usize| {
            costs.entry(name).or_default().push(on_thread(|| assert_eq!(poll(), LIVING as usize)));
        };
        poll("outbox due", &|| settled(store.outbox_due(later(), LIVING as usize)).expect("reads").rows.len());
        let cursor = OutboxCursor { caused_by: written, ..OutboxCursor::START };
        poll("outbox behind a cursor", &|| settled(store.outbox_after(cursor, LIVING as usize)).expect("reads").rows.len());
        poll("deadlines due", &|| settled(store.deadlines_due(later(), LIVING as usize)).expect("reads").rows.len());
        let next = || assert!(settled(store.deadline_next_after(Timestamp::EPOCH)).expect("reads").is_some());
        costs.entry("next deadline").or_default().push(on_thread(next));
    }
    runtime.block_on(write(store, rest));
    assert_eq!(settled(store.deadlines_of(&TenantId::new(TENANT), &StreamId::new(stream(0))))?, []);
    Ok(costs.into_iter().map(|(name, times)| (name, median(times))).collect())
}

/// Seconds that the store's writer was on a processor so far, as Linux counts them.
fn of_writer() -> Result<f64, Failed> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir("/proc/self/task")? {
        let thread = thread?.path();
        if fs::read_to_string(thread.join("comm"))?.starts_with("mako-writer") {
            let stat = fs::read_to_string(thread.join("schedstat"))?;
            nanoseconds += stat.split_whitespace().next().ok_or("an empty schedstat")?.parse::<f64>()?;
        }
    }
    Ok(nanoseconds / 1e9)
}

/// Megabytes in memory, and on disk.
fn sizes(dir: &Path) -> Result<[(&'static str, f64); 2], Failed> {
    let status = fs::read_to_string("/proc/self/status")?;
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.split_whitespace().next()?.parse::<f64>().ok());
    Ok([("MB in memory", resident.ok_or("no VmRSS")? / 1e3), ("MB on disk", on_disk_bytes(dir)? as f64 / 1e6)])
}

fn on_disk_bytes(dir: &Path) -> Result<u64, Failed> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata,
            // A table that was compacted away meanwhile.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error.into()),
        };
        bytes += if metadata.is_dir() { on_disk_bytes(&entry.path())? } else { allocated(&metadata) };
    }
    Ok(bytes)
}

/// A journal is made with room for 64 MB that takes no space yet.
fn allocated(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt as _;
    metadata.blocks() * 512
}
