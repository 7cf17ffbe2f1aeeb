//! Where a node's store lives over all its lives: a simulated disk with fjall on it, or memory.
//!
//! Memory remembers how it was before a commit that a crash may take, and goes back to it. So both lose exactly the same.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mako_engine::planted;
use mako_engine::store::backend::{Backend, BackendError, Batch, Scan};
use mako_engine::store::fjall::{FjallBackend, FjallOptions, Maintained};
use mako_engine::store::{CommitProbe, KeyedStore, Store, StoreOptions, Writing};
use mako_engine::testing::MemoryBackend;

use crate::clock::Agenda;
use crate::disk::{DiskError, SimDisk, Tail};
use crate::disk_faults::{Faults, Faulty};
use crate::run::StoreKind;

/// Where a node's store lives.
pub struct NodeDisk {
    kind: Kind,
    faults: Arc<Faults>,
}

#[derive(Clone)]
enum Kind {
    Fjall(Arc<Mutex<SimDisk>>),
    Memory(Arc<Mutex<Memory>>),
}

impl Kind {
    fn stop_syncing(&self) {
        match self {
            Self::Fjall(disk) => lock(disk).stop_syncing(),
            Self::Memory(memory) => lock(memory).is_stopped = true,
        }
    }
}

#[derive(Default)]
struct Memory {
    backend: MemoryBackend,
    /// The next batch will not be synced before the crash.
    is_stopped: bool,
    /// How it was before the batch that is not synced.
    synced: Option<MemoryBackend>,
}

/// A store that was opened, and what its disk needed.
pub struct Opened {
    /// The store.
    pub store: Arc<dyn Store>,
    /// What the disk needed before the store would open, if anything.
    pub repaired: Option<String>,
}

impl NodeDisk {
    /// An empty disk of this kind.
    ///
    /// # Errors
    /// [`DiskError`] when no directory can be made.
    pub fn new(kind: StoreKind, agenda: Agenda) -> Result<Self, DiskError> {
        let kind = match kind {
            StoreKind::Fjall => Kind::Fjall(Arc::new(Mutex::new(SimDisk::new()?))),
            StoreKind::Memory => Kind::Memory(Arc::default()),
        };
        Ok(Self { kind, faults: Arc::new(Faults::new(agenda)) })
    }

    /// What goes wrong with it.
    pub(crate) fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Opens the store; `probe` stands beside its writer.
    ///
    /// # Errors
    /// The store refuses the disk.
    pub fn open(&self, probe: Arc<dyn CommitProbe>) -> Result<Opened, Box<dyn std::error::Error>> {
        let options = StoreOptions { writing: Writing::Inline, probe: Some(probe) };
        match &self.kind {
            Kind::Fjall(disk) => {
                let mut opening = lock(disk);
                let (backend, report) = FjallBackend::open(opening.path(), FjallOptions::simulation())?;
                opening.acknowledge()?;
                let repaired = report.cut.map(|_| "a torn tail was cut".to_owned());
                let watched = Watched { backend, disk: disk.clone() };
                Ok(Opened { store: Arc::new(KeyedStore::open_with(self.faulty(watched), options)?), repaired })
            }
            Kind::Memory(memory) => {
                let backend = lock(memory).backend.clone();
                let remembered = Remembered { backend, memory: memory.clone() };
                let store = KeyedStore::open_with(self.faulty(remembered), options)?;
                Ok(Opened { store: Arc::new(store), repaired: None })
            }
        }
    }

    fn faulty<B: Backend>(&self, backend: B) -> Faulty<B> {
        let kind = self.kind.clone();
        Faulty::new(backend, self.faults.clone(), Box::new(move || kind.stop_syncing()))
    }

    /// The next commit will not be synced before the crash.
    pub fn stop_syncing(&self) {
        self.kind.stop_syncing();
    }

