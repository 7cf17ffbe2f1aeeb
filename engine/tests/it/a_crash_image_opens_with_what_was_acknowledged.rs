//! 2 000 seeded pictures of a directory at the instant the power went: 1 700 of a store at work, 300 of one being created.
//!
//! Law: no acknowledged commit is lost, no part of a commit is visible, and the store opens by itself or after `repair`.
//!
//! What can be on disk behind the last sync: a file cut at any byte; zeros where 4 KiB pages or 512-byte sectors did not arrive;
//! garbage in a sector that was under way; and bytes of a later batch although the one in front of them did not arrive. A sector
//! keeps the acknowledged bytes it already held. The one thing that cannot be there is a *complete* later batch behind an
//! incomplete one, since the engine writes a batch only after the one before it was synced: that is damage, and refused
//! (`a_flipped_bit_is_refused_with_its_place.rs`).

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

use mako_engine::store::backend::{Backend, Write};
use mako_engine::store::fjall::{FjallBackend, FjallOptions, Maintained, repair};

use crate::directory::{Dice, active_journal, batches, bytes_between, chain, commit, crash_image, digest, everything_below, home, open};

const SEEDS: Range<u64> = 1..6;
const COMMITS_PER_SEED: usize = 34;
const IMAGES_PER_COMMIT: usize = 10;
const CREATIONS: usize = 300;

/// Makes the blocks of `tail`, which lies at `offset` in its file, differ that `hit` says, each as a whole.
fn spoil_blocks(tail: &mut [u8], offset: u64, block: u64, mut hit: impl FnMut(u64) -> bool, mut byte: impl FnMut() -> u8) {
    let mut at = 0;
    while at < tail.len() {
        let number = (offset + at as u64) / block;
        let end = (((number + 1) * block - offset) as usize).min(tail.len());
        if hit(number) {
            tail[at..end].iter_mut().for_each(|spoilt| *spoilt = byte());
        }
        at = end;
    }
}

/// What is on disk of two batches, `first` bytes long and the rest, that were to lie at `offset`.
fn tear(written: &[u8], first: usize, offset: u64, dice: &mut Dice) -> (&'static str, Vec<u8>) {
    let mut tail = written.to_vec();
    let kind = match dice.below(6) {
        0 => {
            tail.truncate(dice.below(tail.len() + 1));
            "cut short"
        }
        1 => {
            // The space was allocated, and the bytes did not come.
            let kept = dice.below(tail.len());
            tail[kept..].fill(0);
            tail.resize(tail.len() + dice.below(20_000), 0);
            "zeros from some byte on"
        }
        2 => {
            let odds = 1 + dice.below(3);
            spoil_blocks(&mut tail, offset, 4096, |_| dice.below(odds) == 0, || 0);
            "pages missing"
        }
        3 => {
            let odds = 1 + dice.below(8);
            spoil_blocks(&mut tail, offset, 512, |_| dice.below(odds) == 0, || 0);
            "sectors zeroed"
        }
        4 => {
            let garbage = (offset + dice.below(tail.len()) as u64) / 512;
            spoil_blocks(&mut tail, offset, 512, |sector| sector == garbage, || dice.roll() as u8);
            "a sector of garbage"
        }
        _ => {
            tail.truncate(first + 1 + dice.below(tail.len() - first));
            let from = dice.below(first);
            let to = from + 1 + dice.below(first - from);
            tail[from..to].fill(0);
            "later bytes without earlier ones"
        }
    };
    let whole = |range: Range<usize>| tail.get(range.clone()).is_some_and(|bytes| bytes == &written[range]);
    if !whole(0..first) && whole(first..written.len()) {
        tail.truncate(written.len() - 1 - dice.below(written.len() - first));
    }
    (kind, tail)
}

/// What a flush, a compaction or a cut leaves when it is killed before its result counts.
fn leave_something_half_done(image: &Path, dice: &mut Dice) {
    let garbage = vec![dice.roll() as u8; dice.below(3000)];
    let keyspace = image.join("keyspaces").join(format!("{}", 1 + dice.below(3)));
    let half_done = match dice.below(4) {
        0 => keyspace.join("tables").join("9000"),
        1 => keyspace.join("v9000"),
        2 => keyspace.join(".tmpAbCdEf"),
        _ => image.join("0.jnl.0.cut"),
    };
    fs::write(half_done, garbage).expect("writes");
}

