//! Where a node's store lives over all its lives: a simulated disk with fjall on it, or memory.
//!
//! Memory keeps every commit that it was given; a commit that a crash took is never given to it. So both lose exactly the same.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mako_engine::store::fjall::{FjallBackend, FjallOptions};
use mako_engine::store::memory::MemoryBackend;
use mako_engine::store::{KeyedStore, Store};

use crate::disk::{DiskError, SimDisk, Tail};
use crate::run::StoreKind;

/// Where a node's store lives.
pub struct NodeDisk(Kind);

enum Kind {
    Fjall(Mutex<SimDisk>),
    Memory(MemoryBackend),
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
    pub fn new(kind: StoreKind) -> Result<Self, DiskError> {
        Ok(Self(match kind {
            StoreKind::Fjall => Kind::Fjall(Mutex::new(SimDisk::new()?)),
            StoreKind::Memory => Kind::Memory(MemoryBackend::default()),
        }))
    }

    /// Whether there is no disk to cut.
    #[must_use]
    pub const fn is_memory(&self) -> bool {
        matches!(self.0, Kind::Memory(_))
    }

    /// Opens the store.
    ///
    /// # Errors
    /// The store refuses the disk.
    pub fn open(&self) -> Result<Opened, Box<dyn std::error::Error>> {
        match &self.0 {
            Kind::Fjall(disk) => {
                let mut disk = lock(disk);
                let (backend, report) = FjallBackend::open(disk.path(), FjallOptions::simulation())?;
                disk.acknowledge()?;
                let repaired = report.cut.map(|_| "a torn tail was cut".to_owned());
                Ok(Opened { store: Arc::new(KeyedStore::open(backend)?), repaired })
            }
            Kind::Memory(backend) => Ok(Opened { store: Arc::new(KeyedStore::open(backend.clone())?), repaired: None }),
        }
    }

    /// Everything written so far was acknowledged.
    ///
    /// # Errors
    /// [`DiskError`] when the journal cannot be read.
    pub fn acknowledge(&self) -> Result<(), DiskError> {
        match &self.0 {
            Kind::Fjall(disk) => lock(disk).acknowledge(),
            Kind::Memory(_) => Ok(()),
        }
    }

    /// The power goes. To be called while the node still lives.
    ///
    /// # Errors
    /// [`DiskError`] when the image cannot be taken.
    pub fn crash(&self, tail: Tail) -> Result<(), DiskError> {
        match &self.0 {
            Kind::Fjall(disk) => lock(disk).crash(tail),
            Kind::Memory(_) => Ok(()),
        }
    }

    /// The node is gone: what its handle wrote on its way out is deleted.
    ///
    /// # Errors
    /// [`DiskError`] when it cannot be deleted.
    pub fn sweep(&self) -> Result<(), DiskError> {
        match &self.0 {
            Kind::Fjall(disk) => lock(disk).sweep(),
            Kind::Memory(_) => Ok(()),
        }
    }
}

fn lock(disk: &Mutex<SimDisk>) -> MutexGuard<'_, SimDisk> {
    disk.lock().unwrap_or_else(PoisonError::into_inner)
}
