//! Looks at the journals of a closed directory and says what may be cut, and what must not be touched.
//!
//! The backend writes one batch, syncs it, and only then acknowledges it and writes the next. So at most one batch, the last one
//! in the active journal, can be half on disk after a power cut, and everything in front of it was acknowledged:
//!
//! 1. Nothing valid behind the first bad place: a torn tail that nobody was told about. It may be cut.
//! 2. A valid batch behind it: bytes that had been synced are damaged. Refused, with file and offset; nothing is changed.
//! 3. A sealed journal was synced as a whole before it was sealed: any damage in it is case 2.
//! 4. Zeros to the end of the file are preallocated space, not damage.
//! 5. Commit counts follow each other without a gap, sequence numbers rise and fit the heads ([`Head`]), and the hash chain
//!    ([`ChainHead`]) never goes back; anything else is refused even if every checksum fits.
//!
//! The last count and the last chain head found here must be what fjall shows once it is open, and its tables must reach to where
//! the journals begin; [`FjallBackend::open`](super::FjallBackend::open) compares them.
//!
//! **What stays undetectable.** Damage confined to the *very last* batch cannot be told from a torn tail: both are bytes that do
//! not add up with nothing behind them. An acknowledged commit can be lost that way, but only the last one, only until the next
//! one is written, and its bytes are kept ([`Cut`](super::Cut)). [`FjallBackend::seal`](super::FjallBackend::seal) closes the gap
//! by putting an empty batch behind it; call it when the engine goes idle or shuts down, and a lone flipped bit can cost at most that
//! empty batch. A count kept elsewhere would tell the two apart only if it were synced with every commit, at twice the price. The
//! shape of the damage is no proof either: a torn sector may hold anything.
//!
//! Whole batches missing from the *end* leave a shorter history in which everything fits: a journal cut between two batches, one
//! that reads as zeros from some batch on, an active journal that vanished while a sealed one remains, a directory put back from an
//! old copy. The hash chain inside the directory became shorter with it and cannot tell. A chain head noted outside can
//! ([`OpenReport::chain`](super::OpenReport::chain)): it is then no longer part of the chain, and verification says so.
//! What is in tables already is not lost this way: a journal that ends before its tables is refused.
//!
//! Who changes bytes *and* makes every checksum and count fit passes here; only verifying the hash chain over the whole log finds
//! that, and against somebody who also recomputes the chain, only a noted head. The sequence number of the last batch may be a little
//! too high, which changes nothing, since it is only compared. Damage in tables is found by fjall's block checksums when the block is
//! read.
//!
//! The other way round, a value that holds a complete batch of a mako journal, in a commit that is torn while it is written, looks
//! like a batch behind damage. The directory is then refused though nothing is lost; the error names the byte to cut at.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::head::Head;
use super::journal::{BatchAt, Flaw, journals, parse_batch, walk, whole_items};
use crate::store::ChainHead;

/// A tail that no acknowledged commit is part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// The active journal.
    pub file: PathBuf,
    /// Where its last complete batch ends.
    pub offset: u64,
    /// Bytes behind that, up to the last one that is not zero.
    pub bytes: u64,
    /// Writes that can be read in one piece from there on, though no checksum vouches for them.
    pub items: u32,
}

/// What the journals of a directory hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Bytes of complete batches in all journals.
    pub bytes: u64,
    /// The first complete batch; `None` as for `last`.
    pub first: Option<BatchAt>,
    /// The last complete batch; `None` if the journals are empty, because they are new or everything moved to tables.
    pub last: Option<BatchAt>,
    /// The last head of the hash chain in any batch; `None` if none carries one.
    pub chain: Option<ChainHead>,
    /// What has to be cut before fjall may open the directory.
    pub torn: Option<TornTail>,
}

impl Diagnosis {
    /// The head of the last complete batch.
    pub fn head(&self) -> Option<Head> {
        self.last.and_then(|batch| batch.head)
    }
}

/// Why a directory must not be opened. Nothing has been changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// There is no journal at all.
    #[error("{} holds no journal: it was deleted, or the directory is no complete copy. Restore it from a backup", dir.display())]
    Missing {
        /// The directory.
        dir: PathBuf,
    },
    /// Synced bytes are damaged: commits behind them are still there, and would be lost by opening.
    #[error(
        "{} is damaged at byte {offset} ({flaw}); acknowledged commits follow{}. Nothing was changed. Restore the directory \
         from a backup; or keep a copy and cut the file at that byte to go on without what follows",
        file.display(), next_valid.map(|at| format!(" at byte {at}")).unwrap_or_default()
    )]
    Damaged {
        /// The journal.
        file: PathBuf,
        /// The first byte that belongs to no complete batch.
        offset: u64,
        /// What was met there.
        flaw: Flaw,
        /// Where the next complete batch starts; `None` in a sealed journal, where none is needed as proof.
        next_valid: Option<u64>,
    },
    /// A complete batch is not the one that has to come here.
    #[error(
        "{} is damaged at byte {offset}: {what}. Nothing was changed. Restore the directory from a backup",
        file.display()
    )]
    OutOfOrder {
        /// The journal.
        file: PathBuf,
        /// Where the batch starts.
        offset: u64,
        /// What is wrong with it.
        what: String,
    },
}

