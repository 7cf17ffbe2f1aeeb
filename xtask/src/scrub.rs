//! `cargo xtask scrub DIR`: what was deleted in a closed store is gone from its files, too: the key of a subject that was shredded.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use mako_engine::store::fjall::scrub;
use serde_json::json;

/// What the command takes.
#[derive(clap::Args)]
pub struct Args {
    /// The directory of a closed store
    dir: PathBuf,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// Scrubs the directory and says what is left. Exit 1 when files remain that a person has to look at and delete.
///
/// # Errors
///
/// When the directory is open, no store, or cannot be written.
pub fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let scrubbed = scrub(&args.dir)?;
    let cut: Vec<String> = scrubbed.cut.iter().map(|file| file.display().to_string()).collect();
    let mut out = std::io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", json!({ "journal_bytes": scrubbed.journal_bytes, "cut": cut }))?;
    } else {
        writeln!(
            out,
            "{} bytes of journals are gone, and every table was rewritten in which something is deleted",
            scrubbed.journal_bytes
        )?;
        cut.iter().try_for_each(|file| writeln!(out, "{file} holds what a repair cut: look at it and delete it"))?;
    }
    Ok(if cut.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
