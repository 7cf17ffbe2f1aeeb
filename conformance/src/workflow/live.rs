//! A history in a real engine, one step at a time, with crashes and restarts in between.
//!
//! Ids follow from the number of the step, so that a step that is taken again draws those it drew before: two runs can be compared
//! message by message.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_util::FutureExt as _;
use mako_engine::commit::OutboxSettlement;
use mako_engine::outbox::OutboxMessage;
use mako_engine::routing::Adapters;
use mako_engine::snapshot::SnapshotPolicy;
use mako_engine::store::StoreError;
use mako_engine::testing::{DiscardDeadLetters, ManualClock};
use mako_engine::worker::{Delivery, settle_delivered};
use mako_engine::{
    Cause, Clock as _, Commit, CommitError, DeadlineLabel, EngineBuilder, EngineContext, Execute, ExecuteError, FormatVersion, GivenUp, Id,
    IdSource, Process, StreamId, TenantId, TimeoutDeadline, Timestamp, Workflow,
};

use super::context::Disk;
use super::history::{History, Step, Timed};
use super::ledger::{Kept, Shared, settle_doubts};
use super::said::shown;
use super::subject::{CommandOf, StateOf, WorkflowSubject};
use super::watch;
use crate::Violation;

pub(super) fn tenant() -> TenantId {
    TenantId::new("9900000000001")
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Became<T> {
    /// It was decided; the state it led to.
    State(T),
    /// It was rejected, or an engine does not commit such a thing.
    Refused(String),
    /// There was nothing to take: no such deadline, no such message.
    Nothing,
    /// The store fell over.
    Crashed,
}

impl<T> Became<T> {
    /// Makes the state it led to, if it led to one, the last.
    pub(super) fn keep(self, last: &mut T) {
        if let Self::State(state) = self {
            *last = state;
        }
    }
}

/// Ids that follow from the number of the step.
#[derive(Debug, Default)]
struct StepIds {
    step: AtomicU64,
    drawn: AtomicU64,
}

impl StepIds {
    fn begin(&self, step: usize) {
        self.step.store(step as u64 + 1, Ordering::Relaxed);
        self.drawn.store(0, Ordering::Relaxed);
    }
}

impl IdSource for StepIds {
    fn next_id(&self) -> Id {
        let drawn = u128::from(self.drawn.fetch_add(1, Ordering::Relaxed));
        Id::from_u128((u128::from(self.step.load(Ordering::Relaxed)) << 64) | (drawn + 1))
    }

    fn next_u64(&self) -> u64 {
        0
    }

    /// Follows from the step, too: a key that a crash took is drawn again.
    fn secret(&self) -> [u8; 32] {
        let mut secret = [0; 32];
        let (step, drawn) = (self.step.load(Ordering::Relaxed), self.drawn.fetch_add(1, Ordering::Relaxed));
        for (bytes, number) in secret.chunks_exact_mut(8).zip([step, drawn, !step, !drawn]) {
            bytes.copy_from_slice(&number.to_be_bytes());
        }
        secret
    }
}

/// An engine with one process of `S`.
pub(super) struct Live<S: WorkflowSubject> {
    disk: Disk,
    ledger: Shared,
    policy: SnapshotPolicy,
    rules: FormatVersion,
    engine: Option<EngineContext>,
    clock: ManualClock,
    ids: Arc<StepIds>,
    pub(super) stream: Option<StreamId>,
    /// The message that the step under way settles, which it is also when it is taken again.
    settles: Option<(usize, Id)>,
    /// The clock stands here or later.
    floor: Timestamp,
    subject: std::marker::PhantomData<fn() -> S>,
}

impl<S: WorkflowSubject> Live<S> {
    /// An engine over an empty disk, at the beginning of `history`.
    pub(super) fn open(disk: Disk, ledger: Shared, policy: SnapshotPolicy, history: &History<CommandOf<S>>) -> Result<Self, Violation> {
        let (clock, ids) = (ManualClock::at(history.begins), Arc::<StepIds>::default());
        let engine = Some(engine::<S>(&disk, &ledger, policy, &clock, &ids)?);
        let (rules, floor) = (history.rules(), history.begins);
        let (stream, settles, subject) = (None, None, std::marker::PhantomData);
        Ok(Self { disk, ledger, policy, rules, engine, clock, ids, stream, settles, floor, subject })
    }

    /// The clock goes on to `floor`; what is delivered or fired keeps its own instant.
    pub(super) fn not_before(&mut self, floor: Timestamp) {
        self.floor = self.floor.max(floor);
    }

    /// The engine goes down and comes up again over the same disk.
    pub(super) fn restart(&mut self) -> Result<(), Violation> {
        // The old one first: a directory is open once.
        self.engine = None;
        self.engine = Some(engine::<S>(&self.disk, &self.ledger, self.policy, &self.clock, &self.ids)?);
        Ok(())
    }

    /// The engine.
    pub(super) fn engine(&self) -> Result<&EngineContext, Violation> {
        self.engine.as_ref().ok_or_else(|| Violation::new("the engine did not come up again"))
    }

    /// Takes step number `number`. After a crash the caller restarts and takes it again.
    pub(super) async fn take(&mut self, number: usize, timed: &Timed<CommandOf<S>>) -> Result<Became<StateOf<S>>, Violation> {
        self.clock.set(timed.at.max(self.floor));
        self.ids.begin(number);
        let step = timed.clone();
        let _call = watch::begins(|| move || format!("step: {}", shown(&step)));
        match AssertUnwindSafe(self.ask(number, timed)).catch_unwind().await {
            Ok(became) => became,
            Err(_) => Ok(Became::Refused("it panics".to_owned())),
        }
    }

    /// Takes every step; a crash is followed by a restart and the same step again. Answers the last state.
    pub(super) async fn take_all(&mut self, history: &History<CommandOf<S>>) -> Result<StateOf<S>, Violation> {
        let mut last = StateOf::<S>::default();
        for (number, timed) in history.steps.iter().enumerate() {
            self.take_through(number, timed).await?.keep(&mut last);
        }
        Ok(last)
    }

    /// Takes a step to its end, whatever falls over meanwhile.
    pub(super) async fn take_through(&mut self, number: usize, timed: &Timed<CommandOf<S>>) -> Result<Became<StateOf<S>>, Violation> {
        let mut crashed = false;
        loop {
            match self.take(number, timed).await? {
                // Nothing of the engine is held here: it must be gone before its directory is opened again.
                Became::Crashed => {
                    crashed = true;
                    self.restart()?;
                }
                // It had landed before the crash: what it led to is there.
                Became::Nothing if crashed => {
                    return Ok(match self.process().await? {
                        Some(process) => Became::State(process.state_with_snapshot().await.map_err(broken)?),
                        None => Became::Nothing,
                    });
                }
                became => return Ok(became),
            }
        }
    }

    async fn ask(&mut self, number: usize, timed: &Timed<CommandOf<S>>) -> Result<Became<StateOf<S>>, Violation> {
        match &timed.step {
            Step::Asked(command) => {
                let mut execute = Execute::new(command.clone(), Cause::Command(format!("step {}", number + 1)));
                execute.idempotency_key = Some(format!("conformance/{number}").as_str().into());
                match self.process().await? {
                    Some(process) => became(process.execute(execute).await),
                    None => match self.engine()?.spawn::<S::Workflow>(self.rules, execute).await {
                        Ok(process) => {
                            self.stream = Some(process.identity().stream.clone());
                            became(process.state().await)
                        }
                        Err(error) => became(Err(error)),
                    },
                }
            }
            Step::Fires { label, due } => self.fire(label, *due, timed.at).await,
            Step::Delivered { kind, received_at, answer } => {
                let Some(message) = self.message(number, kind).await? else { return Ok(Became::Nothing) };
                let delivery = Delivery { received_at: *received_at, answer: answer.clone() };
                let settled = settle_delivered(self.engine()?, &message, delivery).await;
                self.settled(settled).await
            }
            Step::GivenUp { kind } => {
                let Some(message) = self.message(number, kind).await? else { return Ok(Became::Nothing) };
                self.give_up(&message).await
            }
        }
    }

    /// The process, once it began.
    pub(super) async fn process(&self) -> Result<Option<Process<S::Workflow>>, Violation> {
        let Some(stream) = &self.stream else { return Ok(None) };
        Ok(Some(self.engine()?.resume::<S::Workflow>(stream).await.map_err(broken)?))
    }

    /// The state that its stored events give.
    pub(super) async fn replayed(&self) -> Result<StateOf<S>, Violation> {
        match self.process().await? {
            Some(process) => process.state().await.map_err(broken),
            None => Ok(StateOf::<S>::default()),
        }
    }

    /// Every message that was ever queued.
    pub(super) async fn queued(&self) -> Result<Vec<(String, String)>, Violation> {
        settle_doubts(self.engine()?.store(), &self.ledger).await?;
        Ok(self.ledger.queued())
    }

    async fn fire(&mut self, label: &DeadlineLabel, due: Timestamp, at: Timestamp) -> Result<Became<StateOf<S>>, Violation> {
        let (Some(process), Some(stream)) = (self.process().await?, self.stream.clone()) else { return Ok(Became::Nothing) };
        let standing = self.engine()?.store().deadlines_of(&tenant(), &stream).await?;
        if !standing.iter().any(|deadline| deadline.label == *label && deadline.due == due) {
            return Ok(Became::Nothing);
        }
        let timeout = TimeoutDeadline { label: label.clone(), due, fired_at: at };
        let mut execute = Execute::new(timeout.into(), Cause::Deadline(label.clone()));
        execute.deadline_fired = Some((label.clone(), due));
        let became = became(process.execute(execute).await)?;
        if let Became::Refused(_) = &became {
            // As the worker does it: what means nothing to the process is over all the same.
            let mut commit = Commit::new(tenant(), stream, at, Cause::Deadline(label.clone()));
            commit.deadline_fired = Some((label.clone(), due));
            return self.alone(commit, became).await;
        }
        Ok(became)
    }

    async fn give_up(&mut self, message: &OutboxMessage) -> Result<Became<StateOf<S>>, Violation> {
        let given_up = GivenUp { message_id: message.id, kind: message.message.kind.clone(), reason: "no connection".to_owned() };
        let (command, process) = (S::Workflow::given_up(given_up), self.process().await?);
        let became = match (command, process) {
            (Some(command), Some(process)) => {
                let mut execute = Execute::new(command, Cause::Delivery(message.id));
                execute.settles_outbox = Some(OutboxSettlement::Exhausted(message.id));
                became(process.execute(execute).await)?
            }
            (None, _) | (_, None) => Became::Nothing,
        };
        match became {
            Became::State(_) | Became::Crashed => Ok(became),
            Became::Refused(_) | Became::Nothing => {
                let mut commit = Commit::new(tenant(), message.stream.clone(), self.clock.now(), Cause::Delivery(message.id));
                commit.settles_outbox = Some(OutboxSettlement::Exhausted(message.id));
                self.alone(commit, became).await
            }
        }
    }

    /// What is settled without the process.
    async fn alone(&self, commit: Commit, otherwise: Became<StateOf<S>>) -> Result<Became<StateOf<S>>, Violation> {
        match self.engine()?.commit(commit).await {
            Ok(_) | Err(CommitError::DeadlineGone { .. } | CommitError::OutboxConflict(_)) => Ok(otherwise),
            Err(CommitError::Store(StoreError::Injected(_))) => Ok(Became::Crashed),
            Err(error) => Err(broken(ExecuteError::from(error))),
        }
    }

    /// The oldest queued message of `kind`; the same when the step is taken again.
    async fn message(&mut self, number: usize, kind: &str) -> Result<Option<OutboxMessage>, Violation> {
        if let Some((step, id)) = self.settles
            && step == number
        {
            return Ok(self.engine()?.store().outbox_message(id).await?);
        }
        let queued = self.engine()?.store().outbox_due(Timestamp::MAX, usize::MAX).await?.rows;
        let mut of_kind: Vec<OutboxMessage> = queued.into_iter().filter(|message| message.message.kind == kind).collect();
        of_kind.sort_by_key(|message| (message.caused_by, message.id));
        let oldest = of_kind.into_iter().next();
        self.settles = oldest.as_ref().map(|message| (number, message.id));
        Ok(oldest)
    }

    async fn settled(&self, settled: Result<(), ExecuteError>) -> Result<Became<StateOf<S>>, Violation> {
        match (settled, self.process().await?) {
            (Ok(()), Some(process)) => became(process.state().await),
            (Ok(()), None) => Ok(Became::Nothing),
            (Err(error), _) => became(Err(error)),
        }
    }
}

fn engine<S: WorkflowSubject>(
    disk: &Disk,
    ledger: &Shared,
    policy: SnapshotPolicy,
    clock: &ManualClock,
    ids: &Arc<StepIds>,
) -> Result<EngineContext, Violation> {
    let store = Arc::new(Kept { inner: disk()?, ledger: ledger.clone() });
    let builder = EngineBuilder::new(tenant(), store, Arc::new(clock.clone()), ids.clone());
    let built = builder.workflow::<S::Workflow>(Adapters::none()).snapshots(policy).dead_letters(DiscardDeadLetters).build();
    built.map_err(|wrong| Violation::new(format!("no engine is built with this workflow: {wrong}")))
}

/// What an answer of the engine means for a check. What only a broken workflow or store can meet is a violation.
fn became<T>(answer: Result<T, ExecuteError>) -> Result<Became<T>, Violation> {
    match answer {
        Ok(state) => Ok(Became::State(state)),
        Err(ExecuteError::Rejected(rejection)) => Ok(Became::Refused(rejection.to_string())),
        Err(ExecuteError::Commit(CommitError::Store(StoreError::Injected(_)))) => Ok(Became::Crashed),
        Err(ExecuteError::Commit(CommitError::DeadlineGone { .. } | CommitError::OutboxConflict(_))) => Ok(Became::Nothing),
        Err(
            error @ (ExecuteError::UnownedDeadline { .. }
            | ExecuteError::UnlistedEvent { .. }
            | ExecuteError::UnserialisableEvent { .. }
            | ExecuteError::Commit(
                CommitError::EffectWithoutEvent { .. } | CommitError::NameTooLong { .. } | CommitError::BusinessKeyTaken { .. },
            )),
        ) => Ok(Became::Refused(error.to_string())),
        Err(error) => Err(broken(error)),
    }
}

fn broken(error: ExecuteError) -> Violation {
    Violation::new(format!("the engine gives up: {error}"))
}
