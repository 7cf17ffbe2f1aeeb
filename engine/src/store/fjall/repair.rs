//! Cutting what nobody was told about, and nothing else.
//!
//! [`FjallBackend::open`](super::FjallBackend::open) does it by itself; [`repair`] is the same for an operator who wants it done and
//! checked without starting an engine, and who wants an error, not a new store, when the path is wrong.
//!
//! The cut bytes are kept first, in `N.jnl.OFFSET.cut` inside the directory: a torn tail and a damaged last commit look the same
//! ([`doctor`](super::doctor) says when), so what was cut may be the only trace of an acknowledged commit. Nothing reads these files
//! again; whoever has looked at them may delete them. They are no journals, and a copy of the directory carries them along.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::FjallBackend;
use super::claim::Claim;
use super::doctor::TornTail;
use super::error::OpenError;
use super::open::OpenReport;
use super::options::FjallOptions;

/// What was cut, and where it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// What it was.
    pub tail: TornTail,
    /// The file that keeps its bytes.
    pub kept: PathBuf,
}

/// Cuts a torn tail off the closed store at `dir` and checks what is left by opening it once.
///
/// Only bytes behind the last acknowledged commit are ever cut; they are kept in a file ([`Cut::kept`]). A sound directory is only
/// checked. Anything else is refused as [`FjallBackend::open`] refuses it, with nothing changed unless the error says so. In the
/// report, `created` is never set.
///
/// # Errors
/// [`OpenError`], one variant per situation, each saying what to do.
///
/// ```
/// use mako_engine::store::backend::{Backend, Write};
/// use mako_engine::store::fjall::{FjallBackend, FjallOptions, repair};
///
/// let home = tempfile::tempdir()?;
/// let dir = home.path().join("store");
/// let (backend, _) = FjallBackend::open(&dir, FjallOptions::simulation())?;
/// backend.apply(vec![Write::Put(b"Ea".to_vec(), b"acknowledged".to_vec())])?;
/// drop(backend);
///
/// // The power went while the next commit was being written.
/// let journal = dir.join("0.jnl");
/// let mut bytes = std::fs::read(&journal)?;
/// bytes.extend_from_within(..36);
/// std::fs::write(&journal, &bytes)?;
///
/// let report = repair(&dir)?;
/// let cut = report.cut.ok_or("nothing was torn")?;
/// assert_eq!((cut.tail.bytes, std::fs::read(&cut.kept)?), (36, bytes[..36].to_vec()));
/// assert_eq!(report.commits, 1);
/// assert_eq!(repair(&dir)?.cut, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn repair(dir: impl AsRef<Path>) -> Result<OpenReport, OpenError> {
    let dir = dir.as_ref();
    let claim = Claim::take(dir)?;
    let (_, report) = FjallBackend::open_claimed(dir, claim, FjallOptions::simulation())?;
    Ok(report)
}

/// Keeps the bytes of a torn tail, then cuts them off. Each step is durable before the next one.
pub(super) fn cut(tail: TornTail) -> io::Result<Cut> {
    let mut journal = OpenOptions::new().read(true).write(true).open(&tail.file)?;
    let (kept, mut copy) = new_copy(&tail)?;
    journal.seek(SeekFrom::Start(tail.offset))?;
    io::copy(&mut (&mut journal).take(tail.bytes), &mut copy)?;
    copy.sync_all()?;
    if let Some(dir) = kept.parent() {
        File::open(dir)?.sync_all()?;
    }
    journal.set_len(tail.offset)?;
    journal.sync_all()?;
    Ok(Cut { tail, kept })
}

/// A new file beside the journal. One with the same name is from an earlier crash at the same place, or from a cut that was
/// interrupted before anything was cut; it stays.
fn new_copy(tail: &TornTail) -> io::Result<(PathBuf, File)> {
    let mut copies = 0_u32;
    loop {
        let mut name = tail.file.clone().into_os_string();
        name.push(format!(".{}", tail.offset));
        if copies > 0 {
            name.push(format!("-{copies}"));
        }
        name.push(".cut");
        match File::create_new(&name) {
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => copies += 1,
            created => return created.map(|copy| (PathBuf::from(name), copy)),
        }
    }
}
