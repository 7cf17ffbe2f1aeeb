//! The way from a path to an open backend. Every step that can refuse comes before the first one that changes anything.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fjall::{AbstractTree, Readable};

use super::claim::{self, Claim};
use super::doctor::{self, Diagnosis};
use super::error::{IoAt, OpenError};
use super::head::{HEAD_KEY, Head};
use super::options::{FjallOptions, Place, Workers};
use super::repair::{self, Cut};
use super::{FjallBackend, Writer};
use crate::store::ChainHead;
use crate::store::keyed::CHAIN_KEY;

/// What opening did to the directory. Worth a log line whenever `cut` is set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OpenReport {
    /// Whether the store is new.
    pub created: bool,
    /// What a killed creation had left behind and is gone now.
    pub removed_leftover: Option<PathBuf>,
    /// The torn tail that was cut: bytes of a commit that was never acknowledged.
    pub cut: Option<Cut>,
    /// How many commits the directory has seen since it was created.
    pub commits: u64,
    /// The head of the hash chain. Noted outside of the directory, it proves later that nothing up to here was cut or rewritten.
    pub chain: Option<ChainHead>,
}

impl FjallBackend {
    /// Opens the store at `dir`, or creates it if nothing is there.
    ///
    /// A tail torn by a crash is cut and reported. Whatever would lose an acknowledged commit is refused instead. A new store is
    /// built beside `dir` and renamed, so `dir` is no mount point itself but a directory inside one.
    ///
    /// # Errors
    /// [`OpenError`], one variant per situation, each saying what to do.
    ///
    /// ```
    /// use mako_engine::store::backend::{Backend, Write};
    /// use mako_engine::store::fjall::{FjallBackend, FjallOptions};
    ///
    /// let home = tempfile::tempdir()?;
    /// let dir = home.path().join("store");
    /// let (backend, report) = FjallBackend::open(&dir, FjallOptions::simulation())?;
    /// assert!(report.created);
    /// backend.apply(vec![Write::Put(b"Ea".to_vec(), b"1".to_vec())])?;
    /// drop(backend);
    ///
    /// let (backend, report) = FjallBackend::open(&dir, FjallOptions::simulation())?;
    /// assert_eq!((report.created, report.commits), (false, 1));
    /// assert_eq!(backend.get(b"Ea")?, Some(b"1".to_vec()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(dir: impl AsRef<Path>, options: FjallOptions) -> Result<(Self, OpenReport), OpenError> {
        let dir = dir.as_ref();
        let removed_leftover = claim::remove_leftover(dir)?;
        let created = claim::is_vacant(dir)?;
        let claim = if created { Claim::create(dir)? } else { Claim::take(dir)? };
        let (backend, report) = Self::open_claimed(dir, claim, options)?;
        Ok((backend, OpenReport { created, removed_leftover, ..report }))
    }

    /// Opens the store at `dir`, which must be there: for whoever means a certain store, and wants an error, not a new one, when the path
    /// is wrong.
    ///
    /// # Errors
    /// As [`open`](Self::open), and [`OpenError::NotAStore`] when nothing is there.
    ///
    /// ```
    /// use mako_engine::store::fjall::{FjallBackend, FjallOptions, OpenError};
    ///
    /// let home = tempfile::tempdir()?;
    /// let refused = FjallBackend::open_existing(home.path().join("stroe"), FjallOptions::simulation());
    /// assert!(matches!(refused, Err(OpenError::NotAStore { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_existing(dir: impl AsRef<Path>, options: FjallOptions) -> Result<(Self, OpenReport), OpenError> {
        let claim = Claim::take(dir.as_ref())?;
        Self::open_claimed(dir.as_ref(), claim, options)
    }

    /// Everything about opening but the question whose the directory is.
    pub(super) fn open_claimed(dir: &Path, claim: Claim, options: FjallOptions) -> Result<(Self, OpenReport), OpenError> {
        let closed_to_fjall = claim::lock_against_fjall(dir)?;
        let mut diagnosis = doctor::examine(dir)?;
        let cut = match diagnosis.torn.take() {
            Some(tail) => {
                let file = tail.file.clone();
                Some(repair::cut(tail).at("cutting the torn tail of", &file)?)
            }
            None => None,
        };
        drop(closed_to_fjall);

        let broken = |source| match source {
            fjall::Error::Locked => OpenError::Locked { dir: dir.to_path_buf() },
            source => OpenError::Fjall { doing: "opening", dir: dir.to_path_buf(), source: Box::new(source) },
        };
        let database = fjall::Database::builder(dir)
            .worker_threads_unchecked(options.workers.threads())
            .cache_size(options.cache_bytes)
            .max_journaling_size(128 << 20)
            .open()
            .map_err(broken)?;
        let keyspace = |place: Place| {
            if !database.keyspace_exists(place.name()) {
                return Err(OpenError::NotAStore { dir: dir.to_path_buf(), missing: place.name() });
            }
            database.keyspace(place.name(), Default::default).map_err(broken)
        };
        let (events, queues, index) = (keyspace(Place::Events)?, keyspace(Place::Queues)?, keyspace(Place::Index)?);

        let commits = count(database.snapshot().get(&index, HEAD_KEY).map_err(broken)?);
        let chain = database.snapshot().get(&index, CHAIN_KEY).map_err(broken)?.and_then(|bytes| ChainHead::decode(&bytes));
        // The tables' own head is older than the journal's. A compaction may just have dropped it; then there is nothing to compare.
        let in_tables = match index.tree.get_highest_persisted_seqno() {
            Some(seqno) => index.tree.get(HEAD_KEY, seqno + 1).map_err(|cause| broken(cause.into()))?.map(|bytes| count(Some(bytes))),
            None => Some(0),
        };
        compare(dir, &diagnosis, in_tables, commits, chain)?;

        let writer =
            Writer { commits, unflushed_bytes: diagnosis.bytes, sealed: diagnosis.last.is_none_or(|batch| batch.is_seal()), closed: None };
        let visible = Mutex::new(database.snapshot());
        let backend = Self { database, events, queues, index, visible, writer: Mutex::new(writer), options, claim };
        if options.workers == Workers::Inline {
            backend.flush_sealed_memory().map_err(broken)?;
        }
        Ok((backend, OpenReport { created: false, removed_leftover: None, cut, commits, chain }))
    }
}

/// How many commits a head counts; 0 for none.
fn count(head: Option<fjall::UserValue>) -> u64 {
    head.and_then(|bytes| Head::decode(&bytes)).map_or(0, |head| head.count)
}

/// What can be read now must end where the journals end, and what is in tables must reach to where they begin.
fn compare(
    dir: &Path,
    journals: &Diagnosis,
    in_tables: Option<u64>,
    readable: u64,
    readable_chain: Option<ChainHead>,
) -> Result<(), OpenError> {
    let dir = dir.to_path_buf();
    let first = journals.first.and_then(|batch| batch.head).map(|head| head.count);
    if let (Some(first), Some(in_tables)) = (first, in_tables)
        && first > in_tables.saturating_add(1)
    {
        return Err(OpenError::JournalMissing { dir, in_tables, first });
    }
    if let Some(journalled) = journals.head().map(|head| head.count)
        && journalled != readable
    {
        return Err(OpenError::CommitsMissing { dir, journalled, readable });
    }
    match journals.chain {
        Some(journalled) if readable_chain != Some(journalled) => Err(OpenError::ChainHead { dir, journalled, readable: readable_chain }),
        Some(_) | None => Ok(()),
    }
}
