//! Bringing a directory of an earlier format to the present one: a copy first, then one step per format, each one batch.
//!
//! Nothing migrates by itself: opening an older directory is refused, and says that [`migrate`] brings it here. It keeps a whole, synced
//! copy beside the directory before the first byte of it changes. A step reads what the format before it wrote and gives the writes that
//! make it the next one; they are applied as one batch, and the number changes last, so a migration that was interrupted is begun again.
//! Events are never rewritten: the chain proves them across every step.
//!
//! Format 1 has no step. It lasted for three hours, before the log had a chain, and no directory of it is left.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::FjallBackend;
use super::backup::beside;
use super::claim::{self, Claim, FORMAT};
use super::copy::copy_all;
use super::error::{IoAt, OpenError};
use super::options::FjallOptions;
use crate::boundary::BoundaryEvent;
use crate::commit::Cause;
use crate::dead_letter::{LetterRow, Origin};
use crate::inbox::{InboxEntry, Outcome};
use crate::store::StoredEvent;
use crate::store::backend::{Backend, BackendError, Batch, Write};
use crate::store::keys::Key;

/// What [`migrate`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Migrated {
    /// The format the directory had.
    pub from: u32,
    /// The format it has.
    pub to: u32,
    /// How many rows the steps wrote.
    pub rows: u64,
    /// The copy of the directory as it was. Nothing reads it; whoever has seen that all is well may delete it.
    pub kept: PathBuf,
}

/// What makes a directory of one format one of the next.
type Step = fn(&FjallBackend) -> Result<Batch, BackendError>;

/// The steps, each with the format that it begins with.
const STEPS: [(u32, Step); 1] = [(2, letters_learn_where_they_came_from)];

/// Whether a directory of `format` can be brought to the present one.
pub(super) fn can_migrate(format: u32) -> bool {
    format < FORMAT && (format..FORMAT).all(|from| STEPS.iter().any(|(of, _)| *of == from))
}

/// Brings the closed store at `dir` to the present format, in as many steps as formats lie between. `None` when it has that format already.
///
/// # Errors
/// [`OpenError`]: the directory is open, is no store, is of a format from which no way leads here, or is damaged. The copy, if there is one
/// yet, stays.
pub fn migrate(dir: impl AsRef<Path>) -> Result<Option<Migrated>, OpenError> {
    let dir = &named(dir.as_ref())?;
    let (claim, from) = Claim::take_any(dir)?;
    if from == FORMAT {
        return Ok(None);
    }
    if !can_migrate(from) {
        return Err(OpenError::Format { dir: dir.to_path_buf(), found: from, supported: FORMAT });
    }
    let kept = keep(dir, from)?;
    let (backend, _) = FjallBackend::open_claimed(dir, claim, FjallOptions::simulation())?;
    let failed = |source: BackendError| OpenError::Migration { dir: dir.to_path_buf(), kept: kept.clone(), source };
    let mut rows = 0;
    for (of, step) in STEPS {
        if of >= from {
            let batch = step(&backend).map_err(failed)?;
            rows += batch.len() as u64;
            backend.apply(batch).map_err(failed)?;
        }
    }
    backend.seal().map_err(failed)?;
    backend.has_format_now(dir)?;
    Ok(Some(Migrated { from, to: FORMAT, rows, kept }))
}

/// `dir` under a name of its own: beside `.` the copy would lie in it.
fn named(dir: &Path) -> Result<PathBuf, OpenError> {
    if dir.file_name().is_some() { Ok(dir.to_path_buf()) } else { dir.canonicalize().at("finding", dir) }
}

/// A copy of `dir` under a name that is free, complete when it has that name.
fn keep(dir: &Path, format: u32) -> Result<PathBuf, OpenError> {
    let building = beside(dir, ".copy-mako");
    if building.try_exists().at("reading", &building)? {
        std::fs::remove_dir_all(&building).at("removing", &building)?;
    }
    copy_all(dir, &building)?;
    claim::sync_everything_in(&building)?;
    let mut number = 0;
    loop {
        let kept = beside(dir, &if number == 0 { format!(".format-{format}") } else { format!(".format-{format}-{number}") });
        if !kept.try_exists().at("reading", &kept)? {
            std::fs::rename(&building, &kept).at("moving a copy to", &kept)?;
            claim::sync_holder_of(&kept)?;
            return Ok(kept);
        }
        number += 1;
    }
}

/// 2 to 3: since format 3 a dead letter knows where it came from, and the bytes of a received message that became one are kept. The log says
/// both: an event tells of the letter in the same words, and names the message as its cause. What a message that was given up said is gone.
fn letters_learn_where_they_came_from(backend: &FjallBackend) -> Result<Batch, BackendError> {
    let mut told: Vec<(BoundaryEvent, Origin)> = Vec::new();
    each(backend, b'E', |_, value| {
        if let Ok(event) = StoredEvent::read(value, 0)
            && event.event_type == "DeadLettered"
            && let (Ok(Cause::Message { inbox: key, part }), Ok(said)) = (event.cause(), event.decode::<BoundaryEvent>())
        {
            told.push((said, Origin::Received { key, part, outcome: Outcome::DeadLettered }));
        }
    })?;
    let mut batch = Batch::new();
    let mut kept = BTreeSet::new();
    each(backend, b'X', |key, value| {
        let Ok(row) = serde_json::from_slice::<LetterRow>(value) else { return };
        let event = BoundaryEvent::DeadLettered { about: row.about.clone(), reason: row.reason.clone() };
        // Two letters may say the same; each takes one of the messages.
        if let (None, Some(at)) = (&row.origin, told.iter().position(|(said, _)| *said == event)) {
            let origin = told.remove(at).1;
            if let Origin::Received { key, .. } = &origin {
                kept.insert(key.clone());
            }
            if let Ok(bytes) = serde_json::to_vec(&LetterRow { origin: Some(origin), ..row }) {
                batch.push(Write::Put(key.to_vec(), bytes));
            }
        }
    })?;
    for key in kept {
        let Some(bytes) = backend.get(&Key::table(b'I').inbox(&key).done())? else { continue };
        if let Ok(entry) = serde_json::from_slice::<InboxEntry>(&bytes) {
            batch.push(Write::Delete(Key::table(b'F').instant(entry.known_until).inbox(&key).done()));
        }
    }
    Ok(batch)
}

fn each(backend: &FjallBackend, table: u8, mut look: impl FnMut(&[u8], &[u8])) -> Result<(), BackendError> {
    let (from, to) = Key::table(table).range();
    backend.scan(&from, &to, &mut |key, value| {
        look(key, value);
        ControlFlow::Continue(())
    })
}
