//! `simulate --planted-bugs`: which of the bugs that are planted on purpose do the seeds find.
//!
//! They are compiled into a build of their own, so this command has cargo make and run that build, in the same target directory.

use std::process::{Command, ExitCode};

use anyhow::Context as _;
use mako_sim::sweep::Seeds;

use super::sweep::SweepArgs;

/// The seeds when none are named.
const SEEDS: Seeds = Seeds { first: 0, end: 1_000 };

/// Prints the kill table. The exit code is that of the hunt: 1 when a bug survives, or when something fails without one.
pub fn run(args: &SweepArgs) -> anyhow::Result<ExitCode> {
    let Seeds { first, end } = args.seeds.unwrap_or(SEEDS);
    let root = crate::workspace::root()?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root).args([
        "run",
        "--quiet",
        "--package",
        "mako-scenarios",
        "--features",
        "planted-bugs",
        "--bin",
        "planted-bugs",
    ]);
    command.args(["--", &format!("{first}..{end}"), &args.jobs()?.to_string()]).args(args.json.then_some("--json"));
    let status = command.status().context("starting cargo, which builds the engine with its planted bugs")?;
    match status.code() {
        Some(0) => Ok(ExitCode::SUCCESS),
        Some(1) => Ok(ExitCode::from(1)),
        _ => Ok(ExitCode::from(2)),
    }
}
