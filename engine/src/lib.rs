//! An event-sourced process engine for German energy-market communication (MaKo).
//!
//! A process is a stream of events. A [`Workflow`] decides what a command causes, and the engine commits all of it — events,
//! messages to deliver, deadlines, keys, the settlement of the message that caused it — in one atomic, durable [`Commit`]. Workers
//! deliver what is queued and fire what is due. Time and randomness enter through [`Clock`] and [`IdSource`] only, so that a
//! simulator can run the same code on a virtual clock.
//!
//! The engine knows no network, no EDIFACT and no market role.

pub mod boundary;
pub mod commit;
pub mod dead_letter;
pub mod deadline;
mod driver;
pub mod engine;
pub mod fristen;
pub mod health;
mod hot;
pub mod inbox;
pub mod metrics;
pub mod names;
pub mod outbox;
pub mod ports;
pub mod process;
pub mod projection;
pub mod registry;
pub mod routing;
pub mod snapshot;
pub mod spans;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
pub mod timestamp;
mod upcast;
pub mod version;
pub mod worker;
pub mod workflow;

pub use commit::{Cause, Commit, CommitError, Committed, ExpectedVersion};
pub use engine::{BoundaryNote, EngineBuilder, EngineContext, Received};
pub use names::{BusinessKey, CorrelationKey, DeadlineLabel, RoleName, StreamId, TenantId};
pub use ports::{Clock, Id, IdSource, SystemClock, SystemIds};
pub use process::{Execute, ExecuteError, Process};
pub use timestamp::Timestamp;
pub use upcast::{SchemaError, Upcaster};
pub use version::{FormatVersion, WorkflowVersionPolicy};
pub use workflow::{Decision, Delivered, EventPayload, GivenUp, Outgoing, Rejection, TimeoutDeadline, Workflow, WorkflowResult};
