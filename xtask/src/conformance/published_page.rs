//! `docs/published-crates.md`: the frame `conformance/published/page.md` with what came out put into it. A page that nobody keeps by hand
//! cannot tell another story than the run.

use std::fmt::Write as _;

use anyhow::bail;
use mako_conformance::{Level, Outcome, Record, WORKFLOW_REQUIREMENTS};

use super::published::{Held, Known, Runs, Told};

/// Where it stands.
pub(super) const PAGE: &str = "docs/published-crates.md";

/// The page.
///
/// # Errors
///
/// When the frame names a part that there is not.
pub(super) fn page(frame: &str, told: &Told, known: &Known) -> anyhow::Result<String> {
    let mut text =
        "<!-- Written by `cargo xtask conformance --published --accept` from conformance/published/page.md; change it there. -->\n"
            .to_owned();
    for line in frame.lines() {
        match line.strip_prefix("{{").and_then(|line| line.strip_suffix("}}")) {
            Some("versions") => text.push_str(&versions(told, known)),
            Some("workflows") => text.push_str(&workflows(told)),
            Some("matrix") => text.push_str(&matrix(told)),
            Some("findings") => text.push_str(&findings(told, known)),
            Some("conversations") => text.push_str(&conversations(told)),
            Some(other) => bail!("page.md names a part `{other}`, which there is not"),
            None => text.push_str(line),
        }
        text.push('\n');
    }
    Ok(text)
}

fn versions(told: &Told, known: &Known) -> String {
    let packages: Vec<String> = told.packages.iter().map(|(name, version)| format!("`{name}` {version}")).collect();
    format!("Looked at on {}, with version {} of the kit: {}.", known.looked, told.kit, packages.join(", "))
}

fn workflows(told: &Told) -> String {
    let mut text = "| | workflow | crate | source | conversations |\n|---|---|---|---|---|".to_owned();
    for (letter, case) in letters().zip(&told.cases) {
        let (name, package, source, held) = (&case.name, &case.package, &case.source, case.conversations.len());
        // Writing to a String cannot fail.
        let _ = write!(text, "\n| {letter} | `{name}` | `{package}` | `{source}` | {held} |");
    }
    text
}

/// A letter per workflow: their names are too long for the head of a table.
fn letters() -> impl Iterator<Item = char> {
    'A'..='Z'
}

fn matrix(told: &Told) -> String {
    let heads: Vec<String> = letters().zip(&told.cases).map(|(letter, _)| letter.to_string()).collect();
    let mut text = format!("| | {} | promise |\n|---|{}---|", heads.join(" | "), "---|".repeat(heads.len()));
    for requirement in WORKFLOW_REQUIREMENTS {
        let word = |records: &[Record]| match records.iter().find(|record| record.id == requirement.id).map(|record| record.result) {
            Some(Outcome::Pass) => "·",
            Some(Outcome::Fail) => "**no**",
            Some(Outcome::Skip) => "–",
            Some(Outcome::SkipUnexplained | Outcome::Exempt | Outcome::Expired) | None => "?",
        };
        let words: Vec<&str> = told.cases.iter().map(|case| word(&case.records)).collect();
        let should = if requirement.level == Level::Should { " (should)" } else { "" };
        let _ = write!(text, "\n| {} | {} | {}{should} |", requirement.id, words.join(" | "), requirement.title);
    }
    text
}

fn findings(told: &Told, known: &Known) -> String {
    let mut lines = told.lines.iter();
    let mut parts = Vec::new();
    for (number, finding) in (1..).zip(&known.findings) {
        let places: Vec<String> = finding
            .at
            .iter()
            .map(|at| {
                let line = lines.next().copied().flatten().map_or_else(|| "?".to_owned(), |line| line.to_string());
                format!("`{}:{line}`", at.file)
            })
            .collect();
        let names: Vec<String> = finding.workflows.iter().map(|name| format!("`{name}`")).collect();
        parts.push(format!(
            "### {number}. {}\n\n{}, {}.\n\n*What the crate does.* {}\n\n*Where.* {}.\n\n*To see it.* {}\n\n*Whether it is theirs.* {}",
            finding.title,
            finding.requirement,
            names.join(", "),
            finding.does.trim(),
            places.join(", "),
            finding.reproduce.trim(),
            finding.theirs.trim(),
        ));
    }
    parts.join("\n\n")
}

fn conversations(told: &Told) -> String {
    let mut text =
        "| workflow | conversation | ends as | in their engine | simulated | crashes | cutovers |\n|---|---|---|---|---|---|---|"
            .to_owned();
    for case in &told.cases {
        for Held { name, turns, ends, differs, simulated } in &case.conversations {
            let same = if differs.is_none() { "the same" } else { "**differs**" };
            let of = |runs: &Runs| format!("{} of {}", runs.alike, runs.runs);
            let (plain, crashes, cutovers) = (of(&simulated.plain), of(&simulated.crashes), of(&simulated.cutovers));
            let turns = turns.join(" → ");
            let _ = write!(text, "\n| `{}` | {name}: {turns} | {ends} | {same} | {plain} | {crashes} | {cutovers} |", case.name);
        }
    }
    text
}
