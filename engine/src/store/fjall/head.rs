//! The head: one small record inside every batch, which proves that none is missing in front of it.
//!
//! It counts the commits of the directory since it was created. Counts in the journal must follow each other without a gap, and
//! the head that is readable after opening must be the last one in the journal: so a batch, a run of batches or a whole journal
//! that vanished is noticed by whatever came after it. It also names the sequence number that fjall was about to give out, because
//! fjall's checksum does not cover that number, and a damaged one makes fjall skip a batch in silence.
//!
//! The cost is 39 journal bytes per batch. The key starts with table 0, which no caller may write.

/// The key of the head, in the index keyspace.
pub(super) const HEAD_KEY: &[u8] = b"\0h";

/// The table byte that belongs to the backend itself.
pub(super) const OWN_TABLE: u8 = 0;

/// What fjall's worker threads may use up between our look at the counter and the commit: one number per finished flush or
/// compaction. A handful in practice; without threads, none.
const SEQNO_SLACK: u64 = 4096;

/// The record in every batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Which commit of this directory the batch is, counted from 1.
    pub count: u64,
    /// The lowest sequence number the batch can have.
    pub seqno_floor: u64,
}

impl Head {
    pub(super) fn encode(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        let (count, floor) = bytes.split_at_mut(8);
        count.copy_from_slice(&self.count.to_le_bytes());
        floor.copy_from_slice(&self.seqno_floor.to_le_bytes());
        bytes
    }

    /// Reads what [`Head::encode`] wrote; `None` for anything else.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (count, floor) = bytes.split_first_chunk::<8>()?;
        let floor: &[u8; 8] = floor.try_into().ok()?;
        Some(Self { count: u64::from_le_bytes(*count), seqno_floor: u64::from_le_bytes(*floor) })
    }

    /// Whether fjall can have given `seqno` to the batch that carries this head.
    pub(super) fn allows(&self, seqno: u64) -> bool {
        (self.seqno_floor..self.seqno_floor.saturating_add(SEQNO_SLACK)).contains(&seqno)
    }
}
