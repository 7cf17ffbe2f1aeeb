//! Nodes as tasks of one runtime: their lives, and whether one of them ended.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio::task::{JoinHandle, LocalSet};

use super::{Boot, Net};

/// The lives of nodes on one runtime.
pub(super) struct Tasks {
    // Dropped in this order: tasks before the runtime they live on.
    lives: BTreeMap<usize, JoinHandle<Result<(), String>>>,
    tasks: LocalSet,
    runtime: Runtime,
    net: Arc<dyn Net>,
    boot: Boot,
}

impl Tasks {
    /// Boots `nodes` nodes on `net`.
    pub(super) fn new(runtime: Runtime, net: Arc<dyn Net>, nodes: usize, boot: &Boot) -> Self {
        let mut tasks = Self { lives: BTreeMap::new(), tasks: LocalSet::new(), runtime, net, boot: boot.clone() };
        (0..nodes).for_each(|node| tasks.restart(node));
        tasks
    }

    /// Runs everybody until `idle` says that nobody has anything left to do.
    pub(super) fn settle(&mut self, idle: impl Future<Output = ()>) -> Result<(), String> {
        self.tasks.block_on(&self.runtime, idle);
        let ended = self.lives.iter().find(|(_, life)| life.is_finished()).map(|(node, _)| *node);
        let Some((node, life)) = ended.and_then(|node| self.lives.remove_entry(&node)) else { return Ok(()) };
        match self.tasks.block_on(&self.runtime, life) {
            Ok(Ok(())) => Err(format!("node {node} ended by itself")),
            Ok(Err(error)) => Err(format!("a node failed: {error}")),
            Err(panic) => Err(format!("a node failed: {panic}")),
        }
    }

    /// Takes the node away, with everything it holds.
    pub(super) fn crash(&mut self, node: usize) {
        if let Some(life) = self.lives.remove(&node) {
            life.abort();
            // Runs the abort, so that everything the node holds is dropped now.
            let _ = self.tasks.block_on(&self.runtime, life);
        }
    }

    /// Starts the node again.
    #[expect(clippy::disallowed_methods, reason = "settle looks at every handle, so a panic is never lost")]
    pub(super) fn restart(&mut self, node: usize) {
        let life = (self.boot)(node, self.net.clone());
        let life = async move { life.await.map_err(|error| error.to_string()) };
        self.lives.insert(node, self.tasks.spawn_local(life));
    }
}
