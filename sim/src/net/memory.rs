//! Nodes as tasks of one runtime, AS4 over pipes in memory.
//!
//! The runtime's own clock is paused: a sleep on it ends exactly when no task has anything left to do, which is how the fabric
//! knows that the world is at rest. Nobody else ever sleeps on it.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::tasks::Tasks;
use super::{Boot, Fabric, Listener, Net, Stream};

/// Bytes a pipe holds before the writer waits.
const PIPE_BYTES: usize = 64 * 1024;

type Handed = mpsc::UnboundedSender<Box<dyn Stream>>;

/// Runs nodes as tasks of one runtime.
pub struct MemoryFabric {
    tasks: Tasks,
}

impl MemoryFabric {
    /// Boots `nodes` nodes.
    ///
    /// # Errors
    /// The runtime cannot be built.
    pub fn new(nodes: usize, boot: &Boot) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
        Ok(Self { tasks: Tasks::new(runtime, Arc::new(MemoryNet::default()), nodes, boot) })
    }
}

impl Fabric for MemoryFabric {
    #[expect(clippy::disallowed_methods, reason = "the driver's idle detector: a sleep on a paused clock ends when every task is idle")]
    fn settle(&mut self) -> Result<(), String> {
        // tidy: allow(tokio::time) on a paused clock this ends when every task is idle; nothing else sleeps on it
        self.tasks.settle(async { tokio::time::sleep(Duration::from_millis(1)).await })
    }

    fn crash(&mut self, node: usize) {
        self.tasks.crash(node);
    }

    fn restart(&mut self, node: usize) {
        self.tasks.restart(node);
    }
}

#[derive(Default)]
struct MemoryNet {
    listening: Mutex<BTreeMap<usize, Handed>>,
}

#[async_trait]
impl Net for MemoryNet {
    async fn connect(&self, node: usize) -> io::Result<Box<dyn Stream>> {
        let (ours, theirs) = tokio::io::duplex(PIPE_BYTES);
        let listening = self.listening.lock().unwrap_or_else(PoisonError::into_inner);
        match listening.get(&node).map(|listener| listener.send(Box::new(theirs))) {
            Some(Ok(())) => Ok(Box::new(ours)),
            Some(Err(_)) | None => Err(io::ErrorKind::ConnectionRefused.into()),
        }
    }

    async fn listen(&self, node: usize) -> io::Result<Box<dyn Listener>> {
        let (handed, accepted) = mpsc::unbounded_channel();
        self.listening.lock().unwrap_or_else(PoisonError::into_inner).insert(node, handed);
        Ok(Box::new(MemoryListener(accepted)))
    }
}

struct MemoryListener(mpsc::UnboundedReceiver<Box<dyn Stream>>);

#[async_trait]
impl Listener for MemoryListener {
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>> {
        self.0.recv().await.ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}
