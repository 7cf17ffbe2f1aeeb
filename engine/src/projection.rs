//! Read models: rows made from events, in global order, that can always be made again.
//!
//! A projection's rows and the position up to which they were made change in one commit, so nothing is applied twice or left out,
//! whatever crashes. Rows belong to a [`ViewName`], a name and a version: a new version is built beside the old one, while
//! that one still answers, and is equal to what a fresh rebuild would give. When it has caught up it [takes
//! over](ProjectionRunner::take_over) in one commit, and what nobody reads any more goes.

mod rebuild;

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::rebuild::{ServedRow, served_row};
use crate::Timestamp;
use crate::commit::{Cause, Commit, CommitError};
use crate::engine::EngineContext;
use crate::health::{Asked, Worker};
use crate::names::StreamId;
use crate::store::keys::Key;
use crate::store::{Payload, RecordedEvent, Store, StoreError};
use crate::worker::STORE_PAUSE_MS;

/// How many events go into one commit of a read model.
const BATCH: usize = 256;

/// Which read model: its name, and the version of the code that makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewName {
    name: String,
    version: u32,
}

impl ViewName {
    /// The view `name` as made by version `version` of its projection.
    ///
    /// ```
    /// use mako_engine::projection::ViewName;
    /// assert_eq!(ViewName::new("open-processes", 2).to_string(), "open-processes v2");
    /// ```
    #[must_use]
    pub fn new(name: impl Into<String>, version: u32) -> Self {
        Self { name: name.into(), version }
    }

    /// Its name, without the version.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version of the code that makes it.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    fn key(&self, table: u8) -> Key {
        Key::table(table).name(&self.name).bytes(&self.version.to_be_bytes())
    }

    pub(crate) fn checkpoint_key(&self) -> Vec<u8> {
        self.key(b'W').done()
    }

    pub(crate) fn row_key(&self, key: &[u8]) -> Vec<u8> {
        self.key(b'V').bytes(key).done()
    }

    pub(crate) fn range(&self, prefix: &[u8]) -> (Vec<u8>, Vec<u8>) {
        self.key(b'V').bytes(prefix).range()
    }
}

impl fmt::Display for ViewName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{}", self.name, self.version)
    }
}

/// What a projection made of the events after `from` up to and including `to`. Refused when the view does not stand at `from`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewUpdate {
    /// The view.
    pub view: ViewName,
    /// The global position at which the view stands before.
    pub from: u64,
    /// The global position at which it stands after.
    pub to: u64,
    /// Rows put (`Some`) and deleted (`None`).
    pub rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

/// A version of a view that serves from now on, in place of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeOver {
    /// The view that takes over.
    pub view: ViewName,
    /// The version that serves until then; `None` when none does. Refused when it is another one.
    pub from: Option<u32>,
}

/// The row that says which version of a view serves.
pub(crate) fn serving_key(name: &str) -> Vec<u8> {
    Key::table(b'J').name(name).done()
}

pub(crate) fn decode_serving(bytes: Option<&[u8]>) -> Result<Option<u32>, StoreError> {
    match bytes.map(<[u8; 4]>::try_from) {
        None => Ok(None),
        Some(Ok(version)) => Ok(Some(u32::from_be_bytes(version))),
        Some(Err(_)) => Err(StoreError::Undecodable { what: "version that serves", detail: "it has the wrong length".to_owned() }),
    }
}

pub(crate) fn decode_checkpoint(bytes: Option<&[u8]>) -> Result<u64, StoreError> {
    match bytes.map(<[u8; 8]>::try_from) {
        None => Ok(0),
        Some(Ok(position)) => Ok(u64::from_be_bytes(position)),
        Some(Err(_)) => Err(StoreError::Undecodable { what: "checkpoint", detail: "it has the wrong length".to_owned() }),
    }
}

