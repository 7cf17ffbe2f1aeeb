//! `cargo xtask replay DIR`: a recorded conversation against the nodes.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use mako_engine::fristen::RulebookId;
use mako_scenarios::market::Market;
use mako_sim::replay::replay;

/// Replays a recorded conversation and prints, per step, what was computed against what the manifest says.
#[derive(clap::Args)]
pub struct Args {
    /// A directory with a manifest.json and the .edi files that it names
    dir: PathBuf,
    /// The rulebook that governs; goes before the one in the manifest
    #[arg(long)]
    rulebook: Option<RulebookId>,
    /// One JSON document instead of lines
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let report = replay(&args.dir, args.rulebook, &Market::application()).map_err(anyhow::Error::msg)?;
    let found = report.steps.iter().filter(|step| step.is_wrong()).count();
    let mut out = std::io::stdout().lock();
    if args.json {
        let document = serde_json::json!({
            "name": report.name,
            "rulebook": report.rulebook,
            "rulebook_implied": report.rulebook_is_implied,
            "steps": report.steps,
        });
        writeln!(out, "{document:#}")?;
    } else {
        let implied = if report.rulebook_is_implied { " (the manifest names none)" } else { "" };
        writeln!(out, "{}: {}\nrulebook {}{implied}\n", report.name, report.title, report.rulebook)?;
        for step in &report.steps {
            writeln!(out, "{step}")?;
        }
        let checked = report.steps.iter().filter(|step| step.result == mako_sim::replay::Judgement::Ok).count();
        writeln!(out, "\n{} messages, {checked} fields ok, {found} wrong", report.messages)?;
    }
    Ok(if found == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
