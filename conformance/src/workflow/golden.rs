//! Golden files: what was committed once and must be read for ever. They stand under `golden/NAME` of the subject's crate.
//!
//! - `types.txt`: every event name with every version there ever was, one a line. Lines are added, never taken away.
//! - `events/NAME.vN.json`: an event of that version as it was stored, and the value of today that it is read as.
//! - `histories/NAME.json`: the commands of a history, as text for people and as the subject stores them, and the events that were
//!   decided on each.
//!
//! They are written when the environment says `MAKO_CONFORMANCE_GOLDEN=write`, and never otherwise: what is missing or differs is a
//! failure that says so. Writing adds; what was stored once is not touched, only what it is read as.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::context::GOLDEN;
use crate::Violation;

/// An event as it was stored by some version of the code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GoldenEvent {
    pub(super) event: String,
    pub(super) version: u16,
    pub(super) stored: Value,
    pub(super) becomes: Value,
}

/// A command of a recorded history, and what was decided on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GoldenStep {
    pub(super) command: String,
    /// The command as the subject stores it; without one the code must know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) asked: Option<Value>,
    /// Why it was rejected, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rejected: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) events: Vec<RecordedEvent>,
}

/// An event of a recorded history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordedEvent {
    pub(super) event: String,
    pub(super) version: u16,
    pub(super) stored: Value,
}

/// What to do about a file that is not there.
pub(super) fn how_to_write() -> String {
    format!("run the test once with {GOLDEN}=write, read what it wrote, and commit it")
}

/// Every file of a directory with this ending, by name.
pub(super) fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|extension| extension == ending)).collect();
    files.sort();
    files
}

/// Reads a golden file.
pub(super) fn read<T: for<'de> Deserialize<'de>>(file: &Path) -> Result<T, Violation> {
    let text = fs::read_to_string(file).map_err(|error| Violation::new(format!("{}: {error}", file.display())))?;
    serde_json::from_str(&text).map_err(|error| {
        Violation::new(format!("{}: it is no golden file: {error}", file.display())).todo("bring it back from the version control")
    })
}

/// Writes a golden file.
pub(super) fn write(file: &Path, value: &impl Serialize) -> Result<(), Violation> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Violation::new(format!("{}: {error}", file.display())))?;
    write_text(file, &format!("{text}\n"))
}

/// Writes a golden file of plain text.
pub(super) fn write_text(file: &Path, text: &str) -> Result<(), Violation> {
    let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(file, text));
    written.map_err(|error| Violation::new(format!("{}: {error}", file.display())))
}
