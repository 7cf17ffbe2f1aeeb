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
fn a_list_is_not_asked_together_with_a_check() {
    xtask(&workspace(), &["conformance", "--list", "--subject", "memory"]).exits(2).complains(&["--subject"]);
}

#[test]
fn the_published_crates_are_asked_alone_and_only_what_came_out_is_accepted() {
    xtask(&workspace(), &["conformance", "--published", "--subject", "memory"]).exits(2).complains(&["--published", "--subject"]);
    xtask(&workspace(), &["conformance", "--published", "--list"]).exits(2).complains(&["--published", "--list"]);
    xtask(&workspace(), &["conformance", "--accept"]).exits(2).complains(&["--published"]);
}
