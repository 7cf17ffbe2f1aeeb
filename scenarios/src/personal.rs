//! What in the events of this house is about a person: the location. Behind a MaLo or MeLo stands a household; market partners are companies.
//!
//! Each location is a subject of its own: who has several is forgotten location by location. Dates, codes and the references of messages are
//! not declared: without the location they lead to nobody by themselves (`docs/erasure.md` says what an operator has to weigh there).

use std::fmt;

use mako_engine::SubjectId;

/// A location that nobody has, as JSON: what stands where a person was forgotten.
pub(crate) const NOBODYS: &str = "\"51999990000\"";

/// Whom an event about `location` is about.
pub(crate) fn who_has(location: &impl fmt::Display) -> SubjectId {
    SubjectId::new(location.to_string())
}
