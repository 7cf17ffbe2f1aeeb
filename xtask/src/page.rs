//! `cargo xtask page`: a run that was stored by `simulate --report`, as a page or a diagram.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use mako_sim::run::stored::{Stored, read};

use crate::simulate::picture::Pictures;

/// Shows a stored run.
#[derive(clap::Args)]
pub struct Args {
    /// The trace of a run, as `cargo xtask simulate FILE --report DIR` writes it (.jsonl)
    file: PathBuf,
    #[command(flatten)]
    pictures: Pictures,
}

/// Runs the command. What is shown was judged when it was stored, so a failed run is no finding here.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if !args.pictures.are_asked_for() {
        bail!("say what to write: --html FILE, --mermaid FILE, or both");
    }
    let Stored { outcome, findings } = load(&args.file)?;
    args.pictures.draw(&outcome, &findings)?;
    args.pictures.say(&mut std::io::stdout().lock())?;
    Ok(ExitCode::SUCCESS)
}

/// The run that is stored in `file`.
pub fn load(file: &Path) -> anyhow::Result<Stored> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    read(&text).with_context(|| format!("reading {}", file.display()))
}
