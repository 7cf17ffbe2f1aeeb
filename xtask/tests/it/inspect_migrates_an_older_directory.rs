//! `inspect DIR migrate`: an older directory is refused by every other view with what to do, and is brought here with a copy of it kept.

use std::fs;

use crate::testing::{contents, workspace, xtask};

#[test]
fn a_directory_of_format_2_is_brought_here_and_its_dead_letter_can_be_put_back() {
    let home = tempfile::tempdir().unwrap();
    let golden = workspace().join("engine/tests/goldens/format-2/store");
    for (path, bytes) in contents(&golden) {
        let copy = home.path().join("store").join(path.strip_prefix(&golden).unwrap());
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::write(copy, bytes).unwrap();
    }
    let inspect = |what: &[&str]| xtask(home.path(), &[&["inspect", "store"], what].concat());
    for view in [&[][..], &["verify"], &["repair"], &["reinject", "1", "--because", "x", "--by", "y"]] {
        inspect(view).exits(2).complains(&["has format 2", "inspect DIR migrate"]);
    }
    inspect(&["migrate"]).exits(0).prints(&["format 2 is format 3 now", "the directory as it was is kept in store.format-2"]);
    let kept = home.path().join("store.format-2");
    let bytes = |files: Vec<(std::path::PathBuf, Vec<u8>)>| files.into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
    assert!(bytes(contents(&kept)) == bytes(contents(&golden)), "the copy is the directory as it was");
    inspect(&["migrate"]).exits(0).prints(&["it has format 3 already; nothing was written"]);
    inspect(&["verify"]).exits(0).prints(&["4 events checked, 0 findings"]);
    // The log said where it came from.
    inspect(&["reinject", "1", "--because", "known now", "--by", "A. Meier"]).exits(0).prints(&["part 0 of m-3@partner"]);
    inspect(&["reinject", "2", "--because", "x", "--by", "y"]).exits(2).complains(&["an older format wrote it"]);
}
