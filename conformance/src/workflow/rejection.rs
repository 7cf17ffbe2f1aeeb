//! WF-RJC: what is rejected has no effect, and what has an effect says why.

use mako_engine::snapshot::SnapshotPolicy;

use super::context::Effort;
use super::ledger::Shared;
use super::live::{Became, Live, tenant};
use super::said::shown;
use super::subject::WorkflowSubject;
use super::walk::{Decided, Walk, has_effect};
use crate::picture::Picture;
use crate::{Violation, WorkflowContext};

/// WF-RJC-01.
///
/// # Errors
/// [`Violation`] with the command and its effect.
pub async fn has_no_effect<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::Walked, async |history| {
        let mut walk = Walk::<S>::default();
        for taken in history.steps.iter().filter_map(|timed| walk.take(timed)) {
            let command = shown(&taken.command);
            match taken.decided {
                Decided::Done(decision) if decision.events.is_empty() && has_effect(&decision) => {
                    return Err(Violation::new(format!(
                        "command: {command}\n  expected: an event | found: none, and {}",
                        shown(&decision)
                    ))
                    .todo("say what happened: Decision::event(…).send(…); or reject the command"));
                }
                Decided::Rejected(rejection) if !is_code(&rejection.code) => {
                    return Err(Violation::new(format!(
                        "command: {command}\n  expected: a code such as `too-late` | found: `{}`",
                        rejection.code
                    ))
                    .todo("give the rejection a short stable code of small letters, digits and hyphens; values belong into the reason"));
                }
                Decided::Done(_) | Decided::Rejected(_) | Decided::Panicked(_) => {}
            }
        }
        Ok(())
    })
    .await?;
    ctx.for_all(Effort::Run, async |history| {
        let mut live = Live::<S>::open(ctx.disk(), Shared::default(), SnapshotPolicy::Never, history)?;
        for (number, timed) in history.steps.iter().enumerate() {
            let before = Picture::take(live.engine()?.store(), &tenant()).await?;
            if !matches!(timed.step, super::history::Step::Asked(_)) {
                live.take_through(number, timed).await?;
            } else if let Became::Refused(why) = live.take_through(number, timed).await? {
                let after = Picture::take(live.engine()?.store(), &tenant()).await?;
                after.must_be(&before, &format!("after the rejection `{why}`"))?;
            }
        }
        Ok(())
    })
    .await
}

/// Whether a code is short and stable: no values, no sentence.
fn is_code(code: &str) -> bool {
    !code.is_empty() && code.len() <= 40 && code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
