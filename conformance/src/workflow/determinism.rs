//! WF-DET: the same question has the same answer.

use super::context::Effort;
use super::said::differ_in_words;
use super::subject::WorkflowSubject;
use super::walk::{Decided, Walk, decide, fold};
use crate::{Violation, WorkflowContext};

/// WF-DET-01.
///
/// # Errors
/// [`Violation`] with the command and both answers.
pub async fn twice_is_the_same<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    let runtime = tokio::runtime::Handle::try_current().ok();
    ctx.for_all(Effort::Walked, async |history| {
        let mut walk = Walk::<S>::default();
        let taken: Vec<_> = history.steps.iter().filter_map(|timed| walk.take(timed)).collect();
        let again = |taken: &super::walk::Taken<S>| {
            let decided = decide::<S>(&taken.before, taken.command.clone());
            let after = match &decided {
                Decided::Done(decision) if taken.lands => fold::<S>(taken.before.clone(), &decision.events),
                Decided::Done(_) | Decided::Rejected(_) | Decided::Panicked(_) => Ok(taken.before.clone()),
            };
            (decided, after)
        };
        let here: Vec<_> = taken.iter().map(again).collect();
        let there = std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                let _runtime = runtime.as_ref().map(tokio::runtime::Handle::enter);
                taken.iter().map(again).collect::<Vec<_>>()
            });
            thread.join().unwrap_or_default()
        });
        for (taken, answers) in taken.iter().zip(here.into_iter().zip(there)) {
            let first = (taken.decided.clone(), Ok(taken.after.clone()));
            for other in [answers.0, answers.1] {
                if first != other {
                    let violation = differ_in_words(("once", &first), ("again", &other));
                    return Err(Violation::new(format!("command: {:?}\n  {violation}", taken.command))
                        .todo("let `handle` and `apply` depend on their arguments only; order what has no order (BTreeMap)"));
                }
            }
        }
        Ok(())
    })
    .await
}
