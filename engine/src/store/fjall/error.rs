//! Why a directory could not be opened.

use std::io;
use std::path::{Path, PathBuf};

use super::doctor::JournalError;
use super::migrate::can_migrate;
use crate::store::ChainHead;
use crate::store::backend::BackendError;

/// Why a directory could not be opened, and what to do. Unless it says otherwise, nothing in the directory was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Somebody has it open.
    #[error("{} is already open, here or in another process. Close it there first; it cannot be shared", dir.display())]
    Locked {
        /// The directory.
        dir: PathBuf,
    },
    /// It holds something, but no store.
    #[error("{} is not a store: it has no {missing}. Name an empty directory, or the right one", dir.display())]
    NotAStore {
        /// The directory.
        dir: PathBuf,
        /// What a store would have.
        missing: &'static str,
    },
    /// It was written by another version.
    #[error(
        "{} has format {found}, this version reads format {supported} only. {}", dir.display(),
        if found > supported { "A newer version wrote it: open it with that one or a later one" }
        else if can_migrate(*found) { "An older version wrote it: `cargo xtask inspect DIR migrate` brings it here, and keeps a copy" }
        else { "An older version wrote it and nothing converts it: go on with that version, or begin with an empty directory" }
    )]
    Format {
        /// The directory.
        dir: PathBuf,
        /// The format found.
        found: u32,
        /// The format this code reads and writes.
        supported: u32,
    },
    /// A step of a migration failed.
    #[error(
        "{} could not be migrated: {source}. It is as it was or half-way; its copy {} is as it was. See to the cause and migrate again",
        dir.display(), kept.display()
    )]
    Migration {
        /// The directory.
        dir: PathBuf,
        /// Its copy.
        kept: PathBuf,
        /// The cause.
        #[source]
        source: BackendError,
    },
    /// Its journal is damaged where it had been synced.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The journal was read, but its commits did not all arrive in the tables. fjall has opened the directory.
    #[error(
        "{} opened at commit {readable}, but its journal ends with commit {journalled}: commits are missing. Restore the \
         directory from a backup and report this",
        dir.display()
    )]
    CommitsMissing {
        /// The directory.
        dir: PathBuf,
        /// The last commit in the journals.
        journalled: u64,
        /// The last commit that can be read; 0 for none.
        readable: u64,
    },
    /// The tables end before the journals begin. fjall has opened the directory.
    #[error(
        "{} has tables up to commit {in_tables}, but its journals begin with commit {first}: a journal in between is missing. \
         Restore the directory from a backup, with all its .jnl files",
        dir.display()
    )]
    JournalMissing {
        /// The directory.
        dir: PathBuf,
        /// The last commit in the tables; 0 for none.
        in_tables: u64,
        /// The first commit in the journals.
        first: u64,
    },
    /// The journal was read, but the hash chain does not end where the journal says. fjall has opened the directory.
    #[error(
        "the hash chain of {} ends at {}, but its journal says {journalled}: acknowledged bytes were changed or lost. Restore the \
         directory from a backup and report this",
        dir.display(), readable.map_or_else(|| "nothing that can be read".to_owned(), |head| head.to_string())
    )]
    ChainHead {
        /// The directory.
        dir: PathBuf,
        /// The last chain head in the journals.
        journalled: ChainHead,
        /// The chain head that can be read.
        readable: Option<ChainHead>,
    },
    /// The operating system refused.
    #[error("{doing} {} failed: {source}", path.display())]
    Io {
        /// What was being done.
        doing: &'static str,
        /// To which file or directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// fjall refused. It may have changed the directory.
    #[error("{doing} the database in {} failed: {source}. Restore the directory from a backup", dir.display())]
    Fjall {
        /// What was being done.
        doing: &'static str,
        /// The directory.
        dir: PathBuf,
        /// The cause.
        #[source]
        source: Box<fjall::Error>,
    },
}

/// Says what was being done when an I/O error came.
pub(super) trait IoAt<T> {
    fn at(self, doing: &'static str, path: &Path) -> Result<T, OpenError>;
}

impl<T> IoAt<T> for io::Result<T> {
    fn at(self, doing: &'static str, path: &Path) -> Result<T, OpenError> {
        self.map_err(|source| OpenError::Io { doing, path: path.to_path_buf(), source })
    }
}
