//! A crate of one's own, whole: a process, its wiring, and an engine as it runs in production (fjall on disk, the system clock, a writer
//! thread). A supplier asks for an offer (REQOTE 35001); it is owed within 24 hours (QUOTES 15001), or the lapse is recorded.
//!
//! `cargo run --package mako-engine --example own_workflow -- target/offers`

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use mako_engine::dead_letter::AuditContext;
use mako_engine::fristen::{Sparte, add_hours};
use mako_engine::inbox::{Accept, InboxKey, InboxSettlement, Outcome};
use mako_engine::outbox::OutboxMessage;
use mako_engine::routing::{AdaptError, Adapters, Inbound, Route, RouteKey};
use mako_engine::store::fjall::{FjallBackend, FjallOptions};
use mako_engine::store::{KeyedStore, StoreOptions, Writing};
use mako_engine::worker::{Deliver, DeliverError, Delivery, RetryPolicy, run_deadlines, run_outbox};
use mako_engine::{
    BusinessKey, Cause, Commit, Decision, EngineBuilder, EngineContext, EventPayload, Execute, FormatVersion, IdSource, Outgoing, Received,
    Rejection, SystemClock, SystemIds, TenantId, TimeoutDeadline, Timestamp, Upcaster, Workflow, WorkflowResult,
};
use serde::{Deserialize, Serialize};

// ---- The process: events, commands, state, and two pure functions. ----

/// What happened. Stored for ever, so the names and shapes are committed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum Event {
    Requested { from: String, malo: String, sparte: Sparte },
    Offered { cents_per_kwh: u32 },
    Lapsed { due: Timestamp },
}

impl EventPayload for Event {
    const TYPES: &'static [(&'static str, u16)] = &[("Requested", 2), ("Offered", 1), ("Lapsed", 1)];

    fn event_type(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "Requested",
            Self::Offered { .. } => "Offered",
            Self::Lapsed { .. } => "Lapsed",
        }
    }

    /// Version 1 knew no Sparte: everything was Strom.
    fn upcasters() -> Vec<Upcaster> {
        #[derive(Deserialize)]
        struct V1 {
            from: String,
            malo: String,
        }
        #[derive(Serialize)]
        struct V2 {
            from: String,
            malo: String,
            sparte: Sparte,
        }
        vec![Upcaster::new("Requested", 1, |V1 { from, malo }| V2 { from, malo, sparte: Sparte::Strom })]
    }
}

/// What can be asked of the process.
#[derive(Debug, Clone)]
enum Command {
    Request { from: String, malo: String, sparte: Sparte, received_at: Timestamp },
    Offer { cents_per_kwh: u32 },
    Timeout(TimeoutDeadline),
}

impl From<TimeoutDeadline> for Command {
    fn from(timeout: TimeoutDeadline) -> Self {
        Self::Timeout(timeout)
    }
}

/// What the events amount to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct State {
    partner: Option<String>,
    offer: Option<u32>,
    lapsed: bool,
}

struct Offer;

/// The Frist of the answer.
const ANSWER: &str = "answer 35001";

impl Workflow for Offer {
    const NAME: &'static str = "offer";
    const DEADLINE_LABELS: &'static [&'static str] = &[ANSWER];
    type State = State;
    type Command = Command;
    type Event = Event;

    fn handle(state: &State, command: Command) -> WorkflowResult<Event> {
        match (command, &state.partner) {
            (Command::Request { from, malo, sparte, received_at }, None) => {
                let due = add_hours(received_at, 24);
                let one_at_a_time = BusinessKey::new(format!("offer/{from}/{malo}"));
                Ok(Decision::event(Event::Requested { from, malo, sparte }).claim(one_at_a_time).deadline(ANSWER, due, "24 h"))
            }
            // A late offer is still an offer; that it is late has been recorded.
            (Command::Offer { cents_per_kwh }, Some(partner)) if state.offer.is_none() => {
                let quotes = Outgoing::new("as4", partner, "QUOTES 15001", &cents_per_kwh)?.fulfils(ANSWER);
                Ok(Decision::event(Event::Offered { cents_per_kwh }).send(quotes).cancel(ANSWER).end())
            }
            (Command::Timeout(timeout), Some(_)) => Ok(Decision::event(Event::Lapsed { due: timeout.due })),
            (Command::Request { .. } | Command::Offer { .. } | Command::Timeout(_), _) => {
                Err(Rejection::new("out-of-turn", "there is no open request, or it was asked before"))
            }
        }
    }

    fn apply(state: State, event: &Event) -> State {
        match event {
            Event::Requested { from, .. } => State { partner: Some(from.clone()), ..state },
            Event::Offered { cents_per_kwh } => State { offer: Some(*cents_per_kwh), ..state },
            Event::Lapsed { .. } => State { lapsed: true, ..state },
        }
    }
}

// ---- The boundary: from a message to a command, and from a queued message to the wire. ----

/// A REQOTE, as this crate's reader of EDIFACT understands it.
struct Reqote {
    malo: String,
}

fn adapt(inbound: &Inbound, _rules: FormatVersion, _ids: &dyn IdSource) -> Result<Command, AdaptError> {
    let reqote = inbound.body.downcast_ref::<Reqote>();
    let reqote = reqote.ok_or_else(|| AdaptError { about: inbound.about.clone(), detail: "it is no REQOTE".to_owned() })?;
    let (from, malo) = (inbound.sender.clone(), reqote.malo.clone());
    Ok(Command::Request { from, malo, sparte: inbound.sparte, received_at: inbound.received_at })
}

