//! WF-PII: a person can be forgotten without losing the history.

use std::collections::BTreeMap;

use mako_engine::EventPayload as _;
use mako_engine::store::Payload;
use serde_json::Value;

use super::said::shown;
use super::subject::{EventOf, Personal, StateOf, WorkflowSubject};
use super::walk::{Decided, fold};
use crate::{Violation, WorkflowContext};

/// WF-PII-01.
///
/// # Errors
/// [`Violation`] with the event and the field.
pub async fn fields_can_be_redacted<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let mut events: BTreeMap<&'static str, EventOf<S>> = BTreeMap::new();
    for taken in ctx.taken() {
        let Decided::Done(decision) = taken.decided else { continue };
        for event in decision.events {
            events.entry(event.event_type()).or_insert(event);
        }
    }
    if S::PERSONAL.is_empty() {
        return Err(Violation::new("the subject declares PERSONAL and names no field")
            .todo("name the fields in PERSONAL, or say in WITHOUT why there are none"));
    }
    for Personal { event: name, field, redacted } in S::PERSONAL {
        let place = format!("{name}{field}");
        let Some(event) = events.get(name) else {
            return Err(Violation::new(format!("{place}\n  expected: an event of that name in some history | found: none"))
                .todo("correct the name, or let `commands` come to it"));
        };
        let mut content = Payload::encode(event).map_err(|error| Violation::new(format!("{place}: {error}")))?.to_json();
        let target = match content.get_mut(*name) {
            Some(inner) => inner.pointer_mut(field),
            None => content.pointer_mut(field),
        };
        let redacted: Value = serde_json::from_str(redacted)
            .map_err(|error| Violation::new(format!("{place}: `{redacted}` is no JSON: {error}")).todo("write null, or a JSON string"))?;
        let Some(target) = target else {
            return Err(Violation::new(format!("{place}\n  expected: a field | found: {}", shown(event)))
                .todo("write the field as a JSON pointer into the content of the event, such as /malo"));
        };
        *target = redacted;
        let read: Result<EventOf<S>, _> = Payload::encode(&content).and_then(|payload| payload.decode());
        let read = read.map_err(|error| {
            Violation::new(format!("{place}\n  expected: the event without the person | found: {error} in {content}"))
                .todo("let the field be an Option, or name a value in `redacted` that its type takes and nobody has")
        })?;
        if let Err(panic) = fold::<S>(StateOf::<S>::default(), &[read]) {
            return Err(Violation::new(format!("{place}\n  expected: a state | found: panic `{panic}`"))
                .todo("let `apply` take the event without the person"));
        }
    }
    Ok(())
}
