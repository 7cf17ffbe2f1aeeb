//! The inquiry once more, as another workflow, which takes messages of its own format version only.

use mako_engine::{Workflow, WorkflowResult, WorkflowVersionPolicy};

use super::inquiry::{Command, Event, Inquiry, LABEL, State};

pub struct PinnedInquiry;

impl Workflow for PinnedInquiry {
    const NAME: &'static str = "pinned-inquiry";
    const DEADLINE_LABELS: &'static [&'static str] = &[LABEL];
    const VERSION_POLICY: WorkflowVersionPolicy = WorkflowVersionPolicy::Pinned;
    type State = State;
    type Command = Command;
    type Event = Event;

    fn handle(state: &State, command: Command) -> WorkflowResult<Event> {
        Inquiry::handle(state, command)
    }

    fn apply(state: State, event: &Event) -> State {
        Inquiry::apply(state, event)
    }
}
