//! Commits: alone and in groups beside one `fdatasync`, and their work without the sync.

use std::path::Path;
use std::sync::Arc;

use futures_util::future::join_all;
use mako_benches::meter_readings::{commit_of, full_commit};
use mako_benches::stores::{Failed, NO_DISK, append, memory, on_disk, production};
use mako_benches::timing::{median, on_thread, wall, wall_time};
use mako_engine::Commit;
use mako_engine::store::backend::Backend;
use mako_engine::store::fjall::FjallBackend;
use mako_engine::store::{AtomicAppend as _, KeyedStore, Writing};
use tokio::runtime::{Builder, Runtime};

use crate::Effort;
use crate::figure::Report;
use crate::floor::{FULL, ONE_EVENT, Synced, memcpy};

const PER_ROUND: u64 = 25;
const GROUPS: [(u64, &str); 3] =
    [(8, "commit: by 8 writers, synced"), (64, "commit: by 64 writers, synced"), (256, "commit: by 256 writers, synced")];
/// Tasks of a runtime with several threads.
const TASKS: u64 = 64;
const SYNC: &str = "fdatasync of as many bytes";
const COPY: &str = "copy of as many bytes";

pub fn measure(effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let home = tempfile::tempdir_in(on_disk())?;
    synced(home.path(), effort, report)?;
    let no_disk = tempfile::tempdir_in(NO_DISK)?;
    let fjall = production(&no_disk.path().join("store"), Writing::Inline)?;
    unsynced("on fjall", &fjall, effort, report)?;
    unsynced("in memory", &memory()?, effort, report)
}

/// A stream of some hundred events, as processes have.
fn stream(kind: &str, number: u64) -> String {
    format!("{kind}/{}", number / 300)
}

fn synced(home: &Path, effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let (runtime, workers) = (Builder::new_current_thread().build()?, Builder::new_multi_thread().worker_threads(2).build()?);
    let (thread, inline) = (production(&home.join("thread"), Writing::Thread)?, production(&home.join("inline"), Writing::Inline)?);
    let led = Arc::new(production(&home.join("led"), Writing::Thread)?);
    let mut journal = Synced::new(home, "journal", 0)?;
    let mut number = 0;
    let (mut one, mut three) = (Vec::new(), Vec::new());
    let (mut lone, mut handed_over, mut on_task, mut full) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut tasks = Vec::new();
    let mut grouped = GROUPS.map(|_| Vec::new());
    for _ in 0..effort.rounds {
        for _ in 0..PER_ROUND {
            // One of each in turns, so that a neighbour who disturbs disturbs all.
            one.push(journal.once(ONE_EVENT));
            three.push(journal.once(FULL));
            for (times, store) in [(&mut handed_over, &thread), (&mut on_task, &inline)] {
                number += 1;
                let commit = commit_of(&stream("lone", number), number, 1)?;
                times.push(wall(|| assert!(runtime.block_on(store.append_with_outbox(commit)).is_ok())));
            }
            number += 1;
            lone.push(by_a_task(&workers, &led, commit_of(&stream("lone", number), number, 1)?)?);
            number += 3;
            let commit = full_commit(&stream("full", number), number).map_err(|refused| refused.to_string())?;
            full.push(wall(|| assert!(runtime.block_on(thread.append_with_outbox(commit)).is_ok())));
        }
        for ((writers, _), times) in GROUPS.iter().zip(&mut grouped) {
            let each = (512 / writers).max(4);
            let commit = |n: u64| commit_of(&format!("many/{}", n % writers), number + n, 1);
            let commits: Vec<Commit> = (0..writers * each).map(commit).collect::<Result<_, _>>()?;
            number += writers * each;
            let seconds = wall(|| runtime.block_on(write_all(&thread, *writers, commits)));
            times.push(seconds / (writers * each) as f64);
        }
        let commit = |n: u64| commit_of(&format!("tasks/{}", n % TASKS), number + n, 1);
        let commits: Vec<Commit> = (0..TASKS * 8).map(commit).collect::<Result<_, _>>()?;
        number += TASKS * 8;
        tasks.push(wall(|| workers.block_on(by_tasks(&workers, &led, commits))) / (TASKS * 8) as f64);
    }
    report.cost("commit: alone, synced, by a task", "s", lone, SYNC, one.clone());
    report.cost("commit: alone, synced, by the writer's thread", "s", handed_over, SYNC, one.clone());
    report.cost("commit: alone, synced, by whoever commits", "s", on_task, SYNC, one.clone());
    report.cost("commit: 3 events, outbox, deadline, inbox, synced", "s", full, SYNC, three);
    for ((_, id), times) in GROUPS.iter().zip(grouped) {
        report.cost(*id, "s", times, SYNC, one.clone());
    }
    report.cost("commit: by 64 tasks of two threads, synced", "s", tasks, SYNC, one);
    Ok(())
}

/// Seconds on the wall of a commit as production makes it: by a task of a runtime with several threads.
fn by_a_task(workers: &Runtime, store: &Arc<KeyedStore<FjallBackend>>, commit: Commit) -> Result<f64, Failed> {
    let store = store.clone();
    let task = workers.spawn(async move {
        let begin = wall_time();
        store.append_with_outbox(commit).await.map(|_| wall_time() - begin)
    });
    Ok(workers.block_on(task)??)
}

/// As many tasks as there are streams, each waiting for its commit before the next one.
async fn by_tasks(workers: &Runtime, store: &Arc<KeyedStore<FjallBackend>>, commits: Vec<Commit>) {
    let mut queues: Vec<Vec<_>> = (0..TASKS).map(|_| Vec::new()).collect();
    for (n, commit) in commits.into_iter().enumerate() {
        queues[n % TASKS as usize].push(commit);
    }
    let write = |queue: Vec<Commit>| {
        let store = store.clone();
        workers.spawn(async move {
            for commit in queue {
                store.append_with_outbox(commit).await.expect("commits");
            }
        })
    };
    for task in queues.into_iter().map(write).collect::<Vec<_>>() {
        task.await.expect("ends");
    }
}

/// So many writers, each with its own stream, each waiting for its commit before the next one.
async fn write_all<B: Backend>(store: &KeyedStore<B>, writers: u64, commits: Vec<Commit>) {
    let mut queues: Vec<Vec<_>> = (0..writers).map(|_| Vec::new()).collect();
    for (n, commit) in commits.into_iter().enumerate() {
        queues[n % writers as usize].push(commit);
    }
    let writer = async |queue: Vec<_>| {
        for commit in queue {
            store.append_with_outbox(commit).await.expect("commits");
        }
    };
    join_all(queues.into_iter().map(writer)).await;
}

fn unsynced<B: Backend>(place: &str, store: &KeyedStore<B>, effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let mut number = 0;
    let (mut one, mut full, mut copies) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..effort.rounds {
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..PER_ROUND * 4 {
            number += 3;
            let small = commit_of(&stream("small", number), number, 1)?;
            times[0].push(on_thread(|| append(store, small)));
            let large = full_commit(&stream("large", number), number).map_err(|refused| refused.to_string())?;
            times[1].push(on_thread(|| append(store, large)));
        }
        let [small, large] = times;
        one.push(median(small));
        full.push(median(large));
        copies.push(memcpy(ONE_EVENT));
    }
    report.cost(format!("commit: alone, unsynced, {place}"), "s CPU", one, COPY, copies.clone());
    report.cost(format!("commit: 3 events, outbox, deadline, inbox, unsynced, {place}"), "s CPU", full, COPY, copies);
    Ok(())
}
