//! `cargo xtask diff`: where two runs part, as a few lines and as a page.
//!
//! A run is a stored trace or a scenario file, which is run here. Two runs are alike when their traces are; whether they passed is another
//! question.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::report::{diff, differences};
use mako_sim::run::{NetKind, Outcome, StoreKind, run as perform};

use crate::page::load;
use crate::simulate::picture::write;

/// Compares two runs.
#[derive(clap::Args)]
pub struct Args {
    /// A trace, as `cargo xtask simulate FILE --report DIR` writes it (.jsonl), or a .scenario file
    first: PathBuf,
    /// What to compare it with
    second: PathBuf,
    /// Write both runs as one page, with what only one of them has marked, to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// Runs the command: exit 0 when the traces are the same, 1 when they are not.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let (first, second) = (outcome(&args.first)?, outcome(&args.second)?);
    let found = differences(&first, &second);
    let mut out = std::io::stdout().lock();
    if let Some(entry) = &found.first_entry {
        writeln!(out, "the traces differ first at {entry}\n")?;
    }
    if let Some(file) = &args.html {
        write(file, &diff(&first, &second, [&args.first.display().to_string(), &args.second.display().to_string()]))?;
        writeln!(out, "page in {}\n", file.display())?;
    }
    writeln!(out, "{}: {found}", if found.none() { "the same trace" } else { "different" })?;
    Ok(if found.none() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn outcome(path: &Path) -> anyhow::Result<Outcome> {
    if path.extension().is_some_and(|extension| extension == "scenario") {
        let plan = suite::load(path).map_err(anyhow::Error::msg)?;
        return Ok(perform(&plan, &Market::application(), StoreKind::default(), NetKind::default()));
    }
    Ok(load(path)?.outcome)
}
