//! `simulate --seeds`: many plans that nobody wrote, on all cores.
//!
//! Workers take the next seed in order; a simulation uses nothing but its own thread. Without `--keep-going` no seed is handed out
//! after a failure, and what is told ends with the first failing seed, so the answer does not depend on the number of workers.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;
use std::{fs, thread};

use anyhow::{Context as _, bail};
use mako_engine::Timestamp;
use mako_scenarios::ground::lieferbeginn;
use mako_scenarios::market::Market;
use mako_sim::nemesis::{Ground, draw};
use mako_sim::report::{summary, timetable};
use mako_sim::run::{NetKind, StoreKind};
use mako_sim::sweep::{SeedVerdict, Seeds, Shard, Stage, Sweep, try_plan, try_seed};

use super::elsewhere::{self, Elsewhere};
use super::progress::Progress;
use super::{Args, fork, regression};

/// Which seeds, how many at once, and what to do about a failure.
#[derive(clap::Args)]
pub struct SweepArgs {
    /// Plans that nobody wrote: the seeds A to B - 1 of the nemesis
    #[arg(long, value_name = "A..B", conflicts_with_all = ["seed", "accept"])]
    pub seeds: Option<Seeds>,
    /// With one scenario file and --seeds: as many other futures of it, which have its past up to this instant of Berlin time, such as
    /// 2025-12-24T09:12:00; and from when on its failure was certain. With --timetable, what happened in those that fail
    #[arg(long, value_name = "EVENT", requires = "seeds", value_parser = fork::instant,
          conflicts_with_all = ["check_determinism", "shard", "within", "shrink", "merge", "planted_bugs", "json", "report", "html", "mermaid"])]
    pub fork_at: Option<Timestamp>,
    /// Build the engine with bugs that are planted on purpose, and print which of them the seeds find (0..1000 when they are not named)
    #[arg(long, conflicts_with_all = ["files", "seed", "accept", "check_determinism", "shard", "within", "shrink", "report", "merge"])]
    pub planted_bugs: bool,
    /// How many simulations at once; as many as there are cores when it is not said
    #[arg(long)]
    pub jobs: Option<usize>,
    /// Only one of several disjoint parts of the seeds, such as 2/4
    #[arg(long, requires = "seeds", value_name = "I/N")]
    shard: Option<Shard>,
    /// Hand out no more seeds after this time, such as 90s, 10m or 2h
    #[arg(long = "for", requires = "seeds", value_name = "TIME", value_parser = duration)]
    within: Option<Duration>,
    /// Try every seed, whatever fails
    #[arg(long, requires = "seeds")]
    keep_going: bool,
    /// Reduce the first failing plan of each oracle, and write it as a scenario with its snapshot to this directory
    #[arg(long, requires = "seeds", value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    shrink: Option<PathBuf>,
    /// Print what every seed chose
    #[arg(long, requires = "seeds")]
    verbose: bool,
    /// Print one JSON document
    #[arg(long)]
    pub json: bool,
    /// With --hashes: the whole trace of each seed, as JSON lines
    #[arg(long, hide = true, requires = "seeds")]
    trace: bool,
    /// Put the reports of sweeps together, such as those of shards: directories with a report, or with directories of reports in them.
    /// With --seeds A..B each of these seeds must have a verdict; with --report DIR the sum is written there
    #[arg(long, value_name = "DIR", conflicts_with = "files")]
    pub merge: Vec<PathBuf>,
}

/// One seed in this many is run twice and compared without being asked for.
const COMPARED_ONE_IN: u64 = 50;

/// The file of a report that another sweep can be merged with.
const FACTS: &str = "sweep.json";

/// Every other foundation, and the first one again.
const FOUNDATIONS: [(StoreKind, NetKind); 4] = [
    (StoreKind::Fjall, NetKind::Turmoil),
    (StoreKind::Memory, NetKind::Turmoil),
    (StoreKind::Fjall, NetKind::Memory),
    (StoreKind::Memory, NetKind::Memory),
];

