//! The way of a received message: to its process, or to the dead letters.

use std::sync::Arc;

use super::{BoundaryNote, EngineContext};
use crate::boundary::{BOUNDARY_WORKFLOW, BoundaryEvent};
use crate::commit::CommitError;
use crate::dead_letter::{AuditContext, DeadLetter, DeadLetterReason};
use crate::driver::{Driver, ReceiveError};
use crate::inbox::{InboxSettlement, Outcome};
use crate::names::{CorrelationKey, StreamId};
use crate::planted;
use crate::process::ExecuteError;
use crate::registry::{ProcessIdentity, ProcessRecord};
use crate::routing::{Inbound, Route};
use crate::store::StoreError;

/// What became of a received message. There is no third possibility (law 6): a message that could not even be decided on, since the
/// store failed, is an error of [`EngineContext::receive`] and still in the inbox.
///
/// ```
/// use mako_engine::Received;
/// use mako_engine::dead_letter::{AuditContext, DeadLetterReason};
///
/// fn said(received: &Received) -> String {
///     match received {
///         Received::Processed(stream) => format!("taken by {stream}"),
///         Received::DeadLettered(reason) => format!("{}: {reason}", reason.label()),
///     }
/// }
/// let audit = AuditContext::at("2026-10-01T08:00:00Z".parse().unwrap()).into();
/// let reason = DeadLetterReason::UnknownConversation { references: vec!["Vorgang/9900000000002/A1".to_owned()], audit };
/// assert_eq!(
///     said(&Received::DeadLettered(reason)),
///     "unknown_conversation: nobody here had the conversation Vorgang/9900000000002/A1"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// The process in this stream took it.
    Processed(StreamId),
    /// It went to the dead letters.
    DeadLettered(DeadLetterReason),
}

/// Who takes a message: the workflow, and the process unless the message starts one.
struct Taker {
    driver: Arc<dyn Driver>,
    process: Option<ProcessIdentity>,
}

impl EngineContext {
    /// Routes a received message to its process, and settles it with everything it causes. A message that no process takes goes to
    /// the dead letters in the same way. `correlations` are noted with it.
    ///
    /// A message that starts a process starts it under the message's own format version. One that continues a conversation goes to
    /// the first process that its references name, the living before the ended, the youngest before the others.
    ///
    /// # Errors
    /// [`ExecuteError`] when the store fails or the part was settled before; the message then stays in the inbox.
    pub async fn receive(
        &self,
        inbound: &Inbound,
        settlement: InboxSettlement,
        correlations: Vec<CorrelationKey>,
    ) -> Result<Received, ExecuteError> {
        let mut audit = Box::new(inbound.audit_at(self.tenant(), self.clock().now()));
        let reason = match self.taker(inbound, &audit).await? {
            Err(reason) => reason,
            Ok(Taker { driver, process }) => {
                if let Some(stream) = self.was_here(inbound).await? {
                    audit.process = Some(stream);
                    return self.give_up(inbound, settlement, correlations, DeadLetterReason::DuplicateMessage { audit }).await;
                }
                audit.process = process.as_ref().map(|process| process.stream.clone());
                match driver.receive(self, process, inbound, settlement.clone(), correlations.clone()).await {
                    Ok(stream) => return Ok(Received::Processed(stream)),
                    Err(error) => dead_letter_of(error, audit)?,
                }
            }
        };
        self.give_up(inbound, settlement, correlations, reason).await
    }

    /// Settles a message that no process takes.
    async fn give_up(
        &self,
        inbound: &Inbound,
        settlement: InboxSettlement,
        correlations: Vec<CorrelationKey>,
        reason: DeadLetterReason,
    ) -> Result<Received, ExecuteError> {
        let about = inbound.about.clone();
        let settles = InboxSettlement { outcome: Outcome::DeadLettered, ..settlement };
        let dead_letter = Some(DeadLetter { reason: reason.clone(), about: about.clone() });
        let event = BoundaryEvent::DeadLettered { about, reason: reason.clone() };
        self.note(BoundaryNote { event, answers: Vec::new(), dead_letter, correlations, settles }).await?;
        Ok(Received::DeadLettered(reason))
    }

    /// Where a message of the same name had its effect before.
    async fn was_here(&self, inbound: &Inbound) -> Result<Option<StreamId>, StoreError> {
        match &inbound.idempotency_key {
            Some(key) => Ok(self.store().executed(self.tenant(), key).await?.map(|executed| executed.stream)),
            None => Ok(None),
        }
    }

