//! What is done to the stores: small alphabets, so that commits meet and hinder each other; choices that name what stands when their
//! turn comes, so that a shorter plan still makes sense.

use std::collections::BTreeMap;

use mako_engine::commit::{Cause, Commit, ExpectedVersion, NewDeadline, NewEvent, NewOutboxMessage, OutboxSettlement};
use mako_engine::dead_letter::{AuditContext, DeadLetter, DeadLetterReason};
use mako_engine::inbox::{Accept, InboxClaim, InboxKey, InboxSettlement, Outcome};
use mako_engine::projection::{ViewName, ViewUpdate};
use mako_engine::registry::ProcessIdentity;
use mako_engine::snapshot::Snapshot;
use mako_engine::store::Payload;
use mako_engine::{DeadlineLabel, FormatVersion, Id, Outgoing, StreamId, TenantId, Timestamp};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;

use super::Model;

/// Prefixes of each other, and a NUL.
pub const TENANTS: [&str; 2] = ["t", "t\0u"];
pub const STREAMS: [&str; 3] = ["s", "s/1", ""];
pub const LABELS: [&str; 2] = ["antwort", "antwort/2"];
pub const BUSINESS_KEYS: [&str; 2] = ["malo", "melo"];
pub const CORRELATIONS: [&str; 2] = ["v", "v\0"];
pub const COMMANDS: [&str; 3] = ["c", "c/1", ""];
pub const SENDERS: [&str; 2] = ["a", "a\0m"];
pub const MESSAGES: [&str; 3] = ["m", "m/1", "n"];
/// Seconds between which everything happens; later ones are never reached.
pub const SECONDS: i64 = 12;

pub fn at(second: i64) -> Timestamp {
    Timestamp::EPOCH.plus_seconds(second)
}

/// Every view: two versions of one name, and a name that begins with the other.
pub fn views() -> [ViewName; 3] {
    [ViewName::new("open", 1), ViewName::new("open", 2), ViewName::new("open\0", 1)]
}

/// Every message that can be received.
pub fn inbox_keys() -> Vec<InboxKey> {
    let mut keys = Vec::new();
    for tenant in TENANTS {
        for sender in SENDERS {
            keys.extend(MESSAGES.map(|id| InboxKey { tenant: tenant.into(), sender: sender.to_owned(), message_id: id.to_owned() }));
        }
    }
    keys
}

/// One thing that is done to a store.
#[derive(Debug, Clone)]
pub enum Step {
    /// Commits that wait for the writer together.
    Group(Vec<CommitPlan>),
    /// The store is closed and opened again.
    Reopen,
    /// A row of a queue becomes unreadable and is set aside.
    Damage(Queue, Index),
}

#[derive(Debug, Clone, Copy)]
pub enum Queue {
    /// Found by when it is due.
    OutboxDue,
    /// Found by what caused it.
    OutboxFeed,
    Deadlines,
    Inbox,
}

#[derive(Debug, Clone)]
pub struct CommitPlan {
    tenant: usize,
    stream: usize,
    second: i64,
    expected: Expected,
    events: usize,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Copy)]
enum Expected {
    Any,
    NoStream,
    Exists,
    Exact,
    Stale,
    Ahead,
}

/// A part of a commit.
#[derive(Debug, Clone)]
enum Part {
    Starts,
    Ends,
    Queue,
    /// A message under the id of one that stands.
    QueuesAgain(Index),
    /// Two messages under one id.
    QueuesTwice,
    SettlesOutbox(Index, Settling),
    SetsDeadline(usize, i64),
    Cancels(usize),
    /// The deadline of this label, when it stands then, or else at this second.
    Fires(usize, i64),
    Claims(usize),
    Correlates(usize),
    /// The commit has this name.
    Named(usize),
    Accepts {
        key: Index,
        received: i64,
        known_until: i64,
    },
    ClaimsInbox {
        key: Index,
        until: i64,
    },
    AbandonsInbox {
        key: Index,
        token: Token,
    },
    SettlesInbox {
        key: Index,
        part: PartChoice,
        last: bool,
        outcome: Outcome,
        token: Token,
    },
    TakesSnapshot {
        mislabelled: bool,
    },
    ForgetsSnapshot,
    UpdatesView {
        view: usize,
        stale: bool,
        reach: Reach,
        rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    },
    DeadLetter,
}

#[derive(Debug, Clone, Copy)]
enum Settling {
    Delivered,
    Exhausted,
    Rescheduled(i64),
}

