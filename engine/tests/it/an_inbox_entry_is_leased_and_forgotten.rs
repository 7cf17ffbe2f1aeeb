//! The inbox where several work on it: one claims, a lease that ran out can be taken over, and whoever comes back late settles nothing.
//! What nobody repeats any more is forgotten.

use mako_engine::commit::{Commit, CommitError, Committed};
use mako_engine::inbox::{Accept, InboxClaim, InboxKey, InboxRefusal, InboxSettlement, InboxStore as _, Outcome};
use mako_engine::store::{AtomicAppend as _, KeyedStore};
use mako_engine::testing::MemoryBackend;
use mako_engine::{Cause, TenantId, Timestamp};

type Store = KeyedStore<MemoryBackend>;

fn at(seconds: i64) -> Timestamp {
    Timestamp::EPOCH.plus_seconds(seconds)
}

fn key(tenant: &str, sender: &str, message_id: &str) -> InboxKey {
    InboxKey { tenant: TenantId::new(tenant), sender: sender.to_owned(), message_id: message_id.to_owned() }
}

fn nothing(now: i64) -> Commit {
    Commit::new(TenantId::new("t"), "boundary".into(), at(now), Cause::Command("test".to_owned()))
}

async fn accept(store: &Store, key: &InboxKey, now: i64, known_s: i64) -> Result<Committed, CommitError> {
    let mut commit = Commit { tenant: key.tenant.clone(), ..nothing(now) };
    commit.accepts = Some(Accept { key: key.clone(), received_at: at(now), payload: b"UNB".to_vec(), known_until: at(now + known_s) });
    store.append_with_outbox(commit).await
}

async fn claim(store: &Store, key: &InboxKey, now: i64, until: i64) -> Result<u64, CommitError> {
    let mut commit = nothing(now);
    commit.claims_inbox = Some(InboxClaim { key: key.clone(), until: at(until) });
    Ok(store.append_with_outbox(commit).await?.inbox_token.unwrap())
}

async fn settle(store: &Store, key: &InboxKey, token: Option<u64>) -> Result<Committed, CommitError> {
    let mut commit = nothing(0);
    commit.settles_inbox = Some(InboxSettlement { key: key.clone(), part: 0, last: true, outcome: Outcome::Processed, token });
    store.append_with_outbox(commit).await
}

#[tokio::test]
async fn of_all_who_claim_one_wins_until_the_lease_ends() {
    let store = Store::open(MemoryBackend::default()).unwrap();
    let key = key("t", "partner", "m");
    accept(&store, &key, 0, 999).await.unwrap();
    assert_eq!(claim(&store, &key, 1, 60).await.unwrap(), 1);
    let refused = claim(&store, &key, 59, 120).await.unwrap_err();
    assert!(matches!(refused, CommitError::InboxClaimed { until, .. } if until == at(60)), "{refused}");
    assert_eq!(claim(&store, &key, 60, 120).await.unwrap(), 2);
}

#[tokio::test]
async fn a_holder_whose_lease_was_taken_over_settles_and_abandons_nothing() {
    let store = Store::open(MemoryBackend::default()).unwrap();
    let key = key("t", "partner", "m");
    accept(&store, &key, 0, 999).await.unwrap();
    let paused = claim(&store, &key, 1, 60).await.unwrap();
    let second = claim(&store, &key, 61, 120).await.unwrap();
    for token in [Some(paused), None] {
        let refused = settle(&store, &key, token).await.unwrap_err();
        assert!(matches!(refused, CommitError::InboxConflict { reason: InboxRefusal::LeaseTakenOver, .. }), "{refused}");
    }
    let mut abandon = nothing(62);
    abandon.abandons_inbox = Some((key.clone(), paused));
    assert!(matches!(store.append_with_outbox(abandon).await, Err(CommitError::InboxConflict { .. })));
    settle(&store, &key, Some(second)).await.unwrap();
    assert!(store.inbox_entry(&key).await.unwrap().unwrap().done);
    assert!(claim(&store, &key, 200, 300).await.is_err(), "what is settled never opens again");
}

#[tokio::test]
async fn an_abandoned_message_is_free_at_once_and_the_old_token_is_not() {
    let store = Store::open(MemoryBackend::default()).unwrap();
    let key = key("t", "partner", "m");
    accept(&store, &key, 0, 999).await.unwrap();
    let first = claim(&store, &key, 1, 60).await.unwrap();
    let mut abandon = nothing(2);
    abandon.abandons_inbox = Some((key.clone(), first));
    store.append_with_outbox(abandon).await.unwrap();
    assert!(settle(&store, &key, Some(first)).await.is_err());
    let second = claim(&store, &key, 3, 60).await.unwrap();
    assert_ne!(first, second);
    settle(&store, &key, Some(second)).await.unwrap();
}

#[tokio::test]
async fn a_duplicate_is_known_for_the_whole_horizon_and_forgotten_after_it() {
    let store = Store::open(MemoryBackend::default()).unwrap();
    let old = key("t", "partner", "old");
    accept(&store, &old, 0, 100).await.unwrap();
    settle(&store, &old, None).await.unwrap();
    let unsettled = key("t", "partner", "unsettled");
    accept(&store, &unsettled, 1, 10).await.unwrap();

    // Others come and go; until its time, the old one is known.
    for number in 0..9 {
        let other = key("t", "partner", &format!("other {number}"));
        accept(&store, &other, 90 + number, 1_000).await.unwrap();
        let again = accept(&store, &old, 99, 100).await.unwrap_err();
        assert!(matches!(again, CommitError::AlreadyAccepted { accepted_at, .. } if accepted_at == at(0)), "{again}");
    }
    accept(&store, &key("t", "partner", "late"), 101, 1_000).await.unwrap();
    assert_eq!(store.inbox_entry(&old).await.unwrap(), None);
    assert_eq!(store.inbox_payload(&old).await.unwrap(), None, "its bytes go with it");
    assert!(store.inbox_entry(&unsettled).await.unwrap().is_some(), "what is not settled is never forgotten");
}

#[tokio::test]
async fn the_past_shrinks_faster_than_it_grows() {
    let store = Store::open(MemoryBackend::default()).unwrap();
    let keys: Vec<InboxKey> = (0..40).map(|number| key("t", "partner", &number.to_string())).collect();
    for key in &keys {
        accept(&store, key, 0, 10).await.unwrap();
        settle(&store, key, None).await.unwrap();
    }
    for number in 0..20 {
        accept(&store, &key("t", "partner", &format!("new {number}")), 100, 1_000).await.unwrap();
    }
    for key in &keys {
        assert_eq!(store.inbox_entry(key).await.unwrap(), None);
    }
}

#[tokio::test]
async fn the_same_reference_from_another_sender_or_tenant_is_another_message() {
    let store = Store::open(MemoryBackend::default()).unwrap();
    let keys = [key("t", "a", "A1"), key("t", "b", "A1"), key("u", "a", "A1"), key("t", "a\0A1", ""), key("t", "a", "A1/")];
    for key in &keys {
        accept(&store, key, 0, 10).await.unwrap();
    }
    settle(&store, &keys[0], None).await.unwrap();
    for key in &keys[1..] {
        assert!(!store.inbox_entry(key).await.unwrap().unwrap().done, "{key}");
    }
}
