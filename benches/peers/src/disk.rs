//! The disk itself, as the floor of whoever is durable: one write and one `fdatasync` of a file that grows, for each commit.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use crate::peer::{Failed, Peer, encoded, readings};

/// A file.
pub struct Disk(Mutex<File>);

impl Disk {
    /// A file in `dir`.
    pub fn open(dir: &Path) -> Result<Self, Failed> {
        std::fs::create_dir_all(dir)?;
        Ok(Self(Mutex::new(File::create(dir.join("bytes"))?)))
    }
}

#[async_trait(?Send)]
impl Peer for Disk {
    fn name(&self) -> &'static str {
        "the disk itself"
    }

    fn settings(&self) -> &'static str {
        "one write and one fdatasync of a growing file per commit; nothing can be read back"
    }

    async fn append(&self, _: u64, first: u64, events: u64) -> Result<(), Failed> {
        let bytes = readings(first, events).map(|reading| encoded(&reading)).collect::<Result<Vec<_>, _>>()?.concat();
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&bytes)?;
        file.sync_data()?;
        Ok(())
    }

    async fn replay(&self, _: u64) -> Result<Option<u64>, Failed> {
        Ok(None)
    }
}