struct Picture<'a> {
    context: String,
    image: &'a Path,
    /// Commits that must be there, and the hash over all they wrote.
    expected: (usize, blake3::Hash),
    /// Where the torn bytes start, if any are left.
    torn_at: Option<u64>,
}

/// Opens the picture, by itself or after `repair`, and goes on with it.
fn assert_kept(picture: Picture<'_>, dice: &mut Dice) {
    let Picture { context, image, expected: (commits, hash), torn_at } = picture;
    let torn = bytes_from(image, torn_at);
    let repaired = (dice.below(2) == 0).then(|| repair(image).unwrap_or_else(|error| panic!("{context}: {error}")));
    let (store, report) = open(image).unwrap_or_else(|error| panic!("{context}: {error}"));
    assert_eq!((report.commits, digest(&store)), (commits as u64, hash), "{context}");
    assert_eq!(report.chain, (commits > 0).then(|| chain(commits)), "{context}");
    let cut = match repaired {
        Some(repaired) => {
            assert_eq!((report.cut, report.commits), (None, repaired.commits), "{context}: cut again after a repair");
            repaired.cut
        }
        None => report.cut,
    };
    assert_eq!(cut.as_ref().map(|cut| cut.tail.offset), torn_at, "{context}: {cut:?}");
    if let Some(cut) = cut {
        assert_eq!(fs::read(cut.kept).expect("kept"), torn, "{context}: the cut bytes are kept");
    }
    store.apply(commit(commits + 1, dice)).expect("goes on");
    store.seal().expect("goes on");
    if dice.below(4) == 0 {
        drop(store);
        let (_, report) = open(image).unwrap_or_else(|error| panic!("{context}: opened once: {error}"));
        assert_eq!((report.commits, report.cut), (commits as u64 + 2, None), "{context}");
    }
}

/// What stands in the journal from the given offset on, without the zeros at the end.
fn bytes_from(image: &Path, offset: Option<u64>) -> Vec<u8> {
    let Some(offset) = offset else { return Vec::new() };
    let journal = active_journal(image);
    let mut bytes = bytes_between(&journal, offset, fs::metadata(&journal).expect("there").len());
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    bytes.truncate(end);
    bytes
}

/// Runs one store through its commits and takes pictures behind each of them. Says how often each kind of tear was seen.
fn at_work(seed: u64) -> BTreeMap<&'static str, usize> {
    let mut dice = Dice(seed);
    let home = home();
    let (dir, image) = (home.path().join("store"), home.path().join("image"));
    let options = FjallOptions { journal_bytes: 40_000, ..FjallOptions::simulation() };
    let (mut store, _) = FjallBackend::open(&dir, options).expect("creates");
    let mut seen = BTreeMap::new();
    let mut before = digest(&store);
    for acknowledged in 0..COMMITS_PER_SEED {
        // Two batches are written behind the frontier; the pictures say that the disk has parts of them.
        let frontier = batches(&active_journal(&dir)).last().map_or(0, |batch| batch.end());
        let frontier_tables = home.path().join("frontier");
        crash_image(&dir, frontier, &[], &frontier_tables);
        let (next, later) = (commit(acknowledged + 1, &mut dice), commit(acknowledged + 2, &mut dice));
        store.apply(next.clone()).expect("applies");
        let middle = digest(&store);
        store.apply(later).expect("applies");
        let after = digest(&store);
        let journal = active_journal(&dir);
        let ends: Vec<u64> = batches(&journal).iter().map(|batch| batch.end()).filter(|end| *end > frontier).collect();
        let [first_end, second_end] = ends[..] else { panic!("two batches: {ends:?}") };
        let written = bytes_between(&journal, frontier, second_end);
        let first = (first_end - frontier) as usize;
        for number in 0..IMAGES_PER_COMMIT {
            let (kind, tail) = tear(&written, first, frontier, &mut dice);
            let whole = |to: usize| tail.get(..to).is_some_and(|bytes| bytes == &written[..to]);
            let (commits, hash, end) = match (whole(first), whole(written.len())) {
                (_, true) => (acknowledged + 2, after, second_end),
                (true, false) => (acknowledged + 1, middle, first_end),
                (false, false) => (acknowledged, before, frontier),
            };
            let torn = tail.get((end - frontier) as usize..).is_some_and(|rest| rest.iter().any(|byte| *byte != 0));
            crash_image(&frontier_tables, frontier, &tail, &image);
            if dice.below(4) == 0 {
                leave_something_half_done(&image, &mut dice);
            }
            let context = format!("seed {seed}, {acknowledged} acknowledged, picture {number}, {kind}");
            assert_kept(Picture { context, image: &image, expected: (commits, hash), torn_at: torn.then_some(end) }, &mut dice);
            fs::remove_dir_all(&image).expect("deletes");
            *seen.entry(kind).or_default() += 1;
        }
        // Back to the frontier, and forward by one: the other batch was only written to be torn.
        drop(store);
        fs::remove_dir_all(&dir).expect("deletes");
        fs::rename(&frontier_tables, &dir).expect("moves");
        store = FjallBackend::open(&dir, options).expect("opens").0;
        store.apply(next).expect("applies");
        before = digest(&store);
        if store.maintain().expect("maintains") == Maintained::Flushed {
            *seen.entry("flushed").or_default() += 1;
        }
    }
    seen
}

