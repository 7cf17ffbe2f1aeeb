//! A market participant: AS4, the EDIFACT boundary, the engine on its store, the workers. The engine, its workers, AS4 and the boundary
//! are what a real deployment would run; what a node asks of the [`World`] (faults, trace, other nodes) is the simulator's.
//!
//! *In.* Bytes → accept commit (synced) → receipt → `inbox` → boundary → process. *Out.* Outbox → `outbound` → AS4 → receipt →
//! settled. Everything of a node is one future: when it is dropped, the node is gone, and a panic anywhere in it ends it.

mod inbox;
mod outbound;
mod server;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Poll;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use mako_engine::boundary::boundary_stream;
use mako_engine::fristen::Rulebook;
use mako_engine::inbox::{Accept, InboxKey};
use mako_engine::snapshot::SnapshotPolicy;
use mako_engine::store::Store;
use mako_engine::worker::{Deliver, RetryPolicy, run_deadlines, run_outbox};
use mako_engine::{Cause, Commit, EngineBuilder, EngineContext, TenantId, Timestamp};
use tokio::sync::{Notify, mpsc};

use crate::clock::NodeClock;
use crate::net::Net;
use crate::plan::{Order, Party};
use crate::received::sent_under;
use crate::wire::carry;
use crate::world::World;

pub use outbound::Outbound;

/// A question to a running node, and whether it was answered.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What is asked.
    pub ask: Ask,
    /// Whether it is asked for the second time, since the node crashed before it answered.
    pub again: bool,
    /// Set when the node has answered.
    pub answered: Arc<AtomicBool>,
}

/// Something the plan asks of a running node.
#[derive(Debug, Clone)]
pub enum Ask {
    /// Begin a process.
    Begin(Order),
    /// Put bytes on the wire to another node, under a message id of their own.
    SendBytes {
        /// The recipient.
        to: usize,
        /// What they are called in the timetable.
        label: String,
        /// The payload.
        bytes: Vec<u8>,
    },
    /// Send the last message to another node once more, as the network would.
    Duplicate {
        /// The recipient.
        to: usize,
    },
}

/// The party that lives on node number `node`, and its engine over `store`.
fn assemble(world: &World, node: usize, store: Arc<dyn Store>) -> Result<(Party, Engine), Box<dyn std::error::Error>> {
    let party = world.plan.parties.get(node).ok_or("the plan has no such party")?.clone();
    let clock = Arc::new(NodeClock::new(world.agenda.clone(), node));
    let builder = EngineBuilder::new(TenantId::new(party.mp_id.to_string()), store, clock, world.ids(node));
    let me = party.mp_id;
    // Often, so that a process that lives for a dozen events is resumed from one.
    let builder = builder.snapshots(SnapshotPolicy::EveryEvents(3));
    let builder = builder.sent_under(move |queued| sent_under(&me, queued));
    let engine = world.application.wire(&world.plan, &party, builder).build()?;
    world.set_engine(node, Some(engine.clone()));
    Ok((party, engine))
}

/// One life of node number `node`, over `store`. Ends only with an error.
///
/// # Errors
/// The engine is wired wrongly, or the network is gone.
pub async fn live(
    world: Arc<World>,
    net: Arc<dyn Net>,
    node: usize,
    store: Arc<dyn Store>,
    mut asks: mpsc::UnboundedReceiver<Asked>,
) -> Result<(), Box<dyn std::error::Error>> {
    let (_, engine) = assemble(&world, node, store)?;

    let retry = Rulebook::of(world.plan.rulebook).as4_retry();
    let policy = RetryPolicy::from(retry);
    let (late, mut on_the_way) = mpsc::unbounded_channel();
    let outbound = Arc::new(Outbound { world: world.clone(), net: net.clone(), node, engine: engine.clone(), late });
    let deliver: Arc<dyn Deliver> = outbound.clone();
    #[cfg(feature = "planted-bugs")]
    let deliver = Arc::new(crate::planted::PlantedDeliver::around(deliver));
    let inbox_changed = Notify::new();
    inbox_changed.notify_one();

    let asked = async {
        let mut under_way = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                Some(()) = under_way.next() => {}
                Some(asked) = asks.recv() => under_way.push(outbound.ask(asked)),
                Some(late) = on_the_way.recv() => under_way.push(Box::pin(carry(&world, &net, node, late))),
                else => std::future::pending().await,
            }
        }
    };
    tokio::select! {
        biased;
        served = until_crash(&world, node, server::serve(&world, &net, node, &engine, &inbox_changed)) => served.map_err(Into::into),
        () = until_crash(&world, node, inbox::work_off(&world, node, &engine, &inbox_changed)) => Ok(()),
        () = until_crash(&world, node, run_deadlines(engine.clone())) => Ok(()),
        () = until_crash(&world, node, run_outbox(engine.clone(), deliver, policy)) => Ok(()),
        () = until_crash(&world, node, asked) => Ok(()),
    }
}

/// A recorded message at the door of a node.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Its identity.
    pub key: InboxKey,
    /// The instant of its receipt.
    pub received_at: Timestamp,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The life of a node in a replay: what arrives goes through the boundary into the engine, deadlines fire, nothing leaves.
///
/// # Errors
/// The engine is wired wrongly, or the store fails.
pub async fn live_recorded(
    world: Arc<World>,
    node: usize,
    store: Arc<dyn Store>,
    mut arrivals: mpsc::UnboundedReceiver<Arrival>,
) -> Result<(), Box<dyn std::error::Error>> {
    let (party, engine) = assemble(&world, node, store)?;
    let arrive = async {
        while let Some(Arrival { key, received_at, bytes }) = arrivals.recv().await {
            let cause = Cause::Message { inbox: key.clone(), part: 0 };
            let mut commit = Commit::new(engine.tenant().clone(), boundary_stream(), received_at, cause);
            commit.accepts = Some(Accept { key, received_at, payload: bytes, known_until: server::known_until(&world, received_at) });
            engine.commit(commit).await?;
            inbox::drain(&world, &party, &engine).await?;
        }
        Ok(())
    };
    tokio::select! {
        biased;
        arrived = arrive => arrived,
        () = run_deadlines(engine.clone()) => Ok(()),
    }
}

/// `loops` until the node crashes, with pauses where the plan wants them. A crash stops the one who met it; the other loops of the node must not go on, or write, until the
/// driver takes the node away.
async fn until_crash<T>(world: &World, node: usize, loops: impl Future<Output = T>) -> T {
    let mut loops = pin!(loops);
    poll_fn(|context| {
        let waits = world.is_crashing(node) || world.stands_still(node, context.waker());
        if waits { Poll::Pending } else { loops.as_mut().poll(context) }
    })
    .await
}

/// The parts of a node that its loops share.
pub(crate) type Engine = EngineContext;
