//! Running a requirement, and what is written about it: one JSON file per subject and id, so that a check that never ran is seen.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use mako_engine::store::Store;
use serde::{Deserialize, Serialize};

use crate::node::releases::before_the_cutover;
use crate::node::{NodeSubject, Partner};
use crate::subject::{Without, reason};
use crate::workflow::watch::watched;
use crate::{
    Capabilities, Exemption, Level, NodeRequirement, Open, Requirement, STORE_REQUIREMENTS, StoreContext, StoreRequirement, StoreSubject,
    Violation, WorkflowContext, WorkflowSubject, exemption, node_requirements, workflow_requirements,
};

/// How a requirement came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is kept.
    Pass,
    /// It is not kept.
    Fail(Violation),
    /// It does not apply.
    Skip {
        /// What the subject would have to declare.
        missing: Capabilities,
        /// Why it does not; a reason that is not given is a finding of `cargo xtask conformance`.
        because: Option<&'static str>,
    },
    /// It is not kept, and the subject is exempt for a while.
    Exempt(&'static Exemption, Violation),
    /// The subject was exempt, and is no longer, whether it keeps it or not.
    Expired(&'static Exemption, Option<Violation>),
}

impl Verdict {
    /// What `check` finds, where it applies.
    fn of(
        requirement: &Requirement,
        declared: Capabilities,
        (without, exempt): (Without, &'static [Exemption]),
        check: impl FnOnce() -> std::io::Result<Result<(), Violation>>,
    ) -> std::io::Result<Self> {
        let missing = requirement.needs.missing_in(declared);
        if !missing.is_none() {
            return Ok(Self::Skip { missing, because: reason(missing, without) });
        }
        let found = check()?;
        Ok(match (exemption::of(requirement, exempt), found) {
            (Some(over), found) if over.is_over() => Self::Expired(over, found.err()),
            (Some(exemption), Err(violation)) => Self::Exempt(exemption, violation),
            (None, Err(violation)) => Self::Fail(violation),
            (Some(_) | None, Ok(())) => Self::Pass,
        })
    }
}

/// Where reports go. Filled in by [`crate::store!`] and its sisters, where the crate under test is being built.
#[derive(Debug, Clone, Copy)]
pub struct ReportPlace {
    /// `CARGO_TARGET_TMPDIR`, which is set for integration tests: a directory inside the target directory.
    pub target_tmpdir: Option<&'static str>,
    /// `CARGO_MANIFEST_DIR`: its `target` is used where nothing better is known.
    pub manifest_dir: &'static str,
}

impl ReportPlace {
    /// The directory of all reports; the environment variable `MAKO_CONFORMANCE_DIR` overrules what was built in.
    #[must_use]
    pub fn directory(self) -> PathBuf {
        if let Some(chosen) = std::env::var_os("MAKO_CONFORMANCE_DIR") {
            return chosen.into();
        }
        let target = self.target_tmpdir.and_then(|tmp| Path::new(tmp).parent()).map(Path::to_path_buf);
        target.unwrap_or_else(|| Path::new(self.manifest_dir).join("target")).join("conformance")
    }
}

/// How a requirement came out, for reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is kept.
    Pass,
    /// It is not kept.
    Fail,
    /// It does not apply, and the subject says why.
    Skip,
    /// It does not apply, and nobody says why.
    SkipUnexplained,
    /// It is not kept, for a while.
    Exempt,
    /// The while is over.
    Expired,
}

/// What is written about one requirement and one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The requirement.
    pub id: String,
    /// Its promise.
    pub title: String,
    /// How binding it is.
    pub level: Level,
    /// Who was asked.
    pub subject: String,
    /// How it came out.
    pub result: Outcome,
    /// What was found instead, or why it was not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl Record {
    /// What is written about `verdict` on `subject`.
    #[must_use]
    pub fn new(requirement: &Requirement, subject: &str, verdict: &Verdict) -> Self {
        let (result, reason) = match verdict {
            Verdict::Pass => (Outcome::Pass, None),
            Verdict::Fail(violation) => (Outcome::Fail, Some(violation.to_string())),
            Verdict::Skip { missing, because: Some(because) } => {
                (Outcome::Skip, Some(format!("the subject does not declare {missing}: {because}")))
            }
            Verdict::Skip { missing, because: None } => {
                let text =
                    format!("the subject does not declare {missing} and does not say why: declare it, or name the reason in WITHOUT");
                (Outcome::SkipUnexplained, Some(text))
            }
            Verdict::Exempt(exemption, violation) => {
                (Outcome::Exempt, Some(format!("{} (until {}) | found: {violation}", exemption.because, exemption.until)))
            }
            Verdict::Expired(Exemption { because, until, .. }, found) => {
                let found = found.as_ref().map_or_else(|| "it is kept now".to_owned(), ToString::to_string);
                let text = format!("the exemption ({because}) ended with version {until}: keep the requirement, or take the exemption out");
                (Outcome::Expired, Some(format!("{text} | found: {found}")))
            }
        };
        let Requirement { id, title, .. } = requirement;
        Self {
            id: (*id).to_owned(),
            title: (*title).to_owned(),
            level: requirement.level_now(),
            subject: subject.to_owned(),
            result,
            reason,
        }
    }

    /// Writes it where reports of its subject stand.
    ///
    /// # Errors
    /// [`std::io::Error`] when the file cannot be written.
    pub fn write(&self, place: &Path) -> std::io::Result<()> {
        let directory = place.join(&self.subject);
        std::fs::create_dir_all(&directory)?;
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        std::fs::write(directory.join(format!("{}.json", self.id)), json)
    }

    /// What a test does with it.
    fn settle(&self) {
        let Self { id, title, level, result, reason, .. } = self;
        let reason = reason.as_deref().unwrap_or_default();
        match (result, level) {
            (Outcome::Pass, _) => {}
            (Outcome::Skip | Outcome::SkipUnexplained, _) => println!("{id} skipped: {reason}"),
            (Outcome::Exempt, _) => println!("{id} exempt: {reason}"),
            (Outcome::Fail, Level::Should) => println!("{id} {title}\n  {reason}\n  (it should be kept, it need not)"),
            (Outcome::Fail, Level::Provisional) => println!("{id} {title}\n  {reason}\n  (it is new, and binds with the next version)"),
            (Outcome::Expired, _) | (Outcome::Fail, Level::Must) => panic!("{id} {title}\n  {reason}"),
        }
    }
}

