//! What tests of store directories share: a directory in shared memory, commits that follow from a seed, a hash over everything a
//! store holds, and the picture that a crash leaves of a directory that is still open.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use mako_engine::store::ChainHead;
use mako_engine::store::backend::{Backend, Batch, Write};
use mako_engine::store::fjall::journal::{BatchAt, journals, walk};
use mako_engine::store::fjall::{FjallBackend, FjallOptions, OpenError, OpenReport};

/// The tables that [`commit`] writes to, two in each keyspace.
pub const TABLES: [u8; 6] = *b"EHOFRV";

/// Numbers that depend on the seed alone (splitmix64, Steele, Lea and Flood 2014).
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.roll() >> 1) as usize % bound
    }
}

/// A directory that is deleted when it is dropped, in shared memory where there is any: nothing here needs a real disk.
pub fn home() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory")
}

pub fn open(dir: &Path) -> Result<(FjallBackend, OpenReport), OpenError> {
    FjallBackend::open(dir, FjallOptions::simulation())
}

/// Everything a store holds, as one hash.
pub fn digest(backend: &dyn Backend) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for table in TABLES {
        let mut visit = |key: &[u8], value: &[u8]| {
            for part in [key, value] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
            ControlFlow::Continue(())
        };
        backend.scan(&[table], &[table + 1], &mut visit).expect("scans");
    }
    hasher.finalize()
}

/// A commit of one of three sizes, small, with values that fjall compresses, or many pages long, with the head of a chain in it.
pub fn commit(number: usize, dice: &mut Dice) -> Batch {
    let mut batch = BTreeMap::new();
    let (writes, value_bytes) = match dice.below(8) {
        0 => (1 + dice.below(3), 4096 + dice.below(12_000)),
        1 => (20 + dice.below(30), 300),
        _ => (1 + dice.below(6), dice.below(400)),
    };
    for write in 0..writes {
        let mut key = vec![TABLES[dice.below(TABLES.len())]];
        key.extend(format!("{:03}/{number:03}/{write:02}", dice.below(50)).bytes());
        let noise = dice.below(2) == 0;
        let value = (0..value_bytes).map(|at| if noise { dice.roll() as u8 } else { (at / 16) as u8 }).collect();
        batch.insert(key.clone(), Write::Put(key, value));
    }
    // Delete and overwrite something of every commit, so that replaying a half shows.
    let key = vec![b'O', number as u8 % 3];
    let change = if number % 4 == 3 { Write::Delete(key.clone()) } else { Write::Put(key.clone(), vec![number as u8; 8]) };
    batch.insert(key, change);
    let mut batch: Batch = batch.into_values().collect();
    batch.push(Write::Put(CHAIN_KEY.to_vec(), chain_row(chain(number))));
    batch
}

/// The row of the head of the store's hash chain. The opening looks at it in the raw journal, so its form is part of the format.
pub const CHAIN_KEY: &[u8] = b"Mchain";

/// The chain head after commit `number`.
pub fn chain(number: usize) -> ChainHead {
    ChainHead { position: number as u64 * 3, hash: *blake3::hash(&number.to_le_bytes()).as_bytes() }
}

/// The value of its row.
pub fn chain_row(head: ChainHead) -> Vec<u8> {
    [&head.position.to_le_bytes()[..], &head.hash].concat()
}

/// The active journal.
pub fn active_journal(dir: &Path) -> PathBuf {
    journals(dir).expect("reads").pop().expect("a journal").1
}

/// The complete batches of a journal.
pub fn batches(journal: &Path) -> Vec<BatchAt> {
    let mut found = Vec::new();
    walk(journal, 0, &mut |batch| found.push(batch)).expect("reads");
    found
}

/// The bytes of `file` from `from` up to `to`.
pub fn bytes_between(file: &Path, from: u64, to: u64) -> Vec<u8> {
    let mut source = File::open(file).expect("opens");
    source.seek(SeekFrom::Start(from)).expect("seeks");
    let mut bytes = vec![0; (to - from) as usize];
    source.read_exact(&mut bytes).expect("reads");
    bytes
}

pub fn overwrite(file: &Path, offset: u64, bytes: &[u8]) {
    let mut file = OpenOptions::new().write(true).open(file).expect("opens");
    file.seek(SeekFrom::Start(offset)).expect("seeks");
    file.write_all(bytes).expect("writes");
}

pub fn flip(file: &Path, bit: u64) {
    let byte = bytes_between(file, bit / 8, bit / 8 + 1)[0];
    overwrite(file, bit / 8, &[byte ^ (1 << (bit % 8))]);
}

/// Builds in `image` what a crash leaves of the store in `dir`, which may be open: everything as it is, but the active journal ends
/// at `synced`, followed by `tail`.
pub fn crash_image(dir: &Path, synced: u64, tail: &[u8], image: &Path) {
    let journal = active_journal(dir);
    copy_but(dir, &journal, image);
    let mut copy = File::create_new(image.join(journal.file_name().expect("a name"))).expect("makes");
    let acknowledged = File::open(&journal).expect("opens");
    assert_eq!(std::io::copy(&mut acknowledged.take(synced), &mut copy).expect("copies"), synced);
    copy.write_all(tail).expect("writes");
}

fn copy_but(from: &Path, left_out: &Path, to: &Path) {
    fs::create_dir(to).expect("makes");
    for entry in fs::read_dir(from).expect("reads") {
        let entry = entry.expect("reads");
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path == left_out {
            continue;
        } else if path.is_dir() {
            copy_but(&path, left_out, &target);
        } else if from.ends_with("tables") {
            // Never written again, so a second name for it will do.
            fs::hard_link(&path, &target).expect("links");
        } else {
            // A lock belongs to a file, not to its name: a copy of the file is free.
            fs::copy(&path, &target).expect("copies");
        }
    }
}

/// Every file and directory below `dir`, parents first.
pub fn everything_below(dir: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(dir).expect("reads").map(|entry| entry.expect("reads").path()).collect();
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        found.push(path.clone());
        if path.is_dir() {
            found.extend(everything_below(&path));
        }
    }
    found
}
