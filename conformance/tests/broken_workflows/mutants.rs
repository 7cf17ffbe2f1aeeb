//! The workflow broken in one way each.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use mako_conformance::Divergence;
use mako_engine::erasure::Personal;
use mako_engine::workflow::DeadlineChange;
use mako_engine::{Decision, Outgoing, Rejection, SubjectId, Upcaster, WorkflowResult};
use serde_json::{Value, json};

use super::anfrage::{self, Command, Event, Said, State, apply, event_type, handle, thanks};

pub struct NamesAClock;
impl Said for NamesAClock {
    const SOURCE: &'static str = "use std::time::SystemTime;\nfn handle() { SystemTime::now(); }";
}

/// Works as long as somebody drives it.
pub fn needs_a_runtime(state: &State, command: Command) -> WorkflowResult<Event> {
    let _ = tokio::runtime::Handle::current();
    handle(state, command)
}

static DECISIONS: AtomicU64 = AtomicU64::new(0);
/// Numbers its answers by a global.
pub fn counts_decisions(state: &State, command: Command) -> WorkflowResult<Event> {
    let count = DECISIONS.fetch_add(1, Ordering::Relaxed);
    handle(
        state,
        match command {
            Command::Answer { format, .. } => Command::Answer { code: format!("A{count}"), format },
            other => other,
        },
    )
}

thread_local! {
    static FOLDS: Cell<u64> = const { Cell::new(0) };
}
/// Writes down how often it was folded.
pub fn counts_folds(state: State, event: &Event) -> State {
    let count = FOLDS.replace(FOLDS.get() + 1);
    let mut state = apply(state, event);
    state.asked = state.asked.map(|(_, at)| (format!("{count}"), at));
    state
}

pub fn panics_on_impossible_events(state: State, event: &Event) -> State {
    assert!(state.asked.is_some() || matches!(event, Event::Asked { .. }), "nobody was asked");
    apply(state, event)
}

pub fn panics_on_early_answers(state: &State, command: Command) -> WorkflowResult<Event> {
    assert!(state.asked.is_some() || !matches!(command, Command::Answer { .. }), "nobody was asked");
    handle(state, command)
}

/// Knows the labels that it knows.
pub fn panics_on_unknown_labels(state: &State, command: Command) -> WorkflowResult<Event> {
    assert!(!matches!(&command, Command::Timeout(timeout) if timeout.label.as_str() != "Antwort"), "unknown");
    handle(state, command)
}

fn for_ever() -> ! {
    loop {
        std::thread::park();
    }
}

/// Waits for what comes before.
pub fn hangs_on_impossible_events(state: State, event: &Event) -> State {
    match event {
        Event::Asked { .. } => apply(state, event),
        _ if state.asked.is_none() => for_ever(),
        _ => apply(state, event),
    }
}

/// Looks for the label until it finds it.
pub fn hangs_on_unknown_labels(state: &State, command: Command) -> WorkflowResult<Event> {
    match command {
        Command::Timeout(timeout) if timeout.label.as_str() != "Antwort" => for_ever(),
        other => handle(state, other),
    }
}

pub fn replies_without_an_event(state: &State, command: Command) -> WorkflowResult<Event> {
    match command {
        Command::Answer { .. } if state.is_over() => Ok(Decision::nothing().send(thanks()?)),
        other => handle(state, other),
    }
}

pub fn rejects_with_values(state: &State, command: Command) -> WorkflowResult<Event> {
    let said = format!("{command:?}");
    handle(state, command).map_err(|rejection| Rejection::new(said, rejection.reason))
}

/// The stored event has no code; the one in memory has.
pub fn loses_a_field_of_an_event(event: &Event) -> Value {
    match event {
        Event::Noted { .. } => json!({"Noted": {"text": ""}}),
        other => serde_json::to_value(other).unwrap(),
    }
}

pub fn skips_a_field_of_the_state(state: &State) -> Value {
    serde_json::to_value(State { notes: Vec::new(), ..state.clone() }).unwrap()
}

pub fn forgives_unknown_fields(mut stored: Value) -> Result<Event, String> {
    if let Some(content) = stored.get_mut("Answered").and_then(Value::as_object_mut) {
        content.retain(|name, _| name == "code");
    }
    serde_json::from_value(stored).map_err(|error| error.to_string())
}

