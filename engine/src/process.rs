//! One living process: load, decide, commit.
//!
//! Everything that one command causes is one commit against the exact version that was decided on. When somebody else wrote first, the
//! command is decided anew on the new state, so no decision stands on a state that was gone. Where the state comes from (memory, a
//! snapshot, the whole history) changes what a command costs, never what it does.

mod load;

use std::marker::PhantomData;
use std::sync::Arc;

use self::load::Kept;
use crate::Timestamp;
use crate::commit::{Cause, Commit, CommitError, ExpectedVersion, NewDeadline, NewEvent, NewOutboxMessage, OutboxSettlement};
use crate::dead_letter::DeadLetter;
use crate::engine::EngineContext;
use crate::erasure::{self, About, Keyring, NewSubjectKey, SubjectKey};
use crate::inbox::{InboxRefusal, InboxSettlement};
use crate::metrics::WorkflowMetrics;
use crate::names::{CorrelationKey, DeadlineLabel, IdempotencyKey, StreamId};
use crate::planted;
use crate::registry::{Executed, ProcessIdentity};
use crate::snapshot::Snapshot;
use crate::spans::Span;
use crate::store::{Payload, StoreError};
use crate::upcast::EventSchema;
use crate::version::FormatVersion;
use crate::workflow::{DeadlineChange, Decision, EventPayload, Rejection, Workflow};

/// How often a command is decided anew because a key of a subject went or came. Each time, somebody else has shredded or been the first to
/// seal: more often in a row than this, the rows of the keys contradict each other.
pub(crate) const KEY_RETRIES: u32 = 8;

/// A command and everything that rides on it.
///
/// ```
/// use mako_engine::{Cause, Execute};
/// # #[derive(Clone)]
/// # enum Command { Answer }
/// let execute = Execute {
///     idempotency_key: Some("back-office/7".into()),
///     retries: 5,
///     ..Execute::new(Command::Answer, Cause::Command("back office".into()))
/// };
/// assert!(execute.settles_inbox.is_none(), "no message is behind it");
/// ```
#[derive(Debug, Clone)]
pub struct Execute<C> {
    /// What is asked of the process.
    pub command: C,
    /// Why it is asked.
    pub cause: Cause,
    /// What the caller calls this command. When this process executed a command of this name before, this one decides nothing, adds no
    /// correlations, and answers with the present state; what it settles is settled, as far as it still stands, and its dead letters go
    /// with that. The name is unique in the tenant and known as long as the events are.
    pub idempotency_key: Option<IdempotencyKey>,
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
            idempotency_key: None,
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
    #[error("workflow {workflow} set, cancelled or fulfils the deadline `{label}`, which is not in its DEADLINE_LABELS: add it there")]
    UnownedDeadline {
        /// The workflow.
        workflow: &'static str,
        /// The label.
        label: DeadlineLabel,
    },
    /// The decision holds an event that its type does not list.
    #[error("workflow {workflow} decided the event `{event_type}`, which is not in its EventPayload::TYPES: add it there")]
    UnlistedEvent {
        /// The workflow.
        workflow: &'static str,
        /// The event.
        event_type: &'static str,
    },
    /// The decision holds an event that refuses to be serialised.
    #[error("workflow {workflow} decided the event `{event_type}`, which cannot be stored: {detail}")]
    UnserialisableEvent {
        /// The workflow.
        workflow: &'static str,
        /// The event.
        event_type: &'static str,
        /// What the encoder met.
        detail: String,
    },
    /// The decision holds an event with a personal field that cannot be sealed.
    #[error("workflow {workflow} decided the event `{event_type}`, whose personal fields cannot be sealed: {detail}")]
    Unsealable {
        /// The workflow.
        workflow: &'static str,
        /// The event.
        event_type: &'static str,
        /// What stands in the way.
        detail: String,
    },
    /// The workflow is none of this engine: nobody would fire the deadlines of its processes.
    #[error("workflow {0} was never added to this engine: call EngineBuilder::workflow for it")]
    UnknownWorkflow(&'static str),
    /// The process in the stream is of a workflow that is none of this engine.
    #[error("{stream} belongs to workflow {workflow}, which this engine does not have: add it with EngineBuilder::workflow")]
    Undriven {
        /// The stream.
        stream: StreamId,
        /// The workflow.
        workflow: String,
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
            | Self::UnlistedEvent { .. }
            | Self::UnserialisableEvent { .. }
            | Self::Unsealable { .. }
            | Self::UnknownWorkflow(_)
            | Self::Undriven { .. }
            | Self::UnreadableEvent { .. }
            | Self::NoSuchProcess { .. } => true,
            Self::Commit(error) => matches!(
                error,
                CommitError::BusinessKeyTaken { .. }
                    | CommitError::EffectWithoutEvent { .. }
                    | CommitError::AlreadyExecuted { .. }
                    | CommitError::NameTooLong { .. }
                    | CommitError::Foreign { .. }
            ),
            Self::Store(_) => false,
        }
    }
}

