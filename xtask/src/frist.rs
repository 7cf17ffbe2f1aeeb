//! `cargo xtask frist TRIGGER --received INSTANT --rulebook R`: when something is due, how that binds, and which days were skipped.
//!
//! With `--csv FILE|-` it reads `family,trigger,received_utc` and writes the rows with `due_utc,due_kind` (other columns stay as
//! they are). A row that the rulebook cannot answer gets an empty due and the kind `unknown`, and the exit is 1.

use std::io::{Read, Write};
use std::process::ExitCode;

use anyhow::Context;
use mako_engine::Timestamp;
use mako_engine::fristen::{Frist, FristError, Rulebook, RulebookId, Window, WindowKind, berlin};
use serde_json::json;

use crate::csv::{self, Table};

/// What the command takes.
#[derive(clap::Args)]
pub struct Args {
    /// What starts the clock: a PID, a PID with a case (55010-receipt), or an acknowledgement case (regelfall)
    #[arg(required_unless_present = "csv")]
    trigger: Option<String>,
    /// The ÜZ that starts the clock, RFC 3339 with an offset
    #[arg(long, value_name = "INSTANT", required_unless_present = "csv")]
    received: Option<Timestamp>,
    /// Which rules govern: bk6-24-174, mako-engine, or one that was added
    #[arg(long)]
    rulebook: RulebookId,
    /// The process family, where a trigger stands in several
    #[arg(long)]
    family: Option<String>,
    /// Read rows from a file, or from standard input (-)
    #[arg(long, value_name = "FILE|-", conflicts_with_all = ["trigger", "received", "family", "json"])]
    csv: Option<String>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// Answers one question, or a table of them.
///
/// # Errors
///
/// When a question has no answer or several, when the table cannot be read, or when standard output cannot be written.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let rulebook = Rulebook::of(args.rulebook);
    let mut out = std::io::stdout().lock();
    if let Some(file) = &args.csv {
        let (text, unknown) =
            answer_table(rulebook, &Table::parse(&read(file)?).with_context(|| named(file))?).with_context(|| named(file))?;
        out.write_all(text.as_bytes())?;
        return Ok(ExitCode::from(u8::from(unknown > 0)));
    }
    let (Some(trigger), Some(received)) = (args.trigger, args.received) else {
        anyhow::bail!("expected a TRIGGER and --received, or --csv");
    };
    let window = rulebook.window(&trigger, args.family.as_deref())?;
    let frist = window.due(received, rulebook.calendar());
    let tolerated = tolerated_until(rulebook, window, &frist);
    let opens = window.opens(received, rulebook.calendar());
    if args.json {
        let document = json!({
            "rulebook": args.rulebook, "family": window.family, "trigger": trigger, "received_utc": received,
            "rule": window.rule_at(received).to_string(), "opens_utc": opens.as_ref().map(|frist| frist.due), "due_utc": frist.due, "due_kind": frist.kind, "reason": frist.reason,
            "tolerated_until_utc": tolerated, "clock_start": window.clock_start, "source": window.source,
            "confidence": window.confidence.to_string(),
        });
        writeln!(out, "{document:#}")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "{trigger}  {}  {}  {}", window.family, args.rulebook, window.rule_at(received))?;
    writeln!(out, "received  {}  {}{}", berlin::moment_text(received), berlin::rfc3339(received), counted_from(window))?;
    if let Some(opens) = &opens {
        writeln!(out, "opens     {opens}")?;
    }
    writeln!(out, "due       {frist}")?;
    writeln!(out, "          {}  {}  {}", berlin::rfc3339(frist.due), frist.due, frist.kind)?;
    if let Some(until) = tolerated {
        writeln!(out, "excused   before {} (Formatumstellung)", berlin::moment_text(until))?;
    }
    writeln!(out, "source    {} ({})", window.source, window.confidence)?;
    Ok(ExitCode::SUCCESS)
}

fn counted_from(window: &Window) -> String {
    if window.clock_start.is_empty() { String::new() } else { format!("  taken as {}", window.clock_start) }
}

/// Only lateness of acknowledgements is excused.
fn tolerated_until(rulebook: &Rulebook, window: &Window, frist: &Frist) -> Option<Timestamp> {
    match window.kind {
        WindowKind::Aperak | WindowKind::Contrl => rulebook.tolerated_until(frist.due),
        WindowKind::Answer | WindowKind::Information | WindowKind::Mabis => None,
    }
}

fn read(file: &str) -> anyhow::Result<String> {
    if file == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("standard input")?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| named(file))
}

fn named(file: &str) -> String {
    if file == "-" { "standard input".to_owned() } else { file.to_owned() }
}

/// The table with its answers, and how many rows have none.
fn answer_table(rulebook: &Rulebook, table: &Table) -> anyhow::Result<(String, usize)> {
    let (family, trigger, received) = (table.column("family")?, table.column("trigger")?, table.column("received_utc")?);
    let kept: Vec<usize> =
        (0..table.header.len()).filter(|place| !["due_utc", "due_kind"].contains(&table.header[*place].as_str())).collect();
    let line = |row: &[String], due: &str, kind: &str| csv::line(kept.iter().map(|place| row[*place].as_str()).chain([due, kind]));
    let (mut text, mut unknown) = (line(&table.header, "due_utc", "due_kind"), 0);
    for (number, row) in table.rows.iter().enumerate() {
        let start: Timestamp = row[received].parse().with_context(|| format!("row {}", number + 1))?;
        match answer(rulebook, &row[family], &row[trigger], start) {
            Ok(frist) => text += &line(row, &frist.due.to_string(), &frist.kind.to_string()),
            Err(error) => {
                eprintln!("row {}: {error}", number + 1);
                text += &line(row, "", "unknown");
                unknown += 1;
            }
        }
    }
    Ok((text, unknown))
}

fn answer(rulebook: &Rulebook, family: &str, trigger: &str, start: Timestamp) -> Result<Frist, FristError> {
    let family = Some(family).filter(|family| !family.is_empty());
    Ok(rulebook.window(trigger, family)?.due(start, rulebook.calendar()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_comes_back_with_its_answers_and_its_other_columns() {
        let text = "note,family,trigger,received_utc\n\"a, b\",GPKE,55001,2025-12-23T15:00:01Z\n,,44001,2025-11-06T09:00:00Z\n,GPKE,99999,2025-11-06T09:00:00Z\n";
        let (answers, unknown) = answer_table(Rulebook::of(RulebookId::BK6_24_174), &Table::parse(text).unwrap()).unwrap();
        let expected = "note,family,trigger,received_utc,due_utc,due_kind\n\
                        \"a, b\",GPKE,55001,2025-12-23T15:00:01Z,2025-12-29T10:00:00Z,latest_instant\n\
                        ,,44001,2025-11-06T09:00:00Z,2025-11-12T23:00:00Z,exclusive_end\n\
                        ,GPKE,99999,2025-11-06T09:00:00Z,,unknown\n";
        assert_eq!((answers.as_str(), unknown), (expected, 1));
    }

    #[test]
    fn an_unreadable_instant_names_its_row() {
        let table = Table::parse("family,trigger,received_utc\nGPKE,55001,yesterday\n").unwrap();
        let error = answer_table(Rulebook::of(RulebookId::BK6_24_174), &table).unwrap_err();
        assert!(format!("{error:#}").starts_with("row 1: `yesterday` is not an instant"), "{error:#}");
    }
}
