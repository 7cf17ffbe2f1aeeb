//! An event-sourced process engine for German energy-market communication (MaKo).
//!
//! A market process waits more than it works: a message comes, an answer is owed by 11:00 of the next Werktag, the partner is down since
//! yesterday, and three weeks later somebody asks who knew what, and when. The obvious program for that is a table of processes with a
//! column `status`, a queue beside it and a cron job. Its bugs are in between: the row is updated and the message is not queued; the answer
//! and the timer both win; the message was acknowledged and is gone; nobody can say why the status is what it is.
//!
//! Here a process is a stream of events, and there is no in between. A [`Workflow`] is two pure functions: one decides what a command
//! causes, one folds events to a state. The engine commits everything that one decision causes (events, messages to deliver, deadlines,
//! keys, the settlement of the message that caused it) in one atomic, durable [`Commit`], or nothing of it. Workers deliver what is queued
//! and fire what is due, each with its meaning for the process in one more such commit. Time and chance enter through [`Clock`] and
//! [`IdSource`] only, so a simulator can run this very code on a virtual clock, crash it anywhere, and get the same bytes twice.
//!
//! The engine knows no network, no EDIFACT and no market role. Those belong to whoever uses it.
//!
//! # The life of one process
//!
//! It asks a partner about a Marktlokation, by tomorrow; the question is delivered, no answer comes, the deadline fires.
//!
//! ```
//! # use std::sync::Arc;
//! # use mako_engine::outbox::OutboxMessage;
//! # use mako_engine::routing::Adapters;
//! # use mako_engine::store::KeyedStore;
//! # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
//! # use mako_engine::worker::{Deliver, DeliverError, Delivery, RetryPolicy, run_deadlines, run_outbox};
//! # use mako_engine::*;
//! # #[derive(Clone)]
//! # enum Command { Ask { malo: String, until: Timestamp }, Timeout(TimeoutDeadline) }
//! # impl From<TimeoutDeadline> for Command { fn from(timeout: TimeoutDeadline) -> Self { Self::Timeout(timeout) } }
//! # impl EventPayload for Event {
//! #     const TYPES: &'static [(&'static str, u16)] = &[("Asked", 1), ("Lapsed", 1)];
//! #     fn event_type(&self) -> &'static str { match self { Self::Asked { .. } => "Asked", Self::Lapsed => "Lapsed" } }
//! # }
//! # struct Partner;
//! # #[async_trait::async_trait]
//! # impl Deliver for Partner {
//! #     async fn deliver(&self, message: &OutboxMessage) -> Result<Delivery, DeliverError> {
//! #         Ok(Delivery { received_at: message.queued_at, answer: None })
//! #     }
//! # }
//! # async fn quiet() { for _ in 0..100 { tokio::task::yield_now().await } }
//! #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
//! enum Event { Asked { malo: String }, Lapsed }
//!
//! struct Anfrage;
//! impl Workflow for Anfrage {
//!     const NAME: &'static str = "anfrage";
//!     const DEADLINE_LABELS: &'static [&'static str] = &["Antwort"];
//!     # type State = Vec<Event>;
//!     # type Command = Command;
//!     # type Event = Event;
//!     fn handle(_: &Vec<Event>, command: Command) -> WorkflowResult<Event> {
//!         match command {
//!             Command::Ask { malo, until } => Ok(Decision::event(Event::Asked { malo: malo.clone() })
//!                 .send(Outgoing::new("as4", "9900000000002", "Anfrage", &malo)?)
//!                 .deadline("Antwort", until, "24 hours")),
//!             Command::Timeout(_) => Ok(Decision::event(Event::Lapsed).end()),
//!         }
//!     }
//!     fn apply(mut events: Vec<Event>, event: &Event) -> Vec<Event> {
//!         events.push(event.clone());
//!         events
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // In production: FjallBackend, SystemClock, SystemIds. Here: a store in memory, and a clock that we move.
//! let clock = ManualClock::at("2025-12-23T15:00:00Z".parse()?);
//! let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
//! let engine = EngineBuilder::new("9900000000001".into(), store, Arc::new(clock.clone()), Arc::new(SeededIds::new(1)))
//!     .workflow::<Anfrage>(Adapters::none())
//!     .build()?;
//!
//! // A command starts the process. When this returns, the event, the message and the deadline are durable, together.
//! let until = clock.now().plus_seconds(86_400);
//! let ask = Execute::new(Command::Ask { malo: "51238696780".into(), until }, Cause::Command("by hand".into()));
//! let process = engine.spawn::<Anfrage>(FormatVersion::at(clock.now()), ask).await?;
//!
//! // The workers are futures, and yours to run. Here: until nobody has anything to do.
//! let policy = RetryPolicy { intervals_s: vec![60, 300], jitter_percent: 10, horizon_s: 72 * 3_600 };
//! tokio::select! { biased; () = run_outbox(engine.clone(), Arc::new(Partner), policy) => {}, () = quiet() => {} }
//! assert!(engine.store().outbox_due(clock.now(), 10).await?.rows.is_empty(), "delivered, and settled in one commit");
//!
//! clock.set(until);
//! tokio::select! { biased; () = run_deadlines(engine.clone()) => {}, () = quiet() => {} }
//! assert_eq!(process.state().await?, [Event::Asked { malo: "51238696780".into() }, Event::Lapsed]);
//! # Ok(())
//! # }
//! ```
//!
//! Behind `# ` lines, as in every example of this crate, stand the parts that say nothing new: the command with its
//! `From<TimeoutDeadline>`, the names of the events, a partner who takes everything,
//! and `quiet`, which yields a hundred times.
//!
//! # The map
//!
//! | To … | read |
//! |---|---|
//! | see a crate of one's own, whole | `examples/own_workflow.rs` beside this source: process, boundary, and an engine as in production |
//! | write a process | [`workflow`]: [`Workflow`], [`Decision`], events that live for ever and their [`Upcaster`]s |
//! | put an engine together and run it | [`engine`]: [`EngineBuilder`] says all that is wrong at once, [`EngineContext`] runs |
//! | ask something of a process | [`process`]: [`Process::execute`], and what rides on an [`Execute`] |
//! | let messages in | [`inbox`]: accepted once, processed once; [`routing`]: from a message to a command; [`boundary`]: what no process takes |
//! | let messages out, and time pass | [`worker`]: lanes, retries, deadlines; the queues themselves are [`outbox`] and [`deadline`] |
//! | find processes again | [`registry`]: business keys, correlation keys; [`names`] |
//! | know when something is due | [`fristen`]: Werktage, rulebooks, reasons; [`version`]: format versions and cutovers |
//! | read what happened | [`projection`]: read models; [`store`]: streams, the global log, its hash chain |
//! | forget a person | [`erasure`]: fields that are sealed, a key per subject, [`EngineContext::shred`] |
//! | know what went wrong | [`dead_letter`]: why, and everything that is known about it |
//! | operate it | [`health`], [`metrics`], [`spans`]; [`store::fjall`]: the directory, its checks and its repair |
//! | keep it fast | [`snapshot`]: disposable head starts |
//! | understand how it writes | [`commit`]: one batch or nothing; [`store::backend`]: what keeps the bytes |
//! | test and simulate | [`ports`]: the two doors; `testing`: doubles, behind the feature of that name |
//!
//! # Features
//!
//! - `tracing`, a default: spans with stable fields, see [`spans`]. Without it errors are still logged.
//! - `testing`, never a default: a store in memory, a clock that a test moves, ids from a seed.
//! - `slatedb`, never a default: a store in a bucket instead of on a disk.
//! - `planted-bugs`, never a default: bugs that a simulator switches on to see whether it finds them, see [`mod@planted`].

pub mod boundary;
pub mod commit;
pub mod dead_letter;
pub mod deadline;
mod driver;
pub mod engine;
pub mod erasure;
pub mod fristen;
pub mod health;
mod hot;
pub mod inbox;
pub mod metrics;
pub mod names;
pub mod outbox;
#[doc(hidden)]
pub mod planted;
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
pub use engine::{BoundaryNote, EngineBuilder, EngineContext, Received, Shredded};
pub use names::{BusinessKey, CorrelationKey, DeadlineLabel, IdempotencyKey, RoleName, StreamId, SubjectId, TenantId};
pub use ports::{Clock, Id, IdSource, SystemClock, SystemIds};
pub use process::{Execute, ExecuteError, Process};
pub use timestamp::Timestamp;
pub use upcast::{SchemaError, Upcaster};
pub use version::{FormatVersion, WorkflowVersionPolicy};
pub use workflow::{Decision, Delivered, EventPayload, GivenUp, Outgoing, Rejection, TimeoutDeadline, Workflow, WorkflowResult};