impl ExecuteError {
    /// Whether the store did not do what it was asked; everything else, it said.
    pub(crate) const fn is_store_failure(&self) -> bool {
        match self {
            Self::Store(error) | Self::Commit(CommitError::Store(error)) => error.is_failure(),
            Self::Commit(_)
            | Self::Rejected(_)
            | Self::UnownedDeadline { .. }
            | Self::UnlistedEvent { .. }
            | Self::UnserialisableEvent { .. }
            | Self::Unsealable { .. }
            | Self::UnknownWorkflow(_)
            | Self::Undriven { .. }
            | Self::UnreadableEvent { .. }
            | Self::NoSuchProcess { .. } => false,
        }
    }
}

/// A process of workflow `W`.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/anfrage.rs"));
/// # use std::sync::Arc;
/// # use mako_engine::routing::Adapters;
/// # use mako_engine::store::KeyedStore;
/// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
/// use mako_engine::{Cause, Clock as _, EngineBuilder, Execute, FormatVersion};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let clock = ManualClock::at("2025-12-23T15:00:00Z".parse()?);
/// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
/// # let engine = EngineBuilder::new("9900000000001".into(), store, Arc::new(clock.clone()), Arc::new(SeededIds::new(1)))
/// #     .workflow::<Anfrage>(Adapters::none())
/// #     .build()?;
/// let rules = FormatVersion::at(engine.clock().now());
/// let ask = Command::Ask { malo: "51238696780".into(), until: engine.clock().now().plus_seconds(3_600) };
/// let process = engine.spawn::<Anfrage>(rules, Execute::new(ask, Cause::Command("by hand".into()))).await?;
/// assert_eq!(process.state().await?, [Event::Asked { malo: "51238696780".into() }]);
///
/// // What rides on a command is part of it: here, how often it is decided anew when somebody else wrote first, and what its caller
/// // calls it. A caller that heard no answer repeats it under the same name, and nothing happens twice.
/// let answer = Execute {
///     retries: 0,
///     idempotency_key: Some("back-office/7".into()),
///     ..Execute::new(Command::Answer, Cause::Command("back office".into()))
/// };
/// let state = process.execute(answer.clone()).await?;
/// assert_eq!(state.last(), Some(&Event::Answered));
/// assert_eq!(process.execute(answer).await?, state);
/// assert_eq!(process.state_with_snapshot().await?, state);
/// # Ok(())
/// # }
/// ```
pub struct Process<W> {
    context: EngineContext,
    identity: ProcessIdentity,
    schema: Arc<EventSchema>,
    metrics: Arc<WorkflowMetrics>,
    workflow: PhantomData<fn() -> W>,
}

