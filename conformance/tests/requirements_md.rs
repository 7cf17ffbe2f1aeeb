//! `REQUIREMENTS.md` says what the registry says, so that a changed requirement is a visible difference.

use std::path::Path;

#[test]
fn requirements_md_is_what_the_registry_says() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../REQUIREMENTS.md");
    let registry = mako_conformance::requirements_markdown();
    if std::env::var_os("UPDATE_REQUIREMENTS").is_some() {
        std::fs::write(&file, &registry).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        written == registry,
        "REQUIREMENTS.md differs from the registry: run this test with UPDATE_REQUIREMENTS=1, or write `cargo xtask conformance --list` to it"
    );
}
