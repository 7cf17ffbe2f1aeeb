//! The requirements on stores and workflows are asked on the simulator's disks too, on which the power goes in the middle of commits:
//! what was acknowledged is there, what was not is gone, half there, or whole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use mako_conformance::workflow::Disk;
use mako_conformance::{
    Capabilities, Outcome, Record, STORE_REQUIREMENTS, WORKFLOW_REQUIREMENTS, WorkflowContext, WorkflowSubject, check_store, check_workflow,
};
use mako_engine::commit::NewEvent;
use mako_engine::store::fjall::{FjallBackend, FjallOptions};
use mako_engine::store::{KeyedStore, Payload, Store, StoreError, StoreLayer, StoreOptions, Writing};
use mako_engine::{Cause, Commit, CommitError, Committed, Id, StreamId, TenantId, Timestamp};
use mako_scenarios::subjects::{LieferbeginnLfaSubject, LieferbeginnLfnSubject, LieferbeginnNbSubject};
use mako_sim::disk::{SimDisk, Tail};

/// What happened on all disks of a test.
#[derive(Default)]
struct Tally {
    cuts: AtomicU64,
    repairs: AtomicU64,
}

/// How the power goes for the `number`-th time.
fn tail(number: u64) -> Tail {
    match number % 4 {
        0 => Tail::Synced,
        1 => Tail::All,
        _ => Tail::Torn { seed: number },
    }
}

/// A disk, and how often the power goes: at every `every`-th commit; never where that is 0.
struct FailingDisk {
    disk: Mutex<SimDisk>,
    commits: AtomicU64,
    every: u64,
    tally: Arc<Tally>,
}

impl FailingDisk {
    fn new(every: u64, tally: Arc<Tally>) -> Arc<Self> {
        Arc::new(Self { disk: Mutex::new(SimDisk::new().unwrap()), commits: AtomicU64::new(0), every, tally })
    }

