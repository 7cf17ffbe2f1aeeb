//! Flushing and compacting, at an instant the engine chooses.
//!
//! fjall's own trigger fires in the middle of writes and from another thread: a simulation would not replay, and one worker too
//! few would deadlock. So its trigger is set out of reach and whoever runs the engine calls [`FjallBackend::maintain`] between commits. All
//! keyspaces are flushed together: an idle one would otherwise hold every old journal back.

use fjall::AbstractTree;

use super::FjallBackend;
use super::options::Workers;
use crate::store::backend::BackendError;

/// Every table costs time at opening, and leveled compaction leaves small ones that do not overlap as they are. A simulated store
/// is opened thousands of times and small enough to be rewritten as a whole; a big one is left to the strategy.
const MANY_TABLES: usize = 8;
const SMALL_BYTES: u64 = 8 << 20;

/// What [`FjallBackend::maintain`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maintained {
    /// Nothing: every limit is far.
    Idle,
    /// Everything committed so far is in tables now, and no longer needs the journal.
    Flushed,
    /// fjall's threads were told to write tables, or are still busy with the last time.
    Requested,
}

impl FjallBackend {
    /// Moves memory to tables when a limit of [`FjallOptions`](super::FjallOptions) is passed; cheap otherwise. Call it between
    /// commits, now and then. It holds commits up while it works, never reads.
    ///
    /// # Errors
    /// [`BackendError::Io`]; the backend is then closed for writes.
    pub fn maintain(&self) -> Result<Maintained, BackendError> {
        let mut writer = self.writer()?;
        let full = |keyspace: &fjall::Keyspace| keyspace.tree.active_memtable().size() > self.options.memtable_bytes;
        if writer.unflushed_bytes <= self.options.journal_bytes && !self.keyspaces().into_iter().any(full) {
            return Ok(Maintained::Idle);
        }
        let done = match self.options.workers {
            Workers::Inline => self.flush_inline().map(|()| Maintained::Flushed),
            Workers::Threads(_) if self.is_flushing() => return Ok(Maintained::Requested),
            Workers::Threads(_) => {
                self.keyspaces().into_iter().try_for_each(|keyspace| keyspace.rotate_memtable().map(drop)).map(|()| Maintained::Requested)
            }
        };
        match done {
            Ok(done) => {
                writer.unflushed_bytes = 0;
                Ok(done)
            }
            Err(cause) => Err(writer.close("writing tables", cause)),
        }
    }

    /// fjall halts commits at four sealed memtables, and would for ever if nobody flushed them; recovery may leave that many.
    pub(super) fn flush_sealed_memory(&self) -> Result<(), fjall::Error> {
        if self.is_flushing() { self.flush_inline() } else { Ok(()) }
    }

    fn is_flushing(&self) -> bool {
        self.keyspaces().into_iter().any(|keyspace| keyspace.tree.sealed_memtable_count() > 0)
    }

    /// Everything to tables, and every table rewritten in which something is ever deleted.
    pub(super) fn rewrite(&self) -> Result<(), fjall::Error> {
        self.flush_inline()?;
        [&self.queues, &self.index].into_iter().try_for_each(fjall::Keyspace::major_compact)
    }

    /// What fjall's worker does, in the same order: the journal first, so that no table is ahead of it (fjall issue 329).
    fn flush_inline(&self) -> Result<(), fjall::Error> {
        self.database.persist(fjall::PersistMode::SyncAll)?;
        for keyspace in self.keyspaces() {
            let tree = &keyspace.tree;
            let oldest_read = self.database.supervisor.snapshot_tracker.get_seqno_safe_to_gc();
            {
                let flushing = tree.get_flush_lock();
                tree.rotate_memtable();
                tree.flush(&flushing, oldest_read)?;
            }
            if tree.table_count() > MANY_TABLES && tree.disk_space() < SMALL_BYTES {
                keyspace.major_compact()?;
            } else {
                tree.compact(keyspace.config.compaction_strategy.clone(), oldest_read)?;
            }
        }
        Ok(())
    }
}
