//! A running engine: what its parts are, how processes begin and are found again, and the one door to the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::{Notify, watch};

use super::EngineBuilder;
use super::builder::{CommandListener, SentUnder};
use crate::boundary::boundary_stream;
use crate::commit::{Cause, Commit, CommitError, Committed, NewOutboxMessage};
use crate::dead_letter::{DeadLetter, DeadLetterSink};
use crate::driver::Driver;
use crate::health::{Health, Workers};
use crate::hot::HotStates;
use crate::metrics::Metrics;
use crate::names::{CorrelationKey, IdempotencyKey, StreamId, TenantId};
use crate::planted;
use crate::ports::{Clock, IdSource};
use crate::process::{Execute, ExecuteError, Process};
use crate::registry::{ProcessIdentity, ProcessRecord};
use crate::routing::PidRouter;
use crate::snapshot::SnapshotPolicy;
use crate::store::{Store, UnreadableRow};
use crate::upcast::EventSchema;
use crate::version::FormatVersion;
use crate::workflow::Workflow;

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
    workers: Arc<Workers>,
    metrics: Metrics,
    log_grew: watch::Sender<()>,
    stopped: watch::Sender<bool>,
    router: PidRouter,
    serves: BTreeSet<FormatVersion>,
    sent_under: SentUnder,
    listener: Option<CommandListener>,
    seals: bool,
    outbox_changed: Notify,
    deadlines_changed: Notify,
}

/// A running engine. Cheap to clone; every clone is the same engine.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/anfrage.rs"));
/// # use std::sync::Arc;
/// # use mako_engine::routing::Adapters;
/// # use mako_engine::store::KeyedStore;
/// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
/// use mako_engine::{Cause, Clock as _, CommitError, EngineBuilder, Execute, ExecuteError, FormatVersion};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let clock = ManualClock::at("2025-12-23T15:00:00Z".parse()?);
/// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
/// # let engine = EngineBuilder::new("9900000000001".into(), store, Arc::new(clock.clone()), Arc::new(SeededIds::new(1)))
/// #     .workflow::<Anfrage>(Adapters::none())
/// #     .build()?;
/// let rules = FormatVersion::at(engine.clock().now());
/// let ask = |until| Execute::new(Command::Ask { malo: "51238696780".into(), until }, Cause::Command("by hand".into()));
/// let until = engine.clock().now().plus_seconds(3_600);
/// let begun = engine.spawn::<Anfrage>(rules, ask(until)).await?;
///
/// // The same process, found again by its stream.
/// let process = engine.resume::<Anfrage>(&begun.identity().stream).await?;
/// assert_eq!(process.identity(), begun.identity());
///
/// // Its business key is taken while it lives: a second one is refused, and nothing of it is written.
/// let refused = engine.spawn::<Anfrage>(rules, ask(until)).await.err();
/// assert!(matches!(refused, Some(ExecuteError::Commit(CommitError::BusinessKeyTaken { .. }))));
/// assert_eq!(engine.store().processes(engine.tenant()).await?.len(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EngineContext(Arc<Inner>);

impl EngineContext {
    pub(super) fn new(parts: EngineBuilder) -> Self {
        let workers = Arc::<Workers>::default();
        Self(Arc::new(Inner {
            tenant: parts.tenant,
            store: parts.store,
            clock: parts.clock,
            ids: parts.ids,
            sink: parts.sink,
            metrics: Metrics::new(parts.drivers.keys().copied(), workers.clone()),
            workers,
            drivers: parts.drivers,
            schemas: parts.schemas,
            snapshots: parts.snapshots,
            hot: HotStates::default(),
            log_grew: watch::Sender::new(()),
            stopped: watch::Sender::new(false),
            router: parts.router,
            serves: parts.serves,
            sent_under: parts.sent_under,
            listener: parts.listener,
            seals: parts.seals,
            outbox_changed: Notify::new(),
            deadlines_changed: Notify::new(),
        }))
    }

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

    /// The format versions that it must serve, oldest first.
    pub fn format_versions(&self) -> impl Iterator<Item = FormatVersion> {
        self.0.serves.iter().copied()
    }

    /// Its workflows by name, each with the format versions that its adapters can read, oldest first: for coverage checks.
    pub fn workflows(&self) -> impl Iterator<Item = (&'static str, Vec<FormatVersion>)> {
        self.0.drivers.iter().map(|(name, driver)| (*name, driver.covered()))
    }

    pub(crate) fn driver(&self, workflow: &str) -> Option<Arc<dyn Driver>> {
        self.0.drivers.get(workflow).cloned()
    }

    pub(crate) fn schema(&self, workflow: &str) -> Option<Arc<EventSchema>> {
        self.0.schemas.get(workflow).cloned()
    }

