//! The matrix on the terminal: what was not asked comes first, then who keeps what, then what is wrong.

use std::fmt::Write as _;

use mako_conformance::{Level, Outcome, Record, Requirement};

use super::judgement::Asked;

/// One word for a result.
pub(super) fn word(requirement: &Requirement, record: Option<&Record>) -> &'static str {
    match (record.map(|record| record.result), requirement.level_now()) {
        (None, _) => "MISSING",
        (Some(Outcome::Pass), _) => "pass",
        (Some(Outcome::Skip), _) => "skip",
        (Some(Outcome::SkipUnexplained), _) => "SKIP?",
        (Some(Outcome::Exempt), _) => "exempt",
        (Some(Outcome::Expired), _) => "EXPIRED",
        (Some(Outcome::Fail), Level::Must) => "FAIL",
        (Some(Outcome::Fail), Level::Should) => "not kept",
        (Some(Outcome::Fail), Level::Provisional) => "not yet",
    }
}

/// Subjects that are asked the same, in order.
pub(super) fn groups(asked: &[Asked]) -> Vec<Vec<&Asked>> {
    let mut groups: Vec<Vec<&Asked>> = Vec::new();
    for one in asked {
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| first.requirements == one.requirements)) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// The first line of what was recorded.
fn first_line(record: &Record) -> &str {
    record.reason.as_deref().unwrap_or_default().lines().next().unwrap_or_default()
}

/// What the command prints.
pub(super) fn text(asked: &[Asked], problems: &[String]) -> String {
    let mut text = String::new();
    let excused = asked.iter().flat_map(|asked| asked.results().map(move |(requirement, record)| (asked, requirement, record)));
    for (asked, requirement, record) in excused {
        let word = word(requirement, record);
        if let Some(record) = record.filter(|record| !matches!(record.result, Outcome::Pass) && word.to_lowercase() == word) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{word:<9} {}  {}: {}", requirement.id, asked.subject, first_line(record));
        }
    }
    text.push_str(&table(asked));
    if !problems.is_empty() {
        text.push('\n');
    }
    for problem in problems {
        let _ = writeln!(text, "{problem}");
    }
    let _ = writeln!(text, "\n{}", summary(asked, problems));
    text
}

/// Who keeps what.
pub(super) fn table(asked: &[Asked]) -> String {
    let mut text = String::new();
    for group in groups(asked) {
        let Some(first) = group.first() else { continue };
        let _ = write!(text, "\n{:<10}", "");
        for one in &group {
            let _ = write!(text, "  {:<width$}", one.subject, width = width(one));
        }
        text.push('\n');
        for requirement in &first.requirements {
            let mut line = format!("{:<10}", requirement.id);
            for one in &group {
                let _ = write!(line, "  {:<width$}", word(requirement, one.records.get(requirement.id)), width = width(one));
            }
            let _ = writeln!(text, "{}", line.trim_end());
        }
    }
    text
}

fn width(asked: &Asked) -> usize {
    asked.subject.chars().count().max("not kept".len())
}

/// All of it in a line.
pub(super) fn summary(asked: &[Asked], problems: &[String]) -> String {
    let count = |outcomes: &[Outcome]| {
        asked.iter().flat_map(Asked::results).filter(|(_, record)| record.is_some_and(|record| outcomes.contains(&record.result))).count()
    };
    let passed = count(&[Outcome::Pass]);
    let (skipped, exempt) = (count(&[Outcome::Skip, Outcome::SkipUnexplained]), count(&[Outcome::Exempt]));
    let checks: usize = asked.iter().map(|asked| asked.requirements.len()).sum();
    let found = problems.len();
    format!("{} subjects, {checks} checks: {passed} passed, {skipped} skipped, {exempt} exempt, {found} findings", asked.len())
}
