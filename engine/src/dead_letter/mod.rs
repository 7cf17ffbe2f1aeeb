//! What could not be processed or delivered, kept with its reason and everything that is known about it.
//!
//! A dead letter is durable through the [`crate::Commit`] that settles what it replaces. A [`DeadLetterSink`] is told after that,
//! for logs and alarms; losing a sink's message loses nothing. Every [`DeadLetterReason`] carries its [`AuditContext`], so whoever
//! has the reason, in the store, in the log of events or in a sink, has all of it.
//!
//! ```
//! use mako_engine::dead_letter::{AuditContext, DeadLetter, DeadLetterReason};
//! let now = "2025-12-23T15:00:01Z".parse().unwrap();
//! let audit = AuditContext::at(now).message_type("UTILMD").pid("55999").sender_mp_id("9900000000002").message_reference("IC1/1");
//! let reason = DeadLetterReason::UnknownPid { message_type: "UTILMD".into(), pid: Some("55999".into()), audit: audit.into() };
//! assert_eq!((reason.label(), reason.to_string()), ("unknown_pid", "no workflow takes UTILMD 55999".to_owned()));
//! let letter = DeadLetter { reason, about: "UTILMD 55999 from 9900000000002".into() };
//! assert_eq!(letter.at(), now);
//! ```

mod audit;
mod kept;
mod reason;
mod sink;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use audit::AuditContext;
pub(crate) use kept::LetterRow;
pub use kept::{KeptLetter, Origin, PutBack, PutBackLetter};
pub use reason::DeadLetterReason;
pub use sink::{DeadLetterSink, LogDeadLetters};

use crate::Timestamp;
use crate::outbox::OutboxMessage;
use crate::ports::Id;
use crate::store::{Page, StoreError};

/// A message that could not be processed or delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadLetter {
    /// Why, and what is known about it.
    pub reason: DeadLetterReason,
    /// The message as people would name it: type, Prüfidentifikator, sender, reference, as far as they are known.
    pub about: String,
}

impl DeadLetter {
    /// When it became one, by the engine's clock.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.reason.audit().timestamp
    }
}

/// Reading dead letters. Writing is a [`crate::Commit`].
///
/// ```
/// use mako_engine::dead_letter::{AuditContext, DeadLetter, DeadLetterReason, DeadLetterStore as _};
/// use mako_engine::store::{AtomicAppend as _, KeyedStore};
/// use mako_engine::testing::MemoryBackend;
/// use mako_engine::{Cause, Commit, Timestamp};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = KeyedStore::open(MemoryBackend::default())?;
/// let now: Timestamp = "2025-12-23T15:00:00Z".parse()?;
/// let reason = DeadLetterReason::Unreadable { detail: "no UNB".into(), audit: AuditContext::at(now).into() };
/// let mut commit = Commit::new("9900000000001".into(), "boundary".into(), now, Cause::Command("by hand".into()));
/// commit.dead_letters.push(DeadLetter { reason, about: "12 bytes from nobody".into() });
/// store.append_with_outbox(commit).await?;
/// assert_eq!(store.dead_letters().await?.rows[0].about, "12 bytes from nobody");
/// let kept = store.dead_letter(1).await?.ok_or("the first one")?;
/// assert_eq!((kept.origin, kept.put_back), (None, None), "it was about no message of the inbox");
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait DeadLetterStore {
    /// Every dead letter, oldest first; one that cannot be read any more hides none of the others.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn dead_letters(&self) -> Result<Page<DeadLetter>, StoreError>;

    /// At most `limit` dead letters behind number `after`, oldest first, each with its number and what else the store knows about it.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    async fn dead_letters_after(&self, after: u64, limit: usize) -> Result<Page<KeptLetter>, StoreError>;

    /// The dead letter with this number.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails or the letter cannot be read.
    async fn dead_letter(&self, number: u64) -> Result<Option<KeptLetter>, StoreError>;

    /// The message that was given up under this id, as it was when it left the queue, as long as it was not put back.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails or the message cannot be read.
    async fn given_up(&self, id: Id) -> Result<Option<OutboxMessage>, StoreError>;
}
