//! One node on a stage, and a partner of it who is no node but a script: whoever asks what a node promises.
//!
//! The node is the first party of the plan, on its real store, behind its real AS4 and EDIFACT boundary. The partner is the second one. It
//! speaks AS4 by itself, byte by byte if it likes, and may crash the node. It sees nothing but what is on the wire.

use std::io;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures_util::future::LocalBoxFuture;
use mako_engine::Timestamp;

use super::StoreKind;
use super::driver::{Asks, Driver, boot, disks_of};
use crate::application::Application;
use crate::clock::Class;
use crate::net::{Boot, Fabric, Listener, LoopbackFabric, MemoryFabric, Net, Stream, TurmoilFabric};
use crate::plan::{Action, CrashPoint, Keep, Plan, Step};
use crate::world::{Crash, World};

/// On what the stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// Turmoil's TCP.
    Turmoil,
    /// Pipes in memory.
    Memory,
    /// Sockets on the loopback interface of this machine.
    Loopback,
}

/// The way from a partner to a node under test and back.
///
/// Implemented here for a node on a stage; whoever has a node somewhere else implements it for that one.
#[async_trait]
pub trait Door: Send + Sync {
    /// What time it is for both.
    fn now(&self) -> Timestamp;

    /// Waits until `at`. While everybody waits, time jumps.
    async fn sleep_until(&self, at: Timestamp);

    /// Opens a connection to the node.
    ///
    /// # Errors
    /// The node is down.
    async fn connect(&self) -> io::Result<Box<dyn Stream>>;

    /// The next connection that the node opens to its partner.
    ///
    /// # Errors
    /// The network is gone.
    async fn accept(&self) -> io::Result<Box<dyn Stream>>;

    /// The node crashes, here and now or when it comes to `point`, and starts again by itself after `down_s` seconds.
    fn crash(&self, point: CrashPoint, down_s: i64);
}

/// Who stands on the wire opposite to a node.
const NODE: usize = 0;
const PARTNER: usize = 1;

/// How often somebody may be woken before it counts as a world that never ends.
const MOST_WAKES: u64 = 2_000_000;

/// Puts the first party of `plan` on a stage at `start`, and lets `partner` play the second one until it has its result. Steps of the plan
/// are none of the stage's.
///
/// # Errors
/// The node does not start, ends by itself or panics, or nobody comes to rest.
pub fn play<T: 'static>(
    plan: &Plan,
    start: Timestamp,
    application: &Arc<dyn Application>,
    store: StoreKind,
    ground: Ground,
    partner: impl FnOnce(Arc<dyn Door>) -> LocalBoxFuture<'static, T> + 'static,
) -> Result<T, String> {
    // A world begins an hour before its first step.
    let begin = Step { at: start.plus_seconds(3_600), action: Action::Calm, line: 0 };
    let world = Arc::new(World::new(Plan { steps: vec![begin], ..plan.clone() }, application.clone()));
    world.is_played(PARTNER);
    let disks = disks_of(&world, store)?;
    let asks: Vec<Asks> = disks.iter().map(|_| Arc::default()).collect();
    let (lives, result) = (boot(&world, &disks, &asks), Rc::new(Mutex::new(None)));
    let script = Rc::new(Mutex::new(Some(partner)));
    let (stage, told) = (world.clone(), result.clone());
    let cast: Boot = Rc::new(move |number, net: Arc<dyn Net>| {
        if number != PARTNER {
            return lives(number, net);
        }
        let (world, told) = (stage.clone(), told.clone());
        let script = script.lock().unwrap_or_else(PoisonError::into_inner).take();
        Box::pin(async move {
            let script = script.ok_or("the partner of a node starts once")?;
            let listener = tokio::sync::Mutex::new(net.listen(PARTNER).await?);
            let played = script(Arc::new(StageDoor { world, net, listener })).await;
            *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(played);
            std::future::pending().await
        })
    });
    let fabric: Box<dyn Fabric> = match ground {
        Ground::Turmoil => Box::new(TurmoilFabric::new(plan.seed, 2, &cast)),
        Ground::Memory => Box::new(MemoryFabric::new(2, &cast).map_err(|error| error.to_string())?),
        Ground::Loopback => Box::new(LoopbackFabric::new(2, &cast).map_err(|error| error.to_string())?),
    };
    let mut driver = Driver::on(world, fabric, disks, asks, MOST_WAKES);
    driver.settle()?;
    loop {
        if let Some(played) = result.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Ok(played);
        }
        if !driver.step(plan.until)? {
            return Err(format!("nobody waits for anything before {}, and the partner is not done", plan.until));
        }
    }
}

/// The door of a node on a stage.
struct StageDoor {
    world: Arc<World>,
    net: Arc<dyn Net>,
    listener: tokio::sync::Mutex<Box<dyn Listener>>,
}

#[async_trait]
impl Door for StageDoor {
    fn now(&self) -> Timestamp {
        self.world.agenda.now()
    }

    async fn sleep_until(&self, at: Timestamp) {
        self.world.agenda.wait(at, Class::Timer, PARTNER, "").await;
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        if self.world.is_up(NODE) { self.net.connect(NODE).await } else { Err(io::ErrorKind::ConnectionRefused.into()) }
    }

    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        self.listener.lock().await.accept().await
    }

    fn crash(&self, point: CrashPoint, down_s: i64) {
        let crash = Crash { point, keep: Keep::Torn, down_s: Some(down_s) };
        match point {
            CrashPoint::Now => self.world.crash_now(NODE, crash),
            _ => self.world.arm(NODE, crash),
        }
    }
}
