//! When each step of a conversation happens, and that it goes as its case says: the workflow by itself, without an engine.
//!
//! Ten minutes lie between two steps, a day and an hour once a deadline has fired, so that a midnight falls in between; a deadline fires
//! when it is due. What a case says of a conversation is checked here, once, so that
//! whoever runs it elsewhere compares with this.

use std::collections::BTreeMap;

use mako_engine::workflow::DeadlineChange;
use mako_engine::{DeadlineLabel, Decision, Rejection, TimeoutDeadline, Timestamp, Workflow as _};
use mako_engine_published::workflow::Workflow as _;

use crate::adapter::{Command, Published};
use crate::case::{Case, Conversation, Turn, called};
use crate::theirs::{Event, State};

/// Between two steps.
const PAUSE_S: i64 = 600;
/// Between two steps, once a deadline has fired.
const LATE_S: i64 = 25 * 3_600;

/// A conversation with its instants, and what becomes of it.
pub struct Course<C: Case> {
    /// Its steps.
    pub turns: Vec<(Timestamp, Turn)>,
    /// Its events.
    pub events: Vec<Event<C>>,
    /// Its messages, by kind.
    pub messages: BTreeMap<String, usize>,
    /// The state at its end.
    pub state: State<C>,
}

/// The course of `conversation` from `start` on.
///
/// # Errors
/// It does not go as its case says.
pub fn course<C: Case>(conversation: &Conversation, start: Timestamp) -> Result<Course<C>, String> {
    let mut course = Course { turns: Vec::new(), events: Vec::new(), messages: BTreeMap::new(), state: State::<C>::default() };
    let mut deadlines: BTreeMap<DeadlineLabel, Timestamp> = BTreeMap::new();
    let (mut now, mut pause) = (start, PAUSE_S);
    for turn in conversation.turns {
        let fires = match turn {
            Turn::Fires(label) => Some(DeadlineLabel::new(*label)),
            Turn::Takes(_) | Turn::Refuses(_) => None,
        };
        let at = match &fires {
            Some(label) => deadlines.remove(label).ok_or_else(|| format!("no deadline `{label}` stands that could fire"))?,
            None => now,
        };
        // Another one that is due meanwhile fires before, unless it means nothing to the workflow.
        if let Some((label, due)) =
            deadlines.iter().find(|(label, due)| **due <= at && C::Workflow::DEADLINE_LABELS.contains(&label.as_str()))
        {
            return Err(format!("`{label}` fires at {due}, before {turn:?}"));
        }
        let command = match turn {
            Turn::Takes(what) | Turn::Refuses(what) => Command::Ask { what: (*what).to_owned(), at },
            Turn::Fires(label) => TimeoutDeadline { label: DeadlineLabel::new(*label), due: at, fired_at: at }.into(),
        };
        let decided = Published::<C>::handle(&course.state, command);
        match (turn, decided) {
            (Turn::Takes(_) | Turn::Fires(_), Ok(decision)) if !decision.events.is_empty() => take(&mut course, &mut deadlines, decision),
            (Turn::Refuses(_), Err(Rejection { code, .. })) if code != "unknown-command" => {}
            (turn, decided) => return Err(format!("{turn:?} at {at}: {decided:?}")),
        }
        course.turns.push((at, *turn));
        if fires.is_some() {
            pause = LATE_S;
        }
        now = at.plus_seconds(pause);
    }
    let ends = called::<C>(&course.state.0);
    if ends == conversation.ends { Ok(course) } else { Err(format!("it ends as {ends}, not as {}", conversation.ends)) }
}

fn take<C: Case>(course: &mut Course<C>, deadlines: &mut BTreeMap<DeadlineLabel, Timestamp>, decision: Decision<Event<C>>) {
    for change in decision.deadlines {
        match change {
            DeadlineChange::Set { label, due, .. } => drop(deadlines.insert(label, due)),
            DeadlineChange::Cancel(label) => drop(deadlines.remove(&label)),
        }
    }
    if decision.ends {
        deadlines.clear();
    }
    for message in decision.outbox {
        *course.messages.entry(message.kind).or_default() += 1;
    }
    for event in decision.events {
        course.state = Published::<C>::apply(course.state.clone(), &event);
        course.events.push(event);
    }
}
