//! What people would use instead: a workspace of its own, built and run on demand.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::workspace::{built, cargo};

/// A figure of one peer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// What was done.
    pub workload: String,
    /// By whom.
    pub peer: String,
    /// How it was set up.
    pub settings: String,
    /// Seconds, or a rate of a simulation.
    pub value: f64,
    /// The round that one of ten was faster than.
    pub p10: f64,
}

/// The workload whose figures are rates.
pub const RATE: &str = "virtual seconds per CPU second";

/// Builds them, runs them, and madsim beside them.
///
/// # Errors
///
/// When one does not build or run.
pub fn run(root: &Path) -> anyhow::Result<Vec<Row>> {
    let directory = root.join("benches/peers");
    let target = root.join("target/peers");
    let build = |package: &str, target: &Path| {
        let mut cargo = cargo(&directory);
        cargo.args(["build", "--release", "--locked", "--package", package]).arg("--target-dir").arg(target);
        cargo
    };
    let program = built(build("mako-peers", &target), "what people would use instead")?;
    let mut simulator = build("mako-peers-madsim", &root.join("target/madsim"));
    // madsim takes the place of tokio in everything below it, by a flag of the compiler.
    simulator.env("RUSTFLAGS", "--cfg madsim");
    let simulator = built(simulator, "madsim")?;

    let home = tempfile::tempdir()?;
    let json = home.path().join("rows.json");
    let status = Command::new(program).arg("--json").arg(&json).stdout(Stdio::null()).status()?;
    if !status.success() {
        bail!("the peers end with {status}");
    }
    let mut rows: Vec<Row> = serde_json::from_slice(&std::fs::read(&json)?).context("the report of the peers")?;
    let output = Command::new(simulator).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let value = said.trim().parse().with_context(|| format!("madsim says {said:?} and {}", String::from_utf8_lossy(&output.stderr)))?;
    let (workload, peer) = (RATE.to_owned(), "madsim 0.2.34".to_owned());
    rows.push(Row { workload, peer, settings: "18 exchanges in 180 days, as datagrams".to_owned(), value, p10: value });
    Ok(rows)
}
