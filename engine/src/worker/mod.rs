//! What runs beside the processes: delivery of queued messages, firing of deadlines.
//!
//! A worker is a future that whoever has the engine runs, on any executor, one of each kind per engine. It sleeps on the engine's
//! [`Clock`](crate::Clock) and is woken by commits of the same engine; it polls nothing. What it cannot do now it tries again, and what it
//! was doing when it was dropped is done by whoever opens the store next. [`EngineContext::health`](crate::EngineContext::health) says
//! what each of them does.

mod deadlines;
mod lanes;
mod outbox;

pub use deadlines::run_deadlines;
pub use outbox::{Deliver, DeliverError, Delivery, RetryPolicy, run_outbox, settle_delivered};

/// How long a worker waits after the store failed before it looks again.
pub(crate) const STORE_PAUSE_MS: i64 = 1_000;
