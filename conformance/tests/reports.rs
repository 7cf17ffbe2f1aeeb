//! What a check leaves behind: a file per requirement that says pass, fail or skip, and never nothing.

use std::path::Path;
use std::sync::Arc;

use mako_conformance::{Capabilities, ReportPlace, STORE_REQUIREMENTS, StoreSubject, run_store_requirement};
use mako_engine::store::{KeyedStore, Store};
use mako_engine::testing::MemoryBackend;
use serde_json::{Value, json};

/// Declares nothing, and declares too much.
struct Modest;
struct Boastful;

fn memory() -> Arc<dyn Store> {
    Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap())
}

impl StoreSubject for Modest {
    const NAME: &'static str = "modest";
    const CAPABILITIES: Capabilities = Capabilities::NONE;
    fn open(_: &Path) -> Arc<dyn Store> {
        memory()
    }
}

impl StoreSubject for Boastful {
    const NAME: &'static str = "boastful";
    const CAPABILITIES: Capabilities = Capabilities::DURABLE;
    fn open(_: &Path) -> Arc<dyn Store> {
        memory()
    }
}

fn report(place: ReportPlace, subject: &str, id: &str) -> Value {
    let file = place.directory().join(subject).join(format!("{id}.json"));
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

#[test]
fn a_check_passes_fails_or_is_skipped_with_its_reason_and_always_leaves_a_report() {
    let place = ReportPlace { target_tmpdir: Some(concat!(env!("CARGO_TARGET_TMPDIR"), "/reports/tmp")), manifest_dir: "" };
    run_store_requirement::<Modest>("ES-OCC-01", place);
    let title = STORE_REQUIREMENTS.iter().find(|one| one.requirement.id == "ES-OCC-01").unwrap().requirement.title;
    let expected = json!({"id": "ES-OCC-01", "title": title, "level": "must", "subject": "modest", "result": "pass"});
    assert_eq!(report(place, "modest", "ES-OCC-01"), expected);

    run_store_requirement::<Modest>("ES-DUR-01", place);
    let skipped = report(place, "modest", "ES-DUR-01");
    assert_eq!((&skipped["result"], &skipped["reason"]), (&json!("skip"), &json!("the subject does not declare DURABLE")));

    std::panic::catch_unwind(|| run_store_requirement::<Boastful>("ES-DUR-01", place)).unwrap_err();
    let failed = report(place, "boastful", "ES-DUR-01");
    assert_eq!(failed["result"], "fail");
    assert!(failed["reason"].as_str().unwrap().starts_with("after opening again the store differs: gone Some("), "{failed}");
}
