//! Opening a directory that was left with so much in its journal, beside reading those bytes.

use std::fs;
use std::path::Path;

use mako_benches::meter_readings::commit_of;
use mako_benches::stores::{Failed, NO_DISK, append, production};
use mako_benches::timing::on_thread;
use mako_engine::store::Writing;
use mako_engine::store::fjall::journal::valid_prefix;

use crate::Effort;
use crate::figure::Report;

pub fn measure(effort: Effort, report: &mut Report) -> Result<(), Failed> {
    let home = tempfile::tempdir_in(NO_DISK)?;
    for events in [100_u64, 10_000, 40_000] {
        let dir = home.path().join(format!("{events}"));
        let store = production(&dir, Writing::Inline)?;
        for number in 0..events {
            append(&store, commit_of(&format!("opened/{}", number / 300), number, 1)?);
        }
        drop(store);
        let megabytes = valid_prefix(&dir)?.end_offset as f64 / 1e6;
        let (mut opens, mut reads) = (Vec::new(), Vec::new());
        for _ in 0..effort.rounds.min(if events > 1_000 { 5 } else { 20 }) {
            opens.push(on_thread(|| drop(production(&dir, Writing::Inline).expect("opens"))));
            reads.push(on_thread(|| assert!(journals(&dir) > 0)));
        }
        report.cost(format!("open: journal of {megabytes:.1} MB"), "s CPU", opens, "reading its bytes", reads);
    }
    Ok(())
}

fn journals(dir: &Path) -> usize {
    let files = fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry").path());
    files.filter(|path| path.extension().is_some_and(|name| name == "jnl")).map(|path| fs::read(path).expect("a journal").len()).sum()
}
