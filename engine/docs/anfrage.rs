// The process of the crate page, for the examples of other pages: it asks a partner, and lapses when no answer comes in time.

use mako_engine::{
    BusinessKey, Decision, EventPayload, Outgoing, Rejection, TimeoutDeadline, Timestamp, Workflow, WorkflowResult,
};

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
enum Event {
    Asked { malo: String },
    Answered,
    Lapsed,
}

impl EventPayload for Event {
    const TYPES: &'static [(&'static str, u16)] = &[("Asked", 1), ("Answered", 1), ("Lapsed", 1)];
    fn event_type(&self) -> &'static str {
        match self {
            Self::Asked { .. } => "Asked",
            Self::Answered => "Answered",
            Self::Lapsed => "Lapsed",
        }
    }
}

#[derive(Clone)]
enum Command {
    Ask { malo: String, until: Timestamp },
    Answer,
    Timeout(TimeoutDeadline),
}

impl From<TimeoutDeadline> for Command {
    fn from(timeout: TimeoutDeadline) -> Self {
        Self::Timeout(timeout)
    }
}

struct Anfrage;

impl Workflow for Anfrage {
    const NAME: &'static str = "anfrage";
    const DEADLINE_LABELS: &'static [&'static str] = &["Antwort"];
    type State = Vec<Event>;
    type Command = Command;
    type Event = Event;

    fn handle(state: &Vec<Event>, command: Command) -> WorkflowResult<Event> {
        match command {
            Command::Ask { malo, until } => Ok(Decision::event(Event::Asked { malo: malo.clone() })
                .send(Outgoing::new("as4", "9900000000002", "Anfrage", &malo)?)
                .claim(BusinessKey::new(format!("anfrage/{malo}")))
                .deadline("Antwort", until, "as agreed")),
            Command::Answer if state.contains(&Event::Lapsed) => Err(Rejection::new("lapsed", "the answer comes too late")),
            Command::Answer => Ok(Decision::event(Event::Answered).end()),
            Command::Timeout(_) => Ok(Decision::event(Event::Lapsed)),
        }
    }

    fn apply(mut state: Vec<Event>, event: &Event) -> Vec<Event> {
        state.push(event.clone());
        state
    }
}

/// Waits until nobody in this task has anything to do.
#[allow(dead_code, reason = "not every example has workers")]
async fn quiet() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}