    /// Everything written so far was acknowledged.
    ///
    /// # Errors
    /// [`DiskError`] when the journal cannot be read.
    pub fn acknowledge(&self) -> Result<(), DiskError> {
        if planted!(AnswersBeforeTheSync) {
            return Ok(());
        }
        match &self.kind {
            Kind::Fjall(disk) => lock(disk).acknowledge(),
            Kind::Memory(_) => Ok(()),
        }
    }

    /// The power goes. To be called while the node still lives.
    ///
    /// # Errors
    /// [`DiskError`] when the image cannot be taken.
    pub fn crash(&self, tail: Tail) -> Result<(), DiskError> {
        match &self.kind {
            Kind::Fjall(disk) => lock(disk).crash(tail),
            Kind::Memory(memory) => {
                let mut memory = lock(memory);
                memory.is_stopped = false;
                if let (Some(synced), false) = (memory.synced.take(), tail == Tail::All) {
                    memory.backend = synced;
                }
                Ok(())
            }
        }
    }

    /// The node is gone: what its handle wrote on its way out is deleted.
    ///
    /// # Errors
    /// [`DiskError`] when it cannot be deleted.
    pub fn sweep(&self) -> Result<(), DiskError> {
        match &self.kind {
            Kind::Fjall(disk) => lock(disk).sweep(),
            Kind::Memory(_) => Ok(()),
        }
    }
}

fn lock<T>(disk: &Mutex<T>) -> MutexGuard<'_, T> {
    disk.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is written as one batch: all of it.
fn batches(mut batch: Batch) -> Vec<Batch> {
    let second = if planted!(WritesInTwoBatches) { batch.split_off(batch.len() / 2) } else { Batch::new() };
    if second.is_empty() { vec![batch] } else { vec![batch, second] }
}

/// Memory that remembers how it was before a batch which a crash may take.
struct Remembered {
    backend: MemoryBackend,
    memory: Arc<Mutex<Memory>>,
}

impl Backend for Remembered {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.backend.get(key)
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> Scan) -> Result<(), BackendError> {
        self.backend.scan(from, to, visit)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, BackendError> {
        self.backend.last(from, to)
    }

    fn apply(&self, batch: Batch) -> Result<(), BackendError> {
        for batch in batches(batch) {
            let mut memory = lock(&self.memory);
            if memory.is_stopped || planted!(AnswersBeforeTheSync) {
                memory.synced = Some(self.backend.fork());
            }
            drop(memory);
            self.backend.apply(batch)?;
        }
        Ok(())
    }

    fn maintain(&self) -> Result<(), BackendError> {
        self.backend.maintain()
    }
}

/// fjall, with the frontier of its disk kept where it is: a batch is written only after the one before it was synced, so when a batch
/// comes, everything before it is durable. A store that spreads one commit over two batches can thereby be cut between them.
struct Watched {
    backend: FjallBackend,
    disk: Arc<Mutex<SimDisk>>,
}

impl Watched {
    /// Everything that the disk holds now was synced.
    fn acknowledge(&self) -> Result<(), BackendError> {
        lock(&self.disk).acknowledge().map_err(unreadable)
    }
}

fn unreadable(source: DiskError) -> BackendError {
    BackendError::Io { doing: "reading the simulated disk", source: Arc::new(source) }
}

impl Backend for Watched {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.backend.get(key)
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> Scan) -> Result<(), BackendError> {
        self.backend.scan(from, to, visit)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, BackendError> {
        self.backend.last(from, to)
    }

    fn apply(&self, batch: Batch) -> Result<(), BackendError> {
        for batch in batches(batch) {
            self.acknowledge()?;
            self.backend.apply(batch)?;
        }
        Ok(())
    }

    fn maintain(&self) -> Result<(), BackendError> {
        // The power goes before the last batch is synced, so nothing comes after it.
        if lock(&self.disk).is_stopped() {
            return Ok(());
        }
        match self.backend.maintain()? {
            Maintained::Idle | Maintained::Requested => Ok(()),
            Maintained::Flushed => lock(&self.disk).flushed().map_err(unreadable),
        }
    }
}
