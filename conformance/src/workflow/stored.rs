//! WF-SER: what is stored is what happened, in bytes that can be compared.

use mako_engine::EventPayload as _;
use mako_engine::store::Payload;
use serde_json::Value;

use super::context::Effort;
use super::said::{differ, shown};
use super::subject::{EventOf, WorkflowSubject};
use super::walk::{Decided, Walk};
use crate::{Violation, WorkflowContext};

/// A name that no event has a field of.
const UNKNOWN: &str = "a-field-that-nobody-knows";
/// How often bytes are written again: a hash map of two has one order in two.
const TIMES: usize = 12;

fn events<S: WorkflowSubject>(decided: Decided<EventOf<S>>) -> Vec<EventOf<S>> {
    match decided {
        Decided::Done(decision) => decision.events,
        Decided::Rejected(_) | Decided::Panicked(_) => Vec::new(),
    }
}

fn encoded(event: &(impl std::fmt::Debug + serde::Serialize)) -> Result<Payload, Violation> {
    Payload::encode(event).map_err(|error| {
        Violation::new(format!("value: {}\n  expected: its stored form | found: {error}", shown(event)))
            .todo("let it be serialised: no key that is no text, no value that MessagePack cannot say")
    })
}

/// WF-SER-01.
///
/// # Errors
/// [`Violation`] with the event and what came back.
pub async fn event_round_trip<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::Walked, async |history| {
        let mut walk = Walk::<S>::default();
        for event in history.steps.iter().filter_map(|timed| walk.take(timed)).flat_map(|taken| events::<S>(taken.decided)) {
            let payload = encoded(&event)?;
            let back: EventOf<S> = payload.decode().map_err(|error| {
                Violation::new(format!("event: {}\n  stored: {payload}\n  expected: the same event | found: {error}", shown(&event)))
                    .todo("let what is written be read: the same names on both ways")
            })?;
            if back != event {
                return Err(differ(("event", &event), ("from its stored form", &back)).todo("store every field of the event"));
            }
            // An upcaster will read it as JSON one day.
            let json: Value = payload.to_json();
            if serde_json::from_value::<EventOf<S>>(json.clone()).ok().as_ref() != Some(&event) {
                return Err(Violation::new(format!("event: {}\n  expected: the same from JSON | found: {json}", shown(&event)))
                    .todo("use types that JSON can say: upcasters read events as JSON"));
            }
            if let Some(more) = with_unknown_field(&json, event.event_type())
                && let Ok(read) = encoded(&more)?.decode::<EventOf<S>>()
            {
                return Err(Violation::new(format!(
                    "stored: {more}\n  expected: an error that names `{UNKNOWN}` | found: {}",
                    shown(&read)
                ))
                .todo("add #[serde(deny_unknown_fields)] to the event, also to the structs that stand in it as its content"));
            }
        }
        Ok(())
    })
    .await
}

/// The same with one field more, in what stands under the name of the event.
fn with_unknown_field(json: &Value, name: &str) -> Option<Value> {
    let mut more = json.clone();
    let mut at = &mut more;
    // An event that stands in another enum has the name of its variant around it.
    while at.as_object().is_some_and(|fields| fields.len() == 1 && !fields.contains_key(name)) {
        let inner = at.as_object().and_then(|fields| fields.values().next()).is_some_and(Value::is_object);
        if !inner {
            break;
        }
        at = at.as_object_mut()?.values_mut().next()?;
    }
    let content = if at.get(name).is_some() { at.get_mut(name)? } else { at };
    content.as_object_mut()?.insert(UNKNOWN.to_owned(), Value::Bool(true));
    Some(more)
}

/// WF-SER-02.
///
/// # Errors
/// [`Violation`] with both bytes.
pub async fn canonical_bytes<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::Walked, async |history| {
        let mut walk = Walk::<S>::default();
        for taken in history.steps.iter().filter_map(|timed| walk.take(timed)) {
            for event in events::<S>(taken.decided) {
                same_bytes(&event)?;
            }
            same_bytes(&taken.after)?;
        }
        Ok(())
    })
    .await
}

fn same_bytes<T: std::fmt::Debug + serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> Result<(), Violation> {
    let first = encoded(value)?;
    for _ in 0..TIMES {
        // What cannot be read is WF-SER-01's and WF-SNP-02's.
        let Ok(back) = first.decode::<T>() else { return Ok(()) };
        let again = encoded(&back)?;
        if again.as_bytes() != first.as_bytes() {
            return Err(Violation::new(format!("value: {}\n  stored once: {first}\n  stored again: {again}", shown(value)))
                .todo("use BTreeMap and BTreeSet: the order of a HashMap differs from run to run"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_unknown_field_stands_in_the_content_of_the_event() {
        let under_name = with_unknown_field(&json!({"Asked": {"malo": "5"}}), "Asked").unwrap();
        assert_eq!(under_name, json!({"Asked": {"malo": "5", UNKNOWN: true}}));
        let nested = with_unknown_field(&json!({"Post": {"Sent": {"kind": "x"}}}), "Sent").unwrap();
        assert_eq!(nested, json!({"Post": {"Sent": {"kind": "x", UNKNOWN: true}}}));
        assert_eq!(with_unknown_field(&json!({"malo": "5"}), "Asked").unwrap(), json!({"malo": "5", UNKNOWN: true}));
        assert_eq!(with_unknown_field(&json!("Answered"), "Answered"), None);
        assert_eq!(with_unknown_field(&json!({"Counted": 5}), "Counted"), None);
    }
}
