//! The engine put together: a store, a clock, ids, workflows and routes.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Notify, watch};

use crate::boundary::{BOUNDARY_WORKFLOW, BoundaryEvent, boundary_stream};
use crate::commit::{Cause, Commit, CommitError, Committed, NewEvent, NewOutboxMessage};
use crate::dead_letter::{AuditContext, DeadLetter, DeadLetterReason, DeadLetterSink, LogDeadLetters};
use crate::driver::{Driver, ReceiveError, WorkflowDriver};
use crate::hot::HotStates;
use crate::inbox::{InboxSettlement, Outcome};
use crate::names::{CorrelationKey, StreamId, TenantId};
use crate::ports::{Clock, IdSource};
use crate::process::{Execute, ExecuteError, Process};
use crate::registry::{ProcessIdentity, ProcessRecord};
use crate::routing::{Inbound, MessageAdapter, PidRouter, Route, RouteTaken};
use crate::snapshot::SnapshotPolicy;
use crate::store::{Payload, PayloadError, Store, StoreError, UnreadableRow};
use crate::upcast::{EventSchema, SchemaError};
use crate::workflow::{EventPayload, Outgoing, Workflow};

/// What is wrong with the wiring of an engine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WiringError {
    /// Two routes for the same messages.
    #[error(transparent)]
    RouteTaken(#[from] RouteTaken),
    /// A route to a workflow that was never added.
    #[error("{message_type} {} goes to workflow {workflow}, which was never added: call EngineBuilder::workflow for it", pid.as_deref().unwrap_or("(no PID)"))]
    NoDriver {
        /// The message type.
        message_type: String,
        /// The Prüfidentifikator.
        pid: Option<String>,
        /// The workflow that is missing.
        workflow: &'static str,
    },
    /// The events of a workflow, or the ways to them from older versions, do not add up.
    #[error("workflow {workflow}: {error}")]
    Events {
        /// The workflow.
        workflow: &'static str,
        /// What is wrong.
        error: SchemaError,
    },
    /// Two workflows under one name.
    #[error("two workflows are called {0}: names are committed and must be unique")]
    NameTaken(&'static str),
}

/// Everything that is wrong with the wiring of an engine, all at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WiringErrors(pub Vec<WiringError>);

impl std::fmt::Display for WiringErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the engine is wired wrongly:")?;
        self.0.iter().try_for_each(|error| write!(f, "\n- {error}"))
    }
}

impl std::error::Error for WiringErrors {}

/// Puts an engine together and checks the whole of it before anything runs.
pub struct EngineBuilder {
    tenant: TenantId,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    sink: Arc<dyn DeadLetterSink>,
    drivers: BTreeMap<&'static str, Arc<dyn Driver>>,
    schemas: BTreeMap<&'static str, Arc<EventSchema>>,
    snapshots: SnapshotPolicy,
    router: PidRouter,
    wrong: Vec<WiringError>,
}

impl EngineBuilder {
    /// An engine of `tenant` over `store`, with its doors to time and randomness.
    #[must_use]
    pub fn new(tenant: TenantId, store: Arc<dyn Store>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        let (sink, drivers) = (Arc::new(LogDeadLetters), BTreeMap::new());
        let (schemas, snapshots) = (BTreeMap::new(), SnapshotPolicy::EveryEvents(64));
        Self { tenant, store, clock, ids, sink, drivers, schemas, snapshots, router: PidRouter::default(), wrong: Vec::new() }
    }

    /// Adds workflow `W`, whose commands `adapter` makes from received messages.
    #[must_use]
    pub fn workflow<W: Workflow>(mut self, adapter: impl MessageAdapter<W::Command>) -> Self {
        if self.drivers.insert(W::NAME, Arc::new(WorkflowDriver::<W>::new(Arc::new(adapter)))).is_some() {
            self.wrong.push(WiringError::NameTaken(W::NAME));
        }
        let (schema, wrong) = EventSchema::of::<W::Event>();
        self.schemas.insert(W::NAME, Arc::new(schema));
        self.wrong.extend(wrong.into_iter().map(|error| WiringError::Events { workflow: W::NAME, error }));
        self
    }

    /// Takes snapshots by `policy` instead of every 64 events.
    #[must_use]
    pub fn snapshots(mut self, policy: SnapshotPolicy) -> Self {
        self.snapshots = policy;
        self
    }

