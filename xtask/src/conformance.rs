//! `cargo xtask conformance --list`: the requirements as Markdown, which is what stands in `REQUIREMENTS.md`.
//!
//! Checks run where the subjects are: `cargo test -p mako-conformance`, one test per requirement, and a report for each under
//! `target/conformance`.

use std::io::Write as _;
use std::process::ExitCode;

/// What the command takes.
#[derive(clap::Args)]
pub struct Args {
    /// Print every requirement as Markdown; checks nothing
    #[arg(long, required = true)]
    list: bool,
}

/// Prints the requirements.
///
/// # Errors
///
/// When standard output cannot be written.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.list {
        std::io::stdout().lock().write_all(mako_conformance::requirements_markdown().as_bytes())?;
    }
    Ok(ExitCode::SUCCESS)
}
