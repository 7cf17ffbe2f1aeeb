//! An independent reader of fjall 3's journal: what stands in the file, before fjall gets to change it.
//!
//! fjall's own recovery truncates a journal behind the first batch it cannot parse, also when synced batches follow it, and
//! refuses to open at all when a batch parses but its checksum does not fit. Both are decided better with the whole file in view,
//! so this module reads; [`super::doctor`] decides. It follows fjall 3.1.13, which the workspace pins exactly:
//!
//! ```text
//! N.jnl   batches from offset 0, then end of file or zeros (a new journal is preallocated, 64 MiB)
//! batch   01 items:u32 seqno:u64 | item … | 03 xxh3(items):u64 "FJL" 03           little-endian throughout
//! item    02 kind:u8 compression:u8 keyspace:u64 key:u16 value:u32 stored:u32 | key bytes | stored bytes
//! clear   04 keyspace:u64
//! ```
//!
//! The checksum covers the items as stored, so a compressed value (lz4, from 4 KiB up) is checked without decompressing it. The two
//! values that are looked into, [`Head`] and [`ChainHead`], are far shorter.
//! It does *not* cover the start: `items` is proven by counting, `seqno` by the [`Head`] that this engine puts into every batch.
//!
//! Nothing here writes, and a file that is being appended to may be read: the last batch is then there or [`Flaw::Short`].

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::head::{HEAD_KEY, Head};
use crate::store::ChainHead;
use crate::store::keyed::CHAIN_KEY;

const START: u8 = 1;
const ITEM: u8 = 2;
const END: u8 = 3;
const CLEAR: u8 = 4;
const TRAILER: &[u8] = b"FJL\x03";
const READ_AHEAD_BYTES: usize = 64 * 1024;

/// One complete batch, as it stands in a journal file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchAt {
    /// Where it starts, in bytes from the start of the file.
    pub offset: u64,
    /// How many bytes it takes, trailer included.
    pub bytes: u64,
    /// fjall's sequence number, which no checksum covers.
    pub seqno: u64,
    /// Writes in it, the head included.
    pub items: u32,
    /// The engine's head; `None` in a batch that other code wrote.
    pub head: Option<Head>,
    /// The head of the store's hash chain after the batch; `None` if it does not carry one.
    pub chain: Option<ChainHead>,
}

impl BatchAt {
    /// The offset of the first byte behind the batch.
    pub fn end(&self) -> u64 {
        self.offset + self.bytes
    }

    /// Whether there is nothing in it but what every batch carries.
    pub(super) fn is_seal(&self) -> bool {
        self.items == u32::from(self.head.is_some()) + u32::from(self.chain.is_some())
    }
}

/// Why no complete batch starts at an offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// The bytes end before the batch does; with none left at all, the journal simply ends here.
    #[error("the file ends inside the batch")]
    Short,
    /// A byte that starts an entry has no meaning, or the wrong one at this place.
    #[error("found the byte {found} where an entry should start")]
    Tag {
        /// The byte; 0 at the start of a batch is what preallocated space looks like.
        found: u8,
    },
    /// The kind or the compression of an item is none that fjall writes.
    #[error("an item has an unknown kind or compression")]
    Item,
    /// The items are complete and their checksum does not fit them.
    #[error("the checksum does not fit the bytes")]
    Checksum,
    /// The fixed bytes at the end are wrong.
    #[error("the trailer is wrong")]
    Trailer,
}

/// Takes bytes from the front of a slice; running out is [`Flaw::Short`].
struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Flaw> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(Flaw::Short)?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(Flaw::Short)?;
        self.rest = rest;
        Ok(*head)
    }

    fn byte(&mut self) -> Result<u8, Flaw> {
        Ok(self.array::<1>()?[0])
    }

    fn length(&mut self) -> Result<usize, Flaw> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }
}

