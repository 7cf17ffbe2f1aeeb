//! WF-TYP, WF-UPC, WF-HIS: names, payloads and histories that were committed once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use mako_engine::EventPayload;
use mako_engine::store::Payload;

use super::golden::{self, GoldenEvent, GoldenStep, RecordedEvent, how_to_write};
use super::reader::{self, Stored};
use super::replay::stored;
use super::said::{differ, first_difference, shown};
use super::subject::{CommandOf, EventOf, StateOf, WorkflowSubject};
use super::walk::{Decided, decide, fold};
use crate::{Violation, WorkflowContext};

/// Every (name, version) that was ever committed.
fn committed<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> BTreeSet<(String, u16)> {
    let text = fs::read_to_string(ctx.goldens().join("types.txt")).unwrap_or_default();
    let line = |line: &str| line.rsplit_once(" v").and_then(|(name, version)| Some((name.to_owned(), version.parse().ok()?)));
    text.lines().filter_map(line).collect()
}

fn present<S: WorkflowSubject>() -> &'static [(&'static str, u16)] {
    <EventOf<S> as EventPayload>::TYPES
}

/// WF-TYP-01.
///
/// # Errors
/// [`Violation`] with the name that is gone, or new.
pub async fn names_are_committed<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let file = ctx.goldens().join("types.txt");
    let mut committed = committed(ctx);
    if ctx.records() {
        committed.extend(present::<S>().iter().map(|(name, version)| ((*name).to_owned(), *version)));
        let lines: String = committed.iter().map(|(name, version)| format!("{name} v{version}\n")).collect();
        golden::write_text(&file, &lines)?;
    }
    let steps: Vec<String> = <EventOf<S> as EventPayload>::upcasters().iter().map(ToString::to_string).collect();
    for (name, version) in &committed {
        let is_present = present::<S>().iter().any(|(present, now)| present == name && now == version);
        let leads_on = steps.iter().any(|step| step.starts_with(&format!("{name} v{version} ")));
        if !is_present && !leads_on {
            let now: Vec<String> = present::<S>().iter().map(|(name, version)| format!("{name} v{version}")).collect();
            return Err(Violation::new(format!("committed: {name} v{version}\n  in this code: {}", now.join(", "))).todo(&format!(
                "put the name back, or lead on from it: Upcaster::new(\"{name}\", {version}, …), with .renamed(…) for a new name. \
                 Stored histories cannot be read without"
            )));
        }
    }
    let new = present::<S>().iter().find(|(name, version)| !committed.contains(&((*name).to_owned(), *version)));
    match new {
        Some((name, version)) => {
            let violation = Violation::new(format!("in this code: {name} v{version}\n  committed: not in {}", file.display()));
            Err(violation.todo(&format!("if the name is meant for ever: {}", how_to_write())))
        }
        None => Ok(()),
    }
}

/// The first generated event of each name.
fn happened<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> BTreeMap<&'static str, EventOf<S>> {
    let mut happened = BTreeMap::new();
    for taken in ctx.taken() {
        let Decided::Done(decision) = taken.decided else { continue };
        for event in decision.events {
            happened.entry(event.event_type()).or_insert(event);
        }
    }
    happened
}

/// WF-TYP-02.
///
/// # Errors
/// [`Violation`] with the names.
pub async fn every_name_happens<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let happened = happened(ctx);
    let listed: BTreeSet<&str> = present::<S>().iter().map(|(name, _)| *name).collect();
    let unlisted: Vec<&&str> = happened.keys().filter(|name| !listed.contains(**name)).collect();
    if !unlisted.is_empty() {
        return Err(Violation::new(format!("expected: one of {listed:?} | found: {unlisted:?}"))
            .todo("add the event to EventPayload::TYPES: an engine refuses the whole decision"));
    }
    let never: Vec<&&str> = listed.iter().filter(|name| !happened.contains_key(**name) && !S::LEGACY.contains(name)).collect();
    if never.is_empty() {
        return Ok(());
    }
    Err(Violation::new(format!("expected: every listed event happens in some generated history | found: never {never:?}"))
        .todo("let `commands` of the subject come to it, or name it in LEGACY if nothing decides it any more"))
}

/// The value of today, as it would be stored.
fn as_stored<S: WorkflowSubject>(event: &EventOf<S>) -> Result<serde_json::Value, Violation> {
    Ok(stored::<S>(event)?.payload.to_json())
}

fn payload(value: &serde_json::Value) -> Result<Payload, Violation> {
    Payload::encode(value).map_err(|error| Violation::new(format!("{value}: {error}")))
}

