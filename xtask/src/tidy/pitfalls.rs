//! The promise of `docs/pitfalls.md`: every known failure has a test or a scenario, and whatever is named there exists.

use std::fs;
use std::path::Path;

use super::source_text::code_only;
use super::{File, Finding};

/// The table.
const TABLE: &str = "docs/pitfalls.md";
const WHY: &str = "a failure without a test comes back";

pub(super) fn check(root: &Path, file: &File, findings: &mut Vec<Finding>) {
    if file.path != TABLE {
        return;
    }
    for (index, line) in file.text.lines().enumerate() {
        let first_cell = line.split('|').nth(1).map(str::trim);
        let Some(number) = first_cell.filter(|cell| cell.parse::<u32>().is_ok()) else { continue };
        let (tests, scenarios) = (named(line), scenarios(line));
        if tests.is_empty() && scenarios.is_empty() {
            let what = format!("number {number} names no test");
            findings.push(file.finding(index + 1, what, WHY, "name one as `path::test`, or a scenario as `path.scenario`"));
        }
        for path in scenarios.into_iter().filter(|path| !root.join(path).is_file()) {
            findings.push(file.finding(index + 1, format!("there is no {path}"), WHY, "write the scenario, or name the one that shows it"));
        }
        for (path, test) in tests {
            if !has_test(&root.join(path), test) {
                let what = format!("there is no `fn {test}` in {path}");
                findings.push(file.finding(index + 1, what, WHY, "write the test, or name the one that shows it"));
            }
        }
    }
}

/// What stands as `path::test` in code quotes.
fn named(row: &str) -> Vec<(&str, &str)> {
    row.split('`').skip(1).step_by(2).filter_map(|quoted| quoted.split_once("::")).collect()
}

/// What stands as `path.scenario` in code quotes.
fn scenarios(row: &str) -> Vec<&str> {
    row.split('`').skip(1).step_by(2).filter(|quoted| quoted.ends_with(".scenario")).collect()
}

fn has_test(path: &Path, test: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|source| code_only(&source).contains(&format!("fn {test}(")))
}

#[cfg(test)]
mod tests {
    use super::super::{File, Finding};

    fn found(row: &str) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("a.rs"), "fn holds() {}\n// fn only_talked_about()\n").unwrap();
        std::fs::write(root.path().join("a.scenario"), "scenario   one\n").unwrap();
        let file = File { path: super::TABLE.to_owned(), text: format!("| # | How | What |\n|---|---|---|\n{row}\n") };
        let mut findings = Vec::new();
        super::check(root.path(), &file, &mut findings);
        findings.into_iter().map(|finding: Finding| format!("{}: {}", finding.line, finding.what)).collect()
    }

    #[test]
    fn a_test_that_is_not_there_is_found() {
        assert_eq!(found("| 1 | lost | `a.rs::holds` |"), [""; 0]);
        assert_eq!(found("| 1 | lost | `a.rs::hold` |"), ["3: there is no `fn hold` in a.rs"]);
        assert_eq!(found("| 1 | lost | `a.rs::holds`, `b.rs::holds` |"), ["3: there is no `fn holds` in b.rs"]);
        assert_eq!(found("| 1 | lost | `a.rs::only_talked_about` |"), ["3: there is no `fn only_talked_about` in a.rs"]);
    }

    #[test]
    fn a_scenario_that_is_not_there_is_found() {
        assert_eq!(found("| 1 | lost | `b.scenario` |"), ["3: there is no b.scenario"]);
        assert_eq!(found("| 1 | lost | `a.rs::holds`, `b.scenario` |"), ["3: there is no b.scenario"]);
    }

    #[test]
    fn a_failure_without_a_test_is_found() {
        assert_eq!(found("| 1 | lost | none yet |"), ["3: number 1 names no test"]);
    }
}