    /// Routes `message_type` with `pid`.
    #[must_use]
    pub fn route(mut self, message_type: &str, pid: Option<&str>, route: Route) -> Self {
        if let Err(taken) = self.router.add(message_type, pid, route) {
            self.wrong.push(taken.into());
        }
        self
    }

    /// Tells `sink` of dead letters instead of the log.
    #[must_use]
    pub fn dead_letters(mut self, sink: impl DeadLetterSink) -> Self {
        self.sink = Arc::new(sink);
        self
    }

    /// The engine.
    ///
    /// # Errors
    /// [`WiringErrors`] with everything that is wrong.
    pub fn build(mut self) -> Result<EngineContext, WiringErrors> {
        for (message_type, pid, route) in self.router.iter() {
            if let Route::Starts(workflow) | Route::ContinuesIn(workflow) = route
                && !self.drivers.contains_key(workflow)
            {
                self.wrong.push(WiringError::NoDriver { message_type: message_type.to_owned(), pid: pid.map(str::to_owned), workflow });
            }
        }
        if !self.wrong.is_empty() {
            return Err(WiringErrors(self.wrong));
        }
        Ok(EngineContext(Arc::new(Inner {
            tenant: self.tenant,
            store: self.store,
            clock: self.clock,
            ids: self.ids,
            sink: self.sink,
            drivers: self.drivers,
            schemas: self.schemas,
            snapshots: self.snapshots,
            hot: HotStates::default(),
            log_grew: watch::Sender::new(()),
            router: self.router,
            outbox_changed: Notify::new(),
            deadlines_changed: Notify::new(),
        })))
    }
}

struct Inner {
    tenant: TenantId,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    sink: Arc<dyn DeadLetterSink>,
    drivers: BTreeMap<&'static str, Arc<dyn Driver>>,
    schemas: BTreeMap<&'static str, Arc<EventSchema>>,
    snapshots: SnapshotPolicy,
    hot: HotStates,
    log_grew: watch::Sender<()>,
    router: PidRouter,
    outbox_changed: Notify,
    deadlines_changed: Notify,
}

/// A running engine. Cheap to clone; every clone is the same engine.
#[derive(Clone)]
pub struct EngineContext(Arc<Inner>);

/// What became of a received message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// The process in this stream took it.
    Processed(StreamId),
    /// It went to the dead letters.
    DeadLettered(DeadLetterReason),
}

/// What the boundary commits about a message that belongs to no process.
#[derive(Debug)]
pub struct BoundaryNote {
    /// What happened.
    pub event: BoundaryEvent,
    /// Answers to the sender.
    pub answers: Vec<Outgoing>,
    /// A dead letter, when there is one beside the answer.
    pub dead_letter: Option<DeadLetter>,
    /// Keys under which the message is known from now on.
    pub correlations: Vec<CorrelationKey>,
    /// The received message that this settles.
    pub settles: InboxSettlement,
}