/// Up to where a view is said to be made.
#[derive(Debug, Clone, Copy)]
enum Reach {
    /// To before where the update begins.
    Behind,
    /// To the end of the log before the commit.
    Log,
    /// To the last event of the commit itself.
    Commit,
    /// One event further.
    Beyond,
}

#[derive(Debug, Clone, Copy)]
enum Token {
    /// That of the standing lease, if there is one.
    Standing,
    None,
    /// That of the first claim.
    First,
}

#[derive(Debug, Clone, Copy)]
enum PartChoice {
    Next,
    Before,
    TooFar,
}

fn seconds() -> impl Strategy<Value = i64> {
    0..SECONDS
}

fn inbox_part() -> impl Strategy<Value = Part> {
    let outcome = prop_oneof![Just(Outcome::Processed), Just(Outcome::Refused), Just(Outcome::DeadLettered)];
    let token = || prop_oneof![6 => Just(Token::Standing), 1 => Just(Token::None), 1 => Just(Token::First)];
    let choice = prop_oneof![6 => Just(PartChoice::Next), 1 => Just(PartChoice::Before), 1 => Just(PartChoice::TooFar)];
    prop_oneof![
        6 => (any::<Index>(), seconds(), seconds())
            .prop_map(|(key, received, known_until)| Part::Accepts { key, received, known_until }),
        3 => (any::<Index>(), seconds()).prop_map(|(key, until)| Part::ClaimsInbox { key, until }),
        2 => (any::<Index>(), token()).prop_map(|(key, token)| Part::AbandonsInbox { key, token }),
        6 => (any::<Index>(), choice, prop::bool::weighted(0.7), outcome, token())
            .prop_map(|(key, part, last, outcome, token)| Part::SettlesInbox { key, part, last, outcome, token }),
    ]
}

fn any_part() -> impl Strategy<Value = Part> {
    let settling = prop_oneof![Just(Settling::Delivered), Just(Settling::Exhausted), seconds().prop_map(Settling::Rescheduled)];
    let reach = prop_oneof![1 => Just(Reach::Behind), 6 => Just(Reach::Log), 2 => Just(Reach::Commit), 1 => Just(Reach::Beyond)];
    let row_key = vec(prop_oneof![Just(0_u8), Just(b'a'), Just(0xff)], 0..3);
    let rows = btree_map(row_key, option::weighted(0.7, vec(any::<u8>(), 0..3)), 0..4);
    prop_oneof![
        16 => inbox_part(),
        4 => Just(Part::Starts),
        1 => Just(Part::Ends),
        4 => Just(Part::Queue),
        1 => any::<Index>().prop_map(Part::QueuesAgain),
        1 => Just(Part::QueuesTwice),
        2 => (0..COMMANDS.len()).prop_map(Part::Named),
        4 => (any::<Index>(), settling).prop_map(|(index, settling)| Part::SettlesOutbox(index, settling)),
        4 => (0..LABELS.len(), seconds()).prop_map(|(label, due)| Part::SetsDeadline(label, due)),
        1 => (0..LABELS.len()).prop_map(Part::Cancels),
        2 => (0..LABELS.len(), seconds()).prop_map(|(label, due)| Part::Fires(label, due)),
        2 => (0..BUSINESS_KEYS.len()).prop_map(Part::Claims),
        2 => (0..CORRELATIONS.len()).prop_map(Part::Correlates),
        2 => prop::bool::weighted(0.3).prop_map(|mislabelled| Part::TakesSnapshot { mislabelled }),
        1 => Just(Part::ForgetsSnapshot),
        3 => (0..views().len(), prop::bool::weighted(0.3), reach, rows)
            .prop_map(|(view, stale, reach, rows)| Part::UpdatesView { view, stale, reach, rows }),
        1 => Just(Part::DeadLetter),
    ]
}

fn commit(part: BoxedStrategy<Part>) -> impl Strategy<Value = CommitPlan> {
    let expected = prop_oneof![
        8 => Just(Expected::Any),
        1 => Just(Expected::NoStream),
        1 => Just(Expected::Exists),
        3 => Just(Expected::Exact),
        1 => Just(Expected::Stale),
        1 => Just(Expected::Ahead),
    ];
    let events = prop_oneof![1 => Just(0_usize), 6 => 1_usize..4];
    // Instants need not follow each other: several engines share a store, and no clock is perfect.
    (0..TENANTS.len(), 0..STREAMS.len(), seconds(), expected, events, vec(part, 0..4))
        .prop_map(|(tenant, stream, second, expected, events, parts)| CommitPlan { tenant, stream, second, expected, events, parts })
}

