//! Nodes as turmoil hosts, AS4 over turmoil's TCP.
//!
//! Turmoil is stepped only while something is in flight; between instants of the plan its own clock stands still. A step moves
//! segments, then runs every host until it is idle; two quiet steps in a row (one for the deliverable queue, one for the reaction)
//! mean that the world is at rest.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::{Boot, Fabric, Listener, Net, Stream, host};

/// The AS4 port of every node.
const PORT: u16 = 443;
/// Turmoil's tick: longer than a segment takes, so that one step moves every segment once.
const TICK: Duration = Duration::from_millis(5);
/// More steps than any exchange needs: beyond it, somebody spins.
const STEPS: usize = 200_000;

/// Runs nodes as turmoil hosts.
pub struct TurmoilFabric {
    sim: turmoil::Sim<'static>,
}

impl TurmoilFabric {
    /// Boots `nodes` hosts.
    #[must_use]
    pub fn new(seed: u64, nodes: usize, boot: &Boot) -> Self {
        let mut sim = turmoil::Builder::new()
            .rng_seed(seed)
            .tick_duration(TICK)
            .min_message_latency(Duration::from_millis(1))
            .max_message_latency(Duration::from_millis(1))
            .tcp_capacity(4096)
            .simulation_duration(Duration::from_secs(u64::from(u32::MAX)))
            .build();
        let net: Arc<dyn Net> = Arc::new(TurmoilNet);
        for node in 0..nodes {
            let (boot, net) = (boot.clone(), net.clone());
            sim.host(host(node), move || boot(node, net.clone()));
        }
        Self { sim }
    }
}

impl Fabric for TurmoilFabric {
    fn settle(&mut self) -> Result<(), String> {
        let mut quiet = 0;
        for _ in 0..STEPS {
            self.sim.step().map_err(|error| format!("a node failed: {error}"))?;
            let mut in_flight = 0;
            self.sim.links(|links| in_flight = links.map(Iterator::count).sum());
            quiet = if in_flight == 0 { quiet + 1 } else { 0 };
            if quiet == 2 {
                return Ok(());
            }
        }
        Err(format!("the world does not come to rest within {STEPS} steps: somebody spins"))
    }

    fn crash(&mut self, node: usize) {
        self.sim.crash(host(node));
    }

    fn restart(&mut self, node: usize) {
        self.sim.bounce(host(node));
    }
}

struct TurmoilNet;

#[async_trait]
impl Net for TurmoilNet {
    async fn connect(&self, node: usize) -> io::Result<Box<dyn Stream>> {
        Ok(Box::new(turmoil::net::TcpStream::connect((host(node), PORT)).await?))
    }

    async fn listen(&self, _node: usize) -> io::Result<Box<dyn Listener>> {
        Ok(Box::new(TurmoilListener(turmoil::net::TcpListener::bind(("0.0.0.0", PORT)).await?)))
    }
}

struct TurmoilListener(turmoil::net::TcpListener);

#[async_trait]
impl Listener for TurmoilListener {
    async fn accept(&mut self) -> io::Result<Box<dyn Stream>> {
        let (stream, _) = self.0.accept().await?;
        Ok(Box::new(stream))
    }
}
