//! The suite: every scenario file and every recorded conversation of this crate, and how one is run and judged.
//!
//! A scenario passes when everything it expects holds, every variant ends alike, and its timetable is the one in its snapshot. The
//! test harness and `cargo xtask simulate` both judge with the functions here.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mako_sim::plan::Plan;
use mako_sim::report::timetable;
use mako_sim::run::{NetKind, Outcome, StoreKind, run_with_variants};
use mako_sim::scenario;

use crate::market::Market;

/// Where this crate keeps its scenario files, recorded conversations and snapshots.
#[must_use]
pub fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every scenario file, in order of their names.
///
/// # Errors
/// The directory cannot be read.
pub fn scenario_files() -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for family in sorted(&home())? {
        if family.is_dir() {
            files.extend(sorted(&family)?.into_iter().filter(|file| is_scenario(file)));
        }
    }
    Ok(files)
}

/// Every recorded conversation, in order of their names.
///
/// # Errors
/// The directory cannot be read.
pub fn conversations() -> io::Result<Vec<PathBuf>> {
    Ok(sorted(&home().join("conversations"))?.into_iter().filter(|dir| is_conversation(dir)).collect())
}

/// Whether `path` is a recorded conversation: a directory with a manifest.
#[must_use]
pub fn is_conversation(path: &Path) -> bool {
    path.join("manifest.json").is_file()
}

fn is_scenario(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "scenario")
}

fn sorted(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(dir)?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

/// The name of a scenario or conversation: that of its file.
#[must_use]
pub fn name(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Reads a scenario file.
///
/// # Errors
/// The text for people: the file cannot be read, or every mistake in it with its place.
pub fn load(path: &Path) -> Result<Plan, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    // A message file is named from the scenario's own directory, or from the crate's.
    let near = path.parent().unwrap_or(Path::new(".")).to_owned();
    let files = move |file: &str| {
        let places = [near.join(file), home().join(file)];
        let found = places.iter().find(|place| place.is_file()).ok_or_else(|| format!("there is no file {file}"))?;
        fs::read(found).map_err(|error| error.to_string())
    };
    scenario::parse(&path.display().to_string(), &text, &files).map_err(|errors| errors.to_string())
}

/// Runs a plan with its variants.
#[must_use]
pub fn perform(plan: &Plan, store: StoreKind, net: NetKind) -> Outcome {
    run_with_variants(plan, &Market::application(), store, net)
}

/// Where the snapshot of the scenario in `path` stands.
#[must_use]
pub fn snapshot_file(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new(".")).join("snapshots").join(format!("{}.snap", name(path)))
}

/// How a timetable compares with its snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Snapshot {
    /// They are equal.
    Same,
    /// There is none.
    Missing,
    /// They differ: the first line that does, as it stands and as it came.
    Different {
        /// The number of the line, counted from 1.
        line: usize,
        /// As it stands in the snapshot.
        stands: String,
        /// As it came.
        came: String,
    },
}

/// Compares the timetable of `outcome` with the snapshot of the scenario in `path`.
#[must_use]
pub fn compare(path: &Path, outcome: &Outcome) -> Snapshot {
    let Ok(file) = fs::read_to_string(snapshot_file(path)) else { return Snapshot::Missing };
    // An insta file: metadata between two lines of dashes, then the text.
    let stands = file.splitn(3, "---\n").nth(2).unwrap_or_default();
    let came = timetable(outcome);
    let (stands, came): (Vec<&str>, Vec<&str>) = (stands.trim_end().lines().collect(), came.trim_end().lines().collect());
    let longest = stands.len().max(came.len());
    let line = |lines: &[&str], i: usize| lines.get(i).map_or("(the text ends)", |line| *line).to_owned();
    match (0..longest).find(|i| stands.get(*i) != came.get(*i)) {
        None => Snapshot::Same,
        Some(i) => Snapshot::Different { line: i + 1, stands: line(&stands, i), came: line(&came, i) },
    }
}

/// Makes the timetable of `outcome` the snapshot of the scenario in `path`.
///
/// # Errors
/// The file cannot be written.
pub fn accept(path: &Path, outcome: &Outcome) -> io::Result<()> {
    let file = snapshot_file(path);
    fs::create_dir_all(file.parent().unwrap_or(Path::new(".")))?;
    fs::write(file, format!("---\nsource: scenarios/tests/scenarios.rs\nexpression: timetable\n---\n{}\n", timetable(outcome).trim_end()))
}
