//! Rulebooks beside those built in: a directory of directories, each with its tables. They need no code and no build.
//!
//! `--rulebooks DIR` names it, anywhere on the command line; without it, it is `engine/rulebooks`, where the built-in ones have their
//! files and new ones may be put next to them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use mako_engine::fristen::{RulebookError, load_rulebooks};

const FLAG: &str = "--rulebooks";

/// Loads them.
///
/// # Errors
///
/// [`RulebookError`], with file and line.
pub fn load() -> Result<(), RulebookError> {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(|root| root.join("engine/rulebooks"));
    match (named(std::env::args_os().skip(1)), home) {
        (Some(directory), _) => load_rulebooks(&directory).map(drop),
        // A program that was carried away from its repository has the built-in ones.
        (None, Some(home)) if home.is_dir() => load_rulebooks(&home).map(drop),
        (None, _) => Ok(()),
    }
}

/// The value of the flag, as clap will read it again.
fn named(mut arguments: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--") => return None,
            Some(FLAG) => return arguments.next().map(PathBuf::from),
            Some(text) => {
                if let Some(directory) = text.strip_prefix(FLAG).and_then(|rest| rest.strip_prefix('=')) {
                    return Some(PathBuf::from(directory));
                }
            }
            None => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_found_wherever_it_stands() {
        let found = |arguments: &str| named(arguments.split(' ').map(OsString::from));
        assert_eq!(found("frist 55001 --rulebooks books"), Some(PathBuf::from("books")));
        assert_eq!(found("--rulebooks=books frist 55001"), Some(PathBuf::from("books")));
        assert_eq!(found("frist 55001 --rulebook bk6-24-174"), None);
        assert_eq!(found("answer -- --rulebooks books"), None);
    }
}
