//! A backup of an open store is one state between two commits: complete, proven by its head, and not shorter than what was acknowledged.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use futures_util::future::join_all;
use mako_engine::commit::{NewDeadline, NewEvent, NewOutboxMessage};
use mako_engine::deadline::DeadlineStore as _;
use mako_engine::outbox::OutboxStore as _;
use mako_engine::registry::{ProcessIdentity, ProcessRegistry as _};
use mako_engine::store::fjall::{Backup, BackupError, FjallBackend, FjallOptions};
use mako_engine::store::{AtomicAppend as _, EventStore as _, Finding, KeyedStore, Payload, StoreOptions, Writing};
use mako_engine::{Cause, Commit, FormatVersion, Id, Outgoing, TenantId, Timestamp};

use crate::directory::home;

/// Threads, and writers on each of them that wait at the same time.
const THREADS: u64 = 8;
const WRITERS: u64 = 8;

type Store = KeyedStore<FjallBackend>;

fn open(dir: &Path, writing: Writing) -> Store {
    // Small limits, so that tables are written and compacted while a backup reads them.
    let options = FjallOptions { journal_bytes: 200_000, memtable_bytes: 100_000, ..FjallOptions::default() };
    let (backend, report) = FjallBackend::open(dir, options).unwrap();
    assert_eq!(report.cut, None);
    KeyedStore::open_with(backend, StoreOptions { writing, probe: None }).unwrap()
}

/// An event, and with it a process, a message and a deadline: something in each of the three places where tables lie.
fn commit(number: u64) -> Commit {
    let (tenant, stream) = (TenantId::new("9900000000001"), format!("anfrage/{number}"));
    let mut commit = Commit::new(tenant.clone(), stream.as_str().into(), Timestamp::EPOCH, Cause::Command("test".to_owned()));
    let payload = Payload::encode(&"x".repeat(200)).unwrap();
    commit.events.push(NewEvent { id: Id::from_u128(number.into()), event_type: "Asked".to_owned(), schema_version: 1, payload });
    let workflow = "anfrage".to_owned();
    commit.starts = Some(ProcessIdentity { tenant, stream: stream.as_str().into(), workflow, rules: FormatVersion::Fv2025_10_01 });
    let message = Outgoing::new("as4", "9900000000002", "Anfrage", &number).unwrap();
    commit.outbox.push(NewOutboxMessage { id: Id::from_u128(number.into()), message });
    commit.deadlines_set.push(NewDeadline { label: "Antwort".into(), due: Timestamp::EPOCH.plus_seconds(9), reason: String::new() });
    commit
}

/// Commits until it is told to end; what was acknowledged is said at once.
async fn write(store: &Store, first: u64, ended: &AtomicBool, acknowledged: &AtomicU64) {
    for round in 0.. {
        if ended.load(SeqCst) {
            return;
        }
        let committed = store.append_with_outbox(commit(first + round * THREADS * WRITERS)).await.unwrap();
        acknowledged.fetch_max(committed.first_position, SeqCst);
    }
}