    /// `command` was taken or rejected by `process`.
    pub(crate) fn tell_listener<C: 'static>(&self, process: &ProcessIdentity, command: &C) {
        if let Some(listener) = &self.0.listener {
            listener(process, command);
        }
    }

    pub(crate) fn sent_under(&self, message: &NewOutboxMessage) -> Option<CorrelationKey> {
        (self.0.sent_under)(message)
    }

    pub(crate) fn snapshot_policy(&self) -> SnapshotPolicy {
        self.0.snapshots
    }

    /// Whether personal fields are sealed.
    pub(crate) fn seals(&self) -> bool {
        self.0.seals
    }

    pub(crate) fn hot(&self) -> &HotStates {
        &self.0.hot
    }

    /// What it has done so far, in numbers.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// What each of its workers does now. For a liveness probe: idle is healthy, see [`health`](crate::health).
    #[must_use]
    pub fn health(&self) -> Health {
        self.0.workers.health()
    }

    pub(crate) fn workers(&self) -> &Workers {
        &self.0.workers
    }

    /// Changes whenever this engine has committed events.
    pub(crate) fn log_grows(&self) -> watch::Receiver<()> {
        self.0.log_grew.subscribe()
    }

    /// Ends the workers of this engine, each at the next instant at which it waits. What they were about to do stays queued. Also happens
    /// by itself when the store takes no more commits: an engine that cannot write must not send either.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use mako_engine::store::KeyedStore;
    /// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
    /// # use mako_engine::{EngineBuilder, TenantId, Timestamp, worker::run_deadlines};
    /// # let (clock, ids) = (Arc::new(ManualClock::at(Timestamp::EPOCH)), Arc::new(SeededIds::new(1)));
    /// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
    /// # let engine = EngineBuilder::new(TenantId::new("9900000000001"), store, clock, ids).build()?;
    /// # futures_util::FutureExt::now_or_never(async {
    /// engine.stop();
    /// run_deadlines(engine.clone()).await; // ends at once
    /// # }).ok_or("it waits")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn stop(&self) {
        self.0.stopped.send_replace(true);
    }

    /// Runs `work` until the engine is stopped.
    pub(crate) async fn until_stopped(&self, work: impl Future<Output = ()>) {
        let mut stopped = self.0.stopped.subscribe();
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => {}
            () = work => {}
        }
    }

    pub(crate) fn outbox_changed(&self) -> &Notify {
        &self.0.outbox_changed
    }

    pub(crate) fn deadlines_changed(&self) -> &Notify {
        &self.0.deadlines_changed
    }

    /// Starts a process of `W` with the command that begins it, or finds the one that a command of the same
    /// [`idempotency_key`](Execute::idempotency_key) has started; then this one is repeated there. It follows `rules` to its end: the
    /// format version of the message that starts it, or, when no message does, that of an instant which the caller answers for, mostly
    /// `FormatVersion::at(engine.clock().now())`.
    ///
    /// # Errors
    /// [`ExecuteError::UnknownWorkflow`] when `W` was not added to this engine, [`CommitError::AlreadyExecuted`] when a command of this
    /// name did something else than start a process of `W`, and others; then there is no new process, except after a failure of the
    /// store, where reopening decides.
    pub async fn spawn<W: Workflow>(&self, rules: FormatVersion, execute: Execute<W::Command>) -> Result<Process<W>, ExecuteError> {
        let error = match self.begin(rules, &execute).await {
            Err(error @ ExecuteError::Commit(CommitError::AlreadyExecuted { .. })) => error,
            begun => return begun,
        };
        match self.begun_by(execute.idempotency_key.as_ref()).await? {
            Some(process) => process.repeat(execute).await.map(|_| process),
            None => Err(error),
        }
    }

    /// As [`spawn`](Self::spawn), for a command that must not have been executed before.
    pub(crate) async fn begin<W: Workflow>(&self, rules: FormatVersion, execute: &Execute<W::Command>) -> Result<Process<W>, ExecuteError> {
        let stream = StreamId::new(format!("{}/{}", W::NAME, self.ids().next_id()));
        let identity = ProcessIdentity { tenant: self.tenant().clone(), stream, workflow: W::NAME.to_owned(), rules };
        let process = Process::new(self.clone(), identity)?;
        process.start(execute).await.map(|()| process)
    }

    /// The process of `W` that a command of this name has started.
    async fn begun_by<W: Workflow>(&self, key: Option<&IdempotencyKey>) -> Result<Option<Process<W>>, ExecuteError> {
        let Some(key) = key else { return Ok(None) };
        let Some(executed) = self.store().executed(self.tenant(), key).await? else { return Ok(None) };
        let record = self.store().process(self.tenant(), &executed.stream).await?;
        let began = |record: &ProcessRecord| record.identity.workflow == W::NAME && record.began_at == executed.first_position;
        record.filter(began).map(|record| Process::new(self.clone(), record.identity)).transpose()
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
    /// [`CommitError`]; then nothing was written, except after [`CommitError::Store`], where reopening decides.
    pub async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        let outbox = !commit.outbox.is_empty() || commit.settles_outbox.is_some() || commit.puts_back.is_some();
        let deadlines = !commit.deadlines_set.is_empty() && !planted!(SleepsThroughADeadline);
        let aside = commit.sets_aside.iter().map(|row| row.dead_letter(&commit.tenant, commit.at));
        let letters: Vec<DeadLetter> = commit.dead_letters.iter().cloned().chain(aside).collect();
        let events = !commit.events.is_empty();
        let counted = Metrics::counted(&commit);
        let committed = self.0.store.append_with_outbox(commit).await.inspect_err(|error| {
            self.metrics().not_committed(error);
            if error.is_final() {
                self.stop();
            }
        })?;
        self.metrics().committed(&counted, &letters);
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
}