impl EngineContext {
    /// Whose engine it is.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.0.tenant
    }

    /// Its store, for reading.
    #[must_use]
    pub fn store(&self) -> &dyn Store {
        &*self.0.store
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// Its ids.
    #[must_use]
    pub fn ids(&self) -> &dyn IdSource {
        &*self.0.ids
    }

    /// Its routes, for coverage checks.
    #[must_use]
    pub fn router(&self) -> &PidRouter {
        &self.0.router
    }

    pub(crate) fn driver(&self, workflow: &str) -> Option<Arc<dyn Driver>> {
        self.0.drivers.get(workflow).cloned()
    }

    pub(crate) fn schema(&self, workflow: &str) -> Option<Arc<EventSchema>> {
        self.0.schemas.get(workflow).cloned()
    }

    pub(crate) fn snapshot_policy(&self) -> SnapshotPolicy {
        self.0.snapshots
    }

    pub(crate) fn hot(&self) -> &HotStates {
        &self.0.hot
    }

    /// Changes whenever this engine has committed events.
    pub(crate) fn log_grows(&self) -> watch::Receiver<()> {
        self.0.log_grew.subscribe()
    }

    pub(crate) fn outbox_changed(&self) -> &Notify {
        &self.0.outbox_changed
    }

    pub(crate) fn deadlines_changed(&self) -> &Notify {
        &self.0.deadlines_changed
    }

    /// Starts a process of `W` with the command that begins it.
    ///
    /// # Errors
    /// [`ExecuteError`]; then there is no process.
    pub async fn spawn<W: Workflow>(&self, execute: Execute<W::Command>) -> Result<Process<W>, ExecuteError> {
        let stream = StreamId::new(format!("{}/{}", W::NAME, self.ids().next_id()));
        let identity = ProcessIdentity { tenant: self.tenant().clone(), stream, workflow: W::NAME.to_owned() };
        let process = Process::new(self.clone(), identity)?;
        process.start(execute).await?;
        Ok(process)
    }

    /// The process of `W` that lives in `stream`.
    ///
    /// # Errors
    /// [`ExecuteError::NoSuchProcess`] when there is none, [`ExecuteError::Store`] when the store fails.
    pub async fn resume<W: Workflow>(&self, stream: &StreamId) -> Result<Process<W>, ExecuteError> {
        let record = self.store().process(self.tenant(), stream).await?;
        let refuse = |found| Err(ExecuteError::NoSuchProcess { workflow: W::NAME, stream: stream.clone(), found });
        match record {
            Some(record) if record.identity.workflow == W::NAME => Process::new(self.clone(), record.identity),
            Some(record) => refuse(format!("it belongs to workflow {}", record.identity.workflow)),
            None => refuse("no process was ever started there".to_owned()),
        }
    }

    /// Applies `commit` and wakes whoever waits for what it changed. Every write goes through here.
    ///
    /// # Errors
    /// [`CommitError`]; then nothing was written.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        let outbox = !commit.outbox.is_empty() || commit.settles_outbox.is_some();
        let deadlines = !commit.deadlines_set.is_empty();
        let aside = commit.sets_aside.iter().map(|row| row.dead_letter(&commit.tenant, commit.at));
        let letters: Vec<DeadLetter> = commit.dead_letters.iter().cloned().chain(aside).collect();
        let events = !commit.events.is_empty();
        let committed = self.0.store.append_with_outbox(commit).await?;
        for letter in &letters {
            self.0.sink.reject(&letter.reason);
        }
        if events {
            self.0.log_grew.send_replace(());
        }
        for (changed, notify) in [(outbox, &self.0.outbox_changed), (deadlines, &self.0.deadlines_changed)] {
            if changed {
                notify.notify_one();
            }
        }
        Ok(committed)
    }

    /// Routes a received message to its process, and settles it with everything it causes. A message that no process takes goes to
    /// the dead letters in the same way. `correlations` are noted with it.
    ///
    /// # Errors
    /// [`ExecuteError`] when the store fails or the part was settled before; the message then stays in the inbox.
    pub async fn receive(
        &self,
        inbound: &Inbound,
        settlement: InboxSettlement,
        correlations: Vec<CorrelationKey>,
    ) -> Result<Received, ExecuteError> {
        let mut audit = Box::new(inbound.audit_at(self.tenant(), self.clock().now()));
        let reason = match self.target(inbound, &audit).await? {
            Err(reason) => reason,
            Ok((driver, process)) => {
                audit.process = process.as_ref().map(|process| process.stream.clone());
                match driver.receive(self, process, inbound, settlement.clone(), correlations.clone()).await {
                    Ok(stream) => return Ok(Received::Processed(stream)),
                    Err(ReceiveError::Adapt(error)) => DeadLetterReason::ProcessingError { detail: error.to_string(), audit },
                    // Whatever no later try can change must not stop the messages behind it.
                    Err(ReceiveError::Execute(error)) if error.is_permanent() => {
                        DeadLetterReason::ProcessingError { detail: error.to_string(), audit }
                    }
                    Err(ReceiveError::Execute(error)) => return Err(error),
                }
            }
        };
        let about = inbound.about.clone();
        let settles = InboxSettlement { outcome: Outcome::DeadLettered, ..settlement };
        let dead_letter = Some(DeadLetter { reason: reason.clone(), about: about.clone() });
        let event = BoundaryEvent::DeadLettered { about, reason: reason.clone() };
        self.note(BoundaryNote { event, answers: Vec::new(), dead_letter, correlations, settles }).await?;
        Ok(Received::DeadLettered(reason))
    }

    /// Who takes `inbound`: the driver, and the process unless the message starts one.
    async fn target(
        &self,
        inbound: &Inbound,
        audit: &AuditContext,
    ) -> Result<Result<(Arc<dyn Driver>, Option<ProcessIdentity>), DeadLetterReason>, StoreError> {
        let unknown = || {
            let (message_type, pid) = (inbound.message_type.clone(), inbound.pid.clone());
            DeadLetterReason::UnknownPid { message_type, pid, audit: Box::new(audit.clone()) }
        };
        match self.0.router.route(&inbound.message_type, inbound.pid.as_deref()) {
            None => Ok(Err(unknown())),
            Some(Route::Starts(workflow)) => Ok(self.driver(workflow).map(|driver| (driver, None)).ok_or_else(unknown)),
            Some(route @ (Route::Continues | Route::ContinuesIn(_))) => {
                let meant = |record: &ProcessRecord| match route {
                    Route::ContinuesIn(workflow) => record.identity.workflow == workflow,
                    Route::Continues | Route::Starts(_) => true,
                };
                for reference in &inbound.references {
                    let mut found = self.store().correlated(self.tenant(), reference).await?;
                    found.retain(meant);
                    // The living first; among equals the one that began last.
                    found.sort_by_key(|record| (record.ended, std::cmp::Reverse(record.began_at)));
                    for record in found {
                        if let Some(driver) = self.driver(&record.identity.workflow) {
                            return Ok(Ok((driver, Some(record.identity))));
                        }
                    }
                }
                let references = inbound.references.iter().map(ToString::to_string).collect();
                Ok(Err(DeadLetterReason::UnknownConversation { references, audit: Box::new(audit.clone()) }))
            }
        }
    }

    /// Moves rows that nobody can read out of the way of the others, with a dead letter for each. Their bytes are kept.
    ///
    /// # Errors
    /// [`CommitError`] when the store fails; the rows then stay where they are.
    pub async fn set_aside(&self, rows: Vec<UnreadableRow>) -> Result<(), CommitError> {
        if rows.is_empty() {
            return Ok(());
        }
        let cause = Cause::Command("set aside".to_owned());
        let mut commit = Commit::new(self.tenant().clone(), boundary_stream(), self.clock().now(), cause);
        commit.sets_aside = rows;
        self.commit(commit).await.map(drop)
    }

    /// Commits what the boundary did with a message that belongs to no process.
    ///
    /// # Errors
    /// [`CommitError`]; the message then stays in the inbox.
    pub async fn note(&self, note: BoundaryNote) -> Result<Committed, ExecuteError> {
        let stream = boundary_stream();
        let cause = Cause::Message { inbox: note.settles.key.clone(), part: note.settles.part };
        let mut commit = Commit::new(self.tenant().clone(), stream.clone(), self.clock().now(), cause);
        let unencodable = |e: PayloadError| StoreError::Unencodable { what: "boundary event", detail: e.to_string() };
        let payload = Payload::encode(&note.event).map_err(unencodable)?;
        let event_type = note.event.event_type();
        let present = BoundaryEvent::TYPES.iter().find(|(name, _)| *name == event_type);
        let schema_version = present.map_or(1, |(_, version)| *version);
        commit.events.push(NewEvent { id: self.ids().next_id(), event_type: event_type.to_owned(), schema_version, payload });
        commit.outbox = note.answers.into_iter().map(|message| NewOutboxMessage { id: self.ids().next_id(), message }).collect();
        commit.dead_letters.extend(note.dead_letter);
        commit.correlations = note.correlations;
        commit.settles_inbox = Some(note.settles);
        if self.store().process(self.tenant(), &stream).await?.is_some() {
            return Ok(self.commit(commit).await?);
        }
        let workflow = BOUNDARY_WORKFLOW.to_owned();
        let starts = Some(ProcessIdentity { tenant: self.tenant().clone(), stream, workflow });
        match self.commit(Commit { starts, ..commit.clone() }).await {
            // Another note of the same instant began the stream.
            Err(CommitError::ProcessExists { .. }) => Ok(self.commit(commit).await?),
            committed => Ok(committed?),
        }
    }
}
