//! What a check leaves behind: a file per requirement that says pass, fail or skip, and never nothing.

use std::path::Path;
use std::sync::Arc;

use mako_conformance::{Capabilities, Exemption, ReportPlace, STORE_REQUIREMENTS, StoreSubject, Without, run_store_requirement};
use mako_engine::store::{KeyedStore, Store};
use mako_engine::testing::MemoryBackend;
use serde_json::{Value, json};

/// Declares nothing and says why, declares nothing and does not, declares too much, is exempt for a while, and was.
struct Modest;
struct Silent;
struct Boastful;
struct Exempt;
struct WasExempt;

fn memory() -> Arc<dyn Store> {
    Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap())
}

impl StoreSubject for Modest {
    const NAME: &'static str = "modest";
    const CAPABILITIES: Capabilities = Capabilities::NONE;
    const WITHOUT: Without = &[(Capabilities::DURABLE, "it is memory")];
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

impl StoreSubject for Silent {
    const NAME: &'static str = "silent";
    const CAPABILITIES: Capabilities = Capabilities::NONE;
    fn open(_: &Path) -> Arc<dyn Store> {
        memory()
    }
}

impl StoreSubject for Exempt {
    const NAME: &'static str = "exempt";
    const CAPABILITIES: Capabilities = Capabilities::DURABLE;
    const EXEMPT: &'static [Exemption] = &[Exemption { id: "ES-DUR-01", because: "it is memory", until: "999" }];
    fn open(_: &Path) -> Arc<dyn Store> {
        memory()
    }
}

impl StoreSubject for WasExempt {
    const NAME: &'static str = "was-exempt";
    const CAPABILITIES: Capabilities = Capabilities::DURABLE;
    const EXEMPT: &'static [Exemption] = &[
        Exemption { id: "ES-DUR-01", because: "it is memory", until: "0.1" },
        Exemption { id: "ES-APP-01", because: "it was not", until: "0.0.1" },
    ];
    fn open(_: &Path) -> Arc<dyn Store> {
        memory()
    }
}

#[test]
fn an_exemption_bears_a_violation_until_its_version_and_then_nothing() {
    let place = ReportPlace { target_tmpdir: Some(concat!(env!("CARGO_TARGET_TMPDIR"), "/reports/tmp")), manifest_dir: "" };
    run_store_requirement::<Exempt>("ES-DUR-01", place);
    let exempt = report(place, "exempt", "ES-DUR-01");
    assert_eq!(exempt["result"], "exempt");
    assert!(exempt["reason"].as_str().unwrap().starts_with("it is memory (until 999) | found: after opening again"), "{exempt}");

    // Whether it is kept by now or not.
    for id in ["ES-DUR-01", "ES-APP-01"] {
        std::panic::catch_unwind(|| run_store_requirement::<WasExempt>(id, place)).unwrap_err();
        assert_eq!(report(place, "was-exempt", id)["result"], "expired");
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
    let why = json!("the subject does not declare DURABLE: it is memory");
    assert_eq!((&skipped["result"], &skipped["reason"]), (&json!("skip"), &why));

    run_store_requirement::<Silent>("ES-DUR-01", place);
    assert_eq!(report(place, "silent", "ES-DUR-01")["result"], "skip-unexplained");

    std::panic::catch_unwind(|| run_store_requirement::<Boastful>("ES-DUR-01", place)).unwrap_err();
    let failed = report(place, "boastful", "ES-DUR-01");
    assert_eq!(failed["result"], "fail");
    assert!(failed["reason"].as_str().unwrap().starts_with("after opening again the store differs: gone Some("), "{failed}");
}