/// Checks one requirement on a fresh store.
///
/// # Errors
/// [`std::io::Error`] when there is no room for a directory.
pub fn check_store(requirement: &StoreRequirement, declared: Capabilities, open: Open<'_>) -> std::io::Result<Verdict> {
    ask_store(requirement, declared, (&[], &[]), open)
}

fn ask_store(
    requirement: &StoreRequirement,
    declared: Capabilities,
    excuses: (Without, &'static [Exemption]),
    open: Open<'_>,
) -> std::io::Result<Verdict> {
    Verdict::of(&requirement.requirement, declared, excuses, || {
        let home = tempfile::tempdir()?;
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        let mut context = StoreContext::new(open, home.path().join("store"));
        Ok(runtime.block_on((requirement.check)(&mut context)))
    })
}

/// Checks requirement `id` on subject `S`.
///
/// # Errors
/// [`std::io::Error`] when it is not in the registry, when there is no room for a directory, or when `S` is exempt from what is no
/// requirement.
pub fn store_record<S: StoreSubject>(id: &str) -> std::io::Result<Record> {
    let ids = || STORE_REQUIREMENTS.iter().map(|one| one.requirement.id);
    knows(S::EXEMPT, ids)?;
    let requirement = STORE_REQUIREMENTS.iter().find(|one| one.requirement.id == id).ok_or_else(|| unknown(id))?;
    let open = |dir: &Path| -> Arc<dyn Store> { S::open(dir) };
    let verdict = ask_store(requirement, S::CAPABILITIES, (S::WITHOUT, S::EXEMPT), &open)?;
    Ok(Record::new(&requirement.requirement, S::NAME, &verdict))
}

/// Looks whether the workflow of `S` keeps requirement `id` in the context that `context` makes. A call that never returns is a violation.
///
/// # Errors
/// [`std::io::Error`] when it is not in the registry, or nothing can be run.
pub fn check_workflow<S: WorkflowSubject>(
    id: &str,
    context: impl FnOnce() -> WorkflowContext<S> + Send + 'static,
) -> std::io::Result<Result<(), Violation>> {
    let asked = id.to_owned();
    let found = watched(move || {
        let requirements = workflow_requirements::<S>();
        let requirement = requirements.iter().find(|one| one.requirement.id == asked).ok_or_else(|| unknown(&asked))?;
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        Ok(runtime.block_on((requirement.check)(&context())))
    });
    found.unwrap_or_else(|stuck| Ok(Err(stuck)))
}

/// Checks requirement `id` on subject `S`.
///
/// # Errors
/// As [`store_record`].
pub fn workflow_record<S: WorkflowSubject>(id: &str) -> std::io::Result<Record> {
    let requirements = workflow_requirements::<S>();
    knows(S::EXEMPT, || requirements.iter().map(|one| one.requirement.id))?;
    let requirement = requirements.iter().find(|one| one.requirement.id == id).ok_or_else(|| unknown(id))?;
    let excuses = (S::WITHOUT, S::EXEMPT);
    let verdict = Verdict::of(&requirement.requirement, S::CAPABILITIES, excuses, || check_workflow::<S>(id, WorkflowContext::default))?;
    Ok(Record::new(&requirement.requirement, S::NAME, &verdict))
}

/// Checks requirement `id` on subject `S`.
///
/// # Errors
/// As [`store_record`], and when the node does not start or ends by itself.
pub fn node_record<S: NodeSubject>(id: &str) -> std::io::Result<Record> {
    let mut requirements = node_requirements::<S>();
    knows(S::EXEMPT, || requirements.iter().map(|one| one.requirement.id))?;
    let place = requirements.iter().position(|one| one.requirement.id == id).ok_or_else(|| unknown(id))?;
    let NodeRequirement { requirement, check, .. } = requirements.swap_remove(place);
    let verdict = Verdict::of(&requirement, S::CAPABILITIES, (S::WITHOUT, S::EXEMPT), || {
        // An ordinary Tuesday, or the days before a cutover.
        let start = if id.starts_with("AS-FVC") { before_the_cutover::<S>() } else { "2025-11-04T09:00:00Z".parse() };
        let start = start.map_err(std::io::Error::other)?;
        let played = S::play(start, Partner::<S>::plays(async move |partner: &Partner<S>| check(partner).await));
        Ok(played.unwrap_or_else(|ended| Err(Violation::new(format!("the node is not there any more: {ended}")))))
    })?;
    Ok(Record::new(&requirement, S::NAME, &verdict))
}

fn unknown(id: &str) -> std::io::Error {
    std::io::Error::other(format!("{id} is not in the registry"))
}

/// Every exemption is from a requirement that there is.
fn knows<'a, I: Iterator<Item = &'a str>>(exempt: &[Exemption], ids: impl Fn() -> I) -> std::io::Result<()> {
    match exempt.iter().find(|one| !ids().any(|id| id == one.id)) {
        Some(Exemption { id, .. }) => Err(std::io::Error::other(format!("the subject is exempt from {id}, which is no requirement"))),
        None => Ok(()),
    }
}

/// Checks requirement `id` on subject `S`, writes the report, and panics when it is not kept: the body of the test of that name.
///
/// # Panics
/// When the requirement is violated, is not in the registry, or cannot be reported on.
pub fn run_store_requirement<S: StoreSubject>(id: &str, place: ReportPlace) {
    report(id, store_record::<S>(id), place);
}

/// As [`run_store_requirement`], for a workflow.
///
/// # Panics
/// As there.
pub fn run_workflow_requirement<S: WorkflowSubject>(id: &str, place: ReportPlace) {
    report(id, workflow_record::<S>(id), place);
}

/// As [`run_store_requirement`], for a node.
///
/// # Panics
/// As there.
pub fn run_node_requirement<S: NodeSubject>(id: &str, place: ReportPlace) {
    report(id, node_record::<S>(id), place);
}

fn report(id: &str, record: std::io::Result<Record>, place: ReportPlace) {
    let written = record.and_then(|record| record.write(&place.directory()).map(|()| record));
    match written {
        Ok(record) => record.settle(),
        Err(error) => panic!("{id} could not be checked and reported: {error}"),
    }
}
