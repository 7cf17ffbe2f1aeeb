//! What a person does with a process that waits: see what it waits for, and decide it by hand.
//!
//! A decision by hand is a command like any other: the workflow decides what it causes, and rejects one that makes no sense. What is
//! special is its cause, [`Cause::Person`]: who decided, and why, stands in every event that follows from it, in the stream of the process
//! and under the hash chain. Where the process had asked somebody (its back office, say) and the question still waits, the decision answers
//! it: the same commit takes the question out of the queue, so that nobody is asked again.

use std::collections::BTreeMap;

use super::EngineContext;
use crate::boundary::BOUNDARY_WORKFLOW;
use crate::commit::{Cause, CommitError, OutboxSettlement};
use crate::deadline::Deadline;
use crate::names::{StreamId, TenantId};
use crate::outbox::{OutboxCursor, OutboxMessage};
use crate::ports::Id;
use crate::process::{Execute, ExecuteError};
use crate::registry::ProcessRecord;
use crate::store::{Store, StoreError};
use crate::workflow::Workflow;

/// A process that lives, and what it waits for.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// The process.
    pub process: ProcessRecord,
    /// The Fristen that stand, soonest first. Without one, and without a queued message, it waits for a partner or a person alone.
    pub deadlines: Vec<Deadline>,
    /// Its messages that are not delivered yet: questions to a back office among them.
    pub queued: Vec<OutboxMessage>,
}

/// Every living process of `tenant`, the one whose Frist ends first in front, those without a Frist last.
///
/// # Errors
/// [`StoreError`] when the store fails. A queued message that cannot be read is not named.
pub async fn waiting(store: &dyn Store, tenant: &TenantId) -> Result<Vec<Waiting>, StoreError> {
    let mut queued: BTreeMap<StreamId, Vec<OutboxMessage>> = BTreeMap::new();
    for message in store.outbox_after(OutboxCursor::START, usize::MAX).await?.rows {
        if message.tenant == *tenant {
            queued.entry(message.stream.clone()).or_default().push(message);
        }
    }
    let mut found = Vec::new();
    for process in store.processes(tenant).await? {
        if process.ended || process.identity.workflow == BOUNDARY_WORKFLOW {
            continue;
        }
        let stream = &process.identity.stream;
        let mut deadlines = store.deadlines_of(tenant, stream).await?;
        deadlines.sort_by(|a, b| (a.due, &a.label).cmp(&(b.due, &b.label)));
        let queued = queued.remove(stream).unwrap_or_default();
        found.push(Waiting { process, deadlines, queued });
    }
    let first = |waiting: &Waiting| waiting.deadlines.first().map(|deadline| deadline.due);
    found.sort_by_key(|waiting| (first(waiting).is_none(), first(waiting), waiting.process.began_at));
    Ok(found)
}

/// Who decides something by hand, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    /// Who.
    pub by: String,
    /// Why.
    pub because: String,
    /// The queued message of the process that the decision answers, if there is one: it leaves the queue with it.
    pub answers: Option<Id>,
}

impl EngineContext {
    /// Gives `command` to the process in `stream` as the decision of a person. One commit: what the workflow decides, with who decided and
    /// why as the cause of every event, and the question that it answers.
    ///
    /// # Errors
    /// [`ExecuteError`]: the workflow rejects it, there is no such process, or the message is not one that this process queued
    /// ([`CommitError::OutboxConflict`]); then nothing was written.
    ///
    /// ```
    /// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/anfrage.rs"));
    /// # use std::sync::Arc;
    /// # use mako_engine::routing::Adapters;
    /// # use mako_engine::store::KeyedStore;
    /// # use mako_engine::testing::{ManualClock, MemoryBackend, SeededIds};
    /// use mako_engine::engine::{ByHand, waiting};
    /// use mako_engine::{Cause, Clock as _, EngineBuilder, Execute, FormatVersion};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let clock = ManualClock::at("2025-12-23T15:00:00Z".parse()?);
    /// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
    /// # let engine = EngineBuilder::new("9900000000001".into(), store, Arc::new(clock.clone()), Arc::new(SeededIds::new(1)))
    /// #     .workflow::<Anfrage>(Adapters::none())
    /// #     .build()?;
    /// # let until = clock.now().plus_seconds(3_600);
    /// # let ask = Command::Ask { malo: "51238696780".into(), until };
    /// # engine.spawn::<Anfrage>(FormatVersion::at(clock.now()), Execute::new(ask, Cause::Command("by hand".into()))).await?;
    /// // Who waits, and until when?
    /// let waits = waiting(engine.store(), engine.tenant()).await?.remove(0);
    /// let (stream, frist) = (waits.process.identity.stream, &waits.deadlines[0]);
    /// assert_eq!(frist.due, until);
    ///
    /// // The partner phoned: there will be no answer. The inquiry need not wait for its Frist.
    /// let lapse = Command::from(TimeoutDeadline { label: frist.label.clone(), due: frist.due, fired_at: clock.now() });
    /// let by_hand = ByHand { by: "A. Meier".into(), because: "the partner phoned".into(), answers: None };
    /// engine.decide::<Anfrage>(&stream, lapse, by_hand).await?;
    ///
    /// let last = engine.store().read_stream(engine.tenant(), &stream, 1, 9).await?.pop().ok_or("an event")?;
    /// assert_eq!(last.cause, Cause::Person { by: "A. Meier".into(), because: "the partner phoned".into() });
    /// # Ok(())
    /// # }
    /// ```
    pub async fn decide<W: Workflow>(&self, stream: &StreamId, command: W::Command, by_hand: ByHand) -> Result<W::State, ExecuteError> {
        let ByHand { by, because, answers } = by_hand;
        let process = self.resume::<W>(stream).await?;
        let mut execute = Execute::new(command, Cause::Person { by, because });
        if let Some(id) = answers {
            let queued = self.store().outbox_message(id).await?;
            if !queued.is_some_and(|message| message.tenant == *self.tenant() && message.stream == *stream) {
                return Err(CommitError::OutboxConflict(id).into());
            }
            execute.settles_outbox = Some(OutboxSettlement::Delivered(id));
        }
        process.execute(execute).await
    }
}
