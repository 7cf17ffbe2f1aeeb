//! A run on disk: one JSON document a line.
//!
//! The first line, `{"run": …}`, is everything of the run but its trace: the plan, the counts, how every party ended, what was found. Then
//! come the entries of the trace and its checkpoints ([`Trace::to_json_lines`]). [`read`] gives the run back, so that every report can be
//! made of it later and elsewhere; what is no part of the lines (when a message was queued, what a disk needed) is gone. A trace whose
//! first line is missing is read all the same: its parties are then those that act in it. Lines that do not give the hash they end with
//! are refused.

use std::fmt;

use mako_engine::Timestamp;
use mako_engine::fristen::{RulebookId, Sparte};
use serde::{Deserialize, Serialize};

use super::{Checked, Outcome, PartyEnd, VariantOutcome};
use crate::edifact::MpId;
use crate::oracle::Violation;
use crate::plan::{Behaviour, Party, Plan};
use crate::trace::{Entry, Trace, What};

/// A run, and what was found in it.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The run.
    pub outcome: Outcome,
    /// What whoever judged it found; empty when it passed.
    pub findings: Vec<String>,
}

/// Why lines are no run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// A line is neither an entry nor a checkpoint nor the head of a run.
    Line {
        /// Its number, counted from 1.
        number: usize,
        /// What is wrong with it.
        detail: String,
    },
    /// There is no entry in them.
    Empty,
    /// The entries do not give the hash that stands below them.
    Changed {
        /// What the lines say.
        stands: String,
        /// What the entries give.
        gives: String,
    },
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { number, detail } => {
                write!(
                    f,
                    "line {number} is no line of a stored run ({detail}); `cargo xtask simulate FILE --report DIR` writes one as .jsonl"
                )
            }
            Self::Empty => f.write_str("no trace is in it; `cargo xtask simulate FILE --report DIR` writes one as .jsonl"),
            Self::Changed { stands, gives } => {
                write!(f, "its entries give the hash {gives}, and its last line says {stands}: it was changed or cut, so write it anew")
            }
        }
    }
}

impl std::error::Error for ReadError {}

/// A line that begins a stored run.
#[derive(Serialize, Deserialize)]
struct Head {
    run: Told,
}

/// What of a run is not in its trace.
#[derive(Serialize, Deserialize)]
struct Told {
    plan: Plan,
    commits: u64,
    commits_by_party: Vec<u64>,
    messages: u64,
    checks: Vec<Checked>,
    ends: Vec<PartyEnd>,
    failure: Option<String>,
    variants: Vec<VariantOutcome>,
    violation: Option<Violation>,
    findings: Vec<String>,
}

/// A line of the trace.
#[derive(Deserialize)]
struct Line {
    at: Timestamp,
    party: String,
    cause: Option<String>,
    what: What,
    #[serde(default)]
    release: Option<String>,
}

#[derive(Deserialize)]
struct Checkpoint {
    hash: String,
}

/// `outcome` and what was found in it, as lines; the same ones for the same run.
#[must_use]
pub fn write(outcome: &Outcome, findings: &[String]) -> String {
    let run = Told {
        plan: outcome.plan.clone(),
        commits: outcome.commits,
        commits_by_party: outcome.commits_by_party.clone(),
        messages: outcome.messages,
        checks: outcome.checks.clone(),
        ends: outcome.ends.clone(),
        failure: outcome.failure.clone(),
        variants: outcome.variants.clone(),
        violation: outcome.violation.clone(),
        findings: findings.to_vec(),
    };
    // Every field serialises, so the fallback never shows: as a trace alone the lines can be read, too.
    let head = serde_json::to_string(&Head { run }).map(|line| format!("{line}\n")).unwrap_or_default();
    format!("{head}{}", outcome.trace.to_json_lines())
}

/// The run in `text`.
///
/// # Errors
/// A line is none of a stored run, there is no entry, or the entries do not give the hash that stands below them.
pub fn read(text: &str) -> Result<Stored, ReadError> {
    let (mut trace, mut head, mut stands) = (Trace::default(), None, None);
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |error: serde_json::Error| ReadError::Line { number, detail: error.to_string() };
        if line.starts_with("{\"run\"") {
            head = Some(serde_json::from_str::<Head>(line).map_err(wrong)?.run);
        } else if line.starts_with("{\"checkpoint\"") {
            stands = Some(serde_json::from_str::<Checkpoint>(line).map_err(wrong)?.hash);
        } else {
            let Line { at, party, cause, mut what, release: written } = serde_json::from_str(line).map_err(wrong)?;
            if let What::TryBegins { release, .. } = &mut what {
                *release = written;
            }
            trace.add(Entry { at, party, cause, what });
        }
    }
    if trace.entries().is_empty() && head.is_none() {
        return Err(ReadError::Empty);
    }
    let gives = trace.hash();
    if let Some(stands) = stands.filter(|stands| *stands != gives) {
        return Err(ReadError::Changed { stands, gives });
    }
    let told = head.unwrap_or_else(|| told_by(&trace));
    let outcome = Outcome {
        plan: told.plan,
        commits: told.commits,
        commits_by_party: told.commits_by_party,
        messages: told.messages,
        wakes: 0,
        checks: told.checks,
        ends: told.ends,
        failure: told.failure,
        variants: told.variants,
        violation: told.violation,
        watched: Some(gives),
        noted: std::collections::BTreeSet::new(),
        trace,
    };
    Ok(Stored { outcome, findings: told.findings })
}

