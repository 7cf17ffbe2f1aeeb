//! The store on disk: fjall 3 behind the [`Backend`] contract, made safe to open after any crash.
//!
//! Promises:
//! 1. A commit is one fjall batch with one `fdatasync`; `Ok` means it survives a power cut.
//! 2. A read sees the state between two commits: the one that the writer left visible. fjall's own keyspace reads see half of a batch, and
//!    so does a snapshot taken beside the writer when a flush of fjall's threads ends at that instant: it makes visible all that was
//!    numbered so far.
//! 3. After the first failed write or sync, no later write is accepted: what the disk then holds is only known by opening it again.
//! 4. Opening never loses an acknowledged commit in silence. [`doctor`] reads the journal before fjall does; what was never
//!    acknowledged is cut and kept in a file ([`repair`]), the rest is refused, and commit count and hash chain must be the same
//!    afterwards. The doctor's docs say which damage cannot be told apart.
//! 5. A directory is created as a whole or not at all, is open once, and carries its format version; another one is refused, and an older one
//!    brought here by [`migrate`], which keeps a copy.
//! 6. A [backup](FjallBackend::backup) is taken while commits go on, and is one state between two of them.
//!
//! Threads, if any, are fjall's and never start work by themselves: the store's writer calls [`FjallBackend::maintain`] between two
//! commits.

mod backup;
mod claim;
mod copy;
pub mod doctor;
mod error;
mod head;
pub mod journal;
mod maintain;
mod migrate;
mod open;
mod options;
mod repair;
mod scrub;

use std::sync::{Mutex, MutexGuard, PoisonError};

use fjall::{PersistMode, Readable};

pub use self::backup::{Backup, BackupError};
use self::claim::Claim;
pub use self::claim::FORMAT;
pub use self::copy::copy_closed;
pub use self::error::OpenError;
pub use self::head::Head;
use self::head::{HEAD_KEY, OWN_TABLE};
pub use self::maintain::Maintained;
pub use self::migrate::{Migrated, migrate};
pub use self::open::OpenReport;
pub use self::options::{FjallOptions, Workers};
use self::options::{Place, place};
pub use self::repair::{Cut, repair};
pub use self::scrub::{Scrubbed, scrub};
use super::backend::{Backend, BackendError, Batch, Scan, Write};

/// A store directory, open. Dropping it closes the directory, and syncs what fjall still had in flight.
///
/// ```
/// use mako_engine::store::backend::{Backend as _, Write};
/// use mako_engine::store::fjall::{FjallBackend, FjallOptions, OpenError};
///
/// # let home = tempfile::tempdir()?;
/// # let dir = home.path().join("store");
/// let (backend, _) = FjallBackend::open(&dir, FjallOptions::default())?;
/// backend.apply(vec![Write::Put(b"Ea".to_vec(), b"1".to_vec())])?; // synced when it returns
/// assert!(matches!(FjallBackend::open(&dir, FjallOptions::default()), Err(OpenError::Locked { .. })), "one at a time");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FjallBackend {
    database: fjall::Database,
    events: fjall::Keyspace,
    queues: fjall::Keyspace,
    index: fjall::Keyspace,
    /// What readers see: taken by the writer between two batches, see promise 2.
    visible: Mutex<fjall::Snapshot>,
    writer: Mutex<Writer>,
    options: FjallOptions,
    claim: Claim,
}

impl std::fmt::Debug for FjallBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FjallBackend").field("options", &self.options).finish_non_exhaustive()
    }
}

/// The one who may write: a batch is written only after the one before it was synced, which is what lets the doctor tell a torn
/// tail from damage.
struct Writer {
    /// Commits since the directory was created.
    commits: u64,
    /// Journal bytes since everything was in tables; values count uncompressed.
    unflushed_bytes: u64,
    /// Whether the last batch is an empty one.
    sealed: bool,
    /// Why no more writes are taken.
    closed: Option<BackendError>,
}

impl Writer {
    fn close(&mut self, doing: &'static str, cause: fjall::Error) -> BackendError {
        let error = BackendError::io(doing, cause);
        self.closed = Some(BackendError::closed(error.clone()));
        error
    }
}

impl FjallBackend {
    /// Puts an empty commit behind the last one, so that damage to the last one can be told from a torn tail
    /// ([`doctor`] says why). Costs a sync; does nothing if nothing was committed since. Call it when the engine goes idle and
    /// before it shuts down.
    ///
    /// # Errors
    /// [`BackendError::Io`]; the backend is then closed for writes.
    pub fn seal(&self) -> Result<(), BackendError> {
        let mut writer = self.writer()?;
        if !writer.sealed {
            self.commit(&mut writer, Vec::new())?;
            writer.sealed = true;
        }
        Ok(())
    }

    /// Closes the directory, and keeps it from everybody else.
    fn close(self) -> Claim {
        self.claim
    }

