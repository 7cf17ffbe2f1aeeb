//! Putting a dead letter back: its message goes to where it came from, in one commit that says who did it, and why.
//!
//! A received message is worked off again as its first receipt stands: Fristen count from then. A message that was given up is tried again
//! under its id and with its bytes, for as long as a new one is. Nothing is forgotten: the letter stays and says that it was put back, and
//! an event of the boundary does. A second time is refused.

use super::EngineContext;
use crate::boundary::BoundaryEvent;
use crate::commit::{Cause, CommitError, Committed};
use crate::dead_letter::PutBackLetter;
use crate::process::ExecuteError;

impl EngineContext {
    /// Puts the message of a dead letter back: a part of a received message into the inbox, as if it were not settled, a message that was
    /// given up into the outbox, as if nobody had tried. The outbox worker of this engine goes on with it by itself; whoever works off the
    /// inbox has to be woken as after an accept.
    ///
    /// # Errors
    /// [`CommitError::NoDeadLetter`], [`CommitError::PutBackBefore`] with who did it, [`CommitError::CannotPutBack`] with what to do instead;
    /// then nothing was written.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use mako_engine::boundary::BoundaryEvent;
    /// use mako_engine::dead_letter::{AuditContext, DeadLetter, DeadLetterReason};
    /// use mako_engine::inbox::{Accept, InboxKey, InboxSettlement, Outcome};
    /// # use mako_engine::boundary::boundary_stream;
    /// # use mako_engine::store::KeyedStore;
    /// # use mako_engine::testing::MemoryBackend;
    /// use mako_engine::{BoundaryNote, Cause, Commit, CommitError, EngineBuilder, ExecuteError, SystemClock, SystemIds};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let store = Arc::new(KeyedStore::open(MemoryBackend::default())?);
    /// # let engine = EngineBuilder::new("9900000000001".into(), store, Arc::new(SystemClock), Arc::new(SystemIds)).build()?;
    /// # let tenant = engine.tenant().clone();
    /// # let key = InboxKey { tenant: tenant.clone(), sender: "9900000000002".to_owned(), message_id: "1@2".to_owned() };
    /// # let received_at = engine.clock().now();
    /// # let cause = Cause::Message { inbox: key.clone(), part: 0 };
    /// # let mut accept = Commit::new(tenant, boundary_stream(), received_at, cause);
    /// # let known_until = received_at.plus_seconds(86_400);
    /// # accept.accepts = Some(Accept { key: key.clone(), received_at, known_until, payload: b"UNB+".to_vec() });
    /// # engine.commit(accept).await?;
    /// // A message under `key` was accepted, and nobody here could do anything with it.
    /// let (audit, about) = (AuditContext::at(received_at).into(), "UTILMD 55999".to_owned());
    /// let reason = DeadLetterReason::UnknownPid { message_type: "UTILMD".into(), pid: Some("55999".into()), audit };
    /// let settles = InboxSettlement { key, part: 0, last: true, outcome: Outcome::DeadLettered, token: None };
    /// let event = BoundaryEvent::DeadLettered { about: about.clone(), reason: reason.clone() };
    /// let dead_letter = Some(DeadLetter { reason, about });
    /// engine.note(BoundaryNote { event, answers: vec![], dead_letter, correlations: vec![], settles }).await?;
    /// assert!(engine.store().inbox_pending(1).await?.rows.is_empty());
    ///
    /// // A release later somebody can.
    /// engine.put_back(1, "A. Meier", "55999 is known since today").await?;
    /// assert!(engine.store().inbox_pending(1).await?.rows[0].is_open(0));
    /// let again = engine.put_back(1, "B. Schulz", "to be sure").await;
    /// assert!(matches!(again, Err(ExecuteError::Commit(CommitError::PutBackBefore { before, .. })) if before.by == "A. Meier"));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn put_back(&self, letter: u64, by: &str, because: &str) -> Result<Committed, ExecuteError> {
        let kept = self.store().dead_letter(letter).await?.ok_or(CommitError::NoDeadLetter { number: letter })?;
        let cause = Cause::Person { by: by.to_owned(), because: because.to_owned() };
        let mut commit = self.at_boundary(&BoundaryEvent::PutBack { letter, about: kept.letter.about }, cause)?;
        commit.puts_back = Some(PutBackLetter { number: letter, by: by.to_owned(), because: because.to_owned() });
        self.commit_at_boundary(commit).await
    }
}
