//! One living process: load, decide, commit.

use std::marker::PhantomData;

use crate::Timestamp;
use crate::commit::{Cause, Commit, CommitError, ExpectedVersion, NewDeadline, NewEvent, NewOutboxMessage, OutboxSettlement};
use crate::dead_letter::DeadLetter;
use crate::engine::EngineContext;
use crate::inbox::InboxSettlement;
use crate::names::{CorrelationKey, DeadlineLabel, StreamId};
use crate::registry::ProcessIdentity;
use crate::store::{RecordedEvent, StoreError};
use crate::version::FormatVersion;
use crate::workflow::{DeadlineChange, Decision, EventPayload, Rejection, Workflow};

/// How many events are read from the store at once.
const PAGE: usize = 512;

/// A command and everything that rides on it.
#[derive(Debug, Clone)]
pub struct Execute<C> {
    /// What is asked of the process.
    pub command: C,
    /// Why it is asked.
    pub cause: Cause,
    /// How often to decide anew when somebody else wrote first.
    pub retries: u32,
    /// The received message that this command settles.
    pub settles_inbox: Option<InboxSettlement>,
    /// The queued message that this command settles.
    pub settles_outbox: Option<OutboxSettlement>,
    /// The deadline whose firing this command is.
    pub deadline_fired: Option<(DeadlineLabel, Timestamp)>,
    /// Keys under which later messages find the process, beside those of the decision.
    pub correlations: Vec<CorrelationKey>,
    /// Dead letters that this command is about.
    pub dead_letters: Vec<DeadLetter>,
}

impl<C> Execute<C> {
    /// `command`, asked because of `cause`, decided anew up to three times.
    #[must_use]
    pub const fn new(command: C, cause: Cause) -> Self {
        Self {
            command,
            cause,
            retries: 3,
            settles_inbox: None,
            settles_outbox: None,
            deadline_fired: None,
            correlations: Vec::new(),
            dead_letters: Vec::new(),
        }
    }
}

