//! Putting an engine together.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeBounds;
use std::sync::Arc;

use super::EngineContext;
use super::wiring::{self, WiringError, WiringErrors};
use crate::boundary::BOUNDARY_WORKFLOW;
use crate::commit::NewOutboxMessage;
use crate::dead_letter::{DeadLetterSink, LogDeadLetters};
use crate::driver::{Driver, WorkflowDriver};
use crate::names::{CorrelationKey, TenantId};
use crate::ports::{Clock, IdSource};
use crate::registry::ProcessIdentity;
use crate::routing::{Adapters, PidRouter, Route, RouteKey};
use crate::snapshot::SnapshotPolicy;
use crate::store::Store;
use crate::upcast::EventSchema;
use crate::version::FormatVersion;
use crate::workflow::Workflow;

/// Under which key a queued message is known to whoever answers it.
pub(super) type SentUnder = Arc<dyn Fn(&NewOutboxMessage) -> Option<CorrelationKey> + Send + Sync>;

/// Hears what was asked of which process.
pub(super) type CommandListener = Arc<dyn Fn(&ProcessIdentity, &dyn Any) + Send + Sync>;

/// Puts an engine together and checks the whole of it before anything runs. It never panics: what is wrong is kept, and
/// [`build`](Self::build) says all of it.
///
/// ```
/// use std::sync::Arc;
/// use mako_engine::engine::WiringError;
/// use mako_engine::routing::{Route, RouteKey};
/// use mako_engine::store::KeyedStore;
/// use mako_engine::testing::MemoryBackend;
/// use mako_engine::{EngineBuilder, FormatVersion, SystemClock, SystemIds};
///
/// let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
/// let wrong = EngineBuilder::new("9900000000001".into(), store, Arc::new(SystemClock), Arc::new(SystemIds))
///     .format_versions(FormatVersion::Fv2026_04_01..)
///     .route(RouteKey::of("UTILMD").pid("55001"), Route::Starts("lieferbeginn"))
///     .route(RouteKey::of("UTILMD"), Route::Continues)
///     .build()
///     .err()
///     .ok_or("two mistakes")?;
/// assert!(matches!(wrong.0.as_slice(), [WiringError::RouteTaken(_), WiringError::NoDriver { workflow: "lieferbeginn", .. }]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct EngineBuilder {
    pub(super) tenant: TenantId,
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) sink: Arc<dyn DeadLetterSink>,
    pub(super) drivers: BTreeMap<&'static str, Arc<dyn Driver>>,
    pub(super) schemas: BTreeMap<&'static str, Arc<EventSchema>>,
    pub(super) snapshots: SnapshotPolicy,
    pub(super) router: PidRouter,
    pub(super) serves: BTreeSet<FormatVersion>,
    pub(super) sent_under: SentUnder,
    pub(super) listener: Option<CommandListener>,
    pub(super) seals: bool,
    wrong: Vec<WiringError>,
}

impl EngineBuilder {
    /// An engine of `tenant` over `store`, with its doors to time and randomness.
    #[must_use]
    pub fn new(tenant: TenantId, store: Arc<dyn Store>, clock: Arc<dyn Clock>, ids: Arc<dyn IdSource>) -> Self {
        let (sink, drivers, router) = (Arc::new(LogDeadLetters), BTreeMap::new(), PidRouter::default());
        let (schemas, snapshots) = (BTreeMap::new(), SnapshotPolicy::EveryEvents(64));
        let (serves, sent_under, wrong): (_, SentUnder, _) = (BTreeSet::new(), Arc::new(|_| None), Vec::new());
        let (listener, seals) = (None, false);
        Self { tenant, store, clock, ids, sink, drivers, schemas, snapshots, router, serves, sent_under, listener, seals, wrong }
    }

    /// The format versions that this engine must serve, such as `FormatVersion::Fv2026_04_01..`: every workflow that takes messages
    /// needs an adapter for each. Nothing is assumed; a second call adds to the first.
    #[must_use]
    pub fn format_versions(mut self, versions: impl RangeBounds<FormatVersion>) -> Self {
        self.serves.extend(FormatVersion::ALL.into_iter().filter(|version| versions.contains(version)));
        self
    }

    /// Adds workflow `W`, whose commands `adapters` make from received messages; [`Adapters::none`] when it takes none. A workflow
    /// with adapters must be reached by a route: adapters that nothing uses are a route that was forgotten.
    #[must_use]
    pub fn workflow<W: Workflow>(mut self, adapters: Adapters<W::Command>) -> Self {
        let in_disorder = |(version, before)| WiringError::AdaptersInDisorder { workflow: W::NAME, version, before };
        self.wrong.extend(adapters.out_of_order().map(in_disorder));
        if W::NAME == BOUNDARY_WORKFLOW || self.drivers.contains_key(W::NAME) {
            self.wrong.push(WiringError::NameTaken(W::NAME));
        } else {
            self.drivers.insert(W::NAME, Arc::new(WorkflowDriver::<W>::new(adapters)));
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

    /// Routes the messages `on`.
    #[must_use]
    pub fn route(mut self, on: RouteKey, route: Route) -> Self {
        if let Err(taken) = self.router.add(on, route) {
            self.wrong.push(taken.into());
        }
        self
    }

    /// Lets a process be found under the references that its transport gives to its messages: whatever a process queues is noted under
    /// the key that `key` makes of it, in the commit that queues it. Such a reference is made of the message's id, which no workflow
    /// knows when it decides. Without a call nothing is noted.
    #[must_use]
    pub fn sent_under(mut self, key: impl Fn(&NewOutboxMessage) -> Option<CorrelationKey> + Send + Sync + 'static) -> Self {
        self.sent_under = Arc::new(key);
        self
    }

    /// Tells `listener` of every command that a process took or rejected, in the order in which it did, after the commit: of which process,
    /// and the command, of the type of that process's workflow. For recording what really comes; nothing can be changed there.
    #[must_use]
    pub fn listens(mut self, listener: impl Fn(&ProcessIdentity, &dyn Any) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Seals the personal fields of events under a key per subject, so that a subject can be [shredded](EngineContext::shred). Without a call
    /// events are stored in plain. Either way, what is sealed in the store is opened as long as its key stands: this is about what is
    /// written from now on. What stands there in plain already stays so.
    #[must_use]
    pub const fn seals(mut self) -> Self {
        self.seals = true;
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
        let mut wrong = std::mem::take(&mut self.wrong);
        wrong.extend(wiring::check(&self.router, &self.drivers, &self.serves));
        if wrong.is_empty() { Ok(EngineContext::new(self)) } else { Err(WiringErrors(wrong)) }
    }
}
