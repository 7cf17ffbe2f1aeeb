//! 2 000 seeded crashes and flipped bits against a recorded frontier, on the real store.
//!
//! Law: whatever is torn behind the frontier, the store opens with exactly the acknowledged commits, or with whole later ones.
//! Law: a bit flipped before the frontier is refused with a place, unless it lies in the very last acknowledged batch: then that
//! batch may be gone, and nothing else. Never a panic, never half a commit.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use mako_engine::store::backend::{Backend, Batch, Write};
use mako_engine::store::fjall::doctor::JournalError;
use mako_engine::store::fjall::journal::{BatchAt, walk};
use mako_engine::store::fjall::{FjallBackend, FjallOptions, Maintained, OpenError, OpenReport};
use mako_engine::testing::MemoryBackend;
use mako_sim::disk::{Frontier, SimDisk, Tail, crash_image};

const COMMITS: usize = 30;
const TABLES: [u8; 4] = [b'E', b'L', b'O', b'R'];

/// The generator of xorshift64*, so that the test does not share the one it tests.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize) % bound
    }
}

fn open(dir: &Path) -> Result<(FjallBackend, OpenReport), OpenError> {
    FjallBackend::open(dir, FjallOptions::simulation())
}

/// Everything a store holds, as one hash.
fn digest(backend: &dyn Backend) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for table in TABLES {
        backend
            .scan(&[table], &[table + 1], &mut |key, value| {
                for part in [key, value] {
                    hasher.update(&(part.len() as u64).to_le_bytes());
                    hasher.update(part);
                }
                std::ops::ControlFlow::Continue(())
            })
            .expect("scans");
    }
    hasher.finalize()
}

/// A commit of one of three sizes: small, with a value that fjall compresses, or many pages long.
fn commit(number: usize, dice: &mut Dice) -> Batch {
    let mut batch = BTreeMap::new();
    let (writes, value_bytes) = match dice.below(8) {
        0 => (1 + dice.below(3), 4096 + dice.below(12_000)),
        1 => (20 + dice.below(30), 300),
        _ => (1 + dice.below(6), dice.below(400)),
    };
    for write in 0..writes {
        let table = TABLES[dice.below(TABLES.len())];
        let mut key = vec![table];
        key.extend(format!("{:03}/{number:03}/{write:02}", dice.below(50)).bytes());
        let noise = dice.below(2) == 0;
        let value: Vec<u8> = (0..value_bytes).map(|at| if noise { dice.below(256) as u8 } else { (at / 16) as u8 }).collect();
        batch.insert(key.clone(), Write::Put(key, value));
    }
    // Delete and overwrite something of every commit, so that replaying a half shows.
    let key = vec![b'O', number as u8 % 3];
    let change = if number % 4 == 3 { Write::Delete(key.clone()) } else { Write::Put(key.clone(), vec![number as u8; 8]) };
    batch.insert(key, change);
    batch.into_values().collect()
}

/// A store that is still open, with what an observer knows about it after each commit.
struct Base {
    _store: FjallBackend,
    disk: SimDisk,
    /// Frontier and digest after `n` commits.
    after: Vec<(Frontier, blake3::Hash)>,
    batches: Vec<BatchAt>,
    dice: Dice,
}

impl Base {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut disk = SimDisk::new().expect("a disk");
        let (store, report) = open(&disk.path()).expect("creates");
        assert!(report.created);
        let model = MemoryBackend::default();
        let mut after = Vec::new();
        for number in 0..=COMMITS {
            disk.acknowledge().expect("reads the journal");
            after.push((disk.frontier().expect("known").clone(), digest(&model)));
            let batch = commit(number, &mut dice);
            store.apply(batch.clone()).expect("applies");
            model.apply(batch).expect("applies");
        }
        disk.acknowledge().expect("reads the journal");
        after.push((disk.frontier().expect("known").clone(), digest(&model)));
        let mut batches = Vec::new();
        walk(&disk.path().join("0.jnl"), 0, &mut |batch| batches.push(batch)).expect("reads");
        assert_eq!(batches.len(), COMMITS + 1);
        Self { _store: store, disk, after, batches, dice }
    }

    fn image(&self, acknowledged: usize, tail: Tail) -> (PathBuf, &Frontier, blake3::Hash) {
        let image = self.disk.path().with_file_name("image");
        let (frontier, digest) = &self.after[acknowledged];
        crash_image(&self.disk.path(), frontier, tail, &image).expect("builds an image");
        (image, frontier, *digest)
    }
}

