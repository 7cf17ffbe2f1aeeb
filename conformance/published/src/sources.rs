//! The sources of the published crates, as they are compiled here: for what is asked of source text, and for what findings cite.
//!
//! Paths are told as `mako-gpke-0.23.0/src/kuendigung.rs`, wherever the registry of this machine keeps them.

use mako_conformance::Source;

include!(concat!(env!("OUT_DIR"), "/sources.rs"));

/// The file at `path`; the program does not build when there is none.
#[must_use]
pub const fn file(path: &str) -> Source {
    let mut index = 0;
    while index < FILES.len() {
        if is_same(FILES[index].path.as_bytes(), path.as_bytes()) {
            return FILES[index];
        }
        index += 1;
    }
    panic!("no published crate has this file")
}

/// As `==`, at compile time.
const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// The first line of the file at `path` that holds `words`, counted from 1.
#[must_use]
pub fn line_of(path: &str, words: &str) -> Option<usize> {
    let file = FILES.iter().find(|file| file.path == path)?;
    file.text.lines().position(|line| line.contains(words)).map(|index| index + 1)
}
