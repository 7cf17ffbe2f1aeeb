//! What is on disk changes with its number and not otherwise: every format has a directory that the code of that format wrote, the
//! present one opens and is what today's code writes, and an older one is refused with what to do.

use mako_engine::store::fjall::{FORMAT, FjallBackend, FjallOptions, OpenError};
use mako_engine::store::KeyedStore;

use crate::directory::{home, open};
use crate::golden::{golden, golden_rows, rows, unpack, write_golden, write_history};

/// The first format of which there is a directory. The one before it lasted for three hours and had no hash chain, so nobody could say
/// whether what was converted is what was written.
const FIRST: u32 = 2;

/// The tables of the key layout.
const TABLES: &str = "EHLMQONTDIPAFRKCYXSWVZ";

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

#[test]
fn every_format_has_its_golden_and_an_older_one_is_refused_untouched() {
    let home = home();
    for format in FIRST..FORMAT {
        let dir = home.path().join(format!("format-{format}"));
        unpack(format, &dir);
        let refused = FjallBackend::open(&dir, FjallOptions::simulation()).unwrap_err();
        assert!(matches!(refused, OpenError::Format { found, .. } if found == format), "{refused}");
    }
    assert!(golden(FORMAT).exists());
}
