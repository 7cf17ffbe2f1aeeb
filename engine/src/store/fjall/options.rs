//! How a directory is opened, and where its tables go.

/// Who runs fjall's flushes and compactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workers {
    /// Nobody but [`FjallBackend::maintain`](super::FjallBackend::maintain), on the caller's thread. No thread is started, so a
    /// simulation replays exactly.
    Inline,
    /// This many threads of fjall's. Fewer than two are raised to two: a single one deadlocks on its own queue.
    Threads(usize),
}

impl Workers {
    /// How many threads fjall is told to start.
    pub(super) fn threads(self) -> usize {
        match self {
            Self::Inline => 0,
            Self::Threads(threads) => threads.max(2),
        }
    }
}

/// How to open a directory. Nothing here is stored in it; every directory opens with any options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FjallOptions {
    /// Who flushes and compacts.
    pub workers: Workers,
    /// The block cache, in bytes.
    pub cache_bytes: u64,
    /// `maintain` writes memory to tables when one keyspace holds more than this, in bytes.
    pub memtable_bytes: u64,
    /// `maintain` writes memory to tables when about this much was journalled since the last time, in bytes. Bounds how long
    /// opening takes: about 10 s per GB.
    pub journal_bytes: u64,
}

impl Default for FjallOptions {
    /// Production: two threads, 64 MiB of cache, tables written every 32 to 48 MiB.
    fn default() -> Self {
        Self { workers: Workers::Threads(2), cache_bytes: 64 << 20, memtable_bytes: 32 << 20, journal_bytes: 48 << 20 }
    }
}

impl FjallOptions {
    /// Simulation: no threads, little memory, and tables written every 64 KiB, which keeps a crash and restart near 1 ms.
    ///
    /// ```
    /// use mako_engine::store::fjall::{FjallOptions, Workers};
    ///
    /// assert_eq!(FjallOptions::simulation().workers, Workers::Inline);
    /// ```
    pub fn simulation() -> Self {
        Self { workers: Workers::Inline, cache_bytes: 1 << 20, memtable_bytes: 1 << 20, journal_bytes: 64 << 10 }
    }
}

/// A keyspace of fjall's: its own tables, its own compaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// What only grows and is scanned.
    Events,
    /// What comes and goes; its tombstones stay out of the way of the events.
    Queues,
    /// Everything else: looked up by key.
    Index,
}

impl Place {
    pub(super) const ALL: [Place; 3] = [Place::Events, Place::Queues, Place::Index];

    /// The name on disk.
    pub(super) fn name(self) -> &'static str {
        match self {
            Place::Events => "events",
            Place::Queues => "queues",
            Place::Index => "index",
        }
    }
}

/// Where the keys of a table live. Part of the format on disk: changing it needs a new format version.
pub(super) fn place(table: u8) -> Place {
    match table {
        b'E' | b'L' | b'H' => Place::Events,
        b'O' | b'Q' | b'N' | b'D' | b'T' | b'I' | b'F' | b'A' | b'Z' => Place::Queues,
        // Snapshots S, projection rows V, keys of subjects k, U and B, single records M, and whatever else is looked up by key.
        _ => Place::Index,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_thread_never_works_alone() {
        let threads = [Workers::Inline, Workers::Threads(0), Workers::Threads(1), Workers::Threads(2), Workers::Threads(8)];
        assert_eq!(threads.map(Workers::threads), [0, 2, 2, 2, 8]);
    }

    #[test]
    fn every_table_has_its_place() {
        let in_place = |wanted| (0..=u8::MAX).filter(|table| place(*table) == wanted).map(char::from).collect::<String>();
        assert_eq!((in_place(Place::Events).as_str(), in_place(Place::Queues).as_str()), ("EHL", "ADFINOQTZ"));
        for table in *b"\0BCKMPRSUVXk" {
            assert_eq!(place(table), Place::Index, "{}", char::from(table));
        }
    }
}
