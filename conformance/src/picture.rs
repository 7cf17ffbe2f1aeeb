//! Everything that a reader can see of a store, as text, so that "changed nothing" is one comparison.

use mako_engine::store::Store;
use mako_engine::{TenantId, Timestamp};
use serde::Serialize;

use crate::Violation;
use crate::material::views;

/// What stood in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture(Vec<String>);

impl Picture {
    /// The whole store: the registry of `tenant`, the snapshots of every stream that has an event, the views that the checks make.
    pub(crate) async fn take(store: &dyn Store, tenant: &TenantId) -> Result<Self, Violation> {
        let mut lines = Vec::new();
        add(&mut lines, "event", store.read_all(0, usize::MAX).await?)?;
        add(&mut lines, "queued message", store.outbox_due(Timestamp::MAX, usize::MAX).await?.rows)?;
        add(&mut lines, "deadline", store.deadlines_due(Timestamp::MAX, usize::MAX).await?.rows)?;
        add(&mut lines, "pending in the inbox", store.inbox_pending(usize::MAX).await?.rows)?;
        add(&mut lines, "process", store.processes(tenant).await?)?;
        add(&mut lines, "dead letter", store.dead_letters().await?.rows)?;
        let mut places: Vec<_> = store.read_all(0, usize::MAX).await?.into_iter().map(|event| (event.tenant, event.stream)).collect();
        places.sort();
        places.dedup();
        for (tenant, stream) in places {
            let snapshot = store.snapshot(&tenant, &stream).await?;
            lines.extend(snapshot.map(|snapshot| format!("snapshot of {stream:?} of {tenant} {snapshot:?}")));
        }
        for view in views() {
            lines.push(format!("{view} stands at {}", store.checkpoint(&view).await?));
            let rows = store.view_rows(&view, &[], usize::MAX).await?;
            lines.extend(rows.iter().map(|(key, row)| format!("{view} has {row:?} under {key:?}")));
        }
        Ok(Self(lines))
    }

    /// Is the same as `before`; names the first line that is not.
    pub(crate) fn must_be(&self, before: &Self, when: &str) -> Result<(), Violation> {
        if self == before {
            return Ok(());
        }
        let gone = before.0.iter().find(|line| !self.0.contains(line));
        let came = self.0.iter().find(|line| !before.0.contains(line));
        Err(Violation::new(format!("{when} the store differs: gone {gone:?} | came {came:?}")))
    }
}

fn add<T: Serialize>(lines: &mut Vec<String>, what: &str, rows: Vec<T>) -> Result<(), Violation> {
    for row in rows {
        let row = serde_json::to_string(&row).map_err(|e| Violation::new(format!("a {what} is no JSON: {e}")))?;
        lines.push(format!("{what} {row}"));
    }
    Ok(())
}
