//! The nodes of a replay: engine, boundary and deadlines, without a network.

use std::collections::BTreeMap;
use std::pin::pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use mako_engine::inbox::{InboxKey, Outcome};
use mako_engine::outbox::OutboxMessage;
use mako_engine::worker::{Delivery, settle_delivered};
use mako_engine::{EngineContext, TenantId, Timestamp};
use tokio::sync::mpsc;

use super::Recorded;
use crate::application::{AS4, Application, BACK_OFFICE, BeginError};
use crate::edifact::TypedMessage;
use crate::net::{Boot, Fabric as _, MemoryFabric};
use crate::node::{Arrival, live_recorded};
use crate::node_disk::NodeDisk;
use crate::plan::Plan;
use crate::probe::{ProbedStore, WriterProbe};
use crate::run::StoreKind;
use crate::world::World;

/// Every node of the conversation.
pub(super) struct Nodes {
    world: Arc<World>,
    fabric: MemoryFabric,
    arrivals: Vec<Arc<Mutex<Option<mpsc::UnboundedSender<Arrival>>>>>,
    arrived: usize,
}

/// What a message did where it arrived.
pub(super) struct Arrived {
    /// Deadlines that stand now and did not stand before, or stood elsewhere, by label.
    set: BTreeMap<String, Timestamp>,
    /// How the receiver refused it, if it did.
    pub(super) refused: Option<String>,
}

impl Arrived {
    pub(super) fn deadline(&self, label: &str) -> Option<Timestamp> {
        self.set.get(label).copied()
    }
}

impl Nodes {
    pub(super) fn start(plan: Plan, application: &Arc<dyn Application>) -> Result<Self, String> {
        let count = plan.parties.len();
        let world = Arc::new(World::new(plan, application.clone()));
        let disks = (0..count)
            .map(|_| NodeDisk::new(StoreKind::Fjall, world.agenda.clone()).map(Arc::new))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| e.to_string())?;
        let arrivals: Vec<Arc<Mutex<Option<mpsc::UnboundedSender<Arrival>>>>> = (0..count).map(|_| Arc::default()).collect();
        let boot: Boot = {
            let (world, arrivals) = (world.clone(), arrivals.clone());
            Rc::new(move |node, _net| {
                let (world, disk, arrivals) = (world.clone(), disks.get(node).cloned(), arrivals.get(node).cloned());
                Box::pin(async move {
                    let disk = disk.ok_or("no such disk")?;
                    let probe = Arc::new(WriterProbe::new(world.clone(), node, disk.clone()));
                    let store = disk.open(probe)?.store;
                    let store = Arc::new(ProbedStore::new(store, world.clone(), node, disk));
                    let (sender, receiver) = mpsc::unbounded_channel();
                    *arrivals.ok_or("no such node")?.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
                    live_recorded(world, node, store, receiver).await
                })
            })
        };
        let fabric = MemoryFabric::new(count, &boot).map_err(|e| e.to_string())?;
        let mut nodes = Self { world, fabric, arrivals, arrived: 0 };
        nodes.fabric.settle()?;
        Ok(nodes)
    }

    pub(super) fn application(&self) -> &dyn Application {
        &*self.world.application
    }

    /// How many commits the nodes made, and the hash of what happened.
    pub(super) fn commits_and_hash(&self) -> (u64, String) {
        (self.world.commits().values().sum(), self.world.so_far().hash())
    }

    /// Lets everything happen that is due until `until`.
    pub(super) fn advance(&mut self, until: Timestamp) -> Result<(), String> {
        while self.world.agenda.wake_next(until) {
            self.fabric.settle()?;
        }
        self.world.agenda.advance(until);
        Ok(())
    }

    /// The message counts as sent by its sender. The instant is the one until which it had to be received, as the sender knew.
    pub(super) fn count_as_sent(&mut self, recorded: &Recorded, received_at: Timestamp) -> Result<Option<Timestamp>, String> {
        let Some(engine) = self.engine_of(&recorded.from.to_string()) else { return Ok(None) };
        let mut latest = None;
        for message in &recorded.messages {
            let Some(queued) = self.queued(&engine, recorded, message)? else { continue };
            if let TypedMessage::Utilmd(utilmd) = message {
                let standing = now(engine.store().deadlines_of(&queued.tenant, &queued.stream))?;
                let label = format!("receipt {}", utilmd.pid);
                latest = standing.iter().find(|deadline| deadline.label.as_str() == label).map(|deadline| deadline.due);
            }
            match (message, serde_json::from_value(queued.message.payload.clone())) {
                (TypedMessage::Utilmd(said), Ok(TypedMessage::Utilmd(own))) => {
                    self.world.recorded_as(&recorded.from, &said.vorgang, &own.vorgang);
                }
                (TypedMessage::Other(said), Ok(TypedMessage::Other(own))) => {
                    self.world.recorded_as(&recorded.from, &said.document, &own.document);
                }
                _ => {}
            }
            now(settle_delivered(&engine, &queued, Delivery { received_at, answer: None }))?;
            self.fabric.settle()?;
        }
        Ok(latest)
    }

    /// The message that the sender queued by itself, after it was told what only the recording knows.
    fn queued(&mut self, engine: &EngineContext, recorded: &Recorded, message: &TypedMessage) -> Result<Option<OutboxMessage>, String> {
        if let Some(found) = find(engine, recorded, message)? {
            return Ok(Some(found));
        }
        let node = self.world.node_of(&recorded.from.to_string()).ok_or("no such party")?;
        let party = self.world.plan.parties.get(node).ok_or("no such party")?;
        for question in outbox(engine)?.into_iter().filter(|queued| queued.message.channel == BACK_OFFICE) {
            if let Some(verdict) = self.world.application.recorded_verdict(&question, message) {
                let answer = self.world.application.answer(&self.world.plan, party, &question, &verdict)?;
                let delivery = Delivery { received_at: self.world.agenda.now(), answer: Some(answer) };
                now(settle_delivered(engine, &question, delivery))?;
                self.fabric.settle()?;
                if let Some(found) = find(engine, recorded, message)? {
                    return Ok(Some(found));
                }
            }
        }
        let begun = self.world.application.begin_recorded(&self.world.plan, party, engine, recorded.to, message);
        match answer_of(begun)? {
            Ok(()) | Err(BeginError::AlreadyBegun(_)) => self.fabric.settle()?,
            Err(BeginError::Impossible(_) | BeginError::NotNow(_)) => return Ok(None),
        }
        find(engine, recorded, message)
    }

    /// The message arrives at its receiver.
    pub(super) fn arrive(&mut self, recorded: &Recorded, file: &str, received_at: Timestamp, bytes: &[u8]) -> Result<Arrived, String> {
        let Some(node) = self.world.node_of(&recorded.to.to_string()) else { return Ok(Arrived { set: BTreeMap::new(), refused: None }) };
        let engine = self.engine_of(&recorded.to.to_string()).ok_or("the receiver is not up")?;
        let before = deadlines(&engine)?;
        // A file may be sent twice: to the transport these are two messages.
        self.arrived += 1;
        let message_id = format!("{} {file}", self.arrived);
        let key = InboxKey { tenant: TenantId::new(recorded.to.to_string()), sender: recorded.from.to_string(), message_id };
        let arrival = Arrival { key: key.clone(), received_at, bytes: bytes.to_vec() };
        let sent = self
            .arrivals
            .get(node)
            .and_then(|sender| sender.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|sender| sender.send(arrival).ok()));
        sent.ok_or("the receiver takes nothing")?;
        self.fabric.settle()?;
        let after = deadlines(&engine)?;
        let set = after.into_iter().filter(|(place, due)| before.get(place) != Some(due)).map(|((_, label), due)| (label, due)).collect();
        let entry = now(engine.store().inbox_entry(&key))?;
        let refused = match entry.map(|entry| (entry.done, entry.settled)) {
            Some((true, settled)) if settled.contains(&Outcome::Refused) => Some("the receiver refused it".to_owned()),
            Some((true, _)) => None,
            _ => Some("the receiver did not settle it".to_owned()),
        };
        Ok(Arrived { set, refused })
    }

    fn engine_of(&self, mp_id: &str) -> Option<EngineContext> {
        self.world.engine(self.world.node_of(mp_id)?)
    }
}

