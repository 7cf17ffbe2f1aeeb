//! Networks under the same nodes: turmoil's TCP, pipes in memory, and, for a node on a [stage](crate::run::stage) only, real sockets.
//!
//! A [`Fabric`] runs the nodes and says when the world is quiet. All carry the same AS4 bytes. Neither decides when anything
//! arrives: the plan does, above them (law 4), so both are free of delays and faults of their own.

mod loopback;
mod memory;
mod tasks;
mod turmoil;

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite};

pub use loopback::LoopbackFabric;
pub use memory::MemoryFabric;
pub use turmoil::TurmoilFabric;

/// A byte stream between two nodes.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A network, as a node sees it. Nodes are numbered in the order of the plan's parties.
#[async_trait]
pub trait Net: Send + Sync {
    /// Opens a stream to `node`.
    ///
    /// # Errors
    /// The node is down.
    async fn connect(&self, node: usize) -> io::Result<Box<dyn Stream>>;

    /// Starts to accept streams to `node`.
    ///
    /// # Errors
    /// The node already accepts.
    async fn listen(&self, node: usize) -> io::Result<Box<dyn Listener>>;
}

/// Accepts streams.
#[async_trait]
pub trait Listener: Send {
    /// The next stream.
    ///
    /// # Errors
    /// The network is gone.
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>>;
}

/// The life of a node, from boot to crash. It never ends by itself.
pub type Life = Pin<Box<dyn Future<Output = Result<(), Box<dyn std::error::Error>>>>>;

/// Starts node number `n` on a network.
pub type Boot = Rc<dyn Fn(usize, Arc<dyn Net>) -> Life>;

/// Runs nodes on a network.
pub trait Fabric {
    /// Runs everybody until nobody has anything left to do.
    ///
    /// # Errors
    /// A node ended or panicked, or the world does not come to rest.
    fn settle(&mut self) -> Result<(), String>;

    /// Takes the node away, with everything it holds.
    fn crash(&mut self, node: usize);

    /// Starts the node again.
    fn restart(&mut self, node: usize);
}

/// The name of a node on a network.
fn host(node: usize) -> String {
    format!("node{node}")
}
