//! How long streams are that were written lately: the writer need not look for the version to expect, and whoever reads behind the end of one
//! need not read at all.
//!
//! A length is here only while it is what the backend shows: it goes before a batch is written and comes back when the batch is durable,
//! before anybody is told. Who asks in between looks for itself, and so does whoever asks about a stream that nobody wrote since the store was
//! opened. So this shortens a read and never answers another way.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many streams are known before all of them are forgotten: some ten megabytes.
const KNOWN_STREAMS: usize = 65_536;

/// Lengths by the key of the stream.
#[derive(Default)]
pub(super) struct Lengths(Mutex<BTreeMap<Vec<u8>, u64>>);

impl Lengths {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<Vec<u8>, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of events in `stream`, where it is known.
    pub(super) fn get(&self, stream: &[u8]) -> Option<u64> {
        self.lock().get(stream).copied()
    }

    /// These streams are about to be written.
    pub(super) fn in_doubt<'a>(&self, streams: impl Iterator<Item = &'a Vec<u8>>) {
        let mut known = self.lock();
        for stream in streams {
            known.remove(stream);
        }
    }

    /// These streams were written, and are that long now.
    pub(super) fn are(&self, lengths: BTreeMap<Vec<u8>, u64>) {
        let mut known = self.lock();
        if known.len() > KNOWN_STREAMS {
            known.clear();
        }
        known.extend(lengths);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_in_doubt_is_not_known_and_the_others_are() {
        let lengths = Lengths::default();
        let of = |streams: &[(&str, u64)]| streams.iter().map(|(stream, length)| (stream.as_bytes().to_vec(), *length)).collect();
        lengths.are(of(&[("a", 1), ("b", 2)]));
        lengths.in_doubt([b"a".to_vec()].iter());
        assert_eq!((lengths.get(b"a"), lengths.get(b"b")), (None, Some(2)));
        lengths.are(of(&[("a", 3)]));
        assert_eq!((lengths.get(b"a"), lengths.get(b"b"), lengths.get(b"c")), (Some(3), Some(2), None));
    }

    #[test]
    fn memory_does_not_grow_with_the_number_of_streams() {
        let lengths = Lengths::default();
        for number in 0..=KNOWN_STREAMS as u64 + 1 {
            lengths.are(BTreeMap::from([(number.to_be_bytes().to_vec(), 1)]));
        }
        assert_eq!(lengths.lock().len(), 1, "all others are forgotten");
    }
}
