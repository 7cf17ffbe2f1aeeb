//! A key that was deleted is still in the bytes of the directory, until it is scrubbed. Then it is nowhere, and everything else is as it was.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use mako_engine::routing::Adapters;
use mako_engine::store::fjall::journal::journals;
use mako_engine::store::fjall::{FjallBackend, FjallOptions, OpenError, Workers, scrub};
use mako_engine::store::{ChainHead, KeyedStore};
use mako_engine::testing::{ManualClock, SeededIds};
use mako_engine::{EngineBuilder, EngineContext, IdSource as _};

use crate::directory::{digest, everything_below, home, open};
use crate::flushing_keeps_journals_short_and_commits_going::six_journals;
use crate::testing::inquiry::{Command, Inquiry};
use crate::testing::{RULES, at, by_hand, tenant};

const SEED: u64 = 77;

/// The files below `dir` with `bytes` in them.
fn files_with(dir: &Path, bytes: &[u8]) -> Vec<String> {
    let files = everything_below(dir).into_iter().filter(|path| path.is_file());
    let found = files.filter(|file| fs::read(file).unwrap().windows(bytes.len()).any(|window| window == bytes));
    found.map(|file| file.strip_prefix(dir).unwrap().display().to_string()).collect()
}

fn engine(dir: &Path, options: FjallOptions) -> EngineContext {
    let store = Arc::new(KeyedStore::open(FjallBackend::open(dir, options).unwrap().0).unwrap());
    let (clock, ids) = (Arc::new(ManualClock::at(at(0))), Arc::new(SeededIds::new(SEED)));
    EngineBuilder::new(tenant(), store, clock, ids).workflow::<Inquiry>(Adapters::none()).seals().build().unwrap()
}

fn verified(dir: &Path) -> ChainHead {
    let report = KeyedStore::open(open(dir).unwrap().0).unwrap().verify(None).unwrap();
    assert_eq!(report.findings, []);
    report.head
}

#[tokio::test]
async fn no_byte_of_a_shredded_key_is_left_after_scrubbing() {
    let flushes_always = FjallOptions { journal_bytes: 0, ..FjallOptions::simulation() };
    let in_production = FjallOptions { workers: Workers::Threads(2), ..FjallOptions::default() };
    for options in [FjallOptions::simulation(), flushes_always, in_production] {
        let home = home();
        let dir = home.path().join("store");
        let key = SeededIds::new(SEED).secret();
        let engine = engine(&dir, options);
        let ask = Command::Ask { malo: "51238696780".to_owned(), recipient: "partner".to_owned(), due: at(60) };
        let process = engine.spawn::<Inquiry>(RULES, by_hand(ask)).await.unwrap();
        assert_ne!(files_with(&dir, &key), Vec::<String>::new(), "this test looks for the right bytes");
        engine.shred(&"51238696780".into(), "test").await.unwrap().unwrap();
        for _ in 0..12 {
            process.execute(by_hand(Command::Note("life goes on".to_owned()))).await.unwrap();
        }
        assert!(matches!(scrub(&dir), Err(OpenError::Locked { .. })), "not while somebody has it open");
        drop((process, engine));
        assert_ne!(files_with(&dir, &key), Vec::<String>::new(), "a deletion alone deletes no byte: {options:?}");

        let (head, everything) = (verified(&dir), digest(&open(&dir).unwrap().0));
        for _ in 0..2 {
            scrub(&dir).unwrap();
            assert_eq!(files_with(&dir, &key), Vec::<String>::new(), "{options:?}");
            assert_eq!((verified(&dir), digest(&open(&dir).unwrap().0)), (head, everything), "{options:?}");
        }
        let engine = self::engine(&dir, options);
        let stream = engine.store().processes(&tenant()).await.unwrap().remove(1).identity.stream;
        let process = engine.resume::<Inquiry>(&stream).await.unwrap();
        let state = process.execute(by_hand(Command::Answer)).await.unwrap();
        assert_eq!((state.malo.as_deref(), state.notes.len()), (Some("nobody"), 12), "{options:?}");
    }
}

#[test]
fn a_scrubbing_that_was_killed_leaves_a_store_that_opens() {
    for left in 0..=6 {
        let home = home();
        let dir = home.path().join("store");
        let everything = six_journals(&dir);
        open(&dir).unwrap().0.seal().unwrap();
        let before: Vec<_> = journals(&dir).unwrap().into_iter().map(|(_, file)| (fs::read(&file).unwrap(), file)).collect();
        let scrubbed = scrub(&dir).unwrap();
        assert!(scrubbed.journal_bytes > 0 && scrubbed.cut.is_empty());
        assert_eq!(journals(&dir).unwrap().iter().map(|(_, file)| fs::metadata(file).unwrap().len()).collect::<Vec<_>>(), [0]);
        // As if it had come no further than to the journals in front of these.
        for (bytes, file) in before.iter().rev().take(left) {
            fs::write(file, bytes).unwrap();
        }
        let (store, report) = open(&dir).unwrap();
        assert_eq!((digest(&store), report.cut), (everything, None), "{left} journals left");
    }
}

#[test]
fn what_is_no_store_is_refused_and_none_is_made() {
    let home = home();
    let dir = home.path().join("store");
    assert!(matches!(scrub(&dir), Err(OpenError::NotAStore { .. })));
    assert!(!dir.exists());
}
