//! What the machine itself takes: a sync, a copy, a switch between tasks, a handover between threads.

use std::fs::{File, OpenOptions};
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;

use mako_benches::stores::{Failed, on_disk};
use mako_benches::timing::{on_thread, wall};

use crate::Effort;
use crate::figure::Report;

/// About as many bytes as a commit of one event journals.
pub const ONE_EVENT: usize = 700;
/// About as many as a commit of three events, a message, a deadline and an accepted interchange.
pub const FULL: usize = 3_900;

/// A file that is written and synced, over and over.
pub struct Synced(File);

impl Synced {
    /// A file that grows, as a journal does that is opened again; or one with room.
    pub fn new(dir: &Path, name: &str, room: u64) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).write(true).truncate(true).open(dir.join(name))?;
        file.set_len(room)?;
        Ok(Self(file))
    }

    /// Seconds on the wall of one write and `fdatasync`.
    pub fn once(&mut self, bytes: usize) -> f64 {
        let written = vec![7; bytes];
        wall(|| {
            self.0.write_all(&written).expect("writes");
            self.0.sync_data().expect("syncs");
        })
    }
}

/// Seconds on a processor of a copy of `bytes` bytes.
pub fn memcpy(bytes: usize) -> f64 {
    const COPIES: u32 = 10_000;
    let from = vec![7_u8; bytes];
    let mut to = vec![0_u8; bytes];
    on_thread(|| {
        for _ in 0..COPIES {
            black_box(&mut to).copy_from_slice(black_box(&from));
        }
    }) / f64::from(COPIES)
}

/// Seconds on a processor of a switch between two tasks of a runtime with one thread.
pub fn task_switch() -> f64 {
    const SWITCHES: u32 = 10_000;
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let yields = async || {
        for _ in 0..SWITCHES / 2 {
            tokio::task::yield_now().await;
        }
    };
    on_thread(|| {
        let tasks = tokio::task::LocalSet::new();
        #[expect(clippy::disallowed_methods, reason = "the switch between two tasks is what is measured")]
        let other = tasks.spawn_local(yields());
        tasks.block_on(&runtime, async {
            yields().await;
            other.await.expect("ends");
        });
    }) / f64::from(SWITCHES)
}

/// Seconds on the wall to hand something to another thread and to hear of it.
fn handover() -> f64 {
    const HANDOVERS: u32 = 200;
    let (ask, asked) = std::sync::mpsc::channel::<()>();
    let (answer, answered) = std::sync::mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || asked.iter().for_each(|()| answer.send(()).expect("is heard")));
        let seconds = wall(|| {
            for _ in 0..HANDOVERS {
                ask.send(()).expect("is heard");
                answered.recv().expect("answers");
            }
        });
        drop(ask);
        seconds
    }) / f64::from(HANDOVERS)
}

pub fn measure(effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let home = tempfile::tempdir_in(on_disk())?;
    let (mut growing, mut preallocated) = (Synced::new(home.path(), "growing", 0)?, Synced::new(home.path(), "preallocated", 64 << 20)?);
    let (mut grows, mut in_place, mut copies, mut switches, mut handovers) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..effort.rounds {
        grows.extend((0..10).map(|_| growing.once(ONE_EVENT)));
        in_place.extend((0..10).map(|_| preallocated.once(ONE_EVENT)));
        copies.push(memcpy(300));
        switches.push(task_switch());
        handovers.push(handover());
    }
    report.cost("floor: fdatasync of a file with room", "s", in_place, "fdatasync of a file that grows", grows.clone());
    report.cost("floor: handover to a thread and back", "s", handovers, "fdatasync of a file that grows", grows);
    report.cost("floor: switch between two tasks", "s CPU", switches, "copy of 300 bytes", copies);
    Ok(())
}
