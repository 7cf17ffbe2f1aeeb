//! Same plan, same bytes (law 4): twice in one process, in another process, on every store and transport.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail};
use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::plan::Plan;
use mako_sim::report::summary;
use mako_sim::run::{NetKind, Outcome, StoreKind, run};
use mako_sim::trace::{first_difference, first_difference_to_lines};
use rayon::prelude::*;

use super::shown;

/// Every foundation a plan can run on; the first is the one that the others are compared with.
const FOUNDATIONS: [(&str, StoreKind, NetKind); 5] = [
    ("fjall on turmoil", StoreKind::Fjall, NetKind::Turmoil),
    ("fjall on turmoil again", StoreKind::Fjall, NetKind::Turmoil),
    ("memory on turmoil", StoreKind::Memory, NetKind::Turmoil),
    ("fjall in memory", StoreKind::Fjall, NetKind::Memory),
    ("memory in memory", StoreKind::Memory, NetKind::Memory),
];

/// Prints `name hash` per scenario, for the process that asks.
pub fn print_hashes(paths: &[PathBuf], seed: Option<u64>) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout();
    let plans = plans(paths, seed)?;
    let hashes = plans.par_iter().map(|(_, plan)| perform(plan, StoreKind::Fjall, NetKind::Turmoil).trace.hash());
    for ((path, _), hash) in plans.iter().zip(hashes.collect::<Vec<_>>()) {
        writeln!(out, "{} {hash}", path.display())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Compares every run of every scenario.
pub fn check(paths: &[PathBuf], seed: Option<u64>) -> anyhow::Result<ExitCode> {
    // What cannot be read is said here, not by the other process.
    let plans = plans(paths, seed)?;
    if plans.is_empty() {
        bail!("a recorded conversation has no trace of its own to compare; name a .scenario file");
    }
    let again = seed.map(|seed| format!(" --seed {seed}")).unwrap_or_default();
    let elsewhere = in_another_process(paths, seed)?;
    let compared = plans.par_iter().map(|(path, plan)| compare(path, plan, seed, elsewhere.get(&path.display().to_string())));
    let mut out = std::io::stdout();
    let mut failed = 0;
    for ((path, _), compared) in plans.iter().zip(compared.collect::<Vec<_>>()) {
        let (hash, differences) = compared?;
        let result = if differences.is_empty() { "equal" } else { "DIFFERS" };
        writeln!(out, "{:36} {hash}  {result}", suite::name(path))?;
        for difference in &differences {
            writeln!(out, "  {difference}\n  replay: cargo xtask simulate {}{again} --check-determinism", shown(path))?;
        }
        failed += usize::from(!differences.is_empty());
    }
    writeln!(out, "\nfive runs here (fjall and memory, turmoil and memory) and one in another process")?;
    writeln!(out, "{}", summary(plans.len() - failed, failed))?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The hash of a plan's run, and where the other runs differ from it; `elsewhere` is the hash that another process came to.
fn compare(path: &Path, plan: &Plan, seed: Option<u64>, elsewhere: Option<&String>) -> anyhow::Result<(String, Vec<String>)> {
    let [(_, store, net), others @ ..] = FOUNDATIONS;
    let one = perform(plan, store, net);
    let hash = one.trace.hash();
    let mut differences: Vec<String> = one.failure.iter().map(|failure| format!("the run broke off: {failure}")).collect();
    for (name, store, net) in others {
        let other = perform(plan, store, net);
        differences.extend(first_difference(&one.trace, &other.trace).map(|d| format!("{name} differs at {d}")));
    }
    match elsewhere {
        Some(found) if *found == hash => {}
        found => differences.push(compared_elsewhere(path, seed, &one, found.map_or("none", String::as_str))?),
    }
    Ok((hash, differences))
}

fn perform(plan: &Plan, store: StoreKind, net: NetKind) -> Outcome {
    run(plan, &Market::application(), store, net)
}

/// The plans at `paths`; recorded conversations have no trace of their own to compare.
fn plans(paths: &[PathBuf], seed: Option<u64>) -> anyhow::Result<Vec<(PathBuf, Plan)>> {
    let mut plans = Vec::new();
    for path in paths.iter().filter(|path| !path.is_dir()) {
        let mut plan = suite::load(path).map_err(anyhow::Error::msg)?;
        plan.seed = seed.unwrap_or(plan.seed);
        plans.push((path.clone(), plan));
    }
    Ok(plans)
}

/// Where the run of another process, which came to another hash, departs from ours: it is asked once more, for its whole trace.
fn compared_elsewhere(path: &Path, seed: Option<u64>, ours: &Outcome, hash: &str) -> anyhow::Result<String> {
    let report = tempfile::tempdir().context("making a directory for the other process")?;
    let this = std::env::current_exe().context("finding this program")?;
    let mut command = Command::new(this);
    command.arg("simulate").arg(path).args(seed.map(|seed| format!("--seed={seed}"))).arg("--report").arg(report.path());
    // It may fail for reasons of its own, such as a snapshot; its trace is what is asked for.
    command.output().context("starting another process")?;
    let file = report.path().join(format!("{}.jsonl", suite::name(path)));
    let theirs = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    Ok(match first_difference_to_lines(&ours.trace, &theirs) {
        Some(difference) => format!("another process has the hash {hash}: it differs at {difference}"),
        None => {
            format!("another process had the hash {hash}, and came to the same trace when it was asked again: no two of its runs agree")
        }
    })
}

fn in_another_process(paths: &[PathBuf], seed: Option<u64>) -> anyhow::Result<BTreeMap<String, String>> {
    let this = std::env::current_exe().context("finding this program")?;
    let mut command = Command::new(this);
    command.args(["simulate", "--hashes"]).args(seed.map(|seed| format!("--seed={seed}"))).args(paths);
    let output = command.output().context("starting another process")?;
    if !output.status.success() {
        bail!("the other process failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout).context("reading the other process")?;
    Ok(text.lines().filter_map(|line| line.rsplit_once(' ')).map(|(name, hash)| (name.to_owned(), hash.to_owned())).collect())
}