/// Examines the journals of `dir`, which no other process may be writing. Reads only.
///
/// # Errors
/// [`JournalError`] when the directory must not be opened.
pub fn examine(dir: &Path) -> Result<Diagnosis, JournalError> {
    let unreadable = |path: &Path| {
        let path = path.to_path_buf();
        move |source| JournalError::Io { path, source }
    };
    let journals = journals(dir).map_err(unreadable(dir))?;
    let mut diagnosis = Diagnosis { bytes: 0, first: None, last: None, chain: None, torn: None };
    let Some(active) = journals.len().checked_sub(1) else {
        return Err(JournalError::Missing { dir: dir.to_path_buf() });
    };
    for (index, (_, file)) in journals.iter().enumerate() {
        let mut misplaced = None;
        let stop = walk(file, 0, &mut |batch| {
            if misplaced.is_none() {
                misplaced = out_of_order(&diagnosis, batch).map(|what| (batch.offset, what));
            }
            diagnosis.bytes += batch.bytes;
            diagnosis.first = diagnosis.first.or(Some(batch));
            diagnosis.last = Some(batch);
            diagnosis.chain = batch.chain.or(diagnosis.chain);
        })
        .map_err(unreadable(file))?;
        if let Some((offset, what)) = misplaced {
            return Err(JournalError::OutOfOrder { file: file.clone(), offset, what });
        }
        let Some(flaw) = stop.flaw else { continue };
        let Some(last_byte) = last_nonzero(file, stop.offset).map_err(unreadable(file))? else {
            continue;
        };
        let damaged = |next_valid| JournalError::Damaged { file: file.clone(), offset: stop.offset, flaw, next_valid };
        if index < active {
            return Err(damaged(None));
        }
        let tail = read_between(file, stop.offset, last_byte).map_err(unreadable(file))?;
        let behind = valid_behind(&tail, stop.offset, diagnosis.head());
        if behind.is_some() {
            return Err(damaged(behind));
        }
        let (bytes, items) = (tail.len() as u64, whole_items(&tail));
        diagnosis.torn = Some(TornTail { file: file.clone(), offset: stop.offset, bytes, items });
    }
    Ok(diagnosis)
}

/// What is wrong with `batch` coming after what was read before, although each is complete.
fn out_of_order(before: &Diagnosis, batch: BatchAt) -> Option<String> {
    let Some(head) = batch.head else {
        return Some("the batch has no head, so other code wrote it".to_owned());
    };
    if !head.allows(batch.seqno) {
        return Some(format!("the batch has sequence number {}, its head says {} or little more", batch.seqno, head.seqno_floor));
    }
    if let (Some(was), Some(is)) = (before.chain, batch.chain)
        && (is.position < was.position || (is.position == was.position && is.hash != was.hash))
    {
        return Some(format!("the hash chain goes from {was} to {is}"));
    }
    let previous = before.last?;
    if previous.seqno >= batch.seqno {
        return Some(format!("sequence number {} follows {}", batch.seqno, previous.seqno));
    }
    let count = previous.head?.count;
    (head.count != count.wrapping_add(1)).then(|| format!("commit {} follows commit {count}, so commits are missing", head.count))
}

/// The last byte of `file` from `from` on that is not zero.
fn last_nonzero(file: &Path, from: u64) -> io::Result<Option<u64>> {
    const ZEROS: [u8; 16 * 1024] = [0; 16 * 1024];
    let mut source = File::open(file)?;
    source.seek(SeekFrom::Start(from))?;
    let (mut chunk, mut offset, mut found) = (ZEROS, from, None);
    loop {
        let got = source.read(&mut chunk)?;
        let Some(read) = chunk.get(..got).filter(|read| !read.is_empty()) else {
            return Ok(found);
        };
        // Comparing whole chunks first: most of a preallocated journal is zeros.
        if ZEROS.get(..got) != Some(read) {
            found = read.iter().rposition(|byte| *byte != 0).map(|at| offset + at as u64);
        }
        offset += got as u64;
    }
}

fn read_between(file: &Path, from: u64, last_byte: u64) -> io::Result<Vec<u8>> {
    let mut source = File::open(file)?;
    source.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    source.take(last_byte + 1 - from).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The first place behind the start of `tail`, which lies at `flaw_at`, where a complete batch later than `last` starts.
fn valid_behind(tail: &[u8], flaw_at: u64, last: Option<Head>) -> Option<u64> {
    let known = last.map_or(0, |head| head.count);
    (1..tail.len()).find_map(|at| {
        let offset = flaw_at + at as u64;
        let batch = parse_batch(tail.get(at..)?, offset).ok()?;
        (batch.items > 0 && batch.head?.count > known).then_some(offset)
    })
}