/// Reading views. Writing is a [`Commit`].
///
/// ```
/// use mako_engine::projection::{ViewName, ViewStore as _, ViewUpdate};
/// # use mako_engine::commit::NewEvent;
/// use mako_engine::store::{AtomicAppend as _, KeyedStore};
/// # use mako_engine::store::Payload;
/// # use mako_engine::testing::MemoryBackend;
/// # use mako_engine::{Cause, Commit, IdSource as _, SystemIds, Timestamp};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let store = KeyedStore::open(MemoryBackend::default())?;
/// # let mut commit = Commit::new("9900000000001".into(), "anfrage/1".into(), Timestamp::EPOCH, Cause::Command("by hand".into()));
/// # let payload = Payload::encode(&"51238696780")?;
/// # commit.events.push(NewEvent { id: SystemIds.next_id(), event_type: "Asked".into(), schema_version: 1, payload });
/// // A commit may carry the read model of its own events: the row and the checkpoint become durable with them.
/// let open = ViewName::new("open inquiries", 1);
/// let rows = [(b"51238696780".to_vec(), Some(b"anfrage/1".to_vec()))].into();
/// commit.view = Some(ViewUpdate { view: open.clone(), from: 0, to: 1, rows });
/// store.append_with_outbox(commit).await?;
/// assert_eq!(store.checkpoint(&open).await?, 1);
/// assert_eq!(store.view_row(&open, b"51238696780").await?, Some(b"anfrage/1".to_vec()));
/// assert_eq!(store.view_rows(&open, b"5", 10).await?.len(), 1);
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait ViewStore {
    /// The global position up to which `view` was made; 0 when it was never begun.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn checkpoint(&self, view: &ViewName) -> Result<u64, StoreError>;

    /// The version of the view `name` that serves: the one that took over last ([`ProjectionRunner::take_over`]).
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn serving(&self, name: &str) -> Result<Option<u32>, StoreError>;

    /// The versions of the view `name` that were begun and not dropped, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn view_versions(&self, name: &str) -> Result<Vec<u32>, StoreError>;

    /// The row of `view` under `key`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn view_row(&self, view: &ViewName, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// At most `limit` rows of `view` whose keys begin with `prefix`, in key order.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn view_rows(&self, view: &ViewName, prefix: &[u8], limit: usize) -> Result<Vec<(Vec<u8>, Vec<u8>)>, StoreError>;
}

/// The rows of a view while a projection works on them: what the store has, with the changes of this batch on top.
pub struct Rows<'a> {
    store: &'a dyn Store,
    view: &'a ViewName,
    changed: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Rows<'_> {
    /// The row under `key`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails or the row is no `T`.
    pub async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let stored = match self.changed.get(key.as_bytes()) {
            Some(changed) => changed.clone(),
            None => self.store.view_row(self.view, key.as_bytes()).await?,
        };
        stored.map(|bytes| decode_row(&bytes)).transpose()
    }

    /// The row under `key` is `row` from now on.
    ///
    /// # Errors
    /// [`StoreError::Unencodable`] when `row` refuses to be serialised.
    pub fn put<T: Serialize>(&mut self, key: &str, row: &T) -> Result<(), StoreError> {
        let encoded = Payload::encode(row).map_err(|error| StoreError::Unencodable { what: "row of a view", detail: error.to_string() })?;
        self.changed.insert(key.as_bytes().to_vec(), Some(encoded.as_bytes().to_vec()));
        Ok(())
    }

    /// There is no row under `key` from now on.
    pub fn delete(&mut self, key: &str) {
        self.changed.insert(key.as_bytes().to_vec(), None);
    }
}

fn decode_row<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    let wrong = |error: crate::store::PayloadError| StoreError::Undecodable { what: "row of a view", detail: error.to_string() };
    Payload::from_bytes(bytes).decode().map_err(wrong)
}

/// Makes a view from events. Pure: the same events give the same rows, and nothing else happens.
///
/// ```
/// use mako_engine::projection::{Projection, Rows, ViewName};
/// use mako_engine::store::{RecordedEvent, StoreError};
///
/// /// How many events each process has.
/// struct Lengths;
///
/// #[async_trait::async_trait]
/// impl Projection for Lengths {
///     fn view(&self) -> ViewName {
///         ViewName::new("lengths", 1)
///     }
///
///     async fn apply(&self, event: &RecordedEvent, rows: &mut Rows<'_>) -> Result<(), StoreError> {
///         rows.put(event.stream.as_str(), &event.version)
///     }
/// }
/// assert_eq!(Lengths.view().to_string(), "lengths v1");
/// ```
#[async_trait]
pub trait Projection: Send + Sync + 'static {
    /// The view it makes. A change of the code that changes rows needs a new version here.
    fn view(&self) -> ViewName;

    /// Takes `event` into the rows. An event that means nothing to the view, known or not, changes nothing.
    ///
    /// # Errors
    /// [`StoreError`] of the rows; the batch is then tried again.
    async fn apply(&self, event: &RecordedEvent, rows: &mut Rows<'_>) -> Result<(), StoreError>;
}