/// Reads the batch at the start of `bytes`, which lie at `offset` in their file.
///
/// # Errors
/// The [`Flaw`] met first. [`Flaw::Short`] may be cured by more bytes, no other one is.
pub fn parse_batch(bytes: &[u8], offset: u64) -> Result<BatchAt, Flaw> {
    let mut read = Bytes { rest: bytes };
    match read.byte()? {
        START => {}
        found => return Err(Flaw::Tag { found }),
    }
    let items = u32::from_le_bytes(read.array()?);
    let seqno = u64::from_le_bytes(read.array()?);
    let content = read.rest;
    let (mut head, mut chain) = (None, None);
    for _ in 0..items {
        match parse_item(&mut read)? {
            (HEAD_KEY, value) => head = Head::decode(value),
            // Too short to be compressed, so the stored bytes are the value.
            (CHAIN_KEY, value) => chain = ChainHead::decode(value),
            _ => {}
        }
    }
    let content = content.get(..content.len() - read.rest.len()).unwrap_or_default();
    match read.byte()? {
        END => {}
        found => return Err(Flaw::Tag { found }),
    }
    let checksum = u64::from_le_bytes(read.array()?);
    if read.take(TRAILER.len())? != TRAILER {
        return Err(Flaw::Trailer);
    }
    if xxhash_rust::xxh3::xxh3_64(content) != checksum {
        return Err(Flaw::Checksum);
    }
    Ok(BatchAt { offset, bytes: (bytes.len() - read.rest.len()) as u64, seqno, items, head, chain })
}

/// Reads one item: its key and its value as stored; both are empty when it clears a keyspace.
fn parse_item<'a>(read: &mut Bytes<'a>) -> Result<(&'a [u8], &'a [u8]), Flaw> {
    match read.byte()? {
        ITEM => {}
        CLEAR => return read.array::<8>().map(|_| Default::default()),
        found => return Err(Flaw::Tag { found }),
    }
    let (kind, compression) = (read.byte()?, read.byte()?);
    if !matches!(kind, 0 | 1 | 2 | 4) || compression > 1 {
        return Err(Flaw::Item);
    }
    let _keyspace: [u8; 8] = read.array()?;
    let key_bytes = u16::from_le_bytes(read.array()?) as usize;
    let _uncompressed_bytes = read.length()?;
    let stored_bytes = read.length()?;
    Ok((read.take(key_bytes)?, read.take(stored_bytes)?))
}

/// How many items can be read in one piece from a batch that is not complete. No checksum vouches for them.
pub(super) fn whole_items(torn: &[u8]) -> u32 {
    let mut read = Bytes { rest: torn };
    let items = match (read.byte(), read.array(), read.array::<8>()) {
        (Ok(START), Ok(items), Ok(_)) => u32::from_le_bytes(items),
        _ => 0,
    };
    (0..items).take_while(|_| parse_item(&mut read).is_ok()).count() as u32
}

/// Where a journal stops being batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// The first byte that belongs to no complete batch.
    pub offset: u64,
    /// What was met there; `None` at the end of the file.
    pub flaw: Option<Flaw>,
}

/// Calls `visit` with every batch of `file` from byte `from` on, until the first place where none is.
///
/// # Errors
/// When the file cannot be read. Damage is not an error here, it is where the walk stops.
pub fn walk(file: &Path, from: u64, visit: &mut dyn FnMut(BatchAt)) -> io::Result<Stop> {
    let mut source = File::open(file)?;
    source.seek(SeekFrom::Start(from))?;
    let mut window = Vec::new();
    let (mut window_offset, mut at, mut at_end) = (from, 0_usize, false);
    loop {
        let rest = window.get(at..).unwrap_or_default();
        let offset = window_offset + at as u64;
        match parse_batch(rest, offset) {
            Ok(batch) => {
                at += batch.bytes as usize;
                visit(batch);
            }
            Err(Flaw::Short) if !at_end => {
                window.drain(..at);
                (window_offset, at) = (offset, 0);
                let wanted = window.len().max(READ_AHEAD_BYTES);
                at_end = (&mut source).take(wanted as u64).read_to_end(&mut window)? < wanted;
            }
            Err(flaw) => {
                return Ok(Stop { offset, flaw: (!rest.is_empty()).then_some(flaw) });
            }
        }
    }
}

