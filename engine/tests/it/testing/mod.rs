//! The stage of the engine's tests: a manual clock, counted ids, a small workflow, a store that is watched and can be disturbed,
//! a partner that answers by script. Nothing here sleeps, and nothing depends on a scheduler.

pub mod guarded;
pub mod inquiry;
pub mod partner;
pub mod pinned;
pub mod watched;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Wake, Waker};

use mako_engine::dead_letter::AuditContext;
use mako_engine::fristen::Sparte;
use mako_engine::inbox::{Accept, InboxKey, InboxSettlement, Outcome};
use mako_engine::routing::{Adapters, Inbound, Route, RouteKey};
use mako_engine::snapshot::SnapshotPolicy;
use mako_engine::store::fjall::{FjallBackend, FjallOptions};
use mako_engine::store::{KeyedStore, Store};
use mako_engine::testing::{ManualClock, MemoryBackend, RecordDeadLetters, SeededIds};
use mako_engine::worker::run_deadlines;
use mako_engine::{
    Cause, Clock as _, Commit, CorrelationKey, EngineBuilder, EngineContext, Execute, FormatVersion, Process, Received, StreamId, TenantId,
    Timestamp, Workflow as _,
};

use self::inquiry::{Command, Inquiry};
use self::watched::Watched;

/// The format version in which tests happen that are not about format versions.
pub const RULES: FormatVersion = FormatVersion::Fv2025_10_01;

/// Seconds after the start of every test.
pub fn at(seconds: i64) -> Timestamp {
    "2025-12-23T15:00:00Z".parse::<Timestamp>().unwrap().plus_seconds(seconds)
}

/// Where a store lives while engines come and go.
pub enum Place {
    Memory(MemoryBackend),
    Fjall(tempfile::TempDir),
}

impl Place {
    pub fn open(&self) -> Arc<dyn Store> {
        match self {
            Self::Memory(map) => Arc::new(KeyedStore::open(map.clone()).unwrap()),
            Self::Fjall(home) => {
                let (backend, _) = FjallBackend::open(home.path().join("store"), FjallOptions::simulation()).unwrap();
                Arc::new(KeyedStore::open(backend).unwrap())
            }
        }
    }

    /// An engine on this place, whose clock stands at `now`.
    pub fn house(&self, now: Timestamp) -> House {
        House::on(Arc::new(Watched::new(self.open())), now)
    }
}

/// Runs `test` on memory, and again on fjall.
pub async fn everywhere(test: impl AsyncFn(Place)) {
    test(Place::Memory(MemoryBackend::default())).await;
    test(Place::Fjall(tempfile::tempdir().unwrap())).await;
}

/// An engine with everything around it that a test looks at.
pub struct House {
    pub engine: EngineContext,
    pub clock: ManualClock,
    pub store: Arc<Watched>,
    pub letters: RecordDeadLetters,
}

impl House {
    pub fn on(store: Arc<Watched>, now: Timestamp) -> Self {
        Self::of(&tenant(), store, now)
    }

    /// An engine of another tenant.
    pub fn of(tenant: &TenantId, store: Arc<Watched>, now: Timestamp) -> Self {
        Self::built(tenant, store, now, wired)
    }

    /// An engine that seals personal fields and takes a snapshot every two events.
    pub fn sealing(place: &Place, now: Timestamp) -> Self {
        Self::sealing_of(&tenant(), place, now)
    }

    /// The same of another tenant.
    pub fn sealing_of(tenant: &TenantId, place: &Place, now: Timestamp) -> Self {
        let wire = |builder| wired(builder).snapshots(SnapshotPolicy::EveryEvents(2)).seals();
        Self::built(tenant, Arc::new(Watched::new(place.open())), now, wire)
    }

