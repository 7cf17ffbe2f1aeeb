//! A partner is asked about a Marktlokation, and answers, or does not.

use mako_engine::{Decision, EventPayload, Rejection, TimeoutDeadline, Timestamp, Workflow, WorkflowResult};

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Event {
    Asked { malo: String },
    Closed,
}

impl EventPayload for Event {
    const TYPES: &'static [(&'static str, u16)] = &[("Asked", 1), ("Closed", 1)];
    fn event_type(&self) -> &'static str {
        if matches!(self, Self::Asked { .. }) { "Asked" } else { "Closed" }
    }
}

#[derive(Debug, Clone)]
pub enum Command {
    Ask(String, Timestamp),
    Answer,
    Timeout(TimeoutDeadline),
}

impl From<TimeoutDeadline> for Command {
    fn from(timeout: TimeoutDeadline) -> Self {
        Self::Timeout(timeout)
    }
}

pub struct Anfrage;

impl Workflow for Anfrage {
    const NAME: &'static str = "anfrage";
    const DEADLINE_LABELS: &'static [&'static str] = &["Antwort"];
    type State = Option<Event>;
    type Command = Command;
    type Event = Event;

    fn handle(last: &Option<Event>, command: Command) -> WorkflowResult<Event> {
        match (command, last) {
            (Command::Ask(malo, until), None) => Ok(Decision::event(Event::Asked { malo }).deadline("Antwort", until, "as agreed")),
            (Command::Answer | Command::Timeout(_), Some(Event::Asked { .. })) => Ok(Decision::event(Event::Closed).end()),
            (Command::Timeout(_), _) => Ok(Decision::nothing()),
            (Command::Ask(..) | Command::Answer, _) => Err(Rejection::new("not-now", "it was asked before, or is not open")),
        }
    }

    fn apply(_: Option<Event>, event: &Event) -> Option<Event> {
        Some(event.clone())
    }
}