/// The journals of a database directory, oldest first; the last one is the active one, the others are sealed.
///
/// # Errors
/// When the directory cannot be read. Files that are no journals are passed over.
pub fn journals(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".jnl"));
        if let Some(number) = number.and_then(|number| number.parse::<u64>().ok()) {
            found.push((number, path));
        }
    }
    found.sort();
    Ok(found)
}

/// How far the active journal of a directory consists of complete batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalState {
    /// The name of the active journal inside the directory.
    pub file: String,
    /// The first byte behind its last complete batch.
    pub end_offset: u64,
    /// How many complete batches it holds.
    pub batches: u64,
}

/// Reads how far the active journal of `dir` is valid.
///
/// Right after an `apply` of a backend whose writer is alone, this is exactly what has been acknowledged.
///
/// # Errors
/// When the directory cannot be read, or holds no journal ([`io::ErrorKind::NotFound`]).
pub fn valid_prefix(dir: &Path) -> io::Result<JournalState> {
    follow(dir, &JournalState { file: String::new(), end_offset: 0, batches: 0 })
}

/// As [`valid_prefix`], reading only what was appended since `known` was read from the same directory.
///
/// # Errors
/// As [`valid_prefix`].
pub fn follow(dir: &Path, known: &JournalState) -> io::Result<JournalState> {
    let (number, path) = journals(dir)?.pop().ok_or(io::ErrorKind::NotFound)?;
    let file = format!("{number}.jnl");
    let (from, mut batches) = if file == known.file { (known.end_offset, known.batches) } else { (0, 0) };
    let stop = walk(&path, from, &mut |_| batches += 1)?;
    Ok(JournalState { file, end_offset: stop.offset, batches })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One batch as fjall writes it: an uncompressed value, a "compressed" one, a tombstone.
    fn batch() -> Vec<u8> {
        let mut items = Vec::new();
        for (kind, compression, key, value, stored) in
            [(0, 0, &b"a"[..], 3, &b"abc"[..]), (0, 1, b"b", 9000, b"\x01\x02\x03"), (1, 0, b"c", 0, b"")]
        {
            items.extend([ITEM, kind, compression]);
            items.extend(7_u64.to_le_bytes());
            items.extend((key.len() as u16).to_le_bytes());
            items.extend((value as u32).to_le_bytes());
            items.extend((stored.len() as u32).to_le_bytes());
            items.extend(key);
            items.extend(stored);
        }
        let mut bytes = vec![START];
        bytes.extend(3_u32.to_le_bytes());
        bytes.extend(42_u64.to_le_bytes());
        bytes.extend(&items);
        bytes.push(END);
        bytes.extend(xxhash_rust::xxh3::xxh3_64(&items).to_le_bytes());
        bytes.extend(TRAILER);
        bytes
    }

    #[test]
    fn a_batch_is_read_whole_or_not_at_all() {
        let bytes = batch();
        let read = parse_batch(&bytes, 100).expect("complete");
        assert_eq!((read.offset, read.bytes, read.seqno, read.items), (100, bytes.len() as u64, 42, 3));
        assert_eq!(read.end(), 100 + bytes.len() as u64);
        assert_eq!(whole_items(&bytes), 3);
        let item_ends = [13 + 21 + 1 + 3, 13 + 2 * 22 + 3 + 3, 13 + 3 * 22 + 3 + 3];
        for cut in 0..bytes.len() {
            assert_eq!(parse_batch(&bytes[..cut], 0), Err(Flaw::Short), "cut at {cut}");
            assert_eq!(whole_items(&bytes[..cut]) as usize, item_ends.iter().filter(|end| **end <= cut).count(), "cut at {cut}");
        }
    }

    #[test]
    fn every_flipped_bit_outside_the_sequence_number_is_seen() {
        let bytes = batch();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let seqno = (5..13).contains(&(bit / 8));
            assert_eq!(parse_batch(&flipped, 0).is_ok(), seqno, "bit {bit}");
        }
    }
}
