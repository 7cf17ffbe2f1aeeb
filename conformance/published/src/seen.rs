//! What findings say, seen in the published crates alone: `handle`, `apply`, `serde_json`, and no line of our engine or of the adapter.
//!
//! A finding that cannot be seen here might be the adapter's. Each entry of [`all`] has the name that `findings.toml` gives to its finding.

use std::collections::BTreeMap;

use mako_engine_published::workflow::{OccupiesBusinessKey as _, Workflow, WorkflowOutput};
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::datetime;

use crate::case::{Case, EventOf, StateOf, called};
use crate::cases::{
    GeliGasLfAnmeldung, GeliGasSperrung, GeliGasSupplierChange, GpkeKuendigung, GpkeLfAnmeldung, GpkeSperrung, GpkeSupplierChange,
    MabisBilling, MabisClearingliste, MabisListenabgleich, WimStoerung, WimTechnik, WimWeiterverpflichtung,
};

/// When everything is asked.
const AT: OffsetDateTime = datetime!(2026-09-15 08:00 UTC);

type Look = fn() -> Result<(), String>;

/// What is looked at, by the name of its finding.
const LOOKS: [(&str, Look); 11] = [
    ("unknown-fields", unknown_fields),
    ("hash-maps", hash_maps),
    ("no-recipient", no_recipient),
    ("gas-abmeldung", gas_abmeldung),
    ("a-refusal-from-outside", a_refusal_from_outside),
    ("told-twice", told_twice),
    ("taken-back-too-early", taken_back_too_early),
    ("a-second-answer", a_second_answer),
    ("answered-too-early", answered_too_early),
    ("closed-too-early", closed_too_early),
    ("a-second-list", a_second_list),
];

/// Everything, and what was found instead where it is not as the finding says.
pub fn all() -> BTreeMap<&'static str, Option<String>> {
    LOOKS.iter().map(|(name, look)| (*name, look().err())).collect()
}

fn must(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("it is not so that {what}")) }
}

/// What the workflow answers, and where that leads.
fn take<C: Case>(state: &StateOf<C>, what: &str) -> Result<(StateOf<C>, WorkflowOutput<EventOf<C>>), String> {
    let command = C::ask(what, AT).ok_or_else(|| format!("there is no command `{what}`"))?;
    let output = C::Workflow::handle(state, command).map_err(|error| format!("{what}: {error}"))?;
    Ok((output.events.iter().fold(state.clone(), C::Workflow::apply), output))
}

/// Where these commands lead from the beginning.
fn after<C: Case>(asks: &[&str]) -> Result<StateOf<C>, String> {
    asks.iter().try_fold(StateOf::<C>::default(), |state, what| Ok(take::<C>(&state, what)?.0))
}

fn unknown_fields() -> Result<(), String> {
    reads_over::<GpkeSupplierChange>()?;
    reads_over::<GpkeLfAnmeldung>()?;
    reads_over::<GpkeKuendigung>()?;
    reads_over::<GpkeSperrung>()?;
    reads_over::<WimWeiterverpflichtung>()?;
    reads_over::<WimTechnik>()?;
    reads_over::<WimStoerung>()?;
    reads_over::<GeliGasSupplierChange>()?;
    reads_over::<GeliGasLfAnmeldung>()?;
    reads_over::<GeliGasSperrung>()?;
    reads_over::<MabisBilling>()?;
    reads_over::<MabisClearingliste>()?;
    reads_over::<MabisListenabgleich>()
}

/// An unknown field beside the tag of the first event, and one in its content, are both read over.
fn reads_over<C: Case>() -> Result<(), String> {
    let first = C::ASKS.first().copied().unwrap_or_default();
    let (_, output) = take::<C>(&StateOf::<C>::default(), first)?;
    let stored = output.events.first().map(serde_json::to_value).ok_or("nothing happened")?.map_err(|error| error.to_string())?;
    for place in ["", "/data"] {
        let mut more = stored.clone();
        let fields = more.pointer_mut(place).and_then(Value::as_object_mut).ok_or_else(|| format!("{stored} has nothing at `{place}`"))?;
        fields.insert("a-field-that-nobody-knows".to_owned(), Value::Bool(true));
        must(serde_json::from_value::<EventOf<C>>(more).is_ok(), &format!("{} reads over an unknown field at `{place}`", C::NAME))?;
    }
    Ok(())
}

/// The maps stand beside the workflow, in a read model, and not in it.
fn hash_maps() -> Result<(), String> {
    beside::<GpkeSupplierChange>()?;
    beside::<WimWeiterverpflichtung>()?;
    beside::<GeliGasSupplierChange>()?;
    beside::<MabisBilling>()
}

fn beside<C: Case>() -> Result<(), String> {
    let text = C::SOURCES.first().map_or("", |source| source.text);
    let workflow = text.split_once("\nimpl Workflow for").and_then(|(_, rest)| rest.split_once("\n}\n")).map_or("", |(body, _)| body);
    must(text.contains("HashMap"), &format!("the source of {} names a HashMap", C::NAME))?;
    must(!workflow.is_empty() && !workflow.contains("HashMap"), &format!("the workflow of {} names none", C::NAME))
}

