//! What a domain lends a nemesis: who takes part, what can be asked of them, what their back offices may say.
//!
//! The nemesis knows faults and calendars; which messages begin a process is the domain's. The reference workflows describe theirs
//! in `mako_scenarios::ground`.

use crate::plan::{Object, Party};

/// What a domain lends a nemesis. Everything in it is drawn from; nothing in it is drawn.
#[derive(Debug, Clone)]
pub struct Ground {
    /// What the plans are about, such as `GPKE Lieferbeginn`.
    pub title: String,
    /// Where the rules come from.
    pub source: String,
    /// Who takes part. All do in every plan: who gets no message does nothing.
    pub parties: Vec<Party>,
    /// What orders can be about. An order takes one that no other order of the plan has.
    pub objects: Vec<Object>,
    /// Messages that begin a process.
    pub openings: Vec<Opening>,
    /// What back offices are asked.
    pub questions: Vec<Question>,
}

/// A message that begins a process.
#[derive(Debug, Clone)]
pub struct Opening {
    /// The sender.
    pub from: String,
    /// The recipient.
    pub to: String,
    /// The message type, such as `UTILMD`.
    pub message_type: String,
    /// The Prüfidentifikator.
    pub pid: String,
    /// What people call it, such as `Anmeldung`.
    pub word: String,
    /// The detail that is a day, such as `begin`, and how many days ahead of the message it may lie.
    pub day: Option<(String, Vec<i64>)>,
}

/// What a back office is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// Whose back office.
    pub party: String,
    /// About what, such as `Anmeldung`.
    pub about: String,
    /// The clock time of the next Werktag by which it is due.
    pub due: time::Time,
    /// The codes with which it may refuse.
    pub refusals: Vec<String>,
}
