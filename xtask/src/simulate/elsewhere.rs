//! Seeds in another process: the third way of law 4.
//!
//! One child runs the same seeds of the same shard while this process does, and writes a line per seed with the hash of its trace. Where
//! a hash differs, a second child is asked for the whole trace of that one seed, and the first entry that differs is shown side by side.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, Write as _};
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context as _, bail};
use mako_scenarios::ground::lieferbeginn;
use mako_scenarios::market::Market;
use mako_sim::nemesis::draw;
use mako_sim::oracle::Failure;
use mako_sim::sweep::{SAME_PLAN_SAME_BYTES, SeedVerdict, Seeds, Stage, Sweep, try_plan};
use mako_sim::trace::{Trace, first_difference_to_lines};

use super::Args;
use super::sweep::{foundation, stage};

/// The seeds of a shard, in another process, under way.
pub struct Elsewhere {
    child: Child,
    // A file and no pipe: nobody has to read while the child writes.
    hashes: std::fs::File,
}

impl Elsewhere {
    /// Starts the other process.
    pub fn ask(args: &Args, seeds: Seeds) -> anyhow::Result<Self> {
        let hashes = tempfile::tempfile().context("making a file for the other process")?;
        let mut command = this_program(args, seeds)?;
        command.args(args.sweep.shard_text().map(|shard| format!("--shard={shard}")));
        command.stdout(hashes.try_clone().context("sharing a file with the other process")?).stderr(Stdio::inherit());
        let child = command.spawn().context("starting another process")?;
        Ok(Self { child, hashes })
    }

    /// Compares what the other process came to with every seed of `sweep`.
    pub fn compare(mut self, args: &Args, sweep: &mut Sweep) -> anyhow::Result<()> {
        let status = self.child.wait().context("waiting for the other process")?;
        if !status.success() {
            bail!("the other process ended with {status}");
        }
        let mut text = String::new();
        self.hashes.rewind().and_then(|()| self.hashes.read_to_string(&mut text)).context("reading what the other process wrote")?;
        let hashes = hashes(&text);
        let judged: Vec<SeedVerdict> = sweep.verdicts().cloned().collect();
        for ours in judged {
            let theirs = hashes.get(&ours.seed).map_or("", String::as_str);
            let failures = if theirs == ours.hash { Vec::new() } else { vec![differs(args, ours.seed, theirs)?] };
            // Its hash is in the failure, with the entry; the sweep itself would tell the hash alone.
            sweep.add(SeedVerdict { failures, compared: 0, ..ours });
        }
        Ok(())
    }
}

/// `seed hash`, a line each.
fn hashes(text: &str) -> BTreeMap<u64, String> {
    let line = |line: &str| line.split_once(' ').and_then(|(seed, hash)| Some((seed.parse().ok()?, hash.to_owned())));
    text.lines().filter_map(line).collect()
}

/// This program, asked for hashes of `seeds` on the same foundation.
fn this_program(args: &Args, seeds: Seeds) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe().context("finding this program")?);
    command.args(["simulate", "--hashes", "--seeds", &format!("{}..{}", seeds.first, seeds.end)]).args(foundation(args));
    Ok(command)
}

fn differs(args: &Args, seed: u64, hash: &str) -> anyhow::Result<Failure> {
    let mut command = this_program(args, Seeds { first: seed, end: seed.saturating_add(1) })?;
    let output = command.arg("--trace").output().context("starting another process")?;
    let theirs = String::from_utf8(output.stdout).context("reading the trace of the other process")?;
    let (ours, _) = try_plan(&draw(seed, &lieferbeginn()).plan, &Stage { again_on: &[], ..stage(args, &Market::application()) });
    Ok(difference(&ours.map(|outcome| outcome.trace).unwrap_or_default(), hash, &theirs))
}

/// How our trace differs from the `lines` of another process, which had come to `hash` before.
fn difference(ours: &Trace, hash: &str, lines: &str) -> Failure {
    let told = match first_difference_to_lines(ours, lines) {
        Some(difference) => format!("another process has the hash {hash}: it differs at {difference}"),
        None => {
            format!("another process had the hash {hash}, and came to the same trace when it was asked again: no two of its runs agree")
        }
    };
    Failure::new(SAME_PLAN_SAME_BYTES, told)
}

/// Prints a line per seed, or its trace, for the process that asks.
pub fn print_hashes(seeds: impl Iterator<Item = u64>, whole: bool, stage: &Stage<'_>) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    for seed in seeds {
        let (outcome, _) = try_plan(&draw(seed, &lieferbeginn()).plan, &Stage { again_on: &[], ..*stage });
        let trace = outcome.map(|outcome| outcome.trace);
        match trace {
            Some(trace) if whole => write!(out, "{}", trace.to_json_lines())?,
            trace => writeln!(out, "{seed} {}", trace.map(|trace| trace.hash()).unwrap_or_default())?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use mako_engine::Timestamp;
    use mako_sim::trace::What;

    use super::*;

    fn trace(whats: &[What]) -> Trace {
        let mut trace = Trace::default();
        whats.iter().for_each(|what| trace.push(Timestamp::EPOCH, "NB", what.clone()));
        trace
    }

    #[test]
    fn the_first_entry_that_another_process_has_otherwise_is_shown_side_by_side() {
        let theirs = trace(&[What::Calm, What::Calm]);
        let told = difference(&trace(&[What::Calm, What::Resume]), &theirs.hash(), &theirs.to_json_lines());
        assert_eq!(told.oracle, SAME_PLAN_SAME_BYTES);
        assert!(told.detail.contains("entry 1\n") && told.detail.contains("\"resume\"") && told.detail.contains("\"calm\""), "{told}");
        let same = difference(&theirs, "0", &theirs.to_json_lines());
        assert!(same.detail.contains("no two of its runs agree"), "{same}");
    }

    #[test]
    fn a_line_without_a_hash_is_a_seed_that_came_to_none() {
        assert_eq!(hashes("3 ab\n4 \nnoise\n"), [(3, "ab".to_owned()), (4, String::new())].into());
    }
}
