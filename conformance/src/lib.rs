//! Numbered requirements that anyone can run: does this store, does this workflow keep the promises of the engine?
//!
//! A crate with a store or a workflow of its own names it once and writes one line, [`store!`](macro@store) or
//! [`workflow!`](macro@workflow); every requirement becomes a test of its own name (`es_occ_01`, `wf_rpl_01`), passes, fails with both
//! sides of the difference, is skipped with the capability that was not declared, or is exempt until a version. `docs/your-own-crate.md`
//! goes from an empty folder to a green gate.
//!
//! ```no_run
//! use std::path::Path;
//! use std::sync::Arc;
//!
//! use mako_conformance::{Capabilities, StoreSubject};
//! use mako_engine::store::{KeyedStore, Store};
//! use mako_engine::testing::MemoryBackend;
//!
//! struct Memory;
//! impl StoreSubject for Memory {
//!     const NAME: &'static str = "memory";
//!     const CAPABILITIES: Capabilities = Capabilities::NONE;
//!     fn open(_: &Path) -> Arc<dyn Store> {
//!         Arc::new(KeyedStore::open(MemoryBackend::default()).expect("memory opens"))
//!     }
//! }
//! mako_conformance::store!(Memory);
//! # fn main() {}
//! ```
//!
//! Ids are stable and never reused. The checks are plain async functions, so that a simulator can run the same ones. The kit is
//! itself held to law 9: a test shows each requirement fail on a deliberately broken store.

mod context;
mod exemption;
mod list;
mod markdown;
mod material;
pub mod node;
mod picture;
mod report;
mod requirement;
pub mod store;
mod subject;
pub mod subjects;
mod violation;
pub mod workflow;

pub use context::{Open, StoreContext};
pub use exemption::{Exemption, VERSION};
pub use list::{NODE_REQUIREMENTS, NodeCheck, NodeRequirement, node_requirements};
pub use list::{
    STORE_REQUIREMENTS, StoreCheck, StoreRequirement, WORKFLOW_REQUIREMENTS, WorkflowCheck, WorkflowRequirement, workflow_requirements,
};
pub use markdown::requirements_markdown;
pub use node::{NodeSubject, Request, Script};
/// Command generators are strategies of this version of proptest.
pub use proptest;
pub use report::{
    Outcome, Record, ReportPlace, Verdict, check_store, check_workflow, node_record, run_node_requirement, run_store_requirement,
    run_workflow_requirement, store_record, workflow_record,
};
pub use requirement::{Level, Requirement};
pub use subject::{Capabilities, StoreSubject, Without};
pub use violation::Violation;
pub use workflow::{Divergence, History, Source, Step, StoredCommands, Timed, WorkflowContext, WorkflowSubject, record_history};
