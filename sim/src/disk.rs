//! What a store directory looks like after the power went.
//!
//! # Fault model
//!
//! 1. What was acknowledged is on disk, every bit of it: the [`Frontier`] is the end of the journal at the last acknowledgement.
//! 2. What was written later may be there or not. The engine writes a batch only after the one before it was synced, so at most
//!    one batch is half there, and nothing follows it. [`Tail`] chooses: none of it, some of it, or all that was written.
//! 3. A batch that is half there has a beginning but no end; or has its full length with zeros from some byte on, since the space
//!    was allocated before the data came; or misses one 4 KiB page in the middle, since pages are written in any order; or has one
//!    512-byte sector of garbage, since the write was under way. A sector that already held acknowledged bytes keeps those.
//! 4. Tables and manifests are written to new files, synced, and put in place by a rename: they are there as a whole. A flush syncs
//!    the journal first, so no table is ahead of it, and flushing counts as an acknowledgement ([`SimDisk::flushed`]).
//! 5. Directory entries of synced files are durable.
//!
//! Not in the model: bits that decay after they were synced. The test suite flips them by hand; the store's doctor answers.
//!
//! # How
//!
//! Dropping a fjall handle syncs, and forgetting it keeps the directory locked. So the crash is taken as a picture: while the old
//! handle still lives, a new directory is built from hard links to the immutable files and a copy of the journal up to the frontier
//! plus the tail. Then the handle is dropped, whatever that syncs goes into the old directory, and the old directory is deleted.
//!
//! ```
//! use mako_engine::store::backend::{Backend, Write};
//! use mako_engine::store::fjall::{FjallBackend, FjallOptions};
//! use mako_sim::disk::{SimDisk, Tail};
//!
//! let mut disk = SimDisk::new()?;
//! let (store, _) = FjallBackend::open(disk.path(), FjallOptions::simulation())?;
//! store.apply(vec![Write::Put(b"Ea".to_vec(), b"acknowledged".to_vec())])?;
//! disk.acknowledge()?;
//! store.apply(vec![Write::Put(b"Eb".to_vec(), b"nobody was told".to_vec())])?;
//! disk.crash(Tail::Torn { seed: 7 })?;
//! drop(store);
//! disk.sweep()?;
//!
//! let (store, _) = FjallBackend::open(disk.path(), FjallOptions::simulation())?;
//! assert!(store.get(b"Ea")?.is_some());
//! assert!(store.get(b"Eb")?.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod image;
mod tear;

use std::io;
use std::path::{Path, PathBuf};

use mako_engine::store::fjall::journal::{self, JournalState};
use tempfile::TempDir;

pub use image::crash_image;

/// Where shared memory is, on Linux: a simulated disk needs no real one.
const FAST: &str = "/dev/shm";

/// Why a simulated disk could not do its part. Always the machine's fault or the simulator's, never a finding about the engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiskError {
    /// The operating system refused.
    #[error("simulated disk: {doing} {} failed: {source}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file or directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The journal was rotated after the frontier was recorded. A simulated store flushes inline and never rotates.
    #[error("simulated disk: {} has a journal newer than the frontier's {frontier}. Open simulated stores with inline workers", dir.display())]
    Rotated {
        /// The directory.
        dir: PathBuf,
        /// The journal in which the frontier lies.
        frontier: String,
    },
}

trait IoAt<T> {
    fn at(self, doing: &'static str, path: &Path) -> Result<T, DiskError>;
}

impl<T> IoAt<T> for io::Result<T> {
    fn at(self, doing: &'static str, path: &Path) -> Result<T, DiskError> {
        self.map_err(|source| DiskError::Io { doing, path: path.to_path_buf(), source })
    }
}

/// How much of what was written after the frontier survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tail {
    /// Nothing: exactly what was acknowledged.
    Synced,
    /// An incomplete part of the first batch behind the frontier, never all of it; the seed decides which part, and how it is torn.
    Torn {
        /// Any number; the same one tears the same bytes the same way.
        seed: u64,
    },
    /// Every complete batch that was written: durable, but nobody was told.
    All,
}

/// Up to where a crash keeps everything: the end of the journal at the last acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier {
    /// The journal and the first byte behind the last acknowledged batch.
    pub journal: JournalState,
    /// Batches that end here or before are in tables, so an image leaves them out of the journal, as rotation would; 0 for none.
    pub in_tables: u64,
}

impl Frontier {
    /// The frontier when everything in the journal of `dir` has been acknowledged.
    ///
    /// # Errors
    /// [`DiskError::Io`] when the directory is not there or not readable.
    pub fn of(dir: &Path) -> Result<Self, DiskError> {
        let journal = journal::valid_prefix(dir).at("reading the journal of", dir)?;
        Ok(Self { journal, in_tables: 0 })
    }

