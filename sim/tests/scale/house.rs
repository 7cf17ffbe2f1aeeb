//! The cast: clients, a placement, three nodes, a bucket; and what was seen of them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use mako_engine::routing::Adapters;
use mako_engine::store::slatedb::object_store::ObjectStore;
use mako_engine::store::slatedb::object_store::memory::InMemory;
use mako_engine::store::slatedb::{Flush, SlateBackend, SlateOptions};
use mako_engine::store::{EventStore as _, KeyedStore, StoreError};
use mako_engine::testing::{ManualClock, SeededIds};
use mako_engine::version::FormatVersion;
use mako_engine::{
    Cause, CommitError, Decision, EngineBuilder, EngineContext, EventPayload, Execute, ExecuteError, TimeoutDeadline, Timestamp, Workflow,
    WorkflowResult,
};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use turmoil::Sim;
use turmoil::net::{TcpListener, TcpStream};

pub const NODES: u32 = 3;
pub const TENANTS: usize = 9;
const PORT: u16 = 9000;
/// How long a client waits between two commands, and before it asks again.
const BEAT: Duration = Duration::from_secs(2);
/// How long anybody waits for an answer.
const PATIENCE: Duration = Duration::from_millis(900);
/// How often a node may miss the question whether it is there.
const MISSES: u32 = 3;

/// What clients ask for: an order, placed once.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
enum Event {
    Placed { number: u32 },
}

impl EventPayload for Event {
    const TYPES: &'static [(&'static str, u16)] = &[("Placed", 1)];
    fn event_type(&self) -> &'static str {
        "Placed"
    }
}

#[derive(Clone)]
enum Command {
    Place { number: u32 },
    Timeout,
}

impl From<TimeoutDeadline> for Command {
    fn from(_: TimeoutDeadline) -> Self {
        Self::Timeout
    }
}

struct Order;

impl Workflow for Order {
    const NAME: &'static str = "order";
    const DEADLINE_LABELS: &'static [&'static str] = &[];
    type State = Option<u32>;
    type Command = Command;
    type Event = Event;

    fn handle(_: &Option<u32>, command: Command) -> WorkflowResult<Event> {
        match command {
            Command::Place { number } => Ok(Decision::event(Event::Placed { number })),
            Command::Timeout => Ok(Decision::nothing()),
        }
    }

    fn apply(_: Option<u32>, Event::Placed { number }: &Event) -> Option<u32> {
        Some(*number)
    }
}

/// What was seen of a run.
#[derive(Default)]
struct Seen {
    /// Which node placed an order of which tenant, and which one, in order.
    served: Vec<(u32, String, u32)>,
    /// How often a node heard that another one writes.
    fenced: u32,
    /// Until when a node stands still, on the clock of the simulation.
    asleep: BTreeMap<u32, Duration>,
    /// Who is there, as the placement sees it.
    there: BTreeSet<u32>,
}

type Shared = Rc<RefCell<Seen>>;

pub struct House {
    seed: u64,
    bucket: Arc<InMemory>,
    seen: Shared,
}

fn tenant_names() -> Vec<String> {
    (0..TENANTS).map(|number| format!("990000000000{number}")).collect()
}

/// Who of those that are there has `tenant`: the same for whoever asks, and nobody else's tenant moves when one goes (rendezvous hashing).
fn place_of(tenant: &str, there: &BTreeSet<u32>) -> Option<u32> {
    there.iter().copied().max_by_key(|node| *blake3::hash(format!("{tenant}/{node}").as_bytes()).as_bytes())
}

fn opened(bucket: &Arc<InMemory>, tenant: &str) -> Result<KeyedStore<SlateBackend>, StoreError> {
    let objects: Arc<dyn ObjectStore> = bucket.clone();
    KeyedStore::open(SlateBackend::open(&format!("tenants/{tenant}"), objects, SlateOptions { flush: Flush::AtOnce })?)
}

