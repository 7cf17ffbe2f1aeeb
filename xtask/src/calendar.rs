//! `cargo xtask calendar YEAR --rulebook R`: the days of a year that are no Werktage, each with its reason.

use std::io::Write;
use std::process::ExitCode;

use mako_engine::fristen::{NonWerktag, Rulebook, RulebookId, berlin};
use serde_json::json;

/// What the command takes.
#[derive(clap::Args)]
pub struct Args {
    /// The year
    #[arg(value_parser = clap::value_parser!(i32).range(1..=9999))]
    year: i32,
    /// Whose calendar: bk6-24-174, mako-engine, or one that was added
    #[arg(long)]
    rulebook: RulebookId,
    /// Leave out the Saturdays and Sundays that are no holidays
    #[arg(long)]
    holidays: bool,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// Prints the list.
///
/// # Errors
///
/// When standard output cannot be written.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let calendar = Rulebook::of(args.rulebook).calendar();
    let wanted = |reason: &NonWerktag<'_>| !args.holidays || matches!(reason, NonWerktag::Holiday(_));
    let days: Vec<_> = calendar.non_werktage(args.year).filter(|(_, reason)| wanted(reason)).collect();
    let mut out = std::io::stdout().lock();
    if args.json {
        let days: Vec<_> = days.iter().map(|(day, reason)| json!({ "date": day.to_string(), "reason": reason.to_string() })).collect();
        writeln!(out, "{:#}", json!({ "rulebook": args.rulebook, "year": args.year, "days": days }))?;
    } else {
        for (day, reason) in &days {
            writeln!(out, "{day}  {:<14}  {reason}", berlin::day_text(*day))?;
        }
        writeln!(out, "{} days of {} under {}", days.len(), args.year, args.rulebook)?;
    }
    Ok(ExitCode::SUCCESS)
}
