//! `simulate FILE --fork-at EVENT --seeds A..B`: the same past, other futures, and the moment after which the failure was certain.
//!
//! Each seed keeps what people do and draws what goes wrong after the event anew. The past is compared, not believed: a future whose trace
//! differs before the event is an error of the simulator. Certain is a failure from the first moment on from which every future fails; it
//! is looked for by halves, since who cannot be helped at one moment cannot be helped at a later one.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use mako_engine::Timestamp;
use mako_engine::fristen::berlin;
use mako_scenarios::market::Market;
use mako_scenarios::suite;
use mako_sim::nemesis::future;
use mako_sim::oracle::Failure;
use mako_sim::plan::Plan;
use mako_sim::report::{timetable, told_at};
use mako_sim::run::Outcome;
use mako_sim::sweep::{Seeds, Shard, Stage, try_plan};
use mako_sim::trace::Entry;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use time::PrimitiveDateTime;
use time::macros::format_description;

use super::Args;

/// How many lines of one instant are told.
const TOLD: usize = 4;

/// The instant that `text` names in Berlin, with or without seconds.
///
/// # Errors
/// What is expected, when it names none.
pub fn instant(text: &str) -> Result<Timestamp, String> {
    let whole = if text.len() == "2025-12-24T09:12".len() { format!("{text}:00") } else { text.to_owned() };
    let whole = whole.replace(' ', "T");
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]");
    let local = PrimitiveDateTime::parse(&whole, format)
        .map_err(|_| format!("`{text}` is no instant: write the Berlin time of the event, such as 2025-12-24T09:12:00"))?;
    berlin::resolve(local.date(), local.time(), None).map_err(|error| error.to_string())
}