/// Feeds a projection with the events of a store, of all its tenants.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/anfrage.rs"));
/// # use std::sync::Arc;
/// # use mako_engine::routing::Adapters;
/// # use mako_engine::store::KeyedStore;
/// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
/// use mako_engine::projection::{Projection, ProjectionRunner, Rows, ViewName};
/// use mako_engine::store::{RecordedEvent, StoreError};
/// use mako_engine::{Cause, Clock as _, EngineBuilder, Execute, FormatVersion, StreamId};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let clock = ManualClock::at("2025-12-23T15:00:00Z".parse()?);
/// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
/// # let engine = EngineBuilder::new("9900000000001".into(), store, Arc::new(clock.clone()), Arc::new(SeededIds::new(1)))
/// #     .workflow::<Anfrage>(Adapters::none())
/// #     .build()?;
/// /// Who asked about which Marktlokation.
/// struct ByMalo;
///
/// #[async_trait::async_trait]
/// impl Projection for ByMalo {
///     fn view(&self) -> ViewName {
///         ViewName::new("by-malo", 1)
///     }
///
///     async fn apply(&self, event: &RecordedEvent, rows: &mut Rows<'_>) -> Result<(), StoreError> {
///         match event.payload.decode() {
///             Ok(Event::Asked { malo }) => rows.put(&malo, &event.stream),
///             _ => Ok(()),
///         }
///     }
/// }
///
/// let ask = Command::Ask { malo: "51238696780".into(), until: engine.clock().now().plus_seconds(3_600) };
/// let rules = FormatVersion::at(engine.clock().now());
/// let process = engine.spawn::<Anfrage>(rules, Execute::new(ask, Cause::Command("by hand".into()))).await?;
///
/// let view = ProjectionRunner::new(engine.clone(), ByMalo);
/// assert_eq!(view.catch_up().await?, 1, "the global position it came to; `run` goes on from there");
/// assert_eq!(view.row::<StreamId>("51238696780").await?.as_ref(), Some(&process.identity().stream));
/// # Ok(())
/// # }
/// ```
pub struct ProjectionRunner<P> {
    context: EngineContext,
    projection: P,
    view: ViewName,
}

impl<P: Projection> ProjectionRunner<P> {
    /// Feeds `projection` from the store of `context`.
    #[must_use]
    pub fn new(context: EngineContext, projection: P) -> Self {
        let view = projection.view();
        Self { context, projection, view }
    }

    /// Applies everything that is in the log and not yet in the view; returns the global position it came to.
    ///
    /// # Errors
    /// [`CommitError`]; what was committed before it stays.
    pub async fn catch_up(&self) -> Result<u64, CommitError> {
        let store = self.context.store();
        let mut from = store.checkpoint(&self.view).await?;
        loop {
            let events = store.read_all(from, BATCH).await?;
            let Some(to) = events.last().map(|event| event.position) else { return Ok(from) };
            let mut rows = Rows { store, view: &self.view, changed: BTreeMap::new() };
            for event in &events {
                self.projection.apply(event, &mut rows).await?;
            }
            let mut commit = self.commit();
            commit.view = Some(ViewUpdate { view: self.view.clone(), from, to, rows: rows.changed });
            self.context.commit(commit).await?;
            from = to;
        }
    }

    /// A commit of this view: it has no events, so nobody but readers of the view sees anything of it.
    fn commit(&self) -> Commit {
        let (tenant, stream) = (self.context.tenant().clone(), StreamId::new(format!("view/{}", self.view)));
        Commit::new(tenant, stream, self.context.clock().now(), Cause::Command("projection".to_owned()))
    }

    /// The row of the view under `key`.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails or the row is no `T`.
    pub async fn row<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        self.context.store().view_row(&self.view, key.as_bytes()).await?.map(|bytes| decode_row(&bytes)).transpose()
    }

    /// Catches up, then goes on with every event that this engine commits, until it is stopped, or a later version of the view has taken
    /// over. What fails is tried again.
    pub async fn run(&self) {
        let worker = self.context.workers().begin(format!("projection {}", self.view), self.context.clock().now());
        self.context.until_stopped(self.feed_for_ever(&worker)).await;
    }

    async fn feed_for_ever(&self, worker: &Worker) {
        let mut grown = self.context.log_grows();
        loop {
            grown.borrow_and_update();
            worker.works(self.context.clock().now());
            match self.catch_up().await {
                Ok(_) => {
                    worker.did(Asked::Act);
                    worker.waits(Timestamp::MAX);
                    drop(grown.changed().await);
                }
                Err(CommitError::ViewReplaced { by, .. }) => {
                    tracing::info!(view = %self.view, by, "a view is not fed any more: a later version serves");
                    return;
                }
                Err(error) => {
                    tracing::error!(%error, view = %self.view, "a view could not be brought up to date; it is tried again");
                    worker.failed(Asked::Act, self.context.clock().now(), &error);
                    self.context.clock().sleep_until(self.context.clock().now().plus_ms(STORE_PAUSE_MS)).await;
                }
            }
        }
    }
}
