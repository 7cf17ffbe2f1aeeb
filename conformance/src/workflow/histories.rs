//! WF-HIS: histories that were recorded once, from generated commands or from what really came, and today's decisions on them.

use std::collections::BTreeSet;

use super::golden::{self, GoldenStep, RecordedEvent, how_to_write};
use super::goldens::payload;
use super::reader::{self, Stored};
use super::replay::stored;
use super::said::{differ, shown};
use super::subject::{CommandOf, StateOf, WorkflowSubject};
use super::walk::{Decided, decide, fold};
use crate::{Violation, WorkflowContext};

/// WF-HIS-01.
///
/// # Errors
/// [`Violation`] with the history, the step, and both decisions.
pub async fn recorded_histories_replay<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let directory = ctx.goldens().join("histories");
    let scripts = S::histories();
    for (name, commands) in &scripts {
        let file = directory.join(format!("{name}.json"));
        if file.exists() {
            continue;
        }
        if !ctx.records() {
            return Err(Violation::new(format!("expected: {} | found: no such file", file.display())).todo(&how_to_write()));
        }
        golden::write(&file, &recording::<S>(commands)?)?;
    }
    let mut names = BTreeSet::new();
    for file in golden::files(&directory, "json") {
        let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let steps: Vec<GoldenStep> = golden::read(&file)?;
        let script = scripts.iter().find(|(script, _)| *script == name).map(|(_, commands)| commands);
        let commands = match (stored_commands::<S>(&name, &steps)?, script) {
            (Some(stored), _) => stored,
            (None, Some(script)) => is_script(&name, script, &steps).map(|()| script.clone())?,
            (None, None) => {
                return Err(Violation::new(format!("recorded: {}\n  in this code: no history `{name}`", file.display()))
                    .todo("give the commands of this history in `histories`; what ran once must run for ever"));
            }
        };
        replay::<S>(&name, &commands, steps).await?;
        names.insert(name);
    }
    match S::DIVERGENCES.iter().find(|one| !names.contains(one.history)) {
        Some(unknown) => Err(Violation::new(format!("a divergence is listed on `{}`, which is no history", unknown.history))
            .todo("correct the name, or take the entry out of DIVERGENCES")),
        None => Ok(()),
    }
}

/// Adds what was asked of a process as a recorded history of `S`, unless there is one of this name or `ctx` does not record. Answers
/// whether it wrote one.
///
/// # Errors
/// [`Violation`] when commands have no stored form, today's workflow panics on one, or the file cannot be written.
pub fn record_history<S: WorkflowSubject>(ctx: &WorkflowContext<S>, name: &str, commands: &[CommandOf<S>]) -> Result<bool, Violation> {
    let file = ctx.goldens().join("histories").join(format!("{name}.json"));
    if !ctx.records() || file.exists() {
        return Ok(false);
    }
    if S::stored_commands().is_none() {
        return Err(Violation::new(format!("history: {name}\n  found: commands without a stored form"))
            .todo("answer Some(StoredCommands::by_serde()) in `stored_commands`"));
    }
    golden::write(&file, &recording::<S>(commands)?)?;
    Ok(true)
}

/// The commands that stand in a history, when every one does.
fn stored_commands<S: WorkflowSubject>(name: &str, steps: &[GoldenStep]) -> Result<Option<Vec<CommandOf<S>>>, Violation> {
    let Some(form) = S::stored_commands() else { return Ok(None) };
    let Some(stored) = steps.iter().map(|step| step.asked.as_ref()).collect::<Option<Vec<_>>>() else { return Ok(None) };
    let read = (1..).zip(stored).map(|(number, stored): (usize, _)| {
        (form.read)(stored).map_err(|error| {
            Violation::new(format!("history: {name}, command {number}\n  recorded: {stored}\n  read today: {error}"))
                .todo("let the command be read as it stood: #[serde(default)] for a new field, #[serde(alias)] for a new name")
        })
    });
    read.collect::<Result<_, _>>().map(Some)
}

