//! WF-DLN: every deadline is owned, due when the table says, harmless when it is late, and nobody lives for ever.

use std::collections::BTreeSet;

use mako_engine::workflow::DeadlineChange;
use mako_engine::{DeadlineLabel, Delivered, EventPayload as _, GivenUp, Id, TimeoutDeadline, Timestamp, Workflow};

use super::context::Effort;
use super::said::{differ_in_words, shown};
use super::subject::{EventOf, StateOf, WorkflowSubject};
use super::walk::{Decided, Walk, decide, fold, has_effect, label_of};
use crate::{Violation, WorkflowContext};

/// WF-DLN-01.
///
/// # Errors
/// [`Violation`] with the label.
pub async fn labels_are_owned<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let owned = S::Workflow::DEADLINE_LABELS;
    ctx.for_all(Effort::Walked, async |history| {
        let mut walk = Walk::<S>::default();
        for taken in history.steps.iter().filter_map(|timed| walk.take(timed)) {
            let Decided::Done(decision) = taken.decided else { continue };
            if let Some(label) = decision.deadlines.iter().map(label_of).find(|label| !owned.contains(&label.as_str())) {
                return Err(Violation::new(format!(
                    "expected: one of the labels {owned:?} | found: the decision sets or cancels `{label}`"
                ))
                .todo("add the label to DEADLINE_LABELS, or correct it: an engine refuses the whole decision"));
            }
        }
        Ok(())
    })
    .await?;
    let mut never: BTreeSet<&str> = owned.iter().copied().collect();
    for taken in ctx.taken().filter(|taken| taken.lands) {
        let Decided::Done(decision) = taken.decided else { continue };
        for change in &decision.deadlines {
            if let DeadlineChange::Set { label, .. } = change {
                never.remove(label.as_str());
            }
        }
    }
    if never.is_empty() {
        return Ok(());
    }
    Err(Violation::new(format!("expected: every owned label is set in some generated history | found: never {never:?}"))
        .todo("let `commands` of the subject come to where it is set, or take the label out of DEADLINE_LABELS"))
}

/// What an outsider sees of an answer to a deadline.
fn seen<S: WorkflowSubject>(decided: &Decided<EventOf<S>>) -> Vec<String> {
    match decided {
        Decided::Done(decision) => {
            let events = decision.events.iter().map(|event| event.event_type().to_owned());
            let messages = decision.outbox.iter().map(|message| format!("{} to {}", message.kind, message.recipient));
            let deadlines = decision.deadlines.iter().map(|change| match change {
                DeadlineChange::Set { label, .. } => format!("sets {label}"),
                DeadlineChange::Cancel(label) => format!("cancels {label}"),
            });
            events.chain(messages).chain(deadlines).chain(decision.ends.then(|| "the end".to_owned())).collect()
        }
        Decided::Rejected(rejection) => vec![format!("rejected as {}", rejection.code)],
        Decided::Panicked(panic) => vec![format!("panic {panic}")],
    }
}

/// Whether a deadline that means nothing any more does nothing.
fn does_nothing<S: WorkflowSubject>(state: &StateOf<S>, timeout: TimeoutDeadline, when: &str) -> Result<(), Violation> {
    let label = timeout.label.clone();
    let Decided::Done(decision) = decide::<S>(state, timeout.into()) else { return Ok(()) };
    let Ok(after) = fold::<S>(state.clone(), &decision.events) else { return Ok(()) };
    if has_effect(&decision) || after != *state {
        let seen = seen::<S>(&Decided::Done(decision));
        return Err(Violation::new(format!(
            "deadline: `{label}` {when}\n  expected: nothing changes | found: {seen:?} in state {}",
            shown(state)
        ))
        .todo("answer Ok(Decision::nothing()) to a deadline that is no longer waited for"));
    }
    Ok(())
}