static WRITTEN: AtomicU64 = AtomicU64::new(0);
/// One instant, written in two ways.
pub fn writes_as_it_likes(event: &Event) -> Value {
    let even = WRITTEN.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
    let mut stored = serde_json::to_value(event).unwrap();
    if let Some(Value::String(at)) = stored.pointer_mut("/Asked/at").filter(|_| even) {
        *at = at.replace('Z', "+00:00");
    }
    stored
}

pub struct RenamesAnEvent;
impl Said for RenamesAnEvent {
    const TYPES: &'static [(&'static str, u16)] = &[("Asked", 2), ("Reached", 1), ("Noted", 1), ("Replied", 1), ("Lapsed", 1)];
}
pub fn renames_an_event(event: &Event) -> &'static str {
    match event {
        Event::Answered { .. } => "Replied",
        other => event_type(other),
    }
}

pub struct ListsWhatNeverHappens;
impl Said for ListsWhatNeverHappens {
    const TYPES: &'static [(&'static str, u16)] =
        &[("Asked", 2), ("Reached", 1), ("Noted", 1), ("Answered", 1), ("Lapsed", 1), ("Archived", 1)];
}

pub struct DecidesWhatIsNotListed;
impl Said for DecidesWhatIsNotListed {
    const TYPES: &'static [(&'static str, u16)] = &[("Asked", 2), ("Reached", 1), ("Answered", 1), ("Lapsed", 1)];
}

pub fn upcasts_wrongly() -> Vec<Upcaster> {
    vec![Upcaster::new("Asked", 1, |old: Value| json!({"malo": old["malo"], "at": "2025-04-04T00:00:00Z"}))]
}

/// A field more, and the version stays.
pub fn changes_a_shape_read(stored: Value) -> Result<Event, String> {
    match stored.pointer("/Answered").filter(|content| content.get("ebd").is_none()) {
        Some(_) => Err("missing field `ebd`".to_owned()),
        None => anfrage::read(match stored.pointer("/Answered/code") {
            Some(code) => json!({"Answered": {"code": code}}),
            None => stored,
        }),
    }
}
/// A field more, and the version stays.
pub fn changes_a_shape_write(event: &Event) -> Value {
    let mut stored = serde_json::to_value(event).unwrap();
    if let Some(content) = stored.get_mut("Answered").and_then(Value::as_object_mut) {
        content.insert("ebd".to_owned(), json!("E_0624"));
    }
    stored
}

pub fn leaves_a_gap() -> Vec<Upcaster> {
    Vec::new()
}

pub fn decides_anew(state: &State, command: Command) -> WorkflowResult<Event> {
    handle(
        state,
        match command {
            Command::Answer { code, format } => Command::Answer { code: format!("{code} new"), format },
            other => other,
        },
    )
}

pub struct DecidesAnewAndSaysSo;
impl Said for DecidesAnewAndSaysSo {
    const DIVERGENCES: &'static [Divergence] =
        &[Divergence { history: "answered", step: 4, gate: "FV2026-10-01", because: "answers have new codes" }];
}
pub fn decides_anew_and_says_so(state: &State, command: Command) -> WorkflowResult<Event> {
    decides_anew(state, command)
}

pub fn forgets_a_history() -> Vec<(String, Vec<Command>)> {
    anfrage::histories().into_iter().take(1).collect()
}

/// A slip of the pen.
pub fn sets_an_unowned_label(state: &State, command: Command) -> WorkflowResult<Event> {
    let noted = matches!(command, Command::Note { .. });
    let decision = handle(state, command)?;
    Ok(match (noted && !decision.events.is_empty(), &state.asked) {
        (true, Some((_, at))) => decision.deadline("Antwrot", anfrage::due(*at), "24 hours"),
        _ => decision,
    })
}

pub struct OwnsWhatNobodySets;
impl Said for OwnsWhatNobodySets {
    const LABELS: &'static [&'static str] = &["Antwort", "Erinnerung"];
}

/// After an outage it does not lapse any more.
pub fn decides_by_the_firing(state: &State, command: Command) -> WorkflowResult<Event> {
    match command {
        Command::Timeout(timeout) if timeout.fired_at.ms_since(timeout.due) > 86_400_000 => Ok(Decision::nothing()),
        other => handle(state, other),
    }
}

