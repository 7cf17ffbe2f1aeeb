//! A history walked by itself: `handle` and `apply`, and the little that an engine keeps around them.
//!
//! What a decision may not say (an effect without an event, a label or an event that is not listed) has no effect, as in an engine; who
//! wants to know looks at [`Taken::decided`]. A panic is what it is for an engine: the command fails.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mako_engine::workflow::DeadlineChange;
use mako_engine::{
    DeadlineLabel, Decision, Delivered, EventPayload, GivenUp, Id, Outgoing, Rejection, TimeoutDeadline, Timestamp, Workflow,
};

use super::history::{Step, Timed};
use super::said::shown;
use super::subject::{CommandOf, EventOf, StateOf, WorkflowSubject};
use super::watch;

/// What became of a command.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decided<E> {
    Done(Decision<E>),
    Rejected(Rejection),
    Panicked(String),
}

/// A command that was decided, and what it met.
pub(super) struct Taken<S: WorkflowSubject> {
    pub(super) at: Timestamp,
    pub(super) from_outside: bool,
    pub(super) before: StateOf<S>,
    pub(super) command: CommandOf<S>,
    pub(super) decided: Decided<EventOf<S>>,
    pub(super) after: StateOf<S>,
    /// Whether an engine would have committed it.
    pub(super) lands: bool,
}

/// Where a history has come to.
pub(super) struct Walk<S: WorkflowSubject> {
    pub(super) state: StateOf<S>,
    pub(super) began: bool,
    pub(super) ended: bool,
    pub(super) events: Vec<EventOf<S>>,
    pub(super) deadlines: BTreeMap<DeadlineLabel, Timestamp>,
    pub(super) queued: Vec<Outgoing>,
    messages: u128,
}

impl<S: WorkflowSubject> Default for Walk<S> {
    fn default() -> Self {
        let (state, deadlines) = (StateOf::<S>::default(), BTreeMap::new());
        Self { state, began: false, ended: false, events: Vec::new(), deadlines, queued: Vec::new(), messages: 0 }
    }
}

impl<S: WorkflowSubject> Walk<S> {
    /// Takes a step; `None` when there is nothing to take, such as a deadline that does not stand.
    pub(super) fn take(&mut self, timed: &Timed<CommandOf<S>>) -> Option<Taken<S>> {
        let at = timed.at;
        let command = match &timed.step {
            Step::Asked(command) => Some(command.clone()),
            Step::Fires { label, due } => {
                let stands = self.began && self.deadlines.get(label) == Some(due);
                stands.then(|| {
                    self.deadlines.remove(label);
                    TimeoutDeadline { label: label.clone(), due: *due, fired_at: at }.into()
                })
            }
            Step::Delivered { kind, received_at, answer } => self.settle(kind).and_then(|(message_id, kind)| {
                S::Workflow::delivered(Delivered { message_id, kind, received_at: *received_at, answer: answer.clone() })
            }),
            Step::GivenUp { kind } => self
                .settle(kind)
                .and_then(|(message_id, kind)| S::Workflow::given_up(GivenUp { message_id, kind, reason: "no connection".to_owned() })),
        }?;
        let from_outside = matches!(timed.step, Step::Asked(_));
        Some(self.decide(at, from_outside, command))
    }

    /// The message of `kind` leaves the queue.
    fn settle(&mut self, kind: &str) -> Option<(Id, String)> {
        let index = self.queued.iter().position(|message| message.kind == kind)?;
        self.messages += 1;
        Some((Id::from_u128(self.messages), self.queued.remove(index).kind))
    }

    fn decide(&mut self, at: Timestamp, from_outside: bool, command: CommandOf<S>) -> Taken<S> {
        let before = self.state.clone();
        let decided = decide::<S>(&before, command.clone());
        let mut lands = false;
        if let Decided::Done(decision) = &decided
            && is_allowed::<S>(decision, self.began)
            && let Ok(after) = fold::<S>(before.clone(), &decision.events)
        {
            lands = true;
            self.land(decision, after);
        }
        Taken { at, from_outside, before, command, decided, after: self.state.clone(), lands }
    }

    fn land(&mut self, decision: &Decision<EventOf<S>>, after: StateOf<S>) {
        self.began |= !decision.events.is_empty();
        self.events.extend(decision.events.iter().cloned());
        self.state = after;
        self.queued.extend(decision.outbox.iter().cloned());
        if decision.ends {
            self.ended = true;
            self.deadlines.clear();
        }
        for change in &decision.deadlines {
            match change {
                DeadlineChange::Set { label, due, .. } => drop(self.deadlines.insert(label.clone(), *due)),
                DeadlineChange::Cancel(label) => drop(self.deadlines.remove(label)),
            }
        }
    }
}

/// Decides, and catches what falls.
pub(super) fn decide<S: WorkflowSubject>(state: &StateOf<S>, command: CommandOf<S>) -> Decided<EventOf<S>> {
    let _call = watch::begins(|| {
        let (state, command) = (state.clone(), command.clone());
        move || format!("state: {}\n  command: {}", shown(&state), shown(&command))
    });
    match catch_unwind(AssertUnwindSafe(|| S::Workflow::handle(state, command))) {
        Ok(Ok(decision)) => Decided::Done(decision),
        Ok(Err(rejection)) => Decided::Rejected(rejection),
        Err(panic) => Decided::Panicked(said_in_panic(&*panic)),
    }
}

/// Folds, and catches what falls.
pub(super) fn fold<S: WorkflowSubject>(state: StateOf<S>, events: &[EventOf<S>]) -> Result<StateOf<S>, String> {
    let _call = watch::begins(|| {
        let (state, events) = (state.clone(), events.to_vec());
        move || format!("state: {}\n  events: {}", shown(&state), shown(&events))
    });
    catch_unwind(AssertUnwindSafe(|| events.iter().fold(state, S::Workflow::apply))).map_err(|panic| said_in_panic(&*panic))
}

fn said_in_panic(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("(no text)").to_owned()
}

/// Whether a decision has an effect.
pub(super) fn has_effect<E>(decision: &Decision<E>) -> bool {
    !(decision.outbox.is_empty() && decision.deadlines.is_empty() && decision.claims.is_empty() && decision.correlations.is_empty())
        || decision.ends
}

/// The label of a change.
pub(super) fn label_of(change: &DeadlineChange) -> &DeadlineLabel {
    match change {
        DeadlineChange::Set { label, .. } | DeadlineChange::Cancel(label) => label,
    }
}

/// Whether an engine would commit the decision.
fn is_allowed<S: WorkflowSubject>(decision: &Decision<EventOf<S>>, began: bool) -> bool {
    let owned = |change: &DeadlineChange| S::Workflow::DEADLINE_LABELS.contains(&label_of(change).as_str());
    let listed = |event: &EventOf<S>| EventOf::<S>::TYPES.iter().any(|(name, _)| *name == event.event_type());
    let explained = !decision.events.is_empty() || (began && !has_effect(decision));
    explained && decision.deadlines.iter().all(owned) && decision.events.iter().all(listed)
}
