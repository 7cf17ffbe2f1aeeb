//! What runs beside the processes: delivery of queued messages, firing of deadlines.

mod deadlines;
mod lanes;
mod outbox;

pub use deadlines::run_deadlines;
pub use outbox::{Deliver, DeliverError, Delivery, RetryPolicy, run_outbox, settle_delivered};

/// How long a worker waits after the store failed before it looks again.
pub(crate) const STORE_PAUSE_MS: i64 = 1_000;
