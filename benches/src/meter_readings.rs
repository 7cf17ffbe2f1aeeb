//! A process whose events are the size of the market's: about 300 bytes of JSON each.

use mako_engine::commit::{NewDeadline, NewEvent, NewOutboxMessage};
use mako_engine::inbox::{Accept, InboxKey};
use mako_engine::store::{Payload, StoreError};
use mako_engine::{
    Cause, Commit, Decision, EventPayload, Id, Outgoing, Rejection, StreamId, TenantId, TimeoutDeadline, Timestamp, Workflow,
    WorkflowResult,
};
use serde::{Deserialize, Serialize};

/// A reading came in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingReceived {
    /// Who sent it.
    pub sender: String,
    /// Which Marktlokation.
    pub malo: String,
    /// Its interchange, document and Vorgang.
    pub original: [String; 3],
    /// When it was received.
    pub received_at: Timestamp,
    /// From when to when.
    pub period: [Timestamp; 2],
    /// How much.
    pub kwh: u64,
}

impl ReadingReceived {
    /// Reading number `number`.
    #[must_use]
    pub fn number(number: u64) -> Self {
        let at = Timestamp::from_unix_ms(1_766_502_001_000).plus_seconds(i64::try_from(number).unwrap_or(0) * 900);
        Self {
            sender: "9999000002010".to_owned(),
            malo: "51999990018".to_owned(),
            original: [format!("IC{number:010}"), format!("DOC{number:010}"), format!("VG{number:010}")],
            received_at: at,
            period: [at.plus_seconds(-900), at],
            kwh: number % 1_000,
        }
    }
}

impl EventPayload for ReadingReceived {
    const TYPES: &'static [(&'static str, u16)] = &[("ReadingReceived", 1)];

    fn event_type(&self) -> &'static str {
        "ReadingReceived"
    }
}

/// A reading is there.
#[derive(Debug, Clone)]
pub struct Command(pub ReadingReceived);

impl From<TimeoutDeadline> for Command {
    fn from(_: TimeoutDeadline) -> Self {
        Self(ReadingReceived::number(0))
    }
}

/// Adds readings up.
pub struct MeterReadings;

impl Workflow for MeterReadings {
    const NAME: &'static str = "meter-readings";
    const DEADLINE_LABELS: &'static [&'static str] = &["answer"];
    type State = (u64, u64);
    type Command = Command;
    type Event = ReadingReceived;

    fn handle(_: &Self::State, Command(reading): Command) -> WorkflowResult<ReadingReceived> {
        Ok(Decision::event(reading))
    }

    fn apply((count, kwh): Self::State, event: &ReadingReceived) -> Self::State {
        (count + 1, kwh + event.kwh)
    }
}

/// A commit of `events` readings to `stream`, numbered from `number`.
///
/// # Errors
/// [`StoreError::Undecodable`] when a reading does not serialise.
pub fn commit_of(stream: &str, number: u64, events: u64) -> Result<Commit, StoreError> {
    let cause = Cause::Command("a bench".to_owned());
    let mut commit = Commit::new(TenantId::new("9999000001012"), StreamId::new(stream), ReadingReceived::number(number).received_at, cause);
    for number in number..number + events {
        let payload = Payload::encode(&ReadingReceived::number(number))
            .map_err(|error| StoreError::Undecodable { what: "reading", detail: error.to_string() })?;
        let id = Id::from_u128(u128::from(number) << 8);
        commit.events.push(NewEvent { id, event_type: "ReadingReceived".to_owned(), schema_version: 1, payload });
    }
    Ok(commit)
}

/// As [`commit_of`] with three events, and an outbox message, a deadline and an inbox claim beside them: what one received message
/// causes at most.
///
/// # Errors
/// A [`Rejection`] when the message does not serialise, or a reading does not.
pub fn full_commit(stream: &str, number: u64) -> Result<Commit, Rejection> {
    let mut commit = commit_of(stream, number, 3).map_err(|error| Rejection::new("unserialisable", error.to_string()))?;
    let message = Outgoing::new("as4", "9999000002010", "UTILMD 55002", &ReadingReceived::number(number))?.fulfils("answer");
    commit.outbox.push(NewOutboxMessage { id: Id::from_u128((u128::from(number) << 8) | 1), message });
    let due = commit.at.plus_seconds(86_400);
    commit.deadlines_set.push(NewDeadline { label: "answer".into(), due, reason: "WT+1".to_owned() });
    let key = InboxKey { tenant: commit.tenant.clone(), sender: "9999000002010".to_owned(), message_id: format!("{number}@bench") };
    commit.accepts = Some(Accept { key, received_at: commit.at, payload: vec![b'\''; 1_200], known_until: Timestamp::MAX });
    Ok(commit)
}
