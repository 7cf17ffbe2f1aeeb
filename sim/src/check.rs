//! Assertions about a world at rest, and how a party stands at the end.

use std::collections::BTreeMap;

use futures_util::FutureExt as _;
use mako_engine::boundary::BOUNDARY_WORKFLOW;
use mako_engine::deadline::Deadline;
use mako_engine::fristen::berlin;
use mako_engine::outbox::OutboxMessage;
use mako_engine::registry::ProcessRecord;
use mako_engine::{EngineContext, Timestamp};

use crate::application::BACK_OFFICE;
use crate::plan::Expect;
use crate::run::{PartyEnd, ProcessEnd};
use crate::trace::{Entry, TryEnd, What};
use crate::world::World;

/// Checks one assertion now.
///
/// # Errors
/// What was found instead.
pub(crate) fn check(world: &World, expect: &Expect) -> Result<(), String> {
    match expect {
        Expect::FristOpen { party, label, due } => {
            let deadlines = deadlines(&engine(world, party)?)?;
            let standing: Vec<Timestamp> = deadlines.iter().filter(|d| d.label.as_str() == label).map(|d| d.due).collect();
            match (standing.as_slice(), due) {
                ([], _) => Err(format!("no such Frist stands; standing are {}", shown(&deadlines))),
                (found, Some(due)) if !found.contains(due) => {
                    Err(format!("due {}", berlin::moment_text(found.first().copied().unwrap_or(*due))))
                }
                _ => Ok(()),
            }
        }
        Expect::FristClosed { party, label } => {
            let deadlines = deadlines(&engine(world, party)?)?;
            match deadlines.iter().find(|d| d.label.as_str() == label) {
                None => Ok(()),
                Some(standing) => Err(format!("it stands, due {}", berlin::moment_text(standing.due))),
            }
        }
        Expect::Sends { party, count, kind, about } => {
            let found = delivered(world, party, kind, about.as_deref());
            if found == *count { Ok(()) } else { Err(format!("{found} were delivered")) }
        }
        Expect::NoFristMissed => match lapses(world).as_slice() {
            [] => Ok(()),
            missed => Err(missed.iter().map(|(party, label)| format!("{party} missed {label}")).collect::<Vec<_>>().join(", ")),
        },
        Expect::FristMissed { party, label } => {
            let lapses = lapses(world);
            let found = lapses.iter().any(|(of, missed)| of == party && missed == label);
            if found { Ok(()) } else { Err("it did not lapse".to_owned()) }
        }
        Expect::DeadLetters { party, count } => {
            let engine = engine(world, party)?;
            let found = now(engine.store().dead_letters())?.rows.len();
            if found == *count { Ok(()) } else { Err(format!("there are {found}")) }
        }
        Expect::ProcessIs { party, state } => {
            let engine = engine(world, party)?;
            let processes = processes(&engine)?;
            let Some(last) = processes.last() else { return Err("it has no process".to_owned()) };
            let found = now(async { Ok::<_, String>(world.application.state_word(&engine, last).await) })?;
            if found == *state { Ok(()) } else { Err(format!("it is {found}")) }
        }
    }
}

/// How a party stands now.
pub(crate) fn look_at(world: &World, node: usize) -> PartyEnd {
    let party = world.name(node).to_owned();
    let nothing = PartyEnd { party, down: true, processes: Vec::new(), open_fristen: 0, outbox: 0, dead_letters: 0, unsettled: 0 };
    let Some(engine) = world.engine(node) else { return nothing };
    let queued = now(engine.store().outbox_due(Timestamp::MAX.plus_ms(-1), usize::MAX)).map(|queued| queued.rows).unwrap_or_default();
    let processes = processes(&engine).unwrap_or_default();
    PartyEnd {
        down: false,
        processes: processes.iter().map(|record| process_end(world, &engine, record, &queued)).collect(),
        open_fristen: deadlines(&engine).map_or(0, |deadlines| deadlines.len()),
        outbox: queued.len(),
        dead_letters: now(engine.store().dead_letters()).map_or(0, |letters| letters.rows.len()),
        unsettled: now(engine.store().inbox_pending(usize::MAX)).map_or(0, |entries| entries.rows.len()),
        ..nothing
    }
}