/// Why a command had no effect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError {
    /// The process refused it.
    #[error("refused by the process: {0}")]
    Rejected(#[from] Rejection),
    /// The decision used a deadline label that its workflow does not own.
    #[error("workflow {workflow} set the deadline `{label}`, which is not in its DEADLINE_LABELS: add it there")]
    UnownedDeadline {
        /// The workflow.
        workflow: &'static str,
        /// The label.
        label: DeadlineLabel,
    },
    /// The commit was refused.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The stream has an event that its workflow cannot read.
    #[error("event {event_type} v{schema_version} at {stream} no. {version} cannot be read by workflow {workflow}: {detail}")]
    UnreadableEvent {
        /// The workflow.
        workflow: &'static str,
        /// The stream.
        stream: StreamId,
        /// The place in the stream.
        version: u64,
        /// The committed name.
        event_type: String,
        /// The version of its shape.
        schema_version: u16,
        /// What the decoder met.
        detail: String,
    },
    /// The engine does not have the workflow, so that nobody would fire the deadlines of the process.
    #[error("workflow {workflow} was never added to this engine: call EngineBuilder::workflow for it")]
    NoDriver {
        /// The workflow.
        workflow: &'static str,
    },
    /// The process is not there, or is one of another workflow.
    #[error("{stream} is not a process of workflow {workflow}: {found}")]
    NoSuchProcess {
        /// The workflow that was asked for.
        workflow: &'static str,
        /// The stream.
        stream: StreamId,
        /// What is there.
        found: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ExecuteError {
    /// Whether the same command fails in the same way whenever it is asked again: nothing that time heals, such as a store that fails
    /// or somebody who wrote first.
    pub(crate) const fn is_permanent(&self) -> bool {
        match self {
            Self::Rejected(_)
            | Self::UnownedDeadline { .. }
            | Self::UnreadableEvent { .. }
            | Self::NoDriver { .. }
            | Self::NoSuchProcess { .. } => true,
            Self::Commit(error) => matches!(error, CommitError::BusinessKeyTaken { .. } | CommitError::EffectWithoutEvent { .. }),
            Self::Store(_) => false,
        }
    }
}

/// A process of workflow `W`.
pub struct Process<W> {
    context: EngineContext,
    identity: ProcessIdentity,
    workflow: PhantomData<fn() -> W>,
}

impl<W: Workflow> Process<W> {
    pub(crate) const fn new(context: EngineContext, identity: ProcessIdentity) -> Self {
        Self { context, identity, workflow: PhantomData }
    }

    /// Which process it is.
    #[must_use]
    pub const fn identity(&self) -> &ProcessIdentity {
        &self.identity
    }

    /// The format version whose rules the process follows: the one it was started under, also after a cutover. Which release its
    /// messages have on the wire is another question, see [`version`](crate::version).
    #[must_use]
    pub const fn rules(&self) -> FormatVersion {
        self.identity.rules
    }

    /// The present state: the fold of every event of the process.
    ///
    /// # Errors
    /// [`ExecuteError::Store`] and [`ExecuteError::UnreadableEvent`].
    pub async fn state(&self) -> Result<W::State, ExecuteError> {
        Ok(self.load().await?.0)
    }

    /// Decides `command` in the present state and commits everything it causes, or nothing. When somebody else wrote first, it
    /// decides anew on the new state, as often as `retries` says.
    ///
    /// # Errors
    /// [`ExecuteError`]; then nothing was written.
    pub async fn execute(&self, execute: Execute<W::Command>) -> Result<W::State, ExecuteError> {
        self.run(execute, None).await
    }

    /// As `execute`, for the command that starts the process.
    pub(crate) async fn start(&self, execute: Execute<W::Command>) -> Result<W::State, ExecuteError> {
        self.run(execute, Some(self.identity.clone())).await
    }

    async fn run(&self, execute: Execute<W::Command>, starts: Option<ProcessIdentity>) -> Result<W::State, ExecuteError> {
        let mut retries = execute.retries;
        loop {
            let (state, version) = if starts.is_some() { (W::State::default(), 0) } else { self.load().await? };
            let decision = W::handle(&state, execute.command.clone())?;
            let commit = self.commit_of(&execute, version, starts.clone(), &decision)?;
            match self.context.commit(commit).await {
                Ok(_) => return Ok(decision.events.iter().fold(state, W::apply)),
                Err(CommitError::Conflict { .. }) if retries > 0 && starts.is_none() => retries -= 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn commit_of(
        &self,
        execute: &Execute<W::Command>,
        version: u64,
        starts: Option<ProcessIdentity>,
        decision: &Decision<W::Event>,
    ) -> Result<Commit, ExecuteError> {
        let ids = self.context.ids();
        let (tenant, stream) = (self.identity.tenant.clone(), self.identity.stream.clone());
        let mut commit = Commit::new(tenant, stream, self.context.clock().now(), execute.cause.clone());
        commit.expected = ExpectedVersion::Exact(version);
        commit.starts = starts;
        commit.ends = decision.ends;
        for event in &decision.events {
            let payload = serde_json::value::to_raw_value(event).map_err(|e| Rejection::new("unserialisable", e.to_string()))?;
            let (event_type, schema_version) = (event.event_type().to_owned(), event.schema_version());
            commit.events.push(NewEvent { id: ids.next_id(), event_type, schema_version, payload });
        }
        commit.outbox = decision.outbox.iter().map(|m| NewOutboxMessage { id: ids.next_id(), message: m.clone() }).collect();
        for change in &decision.deadlines {
            match change {
                DeadlineChange::Set { label, .. } if !W::DEADLINE_LABELS.contains(&label.as_str()) => {
                    return Err(ExecuteError::UnownedDeadline { workflow: W::NAME, label: label.clone() });
                }
                DeadlineChange::Set { label, due, reason } => {
                    commit.deadlines_set.push(NewDeadline { label: label.clone(), due: *due, reason: reason.clone() });
                }
                DeadlineChange::Cancel(label) => commit.deadlines_cancelled.push(label.clone()),
            }
        }
        commit.claims.clone_from(&decision.claims);
        commit.correlations = decision.correlations.iter().chain(&execute.correlations).cloned().collect();
        commit.settles_inbox.clone_from(&execute.settles_inbox);
        commit.settles_outbox.clone_from(&execute.settles_outbox);
        commit.deadline_fired.clone_from(&execute.deadline_fired);
        commit.dead_letters.clone_from(&execute.dead_letters);
        Ok(commit)
    }

    /// The state and the number of events it was folded from.
    async fn load(&self) -> Result<(W::State, u64), ExecuteError> {
        let mut state = W::State::default();
        let mut version = 0;
        loop {
            let page = self.context.store().read_stream(&self.identity.tenant, &self.identity.stream, version, PAGE).await?;
            let last = page.len() < PAGE;
            for recorded in &page {
                state = W::apply(state, &self.event(recorded)?);
                version = recorded.version;
            }
            if last {
                return Ok((state, version));
            }
        }
    }

    fn event(&self, recorded: &RecordedEvent) -> Result<W::Event, ExecuteError> {
        serde_json::from_str(recorded.payload.get()).map_err(|e| ExecuteError::UnreadableEvent {
            workflow: W::NAME,
            stream: recorded.stream.clone(),
            version: recorded.version,
            event_type: recorded.event_type.clone(),
            schema_version: recorded.schema_version,
            detail: e.to_string(),
        })
    }
}
