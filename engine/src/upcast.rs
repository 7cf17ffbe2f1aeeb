//! Events that were written by older code.
//!
//! A stored event has a name and a schema version. When the shape of an event changes, its version goes up by one and an
//! [`Upcaster`] says how a content of the version before becomes one of this version. Upcasters form chains; the engine is not built
//! while one has a gap, and an event that no chain brings to a version of today is an error, never a guess.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::erasure;
use crate::store::StoredEvent;
use crate::workflow::EventPayload;

type Convert = Box<dyn Fn(&Value) -> Result<Value, String> + Send + Sync>;

/// Brings the content of one event, as it was written by older code, one step towards today.
///
/// The content is what stands under the name of the event: for `Asked { malo: String }`, the fields of `Asked`. An event whose payload
/// does not have its name around it is converted as a whole.
///
/// ```
/// use mako_engine::Upcaster;
/// use serde::{Deserialize, Serialize};
///
/// /// Version 1 knew no Sparte.
/// #[derive(Deserialize)]
/// struct AskedV1 { malo: String }
/// #[derive(Serialize)]
/// struct AskedV2 { malo: String, sparte: String }
///
/// let step = Upcaster::new("Asked", 1, |old: AskedV1| AskedV2 { malo: old.malo, sparte: "Strom".into() });
/// assert_eq!(step.to_string(), "Asked v1 → Asked v2");
/// ```
pub struct Upcaster {
    from: (&'static str, u16),
    to: (&'static str, u16),
    convert: Convert,
}

impl Upcaster {
    /// From version `version` of the event `name` to the next one.
    #[must_use]
    pub fn new<Old, New>(name: &'static str, version: u16, convert: impl Fn(Old) -> New + Send + Sync + 'static) -> Self
    where
        Old: DeserializeOwned,
        New: Serialize,
    {
        let convert = move |content: &Value| {
            let old = Old::deserialize(content).map_err(|error| format!("{error}; the content is {}", shape(content)))?;
            serde_json::to_value(convert(old)).map_err(|error| error.to_string())
        };
        Self { from: (name, version), to: (name, version.saturating_add(1)), convert: Box::new(convert) }
    }

    /// The event has another name from then on: the step leads to version `version` of `name`.
    #[must_use]
    pub fn renamed(mut self, name: &'static str, version: u16) -> Self {
        self.to = (name, version);
        self
    }
}

/// What a content looks like, without what stands in it: that may be about a person.
fn shape(content: &Value) -> String {
    match content {
        Value::Object(fields) if fields.is_empty() => "an object without fields".to_owned(),
        Value::Object(fields) => format!("an object of `{}`", fields.keys().map(String::as_str).collect::<Vec<_>>().join("`, `")),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(_) => "a number".to_owned(),
        Value::String(_) => "a text".to_owned(),
    }
}

impl fmt::Display for Upcaster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{} → {} v{}", self.from.0, self.from.1, self.to.0, self.to.1)
    }
}

impl fmt::Debug for Upcaster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What is wrong with the events of a workflow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// A name is listed twice.
    #[error("event {0} is listed twice in EventPayload::TYPES")]
    ListedTwice(&'static str),
    /// Versions count from 1.
    #[error("event {0} has version 0: versions count from 1")]
    VersionZero(&'static str),
    /// Two steps begin at one place.
    #[error("event {name} v{version} has two upcasters")]
    TwoWays {
        /// The event.
        name: &'static str,
        /// The version.
        version: u16,
    },
    /// A version from which nothing leads on.
    #[error(
        "event {name} v{version} has no upcaster: stored events of that version could not be read. Add Upcaster::new(\"{name}\", {version}, …)"
    )]
    Gap {
        /// The event.
        name: &'static str,
        /// The version.
        version: u16,
    },
    /// A step from a version that is today's, or from the future.
    #[error("{step} does not lead from an old version: the present one of {name} is {present}")]
    NotOld {
        /// The step.
        step: String,
        /// The event.
        name: &'static str,
        /// Its present version.
        present: u16,
    },
    /// A personal field that cannot be redacted as it is declared.
    #[error("EventPayload::PERSONAL names {field}: {why}")]
    NotPersonal {
        /// The event and the field.
        field: String,
        /// What is wrong.
        why: &'static str,
    },
    /// Steps that lead in a circle.
    #[error("the upcasters of event {0} lead in a circle")]
    Circle(&'static str),
}

/// The events of one workflow: what is written today, and the ways to it from what was written before.
pub(crate) struct EventSchema {
    present: &'static [(&'static str, u16)],
    steps: BTreeMap<(&'static str, u16), Upcaster>,
}

/// Why a stored event cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable(pub(crate) String);