fn process_end(world: &World, engine: &EngineContext, record: &ProcessRecord, queued: &[OutboxMessage]) -> ProcessEnd {
    let stream = &record.identity.stream;
    let fristen = now(engine.store().deadlines_of(engine.tenant(), stream)).unwrap_or_default();
    let waiting = |to_back_office: bool| -> Vec<String> {
        let own = queued.iter().filter(|waiting| waiting.stream == *stream && (waiting.message.channel == BACK_OFFICE) == to_back_office);
        own.map(|waiting| waiting.message.kind.clone()).collect()
    };
    ProcessEnd {
        stream: stream.to_string(),
        state: now(async { Ok::<_, String>(world.application.state_word(engine, record).await) }).unwrap_or_default(),
        ended: record.ended,
        fristen: fristen.into_iter().map(|frist| (frist.label.to_string(), frist.due)).collect(),
        queued: waiting(false),
        asks: waiting(true),
    }
}

/// The result of a store call. A simulated store answers at once.
fn now<T, E: ToString>(call: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    call.now_or_never().ok_or("the store did not answer")?.map_err(|error| error.to_string())
}

fn engine(world: &World, party: &str) -> Result<EngineContext, String> {
    let node = world.node(party).ok_or_else(|| format!("there is no party {party}"))?;
    world.engine(node).ok_or_else(|| format!("{party} is down"))
}

/// The processes of a party, in the order in which they began.
fn processes(engine: &EngineContext) -> Result<Vec<ProcessRecord>, String> {
    let mut records = now(engine.store().processes(engine.tenant()))?;
    records.retain(|record| record.identity.workflow != BOUNDARY_WORKFLOW);
    records.sort_by_key(|record| record.began_at);
    Ok(records)
}

fn deadlines(engine: &EngineContext) -> Result<Vec<Deadline>, String> {
    let mut standing = Vec::new();
    for record in now(engine.store().processes(engine.tenant()))? {
        standing.extend(now(engine.store().deadlines_of(engine.tenant(), &record.identity.stream))?);
    }
    Ok(standing)
}

fn shown(deadlines: &[Deadline]) -> String {
    let labels: Vec<String> = deadlines.iter().map(|d| format!("\"{}\"", d.label)).collect();
    if labels.is_empty() { "none".to_owned() } else { labels.join(", ") }
}

/// How many messages of `kind` by `party` reached their recipients, each counted once however often it was tried.
fn delivered(world: &World, party: &str, kind: &str, about: Option<&str>) -> usize {
    let trace = world.so_far();
    let mut labels: BTreeMap<&str, &str> = BTreeMap::new();
    let mut by_exchange = BTreeMap::new();
    let mut received = BTreeMap::new();
    for entry in trace.entries() {
        match &entry.what {
            What::TryBegins { exchange, message_id, label, answers, .. } => {
                labels.insert(message_id, label);
                by_exchange.insert(*exchange, (entry.party.as_str(), message_id.as_str(), label.as_str(), answers.as_deref()));
            }
            What::TryEnds { exchange, end: TryEnd::Receipt(_) } => {
                if let Some((from, message_id, label, answers)) = by_exchange.get(exchange) {
                    received.insert(*message_id, (*from, *label, *answers));
                }
            }
            _ => {}
        }
    }
    let is_about = |answers: &Option<&str>| match about {
        None => true,
        Some(word) => answers.and_then(|id| labels.get(id)).is_some_and(|label| label.split(' ').any(|part| part == word)),
    };
    let of_kind = |label: &str| label == kind || label.strip_prefix(kind).is_some_and(|rest| rest.starts_with(' '));
    received.values().filter(|(from, label, answers)| *from == party && of_kind(label) && is_about(answers)).count()
}

/// Every lapse that was recorded and not withdrawn: party and label.
fn lapses(world: &World) -> Vec<(String, String)> {
    let trace = world.so_far();
    let mut lapses: Vec<(&str, String, String)> = Vec::new();
    for Entry { party, what, .. } in trace.entries() {
        let What::Event { stream, event_type, payload, .. } = what else { continue };
        let label = || find_label(payload).unwrap_or_default();
        match event_type.as_str() {
            "FristLapsed" => lapses.push((stream, party.clone(), label())),
            "LapseWithdrawn" => {
                let withdrawn = label();
                lapses.retain(|(of, _, lapsed)| of != stream || *lapsed != withdrawn);
            }
            _ => {}
        }
    }
    lapses.into_iter().map(|(_, party, label)| (party, label)).collect()
}

/// The `label` anywhere in the payload of an event.
fn find_label(payload: &serde_json::Value) -> Option<String> {
    let fields = payload.as_object()?;
    match fields.get("label") {
        Some(label) => label.as_str().map(str::to_owned),
        None => fields.values().find_map(find_label),
    }
}