    fn writer(&self) -> Result<MutexGuard<'_, Writer>, BackendError> {
        const DOING: &str = "writing to a closed store";
        let writer = self.writer.lock().map_err(|_| BackendError::io(DOING, "an earlier write panicked"))?;
        match &writer.closed {
            None => Ok(writer),
            Some(closed) => Err(closed.clone()),
        }
    }

    fn commit(&self, writer: &mut Writer, batch: Batch) -> Result<(), BackendError> {
        let head = Head { count: writer.commits + 1, seqno_floor: self.database.seqno() };
        let mut bytes = 26 + 39;
        let mut commit =
            fjall::OwnedWriteBatch::with_capacity(self.database.clone(), batch.len() + 1).durability(Some(PersistMode::SyncData));
        for write in batch {
            match write {
                Write::Put(key, value) => {
                    bytes += 21 + key.len() + value.len();
                    commit.insert(self.keyspace_of(&key), key, value);
                }
                Write::Delete(key) => {
                    bytes += 21 + key.len();
                    commit.remove(self.keyspace_of(&key), key);
                }
            }
        }
        commit.insert(&self.index, HEAD_KEY, head.encode());
        commit.commit().map_err(|cause| writer.close("writing a commit", cause))?;
        *self.visible.lock().unwrap_or_else(PoisonError::into_inner) = self.database.snapshot();
        writer.commits = head.count;
        writer.unflushed_bytes += bytes as u64;
        writer.sealed = false;
        Ok(())
    }

    /// The state between the last two batches.
    fn visible(&self) -> fjall::Snapshot {
        self.visible.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keyspaces(&self) -> [&fjall::Keyspace; 3] {
        [&self.events, &self.queues, &self.index]
    }

    fn keyspace_of(&self, key: &[u8]) -> &fjall::Keyspace {
        match place(key.first().copied().unwrap_or(OWN_TABLE)) {
            Place::Events => &self.events,
            Place::Queues => &self.queues,
            Place::Index => &self.index,
        }
    }
}

/// fjall panics on a key or value that its format cannot hold; table 0 is ours.
fn check(write: &Write) -> Result<(), BackendError> {
    let (key, value_bytes) = match write {
        Write::Put(key, value) => (key, value.len()),
        Write::Delete(key) => (key, 0),
    };
    let refuse = |why: String| Err(BackendError::io("checking a commit, of which nothing was written", why));
    match key.first() {
        None => refuse("a key is empty".to_owned()),
        Some(&OWN_TABLE) => refuse("table 0 belongs to the backend".to_owned()),
        Some(_) if key.len() > usize::from(u16::MAX) => refuse(format!("a key has {} bytes, 65535 are possible", key.len())),
        Some(_) if u32::try_from(value_bytes).is_err() => refuse(format!("a value has {value_bytes} bytes, 4 GiB are possible")),
        Some(_) => Ok(()),
    }
}

/// No stored key is longer, and fjall panics when it is asked for one. What begins with more bytes than that is not there.
const LONGEST_KEY: usize = u16::MAX as usize;

impl Backend for FjallBackend {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        if key.len() > LONGEST_KEY {
            return Ok(None);
        }
        let value = self.visible().get(self.keyspace_of(key), key).map_err(|cause| BackendError::io("reading a key", cause))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> Scan) -> Result<(), BackendError> {
        if from >= to || from.len() > LONGEST_KEY {
            return Ok(());
        }
        for pair in self.visible().range(self.keyspace_of(from), from..to) {
            let (key, value) = pair.into_inner().map_err(|cause| BackendError::io("scanning", cause))?;
            if visit(&key, &value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, BackendError> {
        if from >= to || from.len() > LONGEST_KEY {
            return Ok(None);
        }
        let Some(pair) = self.visible().range(self.keyspace_of(from), from..to).next_back() else {
            return Ok(None);
        };
        let (key, value) = pair.into_inner().map_err(|cause| BackendError::io("reading the last key", cause))?;
        Ok(Some((key.to_vec(), value.to_vec())))
    }

    fn apply(&self, batch: Batch) -> Result<(), BackendError> {
        batch.iter().try_for_each(check)?;
        let mut writer = self.writer()?;
        if batch.is_empty() {
            return Ok(());
        }
        self.commit(&mut writer, batch)
    }

    fn maintain(&self) -> Result<(), BackendError> {
        self.maintain().map(drop)
    }

    fn seal(&self) -> Result<(), BackendError> {
        self.seal()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(key: &str, value: &str) -> Batch {
        vec![Write::Put(key.into(), value.into())]
    }

    #[test]
    fn after_a_failed_write_nothing_more_is_written() {
        let home = tempfile::tempdir().expect("a directory");
        let (backend, _) = FjallBackend::open(home.path().join("store"), FjallOptions::simulation()).expect("opens");
        backend.apply(put("Ea", "1")).expect("applies");
        let cause = fjall::Error::Io(std::io::Error::other("the disk is on fire"));
        let _ = backend.writer().expect("open").close("writing a commit", cause);
        for refused in [backend.apply(put("Eb", "2")), backend.seal(), backend.maintain().map(drop)] {
            let message = refused.expect_err("closed").to_string();
            assert!(message.contains("the disk is on fire"), "{message}");
        }
        assert_eq!(backend.get(b"Ea").expect("reads go on"), Some(b"1".to_vec()));
        assert_eq!(backend.get(b"Eb").expect("reads go on"), None);
    }

    #[test]
    fn a_write_that_cannot_be_stored_is_refused_and_closes_nothing() {
        let home = tempfile::tempdir().expect("a directory");
        let (backend, _) = FjallBackend::open(home.path().join("store"), FjallOptions::simulation()).expect("opens");
        for key in [vec![], b"\0h".to_vec(), vec![b'E'; 65536]] {
            let batch = vec![Write::Put(b"Ea".to_vec(), vec![]), Write::Put(key, vec![])];
            backend.apply(batch).expect_err("refused");
        }
        assert_eq!(backend.get(b"Ea").expect("reads"), None);
        backend.apply(put("Ea", "1")).expect("still open");
    }
}