fn tears(seed: u64, cases: u64) -> BTreeMap<&'static str, usize> {
    let mut base = Base::new(seed);
    let mut outcomes = BTreeMap::new();
    for case in 0..cases {
        let acknowledged = base.dice.below(COMMITS + 1);
        let tail = match case % 10 {
            0 => Tail::Synced,
            1 => Tail::All,
            _ => Tail::Torn { seed: seed ^ (case << 8) },
        };
        let (image, frontier, digest_then) = base.image(acknowledged, tail);
        let torn_bytes = std::fs::metadata(image.join("0.jnl")).expect("there").len() - frontier.journal.end_offset;
        let (store, report) = open(&image).unwrap_or_else(|error| panic!("seed {seed} case {case} {tail:?}: {error}"));
        let expected = match tail {
            Tail::All => (COMMITS as u64 + 1, base.after[COMMITS + 1].1),
            Tail::Synced | Tail::Torn { .. } => (acknowledged as u64, digest_then),
        };
        assert_eq!((report.commits, digest(&store)), expected, "seed {seed} case {case} {tail:?}");
        let outcome = match (tail, &report.cut) {
            (Tail::All, None) => "all",
            (Tail::Synced, None) => "synced",
            (Tail::Torn { .. }, None) => "torn, nothing left of it",
            (Tail::Torn { .. }, Some(cut)) => {
                assert_eq!(cut.offset, frontier.journal.end_offset, "seed {seed} case {case}");
                assert!((1..=torn_bytes).contains(&cut.bytes), "seed {seed} case {case}: {cut:?} of {torn_bytes}");
                "torn, cut"
            }
            (_, Some(cut)) => panic!("seed {seed} case {case} {tail:?}: {cut:?}"),
        };
        *outcomes.entry(outcome).or_default() += 1;
        store.apply(commit(99, &mut base.dice)).expect("goes on");
        drop(store);
        let (_, report) = open(&image).expect("opens again");
        assert_eq!((report.commits, report.cut), (expected.0 + 1, None), "seed {seed} case {case}");
        std::fs::remove_dir_all(&image).expect("deletes");
    }
    outcomes
}

fn flip(file: &Path, bit: u64) {
    let mut file = std::fs::OpenOptions::new().read(true).write(true).open(file).expect("opens");
    let mut byte = [0];
    file.seek(SeekFrom::Start(bit / 8)).expect("seeks");
    file.read_exact(&mut byte).expect("reads");
    byte[0] ^= 1 << (bit % 8);
    file.seek(SeekFrom::Start(bit / 8)).expect("seeks");
    file.write_all(&byte).expect("writes");
}

