//! Runs the published domain crates inside our engine, through the requirements on workflows and through the simulator, and tells what
//! came out as one JSON document.
//!
//! `mako-published [--cites FILE] [WORKFLOW]…`, where FILE is a JSON list of files of theirs and words in them, whose lines are told;
//! `cargo xtask conformance --published` builds and runs it, and judges what it says.

mod adapter;
mod beside;
mod case;
mod cases;
mod course;
mod seen;
mod simulated;
mod sources;
mod subject;
mod theirs;

use std::collections::BTreeMap;
use std::error::Error;

use mako_conformance::{Record, WORKFLOW_REQUIREMENTS, workflow_record};
use mako_engine::Timestamp;
use serde::Serialize;

use case::{Case, Turn};
use simulated::{Simulated, simulate};
use subject::Subject;

/// A Tuesday in the weeks before a cutover: the conversations begin there.
const START: &str = "2026-09-15T08:00:00Z";

/// What came out.
#[derive(Serialize)]
struct Report {
    kit: &'static str,
    packages: &'static [(&'static str, &'static str)],
    cases: Vec<Asked>,
    /// The lines that were asked for, in their order; nothing where no line has the words.
    lines: Vec<Option<usize>>,
    /// What was seen without our engine and without the adapter: nothing where it is as a finding says.
    seen: BTreeMap<&'static str, Option<String>>,
}

/// What came out of one workflow.
#[derive(Serialize)]
struct Asked {
    name: &'static str,
    package: &'static str,
    /// Its source, with the line at which the workflow stands.
    source: String,
    conversations: Vec<Held>,
    records: Vec<Record>,
}

/// What became of a conversation.
#[derive(Serialize)]
struct Held {
    name: &'static str,
    turns: Vec<String>,
    ends: &'static str,
    /// Where the two engines differ; nothing when they do not.
    differs: Option<String>,
    simulated: Simulated,
}

fn asked<C: Case>() -> Result<Asked, Box<dyn Error>> {
    eprintln!("{} …", C::NAME);
    let start: Timestamp = START.parse()?;
    let said = |turn: &Turn| match turn {
        Turn::Takes(what) => (*what).to_owned(),
        Turn::Refuses(what) => format!("{what} (refused)"),
        Turn::Fires(label) => format!("`{label}` fires"),
    };
    let conversations = C::CONVERSATIONS.iter().map(|conversation| Held {
        name: conversation.name,
        turns: conversation.turns.iter().map(said).collect(),
        ends: conversation.ends,
        differs: beside::compare::<C>(conversation, start).err(),
        simulated: simulate::<C>(conversation, start),
    });
    let file = C::SOURCES.first().map_or("", |source| source.path);
    let line = sources::line_of(file, "impl Workflow for").unwrap_or_default();
    Ok(Asked {
        name: C::NAME,
        package: C::CRATE,
        source: format!("{file}:{line}"),
        conversations: conversations.collect(),
        records: WORKFLOW_REQUIREMENTS.iter().map(|one| workflow_record::<Subject<C>>(one.id)).collect::<Result<_, _>>()?,
    })
}

type Ask = fn() -> Result<Asked, Box<dyn Error>>;

/// Every workflow that is asked.
const CASES: [(&str, Ask); 13] = [
    (cases::GpkeSupplierChange::NAME, asked::<cases::GpkeSupplierChange>),
    (cases::GpkeLfAnmeldung::NAME, asked::<cases::GpkeLfAnmeldung>),
    (cases::GpkeKuendigung::NAME, asked::<cases::GpkeKuendigung>),
    (cases::GpkeSperrung::NAME, asked::<cases::GpkeSperrung>),
    (cases::WimWeiterverpflichtung::NAME, asked::<cases::WimWeiterverpflichtung>),
    (cases::WimTechnik::NAME, asked::<cases::WimTechnik>),
    (cases::WimStoerung::NAME, asked::<cases::WimStoerung>),
    (cases::GeliGasSupplierChange::NAME, asked::<cases::GeliGasSupplierChange>),
    (cases::GeliGasLfAnmeldung::NAME, asked::<cases::GeliGasLfAnmeldung>),
    (cases::GeliGasSperrung::NAME, asked::<cases::GeliGasSperrung>),
    (cases::MabisBilling::NAME, asked::<cases::MabisBilling>),
    (cases::MabisClearingliste::NAME, asked::<cases::MabisClearingliste>),
    (cases::MabisListenabgleich::NAME, asked::<cases::MabisListenabgleich>),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut wanted: Vec<String> = std::env::args().skip(1).collect();
    let mut cites: Vec<(String, String)> = Vec::new();
    if wanted.first().is_some_and(|first| first == "--cites") {
        wanted.remove(0);
        let file = if wanted.is_empty() { return Err("--cites needs a file".into()) } else { wanted.remove(0) };
        cites = serde_json::from_slice(&std::fs::read(file)?)?;
    }
    if let Some(unknown) = wanted.iter().find(|name| !CASES.iter().any(|(known, _)| known == name)) {
        return Err(format!("there is no workflow `{unknown}` here").into());
    }
    // A panic of theirs is a finding, and told as one.
    std::panic::set_hook(Box::new(|_| {}));
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|one| one == name);
    let cases = CASES.iter().filter(|(name, _)| is_wanted(name)).map(|(_, ask)| ask());
    let report = Report {
        kit: mako_conformance::VERSION,
        packages: sources::PACKAGES,
        cases: cases.collect::<Result<_, _>>()?,
        seen: seen::all(),
        lines: cites.iter().map(|(file, words)| sources::line_of(file, words)).collect(),
    };
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}