/// The way out. A real one renders the message, sends it by AS4 and waits for the receipt.
struct Wire;

#[async_trait]
impl Deliver for Wire {
    async fn deliver(&self, message: &OutboxMessage) -> Result<Delivery, DeliverError> {
        println!("{} to {}: {}", message.message.kind, message.message.recipient, message.message.payload);
        Ok(Delivery { received_at: message.queued_at, answer: None })
    }
}

// ---- The engine, as it runs in production. ----

fn open(dir: &Path) -> Result<EngineContext, Box<dyn Error>> {
    let (backend, report) = FjallBackend::open(dir, FjallOptions::default())?;
    if let Some(cut) = report.cut {
        eprintln!("after a crash, {} bytes that were never acknowledged are in {}", cut.tail.bytes, cut.kept.display());
    }
    // Commits that wait while another one is written share a sync.
    let store = Arc::new(KeyedStore::open_with(backend, StoreOptions { writing: Writing::Thread, probe: None })?);
    // What is missing or contradicts itself is reported here, all of it.
    Ok(EngineBuilder::new(TenantId::new("9900000000001"), store, Arc::new(SystemClock), Arc::new(SystemIds))
        .workflow::<Offer>(Adapters::from(FormatVersion::Fv2025_10_01, adapt))
        .route(RouteKey::of("REQOTE").pid("35001"), Route::Starts(Offer::NAME))
        .format_versions(FormatVersion::Fv2025_10_01..)
        .build()?)
}

/// A message has come by AS4: accepted durably, then (the receipt may leave) routed to its process.
async fn receive(engine: &EngineContext, message_id: &str, bytes: &[u8]) -> Result<Received, Box<dyn Error>> {
    let (sender, now) = ("9900000000002".to_owned(), engine.clock().now());
    let key = InboxKey { tenant: engine.tenant().clone(), sender: sender.clone(), message_id: message_id.to_owned() };
    let cause = Cause::Message { inbox: key.clone(), part: 0 };
    let mut accept = Commit::new(engine.tenant().clone(), "boundary".into(), now, cause);
    let known_until = now.plus_seconds(96 * 3_600);
    accept.accepts = Some(Accept { key: key.clone(), received_at: now, payload: bytes.to_vec(), known_until });
    engine.commit(accept).await?;

    let inbound = Inbound {
        message_type: "REQOTE".to_owned(),
        pid: Some("35001".to_owned()),
        sparte: Sparte::Strom,
        role: "Lieferant".into(),
        format_version: FormatVersion::at(now),
        sender,
        received_at: now,
        references: Vec::new(),
        idempotency_key: Some("9900000000002/IC1/1".into()),
        about: "REQOTE 35001 from 9900000000002".to_owned(),
        audit: AuditContext::at(now).message_reference("IC1/1"),
        body: Arc::new(Reqote { malo: String::from_utf8(bytes.to_vec())? }),
    };
    let settlement = InboxSettlement { key, part: 0, last: true, outcome: Outcome::Processed, token: None };
    Ok(engine.receive(&inbound, settlement, Vec::new()).await?)
}

/// A day in the life of it, in the directory `dir`.
pub async fn run(dir: &Path) -> Result<(), Box<dyn Error>> {
    let engine = open(dir)?;
    let Received::Processed(stream) = receive(&engine, "1@partner", b"51238696780").await? else {
        return Err("the directory has seen this message before: choose another one".into());
    };

    // The back office answers, and asks again because it heard nothing: under one name, that is one offer.
    let process = engine.resume::<Offer>(&stream).await?;
    let offer = Execute {
        idempotency_key: Some("back-office/7".into()),
        ..Execute::new(Command::Offer { cents_per_kwh: 31 }, Cause::Command("back office".to_owned()))
    };
    process.execute(offer.clone()).await?;
    process.execute(offer).await?;

    // The workers are futures, and yours to run: here beside somebody who waits until the offer is on its way.
    let policy = RetryPolicy { intervals_s: vec![60, 300, 1_800], jitter_percent: 10, horizon_s: 72 * 3_600 };
    let (outbox, deadlines) = (run_outbox(engine.clone(), Arc::new(Wire), policy), run_deadlines(engine.clone()));
    let delivered = async {
        while !engine.store().outbox_due(Timestamp::MAX, 1).await?.rows.is_empty() {
            engine.clock().sleep_until(engine.clock().now().plus_ms(10)).await;
        }
        Ok::<(), Box<dyn Error>>(())
    };
    tokio::select! { biased; () = outbox => {}, () = deadlines => {}, done = delivered => done? }
    println!("{}", engine.health());

    // Everything is in the directory: after a restart the process is where it was, and the message is still known.
    let before = process.state().await?;
    drop((process, engine));
    let engine = open(dir)?;
    assert_eq!(engine.resume::<Offer>(&stream).await?.state_with_snapshot().await?, before);
    let again = receive(&engine, "2@partner", b"51238696780").await?;
    assert!(matches!(again, Received::DeadLettered(_)), "the same message under another transport id");
    for event in engine.store().read_stream(engine.tenant(), &stream, 0, usize::MAX).await? {
        println!("{} {} v{} because of {}: {}", event.version, event.event_type, event.schema_version, event.cause, event.payload);
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
#[allow(dead_code, reason = "the test that runs this file calls `run`")]
async fn main() -> Result<(), Box<dyn Error>> {
    let dir = std::env::args().nth(1).ok_or("usage: own_workflow DIR, a directory that does not exist yet")?;
    run(Path::new(&dir)).await
}
