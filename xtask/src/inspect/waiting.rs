//! Processes that live, and what each waits for.

use std::collections::BTreeSet;

use mako_engine::TenantId;
use mako_engine::engine::{Waiting, waiting};
use mako_engine::fristen::berlin;
use serde_json::json;

use super::table::Table;
use super::views::{Store, lengths};

/// Every living process, the most urgent of each tenant first.
pub(super) async fn all(store: &Store) -> anyhow::Result<Table> {
    let tenants: BTreeSet<TenantId> = lengths(store).await?.into_keys().map(|(tenant, _)| tenant).collect();
    let mut table = Table::new(&["tenant", "process", "workflow", "Frist", "local", "label", "reason", "queued"]);
    for tenant in tenants {
        for Waiting { process, deadlines, queued } in waiting(store, &tenant).await? {
            let first = deadlines.first();
            let queued: Vec<String> = queued.iter().map(|message| format!("{} {}", message.message.kind, message.id)).collect();
            table.row([
                json!(tenant.to_string()),
                json!(process.identity.stream.to_string()),
                json!(process.identity.workflow),
                json!(first.map(|frist| frist.due.to_string())),
                json!(first.map(|frist| berlin::moment_text(frist.due))),
                json!(first.map(|frist| frist.label.to_string())),
                json!(first.map(|frist| frist.reason.clone())),
                json!(queued.join(", ")),
            ]);
        }
    }
    Ok(table)
}