/// WF-UPC-01.
///
/// # Errors
/// [`Violation`] with the payload and both values.
pub async fn past_versions_read<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let directory = ctx.goldens().join("events");
    let file_of = |name: &str, version: u16| directory.join(format!("{name}.v{version}.json"));
    let happened = happened(ctx);
    if ctx.records() {
        for (name, version) in present::<S>() {
            let file = file_of(name, *version);
            if let Some(event) = happened.get(name).filter(|_| !file.exists()) {
                let becomes = as_stored::<S>(event)?;
                let (event, stored) = ((*name).to_owned(), becomes.clone());
                golden::write(&file, &GoldenEvent { event, version: *version, stored, becomes })?;
            }
        }
    }
    let ever = committed(ctx).into_iter().chain(present::<S>().iter().map(|(name, version)| ((*name).to_owned(), *version)));
    for (name, version) in ever {
        let needs_none = S::LEGACY.contains(&name.as_str()) && !happened.contains_key(name.as_str());
        if !file_of(&name, version).exists() && !needs_none {
            let violation = Violation::new(format!("expected: {} | found: no such file", file_of(&name, version).display()));
            return Err(violation.todo(&format!("for an event of today: {}; for an older one, bring it back", how_to_write())));
        }
    }
    for file in golden::files(&directory, "json") {
        let golden: GoldenEvent = golden::read(&file)?;
        let GoldenEvent { event, version, stored, becomes } = &golden;
        let row = Stored { name: event.clone(), version: *version, payload: payload(stored)? };
        let read = reader::read::<S>(&[row]).await.map_err(|error| {
            Violation::new(format!("{event} v{version}\n  stored: {stored}\n  committed: {becomes}\n  read today: {error}")).todo(&format!(
                "the shape of {event} changed: give it the next version in TYPES and an Upcaster::new(\"{event}\", {version}, …) to it; \
                 what was stored cannot be changed"
            ))
        })?;
        let Some(read) = read.first() else { continue };
        let found = as_stored::<S>(read)?;
        if ctx.records() {
            golden::write(&file, &GoldenEvent { becomes: found, ..golden.clone() })?;
        } else if found != *becomes {
            let place = first_difference("", becomes, &found).unwrap_or_default();
            return Err(Violation::new(format!(
                "{event} v{version}\n  stored: {stored}\n  committed: {becomes}\n  read today: {found}\n  first difference: {place}"
            ))
            .todo(&format!("correct the upcaster; or, if the new value is what the old event meant: {}", how_to_write())));
        }
    }
    Ok(())
}

/// WF-UPC-02.
///
/// # Errors
/// [`Violation`] with the gap, or the event that was not left alone.
pub async fn chains_are_complete<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let upcasters = <EventOf<S> as EventPayload>::upcasters();
    let wrong = |error: String| {
        Violation::new(format!("expected: a way from every version to {:?}\n  upcasters: {upcasters:?}\n  found: {error}", present::<S>()))
            .todo("add the upcaster that is missing; an engine with this workflow is not built")
    };
    reader::wiring::<S>().map_err(wrong)?;
    for event in happened(ctx).into_values() {
        let row = stored::<S>(&event)?;
        if !present::<S>().iter().any(|(name, _)| *name == row.name) {
            continue;
        }
        let read = reader::read::<S>(&[row]).await.map_err(wrong)?;
        if read.first() != Some(&event) {
            return Err(Violation::new(format!("event: {}\n  read: {}", shown(&event), shown(&read)))
                .todo("leave events of today alone: an upcaster leads on from older versions only"));
        }
    }
    Ok(())
}

/// WF-HIS-01.
///
/// # Errors
/// [`Violation`] with the history, the step, and both decisions.
pub async fn recorded_histories_replay<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let directory = ctx.goldens().join("histories");
    let scripts = S::histories();
    for (name, commands) in &scripts {
        let file = directory.join(format!("{name}.json"));
        if file.exists() {
            continue;
        }
        if !ctx.records() {
            return Err(Violation::new(format!("expected: {} | found: no such file", file.display())).todo(&how_to_write()));
        }
        golden::write(&file, &recording::<S>(commands)?)?;
    }
    for file in golden::files(&directory, "json") {
        let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let Some((_, commands)) = scripts.iter().find(|(script, _)| *script == name) else {
            return Err(Violation::new(format!("recorded: {}\n  in this code: no history `{name}`", file.display()))
                .todo("give the commands of this history in `histories`; what ran once must run for ever"));
        };
        replay::<S>(&name, commands, golden::read(&file)?).await?;
    }
    let steps: BTreeSet<&str> = scripts.iter().map(|(name, _)| name.as_str()).collect();
    match S::DIVERGENCES.iter().find(|one| !steps.contains(one.history)) {
        Some(unknown) => Err(Violation::new(format!("a divergence is listed on `{}`, which is no history", unknown.history))
            .todo("correct the name, or take the entry out of DIVERGENCES")),
        None => Ok(()),
    }
}

