//! What a domain brings to a node: workflows, how a party's own processes begin, and its back office.

use async_trait::async_trait;
use mako_engine::outbox::OutboxMessage;
use mako_engine::{EngineBuilder, EngineContext, StreamId};

use crate::edifact::{MpId, TypedMessage};
use crate::plan::{Object, Order, Party, Plan, Verdict};

/// The channel of messages that leave by AS4.
pub const AS4: &str = "as4";

/// The channel of questions to the party's own back office.
pub const BACK_OFFICE: &str = "back-office";

/// Why a process did not begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BeginError {
    /// A living process does what is asked for. Whoever got no answer and asks again has what they wanted.
    #[error("it was begun before, by {0}")]
    AlreadyBegun(StreamId),
    /// The node cannot do it now: its store failed. It is asked again later.
    #[error("not now: {0}")]
    NotNow(String),
    /// The order makes no sense; the text is for the reader of the scenario.
    #[error("{0}")]
    Impossible(String),
}

impl From<String> for BeginError {
    fn from(reason: String) -> Self {
        Self::Impossible(reason)
    }
}

/// A domain, as a node sees it.
#[async_trait]
pub trait Application: Send + Sync + 'static {
    /// Adds the workflows and routes of `party` to its engine.
    fn wire(&self, plan: &Plan, party: &Party, builder: EngineBuilder) -> EngineBuilder;

    /// Begins the process that sends what `order` asks for.
    ///
    /// # Errors
    /// [`BeginError`].
    async fn begin(&self, plan: &Plan, party: &Party, engine: &EngineContext, order: &Order) -> Result<(), BeginError>;

    /// What a question to the back office is about, such as `Anmeldung`.
    fn question(&self, question: &OutboxMessage) -> String;

    /// The back office's answer to `question`, given its `verdict`.
    ///
    /// # Errors
    /// What is wrong with the question.
    fn answer(&self, plan: &Plan, party: &Party, question: &OutboxMessage, verdict: &Verdict) -> Result<serde_json::Value, String>;

    /// What people call a message with this type and Prüfidentifikator, such as `Anmeldung`; empty when nobody calls it anything.
    fn word(&self, message_type: &str, pid: Option<&str>) -> &'static str;

    /// What the workflows call the messages that leave by AS4 ([`mako_engine::Outgoing::kind`]): among them is sought what a refused
    /// interchange held. One that is missing here is a dead letter when it is refused, and its process never hears of it.
    fn sends(&self) -> &'static [String];

    /// The state of a process, in a word, for the end of a timetable.
    async fn state_word(&self, engine: &EngineContext, process: &mako_engine::registry::ProcessRecord) -> String;

    // -- recorded conversations: what a recording knows and the nodes do not

    /// What the messages of a recording, with their senders and recipients, tell about objects.
    fn recorded_objects(&self, plan: &Plan, messages: &[(MpId, MpId, &TypedMessage)]) -> Vec<Object>;

    /// Begins the process of `party` that sent `message` to `to`.
    ///
    /// # Errors
    /// [`BeginError::Impossible`] when no process begins with it.
    async fn begin_recorded(
        &self,
        plan: &Plan,
        party: &Party,
        engine: &EngineContext,
        to: MpId,
        message: &TypedMessage,
    ) -> Result<(), BeginError>;

    /// How the back office must have decided `question`, since its party then sent `message`; `None` when that tells nothing.
    fn recorded_verdict(&self, question: &OutboxMessage, message: &TypedMessage) -> Option<Verdict>;

    /// The Prüfidentifikatoren that can answer a message with this one.
    fn possible_answers(&self, pid: &str) -> &'static [&'static str];
}