    fn with<T>(&self, look: impl FnOnce(&mut SimDisk) -> T) -> T {
        look(&mut self.disk.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens what the last power cut left.
    fn open(self: &Arc<Self>, cut_at_the_end: bool) -> Failing {
        let (backend, report) = FjallBackend::open(self.with(|disk| disk.path()), FjallOptions::simulation()).unwrap();
        self.tally.repairs.fetch_add(u64::from(report.cut.is_some()), Ordering::Relaxed);
        self.with(|disk| disk.acknowledge().and_then(|()| disk.sweep())).unwrap();
        let options = StoreOptions { writing: Writing::Inline, probe: None };
        let inner = Arc::new(KeyedStore::open_with(backend, options).unwrap());
        Failing { inner, disk: self.clone(), has_power: AtomicBool::new(true), cut_at_the_end }
    }

    fn cut(&self) {
        let number = self.tally.cuts.fetch_add(1, Ordering::Relaxed);
        self.with(|disk| disk.crash(tail(number))).unwrap();
    }
}

/// The store on a failing disk, until the power goes.
struct Failing {
    inner: Arc<dyn Store>,
    disk: Arc<FailingDisk>,
    has_power: AtomicBool,
    /// Whether it is closed by a power cut, in the middle of a commit.
    cut_at_the_end: bool,
}

#[async_trait::async_trait]
impl StoreLayer for Failing {
    fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    async fn append_with_outbox(&self, commit: Commit) -> Result<Committed, CommitError> {
        if !self.has_power.load(Ordering::Relaxed) {
            return Err(StoreError::Injected("there is no power").into());
        }
        let committed = self.inner.append_with_outbox(commit).await?;
        let number = self.disk.commits.fetch_add(1, Ordering::Relaxed) + 1;
        if self.disk.every > 0 && number.is_multiple_of(self.disk.every) {
            self.has_power.store(false, Ordering::Relaxed);
            self.disk.cut();
            return Err(StoreError::Injected("the power goes").into());
        }
        self.disk.with(SimDisk::acknowledge).unwrap();
        Ok(committed)
    }
}

impl Drop for Failing {
    fn drop(&mut self) {
        if self.cut_at_the_end {
            // Half of a last commit, where the store takes one: a check may have left it in the middle of others.
            let mut half = self.inner.append_with_outbox(unheard_of());
            let _ = (0..100).find_map(|_| half.as_mut().now_or_never());
            drop(half);
            let number = self.disk.tally.cuts.fetch_add(1, Ordering::Relaxed);
            self.disk.with(|disk| disk.crash(if number.is_multiple_of(2) { Tail::Synced } else { Tail::Torn { seed: number } })).unwrap();
        }
    }
}

/// A commit that nobody was told of.
fn unheard_of() -> Commit {
    let stream = StreamId::new("unheard-of");
    let mut commit = Commit::new(TenantId::new("9900000000009"), stream, Timestamp::EPOCH, Cause::Command("power".to_owned()));
    let payload = Payload::encode(&serde_json::json!({"text": "x".repeat(9_000)})).unwrap();
    commit.events.push(NewEvent { id: Id::from_u128(u128::MAX), event_type: "Unheard".to_owned(), schema_version: 1, payload });
    commit
}

#[test]
fn every_requirement_on_stores_is_kept_where_each_reopening_follows_a_power_cut() {
    let tally = Arc::<Tally>::default();
    let disks: Mutex<BTreeMap<PathBuf, Arc<FailingDisk>>> = Mutex::default();
    let open = |dir: &Path| -> Arc<dyn Store> {
        let mut disks = disks.lock().unwrap_or_else(PoisonError::into_inner);
        let disk = disks.entry(dir.to_path_buf()).or_insert_with(|| FailingDisk::new(0, tally.clone()));
        Arc::new(disk.open(true))
    };
    for one in STORE_REQUIREMENTS {
        let verdict = check_store(one, Capabilities::DURABLE.and(Capabilities::SHRED), &open).unwrap();
        let record = Record::new(&one.requirement, "fjall-without-power", &verdict);
        assert_eq!(record.result, Outcome::Pass, "{}: {:?}", record.id, record.reason);
    }
    let (cuts, repairs) = (tally.cuts.load(Ordering::Relaxed), tally.repairs.load(Ordering::Relaxed));
    assert!(cuts >= STORE_REQUIREMENTS.len() as u64 && repairs > 0, "{cuts} power cuts, {repairs} repairs");
}

/// The requirements that run an engine; the others ask no disk.
const ON_A_DISK: &[&str] =
    &["WF-RJC-01", "WF-RPL-01", "WF-RPL-03", "WF-SNP-01", "WF-CRS-01", "WF-FVC-01", "WF-FVC-02", "WF-FVC-03", "WF-CAU-01"];

fn holds_without_power<S: WorkflowSubject>() {
    let tally = Arc::<Tally>::default();
    for id in WORKFLOW_REQUIREMENTS.iter().map(|one| one.id).filter(|id| ON_A_DISK.contains(id)) {
        let tally = tally.clone();
        let found = check_workflow::<S>(id, move || {
            WorkflowContext::default().on(move || -> Disk {
                let disk = FailingDisk::new(3, tally.clone());
                Box::new(move || Ok(Arc::new(disk.open(false))))
            })
        });
        assert_eq!(found.unwrap(), Ok(()), "{id}");
    }
    let (cuts, repairs) = (tally.cuts.load(Ordering::Relaxed), tally.repairs.load(Ordering::Relaxed));
    assert!(cuts > 100 && repairs > 20, "{cuts} power cuts, {repairs} repairs");
}

#[test]
fn what_the_lfn_promises_holds_when_the_power_goes_at_every_third_commit() {
    holds_without_power::<LieferbeginnLfnSubject>();
}

#[test]
fn what_the_nb_promises_holds_when_the_power_goes_at_every_third_commit() {
    holds_without_power::<LieferbeginnNbSubject>();
}

#[test]
fn what_the_lfa_promises_holds_when_the_power_goes_at_every_third_commit() {
    holds_without_power::<LieferbeginnLfaSubject>();
}
