//! What was deleted is gone from the files, too.
//!
//! A deletion is a row in the journal and later in a table, and what it deletes stays beside it until fjall rewrites both: weeks, when little
//! happens. For the key of a subject ([`crate::erasure`]) that is too long. [`scrub`] rewrites every table in which something is ever deleted,
//! and empties the journals, of which nothing is needed once everything is in tables. The log itself is not rewritten: nothing is ever
//! deleted there.
//!
//! Killed at any instant, it leaves a store that opens as ever, with nothing lost; then it is done again. What a medium keeps of blocks that a
//! file gave back, and what a copy of the directory has, is out of its reach.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use super::FjallBackend;
use super::claim::Claim;
use super::error::{IoAt, OpenError};
use super::journal::journals;
use super::options::FjallOptions;

/// What [`scrub`] could not scrub, and what it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scrubbed {
    /// Bytes of journals that are gone.
    pub journal_bytes: u64,
    /// Files with bytes that an earlier opening cut ([`Cut`](super::Cut)). They may hold anything that was being written then: whoever has
    /// looked at them deletes them.
    pub cut: Vec<PathBuf>,
}

/// Rewrites the files of the closed store at `dir`, so that no byte of what was deleted is left in them. Takes as long as it takes to read and
/// write everything but the events once. The chain, and a [head](crate::store::ChainHead) that was noted, stay what they are.
///
/// # Errors
/// [`OpenError`] as for opening; in front of everything [`OpenError::Locked`] when somebody has the store open.
///
/// ```
/// use mako_engine::store::backend::{Backend, Write};
/// use mako_engine::store::fjall::{FjallBackend, FjallOptions, scrub};
///
/// # let home = tempfile::tempdir()?;
/// # let dir = home.path().join("store");
/// let (backend, _) = FjallBackend::open(&dir, FjallOptions::simulation())?;
/// backend.apply(vec![Write::Put(b"kkey".to_vec(), b"5ecret".to_vec())])?;
/// backend.apply(vec![Write::Delete(b"kkey".to_vec())])?;
/// drop(backend);
/// let stands_in = |file: &str| Ok::<_, std::io::Error>(std::fs::read(dir.join(file))?.windows(6).any(|bytes| bytes == b"5ecret"));
/// assert!(stands_in("0.jnl")?);
/// scrub(&dir)?;
/// assert!(!stands_in("0.jnl")?);
/// assert_eq!(FjallBackend::open(&dir, FjallOptions::simulation())?.0.get(b"kkey")?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn scrub(dir: impl AsRef<Path>) -> Result<Scrubbed, OpenError> {
    let dir = dir.as_ref();
    let broken = |source| OpenError::Fjall { doing: "scrubbing", dir: dir.to_path_buf(), source: Box::new(source) };
    let claim = Claim::take(dir)?;
    // fjall drops what lies below the newest batch at the time of opening: an empty one on top, and everything that was deleted is below.
    let (backend, _) = FjallBackend::open_claimed(dir, claim, FjallOptions::simulation())?;
    backend.seal().map_err(std::io::Error::other).at("writing to", dir)?;
    let (backend, _) = FjallBackend::open_claimed(dir, backend.close(), FjallOptions::simulation())?;
    backend.rewrite().map_err(broken)?;
    // Held until the journals are empty: nobody may write in between.
    let _claim = backend.close();
    let mut journal_bytes = 0;
    let journals = journals(dir).at("reading", dir)?;
    // The oldest first, so that none is missing among those that a killed scrubbing leaves; the last stays, empty, as in a new store.
    for (index, (_, file)) in journals.iter().enumerate() {
        journal_bytes += fs::metadata(file).at("reading", file)?.len();
        if index + 1 < journals.len() {
            fs::remove_file(file).at("removing", file)?;
        } else {
            let journal = OpenOptions::new().write(true).open(file).at("opening", file)?;
            journal.set_len(0).at("shortening", file)?;
            journal.sync_all().at("syncing", file)?;
        }
    }
    fs::File::open(dir).and_then(|dir| dir.sync_all()).at("syncing", dir)?;
    Ok(Scrubbed { journal_bytes, cut: cut_files(dir)? })
}

/// The files in which openings kept what they cut.
fn cut_files(dir: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).at("reading", dir)? {
        let path = entry.at("reading", dir)?.path();
        if path.extension().is_some_and(|extension| extension == "cut") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