#[test]
fn each_is_a_prefix_of_the_log_as_long_as_what_was_acknowledged_when_it_began() {
    let home = home();
    let store = open(&home.path().join("store"), Writing::Thread);
    let (ended, acknowledged) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut backups: Vec<(u64, Backup)> = Vec::new();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, ended, acknowledged) = (&store, &ended, &acknowledged);
            scope.spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(join_all((0..WRITERS).map(|writer| write(store, thread * WRITERS + writer, ended, acknowledged))));
            });
        }
        while backups.len() < 6 {
            let at_least = acknowledged.load(SeqCst);
            let to = home.path().join(format!("backup-{}", backups.len()));
            let backup = store.backend().backup(&to).unwrap();
            backups.push((at_least, backup));
            // The next one begins behind some hundred commits more.
            while acknowledged.load(SeqCst) < backup.head.position + 300 {
                std::thread::yield_now();
            }
        }
        ended.store(true, SeqCst);
    });
    let wait = |work| tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work);
    wait(async {
        let live = store.read_all(0, usize::MAX).await.unwrap();
        for (number, (at_least, backup)) in backups.iter().enumerate() {
            let saved = open(&home.path().join(format!("backup-{number}")), Writing::Inline);
            let report = saved.verify(Some(backup.head)).unwrap();
            assert_eq!((report.head, report.findings), (backup.head, Vec::new()), "backup {number}");
            assert!(report.events >= *at_least, "backup {number} has {} events, {at_least} were acknowledged", report.events);
            let events = saved.read_all(0, usize::MAX).await.unwrap();
            assert_eq!(events, live[..report.events as usize], "backup {number} is no prefix");
            let tenant = TenantId::new("9900000000001");
            let (messages, deadlines) =
                (saved.outbox_due(Timestamp::MAX, usize::MAX).await, saved.deadlines_due(Timestamp::MAX, usize::MAX).await);
            let beside = [messages.unwrap().rows.len(), deadlines.unwrap().rows.len(), saved.processes(&tenant).await.unwrap().len()];
            assert_eq!(beside, [report.events as usize; 3], "backup {number}: messages, deadlines and processes of its events");
        }
        assert!(backups.last().is_some_and(|(_, backup)| backup.head.position < live.len() as u64), "commits went on behind the last one");
    });
}

#[tokio::test]
async fn what_was_restored_goes_on_where_it_was_saved() {
    let home = home();
    let store = open(&home.path().join("store"), Writing::Inline);
    for number in 0..5 {
        store.append_with_outbox(commit(number)).await.unwrap();
    }
    let backup = store.backend().backup(home.path().join("saved")).unwrap();
    drop(store);
    let restored = open(&home.path().join("saved"), Writing::Inline);
    assert_eq!(restored.append_with_outbox(commit(5)).await.unwrap().first_position, 6);
    assert_eq!(restored.verify(Some(backup.head)).unwrap().findings, []);
}

#[tokio::test]
async fn a_backup_that_lost_its_end_is_found_by_the_head_that_was_noted() {
    let home = home();
    let store = open(&home.path().join("store"), Writing::Inline);
    store.append_with_outbox(commit(0)).await.unwrap();
    store.backend().backup(home.path().join("early")).unwrap();
    store.append_with_outbox(commit(1)).await.unwrap();
    let late = store.backend().backup(home.path().join("late")).unwrap();
    let report = open(&home.path().join("early"), Writing::Inline).verify(Some(late.head)).unwrap();
    assert_eq!(report.findings, [Finding::Truncated { ends_at: 1, acknowledged: 2 }]);
}

#[tokio::test]
async fn nothing_is_overwritten_and_what_a_killed_backup_left_is_removed() {
    let home = home();
    let store = open(&home.path().join("store"), Writing::Inline);
    store.append_with_outbox(commit(0)).await.unwrap();
    let to = home.path().join("saved");
    fs::create_dir(&to).unwrap();
    fs::write(to.join("mine"), "").unwrap();
    let refused = store.backend().backup(&to).unwrap_err();
    assert!(matches!(&refused, BackupError::Taken { dir } if *dir == to), "{refused}");
    fs::remove_file(to.join("mine")).unwrap();

    // Killed when half of it was written: a store under another name, without the head of the chain.
    let half = home.path().join("saved.backup-mako");
    let (copy, _) = FjallBackend::open(&half, FjallOptions::simulation()).unwrap();
    let refused = store.backend().backup(&to).unwrap_err();
    assert!(refused.to_string().contains("already open"), "one that is alive is left alone: {refused}");
    drop(copy);
    store.backend().backup(&to).unwrap();
    assert!(!half.exists());
    assert_eq!(open(&to, Writing::Inline).verify(None).unwrap().events, 1);
}
