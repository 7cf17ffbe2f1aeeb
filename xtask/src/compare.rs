//! `cargo xtask compare-rulebooks A B [FILE…]`: what would be different under another rulebook.
//!
//! Every scenario file and recorded conversation, or those named, runs once under A and once under B: on the memory store and transport,
//! which change nothing in what happens (law 4), and without its variants. Listed are the Fristen that move, those that stand under one
//! rulebook only, and the outcomes that change: assertions that hold under one only, how processes end, dead letters, broken runs.
//!
//! Fristen are matched by who set them, by label, and by how often that label was set before: streams have other names in another run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use mako_engine::Timestamp;
use mako_engine::fristen::{RulebookId, berlin};
use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::replay::{Judgement, replay};
use mako_sim::run::{NetKind, Outcome, StoreKind};
use mako_sim::trace::What;
use serde::Serialize;

/// What the command takes.
#[derive(clap::Args)]
pub struct Args {
    /// The one rulebook
    a: RulebookId,
    /// The other
    b: RulebookId,
    /// Scenario files or directories of recorded conversations; without any, all that belong to this repository
    files: Vec<PathBuf>,
    /// One JSON document
    #[arg(long)]
    json: bool,
}

/// Something that is not the same under both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Difference {
    /// The scenario or conversation.
    scenario: String,
    kind: Kind,
    /// The Frist or the outcome.
    what: String,
    /// Under the one; nothing where it has no such thing.
    a: Option<String>,
    /// Under the other.
    b: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Frist,
    Outcome,
}

/// What a run is compared by: Fristen and outcomes by name.
#[derive(Debug, Default)]
struct Seen(BTreeMap<(Kind, String), String>);

/// Compares and lists. Exits with 1 when anything differs.
///
/// # Errors
///
/// When a file is missing or cannot be read, or standard output cannot be written.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut differences = Vec::new();
    let paths = chosen(&args.files)?;
    for path in &paths {
        let name = suite::name(path);
        eprintln!("{name}");
        differences.extend(compare(&name, &seen(path, args.a)?, &seen(path, args.b)?));
    }
    let mut out = std::io::stdout().lock();
    let count = |kind| differences.iter().filter(|difference| difference.kind == kind).count();
    let (fristen, outcomes) = (count(Kind::Frist), count(Kind::Outcome));
    if args.json {
        let document = serde_json::json!({ "a": args.a, "b": args.b, "compared": paths.len(), "differences": differences });
        writeln!(out, "{document:#}")?;
    } else {
        let mut scenario = "";
        for difference in &differences {
            if difference.scenario != scenario {
                writeln!(out, "{}", difference.scenario)?;
                scenario = &difference.scenario;
            }
            let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
            writeln!(out, "  {:48} {}: {}", difference.what, args.a, shown(&difference.a))?;
            writeln!(out, "  {:48} {}: {}", "", args.b, shown(&difference.b))?;
        }
        writeln!(out, "{} compared, {fristen} Fristen move, {outcomes} outcomes change", paths.len())?;
    }
    Ok(ExitCode::from(u8::from(!differences.is_empty())))
}

fn chosen(files: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    if let Some(missing) = files.iter().find(|path| !path.exists()) {
        bail!("there is no {}; name a .scenario file or the directory of a recorded conversation", missing.display());
    }
    if !files.is_empty() {
        return Ok(files.to_vec());
    }
    let mut paths = suite::scenario_files().context("reading the scenario files")?;
    paths.extend(suite::conversations().context("reading the recorded conversations")?);
    Ok(paths)
}

fn seen(path: &Path, rulebook: RulebookId) -> anyhow::Result<Seen> {
    if path.is_dir() { of_conversation(path, rulebook) } else { of_scenario(path, rulebook) }
}

fn of_scenario(path: &Path, rulebook: RulebookId) -> anyhow::Result<Seen> {
    let mut plan = suite::load(path).map_err(anyhow::Error::msg)?;
    plan.rulebook = rulebook;
    plan.variants.clear();
    Ok(of_outcome(&suite::perform(&plan, StoreKind::Memory, NetKind::Memory)))
}

