//! Many runs at a glance: what `cargo xtask simulate` prints.

use std::time::Duration;

use super::words::span;
use crate::run::Outcome;

/// A run in one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What ran: the name of a scenario file, or a seed.
    pub scenario: String,
    /// How much virtual time passed.
    pub virtual_span: Duration,
    /// How many AS4 user messages reached a node.
    pub messages: u64,
    /// How many commits all nodes made.
    pub commits: u64,
    /// How many checks held.
    pub checks_held: usize,
    /// How many checks were made.
    pub checks: usize,
    /// The hash of the trace.
    pub hash: String,
    /// What it came to, such as `passed`.
    pub result: String,
}

impl Row {
    /// The row of a run that was called `scenario`. Its result is `passed` or `FAILED`.
    #[must_use]
    pub fn of(scenario: &str, outcome: &Outcome) -> Self {
        let ms = outcome.plan.until.ms_since(outcome.plan.start());
        Self {
            scenario: scenario.to_owned(),
            virtual_span: Duration::from_millis(u64::try_from(ms).unwrap_or(0)),
            messages: outcome.messages,
            commits: outcome.commits,
            checks_held: outcome.checks.iter().filter(|check| check.found.is_none()).count(),
            checks: outcome.checks.len(),
            hash: outcome.trace.hash(),
            result: if outcome.passed() { "passed" } else { "FAILED" }.to_owned(),
        }
    }

    fn cells(&self) -> [String; 7] {
        let ms = u64::try_from(self.virtual_span.as_millis()).unwrap_or(u64::MAX);
        [
            self.scenario.clone(),
            span(ms),
            self.messages.to_string(),
            self.commits.to_string(),
            format!("{}/{}", self.checks_held, self.checks),
            self.hash.clone(),
            self.result.clone(),
        ]
    }
}

const HEADINGS: [&str; 7] = ["scenario", "virtual time", "messages", "commits", "checks", "trace", "result"];
/// Columns of numbers stand at the right.
const IS_NUMBER: [bool; 7] = [false, true, true, true, true, false, false];

/// The rows under their headings, aligned, without colours.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let cells: Vec<[String; 7]> = std::iter::once(HEADINGS.map(str::to_owned)).chain(rows.iter().map(Row::cells)).collect();
    let mut widths = [0; 7];
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    cells.iter().fold(String::new(), |mut text, row| {
        let padded = row.iter().zip(widths).zip(IS_NUMBER);
        let aligned = padded.map(|((cell, width), right)| if right { format!("{cell:>width$}") } else { format!("{cell:width$}") });
        text.push_str(aligned.collect::<Vec<_>>().join("   ").trim_end());
        text.push('\n');
        text
    })
}

/// `3 passed, 1 failed`.
#[must_use]
pub fn summary(passed: usize, failed: usize) -> String {
    format!("{passed} passed, {failed} failed")
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    #[test]
    fn words_stand_left_and_numbers_right() {
        let outcome = example::christmas();
        let days = Duration::from_secs(6 * 86_400 + 8 * 3600);
        let good = Row { hash: "0123456789abcdef".to_owned(), virtual_span: days, ..Row::of("lieferbeginn_christmas", &outcome) };
        let bad = Row { hash: "fedcba9876543210".to_owned(), ..Row::of("Prüfung", &example::bad_day()) };
        let expected = "\
scenario                 virtual time   messages   commits   checks   trace              result
lieferbeginn_christmas        6 d 8 h          5        41      3/3   0123456789abcdef   passed
Prüfung                           1 h          5        41      0/1   fedcba9876543210   FAILED
";
        assert_eq!(table(&[good, bad]), expected);
    }

    #[test]
    fn the_summary_is_a_contract() {
        assert_eq!(summary(12, 0), "12 passed, 0 failed");
    }
}
