//! The stores of the engine as subjects, and any subject behind a name, for commands that have a list of them.

use std::path::Path;
use std::sync::Arc;

use mako_engine::store::fjall::{FjallBackend, FjallOptions};
use mako_engine::store::{KeyedStore, Store};
use mako_engine::testing::MemoryBackend;

use crate::subject::Without;
use crate::{
    Capabilities, Record, Requirement, STORE_REQUIREMENTS, StoreSubject, WORKFLOW_REQUIREMENTS, WorkflowSubject, store_record,
    workflow_record,
};
use crate::{NODE_REQUIREMENTS, NodeSubject, node_record};

/// The store in memory.
#[derive(Debug, Clone, Copy)]
pub struct Memory;

impl StoreSubject for Memory {
    const NAME: &'static str = "memory";
    const CAPABILITIES: Capabilities = Capabilities::SHRED;
    const WITHOUT: Without = &[(Capabilities::DURABLE, "a double for tests: nothing survives its process")];

    fn open(_: &Path) -> Arc<dyn Store> {
        Arc::new(KeyedStore::open(MemoryBackend::default()).expect("memory opens"))
    }
}

/// The store on disk.
#[derive(Debug, Clone, Copy)]
pub struct Fjall;

impl StoreSubject for Fjall {
    const NAME: &'static str = "fjall";
    const CAPABILITIES: Capabilities = Capabilities::DURABLE.and(Capabilities::SHRED);

    fn open(dir: &Path) -> Arc<dyn Store> {
        let (backend, report) = FjallBackend::open(dir, FjallOptions::simulation()).expect("the directory opens");
        assert_eq!(report.cut, None, "nothing was torn");
        Arc::new(KeyedStore::open(backend).expect("its log is whole"))
    }
}

/// A subject behind a name.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// Its name.
    pub name: &'static str,
    /// What is asked of it.
    pub requirements: fn() -> Vec<Requirement>,
    /// Asks one of them.
    pub check: fn(&str) -> std::io::Result<Record>,
}

impl Subject {
    /// The store `S`.
    #[must_use]
    pub const fn store<S: StoreSubject>() -> Self {
        let requirements = || STORE_REQUIREMENTS.iter().map(|one| one.requirement).collect();
        Self { name: S::NAME, requirements, check: store_record::<S> }
    }

    /// The node `S`.
    #[must_use]
    pub const fn node<S: NodeSubject>() -> Self {
        Self { name: S::NAME, requirements: || NODE_REQUIREMENTS.to_vec(), check: node_record::<S> }
    }

    /// The workflow of `S`.
    #[must_use]
    pub const fn workflow<S: WorkflowSubject>() -> Self {
        Self { name: S::NAME, requirements: || WORKFLOW_REQUIREMENTS.to_vec(), check: workflow_record::<S> }
    }
}
