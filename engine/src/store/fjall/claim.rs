//! Whose a directory is: created as a whole or not at all, opened by one at a time, marked with its format.
//!
//! fjall creates a database in place, and one that was killed half-way never opens again; it also leaves directory entries
//! unsynced. So a store is built in a sibling `<dir>.new-mako`, every file and directory in it is synced once, and a rename makes
//! it the store. What a killed creation left behind is removed by the next one.
//!
//! The file `mako-format` holds the format version, and the lock on it is the claim: it is taken before anything is read.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::FjallBackend;
use super::error::{IoAt, OpenError};
use super::options::Place;

/// The number of the format that this code writes: the layout of directory, keys and rows. `engine/tests/goldens` has a directory of each.
///
/// 1: until the log had a hash chain. 2: table `H` lies with the events, `N`, `F` and `Z` with the queues. 3: a dead letter knows where it came
/// from and can be put back, so a message that was given up is kept (`G`), and a received one of which a part went there is not forgotten;
/// a person is a cause; a view says which of its versions serves (`J`).
pub const FORMAT: u32 = 3;
const FORMAT_FILE: &str = "mako-format";
const FORMAT_NAME: &str = "mako-format ";

/// Holding this is holding the directory; dropping it gives the directory back.
#[derive(Debug)]
pub(super) struct Claim {
    lock: Lock,
}

/// A locked file. Dropping it unlocks it by name, since closing would not do: a process that forks at this moment has the file open a
/// second time until its child begins.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "a store directory could not be unlocked; it is free when this process ends");
        }
    }
}

impl Claim {
    /// Takes an existing directory of the present format, or says why not. Nothing is changed.
    pub(super) fn take(dir: &Path) -> Result<Self, OpenError> {
        match Self::take_any(dir)? {
            (claim, FORMAT) => Ok(claim),
            (_, found) => Err(OpenError::Format { dir: dir.to_path_buf(), found, supported: FORMAT }),
        }
    }

    /// Takes an existing directory of any format, and says which.
    pub(super) fn take_any(dir: &Path) -> Result<(Self, u32), OpenError> {
        let path = dir.join(FORMAT_FILE);
        let file = match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Err(not_a_store(dir, FORMAT_FILE)),
            Err(cause) => return Err(cause).at("opening", &path),
        };
        let lock = lock(file, dir)?;
        let mut text = String::new();
        (&lock.0).read_to_string(&mut text).at("reading", &path)?;
        let Some(found) = text.strip_prefix(FORMAT_NAME).and_then(|version| version.trim_end().parse().ok()) else {
            return Err(not_a_store(dir, "mako-format with a version in it"));
        };
        if found == FORMAT && !dir.join("version").try_exists().at("reading", dir)? {
            return Err(not_a_store(dir, "version"));
        }
        Ok((Self { lock }, found))
    }

    /// From now on the directory has the present format.
    fn has_format_now(&self, dir: &Path) -> Result<(), OpenError> {
        let path = dir.join(FORMAT_FILE);
        // One write of as many bytes as are there: the file is the lock, so no other file may take its place.
        let text = format!("{FORMAT_NAME}{FORMAT}\n");
        let mut file = &self.lock.0;
        file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(text.as_bytes())).at("writing", &path)?;
        self.lock.0.sync_all().at("syncing", &path)
    }

    /// Builds a new, empty store at `dir`, which does not exist or is empty, and takes it.
    pub(super) fn create(dir: &Path) -> Result<Self, OpenError> {
        let building = building(dir);
        let entered = holders_of_new_entries(dir);
        if let Some(parent) = dir.parent() {
            std::fs::create_dir_all(parent).at("creating", parent)?;
        }
        std::fs::create_dir(&building).at("creating", &building)?;
        let path = building.join(FORMAT_FILE);
        let file = OpenOptions::new().write(true).create_new(true).open(&path).at("creating", &path)?;
        let lock = lock(file, dir)?;
        writeln!(&lock.0, "{FORMAT_NAME}{FORMAT}").at("writing", &path)?;
        create_database(&building)?;
        sync_everything_in(&building)?;
        std::fs::rename(&building, dir).at("moving a new store to", dir)?;
        entered.iter().try_for_each(|holder| sync(holder))?;
        Ok(Self { lock })
    }
}

impl FjallBackend {
    /// From now on the directory has the present format.
    pub(super) fn has_format_now(&self, dir: &Path) -> Result<(), OpenError> {
        self.claim.has_format_now(dir)
    }
}

/// The directories in which something is entered when a store is created at `dir`, from it upwards: the one that holds the store, and each
/// that holds a directory which has to be made for it.
fn holders_of_new_entries(dir: &Path) -> Vec<&Path> {
    let here = |parent: &'_ Path| parent.as_os_str().is_empty();
    let mut holders = Vec::new();
    for holder in dir.ancestors().skip(1) {
        holders.push(if here(holder) { Path::new(".") } else { holder });
        if here(holder) || holder.exists() {
            break;
        }
    }
    holders
}

/// Whether a store has to be created at `dir`: nothing is there, or an empty directory.
pub(super) fn is_vacant(dir: &Path) -> Result<bool, OpenError> {
    match std::fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(cause) => Err(cause).at("reading", dir),
    }
}

/// Removes what a killed creation of `dir` left, unless that creation is still alive.
pub(super) fn remove_leftover(dir: &Path) -> Result<Option<PathBuf>, OpenError> {
    let building = building(dir);
    if !building.try_exists().at("reading", &building)? {
        return Ok(None);
    }
    let _lock = match File::open(building.join(FORMAT_FILE)) {
        Ok(file) => Some(lock(file, dir)?),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => None,
        Err(cause) => return Err(cause).at("opening", &building),
    };
    std::fs::remove_dir_all(&building).at("removing", &building)?;
    Ok(Some(building))
}