    async fn taker(&self, inbound: &Inbound, audit: &AuditContext) -> Result<Result<Taker, DeadLetterReason>, StoreError> {
        let unknown = || {
            let (message_type, pid) = (inbound.message_type.clone(), inbound.pid.clone());
            DeadLetterReason::UnknownPid { message_type, pid, audit: Box::new(audit.clone()) }
        };
        if planted!(ResumesTheFinished)
            && let Ok(taker) = self.continued(inbound, None, audit).await?
        {
            return Ok(Ok(taker));
        }
        match self.router().route(inbound) {
            None => Ok(Err(unknown())),
            Some(Route::Starts(workflow)) => Ok(self.driver(workflow).map(|driver| Taker { driver, process: None }).ok_or_else(unknown)),
            Some(Route::Joins(workflow)) => {
                let process = self.living(inbound, workflow).await?;
                Ok(self.driver(workflow).map(|driver| Taker { driver, process }).ok_or_else(unknown))
            }
            Some(Route::Continues) => self.continued(inbound, None, audit).await,
            Some(Route::ContinuesIn(workflow)) => self.continued(inbound, Some(workflow), audit).await,
        }
    }

    /// The living process of `workflow` that `inbound` names, where there is one.
    async fn living(&self, inbound: &Inbound, workflow: &str) -> Result<Option<ProcessIdentity>, StoreError> {
        for reference in inbound.refers_to() {
            let found = self.store().correlated(self.tenant(), reference).await?;
            let meant = |record: &ProcessRecord| !record.ended && record.identity.workflow == workflow;
            if let Some(ProcessRecord { identity, .. }) = found.into_iter().find(meant) {
                return Ok(Some(identity));
            }
        }
        Ok(None)
    }

    /// The process that `inbound` continues: the first that its references name, of `workflow` only when one is given.
    async fn continued(
        &self,
        inbound: &Inbound,
        workflow: Option<&str>,
        audit: &AuditContext,
    ) -> Result<Result<Taker, DeadLetterReason>, StoreError> {
        let meant = |record: &ProcessRecord| {
            let its = record.identity.workflow.as_str();
            its != BOUNDARY_WORKFLOW && workflow.is_none_or(|workflow| workflow == its)
        };
        for reference in inbound.refers_to() {
            let found = self.store().correlated(self.tenant(), reference).await?;
            let first = found.into_iter().filter(meant).min_by_key(|record| (record.ended, std::cmp::Reverse(record.began_at)));
            if let Some(ProcessRecord { identity, .. }) = first {
                return Ok(match self.driver(&identity.workflow) {
                    Some(driver) => Ok(Taker { driver, process: Some(identity) }),
                    None => Err(undriven(&identity, audit)),
                });
            }
        }
        let references = inbound.refers_to().map(ToString::to_string).collect();
        Ok(Err(DeadLetterReason::UnknownConversation { references, audit: Box::new(audit.clone()) }))
    }
}

fn undriven(identity: &ProcessIdentity, audit: &AuditContext) -> DeadLetterReason {
    let (stream, workflow) = (identity.stream.clone(), identity.workflow.clone());
    let audit = Box::new(audit.clone().process(stream.clone()));
    DeadLetterReason::ProcessingError { detail: ExecuteError::Undriven { stream, workflow }.to_string(), audit }
}

/// Why the message is a dead letter; the error itself when a later try may heal it. Whatever no later try can change must not stop the
/// messages behind it.
fn dead_letter_of(error: ReceiveError, audit: Box<AuditContext>) -> Result<DeadLetterReason, ExecuteError> {
    match error {
        ReceiveError::VersionMismatch { expected, received } => {
            Ok(DeadLetterReason::VersionMismatch { expected: expected.to_string(), received: received.to_string(), audit })
        }
        // Two equal messages at one instant, and the other was faster.
        ReceiveError::Execute(ExecuteError::Commit(CommitError::AlreadyExecuted { stream, .. })) => {
            Ok(DeadLetterReason::DuplicateMessage { audit: Box::new(audit.process(stream)) })
        }
        ReceiveError::Execute(error) if !error.is_permanent() => Err(error),
        ReceiveError::NoAdapters(_) | ReceiveError::Adapt(_) | ReceiveError::Execute(_) => {
            Ok(DeadLetterReason::ProcessingError { detail: error.to_string(), audit })
        }
    }
}
