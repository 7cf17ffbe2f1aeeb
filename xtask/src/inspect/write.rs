//! What writes to the directory itself: one commit, or one migration, and then says what was written.
//!
//! As careful as `repair`: a directory that is open, is no store, or whose log is not what was committed, is refused before anything is
//! written; afterwards the log is held against the head that it had before.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use mako_engine::dead_letter::{DeadLetterStore as _, Origin};
use mako_engine::engine::ByHand;
use mako_engine::registry::ProcessRegistry as _;
use mako_engine::store::fjall::{self, FjallBackend, FjallOptions};
use mako_engine::store::{ChainHead, EventStore as _, KeyedStore, RecordedEvent};
use mako_engine::{Id, StreamId, TenantId};
use mako_scenarios::market::Market;
use serde_json::{Value, json};

use super::views::{Store, lengths};
use super::{Args, Who};

/// A directory, open to be written, and the head its log had.
struct Opened {
    store: Arc<Store>,
    before: ChainHead,
}

impl Opened {
    fn open(dir: &Path) -> anyhow::Result<Self> {
        let (backend, report) = FjallBackend::open_existing(dir, FjallOptions::simulation())?;
        if let Some(cut) = &report.cut {
            let (bytes, kept) = (cut.tail.bytes, cut.kept.display());
            eprintln!("note: {bytes} bytes behind the last acknowledged commit were cut; they are kept in {kept}");
        }
        let store = KeyedStore::open(backend)?;
        let before = store.verify(None)?;
        if let Some(finding) = before.findings.first() {
            bail!("nothing was written, since the log is not what was committed: {finding}. `inspect DIR verify` says all of it");
        }
        Ok(Self { store: Arc::new(store), before: before.head })
    }

    /// What was written since it was opened: its events, when the log is what it was and more.
    async fn written(&self) -> anyhow::Result<(Vec<RecordedEvent>, ChainHead)> {
        self.store.backend().seal()?;
        let after = self.store.verify(Some(self.before))?;
        if let Some(finding) = after.findings.first() {
            bail!("the log is not what was committed: {finding}. Restore the directory from a backup and report this");
        }
        Ok((self.store.read_all(self.before.position, usize::MAX).await?, after.head))
    }
}

/// Runs `work` to its end; a commit waits for its own turn.
fn run<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_current_thread().build().context("no runtime")?.block_on(work)
}

pub(super) fn reinject(args: &Args, number: u64, who: &Who) -> anyhow::Result<ExitCode> {
    let (opened, by) = (Opened::open(&args.dir)?, who.name()?);
    run(async {
        let unknown = || format!("there is no dead letter {number} here: `inspect DIR dead-letters` lists them");
        let kept = opened.store.dead_letter(number).await?.with_context(unknown)?;
        let Some(tenant) = kept.letter.reason.audit().tenant.clone().or_else(|| owner(kept.origin.as_ref())) else {
            bail!("dead letter {number} does not say whose it is: {}", kept.remedy());
        };
        let engine = Market::desk(tenant, opened.store.clone())?;
        engine.put_back(number, &by, &who.because).await?;
        let (events, head) = opened.written().await?;
        let into = match &kept.origin {
            Some(Origin::Received { key, part, .. }) => format!("the inbox, part {part} of {key}"),
            Some(Origin::GivenUp(id)) => format!("the outbox, message {id}"),
            None => "nowhere".to_owned(),
        };
        if args.json {
            return say(&json!({ "letter": number, "into": into, "events": told(&events), "head": head.to_string() }));
        }
        let mut out = std::io::stdout();
        writeln!(out, "put back into {into}: {}", kept.letter.about)?;
        wrote(&events, head)?;
        writeln!(out, "and a note on dead letter {number}; whoever opens the store next goes on with it")?;
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Whose the message is.
fn owner(origin: Option<&Origin>) -> Option<TenantId> {
    match origin? {
        Origin::Received { key, .. } => Some(key.tenant.clone()),
        Origin::GivenUp(_) => None,
    }
}

pub(super) fn decide(
    args: &Args,
    process: &str,
    command: &Path,
    tenant: Option<&str>,
    answers: Option<Id>,
    who: &Who,
) -> anyhow::Result<ExitCode> {
    let text = match command.to_str() {
        Some("-") => std::io::read_to_string(std::io::stdin()).context("standard input cannot be read")?,
        _ => std::fs::read_to_string(command).with_context(|| format!("{} cannot be read", command.display()))?,
    };
    let command: Value = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", command.display()))?;
    let (opened, by) = (Opened::open(&args.dir)?, who.name()?);
    run(async {
        let stream = StreamId::new(process);
        let named = lengths(&opened.store).await?;
        let meant = |(owner, of): &&(TenantId, StreamId)| *of == stream && tenant.is_none_or(|tenant| owner.as_str() == tenant);
        let mut owners: BTreeSet<TenantId> = named.keys().filter(meant).map(|(owner, _)| owner.clone()).collect();
        let Some(owner) = owners.pop_first() else { bail!("no process `{process}` here: `inspect DIR waiting` lists them") };
        if !owners.is_empty() {
            bail!("several tenants have a process `{process}`: say whose with --tenant");
        }
        let Some(record) = opened.store.process(&owner, &stream).await? else { bail!("`{process}` is a stream, but no process") };
        let engine = Market::desk(owner, opened.store.clone())?;
        let by_hand = ByHand { by, because: who.because.clone(), answers };
        Market::decide(&engine, &record, &command, &by_hand).await?;
        let (events, head) = opened.written().await?;
        if args.json {
            return say(&json!({ "process": process, "events": told(&events), "head": head.to_string() }));
        }
        if events.is_empty() {
            writeln!(std::io::stdout(), "the process took it, and nothing followed from it")?;
        }
        wrote(&events, head)?;
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn migrate(args: &Args) -> anyhow::Result<ExitCode> {
    let migrated = fjall::migrate(&args.dir)?;
    let mut out = std::io::stdout().lock();
    match &migrated {
        _ if args.json => {
            let migrated = migrated.as_ref().map(|done| {
                let kept = done.kept.display().to_string();
                json!({ "from": done.from, "to": done.to, "rows": done.rows, "kept": kept })
            });
            writeln!(out, "{:#}", json!({ "format": fjall::FORMAT, "migrated": migrated }))?;
        }
        Some(done) => {
            writeln!(out, "format {} is format {} now, with {} rows written", done.from, done.to, done.rows)?;
            writeln!(out, "the directory as it was is kept in {}", done.kept.display())?;
        }
        None => writeln!(out, "it has format {} already; nothing was written", fjall::FORMAT)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The events, for scripts.
fn told(events: &[RecordedEvent]) -> Value {
    let event =
        |event: &RecordedEvent| json!({ "position": event.position, "stream": event.stream.to_string(), "event": event.event_type });
    events.iter().map(event).collect()
}

/// The events, for people.
fn wrote(events: &[RecordedEvent], head: ChainHead) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    for event in events {
        writeln!(out, "wrote event {} ({} no. {}): {}, {}", event.position, event.stream, event.version, event.event_type, event.cause)?;
    }
    writeln!(out, "head {head}")
}

fn say(document: &Value) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{document:#}")?;
    Ok(())
}
