//! How a run ended: the block below a timetable.

use super::names::Names;
use super::words::count;
use crate::run::{Outcome, PartyEnd};

/// A line of the block: its heading, what it says, and whether it is good news.
pub(super) struct EndLine {
    pub(super) heading: &'static str,
    pub(super) text: String,
    pub(super) is_good: bool,
}

impl EndLine {
    fn good(heading: &'static str, text: String) -> Self {
        Self { heading, text, is_good: true }
    }

    fn bad(text: String) -> Self {
        Self { heading: "FAILED", text, is_good: false }
    }
}

/// The block; bad news comes last, where one looks first.
pub(super) fn end(outcome: &Outcome, names: &Names) -> Vec<EndLine> {
    let mut lines = vec![EndLine::good("end", state(&outcome.ends, names))];
    let held = outcome.checks.iter().filter(|check| check.found.is_none()).count();
    lines.push(EndLine::good("checks", format!("{held} of {} held", outcome.checks.len())));
    for variant in &outcome.variants {
        lines.push(EndLine::good("variants", format!("{}   {} of {} alike", variant.name, variant.alike, variant.runs)));
    }
    for check in &outcome.checks {
        if let Some(found) = &check.found {
            let place = if check.line == 0 { String::new() } else { format!("line {}: ", check.line) };
            lines.push(EndLine::bad(format!("{place}{}: found {found}", check.text)));
        }
    }
    for variant in outcome.variants.iter().filter(|variant| variant.alike != variant.runs) {
        let first = variant.first_difference.as_ref().map_or_else(String::new, |first| format!(", first: {first}"));
        let different = variant.runs.saturating_sub(variant.alike);
        lines.push(EndLine::bad(format!("{}: {} ended differently{first}", variant.name, count(different, "run", "runs"))));
    }
    if let Some(failure) = &outcome.failure {
        lines.push(EndLine::bad(format!("the run broke off: {failure}")));
    }
    for line in &mut lines {
        line.text = names.veil(&line.text);
    }
    lines
}

/// Every process, who is down, and what is left over.
fn state(ends: &[PartyEnd], names: &Names) -> String {
    let mut parts = Vec::new();
    for end in ends {
        let processes = end.processes.iter().filter(|process| process.stream.contains('/'));
        parts.extend(processes.map(|process| format!("{} {} {}", end.party, names.process(&end.party, &process.stream), process.state)));
        if end.down {
            parts.push(format!("{} is DOWN", end.party));
        }
    }
    let sum = |left: fn(&PartyEnd) -> usize| ends.iter().map(left).fold(0_usize, usize::saturating_add);
    parts.push(format!("open Fristen {}", sum(|end| end.open_fristen)));
    parts.push(format!("outbox {}", sum(|end| end.outbox)));
    parts.push(format!("dead letters {}", sum(|end| end.dead_letters)));
    parts.push(format!("unsettled {}", sum(|end| end.unsettled)));
    parts.join(" · ")
}