    /// Moves to the end of the journal; reads only what is new.
    ///
    /// # Errors
    /// As [`Frontier::of`].
    pub fn advance(&mut self, dir: &Path) -> Result<(), DiskError> {
        let journal = journal::follow(dir, &self.journal).at("reading the journal of", dir)?;
        if journal.file != self.journal.file {
            self.in_tables = 0;
        }
        self.journal = journal;
        Ok(())
    }
}

/// The disk of one simulated host: one directory per incarnation of its store, all gone when this is dropped, also by a panic.
#[derive(Debug)]
pub struct SimDisk {
    home: TempDir,
    incarnation: u32,
    frontier: Option<Frontier>,
    /// The next batch is not synced before the power goes.
    stopped: bool,
}

impl SimDisk {
    /// An empty disk, in shared memory where there is any, else in the directory for temporary files.
    ///
    /// # Errors
    /// [`DiskError::Io`] when neither can be written.
    pub fn new() -> Result<Self, DiskError> {
        let name = || {
            let mut name = tempfile::Builder::new();
            name.prefix("mako-disk-");
            name
        };
        let fallback = std::env::temp_dir();
        let home = name().tempdir_in(FAST).or_else(|_| name().tempdir_in(&fallback)).at("creating a directory in", &fallback)?;
        Ok(Self { home, incarnation: 0, frontier: None, stopped: false })
    }

    /// The directory of the present incarnation; it does not exist until a store is created there.
    pub fn path(&self) -> PathBuf {
        self.home.path().join(self.incarnation.to_string())
    }

    /// The frontier, once there is one.
    pub fn frontier(&self) -> Option<&Frontier> {
        self.frontier.as_ref()
    }

    /// Records that everything written so far was acknowledged. To be called after every successful `apply` or `seal`, and after opening,
    /// because recovery syncs what it found.
    ///
    /// # Errors
    /// [`DiskError::Io`] when the journal cannot be read.
    pub fn acknowledge(&mut self) -> Result<(), DiskError> {
        let path = self.path();
        match &mut self.frontier {
            Some(frontier) => frontier.advance(&path),
            None => {
                self.frontier = Some(Frontier::of(&path)?);
                Ok(())
            }
        }
    }

    /// The next batch is not synced before the power goes, and nothing comes after it.
    pub fn stop_syncing(&mut self) {
        self.stopped = true;
    }

    /// Whether the power goes before another sync.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Records that everything written so far is in tables: to be called when `maintain` says `Flushed`, before any other write.
    ///
    /// # Errors
    /// [`DiskError::Io`] when the journal cannot be read.
    pub fn flushed(&mut self) -> Result<(), DiskError> {
        self.acknowledge()?;
        if let Some(frontier) = &mut self.frontier {
            frontier.in_tables = frontier.journal.end_offset;
        }
        Ok(())
    }

    /// The power goes. From here on [`SimDisk::path`] is what the next incarnation finds. To be called while the old handle still
    /// lives; what dropping it syncs is not seen any more.
    ///
    /// # Errors
    /// [`DiskError`] when the image cannot be built.
    pub fn crash(&mut self, tail: Tail) -> Result<(), DiskError> {
        let old = self.path();
        let next = self.home.path().join((self.incarnation + 1).to_string());
        let exists = old.try_exists().at("reading", &old)?;
        let frontier = match self.frontier.take() {
            _ if !exists => None,
            Some(frontier) => Some(frontier),
            None => {
                // Created and never acknowledged: creation itself is durable, nothing after it need be.
                let mut frontier = Frontier::of(&old)?;
                (frontier.journal.end_offset, frontier.journal.batches) = (0, 0);
                Some(frontier)
            }
        };
        if let Some(frontier) = frontier {
            crash_image(&old, &frontier, tail, &next)?;
        }
        self.incarnation += 1;
        self.stopped = false;
        Ok(())
    }

    /// Deletes the directories of earlier incarnations. To be called when their handles are dropped.
    ///
    /// # Errors
    /// [`DiskError::Io`] when they cannot be deleted.
    pub fn sweep(&mut self) -> Result<(), DiskError> {
        let (home, current) = (self.home.path(), self.path());
        for entry in std::fs::read_dir(home).at("reading", home)? {
            let path = entry.at("reading", home)?.path();
            if path != current {
                std::fs::remove_dir_all(&path).at("deleting", &path)?;
            }
        }
        Ok(())
    }
}