fn flips(seed: u64, cases: u64) -> BTreeMap<&'static str, usize> {
    let mut base = Base::new(seed);
    let mut outcomes = BTreeMap::new();
    for case in 0..cases {
        let acknowledged = 1 + base.dice.below(COMMITS);
        // A third in the last batch, a third in the bytes around a batch's start, the rest anywhere.
        let (first, last) = (base.batches[0], base.batches[acknowledged - 1]);
        let byte = match case % 3 {
            0 => last.offset + base.dice.below(last.bytes as usize) as u64,
            1 => base.batches[base.dice.below(acknowledged)].offset + base.dice.below(13) as u64,
            _ => first.offset + base.dice.below(last.end() as usize) as u64,
        };
        let hit = base.batches.iter().find(|batch| byte < batch.end()).copied().expect("inside");
        let next = base.batches.iter().find(|batch| batch.offset == hit.end()).copied();
        let bit = byte * 8 + base.dice.below(8) as u64;
        let (image, _, digest_then) = base.image(acknowledged, Tail::Synced);
        flip(&image.join("0.jnl"), bit);
        let before = std::fs::read(image.join("0.jnl")).expect("reads");
        let context = format!("seed {seed} case {case}: bit {bit} of batch at {}, {acknowledged} acknowledged", hit.offset);
        let outcome = match open(&image) {
            Err(OpenError::Journal(JournalError::Damaged { offset, next_valid, .. })) => {
                assert_eq!((offset, next_valid), (hit.offset, next.map(|next| next.offset)), "{context}");
                "refused, damaged"
            }
            Err(OpenError::Journal(JournalError::OutOfOrder { offset, .. })) => {
                assert!(offset == hit.offset || Some(offset) == next.map(|next| next.offset), "{context}: {offset}");
                "refused, out of order"
            }
            Err(error) => panic!("{context}: {error}"),
            Ok((store, report)) => {
                assert_eq!(hit, last, "{context}: only the last batch may be damaged unseen");
                if report.commits == acknowledged as u64 {
                    assert_eq!(digest(&store), digest_then, "{context}");
                    let bit_of_seqno = bit - (hit.offset + 5) * 8;
                    assert!(bit_of_seqno < 12, "{context}: only a slightly higher sequence number may go unseen, not bit {bit_of_seqno}");
                    store.apply(commit(99, &mut base.dice)).expect("goes on");
                    "opened whole, sequence number raised"
                } else {
                    assert_eq!(report.commits, acknowledged as u64 - 1, "{context}");
                    assert_eq!(digest(&store), base.after[acknowledged - 1].1, "{context}");
                    assert_eq!(report.cut.map(|cut| cut.offset), Some(hit.offset), "{context}");
                    "opened without the last batch"
                }
            }
        };
        if outcome.starts_with("refused") {
            assert_eq!(std::fs::read(image.join("0.jnl")).expect("reads"), before, "{context}: evidence was changed");
        }
        *outcomes.entry(outcome).or_default() += 1;
        std::fs::remove_dir_all(&image).expect("deletes");
    }
    outcomes
}

fn assert_at_least(outcomes: &BTreeMap<&'static str, usize>, expected: &[(&str, usize)]) {
    println!("{outcomes:?}");
    assert_eq!(outcomes.len(), expected.len(), "{outcomes:?}");
    for (outcome, least) in expected {
        assert!(outcomes.get(outcome).is_some_and(|count| count >= least), "{outcome} at least {least}: {outcomes:?}");
    }
}

#[test]
fn a_thousand_torn_tails_open_with_exactly_the_acknowledged_commits() {
    let mut outcomes = BTreeMap::new();
    for seed in 1..=4 {
        for (outcome, count) in tears(seed, 250) {
            *outcomes.entry(outcome).or_default() += count;
        }
    }
    assert_at_least(&outcomes, &[("all", 100), ("synced", 100), ("torn, cut", 600), ("torn, nothing left of it", 10)]);
}

#[test]
fn a_thousand_flipped_bits_are_refused_with_a_place_or_cost_the_last_batch_only() {
    let mut outcomes = BTreeMap::new();
    for seed in 11..=14 {
        for (outcome, count) in flips(seed, 250) {
            *outcomes.entry(outcome).or_default() += count;
        }
    }
    let expected = [
        ("refused, damaged", 400),
        ("refused, out of order", 50),
        ("opened without the last batch", 200),
        ("opened whole, sequence number raised", 1),
    ];
    assert_at_least(&outcomes, &expected);
}

