//! What was asked of a subject, what came out, and what of it is a finding.

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use anyhow::{Context as _, bail};
use mako_conformance::subjects::Subject;
use mako_conformance::{
    Level, NODE_REQUIREMENTS, Outcome, Record, Requirement, STORE_REQUIREMENTS, Verdict, Violation, WORKFLOW_REQUIREMENTS,
};

/// A subject, the requirements on its kind, and what came out.
pub(super) struct Asked {
    pub(super) subject: String,
    pub(super) requirements: Vec<Requirement>,
    pub(super) records: BTreeMap<String, Record>,
}

impl Asked {
    /// The requirements with what came out.
    pub(super) fn results(&self) -> impl Iterator<Item = (&Requirement, Option<&Record>)> {
        self.requirements.iter().map(|requirement| (requirement, self.records.get(requirement.id)))
    }

    /// Everything that fails the command.
    pub(super) fn problems(&self) -> Vec<String> {
        let of = |(requirement, record): (&Requirement, Option<&Record>)| {
            let (id, subject) = (requirement.id, &self.subject);
            let Some(Record { result, reason, .. }) = record else {
                return Some(format!("{id} {subject}: no result: the check did not run, or left no record"));
            };
            let reason = reason.as_deref().unwrap_or("no reason was recorded");
            match (result, requirement.level_now()) {
                (Outcome::Fail, Level::Must) => Some(format!("{id} {subject}: not kept: {}\n  {reason}", requirement.title)),
                (Outcome::SkipUnexplained, _) => Some(format!("{id} {subject}: skipped without a reason: {reason}")),
                (Outcome::Expired, _) => Some(format!("{id} {subject}: {reason}")),
                (Outcome::Fail, Level::Should | Level::Provisional) | (Outcome::Pass | Outcome::Skip | Outcome::Exempt, _) => None,
            }
        };
        self.results().filter_map(of).collect()
    }
}

/// Asks every requirement of a subject.
pub(super) fn ask(subject: &Subject) -> Asked {
    let requirements = (subject.requirements)();
    let records = requirements.iter().map(|requirement| {
        let asked = catch_unwind(AssertUnwindSafe(|| (subject.check)(requirement.id)));
        let failed = |why: String| Record::new(requirement, subject.name, &Verdict::Fail(Violation::new(why)));
        let record = match asked {
            Ok(Ok(record)) => record,
            Ok(Err(error)) => failed(format!("it could not be checked: {error}")),
            Err(_) => failed("the check panics, see above".to_owned()),
        };
        (requirement.id.to_owned(), record)
    });
    let records = records.collect();
    Asked { subject: subject.name.to_owned(), requirements, records }
}

/// What tests left behind in `directory`: a directory per subject, a file per requirement.
pub(super) fn left_behind(directory: &Path) -> anyhow::Result<Vec<Asked>> {
    let mut asked = Vec::new();
    for place in entries(directory)?.into_iter().filter(|place| place.is_dir()) {
        let mut records = BTreeMap::new();
        for file in entries(&place)? {
            let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let record: Record = serde_json::from_str(&text).with_context(|| format!("{} is no record of a check", file.display()))?;
            records.insert(record.id.clone(), record);
        }
        let Some(first) = records.values().next() else { continue };
        let subject = first.subject.clone();
        let stores: Vec<Requirement> = STORE_REQUIREMENTS.iter().map(|one| one.requirement).collect();
        let kinds = [stores, WORKFLOW_REQUIREMENTS.to_vec(), NODE_REQUIREMENTS.to_vec()];
        let Some(requirements) = kinds.into_iter().find(|kind| kind.iter().any(|one| one.id == first.id)) else {
            bail!("{}: {} is no requirement of this kit", place.display(), first.id);
        };
        asked.push(Asked { subject, requirements, records });
    }
    if asked.is_empty() {
        bail!("{}: no records of checks; run the tests of a crate with subjects first", directory.display());
    }
    Ok(asked)
}

fn entries(directory: &Path) -> anyhow::Result<Vec<std::path::PathBuf>> {
    let entries = fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
    let mut entries = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    entries.sort();
    Ok(entries)
}
