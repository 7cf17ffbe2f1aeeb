//! One process of the market as a node meets it: what it is begun with, which messages it takes, what its back office is asked.
//!
//! A process family lists its processes in its own `mod.rs`; [`Market`](super::Market) puts the families together.

use async_trait::async_trait;
use mako_engine::engine::ByHand;
use mako_engine::fristen::{Sparte, berlin, gas_day_start};
use mako_engine::outbox::OutboxMessage;
use mako_engine::registry::ProcessRecord;
use mako_engine::routing::{AdaptError, Inbound, Route, RouteKey};
use mako_engine::{BusinessKey, CommitError, EngineBuilder, EngineContext, Execute, ExecuteError, FormatVersion, Timestamp, Workflow};
use mako_sim::application::BeginError;
use mako_sim::edifact::{Contrl, Lokation, MpId, TypedMessage};
use mako_sim::plan::{Object, Order, Party, Plan, Verdict};
use mako_sim::received::ReceivedMessage;
use serde::de::DeserializeOwned;
use time::format_description::well_known::Iso8601;

use crate::vorgang::{Kind, Refusal};

/// The first format version of the Lieferbeginn within 24 hours; what is read of the messages has not changed since.
pub const FIRST: FormatVersion = FormatVersion::Fv2025_06_06;

/// A process of the market, in all its roles.
#[async_trait]
pub trait Process: Send + Sync {
    /// Adds its workflows.
    fn wire(&self, plan: &Plan, builder: EngineBuilder) -> EngineBuilder;

    /// Where its messages go.
    fn routes(&self) -> Vec<(RouteKey, Route)>;

    /// Every message it sends or takes, and what people call it.
    fn messages(&self) -> Vec<Kind>;

    /// What it calls messages that leave by AS4 otherwise than by their type and Prüfidentifikator.
    fn sends(&self) -> Vec<String> {
        Vec::new()
    }

    /// Begins it, when it is what `order` asks for; `None` when another process is meant.
    async fn begin(&self, plan: &Plan, party: &Party, engine: &EngineContext, order: &Order) -> Option<Result<(), BeginError>>;

    /// The back office's answer to `question`, when it is one of this process.
    fn answer(&self, plan: &Plan, party: &Party, question: &OutboxMessage, verdict: &Verdict) -> Option<Result<serde_json::Value, String>>;

    /// Gives `process` the decision of a person, `command` in its stored form; `None` when it is none of these workflows.
    async fn decide(
        &self,
        engine: &EngineContext,
        process: &ProcessRecord,
        command: &serde_json::Value,
        by_hand: &ByHand,
    ) -> Option<Result<(), DecideError>>;

    /// The state of a process, in a word; `None` when it is none of these workflows.
    async fn state_word(&self, engine: &EngineContext, process: &ProcessRecord) -> Option<String>;

    /// What a message of a recording, with its sender and its recipient, tells about its location.
    fn recorded_object(&self, plan: &Plan, from: MpId, to: MpId, message: &TypedMessage) -> Option<Object>;

    /// Begins the process of `party` that sent `message` to `to`; `None` when no such process is here.
    async fn begin_recorded(
        &self,
        plan: &Plan,
        party: &Party,
        engine: &EngineContext,
        to: MpId,
        message: &TypedMessage,
    ) -> Option<Result<(), BeginError>>;

    /// How the back office must have decided `question`, since its party then sent `message`; `None` when that tells nothing.
    fn recorded_verdict(&self, question: &OutboxMessage, message: &TypedMessage) -> Option<Verdict>;
}

/// Starts a process of `W`.
///
/// # Errors
/// [`BeginError`].
pub async fn start<W: Workflow>(engine: &EngineContext, execute: Execute<W::Command>) -> Result<(), BeginError> {
    match engine.spawn::<W>(FormatVersion::at(engine.clock().now()), execute).await {
        Ok(_) => Ok(()),
        Err(ExecuteError::Commit(CommitError::BusinessKeyTaken { holder, .. })) => Err(BeginError::AlreadyBegun(holder)),
        Err(error @ (ExecuteError::Store(_) | ExecuteError::Commit(CommitError::Store(_)))) => Err(BeginError::NotNow(error.to_string())),
        Err(error) => Err(error.to_string().into()),
    }
}

/// Asks the living process of `W` that holds `key` to go on; `false` when there is none.
///
/// # Errors
/// [`BeginError::AlreadyBegun`] when it `has_done` so before; otherwise as [`start`].
pub async fn go_on<W: Workflow>(
    engine: &EngineContext,
    key: &BusinessKey,
    has_done: impl Fn(&W::State) -> bool,
    execute: Execute<W::Command>,
) -> Result<bool, BeginError> {
    let failed = |error: &dyn std::fmt::Display| BeginError::NotNow(error.to_string());
    let Some(stream) = engine.store().holder(engine.tenant(), key).await.map_err(|error| failed(&error))? else { return Ok(false) };
    let process = engine.resume::<W>(&stream).await.map_err(|error| failed(&error))?;
    if has_done(&process.state().await.map_err(|error| failed(&error))?) {
        return Err(BeginError::AlreadyBegun(stream));
    }
    match process.execute(execute).await {
        Ok(_) => Ok(true),
        Err(error @ (ExecuteError::Store(_) | ExecuteError::Commit(CommitError::Store(_)))) => Err(failed(&error)),
        Err(error) => Err(error.to_string().into()),
    }
}