fn steps_of(part: BoxedStrategy<Part>) -> impl Strategy<Value = Vec<Step>> {
    let queue = prop_oneof![Just(Queue::OutboxDue), Just(Queue::OutboxFeed), Just(Queue::Deadlines), Just(Queue::Inbox)];
    let step = prop_oneof![
        16 => vec(commit(part), 1..8).prop_map(Step::Group),
        1 => Just(Step::Reopen),
        1 => (queue, any::<Index>()).prop_map(|(queue, index)| Step::Damage(queue, index)),
    ];
    vec(step, 1..40)
}

/// A plan of some steps. What is forgotten needs a crowd in the inbox, so some plans do little else.
pub fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop_oneof![3 => steps_of(any_part().boxed()), 1 => steps_of(inbox_part().boxed())]
}

/// Numbers that nothing else has.
#[derive(Default)]
pub struct Ids(u128);

impl Ids {
    fn next(&mut self) -> Id {
        self.0 += 1;
        // Not in the order in which they are given, so that nothing is sorted by accident; and 0 is nobody.
        Id::from_u128((8 + self.0) ^ 0b110)
    }
}

impl CommitPlan {
    /// The commit, in view of what stands in `model`.
    pub fn resolve(&self, model: &Model, ids: &mut Ids) -> Commit {
        let (tenant, stream) = (TenantId::new(TENANTS[self.tenant]), StreamId::new(STREAMS[self.stream]));
        let version = model.version(&tenant, &stream);
        let cause = Cause::Command(format!("at {}", self.second));
        let mut commit = Commit::new(tenant, stream, at(self.second), cause);
        commit.expected = match self.expected {
            Expected::Any => ExpectedVersion::Any,
            Expected::NoStream => ExpectedVersion::NoStream,
            Expected::Exists => ExpectedVersion::Exists,
            Expected::Exact => ExpectedVersion::Exact(version),
            Expected::Stale => ExpectedVersion::Exact(version.saturating_sub(1)),
            Expected::Ahead => ExpectedVersion::Exact(version + 1),
        };
        for number in 0..self.events {
            let payload = Payload::encode(&number).expect("a number");
            commit.events.push(NewEvent { id: ids.next(), event_type: "Happened".to_owned(), schema_version: 1, payload });
        }
        for part in &self.parts {
            part.add_to(&mut commit, model, ids);
        }
        commit
    }
}