/// Makes sure that no plain fjall process has the directory open while its journals are examined.
pub(super) fn lock_against_fjall(dir: &Path) -> Result<Lock, OpenError> {
    let path = dir.join("lock");
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).at("opening", &path)?;
    lock(file, dir)
}

fn create_database(building: &Path) -> Result<(), OpenError> {
    let broken = |source| OpenError::Fjall { doing: "creating", dir: building.to_path_buf(), source: Box::new(source) };
    let database = fjall::Database::builder(building).worker_threads_unchecked(0).cache_size(0).open().map_err(broken)?;
    for place in Place::ALL {
        database.keyspace(place.name(), || keyspace_options(place)).map_err(broken)?;
    }
    drop(database);
    // Preallocated space would have to be read at the first opening, and fjall gives it up there anyway.
    let journal = building.join("0.jnl");
    let file = OpenOptions::new().write(true).open(&journal).at("opening", &journal)?;
    file.set_len(0).at("shortening", &journal)
}

/// fjall stores these at creation and ignores later ones, so they are part of the format.
fn keyspace_options(place: Place) -> fjall::KeyspaceCreateOptions {
    // `maintain` flushes long before; a backstop for whoever never calls it. Below this size fjall must not queue rotations by
    // itself: they come at an instant of the machine's choosing, and a flood of them deadlocks its workers.
    let options = fjall::KeyspaceCreateOptions::default().max_memtable_size(256 << 20);
    match place {
        Place::Events => options.data_block_size_policy(fjall::config::BlockSizePolicy::all(32 * 1024)),
        Place::Queues => options,
        Place::Index => options.expect_point_read_hits(false),
    }
}

fn lock(file: File, dir: &Path) -> Result<Lock, OpenError> {
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { dir: dir.to_path_buf() }),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { doing: "locking", path: dir.to_path_buf(), source }),
    }
}

/// Syncs a directory and everything below it.
pub(super) fn sync_everything_in(dir: &Path) -> Result<(), OpenError> {
    everything_in(dir)?.iter().try_for_each(|path| sync(path))
}

/// Syncs the directory that holds `dir`, so that the name of `dir` stays.
pub(super) fn sync_holder_of(dir: &Path) -> Result<(), OpenError> {
    let holder = dir.parent().filter(|holder| !holder.as_os_str().is_empty());
    sync(holder.unwrap_or(Path::new(".")))
}

fn sync(path: &Path) -> Result<(), OpenError> {
    File::open(path).and_then(|file| file.sync_all()).at("syncing", path)
}

/// A directory and everything below it, contents before what holds them. fjall syncs its files and leaves some directories.
fn everything_in(dir: &Path) -> Result<Vec<PathBuf>, OpenError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).at("reading", dir)? {
        let entry = entry.at("reading", dir)?;
        if entry.file_type().at("reading", dir)?.is_dir() {
            found.append(&mut everything_in(&entry.path())?);
        } else {
            found.push(entry.path());
        }
    }
    found.push(dir.to_path_buf());
    Ok(found)
}

fn building(dir: &Path) -> PathBuf {
    let mut name = dir.file_name().map_or_else(|| OsString::from("store"), OsString::from);
    name.push(".new-mako");
    dir.with_file_name(name)
}

fn not_a_store(dir: &Path, missing: &'static str) -> OpenError {
    OpenError::NotAStore { dir: dir.to_path_buf(), missing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_that_is_being_born_keeps_nothing_locked() {
        let home = tempfile::tempdir().expect("a directory");
        let dir = home.path().join("store");
        let claim = Claim::create(&dir).expect("creates");
        // What a child has between fork and exec: the same open file once more.
        let in_child = claim.lock.0.try_clone().expect("a second handle");
        assert!(matches!(Claim::take(&dir), Err(OpenError::Locked { .. })));
        drop(claim);
        drop(Claim::take(&dir).expect("is free"));
        drop(in_child);
    }

    #[test]
    fn every_directory_that_gets_an_entry_for_a_new_store_is_synced() {
        let home = tempfile::tempdir().expect("a directory");
        let (above, dir) = (home.path().join("a"), home.path().join("a/b/store"));
        assert_eq!(holders_of_new_entries(&dir), [&home.path().join("a/b"), &above, home.path()]);
        std::fs::create_dir(&above).expect("creates");
        assert_eq!(holders_of_new_entries(&dir), [&home.path().join("a/b"), &above]);
        assert_eq!(holders_of_new_entries(Path::new("store")), [Path::new(".")]);
        assert_eq!(holders_of_new_entries(Path::new("no such/store")), [Path::new("no such"), Path::new(".")]);
    }

    #[test]
    fn every_file_and_directory_of_a_new_store_is_synced_before_it_gets_its_name() {
        let home = tempfile::tempdir().expect("a directory");
        let dir = home.path().join("store");
        drop(Claim::create(&dir).expect("creates"));
        let synced = everything_in(&dir).expect("reads");
        let at = |path: &Path| synced.iter().position(|synced| synced == path).unwrap_or_else(|| panic!("{}", path.display()));
        for file in ["mako-format", "version", "0.jnl", "keyspaces/0/current", "keyspaces/3/current"] {
            let path = dir.join(file);
            for (inner, outer) in path.ancestors().zip(path.ancestors().skip(1)).take_while(|(inner, _)| *inner != dir) {
                assert!(at(inner) < at(outer), "{} before {}", inner.display(), outer.display());
            }
        }
        assert!(at(&dir.join("keyspaces/1/tables")) < at(&dir.join("keyspaces/1")), "directories that fjall leaves unsynced");
        assert_eq!(synced.last(), Some(&dir));
    }
}
