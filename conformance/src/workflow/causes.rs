//! WF-CAU: why a message was sent, and where its answer belongs.

use mako_engine::snapshot::SnapshotPolicy;
use mako_engine::{Timestamp, Workflow};

use super::context::Effort;
use super::ledger::Shared;
use super::live::{Live, tenant};
use super::said::shown;
use super::subject::WorkflowSubject;
use super::walk::{Decided, Walk};
use crate::{Violation, WorkflowContext};

/// WF-CAU-01.
///
/// # Errors
/// [`Violation`] with the message, or the key that finds nobody.
pub async fn messages_name_their_cause<S: WorkflowSubject>(ctx: &WorkflowContext<S>) -> Result<(), Violation> {
    ctx.for_all(Effort::Walked, async |history| {
        let mut walk = Walk::<S>::default();
        for taken in history.steps.iter().filter_map(|timed| walk.take(timed)) {
            let Decided::Done(decision) = &taken.decided else { continue };
            for message in &decision.outbox {
                let named = [("channel", &message.channel), ("recipient", &message.recipient), ("kind", &message.kind)];
                if let Some((what, _)) = named.into_iter().find(|(_, name)| name.trim().is_empty()) {
                    return Err(Violation::new(format!("message: {}\n  expected: a {what} | found: none", shown(message)))
                        .todo("name it: a lane is made of channel and recipient, Delivered of the kind"));
                }
                let owned = |label: &str| S::Workflow::DEADLINE_LABELS.contains(&label);
                if let Some(label) = message.fulfils.as_ref().filter(|label| !owned(label.as_str())) {
                    return Err(Violation::new(format!(
                        "message: {}\n  expected: it fulfils one of {:?} | found: `{label}`",
                        message.kind,
                        S::Workflow::DEADLINE_LABELS
                    ))
                    .todo("name a deadline of this workflow in `fulfils`"));
                }
            }
        }
        Ok(())
    })
    .await?;
    ctx.for_all(Effort::Run, async |history| {
        let mut live = Live::<S>::open(ctx.disk(), Shared::default(), SnapshotPolicy::Never, history)?;
        let mut walk = Walk::<S>::default();
        for (number, timed) in history.steps.iter().enumerate() {
            let decided = walk.take(timed).map(|taken| taken.decided);
            live.take_through(number, timed).await?;
            let (Some(stream), Some(Decided::Done(decision))) = (live.stream.clone(), decided) else { continue };
            let store = live.engine()?.store();
            for message in store.outbox_due(Timestamp::MAX, usize::MAX).await?.rows {
                let events = store.read_all(message.caused_by.saturating_sub(1), 1).await?;
                if events.first().is_none_or(|event| event.stream != message.stream) {
                    return Err(Violation::new(format!(
                        "message: {}\n  expected: an event of {} | found: {events:?}",
                        message.message.kind, message.stream
                    )));
                }
            }
            for key in &decision.correlations {
                let found = store.correlated(&tenant(), key).await?;
                if !found.iter().any(|record| record.identity.stream == stream) {
                    return Err(Violation::new(format!("correlation key {key}\n  expected: it finds {stream} | found: {found:?}"))
                        .todo("correlate in a decision that is committed, with a key that the answer will name"));
                }
            }
        }
        Ok(())
    })
    .await
}
