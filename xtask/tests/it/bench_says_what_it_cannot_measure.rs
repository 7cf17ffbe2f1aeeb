//! `bench`: what cannot be measured together, or not at all, is wrong usage before anything is built.

use crate::testing::{workspace, xtask};

#[test]
fn a_store_that_hardly_grows_has_no_curve() {
    xtask(&workspace(), &["bench", "--growth", "9999"]).exits(2).complains(&["9999", "10000"]);
}

#[test]
fn the_comparison_with_others_is_never_a_quick_one() {
    xtask(&workspace(), &["bench", "--quick", "--peers"]).exits(2).complains(&["--quick", "--peers"]);
}

#[test]
fn a_curve_is_a_run_of_its_own() {
    for other in ["--quick", "--peers", "--accept"] {
        xtask(&workspace(), &["bench", "--growth", "10000", other]).exits(2).complains(&["--growth"]);
    }
}
