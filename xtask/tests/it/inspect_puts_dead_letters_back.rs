//! `inspect DIR dead-letters`, `dead-letter` and `reinject`: each letter says what can be done about it, one goes back in one commit that names
//! who did it, and whatever cannot go back is refused before a byte is written.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::testing::{Said, contents, workspace, xtask};

/// The golden directory of the present format, as `store`: a message that nobody took, one that was given up, and a row that nobody reads.
fn stored() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let golden = workspace().join(format!("engine/tests/goldens/format-{}/store", mako_engine::store::fjall::FORMAT));
    for (path, bytes) in contents(&golden) {
        let copy = home.path().join("store").join(path.strip_prefix(&golden).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::write(copy, bytes).unwrap();
    }
    home
}

fn inspect(home: &TempDir, what: &[&str]) -> Said {
    xtask(home.path(), &[&["inspect", "store"], what].concat())
}

fn reinject(home: &TempDir, number: &str) -> Said {
    inspect(home, &["reinject", number, "--by", "A. Meier", "--because", "55999 is known since today"])
}

/// The value of a line of `dead-letter`.
fn line(home: &TempDir, number: &str, what: &str) -> Value {
    let lines = inspect(home, &["dead-letter", number, "--json"]).exits(0).json();
    lines.as_array().unwrap().iter().find(|line| line["what"] == what).map(|line| line["value"].clone()).unwrap_or_default()
}

#[test]
fn each_letter_says_why_and_what_can_be_done() {
    let home = stored();
    let letters = inspect(&home, &["dead-letters", "--json"]).exits(0).json();
    let told: Vec<_> =
        letters.as_array().unwrap().iter().map(|row| (row["no"].as_u64().unwrap(), row["reason"].as_str().unwrap())).collect();
    assert_eq!(told, [(1, "unknown_pid"), (2, "outbox_exhausted"), (3, "undecodable")]);
    let to_do = |row: usize| letters[row]["what to do"].as_str().unwrap().to_owned();
    assert_eq!(to_do(0), "give the engine a workflow and a route for it, then put it back");
    assert_eq!(to_do(1), "see that the recipient can be reached, then put it back");
    assert!(to_do(2).starts_with("it cannot be put back: no code here reads the stored row"), "{}", to_do(2));
    inspect(&home, &["dead-letters"]).exits(0).prints(&["what to do", "UTILMD 55999 from 9900000000002"]);
}

#[test]
fn one_letter_is_shown_with_its_bytes() {
    let home = stored();
    let said = inspect(&home, &["dead-letter", "1"]).exits(0);
    said.prints(&["part 0 of m-3@partner from 9900000000002", "UNB+UNOC:3+9900000000002:500", "PID", "55999", "2025-12-23T15:00:20Z"]);
    assert_eq!(line(&home, "1", "settled as"), "dead-lettered");
    assert_eq!(line(&home, "2", "content")["malo"], "51238696780");
    assert_eq!(line(&home, "3", "came from"), Value::Null);
    inspect(&home, &["dead-letter", "9"]).exits(2).complains(&["there is no dead letter 9 here"]);
}

#[test]
fn a_received_one_is_back_in_the_inbox_with_its_first_receipt_and_the_log_says_who_did_it() {
    let home = stored();
    let noted = inspect(&home, &["verify", "--json"]).exits(0).json()["head"].as_str().unwrap().to_owned();
    let said = reinject(&home, "1").exits(0).prints(&["put back into the inbox, part 0 of m-3@partner from 9900000000002"]);
    assert!(said.out.contains("wrote event 5 (boundary no. 2): PutBack, decision of A. Meier: 55999 is known since today"), "{said:#?}");
    let inbox = inspect(&home, &["inbox", "--json"]).exits(0).json();
    let back = inbox.as_array().unwrap().iter().find(|row| row["message"] == "m-3@partner").unwrap();
    assert_eq!(back["received"], "2025-12-23T15:00:20Z");
    assert_eq!((line(&home, "1", "put back by"), line(&home, "1", "event")), ("A. Meier".into(), 5.into()));
    assert!(line(&home, "1", "what to do").as_str().unwrap().contains("it was put back at"));
    // One commit, and everything before it is what it was.
    let verified = inspect(&home, &["verify", "--noted", &noted]).exits(0).prints(&["5 events checked, 0 findings"]);
    assert!(said.out.contains(verified.last_line()), "the head that was told is the head: {said:#?}");
}

#[test]
fn one_that_was_given_up_is_back_in_the_outbox_under_its_id_with_its_tries_reset() {
    let home = stored();
    let report = inspect(&home, &["reinject", "2", "--because", "it has a new address", "--by", "A. Meier", "--json"]).exits(0).json();
    assert_eq!((&report["letter"], &report["events"][0]["event"]), (&2.into(), &"PutBack".into()));
    let outbox = inspect(&home, &["outbox", "--json"]).exits(0).json();
    let back = outbox.as_array().unwrap().iter().find(|row| row["kind"] == "UTILMD 55004").unwrap();
    assert_eq!((&back["message"], &back["tries"]), (&"0192f0c1-7d3a-7000-8000-000000000002".into(), &0.into()));
    assert_eq!((&back["stream"], &back["queued"]), (&"anfrage/1".into(), &"2025-12-23T15:00:01Z".into()));
}

#[test]
fn what_does_not_go_back_is_refused_with_what_was_done_or_what_to_do_and_nothing_is_written() {
    let home = stored();
    reinject(&home, "1").exits(0);
    let view = |what: &str| inspect(&home, &[what, "--json"]).exits(0).out;
    let before = ["streams", "inbox", "outbox", "dead-letters", "verify"].map(view);
    reinject(&home, "1").exits(2).complains(&["was put back at", "by A. Meier, because: 55999 is known since today"]);
    reinject(&home, "3").exits(2).complains(&["dead letter 3 cannot be put back: no code here reads the stored row"]);
    reinject(&home, "4").exits(2).complains(&["there is no dead letter 4 here"]);
    inspect(&home, &["reinject", "2"]).exits(2).complains(&["--because"]);
    assert_eq!(["streams", "inbox", "outbox", "dead-letters", "verify"].map(view), before);
}

#[test]
fn a_directory_that_is_open_damaged_or_none_is_not_written_to() {
    let home = stored();
    let dir = home.path().join("store");
    let live = {
        let _door = crate::testing::door();
        mako_engine::store::fjall::FjallBackend::open(&dir, mako_engine::store::fjall::FjallOptions::simulation()).unwrap()
    };
    reinject(&home, "1").exits(2).complains(&["is already open"]);
    drop(live);
    xtask(home.path(), &["inspect", "nowhere", "reinject", "1", "--because", "x", "--by", "y"]).exits(2).complains(&["is not a store"]);
    assert!(!home.path().join("nowhere").exists());

    // Somebody changed an event behind the engine's back.
    {
        use mako_engine::store::backend::{Backend as _, Write};
        let _door = crate::testing::door();
        let options = mako_engine::store::fjall::FjallOptions::simulation();
        let (backend, _) = mako_engine::store::fjall::FjallBackend::open(&dir, options).unwrap();
        let (key, mut value) = backend.last(b"E", b"F").unwrap().unwrap();
        *value.last_mut().unwrap() ^= 1;
        backend.apply(vec![Write::Put(key, value)]).unwrap();
    }
    let before = inspect(&home, &["inbox", "--json"]).exits(0).out;
    reinject(&home, "1").exits(2).complains(&["nothing was written", "was changed"]);
    assert_eq!(inspect(&home, &["inbox", "--json"]).exits(0).out, before);
}
