//! The store on disk keeps the requirements.

use std::path::Path;
use std::sync::Arc;

use mako_conformance::{Capabilities, StoreSubject};
use mako_engine::store::fjall::{FjallBackend, FjallOptions};
use mako_engine::store::{KeyedStore, Store};

struct Fjall;

impl StoreSubject for Fjall {
    const NAME: &'static str = "fjall";
    const CAPABILITIES: Capabilities = Capabilities::DURABLE;

    fn open(dir: &Path) -> Arc<dyn Store> {
        let (backend, report) = FjallBackend::open(dir, FjallOptions::simulation()).unwrap();
        assert_eq!(report.cut, None);
        Arc::new(KeyedStore::open(backend).unwrap())
    }
}

mako_conformance::store!(Fjall);
