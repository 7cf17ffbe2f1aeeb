//! A published workflow as one of ours. It decides everything; here is only what its own engine does around it.
//!
//! What their engine does, and so does this: a deadline is shown to `on_deadline` when the workflow owns its label, and to nobody
//! otherwise; what the caller arms goes into the commit of the command, unless nothing happened. What their engine does not do, and ours
//! needs: a process that is over says so, so that its deadlines are cancelled. Nothing that the workflow decides is left out or put in.

use mako_engine::{Decision, Outgoing, Rejection, TimeoutDeadline, Timestamp, Workflow, WorkflowResult};
use mako_engine_published::deadline::Deadline;
use mako_engine_published::error::WorkflowError;
use mako_engine_published::ids::{ProcessId, StreamId, TenantId};
use mako_engine_published::outbox::PendingOutbox;
use mako_engine_published::version::WorkflowId;
use mako_engine_published::workflow::Workflow as _;
use mako_sim::application::BACK_OFFICE;
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use crate::case::{Armed, Case, StateOf};
use crate::theirs::{Event, State};

/// What is asked of a published workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// The command of this name.
    Ask {
        /// One of [`Case::ASKS`].
        what: String,
        /// When it was received or given.
        at: Timestamp,
    },
    /// A deadline fires.
    Fires(TimeoutDeadline),
}

impl From<TimeoutDeadline> for Command {
    fn from(timeout: TimeoutDeadline) -> Self {
        Self::Fires(timeout)
    }
}

/// The workflow of `C` in our engine.
pub struct Published<C>(std::marker::PhantomData<fn() -> C>);

impl<C: Case> Workflow for Published<C> {
    const NAME: &'static str = C::NAME;
    const DEADLINE_LABELS: &'static [&'static str] = C::LABELS;
    type State = State<C>;
    type Command = Command;
    type Event = Event<C>;

    fn handle(state: &State<C>, command: Command) -> WorkflowResult<Event<C>> {
        let (theirs, asked) = match command {
            Command::Ask { what, at } => {
                let theirs = C::ask(&what, at.to_offset());
                let theirs = theirs.ok_or_else(|| Rejection::new("unknown-command", format!("there is no command `{what}`")))?;
                (theirs, Some((what, at)))
            }
            Command::Fires(timeout) => {
                if !C::Workflow::DEADLINE_LABELS.contains(&timeout.label.as_str()) {
                    return Ok(Decision::nothing());
                }
                let deadline = deadline::<C>(&timeout, Names::default())?;
                let Some(theirs) = C::Workflow::on_deadline(&deadline, &state.0) else { return Ok(Decision::nothing()) };
                (theirs, None)
            }
        };
        let output = C::Workflow::handle(&state.0, theirs).map_err(rejection)?;
        let after = output.events.iter().fold(state.0.clone(), C::Workflow::apply);
        let mut decision = Decision::nothing();
        for pending in &output.deadlines {
            decision = decision.deadline(&pending.label, pending.due_at.into(), "set by the workflow");
        }
        if let Some((what, at)) = asked.filter(|_| !output.events.is_empty()) {
            for Armed { label, due, source } in C::arms(&what, at.to_offset(), &after) {
                decision = decision.deadline(label, due.into(), source);
            }
        }
        let windows: Vec<&str> = output.deadlines.iter().map(|pending| pending.label.as_str()).collect();
        for message in &output.outbox {
            decision = decision.send(outgoing(message, &windows)?);
        }
        decision.ends = !output.events.is_empty() && C::is_over(&after);
        decision.events = output.events.into_iter().map(Event).collect();
        Ok(decision)
    }

    fn apply(state: State<C>, event: &Event<C>) -> State<C> {
        State(C::Workflow::apply(state.0, &event.0))
    }
}

/// Whether a process in `state` would take the command `what` now, and something would happen.
pub fn would_take<C: Case>(state: &StateOf<C>, what: &str, at: Timestamp) -> bool {
    let taken =
        || C::ask(what, at.to_offset()).is_some_and(|theirs| C::Workflow::handle(state, theirs).is_ok_and(|out| !out.events.is_empty()));
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(taken)).unwrap_or(true)
}

/// Whose deadline it is, in their terms.
#[derive(Debug, Clone, Copy, Default)]
pub struct Names {
    pub process: Option<ProcessId>,
    pub tenant: Option<TenantId>,
}

/// Their deadline for one of ours. Their constructor reads the clock and draws an id, so it is read from its stored form instead, with an
/// id that follows from the label and the instant.
///
/// # Errors
/// Its stored form has changed.
pub fn deadline<C: Case>(timeout: &TimeoutDeadline, names: Names) -> Result<Deadline, Rejection> {
    let due = timeout.due.to_offset().format(&Rfc3339).map_err(|error| Rejection::new("no-instant", error.to_string()))?;
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{}@{due}", timeout.label).as_bytes());
    let stored = json!({
        "deadline_id": id,
        "stream_id": StreamId::new("process"),
        "process_id": names.process.map_or(json!(Uuid::nil()), |process| json!(process)),
        "tenant_id": names.tenant.map_or(json!(Uuid::nil()), |tenant| json!(tenant)),
        "workflow_id": WorkflowId::new(C::NAME, "FV2026-10-01"),
        "label": timeout.label,
        "due_at": due,
        "created_at": due,
    });
    serde_json::from_value(stored).map_err(|error| Rejection::new("no-deadline", error.to_string()))
}

/// Their message as ours. Theirs has a type and a recipient and no channel: all leave by one, and who delivers looks at the type. The
/// delivery window that the message discharges by their table is the one that it fulfils.
fn outgoing(message: &PendingOutbox, windows: &[&str]) -> Result<Outgoing, Rejection> {
    if message.deliver_after.is_some() {
        return Err(Rejection::new("deliver-after", "this adapter has no form for a message that must wait"));
    }
    let kind = match message.payload.get("pid").and_then(serde_json::Value::as_u64) {
        Some(pid) => format!("{} {pid}", message.message_type),
        None => message.message_type.to_string(),
    };
    let outgoing = Outgoing::new(BACK_OFFICE, &*message.recipient, kind, &message.payload)?;
    let discharges = |label: &&&str| mako_fristen::discharges_delivery_window(&message.message_type, label);
    Ok(match windows.iter().find(discharges) {
        Some(label) => outgoing.fulfils(label),
        None => outgoing,
    })
}

fn rejection(error: WorkflowError) -> Rejection {
    let code = match &error {
        WorkflowError::CommandRejected { .. } => "command-rejected",
        WorkflowError::InvalidState { .. } => "invalid-state",
        WorkflowError::ValidationFailed { .. } => "validation-failed",
        WorkflowError::NotImplemented { .. } => "not-implemented",
        _ => "other",
    };
    Rejection::new(code, error.to_string())
}