fn engine(bucket: &Arc<InMemory>, tenant: &str) -> Result<EngineContext, StoreError> {
    let clock = ManualClock::at(Timestamp::EPOCH);
    let engine = EngineBuilder::new(tenant.into(), Arc::new(opened(bucket, tenant)?), Arc::new(clock), Arc::new(SeededIds::new(1)));
    Ok(engine.workflow::<Order>(Adapters::none()).build().expect("one workflow without messages is wired"))
}

impl House {
    pub fn new(seed: u64) -> Self {
        let seen = Seen { there: (0..NODES).collect(), ..Seen::default() };
        Self { seed, bucket: Arc::new(InMemory::new()), seen: Rc::new(RefCell::new(seen)) }
    }

    pub fn name(node: u32) -> String {
        format!("node-{node}")
    }

    pub fn sim(&mut self, commands: u32) -> Sim<'static> {
        let mut sim = turmoil::Builder::new()
            .rng_seed(self.seed)
            .simulation_duration(Duration::from_secs(600))
            .min_message_latency(Duration::from_millis(1))
            .max_message_latency(Duration::from_millis(200))
            .enable_random_order()
            .build();
        for node in 0..NODES {
            let (bucket, seen) = (self.bucket.clone(), self.seen.clone());
            sim.host(House::name(node), move || serve(node, bucket.clone(), seen.clone()));
        }
        let seen = self.seen.clone();
        sim.host("placement", move || placement(seen.clone()));
        for tenant in tenant_names() {
            sim.client(format!("client-{tenant}"), client(tenant, commands));
        }
        sim
    }

    /// Node and tenant of each order that was placed.
    pub fn served(&self) -> Vec<(u32, String)> {
        self.seen.borrow().served.iter().map(|(node, tenant, _)| (*node, tenant.clone())).collect()
    }

    pub fn history(&self) -> Vec<(u32, String, u32)> {
        self.seen.borrow().served.clone()
    }

    pub fn fenced(&self) -> u32 {
        self.seen.borrow().fenced
    }

    pub fn tenants(&self) -> Vec<String> {
        tenant_names()
    }

    pub fn tenants_of(&self, node: u32) -> Vec<String> {
        let there = (0..NODES).collect();
        tenant_names().into_iter().filter(|tenant| place_of(tenant, &there) == Some(node)).collect()
    }

    /// The node that has the most tenants.
    pub fn busiest(&self) -> u32 {
        (0..NODES).max_by_key(|node| self.tenants_of(*node).len()).unwrap_or_default()
    }

    /// The simulation goes on for so long, also when every client is done.
    pub fn goes_on(sim: &mut Sim<'static>, long: Duration) {
        sim.client("night", async move {
            tokio::time::sleep(long).await;
            Ok(())
        });
    }

    /// From now on `node` stands still for so long, with whatever it has in hand.
    pub fn sleeps(&self, node: u32, long: Duration) {
        self.seen.borrow_mut().asleep.insert(node, long);
    }

    /// Opens every tenant's log once more and reads it.
    pub fn every_command_has_one_effect(&self, commands: u32) {
        for tenant in tenant_names() {
            let store = opened(&self.bucket, &tenant).unwrap();
            let report = store.verify(None).unwrap();
            assert_eq!(report.findings, [], "{tenant}");
            let events = store.read_all(0, 1_000).now_or_never().expect("a store does not wait").unwrap();
            let mut placed: Vec<u32> = events
                .iter()
                .map(|event| match event.payload.decode::<Event>().unwrap() {
                    Event::Placed { number } => number,
                })
                .collect();
            placed.sort_unstable();
            assert_eq!(placed, (0..commands).collect::<Vec<_>>(), "{tenant}");
        }
    }
}

