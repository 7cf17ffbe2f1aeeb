//! The same for machines and for a page: `report.json`, `report.md`, `report.xml` (JUnit).

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Context as _;
use mako_conformance::{Level, Outcome, Record};
use serde::Serialize;

use super::judgement::Asked;
use super::matrix::{groups, summary, word};

#[derive(Serialize)]
struct Report<'a> {
    kit: &'static str,
    subjects: Vec<&'a str>,
    results: Vec<&'a Record>,
    findings: &'a [String],
}

/// Writes all three.
///
/// # Errors
/// When one cannot be written.
pub(super) fn write(directory: &Path, asked: &[Asked], problems: &[String]) -> anyhow::Result<()> {
    fs::create_dir_all(directory).with_context(|| format!("cannot create {}", directory.display()))?;
    let report = Report {
        kit: mako_conformance::VERSION,
        subjects: asked.iter().map(|asked| asked.subject.as_str()).collect(),
        results: asked.iter().flat_map(|asked| asked.records.values()).collect(),
        findings: problems,
    };
    let json = serde_json::to_string_pretty(&report)?;
    for (name, text) in [("report.json", format!("{json}\n")), ("report.md", markdown(asked, problems)), ("report.xml", junit(asked))] {
        let file = directory.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}

fn markdown(asked: &[Asked], problems: &[String]) -> String {
    let mut text = format!("# Conformance\n\n{}\n", summary(asked, problems));
    for problem in problems {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n```text\n{problem}\n```\n");
    }
    for group in groups(asked) {
        let Some(first) = group.first() else { continue };
        let names: Vec<&str> = group.iter().map(|one| one.subject.as_str()).collect();
        let _ = write!(text, "\n| | {} | promise |\n|---|{}---|\n", names.join(" | "), "---|".repeat(names.len()));
        for requirement in &first.requirements {
            let words: Vec<&str> = group.iter().map(|one| word(requirement, one.records.get(requirement.id))).collect();
            let _ = writeln!(text, "| {} | {} | {} |", requirement.id, words.join(" | "), requirement.title);
        }
    }
    text
}

fn junit(asked: &[Asked]) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"mako-conformance\">\n".to_owned();
    for one in asked {
        let _ = writeln!(text, "  <testsuite name=\"{}\" tests=\"{}\">", escaped(&one.subject), one.requirements.len());
        for (requirement, record) in one.results() {
            let reason = escaped(record.and_then(|record| record.reason.as_deref()).unwrap_or_default());
            let inside = match (record.map(|record| record.result), requirement.level_now()) {
                (Some(Outcome::Pass), _) => String::new(),
                (Some(Outcome::Skip | Outcome::Exempt), _) | (Some(Outcome::Fail), Level::Should | Level::Provisional) => {
                    format!("<skipped message=\"{reason}\"/>")
                }
                (None, _) => "<failure message=\"no result\"/>".to_owned(),
                (Some(Outcome::Fail | Outcome::SkipUnexplained | Outcome::Expired), _) => format!("<failure message=\"{reason}\"/>"),
            };
            let (id, subject) = (requirement.id, escaped(&one.subject));
            let _ = writeln!(text, "    <testcase classname=\"{subject}\" name=\"{id}\">{inside}</testcase>");
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// Text as it may stand in an attribute of XML 1.0, which has no room for most control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}
