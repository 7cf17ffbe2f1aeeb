//! Nodes as tasks of one runtime, AS4 over real sockets on the loopback interface of this machine.
//!
//! Here the operating system carries the bytes, so nobody can tell when the world is at rest: it counts as quiet when for a while no
//! socket had anything to do. A run on it is no function of the plan, and law 4 does not hold. It is for one question only: does a node that keeps
//! its promises in simulation keep them on sockets, too?

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use super::tasks::Tasks;
use super::{Boot, Fabric, Listener, Net, Stream};

/// How long nothing must happen: many times what the loopback interface needs for a segment.
const QUIET: Duration = Duration::from_micros(1_500);

/// How often everybody else has a turn after that.
const TURNS: usize = 32;

/// Runs nodes as tasks of one runtime, on real sockets.
pub struct LoopbackFabric {
    tasks: Tasks,
    activity: Arc<AtomicU64>,
}

impl LoopbackFabric {
    /// Boots `nodes` nodes.
    ///
    /// # Errors
    /// The runtime cannot be built.
    pub fn new(nodes: usize, boot: &Boot) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().enable_io().build()?;
        let net = LoopbackNet::default();
        let activity = net.activity.clone();
        Ok(Self { tasks: Tasks::new(runtime, Arc::new(net), nodes, boot), activity })
    }
}

impl Fabric for LoopbackFabric {
    #[expect(clippy::disallowed_methods, reason = "real sockets: only waiting shows whether anything else comes")]
    fn settle(&mut self) -> Result<(), String> {
        let activity = self.activity.clone();
        self.tasks.settle(async move {
            loop {
                let before = activity.load(Ordering::Relaxed);
                // tidy: allow(tokio::time) real sockets: only waiting shows whether anything else comes
                tokio::time::sleep(QUIET).await;
                // On a busy machine the sleep may end together with what a socket has been waiting for.
                for _ in 0..TURNS {
                    tokio::task::yield_now().await;
                }
                if activity.load(Ordering::Relaxed) == before {
                    return;
                }
            }
        })
    }

    fn crash(&mut self, node: usize) {
        self.tasks.crash(node);
    }

    fn restart(&mut self, node: usize) {
        self.tasks.restart(node);
    }
}

/// Every node listens on a port that the system chooses, anew in each of its lives.
#[derive(Default)]
struct LoopbackNet {
    listening: Mutex<BTreeMap<usize, SocketAddr>>,
    /// How often a socket had something to do.
    activity: Arc<AtomicU64>,
}

/// A socket that counts how often it had something to do.
struct Counted {
    socket: TcpStream,
    activity: Arc<AtomicU64>,
}

impl Counted {
    fn over(socket: TcpStream, activity: &Arc<AtomicU64>) -> io::Result<Box<dyn Stream>> {
        socket.set_nodelay(true)?;
        activity.fetch_add(1, Ordering::Relaxed);
        Ok(Box::new(Self { socket, activity: activity.clone() }))
    }

    fn noted<T>(&self, poll: Poll<T>) -> Poll<T> {
        self.activity.fetch_add(u64::from(poll.is_ready()), Ordering::Relaxed);
        poll
    }
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.socket).poll_read(context, into);
        self.noted(poll)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.socket).poll_write(context, bytes);
        self.noted(poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.socket).poll_shutdown(context);
        self.noted(poll)
    }
}

#[async_trait]
impl Net for LoopbackNet {
    async fn connect(&self, node: usize) -> io::Result<Box<dyn Stream>> {
        let address = self.listening.lock().unwrap_or_else(PoisonError::into_inner).get(&node).copied();
        Counted::over(TcpStream::connect(address.ok_or(io::ErrorKind::ConnectionRefused)?).await?, &self.activity)
    }

    async fn listen(&self, node: usize) -> io::Result<Box<dyn Listener>> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        self.listening.lock().unwrap_or_else(PoisonError::into_inner).insert(node, listener.local_addr()?);
        Ok(Box::new(LoopbackListener { listener, activity: self.activity.clone() }))
    }
}

struct LoopbackListener {
    listener: TcpListener,
    activity: Arc<AtomicU64>,
}

#[async_trait]
impl Listener for LoopbackListener {
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>> {
        let (stream, _) = self.listener.accept().await?;
        Counted::over(stream, &self.activity)
    }
}
