//! The head of a page: what the run was about, whether everything held, and where to look if it did not.

use mako_engine::fristen::berlin;
use maud::{Markup, html};

use super::super::end::end;
use super::super::line::Tone;
use super::super::names::Names;
use super::super::words::{count, span};
use super::anchor::local;
use super::frist::{Fristen, balance};
use super::row::Row;
use crate::run::Outcome;

/// So many loud rows are linked; the first ones explain the others.
const LINKED: usize = 12;

/// Title, verdict, figures.
pub(super) fn head(outcome: &Outcome, names: &Names, fristen: &Fristen, is_good: bool) -> Markup {
    let (plan, entries) = (&outcome.plan, outcome.trace.entries());
    let instants = || entries.iter().map(|entry| entry.at);
    let period = instants().min().zip(instants().max());
    html! {
        header {
            p.verdict.passed[is_good].failed[!is_good] { @if is_good { "passed" } @else { "FAILED" } }
            h1 { (names.veil(&plan.title)) }
            p.source { (names.veil(&plan.source)) }
            ul.figures {
                @if let Some((from, to)) = period {
                    li { (berlin::day_text(berlin::day(from))) " to " (berlin::day_text(berlin::day(to))) }
                    li { (span(to.unix_ms().saturating_sub(from.unix_ms()).unsigned_abs())) " of virtual time" }
                }
                li { (count(usize::try_from(outcome.commits).unwrap_or(usize::MAX), "commit", "commits")) }
                li { (balance(fristen)) }
                li { (checks(outcome)) }
                li { "rulebook " (plan.rulebook) }
                li { "seed " (plan.seed) }
            }
        }
    }
}

fn checks(outcome: &Outcome) -> String {
    let held = outcome.checks.iter().filter(|check| check.found.is_none()).count();
    format!("{held} of {} held", count(outcome.checks.len(), "check", "checks"))
}

/// What went wrong, and the loud rows; nothing when all is well.
pub(super) fn trouble(findings: &[String], outcome: &Outcome, names: &Names, rows: &[Row]) -> Markup {
    let mut findings: Vec<String> = findings.iter().map(|finding| names.veil(finding)).collect();
    if findings.is_empty() {
        findings.extend(end(outcome, names).into_iter().filter(|line| !line.is_good).map(|line| line.text));
    }
    let loud: Vec<&Row> = rows.iter().filter(|row| row.tone == Tone::Alarm).take(LINKED).collect();
    if findings.is_empty() && loud.is_empty() {
        return html! {};
    }
    html! {
        section.trouble.failed[!findings.is_empty()] #trouble {
            @if !findings.is_empty() {
                h2 { "What does not hold" }
                ul.findings { @for finding in &findings { li { (finding) } } }
            }
            @if !loud.is_empty() {
                h2 { @if findings.is_empty() { "Worth a look" } @else { "Where to look" } }
                ul { @for row in &loud {
                    li {
                        a href={"#t=" (local(row.at))} { (berlin::moment_text(row.at)) }
                        " " (row.parties().join(", ")) " " (row.word) " " (row.what) ": "
                        (row.parts.iter().map(|(_, part)| part.as_str()).collect::<Vec<_>>().join(" · "))
                    }
                } }
            }
        }
    }
}

/// How every party ended.
pub(super) fn tail(outcome: &Outcome, names: &Names) -> Markup {
    html! {
        section.register #end {
            h2 { "The end" }
            dl { @for line in end(outcome, names) {
                dt.bad[!line.is_good] { (line.heading) } dd.bad[!line.is_good] { (line.text) }
            } }
        }
    }
}
