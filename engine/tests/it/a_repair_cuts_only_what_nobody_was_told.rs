//! `repair`: what it cuts, what it keeps, what it refuses.

use std::fs;
use std::path::{Path, PathBuf};

use mako_engine::store::backend::Backend;
use mako_engine::store::fjall::doctor::{JournalError, TornTail, examine};
use mako_engine::store::fjall::{OpenError, OpenReport, repair};

use crate::directory::{Dice, active_journal, batches, chain, commit, digest, flip, home, open};

/// A closed store with five commits, and the hash over the first four.
fn five_commits(dir: &Path) -> blake3::Hash {
    let (store, _) = open(dir).expect("creates");
    let mut dice = Dice(8);
    let mut four = None;
    for number in 1..=5 {
        store.apply(commit(number, &mut dice)).expect("applies");
        if number == 4 {
            four = Some(digest(&store));
        }
    }
    four.expect("some")
}

/// Everything in the directory itself, with its content.
fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = fs::read_dir(dir).expect("reads").map(|entry| entry.expect("reads").path()).filter(|path| path.is_file());
    let mut files: Vec<_> = paths.map(|path| (path.clone(), fs::read(path).expect("reads"))).collect();
    files.sort();
    files
}

#[test]
fn a_torn_tail_is_cut_reported_and_kept() {
    let home = home();
    let dir = home.path().join("store");
    let four = five_commits(&dir);
    let journal = active_journal(&dir);
    let whole = fs::read(&journal).expect("reads");
    let last = *batches(&journal).last().expect("some");
    // All but the last byte of the trailer: every write of the batch is there, and still nobody was told.
    fs::write(&journal, &whole[..whole.len() - 1]).expect("writes");
    let report = repair(&dir).expect("repairs");
    let cut = report.cut.expect("cut");
    let tail = TornTail { file: journal.clone(), offset: last.offset, bytes: last.bytes - 1, items: last.items };
    assert_eq!(cut.tail, tail);
    assert_eq!(cut.kept, dir.join(format!("0.jnl.{}.cut", last.offset)));
    assert_eq!(fs::read(&cut.kept).expect("kept"), whole[last.offset as usize..whole.len() - 1]);
    assert_eq!((report.created, report.commits, report.chain), (false, 4, Some(chain(4))));
    let (store, report) = open(&dir).expect("opens");
    assert_eq!((report.cut, digest(&store)), (None, four));
}

#[test]
fn a_second_cut_at_the_same_place_does_not_replace_the_first_copy() {
    let home = home();
    let dir = home.path().join("store");
    five_commits(&dir);
    let journal = active_journal(&dir);
    let end = fs::metadata(&journal).expect("there").len();
    for torn in [&b"first"[..], b"second", b"third"] {
        fs::write(&journal, [&fs::read(&journal).expect("reads")[..], torn].concat()).expect("writes");
        let cut = repair(&dir).expect("repairs").cut.expect("cut");
        assert_eq!((cut.tail.offset, fs::read(cut.kept).expect("kept")), (end, torn.to_vec()));
    }
    let names = [format!("0.jnl.{end}.cut"), format!("0.jnl.{end}-1.cut"), format!("0.jnl.{end}-2.cut")];
    assert_eq!(names.map(|name| fs::read(dir.join(name)).expect("kept")), [b"first".to_vec(), b"second".to_vec(), b"third".to_vec()]);
}

#[test]
fn a_sound_directory_is_only_checked() {
    let home = home();
    let dir = home.path().join("store");
    five_commits(&dir);
    let before = files(&dir);
    let report = repair(&dir).expect("sound");
    assert_eq!(report, OpenReport { commits: 5, chain: Some(chain(5)), ..OpenReport::default() });
    assert_eq!(files(&dir), before);
}

#[test]
fn damage_to_acknowledged_bytes_is_refused_for_the_reason_of_the_doctor() {
    let home = home();
    let dir = home.path().join("store");
    five_commits(&dir);
    let journal = active_journal(&dir);
    let batches = batches(&journal);
    flip(&journal, (batches[2].offset + 40) * 8);
    let before = files(&dir);
    let reason = examine(&dir).expect_err("damaged").to_string();
    let refused = repair(&dir).expect_err("refused");
    match &refused {
        OpenError::Journal(JournalError::Damaged { offset, next_valid, .. }) => {
            assert_eq!((*offset, *next_valid), (batches[2].offset, Some(batches[3].offset)));
        }
        other => panic!("{other}"),
    }
    assert_eq!(refused.to_string(), reason);
    assert_eq!(files(&dir), before, "nothing was changed");
}

#[test]
fn a_store_that_is_open_is_refused_and_so_is_a_place_without_one() {
    let home = home();
    let dir = home.path().join("store");
    let (store, _) = open(&dir).expect("creates");
    let refused = repair(&dir).expect_err("refused");
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
    drop(store);
    let nowhere = home.path().join("nowhere");
    let refused = repair(&nowhere).expect_err("refused");
    assert!(matches!(refused, OpenError::NotAStore { .. }), "{refused}");
    assert!(!nowhere.exists(), "a repair creates nothing");
}
