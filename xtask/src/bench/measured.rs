//! The program that measures, and the baselines of what it measured last.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::workspace::{built, cargo};

/// One figure beside its floor, as the program writes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Group and name.
    pub id: String,
    /// Seconds, or a rate.
    pub value: f64,
    /// Of what.
    pub unit: String,
    /// What it stands beside.
    pub floor: String,
    /// The floor, in the same unit.
    pub floor_value: f64,
    /// The value by the floor.
    pub ratio: f64,
    /// Whether more is better.
    pub more_is_better: bool,
}

/// A store of some size, and what things cost there.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Events in the store.
    pub events: u64,
    /// Name and seconds, or megabytes.
    pub costs: Vec<(String, f64)>,
}

impl Point {
    /// The cost of `name`.
    pub fn cost(&self, name: &str) -> Option<f64> {
        self.costs.iter().find(|(cost, _)| cost == name).map(|(_, cost)| *cost)
    }
}

/// Everything of one run.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The figures.
    pub figures: Vec<Figure>,
    /// The growth of one store.
    pub growth: Vec<Point>,
}

/// Builds the program.
///
/// # Errors
///
/// When it does not build.
pub fn build(root: &Path) -> anyhow::Result<PathBuf> {
    let mut cargo = cargo(root);
    cargo.args(["bench", "--package", "mako-benches", "--bench", "measured", "--no-run"]);
    built(cargo, "the benches")
}

/// Measures everything.
///
/// # Errors
///
/// When the program fails.
pub fn run(program: &Path, quick: bool) -> anyhow::Result<Report> {
    started(program, if quick { &["--quick"] } else { &[] })
}

/// Grows a store.
///
/// # Errors
///
/// When the program fails.
pub fn growth(program: &Path, events: u64) -> anyhow::Result<Vec<Point>> {
    Ok(started(program, &["--growth", &events.to_string()])?.growth)
}

fn started(program: &Path, arguments: &[&str]) -> anyhow::Result<Report> {
    let home = tempfile::tempdir()?;
    let json = home.path().join("report.json");
    let status = Command::new(program).args(arguments).arg("--json").arg(&json).stdout(Stdio::null()).status()?;
    if !status.success() {
        bail!("the benches end with {status}");
    }
    let bytes = std::fs::read(&json).context("the benches wrote no report")?;
    serde_json::from_slice(&bytes).context("the report of the benches")
}

/// The ratios that were accepted last, by figure.
pub type Baselines = BTreeMap<String, f64>;

fn place(root: &Path) -> PathBuf {
    root.join("benches/measured.toml")
}

/// Reads them; none where there is no file yet.
///
/// # Errors
///
/// When the file cannot be read.
pub fn baselines(root: &Path) -> anyhow::Result<Baselines> {
    match std::fs::read_to_string(place(root)) {
        Ok(text) => toml::from_str(&text).context("benches/measured.toml"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Baselines::new()),
        Err(error) => Err(error).context("benches/measured.toml"),
    }
}

/// Keeps the ratios of `report`; what it did not measure stays as it was.
///
/// # Errors
///
/// When the file cannot be written.
pub fn accept(root: &Path, report: &Report) -> anyhow::Result<()> {
    let mut ratios = baselines(root)?;
    ratios.extend(report.figures.iter().map(|figure| (figure.id.clone(), figure.ratio)));
    let mut text = "# Ratios of figures to their physical floors, as they were accepted last: `cargo xtask bench --accept`.\n\
                    # They gate nothing; the table prints them beside the present ones.\n\n"
        .to_owned();
    for (id, ratio) in ratios {
        writeln!(text, "{id:?} = {ratio:.3}")?;
    }
    std::fs::write(place(root), text).context("benches/measured.toml")
}
