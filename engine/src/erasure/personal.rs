//! Which fields of an event are about a person, and the event without them.
//!
//! The redacted form is made when the event is written and stays in the log as it was made: what a history says once the person is forgotten
//! does not depend on later code.

use serde_json::Value;

use crate::store::{Payload, PayloadError};
use crate::workflow::EventPayload;

/// A field of an event that is about a person.
///
/// ```
/// use mako_engine::erasure::Personal;
/// let malo = Personal { event: "Asked", field: "/malo", redacted: "null" };
/// assert_eq!(malo.to_string(), "Asked/malo");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Personal {
    /// The event, by its committed name.
    pub event: &'static str,
    /// The field, as a JSON pointer into what stands under the name of the event, such as `/malo`. Nothing is redacted in an event that
    /// does not have it.
    pub field: &'static str,
    /// What stands there once the person is forgotten, as JSON: `null`, or a value that the field's type takes and nobody has.
    pub redacted: &'static str,
}

impl std::fmt::Display for Personal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.event, self.field)
    }
}

/// Why an event has no redacted form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotRedacted {
    /// `redacted` is no JSON; the wiring says so before anything runs.
    #[error("what stands for {0} once the person is forgotten is no JSON")]
    NoJson(Personal),
    /// The content cannot be looked into, or not be read again.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}

/// What is wrong with a declaration, if anything is.
pub(crate) fn wrong<E: EventPayload>(personal: &Personal) -> Option<&'static str> {
    if !E::TYPES.iter().any(|(name, _)| *name == personal.event) {
        return Some("no event of that name is listed in EventPayload::TYPES");
    }
    if !personal.field.is_empty() && !personal.field.starts_with('/') {
        return Some("a field is a JSON pointer and begins with `/`");
    }
    serde_json::from_str::<Value>(personal.redacted).is_err().then_some("`redacted` is no JSON: write null, or a JSON string")
}

/// The redacted form of an event of type `E` that is stored as `payload`; `None` when nothing in it is about a person, or nothing any more.
/// It is read once before it is believed: a history that nobody can read is a high price for forgetting.
///
/// # Errors
/// [`NotRedacted`] when it cannot be made, or is no event of type `E`.
///
/// ```
/// # use mako_engine::EventPayload;
/// # use serde::{Deserialize, Serialize};
/// use mako_engine::erasure::{Personal, redacted};
/// use mako_engine::store::Payload;
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// enum Event {
///     Asked { malo: Option<String>, on: u32 },
/// }
/// impl EventPayload for Event {
///     const TYPES: &'static [(&'static str, u16)] = &[("Asked", 1)];
///     const PERSONAL: &'static [Personal] = &[Personal { event: "Asked", field: "/malo", redacted: "null" }];
///     fn event_type(&self) -> &'static str {
///         "Asked"
///     }
/// }
/// let asked = Payload::encode(&Event::Asked { malo: Some("51238696780".into()), on: 7 })?;
/// let forgotten = redacted::<Event>("Asked", &asked)?.ok_or("there is somebody in it")?;
/// assert_eq!(forgotten.decode::<Event>()?, Event::Asked { malo: None, on: 7 });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn redacted<E: EventPayload>(event_type: &str, payload: &Payload) -> Result<Option<Payload>, NotRedacted> {
    let mut content: Option<Value> = None;
    let mut changed = false;
    for personal in E::PERSONAL.iter().filter(|personal| personal.event == event_type) {
        let stands = serde_json::from_str::<Value>(personal.redacted).map_err(|_| NotRedacted::NoJson(*personal))?;
        let content = match &mut content {
            Some(content) => content,
            None => content.insert(payload.decode()?),
        };
        let inner = match content {
            Value::Object(fields) if fields.len() == 1 && fields.contains_key(event_type) => fields.get_mut(event_type),
            whole => Some(whole),
        };
        if let Some(field) = inner.and_then(|inner| inner.pointer_mut(personal.field))
            && *field != stands
        {
            *field = stands;
            changed = true;
        }
    }
    let Some(content) = content.filter(|_| changed) else { return Ok(None) };
    let redacted = Payload::encode(&content)?;
    redacted.decode::<E>()?;
    Ok(Some(redacted))
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::*;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    enum Event {
        Asked { malo: String, by: Option<String>, day: u8 },
        Answered(u8),
    }

    impl EventPayload for Event {
        const TYPES: &'static [(&'static str, u16)] = &[("Asked", 1), ("Answered", 1)];
        const PERSONAL: &'static [Personal] = &[
            Personal { event: "Asked", field: "/malo", redacted: "\"nobody\"" },
            Personal { event: "Asked", field: "/by", redacted: "null" },
        ];
        fn event_type(&self) -> &'static str {
            match self {
                Self::Asked { .. } => "Asked",
                Self::Answered(_) => "Answered",
            }
        }
    }

    fn forgotten(event: &Event) -> Option<Event> {
        redacted::<Event>(event.event_type(), &Payload::encode(event).unwrap()).unwrap().map(|payload| payload.decode().unwrap())
    }

    #[test]
    fn every_declared_field_is_replaced_and_the_rest_stays() {
        let nobody = Event::Asked { malo: "nobody".to_owned(), by: None, day: 3 };
        assert_eq!(forgotten(&Event::Asked { malo: "51238696780".to_owned(), by: Some("A".to_owned()), day: 3 }).as_ref(), Some(&nobody));
        assert_eq!(forgotten(&nobody), None, "nobody is in it any more");
        assert_eq!(forgotten(&Event::Answered(1)), None);
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Counted {
        persons: u8,
    }

    impl EventPayload for Counted {
        const TYPES: &'static [(&'static str, u16)] = &[("Counted", 1)];
        const PERSONAL: &'static [Personal] = &[Personal { event: "Counted", field: "/persons", redacted: "null" }];
        fn event_type(&self) -> &'static str {
            "Counted"
        }
    }

    #[test]
    fn what_could_not_be_read_without_the_person_is_refused() {
        let refused = redacted::<Counted>("Counted", &Payload::encode(&Counted { persons: 2 }).unwrap());
        assert!(matches!(refused, Err(NotRedacted::Payload(_))), "{refused:?}");
    }

    #[test]
    fn a_declaration_is_wrong_for_a_reason() {
        let of = |event, field, redacted| wrong::<Event>(&Personal { event, field, redacted }).unwrap_or("nothing");
        assert_eq!(of("Asked", "/malo", "null"), "nothing");
        assert!(of("Aksed", "/malo", "null").contains("no event of that name"));
        assert!(of("Asked", "malo", "null").contains("begins with"));
        assert!(of("Asked", "/malo", "nobody").contains("no JSON"));
    }
}
