//! WF-TOT: nothing that comes makes a process panic, or go on for ever (`watch` sees that).

use mako_engine::{DeadlineLabel, Delivered, GivenUp, Id, TimeoutDeadline, Timestamp, Workflow};

use super::said::shown;
use super::subject::{CommandOf, EventOf, StateOf, WorkflowSubject};
use super::walk::{Decided, decide, fold};
use crate::{Violation, WorkflowContext};

/// So many states, and so many events or commands, are tried with each other.
const STATES: usize = 48;
const OTHERS: usize = 160;

fn some<T>(all: Vec<T>, at_most: usize) -> Vec<T> {
    let step = all.len().div_ceil(at_most).max(1);
    all.into_iter().step_by(step).collect()
}

fn states<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Vec<StateOf<S>> {
    let mut states = vec![StateOf::<S>::default()];
    states.extend(some(ctx.taken().map(|taken| taken.after).collect(), STATES));
    states
}

/// WF-TOT-01.
///
/// # Errors
/// [`Violation`] with the state and the event.
pub async fn any_event_on_any_state<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let events = ctx.taken().filter_map(|taken| match taken.decided {
        Decided::Done(decision) => Some(decision.events),
        Decided::Rejected(_) | Decided::Panicked(_) => None,
    });
    let events: Vec<EventOf<S>> = some(events.flatten().collect(), OTHERS);
    for state in states(ctx) {
        for event in &events {
            if let Err(panic) = fold::<S>(state.clone(), std::slice::from_ref(event)) {
                let (state, event) = (shown(&state), shown(event));
                return Err(Violation::new(format!("state: {state}\n  event: {event}\n  expected: a state | found: panic `{panic}`"))
                    .todo("let `apply` take the event as it is; what must not happen is refused by `handle`, before it happened"));
            }
        }
    }
    Ok(())
}

/// WF-TOT-02.
///
/// # Errors
/// [`Violation`] with the state and the command.
pub async fn any_command_on_any_state<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let mut commands: Vec<CommandOf<S>> = some(ctx.taken().map(|taken| taken.command).collect(), OTHERS);
    let unknown = "a label that nobody knows";
    for label in S::Workflow::DEADLINE_LABELS.iter().chain([&unknown]) {
        commands.push(TimeoutDeadline { label: DeadlineLabel::new(*label), due: Timestamp::EPOCH, fired_at: Timestamp::MAX }.into());
    }
    let (message_id, kind) = (Id::from_u128(1), "a message that nobody sent".to_owned());
    let answer = Some(serde_json::json!({"unknown": true}));
    commands.extend(S::Workflow::delivered(Delivered { message_id, kind: kind.clone(), received_at: Timestamp::EPOCH, answer }));
    commands.extend(S::Workflow::given_up(GivenUp { message_id, kind, reason: String::new() }));
    for state in states(ctx) {
        for command in &commands {
            if let Decided::Panicked(panic) = decide::<S>(&state, command.clone()) {
                let (state, command) = (shown(&state), shown(command));
                return Err(Violation::new(format!(
                    "state: {state}\n  command: {command}\n  expected: a decision or a rejection | found: panic `{panic}`"
                ))
                .todo("return Err(Rejection::new(code, reason)) for what is not possible in this state"));
            }
        }
    }
    Ok(())
}
