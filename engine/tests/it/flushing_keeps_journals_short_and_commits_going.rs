//! What fjall leaves to whoever drives it: journals that an idle keyspace would hold back, commits that would wait for ever for a
//! compaction, journals that a rotation left.

use std::fs;
use std::path::Path;

use mako_engine::store::backend::{Backend, Write};
use mako_engine::store::fjall::doctor::JournalError;
use mako_engine::store::fjall::journal::journals;
use mako_engine::store::fjall::{FjallBackend, FjallOptions, Maintained, OpenError, Workers};
use mako_engine::testing::MemoryBackend;

use crate::directory::{Dice, active_journal, batches, bytes_between, chain, commit, digest, home, open};

#[test]
fn an_idle_keyspace_holds_no_journal_back() {
    let home = home();
    let dir = home.path().join("store");
    let options = FjallOptions { workers: Workers::Threads(2), journal_bytes: 8 << 20, ..FjallOptions::default() };
    let (store, _) = FjallBackend::open(&dir, options).expect("creates");
    // The queues are written to once and never again, and it is in the first journal.
    store.apply(vec![Write::Put(b"Oidle".to_vec(), b"1".to_vec())]).expect("applies");
    let mut dice = Dice(1);
    let noise: Vec<u8> = (0..1 << 20).map(|_| dice.roll() as u8).collect();
    let first = dir.join("0.jnl");
    let mut commits = 1;
    // A journal is sealed at 64 MB; after that a flush of everything must delete it, as soon as fjall's threads come to it. It all
    // stays below 128 MB, where fjall itself would look for what holds a journal back.
    while first.exists() {
        let value = if commits <= 100 { noise.clone() } else { vec![1; 100] };
        store.apply(vec![Write::Put(format!("E{commits:06}").into_bytes(), value)]).expect("applies");
        store.maintain().expect("maintains");
        commits += 1;
        assert!(commits < 100_000, "the first journal is still held: {:?}", journals(&dir));
        std::thread::yield_now();
    }
    drop(store);
    let (store, report) = FjallBackend::open(&dir, FjallOptions::simulation()).expect("opens");
    assert_eq!((report.commits, report.cut), (commits, None));
    assert_eq!(store.get(b"Oidle").expect("reads"), Some(b"1".to_vec()));
    assert_eq!(store.get(b"E000001").expect("reads"), Some(noise));
}

#[test]
fn many_flushes_in_a_row_never_halt_commits() {
    let home = home();
    let dir = home.path().join("store");
    let options = FjallOptions { journal_bytes: 0, ..FjallOptions::simulation() };
    let (store, _) = FjallBackend::open(&dir, options).expect("creates");
    let model = MemoryBackend::default();
    let mut dice = Dice(2);
    // fjall waits for a compaction at 30 runs of tables, and here nobody but `maintain` compacts.
    for number in 1..=60 {
        let batch = commit(number, &mut dice);
        store.apply(batch.clone()).expect("applies");
        model.apply(batch).expect("applies");
        assert_eq!(store.maintain().expect("maintains"), Maintained::Flushed);
    }
    assert_eq!(digest(&store), digest(&model));
    drop(store);
    let (store, report) = open(&dir).expect("opens");
    assert_eq!((report.commits, report.chain), (60, Some(chain(60))));
    assert_eq!(digest(&store), digest(&model));
}

/// A closed store with twelve commits, two in each of six journals, as rotations leave them while nothing is flushed.
pub fn six_journals(dir: &Path) -> blake3::Hash {
    let (store, _) = open(dir).expect("creates");
    let mut dice = Dice(4);
    for number in 1..=12 {
        store.apply(commit(number, &mut dice)).expect("applies");
    }
    let everything = digest(&store);
    drop(store);
    let journal = active_journal(dir);
    let parts: Vec<_> = batches(&journal).chunks(2).map(|two| bytes_between(&journal, two[0].offset, two[1].end())).collect();
    for (number, part) in parts.iter().enumerate() {
        fs::write(dir.join(format!("{number}.jnl")), part).expect("writes");
    }
    everything
}

#[test]
fn journals_left_by_rotations_are_read_and_commits_go_on() {
    for workers in [Workers::Inline, Workers::Threads(2)] {
        let home = home();
        let dir = home.path().join("store");
        let everything = six_journals(&dir);
        let options = FjallOptions { workers, ..FjallOptions::simulation() };
        for round in 0..3 {
            // Each sealed journal becomes a sealed memtable, and fjall halts commits at four of them until somebody flushes.
            let (store, report) = FjallBackend::open(&dir, options).expect("opens");
            assert_eq!((report.commits, report.cut), (12 + 2 * round, None), "{workers:?}");
            assert_eq!(digest(&store), everything, "{workers:?}");
            store.apply(vec![Write::Put(vec![b'R', round as u8], vec![])]).expect("goes on");
            store.apply(vec![Write::Delete(vec![b'R', round as u8])]).expect("goes on");
            store.maintain().expect("maintains");
            drop(store);
        }
    }
}

#[test]
fn a_journal_missing_among_others_is_noticed() {
    for missing in [0, 2] {
        let home = home();
        let dir = home.path().join("store");
        six_journals(&dir);
        fs::remove_file(dir.join(format!("{missing}.jnl"))).expect("deletes");
        let refused = open(&dir).expect_err("refused; fjall alone would go on without its commits");
        match refused {
            OpenError::JournalMissing { in_tables: 0, first: 3, .. } => assert_eq!(missing, 0),
            OpenError::Journal(JournalError::OutOfOrder { file, what, .. }) => {
                assert_eq!((missing, file), (2, dir.join("3.jnl")));
                assert!(what.contains("commit 7 follows commit 4"), "{what}");
            }
            other => panic!("{other}"),
        }
    }
}