impl<W: Workflow> Process<W> {
    pub(crate) fn new(context: EngineContext, identity: ProcessIdentity) -> Result<Self, ExecuteError> {
        let schema = context.schema(W::NAME).ok_or(ExecuteError::UnknownWorkflow(W::NAME))?;
        let metrics = context.metrics().workflow(W::NAME).cloned().ok_or(ExecuteError::UnknownWorkflow(W::NAME))?;
        Ok(Self { context, identity, schema, metrics, workflow: PhantomData })
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

    /// The present state, folded from every event of the process.
    ///
    /// # Errors
    /// [`ExecuteError::Store`] and [`ExecuteError::UnreadableEvent`].
    pub async fn state(&self) -> Result<W::State, ExecuteError> {
        Ok(self.fold(W::State::default(), 0, &mut Keyring::default()).await?.0)
    }

    /// The present state, folded from the last snapshot and the events after it. Equal to [`Process::state`], at a price that does not
    /// grow with the history.
    ///
    /// # Errors
    /// As [`Process::state`]. A snapshot that cannot be used is no error: it is passed over.
    pub async fn state_with_snapshot(&self) -> Result<W::State, ExecuteError> {
        let mut keys = Keyring::default();
        let (state, version) = self.snapshotted(&mut keys).await?.unwrap_or_default();
        Ok(self.fold(state, version, &mut keys).await?.0)
    }

    /// How the state that the next command would be decided on, or the one from the last snapshot, differs from [`Process::state`].
    pub(crate) async fn kept_state_differs(&self) -> Result<Option<String>, ExecuteError> {
        let replayed = self.state().await?;
        let kept = [("next command", self.load(&mut Keyring::default()).await?.0), ("snapshot", self.state_with_snapshot().await?)];
        let differs = kept.into_iter().find(|(_, state)| *state != replayed);
        Ok(differs.map(|(of, state)| format!("the state of the {of} is {state:?}, the history gives {replayed:?}")))
    }

    /// Decides `command` in the present state and commits everything it causes, or nothing. When somebody else wrote first, it
    /// decides anew on the new state, as often as `retries` says.
    ///
    /// # Errors
    /// [`ExecuteError`]; then nothing was written, except after a failure of the store, where reopening decides.
    pub async fn execute(&self, execute: Execute<W::Command>) -> Result<W::State, ExecuteError> {
        match self.run(&execute, None).await {
            Err(ExecuteError::Commit(CommitError::AlreadyExecuted { stream, .. })) if stream == self.identity.stream => {
                self.repeat(execute).await
            }
            done => done,
        }
    }

    /// As `execute`, for a command that must not have been executed before: of a message, the boundary says what a second one becomes.
    ///
    /// # Errors
    /// [`CommitError::AlreadyExecuted`] when a command of this name was executed, here or elsewhere, and as [`Process::execute`].
    pub(crate) async fn execute_first(&self, execute: &Execute<W::Command>) -> Result<(), ExecuteError> {
        self.run(execute, None).await.map(drop)
    }

    /// As `execute_first`, for the command that starts the process.
    pub(crate) async fn start(&self, execute: &Execute<W::Command>) -> Result<(), ExecuteError> {
        self.run(execute, Some(&self.identity)).await.map(drop)
    }

    /// Settles what still stands of that which rides on a command that was executed before, and decides nothing.
    pub(crate) async fn repeat(&self, execute: Execute<W::Command>) -> Result<W::State, ExecuteError> {
        let mut rides = self.commit_on(&execute);
        while rides.settles_inbox.is_some() || rides.settles_outbox.is_some() || rides.deadline_fired.is_some() {
            match self.context.commit(rides.clone()).await {
                Ok(_) => break,
                // The first execution has settled it already, or somebody else: there is nothing left to do about it.
                Err(CommitError::InboxConflict { reason: InboxRefusal::SettledBefore, .. }) => rides.settles_inbox = None,
                Err(CommitError::OutboxConflict(_)) => rides.settles_outbox = None,
                Err(CommitError::DeadlineGone { .. }) => rides.deadline_fired = None,
                Err(error) => return Err(error.into()),
            }
        }
        self.metrics.repeated.one();
        Ok(self.load(&mut Keyring::default()).await?.0)
    }

    async fn run(&self, execute: &Execute<W::Command>, starts: Option<&ProcessIdentity>) -> Result<W::State, ExecuteError> {
        let span = Span::command(&self.identity, &execute.cause);
        let done = span.around(self.decide_and_commit(execute, starts)).await;
        if matches!(&done, Ok(_) | Err(ExecuteError::Rejected(_))) {
            self.context.tell_listener(&self.identity, &execute.command);
        }
        match done {
            Ok((state, version)) => {
                span.version(version);
                Ok(state)
            }
            Err(error) => {
                match error {
                    ExecuteError::Rejected(_) => self.metrics.rejected.one(),
                    // Whoever asked decides whether that is a repetition or a mistake.
                    ExecuteError::Commit(CommitError::AlreadyExecuted { .. }) => {}
                    _ => self.metrics.failed.one(),
                }
                Err(error)
            }
        }
    }

    /// The new state and its version.
    async fn decide_and_commit(
        &self,
        execute: &Execute<W::Command>,
        starts: Option<&ProcessIdentity>,
    ) -> Result<(W::State, u64), ExecuteError> {
        let (mut retries, mut key_retries) = (execute.retries, KEY_RETRIES);
        loop {
            self.never_executed(execute).await?;
            let mut keys = Keyring::default();
            let (state, version) = if starts.is_some() { (W::State::default(), 0) } else { self.load(&mut keys).await? };
            let decision = W::handle(&state, execute.command.clone())?;
            let mut commit = self.commit_of(execute, version, starts.cloned(), &decision)?;
            if self.context.seals() && !W::Event::PERSONAL.is_empty() {
                self.seal(&decision, &mut commit, &mut keys).await?;
            }
            let state = decision.events.iter().fold(state, W::apply);
            commit.snapshot = self.snapshot_of(&state, version, version + decision.events.len() as u64, &keys);
            commit.needs_keys = keys.held().map(SubjectKey::id).collect();
            let read_with = commit.needs_keys.clone();
            let takes_snapshot = commit.snapshot.is_some();
            let keep = |state: &W::State, version| {
                let kept = Kept { state: state.clone(), read_with: read_with.clone() };
                self.context.hot().put(&self.identity.stream, kept, version);
            };
            if planted!(KeepsTheStateOfARefusedCommit) {
                keep(&state, version + decision.events.len() as u64);
            }
            let committed = match self.context.commit(commit).await {
                Ok(committed) => committed,
                Err(CommitError::Conflict { .. }) if retries > 0 && starts.is_none() => {
                    retries -= 1;
                    self.metrics.retried.one();
                    continue;
                }
                // A key went, or came, in between: that is no conflict about the process, and also a first command is decided anew.
                Err(CommitError::KeyGone { .. } | CommitError::SubjectHasKey { .. }) if key_retries > 0 => {
                    key_retries -= 1;
                    self.metrics.retried.one();
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            self.metrics.executed.one();
            self.metrics.snapshots_taken.add(u64::from(takes_snapshot));
            if decision.ends {
                self.context.hot().forget(&self.identity.stream);
            } else {
                keep(&state, committed.version);
            }
            return Ok((state, committed.version));
        }
    }

    /// Asked before anything is decided: a process that has gone on may refuse what it once took.
    async fn never_executed(&self, execute: &Execute<W::Command>) -> Result<(), ExecuteError> {
        let Some(key) = &execute.idempotency_key else { return Ok(()) };
        match self.context.store().executed(&self.identity.tenant, key).await? {
            Some(Executed { stream, .. }) => Err(CommitError::AlreadyExecuted { key: key.clone(), stream }.into()),
            None => Ok(()),
        }
    }

    /// The snapshot that goes with a commit, when the policy wants one: sealed under every key with which the state was read, so that it
    /// opens as long as all of them stand. A state that refuses to be serialised costs the snapshot, not the command.
    fn snapshot_of(&self, state: &W::State, before: u64, after: u64, keys: &Keyring) -> Option<Snapshot> {
        if !self.context.snapshot_policy().is_due(before, after) {
            return None;
        }
        let about = About::Snapshot { stream: &self.identity.stream, version: after };
        let sealed = |state: Payload| keys.held().try_fold(state, |state, key| state.seal(key, about, &Payload::encode(&())?));
        match Payload::encode(state).and_then(sealed) {
            Ok(state) => Some(Snapshot { version: after, workflow: W::NAME.to_owned(), state_version: W::STATE_VERSION, state }),
            Err(error) => {
                tracing::warn!(%error, workflow = W::NAME, stream = %self.identity.stream, "no snapshot: the state cannot be serialised");
                None
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
        let mut commit = self.commit_on(execute);
        commit.idempotency_key.clone_from(&execute.idempotency_key);
        commit.expected = ExpectedVersion::Exact(version);
        commit.starts = starts;
        commit.ends = decision.ends;
        for event in &decision.events {
            let event_type = event.event_type();
            let payload = Payload::encode(event).map_err(|error| ExecuteError::UnserialisableEvent {
                workflow: W::NAME,
                event_type,
                detail: error.to_string(),
            })?;
            let unlisted = ExecuteError::UnlistedEvent { workflow: W::NAME, event_type };
            let schema_version = self.schema.present_version(event_type).ok_or(unlisted)?;
            commit.events.push(NewEvent { id: ids.next_id(), event_type: event_type.to_owned(), schema_version, payload });
        }
        let fulfilled = decision.outbox.iter().filter_map(|message| message.fulfils.as_ref());
        if let Some(label) = fulfilled.into_iter().find(|label| !W::DEADLINE_LABELS.contains(&label.as_str())) {
            return Err(ExecuteError::UnownedDeadline { workflow: W::NAME, label: label.clone() });
        }
        commit.outbox = decision.outbox.iter().map(|m| NewOutboxMessage { id: ids.next_id(), message: m.clone() }).collect();
        for change in &decision.deadlines {
            match change {
                DeadlineChange::Set { label, .. } | DeadlineChange::Cancel(label) if !W::DEADLINE_LABELS.contains(&label.as_str()) => {
                    return Err(ExecuteError::UnownedDeadline { workflow: W::NAME, label: label.clone() });
                }
                DeadlineChange::Set { label, due, reason } => {
                    commit.deadlines_set.push(NewDeadline { label: label.clone(), due: *due, reason: reason.clone() });
                }
                DeadlineChange::Cancel(label) => commit.deadlines_cancelled.push(label.clone()),
            }
        }
        commit.claims.clone_from(&decision.claims);
        let sent = commit.outbox.iter().filter_map(|message| self.context.sent_under(message));
        commit.correlations = decision.correlations.iter().chain(&execute.correlations).cloned().chain(sent).collect();
        Ok(commit)
    }

    /// Puts a seal on every event that has a personal field filled, under the key of its subject; a subject without one gets one.
    async fn seal(&self, decision: &Decision<W::Event>, commit: &mut Commit, keys: &mut Keyring) -> Result<(), ExecuteError> {
        let (store, tenant) = (self.context.store(), &self.identity.tenant);
        for (event, new) in decision.events.iter().zip(&mut commit.events) {
            let event_type = event.event_type();
            let refuse = |detail: String| ExecuteError::Unsealable { workflow: W::NAME, event_type, detail };
            let redacted = erasure::redacted::<W::Event>(event_type, &new.payload).map_err(|error| refuse(error.to_string()))?;
            let Some(redacted) = redacted else { continue };
            let subject = event.subject().ok_or_else(|| refuse("EventPayload::subject names nobody".to_owned()))?;
            let brought = commit.new_keys.iter().find(|new| new.subject == subject).map(|new| new.key.clone());
            let key = match brought {
                Some(key) => key,
                None => match keys.of(store, tenant, &subject).await? {
                    Some(key) => key,
                    None => {
                        let key = SubjectKey::new(self.context.ids().secret());
                        commit.new_keys.push(NewSubjectKey { subject, key: key.clone() });
                        keys.hold(key.clone());
                        key
                    }
                },
            };
            let about = About::Event { id: new.id, event_type, schema_version: new.schema_version };
            new.payload = new.payload.seal(&key, about, &redacted).map_err(|error| refuse(error.to_string()))?;
        }
        Ok(())
    }

    /// A commit that settles what rides on the command, and nothing else yet.
    fn commit_on(&self, execute: &Execute<W::Command>) -> Commit {
        let (tenant, stream) = (self.identity.tenant.clone(), self.identity.stream.clone());
        Commit {
            settles_inbox: execute.settles_inbox.clone(),
            settles_outbox: execute.settles_outbox.clone(),
            deadline_fired: execute.deadline_fired.clone(),
            dead_letters: execute.dead_letters.clone(),
            ..Commit::new(tenant, stream, self.context.clock().now(), execute.cause.clone())
        }
    }
}
