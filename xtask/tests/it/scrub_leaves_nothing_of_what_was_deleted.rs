//! `scrub DIR`: the journals are emptied, the store is what it was, and what a repair kept is named.

use std::fs;

use crate::testing::stored::{EVENTS, Stored};
use crate::testing::xtask;

#[test]
fn a_store_is_the_same_after_scrubbing_and_its_journal_is_empty() {
    let stored = Stored::new();
    let verified = || xtask(stored.home(), &["inspect", "store", "verify", "--json"]).exits(0).json();
    let before = verified();
    assert_eq!(before["events"], EVENTS);
    xtask(stored.home(), &["scrub", "store"]).exits(0).prints(&["bytes of journals are gone"]);
    assert_eq!(fs::metadata(stored.dir().join("0.jnl")).unwrap().len(), 0);
    assert_eq!(verified(), before);
    let again = xtask(stored.home(), &["scrub", "store", "--json"]).exits(0).json();
    assert_eq!((&again["journal_bytes"], &again["cut"]), (&0.into(), &serde_json::json!([])));
}

#[test]
fn what_a_repair_kept_is_for_a_person_to_delete() {
    let stored = Stored::new();
    fs::write(stored.dir().join("0.jnl.36.cut"), b"torn").unwrap();
    xtask(stored.home(), &["scrub", "store"]).exits(1).prints(&["0.jnl.36.cut holds what a repair cut"]);
}

#[test]
fn a_store_that_is_open_and_what_is_no_store_are_refused() {
    let stored = Stored::new();
    let open = stored.open();
    xtask(stored.home(), &["scrub", "store"]).exits(2).complains(&["is already open"]);
    drop(open);
    xtask(stored.home(), &["scrub", "nowhere"]).exits(2).complains(&["is not a store"]);
}
