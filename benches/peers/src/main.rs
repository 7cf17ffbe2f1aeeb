//! What people would use instead, beside the engine: same workload, same machine, same run, in turns.
//!
//! `mako-peers [--quick] [--json FILE]`; `cargo xtask bench --peers` builds and runs it, and writes what came out into
//! `docs/performance.md`. Each peer runs as its own users would run it, durable beside durable; its settings stand beside its figures.
//!
//! The workload: streams of meter readings of about 300 bytes. A commit of one event, a commit of three, by a lone writer who waits for
//! each; 64 writers, each with its own stream, each waiting for its own commit before the next; typed replay of a stream of 1 000 and of
//! 10 000 events; the state from a snapshot and ten events, where the peer has snapshots. Every append names the version that it expects.

mod cqrs;
mod disk;
mod exchange;
mod ours;
mod peer;
mod plain;
mod published;
mod sierra;
mod uma;

use std::path::PathBuf;
use std::rc::Rc;

use futures_util::future::join_all;
use mako_benches::timing::{median, program_time};
use peer::{Failed, Peer};
use serde::Serialize;

const WRITERS: u64 = 64;
/// Commits of each writer in one round.
const EACH: u64 = 8;
const LENGTHS: [u64; 2] = [1_000, 10_000];

/// A figure of one peer.
#[derive(Serialize)]
struct Row {
    workload: String,
    peer: &'static str,
    settings: &'static str,
    /// Seconds; virtual seconds by seconds on a processor where the workload is an exchange.
    value: f64,
    /// The round that one of ten was faster than.
    p10: f64,
}

/// A peer, and the rounds of each of its workloads.
struct Subject {
    peer: Rc<dyn Peer>,
    /// Streams, events in each.
    written: Vec<u64>,
    rounds: Vec<(String, Vec<f64>)>,
}

impl Subject {
    fn note(&mut self, workload: &str, seconds: f64) {
        match self.rounds.iter_mut().find(|(name, _)| name == workload) {
            Some((_, rounds)) => rounds.push(seconds),
            None => self.rounds.push((workload.to_owned(), vec![seconds])),
        }
    }
}

/// The streams of the writers, those that lone writers use, and those that are replayed.
const ALONE: u64 = WRITERS;
const REPLAYED: u64 = WRITERS + 1;
const SNAPSHOTTED: u64 = REPLAYED + LENGTHS.len() as u64;
const STREAMS: u64 = SNAPSHOTTED + 1;

fn main() -> Result<(), Failed> {
    let (mut quick, mut json) = (false, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => quick = true,
            "--json" => json = arguments.next().map(PathBuf::from),
            other => return Err(format!("no such argument: {other}").into()),
        }
    }
    let rounds = if quick { 3 } else { 15 };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let home = tempfile::tempdir_in(mako_benches::stores::on_disk())?;
    let dir = |name: &str| home.path().join(name);
    let peers: Vec<Rc<dyn Peer>> = runtime.block_on(async {
        Ok::<_, Failed>(vec![
            Rc::new(disk::Disk::open(&dir("disk"))?) as Rc<dyn Peer>,
            Rc::new(ours::Fjall::open(&dir("mako"))?),
            Rc::new(ours::memory()?),
            Rc::new(published::slatedb(&dir("slatedb")).await?),
            Rc::new(published::memory()),
            Rc::new(uma::Uma::open(&dir("umadb"))?),
            Rc::new(sierra::Sierra::open(&dir("sierradb"))?),
            Rc::new(cqrs::Cqrs::open(&dir("cqrs"))?),
            Rc::new(plain::Sqlite::open(&dir("sqlite"))?),
            Rc::new(plain::Redb::open(&dir("redb"))?),
        ])
    })?;
    let mut subjects: Vec<Subject> =
        peers.into_iter().map(|peer| Subject { peer, written: vec![0; STREAMS as usize], rounds: Vec::new() }).collect();

    for subject in &mut subjects {
        eprintln!("filling {} …", subject.peer.name());
        runtime.block_on(fill(subject))?;
    }
    for round in 0..rounds {
        eprintln!("round {} of {rounds} …", round + 1);
        // One commit of each in turns, so that a neighbour who disturbs disturbs all.
        for _ in 0..5 {
            for subject in &mut subjects {
                runtime.block_on(alone(subject, 1))?;
                runtime.block_on(alone(subject, 3))?;
            }
        }
        for subject in &mut subjects {
            runtime.block_on(together(subject))?;
        }
        for subject in &mut subjects {
            runtime.block_on(reads(subject))?;
        }
    }
    let mut rows: Vec<Row> = subjects
        .iter()
        .flat_map(|Subject { peer, rounds, .. }| {
            rounds.iter().map(|(workload, rounds)| row(workload.clone(), peer.name(), peer.settings(), rounds.clone()))
        })
        .collect();
    drop(subjects);
    rows.extend(exchange::measure(if quick { 3 } else { 11 })?);
    for Row { workload, peer, value, p10, .. } in &rows {
        println!("{workload:<40} {peer:<28} {value:>14.9} {p10:>14.9}");
    }
    if let Some(file) = json {
        std::fs::write(file, serde_json::to_vec_pretty(&rows)?)?;
    }
    Ok(())
}

