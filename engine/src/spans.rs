//! Where the time of an engine goes: spans of the `tracing` crate, with names that dashboards may rely on.
//!
//! With the feature `tracing`, which every default build has. Without it no span is compiled; errors and warnings are logged in any
//! build. Spans never change what an engine does.
//!
//! | span       | level | fields when it begins                                                             | fields added     |
//! |------------|-------|-----------------------------------------------------------------------------------|------------------|
//! | `command`  | info  | `workflow`, `stream`, `tenant`, `cause`                                           | `version`        |
//! | `replay`   | debug | `workflow`, `stream`, `tenant`, `from`                                            | `version`        |
//! | `delivery` | info  | `message_id`, `stream`, `tenant`, `channel`, `recipient`, `kind`, `attempt`       | `outcome`        |
//! | `firing`   | info  | `workflow`, `stream`, `tenant`, `label`, `due`, `fired_at`                        |                  |
//!
//! `version` is the number of events of the stream: after the command, or of the folded state. `from` is the version at which a replay
//! began: 0, that of a snapshot, or that of a hot state. `attempt` counts from 1. `outcome` is a label of `mako_deliveries_total`, see
//! [`metrics`](crate::metrics). `due` and `fired_at` are UTC. The command that a delivery or a firing leads to is a span inside it.
//!
//! ```
//! // With tracing-subscriber's EnvFilter: every span but those of replays.
//! let directive = format!("{}=info", mako_engine::spans::TARGET);
//! assert_eq!(directive, "mako_engine=info");
//! ```

#![cfg_attr(not(feature = "tracing"), allow(unused_variables, reason = "what a span would say goes nowhere"))]

use std::future::Future;

use crate::Timestamp;
use crate::commit::Cause;
use crate::deadline::Deadline;
use crate::outbox::OutboxMessage;
use crate::registry::ProcessIdentity;

/// The target of every span.
pub const TARGET: &str = "mako_engine";

/// A span; nothing at all without the feature.
pub(crate) struct Span(#[cfg(feature = "tracing")] tracing::Span);

macro_rules! span {
    ($level:ident, $name:literal, $($fields:tt)*) => {
        Span(
            #[cfg(feature = "tracing")]
            tracing::$level!(target: TARGET, $name, $($fields)*),
        )
    };
}

impl Span {
    /// `cause` asks the process `of` for something.
    pub(crate) fn command(of: &ProcessIdentity, cause: &Cause) -> Self {
        span!(
            info_span,
            "command",
            workflow = of.workflow,
            stream = of.stream.as_str(),
            tenant = of.tenant.as_str(),
            %cause,
            version = tracing::field::Empty
        )
    }

    /// The state of the process `of` is folded, from what it was at version `from`.
    pub(crate) fn replay(of: &ProcessIdentity, from: u64) -> Self {
        span!(
            debug_span,
            "replay",
            workflow = of.workflow,
            stream = of.stream.as_str(),
            tenant = of.tenant.as_str(),
            from,
            version = tracing::field::Empty
        )
    }

    /// `message` is tried once.
    pub(crate) fn delivery(message: &OutboxMessage) -> Self {
        span!(
            info_span,
            "delivery",
            message_id = %message.id,
            stream = message.stream.as_str(),
            tenant = message.tenant.as_str(),
            channel = message.message.channel,
            recipient = message.message.recipient,
            kind = message.message.kind,
            attempt = message.attempts.saturating_add(1),
            outcome = tracing::field::Empty
        )
    }

    /// `deadline` of a process of `workflow` fires.
    pub(crate) fn firing(workflow: &str, deadline: &Deadline, fired_at: Timestamp) -> Self {
        span!(
            info_span,
            "firing",
            workflow,
            stream = deadline.stream.as_str(),
            tenant = deadline.tenant.as_str(),
            label = deadline.label.as_str(),
            due = %deadline.due,
            %fired_at
        )
    }

    /// It is known now that the stream has so many events.
    pub(crate) fn version(&self, version: u64) {
        #[cfg(feature = "tracing")]
        self.0.record("version", version);
    }

    /// It is known now how the try ended.
    pub(crate) fn outcome(&self, outcome: &'static str) {
        #[cfg(feature = "tracing")]
        self.0.record("outcome", outcome);
    }

    /// `work`, inside the span whenever it runs.
    #[cfg(feature = "tracing")]
    pub(crate) fn around<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        tracing::Instrument::instrument(work, self.0.clone())
    }

    /// `work`.
    #[cfg(not(feature = "tracing"))]
    pub(crate) fn around<F: Future>(&self, work: F) -> F {
        work
    }
}
