//! Their state and their event as ours: the same values, stored as the JSON that they write themselves.
//!
//! Their engine stores JSON and nothing else, and their types say so: an instant is text, a tag stands beside its content. So what we
//! store is their JSON, as a value, and what we read is read from it by their own code. Neither type can be compared in Rust; here two are
//! equal when their JSON is.

use std::fmt;

use mako_engine::EventPayload;
use mako_engine_published::workflow::EventPayload as _;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::case::{Case, EventOf, StateOf};

/// The state of a process of theirs.
pub struct State<C: Case>(pub StateOf<C>);

/// An event of theirs.
pub struct Event<C: Case>(pub EventOf<C>);

/// `value` as the JSON that their engine would store.
pub fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_else(|error| Value::String(format!("it cannot be written: {error}")))
}

macro_rules! as_json {
    ($name:ident) => {
        impl<C: Case> Clone for $name<C> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }
        impl<C: Case> fmt::Debug for $name<C> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl<C: Case> PartialEq for $name<C> {
            fn eq(&self, other: &Self) -> bool {
                json(&self.0) == json(&other.0)
            }
        }
        impl<C: Case> Serialize for $name<C> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde_json::to_value(&self.0).map_err(S::Error::custom)?.serialize(serializer)
            }
        }
        impl<'de, C: Case> Deserialize<'de> for $name<C> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let stored = Value::deserialize(deserializer)?;
                serde_json::from_value(stored).map(Self).map_err(D::Error::custom)
            }
        }
    };
}

as_json!(State);
as_json!(Event);

impl<C: Case> Default for State<C> {
    fn default() -> Self {
        Self(StateOf::<C>::default())
    }
}

impl<C: Case> EventPayload for Event<C> {
    const TYPES: &'static [(&'static str, u16)] = C::EVENTS;

    fn event_type(&self) -> &'static str {
        self.0.event_type()
    }
}