impl EventSchema {
    /// The events of `E`, and everything that is wrong with them.
    pub(crate) fn of<E: EventPayload>() -> (Self, Vec<SchemaError>) {
        let mut wrong = Vec::new();
        let mut steps = BTreeMap::new();
        for step in E::upcasters() {
            let (name, version) = step.from;
            if steps.insert(step.from, step).is_some() {
                wrong.push(SchemaError::TwoWays { name, version });
            }
        }
        let schema = Self { present: E::TYPES, steps };
        schema.check(&mut wrong);
        let declared = E::PERSONAL.iter().filter_map(|personal| Some((personal, erasure::wrong::<E>(personal)?)));
        wrong.extend(declared.map(|(personal, why)| SchemaError::NotPersonal { field: personal.to_string(), why }));
        (schema, wrong)
    }

    /// The present version of the event `name`; `None` when nobody writes it any more.
    pub(crate) fn present_version(&self, name: &str) -> Option<u16> {
        self.present.iter().find(|(present, _)| *present == name).map(|(_, version)| *version)
    }

    fn check(&self, wrong: &mut Vec<SchemaError>) {
        for (i, (name, version)) in self.present.iter().enumerate() {
            if self.present.iter().take(i).any(|(other, _)| other == name) {
                wrong.push(SchemaError::ListedTwice(name));
            }
            if *version == 0 {
                wrong.push(SchemaError::VersionZero(name));
            }
        }
        // Whatever exists in a version exists in every version before it.
        let mut versions: BTreeMap<&'static str, u16> =
            self.present.iter().map(|(name, version)| (*name, version.saturating_sub(1))).collect();
        let targets = self.steps.values().map(|step| (step.to.0, step.to.1.saturating_sub(1)));
        for (name, old) in self.steps.keys().copied().chain(targets) {
            if self.present_version(name).is_none() {
                let last = versions.entry(name).or_default();
                *last = old.max(*last);
            }
        }
        for (name, last) in versions {
            for version in (1..=last).filter(|version| !self.steps.contains_key(&(name, *version))) {
                wrong.push(SchemaError::Gap { name, version });
            }
        }
        for ((name, version), step) in &self.steps {
            if let Some(present) = self.present_version(name).filter(|present| version >= present) {
                wrong.push(SchemaError::NotOld { step: step.to_string(), name, present });
            }
            self.follow(step, wrong);
        }
    }

    /// Where a step leads in the end.
    fn follow(&self, first: &Upcaster, wrong: &mut Vec<SchemaError>) {
        let mut at = first.to;
        for _ in 0..=self.steps.len() {
            if self.present_version(at.0) == Some(at.1) {
                return;
            }
            match self.steps.get(&at) {
                Some(step) => at = step.to,
                None => {
                    let gap = SchemaError::Gap { name: at.0, version: at.1 };
                    return if wrong.contains(&gap) {
                    } else {
                        wrong.push(gap)
                    };
                }
            }
        }
        wrong.push(SchemaError::Circle(first.from.0));
    }

    /// The event as today's code knows it.
    pub(crate) fn read<E: EventPayload>(&self, stored: &StoredEvent<'_>) -> Result<E, Unreadable> {
        match self.present_version(stored.event_type) {
            Some(present) if present == stored.schema_version => stored.decode().map_err(|error| Unreadable(error.to_string())),
            Some(present) if present < stored.schema_version => {
                Err(Unreadable(format!("it was written by newer code, this code knows version {present}: deploy the newer code again")))
            }
            _ => self.upcast(stored),
        }
    }

    fn upcast<E: EventPayload>(&self, stored: &StoredEvent<'_>) -> Result<E, Unreadable> {
        let unknown = || Unreadable("this code knows no such event, and no upcaster leads from it".to_owned());
        let content = stored.decode::<Value>().map_err(|error| Unreadable(error.to_string()))?;
        let (mut content, tagged) = untag(content, stored.event_type);
        let mut at = (stored.event_type, stored.schema_version);
        loop {
            let step = self.steps.get(&at).ok_or_else(unknown)?;
            content = (step.convert)(&content).map_err(|detail| Unreadable(format!("{step}: {detail}")))?;
            at = step.to;
            if self.present_version(at.0) == Some(at.1) {
                return serde_json::from_value(if tagged { tag(content, at.0) } else { content })
                    .map_err(|error| Unreadable(format!("after {step}: {error}")));
            }
        }
    }
}

/// The content under the name of the event (serde's external tag), and whether it stood there.
fn untag(value: Value, name: &str) -> (Value, bool) {
    match value {
        Value::String(text) if text == name => (Value::Null, true),
        Value::Object(mut fields) if fields.len() == 1 && fields.contains_key(name) => (fields.remove(name).unwrap_or_default(), true),
        other => (other, false),
    }
}

fn tag(content: Value, name: &str) -> Value {
    match content {
        Value::Null => Value::String(name.to_owned()),
        content => Value::Object([(name.to_owned(), content)].into_iter().collect()),
    }
}
