//! Bits that decay after they were synced: 1 000 seeded ones, and every single one where it matters most.
//!
//! Law: a bit flipped in front of the last batch is refused with its place, and nothing is changed. In the very last batch it may
//! cost that batch, and nothing else; behind a seal not even that. Never a panic, never half a commit.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mako_engine::store::backend::{Backend, Write};
use mako_engine::store::fjall::doctor::JournalError;
use mako_engine::store::fjall::journal::BatchAt;
use mako_engine::store::fjall::{FjallBackend, FjallOptions, Maintained, OpenError, OpenReport, repair};

use crate::directory::{Dice, active_journal, batches, commit, crash_image, digest, flip, home, open};

const COMMITS: usize = 30;

/// A store that is still open, with the hash over it after each commit.
struct Base {
    _home: tempfile::TempDir,
    _store: FjallBackend,
    dir: PathBuf,
    image: PathBuf,
    after: Vec<blake3::Hash>,
    batches: Vec<BatchAt>,
}

impl Base {
    fn new(dice: &mut Dice) -> Self {
        let home = home();
        let (dir, image) = (home.path().join("store"), home.path().join("image"));
        let (store, _) = open(&dir).expect("creates");
        let mut after = vec![digest(&store)];
        for number in 1..=COMMITS {
            store.apply(commit(number, dice)).expect("applies");
            after.push(digest(&store));
        }
        let batches = batches(&active_journal(&dir));
        assert_eq!(batches.len(), COMMITS);
        Self { _home: home, _store: store, dir, image, after, batches }
    }
}

/// The file as it is after something refused to touch it.
fn journal_of(image: &Path) -> Vec<u8> {
    fs::read(active_journal(image)).expect("reads")
}

fn flips(seed: u64, cases: u64) -> BTreeMap<&'static str, usize> {
    let mut dice = Dice(seed);
    let base = Base::new(&mut dice);
    let mut outcomes = BTreeMap::new();
    for case in 0..cases {
        let acknowledged = 1 + dice.below(COMMITS);
        // A third in the last batch, a third in the bytes around a batch's start, the rest anywhere.
        let last = base.batches[acknowledged - 1];
        let byte = match case % 3 {
            0 => last.offset + dice.below(last.bytes as usize) as u64,
            1 => base.batches[dice.below(acknowledged)].offset + dice.below(13) as u64,
            _ => dice.below(last.end() as usize) as u64,
        };
        let hit = base.batches.iter().find(|batch| byte < batch.end()).copied().expect("inside");
        let next = base.batches.iter().find(|batch| batch.offset == hit.end() && batch.end() <= last.end()).copied();
        let bit = byte * 8 + dice.below(8) as u64;
        crash_image(&base.dir, last.end(), &[], &base.image);
        flip(&active_journal(&base.image), bit);
        let flipped = journal_of(&base.image);
        let context = format!("seed {seed} case {case}: bit {bit} of batch at {}, {acknowledged} acknowledged", hit.offset);
        let outcome = match if case % 2 == 0 { open(&base.image) } else { open_repaired(&base.image) } {
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
                    assert_eq!(digest(&store), base.after[acknowledged], "{context}");
                    let bit_of_seqno = bit - (hit.offset + 5) * 8;
                    assert!(bit_of_seqno < 12, "{context}: only a slightly higher sequence number may go unseen, not bit {bit_of_seqno}");
                    store.apply(commit(99, &mut dice)).expect("goes on");
                    "opened whole, sequence number raised"
                } else {
                    assert_eq!(report.commits, acknowledged as u64 - 1, "{context}");
                    assert_eq!(digest(&store), base.after[acknowledged - 1], "{context}");
                    let cut = report.cut.expect("cut");
                    assert_eq!((cut.tail.offset, cut.tail.bytes), (hit.offset, hit.bytes), "{context}");
                    assert_eq!(fs::read(cut.kept).expect("kept"), flipped[hit.offset as usize..], "{context}");
                    "opened without the last batch"
                }
            }
        };
        if outcome.starts_with("refused") {
            assert_eq!(journal_of(&base.image), flipped, "{context}: evidence was changed");
        }
        *outcomes.entry(outcome).or_default() += 1;
        fs::remove_dir_all(&base.image).expect("deletes");
    }
    outcomes
}

/// The report of a repair and the opening after it.
fn open_repaired(image: &Path) -> Result<(FjallBackend, OpenReport), OpenError> {
    let repaired = repair(image)?;
    let (store, opened) = open(image)?;
    assert_eq!((opened.cut, opened.commits), (None, repaired.commits), "nothing is left to cut after a repair");
    Ok((store, repaired))
}

#[test]
fn a_thousand_flipped_bits_are_refused_with_a_place_or_cost_the_last_batch_only() {
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
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
    assert_eq!(outcomes.len(), expected.len(), "{outcomes:?}");
    for (outcome, least) in expected {
        assert!(outcomes.get(outcome).is_some_and(|count| *count >= least), "{outcome} at least {least}: {outcomes:?}");
    }
}

#[test]
fn behind_a_seal_every_flipped_bit_of_the_last_commit_is_refused() {
    let home = home();
    let (dir, image) = (home.path().join("store"), home.path().join("image"));
    let (store, _) = open(&dir).expect("creates");
    store.apply(vec![Write::Put(b"Ea".to_vec(), b"first".to_vec())]).expect("applies");
    store.apply(vec![Write::Put(b"Eb".to_vec(), b"last".to_vec())]).expect("applies");
    store.seal().expect("seals");
    store.seal().expect("sealed already");
    let batches = batches(&active_journal(&dir));
    assert_eq!(batches.len(), 3, "the second seal wrote nothing");
    for bit in batches[1].offset * 8..batches[1].end() * 8 {
        crash_image(&dir, batches[2].end(), &[], &image);
        flip(&active_journal(&image), bit);
        assert!(matches!(open(&image), Err(OpenError::Journal(_))), "bit {bit}");
        fs::remove_dir_all(&image).expect("deletes");
    }
}

/// fjall skips a batch whose number is not above what its tables already hold, and no checksum of fjall's covers the number.
#[test]
fn a_sequence_number_lowered_behind_flushed_tables_loses_nothing_in_silence() {
    let mut dice = Dice(5);
    let home = home();
    let (dir, image) = (home.path().join("store"), home.path().join("image"));
    let options = FjallOptions { journal_bytes: 1, ..FjallOptions::simulation() };
    let (store, _) = FjallBackend::open(&dir, options).expect("creates");
    for number in 0..40 {
        store.apply(commit(number, &mut dice)).expect("applies");
    }
    assert_eq!(store.maintain().expect("maintains"), Maintained::Flushed);
    store.apply(vec![Write::Put(b"Ea".to_vec(), b"behind the tables".to_vec())]).expect("applies");
    store.apply(vec![Write::Put(b"Lb".to_vec(), b"one more".to_vec())]).expect("applies");
    let truth = digest(&store);
    let batches = batches(&active_journal(&dir));
    let (last, before) = (batches[41], batches[40]);
    for batch in [last, before] {
        for bit in (batch.offset + 5) * 8..(batch.offset + 13) * 8 {
            crash_image(&dir, last.end(), &[], &image);
            flip(&active_journal(&image), bit);
            match open(&image) {
                Err(OpenError::Journal(JournalError::OutOfOrder { .. })) => {}
                Err(error) => panic!("bit {bit}: {error}"),
                Ok((store, _)) => assert_eq!(digest(&store), truth, "bit {bit}: opened and lost a commit"),
            }
            fs::remove_dir_all(&image).expect("deletes");
        }
    }
}
