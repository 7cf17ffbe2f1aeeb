//! Memory with somebody beside it, who is asked before or after every batch: he may look around, let it wait, or say that it failed.

use std::sync::Arc;

use mako_engine::store::backend::{Backend, BackendError, Batch, Scan};
use mako_engine::testing::MemoryBackend;

type Guard = dyn Fn() -> Result<(), BackendError> + Send + Sync;

#[derive(Clone)]
pub struct Guarded {
    memory: MemoryBackend,
    before: Arc<Guard>,
    after: Arc<Guard>,
}

impl Guarded {
    /// Empty memory that takes a batch when `guard` returns, unless it returns an error.
    pub fn before(guard: impl Fn() -> Result<(), BackendError> + Send + Sync + 'static) -> Self {
        Self { memory: MemoryBackend::default(), before: Arc::new(guard), after: Arc::new(|| Ok(())) }
    }

    /// `memory`, which keeps every batch, and then says what `guard` says.
    pub fn after(memory: MemoryBackend, guard: impl Fn() -> Result<(), BackendError> + Send + Sync + 'static) -> Self {
        Self { memory, before: Arc::new(|| Ok(())), after: Arc::new(guard) }
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
        (self.before)()?;
        self.memory.apply(batch)?;
        (self.after)()
    }

    fn maintain(&self) -> Result<(), BackendError> {
        Ok(())
    }
}
