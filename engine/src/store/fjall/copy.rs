//! A copy of a closed directory, for looking at it without touching it, and for backups at rest.

use std::path::Path;

use super::claim::Claim;
use super::error::{IoAt, OpenError};

/// Copies the closed store at `dir` to `to`, which must not exist. The directory is held while it is copied, so nobody opens it in
/// between; nothing in it is changed, not even a torn tail, which the copy has, too.
///
/// # Errors
/// [`OpenError::Locked`] when somebody has it open, [`OpenError::NotAStore`] and [`OpenError::Format`] as for opening,
/// [`OpenError::Io`] when a file cannot be copied.
///
/// ```
/// use mako_engine::store::fjall::{FjallBackend, FjallOptions, OpenError, copy_closed};
///
/// let home = tempfile::tempdir()?;
/// let (dir, copy) = (home.path().join("store"), home.path().join("copy"));
/// let live = FjallBackend::open(&dir, FjallOptions::simulation())?;
/// assert!(matches!(copy_closed(&dir, &copy), Err(OpenError::Locked { .. })));
/// drop(live);
/// copy_closed(&dir, &copy)?;
/// assert!(!FjallBackend::open(&copy, FjallOptions::simulation())?.1.created);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn copy_closed(dir: impl AsRef<Path>, to: impl AsRef<Path>) -> Result<(), OpenError> {
    let _held = Claim::take(dir.as_ref())?;
    copy_all(dir.as_ref(), to.as_ref())
}

pub(super) fn copy_all(from: &Path, to: &Path) -> Result<(), OpenError> {
    std::fs::create_dir(to).at("creating", to)?;
    for entry in std::fs::read_dir(from).at("reading", from)? {
        let entry = entry.at("reading", from)?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().at("reading", &source)?.is_dir() {
            copy_all(&source, &target)?;
        } else {
            std::fs::copy(&source, &target).at("copying", &source)?;
        }
    }
    Ok(())
}