pub fn lapses_again_and_again(state: &State, command: Command) -> WorkflowResult<Event> {
    match command {
        Command::Timeout(_) if state.asked.is_some() => Ok(Decision::event(Event::Lapsed).send(thanks()?).end()),
        other => handle(state, other),
    }
}

/// Fires for ever.
pub fn sets_it_again_in_the_past(state: &State, command: Command) -> WorkflowResult<Event> {
    match (command, &state.asked) {
        (Command::Timeout(timeout), Some(_)) if !state.is_over() => {
            Ok(Decision::event(Event::Reached).deadline("Antwort", timeout.due, "again"))
        }
        (other, _) => handle(state, other),
    }
}

pub fn never_ends(state: &State, command: Command) -> WorkflowResult<Event> {
    Ok(Decision { ends: false, ..handle(state, command)? })
}

pub fn ends_too_early(state: &State, command: Command) -> WorkflowResult<Event> {
    let noted = matches!(command, Command::Note { .. });
    let decision = handle(state, command)?;
    Ok(if noted && !decision.events.is_empty() { decision.end() } else { decision })
}

/// A note makes it forget that somebody owes an answer.
pub fn waits_for_nothing(state: &State, command: Command) -> WorkflowResult<Event> {
    let noted = matches!(command, Command::Note { .. });
    let decision = handle(state, command)?;
    Ok(if noted && !decision.events.is_empty() { decision.cancel("Antwort") } else { decision })
}

/// A day has 24 hours, but for those on which the clocks change.
pub fn counts_days_itself(state: &State, command: Command) -> WorkflowResult<Event> {
    let mut decision = handle(state, command)?;
    for change in &mut decision.deadlines {
        if let DeadlineChange::Set { due, .. } = change
            && mako_engine::fristen::berlin::local(due.plus_seconds(-86_400)).2 != mako_engine::fristen::berlin::local(*due).2
        {
            *due = due.plus_seconds(3_600);
        }
    }
    Ok(decision)
}

pub fn thanks_for_every_note(state: &State, command: Command) -> WorkflowResult<Event> {
    match command {
        Command::Note { text, .. } if state.asked.is_some() && !state.is_over() => {
            Ok(Decision::event(Event::Noted { text }).send(thanks()?))
        }
        other => handle(state, other),
    }
}

pub fn keeps_the_last_note(state: State, event: &Event) -> State {
    let mut state = apply(state, event);
    if let Event::Noted { text } = event {
        state.notes = vec![text.clone()];
    }
    state
}

pub fn refuses_the_next_version(state: &State, command: Command) -> WorkflowResult<Event> {
    match command {
        Command::Note { format: Some(_), .. } | Command::Answer { format: Some(_), .. } => {
            Err(Rejection::new("wrong-version", "not of the version of the start"))
        }
        other => handle(state, other),
    }
}

pub fn sends_to_nobody(state: &State, command: Command) -> WorkflowResult<Event> {
    let mut decision = handle(state, command)?;
    decision.outbox.iter_mut().for_each(|message: &mut Outgoing| message.recipient.clear());
    Ok(decision)
}

pub fn fulfils_nothing(state: &State, command: Command) -> WorkflowResult<Event> {
    let mut decision = handle(state, command)?;
    decision.outbox.iter_mut().for_each(|message| message.fulfils = Some("Antwrot".into()));
    Ok(decision)
}

pub fn names_nobody(_: &Event) -> Option<SubjectId> {
    None
}

/// The person stands in a second field, of which nobody knows.
pub fn writes_a_person_down_twice(state: &State, command: Command) -> WorkflowResult<Event> {
    let repeats = state.asked.as_ref().map(|(malo, _)| malo.clone()).filter(|_| matches!(command, Command::Note { .. }));
    let mut decision = handle(state, command)?;
    for event in &mut decision.events {
        if let (Event::Noted { text }, Some(malo)) = (event, &repeats) {
            text.push_str(malo);
        }
    }
    Ok(decision)
}

pub struct CannotForgetAPerson;
impl Said for CannotForgetAPerson {
    const PERSONAL: &'static [Personal] = &[Personal { event: "Asked", field: "/malo", redacted: "null" }];
}
