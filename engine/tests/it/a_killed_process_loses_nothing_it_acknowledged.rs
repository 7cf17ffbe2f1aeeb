//! A process with fjall's threads at work, flushing and compacting when they like, is killed again and again.
//!
//! The test starts itself as the process to be killed. It says on its standard output what it acknowledged.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use mako_engine::store::backend::{Backend, Batch};
use mako_engine::store::fjall::{FjallBackend, FjallOptions, Workers};
use mako_engine::testing::MemoryBackend;

use crate::directory::{Dice, chain, commit, digest, home, open};

const NAME: &str = "a_killed_process_loses_nothing_it_acknowledged::a_killed_process_loses_nothing_it_acknowledged";
const DIRECTORY: &str = "MAKO_TEST_STORE_TO_WRITE_TO";

/// Small commits, and large ones between them; each follows from its number.
fn numbered(number: usize) -> Batch {
    commit(number, &mut Dice(number as u64))
}

/// Writes until it is killed.
fn write_and_say_so(dir: &Path) {
    let options = FjallOptions { workers: Workers::Threads(2), journal_bytes: 20_000, ..FjallOptions::default() };
    let (store, report) = FjallBackend::open(dir, options).expect("opens");
    for number in report.commits as usize + 1.. {
        store.apply(numbered(number)).expect("applies");
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nacknowledged {number}").and_then(|()| out.flush()).expect("somebody listens");
        store.maintain().expect("maintains");
    }
}

#[test]
fn a_killed_process_loses_nothing_it_acknowledged() {
    if let Some(dir) = std::env::var_os(DIRECTORY) {
        return write_and_say_so(dir.as_ref());
    }
    let home = home();
    let dir = home.path().join("store");
    let model = MemoryBackend::default();
    let mut in_model = 0;
    let mut dice = Dice(6);
    for round in 0..12 {
        let mut child = Command::new(std::env::current_exe().expect("known"))
            .args(["--exact", NAME, "--nocapture"])
            .env(DIRECTORY, &dir)
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines().map_while(Result::ok);
        let mut acknowledged = || lines.find_map(|line| line.strip_prefix("acknowledged ")?.parse::<usize>().ok());
        let mut last = None;
        for _ in 0..1 + dice.below(60) {
            last = Some(acknowledged().expect("another commit"));
        }
        child.kill().expect("kills");
        child.wait().expect("is gone");
        // What it said before it died counts, too.
        while let Some(number) = acknowledged() {
            last = Some(number);
        }
        let last = last.expect("some");

        let (store, report) = open(&dir).unwrap_or_else(|error| panic!("round {round}, {last} acknowledged: {error}"));
        let commits = report.commits as usize;
        assert!((last..=last + 1).contains(&commits), "round {round}: {last} acknowledged, {commits} there");
        for number in in_model + 1..=commits {
            model.apply(numbered(number)).expect("applies");
        }
        in_model = commits;
        assert_eq!((digest(&store), report.chain), (digest(&model), Some(chain(commits))), "round {round}");
    }
}