/// What a trace alone tells of its run.
fn told_by(trace: &Trace) -> Told {
    let mut parties: Vec<Party> = Vec::new();
    for name in trace.entries().iter().flat_map(parties_of).filter(|name| !name.is_empty()) {
        if parties.iter().all(|party| party.name != name) {
            let (name, role) = (name.to_owned(), String::new());
            parties.push(Party { name, role, mp_id: MpId::NOBODY, sparte: Sparte::Strom, behaviour: Behaviour::Conformant });
        }
    }
    let rulebook = RulebookId::BK6_24_174;
    let plan = Plan {
        title: "A stored trace".to_owned(),
        source: format!("the trace does not say of which plan; its days are those of {rulebook}"),
        rulebook,
        seed: 0,
        parties,
        objects: Vec::new(),
        steps: Vec::new(),
        until: trace.entries().last().map_or(Timestamp::EPOCH, |entry| entry.at),
        expects: Vec::new(),
        variants: Vec::new(),
        disturbance: None,
    };
    let checks = trace.entries().iter().filter_map(|entry| match &entry.what {
        What::Check { text, found } => Some(Checked { text: text.clone(), found: found.clone(), line: 0 }),
        _ => None,
    });
    Told {
        plan,
        commits: 0,
        commits_by_party: Vec::new(),
        messages: 0,
        checks: checks.collect(),
        ends: Vec::new(),
        failure: None,
        variants: Vec::new(),
        violation: None,
        findings: Vec::new(),
    }
}

fn parties_of(entry: &Entry) -> impl Iterator<Item = &str> {
    let other = match &entry.what {
        What::TryBegins { to, .. } | What::LinkFault { to, .. } => Some(to.as_str()),
        What::Partition { with, .. } => Some(with.as_str()),
        _ => None,
    };
    std::iter::once(entry.party.as_str()).chain(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{example, timetable};

    fn found() -> Vec<String> {
        vec!["one-effect: twice".to_owned()]
    }

    #[test]
    fn a_stored_run_is_read_back_as_it_was() {
        for outcome in [example::christmas(), example::bad_day()] {
            let text = write(&outcome, &found());
            let stored = read(&text).unwrap();
            assert_eq!(stored.outcome.trace.hash(), outcome.trace.hash());
            assert_eq!(stored.findings, found());
            assert_eq!(write(&stored.outcome, &stored.findings), text);
            // What the disk needed is no part of the lines.
            assert_eq!(timetable(&stored.outcome), timetable(&outcome).replace(" · torn tail repaired", ""));
        }
    }

    #[test]
    fn a_release_is_in_the_lines_and_not_in_the_hash() {
        let with = |release: Option<&str>| {
            let mut trace = Trace::default();
            for entry in example::christmas().trace.entries() {
                let mut entry = entry.clone();
                if let What::TryBegins { release: written, .. } = &mut entry.what {
                    *written = release.map(str::to_owned);
                }
                trace.add(entry);
            }
            Outcome { trace, ..example::christmas() }
        };
        let (one, other) = (with(None), with(Some("S2.1")));
        assert_eq!(one.trace.hash(), other.trace.hash());
        let text = write(&other, &[]);
        assert!(text.contains(r#""release":"S2.1""#) && !write(&one, &[]).contains("S2.1"), "{text}");
        assert_eq!(write(&read(&text).unwrap().outcome, &[]), text);
    }

    #[test]
    fn a_trace_without_its_head_names_the_parties_that_act_in_it() {
        let outcome = example::christmas();
        let stored = read(&outcome.trace.to_json_lines()).unwrap().outcome;
        let names: Vec<&str> = stored.plan.parties.iter().map(|party| party.name.as_str()).collect();
        assert_eq!((names, stored.trace.hash()), (vec!["LFN", "NB"], outcome.trace.hash()));
        assert_eq!(stored.checks.len(), 1);
    }

    #[test]
    fn lines_that_are_no_run_are_refused_and_say_why() {
        let text = write(&example::christmas(), &[]);
        assert_eq!(read("\n").unwrap_err(), ReadError::Empty);
        assert!(matches!(read(&format!("{text}nonsense\n")).unwrap_err(), ReadError::Line { .. }));
        let changed = text.replace("\"resumes\":1", "\"resumes\":2");
        let error = read(&changed).unwrap_err().to_string();
        assert!(error.contains("it was changed or cut"), "{error}");
    }
}