/// Why a decision by hand was not taken. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum DecideError {
    /// The workflow of the process has no such command.
    #[error("workflow {workflow} has no such command: {detail}. A command is written as the histories of that workflow have it")]
    NoCommand {
        /// The workflow.
        workflow: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// No workflow of this crate has that name.
    #[error("{0} is no workflow of the market")]
    NoWorkflow(String),
    /// The process did not take it.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}

/// Gives `process`, which is one of `W`, the decision of a person.
///
/// # Errors
/// [`DecideError`].
pub async fn decided<W: Workflow>(
    engine: &EngineContext,
    process: &ProcessRecord,
    command: &serde_json::Value,
    by_hand: &ByHand,
) -> Result<(), DecideError>
where
    W::Command: DeserializeOwned,
{
    let no_command = |error: serde_json::Error| DecideError::NoCommand { workflow: W::NAME, detail: error.to_string() };
    let command = serde_json::from_value(command.clone()).map_err(no_command)?;
    engine.decide::<W>(&process.identity.stream, command, by_hand.clone()).await?;
    Ok(())
}

/// The state of `process`, in the word that `word` has for it.
pub async fn word_of<W: Workflow>(engine: &EngineContext, process: &ProcessRecord, word: fn(&W::State) -> &'static str) -> String {
    let state = match engine.resume::<W>(&process.identity.stream).await {
        Ok(process) => process.state().await,
        Err(error) => Err(error),
    };
    state.map_or_else(|error| error.to_string(), |state| word(&state).to_owned())
}

/// The market partner id of the party that `order` goes to.
///
/// # Errors
/// The plan has no such party.
pub fn recipient(plan: &Plan, order: &Order) -> Result<MpId, String> {
    plan.party(&order.to).map(|party| party.mp_id).ok_or_else(|| format!("there is no party {}", order.to))
}

/// The location that `order` names: the first of its objects that is one.
///
/// # Errors
/// It names none, or one that cannot be.
pub fn lokation(plan: &Plan, order: &Order) -> Result<Lokation, String> {
    let mut named = order.objects.iter().filter_map(|name| plan.objects.iter().find(|object| object.name == *name));
    let object = named.next().ok_or("it must name a location, an `object … MaLo …` or an `object … MeLo …`")?;
    object.id.parse().map_err(|error| format!("{}: {error}", object.name))
}

/// The day that `order` gives as `key=`, as the instant at which it starts in that Sparte.
///
/// # Errors
/// There is none, or it is no date.
pub fn day(order: &Order, key: &str, sparte: Sparte) -> Result<Timestamp, String> {
    let text = order.details.get(key).ok_or_else(|| format!("it needs {key}=, such as {key}=2026-01-15"))?;
    let date = time::Date::parse(text, &Iso8601::DATE).map_err(|_| format!("{key}={text}: expected a date such as 2026-01-15"))?;
    Ok(match sparte {
        Sparte::Strom => berlin::midnight(date),
        Sparte::Gas => gas_day_start(date),
    })
}

/// The party that the plan's master data name for a location: `object malo MaLo … supplier=LFA`.
///
/// # Errors
/// They name one that does not take part.
pub fn partner(plan: &Plan, lokation: &Lokation, what: &str) -> Result<Option<MpId>, String> {
    let object = plan.objects.iter().find(|object| object.id == lokation.to_string());
    let Some(name) = object.and_then(|object| object.attributes.get(what)) else { return Ok(None) };
    plan.party(name).map(|party| Some(party.mp_id)).ok_or_else(|| format!("{what}={name}: the plan has no such party"))
}

/// The received message in `inbound`.
///
/// # Errors
/// Its body is of another boundary.
pub fn received(inbound: &Inbound) -> Result<&ReceivedMessage, AdaptError> {
    inbound.body.downcast_ref().ok_or_else(|| adapt(inbound, "its body is of another boundary"))
}

/// Why no command can be made of `inbound`.
#[must_use]
pub fn adapt(inbound: &Inbound, detail: &str) -> AdaptError {
    AdaptError { about: inbound.about.clone(), detail: detail.to_owned() }
}

/// What a CONTRL says about a message of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// It was taken: what we called it.
    Taken(String),
    /// It was refused.
    Refused(Refusal),
}

/// What `contrl` says about the message of ours that it is about.
///
/// # Errors
/// It is about nothing that was sent here.
pub fn said(inbound: &Inbound, received: &ReceivedMessage, contrl: &Contrl) -> Result<Said, AdaptError> {
    match (received.about_sent.clone(), &contrl.fault) {
        (Some(kind), Some(fault)) => Ok(Said::Refused(Refusal { kind, answer: format!("CONTRL 4 {} {}", fault.level, fault.code) })),
        (Some(kind), None) => Ok(Said::Taken(kind)),
        (None, _) => Err(adapt(inbound, "it is about nothing that was sent here")),
    }
}
