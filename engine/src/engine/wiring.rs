//! What can be wrong with the wiring of an engine. All of it is found before anything runs, and said at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::driver::Driver;
use crate::routing::{PidRouter, Route, RouteKey, RouteTaken};
use crate::upcast::SchemaError;
use crate::version::FormatVersion;

/// One thing that is wrong with the wiring of an engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WiringError {
    /// Two routes for the same messages.
    #[error(transparent)]
    RouteTaken(#[from] RouteTaken),
    /// The events of a workflow, or the ways to them from older versions, do not add up.
    #[error("workflow {workflow}: {error}")]
    Events {
        /// The workflow.
        workflow: &'static str,
        /// What is wrong.
        error: SchemaError,
    },
    /// Two workflows under one name, or one under the name of the boundary.
    #[error("the name {0} of a workflow is taken: names are committed and must be unique")]
    NameTaken(&'static str),
    /// A route to a workflow that was never added.
    #[error("{on} goes to workflow {workflow}, which was never added: call EngineBuilder::workflow for it")]
    NoDriver {
        /// Which messages.
        on: RouteKey,
        /// The workflow that is missing.
        workflow: &'static str,
    },
    /// A route to a workflow that takes no messages.
    #[error("{on} goes to workflow {workflow}, which was added without adapters: give it Adapters::from(version, adapter)")]
    NoAdapters {
        /// Which messages.
        on: RouteKey,
        /// The workflow without adapters.
        workflow: &'static str,
    },
    /// Format versions that the engine must serve and a workflow cannot read.
    #[error("workflow {workflow} has no adapter for {}: add one with Adapters::from or then", list(versions))]
    NoAdapter {
        /// The workflow.
        workflow: &'static str,
        /// The format versions without an adapter, oldest first.
        versions: Vec<FormatVersion>,
    },
    /// An adapter that does not come after the one before it.
    #[error("workflow {workflow} has an adapter from {version} after one from {before}: name each version once, the oldest first")]
    AdaptersInDisorder {
        /// The workflow.
        workflow: &'static str,
        /// The version of the later adapter.
        version: FormatVersion,
        /// The version of the adapter before it.
        before: FormatVersion,
    },
    /// A workflow with adapters that no message can reach.
    #[error("workflow {0} has adapters, but no route reaches it: add a route, or Adapters::none() if it takes no messages")]
    Unreached(&'static str),
    /// Messages are routed, but nobody said which format versions are to be served.
    #[error("no format version is to be served: call EngineBuilder::format_versions, for example with FormatVersion::Fv2026_04_01..")]
    NoFormatVersions,
}

fn list(versions: &[FormatVersion]) -> String {
    versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Everything that is wrong with the wiring of an engine, all at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WiringErrors(pub Vec<WiringError>);

impl fmt::Display for WiringErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the engine is wired wrongly:")?;
        self.0.iter().try_for_each(|error| write!(f, "\n- {error}"))
    }
}

impl std::error::Error for WiringErrors {}

/// What is wrong between the parts.
pub(super) fn check(
    router: &PidRouter,
    drivers: &BTreeMap<&'static str, Arc<dyn Driver>>,
    serves: &BTreeSet<FormatVersion>,
) -> Vec<WiringError> {
    let mut wrong = Vec::new();
    for claim in router.iter() {
        let Some(workflow) = claim.route.workflow() else { continue };
        match drivers.get(workflow) {
            None => wrong.push(WiringError::NoDriver { on: claim.on.clone(), workflow }),
            Some(driver) if driver.covered().is_empty() => wrong.push(WiringError::NoAdapters { on: claim.on.clone(), workflow }),
            Some(_) => {}
        }
    }
    for (&workflow, driver) in drivers {
        let covered = driver.covered();
        if covered.is_empty() {
            continue;
        }
        // A route by reference reaches whatever process the message names.
        let reaches = |route: Route| route.workflow().is_none_or(|named| named == workflow);
        if !router.iter().any(|claim| reaches(claim.route)) {
            wrong.push(WiringError::Unreached(workflow));
        }
        let versions: Vec<_> = serves.iter().filter(|version| !covered.contains(version)).copied().collect();
        if !versions.is_empty() {
            wrong.push(WiringError::NoAdapter { workflow, versions });
        }
    }
    if serves.is_empty() && router.iter().next().is_some() {
        wrong.push(WiringError::NoFormatVersions);
    }
    wrong
}
