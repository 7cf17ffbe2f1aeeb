//! The store in a bucket keeps the requirements; the bucket is a directory whose files are synced.

use std::path::Path;
use std::sync::Arc;

use mako_conformance::{Capabilities, StoreSubject};
use mako_engine::store::slatedb::object_store::local::LocalFileSystem;
use mako_engine::store::slatedb::{Flush, SlateBackend, SlateOptions};
use mako_engine::store::{KeyedStore, Store};

/// The store over object storage.
#[derive(Debug, Clone, Copy)]
struct Slate;

impl StoreSubject for Slate {
    const NAME: &'static str = "slatedb";
    const CAPABILITIES: Capabilities = Capabilities::DURABLE.and(Capabilities::SHRED);

    fn open(dir: &Path) -> Arc<dyn Store> {
        std::fs::create_dir_all(dir).expect("a directory for the bucket");
        let bucket = LocalFileSystem::new_with_prefix(dir).expect("the directory is there").with_fsync(true);
        let backend = SlateBackend::open("store", Arc::new(bucket), SlateOptions { flush: Flush::AtOnce }).expect("the database opens");
        Arc::new(KeyedStore::open(backend).expect("its log is whole"))
    }
}

mako_conformance::store!(Slate);
