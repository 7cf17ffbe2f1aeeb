//! WF-PII: a person can be forgotten without losing the history.

use std::collections::{BTreeMap, BTreeSet};

use mako_engine::EventPayload;
use mako_engine::erasure::{Personal, redacted};
use mako_engine::store::Payload;
use serde_json::Value;

use super::said::shown;
use super::subject::{EventOf, StateOf, WorkflowSubject};
use super::walk::{Walk, fold};
use crate::{Violation, WorkflowContext};

/// WF-PII-01.
///
/// # Errors
/// [`Violation`] with the event and the field.
pub async fn fields_can_be_redacted<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let declared = <EventOf<S> as EventPayload>::PERSONAL;
    if declared.is_empty() {
        return Err(Violation::new("the subject declares PERSONAL and its events name no field")
            .todo("name the fields in EventPayload::PERSONAL, or say in WITHOUT why there are none"));
    }
    let mut met: BTreeSet<String> = BTreeSet::new();
    for history in ctx.histories() {
        let mut walk = Walk::<S>::default();
        history.steps.iter().for_each(|timed| drop(walk.take(timed)));
        let mut forgotten = Vec::new();
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        for event in &walk.events {
            let stored = encoded(event)?;
            for personal in declared.iter().filter(|personal| personal.event == event.event_type()) {
                met.insert(personal.to_string());
                if let Some(value) = value_of(&stored, personal) {
                    values.insert(value, personal.to_string());
                }
            }
            let (event, stored) = without_the_person::<S>(event, &stored)?;
            forgotten.push((event, stored));
        }
        for (event, stored) in &forgotten {
            let said = stored.to_json().to_string();
            if let Some((value, place)) = values.iter().find(|(value, _)| said.contains(*value)) {
                return Err(Violation::new(format!("{}\n  expected: nothing of {place} | found: {value} in {said}", event.event_type()))
                    .todo("declare this field in EventPayload::PERSONAL, too: forgetting the person leaves it"));
            }
        }
        let events: Vec<EventOf<S>> = forgotten.into_iter().map(|(event, _)| event).collect();
        if let Err(panic) = fold::<S>(StateOf::<S>::default(), &events) {
            return Err(Violation::new(format!("{}\n  expected: a state | found: panic `{panic}`", shown(&events)))
                .todo("let `apply` take events without the person"));
        }
    }
    match declared.iter().find(|personal| !met.contains(&personal.to_string())) {
        None => Ok(()),
        Some(never) => Err(Violation::new(format!("{never}\n  expected: an event of that name in some history | found: none"))
            .todo("correct the name, or let `commands` come to it")),
    }
}

fn encoded<T: serde::Serialize>(content: &T) -> Result<Payload, Violation> {
    Payload::encode(content).map_err(|error| Violation::new(format!("an event cannot be stored: {error}")))
}

/// What stands in a declared field, as text, when it says something about somebody.
fn value_of(stored: &Payload, personal: &Personal) -> Option<String> {
    let content = stored.to_json();
    let inner = content.get(personal.event).unwrap_or(&content);
    match inner.pointer(personal.field)? {
        Value::Null => None,
        value if serde_json::from_str::<Value>(personal.redacted).is_ok_and(|redacted| redacted == *value) => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The event as it is read once the person is forgotten.
fn without_the_person<S: WorkflowSubject>(event: &EventOf<S>, stored: &Payload) -> Result<(EventOf<S>, Payload), Violation> {
    let name = event.event_type();
    let redacted = redacted::<EventOf<S>>(name, stored).map_err(|error| {
        Violation::new(format!("{name}\n  expected: the event without the person | found: {error} in {}", shown(event)))
            .todo("let the field be an Option, or name a value in `redacted` that its type takes and nobody has")
    })?;
    let Some(redacted) = redacted else { return Ok((event.clone(), stored.clone())) };
    if event.subject().is_none() {
        return Err(Violation::new(format!("{name}\n  expected: whom it is about | found: nobody, in {}", shown(event)))
            .todo("name the person in EventPayload::subject: an engine that seals refuses the event otherwise"));
    }
    let read = redacted.decode().map_err(|error| Violation::new(format!("{name}: {error}")))?;
    Ok((read, redacted))
}
