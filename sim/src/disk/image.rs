//! Builds the directory that a crash leaves.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use mako_engine::store::fjall::journal::{self, BatchAt};

use super::tear::tear;
use super::{DiskError, Frontier, IoAt, Tail};

/// Builds in `image`, which must not exist, what a crash leaves of the store in `dir`, which may be open and is not changed.
///
/// # Errors
/// [`DiskError`] when a file cannot be read or written, or the frontier lies in a journal that is no longer the active one.
pub fn crash_image(dir: &Path, frontier: &Frontier, tail: Tail, image: &Path) -> Result<(), DiskError> {
    let active = journal::journals(dir).at("reading", dir)?.pop();
    if active.is_none_or(|(_, path)| !path.ends_with(&frontier.journal.file)) {
        return Err(DiskError::Rotated { dir: dir.to_path_buf(), frontier: frontier.journal.file.clone() });
    }
    std::fs::create_dir(image).at("creating", image)?;
    for entry in std::fs::read_dir(dir).at("reading", dir)? {
        let entry = entry.at("reading", dir)?;
        let (from, to) = (entry.path(), image.join(entry.file_name()));
        let name = entry.file_name();
        if entry.file_type().at("reading", &from)?.is_dir() {
            link_all(&from, &to)?;
        } else if name == frontier.journal.file.as_str() {
            copy_journal(&from, frontier, tail, &to).at("copying", &from)?;
        } else if name == "lock" {
            // A lock belongs to the file it is taken on: a linked one would still be held by the old handle.
            File::create(&to).map(drop).at("creating", &to)?;
        } else if name == "mako-format" {
            std::fs::copy(&from, &to).map(drop).at("copying", &from)?;
        } else {
            link(&from, &to)?;
        }
    }
    Ok(())
}

fn copy_journal(from: &Path, frontier: &Frontier, tail: Tail, to: &Path) -> io::Result<()> {
    let acknowledged = frontier.journal.end_offset;
    let keep_from = frontier.in_tables.min(acknowledged);
    let mut source = File::open(from)?;
    let mut target = File::create_new(to)?;
    source.seek(SeekFrom::Start(keep_from))?;
    io::copy(&mut (&mut source).take(acknowledged - keep_from), &mut target)?;

    let mut later: Option<BatchAt> = None;
    let end = match tail {
        Tail::Synced => return Ok(()),
        Tail::Torn { .. } | Tail::All => journal::walk(from, acknowledged, &mut |batch| later = later.or(Some(batch)))?.offset,
    };
    match (tail, later) {
        (Tail::All, _) => io::copy(&mut source.take(end - acknowledged), &mut target).map(drop),
        (Tail::Torn { seed }, Some(batch)) => {
            let mut bytes = Vec::new();
            source.take(batch.bytes).read_to_end(&mut bytes)?;
            target.write_all(&tear(bytes, batch.offset, seed))
        }
        (Tail::Torn { .. }, None) | (Tail::Synced, _) => Ok(()),
    }
}

fn link_all(from: &Path, to: &Path) -> Result<(), DiskError> {
    std::fs::create_dir(to).at("creating", to)?;
    for entry in std::fs::read_dir(from).at("reading", from)? {
        let entry = entry.at("reading", from)?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().at("reading", &from)?.is_dir() {
            link_all(&from, &to)?;
        } else {
            link(&from, &to)?;
        }
    }
    Ok(())
}

/// A second name for a file that is never written again; a copy where the file system has no such thing.
fn link(from: &Path, to: &Path) -> Result<(), DiskError> {
    std::fs::hard_link(from, to).or_else(|_| std::fs::copy(from, to).map(drop)).at("linking", from)
}
