//! `conformance --list`: what stands in `REQUIREMENTS.md`, byte for byte.

use std::fs;

use crate::testing::{workspace, xtask};

#[test]
fn the_list_is_what_stands_in_requirements_md() {
    let said = xtask(&workspace(), &["conformance", "--list"]).exits(0);
    assert_eq!(said.out, fs::read_to_string(workspace().join("REQUIREMENTS.md")).unwrap());
    assert_eq!(said.err, "");
}

#[test]
fn without_a_question_it_says_what_can_be_asked() {
    xtask(&workspace(), &["conformance"]).exits(2).complains(&["--list"]);
}
