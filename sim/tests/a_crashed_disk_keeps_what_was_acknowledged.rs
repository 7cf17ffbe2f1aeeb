//! 1 000 seeded crashes of a simulated disk against its recorded frontier, on the real store. Which crashes a store must survive is
//! the engine's matter (`engine/tests/it/a_crash_image_opens_with_what_was_acknowledged.rs`); here it is whether [`SimDisk`] makes them.
//!
//! Law: whatever is torn behind the frontier, the store opens with exactly the acknowledged commits, or with whole later ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use mako_engine::store::backend::{Backend, Batch, Write};
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
        Self { _store: store, disk, after, dice }
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
                assert_eq!(cut.tail.offset, frontier.journal.end_offset, "seed {seed} case {case}");
                assert!((1..=torn_bytes).contains(&cut.tail.bytes), "seed {seed} case {case}: {cut:?} of {torn_bytes}");
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
