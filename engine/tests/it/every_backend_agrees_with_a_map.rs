//! Generated batches and reads: a `BTreeMap` is right, and every backend says the same, before and after it is opened again.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use mako_engine::store::backend::{Backend, Batch, Write};
use mako_engine::store::fjall::{FjallBackend, FjallOptions};
use mako_engine::testing::MemoryBackend;
use proptest::collection::vec;
use proptest::prelude::*;

type Map = BTreeMap<Vec<u8>, Vec<u8>>;
type Pair = (Vec<u8>, Vec<u8>);

/// Neighbouring tables, some of which share a place, and keys that are prefixes of each other.
fn key() -> impl Strategy<Value = Vec<u8>> {
    let tail = vec(prop_oneof![Just(0_u8), Just(1), Just(b'a'), Just(0xff)], 0..4);
    (prop::sample::select(b"DELOQR".to_vec()), tail).prop_map(|(table, tail)| [vec![table], tail].concat())
}

fn value() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![8 => vec(any::<u8>(), 0..20), 1 => (any::<u8>(), 4000_usize..9000).prop_map(|(byte, bytes)| vec![byte; bytes])]
}

fn batch() -> impl Strategy<Value = Batch> {
    prop::collection::btree_map(key(), prop::option::weighted(0.7, value()), 0..12).prop_map(|writes| {
        let write = |(key, value): (Vec<u8>, Option<Vec<u8>>)| match value {
            Some(value) => Write::Put(key, value),
            None => Write::Delete(key),
        };
        writes.into_iter().map(write).collect()
    })
}

fn expected(map: &Map, from: &[u8], to: &[u8]) -> Vec<Pair> {
    if from >= to {
        return Vec::new();
    }
    let range = map.range::<[u8], _>((Bound::Included(from), Bound::Excluded(to)));
    range.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn scanned(backend: &dyn Backend, from: &[u8], to: &[u8], limit: usize) -> Vec<Pair> {
    let mut found = Vec::new();
    let mut visit = |key: &[u8], value: &[u8]| {
        found.push((key.to_vec(), value.to_vec()));
        if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    backend.scan(from, to, &mut visit).expect("scans");
    found
}

fn assert_agrees(backend: &dyn Backend, map: &Map, probes: &[(Vec<u8>, Vec<u8>)]) {
    for table in b"DELOQR" {
        assert_eq!(scanned(backend, &[*table], &[table + 1], usize::MAX), expected(map, &[*table], &[table + 1]));
    }
    for (from, end) in probes {
        assert_eq!(backend.get(from).expect("reads"), map.get(from).cloned());
        let to = [&from[..1], &end[1..]].concat();
        let all = expected(map, from, &to);
        assert_eq!(scanned(backend, from, &to, 2), all.iter().take(2).cloned().collect::<Vec<_>>());
        assert_eq!(backend.last(from, &to).expect("reads"), all.last().cloned());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn memory_and_fjall_agree_with_a_map(batches in vec(batch(), 1..12), probes in vec((key(), key()), 1..12), flush_at in 0_usize..12) {
        let home = tempfile::tempdir().expect("a directory");
        let dir = home.path().join("store");
        let options = FjallOptions { journal_bytes: 0, ..FjallOptions::simulation() };
        let (fjall, _) = FjallBackend::open(&dir, options).expect("creates");
        let memory = MemoryBackend::default();
        let mut map = Map::new();
        for (number, batch) in batches.into_iter().enumerate() {
            for write in &batch {
                match write.clone() {
                    Write::Put(key, value) => drop(map.insert(key, value)),
                    Write::Delete(key) => drop(map.remove(&key)),
                }
            }
            fjall.apply(batch.clone()).expect("applies");
            memory.apply(batch).expect("applies");
            if number == flush_at {
                fjall.maintain().expect("maintains");
            }
            assert_agrees(&fjall, &map, &probes);
            assert_agrees(&memory, &map, &probes);
        }
        drop(fjall);
        let (fjall, report) = FjallBackend::open(&dir, options).expect("opens");
        prop_assert_eq!(report.cut, None);
        assert_agrees(&fjall, &map, &probes);
    }
}

#[test]
fn a_scan_sees_the_state_at_its_start() {
    let home = tempfile::tempdir().expect("a directory");
    let (fjall, _) = FjallBackend::open(home.path().join("store"), FjallOptions::simulation()).expect("creates");
    let backends: [&dyn Backend; 2] = [&fjall, &MemoryBackend::default()];
    for backend in backends {
        let put = |key: &[u8]| Write::Put(key.to_vec(), b"1".to_vec());
        backend.apply(vec![put(b"Ea"), put(b"Ec")]).expect("applies");
        let mut seen = Vec::new();
        let mut visit = |key: &[u8], _: &[u8]| {
            seen.push(key.to_vec());
            backend.apply(vec![put(b"Eb"), Write::Delete(b"Ec".to_vec())]).expect("applies while a scan is open");
            ControlFlow::Continue(())
        };
        backend.scan(b"E", b"F", &mut visit).expect("scans");
        assert_eq!(seen, [b"Ea".to_vec(), b"Ec".to_vec()]);
        assert_eq!(scanned(backend, b"E", b"F", 9).len(), 2);
    }
}