    /// An engine with other workflows and routes.
    pub fn wired(place: &Place, now: Timestamp, wire: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Self {
        Self::built(&tenant(), Arc::new(Watched::new(place.open())), now, wire)
    }

    fn built(tenant: &TenantId, store: Arc<Watched>, now: Timestamp, wire: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Self {
        let (clock, letters) = (ManualClock::at(now), RecordDeadLetters::default());
        let engine = wire(bare(tenant, store.clone(), &clock)).dead_letters(letters.clone()).build().unwrap();
        Self { engine, clock, store, letters }
    }

    /// Accepts `inbound` as one message and receives it.
    pub async fn receive(&self, inbound: &Inbound) -> Received {
        static MESSAGES: AtomicU64 = AtomicU64::new(0);
        let settles = self.accept(&format!("message {}", MESSAGES.fetch_add(1, Ordering::Relaxed))).await;
        self.engine.receive(inbound, settles, Vec::new()).await.unwrap()
    }

    /// As `receive`, when nobody takes it: the reason, by its label and in words.
    pub async fn dead(&self, inbound: &Inbound) -> String {
        match self.receive(inbound).await {
            Received::Processed(stream) => panic!("{stream} took it"),
            Received::DeadLettered(reason) => {
                assert_eq!(self.letters.reasons().last(), Some(&reason));
                format!("{}: {reason}", reason.label())
            }
        }
    }

    /// As `receive`, when a process takes it.
    pub async fn processed(&self, inbound: &Inbound) -> StreamId {
        match self.receive(inbound).await {
            Received::Processed(stream) => stream,
            Received::DeadLettered(reason) => panic!("{reason}"),
        }
    }

    /// A process that asks `recipient` and wants an answer until `due`.
    pub async fn ask(&self, malo: &str, recipient: &str, due: Timestamp) -> Process<Inquiry> {
        let command = Command::Ask { malo: malo.to_owned(), recipient: recipient.to_owned(), due };
        self.engine.spawn::<Inquiry>(RULES, by_hand(command)).await.unwrap()
    }

    /// The deadline scheduler of this engine.
    pub fn scheduler(&self) -> Worker {
        Worker::new(run_deadlines(self.engine.clone()))
    }

    /// Accepts a message under `id` and returns what settles all of it.
    pub async fn accept(&self, id: &str) -> InboxSettlement {
        self.accept_from("9900000000002", id).await
    }

    /// As `accept`, from this sender.
    pub async fn accept_from(&self, sender: &str, id: &str) -> InboxSettlement {
        self.accepted(sender, id, Timestamp::MAX).await
    }

    /// As `accept`, and forgotten after `known_until`.
    pub async fn accept_until(&self, id: &str, known_until: Timestamp) -> InboxSettlement {
        self.accepted("9900000000002", id, known_until).await
    }

    async fn accepted(&self, sender: &str, id: &str, known_until: Timestamp) -> InboxSettlement {
        let key = InboxKey { tenant: tenant(), sender: sender.to_owned(), message_id: id.to_owned() };
        let mut commit = Commit::new(tenant(), "boundary".into(), self.clock.now(), Cause::Command("accept".to_owned()));
        commit.accepts = Some(Accept { key: key.clone(), received_at: self.clock.now(), payload: b"UNB".to_vec(), known_until });
        self.engine.commit(commit).await.unwrap();
        InboxSettlement { key, part: 0, last: true, outcome: Outcome::Processed, token: None }
    }
}

/// An engine to which nothing was forgotten, not yet built.
pub fn builder(store: Arc<dyn Store>, clock: &ManualClock) -> EngineBuilder {
    wired(bare(&tenant(), store, clock))
}

/// An engine that has no workflow yet.
pub fn bare(tenant: &TenantId, store: Arc<dyn Store>, clock: &ManualClock) -> EngineBuilder {
    EngineBuilder::new(tenant.clone(), store, Arc::new(clock.clone()), Arc::new(fresh_ids()))
}

fn wired(builder: EngineBuilder) -> EngineBuilder {
    builder
        .format_versions(RULES..)
        .workflow::<Inquiry>(Adapters::from(RULES, inquiry::adapt))
        .route(RouteKey::of("UTILMD").pid("55001"), Route::Starts(Inquiry::NAME))
        .route(RouteKey::of("UTILMD").pid("55002"), Route::Continues)
}

pub fn tenant() -> TenantId {
    TenantId::new("9900000000001")
}

pub fn by_hand<C>(command: C) -> Execute<C> {
    Execute::new(command, Cause::Command("test".to_owned()))
}

/// A received message that means `command`.
pub fn inbound(pid: &str, reference: &str, command: Command) -> Inbound {
    Inbound {
        message_type: "UTILMD".to_owned(),
        pid: Some(pid.to_owned()),
        sparte: Sparte::Strom,
        role: "receiver".into(),
        format_version: RULES,
        sender: "9900000000002".to_owned(),
        received_at: at(0),
        references: vec![CorrelationKey::new(reference)],
        idempotency_key: None,
        about: format!("UTILMD {pid}"),
        audit: AuditContext::at(at(0)).release_code("S2.1").receiver_mp_id("9900000000001").message_reference("IC1/1"),
        body: Arc::new(command),
    }
}

/// Ids that, as those of production, are not given again after a restart.
fn fresh_ids() -> SeededIds {
    static SOURCES: AtomicU64 = AtomicU64::new(1);
    SeededIds::new(SOURCES.fetch_add(1, Ordering::Relaxed))
}

/// A worker that runs only when a test says so, and then until it waits for something.
pub struct Worker {
    future: Pin<Box<dyn Future<Output = ()>>>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Worker {
    pub fn new(future: impl Future<Output = ()> + 'static) -> Self {
        // A test polls a worker more often in one go than tokio would let a task do without a pause.
        let future = tokio::task::unconstrained(future);
        Self { future: Box::pin(future), woken: Arc::new(Woken(AtomicBool::new(true))) }
    }

    /// Runs until nothing happens any more without time going on or somebody else committing.
    pub fn run_until_quiet(&mut self) {
        let waker = Waker::from(self.woken.clone());
        for _ in 0..10_000 {
            if !self.woken.0.swap(false, Ordering::SeqCst) {
                return;
            }
            assert!(self.future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending(), "a worker never ends");
        }
        panic!("the worker spins");
    }

    /// Whether it ends, when it may run until it waits for something.
    pub fn ends(&mut self) -> bool {
        let waker = Waker::from(self.woken.clone());
        let mut ended = false;
        while !ended && self.woken.0.swap(false, Ordering::SeqCst) {
            ended = self.future.as_mut().poll(&mut Context::from_waker(&waker)).is_ready();
        }
        ended
    }

    /// Moves `clock` to `to` in one step, and runs.
    pub fn run_at(&mut self, clock: &ManualClock, to: Timestamp) {
        clock.set(to);
        self.run_until_quiet();
    }
}
