//! Everything that issue and table of `cargo xtask bench` ask for, measured in one run, each figure in turns with its physical floor.
//!
//! Absolutes on a shared machine say little, so what counts is the ratio of a figure to its floor: one `fdatasync`, a raw scan of the same
//! bytes, a copy of them, a switch between two tasks. Medians of rounds; time on a processor wherever nothing is waited for.
//!
//! `cargo bench -p mako-benches --bench measured -- [--quick] [--json FILE] [--growth EVENTS] [GROUP…]` where a group is `commit`, `read`,
//! `queues`, `recovery`, `boundary` or `simulation`. `cargo xtask bench` runs it and holds the ratios against aims and the last baseline.

mod boundary;
mod commit;
mod figure;
mod floor;
mod growth;
mod paths;
mod queues;
mod read;
mod recovery;
mod simulation;

use std::path::PathBuf;

use figure::Report;
use mako_benches::stores::Failed;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Effort {
    /// Rounds of each figure: the median is taken over them.
    rounds: usize,
    /// Whether the longest histories are left out.
    quick: bool,
}

/// What one group measures.
type Measure = fn(Effort, &mut Report) -> Result<(), Failed>;

const GROUPS: [(&str, Measure); 7] = [
    ("floor", floor::measure),
    ("commit", commit::measure),
    ("read", read::measure),
    ("queues", queues::measure),
    ("recovery", recovery::measure),
    ("boundary", boundary::measure),
    ("simulation", simulation::measure),
];

fn main() -> Result<(), Failed> {
    let (mut effort, mut json, mut growth, mut asked) = (Effort { rounds: 40, quick: false }, None, None, Vec::new());
    let (mut path, mut times) = (None, 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--bench" => {}
            "--quick" => effort = Effort { rounds: 11, quick: true },
            "--json" => json = arguments.next().map(PathBuf::from),
            "--growth" => growth = Some(arguments.next().ok_or("--growth wants a number of events")?.parse()?),
            "--path" => path = arguments.next(),
            "--times" => times = arguments.next().ok_or("--times wants a number")?.parse()?,
            group if GROUPS.iter().any(|(name, _)| *name == group) => asked.push(argument),
            other => return Err(format!("no such argument: {other}").into()),
        }
    }
    if let Some(path) = path {
        return paths::walk(&path, times);
    }
    let mut report = Report::default();
    match growth {
        Some(events) => growth::measure(events, &mut report)?,
        None => {
            for (name, measure) in GROUPS {
                if asked.is_empty() || asked.iter().any(|asked| asked == name) {
                    eprintln!("{name} …");
                    measure(effort, &mut report)?;
                }
            }
        }
    }
    print!("{report}");
    if let Some(file) = json {
        std::fs::write(file, serde_json::to_vec_pretty(&report)?)?;
    }
    Ok(())
}
