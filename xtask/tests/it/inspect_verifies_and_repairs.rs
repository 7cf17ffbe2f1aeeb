//! `inspect DIR verify` and `inspect DIR repair`: what was changed is found and located, what was torn is cut and kept.

use std::fs;

use crate::testing::stored::{COMMITS, EVENTS, Stored};
use crate::testing::{Said, contents, xtask};

fn inspect(stored: &Stored, what: &[&str]) -> Said {
    xtask(stored.home(), &[&["inspect", "store"], what].concat())
}

/// The head of the chain, as an operator would note it.
fn head(stored: &Stored) -> String {
    inspect(stored, &["verify", "--json"]).exits(0).json()["head"].as_str().unwrap().to_owned()
}

#[test]
fn an_untouched_log_verifies_and_tells_its_head() {
    let stored = Stored::new();
    let head = head(&stored);
    inspect(&stored, &["verify"]).exits(0).prints(&[&format!("{EVENTS} events checked, 0 findings"), &format!("head {head}")]);
}

#[test]
fn a_changed_event_is_found_and_located() {
    let stored = Stored::new();
    stored.change_first_event();
    // Events are kept by stream; the first one is that of the boundary, which was committed last.
    inspect(&stored, &["verify"]).exits(1).prints(&["event 4 (9900000000001 boundary no. 1) was changed", "1 findings"]);
    let report = inspect(&stored, &["verify", "--json"]).exits(1).json();
    assert_eq!((&report["events"], report["findings"].as_array().unwrap().len()), (&4.into(), 1), "{report}");
}

#[test]
fn a_noted_head_tells_a_log_that_grew_from_one_that_is_older_or_another() {
    let stored = Stored::new();
    let noted = head(&stored);
    let older = tempfile::tempdir().unwrap();
    for (path, bytes) in contents(&stored.dir()) {
        let copy = older.path().join("store").join(path.strip_prefix(stored.dir()).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::write(copy, bytes).unwrap();
    }
    stored.grow();
    inspect(&stored, &["verify", "--noted", &noted]).exits(0).prints(&["5 events checked, 0 findings"]);

    let grown = head(&stored);
    let said = xtask(older.path(), &["inspect", "store", "verify"]);
    said.exits(0); // By itself, an older copy is sound.
    xtask(older.path(), &["inspect", "store", "verify", "--noted", &grown]).exits(1).prints(&["1 findings"]);

    let forged = format!("{}{}", &noted[..noted.len() - 1], if noted.ends_with('0') { '1' } else { '0' });
    inspect(&stored, &["verify", "--noted", &forged]).exits(1).prints(&["1 findings"]);
    inspect(&stored, &["verify", "--noted", "yesterday"]).exits(2).complains(&["expected POSITION:HASH"]);
}

#[test]
fn a_torn_tail_is_told_by_a_look_and_cut_and_kept_by_repair() {
    let stored = Stored::new();
    let journal = stored.dir().join("0.jnl");
    let whole = fs::read(&journal).unwrap();
    let torn = &whole[..36];
    fs::write(&journal, [&whole[..], torn].concat()).unwrap();

    let before = contents(&stored.dir());
    let look = inspect(&stored, &["streams"]).exits(0);
    assert!(look.err.contains("36 bytes behind the last acknowledged commit are left out"), "{look:#?}");
    assert!(contents(&stored.dir()) == before, "a look repairs nothing");

    let sound = format!("{COMMITS} commits are sound");
    inspect(&stored, &["repair"]).exits(0).prints(&["cut 36 bytes", "no acknowledged commit", "they are kept in", &sound]);
    assert_eq!(fs::read(&journal).unwrap(), whole);
    let kept = stored.dir().join(format!("0.jnl.{}.cut", whole.len()));
    assert_eq!(fs::read(kept).unwrap(), torn);
    inspect(&stored, &["repair"]).exits(0).prints(&[&format!("nothing to cut; {sound}")]);
    let report = inspect(&stored, &["repair", "--json"]).exits(0).json();
    assert_eq!((&report["commits"], &report["cut"]), (&COMMITS.into(), &serde_json::Value::Null));

    fs::write(&journal, [&whole[..], torn].concat()).unwrap();
    let cut = inspect(&stored, &["repair", "--json"]).exits(0).json()["cut"].take();
    assert_eq!((&cut["offset"], &cut["bytes"]), (&whole.len().into(), &36.into()), "{cut}");
    assert_eq!(fs::read(stored.home().join(cut["kept"].as_str().unwrap())).unwrap(), torn, "beside the first one");
}

#[test]
fn damage_to_acknowledged_bytes_is_refused_with_its_place_and_nothing_is_cut() {
    let stored = Stored::new();
    let journal = stored.dir().join("0.jnl");
    let mut bytes = fs::read(&journal).unwrap();
    bytes[60] ^= 1;
    fs::write(&journal, bytes).unwrap();
    let before = contents(&stored.dir());
    for what in [&[][..], &["verify"], &["repair"]] {
        inspect(&stored, what).exits(2).complains(&["error: ", "0.jnl"]);
    }
    assert!(contents(&stored.dir()) == before, "a refusal changes nothing");
}

#[test]
fn a_backup_of_an_open_store_is_proven_by_the_head_that_was_noted() {
    let stored = Stored::new();
    let live = stored.open();
    let backup = live.backup(stored.home().join("saved")).unwrap();
    let noted = backup.head.to_string();
    let verify = |dir: &str| xtask(stored.home(), &["inspect", dir, "verify", "--noted", &noted]);
    verify("saved").exits(0).prints(&[&format!("{EVENTS} events checked, 0 findings"), &format!("head {noted}")]);
    verify("store").exits(2).complains(&["is already open"]);
    drop(live);
    stored.grow();
    verify("store").exits(0).prints(&["0 findings"]);
    // Restored in its place, it is an older log that begins with what was noted.
    fs::remove_dir_all(stored.dir()).unwrap();
    fs::rename(stored.home().join("saved"), stored.dir()).unwrap();
    verify("store").exits(0);
    stored.grow();
    verify("store").exits(0).prints(&["5 events checked, 0 findings"]);
}
