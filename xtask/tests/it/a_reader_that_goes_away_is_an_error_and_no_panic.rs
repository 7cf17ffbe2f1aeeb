//! Standard output that nobody reads any more, as in `cargo xtask … | head`: every command says so and ends with exit 2.

use std::path::Path;

use crate::testing::stored::Stored;
use crate::testing::{CONVERSATION, SCENARIO, Said, command, spawned, workspace};

#[test]
fn every_command_ends_with_the_reason() {
    for arguments in [
        &["simulate", SCENARIO][..],
        &["simulate", "--check-determinism", SCENARIO],
        &["replay", CONVERSATION],
        &["replay", "--json", CONVERSATION],
        &["frist", "55001", "--received", "2025-12-23T15:00:01Z", "--rulebook", "bk6-24-174"],
        &["calendar", "2026", "--rulebook", "bk6-24-174"],
        &["conformance", "--list"],
    ] {
        goes_away(&workspace(), arguments);
    }
    let stored = Stored::new();
    for what in [&[][..], &["--json"], &["streams"], &["verify"], &["repair"]] {
        goes_away(stored.home(), &[&["inspect", "store"], what].concat());
    }
}

fn goes_away(dir: &Path, arguments: &[&str]) {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let child = spawned(command(dir, arguments).stdout(writer).stderr(std::process::Stdio::piped()));
    let said = Said::of(child.wait_with_output().unwrap());
    assert_eq!(said.exit, 2, "{arguments:?}: {said:#?}");
    assert!(said.err.lines().last().unwrap_or_default().starts_with("error: "), "{arguments:?}: {said:#?}");
}