fn of_outcome(outcome: &Outcome) -> Seen {
    let mut seen = Seen::default();
    for entry in outcome.trace.entries() {
        match &entry.what {
            What::FristSet { label, due, .. } => seen.add(Kind::Frist, format!("{} {label}", entry.party), moment(*due)),
            What::DeadLetter { about, reason } => seen.add(Kind::Outcome, format!("{} dead letter {about}", entry.party), reason.clone()),
            _ => {}
        }
    }
    for check in &outcome.checks {
        let held = check.found.clone().map_or_else(|| "holds".to_owned(), |found| format!("does not hold, found {found}"));
        seen.add(Kind::Outcome, check.text.clone(), held);
    }
    for end in &outcome.ends {
        for process in &end.processes {
            let ended = if process.ended { "ended" } else { "goes on" };
            seen.add(Kind::Outcome, format!("{} process", end.party), format!("{}, {ended}", process.state));
        }
    }
    if let Some(failure) = &outcome.failure {
        seen.add(Kind::Outcome, "the run".to_owned(), failure.clone());
    }
    seen
}

fn of_conversation(path: &Path, rulebook: RulebookId) -> anyhow::Result<Seen> {
    let report = replay(path, Some(rulebook), &Market::application()).map_err(anyhow::Error::msg)?;
    let mut seen = Seen::default();
    for step in report.steps {
        let what = format!("{} {}", step.file, step.field);
        let computed = step.computed.unwrap_or_default();
        match computed.parse::<Timestamp>() {
            Ok(due) => seen.add(Kind::Frist, what, moment(due)),
            Err(_) => seen.add(Kind::Outcome, what, computed),
        }
        if matches!(step.result, Judgement::Impossible | Judgement::Unreadable) {
            seen.add(Kind::Outcome, format!("{} result", step.file), format!("{:?}", step.result));
        }
    }
    Ok(seen)
}

impl Seen {
    /// Notes `value`; what was noted under that name before keeps its number.
    fn add(&mut self, kind: Kind, what: String, value: String) {
        let numbered = (1..).map(|number| if number == 1 { what.clone() } else { format!("{what} ({number})") });
        for name in numbered {
            if let std::collections::btree_map::Entry::Vacant(place) = self.0.entry((kind, name)) {
                place.insert(value);
                return;
            }
        }
    }
}

fn compare(scenario: &str, a: &Seen, b: &Seen) -> Vec<Difference> {
    let names: BTreeSet<&(Kind, String)> = a.0.keys().chain(b.0.keys()).collect();
    let differs = names.into_iter().filter(|name| a.0.get(*name) != b.0.get(*name));
    let difference = |name: &(Kind, String)| Difference {
        scenario: scenario.to_owned(),
        kind: name.0,
        what: name.1.clone(),
        a: a.0.get(name).cloned(),
        b: b.0.get(name).cloned(),
    };
    differs.map(difference).collect()
}

/// Local for people, with the instant for machines.
fn moment(at: Timestamp) -> String {
    format!("{}  {at}", berlin::moment_text(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_what_changes_and_what_is_only_in_one_is_told() {
        let seen = |rows: &[(Kind, &str, &str)]| {
            let mut seen = Seen::default();
            for (kind, what, value) in rows {
                seen.add(*kind, (*what).to_owned(), (*value).to_owned());
            }
            seen
        };
        let a = seen(&[
            (Kind::Frist, "answer", "1"),
            (Kind::Frist, "answer", "2"),
            (Kind::Outcome, "process", "x"),
            (Kind::Frist, "same", "1"),
        ]);
        let b =
            seen(&[(Kind::Frist, "answer", "1"), (Kind::Frist, "answer", "3"), (Kind::Outcome, "other", "y"), (Kind::Frist, "same", "1")]);
        let told: Vec<_> = compare("s", &a, &b).into_iter().map(|d| (d.what, d.a, d.b)).collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            told,
            [
                ("answer (2)".to_owned(), text("2"), text("3")),
                ("other".to_owned(), None, text("y")),
                ("process".to_owned(), text("x"), None)
            ]
        );
        assert!(compare("s", &a, &a).is_empty());
    }
}