fn no_recipient() -> Result<(), String> {
    let (_, strom) = take::<GpkeLfAnmeldung>(&after::<GpkeLfAnmeldung>(&["Anmeldung 55001"])?, "Bestätigung 55002")?;
    let (_, gas) = take::<GeliGasLfAnmeldung>(&after::<GeliGasLfAnmeldung>(&["Anmeldung 44001"])?, "Bestätigung 44002")?;
    let without = |message: &mako_engine_published::outbox::PendingOutbox| {
        &*message.message_type == "ProcessCompleted" && message.recipient.is_empty()
    };
    must(strom.outbox.iter().any(without) && gas.outbox.iter().any(without), "ProcessCompleted has no recipient")
}

fn gas_abmeldung() -> Result<(), String> {
    let state = after::<GeliGasSupplierChange>(&["Abmeldung 44004", "Bestätigung"])?;
    must(called::<GeliGasSupplierChange>(&state) == "AntwortGesendet", "an Abmeldung that is confirmed stands in AntwortGesendet")?;
    must(!state.is_terminal() && state.occupies_business_key(), "it is not terminal, and occupies its business key")?;
    let takes = |what: &&str| take::<GeliGasSupplierChange>(&state, what).is_ok();
    match GeliGasSupplierChange::ASKS.iter().copied().find(takes) {
        Some(what) => Err(format!("it takes `{what}`")),
        None => Ok(()),
    }
}

fn a_refusal_from_outside() -> Result<(), String> {
    let confirmed = after::<WimStoerung>(&["Störungsmeldung 23001", "confirms 23004"])?;
    let (state, _) = take::<WimStoerung>(&confirmed, "Ablehnung 23003")?;
    must(called::<WimStoerung>(&state) == "Abgelehnt", "a Störung that the Messstellenbetreiber confirmed is refused by what he receives")?;
    let left = |state: &StateOf<WimStoerung>| state.data().is_some_and(|data| !data.weiterleitung_offen.is_empty());
    let (told, _) = take::<WimStoerung>(&state, "forwards 23011")?;
    must(left(&state) && left(&told), "the 23011 is owed before and after it is forwarded")
}

fn told_twice() -> Result<(), String> {
    let received = after::<WimStoerung>(&["Störungsmeldung 23001"])?;
    let (state, first) = take::<WimStoerung>(&received, "forwards 23012")?;
    let (_, second) = take::<WimStoerung>(&state, "forwards 23012")?;
    must(first.outbox.len() == 1 && second.outbox.len() == 1, "each command sends a message")
}

fn taken_back_too_early() -> Result<(), String> {
    overtaken::<GpkeSperrung>()?;
    overtaken::<GeliGasSperrung>()
}

fn overtaken<C: Case>() -> Result<(), String> {
    let (state, output) = take::<C>(&StateOf::<C>::default(), "Stornierung 39000")?;
    must(output.events.len() == 1 && called::<C>(&state) == "New", "the Stornierung is taken, and leads nowhere")?;
    let (state, _) = take::<C>(&state, "Sperrauftrag 17115")?;
    must(called::<C>(&state) == "ValidationPassed", "the Auftrag goes on")
}

fn a_second_answer() -> Result<(), String> {
    let refused = after::<WimTechnik>(&["sends Auftrag 17011", "Ablehnung 19006"])?;
    let (state, output) = take::<WimTechnik>(&refused, "Bestätigung 19005")?;
    must(output.events.is_empty() && called::<WimTechnik>(&state) == "Abgelehnt", "the other answer is taken, and nothing happens")
}

fn answered_too_early() -> Result<(), String> {
    let (state, output) = take::<WimStoerung>(&StateOf::<WimStoerung>::default(), "Bestätigung 23004")?;
    must(output.events.len() == 1 && called::<WimStoerung>(&state) == "New", "the answer is taken, and leads nowhere")?;
    let (state, _) = take::<WimStoerung>(&state, "sends Störungsmeldung 23001")?;
    must(called::<WimStoerung>(&state) == "StoerungsmeldungGesendet", "the Störungsmeldung waits for it")
}

fn closed_too_early() -> Result<(), String> {
    let (state, output) = take::<MabisBilling>(&StateOf::<MabisBilling>::default(), "CloseClearing")?;
    must(output.events.is_empty(), "nothing happens")?;
    let (state, _) = take::<MabisBilling>(&state, "Summenzeitreihe 13003, version 1")?;
    must(called::<MabisBilling>(&state) == "Offen", "the Clearing is open")
}

fn a_second_list() -> Result<(), String> {
    let failed = after::<MabisListenabgleich>(&["Liste 55065, not valid"])?;
    let (state, output) = take::<MabisListenabgleich>(&failed, "Liste 55065")?;
    must(output.events.is_empty() && called::<MabisListenabgleich>(&state) == "ValidationFailed", "the list is taken, and nothing happens")
}
