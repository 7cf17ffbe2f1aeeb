//! Two runs in one course: what only the first has, what only the second has, and between them what is alike.
//!
//! Rows are compared by what they say and when; the numbers of messages are left out, since one message more moves all that follow. Where
//! the traces differ in something that no row tells, the first entry that does is named all the same.

use std::fmt;

use mako_engine::fristen::Rulebook;
use maud::html;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::super::line::Place;
use super::super::names::Names;
use super::super::words::count;
use super::course::{Column, Side, Step, Told, course};
use super::frist::Fristen;
use super::row::{Row, rows};
use super::{columns, controls, shell};
use crate::run::Outcome;
use crate::trace::first_difference;

/// So many rows that are alike are shown on both sides of one that is not.
const AROUND: usize = 3;

/// How two runs differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differences {
    /// Rows that are alike.
    pub alike: usize,
    /// Rows that only the first run has.
    pub only_first: usize,
    /// Rows that only the second run has.
    pub only_second: usize,
    /// The first entry in which the traces differ, side by side; `None` when they are equal.
    pub first_entry: Option<String>,
}

impl Differences {
    /// Whether the two traces are the same.
    #[must_use]
    pub const fn none(&self) -> bool {
        self.first_entry.is_none()
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = |n| count(n, "row", "rows");
        let Self { alike, only_first, only_second, .. } = self;
        write!(f, "{} alike, {} only in the first run, {} only in the second", rows(*alike), rows(*only_first), rows(*only_second))
    }
}

/// One of the two.
struct Run {
    rows: Vec<Row>,
    columns: Vec<Column>,
    title: String,
}

impl Run {
    fn of(outcome: &Outcome) -> Self {
        let names = Names::of(&outcome.plan, outcome.trace.entries());
        let mut rows = rows(outcome, &names, &Fristen::of(outcome, &names));
        // What becomes of a Frist is told where it happens; said in advance, it would make rows differ that are alike.
        rows.iter_mut().for_each(|row| row.fate = None);
        Self { rows, columns: columns(&outcome.plan, &names), title: names.veil(&outcome.plan.title) }
    }

    fn keys(&self) -> Vec<String> {
        self.rows.iter().map(key).collect()
    }
}

/// What a row says, without the numbers of messages.
fn key(row: &Row) -> String {
    let place = match &row.place {
        Place::At(party) => party.clone(),
        Place::Between { from, link, to } => format!("{from} {} {to}", link.sign()),
    };
    let parts: Vec<&str> = row.parts.iter().map(|(_, part)| part.as_str()).collect();
    let text = format!("{} {place} {} {} {} {}", row.at, row.word, row.what, row.release, parts.join(" · "));
    let mut key = String::new();
    let mut number = false;
    for c in text.chars() {
        number = c == '#' || (number && c.is_ascii_digit());
        if c == '#' || !number {
            key.push(c);
        }
    }
    key
}

fn operations(first: &Run, second: &Run) -> Vec<DiffOp> {
    capture_diff_slices(Algorithm::Myers, &first.keys(), &second.keys())
}

/// How `first` and `second` differ.
#[must_use]
pub fn differences(first: &Outcome, second: &Outcome) -> Differences {
    let operations = operations(&Run::of(first), &Run::of(second));
    let sum = |of: fn(&DiffOp) -> usize| operations.iter().map(of).sum();
    let length = |op: &DiffOp| if matches!(op, DiffOp::Equal { .. }) { op.old_range().len() } else { 0 };
    Differences {
        alike: operations.iter().map(length).sum(),
        only_first: sum(|op| if matches!(op, DiffOp::Equal { .. }) { 0 } else { op.old_range().len() }),
        only_second: sum(|op| if matches!(op, DiffOp::Equal { .. }) { 0 } else { op.new_range().len() }),
        first_entry: first_difference(&first.trace, &second.trace),
    }
}

