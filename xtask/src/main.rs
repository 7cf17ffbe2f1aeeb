//! The commands of the house. This file only dispatches; each command is a file that exposes `Args` and `run`.
//!
//! Everywhere: exit 0 all well, 1 something was found, 2 wrong usage or unreadable input; results on standard output, progress
//! and logs on standard error.

mod answer;
mod bench;
mod book;
mod calendar;
mod compare;
mod conformance;
mod csv;
mod diff;
mod frist;
mod fristen_page;
mod fuzz;
mod inspect;
mod markdown;
mod page;
mod release;
mod replay;
mod rulebooks;
mod scrub;
mod simulate;
mod tidy;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(bin_name = "cargo xtask", about = "Fristen, simulation and conformance of market communication")]
struct Cli {
    /// A directory of rulebooks to be had beside those built in; without it, what was added to engine/rulebooks
    #[arg(long, global = true, value_name = "DIR")]
    rulebooks: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Scenario files and recorded conversations on a virtual clock
    Simulate(simulate::Args),
    /// A stored run as a page or a diagram
    Page(page::Args),
    /// Where two runs part
    Diff(diff::Args),
    /// A recorded conversation against the nodes
    Replay(replay::Args),
    /// What a node would answer to these bytes
    Answer(answer::Args),
    /// When something is due, and why then
    Frist(frist::Args),
    /// The days of a year that are no Werktage
    Calendar(calendar::Args),
    /// What moves and what changes under another rulebook
    CompareRulebooks(compare::Args),
    /// The page docs/fristen.md, rendered from the tables
    Fristen(fristen_page::Args),
    /// A reader and a corpus that is damaged again and again
    Fuzz(fuzz::Args),
    /// The requirements on stores, workflows and nodes, and who keeps them
    Conformance(conformance::Args),
    /// What stands in a store directory
    Inspect(inspect::Args),
    /// What was deleted in a store, gone from its files, too
    Scrub(scrub::Args),
    /// Figures beside their physical floors, counted work beside its baselines
    Bench(bench::Args),
    /// The pages of the repository as a book
    Book(book::Args),
    /// Whether the crates are ready to be published
    Release(release::Args),
    /// The repository's promises, checked as text
    Tidy,
}

fn main() -> ExitCode {
    // A rulebook is named in the arguments, so it has to be there before they are read.
    if let Err(error) = rulebooks::load() {
        eprintln!("error: {error}");
        return ExitCode::from(2);
    }
    let outcome = match Cli::parse().command {
        Command::Simulate(args) => simulate::run(args),
        Command::Page(args) => page::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Replay(args) => replay::run(args),
        Command::Answer(args) => answer::run(args),
        Command::Frist(args) => frist::run(args),
        Command::Calendar(args) => calendar::run(args),
        Command::CompareRulebooks(args) => compare::run(args),
        Command::Fristen(args) => fristen_page::run(args),
        Command::Fuzz(args) => fuzz::run(args),
        Command::Conformance(args) => conformance::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Scrub(args) => scrub::run(&args),
        Command::Bench(args) => bench::run(args),
        Command::Book(args) => book::run(&args),
        Command::Release(args) => release::run(&args),
        Command::Tidy => tidy::run(),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::from(2)
    })
}
