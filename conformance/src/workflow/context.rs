//! What a check on a workflow works with: histories, disks to run engines on, and the place of golden files.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt as _;
use mako_engine::store::{KeyedStore, Store, StoreError};
use mako_engine::testing::MemoryBackend;
use proptest::strategy::ValueTree as _;

use super::history::{self, History};
use super::said::on_history;
use super::subject::{CommandOf, WorkflowSubject};
use super::walk::{Taken, Walk};
use crate::Violation;

/// Opens the store on one disk; again after a crash.
pub type Disk = Box<dyn Fn() -> Result<Arc<dyn Store>, StoreError>>;

/// So many histories are walked by themselves.
const WALKED: u32 = 160;
/// So many histories are run in an engine, and so many where each is run many times.
const RUN: u32 = 20;
const RUN_OFTEN: u32 = 16;
/// The most runs that finding a shorter history may take.
const SHRINKS: usize = 300;

/// The environment variable that asks for golden files to be written.
pub(super) const GOLDEN: &str = "MAKO_CONFORMANCE_GOLDEN";

/// How often a check looks.
#[derive(Clone, Copy)]
pub(super) enum Effort {
    Walked,
    Run,
    RunOften,
}

/// Where a workflow is checked: in memory, on its own golden files, unless somebody says otherwise. A simulator brings disks that fail.
pub struct WorkflowContext<S> {
    disk: Box<dyn Fn() -> Disk>,
    home: Option<PathBuf>,
    records: bool,
    subject: std::marker::PhantomData<fn() -> S>,
}

impl<S: WorkflowSubject> Default for WorkflowContext<S> {
    /// Golden files are written when the environment says `MAKO_CONFORMANCE_GOLDEN=write`.
    fn default() -> Self {
        let records = std::env::var_os(GOLDEN).is_some_and(|value| value == "write");
        Self { disk: Box::new(memory), home: None, records, subject: std::marker::PhantomData }
    }
}

impl<S: WorkflowSubject> WorkflowContext<S> {
    /// The same on other disks: `disk` makes an empty one each time it is called.
    #[must_use]
    pub fn on(self, disk: impl Fn() -> Disk + 'static) -> Self {
        Self { disk: Box::new(disk), ..self }
    }

    /// The same with golden files in `home`, which are written when `records`.
    #[must_use]
    pub fn with_goldens(self, home: PathBuf, records: bool) -> Self {
        Self { home: Some(home), records, ..self }
    }

    /// An empty disk.
    pub(super) fn disk(&self) -> Disk {
        (self.disk)()
    }

    pub(super) const fn records(&self) -> bool {
        self.records
    }

    /// Where the golden files of the subject stand.
    pub(super) fn goldens(&self) -> PathBuf {
        self.home.clone().unwrap_or_else(|| PathBuf::from(S::HOME)).join("golden").join(S::NAME)
    }

    /// The generated histories.
    pub(super) fn histories(&self) -> impl Iterator<Item = History<CommandOf<S>>> + use<S> {
        (0..WALKED * S::kinds().max(1)).map(|case| history::tree::<S>(case).current())
    }

    /// Everything that is decided in the generated histories.
    pub(super) fn taken(&self) -> impl Iterator<Item = Taken<S>> + use<S> {
        self.histories().flat_map(|history| {
            let mut walk = Walk::<S>::default();
            history.steps.iter().filter_map(|timed| walk.take(timed)).collect::<Vec<_>>()
        })
    }

    /// `holds` on every history; the shortest one on which it does not is in the violation.
    pub(super) async fn for_all(
        &self,
        effort: Effort,
        holds: impl AsyncFn(&History<CommandOf<S>>) -> Result<(), Violation>,
    ) -> Result<(), Violation> {
        let cases = match effort {
            Effort::Walked => WALKED,
            Effort::Run => RUN,
            Effort::RunOften => RUN_OFTEN,
        };
        for case in 0..cases * S::kinds().max(1) {
            let mut tree = history::tree::<S>(case);
            let Err(mut violation) = attempt(&holds, &tree.current()).await else { continue };
            let mut shortest = tree.current();
            for _ in 0..SHRINKS {
                if !tree.simplify() {
                    break;
                }
                match attempt(&holds, &tree.current()).await {
                    Err(still) => (shortest, violation) = (tree.current(), still),
                    Ok(()) if tree.complicate() => {}
                    Ok(()) => break,
                }
            }
            return Err(on_history(&shortest, &violation));
        }
        Ok(())
    }
}

async fn attempt<C: fmt::Debug>(holds: &impl AsyncFn(&History<C>) -> Result<(), Violation>, history: &History<C>) -> Result<(), Violation> {
    let attempt = std::panic::AssertUnwindSafe(holds(history)).catch_unwind().await;
    attempt.unwrap_or_else(|_| Err(Violation::new("it panics, see above")))
}

fn memory() -> Disk {
    let backend = MemoryBackend::default();
    Box::new(move || Ok(Arc::new(KeyedStore::open(backend.clone())?)))
}
