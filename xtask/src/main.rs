//! The command line: one file per command, and this one only chooses.
//!
//! Exit codes are a contract: 0 all well, 1 something was found, 2 wrong usage or unreadable input.

mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Work on and with the mako engine")]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check the repository's promises as text.
    Tidy,
}

fn main() -> ExitCode {
    let result = match CommandLine::parse().command {
        Command::Tidy => tidy::run(),
    };
    result.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}
