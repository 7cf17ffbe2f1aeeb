//! One scenario or conversation, run and judged.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use mako_scenarios::market::Market;
use mako_scenarios::suite::{self, Snapshot};
use mako_sim::oracle::judge;
use mako_sim::replay::{ReplayReport, replay};
use mako_sim::report::{Listed, Row, page, sequence_diagram, timetable};
use mako_sim::run::{NetKind, Outcome, StoreKind, stored};

use super::{Args, shown};

/// What became of one scenario or conversation.
pub struct Verdict {
    /// Its line in the table.
    pub row: Row,
    /// What was found; empty when it passed.
    pub findings: Vec<String>,
    /// The line that runs it again.
    pub replay: String,
    /// Its timetable, or the steps of the replay.
    pub text: String,
    /// Its place in the index of a report; `None` when it has no report.
    pub listed: Option<Listed>,
}

/// Runs and judges what is at `path`; its report, if one is asked for, is called `name`.
pub fn of(path: &Path, name: &str, args: &Args) -> anyhow::Result<Verdict> {
    if path.is_dir() { conversation(path) } else { scenario(path, name, args) }
}

fn scenario(path: &Path, name: &str, args: &Args) -> anyhow::Result<Verdict> {
    let mut plan = suite::load(path).map_err(anyhow::Error::msg)?;
    if let Some(seed) = args.seed {
        plan.seed = seed;
    }
    let outcome = suite::perform(&plan, args.store, args.transport);
    let mut findings: Vec<String> = judge(&outcome).iter().map(ToString::to_string).collect();
    if args.accept {
        suite::accept(path, &outcome).with_context(|| format!("writing the snapshot of {}", path.display()))?;
    } else if args.seed.is_none() {
        findings.extend(snapshot(path, &outcome));
    }
    let mut row = Row::of(&suite::name(path), &outcome);
    row.result = result(&findings);
    let mut listed = None;
    if let Some(dir) = &args.report {
        report(dir, name, &outcome, &findings)?;
        let (file, title) = (name.to_owned(), outcome.plan.title.clone());
        listed = Some(Listed { file, title, row: row.clone(), findings: findings.clone() });
    }
    args.pictures.draw(&outcome, &findings)?;
    let replay = format!("cargo xtask simulate {}{} --timetable", shown(path), options(args));
    Ok(Verdict { row, findings, replay, text: timetable(&outcome), listed })
}

/// What makes this run another than that of the file alone, as options.
pub(super) fn options(args: &Args) -> String {
    let seed = args.seed.map(|seed| format!(" --seed {seed}")).unwrap_or_default();
    let store = if args.store == StoreKind::default() { "" } else { " --store memory" };
    let transport = if args.transport == NetKind::default() { "" } else { " --transport memory" };
    format!("{seed}{store}{transport}")
}

fn snapshot(path: &Path, outcome: &Outcome) -> Option<String> {
    match suite::compare(path, outcome) {
        Snapshot::Same => None,
        Snapshot::Missing => Some("it has no snapshot: look at its timetable, then run again with --accept".to_owned()),
        Snapshot::Different { line, stands, came } => {
            Some(format!("its timetable differs from its snapshot in line {line}\n    snapshot  {stands}\n    this run  {came}"))
        }
    }
}

fn report(dir: &Path, name: &str, outcome: &Outcome, findings: &[String]) -> anyhow::Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))?;
    let files = [
        ("txt", timetable(outcome)),
        ("jsonl", stored::write(outcome, findings)),
        ("mmd", sequence_diagram(outcome)),
        ("html", page(outcome, findings)),
    ];
    for (extension, text) in files {
        let file = dir.join(format!("{name}.{extension}"));
        fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(())
}

fn conversation(path: &Path) -> anyhow::Result<Verdict> {
    let report = replay(path, None, &Market::application()).map_err(anyhow::Error::msg)?;
    let mut findings: Vec<String> = report.steps.iter().filter(|step| step.is_wrong()).map(ToString::to_string).collect();
    if !report.is_checked() {
        findings.push("its manifest gives nothing to compare".to_owned());
    }
    let text = report.steps.iter().map(|step| format!("{step}\n")).collect();
    Ok(Verdict { row: row_of(&report, &findings), findings, replay: format!("cargo xtask replay {}", shown(path)), text, listed: None })
}

fn row_of(report: &ReplayReport, findings: &[String]) -> Row {
    let held = report.steps.iter().filter(|step| step.result == mako_sim::replay::Judgement::Ok).count();
    let wrong = report.steps.iter().filter(|step| step.is_wrong()).count();
    let span_ms = report.span.map_or(0, |(first, last)| last.ms_since(first));
    Row {
        scenario: report.name.clone(),
        virtual_span: Duration::from_millis(u64::try_from(span_ms).unwrap_or(0)),
        messages: report.messages as u64,
        commits: report.commits,
        checks_held: held,
        checks: held + wrong,
        hash: report.hash.clone(),
        result: result(findings),
    }
}

fn result(findings: &[String]) -> String {
    if findings.is_empty() { "passed" } else { "FAILED" }.to_owned()
}