#[test]
fn behind_a_seal_every_flipped_bit_of_the_last_commit_is_refused() {
    let mut disk = SimDisk::new().expect("a disk");
    let (store, _) = open(&disk.path()).expect("creates");
    store.apply(vec![Write::Put(b"Ea".to_vec(), b"first".to_vec())]).expect("applies");
    store.apply(vec![Write::Put(b"Eb".to_vec(), b"last".to_vec())]).expect("applies");
    store.seal().expect("seals");
    store.seal().expect("sealed already");
    disk.acknowledge().expect("reads the journal");
    let frontier = disk.frontier().expect("known");
    assert_eq!(frontier.journal.batches, 3, "the second seal wrote nothing");
    let mut batches = Vec::new();
    walk(&disk.path().join("0.jnl"), 0, &mut |batch| batches.push(batch)).expect("reads");
    for bit in batches[1].offset * 8..batches[1].end() * 8 {
        let image = disk.path().with_file_name("image");
        crash_image(&disk.path(), frontier, Tail::Synced, &image).expect("builds an image");
        flip(&image.join("0.jnl"), bit);
        assert!(matches!(open(&image), Err(OpenError::Journal(_))), "bit {bit}");
        std::fs::remove_dir_all(&image).expect("deletes");
    }
}

/// fjall skips a batch whose number is not above what its tables already hold, and no checksum of fjall's covers the number.
#[test]
fn a_sequence_number_lowered_behind_flushed_tables_loses_nothing_in_silence() {
    let mut dice = Dice(5);
    let mut disk = SimDisk::new().expect("a disk");
    let options = FjallOptions { journal_bytes: 1, ..FjallOptions::simulation() };
    let (store, _) = FjallBackend::open(disk.path(), options).expect("creates");
    for number in 0..40 {
        store.apply(commit(number, &mut dice)).expect("applies");
    }
    assert_eq!(store.maintain().expect("maintains"), Maintained::Flushed);
    disk.flushed().expect("reads the journal");
    store.apply(vec![Write::Put(b"Ea".to_vec(), b"behind the tables".to_vec())]).expect("applies");
    store.apply(vec![Write::Put(b"Lb".to_vec(), b"one more".to_vec())]).expect("applies");
    disk.acknowledge().expect("reads the journal");
    let truth = digest(&store);
    for bit in 5 * 8..13 * 8 {
        let image = disk.path().with_file_name("image");
        crash_image(&disk.path(), disk.frontier().expect("known"), Tail::Synced, &image).expect("builds an image");
        flip(&image.join("0.jnl"), bit);
        match open(&image) {
            Err(OpenError::Journal(JournalError::OutOfOrder { .. })) => {}
            Err(error) => panic!("bit {bit}: {error}"),
            Ok((store, _)) => panic!("bit {bit}: opened, {}", if digest(&store) == truth { "whole" } else { "and lost a commit" }),
        }
        std::fs::remove_dir_all(&image).expect("deletes");
    }
}

#[test]
fn a_store_lives_through_crashes_flushes_and_new_incarnations() {
    let mut dice = Dice(77);
    let mut disk = SimDisk::new().expect("a disk");
    let model = MemoryBackend::default();
    let options = FjallOptions { journal_bytes: 30_000, ..FjallOptions::simulation() };
    let (mut flushed, mut commits) = (0, 0);
    for incarnation in 0..60 {
        let (store, report) = FjallBackend::open(disk.path(), options).expect("opens");
        assert_eq!(report.commits, commits, "incarnation {incarnation}");
        assert_eq!(digest(&store), digest(&model), "incarnation {incarnation}");
        disk.acknowledge().expect("reads the journal");
        for _ in 0..dice.below(12) {
            let batch = commit(commits as usize, &mut dice);
            store.apply(batch.clone()).expect("applies");
            model.apply(batch).expect("applies");
            disk.acknowledge().expect("reads the journal");
            commits += 1;
            if store.maintain().expect("maintains") == Maintained::Flushed {
                disk.flushed().expect("reads the journal");
                flushed += 1;
            }
        }
        let unanswered = commit(commits as usize, &mut dice);
        store.apply(unanswered.clone()).expect("applies");
        let tail = match dice.below(3) {
            0 => Tail::Synced,
            1 => {
                model.apply(unanswered).expect("applies");
                commits += 1;
                Tail::All
            }
            _ => Tail::Torn { seed: dice.below(1 << 30) as u64 },
        };
        disk.crash(tail).expect("crashes");
        drop(store);
        disk.sweep().expect("deletes");
    }
    assert!(flushed > 10, "{flushed} flushes");
}
