//! `release`: manifests and licences are asked in every test run, since they need no other compiler and build nothing.

use crate::testing::{workspace, xtask};

#[test]
fn manifests_and_licences_are_in_order() {
    let said = xtask(&workspace(), &["release", "manifests", "licences"]).exits(0);
    assert_eq!(said.out, "manifests  ok\nlicences   ok\n");
}

#[test]
fn a_question_that_is_none_is_refused_with_those_that_are() {
    xtask(&workspace(), &["release", "prices"]).exits(2).complains(&["prices", "manifests, licences, msrv, api, package"]);
}
