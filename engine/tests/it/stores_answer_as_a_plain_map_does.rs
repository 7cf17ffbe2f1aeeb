//! Generated commits, in groups, with refusals, reopenings and damage: the store over memory and over fjall answers as a plain model of
//! the contract does, and shows the same afterwards.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use crate::model::Model;
use crate::model::agreement::assert_agrees;
use crate::model::plan::{CommitPlan, Ids, Queue, Step, at, steps};
use futures_util::future::join_all;
use mako_engine::commit::{Cause, Commit, ExpectedVersion};
use mako_engine::deadline::DeadlineStore as _;
use mako_engine::inbox::InboxStore as _;
use mako_engine::outbox::{OutboxCursor, OutboxStore as _};
use mako_engine::store::backend::{Backend, Write};
use mako_engine::store::fjall::{FjallBackend, FjallOptions};
use mako_engine::store::{AtomicAppend as _, KeyedStore, UnreadableRow};
use mako_engine::testing::MemoryBackend;
use mako_engine::{TenantId, Timestamp};
use proptest::prelude::*;
use proptest::sample::Index;

/// A store that can be opened again.
struct Subject<B: Backend> {
    open: Box<dyn Fn() -> B>,
    store: Option<Arc<KeyedStore<B>>>,
}

impl<B: Backend> Subject<B> {
    fn new(open: impl Fn() -> B + 'static) -> Self {
        let mut subject = Self { open: Box::new(open), store: None };
        subject.reopen();
        subject
    }

    fn reopen(&mut self) {
        // The old one first: a directory is open once.
        self.store = None;
        self.store = Some(Arc::new(KeyedStore::open((self.open)()).expect("opens")));
    }

    fn store(&self) -> &KeyedStore<B> {
        self.store.as_deref().expect("is open")
    }

    /// The answers to commits that wait together, in words: both sides of a difference are to be read.
    async fn answers(&self, commits: &[Commit]) -> Vec<String> {
        let answers = join_all(commits.iter().map(|commit| self.store().append_with_outbox(commit.clone()))).await;
        answers.iter().map(|answer| format!("{answer:?}")).collect()
    }

    /// Makes a row of `queue` unreadable, and sets it aside: once in a commit that is refused, twice in commits that are not.
    async fn damage(&self, queue: Queue, index: &Index, commit: &Commit) -> Option<UnreadableRow> {
        let row = self.damaged_row(queue, index).await?;
        let mut commit = commit.clone();
        commit.sets_aside = vec![row.clone()];
        let refused = Commit { expected: ExpectedVersion::Exact(u64::MAX), ..commit.clone() };
        self.store().append_with_outbox(refused).await.expect_err("nobody has so many events");
        assert_eq!(self.unreadable(queue).await, std::slice::from_ref(&row), "what a refused commit set aside is still there");
        for _ in 0..2 {
            self.store().append_with_outbox(commit.clone()).await.expect("sets it aside");
        }
        Some(row)
    }

    async fn damaged_row(&self, queue: Queue, index: &Index) -> Option<UnreadableRow> {
        let table = match queue {
            Queue::OutboxDue | Queue::OutboxFeed => b'Q',
            Queue::Deadlines => b'T',
            Queue::Inbox => b'I',
        };
        let mut keys = Vec::new();
        let mut visit = |key: &[u8], value: &[u8]| {
            // An entry that is done is in no queue.
            if !value.windows(11).any(|text| text == b"\"done\":true") {
                keys.push(key.to_vec());
            }
            ControlFlow::Continue(())
        };
        self.store().backend().scan(&[table], &[table + 1], &mut visit).expect("scans");
        if keys.is_empty() {
            return None;
        }
        self.store().backend().apply(vec![Write::Put(index.get(&keys).clone(), b"?".to_vec())]).expect("applies");
        let mut unreadable = self.unreadable(queue).await;
        assert_eq!(unreadable.len(), 1);
        unreadable.pop()
    }

