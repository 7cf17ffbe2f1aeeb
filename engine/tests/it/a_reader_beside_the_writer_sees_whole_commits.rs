//! fjall's own reads see half of a batch that is being applied; a scan of the backend never does, whoever writes beside it.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

use mako_engine::store::backend::{Backend, Write};
use mako_engine::store::fjall::{FjallBackend, FjallOptions};

use crate::directory::home;

const KEYS: usize = 100;

/// The values under table `E`.
fn values(store: &FjallBackend) -> Vec<Vec<u8>> {
    let mut values = Vec::new();
    let mut visit = |_: &[u8], value: &[u8]| {
        values.push(value.to_vec());
        ControlFlow::Continue(())
    };
    store.scan(b"E", b"F", &mut visit).expect("scans");
    values
}

#[test]
fn a_reader_beside_the_writer_sees_whole_commits() {
    let home = home();
    let options = FjallOptions { journal_bytes: 200_000, ..FjallOptions::default() };
    let (store, _) = FjallBackend::open(home.path().join("store"), options).expect("creates");
    let written = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = || {
            while !written.load(Ordering::Acquire) {
                let values = values(&store);
                assert!(values.is_empty() || values.len() == KEYS, "{} of {KEYS} keys", values.len());
                assert!(values.windows(2).all(|pair| pair[0] == pair[1]), "values of several commits");
            }
        };
        let readers = [scope.spawn(reader), scope.spawn(reader)];
        for number in 0..400_u32 {
            let put = |key: usize| Write::Put(format!("E{key:03}").into_bytes(), number.to_be_bytes().to_vec());
            store.apply((0..KEYS).map(put).collect()).expect("applies");
            store.maintain().expect("maintains");
        }
        written.store(true, Ordering::Release);
        for reader in readers {
            reader.join().expect("every scan saw whole commits");
        }
    });
    assert_eq!(values(&store), vec![399_u32.to_be_bytes().to_vec(); KEYS]);
}
