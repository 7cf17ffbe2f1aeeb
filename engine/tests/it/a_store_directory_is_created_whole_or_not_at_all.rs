//! Creation, claiming and refusing of store directories.

use std::fs;

use mako_engine::store::backend::{Backend, Write};
use mako_engine::store::fjall::{FORMAT, FjallBackend, FjallOptions, OpenError, OpenReport, Workers, repair};

use crate::directory::{everything_below, home, open};

fn put(key: &str) -> Vec<Write> {
    vec![Write::Put(key.into(), b"value".to_vec())]
}

#[test]
fn a_creation_killed_at_any_step_is_begun_anew() {
    let home = home();
    let whole = home.path().join("whole");
    drop(open(&whole).expect("creates"));
    let steps = everything_below(&whole);
    assert!(steps.len() > 10, "{steps:?}");
    // With and without the content of the last file: a file exists before it is written.
    for made in 0..=steps.len() {
        for last_is_empty in [false, true] {
            let dir = home.path().join("store");
            let building = home.path().join("store.new-mako");
            fs::create_dir(&building).expect("makes");
            for (index, step) in steps[..made].iter().enumerate() {
                let to = building.join(step.strip_prefix(&whole).expect("below"));
                if step.is_dir() {
                    fs::create_dir(&to).expect("makes");
                } else if last_is_empty && index + 1 == made {
                    fs::write(&to, b"").expect("writes");
                } else {
                    fs::copy(step, &to).expect("copies");
                }
            }
            let (store, report) = open(&dir).expect("opens");
            assert_eq!((report.created, report.removed_leftover), (true, Some(building.clone())), "{made} steps");
            store.apply(put("Ea")).expect("applies");
            assert!(!building.exists());
            drop(store);
            let (_, report) = open(&dir).expect("opens again");
            assert_eq!(report, OpenReport { commits: 1, ..OpenReport::default() });
            fs::remove_dir_all(&dir).expect("deletes");
        }
    }
}

#[test]
fn an_empty_directory_becomes_a_store_and_any_other_is_left_alone() {
    let home = home();
    assert!(open(home.path()).expect("creates").1.created);

    let other = crate::directory::home();
    fs::write(other.path().join("notes.txt"), "mine").expect("writes");
    let refused = open(other.path()).expect_err("refused");
    assert!(matches!(refused, OpenError::NotAStore { .. }), "{refused}");
    assert_eq!(everything_below(other.path()).len(), 1, "nothing was added");
}

#[test]
fn a_directory_is_open_once() {
    let home = home();
    let dir = home.path().join("store");
    let (store, _) = open(&dir).expect("creates");
    let refused = open(&dir).expect_err("refused");
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
    assert!(refused.to_string().contains("already open"), "{refused}");
    drop(store);
    open(&dir).expect("free again");
}

#[test]
fn a_creation_that_is_still_alive_is_not_removed() {
    let home = home();
    let building = home.path().join("store.new-mako");
    fs::create_dir(&building).expect("makes");
    let alive = fs::File::create(building.join("mako-format")).expect("makes");
    alive.try_lock().expect("locks");
    let refused = open(&home.path().join("store")).expect_err("refused");
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
    assert!(building.exists());
}

#[test]
fn another_format_is_refused_untouched() {
    let home = home();
    let dir = home.path().join("store");
    drop(open(&dir).expect("creates"));
    let own = fs::read_to_string(dir.join("mako-format")).expect("reads");
    assert_eq!(own, format!("mako-format {FORMAT}\n"));
    for (text, says) in [
        ("mako-format 1\n", "An older version wrote it and nothing converts it: go on with that version"),
        ("mako-format 2\n", "An older version wrote it: `cargo xtask inspect DIR migrate` brings it here"),
        ("mako-format 4\n", "A newer version wrote it: open it with that one"),
    ] {
        fs::write(dir.join("mako-format"), text).expect("writes");
        for refused in [open(&dir).expect_err("refused"), repair(&dir).expect_err("refused")] {
            let found = text["mako-format ".len()..].trim_end().parse::<u32>().expect("a number");
            assert!(matches!(refused, OpenError::Format { found: version, supported: FORMAT, .. } if version == found), "{refused}");
            assert!(refused.to_string().contains(says), "{refused}");
        }
        assert_eq!(fs::read_to_string(dir.join("mako-format")).expect("reads"), text);
    }
    for text in ["mako-format one\n", ""] {
        fs::write(dir.join("mako-format"), text).expect("writes");
        let refused = open(&dir).expect_err("refused");
        assert!(matches!(refused, OpenError::NotAStore { .. }), "{refused}");
    }
    fs::write(dir.join("mako-format"), own).expect("writes");
    open(&dir).expect("as before");
}

#[test]
fn a_store_with_threads_keeps_what_it_was_given() {
    let home = home();
    let dir = home.path().join("store");
    let options = FjallOptions { workers: Workers::Threads(1), journal_bytes: 10_000, ..FjallOptions::default() };
    for round in 0..3_u64 {
        let (store, report) = FjallBackend::open(&dir, options).expect("opens");
        assert_eq!(report.commits, round * 200);
        for number in 0..200 {
            store.apply(put(&format!("E{round}/{number:03}"))).expect("applies");
            store.maintain().expect("maintains");
        }
        let mut keys = 0;
        let mut count = |_: &[u8], _: &[u8]| {
            keys += 1;
            std::ops::ControlFlow::Continue(())
        };
        store.scan(b"E", b"F", &mut count).expect("scans");
        assert_eq!(keys, (round + 1) * 200);
    }
    // And without threads, whatever they left half done.
    let (store, report) = open(&dir).expect("opens");
    assert_eq!(report.commits, 600);
    assert_eq!(store.last(b"E", b"F").expect("reads").map(|(key, _)| key), Some(b"E2/199".to_vec()));
}
