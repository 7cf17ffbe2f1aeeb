//! What is on disk changes with its number and not otherwise: every format has a directory that the code of that format wrote, the
//! present one opens and is what today's code writes, and an older one is refused with what to do, and migrates.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mako_engine::store::KeyedStore;
use mako_engine::store::fjall::{FORMAT, OpenError, migrate, repair};

use crate::directory::{everything_below, home, open};
use crate::golden::{golden, golden_rows, rows, unpack, write_golden, write_history};

/// The first format of which there is a directory. The one before it lasted for three hours and had no hash chain, so nobody could say
/// whether what was converted is what was written.
const FIRST: u32 = 2;

/// The tables of the key layout.
const TABLES: &str = "EHLMQGONTDIPAFRKCYXSWVJZ";

#[tokio::test]
async fn todays_code_writes_what_its_golden_has() {
    if std::env::var_os("MAKO_GOLDENS").is_some_and(|value| value == "write") && !golden(FORMAT).exists() {
        write_golden(FORMAT).await;
    }
    let home = home();
    let dir = home.path().join("store");
    write_history(&dir).await;
    let written = rows(&open(&dir).unwrap().0);
    for table in TABLES.chars() {
        assert!(written.lines().any(|line| line.starts_with(table)), "the history has nothing in table {table}");
    }
    let golden = golden_rows(FORMAT);
    for (row, golden) in written.lines().zip(golden.lines()) {
        assert_eq!(row, golden, "the layout changed: raise FORMAT, write the step that migrates to it, then the golden of the new one");
    }
    assert_eq!(written.lines().count(), golden.lines().count(), "the layout has other rows: raise FORMAT and write the step to it");
}

#[test]
fn the_golden_of_the_present_format_opens_with_every_row() {
    let home = home();
    let dir = home.path().join("store");
    unpack(FORMAT, &dir);
    let (backend, report) = open(&dir).unwrap();
    assert!(!report.created && report.cut.is_none());
    assert_eq!(rows(&backend), golden_rows(FORMAT));
    let report = KeyedStore::open(backend).unwrap().verify(None).unwrap();
    assert_eq!((report.events, report.findings), (4, Vec::new()));
}

/// The rows of a text that begin with one of these tables.
fn of_tables<'a>(rows: &'a str, tables: &str) -> Vec<&'a str> {
    rows.lines().filter(|row| row.starts_with(|table| tables.contains(table))).collect()
}

#[test]
fn every_older_format_is_refused_untouched_and_migrates_to_what_todays_code_writes() {
    let home = home();
    for format in FIRST..FORMAT {
        let dir = home.path().join(format!("format-{format}"));
        unpack(format, &dir);
        let before = contents(&dir);
        for refused in [open(&dir).unwrap_err(), repair(&dir).unwrap_err()] {
            assert!(matches!(refused, OpenError::Format { found, .. } if found == format), "{refused}");
            assert!(refused.to_string().contains("inspect DIR migrate"), "{refused}");
        }
        assert!(contents(&dir) == before);

        let migrated = migrate(&dir).unwrap().unwrap();
        assert_eq!((migrated.from, migrated.to), (format, FORMAT));
        assert!(names_and_bytes(&contents(&migrated.kept), &migrated.kept) == names_and_bytes(&before, &dir), "the copy is as it was");
        assert_eq!(migrate(&dir).unwrap(), None, "there is nothing left to do");
        let rows = rows(&open(&dir).unwrap().0);
        // The log is what it was, byte for byte, and proves itself.
        assert_eq!(of_tables(&rows, "ELHM"), of_tables(&golden_rows(format), "ELHM"));
        assert_eq!(KeyedStore::open(open(&dir).unwrap().0).unwrap().verify(None).unwrap().findings, []);
        let (there, golden): (BTreeSet<&str>, String) = (rows.lines().collect(), golden_rows(FORMAT));
        let extra: Vec<&str> = rows.lines().filter(|row| !golden.lines().any(|known| known == *row)).collect();
        assert!(extra.iter().all(|row| row.starts_with('X') && row.contains("outbox-exhausted")), "{extra:#?}");
        let lost: Vec<&str> = golden.lines().filter(|row| !there.contains(row)).collect();
        assert!(lost.iter().all(|row| NEVER_WRITTEN.iter().any(|(of, never)| *of >= format && never(row))), "{lost:#?}");
    }
}

/// Whether a row is one that code of this format and before never kept, so that no migration brings it back.
type Never = fn(&str) -> bool;

/// What was given up said nothing more, and no view said which of its versions serves.
const NEVER_WRITTEN: [(u32, Never); 2] =
    [(2, |row| row.starts_with('G') || row.starts_with('J')), (2, |row| row.starts_with('X') && row.contains("given-up"))];

#[test]
fn a_migration_that_was_interrupted_is_begun_again() {
    let home = home();
    let dir = home.path().join("store");
    unpack(2, &dir);
    let before = contents(&dir);
    // Killed while it copied.
    fs::create_dir(home.path().join("store.copy-mako")).unwrap();
    let first = migrate(&dir).unwrap().unwrap();
    let whole = rows(&open(&dir).unwrap().0);
    // Killed before it changed the number.
    fs::write(dir.join("mako-format"), "mako-format 2\n").unwrap();
    let second = migrate(&dir).unwrap().unwrap();
    assert_eq!(rows(&open(&dir).unwrap().0), whole);
    assert_ne!(first.kept, second.kept, "no copy takes the place of another");
    assert!(names_and_bytes(&contents(&first.kept), &first.kept) == names_and_bytes(&before, &dir));
}

#[test]
fn what_is_open_or_from_elsewhere_does_not_migrate() {
    let home = home();
    let dir = home.path().join("store");
    let live = open(&dir).unwrap();
    assert!(matches!(migrate(&dir), Err(OpenError::Locked { .. })));
    drop(live);
    for format in [1, FORMAT + 1] {
        fs::write(dir.join("mako-format"), format!("mako-format {format}\n")).unwrap();
        let refused = migrate(&dir).unwrap_err();
        assert!(matches!(refused, OpenError::Format { found, .. } if found == format), "{refused}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing was copied");
}

fn contents(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let files = everything_below(dir).into_iter().filter(|path| path.is_file());
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn names_and_bytes<'a>(files: &'a [(PathBuf, Vec<u8>)], dir: &Path) -> Vec<(&'a Path, &'a [u8])> {
    files.iter().map(|(path, bytes)| (path.strip_prefix(dir).unwrap(), bytes.as_slice())).collect()
}
