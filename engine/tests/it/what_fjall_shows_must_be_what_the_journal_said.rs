//! After fjall has opened a directory, what it shows is compared with what stood in the raw journal before: count, hash chain, and
//! where the tables end.

use std::fs;
use std::path::Path;

use mako_engine::store::backend::{Backend, Write};
use mako_engine::store::fjall::doctor::{JournalError, examine};
use mako_engine::store::fjall::{FjallBackend, FjallOptions, Maintained, OpenError};
use mako_engine::store::{ChainHead, KeyedStore};

use crate::directory::{CHAIN_KEY, Dice, active_journal, batches, chain, chain_row, commit, home, open};
use crate::testing::{Place, at};

/// A closed store with ten commits, of which the first `in_tables` were flushed.
fn ten_commits(dir: &Path, in_tables: usize) {
    let options = FjallOptions { journal_bytes: 0, ..FjallOptions::simulation() };
    let (store, _) = FjallBackend::open(dir, options).expect("creates");
    let mut dice = Dice(3);
    for number in 1..=10 {
        store.apply(commit(number, &mut dice)).expect("applies");
        if number == in_tables {
            assert_eq!(store.maintain().expect("maintains"), Maintained::Flushed);
        }
    }
}

#[test]
fn the_last_chain_head_is_found_in_the_raw_journal_and_reported() {
    let home = home();
    let dir = home.path().join("store");
    ten_commits(&dir, 5);
    assert_eq!(examine(&dir).expect("sound").chain, Some(chain(10)));
    let (store, report) = open(&dir).expect("opens");
    assert_eq!(report.chain, Some(chain(10)));
    // A commit without one leaves it as it is; so does a seal.
    store.apply(vec![Write::Put(b"Ea".to_vec(), b"1".to_vec())]).expect("applies");
    store.seal().expect("seals");
    drop(store);
    assert_eq!(examine(&dir).expect("sound").chain, Some(chain(10)));
    assert_eq!(open(&dir).expect("opens").1.chain, Some(chain(10)));
}

#[tokio::test]
async fn the_raw_journal_names_the_head_of_the_engines_own_chain() {
    let place = Place::Fjall(home());
    let house = place.house(at(0));
    house.ask("malo", "partner", at(60)).await;
    house.ask("another malo", "partner", at(60)).await;
    drop(house);
    let Place::Fjall(home) = &place else { panic!("as built") };
    let dir = home.path().join("store");
    let in_the_journal = examine(&dir).expect("sound").chain.expect("the engine wrote one");
    let (backend, report) = open(&dir).expect("opens");
    assert_eq!(report.chain, Some(in_the_journal));
    let verified = KeyedStore::open(backend).expect("opens").verify(Some(in_the_journal)).expect("reads");
    assert_eq!((verified.head, verified.findings), (in_the_journal, vec![]));
    assert!(verified.events >= 2, "{} events", verified.events);
}

#[test]
fn a_journal_that_ends_before_its_tables_is_refused() {
    let home = home();
    let dir = home.path().join("store");
    ten_commits(&dir, 8);
    let journal = active_journal(&dir);
    let bytes = fs::read(&journal).expect("reads");
    fs::write(&journal, &bytes[..batches(&journal)[4].end() as usize]).expect("writes");
    let refused = open(&dir).expect_err("refused; fjall alone would open without commits 9 and 10");
    assert!(matches!(refused, OpenError::CommitsMissing { journalled: 5, readable: 8, .. }), "{refused}");
    assert!(refused.to_string().contains("backup"), "{refused}");
}

#[test]
fn a_journal_missing_between_tables_and_journals_is_noticed() {
    for (in_tables, cut_in_front, missing) in [(4, 4, false), (4, 3, false), (4, 5, true), (0, 1, true), (10, 10, false)] {
        let home = home();
        let dir = home.path().join("store");
        ten_commits(&dir, in_tables);
        let journal = active_journal(&dir);
        let bytes = fs::read(&journal).expect("reads");
        fs::write(&journal, &bytes[batches(&journal)[..cut_in_front].last().expect("some").end() as usize..]).expect("writes");
        match open(&dir) {
            Ok((_, report)) => assert_eq!((missing, report.commits), (false, 10), "{in_tables} in tables, {cut_in_front} cut"),
            Err(OpenError::JournalMissing { in_tables: found, first, .. }) => {
                assert_eq!((missing, found, first), (true, in_tables as u64, cut_in_front as u64 + 1));
            }
            Err(error) => panic!("{in_tables} in tables, {cut_in_front} cut: {error}"),
        }
    }
}

/// Writes one batch through plain fjall, with a proper head, and a chain head in the given keyspace.
fn write_past_the_engine(dir: &Path, keyspace: &str, value: &[u8]) {
    let count = examine(dir).expect("sound").head().expect("some").count + 1;
    let database = fjall::Database::builder(dir).worker_threads_unchecked(0).open().expect("opens");
    let place = |name: &str| database.keyspace(name, Default::default).expect("there");
    let mut batch = database.batch().durability(Some(fjall::PersistMode::SyncAll));
    batch.insert(&place("index"), b"\0h", [count.to_le_bytes(), database.seqno().to_le_bytes()].concat());
    batch.insert(&place(keyspace), CHAIN_KEY, value);
    batch.commit().expect("commits");
}

#[test]
fn a_chain_head_that_fjall_does_not_show_is_refused() {
    let home = home();
    let dir = home.path().join("store");
    ten_commits(&dir, 0);
    write_past_the_engine(&dir, "events", &chain_row(chain(11)));
    let refused = open(&dir).expect_err("refused");
    match &refused {
        OpenError::ChainHead { journalled, readable, .. } => assert_eq!((*journalled, *readable), (chain(11), Some(chain(10)))),
        other => panic!("{other}"),
    }
    let message = refused.to_string();
    assert!(
        message.contains(&chain(10).to_string()) && message.contains(&chain(11).to_string()) && message.contains("backup"),
        "{message}"
    );
}

#[test]
fn a_chain_head_that_cannot_be_read_is_refused() {
    let home = home();
    let dir = home.path().join("store");
    ten_commits(&dir, 0);
    write_past_the_engine(&dir, "index", b"no head");
    let refused = open(&dir).expect_err("refused");
    assert!(matches!(refused, OpenError::ChainHead { readable: None, .. }), "{refused}");
}

#[test]
fn a_chain_that_goes_back_or_sideways_is_refused() {
    let sideways = ChainHead { position: chain(10).position, hash: [7; 32] };
    for next in [chain(9), sideways] {
        let home = home();
        let dir = home.path().join("store");
        ten_commits(&dir, 0);
        write_past_the_engine(&dir, "index", &chain_row(next));
        let refused = open(&dir).expect_err("refused");
        assert!(matches!(refused, OpenError::Journal(JournalError::OutOfOrder { .. })), "{refused}");
        assert!(refused.to_string().contains(&format!("the hash chain goes from {} to {next}", chain(10))), "{refused}");
    }
}
