//! What a replay found: one line per field of a step.

use std::fmt;

use mako_engine::Timestamp;
use mako_engine::fristen::RulebookId;
use serde::Serialize;

use super::expected;
use crate::conversation::{Due, Manifest, RecordedStep};

/// How a field of a step compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// What was computed is what the manifest says.
    Ok,
    /// It is not.
    Differs,
    /// The manifest says nothing that could be compared.
    Unchecked,
    /// An answer that the manifest names is none to this message.
    Impossible,
    /// The message cannot be read.
    Unreadable,
}

/// One field of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The message.
    pub file: String,
    /// The field of the manifest, such as `answer_due`.
    pub field: String,
    /// What the manifest says.
    pub expected: Option<String>,
    /// What was computed.
    pub computed: Option<String>,
    /// Who computed it: the process that took the message, or the rulebook where no process here takes it.
    pub computed_by: Option<&'static str>,
    /// How they compare.
    pub result: Judgement,
}

impl Finding {
    /// Whether it speaks against the conversation, or against us.
    #[must_use]
    pub const fn is_wrong(&self) -> bool {
        matches!(self.result, Judgement::Differs | Judgement::Impossible | Judgement::Unreadable)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let result = match self.result {
            Judgement::Ok => "ok",
            Judgement::Differs => "DIFFERS",
            Judgement::Unchecked => "unchecked",
            Judgement::Impossible => "IMPOSSIBLE",
            Judgement::Unreadable => "UNREADABLE",
        };
        let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
        let (expected, computed) = (shown(&self.expected), shown(&self.computed));
        let by = self.computed_by.map(|by| format!(" by the {by}")).unwrap_or_default();
        write!(f, "{:36} {:14} {result:10}  manifest {expected:24} computed {computed}{by}", self.file, self.field)
    }
}

/// What a replay found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayReport {
    /// The conversation.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// The rulebook that governed.
    pub rulebook: RulebookId,
    /// Whether nobody named that rulebook.
    pub rulebook_is_implied: bool,
    /// How many messages there were.
    pub messages: usize,
    /// The first and last receipt.
    pub span: Option<(Timestamp, Timestamp)>,
    /// How many commits the nodes made.
    pub commits: u64,
    /// The rolling hash of what happened at the nodes.
    pub hash: String,
    /// Every field that was looked at, in the order of the receipts.
    pub steps: Vec<Finding>,
}

impl ReplayReport {
    pub(super) fn new(manifest: &Manifest, rulebook: RulebookId, rulebook_is_implied: bool) -> Self {
        let span = manifest.steps.first().zip(manifest.steps.last()).map(|(first, last)| (first.receipt, last.receipt));
        let (name, title, messages) = (manifest.name.clone(), manifest.title.clone(), manifest.steps.len());
        Self { name, title, rulebook, rulebook_is_implied, messages, span, commits: 0, hash: String::new(), steps: Vec::new() }
    }

    /// Whether nothing was found wrong.
    #[must_use]
    pub fn passed(&self) -> bool {
        !self.steps.iter().any(Finding::is_wrong)
    }

    /// Whether anything was compared at all.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        self.steps.iter().any(|step| step.result == Judgement::Ok)
    }

    fn push(&mut self, step: &RecordedStep, field: &str, expected: Option<String>, computed: Option<String>, result: Judgement) {
        self.steps.push(Finding { file: step.file.clone(), field: field.to_owned(), expected, computed, computed_by: None, result });
    }

    pub(super) fn due(
        &mut self,
        step: &RecordedStep,
        field: &str,
        due: &Due,
        set: Option<Timestamp>,
        from_rulebook: impl FnOnce() -> Option<Timestamp>,
    ) {
        match expected(due) {
            Some(at) => {
                let computed = set.or_else(from_rulebook);
                let result = if computed == Some(at) { Judgement::Ok } else { Judgement::Differs };
                self.push(step, field, Some(at.to_string()), computed.map(|at| at.to_string()), result);
                if let Some(finding) = self.steps.last_mut() {
                    finding.computed_by = Some(if set.is_some() { "process" } else { "rulebook" });
                }
            }
            None => {
                let says = match due {
                    Due::Unchecked { rule } => rule.clone(),
                    Due::At(_) => None,
                };
                if says.is_some() || set.is_some() {
                    self.push(step, field, says, set.map(|at| at.to_string()), Judgement::Unchecked);
                }
            }
        }
    }

    pub(super) fn expected_answers(&mut self, step: &RecordedStep, possible: &[&str]) {
        let Some(expect) = &step.expect else { return };
        let is_pid = |word: &str| word.len() == 5 && word.bytes().all(|byte| byte.is_ascii_digit());
        let named: Vec<&str> = expect.split('|').map(str::trim).filter(|word| is_pid(word)).collect();
        let computed = if possible.is_empty() { None } else { Some(possible.join("|")) };
        let result = match named.iter().all(|pid| possible.contains(pid)) {
            _ if named.is_empty() => Judgement::Unchecked,
            true => Judgement::Ok,
            false => Judgement::Impossible,
        };
        if result != Judgement::Unchecked || expect != "none" {
            self.push(step, "expect", Some(expect.clone()), computed, result);
        }
    }

    pub(super) fn refused(&mut self, step: &RecordedStep, answer: String) {
        self.push(step, "message", None, Some(answer), Judgement::Unchecked);
    }

    pub(super) fn unreadable(&mut self, step: &RecordedStep, reason: String) {
        self.push(step, "message", Some("an interchange".to_owned()), Some(reason), Judgement::Unreadable);
    }
}