#[test]
fn a_store_at_work_keeps_every_acknowledged_commit_and_no_part_of_another() {
    let mut seen = BTreeMap::new();
    for seed in SEEDS {
        for (kind, times) in at_work(seed) {
            *seen.entry(kind).or_default() += times;
        }
    }
    let flushed = seen.remove("flushed").unwrap_or(0);
    assert!(flushed >= 10, "{flushed} flushes");
    assert_eq!(seen.values().sum::<usize>() + CREATIONS, 2000);
    assert_eq!(seen.len(), 6, "{seen:?}");
    assert!(seen.values().all(|times| *times > 200), "{seen:?}");
}

#[test]
fn a_store_killed_while_it_is_created_is_created_by_the_next_opening() {
    let mut dice = Dice(99);
    let home = home();
    let whole = home.path().join("whole");
    drop(open(&whole).expect("creates"));
    let parts = everything_below(&whole);
    let (dir, building) = (home.path().join("store"), home.path().join("store.new-mako"));
    for number in 0..CREATIONS {
        // Nothing is synced until everything is there: any entry may be missing, any file may be short or hold zeros.
        fs::create_dir(&building).expect("makes");
        let odds = 1 + dice.below(6);
        for part in &parts {
            let to = building.join(part.strip_prefix(&whole).expect("below"));
            if dice.below(odds + 1) == 0 || !to.parent().is_some_and(Path::exists) {
                continue;
            } else if part.is_dir() {
                fs::create_dir(&to).expect("makes");
            } else {
                let mut bytes = fs::read(part).expect("reads");
                match dice.below(3) {
                    0 => bytes.truncate(dice.below(bytes.len() + 1)),
                    1 => bytes.fill(0),
                    _ => {}
                }
                fs::write(&to, bytes).expect("writes");
            }
        }
        let (store, report) = open(&dir).unwrap_or_else(|error| panic!("picture {number}: {error}"));
        assert_eq!((report.created, report.removed_leftover), (true, Some(building.clone())), "picture {number}");
        assert_eq!((report.commits, store.get(b"Ea").expect("reads")), (0, None), "picture {number}");
        store.apply(vec![Write::Put(b"Ea".to_vec(), b"1".to_vec())]).expect("applies");
        drop(store);
        let (store, report) = open(&dir).expect("opens again");
        assert_eq!((report.created, report.commits, building.exists()), (false, 1, false), "picture {number}");
        assert_eq!(store.get(b"Ea").expect("reads"), Some(b"1".to_vec()), "picture {number}");
        drop(store);
        fs::remove_dir_all(&dir).expect("deletes");
    }
}
