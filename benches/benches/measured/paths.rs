//! The hot paths, one at a time and so many times over, for whoever counts instructions: `measured --path NAME --times N`.
//!
//! What a run costs before its first time over is in every run alike, so the difference of two runs is the path alone.

use std::sync::Arc;

use mako_benches::inbound::{Door, anmeldung};
use mako_benches::meter_readings::{Command, ReadingReceived, commit_of};
use mako_benches::stores::{Failed, NO_DISK, append, engine, fill, fill_queues, in_tables, later, memory, process, production, settled};
use mako_engine::outbox::OutboxStore as _;
use mako_engine::store::Writing;
use mako_engine::{Cause, Execute};

type Walk = fn(u64) -> Result<(), Failed>;

/// Every path, by the name that its baseline has.
const PATHS: [(&str, Walk); 6] = [
    ("commit of 1 event", commit),
    ("command, warm", command),
    ("replay of 1000 events", replay),
    ("state from snapshot and 10 events", state),
    ("outbox poll of 64", poll),
    ("inbound message", inbound),
];

/// Walks `name` so many times.
pub fn walk(name: &str, times: u64) -> Result<(), Failed> {
    let (_, walk) = PATHS.iter().find(|(path, _)| *path == name).ok_or_else(|| format!("no path is called {name}"))?;
    walk(times)
}

fn commit(times: u64) -> Result<(), Failed> {
    let store = memory()?;
    for number in 0..times {
        append(&store, commit_of(&format!("meter-readings/{}", number / 300), number, 1)?);
    }
    Ok(())
}

fn command(times: u64) -> Result<(), Failed> {
    let store = Arc::new(memory()?);
    fill(&store, 1_000, None)?;
    let process = process(&engine(store)?)?;
    for number in 0..times {
        let reading = ReadingReceived::number(10_000 + number);
        settled(process.execute(Execute::new(Command(reading), Cause::Command("a bench".to_owned()))))?;
    }
    Ok(())
}

fn replay(times: u64) -> Result<(), Failed> {
    let home = tempfile::tempdir_in(NO_DISK)?;
    let dir = home.path().join("store");
    fill(&production(&dir, Writing::Inline)?, 1_000, None)?;
    let process = process(&engine(Arc::new(in_tables(&dir)?))?)?;
    (0..times).try_for_each(|_| settled(process.state()).map(drop))?;
    Ok(())
}

fn state(times: u64) -> Result<(), Failed> {
    let home = tempfile::tempdir_in(NO_DISK)?;
    let dir = home.path().join("store");
    fill(&production(&dir, Writing::Inline)?, 1_000, Some(990))?;
    let process = process(&engine(Arc::new(in_tables(&dir)?))?)?;
    (0..times).try_for_each(|_| settled(process.state_with_snapshot()).map(drop))?;
    Ok(())
}

fn poll(times: u64) -> Result<(), Failed> {
    let store = memory()?;
    fill_queues(&store, 1_000)?;
    (0..times).try_for_each(|_| settled(store.outbox_due(later(), 64)).map(drop))?;
    Ok(())
}

fn inbound(times: u64) -> Result<(), Failed> {
    let door = Door::new(Arc::new(memory()?))?;
    settled(door.receive((0..times).map(|number| (number, anmeldung(number)))))
}
