//! `cargo xtask inspect DIR …`: what stands in a store directory, for operators.
//!
//! Reads a copy of a closed directory; a live one is refused. Only `repair` writes to the directory itself, and says what it cut.

mod table;
mod views;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use futures_util::FutureExt as _;
use mako_engine::store::fjall::{FjallBackend, FjallOptions, copy_closed, repair};
use mako_engine::store::{ChainHead, KeyedStore};
use serde_json::json;

use table::Table;

/// What the command takes.
#[derive(clap::Args)]
pub struct Args {
    /// The store directory, closed
    dir: PathBuf,
    /// What to look at
    #[command(subcommand)]
    what: Option<What>,
    /// One JSON document
    #[arg(long, global = true)]
    json: bool,
}

#[derive(clap::Subcommand, Clone)]
enum What {
    /// Every stream: its workflow, its length, whether its process lives
    Streams,
    /// The events of one stream
    Stream {
        /// The name of the stream
        id: String,
        /// Whose, when several tenants have one of that name
        #[arg(long)]
        tenant: Option<String>,
    },
    /// Messages that wait for delivery, in the order of their next try
    Outbox,
    /// Deadlines that stand, soonest first
    Deadlines,
    /// Received messages that are not worked off
    Inbox,
    /// What could not be processed or delivered
    DeadLetters,
    /// Checks every event against the hash chain; exit 1 when something was changed or cut
    Verify {
        /// A chain head that was noted earlier (POSITION:HASH): also checks that the log still begins with it
        #[arg(long)]
        noted: Option<ChainHead>,
    },
    /// Cuts a torn tail that was never acknowledged off the directory itself
    Repair,
}

/// Prints what was asked for.
///
/// # Errors
///
/// When the directory is live, is no store, or cannot be read.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    if let Some(What::Repair) = args.what {
        return cut(&args);
    }
    let home = tempfile::tempdir().context("no place for a copy of the directory")?;
    let copy = home.path().join("copy");
    copy_closed(&args.dir, &copy)?;
    let (backend, report) = FjallBackend::open(&copy, FjallOptions::simulation())?;
    if let Some(torn) = &report.cut {
        eprintln!("note: {} bytes behind the last acknowledged commit are left out; `repair` would cut them", torn.tail.bytes);
    }
    let store = KeyedStore::open(backend)?;
    let answer = async {
        match &args.what {
            None => views::overview(&store, report.commits).await,
            Some(What::Streams) => views::streams(&store).await,
            Some(What::Stream { id, tenant }) => views::stream(&store, id, tenant.as_deref()).await,
            Some(What::Outbox) => views::outbox(&store).await,
            Some(What::Deadlines) => views::deadlines(&store).await,
            Some(What::Inbox) => views::inbox(&store).await,
            Some(What::DeadLetters) => views::dead_letters(&store).await,
            Some(What::Verify { .. } | What::Repair) => Ok(Table::default()),
        }
    };
    if let Some(What::Verify { noted }) = args.what {
        return verify(&store, noted, args.json);
    }
    answer.now_or_never().context("the copy did not answer")??.print(args.json)?;
    Ok(ExitCode::SUCCESS)
}

fn verify(store: &KeyedStore<FjallBackend>, noted: Option<ChainHead>, as_json: bool) -> anyhow::Result<ExitCode> {
    let report = store.verify(noted)?;
    let mut out = std::io::stdout().lock();
    if as_json {
        let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
        writeln!(out, "{:#}", json!({ "events": report.events, "head": report.head.to_string(), "findings": findings }))?;
    } else {
        report.findings.iter().try_for_each(|finding| writeln!(out, "{finding}"))?;
        writeln!(out, "{} events checked, {} findings", report.events, report.findings.len())?;
        writeln!(out, "head {}", report.head)?;
    }
    Ok(if report.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn cut(args: &Args) -> anyhow::Result<ExitCode> {
    let report = repair(&args.dir)?;
    let mut out = std::io::stdout().lock();
    match &report.cut {
        _ if args.json => {
            let cut = report
                .cut
                .as_ref()
                .map(|cut| json!({ "file": cut.tail.file.display().to_string(), "offset": cut.tail.offset, "bytes": cut.tail.bytes, "kept": cut.kept.display().to_string() }));
            writeln!(out, "{:#}", json!({ "commits": report.commits, "cut": cut }))?;
        }
        Some(cut) => {
            let (file, kept) = (cut.tail.file.display(), cut.kept.display());
            writeln!(out, "cut {} bytes at byte {} of {file}: no acknowledged commit", cut.tail.bytes, cut.tail.offset)?;
            writeln!(out, "they are kept in {kept}; {} commits are sound", report.commits)?;
        }
        None => writeln!(out, "nothing to cut; {} commits are sound", report.commits)?,
    }
    Ok(ExitCode::SUCCESS)
}