    async fn unreadable(&self, queue: Queue) -> Vec<UnreadableRow> {
        let (store, all) = (self.store(), usize::MAX);
        match queue {
            Queue::OutboxDue => store.outbox_due(Timestamp::MAX, all).await.expect("reads").unreadable,
            Queue::OutboxFeed => store.outbox_after(OutboxCursor::START, all).await.expect("reads").unreadable,
            Queue::Deadlines => store.deadlines_due(Timestamp::MAX, all).await.expect("reads").unreadable,
            Queue::Inbox => store.inbox_pending(all).await.expect("reads").unreadable,
        }
    }
}

/// What the model loses when the row that `index` chose among those of `queue` is set aside.
fn lose(model: &mut Model, queue: Queue, index: &Index) -> bool {
    // The keys of a table are in the order of the names in them.
    match queue {
        Queue::OutboxDue | Queue::OutboxFeed => {
            let ids: Vec<_> = model.queued.keys().copied().collect();
            !ids.is_empty() && model.queued.remove(index.get(&ids)).is_some()
        }
        Queue::Deadlines => {
            let labels: Vec<_> = model.deadlines.keys().cloned().collect();
            !labels.is_empty() && model.deadlines.remove(index.get(&labels)).is_some()
        }
        Queue::Inbox => {
            let open: Vec<_> = model.inbox.values().filter(|entry| !entry.done).map(|entry| entry.key.clone()).collect();
            !open.is_empty() && model.inbox.remove(index.get(&open)).is_some()
        }
    }
}

async fn step(
    number: usize,
    step: &Step,
    model: &mut Model,
    ids: &mut Ids,
    memory: &mut Subject<MemoryBackend>,
    fjall: &mut Subject<FjallBackend>,
) {
    match step {
        Step::Group(plans) => {
            let mut commits = Vec::new();
            let mut answer = |plan: &CommitPlan| {
                let commit = plan.resolve(model, ids);
                let answer = format!("{:?}", model.commit(&commit));
                commits.push(commit);
                answer
            };
            let expected: Vec<String> = plans.iter().map(&mut answer).collect();
            assert_eq!(memory.answers(&commits).await, expected, "memory, step {number}: {commits:#?}");
            assert_eq!(fjall.answers(&commits).await, expected, "fjall, step {number}: {commits:#?}");
        }
        Step::Reopen => {
            memory.reopen();
            fjall.reopen();
        }
        Step::Damage(queue, index) => {
            let commit = Commit::new(TenantId::new("t"), "aside".into(), at(0), Cause::Command("set aside".to_owned()));
            let lost = lose(model, *queue, index);
            let rows = [memory.damage(*queue, index, &commit).await, fjall.damage(*queue, index, &commit).await];
            for row in &rows {
                assert_eq!(row.is_some(), lost, "step {number}");
            }
            if let [Some(row), _] = &rows {
                model.set_aside(&commit, row);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn memory_and_fjall_answer_as_the_model_does(plan in steps()) {
        let home = crate::directory::home();
        let (dir, disk): (PathBuf, _) = (home.path().join("store"), MemoryBackend::default());
        let mut memory = Subject::new(move || disk.clone());
        let mut fjall = Subject::new(move || FjallBackend::open(&dir, FjallOptions::simulation()).expect("opens").0);
        let (mut model, mut ids) = (Model::default(), Ids::default());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            for (number, one) in plan.iter().enumerate() {
                step(number, one, &mut model, &mut ids, &mut memory, &mut fjall).await;
                assert_agrees(memory.store(), &model).await;
                if number % 4 == 3 {
                    assert_agrees(fjall.store(), &model).await;
                }
            }
            assert_agrees(fjall.store(), &model).await;
            for report in [memory.store().verify(None), fjall.store().verify(None)] {
                let report = report.expect("reads");
                assert_eq!((report.events, &report.findings[..]), (model.log.len() as u64, &[][..]));
            }
        });
    }
}
