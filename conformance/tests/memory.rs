//! The store in memory keeps the requirements.

use std::path::Path;
use std::sync::Arc;

use mako_conformance::{Capabilities, StoreSubject};
use mako_engine::store::{KeyedStore, Store};
use mako_engine::testing::MemoryBackend;

struct Memory;

impl StoreSubject for Memory {
    const NAME: &'static str = "memory";
    const CAPABILITIES: Capabilities = Capabilities::NONE;

    fn open(_: &Path) -> Arc<dyn Store> {
        Arc::new(KeyedStore::open(MemoryBackend::default()).unwrap())
    }
}

mako_conformance::store!(Memory);
