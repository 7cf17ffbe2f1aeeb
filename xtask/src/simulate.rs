//! `cargo xtask simulate`: every scenario file and recorded conversation, or those named; or plans from seeds.

mod determinism;
mod elsewhere;
mod fork;
pub mod picture;
mod planted;
mod progress;
mod regression;
mod sweep;
mod verdict;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use mako_scenarios::suite;
use mako_sim::report::{Listed, Row, index, summary, table};
use mako_sim::run::{NetKind, StoreKind};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use verdict::Verdict;

/// Runs scenario files, recorded conversations and plans from seeds on a virtual clock.
#[derive(clap::Args)]
pub struct Args {
    /// Scenario files or directories of recorded conversations; without any, all that belong to this repository
    files: Vec<PathBuf>,
    /// Another seed than the one in the file; the timetable is then not compared with its snapshot
    #[arg(long)]
    seed: Option<u64>,
    /// Make the timetables of this run the snapshots
    #[arg(long, conflicts_with_all = ["seed", "check_determinism"])]
    accept: bool,
    /// Run each twice here, once in another process, and once on every other store and transport, and compare the traces
    #[arg(long)]
    check_determinism: bool,
    /// Print the whole timetable of each scenario
    #[arg(long)]
    timetable: bool,
    /// Write the trace (JSON lines), the timetable, a sequence diagram and an HTML page of each scenario to this directory, and an index
    /// when there are several; of seeds, a Markdown and a JUnit report
    #[arg(long)]
    report: Option<PathBuf>,
    #[command(flatten)]
    pictures: picture::Pictures,
    /// The transport under the nodes
    #[arg(long, value_parser = net, default_value = "turmoil")]
    transport: NetKind,
    /// The store under the nodes
    #[arg(long, value_parser = store, default_value = "fjall")]
    store: StoreKind,
    /// Print only names and trace hashes: what --check-determinism asks another process for
    #[arg(long, hide = true)]
    hashes: bool,
    #[command(flatten)]
    sweep: sweep::SweepArgs,
}

fn net(text: &str) -> Result<NetKind, String> {
    match text {
        "turmoil" => Ok(NetKind::Turmoil),
        "memory" => Ok(NetKind::Memory),
        other => Err(format!("`{other}` is no transport: turmoil or memory")),
    }
}

fn store(text: &str) -> Result<StoreKind, String> {
    match text {
        "fjall" => Ok(StoreKind::Fjall),
        "memory" => Ok(StoreKind::Memory),
        other => Err(format!("`{other}` is no store: fjall or memory")),
    }
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    if !args.sweep.merge.is_empty() {
        return sweep::merge(&args);
    }
    if args.sweep.planted_bugs {
        return planted::run(&args.sweep);
    }
    if let (Some(from), Some(seeds)) = (args.sweep.fork_at, args.sweep.seeds) {
        return fork::run(&args, from, seeds);
    }
    if let Some(seeds) = args.sweep.seeds {
        if !args.files.is_empty() {
            bail!("--seeds makes plans that nobody wrote, and takes no files; for other futures of a file add --fork-at EVENT");
        }
        args.pictures
            .are_of_one(usize::try_from(seeds.end.saturating_sub(seeds.first)).unwrap_or(usize::MAX), "seed, such as --seeds 5..6")?;
        return sweep::run(&args, seeds);
    }
    if args.sweep.json {
        bail!("--json is about seeds; name them with --seeds A..B, or reports with --merge DIR");
    }
    let paths = chosen(&args)?;
    args.pictures.are_of_one(paths.len(), "scenario file")?;
    if let [only] = paths.as_slice() {
        args.pictures.have_a_trace(only)?;
    }
    let side_by_side = ThreadPoolBuilder::new().num_threads(args.sweep.jobs()?).build().context("starting threads")?;
    side_by_side.install(|| match (args.hashes, args.check_determinism) {
        (true, _) => determinism::print_hashes(&paths, args.seed),
        (false, true) => determinism::check(&paths, args.seed),
        (false, false) => try_files(&args, &paths),
    })
}

/// Runs and judges files side by side; the table has them in their order.
fn try_files(args: &Args, paths: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let progress = progress(paths.len());
    let judged = paths.par_iter().zip(report_names(paths)).map(|(path, name)| {
        progress.set_message(suite::name(path));
        let verdict = verdict::of(path, &name, args)?;
        progress.println(format!("{:7} {}", verdict.row.result, verdict.row.scenario));
        if progress.is_hidden() {
            eprintln!("{:7} {}", verdict.row.result, verdict.row.scenario);
        }
        progress.inc(1);
        anyhow::Ok(verdict)
    });
    let verdicts = judged.collect::<anyhow::Result<Vec<Verdict>>>()?;
    progress.finish_and_clear();
    write_index(args, &verdicts)?;
    print(args, &verdicts)
}

/// What the reports of `paths` are called: as the files, and where several have one name, with their directories before it.
fn report_names(paths: &[PathBuf]) -> Vec<String> {
    let folder = |path: &Path| path.parent().map(suite::name).filter(|folder| !folder.is_empty());
    let named = |path: &PathBuf| {
        let name = suite::name(path);
        let alike = paths.iter().filter(|other| suite::name(other) == name).count();
        folder(path).filter(|_| alike > 1).map_or_else(|| name.clone(), |folder| format!("{folder}_{name}"))
    };
    paths.iter().map(named).collect()
}

/// One page that leads to those of the runs, when there are several.
fn write_index(args: &Args, verdicts: &[Verdict]) -> anyhow::Result<()> {
    let listed: Vec<Listed> = verdicts.iter().filter_map(|verdict| verdict.listed.clone()).collect();
    let Some(dir) = args.report.as_ref().filter(|_| listed.len() > 1) else { return Ok(()) };
    let file = dir.join("index.html");
    std::fs::write(&file, index(&listed)).with_context(|| format!("writing {}", file.display()))
}

/// What to run: what was named, or everything.
fn chosen(args: &Args) -> anyhow::Result<Vec<PathBuf>> {
    if !args.files.is_empty() {
        if let Some(missing) = args.files.iter().find(|path| !path.exists()) {
            bail!("there is no {}; name a .scenario file or the directory of a recorded conversation", missing.display());
        }
        return Ok(args.files.clone());
    }
    let mut paths = suite::scenario_files().context("reading the scenario files")?;
    paths.extend(suite::conversations().context("reading the recorded conversations")?);
    Ok(paths)
}

/// A bar on a terminal; elsewhere plain lines.
fn progress(count: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(count as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn print(args: &Args, verdicts: &[Verdict]) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if args.timetable {
        for verdict in verdicts {
            writeln!(out, "{}", verdict.text)?;
        }
    }
    let rows: Vec<Row> = verdicts.iter().map(|verdict| verdict.row.clone()).collect();
    writeln!(out, "{}", table(&rows).trim_end())?;
    let failed = verdicts.iter().filter(|verdict| !verdict.findings.is_empty()).count();
    for verdict in verdicts.iter().filter(|verdict| !verdict.findings.is_empty()) {
        writeln!(out, "\n{} FAILED", verdict.row.scenario)?;
        for finding in &verdict.findings {
            writeln!(out, "  {finding}")?;
        }
        writeln!(out, "  replay: {}", verdict.replay)?;
    }
    if let Some(dir) = &args.report {
        writeln!(out, "\nreports in {}", dir.display())?;
    }
    args.pictures.say(&mut out)?;
    writeln!(out, "\n{}", summary(verdicts.len() - failed, failed))?;
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// `path` as one would type it here.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