impl Part {
    fn add_to(&self, commit: &mut Commit, model: &Model, ids: &mut Ids) {
        let keys = inbox_keys();
        // Mostly one of the commit's own tenant: the others are refused.
        let one_of = |index: &Index| {
            let key = index.get(&keys).clone();
            if index.index(8) == 0 { key } else { InboxKey { tenant: commit.tenant.clone(), ..key } }
        };
        let token = |choice: Token, key: &InboxKey| match choice {
            Token::Standing => model.inbox.get(key).and_then(|entry| entry.lease).map(|lease| lease.token),
            Token::None => None,
            Token::First => Some(1),
        };
        let place = (commit.tenant.clone(), commit.stream.clone());
        match self {
            Self::Starts => {
                let (tenant, stream) = place;
                let workflow = "model".to_owned();
                commit.starts = Some(ProcessIdentity { tenant, stream, workflow, rules: FormatVersion::LATEST });
            }
            Self::Ends => commit.ends = true,
            Self::Queue => queue(commit, ids.next()),
            Self::QueuesAgain(index) => {
                if !model.queued.is_empty() {
                    queue(commit, *index.get(&model.queued.keys().copied().collect::<Vec<_>>()));
                }
            }
            Self::QueuesTwice => {
                let id = ids.next();
                queue(commit, id);
                queue(commit, id);
            }
            Self::Named(name) => commit.idempotency_key = Some(COMMANDS[*name].into()),
            Self::SettlesOutbox(index, settling) => {
                let own = model.queued.values().filter(|message| message.tenant == commit.tenant || message.attempts % 2 == 1);
                let queued: Vec<Id> = own.map(|message| message.id).chain([Id::from_u128(0)]).collect();
                let id = *index.get(&queued);
                commit.settles_outbox = Some(match settling {
                    Settling::Delivered => OutboxSettlement::Delivered(id),
                    Settling::Exhausted => OutboxSettlement::Exhausted(id),
                    Settling::Rescheduled(second) => {
                        OutboxSettlement::Rescheduled { id, next_try: at(*second), error: format!("until {second}") }
                    }
                });
            }
            Self::SetsDeadline(label, due) => {
                let (label, reason) = (LABELS[*label].into(), format!("since {}", commit.at));
                commit.deadlines_set.push(NewDeadline { label, due: at(*due), reason });
            }
            Self::Cancels(label) => commit.deadlines_cancelled.push(LABELS[*label].into()),
            Self::Fires(label, second) => {
                let label = DeadlineLabel::new(LABELS[*label]);
                // Mostly as a scheduler would: at the instant at which it stands.
                let standing = model.deadlines.get(&(place, label.clone())).filter(|_| second % 4 != 0);
                let due = standing.map_or(at(*second), |deadline| deadline.due);
                commit.deadline_fired = Some((label, due));
            }
            Self::Claims(key) => commit.claims.push(BUSINESS_KEYS[*key].into()),
            Self::Correlates(key) => commit.correlations.push(CORRELATIONS[*key].into()),
            Self::Accepts { key, received, known_until } => {
                let payload = format!("UNB {}", ids.next()).into_bytes();
                let key = one_of(key);
                commit.accepts = Some(Accept { key, received_at: at(*received), payload, known_until: at(*known_until) });
            }
            Self::ClaimsInbox { key, until } => commit.claims_inbox = Some(InboxClaim { key: one_of(key), until: at(*until) }),
            Self::AbandonsInbox { key, token: choice } => {
                let key = one_of(key);
                let token = token(*choice, &key).unwrap_or(7);
                commit.abandons_inbox = Some((key, token));
            }
            Self::SettlesInbox { key, part, last, outcome, token: choice } => {
                // Mostly something that can be settled.
                let open = model.inbox.values().filter(|entry| !entry.done && entry.key.tenant == commit.tenant);
                let open: Vec<InboxKey> = open.map(|entry| entry.key.clone()).collect();
                let key = if open.is_empty() || key.index(8) == 0 { one_of(key) } else { key.get(&open).clone() };
                let next = model.inbox.get(&key).map_or(0, |entry| entry.settled.len() as u32);
                let part = match part {
                    PartChoice::Next => next,
                    PartChoice::Before => next.saturating_sub(1),
                    PartChoice::TooFar => next + 1,
                };
                let token = token(*choice, &key);
                commit.settles_inbox = Some(InboxSettlement { key, part, last: *last, outcome: *outcome, token });
            }
            Self::TakesSnapshot { mislabelled } => {
                let version = model.version(&commit.tenant, &commit.stream) + commit.events.len() as u64;
                let state = Payload::encode(&version).expect("a number");
                let workflow = "model".to_owned();
                commit.snapshot = Some(Snapshot { version: version + u64::from(*mislabelled), workflow, state_version: 1, state });
            }
            Self::ForgetsSnapshot => commit.forgets_snapshot = true,
            Self::UpdatesView { view, stale, reach, rows } => {
                let view = views()[*view].clone();
                let from = model.checkpoint(&view.to_string()) + u64::from(*stale);
                let (log_ends, own) = (model.log.len() as u64, commit.events.len() as u64);
                let to = match reach {
                    Reach::Behind => from.saturating_sub(1),
                    Reach::Log => from.max(log_ends),
                    Reach::Commit => from.max(log_ends + own),
                    Reach::Beyond => from.max(log_ends + own) + 1,
                };
                commit.view = Some(ViewUpdate { view, from, to, rows: rows.clone() });
            }
            Self::DeadLetter => {
                let audit = AuditContext::at(commit.at).tenant(commit.tenant.clone()).into();
                let reason = DeadLetterReason::Unreadable { detail: "no UNB".to_owned(), audit };
                commit.dead_letters.push(DeadLetter { reason, about: ids.next().to_string() });
            }
        }
    }
}

fn queue(commit: &mut Commit, id: Id) {
    let payload = serde_json::json!({ "number": id.to_string() });
    let (channel, recipient, kind) = ("as4".to_owned(), "partner".to_owned(), "kind".to_owned());
    commit.outbox.push(NewOutboxMessage { id, message: Outgoing { channel, recipient, kind, fulfils: None, payload } });
}
