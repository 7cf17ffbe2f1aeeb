//! `docs/your-own-crate.md` shows the crate that is compiled and tested as `examples/own_crate`, to the letter, and it is as short as it says.

use std::fs;
use std::path::PathBuf;

use mako_scenarios::suite;

#[test]
fn both_files_of_the_page_are_those_of_the_example_and_have_less_than_sixty_lines() {
    let page = fs::read_to_string(suite::home().join("../docs/your-own-crate.md")).unwrap();
    let shown: Vec<&str> = page.split("```rust,ignore\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let example: PathBuf = suite::home().join("examples/own_crate");
    let files = ["src/lib.rs", "tests/conformance.rs"].map(|file| fs::read_to_string(example.join(file)).unwrap());
    assert_eq!(shown, files);
    let lines = files.iter().flat_map(|file| file.lines()).filter(|line| !line.trim().is_empty()).count();
    assert!(lines < 60, "{lines} lines that are not blank");
}
