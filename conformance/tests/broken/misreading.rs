//! Stores that keep everything and tell it wrongly.

use async_trait::async_trait;
use mako_engine::Timestamp;
use mako_engine::commit::{Commit, CommitError, Committed};
use mako_engine::dead_letter::DeadLetter;
use mako_engine::deadline::Deadline;
use mako_engine::inbox::InboxEntry;
use mako_engine::outbox::OutboxMessage;
use mako_engine::store::{RecordedEvent, StoreError};

use super::{Broken, Inner};

macro_rules! misreading {
    ($($(#[$doc:meta])* $name:ident { $($body:tt)* })*) => {
        $($(#[$doc])*
        #[derive(Default)]
        pub struct $name;
        #[async_trait]
        impl Broken for $name { $($body)* })*
    };
}

misreading! {
    /// What is due within the hour is due now.
    FiresEarly {
        fn now(&self, now: Timestamp) -> Timestamp {
            now.plus_seconds(3_600)
        }
    }
    /// What is due now is due in a millisecond.
    FiresLate {
        fn now(&self, now: Timestamp) -> Timestamp {
            now.plus_ms(-1)
        }
    }
    /// The last one comes first.
    NewestFirst {
        fn queued(&self, mut queued: Vec<OutboxMessage>) -> Vec<OutboxMessage> {
            queued.reverse();
            queued
        }
        fn deadlines(&self, _: Timestamp, mut deadlines: Vec<Deadline>) -> Vec<Deadline> {
            deadlines.reverse();
            deadlines
        }
        fn pending(&self, mut pending: Vec<InboxEntry>) -> Vec<InboxEntry> {
            pending.reverse();
            pending
        }
        fn letters(&self, mut letters: Vec<DeadLetter>) -> Vec<DeadLetter> {
            letters.reverse();
            letters
        }
    }
    /// Everything at once, whatever was asked for.
    IgnoresLimits {
        fn limit(&self, _: usize) -> usize {
            usize::MAX
        }
    }
    /// A page begins with the last event of the one before.
    ReadsInclusive {
        fn after(&self, after: u64) -> u64 {
            after.saturating_sub(1)
        }
    }
    /// A stream without events is an error.
    RefusesTheUnknown {
        fn events(&self, events: Vec<RecordedEvent>) -> Result<Vec<RecordedEvent>, StoreError> {
            if events.is_empty() { Err(StoreError::Injected("no such stream")) } else { Ok(events) }
        }
    }
    /// Every other position is empty.
    SkipsPositions {
        async fn append(&self, inner: Inner<'_>, commit: Commit) -> Result<Committed, CommitError> {
            let committed = inner.append_with_outbox(commit).await?;
            Ok(Committed { first_position: (2 * committed.first_position).saturating_sub(1), ..committed })
        }
        fn events(&self, mut events: Vec<RecordedEvent>) -> Result<Vec<RecordedEvent>, StoreError> {
            for event in &mut events {
                event.position = 2 * event.position - 1;
            }
            Ok(events)
        }
    }
    /// The answer names the version before the commit.
    MiscountsCommits {
        async fn append(&self, inner: Inner<'_>, commit: Commit) -> Result<Committed, CommitError> {
            let events = commit.events.len() as u64;
            let committed = inner.append_with_outbox(commit).await?;
            Ok(Committed { version: committed.version - events, ..committed })
        }
    }
    /// Nothing is ever due later.
    NeverWakes {
        fn next(&self, _: Option<Timestamp>) -> Option<Timestamp> {
            None
        }
    }
    /// A message does not say which event caused it.
    LosesOrigin {
        fn queued(&self, mut queued: Vec<OutboxMessage>) -> Vec<OutboxMessage> {
            queued.iter_mut().for_each(|message| message.caused_by = 0);
            queued
        }
    }
    /// A failed try counts twice.
    CountsTriesTwice {
        fn queued(&self, mut queued: Vec<OutboxMessage>) -> Vec<OutboxMessage> {
            queued.iter_mut().for_each(|message| message.attempts *= 2);
            queued
        }
    }
    /// The bytes of a received message are cut at a NUL.
    LosesBytes {
        fn payload(&self, payload: Option<Vec<u8>>) -> Option<Vec<u8>> {
            payload.map(|bytes| bytes.into_iter().take_while(|byte| *byte != 0).collect())
        }
    }
}