/// One line there, one line back.
async fn ask(host: &str, question: &str) -> io::Result<String> {
    let talk = async {
        let mut stream = BufReader::new(TcpStream::connect((host, PORT)).await?);
        stream.write_all(format!("{question}\n").as_bytes()).await?;
        let mut answer = String::new();
        stream.read_line(&mut answer).await?;
        Ok(answer.trim().to_owned())
    };
    tokio::time::timeout(PATIENCE, talk).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Places every order of one tenant, one after the other, and asks until it hears that it is placed.
async fn client(tenant: String, commands: u32) -> turmoil::Result {
    for number in 0..commands {
        loop {
            tokio::time::sleep(BEAT).await;
            let Ok(node) = ask("placement", &tenant).await else { continue };
            if ask(&node, &format!("{tenant} {number}")).await.is_ok_and(|answer| answer == "placed") {
                break;
            }
        }
    }
    Ok(())
}

/// Knows who is there, and says who has a tenant.
async fn placement(seen: Shared) -> turmoil::Result {
    let watched = seen.clone();
    tokio::task::spawn_local(async move {
        let mut misses: BTreeMap<u32, u32> = BTreeMap::new();
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            for node in 0..NODES {
                let there = ask(&House::name(node), "there?").await.is_ok_and(|answer| answer == "yes");
                let missed = misses.entry(node).or_default();
                *missed = if there { 0 } else { *missed + 1 };
                if *missed == 0 {
                    watched.borrow_mut().there.insert(node);
                } else if *missed == MISSES {
                    watched.borrow_mut().there.remove(&node);
                }
            }
        }
    });
    let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let mut stream = BufReader::new(stream);
        let mut tenant = String::new();
        stream.read_line(&mut tenant).await?;
        let node = place_of(tenant.trim(), &seen.borrow().there);
        stream.write_all(format!("{}\n", node.map(House::name).unwrap_or_default()).as_bytes()).await?;
    }
}

/// A node: opens the store of a tenant when it is first asked for it, and gives it up when it hears that another one writes.
async fn serve(node: u32, bucket: Arc<InMemory>, seen: Shared) -> turmoil::Result {
    let engines: Rc<RefCell<BTreeMap<String, EngineContext>>> = Rc::default();
    let listener = TcpListener::bind(("0.0.0.0", PORT)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let (bucket, seen, engines) = (bucket.clone(), seen.clone(), engines.clone());
        tokio::task::spawn_local(async move {
            let mut stream = BufReader::new(stream);
            let mut question = String::new();
            if stream.read_line(&mut question).await.is_err() {
                return;
            }
            let asleep = seen.borrow().asleep.get(&node).copied();
            if let Some(long) = asleep {
                // It stands still with what it has in hand, and goes on as if nothing had happened.
                tokio::time::sleep(long).await;
                seen.borrow_mut().asleep.remove(&node);
            }
            let answer = match question.trim().split_once(' ') {
                Some((tenant, number)) => place(node, tenant, number, &bucket, &seen, &engines).await,
                None => "yes",
            };
            stream.write_all(format!("{answer}\n").as_bytes()).await.ok();
        });
    }
}

async fn place(
    node: u32,
    tenant: &str,
    number: &str,
    bucket: &Arc<InMemory>,
    seen: &Shared,
    engines: &Rc<RefCell<BTreeMap<String, EngineContext>>>,
) -> &'static str {
    let known = engines.borrow().get(tenant).cloned();
    let context = match known {
        Some(context) => context,
        None => match engine(bucket, tenant) {
            Ok(context) => engines.borrow_mut().entry(tenant.to_owned()).or_insert(context).clone(),
            Err(_) => return "not now",
        },
    };
    let number: u32 = number.parse().expect("clients count");
    let idempotency_key = Some(format!("order/{number}").as_str().into());
    let order = Execute { idempotency_key, ..Execute::new(Command::Place { number }, Cause::Command("client".to_owned())) };
    match context.spawn::<Order>(FormatVersion::at(context.clock().now()), order).await {
        Ok(_) => {
            seen.borrow_mut().served.push((node, tenant.to_owned(), number));
            "placed"
        }
        Err(ExecuteError::Commit(CommitError::Store(error)) | ExecuteError::Store(error)) if error.is_final() => {
            engines.borrow_mut().remove(tenant);
            seen.borrow_mut().fenced += 1;
            "not mine any more"
        }
        Err(_) => "not now",
    }
}