/// Tries the seeds.
pub fn run(args: &Args, seeds: Seeds) -> anyhow::Result<ExitCode> {
    if args.hashes {
        return elsewhere::print_hashes(
            seeds.of(args.sweep.shard.unwrap_or(Shard::WHOLE)),
            args.sweep.trace,
            &stage(args, &Market::application()),
        );
    }
    let asked = args.check_determinism.then(|| Elsewhere::ask(args, seeds)).transpose()?;
    let mut sweep = try_all(args, seeds)?;
    if let Some(asked) = asked {
        asked.compare(args, &mut sweep)?;
    }
    if !args.sweep.keep_going {
        sweep.cut_at_first_failure();
    }
    let code = conclude(args, &sweep)?;
    Ok(code)
}

/// Puts reports together.
pub fn merge(args: &Args) -> anyhow::Result<ExitCode> {
    let mut sweep = Sweep::default();
    for dir in &args.sweep.merge {
        for file in reports(dir) {
            let text =
                fs::read_to_string(&file).with_context(|| format!("reading {}; it is written by --seeds … --report", file.display()))?;
            sweep.merge(serde_json::from_str(&text).with_context(|| format!("reading {}", file.display()))?);
        }
    }
    let code = conclude(args, &sweep)?;
    let Some(missing) = args.sweep.seeds.and_then(|seeds| missing(seeds, &sweep)) else { return Ok(code) };
    eprintln!("error: {missing}; a shard is missing or was stopped: run it again and merge anew");
    Ok(ExitCode::from(1))
}

/// The files to merge of `dir`: its own, or else those of the directories in it, in order of their names.
fn reports(dir: &Path) -> Vec<PathBuf> {
    let own = dir.join(FACTS);
    let inside = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path().join(FACTS));
    let mut inside: Vec<PathBuf> = inside.filter(|file| file.is_file()).collect();
    inside.sort();
    if own.is_file() || inside.is_empty() { vec![own] } else { inside }
}

/// Which of `seeds` nobody tried, in words; nothing where all have a verdict.
fn missing(seeds: Seeds, sweep: &Sweep) -> Option<String> {
    let tried: BTreeSet<u64> = sweep.verdicts().map(|verdict| verdict.seed).collect();
    let mut missing = (seeds.first..seeds.end).filter(|seed| !tried.contains(seed));
    let first = missing.next()?;
    Some(format!("{} of {} seeds have no verdict, the first of them is {first}", 1 + missing.count(), seeds.count(Shard::WHOLE)))
}

impl SweepArgs {
    /// The shard, as it was written.
    pub fn shard_text(&self) -> Option<String> {
        self.shard.map(|Shard { number, of }| format!("{number}/{of}"))
    }

    /// How many simulations at once.
    pub fn jobs(&self) -> anyhow::Result<usize> {
        match self.jobs {
            Some(0) => bail!("--jobs 0 would never begin; write at least 1"),
            Some(jobs) => Ok(jobs),
            None => Ok(thread::available_parallelism().map_or(1, usize::from)),
        }
    }
}