fn recording<S: WorkflowSubject>(commands: &[CommandOf<S>]) -> Result<Vec<GoldenStep>, Violation> {
    let mut state = StateOf::<S>::default();
    let mut steps = Vec::new();
    for command in commands {
        let (rejected, decided) = match decide::<S>(&state, command.clone()) {
            Decided::Done(decision) => (None, decision.events),
            Decided::Rejected(rejection) => (Some(rejection.code), Vec::new()),
            Decided::Panicked(panic) => return Err(Violation::new(format!("command: {}\n  found: panic `{panic}`", shown(command)))),
        };
        let events = decided.iter().map(|event| {
            let Stored { name: event, version, payload } = stored::<S>(event)?;
            Ok(RecordedEvent { event, version, stored: payload.to_json() })
        });
        let events = events.collect::<Result<_, Violation>>()?;
        steps.push(GoldenStep { command: format!("{command:?}"), rejected, events });
        state = fold::<S>(state, &decided).map_err(|panic| Violation::new(format!("panic `{panic}`")))?;
    }
    Ok(steps)
}

async fn replay<S: WorkflowSubject>(name: &str, commands: &[CommandOf<S>], steps: Vec<GoldenStep>) -> Result<(), Violation> {
    let other_script = |recorded: String, here: String| {
        Err(Violation::new(format!("history: {name}\n  recorded: {recorded}\n  in this code: {here}")).todo(
            "these are not the commands that were recorded: give them by hand in `histories`, so that a changed generator does not \
             change them",
        ))
    };
    if commands.len() != steps.len() {
        return other_script(format!("{} commands", steps.len()), format!("{} commands", commands.len()));
    }
    let mut state = StateOf::<S>::default();
    for (number, (command, step)) in (1..).zip(commands.iter().zip(steps)) {
        let (here, length) = (format!("{command:?}"), commands.len());
        if here != step.command {
            return other_script(step.command, here);
        }
        let rows = step.events.iter().map(|RecordedEvent { event, version, stored }| {
            Ok(Stored { name: event.clone(), version: *version, payload: payload(stored)? })
        });
        let rows: Vec<Stored> = rows.collect::<Result<_, Violation>>()?;
        let recorded = reader::read::<S>(&rows).await.map_err(|error| {
            Violation::new(format!(
                "history: {name}, {length} commands, command {number}\n  recorded: {}\n  read today: {error}",
                step.events.iter().map(|event| event.stored.to_string()).collect::<Vec<_>>().join(", ")
            ))
            .todo("lead on from what was stored with an upcaster; a recorded history is never changed")
        })?;
        let (rejected, decided) = match decide::<S>(&state, command.clone()) {
            Decided::Done(decision) => (None, decision.events),
            Decided::Rejected(rejection) => (Some(rejection.code), Vec::new()),
            Decided::Panicked(panic) => (Some(format!("panic `{panic}`")), Vec::new()),
        };
        let same = decided == recorded && rejected == step.rejected;
        let listed = S::DIVERGENCES.iter().find(|one| one.history == name && one.step == number);
        match (same, listed) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(listed)) => {
                let (gate, because) = (listed.gate, listed.because);
                return Err(Violation::new(format!(
                    "history: {name}, command {number}: listed as a divergence ({gate}: {because}), and there is none"
                ))
                .todo("take the entry out of DIVERGENCES"));
            }
            (false, None) => {
                let recorded = (rejected_or(step.rejected), recorded);
                let today = (rejected_or(rejected), decided);
                let violation = differ(("recorded", &recorded), ("decided today", &today));
                return Err(Violation::new(format!(
                    "history: {name}, {length} commands, command {number}: {}\n  state: {}\n  {violation}",
                    shown(command),
                    shown(&state)
                ))
                .todo(
                    "decide as before for processes that began before (by rulebook or format version of their start), or list the step \
                     in DIVERGENCES with its gate",
                ));
            }
        }
        state = fold::<S>(state, &recorded)
            .map_err(|panic| Violation::new(format!("history: {name}, command {number}\n  expected: a state | found: panic `{panic}`")))?;
    }
    Ok(())
}

fn rejected_or(rejected: Option<String>) -> String {
    rejected.map_or_else(|| "taken".to_owned(), |code| format!("rejected as {code}"))
}
