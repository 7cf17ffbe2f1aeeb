//! `--published`: the domain crates of mako-engine 0.23, as they stand on crates.io, inside our engine and put to our requirements.
//!
//! They are a workspace of their own, `conformance/published`, built and run on demand. What they do not keep is told, and fails nothing:
//! it is known, finding by finding, in `findings.toml`, with what the crate does and where. What fails the command is drift: something
//! that is not kept and not known, something known that is kept, a place in their source that does not say what is cited, a conversation
//! that does not come to its end, and a page that tells another story than the run.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, bail};
use mako_conformance::{Level, Outcome, Record, WORKFLOW_REQUIREMENTS};
use serde::Deserialize;

use super::judgement::Asked;
use super::published_page::{PAGE, page};
use super::{matrix, reports};
use crate::workspace::{built, cargo, root};

/// What the program of the workspace tells.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    /// The version of our kit.
    pub(super) kit: String,
    /// The published packages, with their versions.
    pub(super) packages: Vec<(String, String)>,
    pub(super) cases: Vec<ToldCase>,
    /// The lines of what findings cite, in their order.
    pub(super) lines: Vec<Option<usize>>,
    /// What was seen in the crates alone, by the names of findings: nothing where it is as the finding says.
    pub(super) seen: BTreeMap<String, Option<String>>,
}

/// A workflow, and what came out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ToldCase {
    pub(super) name: String,
    pub(super) package: String,
    pub(super) source: String,
    pub(super) conversations: Vec<Held>,
    pub(super) records: Vec<Record>,
}

/// What became of a conversation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Held {
    pub(super) name: String,
    pub(super) turns: Vec<String>,
    pub(super) ends: String,
    pub(super) differs: Option<String>,
    pub(super) simulated: Simulated,
}

/// Its runs in the simulator.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Simulated {
    pub(super) plain: Runs,
    pub(super) crashes: Runs,
    pub(super) cutovers: Runs,
}

/// How runs of one kind came out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Runs {
    pub(super) runs: usize,
    pub(super) alike: usize,
    pub(super) difference: Option<String>,
}

/// What is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Known {
    /// When somebody looked last.
    pub(super) looked: String,
    #[serde(default, rename = "finding")]
    pub(super) findings: Vec<Finding>,
}

/// Something that published workflows do not keep.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Finding {
    /// Its name, under which it is looked for in the crates alone.
    pub(super) name: String,
    /// What it is, in a sentence.
    pub(super) title: String,
    /// The requirement that is not kept.
    pub(super) requirement: String,
    /// Who does not keep it.
    pub(super) workflows: Vec<String>,
    /// What the crate does.
    pub(super) does: String,
    /// How anybody can see it, without us.
    pub(super) reproduce: String,
    /// Why it is theirs, and not the adapter's.
    pub(super) theirs: String,
    /// Where.
    pub(super) at: Vec<Place>,
}

/// A line of their source.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Place {
    /// The file, such as `mako-gpke-0.23.0/src/kuendigung.rs`.
    pub(super) file: String,
    /// What stands on the first line that is meant.
    pub(super) says: String,
}

