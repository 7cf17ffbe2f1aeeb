//! Hunts planted bugs over seeds: `planted-bugs A..B JOBS [--json] [BUG…]`, all of them when none is named. Started by
//! `cargo xtask simulate --planted-bugs`.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;

use mako_engine::planted::Bug;
use mako_scenarios::ground::lieferbeginn;
use mako_scenarios::market::Market;
use mako_sim::planted::{Hunted, Table, control, hunt};
use mako_sim::sweep::{Seeds, Shard};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [seeds, jobs, rest @ ..] = arguments.as_slice() else { return misused("seeds and jobs are missing") };
    let (Ok(seeds), Ok(jobs)) = (seeds.parse(), jobs.parse()) else { return misused("no seeds or no number of jobs") };
    let (as_json, names) = match rest {
        [word, names @ ..] if word == "--json" => (true, names),
        names => (false, names),
    };
    let is_named = |bug: &Bug| names.is_empty() || names.iter().any(|name| name == bug.name());
    let bugs: Vec<Bug> = Bug::ALL.iter().copied().filter(is_named).collect();
    if bugs.len() < names.len() {
        return misused("no such bug");
    }
    // A node that panics is a finding, and told as one.
    std::panic::set_hook(Box::new(|_| {}));
    let table = table(&bugs, seeds, jobs);
    let text = if as_json { serde_json::to_string_pretty(&table).unwrap_or_default() } else { table.markdown() };
    println!("{}", text.trim_end());
    if table.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

fn misused(why: &str) -> ExitCode {
    eprintln!("error: {why}; usage: planted-bugs A..B JOBS [--json] [BUG…]");
    ExitCode::from(2)
}

/// Each of `bugs`, and every seed without one.
fn table(bugs: &[Bug], seeds: Seeds, jobs: usize) -> Table {
    let bugs = in_parallel(jobs, bugs.iter().copied(), |bug| {
        let kill = hunt(bug, seeds.of(Shard::WHOLE), &lieferbeginn(), &Market::application());
        eprintln!("{}: {}", bug.name(), kill.as_ref().map_or_else(|| "SURVIVES".to_owned(), |kill| kill.failure.to_string()));
        Hunted::of(bug, seeds.first, kill)
    });
    let control =
        in_parallel(jobs, seeds.of(Shard::WHOLE), |seed| control(seed, &lieferbeginn(), &Market::application()).into_iter().next());
    Table {
        seeds: (seeds.first, seeds.end),
        control: control.into_iter().filter_map(|(seed, failure)| Some((seed, failure?))).collect(),
        bugs: bugs.into_values().collect(),
    }
}

/// `work` on each of `items`, `jobs` at once; what comes out is in order of the items.
fn in_parallel<I: Copy + Ord + Send, O: Send>(
    jobs: usize,
    items: impl Iterator<Item = I> + Send,
    work: impl Fn(I) -> O + Sync,
) -> BTreeMap<I, O> {
    let (waiting, done) = (Mutex::new(items), Mutex::new(BTreeMap::new()));
    let next = || waiting.lock().ok().and_then(|mut waiting| waiting.next());
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let Some(item) = next() {
                    let out = work(item);
                    if let Ok(mut done) = done.lock() {
                        done.insert(item, out);
                    }
                }
            });
        }
    });
    done.into_inner().unwrap_or_default()
}
