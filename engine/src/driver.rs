//! A workflow behind a name: what workers and routing need of it without knowing its types.

use std::marker::PhantomData;

use async_trait::async_trait;

use crate::Timestamp;
use crate::commit::{Cause, OutboxSettlement};
use crate::dead_letter::DeadLetter;
use crate::deadline::Deadline;
use crate::engine::EngineContext;
use crate::inbox::InboxSettlement;
use crate::names::{CorrelationKey, StreamId};
use crate::planted;
use crate::ports::IdSource;
use crate::process::{Execute, ExecuteError};
use crate::registry::ProcessIdentity;
use crate::routing::{AdaptError, Adapters, Inbound};
use crate::version::FormatVersion;
use crate::workflow::{Delivered, GivenUp, TimeoutDeadline, Workflow};

/// Why a received message had no effect.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceiveError {
    #[error("the message is of {received}, expected {expected}")]
    VersionMismatch { expected: FormatVersion, received: FormatVersion },
    #[error("workflow {0} takes no messages: give it adapters")]
    NoAdapters(&'static str),
    #[error(transparent)]
    Adapt(#[from] AdaptError),
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}

#[async_trait]
pub(crate) trait Driver: Send + Sync {
    /// The format versions whose messages the workflow can read, oldest first.
    fn covered(&self) -> Vec<FormatVersion>;

    /// Runs the command that `inbound` means: on a new process when `process` is `None`.
    async fn receive(
        &self,
        context: &EngineContext,
        process: Option<ProcessIdentity>,
        inbound: &Inbound,
        settlement: InboxSettlement,
        correlations: Vec<CorrelationKey>,
    ) -> Result<StreamId, ReceiveError>;

    /// How a state of the process that was kept differs from what its whole history gives; `None` when none does.
    async fn kept_state_differs(&self, context: &EngineContext, stream: &StreamId) -> Result<Option<String>, ExecuteError>;

    /// Fires a deadline.
    async fn timeout(&self, context: &EngineContext, deadline: Deadline, fired_at: Timestamp) -> Result<(), ExecuteError>;

    /// Tells the process of a delivery and settles the message with what that causes. `false` when the process does not care.
    async fn delivered(&self, context: &EngineContext, stream: &StreamId, delivered: Delivered) -> Result<bool, ExecuteError>;

    /// Tells the process that a message was given up, and settles it with `letter` and what that causes. `false` when the process does
    /// not care.
    async fn given_up(
        &self,
        context: &EngineContext,
        stream: &StreamId,
        given_up: GivenUp,
        letter: DeadLetter,
    ) -> Result<bool, ExecuteError>;
}

pub(crate) struct WorkflowDriver<W: Workflow> {
    adapters: Adapters<W::Command>,
    workflow: PhantomData<fn() -> W>,
}

impl<W: Workflow> WorkflowDriver<W> {
    pub(crate) const fn new(adapters: Adapters<W::Command>) -> Self {
        Self { adapters, workflow: PhantomData }
    }

    /// The command that `inbound` means to a process that follows `rules`.
    fn command(&self, inbound: &Inbound, rules: FormatVersion, ids: &dyn IdSource) -> Result<W::Command, ReceiveError> {
        let received = inbound.format_version;
        if !W::VERSION_POLICY.takes(rules, received) || (planted!(KeepsTheFormatOfItsStart) && rules != received) {
            return Err(ReceiveError::VersionMismatch { expected: rules, received });
        }
        match self.adapters.at(received) {
            Some(adapter) => Ok(adapter.adapt(inbound, rules, ids)?),
            None => Err(match self.adapters.covered().next() {
                Some(expected) => ReceiveError::VersionMismatch { expected, received },
                None => ReceiveError::NoAdapters(W::NAME),
            }),
        }
    }
}

#[async_trait]
impl<W: Workflow> Driver for WorkflowDriver<W> {
    fn covered(&self) -> Vec<FormatVersion> {
        self.adapters.covered().collect()
    }

    async fn receive(
        &self,
        context: &EngineContext,
        process: Option<ProcessIdentity>,
        inbound: &Inbound,
        settlement: InboxSettlement,
        correlations: Vec<CorrelationKey>,
    ) -> Result<StreamId, ReceiveError> {
        let rules = process.as_ref().map_or(inbound.format_version, |process| process.rules);
        let command = self.command(inbound, rules, context.ids())?;
        let cause = Cause::Message { inbox: settlement.key.clone(), part: settlement.part };
        let mut execute = Execute::new(command, cause);
        execute.idempotency_key.clone_from(&inbound.idempotency_key);
        execute.settles_inbox = Some(settlement);
        execute.correlations = correlations;
        match process {
            Some(identity) => {
                let process = context.resume::<W>(&identity.stream).await?;
                process.execute_first(&execute).await?;
                Ok(identity.stream)
            }
            None => Ok(context.begin::<W>(rules, &execute).await?.identity().stream.clone()),
        }
    }

    async fn kept_state_differs(&self, context: &EngineContext, stream: &StreamId) -> Result<Option<String>, ExecuteError> {
        context.resume::<W>(stream).await?.kept_state_differs().await
    }

    async fn timeout(&self, context: &EngineContext, deadline: Deadline, fired_at: Timestamp) -> Result<(), ExecuteError> {
        let process = context.resume::<W>(&deadline.stream).await?;
        let timeout = TimeoutDeadline { label: deadline.label.clone(), due: deadline.due, fired_at };
        let mut execute = Execute::new(timeout.into(), Cause::Deadline(deadline.label.clone()));
        execute.deadline_fired = Some((deadline.label, deadline.due));
        process.execute(execute).await?;
        Ok(())
    }

    async fn delivered(&self, context: &EngineContext, stream: &StreamId, delivered: Delivered) -> Result<bool, ExecuteError> {
        let message_id = delivered.message_id;
        let Some(command) = W::delivered(delivered) else { return Ok(false) };
        let process = context.resume::<W>(stream).await?;
        let mut execute = Execute::new(command, Cause::Delivery(message_id));
        execute.settles_outbox = Some(OutboxSettlement::Delivered(message_id));
        process.execute(execute).await?;
        Ok(true)
    }

    async fn given_up(
        &self,
        context: &EngineContext,
        stream: &StreamId,
        given_up: GivenUp,
        letter: DeadLetter,
    ) -> Result<bool, ExecuteError> {
        let message_id = given_up.message_id;
        let Some(command) = W::given_up(given_up) else { return Ok(false) };
        let process = context.resume::<W>(stream).await?;
        let mut execute = Execute::new(command, Cause::Delivery(message_id));
        execute.settles_outbox = Some(OutboxSettlement::Exhausted(message_id));
        execute.dead_letters.push(letter);
        process.execute(execute).await?;
        Ok(true)
    }
}
