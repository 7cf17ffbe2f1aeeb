//! `replay` and rulebooks: the one on the command line goes before the one in the manifest; without both it is `bk6-24-174`.

use crate::testing::{CONVERSATION, conversation_with, workspace, xtask};

#[test]
fn a_manifest_that_names_none_is_read_under_bk6_24_174_and_the_output_says_so() {
    xtask(&workspace(), &["replay", CONVERSATION]).exits(0).prints(&["\nrulebook bk6-24-174 (the manifest names none)\n"]);
}

#[test]
fn the_one_that_the_manifest_names_governs() {
    let named = |name: &str| conversation_with(|manifest| manifest["rulebook"] = name.into());
    xtask(named("bk6-24-174").path(), &["replay", "talk"]).exits(0).prints(&["\nrulebook bk6-24-174\n"]);
    xtask(named("mako-engine").path(), &["replay", "talk"]).exits(1).prints(&["\nrulebook mako-engine\n", "DIFFERS"]);
    let directory = named("mako-engine");
    xtask(directory.path(), &["replay", "talk", "--rulebook", "bk6-24-174"]).exits(0).prints(&["\nrulebook bk6-24-174\n"]);
}

#[test]
fn under_another_rulebook_the_answer_is_due_at_another_instant() {
    let said = xtask(&workspace(), &["replay", CONVERSATION, "--rulebook", "mako-engine"]).exits(1);
    let line = said.out.lines().find(|line| line.starts_with("01_") && line.contains(" answer_due ")).unwrap();
    // 24 hours after the receipt instead of 11:00 on the next Werktag.
    for word in ["DIFFERS", "manifest 2025-11-07T10:00:00Z", "computed 2025-11-07T09:01:00Z"] {
        assert!(line.contains(word), "{line}");
    }
}

#[test]
fn an_unknown_rulebook_is_wrong_usage_and_the_known_ones_are_named() {
    xtask(&workspace(), &["replay", CONVERSATION, "--rulebook", "bk6"]).exits(2).complains(&["bk6-24-174, mako-engine"]);
}
