//! `cargo xtask bench [--quick] [--peers] [--growth N] [--accept] [--page]`: figures beside their physical floors, their last baselines and their aims.
//!
//! Measured in a release build of `mako-benches` that this command starts; here is only what is made of it. Times fail nothing, since they
//! depend on the machine: what fails the command is counted work (syncs, bytes, reads, allocations, instructions) beyond its baseline.
//! `--peers` and `--growth` keep what they measured in `docs/performance` and write `docs/performance.md` from it.

mod aims;
mod counted;
mod document;
mod instructions;
mod measured;
mod peers;
mod plots;
mod table;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, bail};
use mako_engine::{Clock as _, SystemClock};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What the command takes.
#[derive(clap::Args)]
pub struct Args {
    /// Fewer rounds and shorter histories: a minute, once it is built
    #[arg(long)]
    quick: bool,
    /// Measure what people would use instead as well, and write docs/performance.md
    #[arg(long, conflicts_with = "quick")]
    peers: bool,
    /// Grow one store to so many events instead, and write its curve into docs/performance.md
    #[arg(long, value_name = "EVENTS", conflicts_with_all = ["quick", "peers"], value_parser = clap::value_parser!(u64).range(10_000..))]
    growth: Option<u64>,
    /// Keep figures and instructions, as the baselines of later runs
    #[arg(long, conflicts_with_all = ["growth", "quick"])]
    accept: bool,
    /// Measure nothing, and write docs/performance.md from what was kept
    #[arg(long, conflicts_with_all = ["growth", "quick", "peers", "accept"])]
    page: bool,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// Where a measurement was made, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Circumstances {
    /// The day.
    date: String,
    /// The processor, how many of it, and the compiler.
    machine: String,
}

/// What was measured, and under which circumstances.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Kept<T> {
    circumstances: Circumstances,
    measured: T,
}

/// Measures and prints; exit 1 when counted work is beyond its baseline.
///
/// # Errors
///
/// When the benches do not build or run, or standard output cannot be written.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let root = root()?;
    if args.page {
        document::write(root)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(events) = args.growth {
        let program = measured::build(root)?;
        keep(root, "growth", &measured::growth(&program, events)?)?;
        document::write(root)?;
        return Ok(ExitCode::SUCCESS);
    }
    let counted = counted::judge(root)?;
    let program = measured::build(root)?;
    let instructions = instructions::judge(root, &program, args.accept)?;
    let report = measured::run(&program, args.quick)?;
    let baselines = measured::baselines(root)?;
    if args.accept {
        measured::accept(root, &report)?;
        keep(root, "measured", &report)?;
    }
    let aims = aims::read(root)?;
    let mut out = std::io::stdout().lock();
    if args.json {
        let judged: Vec<_> = table::judged(&report, &aims).collect();
        let document = json!({ "figures": report.figures, "aims": judged, "counted": counted, "instructions": instructions });
        writeln!(out, "{document:#}")?;
    } else {
        write!(out, "{}", table::text(&report, &baselines, &aims))?;
        write!(out, "\n{counted}\n{instructions}")?;
    }
    if args.peers {
        keep(root, "measured", &report)?;
        keep(root, "peers", &peers::run(root)?)?;
        document::write(root)?;
    }
    Ok(if counted.passed && instructions.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The root of this workspace.
pub(crate) fn root() -> anyhow::Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("the workspace has no root directory")
}

/// The cargo that runs this command.
pub(crate) fn cargo(directory: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(directory);
    cargo
}

/// Builds with `arguments` and returns the program that came out.
pub(crate) fn built(mut cargo: Command, what: &str) -> anyhow::Result<PathBuf> {
    eprintln!("building {what} …");
    let output = cargo.arg("--message-format=json-render-diagnostics").stderr(std::process::Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("{what} does not build; what cargo says is above");
    }
    let text = String::from_utf8(output.stdout).context("cargo says something that is not UTF-8")?;
    let executable = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    };
    text.lines().filter_map(executable).next_back().with_context(|| format!("cargo built no program for {what}"))
}

/// Keeps what was measured, for the document.
fn keep<T: Serialize>(root: &Path, name: &str, measured: &T) -> anyhow::Result<()> {
    let directory = root.join("docs/performance");
    std::fs::create_dir_all(&directory)?;
    let kept = Kept { circumstances: circumstances(root)?, measured };
    std::fs::write(directory.join(format!("{name}.json")), serde_json::to_string_pretty(&kept)? + "\n")?;
    Ok(())
}

/// What was kept under `name`, if anything was.
fn kept<T: serde::de::DeserializeOwned>(root: &Path, name: &str) -> anyhow::Result<Option<Kept<T>>> {
    match std::fs::read(root.join(format!("docs/performance/{name}.json"))) {
        Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).with_context(|| format!("docs/performance/{name}.json"))?)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("docs/performance/{name}.json")),
    }
}

fn circumstances(root: &Path) -> anyhow::Result<Circumstances> {
    let now = SystemClock.now().to_string();
    let cpus = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpus.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": ")).map_or("unknown processor", |(_, name)| name);
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let rustc = Command::new("rustc").arg("--version").current_dir(root).output().map(|output| output.stdout).unwrap_or_default();
    let rustc = String::from_utf8_lossy(&rustc).trim().to_owned();
    let machine = format!("{count} shared cores of {model}, {}, {rustc}", std::env::consts::OS);
    Ok(Circumstances { date: now.get(..10).unwrap_or(&now).to_owned(), machine })
}

/// Seconds as people read them; a rate as it is.
fn shown(value: f64, unit: &str) -> String {
    match unit {
        "s" | "s CPU" if value < 1e-6 => format!("{:.0} ns", value * 1e9),
        "s" | "s CPU" if value < 1e-3 => format!("{:.2} µs", value * 1e6),
        "s" | "s CPU" if value < 1.0 => format!("{:.2} ms", value * 1e3),
        "s" | "s CPU" => format!("{value:.2} s"),
        _ if value >= 1e6 => format!("{:.2} M", value / 1e6),
        _ if value >= 1e4 => format!("{:.1} k", value / 1e3),
        _ => format!("{value:.1}"),
    }
}