/// Runs the file, its futures from `from` on, and looks for the moment of certainty.
pub fn run(args: &Args, from: Timestamp, seeds: Seeds) -> anyhow::Result<ExitCode> {
    let [file] = args.files.as_slice() else { bail!("--fork-at wants one scenario file, not {}", args.files.len()) };
    let plan = suite::load(file).map_err(anyhow::Error::msg)?;
    let application = Market::application();
    let stage = Stage { application: &application, on: (args.store, args.transport), again_on: &[] };
    let (written, own) = try_plan(&plan, &stage);
    let written = written.context("the plan as it is written panicked outside of its nodes")?;
    let moments = moments(&written, from);
    let Some(first) = moments.first().copied() else {
        bail!("nothing happens at {} or later; the run ends {}", berlin::moment_text(from), berlin::moment_text(plan.until))
    };
    let pool = ThreadPoolBuilder::new().num_threads(args.sweep.jobs()?).build().context("starting threads")?;
    let ask = |at: Timestamp| pool.install(|| futures(&written, at, seeds, &stage));
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", plan.title)?;
    writeln!(out, "as it is written: {}\n", if own.is_empty() { "passes".to_owned() } else { own[0].to_string() })?;
    let found = ask(first)?;
    tell(&mut out, &written, first, &found)?;
    writeln!(out)?;
    if args.timetable {
        for seed in found.iter().filter(|(_, failures)| !failures.is_empty()).map(|(seed, _)| *seed) {
            let (outcome, _) = try_plan(&future(&written.plan, first, seed).plan, &stage);
            writeln!(out, "seed {seed}\n{}", outcome.as_ref().map(timetable).unwrap_or_default())?;
        }
    }
    match certain(&moments, &found, ask)? {
        Some((at, Some(before))) => {
            writeln!(out, "certain from {}", berlin::moment_text(at))?;
            tell_moment(&mut out, &written, at)?;
            let helped = before.values().filter(|failures| failures.is_empty()).count();
            writeln!(
                out,
                "  every future that begins there fails; of those that begin a moment earlier, {helped} of {} pass",
                before.len()
            )?;
        }
        Some((_, None)) => writeln!(out, "certain before that: every future fails; fork at an earlier event")?,
        None => writeln!(out, "never certain: some future passes from its last event on")?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Every instant at which something happens in `written`, from `from` on and before its end: futures end later.
fn moments(written: &Outcome, from: Timestamp) -> Vec<Timestamp> {
    let until = written.plan.until;
    let instants = written.trace.entries().iter().map(|entry| entry.at);
    let mut moments: Vec<Timestamp> = instants.filter(|at| (from..until).contains(at)).collect();
    moments.dedup();
    moments
}

/// What does not hold in each future, by its seed.
type Futures = BTreeMap<u64, Vec<Failure>>;

/// The futures of `written` that begin after `at`.
fn futures(written: &Outcome, at: Timestamp, seeds: Seeds, stage: &Stage<'_>) -> anyhow::Result<Futures> {
    let all: Vec<u64> = seeds.of(Shard::WHOLE).collect();
    let tried = all.par_iter().map(|seed| {
        let plan: Plan = future(&written.plan, at, *seed).plan;
        let (outcome, failures) = try_plan(&plan, stage);
        if let Some(outcome) = &outcome
            && let Some(entry) = parts(written, outcome, at)
        {
            bail!("seed {seed} has another past: entry {entry} differs, before {}; please report this", berlin::moment_text(at));
        }
        Ok((*seed, failures))
    });
    tried.collect()
}

/// The first entry up to `at` in which two runs differ.
fn parts(one: &Outcome, other: &Outcome, at: Timestamp) -> Option<usize> {
    let past = |outcome: &Outcome| -> Vec<Entry> { outcome.trace.entries().iter().take_while(|entry| entry.at <= at).cloned().collect() };
    let (one, other) = (past(one), past(other));
    (0..one.len().max(other.len())).find(|number| one.get(*number) != other.get(*number))
}

/// The first of `moments` from which every future fails, and the futures of the moment before it; `first` are those of the first.
fn certain(
    moments: &[Timestamp],
    first: &Futures,
    ask: impl Fn(Timestamp) -> anyhow::Result<Futures>,
) -> anyhow::Result<Option<(Timestamp, Option<Futures>)>> {
    let all_fail = |futures: &Futures| futures.values().all(|failures| !failures.is_empty());
    if all_fail(first) {
        return Ok(moments.first().map(|at| (*at, None)));
    }
    let (mut open, mut before, mut closed) = (0, first.clone(), moments.len().saturating_sub(1));
    if !all_fail(&ask(moments[closed])?) {
        return Ok(None);
    }
    while closed - open > 1 {
        let middle = usize::midpoint(open, closed);
        let found = ask(moments[middle])?;
        if all_fail(&found) {
            closed = middle;
        } else {
            (open, before) = (middle, found);
        }
    }
    Ok(Some((moments[closed], Some(before))))
}

/// How the futures from `at` on came out, the most frequent failure first.
fn tell(out: &mut impl std::io::Write, written: &Outcome, at: Timestamp, found: &Futures) -> anyhow::Result<()> {
    let failed = found.values().filter(|failures| !failures.is_empty()).count();
    writeln!(out, "{} futures from {}: {} pass, {failed} fail", found.len(), berlin::moment_text(at), found.len() - failed)?;
    tell_moment(out, written, at)?;
    let mut reasons: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (seed, failures) in found {
        if let Some(failure) = failures.first() {
            reasons.entry(reason(failure)).or_default().push(*seed);
        }
    }
    let mut reasons: Vec<(String, Vec<u64>)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, seeds)| std::cmp::Reverse(seeds.len()));
    for (reason, seeds) in reasons {
        writeln!(out, "  {:>5}  {reason}  (seed {})", seeds.len(), seeds[0])?;
    }
    Ok(())
}

/// What `failure` is about, without what differs from run to run.
fn reason(failure: &Failure) -> String {
    let line = failure.to_string().lines().next().unwrap_or_default().to_owned();
    line.split(": found ").next().unwrap_or_default().to_owned()
}

fn tell_moment(out: &mut impl std::io::Write, written: &Outcome, at: Timestamp) -> anyhow::Result<()> {
    let lines = told_at(written, at);
    for line in lines.iter().take(TOLD) {
        writeln!(out, "  | {line}")?;
    }
    if lines.len() > TOLD {
        writeln!(out, "  | and {} more", lines.len() - TOLD)?;
    }
    Ok(())
}