/// WF-DLN-02.
///
/// # Errors
/// [`Violation`] with the deadline and what it did.
pub async fn late_twice_and_after_the_end<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::Walked, async |history| {
        let mut walk = Walk::<S>::default();
        for timed in &history.steps {
            walk.take(timed);
            for (label, due) in walk.deadlines.clone() {
                let fires = |fired_at: Timestamp| TimeoutDeadline { label: label.clone(), due, fired_at };
                let (in_time, late) = (fires(due), fires(due.plus_seconds(8 * 86_400)));
                let punctual = decide::<S>(&walk.state, in_time.clone().into());
                let one = seen::<S>(&punctual);
                let other = seen::<S>(&decide::<S>(&walk.state, late.into()));
                if one != other {
                    return Err(Violation::new(format!(
                        "deadline: `{label}`\n  {}",
                        differ_in_words(("in time", &one), ("eight days late", &other))
                    ))
                    .todo("decide by `due`, not by `fired_at`: after an outage everything fires late"));
                }
                let Decided::Done(decision) = punctual else { continue };
                let again = decision
                    .deadlines
                    .iter()
                    .any(|change| matches!(change, DeadlineChange::Set { label: set, due: at, .. } if *set == label && *at <= due));
                if again {
                    return Err(Violation::new(format!(
                        "deadline: `{label}`\n  expected: it has fired | found: it is set again at {due} or before"
                    ))
                    .todo("set the next instant, which must be later, or nothing: this one fires for ever"));
                }
                let Ok(after) = fold::<S>(walk.state.clone(), &decision.events) else { continue };
                does_nothing::<S>(&after, in_time, "for the second time")?;
            }
            if walk.ended && S::is_final(&walk.state) {
                for label in S::Workflow::DEADLINE_LABELS {
                    let timeout = TimeoutDeadline { label: DeadlineLabel::new(*label), due: timed.at, fired_at: timed.at };
                    does_nothing::<S>(&walk.state, timeout, "after the end")?;
                }
            }
        }
        Ok(())
    })
    .await
}

/// WF-DLN-03.
///
/// # Errors
/// [`Violation`] with the state that waits for nothing.
pub async fn nobody_is_immortal<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let (message_id, kind) = (Id::from_u128(1), String::new());
    let delivered = S::Workflow::delivered(Delivered { message_id, kind: kind.clone(), received_at: Timestamp::EPOCH, answer: None });
    let given_up = S::Workflow::given_up(GivenUp { message_id, kind, reason: String::new() });
    let hears_of_messages = delivered.is_some() || given_up.is_some();
    ctx.for_all(Effort::Walked, async |history| {
        let mut walk = Walk::<S>::default();
        for timed in &history.steps {
            let Some(taken) = walk.take(timed) else { continue };
            let ends = matches!(&taken.decided, Decided::Done(decision) if taken.lands && decision.ends);
            let state = shown(&walk.state);
            match (ends, S::is_final(&walk.state)) {
                (true, false) => {
                    return Err(Violation::new(format!(
                        "state: {state}\n  expected: a final state | found: the process ends here, `is_final` says no"
                    ))
                    .todo("end the process where it is over, or correct `is_final` of the subject"));
                }
                (false, true) if walk.began && !walk.ended => {
                    return Err(Violation::new(format!(
                        "state: {state}\n  expected: the process ended | found: it did not, `is_final` says it is over"
                    ))
                    .todo("call Decision::end(): until then it holds its business keys and its deadlines fire"));
                }
                (true, true) | (false, _) => {}
            }
            let waits = !walk.deadlines.is_empty() || (hears_of_messages && !walk.queued.is_empty()) || S::waits_for(&walk.state).is_some();
            if walk.began && !walk.ended && !waits {
                return Err(Violation::new(format!(
                    "state: {state}\n  expected: a deadline, a delivery or a named outside command that wakes it | found: nothing, for ever"
                ))
                .todo("set a deadline, listen to `delivered` and `given_up`, end the process, or name what it waits for in `waits_for`"));
            }
        }
        Ok(())
    })
    .await
}

/// WF-DLN-04.
///
/// # Errors
/// [`Violation`] with the label and both instants.
pub async fn due_as_the_table_says<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::Walked, async |history| {
        let mut walk = Walk::<S>::default();
        for taken in history.steps.iter().filter_map(|timed| walk.take(timed)) {
            let Decided::Done(decision) = &taken.decided else { continue };
            for change in &decision.deadlines {
                let DeadlineChange::Set { label, due, reason } = change else { continue };
                let expected = S::expected_due(&taken.after, &taken.command, label.as_str());
                if taken.lands && expected != Some(*due) {
                    let expected = expected.map_or_else(|| "no such deadline".to_owned(), |due| due.to_string());
                    return Err(Violation::new(format!(
                        "command: {} at {}\n  deadline: `{label}`\n  by the table: {expected}\n  by the workflow: {due} ({reason})",
                        shown(&taken.command),
                        taken.at
                    ))
                    .todo("ask the rulebook from the instant on the receipt; never count days in the workflow"));
                }
            }
        }
        Ok(())
    })
    .await
}
