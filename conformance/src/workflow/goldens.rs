//! WF-TYP, WF-UPC: names and payloads that were committed once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use mako_engine::EventPayload;
use mako_engine::store::Payload;

use super::golden::{self, GoldenEvent, how_to_write};
use super::reader::{self, Stored};
use super::replay::stored;
use super::said::{first_difference, shown};
use super::subject::{EventOf, WorkflowSubject};
use super::walk::Decided;
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
                "put the name back, or lead on from it: Upcaster::new(\"{name}\", {version}, …), with .renamed(…) for a new name"
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

pub(super) fn payload(value: &serde_json::Value) -> Result<Payload, Violation> {
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
            // Where it stands in an engine says nothing here.
            let error = error.split_once(": ").map_or(error.as_str(), |(_, why)| why);
            Violation::new(format!("{event} v{version}\n  stored: {stored}\n  committed: {becomes}\n  read today: {error}")).todo(&format!(
                "the shape of {event} changed: give it the next version in TYPES and an Upcaster::new(\"{event}\", {version}, …) to it"
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