/// Asks, prints what came out, and says whether it is what is known.
///
/// # Errors
///
/// When the workspace does not build or run, `findings.toml` cannot be read, or something cannot be written.
pub(super) fn run(report: Option<&Path>, accept: bool) -> anyhow::Result<ExitCode> {
    let root = root()?;
    let directory = root.join("conformance/published");
    let known = std::fs::read_to_string(directory.join("findings.toml")).context("conformance/published/findings.toml")?;
    let known: Known = toml::from_str(&known).context("conformance/published/findings.toml")?;
    let told = ask(root, &directory, &known)?;
    let asked: Vec<Asked> = told.cases.iter().map(as_asked).collect();

    let frame = std::fs::read_to_string(directory.join("page.md")).context("conformance/published/page.md")?;
    let page = page(&frame, &told, &known)?;
    let stands = root.join(PAGE);
    let mut problems = drift(&told, &known);
    if accept {
        std::fs::write(&stands, &page).with_context(|| format!("cannot write {PAGE}"))?;
    } else if std::fs::read_to_string(&stands).unwrap_or_default() != page {
        problems.push(format!("{PAGE} is not what came out: read `git diff` after `cargo xtask conformance --published --accept`"));
    }
    let mut out = std::io::stdout().lock();
    out.write_all(text(&told, &known, &asked, &problems).as_bytes())?;
    if let Some(directory) = report {
        reports::write(directory, &asked, &problems)?;
        writeln!(out, "reports in {}", directory.display())?;
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Builds the workspace and runs its program.
fn ask(root: &Path, directory: &Path, known: &Known) -> anyhow::Result<Told> {
    let mut build = cargo(directory);
    build.args(["build", "--locked", "--package", "mako-published"]).arg("--target-dir").arg(root.join("target/published"));
    let program = built(build, "the published crates")?;
    let cited: Vec<(&str, &str)> = known.findings.iter().flat_map(|one| &one.at).map(|at| (at.file.as_str(), at.says.as_str())).collect();
    let home = tempfile::tempdir()?;
    let cites = home.path().join("cites.json");
    std::fs::write(&cites, serde_json::to_vec(&cited)?)?;
    let output = Command::new(program).arg("--cites").arg(&cites).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("the published crates end with {}", output.status);
    }
    serde_json::from_slice(&output.stdout).context("the report on the published crates")
}

fn as_asked(case: &ToldCase) -> Asked {
    let records: BTreeMap<String, Record> = case.records.iter().map(|record| (record.id.clone(), record.clone())).collect();
    Asked { subject: case.name.clone(), requirements: WORKFLOW_REQUIREMENTS.to_vec(), records }
}

/// Everything that differs from what is known.
fn drift(told: &Told, known: &Known) -> Vec<String> {
    let mut problems = Vec::new();
    for case in &told.cases {
        let ids = WORKFLOW_REQUIREMENTS.iter().map(|one| one.id);
        let left_out = ids.filter(|id| !case.records.iter().any(|record| record.id == *id));
        problems.extend(left_out.map(|id| format!("{id} {}: no result", case.name)));
        for record in &case.records {
            let (id, name) = (&record.id, &case.name);
            let is_known = known.findings.iter().any(|one| one.requirement == *id && one.workflows.contains(name));
            let reason = record.reason.as_deref().unwrap_or("no reason was recorded");
            match (record.result, is_known) {
                (Outcome::Fail, false) => {
                    problems.push(format!("{id} {name}: not kept, and no finding of findings.toml says so\n  {reason}"))
                }
                (Outcome::Pass, true) => {
                    problems.push(format!("{id} {name}: it is kept, and findings.toml has a finding on it: take it out"))
                }
                (Outcome::Skip, true) => problems.push(format!("{id} {name}: it is not asked, and findings.toml has a finding on it")),
                (Outcome::SkipUnexplained | Outcome::Exempt | Outcome::Expired, _) => problems.push(format!("{id} {name}: {reason}")),
                (Outcome::Fail, true) | (Outcome::Pass | Outcome::Skip, false) => {}
            }
        }
        for held in &case.conversations {
            let Simulated { plain, crashes, cutovers } = &held.simulated;
            let runs = [("simulated", plain), ("crash at every commit", crashes), ("cutover between two steps", cutovers)];
            let unlike = runs.into_iter().filter(|(_, runs)| runs.alike != runs.runs);
            let unlike = unlike.map(|(kind, runs)| (kind, runs.difference.as_deref().unwrap_or("no reason was recorded")));
            let differs = held.differs.iter().map(|differs| ("in their own engine", differs.as_str()));
            let of = |(kind, why): (&str, &str)| format!("{} `{}`, {kind}: {why}", case.name, held.name);
            problems.extend(differs.chain(unlike).map(of));
            if plain.runs == 0 || (plain.alike > 0 && crashes.runs == 0) {
                problems.push(format!("{} `{}`: it was not run", case.name, held.name));
            }
        }
    }
    for finding in &known.findings {
        let unknown = finding.workflows.iter().filter(|name| !told.cases.iter().any(|case| case.name == **name));
        problems
            .extend(unknown.map(|name| format!("{}: findings.toml names the workflow `{name}`, which is not asked", finding.requirement)));
        if !WORKFLOW_REQUIREMENTS.iter().any(|one| one.id == finding.requirement) {
            problems.push(format!("findings.toml names {}, which is no requirement on workflows", finding.requirement));
        }
        match told.seen.get(&finding.name) {
            Some(None) => {}
            Some(Some(why)) => {
                problems.push(format!("{} `{}`: it is not seen in the crates alone: {why}", finding.requirement, finding.name))
            }
            None => problems.push(format!("{} `{}`: nothing looks for it in the crates alone", finding.requirement, finding.name)),
        }
        if finding.at.is_empty() {
            problems.push(format!("{} `{}`: findings.toml does not say where", finding.requirement, finding.title));
        }
    }
    let cited = known.findings.iter().flat_map(|one| &one.at).zip(&told.lines);
    problems.extend(cited.filter(|(_, line)| line.is_none()).map(|(at, _)| format!("{}: no line says `{}`", at.file, at.says)));
    problems
}

/// What the command prints.
fn text(told: &Told, known: &Known, asked: &[Asked], problems: &[String]) -> String {
    let mut text = String::new();
    for case in &told.cases {
        for record in case.records.iter().filter(|record| record.result == Outcome::Fail) {
            let level = if record.level == Level::Should { "should" } else { "must" };
            text.push_str(&format!(
                "\n{} {} ({level}): {}\n  {}\n",
                record.id,
                case.name,
                record.title,
                record.reason.as_deref().unwrap_or_default()
            ));
        }
    }
    text.push_str(&matrix::table(asked));
    let held: Vec<&Held> = told.cases.iter().flat_map(|case| &case.conversations).collect();
    let sum = |of: fn(&Simulated) -> &Runs| {
        held.iter().fold((0, 0), |(runs, alike), held| (runs + of(&held.simulated).runs, alike + of(&held.simulated).alike))
    };
    let (crashes, crashes_alike) = sum(|simulated| &simulated.crashes);
    let (cutovers, cutovers_alike) = sum(|simulated| &simulated.cutovers);
    let same = held.iter().filter(|held| held.differs.is_none()).count();
    text.push_str(&format!(
        "\n{} conversations, {same} the same in their own engine; {crashes_alike} of {crashes} runs with a crash and {cutovers_alike} of \
         {cutovers} with a cutover end as they must\n",
        held.len()
    ));
    for problem in problems {
        text.push_str(&format!("\n{problem}\n"));
    }
    let failed = told.cases.iter().flat_map(|case| &case.records).filter(|record| record.result == Outcome::Fail).count();
    let (cases, findings) = (told.cases.len(), known.findings.len());
    let drift = problems.len();
    text.push_str(&format!(
        "\n{cases} workflows: {failed} requirements not kept, as {findings} findings; {drift} differences from what is known\n"
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(result: Outcome, alike: usize) -> Told {
        let record = |requirement: &mako_conformance::Requirement| Record {
            id: requirement.id.to_owned(),
            title: requirement.title.to_owned(),
            level: requirement.level,
            subject: "w".to_owned(),
            result: if requirement.id == "WF-SER-01" { result } else { Outcome::Pass },
            reason: None,
        };
        let runs = |runs, alike| Runs { runs, alike, difference: None };
        let simulated = Simulated { plain: runs(1, 1), crashes: runs(4, alike), cutovers: runs(2, 2) };
        let (turns, ends) = (vec!["asked".to_owned()], "Done".to_owned());
        let held = Held { name: "done".to_owned(), turns, ends, differs: None, simulated };
        let case = ToldCase {
            name: "w".to_owned(),
            package: "mako-w".to_owned(),
            source: "mako-w-0.23.0/src/w.rs:1".to_owned(),
            conversations: vec![held],
            records: WORKFLOW_REQUIREMENTS.iter().map(record).collect(),
        };
        Told {
            kit: "0.1.0".to_owned(),
            packages: Vec::new(),
            cases: vec![case],
            lines: vec![Some(3)],
            seen: BTreeMap::from([("x".to_owned(), None)]),
        }
    }

    fn known(workflow: &str) -> Known {
        let at = vec![Place { file: "mako-w-0.23.0/src/w.rs".to_owned(), says: "x".to_owned() }];
        let (title, does, reproduce, theirs) = (String::new(), String::new(), String::new(), String::new());
        let (requirement, workflows) = ("WF-SER-01".to_owned(), vec![workflow.to_owned()]);
        Known {
            looked: "2026-11-22".to_owned(),
            findings: vec![Finding { name: "x".to_owned(), title, requirement, workflows, does, reproduce, theirs, at }],
        }
    }

    #[test]
    fn what_is_known_is_no_drift() {
        assert_eq!(drift(&told(Outcome::Fail, 4), &known("w")), [""; 0]);
    }

    #[test]
    fn every_difference_from_what_is_known_is_told() {
        let has = |told: &Told, known: &Known, words: &str| {
            let problems = drift(told, known);
            assert!(problems.iter().any(|problem| problem.contains(words)), "{words}: {problems:?}");
        };
        let nothing = Known { looked: String::new(), findings: Vec::new() };
        has(&told(Outcome::Fail, 4), &nothing, "no finding of findings.toml says so");
        has(&told(Outcome::Pass, 4), &known("w"), "take it out");
        has(&told(Outcome::Fail, 4), &known("v"), "names the workflow `v`");
        has(&told(Outcome::Fail, 3), &known("w"), "crash at every commit");
        has(&Told { lines: vec![None], ..told(Outcome::Fail, 4) }, &known("w"), "no line says `x`");
        let seen = BTreeMap::from([("x".to_owned(), Some("it is refused".to_owned()))]);
        has(&Told { seen, ..told(Outcome::Fail, 4) }, &known("w"), "in the crates alone: it is refused");
        has(&Told { seen: BTreeMap::new(), ..told(Outcome::Fail, 4) }, &known("w"), "nothing looks for it");
        let mut differs = told(Outcome::Fail, 4);
        differs.cases[0].conversations[0].differs = Some("other events".to_owned());
        has(&differs, &known("w"), "in their own engine: other events");
        let mut silent = told(Outcome::Fail, 4);
        silent.cases[0].records.pop();
        has(&silent, &known("w"), "no result");
    }
}
