//! `cargo xtask inspect DIR …`: what stands in a store directory, for operators.
//!
//! Reads a copy of a closed directory; a live one is refused. `repair`, `reinject`, `decide` and `migrate` write to the directory itself:
//! each checks it first, does one thing, and says what it wrote.

mod letters;
mod table;
mod views;
mod waiting;
mod write;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use futures_util::FutureExt as _;
use mako_engine::Id;
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
    /// What could not be processed or delivered, why, and what can be done
    DeadLetters,
    /// One dead letter: why, all that is known about it, its bytes, and what can be done
    DeadLetter {
        /// Its number
        number: u64,
    },
    /// Processes that live, the Frist each waits for, and the questions it has asked; the most urgent first
    Waiting,
    /// Checks every event against the hash chain; exit 1 when something was changed or cut
    Verify {
        /// A chain head that was noted earlier (POSITION:HASH): also checks that the log still begins with it
        #[arg(long)]
        noted: Option<ChainHead>,
    },
    /// Cuts a torn tail that was never acknowledged off the directory itself
    Repair,
    /// Puts the message of a dead letter back to where it came from, in one commit that names who did it
    Reinject {
        /// The number of the dead letter
        number: u64,
        #[command(flatten)]
        who: Who,
    },
    /// Gives a process of the market the decision of a person, in one commit that names who decided
    Decide {
        /// The stream of the process
        process: String,
        /// The command in its stored form, as JSON; - for standard input
        command: PathBuf,
        /// Whose process, when several tenants have one of that name
        #[arg(long)]
        tenant: Option<String>,
        /// The queued message that the decision answers: it leaves the queue with it
        #[arg(long, value_name = "MESSAGE")]
        answers: Option<Id>,
        #[command(flatten)]
        who: Who,
    },
    /// Brings a directory of an earlier format to the present one, and keeps a copy of it beside it
    Migrate,
}

/// Who writes, and why.
#[derive(clap::Args, Clone)]
struct Who {
    /// Why; kept with what it causes
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// Who; without it, the user's name
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
}

impl Who {
    /// The name of whoever runs the command.
    fn name(&self) -> anyhow::Result<String> {
        let name = self.by.clone().or_else(|| std::env::var("USER").ok()).or_else(|| std::env::var("USERNAME").ok());
        name.filter(|name| !name.trim().is_empty()).context("nobody knows who you are: say it with --by NAME")
    }
}

/// Prints what was asked for.
///
/// # Errors
///
/// When the directory is live, is no store, or cannot be read.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    match &args.what {
        Some(What::Repair) => return cut(&args),
        Some(What::Reinject { number, who }) => return write::reinject(&args, *number, who),
        Some(What::Decide { process, command, tenant, answers, who }) => {
            return write::decide(&args, process, command, tenant.as_deref(), *answers, who);
        }
        Some(What::Migrate) => return write::migrate(&args),
        None
        | Some(
            What::Streams
            | What::Stream { .. }
            | What::Outbox
            | What::Deadlines
            | What::Inbox
            | What::DeadLetters
            | What::DeadLetter { .. }
            | What::Waiting
            | What::Verify { .. },
        ) => {}
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
            Some(What::DeadLetters) => letters::all(&store).await,
            Some(What::DeadLetter { number }) => letters::one(&store, *number).await,
            Some(What::Waiting) => waiting::all(&store).await,
            Some(What::Verify { .. } | What::Repair | What::Reinject { .. } | What::Decide { .. } | What::Migrate) => Ok(Table::default()),
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
