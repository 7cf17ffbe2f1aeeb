//! WF-PUR: a decision sees values only.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::history::History;
use super::lint;
use super::said::on_history;
use super::subject::{CommandOf, EventOf, StateOf, WorkflowSubject};
use super::walk::{Decided, Walk};
use crate::{Violation, WorkflowContext};

/// WF-PUR-01.
///
/// # Errors
/// [`Violation`] with file, line and name.
pub async fn source_is_pure<S: WorkflowSubject>(_: &WorkflowContext<S>) -> Result<(), Violation> {
    if S::SOURCES.is_empty() {
        return Err(Violation::new("the subject names no source").todo("set SOURCES: mako_conformance::sources![\"../src/lib.rs\"]"));
    }
    let found: Vec<String> = S::SOURCES.iter().flat_map(lint::impurities).collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(Violation::new(format!("expected: values only | found:\n    {}", found.join("\n    ")))
        .todo("let the instant, the id or the setting come in with the command, and the effect go out in the Decision"))
}

type Walked<S> = Vec<(Decided<EventOf<S>>, StateOf<S>)>;

/// Every decision of a history, and every state.
fn walked<S: WorkflowSubject>(history: &History<CommandOf<S>>) -> Walked<S> {
    let mut walk = Walk::<S>::default();
    history.steps.iter().filter_map(|timed| walk.take(timed)).map(|taken| (taken.decided, taken.after)).collect()
}

/// WF-PUR-02.
///
/// # Errors
/// [`Violation`] with the history on which the two differ.
pub async fn alone_and_later_is_the_same<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let histories: Vec<History<CommandOf<S>>> = ctx.histories().collect();
    let first: Vec<Walked<S>> = histories.iter().map(walked::<S>).collect();
    #[expect(clippy::disallowed_methods, reason = "a workflow that reads a clock must see another instant")]
    std::thread::sleep(Duration::from_millis(2));
    // A thread of its own knows no runtime: whoever asks for one panics there.
    let again: Vec<Walked<S>> = std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let mut again: Vec<Walked<S>> = histories.iter().rev().map(walked::<S>).collect();
            again.reverse();
            again
        });
        catch_unwind(AssertUnwindSafe(|| thread.join())).ok().and_then(Result::ok).unwrap_or_default()
    });
    for ((history, one), other) in histories.iter().zip(&first).zip(again.iter().map(Some).chain(std::iter::repeat(None))) {
        if other != Some(one) {
            let (none, empty) = (format!("{one:?}"), Vec::new());
            let other = other.unwrap_or(&empty);
            let pair = one.iter().zip(other).find(|(one, other)| one != other);
            let (here, there) = pair.map_or((none, "(nothing)".to_owned()), |(one, other)| (format!("{one:?}"), format!("{other:?}")));
            let violation = super::said::differ_in_words(("in a runtime, in order", &here), ("alone, later, in another order", &there));
            return Err(on_history(history, &violation)
                .todo("find what `handle` or `apply` reads beside their arguments: a clock, a runtime, a counter, a global"));
        }
    }
    Ok(())
}
