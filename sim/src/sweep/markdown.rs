//! A sweep as Markdown, for people who read a merge request.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Sweep;
use crate::oracle::ORACLES;

/// How many failing seeds are listed; the JUnit report has all of them.
const LISTED: usize = 50;

impl Sweep {
    /// The sweep as a Markdown page.
    #[must_use]
    pub fn markdown(&self) -> String {
        let (passed, failed) = self.counts();
        let mut text = format!("# Seeds\n\n{passed} passed, {failed} failed");
        if let (Some(first), Some(last)) = (self.verdicts().next(), self.verdicts().last()) {
            let _ = write!(text, "; seeds {} to {}", first.seed, last.seed);
        }
        let sum = |of: fn(&super::SeedVerdict) -> u64| self.verdicts().map(of).sum::<u64>();
        let days = self.verdicts().map(|verdict| verdict.virtual_ms / 86_400_000).sum::<i64>();
        let compared = self.verdicts().filter(|verdict| verdict.compared > 0).count();
        let (messages, commits) = (sum(|verdict| verdict.messages), sum(|verdict| verdict.commits));
        let _ = writeln!(
            text,
            ".\n{days} virtual days, {messages} messages, {commits} commits; {compared} seeds were run again and compared.\n"
        );
        self.write_oracles(&mut text);
        self.write_points(&mut text);
        self.write_failures(&mut text);
        text
    }

    fn write_oracles(&self, text: &mut String) {
        let mut failing: BTreeMap<&str, usize> = BTreeMap::new();
        for failure in self.failed().flat_map(|verdict| &verdict.failures) {
            *failing.entry(&failure.oracle).or_default() += 1;
        }
        text.push_str("| oracle | promise | broken |\n|---|---|---|\n");
        for oracle in ORACLES {
            let broken = failing.remove(oracle.name).unwrap_or(0);
            let _ = writeln!(text, "| {} | {} | {broken} |", oracle.name, cell(oracle.promise));
        }
        for (name, broken) in failing {
            let _ = writeln!(text, "| {name} | | {broken} |");
        }
    }

    fn write_points(&self, text: &mut String) {
        text.push_str("\n| point | seeds that came to it |\n|---|--:|\n");
        for (name, seeds) in self.points() {
            let seeds = if seeds == 0 { "never".to_owned() } else { seeds.to_string() };
            let _ = writeln!(text, "| {} | {seeds} |", cell(name));
        }
    }

    fn write_failures(&self, text: &mut String) {
        let failed: Vec<_> = self.failed().collect();
        if failed.is_empty() {
            return;
        }
        text.push_str("\n| seed | oracle | found |\n|---|---|---|\n");
        for verdict in failed.iter().take(LISTED) {
            for failure in &verdict.failures {
                let _ = writeln!(text, "| {} | {} | {} |", verdict.seed, failure.oracle, cell(&failure.detail));
            }
        }
        if failed.len() > LISTED {
            let _ = writeln!(text, "\nand {} more seeds.", failed.len() - LISTED);
        }
    }
}

/// Text in one cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
