//! One case for each defect of fjall's recovery that the doctor stands in front of.

use std::fs::{self, OpenOptions};
use std::path::PathBuf;

use mako_engine::store::backend::{Backend, Batch, Write};
use mako_engine::store::fjall::doctor::{JournalError, examine};
use mako_engine::store::fjall::journal::{BatchAt, Flaw, JournalState, follow, valid_prefix};
use mako_engine::store::fjall::{FjallBackend, OpenError};

use crate::directory::{batches, home, open, overwrite};

/// A closed store with `commits` commits; the last one is 40 KiB long.
struct Closed {
    _home: tempfile::TempDir,
    dir: PathBuf,
    journal: PathBuf,
    batches: Vec<BatchAt>,
}

/// Bytes that do not compress, and hold no zero.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let next = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8 | 1
    };
    (0..bytes).map(next).collect()
}

fn batch(number: usize, value_bytes: usize) -> Batch {
    let put = |table: &str| Write::Put(format!("{table}{number:03}").into_bytes(), noise(value_bytes));
    vec![put("E"), put("O"), put("R")]
}

fn closed(commits: usize) -> Closed {
    let home = home();
    let dir = home.path().join("store");
    let (store, _) = open(&dir).expect("creates");
    for number in 1..=commits {
        store.apply(batch(number, if number == commits { 13_000 } else { 100 })).expect("applies");
    }
    drop(store);
    let journal = dir.join("0.jnl");
    let batches = batches(&journal);
    assert_eq!(batches.len(), commits);
    Closed { _home: home, dir, journal, batches }
}

fn keys(store: &FjallBackend) -> Vec<usize> {
    ["E", "O", "R"]
        .map(|table| {
            let mut count = 0;
            let mut visit = |_: &[u8], _: &[u8]| {
                count += 1;
                std::ops::ControlFlow::Continue(())
            };
            store.scan(table.as_bytes(), &[table.as_bytes()[0] + 1], &mut visit).expect("scans");
            count
        })
        .to_vec()
}

#[test]
fn a_page_missing_in_the_commit_under_way_is_cut() {
    // In the middle of a value only the checksum tells, and fjall alone would not open; or it takes the start of the second write.
    for (page, items_whose_lengths_fit) in [(1, 4), (3, 1)] {
        let closed = closed(5);
        let last = closed.batches[4];
        overwrite(&closed.journal, (last.offset / 4096 + page) * 4096, &[0; 4096]);
        let (store, report) = open(&closed.dir).expect("opens");
        let cut = report.cut.expect("cut").tail;
        assert_eq!((cut.file, cut.offset, cut.bytes), (closed.journal, last.offset, last.bytes));
        assert_eq!(cut.items, items_whose_lengths_fit);
        assert_eq!((report.commits, keys(&store)), (4, vec![4, 4, 4]));
    }
}

/// fjall alone panics on some of these in a debug build, and otherwise cuts them without a word or a copy.
#[test]
fn a_tail_torn_at_any_byte_is_cut() {
    let home = home();
    let dir = home.path().join("store");
    let (store, _) = open(&dir).expect("creates");
    store.apply(batch(1, 20)).expect("applies");
    store.apply(batch(2, 20)).expect("applies");
    drop(store);
    let journal = dir.join("0.jnl");
    let whole = fs::read(&journal).expect("reads");
    let batches = batches(&journal);
    let (kept, torn) = (batches[0].end(), batches[1]);
    for bytes in 0..torn.bytes {
        for zeros in [0, 5000] {
            let mut content = whole[..(kept + bytes) as usize].to_vec();
            content.resize(content.len() + zeros, 0);
            fs::write(&journal, &content).expect("writes");
            let (store, report) = open(&dir).unwrap_or_else(|error| panic!("{bytes} bytes, {zeros} zeros: {error}"));
            assert_eq!((report.commits, keys(&store)), (1, vec![1, 1, 1]), "{bytes} bytes, {zeros} zeros");
            let Some(cut) = report.cut else {
                assert_eq!(bytes, 0, "{zeros} zeros alone are no torn tail");
                continue;
            };
            let end = kept + cut.tail.bytes;
            assert!(content[end as usize..].iter().all(|byte| *byte == 0), "{bytes} bytes, {zeros} zeros");
            let torn = fs::read(&cut.kept).expect("kept");
            assert_eq!((cut.tail.offset, &torn[..]), (kept, &content[kept as usize..end as usize]), "{bytes} bytes, {zeros} zeros");
            fs::remove_file(&cut.kept).expect("deletes");
        }
    }
}

