//! The checks on workflows, one file per group, and what they work with.
//!
//! A history is generated from the subject's own strategies and walked twice: by itself (`walk`: `handle` and `apply`, nothing else)
//! and in a real engine (`live`). What fails is shrunk to the shortest history that still does (`history`).

pub mod causes;
mod context;
pub mod cutover;
pub mod deadlines;
pub mod determinism;
mod golden;
pub mod goldens;
pub mod histories;
mod history;
mod ledger;
mod lint;
mod live;
pub mod personal;
pub mod purity;
mod reader;
pub mod redelivery;
pub mod rejection;
pub mod replay;
mod said;
pub mod snapshots;
pub mod stored;
mod subject;
pub mod totality;
mod walk;
pub(crate) mod watch;

pub use context::{Disk, WorkflowContext};
pub use histories::record_history;
pub use history::{History, Step, Timed};
pub use subject::{CommandOf, Divergence, EventOf, Source, StateOf, StoredCommands, WorkflowSubject};