fn row(workload: String, peer: &'static str, settings: &'static str, mut rounds: Vec<f64>) -> Row {
    let value = median(rounds.clone());
    rounds.sort_by(f64::total_cmp);
    let p10 = rounds.get(rounds.len() / 10).copied().unwrap_or(value);
    Row { workload, peer, settings, value, p10 }
}

/// Streams to be replayed; a snapshot ten events before the end of one.
async fn fill(subject: &mut Subject) -> Result<(), Failed> {
    let replayed = (REPLAYED..).zip(LENGTHS);
    for (stream, events) in replayed.chain([(SNAPSHOTTED, 1_000)]) {
        let mut first = 0;
        while first < events {
            let count = (events - first).min(if events - first > 10 && first + 100 >= events { events - first - 10 } else { 100 });
            subject.peer.append(stream, first, count).await?;
            first += count;
            if stream == SNAPSHOTTED && first + 10 == events {
                subject.peer.take_snapshot(stream, first).await?;
            }
        }
        subject.written[stream as usize] = events;
    }
    Ok(())
}

/// Seconds on the wall that a future takes.
async fn seconds<T>(future: impl Future<Output = Result<T, Failed>>) -> Result<(T, f64), Failed> {
    let begin = tokio::time::Instant::now();
    let done = future.await?;
    Ok((done, begin.elapsed().as_secs_f64()))
}

/// Seconds that all threads of this program were on processors for a future, for what waits for no disk: some peers read on threads of
/// their own. What the others do in the background meanwhile is in it, and is little.
async fn processors<T>(future: impl Future<Output = Result<T, Failed>>) -> Result<(T, f64), Failed> {
    let begin = program_time();
    let done = future.await?;
    Ok((done, program_time() - begin))
}

async fn alone(subject: &mut Subject, events: u64) -> Result<(), Failed> {
    let first = subject.written[ALONE as usize];
    let ((), took) = seconds(subject.peer.append(ALONE, first, events)).await?;
    subject.written[ALONE as usize] += events;
    subject.note(if events == 1 { "commit of 1 event" } else { "commit of 3 events" }, took);
    Ok(())
}

async fn together(subject: &mut Subject) -> Result<(), Failed> {
    let write = async |stream: u64| {
        let first = subject.written[stream as usize];
        for n in 0..EACH {
            subject.peer.append(stream, first + n, 1).await?;
        }
        Ok::<(), Failed>(())
    };
    let all = async { join_all((0..WRITERS).map(write)).await.into_iter().collect::<Result<Vec<()>, Failed>>() };
    let (_, took) = seconds(all).await?;
    (0..WRITERS as usize).for_each(|stream| subject.written[stream] += EACH);
    subject.note("commit by one of 64 writers", took / (WRITERS * EACH) as f64);
    Ok(())
}

async fn reads(subject: &mut Subject) -> Result<(), Failed> {
    for (stream, events) in (REPLAYED..).zip(LENGTHS) {
        let (folded, took) = processors(subject.peer.replay(stream)).await?;
        if let Some(folded) = folded {
            assert_eq!(folded, events, "{} lost events", subject.peer.name());
            subject.note(&format!("replay of {events} events"), took);
        }
    }
    let peer = subject.peer.clone();
    let (state, took) = processors(peer.state_with_snapshot(SNAPSHOTTED)).await?;
    if let Some(folded) = state {
        assert_eq!(folded, 1_000, "{} lost events", peer.name());
        subject.note("state from snapshot and 10 events", took);
    }
    Ok(())
}