#[test]
fn a_bit_in_synced_bytes_is_refused_with_its_place() {
    for (byte_in_batch, flaw) in [(0, Flaw::Tag { found: 0x81 }), (60, Flaw::Checksum), (15, Flaw::Item)] {
        let closed = closed(10);
        let hit = closed.batches[4];
        let byte = fs::read(&closed.journal).expect("reads")[(hit.offset + byte_in_batch) as usize];
        overwrite(&closed.journal, hit.offset + byte_in_batch, &[byte ^ 0x80]);
        let before = fs::read(&closed.journal).expect("reads");
        let refused = open(&closed.dir).expect_err("refused; fjall alone would go on with four commits");
        match &refused {
            OpenError::Journal(JournalError::Damaged { file, offset, flaw: found, next_valid }) => {
                assert_eq!((file, *offset, *next_valid), (&closed.journal, hit.offset, Some(closed.batches[5].offset)));
                assert_eq!(*found, flaw);
            }
            other => panic!("{other}"),
        }
        let message = refused.to_string();
        assert!(message.contains(&format!("byte {}", hit.offset)) && message.contains("backup"), "{message}");
        assert_eq!(fs::read(&closed.journal).expect("reads"), before, "nothing was changed");
    }
}

#[test]
fn damage_in_a_sealed_journal_is_refused_even_at_its_end() {
    let closed = closed(5);
    let last = closed.batches[4];
    // What a rotation leaves: a full journal, and a new one that is still empty.
    fs::write(closed.dir.join("1.jnl"), vec![0; 10_000]).expect("writes");
    assert_eq!(examine(&closed.dir).expect("sound").head().map(|head| head.count), Some(5));
    overwrite(&closed.journal, last.end() - 1, b"x");
    let refused = examine(&closed.dir).expect_err("refused");
    assert!(matches!(refused, JournalError::Damaged { offset, next_valid: None, .. } if offset == last.offset), "{refused}");
}

#[test]
fn preallocated_zeros_are_no_damage_and_garbage_behind_them_is_cut() {
    let closed = closed(5);
    let end = closed.batches[4].end();
    let file = OpenOptions::new().write(true).open(&closed.journal).expect("opens");
    file.set_len(1 << 20).expect("extends");
    assert_eq!(examine(&closed.dir).expect("sound").torn, None);
    overwrite(&closed.journal, end + 5000, b"garbage");
    let torn = examine(&closed.dir).expect("sound").torn.expect("torn");
    assert_eq!((torn.offset, torn.bytes), (end, 5007));
    let (store, report) = open(&closed.dir).expect("opens");
    assert_eq!((report.commits, report.cut.map(|cut| cut.tail), keys(&store)), (5, Some(torn), vec![5, 5, 5]));
}

#[test]
fn commits_taken_out_of_the_middle_are_missed() {
    let closed = closed(6);
    let mut bytes = fs::read(&closed.journal).expect("reads");
    bytes.drain(closed.batches[2].offset as usize..closed.batches[4].offset as usize);
    fs::write(&closed.journal, bytes).expect("writes");
    let refused = open(&closed.dir).expect_err("refused; every checksum fits").to_string();
    assert!(refused.contains("commit 5 follows commit 2"), "{refused}");
}

#[test]
fn a_directory_without_its_journal_is_refused() {
    let closed = closed(3);
    fs::remove_file(&closed.journal).expect("deletes");
    let refused = open(&closed.dir).expect_err("refused; fjall alone would begin anew");
    assert!(matches!(refused, OpenError::Journal(JournalError::Missing { .. })), "{refused}");
}

#[test]
fn the_journal_can_be_followed_while_it_grows() {
    let home = home();
    let dir = home.path().join("store");
    let (store, _) = open(&dir).expect("creates");
    let mut known = valid_prefix(&dir).expect("reads");
    assert_eq!(known, JournalState { file: "0.jnl".to_owned(), end_offset: 0, batches: 0 });
    for number in 1..=20 {
        // Values of 4 KiB and more are compressed in the journal; some batches are longer than one read.
        store.apply(batch(number, number * number * 300)).expect("applies");
        known = follow(&dir, &known).expect("reads");
        assert_eq!(known.batches, number as u64);
        assert_eq!(known, valid_prefix(&dir).expect("reads"));
    }
    assert_eq!(fs::metadata(dir.join("0.jnl")).expect("there").len(), known.end_offset);
}
