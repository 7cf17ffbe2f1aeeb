//! Memory with somebody in front of it, who is asked before every batch: he may look around, let it wait, or refuse it.

use std::sync::Arc;

use mako_engine::store::backend::{Backend, BackendError, Batch, Scan};
use mako_engine::testing::MemoryBackend;

type Guard = dyn Fn() -> Result<(), BackendError> + Send + Sync;

#[derive(Clone)]
pub struct Guarded {
    memory: MemoryBackend,
    guard: Arc<Guard>,
}

impl Guarded {
    /// Empty memory that takes a batch when `guard` returns, unless it returns an error.
    pub fn by(guard: impl Fn() -> Result<(), BackendError> + Send + Sync + 'static) -> Self {
        Self { memory: MemoryBackend::default(), guard: Arc::new(guard) }
    }
}

impl Backend for Guarded {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, BackendError> {
        self.memory.get(key)
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> Scan) -> Result<(), BackendError> {
        self.memory.scan(from, to, visit)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> Result<Option<(Vec<u8>, Vec<u8>)>, BackendError> {
        self.memory.last(from, to)
    }

    fn apply(&self, batch: Batch) -> Result<(), BackendError> {
        (self.guard)()?;
        self.memory.apply(batch)
    }

    fn maintain(&self) -> Result<(), BackendError> {
        Ok(())
    }
}
