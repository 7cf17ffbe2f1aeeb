//! A backup of a store that goes on: a consistent image of it in a directory of its own, while others commit.
//!
//! The image is what a reader sees when the backup begins, so everything that was acknowledged by then is in it, and nothing of half a
//! commit. Nobody waits for it but whoever takes it: commits and reads go on, and what they write is not in the image. It is built beside
//! its place, synced whole, and gets its name last: a backup that has its name is complete. Its log is a prefix of the store's, so the head
//! of the chain that [`Backup::head`] names proves it, today and after it was put back. To restore is to open it, or to copy it to where
//! the store was.
//!
//! It reads every row once and writes it once. What the source counts since its creation (commits) begins anew in the copy.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use fjall::Readable as _;

use super::FjallBackend;
use super::claim::{self, Claim};
use super::error::{IoAt, OpenError};
use super::head::OWN_TABLE;
use super::options::{FjallOptions, Workers};
use crate::store::ChainHead;
use crate::store::backend::{Backend as _, BackendError, Batch, Write};
use crate::store::keyed::CHAIN_KEY;

/// What goes into one commit of the copy, in bytes.
const BATCH_BYTES: usize = 1 << 20;

/// What [`FjallBackend::backup`] wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backup {
    /// Where the hash chain of the image stands: note it elsewhere, it proves the copy. That of an empty log when nothing was committed.
    pub head: ChainHead,
    /// Rows in it.
    pub rows: u64,
    /// Bytes of keys and values in it.
    pub bytes: u64,
}

/// Why there is no backup. The store that was to be saved is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// Something is there already.
    #[error("{} is not empty: a backup never takes the place of anything. Name a directory that is not there", dir.display())]
    Taken {
        /// The directory.
        dir: PathBuf,
    },
    /// The copy could not be created or synced.
    #[error(transparent)]
    Copy(#[from] OpenError),
    /// The source could not be read, or the copy not be written.
    #[error(transparent)]
    Bytes(#[from] BackendError),
}

impl FjallBackend {
    /// Writes everything that is committed now to a new store directory at `to`, while this one goes on. It blocks whoever calls it, for as
    /// long as it takes to read and write the store once: call it on a thread of its own.
    ///
    /// # Errors
    /// [`BackupError`]; then there is nothing at `to`.
    ///
    /// ```
    /// use mako_engine::store::KeyedStore;
    /// use mako_engine::store::fjall::{FjallBackend, FjallOptions};
    /// # use mako_engine::commit::NewEvent;
    /// # use mako_engine::store::{AtomicAppend as _, Payload};
    /// # use mako_engine::{Cause, Commit, IdSource as _, SystemIds, Timestamp};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let home = tempfile::tempdir()?;
    /// # let (dir, saved) = (home.path().join("store"), home.path().join("saved"));
    /// # let mut commit = Commit::new("9900000000001".into(), "anfrage/1".into(), Timestamp::EPOCH, Cause::Command("by hand".into()));
    /// # let payload = Payload::encode(&"51238696780")?;
    /// # commit.events.push(NewEvent { id: SystemIds.next_id(), event_type: "Asked".into(), schema_version: 1, payload });
    /// let store = KeyedStore::open(FjallBackend::open(&dir, FjallOptions::simulation())?.0)?;
    /// store.append_with_outbox(commit.clone()).await?;
    /// let backup = store.backend().backup(&saved)?;
    /// store.append_with_outbox(commit).await?; // not in it
    ///
    /// // Restored, and proven by the head that was noted.
    /// let restored = KeyedStore::open(FjallBackend::open(&saved, FjallOptions::simulation())?.0)?;
    /// let report = restored.verify(Some(backup.head))?;
    /// assert_eq!((report.events, report.findings), (1, vec![]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn backup(&self, to: impl AsRef<Path>) -> Result<Backup, BackupError> {
        let to = to.as_ref();
        if !claim::is_vacant(to)? {
            return Err(BackupError::Taken { dir: to.to_path_buf() });
        }
        let building = beside(to, ".backup-mako");
        remove_leftover(&building)?;
        let options = FjallOptions { workers: Workers::Inline, cache_bytes: 1 << 20, ..FjallOptions::default() };
        let (copy, _) = Self::open(&building, options)?;
        let backup = self.image_to(&copy)?;
        drop(copy);
        claim::sync_everything_in(&building)?;
        if to.try_exists().at("reading", to)? {
            std::fs::remove_dir(to).at("making room at", to)?;
        }
        std::fs::rename(&building, to).at("moving a backup to", to)?;
        claim::sync_holder_of(to)?;
        Ok(backup)
    }

    /// Writes what is visible now to `copy`, the head of the chain last: without it the log of the copy is refused.
    fn image_to(&self, copy: &Self) -> Result<Backup, BackendError> {
        let image = self.visible();
        let mut backup = Backup { head: ChainHead::EMPTY, rows: 0, bytes: 0 };
        let (mut batch, mut bytes) = (Batch::new(), 0);
        let mut last = None;
        for keyspace in self.keyspaces() {
            for pair in image.iter(keyspace) {
                let (key, value) = pair.into_inner().map_err(|cause| BackendError::io("reading a row for a backup", cause))?;
                if key.first() == Some(&OWN_TABLE) {
                    continue;
                }
                backup.rows += 1;
                backup.bytes += (key.len() + value.len()) as u64;
                if &*key == CHAIN_KEY {
                    backup.head = ChainHead::decode(&value).unwrap_or(ChainHead::EMPTY);
                    last = Some(Write::Put(key.to_vec(), value.to_vec()));
                    continue;
                }
                bytes += key.len() + value.len();
                batch.push(Write::Put(key.to_vec(), value.to_vec()));
                if bytes >= BATCH_BYTES {
                    copy.apply(std::mem::take(&mut batch))?;
                    copy.maintain()?;
                    bytes = 0;
                }
            }
        }
        batch.extend(last);
        copy.apply(batch)?;
        copy.seal()?;
        Ok(backup)
    }
}

/// What a killed backup left, unless it is still alive.
fn remove_leftover(building: &Path) -> Result<(), OpenError> {
    claim::remove_leftover(building)?;
    if building.try_exists().at("reading", building)? {
        let held = Claim::take(building)?;
        std::fs::remove_dir_all(building).at("removing", building)?;
        drop(held);
    }
    Ok(())
}

/// The name of `dir` with `suffix`.
pub(super) fn beside(dir: &Path, suffix: &str) -> PathBuf {
    let mut name = dir.file_name().map_or_else(|| OsString::from("store"), OsString::from);
    name.push(suffix);
    dir.with_file_name(name)
}