/// The commands that the code gives are those that were recorded.
fn is_script<C: std::fmt::Debug>(name: &str, commands: &[C], steps: &[GoldenStep]) -> Result<(), Violation> {
    let other_script = |recorded: String, here: String| {
        Violation::new(format!("history: {name}\n  recorded: {recorded}\n  in this code: {here}")).todo(
            "these are not the commands that were recorded: give commands a stored form in `stored_commands` before the next recording, \
             or give them by hand in `histories`, so that a changed generator does not change them",
        )
    };
    if commands.len() != steps.len() {
        return Err(other_script(format!("{} commands", steps.len()), format!("{} commands", commands.len())));
    }
    let texts = commands.iter().map(|command| format!("{command:?}")).zip(steps);
    match texts.into_iter().find(|(here, step)| *here != step.command) {
        Some((here, step)) => Err(other_script(step.command.clone(), here)),
        None => Ok(()),
    }
}

fn recording<S: WorkflowSubject>(commands: &[CommandOf<S>]) -> Result<Vec<GoldenStep>, Violation> {
    let mut state = StateOf::<S>::default();
    let mut steps = Vec::new();
    for command in commands {
        let (rejected, decided) = match decide::<S>(&state, command.clone()) {
            Decided::Done(decision) => (None, decision.events),
            Decided::Rejected(rejection) => (Some(rejection.code), Vec::new()),
            Decided::Panicked(panic) => return Err(Violation::new(format!("command: {}\n  found: panic `{panic}`", shown(command)))),
        };
        let events = decided.iter().map(|event| {
            let Stored { name: event, version, payload } = stored::<S>(event)?;
            Ok(RecordedEvent { event, version, stored: payload.to_json() })
        });
        let events = events.collect::<Result<_, Violation>>()?;
        let form = S::stored_commands();
        let asked = form.map(|form| (form.write)(command).map_err(|error| Violation::new(format!("{}: {error}", shown(command)))));
        steps.push(GoldenStep { command: format!("{command:?}"), asked: asked.transpose()?, rejected, events });
        state = fold::<S>(state, &decided).map_err(|panic| Violation::new(format!("panic `{panic}`")))?;
    }
    Ok(steps)
}

async fn replay<S: WorkflowSubject>(name: &str, commands: &[CommandOf<S>], steps: Vec<GoldenStep>) -> Result<(), Violation> {
    let mut state = StateOf::<S>::default();
    for (number, (command, step)) in (1..).zip(commands.iter().zip(steps)) {
        let length = commands.len();
        let rows = step.events.iter().map(|RecordedEvent { event, version, stored }| {
            Ok(Stored { name: event.clone(), version: *version, payload: payload(stored)? })
        });
        let rows: Vec<Stored> = rows.collect::<Result<_, Violation>>()?;
        let recorded = reader::read::<S>(&rows).await.map_err(|error| {
            Violation::new(format!(
                "history: {name}, {length} commands, command {number}\n  recorded: {}\n  read today: {error}",
                step.events.iter().map(|event| event.stored.to_string()).collect::<Vec<_>>().join(", ")
            ))
            .todo("lead on from what was stored with an upcaster; a recorded history is never changed")
        })?;
        let (rejected, decided) = match decide::<S>(&state, command.clone()) {
            Decided::Done(decision) => (None, decision.events),
            Decided::Rejected(rejection) => (Some(rejection.code), Vec::new()),
            Decided::Panicked(panic) => (Some(format!("panic `{panic}`")), Vec::new()),
        };
        let same = decided == recorded && rejected == step.rejected;
        let listed = S::DIVERGENCES.iter().find(|one| one.history == name && one.step == number);
        match (same, listed) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(listed)) => {
                let (gate, because) = (listed.gate, listed.because);
                return Err(Violation::new(format!(
                    "history: {name}, command {number}: listed as a divergence ({gate}: {because}), and there is none"
                ))
                .todo("take the entry out of DIVERGENCES"));
            }
            (false, None) => {
                let recorded = (rejected_or(step.rejected), recorded);
                let today = (rejected_or(rejected), decided);
                let violation = differ(("recorded", &recorded), ("decided today", &today));
                return Err(Violation::new(format!(
                    "history: {name}, {length} commands, command {number}: {}\n  state: {}\n  {violation}",
                    shown(command),
                    shown(&state)
                ))
                .todo(
                    "decide as before for processes that began before (by rulebook or format version of their start), or list the step \
                     in DIVERGENCES with its gate",
                ));
            }
        }
        state = fold::<S>(state, &recorded)
            .map_err(|panic| Violation::new(format!("history: {name}, command {number}\n  expected: a state | found: panic `{panic}`")))?;
    }
    Ok(())
}

fn rejected_or(rejected: Option<String>) -> String {
    rejected.map_or_else(|| "taken".to_owned(), |code| format!("rejected as {code}"))
}
