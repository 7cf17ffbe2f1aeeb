//! Running a requirement, and what is written about it: one JSON file per subject and id, so that a check that never ran is seen.

use std::path::{Path, PathBuf};

use mako_engine::store::Store;
use serde::Serialize;

use crate::list::{STORE_REQUIREMENTS, StoreRequirement};
use crate::{Capabilities, Level, Open, StoreContext, StoreSubject, Violation};

/// How a requirement came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is kept.
    Pass,
    /// It is not kept.
    Fail(Violation),
    /// It does not apply, and why.
    Skip(String),
}

/// Where reports go. Filled in by [`crate::store!`], where the crate under test is being built.
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

/// What is written about one requirement and one subject.
#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    title: &'a str,
    level: Level,
    subject: &'a str,
    result: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Checks one requirement on a fresh store.
///
/// # Errors
/// [`std::io::Error`] when there is no room for a directory.
pub fn check_store(requirement: &StoreRequirement, declared: Capabilities, open: Open<'_>) -> std::io::Result<Verdict> {
    let missing = requirement.requirement.needs.missing_in(declared);
    if !missing.is_none() {
        return Ok(Verdict::Skip(format!("the subject does not declare {missing}")));
    }
    let home = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let mut context = StoreContext::new(open, home.path().join("store"));
    Ok(match runtime.block_on((requirement.check)(&mut context)) {
        Ok(()) => Verdict::Pass,
        Err(violation) => Verdict::Fail(violation),
    })
}

/// Checks requirement `id` on subject `S`, writes the report, and panics when it is not kept: the body of the test of that name.
///
/// # Panics
/// When the requirement is violated, is not in the registry, or cannot be reported on.
pub fn run_store_requirement<S: StoreSubject>(id: &str, place: ReportPlace) {
    let Some(requirement) = STORE_REQUIREMENTS.iter().find(|one| one.requirement.id == id) else {
        panic!("{id} is not in the registry");
    };
    let open = |dir: &Path| -> std::sync::Arc<dyn Store> { S::open(dir) };
    let written = check_store(requirement, S::CAPABILITIES, &open).and_then(|verdict| {
        write(requirement, S::NAME, &verdict, &place.directory())?;
        Ok(verdict)
    });
    match written {
        Ok(Verdict::Pass) => {}
        Ok(Verdict::Skip(reason)) => println!("{id} skipped: {reason}"),
        Ok(Verdict::Fail(violation)) => panic!("{id} {}\n  {violation}", requirement.requirement.title),
        Err(error) => panic!("{id} could not be checked and reported: {error}"),
    }
}

fn write(requirement: &StoreRequirement, subject: &str, verdict: &Verdict, place: &Path) -> std::io::Result<()> {
    let (result, reason) = match verdict {
        Verdict::Pass => ("pass", None),
        Verdict::Fail(violation) => ("fail", Some(violation.to_string())),
        Verdict::Skip(reason) => ("skip", Some(reason.clone())),
    };
    let about = &requirement.requirement;
    let record = Record { id: about.id, title: about.title, level: about.level, subject, result, reason };
    let directory = place.join(subject);
    std::fs::create_dir_all(&directory)?;
    let mut json = serde_json::to_vec_pretty(&record)?;
    json.push(b'\n');
    std::fs::write(directory.join(format!("{}.json", about.id)), json)
}
