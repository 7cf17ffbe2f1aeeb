//! Looking for what is due, with little and with much waiting; bringing a read model up to date.

use std::sync::Arc;

use async_trait::async_trait;
use mako_benches::stores::{Failed, NO_DISK, engine, fill, fill_queues, later, production, raw_scan, settled};
use mako_benches::timing::on_thread;
use mako_engine::Timestamp;
use mako_engine::deadline::DeadlineStore as _;
use mako_engine::outbox::{OutboxCursor, OutboxStore as _};
use mako_engine::projection::{Projection, ProjectionRunner, Rows, ViewName};
use mako_engine::store::fjall::FjallBackend;
use mako_engine::store::{KeyedStore, RecordedEvent, StoreError, Writing};

use crate::Effort;
use crate::figure::Report;

type Disk = KeyedStore<FjallBackend>;
type Poll = (&'static str, fn(&Disk) -> usize);

/// A batch as the workers ask for it.
const BATCH: usize = 64;

const POLLS: [Poll; 4] = [
    ("outbox due", |store| settled(store.outbox_due(later(), BATCH)).expect("reads").rows.len()),
    ("outbox behind a cursor", |store| settled(store.outbox_after(OutboxCursor::START, BATCH)).expect("reads").rows.len()),
    ("deadlines due", |store| settled(store.deadlines_due(later(), BATCH)).expect("reads").rows.len()),
    ("next deadline", |store| settled(store.deadline_next_after(Timestamp::EPOCH)).expect("reads").iter().len()),
];

pub fn measure(effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let home = tempfile::tempdir_in(NO_DISK)?;
    let open = |name: &str| production(&home.path().join(name), Writing::Inline);
    let (few, many) = (open("few")?, open("many")?);
    fill_queues(&few, 100)?;
    fill_queues(&many, 100_000)?;
    for (name, poll) in POLLS {
        let (mut short, mut long) = (Vec::new(), Vec::new());
        for _ in 0..effort.rounds {
            for (times, store) in [(&mut short, &few), (&mut long, &many)] {
                times.push(on_thread(|| (0..20).for_each(|_| assert!(poll(store) > 0))) / 20.0);
            }
        }
        report.cost(format!("poll: {name}, 100 000 pending"), "s CPU", long, "100 pending", short);
    }
    projection(open("log")?, effort, report)
}

/// How many events each process has.
struct Lengths(u32);

#[async_trait]
impl Projection for Lengths {
    fn view(&self) -> ViewName {
        ViewName::new("lengths", self.0)
    }

    async fn apply(&self, event: &RecordedEvent, rows: &mut Rows<'_>) -> Result<(), StoreError> {
        rows.put(event.stream.as_str(), &event.version)
    }
}

fn projection(store: Disk, effort: Effort, report: &mut Report) -> Result<(), Failed> {
    const EVENTS: u32 = 5_000;
    let store = Arc::new(store);
    fill(&store, EVENTS.into(), None)?;
    let engine = engine(store.clone())?;
    let (mut caught_up, mut scans) = (Vec::new(), Vec::new());
    for version in (1..).take(effort.rounds) {
        // Another version of the view begins at the first event.
        let runner = ProjectionRunner::new(engine.clone(), Lengths(version));
        let seconds = on_thread(|| assert!(settled(runner.catch_up()).is_ok()));
        caught_up.push(seconds / f64::from(EVENTS));
        scans.push(on_thread(|| assert!(raw_scan(&store) > 0)) / f64::from(EVENTS));
    }
    report.cost("projection: catch-up, per event", "s CPU", caught_up, "raw scan of the same bytes", scans);
    Ok(())
}