fn try_all(args: &Args, seeds: Seeds) -> anyhow::Result<Sweep> {
    let shard = args.sweep.shard.unwrap_or(Shard::WHOLE);
    let jobs = args.sweep.jobs()?;
    let (ground, waiting, stop) = (lieferbeginn(), Mutex::new(seeds.of(shard)), AtomicBool::new(false));
    let mut progress = Progress::of(seeds.count(shard));
    let mut sweep = Sweep::default();
    let mut out = std::io::stdout().lock();
    thread::scope(|scope| {
        let (told, verdicts) = mpsc::channel();
        for _ in 0..jobs {
            let (told, ground, waiting, stop) = (told.clone(), &ground, &waiting, &stop);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let Some(seed) = waiting.lock().ok().and_then(|mut waiting| waiting.next()) else { return };
                    if told.send(judge(args, seed, ground)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(told);
        for verdict in verdicts {
            let failed = !verdict.failures.is_empty();
            progress.note(failed);
            if (failed && !args.sweep.keep_going) || args.sweep.within.is_some_and(|within| progress.elapsed() >= within) {
                stop.store(true, Ordering::Relaxed);
            }
            if args.sweep.verbose && !args.sweep.json {
                writeln!(out, "seed {}\n{}\n", verdict.seed, indented(&verdict.choices.to_string()))?;
            }
            sweep.add(verdict);
        }
        anyhow::Ok(())
    })?;
    progress.finish();
    Ok(sweep)
}

/// One seed. A share is run twice, so that a plan that is not the same twice is found without being looked for.
fn judge(args: &Args, seed: u64, ground: &Ground) -> SeedVerdict {
    let on = (args.store, args.transport);
    let twice = [on];
    let again_on: &[(StoreKind, NetKind)] = match (args.check_determinism, seed.is_multiple_of(COMPARED_ONE_IN)) {
        (true, _) => &FOUNDATIONS,
        (false, true) => &twice,
        (false, false) => &[],
    };
    try_seed(seed, ground, &Stage { application: &Market::application(), on, again_on })
}

fn conclude(args: &Args, sweep: &Sweep) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let (passed, failed) = sweep.counts();
    if args.timetable || args.pictures.are_asked_for() {
        for verdict in sweep.verdicts() {
            let drawn = draw(verdict.seed, &lieferbeginn());
            let (outcome, _) = try_plan(&drawn.plan, &stage(args, &Market::application()));
            let Some(outcome) = outcome else { continue };
            if args.timetable {
                writeln!(out, "{}", timetable(&outcome))?;
            }
            let findings: Vec<String> = verdict.failures.iter().map(ToString::to_string).collect();
            args.pictures.draw(&outcome, &findings)?;
        }
    }
    if args.sweep.json {
        writeln!(out, "{}", serde_json::to_string_pretty(sweep)?)?;
    } else {
        for verdict in sweep.failed() {
            writeln!(out, "seed {} FAILED", verdict.seed)?;
            for failure in &verdict.failures {
                writeln!(out, "  {failure}")?;
            }
            writeln!(out, "{}\n  replay: {}\n", indented(&verdict.choices.to_string()), replay(args, verdict.seed))?;
        }
    }
    if let Some(dir) = &args.report {
        report(dir, sweep)?;
    }
    if let Some(dir) = &args.sweep.shrink {
        let dir = if dir.as_os_str().is_empty() { regression::home() } else { dir.clone() };
        for (verdict, failure) in sweep.first_by_oracle().into_values() {
            let written = regression::write(&dir, verdict.seed, failure, &stage(args, &Market::application()))?;
            if !args.sweep.json {
                writeln!(out, "{written}\n")?;
            }
        }
    }
    if !args.sweep.json {
        if args.check_determinism {
            writeln!(
                out,
                "five runs of each seed here (fjall and memory, turmoil and memory, one of them twice) and one in another process"
            )?;
        }
        args.pictures.say(&mut out)?;
        writeln!(out, "{}", points(sweep))?;
        writeln!(out, "{}", summary(passed, failed))?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// How many points the seeds came to, and the ones that none did.
fn points(sweep: &Sweep) -> String {
    let points = sweep.points();
    let never: Vec<&str> = points.iter().filter(|(_, seeds)| *seeds == 0).map(|(name, _)| *name).collect();
    let names: String = never.iter().map(|name| format!("\n  never: {name}")).collect();
    format!("{} of {} points reached{names}", points.len() - never.len(), points.len())
}

/// One run of a plan, as the sweep ran it.
pub fn stage<'s>(args: &Args, application: &'s std::sync::Arc<dyn mako_sim::application::Application>) -> Stage<'s> {
    let again_on: &[(StoreKind, NetKind)] = if args.check_determinism { &FOUNDATIONS } else { &[] };
    Stage { application, on: (args.store, args.transport), again_on }
}

fn replay(args: &Args, seed: u64) -> String {
    let check = if args.check_determinism { " --check-determinism" } else { "" };
    format!("cargo xtask simulate --seeds {seed}..{}{}{check} --timetable", seed.saturating_add(1), super::verdict::options(args))
}

/// What tells another process to run on the same foundation.
pub fn foundation(args: &Args) -> Vec<String> {
    let store = if args.store == StoreKind::Memory { "memory" } else { "fjall" };
    let transport = if args.transport == NetKind::Memory { "memory" } else { "turmoil" };
    ["--store", store, "--transport", transport].map(str::to_owned).to_vec()
}

fn report(dir: &Path, sweep: &Sweep) -> anyhow::Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))?;
    let files = [("sweep.md", sweep.markdown()), ("junit.xml", sweep.junit()), (FACTS, serde_json::to_string(sweep)?)];
    for (name, text) in files {
        let file = dir.join(name);
        fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(())
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

fn duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("`{text}` is no time: write 90s, 10m or 2h");
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(expected)?;
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => return Err(expected()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(seconds)).map(Duration::from_secs).ok_or_else(expected)
}