impl Drop for Nodes {
    /// As for a run: an engine's store knows the world, and the world knows the engine.
    fn drop(&mut self) {
        self.world.forget_engines();
    }
}

/// The queued message that is meant: same recipient, same kind, and for an APERAK about the same Vorgang.
fn find(engine: &EngineContext, recorded: &Recorded, message: &TypedMessage) -> Result<Option<OutboxMessage>, String> {
    let to = recorded.to.to_string();
    let meant = |queued: &OutboxMessage| match (message, serde_json::from_value::<TypedMessage>(queued.message.payload.clone())) {
        (TypedMessage::Utilmd(said), Ok(TypedMessage::Utilmd(own))) => said.pid == own.pid,
        (TypedMessage::Other(said), Ok(TypedMessage::Other(own))) => (&said.message_type, said.pid) == (&own.message_type, own.pid),
        (TypedMessage::Aperak(said), Ok(TypedMessage::Aperak(own))) => {
            (&said.original_vorgang, &said.original_document) == (&own.original_vorgang, &own.original_document)
        }
        _ => false,
    };
    Ok(outbox(engine)?.into_iter().find(|queued| queued.message.channel == AS4 && queued.message.recipient == to && meant(queued)))
}

fn outbox(engine: &EngineContext) -> Result<Vec<OutboxMessage>, String> {
    Ok(now(engine.store().outbox_due(Timestamp::MAX.plus_ms(-1), usize::MAX))?.rows)
}

/// Every deadline that stands, by stream and label.
fn deadlines(engine: &EngineContext) -> Result<BTreeMap<(String, String), Timestamp>, String> {
    let mut standing = BTreeMap::new();
    for process in now(engine.store().processes(engine.tenant()))? {
        for deadline in now(engine.store().deadlines_of(engine.tenant(), &process.identity.stream))? {
            standing.insert((deadline.stream.to_string(), deadline.label.to_string()), deadline.due);
        }
    }
    Ok(standing)
}

/// The result of a store call. A simulated store waits for nobody; a commit only lets others queue up before it writes.
fn now<T, E: ToString>(call: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    answer_of(call)?.map_err(|error| error.to_string())
}

fn answer_of<T>(call: impl Future<Output = T>) -> Result<T, String> {
    let mut call = pin!(call);
    let answer = (0..MOST_COMMITS_OF_A_CALL).find_map(|_| call.as_mut().now_or_never());
    answer.ok_or_else(|| "the store did not answer".to_owned())
}

/// A settlement may be decided anew a few times, and each decision is a commit.
const MOST_COMMITS_OF_A_CALL: u32 = 16;
