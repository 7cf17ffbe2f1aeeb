//! A message at the door of a node, from its bytes to the queued answer; and EDIFACT alone.

use std::hint::black_box;
use std::sync::Arc;

use mako_benches::edifact::{ANMELDUNG, bestaetigung, envelope, reaction};
use mako_benches::inbound::{Door, anmeldung};
use mako_benches::stores::{Failed, NO_DISK, memory, production, settled};
use mako_benches::timing::on_thread;
use mako_engine::store::{Store, Writing};
use mako_sim::edifact::write::write;

use crate::Effort;
use crate::figure::Report;
use crate::floor::{memcpy, task_switch};

/// How many arrive in a round.
const ARRIVE: u64 = 50;
const SWITCH: &str = "switch between two tasks";

pub fn measure(effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let home = tempfile::tempdir_in(NO_DISK)?;
    let fjall = production(&home.path().join("store"), Writing::Inline)?;
    inbound("inbound: bytes to queued answer, on fjall, unsynced", Arc::new(fjall), effort, report)?;
    inbound("inbound: bytes to queued answer, in memory", Arc::new(memory()?), effort, report)?;

    let (mut reads, mut writes, mut copies) = (Vec::new(), Vec::new(), Vec::new());
    let (message, envelope) = (bestaetigung()?, envelope()?);
    for _ in 0..effort.rounds {
        reads.push(on_thread(|| (0..50).for_each(|_| drop(black_box(reaction(ANMELDUNG, "9999000002010"))))) / 50.0);
        writes.push(on_thread(|| (0..50).for_each(|_| drop(black_box(write(&message, &envelope))))) / 50.0);
        copies.push(memcpy(ANMELDUNG.len()));
    }
    report.cost("edifact: read and react on a 55001", "s CPU", reads, "copy of its bytes", copies.clone());
    report.cost("edifact: write a 55002", "s CPU", writes, "copy of its bytes", copies);
    Ok(())
}

fn inbound(id: &str, store: Arc<dyn Store>, effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let door = Door::new(store)?;
    let (mut times, mut switches, mut number) = (Vec::new(), Vec::new(), 0);
    for _ in 0..effort.rounds {
        let arrive: Vec<_> = (number..number + ARRIVE).map(|number| (number, anmeldung(number))).collect();
        number += ARRIVE;
        let received = door.receive(arrive);
        times.push(on_thread(|| settled(received).expect("received")) / ARRIVE as f64);
        switches.push(task_switch());
    }
    report.cost(id, "s CPU", times, SWITCH, switches);
    Ok(())
}