/// `first` and `second` as one page; `names` is what they are called on it, such as the names of their files.
#[must_use]
pub fn diff(first: &Outcome, second: &Outcome, names: [&str; 2]) -> String {
    let (one, other) = (Run::of(first), Run::of(second));
    let operations = operations(&one, &other);
    let mut columns = one.columns.clone();
    columns.extend(other.columns.iter().filter(|column| one.columns.iter().all(|known| known.name != column.name)).cloned());
    let steps = steps(&one, &other, &operations);
    let shown: Vec<&Row> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Row(told) => Some(told.row),
            Step::Alike(_) => None,
        })
        .collect();
    let differences = differences(first, second);
    let calendar = Rulebook::of(first.plan.rulebook).calendar();
    let [first_name, second_name] = names;
    let body = html! {
        a.skip href="#course" { "To the course of the two runs" }
        main {
            header {
                p.verdict.passed[differences.none()].failed[!differences.none()] {
                    @if differences.none() { "the same trace" } @else { "different" }
                }
                h1 { "Two runs compared" }
                dl.sides {
                    dt.first { "− first" } dd { b { (first_name) } " " (one.title) }
                    dt.second { "+ second" } dd { b { (second_name) } " " (other.title) }
                }
                ul.figures { li { (differences) } }
                @if differences.first_entry.is_some() && differences.only_first + differences.only_second == 0 {
                    p { "The traces differ in something that no row tells, such as the id of a message; the command line shows the entry." }
                }
            }
            (controls::controls(&columns, &shown))
            section #course {
                h2 { "The course" }
                (course(&columns, calendar, &steps, "What happened in two runs; − and + mark rows that only one of them has."))
            }
        }
    };
    shell::document("Two runs compared", &body)
}

fn steps<'r>(one: &'r Run, other: &'r Run, operations: &[DiffOp]) -> Vec<Step<'r>> {
    let mut steps = Vec::new();
    let last = operations.len().saturating_sub(1);
    for (place, op) in operations.iter().enumerate() {
        let (old, new) = (one.rows.get(op.old_range()).unwrap_or_default(), other.rows.get(op.new_range()).unwrap_or_default());
        if !matches!(op, DiffOp::Equal { .. }) {
            steps.extend(old.iter().map(|row| Step::Row(Told { row, side: Side::First })));
            steps.extend(new.iter().map(|row| Step::Row(Told { row, side: Side::Second })));
            continue;
        }
        let (before, after) = (if place == 0 { 0 } else { AROUND }, if place == last { 0 } else { AROUND });
        let alike = |row: &'r Row| Step::Row(Told { row, side: Side::Both });
        let skipped = old.len().saturating_sub(before + after);
        if skipped <= 1 {
            steps.extend(old.iter().map(alike));
            continue;
        }
        steps.extend(old.iter().take(before).map(alike));
        steps.push(Step::Alike(skipped));
        steps.extend(old.iter().skip(before + skipped).map(alike));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::super::super::example;
    use super::*;
    use crate::trace::{Trace, What};

    /// The example, with one thing more in the middle.
    fn with_one_more() -> Outcome {
        let mut trace = Trace::default();
        for entry in example::christmas().trace.entries() {
            if matches!(entry.what, What::Partition { .. }) {
                trace.push(entry.at, "NB", What::Pause { until: entry.at.plus_seconds(60) });
            }
            trace.add(entry.clone());
        }
        Outcome { trace, ..example::christmas() }
    }

    #[test]
    fn what_only_one_run_has_is_marked_and_what_is_alike_far_from_it_is_folded() {
        let (first, second) = (example::christmas(), with_one_more());
        let found = differences(&first, &second);
        assert_eq!((found.only_first, found.only_second), (0, 1), "{found}");
        assert!(found.first_entry.as_deref().is_some_and(|entry| entry.contains("pause")));
        let page = diff(&first, &second, ["a.jsonl", "b.jsonl"]);
        assert_eq!((page.matches("only in the second run").count(), page.matches("alike in both runs").count()), (1, 2), "{page}");
        assert!(page.contains("■ pause"), "{page}");
        assert_eq!(diff(&first, &second, ["a.jsonl", "b.jsonl"]), page);
    }

    #[test]
    fn equal_runs_have_no_row_to_show() {
        let found = differences(&example::christmas(), &example::christmas());
        assert!(found.none() && found.only_first + found.only_second == 0, "{found}");
        let page = diff(&example::christmas(), &example::christmas(), ["a", "b"]);
        assert!(page.contains("the same trace") && !page.contains("class=\"row "), "{page}");
    }
}
